"""Shortest paths between all pairs of hubs, and sets of routes that differ enough to be choices.

A route set holds, for each pair, the shortest path and the next ones that are simple (no place twice) and
share no more than a stated part of their cost with a better route of the set. Candidates are the paths by
way of one edge: the shortest path to its start, the edge, the shortest path from its end (single-via paths:
Abraham, Delling, Goldberg and Werneck 2013, Alternative Routes in Road Networks). Further cost vectors, such
as one with roads dear, label more candidates (Ben-Akiva and others 1984): rail all the way is on the list
even where no road is quicker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from serai.axes import Array
from serai.corridors.graph import Graph, Indices
from serai.errors import InputError, Problem
from serai.shown import Shown

_WIDTH = 64  # candidates looked at for each pair and cost vector, the cheapest first
_SAME_TOLERANCE = 1e-12
_NO_PATH = "Add a link, or leave the pair out."


@dataclass(frozen=True, slots=True, eq=False)
class Routes(Shown):
    """K paths for P pairs of nodes.

    Attributes
    ----------
    graph : the graph of E edges that the paths run over.
    pairs : (P, 2), origin and destination of each pair.
    first : (P + 1,), the paths of pair p are `first[p]` to `first[p + 1]` (not included), cheapest first.
    start : (K + 1,), the edges of path k are `steps[start[k]:start[k + 1]]`.
    steps : edges of all paths in the order of travel.
    uses : (K, E) sparse, 1 where a path runs over an edge.
    """

    graph: Graph
    pairs: Indices
    first: Indices
    start: Indices
    steps: Indices
    uses: csr_array

    @classmethod
    def of(cls, graph: Graph, pairs: ArrayLike, paths: Sequence[Sequence[ArrayLike]]) -> Routes:
        """Routes from lists of edges: for each pair its paths, for each path its edges in order."""
        flat = [np.asarray(path, dtype=np.int64) for of_pair in paths for path in of_pair]
        lengths = np.array([len(path) for path in flat], dtype=np.int64)
        steps = np.concatenate([*flat, np.zeros(0, np.int64)])
        return cls._checked(graph, pairs, np.array([len(of_pair) for of_pair in paths]), lengths, steps)

    @classmethod
    def _checked(
        cls, graph: Graph, pairs: ArrayLike, counts: Indices, lengths: Indices, steps: Indices
    ) -> Routes:
        ends = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
        none = _pairs_with(
            graph, ends, counts < 1, "no path joins them", "Add a link, or leave the pair out."
        )
        if none:
            raise InputError(none)
        start = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        uses = csr_array((np.ones(len(steps)), steps.copy(), start), shape=(len(lengths), graph.edges))
        routes = cls(graph, ends, first, start, steps, uses)
        routes._refuse_broken()
        return routes

    def _refuse_broken(self) -> None:
        """Every path starts and ends with its pair, and each edge starts where the one before ends."""
        tail, head = self.graph.tail[self.steps], self.graph.head[self.steps]
        joined = tail[1:] == head[:-1]
        joined[self.start[1:-1] - 1] = True
        pair = self.pairs[self.pair]
        whole = np.minimum.reduceat(np.append(joined, True), self.start[:-1]) if len(self.pair) else joined
        right = (tail[self.start[:-1]] == pair[:, 0]) & (head[self.start[1:] - 1] == pair[:, 1])
        bad = np.zeros(len(self.pairs), dtype=bool)
        bad[self.pair[~(whole & right)]] = True
        broken = _pairs_with(
            self.graph, self.pairs, bad, "a path does not join them", "Give connected edges."
        )
        if broken:
            raise InputError(broken)

    @property
    def paths(self) -> int:
        """How many paths."""
        return len(self.start) - 1

    @property
    def pair(self) -> Indices:
        """(K,), the pair of each path."""
        return np.repeat(np.arange(len(self.pairs)), np.diff(self.first))

    def path(self, number: int) -> Indices:
        """The edges of a path in the order of travel."""
        return self.steps[self.start[number] : self.start[number + 1]]


def distances(
    graph: Graph, cost: ArrayLike, origins: ArrayLike, destinations: ArrayLike | None = None
) -> Array:
    """The least cost from each origin to each destination, (O, D); `inf` where no path leads.

    Parameters
    ----------
    cost : (E,), zero or more; `inf` closes an edge.
    origins, destinations : nodes; all nodes are destinations by default.

    Examples
    --------
    >>> graph = Graph(3, [0, 1, 0], [1, 2, 2], ("a", "b", "c"))
    >>> distances(graph, [1, 2, 5], [0]).tolist()
    [[0.0, 1.0, 3.0]]
    """
    matrix, _ = _matrix(graph, graph.check_cost(np.asarray(cost)))
    found = dijkstra(matrix, indices=np.asarray(origins))
    return np.asarray(found if destinations is None else found[:, np.asarray(destinations)])


def k_paths(
    graph: Graph,
    cost: ArrayLike,
    pairs: ArrayLike,
    k: int,
    *,
    overlap: float,
    labels: Sequence[ArrayLike] = (),
) -> Routes:
    """Up to k simple paths for each pair, the shortest first, that differ enough from each other.

    Parameters
    ----------
    cost : (E,), zero or more; `inf` closes an edge.
    pairs : (P, 2), origin and destination nodes.
    overlap : from 0 to 1: a path is left out when it shares more than this part of the cost of a better one.
        1 keeps every path that differs by an edge.
    labels : further cost vectors (E,) whose best paths are candidates too. Costs, order and overlap are
        always those of `cost`.

    Raises
    ------
    InputError
        For a pair that no path joins, and a pair of one node with itself.

    Examples
    --------
    >>> graph = Graph(3, [0, 1, 0], [1, 2, 2], ("a", "b", "c"))
    >>> routes = k_paths(graph, [1, 2, 5], [(0, 2)], 2, overlap=0.5)
    >>> [routes.path(0).tolist(), routes.path(1).tolist()]
    [[0, 1], [2]]
    """
    ends = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    price = graph.check_cost(np.asarray(cost))
    if k < 1 or not 0 <= overlap <= 1:
        raise InputError(
            Problem(f"k is {k}, overlap is {overlap}", "Give k of 1 or more and an overlap from 0 to 1.")
        )
    views = [price]
    views += [graph.check_cost(np.where(np.isinf(price), np.inf, label), "label") for label in labels]
    searches = [_Search.of(graph, view, ends) for view in views]
    itself = ends[:, 0] == ends[:, 1]
    problems = _pairs_with(
        graph, ends, itself, "a route from a place to itself is no route", "Leave the pair out."
    )
    reached = np.isfinite(searches[0].best(ends))
    problems += _pairs_with(graph, ends, ~reached, "no path joins them", _NO_PATH)
    if problems:
        raise InputError(problems)
    padded = np.append(price, 0)
    found: list[tuple[Indices, Indices]] = []
    order: list[Indices] = []
    for origin in np.unique(ends[:, 0]):
        mine = np.flatnonzero(ends[:, 0] == origin)
        rows = _side_by_side([s.candidates(origin, ends[mine, 1]) for s in searches], graph.edges)
        found += _dissimilar(rows, padded, k, overlap)
        order.append(mine)
    back = np.argsort(np.concatenate(order)) if order else np.zeros(0, np.int64)
    return _assembled(graph, ends, [found[place] for place in back])


def _assembled(graph: Graph, ends: Indices, found: Sequence[tuple[Indices, Indices]]) -> Routes:
    """Routes from padded rows of edges, (paths of the pair, L)."""
    rows = [row[row < graph.edges] for _, of_pair in found for row in of_pair]
    counts = np.array([len(of_pair) for _, of_pair in found], dtype=np.int64)
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    return Routes._checked(graph, ends, counts, lengths, np.concatenate([*rows, np.zeros(0, np.int64)]))


def _dissimilar(rows: Indices, price: Array, k: int, overlap: float) -> list[tuple[Indices, Indices]]:
    """Of padded candidates (D, M, L) the first k of each pair that differ enough, cheapest first."""
    count = len(rows)
    cost = price[rows].sum(axis=-1)
    cost[~(rows < len(price) - 1).any(axis=-1)] = np.inf
    ranked = np.argsort(cost, axis=1, kind="stable")
    rows = np.take_along_axis(rows, ranked[..., np.newaxis], axis=1)
    cost = np.take_along_axis(cost, ranked, axis=1)
    free = np.isfinite(cost)
    every = np.arange(count)
    place = rows + every[:, np.newaxis, np.newaxis] * len(price)
    weight = np.zeros(count * len(price))
    chosen: list[list[int]] = [[] for _ in every]
    for _ in range(k):
        pick = free.argmax(axis=1)
        some = free[every, pick]
        if not some.any():
            break
        taken = place[every, pick]
        weight[taken] = price[rows[every, pick]]
        shared = weight.take(place).sum(axis=-1)
        weight[taken] = 0
        best = cost[every, pick][:, np.newaxis]
        with np.errstate(invalid="ignore"):  # a pair whose routes are all taken compares infinities
            same = shared >= np.maximum(best, cost) * (1 - _SAME_TOLERANCE)
            free &= (shared <= overlap * best * (1 + _SAME_TOLERANCE)) & ~same
        free[every, pick] = False
        for pair in np.flatnonzero(some):
            chosen[pair].append(int(pick[pair]))
    return [(np.array(picks), rows[pair, picks]) for pair, picks in enumerate(chosen)]


@dataclass(frozen=True, slots=True)
class _Search:
    """Shortest-path trees from all origins and to all destinations under one cost vector.

    Attributes
    ----------
    out, back : distances (O, n) from origins and (D, n) to destinations.
    out_edge, back_edge : the edge by which a tree reaches or leaves each node; E at the root and where no
        path leads.
    """

    graph: Graph
    cost: Array
    origins: Indices
    destinations: Indices
    out: Array
    back: Array
    out_edge: Indices
    back_edge: Indices

    @classmethod
    def of(cls, graph: Graph, cost: Array, ends: Indices) -> _Search:
        matrix, edge = _matrix(graph, cost)
        origins, destinations = np.unique(ends[:, 0]), np.unique(ends[:, 1])
        out, before = dijkstra(matrix, indices=origins, return_predecessors=True)
        back, after = dijkstra(matrix.T.tocsr(), indices=destinations, return_predecessors=True)
        node = np.arange(graph.nodes)
        return cls(
            graph,
            cost,
            origins,
            destinations,
            out,
            back,
            _edge_between(graph, edge, np.asarray(before, np.int64), node),
            _edge_between(graph, edge, np.broadcast_to(node, after.shape), np.asarray(after, np.int64)),
        )

    def best(self, ends: Indices) -> Array:
        """(P,), the least cost of each pair."""
        return np.asarray(self.out[np.searchsorted(self.origins, ends[:, 0]), ends[:, 1]])

    def candidates(self, origin: int, ends: Indices) -> Indices:
        """Edges of candidates from one origin to D destinations, (D, M, L), E where a row is shorter.

        A path by way of an edge of the origin's own tree is the path by way of a later edge: so the edges
        off the tree, and the shortest path itself, give each candidate once.
        """
        graph = self.graph
        tree, row = int(np.searchsorted(self.origins, origin)), np.searchsorted(self.destinations, ends)
        off = np.flatnonzero(
            (self.out_edge[tree][graph.head] != np.arange(graph.edges)) & np.isfinite(self.cost)
        )
        by_way = self.out[tree][graph.tail[off]] + self.cost[off] + self.back[row][:, graph.head[off]]
        if off.size > _WIDTH:
            nearest = np.argpartition(by_way, _WIDTH, axis=1)[:, :_WIDTH]
            by_way, edge = np.take_along_axis(by_way, nearest, axis=1), off[nearest]
        else:
            edge = np.broadcast_to(off, by_way.shape)
        edge = np.where(np.isfinite(by_way), edge, graph.edges)
        edge = np.concatenate([self.out_edge[tree][ends][:, np.newaxis], edge], axis=1)
        tail, head = np.append(graph.tail, origin), np.append(graph.head, -1)
        before = _walk(self.out_edge[tree][np.newaxis], tail, np.zeros_like(edge), tail[edge])
        there = np.where(edge < graph.edges, head[edge], ends[:, np.newaxis])
        after = _walk(self.back_edge, head, np.broadcast_to(row[:, np.newaxis], edge.shape), there)
        rows = np.concatenate([before[..., ::-1], edge[..., np.newaxis], after], axis=-1)
        rows[edge == graph.edges] = graph.edges
        rows[_visits_twice(rows, head, origin)] = graph.edges
        return rows


def _walk(tree_edge: Indices, onward: Indices, tree: Indices, here: Indices) -> Indices:
    """Edges from `here` to the roots of trees, in the order walked; shape (*here.shape, L), padded with E."""
    none = len(onward) - 1
    found: list[Indices] = []
    edge = tree_edge[tree, here]
    while (edge != none).any():
        found.append(edge)
        here = np.where(edge != none, onward[edge], here)
        edge = tree_edge[tree, here]
    return np.stack(found, axis=-1) if found else np.zeros((*here.shape, 0), dtype=np.int64)


def _visits_twice(rows: Indices, head: Indices, origin: int) -> NDArray[np.bool_]:
    """Which padded rows of edges come to a node twice, or back to the origin."""
    none = len(head) - 1
    visited = np.where(rows < none, head[rows], -1 - np.arange(rows.shape[-1]))
    ordered = np.sort(visited, axis=-1)
    return np.asarray((ordered[..., 1:] == ordered[..., :-1]).any(axis=-1) | (visited == origin).any(axis=-1))


def _side_by_side(parts: Sequence[Indices], none: int) -> Indices:
    """Candidates (D, M_i, L_i) of several cost vectors as one array, padded."""
    length = max(part.shape[-1] for part in parts)
    padded = [
        np.pad(part, ((0, 0), (0, 0), (0, length - part.shape[-1])), constant_values=none) for part in parts
    ]
    return np.concatenate(padded, axis=1)


def _matrix(graph: Graph, cost: Array) -> tuple[csr_array, Indices]:
    """The cheapest edge between each two nodes as a sparse matrix, and which edges they are, key by key."""
    key = graph.tail * graph.nodes + graph.head
    ranked = np.lexsort((cost, key))
    ranked = ranked[np.isfinite(cost[ranked])]
    cheapest = ranked[np.flatnonzero(np.diff(key[ranked], prepend=-1))]
    places = (graph.tail[cheapest], graph.head[cheapest])
    return csr_array((cost[cheapest], places), shape=(graph.nodes, graph.nodes)), cheapest


def _edge_between(graph: Graph, cheapest: Indices, tail: Indices, head: Indices) -> Indices:
    """The cheapest edge from each tail to each head; E where either is no node."""
    wanted = tail.astype(np.int64) * graph.nodes + head
    known = graph.tail[cheapest] * graph.nodes + graph.head[cheapest]
    place = np.clip(np.searchsorted(known, wanted), 0, max(len(known) - 1, 0))
    missing = (tail < 0) | (head < 0)
    return np.asarray(
        np.where(missing, graph.edges, cheapest[place] if len(known) else graph.edges), np.int64
    )


def _pairs_with(
    graph: Graph, pairs: Indices, bad: NDArray[np.bool_], reason: str, remedy: str
) -> list[Problem]:
    return [
        Problem(reason, remedy, row=f"{graph.place(origin)} > {graph.place(destination)}")
        for origin, destination in pairs[bad]
    ]
