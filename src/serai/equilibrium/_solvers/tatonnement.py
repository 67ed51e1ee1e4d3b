"""Damped tatonnement: each price moves towards what its market asks for. Slow, and hard to derail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from serai.axes import Array


@dataclass(frozen=True, slots=True)
class Tatonnement:
    """Tatonnement for one world.

    tolerance : stop when no price wants to move further; Newton finishes from there.
    steps : at most so many steps. damping : the share of the wanted move that is made at first; it halves
    when moves grow out of bounds.
    """

    tolerance: float = 1e-6
    steps: int = 5000
    damping: float = 0.5
    longest: float = 0.5

    def solve(self, moves: Callable[[Array], Array], start: Array) -> tuple[Array, int]:
        """Follow `moves` from `start`, shape (1, prices); the position reached and the steps taken."""
        place, damping = start, self.damping
        smallest, best = np.inf, start
        for count in range(self.steps):
            wanted = moves(place)
            size = float(np.abs(wanted).max())
            if not np.isfinite(size):
                place, damping = best, damping / 2
                continue
            if size < smallest:
                smallest, best = size, place
            if size < self.tolerance:
                return place, count
            place = place + np.clip(damping * wanted, -self.longest, self.longest)
        return best, self.steps
