"""Bad input to the equilibrium is refused with the cells by name."""

from __future__ import annotations

import numpy as np
import pytest

from equilibrium_worlds import flows, world
from serai.equilibrium import Baseline, Shock, solve, solve_conditional, solve_draws
from serai.errors import InputError, UnknownNameError

NAMES = ["JPN", "KAZ", "UZB"]


def baseline(**changes):
    trade, holdings = flows(3)
    given = {
        "trade": trade, "economies": NAMES, "trade_elasticity": 5, "capital_elasticity": 3,
        "capital_share": 0.4, "holdings": holdings,
    }  # fmt: skip
    return Baseline.from_flows(**(given | changes))


def with_cell(table, row, column, value):
    table = table.copy()
    table[row, column] = value
    return table


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
@pytest.mark.parametrize("name", ["trade", "holdings"])
def test_a_bad_cell_is_named(name, value):
    trade, holdings = flows(3)
    table = {"trade": trade, "holdings": holdings}[name]
    with pytest.raises(InputError, match="JPN > UZB") as caught:
        baseline(**{name: with_cell(table, 0, 2, value)})
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].field == name


def test_all_bad_cells_are_named_at_once():
    trade, _ = flows(3)
    with pytest.raises(InputError) as caught:
        baseline(trade=with_cell(with_cell(trade, 0, 1, -1), 2, 0, -2))
    assert [problem.row for problem in caught.value.problems] == ["JPN > KAZ", "UZB > JPN"]


def test_no_domestic_sales():
    with pytest.raises(InputError, match=r"KAZ.*domestic sales"):
        baseline(trade=with_cell(flows(3)[0], 1, 1, 0))


def test_a_table_that_is_not_square():
    with pytest.raises(InputError, match="square"):
        Baseline.from_flows(np.ones((2, 3)), trade_elasticity=5)


def test_an_economy_twice_and_too_few_names():
    with pytest.raises(InputError, match="JPN appears twice"):
        baseline(economies=["JPN", "KAZ", "JPN"])
    with pytest.raises(InputError, match="2 names"):
        baseline(economies=["JPN", "KAZ"])


@pytest.mark.parametrize("value", [-0.1, 1.0, np.nan])
def test_a_capital_share_outside_its_range(value):
    with pytest.raises(InputError, match=r"KAZ.*capital share"):
        baseline(capital_share=[0.3, value, 0.3])


@pytest.mark.parametrize("value", [0.0, 1.1])
def test_a_value_added_share_outside_its_range(value):
    with pytest.raises(InputError, match=r"UZB.*value-added share"):
        baseline(value_added_share=[0.5, 0.5, value])


@pytest.mark.parametrize("name", ["trade_elasticity", "capital_elasticity"])
@pytest.mark.parametrize("value", [0.0, -5.0, np.nan, np.inf])
def test_an_elasticity_that_is_not_positive(name, value):
    with pytest.raises(InputError, match=name):
        baseline(**{name: value})


def test_holdings_need_their_elasticity_and_share():
    with pytest.raises(InputError, match="without capital_elasticity"):
        baseline(capital_elasticity=None)
    with pytest.raises(InputError, match="without capital_share"):
        baseline(capital_share=None)


def test_empty_rows_and_columns_of_holdings():
    _, holdings = flows(3)
    empty_row, empty_column = holdings.copy(), holdings.copy()
    empty_row[1], empty_column[:, 2] = 0, 0
    with pytest.raises(InputError, match=r"KAZ.*row of an owner"):
        baseline(holdings=empty_row)
    with pytest.raises(InputError, match=r"UZB.*column of a host"):
        baseline(holdings=empty_column)


def test_materials_beyond_expenditure():
    trade = np.array([[50.0, 40, 40], [1, 50, 1], [1, 1, 50]])
    with pytest.raises(InputError, match=r"JPN.*materials"):
        Baseline.from_flows(trade, NAMES, trade_elasticity=5, value_added_share=0.2)


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("trade_cost", (0, 1), 0.0), ("trade_cost", (0, 1), -1.0), ("trade_cost", (0, 1), np.nan),
        ("openness", (0, 1), -0.1), ("openness", (0, 1), np.inf), ("openness", (0, 1), np.nan),
    ],
)  # fmt: skip
def test_a_bad_ratio_between_a_pair(field, cell, value):
    ratios = np.ones((3, 3))
    ratios[cell] = value
    with pytest.raises(InputError, match="JPN > KAZ"):
        solve(baseline(), Shock(**{field: ratios}))


@pytest.mark.parametrize("field", ["productivity", "labour"])
@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_a_bad_ratio_of_an_economy(field, value):
    with pytest.raises(InputError, match="UZB"):
        solve(baseline(), Shock(**{field: np.array([1, 1, value])}))


def test_shapes_that_do_not_fit():
    with pytest.raises(InputError, match="trade_cost has shape"):
        solve(baseline(), Shock(trade_cost=np.ones((2, 2))))
    with pytest.raises(InputError, match="labour has shape"):
        solve(baseline(), Shock(labour=np.ones((3, 3, 3))))


def test_transfers_add_up_to_zero():
    with pytest.raises(InputError, match="add up to zero"):
        solve(baseline(), Shock(transfer=np.array([1.0, 0, 0])))


def test_openness_needs_mobile_capital():
    with pytest.raises(InputError, match="no holdings"):
        solve(baseline(holdings=None), Shock(openness=np.ones((3, 3))))


def test_a_shock_that_closes_an_economy():
    row, column = np.ones((3, 3)), np.ones((3, 3))
    row[1], column[:, 1] = 0, 0
    with pytest.raises(InputError, match="KAZ, openness: every host of the owner"):
        solve(baseline(), Shock(openness=row))
    with pytest.raises(InputError, match="KAZ, openness: every owner in the host"):
        solve(baseline(), Shock(openness=column))
    with pytest.raises(InputError, match="KAZ, trade_cost: every buyer"):
        solve(baseline(), Shock(trade_cost=np.where(row == 0, np.inf, 1)))
    with pytest.raises(InputError, match="KAZ, trade_cost: every supplier"):
        solve(baseline(), Shock(trade_cost=np.where(column == 0, np.inf, 1)))


def test_closures_that_do_not_exist():
    with pytest.raises(UnknownNameError, match="Did you mean steady"):
        solve(baseline(), Shock(), wealth="stead")
    with pytest.raises(UnknownNameError, match="Did you mean none"):
        solve(baseline(), Shock(), deficits="non")


def test_draws_and_single_worlds_are_told_apart():
    with pytest.raises(InputError, match="solve_draws"):
        solve(baseline(trade_elasticity=[4.0, 5.0]), Shock())
    with pytest.raises(InputError, match="no input has a draw axis"):
        solve_draws(baseline(), Shock())
    with pytest.raises(InputError, match="labour has 3 draws where another input has 4"):
        solve_draws(baseline(trade_elasticity=np.full(4, 5.0)), Shock(labour=np.ones((3, 3))))
    with pytest.raises(UnknownNameError, match="real_income"):
        solve_draws(baseline(trade_elasticity=np.full(4, 5.0)), Shock(), keep=["real_incom"])


def test_conditional_takes_trade_costs_only():
    with pytest.raises(InputError, match="labour changes"):
        solve_conditional(baseline(), Shock(labour=np.ones(3)))


def test_shocks_stack():
    first = Shock(trade_cost=np.full((3, 3), 0.8), transfer=np.array([1.0, -1, 0]))
    second = Shock(trade_cost=np.full((3, 3), 0.5), labour=np.full(3, 1.1), transfer=np.array([0.0, 2, -2]))
    both = first * second
    np.testing.assert_allclose(both.trade_cost, 0.4)
    np.testing.assert_allclose(both.labour, 1.1)
    np.testing.assert_allclose(both.transfer, [1, 1, -2])
    assert both.openness is None
    assert Shock.compose([]).trade_cost is None
    drawn = first * Shock(labour=np.ones((7, 3)), trade_cost=np.full((7, 3, 3), 0.5))
    assert drawn.trade_cost.shape == (7, 3, 3)
    assert drawn.draws == 7
    assert world(3).draws is None
