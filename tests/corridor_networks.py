"""Small networks for the tests of corridors."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from serai.corridors import Graph

Array = NDArray[np.float64]


def graph_of(nodes: int, edges: list[tuple[int, int]]) -> Graph:
    """A graph with edges called e0, e1, ..."""
    tail, head = zip(*edges, strict=True)
    return Graph(nodes, np.array(tail), np.array(head), tuple(f"e{e}" for e in range(len(edges))))


@st.composite
def networks(draw: st.DrawFn, nodes: int = 7, edges: int = 20) -> tuple[Graph, Array]:
    """A random directed multigraph with costs, some of them zero."""
    size = draw(st.integers(3, nodes))
    node = st.integers(0, size - 1)
    pairs = st.tuples(node, node).filter(lambda pair: pair[0] != pair[1])
    found = draw(st.lists(pairs, min_size=2, max_size=edges))
    cost = draw(
        st.lists(st.one_of(st.just(0.0), st.floats(0.01, 3)), min_size=len(found), max_size=len(found))
    )
    return graph_of(size, found), np.array(cost)


def rival(graph: Graph, cost: Array) -> nx.MultiDiGraph:
    """The same as a networkx graph; the key of an edge is its number."""
    found = nx.MultiDiGraph()
    found.add_nodes_from(range(graph.nodes))
    for edge in range(graph.edges):
        found.add_edge(int(graph.tail[edge]), int(graph.head[edge]), key=edge, cost=float(cost[edge]))
    return found


def joined_pairs(graph: Graph, cost: Array) -> list[tuple[int, int]]:
    """Pairs of nodes that a path joins."""
    reach = nx.DiGraph(rival(graph, cost))
    return [(a, b) for a in reach for b in nx.descendants(reach, a)]


def planar(nodes: int, edges: int, seed: int = 0) -> tuple[Graph, Array]:
    """Places in a square joined to their neighbours both ways, cost by distance: like a road map."""
    from scipy.spatial import Delaunay

    rng = np.random.default_rng(seed)
    place = rng.random((nodes, 2))
    corner = Delaunay(place).simplices
    sides = np.vstack([corner[:, [0, 1]], corner[:, [1, 2]], corner[:, [0, 2]]])
    link = np.unique(np.sort(sides, axis=1), axis=0)
    length = np.linalg.norm(place[link[:, 0]] - place[link[:, 1]], axis=1)
    link = link[np.argsort(length)[: edges // 2]]
    length = np.sort(length)[: edges // 2]
    tail, head = np.concatenate([link, link[:, ::-1]]).T
    cost = np.concatenate([length, length]) * rng.uniform(0.8, 1.2, 2 * len(length))
    return Graph(nodes, tail, head, tuple(map(str, range(len(tail))))), cost
