"""Advanced Guide to Trade Policy Analysis (Yotov, Piermartini, Monteiro and Larch 2016), chapters 1 and 2."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from serai.axes import Array
from serai.equilibrium import Baseline, Shock, solve, solve_conditional
from serai.gravity import GravityFit, fit_gravity
from serai.validation.check import largest

PANEL = "agtpa/agtpa_panel.parquet"
TARGETS = "targets.json"
YEARS = range(1986, 2007, 4)
YEARLY = ("exporter-year", "importer-year")
PAIRS = (*YEARLY, "symmetric pair")
STANDARD = ("log(dist)", "cntg", "lang", "clny")
PRINTED = {"log(dist)": "ln_dist", "cntg": "cntg", "lang": "lang", "clny": "clny"}
LAGS = ("rta", "rta_lag4", "rta_lag8", "rta_lag12")
SIZES = ("log(output)", "log(spending)")
BY_YEAR = "C(year):log(dist)"
BY_YEAR_ABROAD = "C(year):log(dist):international"
SIGMA = 7.0
OFFICIAL = "agtpa_ch2_app1_no_borders_2006_sigma7_ref_DEU"
NO_BORDERS = "ch2_app1_ppml"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table of chapter 1: with or without domestic trade, regressors, effects, estimator."""

    domestic: bool
    covariates: tuple[str, ...]
    effects: tuple[str, ...]
    estimator: str


TABLE_1 = {
    "OLS": Column(False, (*STANDARD, *SIZES), (), "ols"),
    "OLS_remoteness": Column(False, (*STANDARD, *SIZES, "log(remote_x)", "log(remote_m)"), (), "ols"),
    "OLS_FE": Column(False, STANDARD, YEARLY, "ols"),
    "PPML_FE": Column(False, STANDARD, YEARLY, "ppml"),
}
TABLE_2 = {
    "OLS": Column(False, (BY_YEAR, *STANDARD[1:]), YEARLY, "ols"),
    "PPML": Column(False, (BY_YEAR, *STANDARD[1:]), YEARLY, "ppml"),
    "internal_distance": Column(True, (BY_YEAR_ABROAD, "log(dist):domestic", *STANDARD[1:]), YEARLY, "ppml"),
    "home_bias": Column(
        True, (BY_YEAR_ABROAD, "log(dist):domestic", "domestic", *STANDARD[1:]), YEARLY, "ppml"
    ),
    "pair_fe": Column(True, (BY_YEAR_ABROAD, "C(own)", *STANDARD[1:]), YEARLY, "ppml"),
}
TABLE_3 = {
    "OLS": Column(False, ("rta", *STANDARD), YEARLY, "ols"),
    "PPML": Column(False, ("rta", *STANDARD), YEARLY, "ppml"),
    "INTRA": Column(True, ("rta", *STANDARD, "C(own)"), YEARLY, "ppml"),
    "ENDG": Column(True, ("rta",), PAIRS, "ppml"),
    "LEAD": Column(True, ("rta", "rta_lead4"), PAIRS, "ppml"),
    "PHSNG": Column(True, LAGS, PAIRS, "ppml"),
    "GLBZN": Column(True, (*LAGS, "C(year):international"), PAIRS, "ppml"),
}


@lru_cache(maxsize=1)
def panel(folder: Path) -> pd.DataFrame:
    """The sample of chapter 1 with the variables that its tables need."""
    table = pd.read_parquet(folder / PANEL)
    table = table[table["year"].isin(YEARS)].copy()
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


def fit(folder: Path, column: Column) -> GravityFit:
    """One column, clustered by symmetric pair."""
    table = panel(folder)
    return fit_gravity(
        table if column.domestic else table[table["international"] == 1],
        flow="trade",
        covariates=list(column.covariates),
        effects=list(column.effects),
        cluster="pair_id",
        estimator=column.estimator,
    )


def distance_change(found: GravityFit) -> tuple[float, float]:
    """Change of the coefficient of distance from the first year to the last, percent, and its s.e."""
    places = [
        next(k for k, name in enumerate(found.names) if str(year) in name) for year in (YEARS[0], YEARS[-1])
    ]
    before, after = (float(found.coefficients[place]) for place in places)
    slope = np.zeros(len(found.names))
    slope[places[1]], slope[places[0]] = 100 / before, -100 * after / before**2
    return 100 * (after / before - 1), float(np.sqrt(slope @ found.vcov @ slope))


def chapter_1_table_1(folder: Path) -> dict[str, float]:
    """Traditional gravity: four columns, four coefficients, and the observations."""
    numbers: dict[str, float] = {}
    for name, column in TABLE_1.items():
        found = fit(folder, column)
        numbers |= _terms(found, name, STANDARD)
        numbers[f"{name} observations"] = found.n_obs
    return numbers


def chapter_1_table_2(folder: Path) -> dict[str, float]:
    """The distance puzzle: change of the coefficient of distance, percent."""
    numbers: dict[str, float] = {}
    for name, column in TABLE_2.items():
        change, error = distance_change(fit(folder, column))
        numbers |= {f"{name} change, %": change, f"{name} change, % (s.e.)": error}
    return numbers


def chapter_1_table_3(folder: Path) -> dict[str, float]:
    """Trade agreements: seven columns, with leads, lags and globalisation."""
    numbers: dict[str, float] = {}
    for name, column in TABLE_3.items():
        found = fit(folder, column)
        numbers |= _terms(found, name, [term for term in column.covariates if term.startswith("rta")])
        if "rta_lag4" in column.covariates:
            total, error = found.combine(dict.fromkeys(LAGS, 1.0))
            numbers |= {f"{name} total": total, f"{name} total (s.e.)": error}
        if name == "GLBZN":
            for year in YEARS[:-1]:
                term = f"C(year)[{year}.0]:international"
                numbers[f"{name} border {year}"] = found.coefficient(term)
                numbers[f"{name} border {year} (s.e.)"] = found.std_error(term)
    return numbers


def _terms(found: GravityFit, column: str, terms: Sequence[str]) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for term in terms:
        name = f"{column} {PRINTED.get(term, term)}"
        numbers |= {name: found.coefficient(term), f"{name} (s.e.)": found.std_error(term)}
    return numbers


def chapter_2_coefficients(folder: Path) -> dict[str, float]:
    """PPML of 2006 behind the application, seven digits."""
    table = panel(folder)
    found = fit_gravity(
        table[table["year"] == YEARS[-1]],
        flow="trade",
        covariates=["log(dist)", "cntg", "international"],
        effects=["exporter", "importer"],
        year=None,
        cluster="heteroskedastic",
    )
    names = {"log(dist)": "ln_dist", "cntg": "cntg", "international": "intl_brdr"}
    values = {printed: found.coefficient(name) for name, printed in names.items()}
    return values | {f"{printed} (s.e.)": found.std_error(name) for name, printed in names.items()}


@dataclass(frozen=True)
class NoBorders:
    """Chapter 2, application 1: the fitted world of 2006, the shock, and the official results."""

    world: Baseline
    shock: Shock
    official: pd.DataFrame


@lru_cache(maxsize=1)
def no_borders(folder: Path) -> NoBorders:
    """International borders removed in 2006, sigma 7, Germany the reference."""
    targets: dict[str, Any] = json.loads((folder / TARGETS).read_text(encoding="utf-8"))
    rows = pd.read_parquet(folder / PANEL).query(f"year == {YEARS[-1]}")
    names = sorted(rows["exporter"].unique())

    def table(column: str) -> Array:
        wide = rows.pivot(index="exporter", columns="importer", values=column)
        return np.asarray(wide.loc[names, names], dtype=float)

    slope, trade = targets[NO_BORDERS], table("trade")
    international = 1 - np.eye(len(names))
    fitted = np.exp(slope["ln_dist"] * np.log(table("dist")) + slope["cntg"] * table("cntg"))
    fitted *= np.exp(slope["intl_brdr"] * international)
    flows = _to_totals(fitted, trade.sum(axis=1), trade.sum(axis=0))
    tau = np.exp(slope["intl_brdr"] / (SIGMA - 1) * international)
    return NoBorders(
        Baseline.from_flows(flows, names, trade_elasticity=SIGMA - 1),
        Shock(trade_cost=tau),
        pd.DataFrame(targets[OFFICIAL]).T.loc[names],
    )


def chapter_2_equilibrium(folder: Path) -> dict[str, float]:
    """Largest gaps to the official results over the 69 economies, in percentage points."""
    case = no_borders(folder)
    conditional = solve_conditional(case.world, case.shock, reference="DEU")
    full = solve(case.world, case.shock, deficits="proportional")
    price = full.price_index[case.world.economies.index("DEU")]
    official = {name: np.asarray(case.official[name], dtype=float) for name in case.official}
    return {
        "output, relative": largest(case.world.output / official["Y_BLN"] - 1),
        "conditional exports": largest(percent(conditional.exports) - official["change_Xi_CDL"]),
        "full real GDP": largest(percent(full.real_gdp) - official["change_rGDP_FULL"]),
        "full factory-gate prices": largest(percent(full.wage / price) - official["change_price_FULL"]),
        "full inward resistances": largest(percent(full.price_index / price) - official["change_IMR_FULL"]),
    }


def percent(ratio: Array) -> Array:
    """A ratio as a change in percent."""
    return np.asarray(100 * (ratio - 1))


def _to_totals(fitted: Array, outputs: Array, spending: Array) -> Array:
    """Fitted flows with the effects that reproduce outputs and expenditures, as the estimator's do."""
    seller, buyer = np.ones(len(fitted)), np.ones(len(fitted))
    for _ in range(2000):
        buyer = spending / (fitted.T @ seller)
        seller = outputs / (fitted @ buyer)
    return np.asarray(seller[:, None] * fitted * buyer)
