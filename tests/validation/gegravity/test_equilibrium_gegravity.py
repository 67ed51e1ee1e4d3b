"""gegravity 0.3 on a synthetic world.

Its "full" equilibrium keeps the shares of output and expenditure at their base values, so that what comes
out are conditional resistances with prices behind them: our conditional mode matches both of its columns, our
full equilibrium neither.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from serai.equilibrium import Baseline, Shock, solve, solve_conditional

SIGMA, EFFECT, SIZE = 5.0, 0.5, 6
NAMES = [f"C{place}" for place in range(SIZE)]


@pytest.fixture(scope="module")
def rival() -> pd.DataFrame:
    """Resistances of gegravity, base, conditional and "experiment", for each economy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gegravity = pytest.importorskip("gegravity")
        trade, fitted = _world()
        rows = [
            {
                "exporter": NAMES[i], "importer": NAMES[n], "year": "2006", "trade": trade[i, n], "fta": 0,
                "Y": trade[i].sum(), "E": trade[:, n].sum(), "cost": np.log(fitted[i, n]),
            }
            for i in range(SIZE)
            for n in range(SIZE)
        ]  # fmt: skip
        effects = pd.DataFrame({"name": ["cost", "fta"], "effect": [1.0, EFFECT], "error": [0.0, 0.0]})
        model = gegravity.OneSectorGE(
            gegravity.BaselineData(pd.DataFrame(rows), "importer", "exporter", "year", "trade", "E", "Y"),
            year="2006",
            reference_importer="C0",
            sigma=SIGMA,
            cost_variables=["cost", "fta"],
            cost_coeff_values=gegravity.CostCoeffs(
                effects, identifier_col="name", coeff_col="effect", stderr_col="error"
            ),
            quiet=True,
        )
        model.build_baseline(mr_tolerance=1e-13)
        changed = model.baseline_data.copy()
        inside = changed["exporter"].isin(["C1", "C2"]) & changed["importer"].isin(["C1", "C2"])
        changed.loc[inside & (changed["exporter"] != changed["importer"]), "fta"] = 1
        model.define_experiment(changed)
        model.simulate(ge_tolerance=1e-13)
        return model.country_mr_terms.loc[NAMES]


def _world() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    fitted = np.exp(random.normal(0, 0.5, (SIZE, SIZE)) - 2 * (1 - np.eye(SIZE)))
    sold, bought = np.exp(random.normal(0, 1, SIZE)), np.exp(random.normal(0, 0.3, SIZE))
    return 1e4 * sold[:, None] * fitted * bought, fitted


def _shocked() -> tuple[Baseline, Shock]:
    tau = np.ones((SIZE, SIZE))
    tau[1, 2] = tau[2, 1] = np.exp(-EFFECT / (SIGMA - 1))
    return Baseline.from_flows(_world()[0], NAMES, trade_elasticity=SIGMA - 1), Shock(trade_cost=tau)


@pytest.mark.parametrize("column", ["conditional", "experiment"])
def test_both_its_modes_are_our_conditional_mode(rival: pd.DataFrame, column: str) -> None:
    found = solve_conditional(*_shocked(), reference="C0")
    inward, outward = (rival[f"{column} {side}"] / rival[f"baseline {side}"] for side in ("imr", "omr"))
    np.testing.assert_allclose(found.inward, inward, rtol=1e-7)
    np.testing.assert_allclose(found.outward, outward, rtol=1e-7)


def test_its_full_mode_is_not_an_equilibrium_of_prices(rival: pd.DataFrame) -> None:
    full = solve(*_shocked(), deficits="proportional").price_index
    assert np.abs(full / full[0] - rival["experiment imr"] / rival["baseline imr"]).max() > 1e-3
