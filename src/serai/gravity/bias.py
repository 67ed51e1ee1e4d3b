"""Incidental-parameter bias of structural gravity: Weidner and Zylkin (2021).

"Bias and consistency in three-way gravity models", Journal of International Economics 132. With
exporter-year, importer-year and pair effects and few years, the estimate is off by a term of order one over
the number of economies, and clustered standard errors are too small by as much. With two-way effects only
the standard errors are.

Symbols: lambda expected flows, S the score of a pair (flow less expected flow, by year), H its expected
Hessian (years by years, after the pair effect), G its derivative, x the residualised covariates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serai import html
from serai.axes import Array
from serai.gravity.absorb import Normal
from serai.gravity.effects import EffectPlan

EXACT_UP_TO = 6000
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BiasCorrection:
    """The correction of a fit.

    Parameters
    ----------
    bias : to be subtracted from the coefficients, shape (k,); zero for two-way effects.
    vcov : covariance with the leverage of the effects taken into account, shape (k, k).
    uncorrected, uncorrected_vcov : the estimate before.
    leverage : `exact`, or `approximate` where the effects are too many to invert together.
    """

    bias: Array
    vcov: Array
    uncorrected: Array
    uncorrected_vcov: Array
    leverage: str

    def _repr_html_(self) -> str:
        rows = [[float(a), float(b)] for a, b in zip(self.uncorrected, self.bias, strict=True)]
        return html.table(["uncorrected", "bias"], rows, f"bias taken out; leverage {self.leverage}")


def bias_of(mu: Array, error: Array, x: Array, used: Array) -> Array:
    """The bias of three-way coefficients (their Proposition 3), shape (k,).

    Parameters
    ----------
    mu, error : expected flows and flows less expected flows, shape (I, J, T).
    x : residualised covariates, shape (k, I, J, T).
    used : one where there is an observation, shape (I, J, T).
    """
    pairs = np.einsum("ijt->ij", used) > 0
    exporters, importers = int(pairs.any(axis=1).sum()), int(pairs.any(axis=0).sum())
    count = pairs.sum()
    flat = x.reshape(x.shape[0], -1)
    weight = (flat * mu.reshape(-1)) @ flat.T / count
    by_exporter = _one_side(mu, error, x) / exporters
    swapped = [np.ascontiguousarray(v.swapaxes(-2, -3)) for v in (mu, error, x)]
    by_importer = _one_side(*swapped) / importers
    total = by_exporter * exporters / (exporters - 1) / (count / exporters)
    total += by_importer * importers / (importers - 1) / (count / importers)
    return np.asarray(np.linalg.solve(weight, total))


def _one_side(mu: Array, error: Array, x: Array) -> Array:
    """Sum over the economies of the first axis of both terms of the bias, shape (k,)."""
    total = mu.sum(axis=2)
    share = mu * np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)[:, :, None]
    hessian = _diagonal(mu.sum(axis=1)) - np.matmul(share.transpose(0, 2, 1), mu)
    inverse = np.linalg.pinv(hessian, rcond=1e-10, hermitian=True)
    outer = np.matmul(error.transpose(0, 2, 1), error)
    middle = np.matmul(np.matmul(inverse, outer), inverse)
    terms = []
    for k in range(x.shape[0]):
        weighted = mu * x[k]
        first = np.matmul(error.transpose(0, 2, 1), weighted)
        slope = _diagonal(weighted.sum(axis=1)) - np.matmul(weighted.transpose(0, 2, 1), share)
        slope = -slope - slope.transpose(0, 2, 1)
        terms.append(-(inverse * first).sum() + (middle * slope).sum() / 2)
    return np.array(terms)


def corrected_vcov(mu: Array, error: Array, x: Array, used: Array, plan: EffectPlan) -> tuple[Array, str]:
    """Pair-clustered covariance with each pair's score freed of its own leverage, and how exactly.

    Shapes as in `bias_of`. The convention is G / (G - 1) with G pairs.
    """
    exporters, importers, years = mu.shape
    three_way = plan.pair == "directed"
    flat = x.reshape(x.shape[0], -1)
    bread = np.linalg.inv((flat * mu.reshape(-1)) @ flat.T)
    size = years * (exporters + importers) if three_way else exporters + importers
    exact = size <= EXACT_UP_TO
    leverage = _Leverage(mu, plan, exact)
    meat = np.zeros_like(bread)
    for i in range(exporters):
        here = np.flatnonzero(used[i].any(axis=1))
        lam, e, left = mu[i, here], error[i, here], x[:, i, here]
        hessian = _diagonal(lam)
        if three_way:
            hessian = hessian - lam[:, :, None] * lam[:, None, :] / lam.sum(axis=1)[:, None, None]
        own = leverage.block(i, here) + np.einsum("kjt,kl,ljs->jts", left, bread, left)
        freed = np.linalg.solve(np.eye(years) - np.matmul(hessian, own), e[:, :, None])[:, :, 0]
        one, two = np.einsum("kjt,jt->jk", left, freed), np.einsum("kjt,jt->jk", left, e)
        meat += one.T @ two
    count = used.any(axis=2).sum()
    vcov = bread @ meat @ bread * count / (count - 1)
    return (vcov + vcov.T) / 2, "exact" if exact else "approximate"


class _Leverage:
    """The covariance of the exporter and importer effects that one pair sees, years by years."""

    def __init__(self, mu: Array, plan: EffectPlan, exact: bool) -> None:
        self.exporters, self.importers, self.years = mu.shape
        self.three_way = plan.pair == "directed"
        normal = Normal(mu, plan)
        self.blocks = [_dense(b) for b in (normal.block_a, normal.block_c)]
        self.whole: Array | None = None
        if exact:
            self.whole = _three_way_inverse(mu) if self.three_way else _two_way_inverse(mu)

    def block(self, i: int, here: Codes) -> Array:
        """Shape (pairs, T, T)."""
        if self.whole is None:
            return np.asarray(self.blocks[0][i][None] + self.blocks[1][here])
        if self.three_way:
            rows = i * self.years + np.arange(self.years)
            columns = (self.exporters + here)[:, None] * self.years + np.arange(self.years)
            across = self.whole[rows[None, :, None], columns[:, None, :]]
            within = self.whole[columns[:, :, None], columns[:, None, :]]
            return np.asarray(
                self.whole[np.ix_(rows, rows)][None] + within + across + across.transpose(0, 2, 1)
            )
        other = self.exporters + here
        by_year = self.whole[:, i, i] + self.whole[:, other, other].T + 2 * self.whole[:, i, other].T
        return _diagonal(by_year)


def _three_way_inverse(mu: Array) -> Array:
    """A generalised inverse of the effects' normal equations after the pair effects, (IT + JT) squared."""
    exporters, importers, years = mu.shape
    total = mu.sum(axis=2)
    share = mu * np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)[:, :, None]
    cut = exporters * years
    whole = np.zeros((cut + importers * years,) * 2)
    for i in range(exporters):
        rows = slice(i * years, (i + 1) * years)
        whole[rows, rows] = np.diag(mu[i].sum(axis=0)) - share[i].T @ mu[i]
        across = _diagonal(mu[i]) - share[i][:, :, None] * mu[i][:, None, :]
        whole[rows, cut:] = across.transpose(1, 0, 2).reshape(years, -1)
    for j in range(importers):
        rows = slice(cut + j * years, cut + (j + 1) * years)
        whole[rows, rows] = np.diag(mu[:, j].sum(axis=0)) - share[:, j].T @ mu[:, j]
    whole[cut:, :cut] = whole[:cut, cut:].T
    economies = np.kron(np.eye(exporters + importers), np.ones((years, 1)))
    signs = np.concatenate([np.ones((exporters, 1)), -np.ones((importers, 1))])
    return _generalised_inverse(whole, np.hstack([economies, np.kron(signs, np.eye(years))]))


def _two_way_inverse(mu: Array) -> Array:
    """The same without pair effects, year by year, shape (T, I + J, I + J)."""
    exporters, importers, years = mu.shape
    signs = np.concatenate([np.ones((exporters, 1)), -np.ones((importers, 1))])
    parts = []
    for t in range(years):
        whole = np.diag(np.concatenate([mu[:, :, t].sum(axis=1), mu[:, :, t].sum(axis=0)]))
        whole[:exporters, exporters:] = mu[:, :, t]
        whole[exporters:, :exporters] = mu[:, :, t].T
        parts.append(_generalised_inverse(whole, signs))
    return np.stack(parts)


def _generalised_inverse(matrix: Array, null: Array) -> Array:
    """Inverse of a singular matrix whose null directions are known; effects without flows stay at zero.

    Every generalised inverse gives the same leverage, because a pair's Hessian removes the null directions.
    """
    from scipy import linalg  # only where a correction is asked for

    diagonal = np.diag(matrix)
    scale = np.divide(1.0, np.sqrt(diagonal), out=np.zeros_like(diagonal), where=diagonal > 0)
    unit = matrix * np.outer(scale, scale)
    root = null * np.sqrt(diagonal)[:, None]
    length = np.sqrt((root**2).sum(axis=0))
    root = root[:, length > 0] / length[length > 0]
    unit += root @ root.T
    unit[np.diag_indices_from(unit)] += np.where(diagonal > 0, 1e-11, 1.0)
    factor = linalg.cho_factor(unit, lower=True, overwrite_a=True, check_finite=False)
    inverse = linalg.cho_solve(factor, np.eye(unit.shape[0]), overwrite_b=True, check_finite=False)
    return np.asarray(inverse * np.outer(scale, scale))


def _diagonal(values: Array) -> Array:
    """Vectors (..., T) as diagonal matrices (..., T, T)."""
    return np.asarray(values[..., :, None] * np.eye(values.shape[-1]))


def _dense(block: Array | None) -> Array:
    assert block is not None
    return block if block.ndim == 3 else _diagonal(block)
