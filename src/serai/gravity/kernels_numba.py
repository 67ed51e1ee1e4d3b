"""The sums of `kernels.py` for numba: the same functions, the same numbers to rounding, one pass each.

Importing this module loads machine code from numba's cache, or compiles it where there is none. `compiled.py`
imports it only when the cache is known to be filled.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from serai.axes import Array
from serai.gravity.kernels import over_years

__all__ = [
    "cross_products",
    "expected",
    "over_years",
    "pair_scores",
    "pair_sums",
    "project",
    "scores",
    "weighted_sums",
]

_G2, _G3, _G4 = (f"float64[{', '.join(':' * n)}]".replace(":]", "::1]") for n in (2, 3, 4))
_V1 = "float64[::1]"


def _fast(signature: str) -> Any:
    """Compile ahead, keep in the cache, let the compiler reorder sums."""
    return numba.njit(
        signature, cache=True, fastmath={"reassoc", "contract", "nsz", "arcp"}, error_model="numpy"
    )


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
    count, shape = leading.shape[0], weights.shape
    c = np.zeros((count, shape[1], shape[2])) if c is None else np.ascontiguousarray(c)
    none = np.empty((0, 0)) if inverse is None else inverse
    by_i = np.zeros((count, shape[0], shape[2])) if "a" in want else None
    by_j = np.zeros((count, shape[1], shape[2])) if "c" in want else None
    if a is None and by_j is None:
        _project_importers(weights, none, c, by_i)
        return by_i, None
    a = np.zeros((count, shape[0], shape[2])) if a is None else np.ascontiguousarray(a)
    if by_i is None:
        _project_to_importers(weights, none, a, c, by_j)
        return None, by_j
    scratch = np.zeros((count, shape[1], shape[2])) if by_j is None else by_j
    _project_both(weights, none, a, c, by_i, scratch)
    return by_i, by_j


@_fast(f"void({_G3}, {_G2}, {_G3}, {_G3})")
def _project_importers(weights: Any, inverse: Any, c: Any, by_i: Any) -> None:
    count_i, count_j, years = weights.shape
    paired = inverse.size > 0
    for i in range(count_i):
        for j in range(count_j):
            if paired and inverse[i, j] == 0.0:
                continue
            w = weights[i, j]
            for r in range(c.shape[0]):
                two, here = c[r, j], by_i[r, i]
                mean = 0.0
                if paired:
                    for t in range(years):
                        mean += w[t] * two[t]
                    mean *= inverse[i, j]
                for t in range(years):
                    here[t] += w[t] * (two[t] - mean)


@_fast(f"void({_G3}, {_G2}, {_G3}, {_G3}, {_G3})")
def _project_to_importers(weights: Any, inverse: Any, a: Any, c: Any, by_j: Any) -> None:
    count_i, count_j, years = weights.shape
    paired = inverse.size > 0
    for i in range(count_i):
        for j in range(count_j):
            if paired and inverse[i, j] == 0.0:
                continue
            w = weights[i, j]
            for r in range(a.shape[0]):
                one, two, there = a[r, i], c[r, j], by_j[r, j]
                mean = 0.0
                if paired:
                    for t in range(years):
                        mean += w[t] * (one[t] + two[t])
                    mean *= inverse[i, j]
                for t in range(years):
                    there[t] += w[t] * (one[t] + two[t] - mean)


@_fast(f"void({_G3}, {_G2}, {_G3}, {_G3}, {_G3}, {_G3})")
def _project_both(weights: Any, inverse: Any, a: Any, c: Any, by_i: Any, by_j: Any) -> None:
    count_i, count_j, years = weights.shape
    paired = inverse.size > 0
    for i in range(count_i):
        for j in range(count_j):
            if paired and inverse[i, j] == 0.0:
                continue
            w = weights[i, j]
            for r in range(a.shape[0]):
                one, two = a[r, i], c[r, j]
                mean = 0.0
                if paired:
                    for t in range(years):
                        mean += w[t] * (one[t] + two[t])
                    mean *= inverse[i, j]
                here, there = by_i[r, i], by_j[r, j]
                for t in range(years):
                    value = w[t] * (one[t] + two[t] - mean)
                    here[t] += value
                    there[t] += value


def pair_sums(weights: Array, a: Array | None, c: Array | None) -> Array:
    """See `kernels.pair_sums`."""
    shape = weights.shape
    out = np.empty(shape[:2])
    _pair_sums(
        weights,
        np.zeros((shape[0], shape[2])) if a is None else np.ascontiguousarray(a),
        np.zeros((shape[1], shape[2])) if c is None else np.ascontiguousarray(c),
        out,
    )
    return out


@_fast(f"void({_G3}, {_G2}, {_G2}, {_G2})")
def _pair_sums(weights: Any, a: Any, c: Any, out: Any) -> None:
    count_i, count_j, years = weights.shape
    for i in range(count_i):
        for j in range(count_j):
            w, one, two = weights[i, j], a[i], c[j]
            total = 0.0
            for t in range(years):
                total += w[t] * (one[t] + two[t])
            out[i, j] = total


def expected(
    base: Array | None, a: Array, c: Array, x: Array, beta: Array, flow_pair: Array | None, out: Array
) -> tuple[Array, Array, Array]:
    """See `kernels.expected`."""
    shape = out.shape
    effect = np.zeros(shape[:2])
    by_i, by_j = np.zeros((shape[0], shape[2])), np.zeros((shape[1], shape[2]))
    _index(np.ascontiguousarray(a), np.ascontiguousarray(c), x, beta, out)
    np.exp(out, out=out)
    known = np.empty((0, 0)) if flow_pair is None else flow_pair
    _rescale(np.empty((0, 0, 0)) if base is None else base, known, out, effect, by_i, by_j)
    np.log(effect, out=effect)
    return effect, by_i, by_j


@_fast(f"void({_G2}, {_G2}, {_G4}, {_V1}, {_G3})")
def _index(a: Any, c: Any, x: Any, beta: Any, out: Any) -> None:
    count_i, count_j, years = out.shape
    for i in range(count_i):
        for j in range(count_j):
            one, two, here = a[i], c[j], out[i, j]
            for t in range(years):
                here[t] = one[t] + two[t]
            for k in range(beta.size):
                own, b = x[k, i, j], beta[k]
                for t in range(years):
                    here[t] += own[t] * b


@_fast(f"void({_G3}, {_G2}, {_G3}, {_G2}, {_G2}, {_G2})")
def _rescale(base: Any, known: Any, out: Any, effect: Any, by_i: Any, by_j: Any) -> None:
    count_i, count_j, years = out.shape
    for i in range(count_i):
        for j in range(count_j):
            mu = out[i, j]
            if known.size > 0 and known[i, j] == 0.0:
                effect[i, j] = 1.0
                mu[:] = 0.0
                continue
            if base.size > 0:
                weight = base[i, j]
                for t in range(years):
                    mu[t] *= weight[t]
            factor = 1.0
            if known.size > 0:
                total = 0.0
                for t in range(years):
                    total += mu[t]
                if total > 0:
                    factor = known[i, j] / total
            effect[i, j] = factor if factor > 0 else 1.0
            here, there = by_i[i], by_j[j]
            for t in range(years):
                value = mu[t] * factor
                mu[t] = value
                here[t] += value
                there[t] += value


def weighted_sums(weights: Array, x: Array) -> tuple[Array, Array, Array]:
    """See `kernels.weighted_sums`."""
    count, shape = x.shape[0], weights.shape
    by_i, by_j = np.zeros((count, shape[0], shape[2])), np.zeros((count, shape[1], shape[2]))
    by_pair = np.empty((count, shape[0], shape[1]))
    _weighted_sums(weights, x, by_i, by_j, by_pair)
    return by_i, by_j, by_pair


@_fast(f"void({_G3}, {_G4}, {_G3}, {_G3}, {_G3})")
def _weighted_sums(weights: Any, x: Any, by_i: Any, by_j: Any, by_pair: Any) -> None:
    count_i, count_j, years = weights.shape
    for i in range(count_i):
        for j in range(count_j):
            w = weights[i, j]
            for k in range(x.shape[0]):
                own, here, there = x[k, i, j], by_i[k, i], by_j[k, j]
                total = 0.0
                for t in range(years):
                    value = w[t] * own[t]
                    here[t] += value
                    there[t] += value
                    total += value
                by_pair[k, i, j] = total


def cross_products(weights: Array, x: Array, a: Array, c: Array, pair: Array | None) -> Array:
    """See `kernels.cross_products`."""
    out = np.zeros((x.shape[0], x.shape[0]))
    none = np.empty((0, 0, 0)) if pair is None else pair
    _cross_products(weights, x, np.ascontiguousarray(a), np.ascontiguousarray(c), none, out)
    return out


@_fast(f"void({_G3}, {_G4}, {_G3}, {_G3}, {_G3}, {_G2})")
def _cross_products(weights: Any, x: Any, a: Any, c: Any, pair: Any, out: Any) -> None:
    count_i, count_j, years = weights.shape
    count = x.shape[0]
    left = np.empty((count, years))
    for i in range(count_i):
        for j in range(count_j):
            w = weights[i, j]
            for k in range(count):
                shift = pair[k, i, j] if pair.size > 0 else 0.0
                own, one, two, here = x[k, i, j], a[k, i], c[k, j], left[k]
                for t in range(years):
                    here[t] = own[t] - one[t] - two[t] - shift
            for k in range(count):
                for m in range(k + 1):
                    here, there = left[k], left[m]
                    total = 0.0
                    for t in range(years):
                        total += w[t] * here[t] * there[t]
                    out[k, m] += total
    for k in range(count):
        for m in range(k):
            out[m, k] = out[k, m]


def pair_scores(error: Array, x: Array, a: Array, c: Array, pair: Array | None) -> Array:
    """See `kernels.pair_scores`."""
    out = np.empty(x.shape[:3])
    none = np.empty((0, 0, 0)) if pair is None else pair
    _pair_scores(error, x, np.ascontiguousarray(a), np.ascontiguousarray(c), none, out)
    return out


@_fast(f"void({_G3}, {_G4}, {_G3}, {_G3}, {_G3}, {_G3})")
def _pair_scores(error: Any, x: Any, a: Any, c: Any, pair: Any, out: Any) -> None:
    count_i, count_j, years = error.shape
    for i in range(count_i):
        for j in range(count_j):
            e = error[i, j]
            for k in range(x.shape[0]):
                shift = pair[k, i, j] if pair.size > 0 else 0.0
                own, one, two = x[k, i, j], a[k, i], c[k, j]
                total = 0.0
                for t in range(years):
                    total += (own[t] - one[t] - two[t] - shift) * e[t]
                out[k, i, j] = total


def scores(error: Array, x: Array, a: Array, c: Array, pair: Array | None) -> Array:
    """See `kernels.scores`."""
    out = np.empty_like(x)
    none = np.empty((0, 0, 0)) if pair is None else pair
    _scores(error, x, np.ascontiguousarray(a), np.ascontiguousarray(c), none, out)
    return out


@_fast(f"void({_G3}, {_G4}, {_G3}, {_G3}, {_G3}, {_G4})")
def _scores(error: Any, x: Any, a: Any, c: Any, pair: Any, out: Any) -> None:
    count_i, count_j, years = error.shape
    for i in range(count_i):
        for j in range(count_j):
            for k in range(x.shape[0]):
                shift = pair[k, i, j] if pair.size > 0 else 0.0
                own, one, two, here, e = x[k, i, j], a[k, i], c[k, j], out[k, i, j], error[i, j]
                for t in range(years):
                    here[t] = (own[t] - one[t] - two[t] - shift) * e[t]


def cache_files() -> list[str]:
    """The index files of numba's cache for the functions of this module."""
    functions = (
        _project_importers, _project_to_importers, _project_both, _pair_sums, _index, _rescale,
        _weighted_sums, _cross_products, _pair_scores, _scores,
    )  # fmt: skip
    return sorted(str(function._cache._cache_file._index_path) for function in functions)
