"""Measures become shocks: each against what can be worked out by hand, and how they compose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from serai.axes import Axis
from serai.corridors.costs import Cargo
from serai.draws import Draws, Uncertain
from serai.errors import InputError, UnknownNameError
from serai.records.scenario import (
    Agreement,
    BorderHours,
    Customs,
    Effect,
    FreeZone,
    Investment,
    People,
    Productivity,
    Skills,
)
from serai.scenario.borders import border_hubs, border_network
from serai.scenario.context import Context, Inputs, Names
from serai.scenario.measures import shock
from serai.scenario.transport import Transport, Way
from serai.study import Border

ECONOMIES = Axis("economy", ("A", "B", "C", "OUT", "FAR"))
REGION = ("A", "B", "C")
THETA, EPSILON, DAY, TRUCK, LOAD = 5.0, 3.0, 0.013, 40_000.0, 20.0
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


RATES = {"tonnes_per_truck": LOAD, "border_time_cv": 0.0, "tonnes_per_teu": 10.0}
ANYTHING = Cargo("goods", "Goods", (), TRUCK / LOAD, DAY, 0.4, True, True)


def rate(name: str) -> Uncertain:
    return Uncertain(name, RATES[name])


def way(rows: list[Border] = ROWS, hours: Any = None) -> Way:
    """All goods are of one class, worth 40,000 USD a truck; hours (DRAWS, B) or those of the rows."""
    network = border_network(rows, ECONOMIES, REGION, rate)
    origins, destinations = border_hubs(network, ECONOMIES)
    transport = Transport.of(
        network,
        ECONOMIES,
        [ANYTHING],
        [Uncertain("goods", TRUCK / LOAD)],
        np.ones((1, len(ECONOMIES), len(ECONOMIES))),
        psi=10.0,
        k=1,
        overlap=1.0,
        touching=REGION,
        origins=origins,
        destinations=destinations,
    )
    drawn = np.tile(network.hours, (DRAWS, 1)) if hours is None else hours
    return Way.of(transport, drawn, np.full(DRAWS, 10.0), np.full((DRAWS, 1), TRUCK / LOAD), np.ones(DRAWS))


def context(goods: float = 1.0, depth: float = 0.0, rows: list[Border] = ROWS) -> Context:
    table = {
        name: Uncertain(name, value)
        for name, value in {"trade_elasticity": THETA, "capital_elasticity": EPSILON, "b": 0.4}.items()
    }
    inputs = Inputs(Draws(DRAWS, 1), table)
    size = len(ECONOMIES)
    names = Names(ECONOMIES, {"region": REGION, "world": tuple(ECONOMIES), "outside_region": ("OUT", "FAR")})
    members = {"wto_members": np.array([1.0, 0, 1, 1, 0])}
    shares = np.full((size, size), goods)
    deep = np.full((DRAWS, size, size), depth)
    return Context(names, shares, way(rows), ("OUT", "outside"), deep, members, inputs)


def own(value: float) -> Effect:
    return Effect(value=value, unit="share", source="assumed")


def common(**fields: Any) -> dict[str, Any]:
    return {"name": "a measure", "feasibility": "possible", **fields}


def cut(share: float, **fields: Any) -> BorderHours:
    return BorderHours(**common(kind="border_hours", between=("region",), cut=own(share), **fields))


def costs(*measures: Any, **world: Any) -> np.ndarray[Any, Any]:
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


def burden(**world: Any) -> np.ndarray[Any, Any]:
    """What all borders on the way cost: what taking them all away saves, as a log."""
    return -np.log(costs(cut(1.0, also=("region", "outside")), **world))


def test_the_burden_adds_hours_and_fees_over_every_border_on_the_way() -> None:
    found = burden()
    assert found[at("A", "B")] == pytest.approx(DAY + 400 / TRUCK)
    assert found[at("A", "C")] == pytest.approx(3 * DAY + 400 / TRUCK)
    assert found[at("B", "OUT")] == pytest.approx(4 * DAY + 400 / TRUCK)
    assert found[at("A", "FAR")] == pytest.approx(3.5 * DAY + 400 / TRUCK)
    assert found[at("OUT", "FAR")] == 0, "no way leads through the region from outside to outside"
    assert np.diagonal(found).sum() == 0


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


def test_outer_borders_are_cut_by_naming_the_outside_or_an_economy() -> None:
    cost = costs(cut(1.0, also=("outside",)))
    assert np.log(cost[at("A", "OUT")]) == pytest.approx(-3 * DAY)
    assert np.log(cost[at("C", "FAR")]) == pytest.approx(-0.5 * DAY)
    assert cost[at("A", "B")] == 1
    one = costs(cut(1.0, also=("OUT",)))
    assert np.log(one[at("A", "OUT")]) == pytest.approx(-3 * DAY)
    assert one[at("C", "FAR")] == 1


def test_a_single_crossing_is_cut_in_the_direction_named() -> None:
    cost = costs(cut(1.0, crossings=("border/A>B",)))
    assert np.log(cost[at("A", "B")]) == pytest.approx(-DAY - 400 / TRUCK)
    assert cost[at("B", "A")] == 1
    with pytest.raises(UnknownNameError, match="border/A>B"):
        costs(cut(1.0, crossings=("border/A>BB",)))


def test_customs_saves_hours_at_all_borders_of_an_economy_and_no_fees() -> None:
    measure = Customs(**common(kind="customs", economies=("B",), cut=own(0.5)))
    cost = costs(measure)
    assert np.log(cost[at("A", "B")]) == pytest.approx(-0.5 * DAY)
    assert np.log(cost[at("A", "C")]) == pytest.approx(-0.5 * 3 * DAY)
    assert cost[at("A", "OUT")] == 1


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


def test_people_exchange_acts_on_skills_and_on_what_both_sides_know() -> None:
    both = People(
        **common(
            kind="people",
            owners=("OUT",),
            hosts=("A", "B"),
            skills=own(0.01),
            investment=own(0.3),
            trade=own(0.4),
            depth=own(0.5),
        )
    )
    change = shock([("p", both)], context())
    assert change.labour is not None
    assert change.openness is not None
    assert change.trade_cost is not None
    np.testing.assert_allclose(change.labour[0], [1.01, 1.01, 1, 1, 1])
    assert change.openness[0][at("OUT", "A")] ** EPSILON == pytest.approx(np.exp(0.5 * 0.3))
    assert change.openness[0][at("A", "OUT")] == 1, "hosts own no more abroad"
    goods = context().goods_share
    for pair in (at("OUT", "B"), at("B", "OUT")):
        part = goods[pair]
        expected = part * np.exp(0.5 * 0.4) + 1 - part
        assert change.trade_cost[0][pair] ** -THETA == pytest.approx(expected)
    assert change.trade_cost[0][at("A", "B")] == change.trade_cost[0][at("OUT", "C")] == 1
    alone = People(**common(kind="people", owners=("OUT",), hosts=("A",), skills=own(0.01)))
    np.testing.assert_array_equal(shock([("p", alone)], context()).openness, 1)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "give `skills`"),
        ({"trade": 0.3}, "`depth` comes"),
        ({"skills": 0.1, "depth": 0.5}, "`depth` comes"),
    ],
)
def test_people_exchange_that_says_half_is_refused(fields: dict[str, float], reason: str) -> None:
    effects = {name: own(value) for name, value in fields.items()}
    with pytest.raises(ValueError, match=reason):
        People(**common(kind="people", owners=("OUT",), hosts=("A",), **effects))


def test_each_crossing_has_its_own_draw_on_the_log_scale_of_its_own_range() -> None:
    rows = [border("A", "B", 10), border("B", "A", 40), *both("B", "C", 5), *both("C", "outside", 1)]
    rows[0] = rows[0].model_copy(update={"hours_low": 8.0, "hours_high": 30.0})
    network = border_network(rows, ECONOMIES, REGION, rate)
    drawn = network.drawn_hours(Draws(4000, 1))
    low, middle, high = np.quantile(drawn[:, 0], [0.1, 0.5, 0.9])
    assert (low, middle, high) == pytest.approx((8, 10, 30), rel=0.05)
    place = np.corrcoef(np.log(drawn[:, [1, 2, 3]]).T)
    assert abs(place[0, 1]) < 0.05, "A-B and B-C move apart"
    assert place[1, 2] == pytest.approx(1), "both directions of B-C move together"


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
        border_network(rows, ECONOMIES, REGION, rate)


def test_each_direction_of_a_border_has_its_own_hours_and_fees() -> None:
    rows = [border("A", "B", 10, 100), border("B", "A", 40), *both("B", "C", 5), *both("C", "outside", 1)]
    found = burden(rows=rows)
    assert found[at("A", "B")] == pytest.approx(10 / 24 * DAY + 100 / TRUCK)
    assert found[at("B", "A")] == pytest.approx(40 / 24 * DAY)


def test_goods_take_the_cheaper_chain_of_borders() -> None:
    rows = [*both("A", "B", 6), *both("B", "C", 6), *both("A", "C", 13), *both("C", "outside", 1)]
    assert burden(rows=rows)[at("A", "C")] == pytest.approx(12 / 24 * DAY)
    rows[4:6] = both("A", "C", 11)
    assert burden(rows=rows)[at("A", "C")] == pytest.approx(11 / 24 * DAY)


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
