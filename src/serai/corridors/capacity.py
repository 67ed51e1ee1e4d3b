"""Congestion: what a known capacity adds to the cost of an edge as traffic grows.

The curve is that of the Bureau of Public Roads (1964): time = free time (1 + a (traffic / capacity)^b). The
base is observed with the traffic of the base, so the change of cost is the ratio of the curve after and
before: with unchanged traffic nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from serai.axes import Array
from serai.corridors.graph import Graph
from serai.errors import InputError, Problem, Problems
from serai.shown import Shown


@dataclass(frozen=True, slots=True, eq=False)
class Congestion(Shown):
    """The curve of each edge.

    Attributes
    ----------
    capacity : (E,), in the unit of the traffic; `inf` where none is known, which adds nothing.
    base : (E,), the traffic of the base.
    scale, power : a and b of the curve.
    """

    capacity: Array
    base: Array
    scale: float
    power: float

    @classmethod
    def of(
        cls, graph: Graph, capacity: ArrayLike, base: ArrayLike, *, scale: float, power: float
    ) -> Congestion:
        """Checked curves.

        Raises
        ------
        InputError
            For a capacity that is not positive or missing (say `inf` where none is known), and for a scale or
            power below zero.
        """
        room = np.asarray(capacity, dtype=float)
        problems = Problems()
        for edge in np.flatnonzero(~(room > 0)):
            problems.add(
                "the capacity is not positive",
                "Give a positive capacity, or inf where none is known.",
                row=graph.names[edge],
                field="capacity",
                value=float(room[edge]),
            )
        problems.raise_if_any()
        if scale < 0 or power < 0:
            raise InputError(Problem(f"the curve has scale {scale} and power {power}", "Give zero or more."))
        return cls(room, graph.check_cost(np.asarray(base), "base traffic"), scale, power)

    def ratio(self, traffic: ArrayLike, room: ArrayLike = 0) -> Array:
        """Cost of each edge over its cost in the base, (..., E), for traffic (..., E) and room added (E,)."""
        after = self._curve(np.asarray(traffic, dtype=float), self.capacity + np.asarray(room, dtype=float))
        return after / self._curve(self.base, self.capacity)

    def _curve(self, traffic: Array, capacity: Array) -> Array:
        return np.asarray(1 + self.scale * (traffic / capacity) ** self.power)
