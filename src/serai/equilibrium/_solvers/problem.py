"""What a solver takes and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from serai.axes import Array


class Residual(Protocol):
    """Equations F(state) = 0 for a stack of worlds that do not touch each other."""

    def residual(self, state: Array) -> Array:
        """F, shape (worlds, unknowns); NaN where the state is outside the domain."""
        ...


class Problem(Residual, Protocol):
    """Equations with their slopes."""

    def jacobian(self, state: Array) -> Array:
        """dF/dstate, shape (worlds, unknowns, unknowns)."""
        ...


@dataclass(frozen=True, slots=True)
class Solution:
    """Where a search ended, for every world of the stack.

    state (worlds, unknowns); residual, iterations (worlds,); singular (worlds,) when the Jacobian could not
    be factored.
    """

    state: Array
    residual: Array
    iterations: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    singular: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def largest(residual: Array) -> Array:
    """The largest absolute residual of each world; infinite outside the domain."""
    size = np.abs(residual).max(axis=-1)
    return np.where(np.isfinite(size), size, np.inf)
