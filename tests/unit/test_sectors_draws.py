"""Many worlds with sectors are those of one world at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from equilibrium_worlds import sector_flows
from serai.axes import Array
from serai.equilibrium import (
    MultiSectorBaseline,
    MultiSectorEquilibrium,
    Shock,
    Status,
    gradient,
    solve,
    solve_draws,
)
from serai.errors import InputError, SolveError, UnknownNameError

N, S, DRAWS = 5, 4, 7
RANDOM = np.random.default_rng(1)
THETA = 4 * np.exp(RANDOM.normal(0, 0.3, (DRAWS, S)))
COST = np.exp(RANDOM.normal(0, 0.2, (DRAWS, S, N, N)))
HOME = np.exp(RANDOM.uniform(0, 0.2, (DRAWS, S, 1, 1)))
GIVEN = sector_flows(N, S, 1)
DRAWN = GIVEN["flows"] * np.where(np.eye(N) > 0, HOME, 1)
KEPT = ["real_income", "trade", "sector_output", "tariff_revenue"]


def _world(draw: int | None = None) -> MultiSectorBaseline:
    rows: Any = slice(None) if draw is None else draw
    return MultiSectorBaseline.from_flows(**(GIVEN | {"flows": DRAWN[rows], "theta": THETA[rows]}))


@pytest.mark.parametrize("deficits", ["fixed", "proportional", "none"])
@pytest.mark.parametrize("chunk", [None, 1, 3])
def test_every_draw_is_what_solve_gives(chunk: int | None, deficits: Any) -> None:
    found = solve_draws(_world(), Shock(trade_cost=COST), deficits=deficits, keep=KEPT, chunk=chunk)
    assert found.converged.all()
    for draw in range(DRAWS):
        alone = solve(_world(draw), Shock(trade_cost=COST[draw]), deficits=deficits)
        for name in KEPT:
            np.testing.assert_allclose(found[name][draw], getattr(alone, name), rtol=1e-9, atol=1e-9)


def test_draws_in_the_shock_alone_or_in_the_world_alone() -> None:
    still = MultiSectorBaseline.from_flows(**GIVEN)
    by_shock = solve_draws(still, Shock(tariff=np.exp(np.abs(np.log(COST)) * (1 - np.eye(N)))))
    assert by_shock.real_income.shape == (DRAWS, N)
    by_world = solve_draws(_world(), Shock(trade_cost=COST[0]))
    np.testing.assert_allclose(
        by_world.real_income[3], solve(_world(3), Shock(trade_cost=COST[0])).real_income, rtol=1e-9
    )


def test_threads_change_nothing() -> None:
    one, two = (solve_draws(_world(), Shock(trade_cost=COST), threads=n, chunk=2) for n in (1, 2))
    np.testing.assert_array_equal(one.real_income, two.real_income)


def test_a_draw_without_an_answer_is_nan_and_named() -> None:
    cost = COST.copy()
    cost[2] = np.where(np.eye(N) > 0, 1, np.inf)
    found = solve_draws(_world(), Shock(trade_cost=cost))
    assert found.status[2] == Status.CUT_OFF
    assert np.isnan(found.real_income[2]).all()
    assert np.isfinite(np.delete(found.real_income, 2, axis=0)).all()
    with pytest.raises(SolveError, match="cut off"):
        solve_draws(_world(), Shock(trade_cost=cost), throw=True)


def test_what_cannot_be_drawn_is_refused() -> None:
    still = MultiSectorBaseline.from_flows(**GIVEN)
    with pytest.raises(InputError, match="no input has a draw axis"):
        solve_draws(still, Shock(trade_cost=COST[0]))
    with pytest.raises(InputError, match="Use solve_draws"):
        solve(still, Shock(trade_cost=COST))
    with pytest.raises(InputError, match="Use solve_draws"):
        solve(_world())
    with pytest.raises(UnknownNameError, match="sector_output"):
        solve_draws(_world(), keep=["sector_outputs"])
    with pytest.raises(InputError, match="draws where another"):
        solve_draws(_world(), Shock(trade_cost=COST[:3]))


@pytest.mark.parametrize("chunk", [1, 3, None])
def test_reduce_sees_every_chunk_and_keeps_what_it_returns(chunk: int | None) -> None:
    seen = []

    def exports(result: MultiSectorEquilibrium) -> dict[str, Array]:
        seen.append(len(result.wage))
        assert np.all(result.converged)
        with pytest.raises(InputError, match="many draws"):
            gradient(result, "1")
        return {"exports": result.trade[:, 0].sum(axis=2), "price": result.sector_price[:, :, 0]}

    found = solve_draws(_world(), Shock(trade_cost=COST), reduce=exports, chunk=chunk, threads=1)
    assert sum(seen) == DRAWS
    assert max(seen) == (chunk or DRAWS)
    assert set(found.values) == {"exports", "price"}
    kept = solve_draws(_world(), Shock(trade_cost=COST), keep=["trade", "sector_price"])
    np.testing.assert_allclose(found.exports, kept.trade[:, 0].sum(axis=2), rtol=1e-9)
    np.testing.assert_allclose(found.price, kept.sector_price[:, :, 0], rtol=1e-9)


def test_reduce_sees_nan_where_there_is_no_answer_and_capital_where_there_is_some() -> None:
    cost = COST.copy()
    cost[2] = np.where(np.eye(N) > 0, 1, np.inf)
    found = solve_draws(
        _world(), Shock(trade_cost=cost), reduce=lambda r: {"wage": r.wage, "output": r.sector_output}
    )
    assert np.isnan(found.wage[2]).all()
    assert np.isnan(found.output[2]).all()
    assert np.isfinite(np.delete(found.output, 2, axis=0)).all()
    capital = {"holdings": 1e3 + 1e5 * np.eye(N), "capital_share": np.full(N, 0.3), "capital_elasticity": 2.5}
    moving = MultiSectorBaseline.from_flows(**(GIVEN | capital))
    drawn = solve_draws(moving, Shock(trade_cost=COST), reduce=lambda r: {"held": r.holdings_income})
    alone = solve(moving, Shock(trade_cost=COST[4])).holdings_income
    np.testing.assert_allclose(drawn.held[4], alone, rtol=1e-8)
