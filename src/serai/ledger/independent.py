"""The largest sum of amounts of which no two may share money: a maximum-weight independent set.

Exact. Most of a ledger falls to reductions that lose nothing (a commitment without overlaps is in; one that
outweighs its neighbours is in; a pendant is folded into its neighbour). What is left is cut into components:
small ones by recursion, large ones by mixed-integer programming with clique constraints (HiGHS).

Reductions: Lamm, Schulz, Strash, Williger and Zhang (2019), Exactly Solving the Maximum Weight Independent
Set Problem on Large Real-World Graphs.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from serai.axes import Array

SMALL = 16
TIME_LIMIT = 3
SCALE = 10**6

Graph = dict[int, set[int]]


@dataclass(frozen=True, slots=True)
class IndependentSet:
    """Parameters
    ----------
    chosen : shape (n,), who is in.
    value : their sum: a valid lower bound of the total whether or not it is proved the largest.
    bound : no independent set is worth more; equals `value` when `exact`.
    exact : the optimum is proved.
    """

    chosen: NDArray[np.bool_]
    value: float
    bound: float
    exact: bool


def independent_set(weights: Array, edges: NDArray[np.int64], seconds: float = TIME_LIMIT) -> IndependentSet:
    """The heaviest set of nodes of which no two are joined.

    Parameters
    ----------
    weights : shape (n,), zero or more.
    edges : shape (m, 2), pairs of nodes; order and repeats do not matter.
    seconds : time limit for all large components together, 3 unless told; past it the best set found is
        returned with its bound.

    Examples
    --------
    >>> path = independent_set(np.array([3.0, 5.0, 3.0]), np.array([[0, 1], [1, 2]]))
    >>> path.value, path.chosen.tolist()
    (6.0, [True, False, True])
    """
    if weights.size and not (np.isfinite(weights).all() and weights.min() >= 0):
        raise ValueError("weights are finite and zero or more")
    graph = _graph(edges)
    chosen = np.ones(weights.size, dtype=bool)
    chosen[list(graph)] = False
    w = {v: float(weights[v]) for v in graph}
    taken, folded = _reduce(graph, w)
    slack = 0.0
    deadline = time.monotonic() + seconds
    for part in _components(graph):
        nodes = sorted(part)
        if len(nodes) <= SMALL:
            taken |= _by_recursion(graph, w, frozenset(nodes))[1]
        else:
            found, gap = _by_milp(graph, w, nodes, max(0.0, deadline - time.monotonic()))
            taken |= found
            slack += gap
    _unfold(taken, folded)
    chosen[list(taken)] = True
    value = float(weights[chosen].sum())
    return IndependentSet(chosen, value, value + slack, slack == 0.0)


def _graph(edges: NDArray[np.int64]) -> Graph:
    graph: Graph = {}
    for a, b in np.asarray(edges).reshape(-1, 2).tolist():
        if a != b:
            graph.setdefault(a, set()).add(b)
            graph.setdefault(b, set()).add(a)
    return graph


def _reduce(
    graph: Graph, w: dict[int, float], waiting: list[int] | None = None
) -> tuple[set[int], list[tuple[int, int]]]:
    """Shrink the graph in place; return who is surely in, and the leaves whose turn comes at the end.

    `waiting` names the nodes to look at first; all of them unless given.
    """
    taken: set[int] = set()
    folded: list[tuple[int, int]] = []
    waiting = list(graph) if waiting is None else waiting
    while waiting:
        v = waiting.pop()
        if v not in graph:
            continue
        near = graph[v]
        if w[v] >= sum(w[u] for u in near) or _leads_clique(graph, w, v):
            taken.add(v)
            for u in list(near):
                waiting += _remove(graph, u)
            _remove(graph, v)
        elif len(near) == 1:
            (u,) = near
            w[u] -= w[v]
            folded.append((v, u))
            _remove(graph, v)
            waiting += [u, *graph[u]]
    return taken, folded


def _leads_clique(graph: Graph, w: dict[int, float], v: int) -> bool:
    """Whether the neighbours of `v` are all joined and none outweighs it."""
    near = graph[v]
    if len(near) > SMALL or any(w[u] > w[v] for u in near):
        return False
    return all(near - {u} <= graph[u] for u in near)


def _remove(graph: Graph, v: int) -> list[int]:
    near = graph.pop(v)
    for u in near:
        graph[u].discard(v)
    return list(near)


def _components(graph: Graph) -> Iterable[set[int]]:
    unseen = set(graph)
    while unseen:
        part, edge = set(), {unseen.pop()}
        while edge:
            part |= edge
            edge = set().union(*(graph[v] for v in edge)) - part
        unseen -= part
        yield part


def _by_recursion(graph: Graph, w: dict[int, float], nodes: frozenset[int]) -> tuple[float, set[int]]:
    """Branch on the node of most neighbours: it is out, or it is in and its neighbours are out."""
    v = max(nodes, key=lambda u: len(graph[u] & nodes), default=None)
    if v is None:
        return 0.0, set()
    if not graph[v] & nodes:
        return sum(w[u] for u in nodes), set(nodes)
    without = _by_recursion(graph, w, nodes - {v})
    worth, rest = _by_recursion(graph, w, nodes - {v} - graph[v])
    return max(without, (worth + w[v], rest | {v}), key=lambda found: found[0])


def _by_milp(graph: Graph, w: dict[int, float], nodes: list[int], seconds: float) -> tuple[set[int], float]:
    """The best set found and how far it may be from the best there is (0 when proved)."""
    place = {v: i for i, v in enumerate(nodes)}
    cliques = _clique_cover(graph, nodes)
    rows = np.repeat(np.arange(len(cliques)), [len(c) for c in cliques])
    columns = np.array([place[v] for clique in cliques for v in clique])
    matrix = sparse.csr_array((np.ones(rows.size), (rows, columns)), shape=(len(cliques), len(nodes)))
    worth = np.array([w[v] for v in nodes])
    scale = SCALE / worth.max()
    result = milp(
        -worth * scale,
        constraints=LinearConstraint(matrix, ub=1.0),
        integrality=np.ones(len(nodes), dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0, "time_limit": seconds},
    )
    found = set() if result.x is None else {nodes[i] for i in np.flatnonzero(result.x > 0.5)}
    if result.status == 0:
        return found, 0.0
    found = max(found, _peel(graph, w, nodes), key=lambda chosen: sum(w[v] for v in chosen))
    bound = worth.sum() if result.mip_dual_bound is None else -result.mip_dual_bound / scale
    return found, max(0.0, float(bound) - sum(w[v] for v in found))


def _clique_cover(graph: Graph, nodes: list[int]) -> list[list[int]]:
    """Cliques that together hold every edge, greedily large: a tighter program than edges."""
    covered: set[tuple[int, int]] = set()
    cliques = []
    for v in nodes:
        for u in sorted(graph[v]):
            if u < v or (v, u) in covered:
                continue
            clique = [v, u]
            for t in sorted(graph[v] & graph[u]):
                if all(t in graph[s] for s in clique):
                    clique.append(t)
            covered.update((a, b) for a in clique for b in clique if a < b)
            cliques.append(clique)
    return cliques


def _peel(graph: Graph, w: dict[int, float], nodes: list[int]) -> set[int]:
    """A good set, not always the best: drop the node worth least for its neighbours, reduce, repeat."""
    rest, worth = {v: set(graph[v]) for v in nodes}, dict(w)
    taken, folded = _reduce(rest, worth)
    queue = [(worth[v] / len(rest[v]), v) for v in rest]
    heapq.heapify(queue)
    while queue:
        value, v = heapq.heappop(queue)
        if v not in rest:
            continue
        now = worth[v] / len(rest[v])
        if now > value:
            heapq.heappush(queue, (now, v))
            continue
        more, also = _reduce(rest, worth, _remove(rest, v))
        taken |= more
        folded += also
    _unfold(taken, folded)
    return taken


def _unfold(taken: set[int], folded: list[tuple[int, int]]) -> None:
    """Settle the folded leaves, last first: each is in where its neighbour is not."""
    for leaf, neighbour in reversed(folded):
        if neighbour not in taken:
            taken.add(leaf)
