"""From a panel to a solved equation: what must be dropped, the grid, the estimator."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np

from serai.axes import Array
from serai.errors import InputError, Problem
from serai.gravity.collinear import Rank
from serai.gravity.effects import EffectPlan
from serai.gravity.kernels import empty, pieces, totals
from serai.gravity.ols import fit_least_squares
from serai.gravity.panel import Codes, Panel
from serai.gravity.parts import PARTS, in_parts
from serai.gravity.ppml import MOST_ITERATIONS, Equation, fit_poisson
from serai.gravity.reading import Mask
from serai.gravity.result import Dropped
from serai.gravity.separation import separated_by_effects, separated_on_grid


@dataclass(frozen=True, slots=True)
class Solved:
    """What both estimators give, on the grid and with covariates scaled.

    Parameters
    ----------
    sample : the rows that were used.
    equation, centre, scale : the grid; a covariate is (value - centre) / scale there. With PPML `error` has
        taken the place of its flows in memory.
    dropped : rows that were not used.
    excused : covariates whose variation was all in separated rows.
    weights : expected flows (PPML) or observation weights (least squares), shape (I, J, T).
    error : what enters the scores beside the covariates, shape (I, J, T).
    beta, rank, unknowns, pair, partial, bread : as in `ppml.PoissonFit`.
    """

    sample: Panel
    equation: Equation
    centre: Array
    scale: Array
    dropped: tuple[Dropped, ...]
    excused: tuple[int, ...]
    beta: Array
    rank: Rank
    unknowns: Array
    pair: Array
    weights: Array
    error: Array
    partial: tuple[Array, Array | None]
    bread: Array
    iterations: int
    status: str


def solve(panel: Panel, plan: EffectPlan, estimator: str, kernels: ModuleType) -> Solved:
    """Drop what carries no information, lay the rest on the grid, estimate."""
    kept, dropped, laid = _usable(panel, plan, estimator)
    rows = np.flatnonzero(kept)
    sample = panel if kept.all() else panel.take(rows)
    if estimator == "ols":
        return _solve_least_squares(sample, plan, dropped, kernels)
    equation, centre, scale = _equation(sample, plan, laid=laid)
    del laid
    fit = fit_poisson(equation, kernels)
    excused: tuple[int, ...] = ()
    if fit.suspect:
        found = separated_on_grid(equation, kernels).reshape(-1)[sample.cells]
        if found.any():
            before = fit.rank.absorbed
            rows, more = _without_separated(panel, plan, rows, found, equation, sample, kernels)
            dropped += more
            sample = panel.take(rows)
            equation, centre, scale = _equation(sample, plan)
            fit = fit_poisson(equation, kernels, patience=MOST_ITERATIONS)
            excused = tuple(k for k in fit.rank.absorbed if k not in before)
        else:
            fit = fit_poisson(equation, kernels, start=fit, patience=MOST_ITERATIONS)
    return Solved(
        sample, equation, centre, scale, dropped, excused, fit.beta, fit.rank, fit.unknowns, fit.pair, fit.mu,
        np.subtract(equation.y, fit.mu, out=equation.y), fit.partial, fit.bread, fit.iterations,
        f"converged in {fit.iterations} Newton steps",
    )  # fmt: skip


def fitted_flows(solved: Solved, estimator: str) -> Array:
    """Expected flows of the rows used, shape (n,); for least squares the exponential of the fitted log."""
    sample = solved.sample
    weight = 1.0 if sample.weights is None else sample.weights
    own = (solved.weights if estimator == "ppml" else solved.error).reshape(-1)
    values = (own if sample.in_order else own[sample.cells]) / weight
    return np.asarray(values if estimator == "ppml" else sample.flow * np.exp(-values))


def _usable(panel: Panel, plan: EffectPlan, estimator: str) -> tuple[Mask, tuple[Dropped, ...], Array | None]:
    """Rows that carry information about the coefficients, as far as the effects alone tell.

    Where all do, the third value is their flows on the grid, if these were laid out to see it.
    """
    dropped: list[Dropped] = []
    kept = np.ones(panel.flow.size, dtype=bool)

    def drop(reason: str, rows: Mask) -> None:
        if rows.any():
            dropped.append(Dropped(reason, np.flatnonzero(rows)))
            kept[rows] = False

    if panel.weights is not None:
        drop("zero weight", panel.weights == 0)
    if estimator == "ols":
        drop("zero flow, which has no logarithm", kept & (panel.flow == 0))
    laid = panel.grid(panel.flow) if plan.any and kept.all() and plan.pair != "symmetric" else None
    if plan.any and kept.any() and not (laid is not None and _all_groups_alive(panel, plan, laid)):
        groups = [panel.groups(name) for name in plan.kept]
        inside = np.flatnonzero(kept)
        flow = np.ones(inside.size) if estimator == "ols" else panel.flow[inside]
        zero, single = separated_by_effects(flow, [codes[inside] for codes in groups])
        for reason, mask in (("separated by effects", zero), ("singleton", single)):
            rows = np.zeros(kept.size, dtype=bool)
            rows[inside[mask]] = True
            drop(reason, rows)
    if not kept.any() or (estimator == "ppml" and not (panel.flow[kept] > 0).any()):
        counts = ", ".join(f"{d.rows.size} {d.reason}" for d in dropped) or "all flows are zero"
        raise InputError(
            Problem(
                f"no observation is left ({counts})",
                "Use fewer effects, or a panel with more positive flows.",
                file=panel.file,
                field=panel.roles.flow,
            )
        )
    return kept, tuple(dropped), laid if kept.all() else None


def _all_groups_alive(panel: Panel, plan: EffectPlan, flow: Array) -> bool:
    """Whether every effect has two observations and a positive flow, from sums over the grid."""
    used = None if panel.in_order else totals(panel.grid(np.ones(panel.flow.size)))
    flows = totals(flow)
    for name in plan.kept:
        count = _over_group(used, name) if used else np.full(1, flow.size / _over_group(flows, name).size)
        alive = _over_group(flows, name) > 0
        if ((count == 1) | ((count > 0) & ~alive)).any():
            return False
    return True


def _over_group(sums: tuple[Array, Array, Array], effect: str) -> Array:
    """Sums over the groups of an effect, from those by exporter-year, importer-year and pair."""
    place, axis = {
        "exporter-year": (0, None), "importer-year": (1, None), "pair": (2, None), "exporter": (0, 1),
        "importer": (1, 1), "year": (0, 0),
    }[effect]  # fmt: skip
    return sums[place] if axis is None else np.asarray(sums[place].sum(axis=axis))


def _without_separated(
    panel: Panel,
    plan: EffectPlan,
    rows: Codes,
    found: Mask,
    equation: Equation,
    sample: Panel,
    kernels: ModuleType,
) -> tuple[Codes, tuple[Dropped, ...]]:
    """The rows left once separated ones are gone, and those dropped, by reason."""
    alone = separated_on_grid(replace(equation, x=equation.x[:0]), kernels).reshape(-1)[sample.cells]
    parts = (("separated by effects", found & alone), ("separated by regressors", found & ~alone))
    dropped = tuple(Dropped(reason, rows[mask]) for reason, mask in parts if mask.any())
    left = rows[~found]
    inner, more, _ = _usable(panel.take(left), plan, "ppml")
    return left[inner], dropped + tuple(Dropped(part.reason, left[part.rows]) for part in more)


def _solve_least_squares(
    sample: Panel, plan: EffectPlan, dropped: tuple[Dropped, ...], kernels: ModuleType
) -> Solved:
    equation, centre, scale = _equation(sample, plan, logs=True)
    fit = fit_least_squares(equation, kernels)
    weights = np.ones_like(equation.y) if equation.base is None else equation.base
    return Solved(
        sample, equation, centre, scale, dropped, (), fit.beta, fit.rank, fit.unknowns, fit.pair, weights,
        fit.error * weights, fit.partial, fit.bread, 1, "solved",
    )  # fmt: skip


def _equation(
    panel: Panel, plan: EffectPlan, logs: bool = False, laid: Array | None = None
) -> tuple[Equation, Array, Array]:
    """The panel on the grid, covariates centred (where effects take the mean) and of unit size.

    `laid` are the flows on the grid, where they are there already.
    """
    weights = panel.weights
    base: Array | None = None
    if weights is not None or panel.offset is not None or not panel.in_order:
        row = np.ones(panel.flow.size) if weights is None else weights
        if panel.offset is not None and not logs:
            row = row * np.exp(panel.offset)
        base = panel.grid(row)
    if logs:
        values = np.log(panel.flow)
        y = panel.grid(values if panel.offset is None else values - panel.offset)
    elif laid is not None and weights is None:
        y = laid
    else:
        y = panel.grid(panel.flow if weights is None else panel.flow * weights)
    count = len(panel.names)
    centre, scale = np.zeros(count), np.ones(count)
    x = empty((count, *panel.shape))
    for k, column in enumerate(panel.x):
        centre[k] = column.mean() if plan.any else 0.0
        spread = _lay_centred(panel, column, centre[k], x[k])
        # A constant is left as it is: the effects absorb it, and it will be reported by name.
        scale[k] = spread if spread > np.finfo(float).eps * (1 + abs(centre[k])) else 1.0
    _scale(x, 1 / scale)
    return Equation(plan, y, base, x), centre, scale


def _lay_centred(panel: Panel, column: Array, centre: float, grid: Array) -> float:
    """A covariate less its mean into an array of the grid; returns its standard deviation."""
    if panel.placed is None:
        rows = column.reshape(panel.shape)
    else:
        laid = np.zeros(int(np.prod(panel.shape)))
        laid[panel.placed] = column - centre
        rows, centre = laid.reshape(panel.shape), 0.0
    squares = np.zeros(PARTS)

    def work(part: int, low: int, high: int) -> None:
        for block in pieces(low, high, rows[0].size):
            values = grid[block].swapaxes(1, 2)
            values[...] = rows[block].swapaxes(1, 2)
            values -= centre
            squares[part] += np.vdot(values, values)

    in_parts(panel.shape[0], work)
    return float(np.sqrt(squares.sum() / column.size))


def _scale(x: Array, factor: Array) -> None:
    def work(_: int, low: int, high: int) -> None:
        for k in range(x.shape[0]):
            x[k, low:high] *= factor[k]

    in_parts(x.shape[1], work)
