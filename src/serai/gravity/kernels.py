"""Sums over the grid [exporter, importer, year], in NumPy.

Every pass works on a few exporters at a time, so that its temporary arrays stay in the processor's cache, and
on as many threads as there are cores (`parts.py`). `kernels_numba.py` has the heavy ones again for numba.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from serai.axes import Array
from serai.gravity.parts import PARTS, in_parts

BLOCK = 1 << 16


class Moments(NamedTuple):
    """Weighted sums of covariates, less the pairs' means where there are pair effects.

    Parameters
    ----------
    by_i, by_j : over importers (K, I, T) and over exporters (K, J, T).
    by_pair : over years (K, I, J), the means left in.
    gram : cross products (K, K).
    """

    by_i: Array
    by_j: Array
    by_pair: Array
    gram: Array

    def some(self, keep: list[int]) -> Moments:
        """Those of some covariates."""
        return Moments(self.by_i[keep], self.by_j[keep], self.by_pair[keep], self.gram[np.ix_(keep, keep)])


class Expected(NamedTuple):
    """Sums of expected flows.

    Parameters
    ----------
    pair : pair effects (I, J).
    by_i, by_j : sums over importers (I, T) and over exporters (J, T).
    moments : those of the covariates, weighted with the expected flows, where they were wanted.
    """

    pair: Array
    by_i: Array
    by_j: Array
    moments: Moments | None


def blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Slices of exporters whose cells fit in the cache."""
    yield from pieces(0, shape[0], shape[1] * shape[2])


def pieces(low: int, high: int, cells: int) -> Iterator[slice]:
    """Slices of the exporters from `low` to `high`, of `cells` cells each, that fit the cache."""
    step = max(1, BLOCK // max(1, cells))
    for first, last in pairwise([*range(low, high, step), high]):
        yield slice(first, last)


def empty(shape: tuple[int, ...]) -> Array:
    """An array [..., importer, year] laid out in memory [..., year, importer].

    Importers then stand side by side, and the inner loops of every sum are long. All functions take any
    layout and give the same numbers, but this one is fast.
    """
    return np.empty((*shape[:-2], shape[-1], shape[-2])).swapaxes(-1, -2)


def over_years(grid: Array) -> Array:
    """Sum over years, shape (exporters, importers)."""
    return np.asarray(np.einsum("ijt->ij", grid))


def totals(grid: Array) -> tuple[Array, Array, Array]:
    """Sums over importers (I, T), over exporters (J, T) and over years (I, J), in one pass."""
    own = grid.swapaxes(1, 2)
    by_i, by_pair = np.empty(own.shape[:2]), np.empty(grid.shape[:2])
    by_j = np.zeros((PARTS, *own.shape[1:]))

    def work(index: int, part: slice) -> None:
        np.sum(own[part], axis=2, out=by_i[part])
        np.sum(own[part], axis=1, out=by_pair[part])
        by_j[index] += own[part].sum(axis=0)

    _each_block(own, work)
    return by_i, by_j.sum(axis=0).T, by_pair


def measure(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Of each covariate (K, I, J, T): products with `y` (I, J, T), squares, and largest size; shapes (K,)."""
    own, flow = x.swapaxes(2, 3), y.swapaxes(1, 2)
    products, squares, size = np.zeros((3, PARTS, x.shape[0]))

    def work(index: int, part: slice) -> None:
        here = np.ascontiguousarray(flow[part]).reshape(-1)
        for k in range(x.shape[0]):
            values = np.ascontiguousarray(own[k, part]).reshape(-1)
            products[index, k] += values @ here
            squares[index, k] += values @ values
            size[index, k] = max(size[index, k], values.max(), -values.min())

    _each_block(flow, work)
    return products.sum(axis=0), squares.sum(axis=0), size.max(axis=0)


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


def reduced(weights: Array, inverse: Array, block: Array, first: Array, c: Array) -> tuple[Array, Array]:
    """What `project` makes of importer effects once each exporter's own equations are solved.

    Parameters
    ----------
    weights, inverse, c : as in `project`; c has shape (R, J, T).
    block : inverses of the exporters' own equations, shape (I, T, T).
    first : their solutions without importer effects, shape (R, I, T).

    Returns
    -------
    sums over exporters (R, J, T), and the exporters' solutions (R, I, T).
    """
    w, two = weights.swapaxes(1, 2), c.swapaxes(1, 2)
    own = np.empty_like(first)
    by_j = np.zeros((PARTS, *two.shape))

    def work(index: int, part: slice) -> None:
        here, scale, out = w[part], inverse[part], by_j[index]
        mean = np.empty((two.shape[0], *scale.shape))
        for r in range(two.shape[0]):
            np.einsum("mtj,tj->mj", here, two[r], out=mean[r])
        mean *= scale
        sums = np.matmul(here.transpose(1, 0, 2), two.transpose(1, 2, 0)).transpose(1, 0, 2)
        sums = sums - np.matmul(here, mean.transpose(1, 2, 0))
        solved = first[:, part].transpose(1, 2, 0) - np.matmul(block[part], sums)
        own[:, part] = solved.transpose(2, 0, 1)
        mean += scale * np.matmul(solved.transpose(0, 2, 1), here).transpose(1, 0, 2)
        out += np.matmul(solved.transpose(1, 2, 0), here.transpose(1, 0, 2)).transpose(1, 0, 2)
        out += here.sum(axis=0) * two
        for r in range(two.shape[0]):
            out[r] -= np.einsum("mtj,mj->tj", here, mean[r])

    _each_block(w, work)
    return by_j.sum(axis=0).swapaxes(1, 2), own


def outer_products(weights: Array, inverse: Array) -> tuple[Array, Array]:
    """Sums over pairs of outer products of weights by year, each over the weight of its pair.

    Returns
    -------
    by exporter (I, T, T) and by importer (J, T, T).
    """
    w = weights.swapaxes(1, 2)
    count_i, years, count_j = w.shape
    by_exporter = np.empty((count_i, years, years))
    lower = np.zeros((PARTS, years, years, count_j))

    def work(index: int, part: slice) -> None:
        scaled = w[part] * inverse[part, None, :]
        np.matmul(scaled, w[part].transpose(0, 2, 1), out=by_exporter[part])
        for t in range(years):
            lower[index, t, : t + 1] += np.einsum("ij,isj->sj", scaled[:, t], w[part, : t + 1])

    _each_block(w, work)
    by_importer = np.ascontiguousarray(lower.sum(axis=0).transpose(2, 0, 1))
    above = np.triu_indices(years, 1)
    by_importer[:, above[0], above[1]] = by_importer[:, above[1], above[0]]
    return by_exporter, by_importer


def over_exporters(weights: Array, mean: Array) -> Array:
    """Weighted sums over exporters of pair effects (R, I, J), shape (R, J, T)."""
    out = empty((mean.shape[0], *weights.shape[1:]))
    for r in range(mean.shape[0]):
        np.einsum("ijt,ij->jt", weights, mean[r], out=out[r])
    return out


def pair_sums(weights: Array, a: Array, c: Array) -> Array:
    """Weighted sums over years of effects (R, I, T) and (R, J, T), shape (R, I, J)."""
    w, two = weights.swapaxes(1, 2), c.swapaxes(1, 2)
    out = np.empty((a.shape[0], *weights.shape[:2]))

    def work(_: int, part: slice) -> None:
        out[:, part] = np.matmul(a[:, part].transpose(1, 0, 2), w[part]).transpose(1, 0, 2)
        for r in range(two.shape[0]):
            out[r, part] += np.einsum("mtj,tj->mj", w[part], two[r])

    _each_block(w, work)
    return out


def _pair_sums(weights: Array, a: Array | None, c: Array | None) -> Array:
    leading = a if a is not None else c
    assert leading is not None
    count, (count_i, count_j, years) = leading.shape[0], weights.shape
    one = np.zeros((count, count_i, years)) if a is None else a
    two = np.zeros((count, years, count_j)).swapaxes(1, 2) if c is None else c
    return pair_sums(weights, one, two)


def expected(
    base: Array | None,
    a: Array,
    c: Array,
    x: Array,
    beta: Array,
    flow_pair: Array | None,
    out: Array,
    wanted: bool = False,
) -> Expected:
    """Expected flows, with pair effects set so that each pair's total fits exactly.

    Parameters
    ----------
    base : weight times exp(offset), zero where there is no observation, shape (I, J, T); None is one.
    a, c : exporter-year and importer-year effects, shapes (I, T) and (J, T).
    x, beta : covariates (K, I, J, T) and their coefficients (K,).
    flow_pair : observed totals by pair (I, J), or None without directed pair effects.
    out : receives the expected flows.
    wanted : whether to return the covariates' moments, while their numbers are in the cache.
    """
    own = out.swapaxes(1, 2)
    effect = np.zeros(out.shape[:2])
    by_i, by_j = np.empty(own.shape[:2]), np.zeros((PARTS, *own.shape[1:]))
    sums = no_moments(x) if wanted else None
    alone = not beta.any()
    one, two = (np.exp(a), np.exp(c).T) if alone else (a, c.T)

    def work(index: int, part: slice) -> None:
        mu = own[part]
        if alone:
            np.multiply(one[part, :, None], two, out=mu)
        else:
            _exponential(one[part], two, x.swapaxes(2, 3)[:, part], beta, mu)
        if base is not None:
            mu *= base.swapaxes(1, 2)[part]
        factor = None
        if flow_pair is not None:
            total = mu.sum(axis=1)
            here = total > 0
            factor = np.divide(flow_pair[part], total, out=np.ones_like(total), where=here)
            np.log(factor, out=effect[part], where=here & (factor > 0))
            mu *= factor[:, None, :]
        np.sum(mu, axis=2, out=by_i[part])
        by_j[index] += mu.sum(axis=0)
        if sums is not None:
            known = None if flow_pair is None else reciprocal(flow_pair[part])
            _add_moments(mu, x.swapaxes(2, 3)[:, part], known, sums, index, part)

    _each_block(own, work, 1 + x.shape[0])
    moments = None if sums is None else whole(sums)
    return Expected(effect, by_i, by_j.sum(axis=0).T, moments)


def _exponential(a: Array, c: Array, x: Array, beta: Array, mu: Array) -> None:
    mu[...] = (beta @ x.reshape(beta.size, mu.size)).reshape(mu.shape)
    mu += a[:, :, None]
    mu += c
    np.exp(mu, out=mu)


def margins(base: Array | None, a: Array, c: Array, flow_pair: Array | None) -> tuple[Array, Array]:
    """Sums over importers (I, T) and exporters (J, T) of what effects alone expect, as products of matrices.

    Parameters
    ----------
    base, flow_pair : as in `expected`.
    a, c : exponentials of the exporter-year and importer-year effects, shapes (I, T) and (J, T).
    """
    if base is None:
        total = a @ c.T
        factor = np.ones_like(total) if flow_pair is None else flow_pair * reciprocal(total)
        return a * (factor @ c), c * (factor.T @ a)
    own, two = base.swapaxes(1, 2), np.ascontiguousarray(c.T)
    by_i, by_j = np.empty_like(a), np.zeros((PARTS, *two.shape))

    def work(index: int, part: slice) -> None:
        one, here = a[part], own[part] * two
        if flow_pair is not None:
            total = np.matmul(one[:, None], here)[:, 0]
            here *= (flow_pair[part] * reciprocal(total))[:, None, :]
        by_i[part] = one * here.sum(axis=2)
        by_j[index] += np.matmul(one.T[:, None], here.transpose(1, 0, 2))[:, 0]

    _each_block(own, work)
    return by_i, by_j.sum(axis=0).T


def moments(weights: Array, x: Array, inverse: Array | None) -> Moments:
    """Weighted sums of covariates.

    Parameters
    ----------
    weights, x : shapes (I, J, T) and (K, I, J, T).
    inverse : one over the weight of each pair (I, J), or None to leave pair means in.
    """
    w, own = weights.swapaxes(1, 2), x.swapaxes(2, 3)
    sums = no_moments(x)

    def work(index: int, part: slice) -> None:
        scale = None if inverse is None else inverse[part]
        _add_moments(w[part], own[:, part], scale, sums, index, part)

    _each_block(w, work, 1 + x.shape[0])
    return whole(sums)


def no_moments(x: Array) -> Moments:
    """Room for moments, those that add up over exporters once for each part."""
    count, count_i, count_j, years = x.shape
    return Moments(
        np.empty((count, count_i, years)), np.zeros((PARTS, count, years, count_j)),
        np.empty((count, count_i, count_j)), np.zeros((PARTS, count, count)),
    )  # fmt: skip


def _add_moments(w: Array, x: Array, scale: Array | None, sums: Moments, index: int, part: slice) -> None:
    left = np.empty(x.shape)
    for k in range(x.shape[0]):
        pair = np.einsum("mtj,mtj->mj", w, x[k])
        sums.by_pair[k, part] = pair
        if scale is None:
            np.multiply(w, x[k], out=left[k])
        else:
            np.subtract(x[k], (pair * scale)[:, None, :], out=left[k])
            left[k] *= w
    sums.by_i[:, part] = left @ np.ones(w.shape[2])
    sums.by_j[index] += left.sum(axis=1)
    count = x.shape[0]
    sums.gram[index] += left.reshape(count, w.size) @ x.reshape(count, w.size).T


def whole(sums: Moments) -> Moments:
    """Parts added up; of the cross products only the lower triangle counts."""
    lower = np.tril(sums.gram.sum(axis=0))
    gram = lower + np.tril(lower, -1).T
    return Moments(sums.by_i, sums.by_j.sum(axis=0).swapaxes(1, 2), sums.by_pair, gram)


def reciprocal(total: Array) -> Array:
    """One over a total, zero where there is none."""
    return np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)


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
    total = np.zeros((PARTS, count, count))

    def work(index: int, part: slice) -> None:
        left = residuals(x, a, c, pair, part).swapaxes(2, 3).reshape(count, weights[part].size)
        total[index] += (left * weights[part].swapaxes(1, 2).reshape(-1)) @ left.T

    _each_block(weights, work, 1 + count)
    return np.asarray(total.sum(axis=0))


def pair_scores(error: Array, x: Array, a: Array, c: Array, pair: Array | None) -> Array:
    """Each pair's contribution to the score of each coefficient, shape (K, I, J)."""
    e, own, two = error.swapaxes(1, 2), x.swapaxes(2, 3), c.swapaxes(1, 2)
    out = np.empty(x.shape[:3])

    def work(_: int, part: slice) -> None:
        total = e[part].sum(axis=1)
        for k in range(x.shape[0]):
            left = own[k, part] - two[k]
            left -= a[k, part, :, None]
            np.einsum("mtj,mtj->mj", left, e[part], out=out[k, part])
            if pair is not None:
                out[k, part] -= pair[k, part] * total

    _each_block(error, work)
    return out


def scores(error: Array, x: Array, a: Array, c: Array, pair: Array | None) -> Array:
    """Each cell's contribution to the score of each coefficient, shape (K, I, J, T)."""
    out = empty(x.shape)

    def work(_: int, part: slice) -> None:
        np.multiply(residuals(x, a, c, pair, part), error[part], out=out[:, part])

    _each_block(error, work, 1 + x.shape[0])
    return out


def _each_block(grid: Array, work: Callable[[int, slice], None], width: int = 1) -> None:
    """Call `work(part, slice)` for blocks of exporters, in a fixed number of parts; see `parts.in_parts`.

    What fits the cache is one block, on this thread: waking others would cost more.
    """
    if grid.size * width <= BLOCK:
        if grid.size:
            work(0, slice(0, grid.shape[0]))
        return
    cells = grid[0].size * width

    def run(index: int, low: int, high: int) -> None:
        for part in pieces(low, high, cells):
            work(index, part)

    in_parts(grid.shape[0], run)
