"""Where each effect stands among the unknowns."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from serai.axes import Array
from serai.gravity.effects import EffectPlan


class Layout:
    """Where each effect of a plan stands in a flat row of unknowns: exporter side, importer side, years."""

    def __init__(self, plan: EffectPlan, shape: tuple[int, ...]) -> None:
        self.plan = plan
        self.grid = shape
        lengths = {"none": 0, "fixed": 1, "yearly": shape[2]}
        self.shape_a = (shape[0], lengths[plan.exporter])
        self.shape_c = (shape[1], lengths[plan.importer])
        self.years = shape[2] if plan.year else 0
        self.size_a, self.size_c = (int(np.prod(s)) for s in (self.shape_a, self.shape_c))
        self.size = self.size_a + self.size_c + self.years

    def slices(self) -> list[slice]:
        """The stretches of unknowns that belong to one effect each."""
        edges = np.cumsum([0, self.size_a, self.size_c, self.years]).tolist()
        return [slice(low, high) for low, high in pairwise(edges) if high > low]

    def parts(self, unknowns: Array) -> tuple[Array, Array]:
        """Unknowns as exporter-year (R, I, T) and importer-year (R, J, T) effects; years join the second."""
        count = unknowns.shape[0]
        a = np.zeros((count, self.grid[0], self.grid[2]))
        c = np.zeros((count, self.grid[2], self.grid[1])).swapaxes(1, 2)
        if self.size_a:
            a += unknowns[:, : self.size_a].reshape(count, *self.shape_a)
        if self.size_c:
            c += unknowns[:, self.size_a : self.size_a + self.size_c].reshape(count, *self.shape_c)
        if self.years:
            c += unknowns[:, None, self.size_a + self.size_c :]
        return a, c

    def flat(self, by_i: Array | None, by_j: Array | None) -> Array:
        """Sums by exporter-year (R, I, T) and importer-year (R, J, T), one for each unknown."""
        parts = []
        if by_i is not None and self.size_a:
            parts.append(over_kind(by_i, self.plan.exporter))
        if by_j is not None and self.size_c:
            parts.append(over_kind(by_j, self.plan.importer))
        if by_j is not None and self.years:
            parts.append(by_j.sum(axis=1))
        if not parts:
            leading = by_i if by_i is not None else by_j
            assert leading is not None
            return np.empty((leading.shape[0], 0))
        return np.concatenate(parts, axis=1)


def over_kind(sums: Array, kind: str) -> Array:
    """Sums by year as right-hand sides: over the years when the effect is fixed."""
    count, economies, years = sums.shape
    return sums.sum(axis=2) if kind == "fixed" else sums.reshape(count, economies * years)
