"""Every nesting and limit of MODEL section 3."""

from __future__ import annotations

import numpy as np
import pytest

from equilibrium_worlds import flows, off_diagonal, shares, world
from serai.equilibrium import Baseline, Shock, solve


def test_armington_is_arkolakis_costinot_rodriguez_clare():
    """W = pi_nn^(-1 / (gamma theta)) exactly with balanced trade and no capital."""
    trade, _ = flows(6)
    gamma = shares(6)["value_added_share"]
    baseline = Baseline.from_flows(trade, trade_elasticity=4.0, value_added_share=gamma)
    tau = np.exp(0.3 * np.random.default_rng(3).standard_normal((6, 6)))
    np.fill_diagonal(tau, 1)
    base = solve(baseline, Shock(), deficits="none")
    after = solve(baseline, Shock(trade_cost=tau), deficits="none")
    own = np.diag(after.trade) / after.trade.sum(axis=0) / (np.diag(base.trade) / base.trade.sum(axis=0))
    np.testing.assert_allclose(after.real_income, own ** (-1 / (4.0 * gamma)), rtol=1e-11)


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
@pytest.mark.parametrize("deficits", ["fixed", "proportional", "none"])
def test_no_shock_changes_nothing(wealth, deficits):
    baseline = world(7)
    found = solve(baseline, Shock(), wealth=wealth, deficits=deficits)
    for name in ("wage", "rental", "price_index", "reward", "wealth", "real_income", "real_gdp", "real_gni"):
        np.testing.assert_allclose(getattr(found, name), 1, rtol=0, atol=1e-11, err_msg=name)
    if deficits != "none":
        assert found.iterations == 0
        np.testing.assert_allclose(found.trade, baseline.trade, rtol=1e-13)
        np.testing.assert_allclose(found.fdi, baseline.holdings, rtol=1e-13)
        np.testing.assert_allclose(
            found.holdings_income.sum(axis=1), baseline.base().owner_income[0], rtol=1e-13
        )


def test_uniform_productivity_in_the_long_run():
    """z scaled by k everywhere: real income k^(1 / (gamma (1 - alpha))), common shares, no deficits."""
    trade, holdings = flows(5)
    baseline = Baseline.from_flows(
        trade,
        trade_elasticity=5,
        capital_elasticity=3,
        capital_share=0.4,
        value_added_share=0.5,
        holdings=holdings,
    )
    found = solve(baseline, Shock(productivity=np.full(5, 1.1)), wealth="steady", deficits="none")
    np.testing.assert_allclose(found.real_income, 1.1 ** (1 / (0.5 * 0.6)), rtol=1e-10)
    fixed = solve(baseline, Shock(productivity=np.full(5, 1.1)), wealth="fixed", deficits="none")
    np.testing.assert_allclose(fixed.real_income, 1.1 ** (1 / 0.5), rtol=1e-10)


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
def test_holdings_at_home_only_is_immobile_capital(wealth):
    trade, holdings = flows(5)
    share = shares(5)
    shock = Shock(
        trade_cost=off_diagonal(5, 0.9), labour=np.linspace(1, 1.2, 5), productivity=np.linspace(1.1, 1, 5)
    )
    general = Baseline.from_flows(
        trade, trade_elasticity=5, capital_elasticity=3, holdings=np.diag(np.diag(holdings)), **share
    )
    immobile = Baseline.from_flows(trade, trade_elasticity=5, **share)
    first, second = (solve(b, shock, wealth=wealth) for b in (general, immobile))
    for name in (
        "wage",
        "rental",
        "price_index",
        "wealth",
        "real_income",
        "real_gdp",
        "real_gni",
        "trade",
        "holdings_income",
    ):
        np.testing.assert_allclose(
            getattr(first, name), getattr(second, name), rtol=1e-10, atol=1e-8, err_msg=name
        )
    assert second.fdi is None


def test_no_capital_share_is_armington():
    trade, holdings = flows(5)
    shock = Shock(trade_cost=off_diagonal(5, 0.8))
    with_holdings = Baseline.from_flows(
        trade, trade_elasticity=5, capital_elasticity=3, capital_share=0, holdings=holdings
    )
    first = solve(with_holdings, shock)
    second = solve(Baseline.from_flows(trade, trade_elasticity=5), shock)
    np.testing.assert_allclose(first.real_income, second.real_income, rtol=1e-11)
    np.testing.assert_allclose(first.real_gdp, first.real_gni, rtol=1e-11)


def test_two_symmetric_economies_in_closed_form():
    """Costs fall by tau between two mirror economies: wages stay, P = (s + (1 - s) tau^-theta)^(-1/theta)."""
    baseline = Baseline.from_flows(
        [[80.0, 20.0], [20.0, 80.0]], trade_elasticity=4, capital_elasticity=2, capital_share=0.3,
        value_added_share=0.5, holdings=[[9.0, 1.0], [1.0, 9.0]],
    )  # fmt: skip
    found = solve(baseline, Shock(trade_cost=off_diagonal(2, 0.8)))
    own = 0.8 + 0.2 * 0.8**-4
    np.testing.assert_allclose(found.wage, 1, rtol=1e-12)
    np.testing.assert_allclose(found.price_index, own ** (-1 / (4 * 0.5)), rtol=1e-12)
    np.testing.assert_allclose(found.real_income, own ** (1 / (4 * 0.5)), rtol=1e-12)
    long_run = solve(baseline, Shock(trade_cost=off_diagonal(2, 0.8)), wealth="steady")
    np.testing.assert_allclose(long_run.real_income, own ** (1 / (4 * 0.5 * 0.7)), rtol=1e-12)
    np.testing.assert_allclose(long_run.reward, long_run.price_index, rtol=1e-12)


def test_openness_between_mirror_economies_in_closed_form():
    """Kleinman and others: with mirror economies v = r (b + (1-b) phi^eps)^(1/eps), and it is income paid
    by the hosts, so that v times wealth stays the capital share of output."""
    baseline = Baseline.from_flows(
        [[80.0, 20.0], [20.0, 80.0]], trade_elasticity=4, capital_elasticity=2, capital_share=0.3,
        holdings=[[9.0, 1.0], [1.0, 9.0]],
    )  # fmt: skip
    found = solve(baseline, Shock(openness=off_diagonal(2, 1.5)))
    pull = (0.9 + 0.1 * 1.5**2) ** (1 / 2)
    np.testing.assert_allclose(found.reward, 1, rtol=1e-12)
    np.testing.assert_allclose(found.rental, 1 / pull, rtol=1e-12)
    np.testing.assert_allclose(found.real_income, pull**0.3, rtol=1e-12)
    np.testing.assert_allclose(found.fdi[0, 1], 1.5**2 / pull**2, rtol=1e-12)


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
@pytest.mark.parametrize("deficits", ["fixed", "proportional", "none"])
def test_every_market_clears_and_no_money_is_lost(wealth, deficits):
    """Walras: no market is dropped, and all clear to 1e-10; world output is the numeraire."""
    baseline = world(8, seed=4)
    found = solve(baseline, Shock(trade_cost=off_diagonal(8, 0.85)), wealth=wealth, deficits=deficits)
    output = found.wage * baseline.output
    assert found.market_residual.max() <= 1e-12
    if deficits != "none":
        np.testing.assert_allclose(found.trade.sum(axis=1), output, rtol=1e-10)
        np.testing.assert_allclose(
            found.holdings_income.sum(axis=0),
            baseline.capital_share * baseline.value_added_share * output,
            rtol=1e-10,
        )
    np.testing.assert_allclose(found.trade.sum(), baseline.trade.sum(), rtol=1e-10)
    value_added = baseline.value_added_share * found.trade.sum(axis=1)
    income = (1 - baseline.capital_share) * value_added + found.holdings_income.sum(axis=1)
    deficit = found.trade.sum(axis=0) - (1 - baseline.value_added_share) * found.trade.sum(axis=1) - income
    assert abs(deficit.sum()) < 1e-9 * baseline.trade.sum()
    if deficits == "fixed":
        np.testing.assert_allclose(deficit, baseline.deficit, atol=1e-9 * baseline.trade.sum())
    if deficits == "none":
        np.testing.assert_allclose(deficit, 0, atol=1e-9 * baseline.trade.sum())
    if deficits == "proportional":
        ratio = (1 + deficit / income) / (1 + baseline.deficit / baseline.income)
        np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)
    if wealth == "steady":
        np.testing.assert_allclose(found.reward, found.price_index, rtol=1e-10)
    else:
        np.testing.assert_allclose(found.wealth, 1, rtol=1e-10)
