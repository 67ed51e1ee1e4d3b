"""Parts of real income: they add up, and the first order is first order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from equilibrium_worlds import sector_world, world
from serai.equilibrium import Baseline, MultiSectorBaseline, Shock, decompose, solve

STOCK = np.full((5, 5), 1e3) + 1e5 * np.eye(5)
WORLDS: dict[str, Baseline | MultiSectorBaseline] = {
    "one sector, capital moves": world(5, 1),
    "one sector, capital stays": world(5, 1, holdings=None, capital_elasticity=None),
    "sectors": sector_world(5, 4, 1),
    "sectors, capital moves": sector_world(
        5, 4, 1, holdings=STOCK, capital_share=0.35, capital_elasticity=2.0
    ),
}


def _shock(size: float, base: Baseline | MultiSectorBaseline) -> Shock:
    random = np.random.default_rng(2)
    ratios: dict[str, Any] = {
        "trade_cost": np.exp(size * random.normal(size=(5, 5))),
        "productivity": np.exp(size * random.normal(size=5)),
        "labour": np.exp(size * random.normal(size=5)),
    }
    if base.holdings is not None:
        ratios["openness"] = np.exp(size * random.normal(size=(5, 5)))
    if isinstance(base, MultiSectorBaseline):
        ratios["tariff"] = np.exp(size * random.normal(size=(4, 5, 5)) * (1 - np.eye(5)))
    return Shock(**ratios, transfer=size * np.array([100.0, -100, 0, 50, -50]))


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
@pytest.mark.parametrize("deficits", ["fixed", "proportional"])
@pytest.mark.parametrize("name", WORLDS)
def test_exact_parts_add_up_to_real_income(name: str, deficits: Any, wealth: Any) -> None:
    base = WORLDS[name]
    result = solve(base, _shock(0.05, base), deficits=deficits, wealth=wealth)
    parts = decompose(result)
    np.testing.assert_allclose(np.sum(list(parts.exact.values()), axis=0), result.real_income - 1, atol=1e-12)
    np.testing.assert_allclose(np.sum(list(parts.net_changes.values()), axis=0), parts.first_order)


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
@pytest.mark.parametrize("name", WORLDS)
def test_net_changes_are_right_to_first_order_and_only_to_it(name: str, wealth: Any) -> None:
    """A tenth of the shock leaves about a hundredth of the gap."""
    base = WORLDS[name]
    gaps = []
    for size in (1e-2, 1e-3):
        parts = decompose(solve(base, _shock(size, base), wealth=wealth))
        gaps.append(np.abs(parts.first_order - parts.real_income).max())
    assert gaps[0] > 1e-7
    assert gaps[1] < gaps[0] / 50


def test_revenue_and_volume_are_zero_without_tariffs() -> None:
    base = WORLDS["one sector, capital stays"]
    parts = decompose(solve(base, Shock(trade_cost=np.where(np.eye(5) > 0, 1, 0.9))))
    np.testing.assert_array_equal(parts.net_changes["volume_of_trade"], 0)
    np.testing.assert_allclose(parts.exact["tariff_revenue"], 0, atol=1e-15)
    np.testing.assert_allclose(parts.exact["capital_abroad"], 0, atol=1e-12)


def test_a_large_economy_alone_with_a_tariff_gains_in_terms_of_trade_and_loses_in_volume() -> None:
    base = sector_world(5, 1, 1, tariff=np.where(np.eye(5) > 0, 0, 0.05)[None], theta=4.0)
    rates = np.where(np.arange(5) == int(base.income.argmax()), 0.3, 0.05) * (1 - np.eye(5))
    parts = decompose(solve(base, Shock(tariff=base.tariff_to(rates[None]))))
    place = int(base.income.argmax())
    assert parts.net_changes["terms_of_trade"][place] > 0
    assert parts.net_changes["volume_of_trade"][place] < 0
    assert np.delete(parts.net_changes["terms_of_trade"], place).sum() < 0
