"""Standard errors: clusters, heteroskedasticity, and the small-sample conventions by name.

    ppmlhdfe  G / (G - 1); N / (N - 1) without clusters. Stata's ppmlhdfe, poisson and glm. The default.
    reghdfe   G / (G - 1) (N - 1) / (N - k), k without effects nested in the clusters. reghdfe, fixest.
    regress   G / (G - 1) (N - 1) / (N - k), k with every effect. Stata's regress with dummies.
    none      no factor.

With several cluster dimensions the parts are added and subtracted (Cameron, Gelbach and Miller 2011), each
with the factor of the smallest number of clusters, and a matrix that is then not positive semidefinite has
its negative eigenvalues set to zero, as ppmlhdfe and reghdfe do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array
from serai.errors import InputError, Problem, UnknownNameError

CONVENTIONS = ("ppmlhdfe", "reghdfe", "regress", "none")
HETEROSKEDASTIC = "heteroskedastic"
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sandwich:
    """A covariance matrix and how it came about.

    Parameters
    ----------
    vcov : shape (k, k).
    clusters : number of clusters by dimension; empty without clusters.
    factor : the small-sample factor that was applied.
    """

    vcov: Array
    clusters: dict[str, int]
    factor: float


def sandwich(
    bread: Array,
    scores: Array,
    clusters: Mapping[str, Codes],
    n: int,
    *,
    convention: str = "ppmlhdfe",
    parameters: int = 0,
) -> Sandwich:
    """Bread, meat, bread.

    Parameters
    ----------
    bread : inverse of the weighted cross products of the residualised covariates, shape (k, k).
    scores : the score of each observation, or of each cluster where there is one dimension, shape (m, k).
    clusters : codes by dimension, each shape (m,); none means heteroskedastic.
    n : number of observations.
    convention : one of `CONVENTIONS`.
    parameters : k of the convention.
    """
    if convention not in CONVENTIONS:
        raise UnknownNameError("small-sample convention", convention, CONVENTIONS)
    if not clusters:
        meat, counts, smallest = scores.T @ scores, {}, n
    else:
        counts = {name: levels(codes) for name, codes in clusters.items()}
        smallest = min(counts.values())
        for name, count in counts.items():
            if count < 2:
                raise InputError(
                    Problem(
                        f"there is only one cluster by {name}",
                        "Standard errors need two clusters at least: cluster by something else, "
                        "or use cluster='heteroskedastic'.",
                        field="cluster",
                    )
                )
        meat = _multiway(scores, list(clusters.values()))
    factor = 1.0 if convention == "none" else smallest / (smallest - 1)
    if convention in ("reghdfe", "regress"):
        if n <= parameters:
            raise InputError(
                Problem(
                    f"{n} observations and {parameters} parameters leave no degrees of freedom",
                    "Use the ppmlhdfe convention or fewer effects.",
                    field="small_sample",
                )
            )
        factor = (1.0 if not clusters else factor) * (n - (1 if clusters else 0)) / (n - parameters)
    matrix = bread @ meat @ bread * factor
    if len(clusters) > 1 and (np.diag(matrix) <= 0).any():
        raise InputError(
            Problem(
                f"clusters by {' and '.join(clusters)} give a variance that is not positive",
                "There are too few clusters for several dimensions: cluster by one of them.",
                field="cluster",
            )
        )
    return Sandwich(_semidefinite(matrix), counts, float(factor))


def cluster_sums(scores: Array, codes: Codes) -> Array:
    """Sums of scores (n, k) by cluster, shape (clusters, k)."""
    size = int(codes.max(initial=-1)) + 1
    out = np.empty((size, scores.shape[1]))
    for k in range(scores.shape[1]):
        out[:, k] = np.bincount(codes, scores[:, k], size)
    return out


def levels(codes: Codes) -> int:
    """How many different codes there are."""
    return int(np.count_nonzero(np.bincount(codes)))


def _multiway(scores: Array, dimensions: Sequence[Codes]) -> Array:
    meat = np.zeros((scores.shape[1], scores.shape[1]))
    for size in range(1, len(dimensions) + 1):
        for group in combinations(dimensions, size):
            sums = cluster_sums(scores, _intersect(group))
            meat += (-1) ** (size - 1) * (sums.T @ sums)
    return meat


def _intersect(group: Sequence[Codes]) -> Codes:
    codes = group[0]
    for other in group[1:]:
        _, codes = np.unique(codes * (int(other.max(initial=0)) + 1) + other, return_inverse=True)
    return codes


def _semidefinite(matrix: Array) -> Array:
    matrix = (matrix + matrix.T) / 2
    if not matrix.size:
        return matrix
    values, vectors = np.linalg.eigh(matrix)
    if values.min() >= -np.finfo(float).eps * matrix.shape[0] * max(values.max(), 0.0):
        return matrix
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)
