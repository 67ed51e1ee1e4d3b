"""Dependence: closed forms of small worlds, brute force, and every misuse refused by name."""

from __future__ import annotations

import numpy as np
import pytest

from equilibrium_worlds import brute_force, world
from serai.equilibrium import Baseline, Shock, solve
from serai.errors import InputError, UnknownNameError
from serai.leverage import cut, dependence

PAIR = ["AAA", "BBB"]
THETA = 4.0


def two(deficit: float = 0.0, gamma: float = 1.0) -> Baseline:
    """Two economies; the second buys `deficit` more than it earns, paid for by the first."""
    trade = np.array([[80.0, 20.0 + deficit], [20.0, 130.0]])
    return Baseline.from_flows(trade, PAIR, trade_elasticity=THETA, value_added_share=gamma)


@pytest.mark.parametrize("gamma", [1.0, 0.5])
def test_losing_the_only_partner_is_autarky(gamma: float) -> None:
    """Arkolakis, Costinot and Rodriguez-Clare (2012): W = home share ^ (1 / (gamma theta))."""
    found = dependence(two(gamma=gamma), PAIR[1:], {"A": PAIR[:1]}, channels=["trade"])
    home = 130.0 / 150.0
    assert found.of("trade", "BBB", "A") == pytest.approx(1 - home ** (1 / (gamma * THETA)), rel=1e-9)
    assert found.partner_loss["trade"][0, 0] == pytest.approx(1 - 0.8 ** (1 / (gamma * THETA)), rel=1e-9)


def test_trade_and_remittances_together_in_closed_form() -> None:
    """Autarky without the transfer: income Y in place of Y + T, and the home share of purchases of Y + T."""
    gift = 15.0
    base = two(deficit=gift)
    paid = np.zeros((2, 2))
    paid[0, 1] = gift
    found = dependence(base, ["BBB"], {"A": ["AAA"]}, remittances=paid, channels=["together"])
    output, spent = 150.0, 150.0 + gift
    expected = 1 - output / spent * (130.0 / spent) ** (1 / THETA)
    assert found.of("together", "BBB", "A") == pytest.approx(expected, rel=1e-9)


def test_capital_cut_against_brute_force() -> None:
    base = world(4, seed=3)
    found = dependence(base, ["2"], {"third": ["3"]}, channels=["capital"])
    phi = np.ones((4, 4))
    phi[1, 2] = phi[2, 1] = 0.0
    assert base.holdings is not None
    size = np.ones(4)
    solved = brute_force(
        base.trade,
        base.holdings,
        5.0,
        3.0,
        base.capital_share,
        base.value_added_share,
        tau=np.ones((4, 4)),
        phi=phi,
        z=size,
        labour=size,
        steady=False,
        proportional=False,
    )
    assert found.of("capital", "2", "third") == pytest.approx(1 - solved["real_income"][1], rel=1e-6)


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
def test_every_pair_at_once_is_each_pair_by_itself(wealth: str) -> None:
    base = world(6, seed=1)
    paid = np.zeros((6, 6))
    paid[4, 0], paid[0, 5] = 30.0, 10.0
    partners = {"four": ["4"], "union": ["5", "6"]}
    found = dependence(base, ["1", "2"], partners, remittances=paid, wealth=wealth)
    tau, phi = np.ones((6, 6)), np.ones((6, 6))
    tau[0, [4, 5]] = tau[[4, 5], 0] = np.inf
    phi[0, [4, 5]] = phi[[4, 5], 0] = 0.0
    gone = np.zeros(6)
    gone[0], gone[4], gone[5] = -30.0 + 10.0, 30.0, -10.0
    alone = solve(base, Shock(trade_cost=tau, openness=phi, transfer=gone), wealth=wealth)
    assert found.of("together", "1", "union") == pytest.approx(1 - alone.real_income[0], rel=1e-6, abs=1e-9)
    weights = (base.expenditure - (1 - base.value_added_share) * base.output)[[4, 5]]
    theirs = 1 - np.average(alone.real_income[[4, 5]], weights=weights)
    assert found.partner_loss["together"][0, 1] == pytest.approx(theirs, rel=1e-6, abs=1e-9)


def test_draws_are_solved_one_by_one() -> None:
    flows, thetas = world(4, seed=2), (3.0, 6.0)
    trade = np.stack([flows.trade, flows.trade * 1.1])
    base = Baseline.from_flows(trade, trade_elasticity=np.array(thetas))
    partners = {"two": ["2"], "four": ["4"]}
    found = dependence(base, ["1", "3"], partners, channels=["trade"])
    for draw, theta in enumerate(thetas):
        one = Baseline.from_flows(base.trade[draw], trade_elasticity=theta)
        alone = dependence(one, ["1", "3"], partners, channels=["trade"])
        assert found.loss["trade"][draw] == pytest.approx(alone.loss["trade"], rel=1e-6)
    assert set(found.tidy().columns) >= {"low", "high", "estimate", "unit", "basis"}


def test_first_order_exposure_is_a_small_rise_of_productivity() -> None:
    base = world(5, seed=4)
    found = dependence(base, ["1", "2"], {"union": ["4", "5"]})
    small_step = 1e-4
    better = np.where(np.arange(5) >= 3, 1 + small_step, 1.0)
    moved = solve(base, Shock(productivity=better), deficits="proportional").real_income - 1
    assert found.exposure is not None
    assert found.exposure[:, 0] == pytest.approx(moved[:2] / small_step, rel=1e-3)


def test_transit_uses_the_costs_that_a_network_gives() -> None:
    base = world(4, seed=5, holdings=None, capital_share=None, capital_elasticity=None)
    route = np.full((4, 4), 1.2)
    found = dependence(base, ["1"], {"two": ["2"]}, routes={"two": route})
    cost = np.ones((4, 4))
    cost[0, 1:] = cost[1:, 0] = 1.2
    alone = solve(base, Shock(trade_cost=cost)).real_income[0]
    assert found.of("transit", "1", "two") == pytest.approx(1 - alone, rel=1e-6)
    assert found.of("together_and_transit", "1", "two") > found.of("together", "1", "two")


def test_a_change_made_before_the_cut_is_the_new_base() -> None:
    base = world(4, seed=6)
    nearer = np.ones((4, 4))
    nearer[0, 1] = nearer[1, 0] = 0.8
    before = Shock(trade_cost=nearer)
    found = dependence(base, ["1"], {"two": ["2"]}, channels=["trade"], shock=before)
    both = solve(base, before * cut(base.economies, "1", ["2"], "trade")).real_income[0]
    assert found.of("trade", "1", "two") == pytest.approx(
        1 - both / solve(base, before).real_income[0], rel=1e-6
    )


def test_misuse_is_refused_all_at_once() -> None:
    with pytest.raises(InputError) as error:
        dependence(two(), ["BBB", "XXX"], {"B": ["BBB"], "none": []}, channels=["trade", "transit", "love"])
    fields = {problem.field for problem in error.value.problems}
    assert fields == {"dependants", "partners.B", "partners.none", "channels", "routes"}
    with pytest.raises(InputError, match="no remittances"):
        dependence(two(), ["BBB"], {"A": ["AAA"]}, channels=["remittances"])
    with pytest.raises(UnknownNameError):
        cut(two().economies, "AAA", ["BBB"], "gossip")
