"""An Advanced Guide to Trade Policy Analysis (2016), chapter 2, application 1: trade without borders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from serai.equilibrium import solve, solve_conditional
from serai.validation.agtpa import NoBorders, no_borders, percent

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def application(validation_data: Path) -> NoBorders:
    return no_borders(validation_data)


def test_the_fitted_world_has_the_official_outputs(application: NoBorders) -> None:
    np.testing.assert_allclose(application.world.output, application.official["Y_BLN"], rtol=1e-8)


def test_conditional_exports_of_every_economy(application: NoBorders) -> None:
    found = solve_conditional(application.world, application.shock, reference="DEU")
    np.testing.assert_allclose(
        percent(found.exports), application.official["change_Xi_CDL"], rtol=0, atol=0.002
    )


def test_full_endowment_is_solved_exactly_and_close_to_the_official_loop(application: NoBorders) -> None:
    found = solve(application.world, application.shock, deficits="proportional")
    assert found.residual < 1e-10
    price = found.price_index[application.world.economies.index("DEU")]
    for ratio, column, most in (
        (found.real_gdp, "change_rGDP_FULL", 0.6),
        (found.wage / price, "change_price_FULL", 0.5),
        (found.price_index / price, "change_IMR_FULL", 0.9),
    ):
        gap = np.abs(percent(ratio) - application.official[column])
        assert gap.max() < most, column


def test_the_table_of_differences_is_what_comes_out(application: NoBorders) -> None:
    assert difference_table(application) in (HERE / "differences.md").read_text()


def difference_table(application: NoBorders) -> str:
    """Real GDP, percent: official, exact, and the gap, for every economy."""
    found = solve(application.world, application.shock, deficits="proportional")
    lines = ["| economy | official | exact | exact less official |", "|---|---|---|---|"]
    for name, official, exact in zip(
        application.world.economies,
        application.official["change_rGDP_FULL"],
        percent(found.real_gdp),
        strict=True,
    ):
        lines.append(f"| {name} | {official:.2f} | {exact:.2f} | {exact - official:+.2f} |")
    return "\n".join(lines)
