"""Routes alike: nests of means, goods that pay less by rail, and what a new line brings beside time saved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor_networks import graph_of
from corridor_worlds import CARGO, ECONOMIES, LINKS, coupling, network, transport, way
from differences import central_slope
from serai.corridors import Choice, Routes, path_costs
from serai.corridors.nests import main_means
from serai.errors import UnknownNameError
from serai.scenario.coupling import Coupling, link_values
from serai.scenario.openings import opening_values
from serai.scenario.passage import _Closed, _Routes
from serai.scenario.transport import EdgeChange, Transport, Way

Array = np.ndarray[Any, Any]
ALIKE = 0.3
BULK = (CARGO[0], replace(CARGO[1], rail_rate=0.4))


def hauls() -> Transport:
    """Roads and railways as different means; ores pay 40 % of the rate of containers by rail."""
    return transport(kind="haul", cargo=BULK)


def some_change(found: Transport) -> EdgeChange:
    hours, usd = np.ones((2, 1, found.edges))
    hours[0, [0, 5, 9]] = 0.6, 1.3, 0.8
    usd[0, [2, 10, 11]] = 0.7, 0.5, 1.2
    return EdgeChange(hours, usd, found.network.of(["bridge"]), np.zeros(found.edges))


def rival(found: Way, c: int, change: EdgeChange) -> tuple[Array, Array]:
    """Shares after and log change of cost of class c by `Choice` on costs of edges, path by path."""
    transport, at, kind = found.transport, found.transport.network, found.transport.cargo[c]
    routes, hours, usd = transport.routes, at.hours * change.hours[0], at.usd * change.usd[0]
    rate = np.where(at.on_rails, kind.rail_rate, 1)
    whole = kind.cost(at.usd * rate, at.hours, at.hours * at.variation)
    before = np.where(at.open, whole, np.inf)
    after = np.where(at.open | change.opened, kind.cost(usd * rate, hours, hours * at.variation), np.inf)
    choice = Choice.of(
        routes,
        whole,
        float(found.psi[0]),
        closed=~at.open,
        nest=main_means(at, routes),
        eta=float(found.eta[0]),
    )
    old, new = path_costs(routes, before), path_costs(routes, after)
    return choice.shares(new), choice.hat_cost(old, new)


def test_nests_are_those_of_another_implementation() -> None:
    """Route shares and costs of pairs after changes, for goods of both kinds."""
    found = hauls()
    ours = way(found, alike=ALIKE)
    assert len(found.nests) - 1 > len(found.routes.pairs), "some pairs have two means"
    change = some_change(found)
    for c in range(len(CARGO)):
        shares, costs = rival(ours, c, change)
        np.testing.assert_allclose(ours.shares(change)[c][:, 0], shares, rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(ours.log_cost(change)[c][:, 0], costs, rtol=1e-9, atol=1e-12)


def test_routes_of_a_nest_lie_side_by_side() -> None:
    found = hauls()
    means = main_means(found.network, found.routes)
    for nest in range(len(found.nests) - 1):
        mine = slice(found.nests[nest], found.nests[nest + 1])
        assert len(set(means[mine])) == 1
        assert len(set(found.routes.pair[mine])) == 1
    assert (np.diff(found.routes.pair) >= 0).all()
    for pair in range(len(found.routes.pairs)):
        mine = slice(found.first_nest[pair], found.first_nest[pair + 1])
        starts = found.nests[:-1][mine]
        assert (found.routes.pair[starts] == pair).all()


def test_draws_give_the_numbers_of_each_alone() -> None:
    found, change = hauls(), some_change(hauls())
    together = way(found, 3, alike=ALIKE)
    wide = EdgeChange(
        np.repeat(change.hours, 3, axis=0), np.repeat(change.usd, 3, axis=0), change.opened, change.room
    )
    gain = together.gain(wide, np.array([4.0, 5.0, 6.0]))
    for n in range(3):
        alone = Way.of(
            found,
            together.hours[:, [n]].T,
            together.eta[[n]],
            together.values[:, [n]].T,
            together.day[[n]],
            together.alike[[n]],
        )
        np.testing.assert_allclose(alone.gain(change, np.array([4.0 + n]))[0], gain[n], rtol=1e-12)


def test_one_means_is_one_nest() -> None:
    """Borders alone have no means: any dissimilarity gives the logit at the elasticity inside."""
    found = transport()
    sharp = Way.of(found, found.network.hours[np.newaxis], *parts(8.0 / ALIKE))
    nested = Way.of(found, found.network.hours[np.newaxis], *parts(8.0), np.array([ALIKE]))
    for ours, theirs in zip(nested.shares(some_change(found)), sharp.shares(some_change(found)), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def parts(eta: float) -> tuple[Array, Array, Array]:
    return np.array([eta]), np.array([[c.value_usd_per_tonne for c in CARGO]]), np.ones(1)


def test_money_by_rail_is_less_for_bulk_and_only_on_rails() -> None:
    at = network(kind="haul")
    rail = np.array([LINKS[n].endswith("rail") for n in at.link])
    np.testing.assert_array_equal(at.on_rails, rail)
    np.testing.assert_allclose(at.money(BULK[1]), np.where(rail, 0.4, 1) * at.usd)
    np.testing.assert_array_equal(at.money(BULK[0]), at.usd)
    assert not network(kind="border").on_rails.any()


@pytest.mark.parametrize("what", ["hours", "usd"])
def test_the_worth_of_edges_is_the_central_difference_with_nests_and_rates(what: str) -> None:
    world = coupling(routes=hauls(), alike=ALIKE)
    weights = np.array([1.0, 2.0, 0.5, 1.0])
    values = link_values(world, weights)
    at = world.way.transport.network
    for edge in (0, 4, 10, 11):  # roads, and the railway both ways

        def log_income(share: float, edge: int = edge) -> float:
            change = world.unchanged()
            getattr(change, what)[0, edge] = share
            return float(values.weights @ np.log(world.solve(change).real_income))

        per, size = (values.hour, at.hours) if what == "hours" else (values.dollar, at.usd)
        assert -central_slope(log_income) == pytest.approx(float(per[edge] * size[edge]), rel=2e-8)


@given(st.floats(0.01, 1), st.floats(1, 40), st.floats(0.05, 2))
def test_a_second_route_just_like_the_first_brings_little_and_at_last_nothing(
    alike: float, eta: float, cost: float
) -> None:
    graph = graph_of(2, [(0, 1), (0, 1)])
    routes = Routes.of(graph, [(0, 1)], [[[0], [1]]])
    choice = Choice.of(routes, [cost, cost], eta / alike, closed=[False, True], nest=[0, 0], eta=eta)
    moved = float(choice.hat_cost([cost, np.inf], [cost, cost])[0])
    assert moved == pytest.approx(-alike * np.log(2) / eta, rel=1e-6)


@given(st.floats(0.05, 1), st.floats(-0.3, 0.5))
def test_a_second_means_never_makes_what_was_there_dearer(alike: float, dearer: float) -> None:
    """Opening a railway beside a road: the pair gains, and nothing when it is far too dear."""
    graph = graph_of(2, [(0, 1), (0, 1)])
    routes = Routes.of(graph, [(0, 1)], [[[0], [1]]])
    cost = np.array([0.5, 0.5 + dearer])
    choice = Choice.of(routes, cost, 12.0 / alike, closed=[False, True], nest=[0, 1], eta=12.0)
    moved = float(choice.hat_cost([cost[0], np.inf], cost)[0])
    assert min(dearer, 0) - np.log(2) / 12 - 1e-12 <= moved < 0


def opened_bridge(alike: float = ALIKE) -> Coupling:
    return coupling(routes=hauls(), alike=alike)


def test_the_worth_of_an_opening_is_time_saved_and_choice() -> None:
    world = opened_bridge()
    (found,) = opening_values(world, list(ECONOMIES.names), ["bridge"])
    change = replace(world.unchanged(), opened=network().of(["bridge"]))
    gain = world.solve(change).real_income - 1
    weights = link_values(world, list(ECONOMIES.names)).weights
    assert found.worth == pytest.approx(float(weights @ gain), rel=1e-9)
    assert found.saved > 0
    assert found.worth == found.saved + found.choice
    least = world.way.least_cost(change)
    for c, cost in enumerate(least):
        routes, kind = world.way.transport.routes, BULK[c]
        at = world.way.transport.network
        whole = kind.cost(at.money(kind), at.hours, at.hours * at.variation)
        old, new = (
            path_costs(routes, np.where(on, whole, np.inf)) for on in (at.open, at.open | change.opened)
        )
        expected = [
            new[a:b].min() - old[a:b].min() for a, b in zip(routes.first[:-1], routes.first[1:], strict=True)
        ]
        np.testing.assert_allclose(cost[:, 0], expected, atol=1e-12)
        assert (cost <= 0).all()


def test_with_sharp_elasticities_only_time_and_money_are_left() -> None:
    sharp = coupling(routes=hauls())
    sharp = replace(sharp, way=Way.of(hauls(), network().hours[np.newaxis], *parts(1000.0)))
    (found,) = opening_values(sharp, "D", ["bridge"])
    assert found.choice == pytest.approx(0, abs=2e-2 * found.saved)


def test_a_project_without_routes_is_refused() -> None:
    world = coupling(routes=transport(kind="haul", projects=()))
    with pytest.raises(UnknownNameError, match="bridge"):
        opening_values(world, "A", ["bridge"])


def test_closing_somebody_s_land_leaves_the_nests_that_remain() -> None:
    """What is left of each pair without the railway A-C, by another implementation on costs of edges."""
    world = coupling(routes=hauls(), alike=ALIKE)
    found, at = world.way.transport, world.way.transport.network
    ours = _Routes.of(world, [0, 1, 2, 3])
    edges = at.of(["A-C rail"])
    closed = _Closed(edges, np.asarray(found.routes.uses @ edges.astype(float) > 0))
    for c, kind in enumerate(found.cargo):
        whole = kind.cost(at.money(kind), at.hours, at.hours * at.variation)
        before = np.where(at.open, whole, np.inf)
        choice = Choice.of(
            found.routes,
            whole,
            float(world.way.psi[0]),
            closed=~at.open,
            nest=main_means(at, found.routes),
            eta=float(world.way.eta[0]),
        )
        old, new = (path_costs(found.routes, np.where(shut, np.inf, before)) for shut in (False, edges))
        left = np.exp(-float(world.way.eta[0]) * choice.hat_cost(old, new))
        np.testing.assert_allclose(ours._left(closed)[c], left, rtol=1e-9)
        np.testing.assert_allclose(
            ours.log_sum[c], -float(world.way.eta[0]) * choice._levels(old)[0], rtol=1e-9
        )
