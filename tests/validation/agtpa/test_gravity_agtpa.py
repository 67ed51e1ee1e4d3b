"""Advanced Guide to Trade Policy Analysis (Yotov and others 2016): chapter 1, tables 1 to 3; chapter 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from serai.gravity import GravityFit, fit_gravity

YEARLY = ["exporter-year", "importer-year"]
PAIRS = [*YEARLY, "symmetric pair"]
STANDARD = ["log(dist)", "cntg", "lang", "clny"]
LAGS = ["rta", "rta_lag4", "rta_lag8", "rta_lag12"]
PRINTED = 5.5e-4


@pytest.fixture(scope="module")
def targets(validation_data: Path) -> dict[str, Any]:
    return dict(json.loads((validation_data / "targets.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def panel(validation_data: Path) -> pd.DataFrame:
    table = pd.read_parquet(validation_data / "agtpa" / "agtpa_panel.parquet")
    table = table[table["year"].isin(range(1986, 2007, 4))].copy()
    table["international"] = (table["exporter"] != table["importer"]).astype(float)
    table["domestic"] = 1 - table["international"]
    table["own"] = np.where(table["domestic"] == 1, table["exporter"], "none")
    output = table.groupby(["exporter", "year"])["trade"].transform("sum")
    spending = table.groupby(["importer", "year"])["trade"].transform("sum")
    world = table.groupby("year")["trade"].transform("sum")
    remote_x, remote_m = table["dist"] * world / spending, table["dist"] * world / output
    return table.assign(
        output=output,
        spending=spending,
        remote_x=remote_x.groupby([table["exporter"], table["year"]]).transform("sum"),
        remote_m=remote_m.groupby([table["importer"], table["year"]]).transform("sum"),
    )


@pytest.fixture(scope="module")
def abroad(panel: pd.DataFrame) -> pd.DataFrame:
    return panel[panel["international"] == 1]


def _fit(panel: pd.DataFrame, covariates: list[str], effects: list[str], **more: Any) -> GravityFit:
    return fit_gravity(panel, flow="trade", covariates=covariates, effects=effects, cluster="pair_id", **more)


def _printed(fit: GravityFit, name: str, expected: list[float]) -> None:
    assert fit.coefficient(name) == pytest.approx(expected[0], abs=PRINTED), name
    assert fit.std_error(name) == pytest.approx(expected[1], abs=PRINTED), name


TABLE_1 = {
    "OLS": ([*STANDARD, "log(output)", "log(spending)"], [], "ols"),
    "OLS_remoteness": (
        [*STANDARD, "log(output)", "log(spending)", "log(remote_x)", "log(remote_m)"], [], "ols"
    ),
    "OLS_FE": (STANDARD, YEARLY, "ols"),
    "PPML_FE": (STANDARD, YEARLY, "ppml"),
}  # fmt: skip


@pytest.mark.parametrize("column", TABLE_1)
def test_table_1_traditional_gravity(abroad: pd.DataFrame, targets: dict[str, Any], column: str) -> None:
    table = targets["agtpa_ch1_table1"]
    at = table["cols"].index(column)
    covariates, effects, estimator = TABLE_1[column]
    fit = _fit(abroad, covariates, effects, estimator=estimator)
    assert fit.n_obs == table["N"][at]
    for name, row in zip(STANDARD, ("ln_dist", "cntg", "lang", "clny"), strict=True):
        _printed(fit, name, table[row][at])


BY_YEAR = "C(year):log(dist)"
BY_YEAR_ABROAD = "C(year):log(dist):international"
TABLE_2 = {
    "OLS": ("abroad", [BY_YEAR], "ols"),
    "PPML": ("abroad", [BY_YEAR], "ppml"),
    "internal_distance": ("panel", [BY_YEAR_ABROAD, "log(dist):domestic"], "ppml"),
    "home_bias": ("panel", [BY_YEAR_ABROAD, "log(dist):domestic", "domestic"], "ppml"),
    "pair_fe": ("panel", [BY_YEAR_ABROAD, "C(own)"], "ppml"),
}


@pytest.mark.parametrize("column", TABLE_2)
def test_table_2_distance_puzzle(
    column: str, targets: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    sample, own, estimator = TABLE_2[column]
    fit = _fit(request.getfixturevalue(sample), [*own, *STANDARD[1:]], YEARLY, estimator=estimator)
    first, last = (next(k for k, name in enumerate(fit.names) if str(year) in name) for year in (1986, 2006))
    before, after = fit.coefficients[first], fit.coefficients[last]
    slope = np.zeros(len(fit.names))
    slope[last], slope[first] = 100 / before, -100 * after / before**2
    change, error = targets["agtpa_ch1_table2_distance_puzzle"][column]
    assert 100 * (after / before - 1) == pytest.approx(change, abs=PRINTED)
    assert np.sqrt(slope @ fit.vcov @ slope) == pytest.approx(error, abs=PRINTED)


TABLE_3 = {
    "OLS": ("abroad", ["rta", *STANDARD], YEARLY, "ols"),
    "PPML": ("abroad", ["rta", *STANDARD], YEARLY, "ppml"),
    "ENDG": ("panel", ["rta"], PAIRS, "ppml"),
    "LEAD": ("panel", ["rta", "rta_lead4"], PAIRS, "ppml"),
    "PHSNG": ("panel", LAGS, PAIRS, "ppml"),
    "GLBZN": ("panel", [*LAGS, "C(year):international"], PAIRS, "ppml"),
}


@pytest.mark.parametrize("column", TABLE_3)
def test_table_3_trade_agreements(
    column: str, targets: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    table = targets["agtpa_ch1_table3_rta"]
    sample, covariates, effects, estimator = TABLE_3[column]
    fit = _fit(request.getfixturevalue(sample), covariates, effects, estimator=estimator)
    _printed(fit, "rta", table["rta"][table["cols"].index(column)])
    if column == "LEAD":
        _printed(fit, "rta_lead4", table["rta_lead4"])
    if column in ("PHSNG", "GLBZN"):
        for name in LAGS[1:]:
            _printed(fit, name, table[name][("PHSNG", "GLBZN").index(column)])
        total, error = fit.combine(dict.fromkeys(LAGS, 1.0))
        expected = table[f"total_{column.lower()}"]
        assert total == pytest.approx(expected[0], abs=PRINTED)
        assert error == pytest.approx(expected[1], abs=PRINTED)
    if column == "GLBZN":
        for year, expected in table["intl_border_glbzn"].items():
            _printed(fit, f"C(year)[{year}.0]:international", expected)
        assert list(fit.collinear) == ["C(year)[2006.0]:international"]


def test_table_3_with_domestic_trade_follows_the_published_program(panel: pd.DataFrame) -> None:
    """The column INTRA: see differences.md."""
    fit = _fit(panel, ["rta", *STANDARD, "C(own)"], YEARLY)
    _printed(fit, "rta", [0.409, 0.069])


def test_chapter_2_coefficients_to_seven_digits(panel: pd.DataFrame, targets: dict[str, Any]) -> None:
    year = panel[panel["year"] == 2006]
    fit = fit_gravity(
        year, flow="trade", covariates=["log(dist)", "cntg", "international"],
        effects=["exporter", "importer"], year=None, cluster="heteroskedastic",
    )  # fmt: skip
    expected = targets["ch2_app1_ppml"]
    for name, key in (("log(dist)", "ln_dist"), ("cntg", "cntg"), ("international", "intl_brdr")):
        assert fit.coefficient(name) == pytest.approx(expected[key], abs=6e-7), name
    assert np.round(fit.std_errors, 7).tolist() == pytest.approx([0.0501494, 0.1073719, 0.1193816], abs=2e-7)
