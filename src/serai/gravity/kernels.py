"""Sums over the grid [exporter, importer, year], in NumPy.

Every pass works on a few exporters at a time, so that its temporary arrays stay in the processor's cache.
`compiled.py` has the same functions for numba.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from serai.axes import Array

BLOCK = 1 << 15


def blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Slices of exporters whose cells fit in the cache."""
    step = max(1, BLOCK // max(1, shape[1] * shape[2]))
    edges = [*range(0, shape[0], step), shape[0]]
    for low, high in pairwise(edges):
        yield slice(low, high)


def over_years(grid: Array) -> Array:
    """Sum over years, shape (exporters, importers)."""
    return np.asarray(np.einsum("ijt->ij", grid))


def sum_over(grid: Array, axes: tuple[int, ...]) -> Array:
    """Sum over some of the axes exporter, importer, year; fast for any of them."""
    kept = "".join(letter for k, letter in enumerate("ijt") if k not in axes)
    return np.asarray(np.einsum(f"ijt->{kept}", grid))


def project(
    weights: Array,
    inverse: Array | None,
    a: Array | None,
    c: Array | None,
    want: str,
    totals: tuple[Array, Array],
) -> tuple[Array | None, Array | None]:
    """What the weighted normal equations make of effects, with pair effects eliminated.

    Parameters
    ----------
    weights : shape (I, J, T).
    inverse : one over the weight of each pair, shape (I, J), or None without pair effects.
    a, c : exporter-year and importer-year effects, shapes (R, I, T) and (R, J, T); None is zero.
    want : `a`, `c` or `ac`, which sums to return.
    totals : the weights summed over importers (I, T) and over exporters (J, T).

    Returns
    -------
    sums over importers (R, I, T) and over exporters (R, J, T) of the weighted residual effect.
    """
    leading = a if a is not None else c
    assert leading is not None
    count = leading.shape[0]
    shape = weights.shape
    by_i = np.zeros((count, shape[0], shape[2])) if "a" in want else None
    by_j = np.zeros((count, shape[1], shape[2])) if "c" in want else None
    for r in range(count):
        _project_one(
            weights, inverse, None if a is None else a[r], None if c is None else c[r],
            None if by_i is None else by_i[r], None if by_j is None else by_j[r], totals,
        )  # fmt: skip
    return by_i, by_j


def _project_one(
    weights: Array,
    inverse: Array | None,
    a: Array | None,
    c: Array | None,
    by_i: Array | None,
    by_j: Array | None,
    totals: tuple[Array, Array],
) -> None:
    mean = None if inverse is None else inverse * pair_sums(weights, a, c)
    if by_i is not None:
        if c is not None:
            by_i += np.einsum("ijt,jt->it", weights, c)
        if a is not None:
            by_i += totals[0] * a
        if mean is not None:
            by_i -= np.matmul(mean[:, None, :], weights)[:, 0, :]
    if by_j is not None:
        if a is not None:
            by_j += np.einsum("ijt,it->jt", weights, a)
        if c is not None:
            by_j += totals[1] * c
        if mean is not None:
            by_j -= np.einsum("ijt,ij->jt", weights, mean)


def pair_sums(weights: Array, a: Array | None, c: Array | None) -> Array:
    """Weighted sums over years of effects, shape (I, J)."""
    total = np.zeros(weights.shape[:2])
    if a is not None:
        total += np.matmul(weights, a[:, :, None])[:, :, 0]
    if c is not None:
        total += np.einsum("ijt,jt->ij", weights, c)
    return total


def expected(
    base: Array | None, a: Array, c: Array, x: Array, beta: Array, flow_pair: Array | None, out: Array
) -> tuple[Array, Array, Array]:
    """Expected flows, with pair effects set so that each pair's total fits exactly.

    Parameters
    ----------
    base : weight times exp(offset), zero where there is no observation, shape (I, J, T); None is one.
    a, c : exporter-year and importer-year effects, shapes (I, T) and (J, T).
    x, beta : covariates (K, I, J, T) and their coefficients (K,).
    flow_pair : observed totals by pair (I, J), or None without directed pair effects.
    out : receives the expected flows.

    Returns
    -------
    pair effects (I, J), sums over importers (I, T), sums over exporters (J, T).
    """
    shape = out.shape
    effect = np.zeros(shape[:2])
    by_i = np.empty((shape[0], shape[2]))
    by_j = np.zeros((shape[1], shape[2]))
    scratch = np.empty_like(out[next(blocks(shape))])
    for part in blocks(shape):
        mu = out[part]
        np.add(a[part, None, :], c[None], out=mu)
        step = scratch[: mu.shape[0]]
        for k in range(beta.size):
            np.multiply(x[k, part], beta[k], out=step)
            mu += step
        np.exp(mu, out=mu)
        if base is not None:
            mu *= base[part]
        if flow_pair is not None:
            total = over_years(mu)
            here = total > 0
            factor = np.divide(flow_pair[part], total, out=np.ones_like(total), where=here)
            np.log(factor, out=effect[part], where=here & (factor > 0))
            mu *= factor[:, :, None]
        by_i[part] = np.einsum("ijt->it", mu)
        by_j += np.einsum("ijt->jt", mu)
    return effect, by_i, by_j


def weighted_sums(weights: Array, x: Array) -> tuple[Array, Array, Array]:
    """Weighted sums of covariates: (K, I, T) over importers, (K, J, T) exporters, (K, I, J) years."""
    count = x.shape[0]
    shape = weights.shape
    by_i = np.empty((count, shape[0], shape[2]))
    by_j = np.zeros((count, shape[1], shape[2]))
    by_pair = np.empty((count, shape[0], shape[1]))
    for part in blocks(shape):
        for k in range(count):
            product = weights[part] * x[k, part]
            by_i[k, part] = np.einsum("ijt->it", product)
            by_j[k] += np.einsum("ijt->jt", product)
            by_pair[k, part] = over_years(product)
    return by_i, by_j, by_pair


def residuals(x: Array, a: Array, c: Array, pair: Array | None, part: slice) -> Array:
    """Covariates less their effects for some exporters, shape (K, m, J, T)."""
    left = x[:, part] - a[:, part, None, :]
    left -= c[:, None]
    if pair is not None:
        left -= pair[:, part, :, None]
    return left


def cross_products(weights: Array, x: Array, a: Array, c: Array, pair: Array | None) -> Array:
    """Weighted cross products (K, K) of the covariates' residuals."""
    count = x.shape[0]
    total = np.zeros((count, count))
    for part in blocks(weights.shape):
        left = residuals(x, a, c, pair, part).reshape(count, weights[part].size)
        total += (left * weights[part].reshape(-1)) @ left.T
    return total


def pair_scores(error: Array, x: Array, a: Array, c: Array, pair: Array | None) -> Array:
    """Each pair's contribution to the score of each coefficient, shape (K, I, J)."""
    out = np.empty(x.shape[:3])
    for part in blocks(error.shape):
        out[:, part] = np.einsum("kijt,ijt->kij", residuals(x, a, c, pair, part), error[part])
    return out


def scores(error: Array, x: Array, a: Array, c: Array, pair: Array | None) -> Array:
    """Each cell's contribution to the score of each coefficient, shape (K, I, J, T)."""
    out = np.empty_like(x)
    for part in blocks(error.shape):
        np.multiply(residuals(x, a, c, pair, part), error[part], out=out[:, part])
    return out
