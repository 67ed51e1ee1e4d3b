"""Rivals in the same run, where they are installed: pyfixest and gegravity."""

from __future__ import annotations

import importlib
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from serai.axes import Array
from serai.equilibrium import Baseline, Shock, solve, solve_conditional
from serai.gravity import fit_gravity
from serai.validation.check import largest
from serai.validation.panels import manufactures

SIGMA, EFFECT, SIZE = 5.0, 0.5, 6
NAMES = tuple(f"C{place}" for place in range(SIZE))


def pyfixest(folder: Path) -> dict[str, float]:
    """Three-way PPML on the manufactures of Weidner and Zylkin, and pyfixest's own default errors."""
    rival: Any = importlib.import_module("pyfixest")
    panel = manufactures(folder).copy()
    ours = fit_gravity(panel, flow="trade", covariates="fta", exporter="isoexp", importer="isoimp")
    panel["pair"] = panel["isoexp"].astype(str) + panel["isoimp"].astype(str)
    formula = "trade ~ fta | isoexp^year + isoimp^year + pair"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stata = rival.fepois(formula, panel, vcov={"CRV1": "pair"}, ssc=rival.ssc(k_adj=False))
        default = rival.fepois(formula, panel, vcov={"CRV1": "pair"})
    error = float(ours.std_errors[0])
    return {
        "observations, ours less theirs": float(ours.n_obs - stata._N),
        "coefficient, ours less theirs": float(ours.coefficients[0] - stata.coef().iloc[0]),
        "s.e., ours over theirs": error / float(stata.se().iloc[0]),
        "s.e., ours over their default": error / float(default.se().iloc[0]),
    }


def gegravity(_: Path) -> dict[str, float]:
    """Largest relative gaps of resistances on a made-up world of six economies."""
    rival = gegravity_resistances()
    conditional = solve_conditional(*shocked(), reference=NAMES[0])
    full = solve(*shocked(), deficits="proportional").price_index
    numbers = {}
    for mode in ("conditional", "experiment"):
        inward, outward = (
            np.asarray(rival[f"{mode} {side}"] / rival[f"baseline {side}"], dtype=float)
            for side in ("imr", "omr")
        )
        gaps = [conditional.inward / inward - 1, conditional.outward / outward - 1]
        numbers[f"its {mode} mode, our conditional mode"] = largest(gaps)
        if mode == "experiment":
            numbers["its experiment mode, our full equilibrium"] = largest(full / full[0] / inward - 1)
    return numbers


@lru_cache(maxsize=1)
def gegravity_resistances() -> pd.DataFrame:
    """Resistances of gegravity, base, conditional and "experiment", for each economy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rival: Any = importlib.import_module("gegravity")
        trade, fitted = world()
        rows = [
            {
                "exporter": NAMES[i], "importer": NAMES[n], "year": "2006", "trade": trade[i, n], "fta": 0,
                "Y": trade[i].sum(), "E": trade[:, n].sum(), "cost": np.log(fitted[i, n]),
            }
            for i in range(SIZE)
            for n in range(SIZE)
        ]  # fmt: skip
        effects = pd.DataFrame({"name": ["cost", "fta"], "effect": [1.0, EFFECT], "error": [0.0, 0.0]})
        coefficients = rival.CostCoeffs(
            effects, identifier_col="name", coeff_col="effect", stderr_col="error"
        )
        model = rival.OneSectorGE(
            rival.BaselineData(pd.DataFrame(rows), "importer", "exporter", "year", "trade", "E", "Y"),
            year="2006",
            reference_importer=NAMES[0],
            sigma=SIGMA,
            cost_variables=["cost", "fta"],
            cost_coeff_values=coefficients,
            quiet=True,
        )
        model.build_baseline(mr_tolerance=1e-13)
        changed = model.baseline_data.copy()
        inside = changed["exporter"].isin(NAMES[1:3]) & changed["importer"].isin(NAMES[1:3])
        changed.loc[inside & (changed["exporter"] != changed["importer"]), "fta"] = 1
        model.define_experiment(changed)
        model.simulate(ge_tolerance=1e-13)
        resistances: pd.DataFrame = model.country_mr_terms.loc[list(NAMES)]
        return resistances


def world() -> tuple[Array, Array]:
    """Trade of six economies, and the trade costs behind it."""
    random = np.random.default_rng(0)
    fitted = np.exp(random.normal(0, 0.5, (SIZE, SIZE)) - 2 * (1 - np.eye(SIZE)))
    sold, bought = np.exp(random.normal(0, 1, SIZE)), np.exp(random.normal(0, 0.3, SIZE))
    return 1e4 * sold[:, None] * fitted * bought, fitted


def shocked() -> tuple[Baseline, Shock]:
    """The same world, and an agreement between two of its economies."""
    tau = np.ones((SIZE, SIZE))
    tau[1, 2] = tau[2, 1] = np.exp(-EFFECT / (SIGMA - 1))
    return Baseline.from_flows(world()[0], list(NAMES), trade_elasticity=SIGMA - 1), Shock(trade_cost=tau)
