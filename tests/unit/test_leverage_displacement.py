"""Leverage added, displacement and their closures, against two plain solves."""

from __future__ import annotations

import numpy as np
import pytest

from equilibrium_worlds import world
from serai.equilibrium import Shock, solve
from serai.leverage import cut, displacement, leverage_added

REGION, PARTNERS = ["1", "2"], {"lead": ["3"], "union": ["4", "5"]}


def opening(size: int = 6, ratio: float = 1.3) -> Shock:
    phi = np.ones((size, size))
    phi[2, [0, 1]] = ratio
    return Shock(openness=phi)


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
def test_displacement_is_the_difference_of_two_solves(wealth: str) -> None:
    base = world(6, seed=7)
    nearer = np.ones((6, 6))
    nearer[0, 1] = nearer[1, 0] = 0.9
    before = Shock(trade_cost=nearer)
    found = displacement(base, opening(), REGION, PARTNERS, before=before, wealth=wealth)
    old, new = (solve(base, shock, wealth=wealth) for shock in (before, before * opening()))
    assert old.fdi is not None
    assert new.fdi is not None
    union, region = [3, 4], [0, 1]
    for values, a, b, rows, columns in (
        (found.exports, old.trade, new.trade, union, region),
        (found.imports, old.trade, new.trade, region, union),
        (found.fdi, old.fdi, new.fdi, union, region),
    ):
        assert values is not None
        expected = new_over_old(a, b, rows, columns)
        assert values[1] == pytest.approx(expected, rel=1e-6, abs=1e-9)
    spent = base.expenditure - (1 - base.value_added_share) * base.output
    assert found.region == pytest.approx(
        (new.real_income * spent)[region].sum() / (old.real_income * spent)[region].sum() - 1,
        rel=1e-5,
        abs=1e-9,
    )


def new_over_old(old: np.ndarray, new: np.ndarray, rows: list[int], columns: list[int]) -> float:
    return float(new[np.ix_(rows, columns)].sum() / old[np.ix_(rows, columns)].sum() - 1)


@pytest.mark.parametrize("seed", range(8))
def test_with_fixed_wealth_others_always_lose_stock_and_the_result_says_that_it_is_structure(
    seed: int,
) -> None:
    base = world(6, seed=seed)
    fixed, steady = (displacement(base, opening(), REGION, PARTNERS, wealth=w) for w in ("fixed", "steady"))
    assert fixed.fdi is not None
    assert fixed.fdi[0] > 0 > fixed.fdi[1]
    assert fixed.forced
    assert not steady.forced
    assert not displacement(base, Shock(labour=np.full(6, 1.1)), REGION, PARTNERS).forced


def test_leverage_added_is_loss_with_minus_loss_without() -> None:
    base = world(6, seed=9)
    added = leverage_added(base, opening(), REGION, PARTNERS)
    gone = cut(base.economies, "2", ["3"], "together", remittances=np.zeros((6, 6)))
    with_it = 1 - solve(base, opening() * gone).real_income[1] / solve(base, opening()).real_income[1]
    without = 1 - solve(base, gone).real_income[1]
    assert added.shape == (2, 2)
    assert added[1, 0] == pytest.approx(with_it - without, rel=1e-4, abs=1e-9)


def test_a_known_loss_without_the_programme_is_not_solved_again() -> None:
    base = world(6, seed=9)
    assert leverage_added(base, opening(), REGION, PARTNERS, without=np.zeros((2, 2))) == pytest.approx(
        leverage_added(base, opening(), REGION, PARTNERS)
        + (
            1
            - np.array(
                [
                    [
                        solve(base, cut(base.economies, d, c, "together")).real_income[int(d) - 1]
                        for c in PARTNERS.values()
                    ]
                    for d in REGION
                ]
            )
        ),
        abs=1e-7,
    )
