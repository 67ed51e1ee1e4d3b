"""Projected gradient with spectral steps: the largest value of a smooth function over a box with a budget.

Source: Birgin, Martinez and Raydan (2000), "Nonmonotone Spectral Projected Gradient Methods on Convex Sets",
SIAM Journal on Optimization 10(4). The gap is that of Frank and Wolfe (1956).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from serai.axes import Array

Objective = Callable[[Array], tuple[float, Array]]


@dataclass(frozen=True, slots=True)
class Feasible:
    """The points with 0 <= u <= 1 and cost . u <= budget; costs (K,) and the budget are zero or more."""

    cost: Array
    budget: float

    def project(self, point: Array) -> Array:
        """The nearest feasible point: the box, and one price of the budget that all share."""
        inside = np.clip(point, 0, 1)
        if self.cost @ inside <= self.budget:
            return inside
        paid = self.cost > 0
        turns = np.concatenate([(point[paid] - 1) / self.cost[paid], point[paid] / self.cost[paid]])
        prices = np.unique(np.concatenate([[0.0], turns[turns > 0]]))
        spent = np.clip(point - prices[:, np.newaxis] * self.cost, 0, 1) @ self.cost
        price = np.interp(-self.budget, -spent, prices)  # spending falls with the price, in straight lines
        return np.asarray(np.clip(point - price * self.cost, 0, 1))

    def best(self, slope: Array) -> tuple[Array, float]:
        """The feasible point with the largest slope . u, and what one more unit of budget would add to it."""
        worth = np.where(slope > 0, slope, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(worth > 0, worth / self.cost, 0)
        point, left, price = np.zeros_like(slope), self.budget, 0.0
        for place in np.argsort(-ratio, kind="stable"):
            if ratio[place] <= 0:
                return point, 0.0
            share = 1.0 if self.cost[place] <= left else left / self.cost[place]
            point[place], left = share, max(left - share * self.cost[place], 0.0)
            if share < 1:
                price = float(ratio[place])
                break
        return point, price

    def gap(self, point: Array, slope: Array) -> float:
        """How much the best feasible point would add if slopes held; zero where nothing can be improved."""
        return float(slope @ (self.best(slope)[0] - point))


@dataclass(frozen=True, slots=True)
class Ascent:
    """Where the search ended: the point (K,), its value and slopes, the gap, and the evaluations it took."""

    point: Array
    value: float
    slope: Array
    gap: float
    evaluations: int


@dataclass(frozen=True, slots=True)
class ProjectedGradient:
    """Maximisation over a `Feasible` set.

    tolerance : the largest gap accepted. rounding : changes of the value below this are noise.
    steps : at most so many steps. memory : a step may fall below the best of so many past values.
    halvings : at most so many halvings of a step.
    """

    tolerance: float
    rounding: float
    steps: int = 200
    memory: int = 5
    halvings: int = 30

    def solve(self, objective: Objective, feasible: Feasible, start: Array) -> Ascent:
        """Search from a feasible start, (K,). The objective is NaN where it has no value."""
        point = feasible.project(start)
        value, slope = objective(point)
        count, past, best = 1, [value], None
        length = _first_length(slope)
        for _ in range(self.steps):
            found = Ascent(point, value, slope, feasible.gap(point, slope), count)
            if best is None or found.value >= best.value - self.rounding:
                best = found
            if not found.gap > self.tolerance:
                break
            step = feasible.project(point + length * slope) - point
            moved = self._search(objective, point, step, float(slope @ step), min(past[-self.memory :]))
            if moved is None:
                break
            new, value, fresh, tried = moved
            count += tried
            bend = float((new - point) @ (fresh - slope))
            length = float((new - point) @ (new - point)) / -bend if bend < 0 else _LONGEST * length
            length = min(length, _LONGEST * _first_length(fresh))
            point, slope = new, fresh
            past.append(value)
        assert best is not None
        return Ascent(best.point, best.value, best.slope, best.gap, count)

    def _search(
        self, objective: Objective, point: Array, step: Array, promised: float, floor: float
    ) -> tuple[Array, float, Array, int] | None:
        """The first of step, step/2, step/4... that gains a part of what the slope promises."""
        share = 1.0
        for tried in range(1, self.halvings + 1):
            new = point + share * step
            value, slope = objective(new)
            if value >= floor + _SMALL_PART * share * promised - self.rounding:
                return new, value, slope, tried
            share /= 2
        return None


_SMALL_PART = 1e-4
_LONGEST = 10


def _first_length(slope: Array) -> float:
    """A step that crosses the box along the steepest side."""
    return 1 / max(float(np.abs(slope).max(initial=0)), np.finfo(float).tiny)
