"""Paths against networkx, which lists every simple path of a small network."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from corridor_networks import Array, graph_of, joined_pairs, networks, rival
from serai.corridors import Graph, Routes, distances, k_paths
from serai.errors import InputError


@given(networks())
def test_distances_are_those_of_networkx(network: tuple[Graph, Array]) -> None:
    graph, cost = network
    found = distances(graph, cost, np.arange(graph.nodes))
    for origin, lengths in nx.all_pairs_dijkstra_path_length(rival(graph, cost), weight="cost"):
        expected = np.full(graph.nodes, np.inf)
        expected[list(lengths)] = list(lengths.values())
        np.testing.assert_allclose(found[origin], expected, atol=1e-12)


@given(networks(), st.sampled_from([0.0, 0.5, 0.8, 1.0]), st.integers(1, 6))
def test_routes_are_simple_ordered_different_and_start_with_the_shortest(
    network: tuple[Graph, Array], overlap: float, k: int
) -> None:
    graph, cost = network
    pairs = joined_pairs(graph, cost)
    routes = k_paths(graph, cost, pairs, k, overlap=overlap, labels=[np.ones(graph.edges)])
    shortest = distances(graph, cost, [a for a, _ in pairs])
    for p, (origin, destination) in enumerate(pairs):
        mine = [tuple(routes.path(q).tolist()) for q in range(routes.first[p], routes.first[p + 1])]
        every = {
            tuple(edge for _, _, edge in path)
            for path in nx.all_simple_edge_paths(rival(graph, cost), origin, destination)
        }
        assert set(mine) <= every
        assert 1 <= len(mine) <= k
        costs = [cost[list(path)].sum() for path in mine]
        assert costs[0] == pytest.approx(shortest[p, destination], abs=1e-12)
        assert costs == sorted(costs)
        assert len(set(mine)) == len(mine)
        for n, path in enumerate(mine):
            for better, price in zip(mine[:n], costs[:n], strict=True):
                shared = sum(cost[edge] for edge in set(path) & set(better))
                assert shared <= overlap * price + 1e-9


@given(networks())
def test_uses_and_steps_say_the_same(network: tuple[Graph, Array]) -> None:
    graph, cost = network
    routes = k_paths(graph, cost, joined_pairs(graph, cost), 3, overlap=1.0)
    for number in range(routes.paths):
        row = np.zeros(graph.edges)
        row[routes.path(number)] = 1
        np.testing.assert_array_equal(routes.uses[[number]].toarray()[0], row)


def test_a_label_finds_the_way_that_is_never_shortest_in_any_part() -> None:
    """Rail beside a road that is cheaper on every part: only the label lists rail all the way."""
    road = [(0, 1), (1, 2), (2, 3)]
    rail = [(4, 5), (5, 6), (6, 7)]
    change = [(n, n + 4) for n in range(4)] + [(n + 4, n) for n in range(4)]
    graph = graph_of(8, road + rail + change)
    cost = np.array([1.0] * 3 + [1.5] * 3 + [0.1] * 8)
    all_rail = (6, 3, 4, 5, 13)

    def found(labels: list[Array]) -> set[tuple[int, ...]]:
        routes = k_paths(graph, cost, [(0, 3)], 9, overlap=1.0, labels=labels)
        return {tuple(routes.path(k).tolist()) for k in range(routes.paths)}

    assert all_rail not in found([])
    dear_roads = cost * np.array([10.0] * 3 + [1.0] * 11)
    assert all_rail in found([dear_roads])


def test_parallel_edges_are_different_routes_and_the_cheaper_is_first() -> None:
    graph = graph_of(2, [(0, 1), (0, 1)])
    routes = k_paths(graph, [2.0, 1.0], [(0, 1)], 5, overlap=0.5)
    assert [routes.path(k).tolist() for k in range(routes.paths)] == [[1], [0]]


def test_a_closed_edge_is_on_no_route() -> None:
    graph = graph_of(3, [(0, 1), (1, 2), (0, 2)])
    routes = k_paths(graph, [np.inf, 1.0, 5.0], [(0, 2)], 5, overlap=1.0)
    assert [routes.path(k).tolist() for k in range(routes.paths)] == [[2]]


def test_pairs_come_back_in_the_order_given() -> None:
    graph = graph_of(3, [(0, 1), (1, 2), (2, 0)])
    pairs = [(2, 1), (0, 2), (1, 0), (0, 1)]
    routes = k_paths(graph, np.ones(3), pairs, 1, overlap=1.0)
    assert routes.pairs.tolist() == [list(pair) for pair in pairs]
    assert [routes.path(k).tolist() for k in range(4)] == [[2, 0], [0, 1], [1, 2], [0]]


def test_a_pair_without_a_path_is_refused_with_its_places() -> None:
    graph = Graph(3, [0, 1], [1, 0], ("there", "back"), ("Almaty", "Bishkek", "Ashgabat"))
    with pytest.raises(InputError) as caught:
        k_paths(graph, [1.0, 1.0], [(0, 1), (0, 2), (1, 1), (2, 1)], 3, overlap=1.0)
    assert [(problem.row, problem.reason) for problem in caught.value.problems] == [
        ("Bishkek > Bishkek", "a route from a place to itself is no route"),
        ("Almaty > Ashgabat", "no path joins them"),
        ("Ashgabat > Bishkek", "no path joins them"),
    ]


def test_a_negative_or_missing_cost_names_its_edge() -> None:
    graph = graph_of(3, [(0, 1), (1, 2), (0, 2)])
    for bad in (-1.0, np.nan):
        with pytest.raises(InputError, match=r"row e1, cost: the cost is negative or missing"):
            distances(graph, [1.0, bad, 1.0], [0])
    with pytest.raises(InputError, match="label"):
        k_paths(graph, np.ones(3), [(0, 2)], 2, overlap=1.0, labels=[[1.0, -1.0, 1.0]])


def test_a_graph_refuses_what_is_not_an_edge() -> None:
    with pytest.raises(InputError) as caught:
        Graph(2, [0, 1, 1], [1, 1, 5], ("a", "b", "b"))
    reasons = [problem.reason for problem in caught.value.problems]
    assert reasons == [
        "the edge joins a node that does not exist",
        "the edge joins a node to itself",
        "the name is used by two edges",
    ]
    with pytest.raises(InputError, match="2 tails, 1 heads"):
        Graph(2, [0, 1], [1], ("a", "b"))
    with pytest.raises(InputError, match="2 nodes and 1 names"):
        Graph(2, [0], [1], ("a",), ("Osh",))


def test_routes_by_hand_must_join_their_pairs() -> None:
    graph = graph_of(3, [(0, 1), (1, 2), (0, 2)])
    assert Routes.of(graph, [(0, 2)], [[[0, 1], [2]]]).paths == 2
    for broken in ([[1]], [[0]], [[1, 0]]):
        with pytest.raises(InputError, match="a path does not join them"):
            Routes.of(graph, [(0, 2)], [broken])


@given(networks())
def test_incidence_adds_up_along_a_path(network: tuple[Graph, Array]) -> None:
    graph, cost = network
    pairs = joined_pairs(graph, cost)
    assume(pairs)
    routes = k_paths(graph, cost, pairs[:1], 2, overlap=1.0)
    ends = graph.incidence() @ routes.uses[[0]].toarray()[0]
    origin, destination = pairs[0]
    expected = np.zeros(graph.nodes)
    expected[origin], expected[destination] = -1, 1
    np.testing.assert_array_equal(ends, expected)
