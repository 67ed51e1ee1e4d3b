"""A directed graph as arrays: what every algorithm of this folder takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from serai.axes import Array
from serai.errors import InputError, Problem, Problems
from serai.shown import Shown

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Graph(Shown):
    """E directed edges between nodes 0 to `nodes` - 1. Two edges may join the same nodes.

    Attributes
    ----------
    nodes : how many.
    tail, head : (E,), where each edge starts and ends.
    names : (E,), what each edge is called in messages and tables.
    places : (nodes,), what each node is called; by default "node 0", "node 1", ...

    Raises
    ------
    InputError
        For arrays of different lengths, an edge to a node that does not exist, an edge from a node to
        itself, and a name that is used twice.

    Examples
    --------
    >>> graph = Graph(3, [0, 1], [1, 2], ("Khorgos", "Dostyk"))
    >>> graph.edges
    2
    """

    nodes: int
    tail: Indices
    head: Indices
    names: tuple[str, ...]
    places: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        tail, head = (np.asarray(ends, dtype=np.int64) for ends in (self.tail, self.head))
        object.__setattr__(self, "tail", tail)
        object.__setattr__(self, "head", head)
        object.__setattr__(self, "names", tuple(self.names))
        if not tail.shape == head.shape == (len(self.names),):
            raise InputError(
                Problem(
                    f"{tail.size} tails, {head.size} heads and {len(self.names)} names",
                    "Give one tail, head and name for each edge.",
                )
            )
        if len(self.places) not in (0, self.nodes):
            raise InputError(
                Problem(f"{self.nodes} nodes and {len(self.places)} names of places", "Name each node once.")
            )
        self._refuse_bad_edges()

    def place(self, node: int) -> str:
        """What a node is called."""
        return self.places[node] if self.places else f"node {node}"

    def _refuse_bad_edges(self) -> None:
        problems = Problems()
        for field, ends in (("tail", self.tail), ("head", self.head)):
            for edge in np.flatnonzero((ends < 0) | (ends >= self.nodes)):
                problems.add(
                    "the edge joins a node that does not exist",
                    f"Nodes are 0 to {self.nodes - 1}.",
                    row=self.names[edge],
                    field=field,
                    value=int(ends[edge]),
                )
        for edge in np.flatnonzero(self.tail == self.head):
            problems.add("the edge joins a node to itself", "Give two different nodes.", row=self.names[edge])
        if len(set(self.names)) < len(self.names):
            seen: set[str] = set()
            for name in self.names:
                if name in seen:
                    problems.add("the name is used by two edges", "Name each edge once.", row=name)
                seen.add(name)
        problems.raise_if_any()

    @property
    def edges(self) -> int:
        """How many edges."""
        return self.tail.size

    def check_cost(self, cost: Array, what: str = "cost") -> Array:
        """`cost` as a (E,) float array; `InputError` with every edge whose cost is negative or missing.

        Infinity is allowed: it closes an edge.
        """
        array = np.asarray(cost, dtype=float)
        if array.shape != (self.edges,):
            raise InputError(
                Problem(f"{what} has shape {array.shape}", f"Give one for each of {self.edges} edges.")
            )
        problems = Problems()
        for edge in np.flatnonzero(~(array >= 0)):
            problems.add(
                f"the {what} is negative or missing",
                "Give zero or more.",
                row=self.names[edge],
                field=what,
                value=float(array[edge]),
            )
        problems.raise_if_any()
        return array

    def incidence(self) -> csr_array:
        """(nodes, E) matrix: +1 where an edge ends, -1 where it starts."""
        edge = np.arange(self.edges)
        values = np.concatenate([np.ones(self.edges), -np.ones(self.edges)])
        places = (np.concatenate([self.head, self.tail]), np.concatenate([edge, edge]))
        return csr_array((values, places), shape=(self.nodes, self.edges))
