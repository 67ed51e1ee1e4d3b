"""The chain from the network through the equilibrium and back: closed forms, loops, differences, limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from corridor_worlds import CARGO, ECONOMIES, LINKS, VALUES, coupling, network, transport, way
from serai.corridors import path_costs
from serai.equilibrium import Shock, solve
from serai.scenario.coupling import Coupling, bottlenecks, couple, exact_values, link_values
from serai.scenario.transport import EdgeChange, Transport

Array = np.ndarray[Any, Any]
WORLD = np.ones(len(ECONOMIES))


def edge(name: str) -> int:
    return network().graph.names.index(name)


def left(world: Coupling, hours: dict[str, float], usd: dict[str, float] | None = None) -> EdgeChange:
    """What is left of hours and money of some edges."""
    change = world.unchanged()
    for table, cuts in ((change.hours, hours), (change.usd, usd or {})):
        for name, share in cuts.items():
            table[0, edge(name)] = share
    return change


def outcome(world: Coupling, weights: Array, change: EdgeChange) -> float:
    return float(weights @ np.log(world.solve(change).real_income))


def test_the_gain_of_goods_is_a_plain_sum_over_classes_and_routes() -> None:
    world = coupling()
    change = left(world, {"A-C rail A>C": 0.5, "B-C road B>C": 1.4}, {"A-C rail A>C": 0.8})
    found, at = world.way.transport, world.way.transport.network
    theta, psi = 5.0, 8.0
    expected = np.ones((4, 4))
    for c, share in zip(CARGO, (0.6, 0.3), strict=True):
        before = path_costs(found.routes, np.where(at.open, c.cost(at.usd, at.hours, at.hours_sd), np.inf))
        hours, usd = at.hours * change.hours[0], at.usd * change.usd[0]
        after = path_costs(found.routes, np.where(at.open, c.cost(usd, hours, hours * 0.5), np.inf))
        size = found.sizes[CARGO.index(c)]
        for p, (a, b) in enumerate(found.routes.pairs):
            mine = slice(found.routes.first[p], found.routes.first[p + 1])
            s = size[mine] * np.exp(-psi * before[mine])
            moved = np.zeros(len(s))
            fine = np.isfinite(before[mine])
            moved[fine] = after[mine][fine] - before[mine][fine]
            t = (s / s.sum() * np.exp(-psi * moved)).sum() ** (-1 / psi)
            expected[a, b] += share * (t**-theta - 1)
    np.testing.assert_allclose(world.way.gain(change, np.array([theta]))[0], expected, rtol=1e-12)
    cost = (world.goods * expected + 1 - world.goods) ** (-1 / theta)
    np.testing.assert_allclose(world.trade_cost(change), cost, rtol=1e-12)


def test_draws_give_the_numbers_of_each_alone() -> None:
    found = transport()
    together = way(found, 3)
    hours, usd = np.ones((2, 3, found.edges))
    hours[:, 2:6] = np.array([0.5, 0.7, 1.2])[:, np.newaxis]
    usd[:, 10] = np.array([0.9, 1.0, 0.2])
    opened = found.network.of(["bridge"])
    theta = np.array([4.0, 5.0, 6.0])
    gain = together.gain(EdgeChange(hours, usd, opened, np.zeros(found.edges)), theta)
    for n in range(3):
        alone = replace(
            together,
            hours=together.hours[:, [n]],
            eta=together.eta[[n]],
            alike=together.alike[[n]],
            fees=together.fees[[n]],
            values=together.values[:, [n]],
            day=together.day[[n]],
            entry=tuple(entry[:, [n]] for entry in together.entry),
            between=tuple(nests[:, [n]] for nests in together.between),
        )
        one = alone.gain(EdgeChange(hours[[n]], usd[[n]], opened, np.zeros(found.edges)), theta[[n]])
        np.testing.assert_allclose(gain[n], one[0], rtol=1e-12)
    assert (gain > 1).sum() > 10


def test_weights_of_open_routes_add_up_to_one_and_closed_ones_wait() -> None:
    found = transport()
    shut = found.shut(EdgeChange.none(1, found.edges))
    assert shut.any()
    for entry in way(found, 2).entry:
        total = np.add.reduceat(np.where(shut[:, np.newaxis], 0, entry), found.routes.first[:-1], axis=0)
        np.testing.assert_allclose(total, 1, rtol=1e-12)
        assert (entry[shut] > 0).all()


def test_opening_the_bridge_adds_its_share_and_nothing_closes_twice() -> None:
    world = coupling()
    opened = replace(world.unchanged(), opened=network().of(["bridge"]))
    shut = world.way.transport.shut(world.unchanged())
    routes = world.way.transport.routes
    for c, cost in enumerate(world.way.log_cost(opened)):
        entering = np.add.reduceat(np.where(shut, world.way.entry[c][:, 0], 0), routes.first[:-1])
        np.testing.assert_allclose(cost[:, 0], -np.log1p(entering) / 8.0, rtol=1e-12)
        assert (cost <= 0).all()
    for share in world.way.shares(opened):
        np.testing.assert_allclose(np.add.reduceat(share[:, 0], routes.first[:-1]), 1, rtol=1e-12)
    assert (world.trade_cost(opened) <= 1).all()
    assert world.trade_cost(opened)[1, 3] < 1


def test_hulten_without_congestion() -> None:
    """World weights, fixed wealth: the worth of an edge is its traffic, to nine digits."""
    world = coupling()
    slopes = link_values(world, WORLD).slopes
    carried = world.on_edges(world.unchanged(), world.baseline.trade)
    busy = carried > 1e-6 * carried.max()
    assert busy.sum() > 15
    np.testing.assert_allclose(-slopes[busy] / carried[busy], 1, rtol=1e-9)


def test_hulten_fails_with_congestion() -> None:
    world = coupling(capacity=1e5)
    carried = world.tonnes(world.unchanged(), world.baseline.trade)[edge("A-C rail A>C")]
    assert 0.2 < carried / 1e5 < 5
    weights = link_values(world, WORLD).weights
    step = 1e-3

    def worth(share: float, congestion: bool) -> float:
        found = couple(world, left(world, {"A-C rail A>C": share}), congestion=congestion)
        return float(weights @ np.log(found.equilibrium.real_income))

    hour = link_values(world, WORLD).hour[edge("A-C rail A>C")] * HOURS_AC
    ratio = {
        congestion: (worth(1 - step, congestion) - worth(1 + step, congestion)) / (2 * step) / hour
        for congestion in (False, True)
    }
    assert ratio[False] == pytest.approx(1, abs=1e-6)
    assert ratio[True] < 0.99


HOURS_AC = 90.0


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
@pytest.mark.parametrize("deficits", ["fixed", "proportional"])
def test_the_adjoint_is_the_central_difference_of_the_whole_chain(wealth: Any, deficits: Any) -> None:
    """Network, route choice and equilibrium, at a network that has changed already."""
    world = coupling(wealth=wealth, deficits=deficits)
    at = left(world, {"B-C road B>C": 0.6, "A-B road A>B": 1.3}, {"C-D road C>D": 0.7})
    at = replace(at, opened=network().of(["bridge"]))
    values = link_values(world, ("B", "D"), change=at)
    assert (values.weights[[0, 2]] == 0).all()
    step = 1e-4
    for name in ("A-C rail A>C", "B-C road B>C", "D-A road A>D", "B-D rail D>B"):
        place = edge(name)
        for field, worth, size in (("hours", values.hour, 90.0), ("usd", values.dollar, 45.0)):
            found = []
            for side in (1 - step, 1 + step):
                table = getattr(at, field).copy()
                table[0, place] *= side
                found.append(outcome(world, values.weights, replace(at, **{field: table})))
            size = getattr(world.way.transport.network, field)[place] * getattr(at, field)[0, place]
            slope = (found[0] - found[1]) / (2 * step * size)
            assert worth[place] == pytest.approx(slope, rel=1e-6, abs=1e-9 * abs(worth).max())


def test_whole_worth_is_hours_and_money_together() -> None:
    world = coupling()
    values = link_values(world, "A")
    at = world.way.transport.network
    np.testing.assert_allclose(values.whole, values.hour * at.hours + values.dollar * at.usd)
    assert values.whole[at.open].min() > 0
    assert (values.whole[~at.open] == 0).all(), "a closed edge carries nothing"


def test_exact_values_meet_the_slopes_for_small_changes_and_exceed_them_for_large() -> None:
    world = coupling()
    values = link_values(world, WORLD)
    mine = np.array([edge("A-C rail A>C"), edge("A-C rail C>A")])
    near, far = exact_values(values, [mine], left=0.999)[0], exact_values(values, [mine])[0]
    slope = values.whole[mine].sum()
    assert near == pytest.approx(slope * 1e-3, rel=2e-3)
    assert far > 1.2 * slope, "routes move to what is free"


def test_without_a_change_nothing_moves() -> None:
    world = coupling(capacity=1e5)
    same = couple(world, world.unchanged())
    np.testing.assert_allclose(same.trade_cost, 1, rtol=1e-12)
    np.testing.assert_allclose(same.equilibrium.real_income, 1, rtol=1e-9)
    base = world.tonnes(world.unchanged(), world.baseline.trade)
    np.testing.assert_allclose(same.tonnes, base, rtol=1e-8)


def test_traffic_and_costs_agree_with_congestion() -> None:
    world = coupling(capacity=1e5)
    cheaper = left(world, {"A-C rail A>C": 0.3, "A-C rail C>A": 0.3})
    base = world.tonnes(world.unchanged(), world.baseline.trade)
    found, free = couple(world, cheaper), couple(world, cheaper, congestion=False)
    for name in ("A-C rail A>C", "A-C rail C>A"):
        e = edge(name)
        curve = [1 + 0.15 * (t / 1e5) ** 4 for t in (found.tonnes[e], base[e])]
        assert found.change.hours[0, e] / 0.3 == pytest.approx(curve[0] / curve[1], rel=1e-8)
        assert found.change.hours[0, e] > 0.3 * 1.001
        assert base[e] < found.tonnes[e] < free.tonnes[e]
    again = world.tonnes(found.change, found.equilibrium.trade)
    np.testing.assert_allclose(again, found.tonnes, rtol=1e-12)
    np.testing.assert_allclose(found.trade_cost, world.trade_cost(found.change), rtol=1e-12)
    alone = solve(world.baseline, Shock(trade_cost=found.trade_cost))
    np.testing.assert_allclose(found.equilibrium.trade, alone.trade, rtol=1e-9)


def test_tonnes_are_money_over_value() -> None:
    world = coupling()
    money = world.on_edges(world.unchanged(), world.baseline.trade)
    tonnes = world.tonnes(world.unchanged(), world.baseline.trade)
    np.testing.assert_allclose(tonnes, money[0] * 1e6 / 5000 + money[1] * 1e6 / 400, rtol=1e-12)
    sent = (world.baseline.trade * world.goods * 0.6)[0, 1:].sum()
    out = [n for n in range(len(tonnes)) if world.way.transport.network.graph.tail[n] == 0]
    back = [n for n in range(len(tonnes)) if world.way.transport.network.graph.head[n] == 0]
    arrived = (world.baseline.trade * world.goods * 0.6)[1:, 0].sum()
    through = money[0][out].sum() - sent
    assert through == pytest.approx(money[0][back].sum() - arrived, rel=1e-9), "what comes through leaves"


def test_scope_and_touching_leave_other_trade_alone() -> None:
    bridge = np.zeros(network().graph.edges, dtype=bool)
    bridge[edge("A-B road A>B")] = True
    few = transport(scope=bridge, psi=40.0)
    assert 0 < len(few.routes.pairs) < len(transport().routes.pairs)
    pairs = {(int(a), int(b)) for a, b in few.routes.pairs}
    assert (0, 1) in pairs
    assert (1, 0) not in pairs
    mine = transport(touching=("A",))
    assert {0} == set.intersection(*({int(a), int(b)} for a, b in mine.routes.pairs))


def test_bottlenecks_join_both_directions() -> None:
    names, groups = bottlenecks(transport())
    assert names[:2] == ["post-0", "post-1"]
    assert [len(g) for g in groups] == [2] * len(LINKS)
    table = link_values(coupling(), WORLD).tidy()
    assert table["worth_usd_m"].is_monotonic_decreasing
    values = link_values(coupling(), WORLD)
    row = table.set_index("name").loc["post-5"]
    assert row["worth_usd_m"] == pytest.approx(values.whole[10:12].sum())
    assert row["hour_usd_m"] == pytest.approx(values.hour[10:12].sum())


def test_an_outcome_is_a_name_names_factors_or_an_array() -> None:
    world = coupling()
    one = link_values(world, "B").weights
    np.testing.assert_array_equal(one, link_values(world, {"B": 1.0}).weights)
    np.testing.assert_array_equal(one, link_values(world, np.array([0.0, 1, 0, 0])).weights)
    spent = world.baseline.expenditure[1] - 0.4 * world.baseline.output[1]
    assert one[1] == pytest.approx(spent)
    with pytest.raises(LookupError, match="economy"):
        link_values(world, "E")


def test_an_economy_that_cannot_send_has_no_pairs_and_its_costs_stay() -> None:
    lonely = network()
    lonely = replace(lonely, open=lonely.open & (lonely.graph.tail != 3))
    shares = np.full((2, 4, 4), 0.5)
    made = Transport.of(lonely, ECONOMIES, CARGO, VALUES, shares, psi=8.0, k=2, overlap=1.0)
    assert {int(a) for a, _ in made.routes.pairs} == {0, 1, 2}
    hours = np.full((1, made.edges), 0.5)
    gain = way(made).gain(
        EdgeChange(hours, hours, np.zeros(made.edges, dtype=bool), np.zeros(made.edges)), np.array([5.0])
    )
    np.testing.assert_array_equal(gain[0, 3], 1)
    assert (gain[0, :3, 3] > 1).all()
