"""Newton's method with line search; the factors of the Jacobian serve as long as they contract well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from serai.axes import Array
from serai.equilibrium._solvers.problem import Problem, Solution, largest


@dataclass(frozen=True, slots=True)
class Newton:
    """Newton for one world.

    tolerance : the largest residual accepted.
    steps : at most so many steps.
    longest : no unknown (a logarithm) moves further in one step.
    reuse : keep the factors while a step shrinks the residual at least to this share.
    halvings : at most so many halvings of a step in the line search.
    """

    tolerance: float = 1e-12
    steps: int = 60
    longest: float = 2.0
    reuse: float = 0.05
    halvings: int = 12

    def solve(self, problem: Problem, start: Array) -> Solution:
        """Search from `start`, shape (1, unknowns)."""
        state, factors, taken, singular = start, None, 0, False
        residual = problem.residual(state)
        error = float(largest(residual)[0])
        while error > self.tolerance and taken < self.steps:
            fresh = factors is None
            if factors is None:
                lu, pivots, failed = lapack.dgetrf(problem.jacobian(state)[0].T, overwrite_a=True)
                if failed or not np.isfinite(lu).all():
                    singular = True
                    break
                factors = lu, pivots
            step = -lapack.dgetrs(*factors, residual[0], trans=1)[0][np.newaxis]
            accepted = self._search(problem, state, residual, step, full_only=not fresh)
            if accepted is None:
                if fresh:
                    break
                factors = None
                continue
            previous = error
            state, residual = accepted
            error = float(largest(residual)[0])
            taken += 1
            if error > self.reuse * previous:
                factors = None
        return Solution(state, np.array([error]), np.array([taken]), np.array([singular]))

    def _search(
        self, problem: Problem, state: Array, residual: Array, step: Array, *, full_only: bool
    ) -> tuple[Array, Array] | None:
        """The first of step, step/2, step/4... that lowers the sum of squares; None when none does."""
        length = min(1.0, self.longest / max(float(np.abs(step).max()), np.finfo(float).tiny))
        before = float((residual**2).sum())
        for _ in range(1 if full_only else self.halvings + 1):
            trial = state + length * step
            found = problem.residual(trial)
            if float((found**2).sum()) < before:
                return trial, found
            length /= 2
        return None
