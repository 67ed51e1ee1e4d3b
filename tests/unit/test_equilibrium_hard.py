"""Worlds at the edge: near autarky, economies a million times smaller, elasticities from 0.5 to 15.

Every case is judged by what can be said without the solver: money adds up in the flows of the result, and
limits are known by hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from equilibrium_worlds import flows, off_diagonal, sector_flows, shares
from serai.axes import Array
from serai.equilibrium import (
    Baseline,
    MultiSectorBaseline,
    Shock,
    acr_welfare,
    balanced,
    gradient,
    optimal_policy,
    solve,
)
from serai.equilibrium.instruments import Instrument

CLOSURES = [(w, d) for w in ("fixed", "steady") for d in ("proportional", "none")]
TINY = {"one": [5], "half": [1, 3, 5, 7], "all but one": [0, 1, 2, 3, 4, 5, 6]}


def small_world(small: list[int], by: float = 1e-6, **changes: Any) -> Baseline:
    """Eight economies, some of them smaller by a factor; trade among all in proportion to size."""
    trade, holdings = flows(8)
    scale = np.ones(8)
    scale[small] = by
    for table in (trade, holdings):
        own = np.diag(table) * scale
        table *= np.outer(scale, scale) / scale.max()
        np.fill_diagonal(table, own)
    given = {"trade_elasticity": 5.0, "capital_elasticity": 3.0, "holdings": holdings, **shares(8)}
    return Baseline.from_flows(trade, **(given | changes))


def money_adds_up(base: Baseline, found: Any, tolerance: float = 1e-9) -> None:
    """Each economy sells what its wage says and the world produces what it did, to its own size."""
    made = base.base().output[0] * found.wage
    np.testing.assert_allclose(found.trade.sum(axis=1), made, rtol=tolerance)
    assert found.trade.sum() == pytest.approx(base.trade.sum(), rel=1e-9)


@pytest.mark.parametrize(("wealth", "deficits"), CLOSURES)
@pytest.mark.parametrize("cost", [0.8, 1.25, 3.0])
@pytest.mark.parametrize("name", TINY)
def test_economies_a_million_times_smaller(name: str, cost: float, wealth: Any, deficits: Any) -> None:
    base = small_world(TINY[name])
    shock = Shock(trade_cost=off_diagonal(8, cost))
    start = balanced(base) if deficits == "none" else base
    found = solve(base, shock, wealth=wealth, deficits=deficits)
    assert found.market_residual.max() <= 1e-11
    money_adds_up(start, found)


@pytest.mark.parametrize("theta", [0.5, 2.0, 15.0])
@pytest.mark.parametrize("by", [1e-3, 1e-9])
def test_a_speck_takes_the_prices_of_the_world_as_given(by: float, theta: float) -> None:
    """Cheaper trade with a speck is no matter to the rest, and its own gain tends to a limit."""
    trade, _ = flows(4)
    trade[3, :] *= by
    trade[:3, 3] *= by
    base = balanced(Baseline.from_flows(trade, trade_elasticity=theta))
    cost = np.ones((4, 4))
    cost[:3, 3] = cost[3, :3] = 0.9
    found = solve(base, Shock(trade_cost=cost))
    assert found.real_income[3] > 1.0001
    np.testing.assert_allclose(found.real_income[:3], 1, atol=30 * by)
    money_adds_up(base, found)


@pytest.mark.parametrize(("wealth", "deficits"), CLOSURES)
@pytest.mark.parametrize("openness", [1e-3, 1e-6, 1e-9])
def test_a_world_that_hardly_trades(openness: float, wealth: Any, deficits: Any) -> None:
    """To first order the gain is what is bought abroad times the fall of its cost."""
    trade, holdings = flows(6)
    trade = np.where(np.eye(6) > 0, trade, openness * trade)
    base = balanced(
        Baseline.from_flows(
            trade, trade_elasticity=5, capital_elasticity=3, holdings=holdings, capital_share=0.3
        )
    )
    shock = Shock(trade_cost=off_diagonal(6, 0.9))
    found = solve(base, shock, wealth=wealth, deficits=deficits)
    assert found.market_residual.max() <= 1e-11
    money_adds_up(base, found)
    slope = gradient(solve(base, wealth=wealth), "1").trade_cost
    assert abs(slope - np.diag(np.diag(slope))).sum() < 10 * openness


@pytest.mark.parametrize("theta", [0.5, 1.0, 5.0, 15.0])
@pytest.mark.parametrize("cost", [10.0, 1e3, 1e6])
def test_the_way_to_autarky_ends_at_the_formula(cost: float, theta: float) -> None:
    trade, _ = flows(5)
    base = balanced(Baseline.from_flows(trade, trade_elasticity=theta, value_added_share=0.6))
    found = solve(base, Shock(trade_cost=off_diagonal(5, cost)))
    assert found.market_residual.max() <= 1e-11
    limit = acr_welfare(base, 1)
    home = np.diag(found.trade) / found.trade.sum(axis=0)
    np.testing.assert_allclose(found.real_income, acr_welfare(base, home), rtol=1e-9)
    assert (found.real_income >= limit * (1 - 1e-12)).all()
    gap = np.abs(found.real_income / limit - 1).max()
    assert gap <= 100 * cost**-theta / (0.6 * theta) + 1e-14


def sectors_by_size(by: float, theta: Any) -> MultiSectorBaseline:
    """Six economies, two of them smaller by a factor, four sectors with materials and tariffs."""
    given = sector_flows(6, 4, 3)
    scale = np.array([1, by, 1, 1, by, 1])
    home = np.where(np.eye(6) > 0, given["flows"] * scale[:, None], 0)
    given["flows"] = home + given["flows"] * np.outer(scale, scale) * (1 - np.eye(6))
    final = np.full((6, 4), 0.25)
    return balanced(MultiSectorBaseline.from_flows(**(given | {"theta": theta}), final_share=final))


@pytest.mark.parametrize("theta", [0.5, 4.0, 15.0])
@pytest.mark.parametrize("by", [1e-3, 1e-6])
@pytest.mark.parametrize("cost", [0.5, 20.0, 1e3])
def test_small_economies_with_sectors(cost: float, by: float, theta: float) -> None:
    base = sectors_by_size(by, theta)
    for shock in (Shock(trade_cost=off_diagonal(6, cost)), Shock(tariff=off_diagonal(6, min(cost, 5.0)))):
        found = solve(base, shock)
        assert found.market_residual.max() <= 1e-10
        paid = (base.value_added_share * found.sector_output).sum(axis=1)
        was = (base.value_added_share * base.output).sum(axis=1)
        np.testing.assert_allclose(found.wage, paid / was, rtol=1e-9)


@pytest.mark.parametrize("by", [1e-3, 1e-6])
def test_slopes_of_a_small_economy(by: float) -> None:
    for base in (small_world([5], by), sectors_by_size(by, 4.0)):
        size, step = len(base.economies), 1e-4
        who = "6" if isinstance(base, Baseline) else "5"
        slopes = gradient(solve(base), who).trade_cost
        table = slopes if slopes.ndim == 2 else slopes.sum(axis=0)
        place = base.economies.index(who)
        cost = np.ones((size, size))
        cost[:, place] = np.exp(step)
        cost[place, place] = 1
        up, down = (solve(base, Shock(trade_cost=c)).real_income[place] for c in (cost, 1 / cost))
        expected = np.log(up / down) / (2 * step)
        mine = table[:, place].sum() - table[place, place]
        assert mine == pytest.approx(expected, rel=1e-5)


def test_the_best_policy_of_a_small_economy_is_found_in_its_own_units() -> None:
    base = small_world([5])
    cost = np.ones((8, 8))
    cost[:5, 5] = 0.99
    instruments = [
        Instrument("near", Shock(trade_cost=cost), most=5),
        Instrument("far", Shock(trade_cost=np.where(np.arange(8) == 7, cost**0 * 0.99, 1.0)), most=5),
    ]
    best = optimal_policy(base, instruments, {"6": 1e-9}, budget=5)
    np.testing.assert_allclose(best.amounts, [5, 0], atol=1e-6)


def _all_at_once(base: Baseline) -> Array:
    return solve(base, Shock(trade_cost=off_diagonal(8, 0.8))).real_income


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_the_unit_of_money_is_no_matter_to_small_economies(unit: float) -> None:
    trade, holdings = small_world([5]).trade, small_world([5]).holdings
    assert holdings is not None
    given = {"trade_elasticity": 5.0, "capital_elasticity": 3.0, **shares(8)}
    worlds = [Baseline.from_flows(trade * u, holdings=holdings * u, **given) for u in (1.0, unit)]
    np.testing.assert_allclose(*(_all_at_once(base) for base in worlds), rtol=1e-9)


def test_a_pair_left_with_less_than_rounding_is_closed_and_the_world_falls_into_blocks() -> None:
    """Costs that leave a share of 1e-16 to both sides are as good as infinite, and give the same answer."""
    trade, _ = flows(5)
    base = balanced(Baseline.from_flows(trade, trade_elasticity=5))
    apart = np.ones((5, 5))
    apart[:2, 2:] = apart[2:, :2] = 1e4
    ours = solve(base, Shock(trade_cost=apart))
    closed = solve(base, Shock(trade_cost=np.where(apart > 1, np.inf, 1.0)))
    np.testing.assert_allclose(ours.real_income, closed.real_income, rtol=1e-12)
    assert ours.trade[:2, 2:].max() == 0
    kept = solve(base, Shock(trade_cost=np.where(apart > 1, 100.0, 1.0)))
    assert kept.trade[:2, 2:].min() > 0  # 1e-10 is small, and is there


def test_what_is_nothing_to_the_buyer_and_much_to_the_seller_stays() -> None:
    """A speck's sales abroad are 1e-15 of what the world buys, and a tenth of what it makes."""
    trade, _ = flows(4)
    trade[3, :] *= 1e-10
    trade[:3, 3] *= 1e-10
    trade[3, 3] = trade[3, :3].sum()
    base = balanced(Baseline.from_flows(trade, trade_elasticity=1))
    cost = np.ones((4, 4))
    cost[3, :3], cost[0, 1] = 1e5, 1e17
    found = solve(base, Shock(trade_cost=cost))
    share = found.trade[3, :3] / found.trade[:, :3].sum(axis=0)
    assert found.trade[0, 1] == 0
    assert 0 < share.max() < 1e-14
    assert found.trade[3, :3].sum() > 1e-4 * found.trade[3].sum()
