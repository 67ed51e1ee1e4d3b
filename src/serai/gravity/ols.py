"""Least squares on the logarithm of flows with the same effects, for comparison with textbook tables."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from serai.axes import Array
from serai.gravity import kernels as numpy_kernels
from serai.gravity.absorb import Normal
from serai.gravity.collinear import Rank, inverse, sort_out
from serai.gravity.ppml import TIGHT, Equation


@dataclass(frozen=True, slots=True)
class LeastSquares:
    """A fitted linear equation; shapes as in `ppml.PoissonFit`, `error` is what is left of the logarithm."""

    beta: Array
    rank: Rank
    unknowns: Array
    pair: Array
    error: Array
    partial: tuple[Array, Array | None]
    bread: Array
    steps: int


def fit_least_squares(equation: Equation, kernels: ModuleType = numpy_kernels) -> LeastSquares:
    """Least squares of `equation.y` (logarithms, unweighted) with weights `equation.base`."""
    weights = np.ones_like(equation.y) if equation.base is None else equation.base
    normal = Normal(weights, equation.plan, kernels)
    both = np.concatenate([equation.x, equation.y[None]])
    moments = normal.moments(both)
    limits = np.full(both.shape[0], TIGHT / 10)
    unknowns, _, steps = normal.solve(
        normal.right_hand(moments), np.zeros((both.shape[0], normal.size)), limits
    )
    pair, cross = normal.residual_products(both, moments.by_pair, unknowns)
    own = (weights * equation.x**2).sum(axis=(1, 2, 3))
    rank = sort_out(cross[:-1, :-1], own)
    keep = list(rank.kept)
    inside = cross[np.ix_(keep, keep)]
    bread = inverse(inside)
    beta = bread @ cross[keep, -1]
    gamma = unknowns[keep]
    means = None if pair is None else pair[keep]
    effect = unknowns[-1] - beta @ gamma
    pair_effect = (
        np.zeros(weights.shape[:2])
        if pair is None or means is None
        else pair[-1] - np.tensordot(beta, means, 1)
    )
    a, c = normal.layout.parts(effect[None])
    error = (
        equation.y
        - a[0][:, None]
        - c[0][None]
        - pair_effect[:, :, None]
        - np.tensordot(beta, equation.x[keep], 1)
    )
    return LeastSquares(
        beta, rank, effect, pair_effect, error * (weights > 0), (gamma, means),
        bread, steps,
    )  # fmt: skip
