"""How well an equation fits: deviance and R squared."""

from __future__ import annotations

import numpy as np
from scipy import special

from serai.axes import Array


def deviance(flow: Array, fitted: Array, weight: Array) -> float:
    """Twice the Poisson log-likelihood lost against a perfect fit."""
    perfect, explained, _ = _sums(flow, fitted, weight)
    return 2 * (perfect - explained - float(weight @ flow) + float(weight @ fitted))


def pseudo_r2(flow: Array, fitted: Array, weight: Array) -> float:
    """McFadden's: one less the ratio of log-likelihoods, with everything and with a constant alone."""
    _, explained, constant = _sums(flow, fitted, weight)
    total = float(weight @ flow)
    full = explained - float(weight @ fitted) - constant
    null = total * np.log(total / float(weight.sum())) - total - constant
    return float(1 - full / null)


def squares(flow: Array, fitted: Array, weight: Array) -> tuple[float, float]:
    """Sum of squared log errors, and R squared of the logarithms."""
    logs = np.log(flow)
    lost = float(weight @ (logs - np.log(fitted)) ** 2)
    mean = np.average(logs, weights=weight)
    return lost, 1 - lost / float(weight @ (logs - mean) ** 2)


def _sums(flow: Array, fitted: Array, weight: Array) -> tuple[float, float, float]:
    """Weighted sums over positive flows: y log y, y log mu, log gamma(y + 1)."""
    positive = flow > 0
    y, w = flow[positive], weight[positive]
    weighted = w * y
    explained = float(weighted @ np.log(fitted[positive]))
    return float(weighted @ np.log(y)), explained, float(w @ special.gammaln(y + 1))
