"""The sums of `kernels.py` with numba: the same functions, the same numbers to rounding, one pass each.

Importing this module loads machine code from numba's cache, or compiles it where there is none. `compiled.py`
imports it only when the cache is known to be filled.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from serai.axes import Array
from serai.gravity import loops_numba as loops
from serai.gravity.kernels import (
    Expected,
    Moments,
    cross_products,
    no_moments,
    pair_sums,
    pieces,
    reciprocal,
    scores,
    whole,
)
from serai.gravity.parts import PARTS, in_parts

__all__ = [
    "cross_products",
    "expected",
    "moments",
    "outer_products",
    "pair_scores",
    "pair_sums",
    "project",
    "reduced",
    "scores",
]

NONE_2, NONE_3 = np.empty((0, 0)), np.empty((0, 0, 0))


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


def reduced(weights: Array, inverse: Array, block: Array, first: Array, c: Array) -> tuple[Array, Array]:
    """See `kernels.reduced`; an exporter's cells are read once from memory."""
    w, two, one = _flat(weights), _flat(c), np.ascontiguousarray(first)
    by_j, own = np.zeros((PARTS, *two.shape)), np.empty_like(one)
    in_parts(
        w.shape[0],
        lambda part, low, high: loops.reduced(w, inverse, block, one, two, by_j[part], own, low, high),
    )
    return by_j.sum(axis=0).swapaxes(1, 2), own


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
    """See `kernels.expected`."""
    mu, covariates, given = _flat(out), _flat(x), NONE_3 if base is None else _flat(base)
    count_i, years, count_j = mu.shape
    factors, known = np.ones((count_i, count_j)), NONE_2 if flow_pair is None else flow_pair
    scale = NONE_2 if flow_pair is None else reciprocal(flow_pair)
    by_i, by_j = np.empty((count_i, years)), np.zeros((PARTS, years, count_j))
    sums = no_moments(x) if wanted else None
    alone = not beta.any()
    one, two = np.ascontiguousarray(a), _flat(c)
    if alone:
        one, two = np.exp(one), np.exp(two)

    def work(part: int, low: int, high: int) -> None:
        for block in pieces(low, high, years * count_j * (1 + x.shape[0])):
            first, last = block.start, block.stop
            if alone:
                np.multiply(one[block, :, None], two, out=mu[block])
            else:
                loops.index(one, two, covariates, beta, mu, first, last)
                np.exp(mu[block], out=mu[block])
            loops.rescale(given, known, mu, factors, by_i, by_j[part], first, last)
            if sums is not None:
                _add_moments(mu, covariates, scale, sums, part, first, last)

    in_parts(count_i, work)
    if not np.shares_memory(mu, out):
        out[...] = mu.swapaxes(1, 2)
    return Expected(np.log(factors), by_i, by_j.sum(axis=0).T, None if sums is None else whole(sums))


def moments(weights: Array, x: Array, inverse: Array | None) -> Moments:
    """See `kernels.moments`."""
    w, own, scale = _flat(weights), _flat(x), NONE_2 if inverse is None else inverse
    sums = no_moments(x)
    in_parts(w.shape[0], lambda part, low, high: _add_moments(w, own, scale, sums, part, low, high))
    return whole(sums)


def _add_moments(w: Array, x: Array, scale: Array, sums: Moments, part: int, low: int, high: int) -> None:
    loops.moments(w, x, scale, sums.by_i, sums.by_j[part], sums.by_pair, sums.gram[part], low, high)


def pair_scores(error: Array, x: Array, a: Array, c: Array, pair: Array | None) -> Array:
    """See `kernels.pair_scores`."""
    e, own, one, two, shift = _residual_parts(error, x, a, c, pair)
    out = np.zeros(x.shape[:3])
    in_parts(e.shape[0], lambda _, low, high: loops.pair_scores(e, own, one, two, shift, out, low, high))
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
