"""Measures become shocks: each against what can be worked out by hand, and how they compose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from serai.axes import Axis
from serai.draws import Draws, Uncertain
from serai.errors import InputError, UnknownNameError
from serai.records.scenario import (
    Agreement,
    BorderHours,
    Effect,
    FreeZone,
    Hub,
    Investment,
    Productivity,
    Skills,
)
from serai.scenario.borders import Borders, read_borders
from serai.scenario.context import Context, Inputs, Names
from serai.scenario.measures import border_burden, shock
from serai.study import Border

ECONOMIES = Axis("economy", ("A", "B", "C", "OUT", "FAR"))
REGION = ("A", "B", "C")
THETA, EPSILON, DAY, TRUCK = 5.0, 3.0, 0.013, 40_000.0
DRAWS = 3


def border(exporter: str, importer: str, hours: float, fee: float = 0.0) -> Border:
    return Border(
        exporter=exporter,
        importer=importer,
        hours=hours,
        hours_low=hours / 2,
        hours_high=hours * 2,
        fee_usd=fee,
        fee_low_usd=fee / 2,
        fee_high_usd=fee * 2,
        basis="assumed",
        source="assumed",
    )


def both(a: str, b: str, hours: float, fee: float = 0.0) -> list[Border]:
    return [border(a, b, hours, fee), border(b, a, hours, fee)]


# A - B - C in a row; OUT beyond A has a row of its own; everything else is reached from C
ROWS = [*both("A", "B", 24, 400), *both("B", "C", 48), *both("A", "OUT", 72), *both("C", "outside", 12)]


def context(goods: float = 1.0, depth: float = 0.0) -> Context:
    table = {
        name: Uncertain(name, value)
        for name, value in {
            "trade_elasticity": THETA,
            "capital_elasticity": EPSILON,
            "value_of_day_pct": DAY * 100,
            "truck_value_usd": TRUCK,
            "b": 0.4,
        }.items()
    }
    inputs = Inputs(Draws(DRAWS, 1), table)
    inputs.used["border_hours"] = np.zeros(DRAWS)
    size = len(ECONOMIES)
    names = Names(ECONOMIES, {"region": REGION, "world": tuple(ECONOMIES), "outside_region": ("OUT", "FAR")})
    members = {"wto_members": np.array([1.0, 0, 1, 1, 0])}
    borders = read_borders(ROWS, ECONOMIES, REGION)
    shares = np.full((size, size), goods)
    return Context(names, shares, borders, np.full((DRAWS, size, size), depth), members, inputs)


def own(value: float) -> Effect:
    return Effect(value=value, unit="share", source="assumed")


def common(**fields: Any) -> dict[str, Any]:
    return {"name": "a measure", "feasibility": "possible", **fields}


def cut(share: float, **fields: Any) -> BorderHours:
    return BorderHours(**common(kind="border_hours", between=("region",), cut=own(share), **fields))


def costs(*measures: Any, **world: float) -> np.ndarray[Any, Any]:
    """Trade costs of the first draw after some measures."""
    change = shock([(f"m{n}", m) for n, m in enumerate(measures)], context(**world))
    assert change.trade_cost is not None
    return np.asarray(change.trade_cost[0])


def at(exporter: str, importer: str) -> tuple[int, int]:
    return ECONOMIES.index(exporter), ECONOMIES.index(importer)


def test_no_measure_is_no_shock() -> None:
    change = shock([], context())
    for field in (change.trade_cost, change.openness, change.productivity, change.labour):
        assert field is not None
        np.testing.assert_array_equal(field, 1)


def test_the_burden_adds_hours_and_fees_over_every_border_on_the_way() -> None:
    burden = border_burden(context())[0]
    assert burden[at("A", "B")] == pytest.approx(DAY + 400 / TRUCK)
    assert burden[at("A", "C")] == pytest.approx(3 * DAY + 400 / TRUCK)
    assert burden[at("B", "OUT")] == pytest.approx(4 * DAY + 400 / TRUCK)
    assert burden[at("A", "FAR")] == pytest.approx(3.5 * DAY + 400 / TRUCK)
    assert burden[at("OUT", "FAR")] == 0
    assert np.diagonal(burden).sum() == 0


def test_a_border_cut_saves_its_share_of_the_burden_of_everyone_who_crosses() -> None:
    cost = costs(cut(0.5))
    assert np.log(cost[at("A", "C")]) == pytest.approx(-0.5 * (3 * DAY + 400 / TRUCK))
    assert np.log(cost[at("C", "OUT")]) == pytest.approx(-0.5 * (3 * DAY + 400 / TRUCK)), (
        "the way out is inside too"
    )
    assert cost[at("A", "OUT")] == 1, "the outer border is not cut"


def test_a_second_cut_acts_on_what_is_left() -> None:
    assert costs(cut(0.5), cut(0.5)) == pytest.approx(costs(cut(0.75)))
    np.testing.assert_allclose(costs(cut(1.0), cut(0.5)), costs(cut(1.0)))


def test_outer_borders_are_cut_by_naming_the_outside() -> None:
    cost = costs(cut(1.0, also=("outside", "OUT")))
    assert np.log(cost[at("A", "OUT")]) == pytest.approx(-3 * DAY)
    assert np.log(cost[at("C", "FAR")]) == pytest.approx(-0.5 * DAY)
    assert cost[at("A", "B")] == 1


def test_services_are_untouched_and_a_mixed_flow_moves_by_the_weighted_mean() -> None:
    assert costs(cut(1.0), goods=0.0) == pytest.approx(1)
    goods = np.exp(THETA * DAY * 2)
    expected = (0.3 * goods + 0.7) ** (-1 / THETA)
    assert costs(cut(1.0), goods=0.3)[at("B", "C")] == pytest.approx(expected)


def agreement(form: str = "free_trade_area", depth: float = 1.0, **fields: Any) -> Agreement:
    words = {"members": ("A", "B"), **fields}
    effect = Effect(parameter="b")
    return Agreement(**common(kind="agreement", form=form, effect=effect, depth=own(depth), **words))


def test_an_agreement_raises_flows_by_its_effect_at_given_prices() -> None:
    cost = costs(agreement())
    assert cost[at("A", "B")] ** -THETA == pytest.approx(np.exp(0.4))
    assert cost[at("B", "A")] == cost[at("A", "B")]
    assert cost[at("A", "C")] == 1


def test_only_the_missing_depth_of_an_agreement_counts() -> None:
    assert costs(agreement(), depth=0.75)[at("A", "B")] ** -THETA == pytest.approx(np.exp(0.1))
    assert costs(agreement(depth=0.5), depth=0.75)[at("A", "B")] == 1, "a shallower agreement changes nothing"
    np.testing.assert_allclose(costs(agreement(), agreement()), costs(agreement()))


def test_accession_to_the_wto_moves_pairs_with_members_only() -> None:
    cost = costs(agreement("wto", members=("B",), partners=("world",)))
    assert cost[at("B", "A")] ** -THETA == pytest.approx(np.exp(0.4))
    assert cost[at("B", "FAR")] == 1, "neither is a member with the other"
    assert cost[at("A", "C")] == 1, "members among themselves gain nothing"


def test_a_hub_serves_a_share_of_the_trade() -> None:
    hub = Hub(**common(kind="hub", hinterland=("A",), partners=("FAR",), days_saved=own(2), share=own(0.25)))
    cost = costs(hub)
    expected = (0.25 * np.exp(THETA * 2 * DAY) + 0.75) ** (-1 / THETA)
    assert cost[at("A", "FAR")] == pytest.approx(expected)
    assert cost[at("FAR", "A")] == pytest.approx(expected)
    assert cost[at("A", "OUT")] == 1


def test_a_free_zone_frees_its_share_of_the_whole_burden_and_never_twice() -> None:
    zone = FreeZone(**common(kind="free_zone", hosts=("B",), partners=("C",), share=own(0.1)))
    free = np.exp(THETA * 2 * DAY)
    assert costs(zone)[at("B", "C")] == pytest.approx((0.1 * free + 0.9) ** (-1 / THETA))
    half = np.exp(THETA * DAY)
    assert costs(zone, cut(0.5))[at("B", "C")] == pytest.approx((0.1 * free + 0.9 * half) ** (-1 / THETA))
    np.testing.assert_allclose(costs(zone, cut(0.5)), costs(cut(0.5), zone))
    np.testing.assert_allclose(costs(zone, cut(1.0)), costs(cut(1.0)))


def test_investment_raises_stocks_by_its_effect_at_given_returns() -> None:
    measure = Investment(
        **common(
            kind="investment", owners=("OUT",), hosts=("A", "B"), effect=Effect(parameter="b"), depth=own(0.5)
        )
    )
    change = shock([("m", measure)], context())
    assert change.openness is not None
    assert change.openness[0][at("OUT", "A")] ** EPSILON == pytest.approx(np.exp(0.2))
    assert change.openness[0][at("A", "OUT")] == 1, "the way back is not opened"
    np.testing.assert_array_equal(change.trade_cost, 1)


def test_skills_and_productivity_have_their_own_channels() -> None:
    skills = Skills(**common(kind="skills", economies=("A",), growth=own(0.02)))
    power = Productivity(**common(kind="productivity", economies=("B",), growth=own(0.03)))
    change = shock([("s", skills), ("p", power)], context())
    assert change.labour is not None
    assert change.productivity is not None
    np.testing.assert_allclose(change.labour[0], [1.02, 1, 1, 1, 1])
    np.testing.assert_allclose(change.productivity[0], [1, 1.03, 1, 1, 1])
    np.testing.assert_array_equal(change.trade_cost, 1)


def test_border_hours_move_together_on_the_log_scale_of_their_own_ranges() -> None:
    borders: Borders = context().borders
    place = np.array([-1.0, 0.0, 1.0])
    drawn = borders.drawn("hours", place)
    np.testing.assert_allclose(drawn.T, borders.hours[[1, 0, 2]].T)
    assert (borders.drawn("fee_usd", place)[:, 2] == 0).all(), "no fee stays no fee"


def test_names_are_codes_groups_or_a_clear_error() -> None:
    names = context().names
    assert names.codes(["region", "A"]) == ["A", "B", "C"]
    with pytest.raises(InputError, match="Did you mean region"):
        names.codes(["regin"])
    with pytest.raises(InputError, match="there is no parameter 'bb'"):
        context().inputs.sample("bb")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([border("A", "B", 1), *both("B", "C", 1)], "one direction only"),
        ([*ROWS, border("A", "B", 3)], "appears twice"),
        ([*ROWS, *both("A", "OUR", 1)], "no such economy"),
        (both("A", "B", 1), "has no border row"),
        (
            [*ROWS[2:], *both("A", "B", 1)[:1], border("B", "A", 5).model_copy(update={"hours_low": 9})],
            "outside its range",
        ),
    ],
)
def test_border_rows_that_make_no_sense_are_refused(rows: list[Border], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read_borders(rows, ECONOMIES, REGION)


def test_each_direction_of_a_border_has_its_own_hours_and_side_of_its_range() -> None:
    rows = [border("A", "B", 10), border("B", "A", 40), *both("B", "C", 5), *both("C", "outside", 1)]
    rows[0] = rows[0].model_copy(update={"hours_low": 8.0, "hours_high": 30.0, "fee_usd": 100.0})
    rows[0] = rows[0].model_copy(update={"fee_low_usd": 50.0, "fee_high_usd": 400.0})
    found = read_borders(rows, ECONOMIES, REGION)
    seen = replace(context(), borders=found)
    for place, hours, fee in ((-1.0, 8, 50), (0.0, 10, 100), (1.0, 30, 400)):
        seen.inputs.used["border_hours"] = np.full(DRAWS, place)
        burden = border_burden(seen)[0]
        assert burden[at("A", "B")] == pytest.approx(hours / 24 * DAY + fee / TRUCK)
    seen.inputs.used["border_hours"] = np.zeros(DRAWS)
    burden = border_burden(seen)[0]
    assert burden[at("B", "A")] == pytest.approx(40 / 24 * DAY)
    assert burden[at("B", "A")] > burden[at("A", "B")]


def test_with_equal_hours_the_way_with_fewer_borders_wins() -> None:
    rows = [*both("A", "B", 6), *both("B", "C", 6), *both("A", "C", 12), *both("C", "outside", 1)]
    found = read_borders(rows, ECONOMIES, REGION)
    seen = replace(context(), borders=found)
    crossed = found.crossed.toarray()[at("A", "C")[0] * len(ECONOMIES) + at("A", "C")[1]]
    assert crossed.sum() == 1
    assert border_burden(seen)[0][at("A", "C")] == pytest.approx(12 / 24 * DAY)


def test_members_of_the_wto_gain_nothing_from_what_they_have() -> None:
    measure = agreement("wto", members=("A", "B"), partners=("world",))
    assert costs(measure)[at("A", "C")] == 1, "both were members before"
    assert costs(measure, depth=0.25)[at("B", "OUT")] ** -THETA == pytest.approx(np.exp(0.75 * 0.4))


def test_measures_of_one_channel_add_up() -> None:
    zone = FreeZone(**common(kind="free_zone", hosts=("B",), partners=("C",), share=own(0.5)))
    free = np.exp(THETA * 2 * DAY)
    assert costs(zone, zone)[at("B", "C")] == pytest.approx((0.75 * free + 0.25) ** (-1 / THETA))
    invest = Investment(
        **common(
            kind="investment", owners=("OUT",), hosts=("A",), effect=Effect(parameter="b"), depth=own(0.5)
        )
    )
    skills = Skills(**common(kind="skills", economies=("A",), growth=own(0.02)))
    change = shock([("a", invest), ("b", invest), ("c", skills), ("d", skills)], context())
    assert change.openness is not None
    assert change.labour is not None
    assert change.openness[0][at("OUT", "A")] ** EPSILON == pytest.approx(np.exp(0.4))
    assert change.labour[0][0] == pytest.approx(1.02**2)


def test_an_unknown_distribution_is_refused_before_anything_runs() -> None:
    with pytest.raises(UnknownNameError):
        Uncertain("x", 1.0, 0.0, 2.0, "gaussian")
