"""The formula of Arkolakis, Costinot and Rodriguez-Clare, and first order, beside the exact model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from equilibrium_worlds import off_diagonal, sector_world, world
from serai.axes import Array
from serai.equilibrium import (
    Baseline,
    MultiSectorBaseline,
    Shock,
    acr_welfare,
    balanced,
    solve,
    solve_acr,
    solve_first_order,
)
from serai.errors import InputError, UnknownNameError


def cheaper(size: int, seed: int = 0) -> Array:
    cost = np.exp(-0.3 * np.random.default_rng(seed).random((size, size)))
    np.fill_diagonal(cost, 1)
    return cost


def plain(size: int = 6, seed: int = 1, **changes: Any) -> Baseline:
    return balanced(world(size, seed, holdings=None, capital_elasticity=None, **changes))


def plain_sectors(seed: int = 1) -> MultiSectorBaseline:
    return balanced(sector_world(5, 4, seed, tariff=None))


@pytest.mark.parametrize("theta", [0.5, 5.0, 15.0])
def test_in_trade_alone_the_formula_is_the_exact_answer(theta: float) -> None:
    base, shock = plain(trade_elasticity=theta), Shock(trade_cost=cheaper(6))
    exact = solve(base, shock)
    ours = solve_acr(base, shock)
    np.testing.assert_allclose(ours.real_income, exact.real_income, rtol=1e-9)
    np.testing.assert_allclose(ours.trade, exact.trade, rtol=1e-8)
    np.testing.assert_allclose(ours.home_share_before, np.diag(base.trade) / base.trade.sum(axis=0))


@pytest.mark.parametrize("seed", [1, 2])
def test_with_sectors_and_materials_too(seed: int) -> None:
    base, shock = plain_sectors(seed), Shock(trade_cost=cheaper(5))
    ours, exact = solve_acr(base, shock), solve(base, shock)
    np.testing.assert_allclose(ours.real_income, exact.real_income, rtol=1e-8)
    after = np.einsum("snn->ns", exact.trade) / exact.trade.sum(axis=1).T
    np.testing.assert_allclose(ours.home_share_after, after, rtol=1e-8)


def test_autarky_is_what_closing_the_borders_does() -> None:
    for base, size in ((plain(), 6), (plain_sectors(), 5)):
        closed = solve(base, Shock(trade_cost=off_diagonal(size, np.inf)))
        np.testing.assert_allclose(acr_welfare(base, 1), closed.real_income, rtol=1e-9)


def test_one_sector_is_many_identical_ones() -> None:
    base = plain(value_added_share=0.6)
    count = 3
    many = MultiSectorBaseline.from_flows(
        np.repeat(base.trade[np.newaxis], count, axis=0) / count,
        theta=5.0,
        value_added_share=np.full((6, count), 0.6),
        input_share=np.full((6, count, count), 1 / count),
    )
    np.testing.assert_allclose(acr_welfare(many, 0.9), acr_welfare(base, 0.9), rtol=1e-12)


def test_capital_and_deficits_are_what_it_leaves_out() -> None:
    base, shock = world(6, 1), Shock(trade_cost=cheaper(6))
    trade_alone = balanced(replace(base, holdings=None))
    np.testing.assert_allclose(
        solve_acr(base, shock).real_income, solve(trade_alone, shock).real_income, rtol=1e-9
    )
    assert np.abs(solve_acr(base, shock).real_income - solve(base, shock).real_income).max() > 1e-4


def test_what_the_formula_cannot_say_is_refused() -> None:
    base, size = plain(), 6
    home = np.ones((size, size))
    home[2, 2] = 0.9
    for change, field in (
        ({"productivity": np.ones(size)}, "productivity"),
        ({"labour": np.ones(size)}, "labour"),
        ({"trade_cost": home}, "trade_cost"),
    ):
        with pytest.raises(InputError) as caught:
            solve_acr(base, Shock(**change))
        assert caught.value.problems[0].field == field
    with pytest.raises(InputError, match="tariffs"):
        solve_acr(sector_world(4, 3, 1), Shock())
    for share in (0.0, 1.1, np.nan):
        with pytest.raises(InputError, match="home lies outside"):
            acr_welfare(base, share)
    with pytest.raises(InputError, match="draw axis"):
        acr_welfare(plain(trade_elasticity=5.0).__class__.from_flows(
            base.trade, trade_elasticity=np.array([4.0, 5.0])
        ), 1)  # fmt: skip
    flows = sector_world(4, 3, 1, tariff=None)
    bare = flows.flows.copy()
    bare[0, 1, 1] = 0
    with pytest.raises(InputError, match="nothing of it at home") as caught:
        acr_welfare(replace(flows, flows=bare), 1)
    assert caught.value.problems[0].row == "2 > 1"


def _all_levers(base: Baseline | MultiSectorBaseline, step: float) -> Shock:
    """A shock of everything, `step` long in logs."""
    random, size = np.random.default_rng(5), len(base.economies)
    logs = {
        "trade_cost": random.normal(size=(size, size)),
        "productivity": random.normal(size=size),
        "labour": random.normal(size=size),
    }
    if isinstance(base, MultiSectorBaseline):
        count = len(base.sectors)
        logs["trade_cost"] = random.normal(size=(count, size, size))
        logs["productivity"] = random.normal(size=(size, count))
        logs["tariff"] = random.normal(size=(count, size, size)) * (1 - np.eye(size))
    if base.holdings is not None:
        logs["openness"] = random.normal(size=(size, size))
    gift = random.normal(size=size)
    money = 100 * step * (gift - gift.mean())
    return Shock(**{name: np.exp(step * log) for name, log in logs.items()}, transfer=money)


FIRST = {
    "capital moves": (world(5, 2), "fixed", "fixed"),
    "long run": (world(5, 2), "steady", "fixed"),
    "no deficits": (world(5, 2), "fixed", "none"),
    "sectors": (sector_world(4, 3, 2), "fixed", "proportional"),
}


@pytest.mark.parametrize("measure", ["real_income", "price_index"])
@pytest.mark.parametrize("name", FIRST)
def test_first_order_is_the_slope_of_the_exact_answer(name: str, measure: str) -> None:
    base, wealth, deficits = FIRST[name]
    closures: dict[str, Any] = {"wealth": wealth, "deficits": deficits}
    step = 1e-4
    up, down = (solve(base, _all_levers(base, s), **closures) for s in (step, -step))
    found = solve_first_order(base, _all_levers(base, step), measure=measure, **closures)
    exact = np.log(getattr(up, measure) / getattr(down, measure)) / 2
    np.testing.assert_allclose(found.change, exact, atol=step * 1e-5)
    np.testing.assert_allclose(sum(found.parts.values()), found.change, atol=1e-15)


def test_the_error_of_first_order_grows_with_the_square_of_the_shock() -> None:
    base = world(5, 2)
    errors = [
        np.abs(np.log(solve(base, s).real_income) - solve_first_order(base, s).change).max()
        for s in (Shock(trade_cost=off_diagonal(5, np.exp(-size))) for size in (0.02, 0.01))
    ]
    assert 3.5 < errors[0] / errors[1] < 4.5


def test_first_order_of_nothing_and_what_it_refuses() -> None:
    base = world(5, 2)
    assert not solve_first_order(base, Shock()).change.any()
    with pytest.raises(UnknownNameError):
        solve_first_order(base, Shock(), measure="bliss")
    with pytest.raises(InputError, match="closed"):
        solve_first_order(base, Shock(trade_cost=off_diagonal(5, np.inf)))
    with pytest.raises(InputError, match="draw axis"):
        solve_first_order(base, Shock(labour=np.ones((3, 5))))
