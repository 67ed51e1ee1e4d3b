"""Sums over the grid [exporter, importer, year], in NumPy.

Every pass works on a few exporters at a time, so that its temporary arrays stay in the processor's cache.
`kernels_numba.py` has the same functions for numba.
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


def empty(shape: tuple[int, ...]) -> Array:
    """An array [..., importer, year] laid out in memory [..., year, importer].

    Importers then stand side by side, and the inner loops of every sum are long. All functions take any
    layout and give the same numbers, but this one is fast.
    """
    return np.empty((*shape[:-2], shape[-1], shape[-2])).swapaxes(-1, -2)


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
    by_i, by_j = None, None
    mean = None if inverse is None else inverse * _pair_sums(weights, a, c)
    if "a" in want:
        by_i = np.zeros((leading.shape[0], weights.shape[0], weights.shape[2]))
        if c is not None:
            by_i += np.matmul(weights.transpose(2, 0, 1), c.transpose(2, 1, 0)).transpose(2, 1, 0)
        if a is not None:
            by_i += totals[0] * a
        if mean is not None:
            by_i -= np.matmul(mean.transpose(1, 0, 2), weights).transpose(1, 0, 2)
    if "c" in want:
        by_j = empty((leading.shape[0], *weights.shape[1:]))
        by_j[...] = 0.0 if c is None else totals[1] * c
        if a is not None:
            by_j += np.matmul(weights.transpose(2, 1, 0), a.transpose(2, 1, 0)).transpose(2, 1, 0)
        if mean is not None:
            by_j -= over_exporters(weights, mean)
    return by_i, by_j


def reduced(
    weights: Array, inverse: Array, block: Array, first: Array, c: Array, totals: tuple[Array, Array]
) -> Array:
    """What `project` makes of importer effects once each exporter's own equations are solved.

    Parameters
    ----------
    weights, inverse, c, totals : as in `project`; c has shape (R, J, T).
    block : inverses of the exporters' own equations, shape (I, T, T).
    first : their solutions without importer effects, shape (R, I, T).

    Returns
    -------
    sums over exporters (R, J, T).
    """
    mean = inverse * _pair_sums(weights, None, c)
    by_i = np.matmul(weights.transpose(2, 0, 1), c.transpose(2, 1, 0)).transpose(1, 2, 0)
    by_i = by_i - np.matmul(mean.transpose(1, 0, 2), weights)
    own = first.transpose(1, 2, 0) - np.matmul(block, by_i.transpose(0, 2, 1))
    mean += inverse * np.matmul(own.transpose(0, 2, 1), weights.transpose(0, 2, 1)).transpose(1, 0, 2)
    by_j = empty(c.shape)
    by_j[...] = totals[1] * c
    by_j += np.matmul(weights.transpose(2, 1, 0), own.transpose(1, 0, 2)).transpose(2, 1, 0)
    by_j -= over_exporters(weights, mean)
    return by_j


def outer_products(weights: Array, inverse: Array) -> tuple[Array, Array]:
    """Sums over pairs of outer products of weights by year, each over the weight of its pair.

    Returns
    -------
    by exporter (I, T, T) and by importer (J, T, T).
    """
    count_i, count_j, years = weights.shape
    by_exporter = np.matmul((weights * inverse[:, :, None]).transpose(0, 2, 1), weights)
    by_importer = np.zeros((years, years, count_j))
    for part in blocks(weights.shape):
        own = weights[part].transpose(0, 2, 1)
        scaled = own * inverse[part, None, :]
        for t in range(years):
            by_importer[t, : t + 1] += np.einsum("ij,isj->sj", scaled[:, t], own[:, : t + 1])
    by_importer = np.ascontiguousarray(by_importer.transpose(2, 0, 1))
    above = np.triu_indices(years, 1)
    by_importer[:, above[0], above[1]] = by_importer[:, above[1], above[0]]
    return by_exporter, by_importer


def over_exporters(weights: Array, mean: Array) -> Array:
    """Weighted sums over exporters of pair effects (R, I, J), shape (R, J, T)."""
    out = empty((mean.shape[0], *weights.shape[1:]))
    for r in range(mean.shape[0]):
        np.einsum("ijt,ij->jt", weights, mean[r], out=out[r])
    return out


def pair_sums(weights: Array, a: Array | None, c: Array | None) -> Array:
    """Weighted sums over years of effects (I, T) and (J, T), shape (I, J)."""
    return _pair_sums(weights, None if a is None else a[None], None if c is None else c[None])[0]


def _pair_sums(weights: Array, a: Array | None, c: Array | None) -> Array:
    leading = a if a is not None else c
    assert leading is not None
    total = np.zeros((leading.shape[0], *weights.shape[:2]))
    if a is not None:
        total += np.matmul(a.transpose(1, 0, 2), weights.transpose(0, 2, 1)).transpose(1, 0, 2)
    if c is not None:
        for r in range(c.shape[0]):
            total[r] += np.einsum("ijt,jt->ij", weights, c[r])
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
    alone = not beta.any()
    if alone:
        a, c = np.exp(a), np.exp(c)
    scratch = np.empty_like(out[next(blocks(shape))])
    for part in blocks(shape):
        mu = out[part]
        if alone:
            np.multiply(a[part, None, :], c[None], out=mu)
        else:
            _exponential(a[part], c, x[:, part], beta, mu, scratch[: mu.shape[0]])
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


def _exponential(a: Array, c: Array, x: Array, beta: Array, mu: Array, scratch: Array) -> None:
    np.add(a[:, None, :], c[None], out=mu)
    for k in range(beta.size):
        np.multiply(x[k], beta[k], out=scratch)
        mu += scratch
    np.exp(mu, out=mu)


def weighted_sums(weights: Array, x: Array, inverse: Array | None) -> tuple[Array, Array, Array]:
    """Weighted sums of covariates, those over importers and exporters less the pairs' means.

    Parameters
    ----------
    weights, x : shapes (I, J, T) and (K, I, J, T).
    inverse : one over the weight of each pair (I, J), or None to leave pair means in.

    Returns
    -------
    over importers (K, I, T), over exporters (K, J, T), over years (K, I, J).
    """
    count = x.shape[0]
    shape = weights.shape
    by_i = np.empty((count, shape[0], shape[2]))
    by_j = empty((count, *shape[1:]))
    by_j[...] = 0.0
    by_pair = np.empty((count, shape[0], shape[1]))
    for part in blocks(shape):
        w = weights[part]
        for k in range(count):
            product = w * x[k, part]
            by_pair[k, part] = over_years(product)
            if inverse is not None:
                product -= w * (by_pair[k, part] * inverse[part])[:, :, None]
            by_i[k, part] = np.einsum("ijt->it", product)
            by_j[k] += np.einsum("ijt->jt", product)
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
        left = residuals(x, a, c, pair, part).transpose(0, 1, 3, 2).reshape(count, -1)
        total += (left * weights[part].transpose(0, 2, 1).reshape(-1)) @ left.T
    return total


def pair_scores(error: Array, x: Array, a: Array, c: Array, pair: Array | None) -> Array:
    """Each pair's contribution to the score of each coefficient, shape (K, I, J)."""
    out = np.empty(x.shape[:3])
    for part in blocks(error.shape):
        out[:, part] = np.einsum("kijt,ijt->kij", residuals(x, a, c, pair, part), error[part])
    return out


def scores(error: Array, x: Array, a: Array, c: Array, pair: Array | None) -> Array:
    """Each cell's contribution to the score of each coefficient, shape (K, I, J, T)."""
    out = empty(x.shape)
    for part in blocks(error.shape):
        np.multiply(residuals(x, a, c, pair, part), error[part], out=out[:, part])
    return out
