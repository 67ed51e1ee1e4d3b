"""Routing over all walks: closed forms, dense algebra, walks counted one by one, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor_networks import Array, graph_of, networks, planar
from serai.corridors import DenseRouting, Graph, distances
from serai.errors import InputError


def dense(graph: Graph, cost: Array, psi: float) -> tuple[Array, Array]:
    """A and M as full matrices."""
    a = np.zeros((graph.nodes, graph.nodes))
    np.add.at(a, (graph.tail, graph.head), np.exp(-psi * cost))
    return a, np.linalg.inv(np.eye(graph.nodes) - a)


def test_two_nodes_in_closed_form() -> None:
    """M = 1 / (1 - ab) [[1, a], [b, 1]]."""
    graph, psi = graph_of(2, [(0, 1), (1, 0)]), 4.0
    cost = np.array([0.5, 0.3])
    a, b = np.exp(-psi * cost)
    routing = DenseRouting.of(graph, cost, psi)
    m = np.array([[1, a], [b, 1]]) / (1 - a * b)
    np.testing.assert_allclose(routing.costs([0, 1]), -np.log(m) / psi, rtol=1e-13, atol=1e-15)
    flow = np.array([[0.0, 10.0], [0.0, 0.0]])
    there = 10 * m[0, 0] * a * m[1, 1] / m[0, 1]
    back = 10 * m[0, 1] * b * m[0, 1] / m[0, 1]
    np.testing.assert_allclose(routing.traffic([0, 1], flow), [there, back], rtol=1e-13)


@given(networks(), st.floats(3, 20))
def test_sparse_is_dense(network: tuple[Graph, Array], psi: float) -> None:
    graph, cost = network
    cost = cost + 1
    _, m = dense(graph, cost, psi)
    hubs = np.arange(graph.nodes)
    routing = DenseRouting.of(graph, cost, psi)
    found = np.exp(-psi * routing.costs(hubs))
    np.testing.assert_allclose(found, np.where(m > 1e-300, m, 0), rtol=1e-12, atol=1e-13)
    flows = np.where(m > 1e-9, np.linspace(1, 2, m.size).reshape(m.shape), 0)
    ratio = np.divide(flows, m, out=np.zeros_like(m), where=flows > 0)
    carried = np.exp(-psi * cost) * (m.T @ ratio @ m.T)[graph.tail, graph.head]
    np.testing.assert_allclose(routing.traffic(hubs, flows), carried, rtol=1e-9, atol=1e-12)


def test_a_map_of_400_places_is_dense_algebra_to_twelve_digits() -> None:
    graph, cost = planar(400, 2000)
    cost, psi = cost + 0.5, 8.0
    _, m = dense(graph, cost, psi)
    hubs = np.arange(0, 400, 13)
    np.testing.assert_allclose(
        DenseRouting.of(graph, cost, psi).costs(hubs),
        -np.log(m[np.ix_(hubs, hubs)]) / psi,
        rtol=1e-12,
        atol=1e-12,
    )


@given(networks(5, 12))
def test_it_counts_every_walk(network: tuple[Graph, Array]) -> None:
    graph, cost = network
    a, _ = dense(graph, cost + 1, 5.0)
    total, power = np.eye(graph.nodes), np.eye(graph.nodes)
    for _ in range(200):
        power = power @ a
        total += power
    found = np.exp(-5.0 * DenseRouting.of(graph, cost + 1, 5.0).costs(np.arange(graph.nodes)))
    np.testing.assert_allclose(found, total, rtol=1e-10, atol=1e-14)


def test_a_large_elasticity_is_dijkstra() -> None:
    graph, cost = planar(60, 300, seed=3)
    cost = cost + 0.1
    hubs = np.arange(0, 60, 7)
    found = DenseRouting.of(graph, cost, 120.0).costs(hubs)
    np.testing.assert_allclose(found, distances(graph, cost, hubs, hubs), atol=0.02)


def test_what_leaves_an_origin_arrives() -> None:
    """Net of what comes back, each pair's flow leaves its origin once and reaches its destination once."""
    graph, cost = planar(80, 400, seed=2)
    hubs = np.array([0, 40, 79])
    flows = np.array([[0.0, 5.0, 1.0], [2.0, 0.0, 3.0], [4.0, 1.0, 0.0]])
    carried = DenseRouting.of(graph, cost + 1, 6.0).traffic(hubs, flows)
    net = graph.incidence() @ carried
    expected = np.zeros(graph.nodes)
    expected[hubs] = flows.sum(axis=0) - flows.sum(axis=1)
    np.testing.assert_allclose(net, expected, atol=1e-10)


@pytest.mark.parametrize("size", [3, 100])
def test_a_spectral_radius_of_one_or_more_names_the_edges_that_make_it(size: int) -> None:
    """A cheap circle between two places among dear edges."""
    ring = [(n, (n + 1) % size) for n in range(size)]
    graph = graph_of(size, [*ring, (1, 0)])
    cost = np.full(size + 1, 3.0)
    cost[[0, size]] = 0.0  # there and back for nothing: the walks never end
    with pytest.raises(InputError, match="spectral radius is 1") as caught:
        DenseRouting.of(graph, cost, 2.0)
    assert {problem.row for problem in caught.value.problems[:2]} == {"e0", f"e{size}"}
    cost[[0, size]] = 0.2
    DenseRouting.of(graph, cost, 2.0)


def test_a_radius_above_one_is_refused_although_the_matrix_can_be_inverted() -> None:
    graph = graph_of(3, [(a, b) for a in range(3) for b in range(3) if a != b])
    with pytest.raises(InputError, match=r"spectral radius is 1\.64"):
        DenseRouting.of(graph, np.full(6, 0.1), 2.0)  # 2 exp(-0.2)


def test_a_corridor_graph_with_costs_near_one_is_refused() -> None:
    graph, cost = planar(50, 250)
    with pytest.raises(InputError, match="use `k_paths` and `Choice`"):
        DenseRouting.of(graph, np.log1p(cost / 10), 8.0)


def test_no_route_and_no_elasticity() -> None:
    graph = Graph(3, [0], [1], ("a",), ("Osh", "Kashgar", "Navoi"))
    routing = DenseRouting.of(graph, [1.0], 4.0)
    assert routing.costs([0, 2])[0, 1] == np.inf
    with pytest.raises(InputError, match="Osh > Navoi: goods flow but no route leads there"):
        routing.traffic([0, 2], [[0.0, 1.0], [0.0, 0.0]])
    for psi in (0.0, np.inf):
        with pytest.raises(InputError, match="not positive and finite"):
            DenseRouting.of(graph, [1.0], psi)
