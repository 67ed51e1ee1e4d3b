"""Many sectors: against the equations written out, against one sector, and in hard cases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import root

from equilibrium_worlds import sector_flows, sector_world, world
from serai.axes import Array
from serai.equilibrium import (
    Baseline,
    MultiSectorBaseline,
    MultiSectorEquilibrium,
    Shock,
    Status,
    balanced,
    settled,
    solve,
)
from serai.errors import InputError, SolveError

N, S = 4, 3


def _abroad(value: float, size: int = N, sectors: int = S) -> Array:
    table = np.where(np.eye(size) > 0, 1.0, value)
    return np.broadcast_to(table, (sectors, size, size)).copy()


def _written_out(
    given: dict[str, Array], tau: Array, rates: Array, z: Array, labour: Array
) -> dict[str, Array]:
    """Caliendo and Parro's equations one by one, deficits fixed, handed to a general root finder."""
    flows, b, theta, old = (given[k] for k in ("flows", "value_added_share", "theta", "tariff"))
    sectors, size = flows.shape[:2]
    X = (flows * (1 + old)).sum(axis=1)
    pi = flows * (1 + old) / X[:, None, :]
    Y = flows.sum(axis=2)
    share = given["input_share"] * (1 - b)[:, None, :]
    VA = (b.T * Y).sum(axis=0)
    R = (flows * old).sum(axis=(0, 1))
    final = X - np.einsum("nsk,kn->sn", share, Y)
    D = final.sum(axis=0) - VA - R
    alpha = final / final.sum(axis=0)

    def everything(x: Array) -> dict[str, Array]:
        w = np.exp(x[:size])
        P = np.exp(x[size : size * (1 + sectors)]).reshape(sectors, size)
        spent = np.exp(x[size * (1 + sectors) :]).reshape(sectors, size) * X
        c = np.array(
            [
                [
                    w[n] ** b[n, s] * np.prod([P[k, n] ** share[n, k, s] for k in range(sectors)]) / z[n, s]
                    for n in range(size)
                ]
                for s in range(sectors)
            ]
        )
        delivered = tau * c[:, :, None] * (1 + rates) / (1 + old)
        price = (pi * delivered ** -theta[:, None, None]).sum(axis=1) ** (-1 / theta[:, None])
        new = pi * (delivered / price[:, None, :]) ** -theta[:, None, None]
        sold = (new * spent[:, None, :] / (1 + rates)).sum(axis=2)
        revenue = (new * spent[:, None, :] * rates / (1 + rates)).sum(axis=(0, 1))
        F = w * labour * VA + revenue + D
        bought = np.einsum("nsk,kn->sn", share, sold) + alpha * F
        cpi = np.prod(P**alpha, axis=0)
        return {
            "wage": w, "price": price, "P": P, "spent": spent, "bought": bought, "sold": sold,
            "labour": (b.T * sold).sum(axis=0) / (w * labour * VA), "world": sold.sum() / Y.sum(),
            "real_income": F / final.sum(axis=0) / cpi, "tariff_revenue": revenue,
            "real_gdp": (w * labour * VA + revenue) / (VA + R) / cpi, "real_wage": w / cpi,
            "trade": new * spent[:, None, :] / (1 + rates), "sector_output": sold.T, "sector_price": P.T,
        }  # fmt: skip

    def gaps(x: Array) -> Array:
        at = everything(x)
        markets = [np.log(at["labour"])[:-1], [np.log(at["world"])]]
        tables = [np.log(at["price"] / at["P"]).ravel(), np.log(at["bought"] / at["spent"]).ravel()]
        return np.concatenate([*markets, *tables])

    found = root(gaps, np.zeros(size + 2 * sectors * size), tol=1e-13)
    assert np.abs(gaps(found.x)).max() < 1e-10, found.message
    return everything(found.x)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_equations_written_out_give_the_same(seed: int) -> None:
    random = np.random.default_rng(seed)
    given = sector_flows(N, S, seed)
    tau, z = np.exp(random.normal(0, 0.2, (S, N, N))), np.exp(random.normal(0, 0.1, (N, S)))
    labour = np.exp(random.normal(0, 0.1, N))
    rates = random.uniform(0, 0.5, (S, N, N)) * (1 - np.eye(N))
    base = MultiSectorBaseline.from_flows(**given)

    found = solve(base, Shock(trade_cost=tau, productivity=z, labour=labour, tariff=base.tariff_to(rates)))

    expected = _written_out(given, tau, rates, z, labour)
    for name in (
        "wage", "real_income", "real_gdp", "real_wage", "trade", "sector_output", "sector_price",
        "tariff_revenue",
    ):  # fmt: skip
        np.testing.assert_allclose(getattr(found, name), expected[name], rtol=1e-8, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("deficits", ["fixed", "proportional", "none"])
@pytest.mark.parametrize("wealth", ["fixed", "steady"])
@pytest.mark.parametrize("mobile", [True, False])
def test_one_sector_is_the_special_case(mobile: bool, wealth: Any, deficits: Any) -> None:
    random = np.random.default_rng(5)
    one = world(7, 1) if mobile else world(7, 1, holdings=None, capital_elasticity=None)
    many = _as_sectors(one, 1)
    shock = _shock(random, 7, mobile=mobile)
    _same(solve(many, shock, wealth=wealth, deficits=deficits), one, shock, wealth, deficits)


@pytest.mark.parametrize("deficits", ["fixed", "proportional"])
def test_many_identical_sectors_are_one(deficits: Any) -> None:
    random = np.random.default_rng(6)
    one = world(6, 2)
    shock = _shock(random, 6, mobile=True)
    _same(solve(_as_sectors(one, 4), shock, deficits=deficits), one, shock, "fixed", deficits)


def _as_sectors(one: Baseline, count: int) -> MultiSectorBaseline:
    size = len(one.economies)
    return MultiSectorBaseline.from_flows(
        np.broadcast_to(one.trade / count, (count, size, size)),
        one.economies,
        input_share=np.full((size, count, count), 1 / count),
        value_added_share=np.repeat(one.value_added_share[:, None], count, axis=1),
        theta=float(one.trade_elasticity),
        holdings=one.holdings,
        capital_share=one.capital_share,
        capital_elasticity=None if one.holdings is None else float(one.capital_elasticity),
    )


def _shock(random: np.random.Generator, size: int, *, mobile: bool) -> Shock:
    tau = np.exp(-0.3 * random.random((size, size)))
    return Shock(
        trade_cost=tau,
        productivity=np.exp(0.1 * random.random(size)),
        labour=np.exp(0.1 * random.random(size)),
        openness=np.exp(0.2 * random.random((size, size))) if mobile else None,
    )


def _same(found: MultiSectorEquilibrium, one: Baseline, shock: Shock, wealth: Any, deficits: Any) -> None:
    expected = solve(one, shock, wealth=wealth, deficits=deficits)
    names = ("wage", "rental", "price_index", "reward", "real_income", "real_gdp", "real_gni", "real_wage")
    for name in names:
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-10, err_msg=name)
    np.testing.assert_allclose(found.trade.sum(axis=0), expected.trade, rtol=1e-10)
    if found.holdings_income is not None:
        np.testing.assert_allclose(found.holdings_income, expected.holdings_income, rtol=1e-10)


def test_no_shock_changes_nothing() -> None:
    found = solve(sector_world(5, 4))
    np.testing.assert_allclose(found.real_income, 1, atol=1e-12)
    np.testing.assert_allclose(found.trade, sector_world(5, 4).flows, atol=1e-6)


def test_balanced_has_no_deficits_and_is_the_base_of_the_closure_without_them() -> None:
    base, shock = sector_world(5, 4), Shock(trade_cost=_abroad(0.8, 5, 4))
    flat = balanced(base)
    assert np.abs(base.deficit).max() > 100
    np.testing.assert_allclose(flat.deficit, 0, atol=1e-6)
    np.testing.assert_allclose(
        solve(flat, shock).real_income, solve(base, shock, deficits="none").real_income, rtol=1e-10
    )


def test_proportional_deficits_keep_their_ratio_to_income_but_for_one_factor() -> None:
    base = sector_world(5, 4)
    found = solve(base, Shock(trade_cost=_abroad(0.7, 5, 4)), deficits="proportional")
    factor = found.real_income / found.real_gni
    np.testing.assert_allclose(factor, factor[0], rtol=1e-10)


HARD = {
    "near autarky": Shock(trade_cost=_abroad(20.0, 6, 4)),
    "autarky": Shock(trade_cost=_abroad(np.inf, 6, 4)),
    "trade at a fifth of its cost": Shock(trade_cost=_abroad(0.2, 6, 4)),
    "a tariff of 400 percent by all": Shock(tariff=_abroad(5.0, 6, 4)),
    "a tariff of 400 percent by one": Shock(tariff=np.where(np.arange(6) == 2, _abroad(5.0, 6, 4), 1)),
    "subsidies of half the price": Shock(tariff=_abroad(0.5, 6, 4)),
}


@pytest.mark.parametrize("theta", [0.5, 4.0, 15.0, np.linspace(0.5, 15, 4)], ids=str)
@pytest.mark.parametrize("name", HARD)
def test_hard_cases_are_solved(name: str, theta: Any) -> None:
    found = solve(sector_world(6, 4, 3, theta=theta), HARD[name], deficits="none")
    assert found.converged
    assert found.residual < 1e-10


def test_closing_every_border_leaves_what_home_supplies() -> None:
    """Autarky of one traded sector and no materials: each price rises by the home share to -1/theta."""
    base = balanced(sector_world(5, 1, input_share=np.ones((5, 1, 1)), value_added_share=np.ones((5, 1))))
    found = solve(base, Shock(trade_cost=_abroad(np.inf, 5, 1)))
    gross = base.flows[0] * (1 + base.tariff[0])
    home = np.diagonal(gross) / gross.sum(axis=0)
    spent = gross.sum(axis=0)
    np.testing.assert_allclose(
        found.real_income, base.output[:, 0] / spent * home ** (1 / base.theta[0]), rtol=1e-10
    )


def test_free_trade_of_everything() -> None:
    base = sector_world(6, 4)
    found = solve(base, Shock(tariff=base.tariff_to(np.zeros((4, 6, 6)))))
    np.testing.assert_allclose(found.tariff_revenue, 0, atol=1e-9)
    assert found.converged


def test_services_are_not_traded_and_zero_flows_stay_zero() -> None:
    base = sector_world(6, 4)
    found = solve(base, Shock(trade_cost=np.full((6, 6), 0.5)))
    np.testing.assert_array_equal(found.trade == 0, base.flows == 0)
    assert (base.flows == 0).sum() == 2 * 6 * 5


def test_a_sector_that_one_economy_does_not_make() -> None:
    given = sector_flows(5, 4)
    given["flows"][0, :, 2] *= 3  # what it needs comes from elsewhere
    given["flows"][0, 2, :] = 0  # and nothing is sold from there, not at home either
    given["value_added_share"][2, 0] = 0
    final = np.full((5, 4), 0.25)
    base = balanced(MultiSectorBaseline.from_flows(**given, final_share=final))
    found = solve(base, Shock(trade_cost=_abroad(0.8, 5, 4)))
    assert found.sector_output[2, 0] == 0
    assert found.converged
    assert np.isfinite(found.sector_price).all()


def test_a_sector_that_nobody_makes_or_buys() -> None:
    given = sector_flows(5, 4)
    given["flows"][3] = 0
    given["input_share"][:, 3, :] = 0
    given["input_share"] /= given["input_share"].sum(axis=1, keepdims=True)
    found = solve(MultiSectorBaseline.from_flows(**given), Shock(trade_cost=_abroad(0.8, 5, 4)))
    assert found.converged
    np.testing.assert_array_equal(found.trade[3], 0)


def test_settled_makes_a_consistent_base_of_given_final_demand() -> None:
    given = sector_flows(5, 4)
    final = np.full((5, 4), 0.25)
    base = MultiSectorBaseline.from_flows(**given, final_share=final)
    assert not base.settled
    with pytest.raises(InputError, match="settled"):
        solve(base)
    made = settled(base)
    np.testing.assert_allclose(made.final_share, final)
    np.testing.assert_allclose(solve(made).real_income, 1, atol=1e-11)
    again = MultiSectorBaseline.from_flows(**(given | {"flows": made.flows}))
    np.testing.assert_allclose(again.final_share, final, atol=1e-9)


def test_a_block_cut_off_with_a_deficit_has_no_answer_and_says_so() -> None:
    with pytest.raises(SolveError, match="cut off"):
        solve(sector_world(5, 4), Shock(trade_cost=_abroad(np.inf, 5, 4)))
    found = solve(sector_world(5, 4), Shock(trade_cost=_abroad(np.inf, 5, 4)), throw=False)
    assert found.status is Status.CUT_OFF
    assert np.isnan(found.real_income).all()


def test_a_transfer_larger_than_the_income_is_named() -> None:
    base = sector_world(5, 4)
    give = np.zeros(5)
    give[0], give[1] = -2 * base.income[0], 2 * base.income[0]
    found = solve(base, Shock(transfer=give), throw=False)
    assert not found.converged
    with pytest.raises(SolveError, match=r"spend|residuals sit in"):
        solve(base, Shock(transfer=give))


def test_prices_do_not_depend_on_the_unit_of_money() -> None:
    given, shock = sector_flows(5, 4), Shock(trade_cost=_abroad(0.8, 5, 4))
    small = MultiSectorBaseline.from_flows(**(given | {"flows": given["flows"] / 1e6}))
    np.testing.assert_allclose(
        solve(small, shock).real_income,
        solve(MultiSectorBaseline.from_flows(**given), shock).real_income,
        rtol=1e-10,
    )


def test_the_result_is_tidy() -> None:
    table = solve(sector_world(3, 2)).tidy()
    assert set(table.columns) == {"economy", "outcome", "estimate", "unit"}
    assert len(table) == 3 * 9
