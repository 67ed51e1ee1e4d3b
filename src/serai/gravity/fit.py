"""`fit_gravity`: from a panel to a fit. Each step is a function of another module; here is their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np
from scipy import special

from serai.axes import Array
from serai.errors import InputError, Problem, UnknownNameError
from serai.executors import one_thread
from serai.gravity import kernels as numpy_kernels
from serai.gravity.absorb import Layout
from serai.gravity.bias import BiasCorrection, bias_of, corrected_vcov
from serai.gravity.collinear import Rank
from serai.gravity.compiled import best_kernels
from serai.gravity.effects import EFFECTS, EffectPlan, plan_effects
from serai.gravity.inference import CONVENTIONS, HETEROSKEDASTIC, Sandwich, levels, sandwich
from serai.gravity.ols import fit_least_squares
from serai.gravity.panel import DEFAULT_YEAR, Codes, Panel, Roles, read_panel
from serai.gravity.ppml import CLOSE, MOST_ITERATIONS, Equation, PoissonFit, fit_poisson
from serai.gravity.result import Dropped, GravityFit
from serai.gravity.separation import Mask, separated_by_effects, separated_on_grid

THREE_WAY = ("exporter-year", "importer-year", "pair")
ESTIMATORS = ("ppml", "ols")


def fit_gravity(
    panel: Any,
    *,
    flow: str,
    covariates: Sequence[str] | str,
    effects: Sequence[str] = THREE_WAY,
    exporter: str = "exporter",
    importer: str = "importer",
    year: str | None = DEFAULT_YEAR,
    cluster: str | Sequence[str] = "pair",
    weights: str | None = None,
    offset: str | None = None,
    bias_correction: bool = False,
    estimator: str = "ppml",
    small_sample: str = "ppmlhdfe",
) -> GravityFit:
    """Estimate a gravity equation, for trade or for investment.

    `E[flow] = exp(effects + covariates b + offset)` by Poisson pseudo-maximum likelihood, or the same
    equation in logarithms by least squares.

    Parameters
    ----------
    panel : a pandas, polars or pyarrow table, or the path of a CSV or Parquet file; one row for each
        exporter, importer and year.
    flow : the column of flows, zero or more.
    covariates : formulaic terms over the columns: `"rta"`, `"log(distance)"`, `"rta * lag"`,
        `"C(year):log(distance)"`.
    effects : any of exporter, importer, year, exporter-year, importer-year, pair, symmetric pair; an empty
        list means a constant.
    exporter, importer, year : the columns of the labels; a cross-section needs no year.
    cluster : pair, symmetric pair, exporter, importer, year, exporter-year, importer-year, a column, or
        several of them; or `heteroskedastic`.
    weights, offset : columns of observation weights and of a term with coefficient one.
    bias_correction : correct three-way coefficients and two- or three-way standard errors
        (Weidner and Zylkin 2021). Needs pair clusters.
    estimator : `ppml` or `ols` (on log flows; zero flows are dropped and counted).
    small_sample : `ppmlhdfe` (G / (G - 1), no adjustment for parameters), `reghdfe`, `regress` or `none`.

    Returns
    -------
    GravityFit

    Raises
    ------
    InputError : a panel that cannot be used, with every row and the remedy; covariates that the effects
        absorb; nothing left after separation.
    SolveError : no convergence.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> names = ["AAA", "BBB", "CCC", "DDD"]
    >>> rows = [(i, n) for i in names for n in names if i != n]
    >>> frame = pd.DataFrame(rows, columns=["exporter", "importer"])
    >>> frame["km"] = [abs(ord(i[0]) - ord(n[0])) * 100.0 for i, n in rows]
    >>> frame["flow"] = 5 / frame.km
    >>> fit = fit_gravity(frame, flow="flow", covariates="log(km)", effects=["exporter", "importer"])
    >>> round(float(fit.coefficients[0]), 6)
    -1.0
    """
    terms = [covariates] if isinstance(covariates, str) else list(covariates)
    plan = plan_effects([effects] if isinstance(effects, str) else list(effects))
    clusters = _clusters(cluster)
    _check_choices(estimator, small_sample, bias_correction, plan, clusters)
    roles = Roles(flow, exporter, importer, year, weights, offset)
    own = [name for name in clusters if name not in EFFECTS]
    by_year = plan.by_year or any("year" in name for name in clusters if name in EFFECTS)
    symmetric = plan.pair == "symmetric" or "symmetric pair" in clusters
    table = read_panel(panel, roles, terms, extra=own, needs_year=by_year, same_labels=symmetric)
    with one_thread():
        return estimate(table, plan, clusters, bias_correction, estimator, small_sample)


@dataclass(frozen=True, slots=True)
class _Solved:
    """What both estimators give: everything on the grid, covariates scaled."""

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


def estimate(
    panel: Panel,
    plan: EffectPlan,
    clusters: Sequence[str],
    bias_correction: bool = False,
    estimator: str = "ppml",
    small_sample: str = "ppmlhdfe",
) -> GravityFit:
    """Estimate on a panel that has been read; see `fit_gravity`."""
    kernels = best_kernels(int(np.prod(panel.shape)))
    whole, panel = panel, _with_constant(panel) if not plan.any else panel
    kept, dropped = _usable(panel, plan, estimator)
    if estimator == "ols":
        sample = panel if kept.all() else panel.take(kept)
        equation, centre, scale = _equation(sample, plan, logs=True)
        solved, excused = _least_squares(equation, kernels), ()
    else:
        sample, equation, centre, scale, solved, extra, excused = _poisson(panel, plan, kept, kernels)
        dropped += extra
    _refuse_absorbed(sample, plan, solved.rank, excused)
    _refuse_saturated(sample, plan, solved)
    keep = list(solved.rank.kept)
    names = tuple(sample.names[k] for k in keep)
    x = equation.x[keep] if len(keep) < len(sample.names) else equation.x
    normal_a, normal_c = Layout(plan, sample.shape).parts(solved.partial[0])
    scores = kernels.scores(solved.error, x, normal_a, normal_c, solved.partial[1])
    codes = {name: _cluster_codes(sample, name) for name in clusters}
    by_row = scores.reshape(len(keep), equation.y.size)[:, slice(None) if sample.in_order else sample.cells].T
    parameters = _parameters(sample, plan, clusters, small_sample) + len(keep)
    result = sandwich(solved.bread, by_row, codes, convention=small_sample, parameters=parameters)
    unit = scale[keep]
    beta = solved.beta / unit
    vcov = result.vcov / np.outer(unit, unit)
    correction = None
    if bias_correction:
        correction = _correct(equation, solved, x, (normal_a, normal_c), plan, beta, vcov, unit)
        beta, vcov = beta - correction.bias, correction.vcov
    return _result(
        whole, sample, equation, solved, names, beta, vcov, result, correction, dropped,
        centre[keep] / unit, (estimator, small_sample, tuple(clusters)), plan,
    )  # fmt: skip


def _clusters(cluster: str | Sequence[str]) -> tuple[str, ...]:
    names = (cluster,) if isinstance(cluster, str) else tuple(cluster)
    if names == (HETEROSKEDASTIC,):
        return ()
    if not names or HETEROSKEDASTIC in names:
        raise InputError(
            Problem(
                "cluster is unclear",
                "Name one or more dimensions, or 'heteroskedastic' alone.",
                field="cluster",
            )
        )
    return names


def _check_choices(
    estimator: str, small_sample: str, bias_correction: bool, plan: EffectPlan, clusters: tuple[str, ...]
) -> None:
    if estimator not in ESTIMATORS:
        raise UnknownNameError("estimator", estimator, ESTIMATORS)
    if small_sample not in CONVENTIONS:
        raise UnknownNameError("small-sample convention", small_sample, CONVENTIONS)
    if not bias_correction:
        return
    if estimator != "ppml" or clusters != ("pair",) or small_sample != "ppmlhdfe":
        raise InputError(
            Problem(
                "the bias correction is known for PPML with pair clusters and the ppmlhdfe convention",
                "Leave estimator, cluster and small_sample at their defaults.",
                field="bias_correction",
            )
        )
    both = (plan.exporter, plan.importer)
    if both not in (("yearly", "yearly"), ("fixed", "fixed")) or plan.pair == "symmetric" or plan.year:
        raise InputError(
            Problem(
                "the bias correction is known for exporter-year and importer-year effects, with or without "
                "pair effects, and for exporter and importer effects in a cross-section",
                "Choose such effects, or leave bias_correction off.",
                field="effects",
                value=", ".join(plan.asked),
            )
        )


def _with_constant(panel: Panel) -> Panel:
    x = np.concatenate([np.ones((panel.flow.size, 1)), panel.x], axis=1)
    return replace(panel, names=("constant", *panel.names), x=x)


def _usable(panel: Panel, plan: EffectPlan, estimator: str) -> tuple[Mask, tuple[Dropped, ...]]:
    """Rows that carry information about the coefficients, as far as the effects alone tell."""
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
    groups = [panel.groups(name) for name in plan.kept]
    if groups and kept.any():
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
    return kept, tuple(dropped)


def _equation(panel: Panel, plan: EffectPlan, logs: bool = False) -> tuple[Equation, Array, Array]:
    """The panel on the grid, covariates centred (where effects take the mean) and of unit size."""
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
    else:
        y = panel.grid(panel.flow if weights is None else panel.flow * weights)
    count = len(panel.names)
    centre, scale = np.zeros(count), np.ones(count)
    x = np.empty((count, *panel.shape))
    for k in range(count):
        column = panel.x[:, k]
        if plan.any:
            centre[k] = column.mean()
        spread = np.sqrt(((column - centre[k]) ** 2).mean())
        # A constant is left as it is: the effects absorb it, and it will be reported by name.
        scale[k] = spread if spread > np.finfo(float).eps * (1 + abs(centre[k])) else 1.0
        np.divide(panel.grid(column - centre[k]), scale[k], out=x[k])
    return Equation(plan, y, base, x), centre, scale


def _poisson(
    panel: Panel, plan: EffectPlan, kept: Mask, kernels: ModuleType
) -> tuple[Panel, Equation, Array, Array, _Solved, tuple[Dropped, ...], tuple[int, ...]]:
    """Fit; where Newton's steps stay large, look for separated observations, drop them and fit again."""
    rows = np.flatnonzero(kept)
    sample = panel if kept.all() else panel.take(rows)
    equation, centre, scale = _equation(sample, plan)
    fit = fit_poisson(equation, kernels)
    dropped: tuple[Dropped, ...] = ()
    excused: tuple[int, ...] = ()
    if fit.suspect:
        cells = separated_on_grid(equation, kernels).reshape(-1)[sample.cells]
        if cells.any():
            alone = separated_on_grid(replace(equation, x=equation.x[:0]), kernels).reshape(-1)[sample.cells]
            parts = (("separated by effects", cells & alone), ("separated by regressors", cells & ~alone))
            dropped = tuple(Dropped(reason, rows[mask]) for reason, mask in parts if mask.any())
            mask = kept.copy()
            mask[rows[cells]] = False
            inner, more = _usable(panel.take(mask), plan, "ppml")
            left = np.flatnonzero(mask)
            dropped += tuple(Dropped(d.reason, left[d.rows]) for d in more)
            rows = left[inner]
            sample = panel.take(rows)
            equation, centre, scale = _equation(sample, plan)
            before = fit.rank.absorbed
            fit = fit_poisson(equation, kernels, patience=MOST_ITERATIONS)
            excused = tuple(k for k in fit.rank.absorbed if k not in before)
        else:
            fit = fit_poisson(equation, kernels, start=fit, patience=MOST_ITERATIONS)
    return sample, equation, centre, scale, _from_poisson(equation, fit), dropped, excused


def _from_poisson(equation: Equation, fit: PoissonFit) -> _Solved:
    return _Solved(
        fit.beta, fit.rank, fit.unknowns, fit.pair, fit.mu, equation.y - fit.mu, fit.partial, fit.bread,
        fit.iterations, f"converged in {fit.iterations} Newton steps",
    )  # fmt: skip


def _least_squares(equation: Equation, kernels: ModuleType) -> _Solved:
    fit = fit_least_squares(equation, kernels)
    weights = np.ones_like(equation.y) if equation.base is None else equation.base
    return _Solved(
        fit.beta, fit.rank, fit.unknowns, fit.pair, weights, fit.error * weights, fit.partial, fit.bread,
        1, "solved",
    )  # fmt: skip


def _refuse_absorbed(sample: Panel, plan: EffectPlan, rank: Rank, excused: tuple[int, ...]) -> None:
    """Refuse covariates that the effects absorb, but for those whose variation was all in separated rows."""
    absorbed = [k for k in rank.absorbed if k not in excused]
    if not absorbed:
        return
    effects = ", ".join(plan.kept) or "constant"
    raise InputError(
        [
            Problem(
                f"the covariate does not vary once the effects are taken out ({effects})",
                "Drop it, or choose fewer effects.",
                file=sample.file,
                field=sample.names[k],
            )
            for k in absorbed
        ]
    )


def _refuse_saturated(sample: Panel, plan: EffectPlan, solved: _Solved) -> None:
    """As many parameters as observations fit every flow exactly: their standard errors would read zero."""
    parameters = _parameters(sample, plan, (), "regress") + solved.beta.size
    exact = np.abs(solved.error).max() <= CLOSE * np.abs(solved.weights).max()
    if sample.flow.size <= parameters and exact:
        raise InputError(
            Problem(
                f"{parameters} effects and covariates fit all {sample.flow.size} observations exactly",
                "Nothing is left to judge the estimate by: use fewer effects or more observations.",
                file=sample.file,
                field=sample.roles.flow,
            )
        )


def _cluster_codes(sample: Panel, name: str) -> Codes:
    if name in EFFECTS:
        return sample.groups(name)
    _, codes = np.unique(sample.columns[name], return_inverse=True)
    return codes.astype(np.int64)


def _parameters(sample: Panel, plan: EffectPlan, clusters: Sequence[str], convention: str) -> int:
    """How many effects count as parameters under a convention.

    Levels less one for each effect after the first, plus what three-way effects share: the number for a
    complete panel, as reghdfe counts.
    """
    if convention in ("ppmlhdfe", "none"):
        return 0
    groups = {name: sample.groups(name) for name in plan.kept}
    counts = {name: levels(codes) for name, codes in groups.items()}
    if convention == "reghdfe":
        for name in [n for n in counts if n in clusters or (n == "pair" and "symmetric pair" in clusters)]:
            del counts[name]
    years = levels(sample.places[2])
    shared = max(0, len(counts) - 1)
    if plan.exporter == plan.importer == "yearly" and shared:
        shared = years
        if "pair" in counts:
            shared += levels(sample.places[0]) + levels(sample.places[1]) - 1
    return sum(counts.values()) - int(shared)


def _correct(
    equation: Equation, solved: _Solved, x: Array, effects: tuple[Array, Array], plan: EffectPlan,
    beta: Array, vcov: Array, unit: Array,
) -> BiasCorrection:  # fmt: skip
    used = equation.used
    left = np.concatenate(
        [
            numpy_kernels.residuals(x, *effects, solved.partial[1], part)
            for part in numpy_kernels.blocks(used.shape)
        ],
        axis=1,
    )
    left *= used
    matrix, leverage = corrected_vcov(solved.weights, solved.error, left, used, plan)
    bias = np.zeros_like(beta)
    if plan.pair == "directed":
        bias = bias_of(solved.weights, solved.error, left, used) / unit
    return BiasCorrection(bias, matrix / np.outer(unit, unit), beta, vcov, leverage)


def _result(
    whole: Panel, sample: Panel, equation: Equation, solved: _Solved, names: tuple[str, ...], beta: Array,
    vcov: Array, errors: Sandwich, correction: BiasCorrection | None, dropped: tuple[Dropped, ...],
    shift: Array, choices: tuple[str, str, tuple[str, ...]], plan: EffectPlan,
) -> GravityFit:  # fmt: skip
    estimator, small_sample, clusters = choices
    weight = np.ones(sample.flow.size) if sample.weights is None else sample.weights
    if estimator == "ppml":
        fitted = solved.weights.reshape(-1)[sample.cells] / weight
        lost, quality = _likelihoods(sample.flow, fitted, weight)
    else:
        left = solved.error.reshape(-1)[sample.cells]
        log_flow = np.log(sample.flow)
        fitted = np.exp(log_flow - left / weight)
        lost = float((left**2 / weight).sum())
        mean = np.average(log_flow, weights=weight)
        quality = 1 - lost / float((weight * (log_flow - mean) ** 2).sum())
    redundant = {
        **dict.fromkeys(
            (sample.names[k] for k in solved.rank.redundant),
            "collinear with the covariates before it and the effects",
        ),
        **dict.fromkeys(
            (sample.names[k] for k in solved.rank.absorbed), "varies only on separated observations"
        ),
    }
    return GravityFit(
        names=names, coefficients=beta, vcov=vcov, n_obs=int(sample.flow.size), dropped=dropped,
        collinear=redundant, fitted=fitted, pseudo_r2=quality, deviance=lost, iterations=solved.iterations,
        status=solved.status, estimator=estimator, effect_names=plan.kept, cluster=clusters,
        clusters=errors.clusters, small_sample=small_sample, bias=correction, panel=sample,
        unknowns=solved.unknowns, pair=solved.pair, level=-float(shift @ solved.beta), plan=plan, rows=whole.flow.size,
    )  # fmt: skip


def _likelihoods(flow: Array, fitted: Array, weight: Array) -> tuple[float, float]:
    """The deviance, and McFadden's pseudo R squared: one less the ratio of log-likelihoods to a constant's."""
    positive = flow > 0
    y, mu, w = flow[positive], fitted[positive], weight[positive]
    weighted = w * y
    perfect = float(weighted @ np.log(y))
    explained = float(weighted @ np.log(mu))
    total, spent = float(weighted.sum()), float(weight @ fitted)
    constant = float(w @ special.gammaln(y + 1))
    mean = total / float(weight.sum())
    full = explained - spent - constant
    null = total * np.log(mean) - total - constant
    return 2 * (perfect - explained - total + spent), 1 - full / null
