"""Simplified Newton for many worlds at once, with Anderson mixing; without a Jacobian, a plain fixed point.

Every world steps with one inverse Jacobian, that of a central world, and mixes its last steps so that the
part which the central Jacobian gets wrong is learnt. A step costs one residual and a product with the
shared inverse; no world factors a matrix of its own.

Source: Anderson (1965); Walker and Ni (2011), "Anderson acceleration for fixed-point iterations".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array
from serai.equilibrium._solvers.problem import Residual, Solution, largest

_RIDGE = 1e-12
_CROWDED_STEP = 1.5  # worlds are let go when a third are done: copying the rest costs more than a few steps


class Stack(Residual, Protocol):
    """A problem from which some worlds can be taken."""

    def take(self, worlds: NDArray[np.intp]) -> Self: ...


@dataclass(frozen=True, slots=True)
class Anderson:
    """Anderson mixing over worlds.

    tolerance : the largest residual accepted. step_tolerance : the largest last step accepted.
    memory : so many past steps are mixed. steps : at most so many steps; the rest is left to others.
    """

    tolerance: float = 1e-12
    step_tolerance: float = 1e-11
    memory: int = 8
    steps: int = 30

    def solve(self, problem: Stack, start: Array, inverse: Array | None = None) -> Solution:
        """Search from `start` (worlds, unknowns) with the inverse Jacobian (unknowns, unknowns).

        Without one the residual itself is the step: each unknown's residual is where it wants to go.
        """
        worlds = np.arange(len(start))
        state, error = start.copy(), np.full(len(start), np.inf)
        iterations = np.zeros(len(start), dtype=np.int64)
        here, past = start, _Past(len(start), start.shape[1], self.memory)
        searching = np.ones(len(start), dtype=bool)
        downhill = None if inverse is None else -inverse.T
        for count in range(self.steps + 1):
            residual = problem.residual(here)
            size = largest(residual)
            step = residual if downhill is None else residual @ downhill
            there = worlds[searching]
            state[there], error[there], iterations[there] = here[searching], size[searching], count
            close = (size <= self.tolerance) & (np.abs(step).max(axis=1) <= self.step_tolerance)
            searching &= ~close & np.isfinite(size)
            if not searching.any() or count == self.steps:
                error[worlds[searching]] = np.inf
                break
            if _CROWDED_STEP * searching.sum() < len(worlds):
                kept = np.flatnonzero(searching)
                worlds, here, step, searching = worlds[kept], here[kept], step[kept], searching[kept]
                problem = problem.take(kept)
                past.keep(kept)
            here = here + past.mix(here, step)
        return Solution(state, error, iterations, np.zeros(len(start), dtype=bool))


class _Past:
    """The last moves of each world and what they did to its steps; the oldest is overwritten.

    changes (worlds, memory, unknowns): differences of successive steps. moves: the same of states, plus
    `changes`. gram (worlds, memory, memory): products of `changes`.
    """

    def __init__(self, worlds: int, unknowns: int, memory: int) -> None:
        self.changes = np.zeros((worlds, memory, unknowns))
        self.moves = np.zeros((worlds, memory, unknowns))
        self.gram = np.zeros((worlds, memory, memory))
        self.last: tuple[Array, Array] | None = None
        self.count = 0

    def keep(self, worlds: NDArray[np.intp]) -> None:
        """Forget all other worlds."""
        self.changes, self.moves, self.gram = self.changes[worlds], self.moves[worlds], self.gram[worlds]
        if self.last is not None:
            self.last = self.last[0][worlds], self.last[1][worlds]

    def mix(self, state: Array, step: Array) -> Array:
        """The move that this step and the past ones suggest."""
        if self.last is not None:
            self._add(state - self.last[0], step - self.last[1])
        self.last = state, step
        known = min(self.count, self.gram.shape[1])
        if not known:
            return step
        changes, moves, gram = self.changes[:, :known], self.moves[:, :known], self.gram[:, :known, :known]
        places = np.arange(known)
        scale = 1 / np.sqrt(np.maximum(gram[:, places, places], np.finfo(float).tiny))[:, :, np.newaxis]
        scaled = gram * scale * np.swapaxes(scale, 1, 2)
        scaled[:, places, places] += _RIDGE
        weights = scale * np.linalg.solve(scaled, scale * (changes @ step[:, :, np.newaxis]))
        return np.asarray(step - (np.swapaxes(weights, 1, 2) @ moves)[:, 0, :])

    def _add(self, moved: Array, changed: Array) -> None:
        place = self.count % self.gram.shape[1]
        self.changes[:, place], self.moves[:, place] = changed, moved + changed
        products = (self.changes @ changed[:, :, np.newaxis])[:, :, 0]
        self.gram[:, place, :], self.gram[:, :, place] = products, products
        self.count += 1
