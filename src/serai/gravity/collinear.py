"""Covariates that cannot be told apart from the effects or from each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from serai.axes import Array
from serai.gravity.absorb import Normal

ABSORBED = 1e-12
REDUNDANT = 1e-10


@dataclass(frozen=True, slots=True)
class Rank:
    """Positions of covariates: estimated, collinear with the effects, collinear with those before them."""

    kept: tuple[int, ...]
    absorbed: tuple[int, ...]
    redundant: tuple[int, ...]


def sort_out(
    cross: Array,
    own: Array,
    absorbed_below: float = ABSORBED,
    redundant_below: float = REDUNDANT,
    absorbed: Callable[[int], bool] = lambda _: True,
) -> Rank:
    """Sort covariates by what is left of them.

    Parameters
    ----------
    cross : weighted cross products (K, K) of the covariates after the effects.
    own : weighted squares (K,) of the covariates before the effects.
    absorbed_below : share of the square below which the effects absorb a covariate.
    redundant_below : share of what the effects leave, below which earlier covariates explain it.
    absorbed : a second opinion on a covariate that seems absorbed.
    """
    kept: list[int] = []
    gone: list[int] = []
    redundant: list[int] = []
    for k in range(cross.shape[0]):
        if cross[k, k] <= absorbed_below * own[k] and absorbed(k):
            gone.append(k)
            continue
        scale = np.sqrt(np.diag(cross)[[*kept, k]])
        unit = cross[np.ix_([*kept, k], [*kept, k])] / np.outer(scale, scale)
        left = 1.0
        if kept:
            left -= unit[-1, :-1] @ np.linalg.solve(unit[:-1, :-1], unit[:-1, -1])
        (redundant if left <= redundant_below else kept).append(k)
    return Rank(tuple(kept), tuple(gone), tuple(redundant))


def inverse(cross: Array) -> Array:
    """Inverse of cross products, scaled to a unit diagonal first."""
    scale = 1 / np.sqrt(np.diag(cross))
    return np.asarray(np.linalg.inv(cross * np.outer(scale, scale)) * np.outer(scale, scale))


def partial_out(normal: Normal, x: Array, tolerance: float) -> tuple[Array, Array]:
    """Effects (K, size) of covariates' projections and the cross products (K, K) of what is left."""
    moments = normal.moments(x)
    limits = np.full(x.shape[0], tolerance)
    unknowns = normal.solve(normal.right_hand(moments), np.zeros((x.shape[0], normal.size)), limits)[0]
    return unknowns, normal.residual_products(x, moments.by_pair, unknowns)[1]
