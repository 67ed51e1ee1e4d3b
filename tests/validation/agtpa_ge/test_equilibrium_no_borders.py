"""An Advanced Guide to Trade Policy Analysis (2016), chapter 2, application 1: trade without borders."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from serai.axes import Array
from serai.equilibrium import Baseline, Shock, solve, solve_conditional

SIGMA = 7.0
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Application:
    """The fitted world of 2006, the shock, and the official results."""

    world: Baseline
    shock: Shock
    official: pd.DataFrame


@pytest.fixture(scope="module")
def application(validation_data: Path) -> Application:
    targets = json.loads((validation_data / "targets.json").read_text())
    panel = pd.read_parquet(validation_data / "agtpa" / "agtpa_panel.parquet").query("year == 2006")
    names = sorted(panel["exporter"].unique())

    def table(column: str) -> Array:
        return panel.pivot(index="exporter", columns="importer", values=column).loc[names, names].to_numpy()

    slope, trade = targets["ch2_app1_ppml"], table("trade")
    international = 1 - np.eye(len(names))
    fitted = np.exp(slope["ln_dist"] * np.log(table("dist")) + slope["cntg"] * table("cntg"))
    fitted *= np.exp(slope["intl_brdr"] * international)
    # The fixed effects of the estimator are those that reproduce outputs and expenditures.
    seller, buyer = np.ones(len(names)), np.ones(len(names))
    for _ in range(2000):
        buyer = trade.sum(axis=0) / (fitted.T @ seller)
        seller = trade.sum(axis=1) / (fitted @ buyer)
    flows = seller[:, None] * fitted * buyer
    tau = np.exp(slope["intl_brdr"] / (SIGMA - 1) * international)
    official = pd.DataFrame(targets["agtpa_ch2_app1_no_borders_2006_sigma7_ref_DEU"]).T.loc[names]
    return Application(
        Baseline.from_flows(flows, names, trade_elasticity=SIGMA - 1), Shock(trade_cost=tau), official
    )


def _percent(ratio: Array) -> Array:
    return np.asarray(100 * (ratio - 1))


def test_the_fitted_world_has_the_official_outputs(application: Application) -> None:
    np.testing.assert_allclose(application.world.output, application.official["Y_BLN"], rtol=1e-8)


def test_conditional_exports_of_every_economy(application: Application) -> None:
    found = solve_conditional(application.world, application.shock, reference="DEU")
    np.testing.assert_allclose(
        _percent(found.exports), application.official["change_Xi_CDL"], rtol=0, atol=0.002
    )


def test_full_endowment_is_solved_exactly_and_close_to_the_official_loop(application: Application) -> None:
    found = solve(application.world, application.shock, deficits="proportional")
    assert found.residual < 1e-10
    price = found.price_index[application.world.economies.index("DEU")]
    for ratio, column, most in (
        (found.real_gdp, "change_rGDP_FULL", 0.6),
        (found.wage / price, "change_price_FULL", 0.5),
        (found.price_index / price, "change_IMR_FULL", 0.9),
    ):
        gap = np.abs(_percent(ratio) - application.official[column])
        assert gap.max() < most, column


def test_the_table_of_differences_is_what_comes_out(application: Application) -> None:
    assert difference_table(application) in (HERE / "differences.md").read_text()


def difference_table(application: Application) -> str:
    """Real GDP, percent: official, exact, and the gap, for every economy."""
    found = solve(application.world, application.shock, deficits="proportional")
    lines = ["| economy | official | exact | exact less official |", "|---|---|---|---|"]
    for name, official, exact in zip(
        application.world.economies,
        application.official["change_rGDP_FULL"],
        _percent(found.real_gdp),
        strict=True,
    ):
        lines.append(f"| {name} | {official:.2f} | {exact:.2f} | {exact - official:+.2f} |")
    return "\n".join(lines)
