"""The best policy: the feasible set against general solvers, the optimum against grids, bad input."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from equilibrium_worlds import sector_world, world
from serai.axes import Array
from serai.equilibrium import Instrument, Shock, gradient, optimal_policy, solve
from serai.equilibrium._solvers.projected_gradient import Feasible, ProjectedGradient
from serai.equilibrium.instruments import applied
from serai.errors import InputError

COST = st.lists(st.sampled_from([0.0, 0.1, 1.0, 3.0]), min_size=4, max_size=4)
POINT = st.lists(st.floats(-2, 3), min_size=4, max_size=4)


@settings(max_examples=60, deadline=None)
@given(COST, POINT, st.floats(0, 5))
def test_the_projection_is_the_nearest_feasible_point(
    cost: list[float], point: list[float], budget: float
) -> None:
    a, v = np.array(cost), np.array(point)
    ours = Feasible(a, budget).project(v)
    assert ours.min() >= 0
    assert ours.max() <= 1
    assert a @ ours <= budget + 1e-12
    other = minimize(
        lambda u: ((u - v) ** 2).sum(),
        np.zeros(4),
        jac=lambda u: 2 * (u - v),
        bounds=[(0, 1)] * 4,
        constraints={"type": "ineq", "fun": lambda u: budget - a @ u, "jac": lambda _: -a},
        options={"ftol": 1e-12},
    )
    assert ((ours - v) ** 2).sum() <= other.fun + 1e-6


@settings(max_examples=60, deadline=None)
@given(COST, POINT, st.floats(0.01, 5))
def test_the_best_by_slopes_is_the_linear_programme(
    cost: list[float], slope: list[float], budget: float
) -> None:
    a, g = np.array(cost), np.array(slope)
    ours, price = Feasible(a, budget).best(g)
    other = linprog(-g, A_ub=a[np.newaxis], b_ub=[budget], bounds=(0, 1))
    assert a @ ours <= budget + 1e-12
    assert g @ ours == pytest.approx(-other.fun, abs=1e-6)
    for other_budget in (budget / 2, budget + 0.01, budget + 1):  # worth is concave in the budget
        point, _ = Feasible(a, other_budget).best(g)
        assert g @ point <= g @ ours + price * (other_budget - budget) + 1e-9


def test_the_price_of_the_budget_is_what_one_more_unit_adds() -> None:
    set_of = lambda budget: Feasible(np.array([1.0, 2.0, 0.0]), budget)  # noqa: E731
    slope = np.array([3.0, 4.0, 1.0])
    assert set_of(0.5).best(slope)[1] == 3
    assert set_of(1.0).best(slope)[1] == 2  # the first is full
    assert set_of(3.0).best(slope)[1] == 0
    assert set_of(0.5).best(-slope)[1] == 0


def test_a_concave_hill_under_a_budget_is_climbed_to_its_top() -> None:
    """max -(u - c)^2 / 2 on the set is the projection of c."""
    centre, feasible = np.array([0.9, 0.8, -0.5]), Feasible(np.array([1.0, 2.0, 1.0]), 1.5)
    found = ProjectedGradient(tolerance=1e-9, rounding=1e-15).solve(
        lambda u: (-0.5 * float(((u - centre) ** 2).sum()), centre - u), feasible, np.zeros(3)
    )
    np.testing.assert_allclose(found.point, feasible.project(centre), atol=1e-7)
    assert 0 <= found.gap < 1e-9


def tariffs(base: Any, buyer: int, most: float = 1.0) -> list[Instrument]:
    """One instrument a sector: log(1 + tariff) of a buyer on everyone."""
    made = []
    for s in range(len(base.sectors)):
        ratio = np.ones_like(base.flows)
        ratio[s, :, buyer] = np.e
        ratio[:, buyer, buyer] = 1
        made.append(Instrument(f"tariff {s}", Shock(tariff=ratio), most=most))
    return made


def hours(base: Any, pairs: list[tuple[int, int]], each: float = -0.01, most: float = 12) -> list[Instrument]:
    """One instrument a pair of economies: an hour off both ways."""
    size = len(base.economies)
    made = []
    for i, n in pairs:
        cost = np.ones((size, size))
        cost[i, n] = cost[n, i] = np.exp(each)
        made.append(Instrument(f"{i}-{n}", Shock(trade_cost=cost), most=most))
    return made


def value(base: Any, instruments: list[Instrument], amounts: Any, outcome: Array) -> float:
    result = solve(base, applied(instruments, np.asarray(amounts, dtype=float)))
    return float(outcome @ np.log(result.real_income))


def test_the_best_tariffs_of_two_sectors_beat_a_grid() -> None:
    base = sector_world(4, 3, 2, tariff=None, theta=np.full(3, 8.0))
    outcome = np.eye(4)[0]
    instruments = tariffs(base, 0)[:2]
    best = optimal_policy(base, instruments, outcome)
    grid = np.linspace(0, 1, 15)
    table = {cell: value(base, instruments, cell, outcome) for cell in product(grid, grid)}
    top = max(table, key=table.__getitem__)
    assert best.gain >= table[top] - 1e-12
    assert best.gain - table[top] < 1e-4
    assert np.abs(best.amounts - top).max() <= grid[1]
    assert (best.amounts > 0.01).all()
    assert (best.amounts < 0.99).all()  # inside: slopes vanish
    assert np.abs(best.slopes).max() < 1e-7
    assert best.gap < 1e-7
    assert best.shadow_price == 0


def test_border_hours_under_a_budget_beat_a_grid() -> None:
    base = world(6, 2)
    outcome = np.full(6, 1 / 6)
    instruments = hours(base, [(0, 1), (2, 3), (4, 5)])
    best = optimal_policy(base, instruments, outcome, budget=15)
    assert best.spent == pytest.approx(15)
    assert best.amounts.max() <= 12
    grid = [(a, b, 15 - a - b) for a, b in product(range(13), range(13)) if 0 <= 15 - a - b <= 12]
    table = [value(base, instruments, cell, outcome) for cell in grid]
    assert best.gain >= max(table) - 1e-12
    np.testing.assert_allclose(best.amounts, grid[int(np.argmax(table))], atol=1e-6)
    assert best.gain > best.first_order  # cheaper trade grows
    more = optimal_policy(base, instruments, outcome, budget=15.01)
    assert (more.gain - best.gain) / 0.01 == pytest.approx(best.shadow_price, rel=1e-3)


def test_where_the_best_by_first_order_is_not_the_best_another_corner_is_found() -> None:
    """The second border is worth less at first and more in the end."""
    base = world(6, 2)
    outcome = np.full(6, 1 / 6)
    slopes = gradient(solve(base), outcome).trade_cost
    first, second = (0, 1), (2, 3)
    one, two = (-(slopes[i, n] + slopes[n, i]) for i, n in (first, second))
    big, small = (first, second) if one > two else (second, first)
    ratio = max(one, two) / min(one, two)
    gentle, steep = hours(base, [big], each=-0.05)[0], hours(base, [small], each=-0.04 * ratio)[0]
    alone = [value(base, [i], [12.0], outcome) for i in (gentle, steep)]
    assert alone[1] > alone[0]  # so that first order, which says the opposite, is wrong
    best = optimal_policy(base, [gentle, steep], outcome, budget=12)
    assert best.base_slopes[0] > best.base_slopes[1]
    np.testing.assert_allclose(best.amounts, [0, 12], atol=1e-9)
    assert best.gain == pytest.approx(alone[1], abs=1e-12)
    climbed = optimal_policy(base, [gentle, steep], outcome, budget=12, corners=0)
    np.testing.assert_allclose(climbed.amounts, [12, 0], atol=1e-9)  # uphill from the start ends elsewhere
    assert climbed.gap < 1e-8


def test_unit_costs_and_smallest_amounts_count() -> None:
    base = world(5, 1)
    cheap, dear = hours(base, [(0, 1), (2, 3)])
    dear = Instrument(dear.name, dear.shock, most=12, least=1, unit_cost=4)
    best = optimal_policy(base, [cheap, dear], np.ones(5), budget=10)
    assert best.amounts[1] >= 1
    assert best.spent == pytest.approx(best.amounts @ [1, 4])
    assert best.spent <= 10 + 1e-9
    start = value(base, [cheap, dear], [0, 1], np.ones(5))
    assert best.gain == pytest.approx(value(base, [cheap, dear], best.amounts, np.ones(5)) - start, abs=1e-12)


@pytest.mark.parametrize("measure", ["real_income", "real_gdp"])
@pytest.mark.parametrize("deficits", ["fixed", "proportional", "none"])
@pytest.mark.parametrize("wealth", ["fixed", "steady"])
def test_the_equilibrium_is_that_of_the_amounts(wealth: Any, deficits: Any, measure: str) -> None:
    base = world(5, 3)
    opening = np.ones((5, 5))
    opening[0, 1] = 1.1
    instruments = [
        *hours(base, [(0, 1)], most=3),
        Instrument("skills", Shock(labour=np.array([1.01, 1, 1, 1, 1])), most=2, unit_cost=2),
        Instrument("openness", Shock(openness=opening), most=1),
        Instrument("power", Shock(productivity=np.array([1, 1.01, 1, 1, 1])), most=1),
    ]
    best = optimal_policy(base, instruments, "1", budget=4, wealth=wealth, deficits=deficits, measure=measure)
    again = solve(base, applied(instruments, best.amounts), wealth=wealth, deficits=deficits)
    np.testing.assert_allclose(best.equilibrium.real_income, again.real_income, rtol=1e-10)
    assert best.gain == pytest.approx(float(np.log(getattr(again, measure)[0])), abs=1e-10)
    assert best.gap <= 1e-8 * 10
    table = best.tidy().set_index("instrument")
    assert table["cost"].sum() == pytest.approx(best.spent)
    assert all(name in best.summary() for name in table.index[table["amount"] > 0])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"most": np.inf}, "no finite range"),
        ({"least": 2.0, "most": 1.0}, "no finite range"),
        ({"unit_cost": -1.0}, "unit cost"),
        ({"shock": Shock()}, "changes nothing"),
        ({"shock": Shock(transfer=np.zeros(5))}, "transfers"),
        ({"shock": Shock(trade_cost=np.full((5, 5), np.inf))}, "positive, finite"),
        ({"name": "0-1"}, "appears twice"),
    ],
)
def test_bad_instruments_are_named(change: dict[str, Any], reason: str) -> None:
    base = world(5, 1)
    good = hours(base, [(0, 1), (2, 3)])
    given = {"name": "x", "shock": good[1].shock, "most": 1.0} | change
    with pytest.raises(InputError, match=reason) as caught:
        optimal_policy(base, [good[0], Instrument(**given)], "1")
    assert {problem.row for problem in caught.value.problems} <= {given["name"], "0-1"}


def test_what_cannot_be_paid_or_done_is_refused() -> None:
    base = world(5, 1)
    (hour,) = hours(base, [(0, 1)])
    with pytest.raises(InputError, match="no instrument"):
        optimal_policy(base, [], "1")
    with pytest.raises(InputError, match="smallest amounts"):
        optimal_policy(base, [Instrument("x", hour.shock, most=3, least=2)], "1", budget=1)
    with pytest.raises(InputError, match="draw axis"):
        optimal_policy(world(5, 1, trade_elasticity=np.array([4.0, 5.0])), [hour], "1")
    tariff = Instrument("t", Shock(tariff=np.full((1, 5, 5), 1.1)), most=1)
    with pytest.raises(InputError, match="tariff"):
        optimal_policy(base, [tariff], "1")
