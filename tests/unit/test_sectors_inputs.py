"""What a base year with sectors and its shocks refuse, with the cells by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from equilibrium_worlds import sector_flows, sector_world, world
from serai.axes import Array
from serai.equilibrium import MultiSectorBaseline, Shock, solve
from serai.errors import InputError

NAMES = {"economies": ["JPN", "KAZ", "CHN"], "sectors": ["mining", "cars", "services"]}


def _given() -> dict[str, Any]:
    return {**NAMES, **sector_flows(3, 3)}


def _with(name: str, cell: tuple[int, ...], value: float) -> dict[str, Any]:
    given = _given()
    given[name] = np.array(given[name], dtype=float)
    given[name][cell] = value
    return given


@pytest.mark.parametrize(
    ("name", "cell", "value", "row", "reason"),
    [
        ("flows", (0, 1, 2), -1.0, "mining > KAZ > CHN", "negative or not a number"),
        ("flows", (0, 1, 2), np.nan, "mining > KAZ > CHN", "negative or not a number"),
        ("tariff", (1, 0, 1), -1.0, "cars > JPN > KAZ", "-100 percent or less"),
        ("tariff", (1, 1, 1), 0.1, "cars > KAZ > KAZ", "domestic sales"),
        ("theta", (1,), 0.0, "cars", "not a positive number"),
        ("theta", (2,), -4.0, "services", "not a positive number"),
        ("value_added_share", (1, 2), 1.2, "KAZ > services", "outside 0 to 1"),
        ("value_added_share", (1, 2), 0.0, "KAZ > services", "outside 0 to 1"),
        ("input_share", (2, 0, 1), -0.1, "CHN > mining > cars", "negative or not a number"),
        ("input_share", (2, 0, 1), 0.9, "CHN > cars", "do not add up to 1"),
        ("input_share", (2, slice(None), 1), 0.0, "CHN > cars", "output and no inputs"),
        ("flows", (slice(None), 1), 0.0, "KAZ", "makes nothing"),
    ],
)
def test_a_bad_cell_is_named(name: str, cell: tuple[int, ...], value: float, row: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        MultiSectorBaseline.from_flows(**_with(name, cell, value))
    assert [problem.row for problem in caught.value.problems] == [row]
    assert caught.value.problems[0].field == name


def test_flows_below_what_materials_use_are_refused_not_balanced() -> None:
    given = _given()
    given["flows"][1, :, 0] *= 0.01
    with pytest.raises(InputError, match="buys less of the sector") as caught:
        MultiSectorBaseline.from_flows(**given)
    assert "cars > JPN" in {problem.row for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"flows": np.ones((3, 3))}, "has shape"),
        ({"flows": np.ones((3, 2, 3))}, "has shape"),
        ({"economies": ["JPN"]}, "1 names"),
        ({"sectors": ["a", "b"]}, "2 names"),
        ({"tariff": np.zeros((3, 3))}, "has shape"),
        ({"theta": [4.0, 5.0]}, "has shape"),
        ({"value_added_share": np.full((2, 3, 3), 0.5)}, "draw axis"),
        ({"holdings": np.ones((3, 3))}, "without capital_elasticity"),
        ({"holdings": np.ones((3, 3)), "capital_elasticity": 3}, "without capital_share"),
        ({"holdings": np.ones((3, 3)), "capital_elasticity": -3, "capital_share": 0.3}, "not positive"),
        ({"holdings": -np.ones((3, 3)), "capital_elasticity": 3, "capital_share": 0.3}, "negative"),
        ({"holdings": np.eye(3) * [1, 1, 0], "capital_elasticity": 3, "capital_share": 0.3}, "host is empty"),
        ({"holdings": np.eye(3)[[0, 0, 2]], "capital_elasticity": 3, "capital_share": 0.3}, "host is empty"),
        ({"capital_share": 1.0}, "outside 0 to 1"),
        ({"final_share": np.full((3, 3), 0.3)}, "do not add up to 1"),
        ({"final_share": np.array([[-1.0, 1, 1]] * 3)}, "negative"),
    ],
)
def test_a_bad_argument_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        MultiSectorBaseline.from_flows(**(_given() | change))


def _shocked(name: str, cell: tuple[int, ...], value: float, shape: tuple[int, ...]) -> Shock:
    table = np.ones(shape)
    table[cell] = value
    return Shock(**{name: table})


@pytest.mark.parametrize(
    ("shock", "row"),
    [
        (_shocked("trade_cost", (0, 1, 2), 0.0, (3, 3, 3)), "mining > KAZ > CHN"),
        (_shocked("trade_cost", (1, 2), -1.0, (3, 3)), "all sectors > KAZ > CHN"),
        (_shocked("tariff", (1, 0, 2), 0.0, (3, 3, 3)), "cars > JPN > CHN"),
        (_shocked("productivity", (1, 0), 0.0, (3, 3)), "mining > KAZ"),
        (_shocked("labour", (1,), 0.0, (3,)), "KAZ"),
    ],
)
def test_a_shock_outside_its_range_is_named(shock: Shock, row: str) -> None:
    base = MultiSectorBaseline.from_flows(**_given())
    with pytest.raises(InputError) as caught:
        solve(base, shock)
    assert [problem.row for problem in caught.value.problems] == [row]


@pytest.mark.parametrize(
    "shock",
    [
        Shock(trade_cost=np.ones((4, 3, 3))),
        Shock(trade_cost=np.ones(3)),
        Shock(tariff=np.ones((3, 3, 2))),
        Shock(productivity=np.ones((2, 3))),
        Shock(openness=np.ones((3, 3))),
    ],
)
def test_a_shock_that_does_not_fit_is_refused(shock: Shock) -> None:
    with pytest.raises(InputError):
        solve(MultiSectorBaseline.from_flows(**_given()), shock)


def test_a_shock_without_a_sector_axis_holds_for_all_sectors() -> None:
    base, tau = sector_world(3, 3), np.where(np.eye(3) > 0, 1, 0.8)
    z = np.array([1.1, 1.0, 1.0])
    plain = solve(base, Shock(trade_cost=tau, productivity=z))
    full = solve(base, Shock(trade_cost=np.stack([tau] * 3), productivity=np.stack([z] * 3, axis=1)))
    np.testing.assert_allclose(plain.real_income, full.real_income, rtol=1e-12)


def test_tariffs_in_one_sector_are_refused_in_words() -> None:
    with pytest.raises(InputError, match="no tariff revenue"):
        solve(world(3), Shock(tariff=np.ones((3, 3))))


def test_closing_every_supplier_names_the_sector_and_the_buyer() -> None:
    cost = np.ones((3, 3, 3))
    cost[0, :, 1] = np.inf
    with pytest.raises(InputError, match="every supplier") as caught:
        solve(MultiSectorBaseline.from_flows(**_given()), Shock(trade_cost=cost))
    assert caught.value.problems[0].row == "mining > KAZ"


def test_closing_every_buyer_names_the_seller() -> None:
    cost = np.ones((3, 3, 3))
    cost[:, 1, :] = np.inf
    with pytest.raises(InputError, match="every buyer") as caught:
        solve(MultiSectorBaseline.from_flows(**_given()), Shock(trade_cost=cost))
    assert "KAZ" in {problem.row for problem in caught.value.problems}


def test_shares_printed_with_six_digits_are_taken() -> None:
    given = _given()
    given["input_share"] = np.round(given["input_share"], 7)
    assert MultiSectorBaseline.from_flows(**given).settled


def _rates(base: MultiSectorBaseline) -> Array:
    assert base.tariff is not None
    return base.tariff


def test_tariff_to_gives_the_ratio_of_one_plus_the_rate() -> None:
    base = sector_world(3, 3)
    np.testing.assert_allclose(base.tariff_to(0.0) * (1 + _rates(base)), 1)
    np.testing.assert_allclose(base.tariff_to(_rates(base)), 1)
