"""`fit_gravity`: from a panel to a fit. Each step is a function of another module; here is their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np

from serai.axes import Array
from serai.errors import InputError, Problem, Problems, UnknownNameError
from serai.executors import one_thread
from serai.gravity import kernels as numpy_kernels
from serai.gravity.bias import BiasCorrection, bias_of, corrected_vcov
from serai.gravity.compiled import best_kernels
from serai.gravity.effects import EFFECTS, EffectPlan, plan_effects
from serai.gravity.inference import CONVENTIONS, HETEROSKEDASTIC, Sandwich, levels, sandwich
from serai.gravity.layout import Layout
from serai.gravity.panel import DEFAULT_YEAR, Codes, Panel, Roles, read_panel
from serai.gravity.ppml import CLOSE
from serai.gravity.result import GravityFit
from serai.gravity.solve import Solved, fitted_flows, solve

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
    whole = panel if plan.any else _with_constant(panel)
    solved = solve(whole, plan, estimator, kernels)
    sample, keep = solved.sample, list(solved.rank.kept)
    _refuse_absorbed(solved, plan)
    _refuse_saturated(solved, plan)
    x = solved.equation.x[keep] if len(keep) < len(sample.names) else solved.equation.x
    effects = Layout(plan, sample.shape).parts(solved.partial[0])
    parameters = _parameters(sample, plan, clusters, small_sample) + len(keep)
    errors = _sandwich(solved, x, effects, clusters, kernels, small_sample, parameters)
    unit = solved.scale[keep]
    beta, vcov = solved.beta / unit, errors.vcov / np.outer(unit, unit)
    correction = None
    if bias_correction:
        correction = _correct(solved, x, effects, plan, beta, vcov, unit)
        beta, vcov = beta - correction.bias, correction.vcov
    return GravityFit(
        names=tuple(sample.names[k] for k in keep),
        coefficients=beta,
        vcov=vcov,
        n_obs=int(sample.flow.size),
        dropped=solved.dropped,
        collinear=_left_out(solved),
        fitted=fitted_flows(solved, estimator),
        iterations=solved.iterations,
        status=solved.status,
        estimator=estimator,
        effect_names=plan.kept,
        cluster=tuple(clusters),
        clusters=errors.clusters,
        small_sample=small_sample,
        bias=correction,
        panel=sample,
        unknowns=solved.unknowns,
        pair=solved.pair,
        level=-float((solved.centre[keep] / unit) @ solved.beta),
        plan=plan,
        rows=whole.flow.size,
    )


def _sandwich(
    solved: Solved,
    x: Array,
    effects: tuple[Array, Array],
    clusters: Sequence[str],
    kernels: ModuleType,
    small_sample: str,
    parameters: int,
) -> Sandwich:
    """Standard errors; scores by pair need no scores by row."""
    sample, n = solved.sample, solved.sample.flow.size
    if tuple(clusters) == ("pair",):
        pairs = np.flatnonzero(
            np.bincount(sample.groups("pair"), minlength=sample.shape[0] * sample.shape[1])
        )
        by_pair = kernels.pair_scores(solved.error, x, *effects, solved.partial[1])
        scores = by_pair.reshape(x.shape[0], sample.shape[0] * sample.shape[1])[:, pairs].T
        codes = {"pair": np.arange(pairs.size)}
    else:
        by_row = kernels.scores(solved.error, x, *effects, solved.partial[1]).reshape(
            x.shape[0], solved.error.size
        )
        scores = (by_row if sample.in_order else by_row[:, sample.cells]).T
        codes = {name: _cluster_codes(sample, name) for name in clusters}
    return sandwich(solved.bread, scores, codes, n, convention=small_sample, parameters=parameters)


def _clusters(cluster: str | Sequence[str]) -> tuple[str, ...]:
    names = (cluster,) if isinstance(cluster, str) else tuple(cluster or ())
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
    return replace(panel, names=("constant", *panel.names), x=(np.ones(panel.flow.size), *panel.x))


def _left_out(solved: Solved) -> dict[str, str]:
    """Covariates that were not estimated, and why."""
    names = solved.sample.names
    reasons = {
        names[k]: "collinear with the covariates before it and the effects" for k in solved.rank.redundant
    }
    return reasons | {names[k]: "varies only on separated observations" for k in solved.rank.absorbed}


def _refuse_absorbed(solved: Solved, plan: EffectPlan) -> None:
    """Refuse covariates that the effects absorb, but for those whose variation was all in separated rows."""
    effects = ", ".join(plan.kept) or "constant"
    problems = Problems(solved.sample.file)
    for k in solved.rank.absorbed:
        if k not in solved.excused:
            problems.add(
                f"the covariate does not vary once the effects are taken out ({effects})",
                "Drop it, or choose fewer effects.",
                field=solved.sample.names[k],
            )
    problems.raise_if_any()


def _refuse_saturated(solved: Solved, plan: EffectPlan) -> None:
    """As many parameters as observations fit every flow exactly: their standard errors would read zero."""
    sample = solved.sample
    largest = max(solved.error.max(), -solved.error.min())
    if largest > CLOSE * solved.weights.max():
        return
    parameters = _parameters(sample, plan, (), "regress") + solved.beta.size
    if sample.flow.size <= parameters:
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
    solved: Solved,
    x: Array,
    effects: tuple[Array, Array],
    plan: EffectPlan,
    beta: Array,
    vcov: Array,
    unit: Array,
) -> BiasCorrection:
    used = solved.equation.used
    parts = (
        numpy_kernels.residuals(x, *effects, solved.partial[1], p) for p in numpy_kernels.blocks(used.shape)
    )
    left = np.concatenate(list(parts), axis=1) * used
    matrix, leverage = corrected_vcov(solved.weights, solved.error, left, used, plan)
    bias = np.zeros_like(beta)
    if plan.pair == "directed":
        bias = bias_of(solved.weights, solved.error, left, used) / unit
    return BiasCorrection(bias, matrix / np.outer(unit, unit), beta, vcov, leverage)
