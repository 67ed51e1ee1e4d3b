"""The sums of `kernels.py` with numba: the same functions, the same numbers to rounding, one pass each.

Importing this module loads machine code from numba's cache, or compiles it where there is none. `compiled.py`
imports it only when the cache is known to be filled.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from serai.axes import Array
from serai.gravity import loops_numba as loops
from serai.gravity.kernels import empty, over_years
from serai.gravity.parts import PARTS, in_parts

__all__ = [
    "cross_products",
    "expected",
    "outer_products",
    "over_years",
    "pair_scores",
    "pair_sums",
    "project",
    "reduced",
    "scores",
    "weighted_sums",
]

NONE_2, NONE_3 = np.empty((0, 0)), np.empty((0, 0, 0))
CACHED = 1 << 17


def project(
    weights: Array,
    inverse: Array | None,
    a: Array | None,
    c: Array | None,
    want: str,
    totals: tuple[Array, Array],
) -> tuple[Array | None, Array | None]:
    """See `kernels.project`; one pass makes the totals again at no cost."""
    del totals
    leading = a if a is not None else c
    assert leading is not None
    w, none = _flat(weights), NONE_2 if inverse is None else inverse
    count, (count_i, years, count_j) = leading.shape[0], w.shape
    two = np.zeros((count, years, count_j)) if c is None else _flat(c)
    by_i = np.empty((count, count_i, years))
    if a is None and want == "a":
        in_parts(count_i, lambda _, low, high: loops.to_exporters(w, none, two, by_i, low, high))
        return by_i, None
    one = np.zeros((count, count_i, years)) if a is None else np.ascontiguousarray(a)
    by_j = np.zeros((PARTS, count, years, count_j))
    in_parts(count_i, lambda part, low, high: loops.to_both(w, none, one, two, by_i, by_j[part], low, high))
    return by_i if "a" in want else None, by_j.sum(axis=0).swapaxes(1, 2) if "c" in want else None


def reduced(
    weights: Array, inverse: Array, block: Array, first: Array, c: Array, totals: tuple[Array, Array]
) -> Array:
    """See `kernels.reduced`; an exporter's cells are read once from memory."""
    del totals
    w, two, one = _flat(weights), _flat(c), np.ascontiguousarray(first)
    by_j = np.zeros((PARTS, *two.shape))
    in_parts(
        w.shape[0],
        lambda part, low, high: loops.reduced(w, inverse, block, one, two, by_j[part], low, high),
    )
    return np.asarray(by_j.sum(axis=0).swapaxes(1, 2))


def outer_products(weights: Array, inverse: Array) -> tuple[Array, Array]:
    """See `kernels.outer_products`."""
    w = _flat(weights)
    count_i, years, count_j = w.shape
    by_exporter = np.empty((count_i, years, years))
    lower = np.zeros((PARTS, years, years, count_j))
    in_parts(
        count_i,
        lambda part, low, high: loops.outer_products(w, inverse, by_exporter, lower[part], low, high),
    )
    by_importer = np.ascontiguousarray(lower.sum(axis=0).transpose(2, 0, 1))
    above = np.triu_indices(years, 1)
    by_importer[:, above[0], above[1]] = by_importer[:, above[1], above[0]]
    return by_exporter, by_importer


def pair_sums(weights: Array, a: Array | None, c: Array | None) -> Array:
    """See `kernels.pair_sums`."""
    w = _flat(weights)
    count_i, years, count_j = w.shape
    out = np.zeros((count_i, count_j))
    one = np.zeros((count_i, years)) if a is None else np.ascontiguousarray(a)
    two = np.zeros((years, count_j)) if c is None else _flat(c)
    in_parts(count_i, lambda _, low, high: loops.pair_sums(w, one, two, out, low, high))
    return out


def expected(
    base: Array | None, a: Array, c: Array, x: Array, beta: Array, flow_pair: Array | None, out: Array
) -> tuple[Array, Array, Array]:
    """See `kernels.expected`."""
    mu, covariates, given = _flat(out), _flat(x), NONE_3 if base is None else _flat(base)
    count_i, years, count_j = mu.shape
    factors, known = np.ones((count_i, count_j)), NONE_2 if flow_pair is None else flow_pair
    by_i, by_j = np.empty((count_i, years)), np.zeros((PARTS, years, count_j))
    one, two, alone = np.ascontiguousarray(a), _flat(c), not beta.any()
    if alone:
        with np.errstate(over="ignore"):
            one, two = np.exp(one), np.exp(two)
    step = max(1, CACHED // max(1, years * count_j))

    def work(part: int, low: int, high: int) -> None:
        for first in range(low, high, step):
            last = min(first + step, high)
            if alone:
                loops.products(one, two, mu, first, last)
            else:
                loops.index(one, two, covariates, beta, mu, first, last)
                with np.errstate(over="ignore"):
                    np.exp(mu[first:last], out=mu[first:last])
            loops.rescale(given, known, mu, factors, by_i, by_j[part], first, last)

    in_parts(count_i, work)
    if not np.shares_memory(mu, out):
        out[...] = mu.swapaxes(1, 2)
    return np.log(factors), by_i, by_j.sum(axis=0).T


def weighted_sums(weights: Array, x: Array, inverse: Array | None) -> tuple[Array, Array, Array]:
    """See `kernels.weighted_sums`."""
    w, own, none = _flat(weights), _flat(x), NONE_2 if inverse is None else inverse
    count, count_i, years, count_j = own.shape
    by_i, by_pair = np.empty((count, count_i, years)), np.zeros((count, count_i, count_j))
    by_j = np.zeros((PARTS, count, years, count_j))
    in_parts(
        count_i,
        lambda part, low, high: loops.weighted_sums(w, own, none, by_i, by_j[part], by_pair, low, high),
    )
    return by_i, by_j.sum(axis=0).swapaxes(1, 2), by_pair


def cross_products(weights: Array, x: Array, a: Array, c: Array, pair: Array | None) -> Array:
    """See `kernels.cross_products`."""
    w, own, one, two, shift = _residual_parts(weights, x, a, c, pair)
    out = np.zeros((PARTS, x.shape[0], x.shape[0]))
    in_parts(
        w.shape[0],
        lambda part, low, high: loops.cross_products(w, own, one, two, shift, out[part], low, high),
    )
    lower = out.sum(axis=0)
    return np.asarray(lower + np.tril(lower, -1).T)


def pair_scores(error: Array, x: Array, a: Array, c: Array, pair: Array | None) -> Array:
    """See `kernels.pair_scores`."""
    e, own, one, two, shift = _residual_parts(error, x, a, c, pair)
    out = np.zeros(x.shape[:3])
    in_parts(
        e.shape[0], lambda _, low, high: loops.pair_scores(e, own, one, two, shift, out, low, high)
    )
    return out


def scores(error: Array, x: Array, a: Array, c: Array, pair: Array | None) -> Array:
    """See `kernels.scores`."""
    e, own, one, two, shift = _residual_parts(error, x, a, c, pair)
    out = empty(x.shape)
    in_parts(
        e.shape[0], lambda _, low, high: loops.scores(e, own, one, two, shift, _flat(out), low, high)
    )
    return out


def _residual_parts(
    weights: Array, x: Array, a: Array, c: Array, pair: Array | None
) -> tuple[Array, Array, Array, Array, Array]:
    shift = NONE_3 if pair is None else np.ascontiguousarray(pair)
    return _flat(weights), _flat(x), np.ascontiguousarray(a), _flat(c), shift


def _flat(values: Array) -> Array:
    """Values [..., importer, year] as contiguous [..., year, importer]; no copy when laid out so."""
    return np.ascontiguousarray(values.swapaxes(-1, -2))


def cache_files() -> list[str]:
    """The index files of numba's cache for the compiled loops."""
    functions: tuple[Any, ...] = loops.COMPILED
    return sorted(str(function._cache._cache_file._index_path) for function in functions)
