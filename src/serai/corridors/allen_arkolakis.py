"""Routing with infinitely many routes: the model of Allen and Arkolakis (2022) for dense networks.

    A_kl = kappa_kl^-psi,     M = (I - A)^-1 = I + A + A^2 + ...,     cost_ij = M_ij^(-1/psi)
    traffic on kl = sum_ij X_ij M_ik A_kl M_lj / M_ij

Every walk is a route, loops included, so the sum exists only while the spectral radius of A is below one. On
a corridor graph with edge costs near 1 it is not, for any plausible psi: use `k_paths` and `Choice` there.

Source: Allen and Arkolakis (2022), The Welfare Effects of Transportation Infrastructure Improvements, Review
of Economic Studies 89(6), sections 2 and 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csc_array, eye_array
from scipy.sparse.linalg import SuperLU, eigs, splu

from serai.axes import Array
from serai.corridors.graph import Graph, Indices
from serai.errors import InputError, Problem, Problems
from serai.shown import Shown

_NAMED = 5  # edges named when the sum over routes does not exist
_DENSE = 64  # nodes up to which eigenvalues are taken of the full matrix


@dataclass(frozen=True, slots=True, eq=False)
class DenseRouting(Shown):
    """The factors of I - A for one graph; make one with `DenseRouting.of`.

    Attributes
    ----------
    graph : n nodes and E edges. psi : the routing elasticity.
    weight : (E,), A by edge. factors : sparse LU of I - A.
    """

    graph: Graph
    psi: float
    weight: Array
    factors: SuperLU

    @classmethod
    def of(cls, graph: Graph, cost: ArrayLike, psi: float) -> DenseRouting:
        """Factorise for edge costs in logs, (E,), so kappa = exp(cost); `inf` closes an edge.

        Raises
        ------
        InputError
            When psi is not positive and finite, and when the spectral radius is one or more: the message
            names the edges that contribute most to it.

        Examples
        --------
        >>> graph = Graph(2, [0, 1], [1, 0], ("there", "back"))
        >>> routing = DenseRouting.of(graph, [0.5, 0.5], psi=4.0)
        >>> routing.costs([0, 1]).round(4).tolist()
        [[-0.0046, 0.4954], [0.4954, -0.0046]]
        """
        if not 0 < psi < np.inf:
            raise InputError(
                Problem("the routing elasticity is not positive and finite", "Give psi > 0.", value=psi)
            )
        weight = np.exp(-psi * graph.check_cost(np.asarray(cost)))
        matrix = csc_array((weight, (graph.tail, graph.head)), shape=(graph.nodes, graph.nodes))
        try:
            factors = splu(
                csc_array(eye_array(graph.nodes, format="csc") - matrix),
                permc_spec="MMD_AT_PLUS_A",
                diag_pivot_thresh=0.0,
                options={"SymmetricMode": True},
            )
        except RuntimeError:  # exactly singular: the radius is one
            raise _no_sum(graph, weight, matrix) from None
        # 1 + A 1 + A^2 1 + ... is a solution of at least one everywhere exactly when the radius is below one
        if not (factors.solve(np.ones(graph.nodes)) >= 1).all():
            raise _no_sum(graph, weight, matrix)
        return cls(graph, psi, weight, factors)

    def costs(self, hubs: ArrayLike) -> Array:
        """Log costs between H hubs over all routes, (H, H); `inf` where none leads.

        From a hub to itself the cost is at most zero: staying is one of the routes.
        """
        nodes = np.asarray(hubs, dtype=np.int64)
        with np.errstate(divide="ignore"):
            return np.asarray(-np.log(self._onward(nodes)[nodes]) / self.psi)

    def traffic(self, hubs: ArrayLike, flows: ArrayLike) -> Array:
        """What runs over each edge, (E,), for flows (H origin, H destination) between hubs.

        Raises
        ------
        InputError
            For a flow between hubs that no route joins, or whose routes are too long to be told from none.
        """
        nodes, sent = np.asarray(hubs, dtype=np.int64), np.asarray(flows, dtype=float)
        onward = self._onward(nodes)
        here = self.factors.solve(_units(self.graph.nodes, nodes), trans="T")  # type: ignore[call-overload]
        reach = onward[nodes]
        self._refuse_unreached(nodes, (sent > 0) & ~(reach > 0))
        ratio = np.divide(sent, reach, out=np.zeros_like(sent), where=sent > 0)
        joined = onward @ ratio.T  # (n, H origin)
        tail, head = self.graph.tail, self.graph.head
        found = np.empty(self.graph.edges)
        for some in _slices(self.graph.edges):
            found[some] = np.einsum("eh,eh->e", here[tail[some]], joined[head[some]])
        return np.asarray(self.weight * found)

    def _onward(self, hubs: Indices) -> Array:
        """M from every node to the hubs, (n, H)."""
        return np.asarray(self.factors.solve(_units(self.graph.nodes, hubs)))

    def _refuse_unreached(self, hubs: Indices, bad: ArrayLike) -> None:
        problems = Problems()
        for origin, destination in np.argwhere(bad):
            problems.add(
                "goods flow but no route leads there",
                "Add a link, or use `k_paths` and `Choice`, which hold at any distance.",
                row=f"{self.graph.place(hubs[origin])} > {self.graph.place(hubs[destination])}",
            )
        problems.raise_if_any()


def spectral_radius(matrix: csc_array) -> tuple[float, Array, Array]:
    """The largest eigenvalue of a matrix without negative cells, and its left and right vectors (n,)."""
    radius, right = _top(matrix)
    return radius, _top(csc_array(matrix.T))[1], right


def _top(matrix: csc_array) -> tuple[float, Array]:
    if matrix.shape[0] <= _DENSE:
        values, vectors = np.linalg.eig(matrix.toarray())
    else:
        values, vectors = eigs(matrix, k=1, which="LR")
    top = int(values.real.argmax())
    return float(values[top].real), np.asarray(np.abs(vectors[:, top].real))


def _no_sum(graph: Graph, weight: Array, matrix: csc_array) -> InputError:
    """Which edges make the spectral radius as large as it is: its slope by each weight, times the weight."""
    radius, left, right = spectral_radius(matrix)
    part = left[graph.tail] * weight * right[graph.head]
    part = part / part.sum()
    problems = Problems()
    for edge in np.argsort(-part, kind="stable")[:_NAMED]:
        if part[edge] > 0:
            problems.add(
                f"the sum over routes does not exist: the spectral radius is {radius:.3g}, "
                f"and this edge makes {part[edge]:.0%} of it",
                "Raise psi or the cost of the edge, or use `k_paths` and `Choice`.",
                row=graph.names[edge],
            )
    return InputError(problems)


def _units(nodes: int, hubs: Indices) -> Array:
    """(n, H), 1 at each hub."""
    units = np.zeros((nodes, len(hubs)))
    units[hubs, np.arange(len(hubs))] = 1
    return units


def _slices(count: int, size: int = 4096) -> list[slice]:
    return [slice(first, first + size) for first in range(0, count, size)]
