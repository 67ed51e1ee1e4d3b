"""How many draws are enough: the standard errors of reported percentiles."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from serai.axes import Array

PERCENTILES = (0.05, 0.5, 0.95)
ENOUGH = 0.05  # a percentile is settled when its standard error is a twentieth of the width of the interval


@dataclass(frozen=True, slots=True)
class Convergence:
    """The percentiles of some draws and how well that many draws know them.

    Parameters
    ----------
    draws : draws with an answer.
    low, estimate, high : the 5th, 50th and 95th percentile.
    errors : their standard errors, same unit.
    needed : draws at which each of the three errors falls to a twentieth of the width from low to high.
    """

    draws: int
    low: float
    estimate: float
    high: float
    errors: tuple[float, float, float]
    needed: int

    @property
    def width(self) -> float:
        return self.high - self.low

    @property
    def share(self) -> float:
        """The largest error over the width of the interval; 0 where nothing varies."""
        return max(self.errors) / self.width if self.width > 0 else 0.0

    @property
    def enough(self) -> bool:
        """Whether every percentile is settled."""
        return self.draws >= self.needed


def convergence(values: Array) -> Convergence:
    """Percentiles of independent draws, (draws,), with their standard errors; NaN: a draw without answer.

    Examples
    --------
    >>> found = convergence(np.linspace(0, 1, 1001))
    >>> [round(error, 3) for error in found.errors]
    [0.007, 0.016, 0.007]
    >>> found.enough, found.needed
    (True, 124)
    """
    known = np.sort(np.asarray(values, dtype=float)[np.isfinite(values)])
    low, middle, high = (float(v) for v in np.quantile(known, PERCENTILES))
    found = tuple(float(quantile_error(known, p)) for p in PERCENTILES)
    width = high - low
    share = max(found) / width if width > 0 else 0.0
    needed = math.ceil(known.size * (share / ENOUGH) ** 2)
    return Convergence(known.size, low, middle, high, (found[0], found[1], found[2]), needed)


def quantile_error(ordered: Array, probability: float) -> float:
    """The standard error of a percentile of independent draws in rising order, (draws,).

    The percentile is close to one order statistic, whose place among the draws is beta distributed: the error
    is the spread of the draws under those weights.

    Source: Maritz and Jarrett (1978), "A Note on Estimating the Variance of the Sample Median", Journal of
    the American Statistical Association 73(361).
    """
    count = ordered.size
    if count < 2:
        return float("nan")
    place = min(max(math.floor(probability * count + 0.5), 1), count)
    edges = np.arange(count + 1) / count
    weights = np.diff(special.betainc(place, count + 1 - place, edges))
    mean = float(weights @ ordered)
    return math.sqrt(float(weights @ (ordered - mean) ** 2))
