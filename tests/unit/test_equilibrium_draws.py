"""`solve_draws` gives the numbers of `solve`, draw by draw."""

from __future__ import annotations

import numpy as np
import pytest

from equilibrium_worlds import flows, shares, world
from serai.equilibrium import Baseline, Shock, Status, solve, solve_draws
from serai.errors import SolveError

COUNT, SIZE = 23, 5


def inputs(seed=0):
    """Everything drawn: trade, holdings, elasticities, shares, and every shock."""
    random = np.random.default_rng(seed)

    def drawn(value, scale):
        return value * np.exp(scale * random.standard_normal((COUNT, *np.shape(value))))

    trade, holdings = flows(SIZE)
    share = shares(SIZE)
    given = {
        "trade": drawn(trade, 0.1),
        "holdings": drawn(holdings, 0.1),
        "trade_elasticity": drawn(5.0, 0.2),
        "capital_elasticity": drawn(3.0, 0.3),
        "capital_share": drawn(share["capital_share"], 0.05),
        "value_added_share": np.minimum(drawn(share["value_added_share"], 0.02), 1),
    }
    shock = {
        "trade_cost": drawn(np.full((SIZE, SIZE), 0.9), 0.05),
        "openness": drawn(np.ones((SIZE, SIZE)), 0.05),
        "productivity": drawn(np.ones(SIZE), 0.02),
        "labour": drawn(np.ones(SIZE), 0.02),
    }
    return given, shock


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
@pytest.mark.parametrize("deficits", ["fixed", "proportional", "none"])
def test_the_same_numbers_as_one_by_one(wealth, deficits):
    given, shock = inputs()
    names = ["real_income", "wealth", "rental", "trade", "holdings_income", "fdi"]
    drawn = solve_draws(
        Baseline.from_flows(**given), Shock(**shock), wealth=wealth, deficits=deficits, keep=names, chunk=7
    )
    assert drawn.statuses() == {Status.CONVERGED: COUNT}
    assert drawn.residual.max() <= 1e-12
    for place in range(COUNT):
        one = solve(
            Baseline.from_flows(**{k: v[place] for k, v in given.items()}),
            Shock(**{k: v[place] for k, v in shock.items()}),
            wealth=wealth,
            deficits=deficits,
        )
        for name in names:
            np.testing.assert_allclose(drawn[name][place], getattr(one, name), rtol=1e-10, err_msg=name)


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
def test_chunks_and_threads_do_not_change_the_numbers(wealth):
    given, shock = inputs()
    baseline, shocks = Baseline.from_flows(**given), Shock(**shock)
    whole = solve_draws(baseline, shocks, wealth=wealth, chunk=COUNT, threads=1)
    for chunk in (1, 4, 22):
        parts = solve_draws(baseline, shocks, wealth=wealth, chunk=chunk, threads=2)
        np.testing.assert_allclose(parts.real_income, whole.real_income, rtol=1e-11)
    again = solve_draws(baseline, shocks, wealth=wealth, chunk=4, threads=1)
    two = solve_draws(baseline, shocks, wealth=wealth, chunk=4, threads=2)
    assert (again.real_income == two.real_income).all()


@pytest.mark.parametrize("name", ["trade", "trade_elasticity", "holdings", "labour", "trade_cost"])
def test_one_input_drawn_and_the_rest_shared(name):
    given, shock = inputs()
    given = {k: v if k == name else v[0] for k, v in given.items()}
    shock = {k: v if k == name else v[0] for k, v in shock.items()}
    drawn = solve_draws(Baseline.from_flows(**given), Shock(**shock), wealth="steady")
    last = solve(
        Baseline.from_flows(**{k: v[-1] if k == name else v for k, v in given.items()}),
        Shock(**{k: v[-1] if k == name else v for k, v in shock.items()}),
        wealth="steady",
    )
    assert drawn.real_income.shape == (COUNT, SIZE)
    np.testing.assert_allclose(drawn.real_income[-1], last.real_income, rtol=1e-10)


def test_a_draw_without_an_answer_is_nan_with_its_status():
    baseline = world(4)
    gift = np.zeros((6, 4))
    gift[3, :2] = 2 * baseline.income[1], -2 * baseline.income[1]
    drawn = solve_draws(baseline, Shock(transfer=gift), keep=["real_income", "trade"])
    assert drawn.status[3] == Status.NEGATIVE_EXPENDITURE
    assert np.isnan(drawn.real_income[3]).all()
    assert np.isnan(drawn.trade[3]).all()
    good = np.delete(np.arange(6), 3)
    assert drawn.converged[good].all()
    np.testing.assert_allclose(drawn.real_income[good], 1, rtol=1e-10)
    with pytest.raises(SolveError, match="1 of 6 draws"):
        solve_draws(baseline, Shock(transfer=gift), throw=True)
    assert "nothing to spend" in drawn.summary()


def test_one_draw_that_cuts_an_economy_off():
    """Closed to trade and capital in one draw, with a deficit to pay: that draw alone has no answer."""
    cost, openness = np.ones((34, 4, 4)), np.ones((34, 4, 4))
    for place in (1, 2, 3):
        cost[33, 0, place] = cost[33, place, 0] = np.inf
        openness[33, 0, place] = openness[33, place, 0] = 0
    shock = Shock(trade_cost=cost, openness=openness)
    drawn = solve_draws(world(4), shock)
    assert drawn.statuses() == {Status.CONVERGED: 33, Status.CUT_OFF: 1}
    assert np.isnan(drawn.real_income[33]).all()
    assert solve_draws(world(4), shock, deficits="none").converged.all()
    only = solve_draws(world(4), Shock(trade_cost=cost[33:], openness=openness[33:]))
    assert only.statuses() == {Status.CUT_OFF: 1}


def test_draws_without_a_balanced_base_say_so():
    """Capital income from abroad that no trade can pay: the base cannot be balanced, in one draw of three."""
    trade = np.full((3, 2, 2), 10.0) + 90 * np.eye(2)
    trade[1] = 100 * np.eye(2)
    baseline = Baseline.from_flows(
        trade,
        ["A", "B"],
        trade_elasticity=5,
        capital_elasticity=3,
        capital_share=0.3,
        holdings=[[9, 2], [0, 8]],
    )
    drawn = solve_draws(baseline, Shock(labour=np.ones(2)), deficits="none")
    assert drawn.converged.tolist() == [True, False, True]
    alone = Baseline.from_flows(
        trade[1],
        ["A", "B"],
        trade_elasticity=5,
        capital_elasticity=3,
        capital_share=0.3,
        holdings=[[9, 2], [0, 8]],
    )
    with pytest.raises(SolveError):
        solve(alone, Shock(), deficits="none")


def test_reduce_sees_every_chunk_and_keeps_what_it_returns():
    given, shock = inputs()
    baseline, shocks = Baseline.from_flows(**given), Shock(**shock)
    drawn = solve_draws(
        baseline, shocks, chunk=5, reduce=lambda e: {"first_row": e.trade[:, 0], "fell": e.real_income < 1}
    )
    full = solve_draws(baseline, shocks, keep=["trade", "real_income"])
    np.testing.assert_allclose(drawn.first_row, full.trade[:, 0], rtol=1e-11)
    assert (drawn["fell"] == (full.real_income < 1)).all()
    with pytest.raises(AttributeError, match="kept outcome"):
        _ = drawn.real_income


def test_quantiles_of_the_draws():
    given, shock = inputs()
    drawn = solve_draws(Baseline.from_flows(**given), Shock(**shock))
    row = drawn.tidy().query("economy == '2' and outcome == 'real_gni'")
    low, middle, high = np.quantile(drawn.real_gni[:, 1], (0.05, 0.5, 0.95))
    np.testing.assert_allclose(row[["low", "estimate", "high"]].to_numpy()[0], [low, middle, high])
