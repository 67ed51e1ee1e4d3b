"""The same numbers as pyfixest on random panels with holes, zeros, weights and several regressors."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serai.gravity import GravityFit, fit_gravity

pf = pytest.importorskip("pyfixest")

EFFECTS = {
    "three-way": (["exporter-year", "importer-year", "pair"], "exporter^year + importer^year + pair"),
    "two-way": (["exporter-year", "importer-year"], "exporter^year + importer^year"),
    "symmetric": (
        ["exporter-year", "importer-year", "symmetric pair"],
        "exporter^year + importer^year + both",
    ),
    "fixed": (["exporter", "importer", "year"], "exporter + importer + year"),
    "mixed": (["exporter-year", "importer"], "exporter^year + importer"),
    "pair and year": (["pair", "year"], "pair + year"),
}


def _panel(
    seed: int, economies: int, years: int, holes: float, zeros: float, regressors: int
) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    i, j, t = np.indices((economies, economies, years)).reshape(3, -1)
    keep = random.random(i.size) >= holes
    i, j, t = i[keep], j[keep], t[keep]
    x = random.normal(size=(i.size, regressors))
    index = random.normal(size=(economies, years))[i, t] + random.normal(size=(economies, years))[j, t]
    index += random.normal(size=(economies, economies))[i, j] + x @ np.linspace(0.5, -0.3, regressors)
    flow = np.exp(index) * random.gamma(2.0, 0.5, i.size) * (random.random(i.size) >= zeros)
    names = np.array([f"E{k:02d}" for k in range(economies)])
    table = pd.DataFrame({"exporter": names[i], "importer": names[j], "year": 2000 + t, "flow": flow})
    table["pair"] = table["exporter"] + table["importer"]
    table["both"] = [min(a, b) + max(a, b) for a, b in zip(table["exporter"], table["importer"], strict=True)]
    table["w"] = random.uniform(0.5, 2.0, i.size)
    for k in range(regressors):
        table[f"x{k}"] = x[:, k]
    return table.sample(frac=1, random_state=seed).reset_index(drop=True)


def _theirs(table: pd.DataFrame, formula: str, cluster: str, weights: str | None) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pf.fepois(
            formula, table, vcov={"CRV1": cluster}, weights=weights, ssc=pf.ssc(k_adj=False), iwls_tol=1e-13,
            iwls_maxiter=200, fixef_tol=1e-13, fixef_maxiter=100_000, separation_check=["fe", "ir"],
        )  # fmt: skip


def _same(ours: GravityFit, theirs: Any) -> None:
    assert ours.n_obs == theirs._N
    np.testing.assert_allclose(ours.coefficients, theirs.coef().to_numpy(), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(ours.std_errors, theirs.se().to_numpy(), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("kind", EFFECTS)
@given(
    seed=st.integers(0, 10_000), economies=st.integers(7, 10), years=st.integers(3, 5),
    holes=st.sampled_from([0.0, 0.15]), zeros=st.sampled_from([0.0, 0.2]), regressors=st.integers(1, 3),
    weighted=st.booleans(),
)  # fmt: skip
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_coefficients_and_clustered_errors(
    kind: str,
    seed: int,
    economies: int,
    years: int,
    holes: float,
    zeros: float,
    regressors: int,
    weighted: bool,
) -> None:
    table = _panel(seed, economies, years, holes, zeros, regressors)
    effects, right = EFFECTS[kind]
    names = [f"x{k}" for k in range(regressors)]
    weights = "w" if weighted else None
    ours = fit_gravity(table, flow="flow", covariates=names, effects=effects, weights=weights)
    _same(ours, _theirs(table, f"flow ~ {' + '.join(names)} | {right}", "pair", weights))


@pytest.mark.parametrize(
    ("cluster", "theirs"),
    [("exporter", "exporter"), (["exporter", "importer"], "exporter + importer"), ("both", "both")],
)
def test_other_clusters(cluster: str | list[str], theirs: str) -> None:
    table = _panel(5, 12, 4, 0.1, 0.2, 2)
    effects, right = EFFECTS["two-way"]
    ours = fit_gravity(table, flow="flow", covariates=["x0", "x1"], effects=effects, cluster=cluster)
    _same(ours, _theirs(table, f"flow ~ x0 + x1 | {right}", theirs, None))


def test_heteroskedastic_errors_differ_by_the_stated_factor() -> None:
    table = _panel(6, 9, 3, 0.1, 0.2, 2)
    effects, right = EFFECTS["two-way"]
    ours = fit_gravity(
        table, flow="flow", covariates=["x0", "x1"], effects=effects, cluster="heteroskedastic"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pf.fepois(
            f"flow ~ x0 + x1 | {right}", table, vcov="HC1", ssc=pf.ssc(k_adj=False), iwls_tol=1e-13,
            fixef_tol=1e-13, fixef_maxiter=100_000,
        )  # fmt: skip
    factor = np.sqrt(ours.n_obs / (ours.n_obs - 1))
    np.testing.assert_allclose(ours.std_errors, theirs.se().to_numpy() * factor, rtol=1e-6)


def test_least_squares_on_logs() -> None:
    table = _panel(7, 10, 4, 0.1, 0.2, 3)
    effects, right = EFFECTS["three-way"]
    ours = fit_gravity(table, flow="flow", covariates=["x0", "x1", "x2"], effects=effects, estimator="ols")
    positive = table[table["flow"] > 0].assign(y=lambda d: np.log(d["flow"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pf.feols(
            f"y ~ x0 + x1 + x2 | {right}", positive, vcov={"CRV1": "pair"}, ssc=pf.ssc(k_adj=False),
            fixef_tol=1e-13, fixef_maxiter=100_000,
        )  # fmt: skip
    _same(ours, theirs)
