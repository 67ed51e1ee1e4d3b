"""Simplified Newton for many worlds at once, with Anderson mixing.

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
from serai.equilibrium._solvers.problem import Problem, Solution, largest

_RIDGE = 1e-12


class Stack(Problem, Protocol):
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
    memory: int = 6
    steps: int = 40

    def solve(self, problem: Stack, start: Array, inverse: Array) -> Solution:
        """Search from `start` (worlds, unknowns) with the inverse Jacobian (unknowns, unknowns)."""
        worlds = np.arange(len(start))
        state, error = start.copy(), np.full(len(start), np.inf)
        iterations = np.zeros(len(start), dtype=np.int64)
        here, past = start, _Past.empty(start, self.memory)
        downhill = -inverse.T
        for count in range(self.steps + 1):
            residual = problem.residual(here)
            size = largest(residual)
            step = residual @ downhill
            state[worlds], error[worlds], iterations[worlds] = here, size, count
            open_ = (size > self.tolerance) | (np.abs(step).max(axis=1) > self.step_tolerance)
            open_ &= np.isfinite(size)
            if not open_.any() or count == self.steps:
                error[worlds[open_]] = np.inf
                break
            if not open_.all():
                kept = np.flatnonzero(open_)
                worlds, here, step = worlds[kept], here[kept], step[kept]
                problem, past = problem.take(kept), past.take(kept)
            past, move = past.mix(here, step)
            here = here + move
        return Solution(state, error, iterations, np.zeros(len(start), dtype=bool))


@dataclass(frozen=True, slots=True)
class _Past:
    """Differences of the last states and steps, (worlds, memory, unknowns), oldest first."""

    states: Array
    steps: Array
    last_state: Array | None
    last_step: Array | None
    memory: int

    @classmethod
    def empty(cls, start: Array, memory: int) -> _Past:
        none = np.empty((start.shape[0], 0, start.shape[1]))
        return cls(none, none, None, None, memory)

    def take(self, worlds: NDArray[np.intp]) -> _Past:
        if self.last_state is None or self.last_step is None:
            return _Past(self.states[worlds], self.steps[worlds], None, None, self.memory)
        return _Past(
            self.states[worlds],
            self.steps[worlds],
            self.last_state[worlds],
            self.last_step[worlds],
            self.memory,
        )

    def mix(self, state: Array, step: Array) -> tuple[_Past, Array]:
        """The history with this step added, and the move that it suggests."""
        states, steps = self.states, self.steps
        if self.last_state is not None and self.last_step is not None:
            keep = slice(-(self.memory - 1), None)
            states = np.concatenate([states[:, keep], (state - self.last_state)[:, np.newaxis]], axis=1)
            steps = np.concatenate([steps[:, keep], (step - self.last_step)[:, np.newaxis]], axis=1)
        past = _Past(states, steps, state, step, self.memory)
        if not states.shape[1]:
            return past, step
        return past, step - _weighted(steps, step, states + steps)


def _weighted(steps: Array, step: Array, directions: Array) -> Array:
    """Directions weighted so that the past steps come closest to this one, for each world."""
    gram = steps @ np.swapaxes(steps, 1, 2)
    places = np.arange(gram.shape[1])
    scale = 1 / np.sqrt(np.maximum(gram[:, places, places], np.finfo(float).tiny))[:, :, np.newaxis]
    gram *= scale * np.swapaxes(scale, 1, 2)
    gram[:, places, places] += _RIDGE
    weights = scale * np.linalg.solve(gram, scale * (steps @ step[:, :, np.newaxis]))
    return np.asarray((np.swapaxes(weights, 1, 2) @ directions)[:, 0, :])
