"""Observations that a perfect fit pushes to zero: they carry no information and must go.

An observation with a zero flow is separated when some combination of effects and covariates is zero on every
positive flow, never positive on the zero flows, and negative on it: the likelihood then rises without end.
Two ways to find them, after Correia, Guimaraes and Zylkin (2019), "Verifying the existence of maximum
likelihood estimates for generalized linear models":

- an effect whose flows are all zero (and, dropped with them, effects with a single observation);
- the iterative rectifier: project the indicator of zero flows on the effects and covariates under weights
  that hold positive flows near zero, set what is negative to zero, repeat. What stays is separated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array
from serai.errors import SolveError
from serai.gravity import kernels as numpy_kernels
from serai.gravity.absorb import Normal
from serai.gravity.ppml import Equation

Mask = NDArray[np.bool_]
Codes = NDArray[np.int64]
Project = Callable[[Array], Array]

HOLD = 1e4
TOLERANCE = 1e-5
ROUNDS = 1000


def separated(flow: Array, x: Array, groups: Sequence[Codes]) -> Mask:
    """Which observations are separated, for any data with any groups.

    Parameters
    ----------
    flow : zero or more, shape (n,).
    x : covariates, shape (n, k).
    groups : the code of each observation in each effect, shapes (n,).

    Examples
    --------
    >>> separated(np.array([0.0, 0.0, 1.0, 2.0]), np.array([[1.0], [0.0], [0.0], [0.0]]), []).tolist()
    [True, False, False, False]
    """
    gone, _ = separated_by_effects(flow, groups, singletons=False)
    kept = np.flatnonzero(~gone)
    parts = [np.ones((kept.size, 1)), x[kept]]
    for codes in groups:
        _, places = np.unique(codes[kept], return_inverse=True)
        parts.append(np.eye(places.max(initial=-1) + 1)[places])
    design = np.concatenate(parts, axis=1)
    scale = np.sqrt((design**2).mean(axis=0)) if kept.size else np.ones(design.shape[1])
    design /= np.where(scale > 0, scale, 1)

    def projector(weights: Array) -> Project:
        root = np.sqrt(weights)[:, None]
        left, size, _ = np.linalg.svd(design * root, full_matrices=False)
        left = left[:, size > size.max(initial=0) * np.finfo(float).eps * max(design.shape)]
        back = np.divide(1.0, root[:, 0], out=np.zeros(root.shape[0]), where=root[:, 0] > 0)
        return lambda u: (left @ (left.T @ (u * root[:, 0]))) * back

    gone[kept[rectify(flow[kept], projector, HOLD**2)]] = True
    return gone


def separated_by_effects(
    flow: Array, groups: Sequence[Codes], *, singletons: bool = True
) -> tuple[Mask, Mask]:
    """Observations of groups whose flows are all zero, and of groups with one observation.

    Dropping some may leave others alone, so the two go round until nothing changes.

    Returns
    -------
    separated, single : masks of shape (n,), disjoint.
    """
    zero, single = np.zeros(flow.size, dtype=bool), np.zeros(flow.size, dtype=bool)
    positive = flow > 0
    while True:
        before = np.count_nonzero(zero) + np.count_nonzero(single)
        for codes in groups:
            gone = zero | single
            alive = np.bincount(codes[positive & ~gone], minlength=codes.max(initial=0) + 1)
            zero |= ~gone & (alive[codes] == 0)
            if singletons:
                gone = zero | single
                count = np.bincount(codes[~gone], minlength=alive.size)
                single |= ~gone & (count[codes] == 1)
        if np.count_nonzero(zero) + np.count_nonzero(single) == before:
            return zero, single


def separated_on_grid(equation: Equation, kernels: ModuleType = numpy_kernels) -> Mask:
    """Cells separated by effects and covariates together, shape (I, J, T)."""
    used = equation.used > 0
    flow = equation.y[used]
    found = np.zeros(used.shape, dtype=bool)

    def projector(weights: Array) -> Project:
        return _grid_projector(equation, used, weights, kernels)

    found[used] = rectify(flow, projector, HOLD)
    return found


def rectify(flow: Array, projector: Callable[[Array], Project], hold: float) -> Mask:
    """The iterative rectifier, repeated until it finds nothing more.

    Parameters
    ----------
    flow : shape (n,).
    projector : makes, from weights (n,), the weighted projection on effects and covariates. Weights of
        zero take an observation out.
    hold : the weight of a positive flow; a zero flow has one.
    """
    zero = flow == 0
    found = np.zeros(flow.size, dtype=bool)
    while True:
        weights = np.where(zero, 1.0, hold)
        weights[found] = 0.0
        new = _rectify_once(zero & ~found, found, projector(weights))
        if not new.any():
            return found
        found |= new


def _rectify_once(zero: Mask, found: Mask, project: Project) -> Mask:
    target = zero.astype(float)
    held = ~zero & ~found
    for _ in range(ROUNDS):
        fitted = project(target)
        inside = fitted[zero]
        clean = np.abs(fitted[held]).max(initial=0.0) <= TOLERANCE
        if clean and inside.min(initial=0.0) >= -TOLERANCE:
            return np.asarray(zero & (fitted > TOLERANCE**0.5))
        if inside.max(initial=0.0) <= TOLERANCE:
            return np.zeros(zero.size, dtype=bool)
        target = np.where(zero, np.maximum(fitted, 0.0), 0.0)
    raise SolveError(
        "cannot tell whether flows are separated",
        "Drop covariates that are nonzero almost only where flows are zero",
        f"after {ROUNDS} rounds of the rectifier",
    )


def _grid_projector(equation: Equation, used: Mask, weights: Array, kernels: ModuleType) -> Project:
    """The weighted projection on effects and covariates of values on the used cells."""
    grid = np.zeros_like(equation.y)
    grid[used] = weights
    normal = Normal(grid, equation.plan, kernels)
    x = equation.x
    size = normal.size

    def effects(values: Array, start: Array) -> tuple[Array, Array]:
        moments = normal.moments(values)
        limits = np.full(values.shape[0], TOLERANCE / 100)
        gamma = normal.solve(normal.right_hand(moments), start, limits)[0]
        a, c = normal.layout.parts(gamma)
        pair = normal.pair_means(moments.by_pair, gamma)
        left = np.concatenate(
            [numpy_kernels.residuals(values, a, c, pair, part) for part in numpy_kernels.blocks(used.shape)],
            axis=1,
        )
        return left, gamma

    left_x = effects(x, np.zeros((x.shape[0], size)))[0].reshape(x.shape[0], used.size)
    cross = (left_x * grid.reshape(-1)) @ left_x.T
    inverse = np.linalg.pinv(cross, rcond=TOLERANCE**2, hermitian=True) if x.shape[0] else cross
    last = np.zeros((1, size))

    def project(u: Array) -> Array:
        nonlocal last
        values = np.zeros_like(equation.y)
        values[used] = u
        left, last = effects(values[None], last)
        flat = left.reshape(-1)
        flat = flat - (inverse @ (left_x @ (grid.reshape(-1) * flat))) @ left_x
        return np.asarray(u - flat.reshape(used.shape)[used])

    return project
