"""The optimal tariff of Gros (1987): 1 / (theta pi_ff), pi_ff what the partner buys at home.

Gros, D. (1987), "A Note on the Optimal Tariff, Retaliation and the Welfare Loss from Tariff Wars in a
Framework with Intra-Industry Trade", Journal of International Economics 23. With Armington demand, one
factor and two economies the formula is exact at the optimum; a small economy's optimal tariff is 1 / theta.
"""

from __future__ import annotations

import numpy as np
import pytest

from serai.equilibrium import Instrument, MultiSectorBaseline, Shock, optimal_policy


def two_economies(size: float, theta: float, abroad: float = 0.3) -> MultiSectorBaseline:
    """An economy of some size against one of 100, balanced trade."""
    traded = abroad * size
    return MultiSectorBaseline.from_flows(
        np.array([[[size - traded, traded], [traded, 100 - traded]]]),
        ["home", "abroad"],
        ["all"],
        theta=theta,
        value_added_share=np.ones((2, 1)),
        input_share=np.ones((2, 1, 1)),
    )


@pytest.mark.parametrize("theta", [2.0, 4.0, 8.0])
@pytest.mark.parametrize("size", [1e-4, 30.0, 80.0])
def test_the_best_tariff_is_the_formula(size: float, theta: float) -> None:
    world = two_economies(size, theta)
    log_tariff = Shock(tariff=np.array([[[1.0, 1.0], [np.e, 1.0]]]))  # one unit: log(1 + tariff) = 1
    best = optimal_policy(world, [Instrument("tariff", log_tariff, most=2)], "home")
    own = best.equilibrium.trade[0, 1, 1] / best.equilibrium.trade[0, :, 1].sum()
    assert np.expm1(best.amounts[0]) == pytest.approx(1 / (theta * own), rel=1e-6)
    assert best.gain > 0
    assert best.slopes[0] == pytest.approx(0, abs=1e-8)
    if size < 1:
        assert np.expm1(best.amounts[0]) == pytest.approx(1 / theta, rel=1e-5)


def test_for_the_world_as_a_whole_the_best_tariff_is_none() -> None:
    world = two_economies(30, 4)
    log_tariff = Shock(tariff=np.array([[[1.0, 1.0], [np.e, 1.0]]]))
    weights = {"home": 30.0, "abroad": 100.0}
    best = optimal_policy(world, [Instrument("tariff", log_tariff, most=2, least=-0.2)], weights)
    assert best.amounts[0] == pytest.approx(0, abs=1e-5)
