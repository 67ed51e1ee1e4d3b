"""The loops of `kernels_numba.py`, compiled ahead: one pass over the cells each.

Arrays are laid out [exporter, year, importer], importers side by side, so that the inner loops are long. Each
function does the exporters from `low` to `high`; sums over exporters go to an array of the caller's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

_G1, _G2, _G3, _G4 = (f"float64[{', '.join([':'] * (n - 1) + ['::1'])}]" for n in (1, 2, 3, 4))
_RANGE = "int64, int64"
Loop = TypeVar("Loop", bound=Callable[..., None])


def _fast(signature: str) -> Callable[[Loop], Loop]:
    """Compile ahead, keep in the cache, let the compiler reorder sums, let other threads run."""
    compiler: Any = numba.njit(
        signature, cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz", "arcp"},
        error_model="numpy",
    )  # fmt: skip
    return cast("Callable[[Loop], Loop]", compiler)


@_fast(f"void({_G3}, {_G2}, {_G3}, {_G3}, {_RANGE})")
def to_exporters(weights: Any, inverse: Any, c: Any, by_i: Any, low: Any, high: Any) -> None:
    """Importer-year effects (R, T, J), summed over importers less their pair means."""
    _, years, count_j = weights.shape
    paired = inverse.size > 0
    mean = np.zeros(count_j)
    for i in range(low, high):
        w = weights[i]
        for r in range(c.shape[0]):
            two = c[r]
            mean[:] = 0.0
            if paired:
                for t in range(years):
                    for j in range(count_j):
                        mean[j] += w[t, j] * two[t, j]
                for j in range(count_j):
                    mean[j] *= inverse[i, j]
            for t in range(years):
                total = 0.0
                for j in range(count_j):
                    total += w[t, j] * (two[t, j] - mean[j])
                by_i[r, i, t] = total


@_fast(f"void({_G3}, {_G2}, {_G3}, {_G3}, {_G3}, {_G3}, {_RANGE})")
def to_both(weights: Any, inverse: Any, a: Any, c: Any, by_i: Any, by_j: Any, low: Any, high: Any) -> None:
    """Both kinds of effects, summed over importers and added to sums over exporters (R, T, J)."""
    _, years, count_j = weights.shape
    paired = inverse.size > 0
    mean = np.zeros(count_j)
    for i in range(low, high):
        w = weights[i]
        for r in range(a.shape[0]):
            two = c[r]
            mean[:] = 0.0
            if paired:
                for t in range(years):
                    one = a[r, i, t]
                    for j in range(count_j):
                        mean[j] += w[t, j] * (one + two[t, j])
                for j in range(count_j):
                    mean[j] *= inverse[i, j]
            for t in range(years):
                one = a[r, i, t]
                total = 0.0
                for j in range(count_j):
                    value = w[t, j] * (one + two[t, j] - mean[j])
                    total += value
                    by_j[r, t, j] += value
                by_i[r, i, t] = total


@_fast(f"void({_G3}, {_G2}, {_G3}, {_G3}, {_G3}, {_G3}, {_G3}, {_RANGE})")
def reduced(
    weights: Any, inverse: Any, block: Any, first: Any, c: Any, by_j: Any, own: Any, low: Any, high: Any
) -> None:
    """The importer side once each exporter's own equations are solved for its effects."""
    _, years, count_j = weights.shape
    mean, more, sums = np.zeros(count_j), np.zeros(count_j), np.zeros(years)
    for i in range(low, high):
        w = weights[i]
        for r in range(c.shape[0]):
            two, solved = c[r], own[r, i]
            mean[:] = 0.0
            for t in range(years):
                for j in range(count_j):
                    mean[j] += w[t, j] * two[t, j]
            for j in range(count_j):
                mean[j] *= inverse[i, j]
            for t in range(years):
                total = 0.0
                for j in range(count_j):
                    total += w[t, j] * (two[t, j] - mean[j])
                sums[t] = total
            for t in range(years):
                total = first[r, i, t]
                for s in range(years):
                    total -= block[i, t, s] * sums[s]
                solved[t] = total
            more[:] = 0.0
            for t in range(years):
                one = solved[t]
                for j in range(count_j):
                    more[j] += w[t, j] * one
            for j in range(count_j):
                mean[j] += more[j] * inverse[i, j]
            for t in range(years):
                one = solved[t]
                for j in range(count_j):
                    by_j[r, t, j] += w[t, j] * (one + two[t, j] - mean[j])


@_fast(f"void({_G3}, {_G2}, {_G3}, {_G3}, {_RANGE})")
def outer_products(
    weights: Any, inverse: Any, by_exporter: Any, by_importer: Any, low: Any, high: Any
) -> None:
    """Outer products by year of each pair's weights over their sum: (I, T, T), and added to (T, T, J)."""
    _, years, count_j = weights.shape
    scaled = np.zeros(count_j)
    for i in range(low, high):
        w = weights[i]
        for t in range(years):
            for j in range(count_j):
                scaled[j] = w[t, j] * inverse[i, j]
            for s in range(t + 1):
                total = 0.0
                for j in range(count_j):
                    value = scaled[j] * w[s, j]
                    total += value
                    by_importer[t, s, j] += value
                by_exporter[i, t, s] = total
                by_exporter[i, s, t] = total


@_fast(f"void({_G2}, {_G2}, {_G4}, {_G1}, {_G3}, {_RANGE})")
def index(a: Any, c: Any, x: Any, beta: Any, out: Any, low: Any, high: Any) -> None:
    """The linear index but for pair effects."""
    _, years, count_j = out.shape
    for i in range(low, high):
        for t in range(years):
            one, here = a[i, t], out[i, t]
            for j in range(count_j):
                here[j] = one + c[t, j]
            for k in range(beta.size):
                own, b = x[k, i, t], beta[k]
                for j in range(count_j):
                    here[j] += own[j] * b


@_fast(f"void({_G3}, {_G2}, {_G3}, {_G2}, {_G2}, {_G2}, {_RANGE})")
def rescale(base: Any, known: Any, out: Any, factors: Any, by_i: Any, by_j: Any, low: Any, high: Any) -> None:
    """Times the base, times the factor that gives each pair its known total; sums of the result."""
    _, years, count_j = out.shape
    factor, total = np.ones(count_j), np.zeros(count_j)
    for i in range(low, high):
        mu = out[i]
        if base.size > 0:
            for t in range(years):
                for j in range(count_j):
                    mu[t, j] *= base[i, t, j]
        if known.size > 0:
            total[:] = 0.0
            for t in range(years):
                for j in range(count_j):
                    total[j] += mu[t, j]
            for j in range(count_j):
                factor[j] = known[i, j] / total[j] if total[j] > 0 else 1.0
                factors[i, j] = factor[j] if factor[j] > 0 else 1.0
        for t in range(years):
            most = 0.0
            for j in range(count_j):
                value = mu[t, j] * factor[j] if factor[j] > 0 else 0.0
                mu[t, j] = value
                most += value
                by_j[t, j] += value
            by_i[i, t] = most


@_fast(f"void({_G3}, {_G4}, {_G2}, {_G3}, {_G3}, {_G3}, {_G2}, {_RANGE})")
def moments(
    weights: Any, x: Any, inverse: Any, by_i: Any, by_j: Any, by_pair: Any, gram: Any, low: Any, high: Any
) -> None:
    """Weighted sums of covariates over years, and over importers and exporters less their pair means."""
    _, years, count_j = weights.shape
    count = x.shape[0]
    mean, left = np.zeros((count, count_j)), np.zeros(count_j)
    for i in range(low, high):
        w = weights[i]
        for k in range(count):
            own, pair = x[k, i], mean[k]
            pair[:] = 0.0
            for t in range(years):
                for j in range(count_j):
                    pair[j] += w[t, j] * own[t, j]
            for j in range(count_j):
                by_pair[k, i, j] = pair[j]
                pair[j] *= inverse[i, j] if inverse.size > 0 else 0.0
        for t in range(years):
            for k in range(count):
                own, pair, total = x[k, i, t], mean[k], 0.0
                for j in range(count_j):
                    value = w[t, j] * (own[j] - pair[j])
                    left[j] = value
                    total += value
                    by_j[k, t, j] += value
                by_i[k, i, t] = total
                for m in range(k + 1):
                    other, total = x[m, i, t], 0.0
                    for j in range(count_j):
                        total += left[j] * other[j]
                    gram[k, m] += total


@_fast(f"void({_G3}, {_G4}, {_G3}, {_G3}, {_G3}, {_G3}, {_RANGE})")
def pair_scores(error: Any, x: Any, a: Any, c: Any, pair: Any, out: Any, low: Any, high: Any) -> None:
    """Residuals times errors, summed over years."""
    _, years, count_j = error.shape
    none = np.zeros(count_j)
    for i in range(low, high):
        for k in range(x.shape[0]):
            shift = pair[k, i] if pair.size > 0 else none
            here = out[k, i]
            for t in range(years):
                own, one, two, e = x[k, i, t], a[k, i, t], c[k, t], error[i, t]
                for j in range(count_j):
                    here[j] += (own[j] - one - two[j] - shift[j]) * e[j]


COMPILED = (to_exporters, to_both, reduced, outer_products, index, rescale, moments, pair_scores)
