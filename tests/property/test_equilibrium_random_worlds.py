"""What holds in every world, whatever its size, elasticities, closures and shock."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from equilibrium_worlds import flows, shares
from serai.equilibrium import Baseline, Equilibrium, Shock, Status, solve
from serai.equilibrium._market import Market

RATIOS = (
    "wage",
    "rental",
    "price_index",
    "reward",
    "wealth",
    "real_income",
    "real_gdp",
    "real_gni",
    "real_wage",
)
LEVELS = ("trade", "holdings_income", "fdi")


@st.composite
def cases(draw):
    size, seed = draw(st.integers(1, 8)), draw(st.integers(0, 10**6))
    random = np.random.default_rng(seed)
    trade, holdings = flows(size, seed, spread=draw(st.sampled_from([0.3, 1.5])))
    kind = draw(st.sampled_from(["mobile", "immobile", "armington"]))
    given_ = {
        "trade": trade,
        "trade_elasticity": draw(st.floats(1, 10)),
        "value_added_share": draw(st.sampled_from([1.0, shares(size, seed)["value_added_share"]])),
    }
    changes = {
        "trade_cost": np.exp(0.1 * random.standard_normal((size, size))),
        "productivity": np.exp(0.05 * random.standard_normal(size)),
        "labour": np.exp(0.05 * random.standard_normal(size)),
    }
    if kind != "armington":
        given_["capital_share"] = shares(size, seed)["capital_share"]
    if kind == "mobile":
        given_ |= {"holdings": holdings, "capital_elasticity": draw(st.floats(0.5, 6))}
        changes["openness"] = np.exp(0.1 * random.standard_normal((size, size)))
    closures = {
        "wealth": draw(st.sampled_from(["fixed", "steady"])),
        "deficits": draw(st.sampled_from(["fixed", "proportional", "none"])),
    }
    return given_, changes, closures, random


def run(given_, changes, closures) -> Equilibrium:
    found = solve(Baseline.from_flows(**given_), Shock(**changes), **closures, throw=False)
    nothing_left = found.status in (Status.NEGATIVE_WEALTH, Status.NEGATIVE_EXPENDITURE)
    if nothing_left and closures["wealth"] == "steady":  # the long run may have no inner solution
        reject()
    assert found.status.converged
    return found


@settings(max_examples=30, derandomize=True, deadline=None)
@given(cases())
def test_markets_clear_and_money_adds_up(case):
    given_, changes, closures, _ = case
    found = run(given_, changes, closures)
    assert found.market_residual.max() <= 1e-10
    assert np.isclose(found.trade.sum(), given_["trade"].sum(), rtol=1e-9)
    capital = np.broadcast_to(given_.get("capital_share", 0.0), found.wage.shape)
    paid = capital * given_["value_added_share"] * found.trade.sum(axis=1)
    np.testing.assert_allclose(found.holdings_income.sum(axis=0), paid, rtol=1e-8, atol=1e-6)
    assert (found.real_income > 0).all()


@settings(max_examples=30, derandomize=True, deadline=None)
@given(cases(), st.floats(1e-6, 1e6))
def test_the_unit_of_money_does_not_matter(case, unit):
    given_, changes, closures, _ = case
    scaled = given_ | {name: given_[name] * unit for name in ("trade", "holdings") if name in given_}
    first, second = run(given_, changes, closures), run(scaled, changes, closures)
    for name in RATIOS:
        np.testing.assert_allclose(getattr(second, name), getattr(first, name), rtol=1e-8, err_msg=name)
    np.testing.assert_allclose(second.trade, unit * first.trade, rtol=1e-8)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(cases())
def test_the_order_of_economies_does_not_matter(case):
    given_, changes, closures, random = case
    size = len(given_["trade"])
    order = random.permutation(size)

    def moved(value):
        if np.ndim(value) == 2:
            return value[np.ix_(order, order)]
        return value[order] if np.ndim(value) == 1 else value

    first = run(given_, changes, closures)
    second = run(
        {k: moved(v) for k, v in given_.items()}, {k: moved(v) for k, v in changes.items()}, closures
    )
    for name in RATIOS:
        np.testing.assert_allclose(
            getattr(second, name), getattr(first, name)[order], rtol=1e-8, err_msg=name
        )
    for name in LEVELS:
        if getattr(first, name) is not None:
            np.testing.assert_allclose(
                getattr(second, name), moved(getattr(first, name)), rtol=1e-7, atol=1e-6, err_msg=name
            )


@settings(max_examples=30, derandomize=True, deadline=None)
@given(cases())
def test_cheaper_productivity_everywhere_raises_every_real_income(case):
    """One more percent of productivity everywhere, nothing else: all gain, and by the same share."""
    given_, _, closures, _ = case
    found = run(given_, {"productivity": np.full(len(given_["trade"]), 1.01)}, closures | {"wealth": "fixed"})
    gamma = np.broadcast_to(given_["value_added_share"], found.wage.shape)
    assert (found.real_income > 1).all()
    if np.ptp(gamma) == 0:
        np.testing.assert_allclose(found.real_income, 1.01 ** (1 / gamma), rtol=1e-9)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(cases())
def test_the_jacobian_is_the_slope_of_the_residual(case):
    given_, changes, closures, random = case
    deficits = "fixed" if closures["deficits"] == "none" else closures["deficits"]
    baseline = Baseline.from_flows(**given_)
    shock = Shock(**changes).checked(baseline.economies, capital=True)
    market = Market.of(baseline.base(), shock.stack(), wealth=closures["wealth"], deficits=deficits)
    state = 0.02 * random.standard_normal((1, market.unknowns))
    if not np.isfinite(market.residual(state)).all():
        reject()
    exact, step = market.jacobian(state)[0], 1e-6
    for place in range(market.unknowns):
        move = np.zeros_like(state)
        move[0, place] = step
        slope = (market.residual(state + move) - market.residual(state - move))[0] / (2 * step)
        np.testing.assert_allclose(exact[:, place], slope, rtol=1e-5, atol=1e-6 * np.abs(exact).max())


@pytest.mark.parametrize("size", [1, 2, 40, 150])
def test_every_size_is_solved(size):
    trade, holdings = flows(size)
    baseline = Baseline.from_flows(
        trade, holdings=holdings, trade_elasticity=5, capital_elasticity=3, **shares(size)
    )
    found = solve(baseline, Shock(trade_cost=np.where(np.eye(size) > 0, 1, 0.9)), wealth="steady")
    assert found.residual <= 1e-12
    assert found.iterations < 20
