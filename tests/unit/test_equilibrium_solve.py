"""`solve` on large shocks, odd worlds and worlds without an answer."""

from __future__ import annotations

import numpy as np
import pytest

from equilibrium_worlds import flows, off_diagonal, shares, world
from serai.equilibrium import Baseline, Shock, Status, balanced, solve
from serai.equilibrium._adjustment import Adjustment
from serai.equilibrium._market import Market
from serai.equilibrium._solvers.newton import Newton
from serai.equilibrium._solvers.tatonnement import Tatonnement
from serai.errors import SolveError


def closed(size: int, one: int, value: float) -> np.ndarray:
    """`value` between one economy and all others, 1 elsewhere."""
    cells = np.ones((size, size))
    cells[one], cells[:, one] = value, value
    cells[one, one] = 1
    return cells


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
@pytest.mark.parametrize("deficits", ["fixed", "proportional", "none"])
@pytest.mark.parametrize("cost", [3.0, 0.5])
def test_all_costs_tripled_or_halved(wealth, deficits, cost):
    found = solve(
        world(12, seed=2), Shock(trade_cost=off_diagonal(12, cost)), wealth=wealth, deficits=deficits
    )
    assert found.status.converged
    assert found.residual <= 1e-12
    assert (found.real_wage < 1).all() if cost > 1 else (found.real_wage > 1).all()


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
def test_autarky_of_one_economy(wealth):
    found = solve(world(9), Shock(trade_cost=closed(9, 3, np.inf)), wealth=wealth, deficits="none")
    assert found.residual <= 1e-12
    assert found.trade[3, 3] == pytest.approx(found.trade[3].sum(), rel=1e-12)
    assert found.trade[3, [0, 1, 2, 4, 5]].max() == 0
    assert found.real_income[3] < 1


def test_autarky_in_armington_is_the_domestic_share():
    trade, _ = flows(5)
    baseline = Baseline.from_flows(trade, trade_elasticity=4)
    base = balanced(baseline)
    found = solve(baseline, Shock(trade_cost=closed(5, 0, np.inf)), deficits="none")
    share = base.trade[0, 0] / base.trade[:, 0].sum()
    assert found.real_income[0] == pytest.approx(share ** (1 / 4), rel=1e-10)


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
def test_an_economy_cut_off_from_trade_and_capital(wealth):
    cut = Shock(trade_cost=closed(6, 2, np.inf), openness=closed(6, 2, 0.0))
    found = solve(world(6), cut, wealth=wealth, deficits="none")
    assert found.residual <= 1e-12
    assert found.holdings_income[2, [0, 1, 3]].max() == 0
    assert found.fdi[[0, 1, 3], 2].max() == 0
    refused = solve(world(6), cut, wealth=wealth, deficits="fixed", throw=False)
    assert refused.status is Status.CUT_OFF
    assert np.isnan(refused.real_income).all()


def test_an_economy_a_million_times_smaller():
    trade, holdings = flows(8)
    small = np.ones(8)
    small[5] = 1e-6
    for table in (trade, holdings):
        own = np.diag(table) * small
        table *= np.outer(small, small)
        np.fill_diagonal(table, own)
    trade[5, :5] = trade[:5, 5] = trade[5, 5] / 20
    baseline = Baseline.from_flows(
        trade, trade_elasticity=5, capital_elasticity=3, holdings=holdings, **shares(8)
    )
    found = solve(baseline, Shock(trade_cost=closed(8, 5, 0.8)), wealth="steady", deficits="proportional")
    assert found.market_residual[5] <= 1e-12
    assert found.trade[5].sum() == pytest.approx(found.wage[5] * baseline.output[5], rel=1e-10)
    assert found.real_income[5] > 1.05
    np.testing.assert_allclose(np.delete(found.real_income, 5), 1, atol=1e-4)


def test_zero_flows_stay_zero():
    trade, holdings = flows(6)
    trade[1, 2] = trade[4, 0] = 0
    holdings[0, 3] = holdings[5, 1] = 0
    baseline = Baseline.from_flows(
        trade, trade_elasticity=5, capital_elasticity=3, holdings=holdings, **shares(6)
    )
    found = solve(baseline, Shock(trade_cost=off_diagonal(6, 0.7), openness=off_diagonal(6, 1.3)))
    assert found.trade[1, 2] == found.trade[4, 0] == 0
    assert found.fdi[0, 3] == found.fdi[5, 1] == found.holdings_income[0, 3] == 0
    assert (np.delete(found.fdi.ravel(), [3, 31]) > 0).all()


def test_an_economy_without_capital_income_among_others():
    trade, holdings = flows(5)
    alpha = np.array([0.0, 0.3, 0.4, 0.3, 0.4])
    baseline = Baseline.from_flows(
        trade, trade_elasticity=5, capital_elasticity=3, holdings=holdings, capital_share=alpha
    )
    found = solve(baseline, Shock(trade_cost=off_diagonal(5, 0.9)))
    assert found.residual <= 1e-12
    assert found.holdings_income[:, 0].max() == 0
    long_run = solve(baseline, Shock(trade_cost=off_diagonal(5, 0.9)), wealth="steady", throw=False)
    assert long_run.status is Status.SINGULAR


def test_identical_portfolios_have_no_long_run():
    trade, _ = flows(3)
    holdings = np.outer([1.0, 2, 3], [3.0, 2, 1])
    baseline = Baseline.from_flows(
        trade, trade_elasticity=5, capital_elasticity=3, holdings=holdings, capital_share=0.4
    )
    with pytest.raises(SolveError, match=r"do not determine.*wealth='fixed'"):
        solve(baseline, Shock(labour=np.array([1.1, 1, 1])), wealth="steady")


def test_a_transfer_moves_spending_from_giver_to_receiver():
    baseline = world(4)
    gift = 0.02 * baseline.output.min()
    found = solve(baseline, Shock(transfer=np.array([gift, -gift, 0, 0])))
    value_added = baseline.value_added_share * found.trade.sum(axis=1)
    income = (1 - baseline.capital_share) * value_added + found.holdings_income.sum(axis=1)
    deficit = found.trade.sum(axis=0) - income - (1 - baseline.value_added_share) * found.trade.sum(axis=1)
    np.testing.assert_allclose(deficit - baseline.deficit, [gift, -gift, 0, 0], atol=1e-8 * gift)
    assert found.real_income[0] > 1 > found.real_income[1]


def test_a_transfer_larger_than_income_has_no_answer():
    baseline = world(4)
    gift = 2 * baseline.income[1]
    shock = Shock(transfer=np.array([gift, -gift, 0, 0]))
    found = solve(baseline, shock, throw=False)
    assert found.status is Status.NEGATIVE_EXPENDITURE
    assert "deficits='proportional'" in found.summary()
    assert np.isnan(found.wage).all()
    assert np.isnan(found.trade).all()
    with pytest.raises(SolveError, match=r"nothing to spend.*it concerns 2\."):
        solve(baseline, shock)


def test_a_long_run_that_would_need_negative_wealth_names_its_owners():
    """Capital is so mobile that the more productive A cannot keep its return down to its prices."""
    trade, _ = flows(3)
    holdings = np.full((3, 3), 1.0) + np.eye(3)
    baseline = Baseline.from_flows(
        trade, list("ABC"), trade_elasticity=5, capital_elasticity=3, holdings=holdings, capital_share=0.4
    )
    shock = Shock(productivity=np.array([1.5, 1, 1]))
    with pytest.raises(SolveError, match=r"no positive wealth.*it concerns [ABC].*wealth='fixed'"):
        solve(baseline, shock, wealth="steady")
    assert solve(baseline, shock, wealth="fixed").status.converged


def test_a_search_without_end_names_the_economies():
    """Autarky with a deficit fixed in money cannot be paid."""
    trade, _ = flows(4)
    trade[0, 1] *= 3
    baseline = Baseline.from_flows(trade, list("ABCD"), trade_elasticity=5)
    shock = Shock(trade_cost=off_diagonal(4, 100.0))
    with pytest.raises(SolveError, match=r"stopped before.*residuals sit in [A-D] \(.*'proportional'"):
        solve(baseline, shock)
    assert solve(baseline, shock, deficits="proportional").status.converged
    further = solve(baseline, Shock(trade_cost=off_diagonal(4, 1000.0)), throw=False)
    assert further.status is Status.CUT_OFF  # 1e-15 of trade is none


def test_tatonnement_reaches_the_same_place_as_newton():
    baseline = world(6)
    shock = Shock(trade_cost=off_diagonal(6, 0.7)).checked(baseline.economies, capital=True)
    for wealth in ("fixed", "steady"):
        market = Market.of(baseline.base(), shock.stack(), wealth=wealth, deficits="fixed")
        adjustment = Adjustment(market)
        place, steps = Tatonnement(tolerance=1e-10).solve(adjustment.moves, adjustment.start())
        direct = Newton().solve(market, market.start())
        np.testing.assert_allclose(adjustment.state(place), direct.state, atol=1e-7)
        assert 10 < steps < 5000


def test_the_fallback_is_reported(monkeypatch):
    """When Newton gives up at once, tatonnement brings it near and the status says so."""
    baseline, shock = world(5), Shock(trade_cost=off_diagonal(5, 0.8))
    expected = solve(baseline, shock)
    attempt, calls = Newton.solve, []

    def lazy(self, problem, start):
        calls.append(start)
        return attempt(Newton(steps=0) if len(calls) == 1 else self, problem, start)

    monkeypatch.setattr(Newton, "solve", lazy)
    found = solve(baseline, shock)
    assert found.status is Status.CONVERGED_BY_TATONNEMENT
    assert found.iterations > expected.iterations
    np.testing.assert_allclose(found.real_income, expected.real_income, rtol=1e-10)


def test_tidy_and_summary_tell_the_same_numbers():
    found = solve(world(3), Shock(labour=np.array([1.1, 1, 1])))
    table = found.tidy()
    row = table[(table.economy == "1") & (table.outcome == "real_gdp")]
    assert row.estimate.item() == found.real_gdp[0]
    assert row.unit.item() == "ratio to base"
    assert f"{100 * (found.real_gdp[0] - 1):+.3f}" in found.summary()


def test_every_status_says_what_happened_and_what_to_do():
    for status in Status:
        assert status.text
        assert bool(status.remedy) != status.converged
