"""Named uncertain inputs: distributions, seeds, quantiles, variance shares.

Every uncertain input has a name, and the name picks its stream of random numbers. So the numbers of one
input do not move when another input is added, and draw 17 is draw 17 whatever the number of draws or
workers.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from serai.axes import Array
from serai.errors import InputError, Problem, UnknownNameError

SHAPES = ("fixed", "lognormal", "normal", "triangular", "uniform")
LEAST_DRAWS = 20
"""Below this each end of an interval is set by the one or two outermost draws: it says little."""
COVERAGE = 0.8  # a range holds the central 80 % of the probability unless its row says otherwise


@dataclass(frozen=True, slots=True)
class Uncertain:
    """One input of the model with its range, unit, source and basis.

    Parameters
    ----------
    name : what it is called in tables and variance shares.
    value : the median (`lognormal`, `normal`), the mode (`triangular`), the middle (`uniform`) or the value.
    low, high : the range. For `lognormal` and `normal` the central `coverage` of the probability lies
        between them; for the others they are the ends.
    shape : `fixed`, `lognormal`, `normal`, `triangular` or `uniform`.
    unit, basis, source : what it is measured in, how it is known, where it comes from.

    A lognormal or normal whose range is not symmetric around its value keeps both ends: each side of the
    value has its own scale.

    Examples
    --------
    >>> theta = Uncertain("trade_elasticity", 5.0, 3.8, 6.6, shape="lognormal")
    >>> round(float(theta.quantile(0.9)), 3)
    6.6
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    shape: str = "fixed"
    coverage: float = COVERAGE
    unit: str = ""
    basis: str = "assumed"
    source: str = ""

    def __post_init__(self) -> None:
        if self.shape not in SHAPES:
            raise UnknownNameError("distribution", self.shape, SHAPES)
        if self.shape == "fixed":
            return
        if self.low is None or self.high is None:
            raise InputError(
                Problem(f"{self.name} is {self.shape} without a range", "Give low and high.", field=self.name)
            )
        if not self.low <= self.value <= self.high:
            raise InputError(
                Problem(
                    f"{self.name} lies outside its own range {self.low} to {self.high}",
                    "Give low <= value <= high.",
                    field=self.name,
                    value=self.value,
                )
            )
        if self.shape == "lognormal" and self.low <= 0:
            raise InputError(
                Problem(
                    f"{self.name} is lognormal and reaches {self.low}",
                    "Give a positive range.",
                    field=self.name,
                )
            )

    def quantile(self, probability: Array | float) -> Array:
        """The value below which the input lies with this probability; any shape of array."""
        p = np.asarray(probability, dtype=float)
        if self.shape == "fixed" or self.low == self.high:
            return np.full(p.shape, self.value)
        assert self.low is not None
        assert self.high is not None
        if self.shape == "uniform":
            return np.asarray(self.low + (self.high - self.low) * p)
        if self.shape == "triangular":
            return triangular(p, self.low, self.value, self.high)
        z = special.ndtri(p) / half_width(self.coverage)
        if self.shape == "normal":
            return np.asarray(self.value + z * np.where(z < 0, self.value - self.low, self.high - self.value))
        up, down = np.log(self.high / self.value), np.log(self.value / self.low)
        return np.asarray(self.value * np.exp(z * np.where(z < 0, down, up)))


def half_width(coverage: float = COVERAGE) -> float:
    """Half the width of the central part of a standard normal that holds `coverage` of it."""
    return float(special.ndtri((1 + coverage) / 2))


def triangular(p: Array, low: Array | float, mode: Array | float, high: Array | float) -> Array:
    """Quantile of the triangular distribution; a width of zero gives the mode. Shapes broadcast."""
    low, mode, high = (np.asarray(end, dtype=float) for end in (low, mode, high))
    width = high - low
    turn = np.divide(mode - low, width, out=np.zeros(np.shape(width)), where=width > 0)
    rising = low + np.sqrt(p * width * (mode - low))
    falling = high - np.sqrt((1 - p) * width * (high - mode))
    return np.where(p < turn, rising, falling)


@dataclass(frozen=True, slots=True)
class Draws:
    """A number of draws and a seed: the same name gives the same numbers.

    >>> draws = Draws(1000, seed=1)
    >>> bool((draws.uniform("a")[:10] == Draws(10, seed=1).uniform("a")).all())
    True

    `part` gives some of the draws, the same numbers as in the whole:

    >>> part = Draws(1000, seed=1).part(200, 300)
    >>> bool((part.uniform("a") == Draws(1000, seed=1).uniform("a")[200:300]).all())
    True
    """

    count: int
    seed: int
    start: int = 0

    def part(self, first: int, last: int) -> Draws:
        """Draws `first` to `last` (not included) of these."""
        return Draws(last - first, self.seed, self.start + first)

    def uniform(self, name: str, shape: tuple[int, ...] = ()) -> Array:
        """Independent numbers in (0, 1), shape (count, *shape), from the stream of `name`."""
        numbers = self.stream(name, math.prod(shape)).random((self.count, *shape))
        tiny = np.finfo(float).tiny
        return np.clip(numbers, tiny, None)

    def stream(self, name: str, each: int = 1) -> np.random.Generator:
        """The generator behind `name` at the first draw, for those who fill their own buffers.

        Parameters
        ----------
        each : numbers that one draw takes.
        """
        entropy = np.random.SeedSequence(entropy=self.seed, spawn_key=(zlib.crc32(name.encode()),))
        return np.random.Generator(np.random.PCG64(entropy).advance(self.start * each))

    def normal(self, name: str, shape: tuple[int, ...] = ()) -> Array:
        """Independent standard normal numbers, shape (count, *shape)."""
        return np.asarray(special.ndtri(self.uniform(name, shape)))

    def sample(self, uncertain: Uncertain, shape: tuple[int, ...] = ()) -> Array:
        """Draws of an uncertain input, shape (count, *shape)."""
        return uncertain.quantile(self.uniform(uncertain.name, shape))


@dataclass(frozen=True, slots=True)
class Middle(Draws):
    """One draw with every input at its median, for what is asked of one world.

    >>> float(Middle(1, 0).sample(Uncertain("theta", 5.0, 3.8, 6.6, shape="lognormal"))[0])
    5.0
    """

    def part(self, first: int, last: int) -> Middle:
        """The middle again, `last - first` times."""
        return Middle(last - first, self.seed, self.start + first)

    def uniform(self, name: str, shape: tuple[int, ...] = ()) -> Array:
        """A half everywhere, shape (count, *shape)."""
        del name
        return np.full((self.count, *shape), 0.5)


@dataclass(frozen=True, slots=True)
class Interval:
    """The 5th, 50th and 95th percentile of a set of draws."""

    low: float
    estimate: float
    high: float


def interval(values: Array) -> Interval:
    """Percentiles 5, 50 and 95 of draws, shape (count,); NaN marks a draw without an answer."""
    low, middle, high = np.nanquantile(values, (0.05, 0.5, 0.95))
    return Interval(float(low), float(middle), float(high))


def variance_shares(outcome: Array, inputs: Mapping[str, Array]) -> dict[str, float]:
    """The share of the variance of `outcome` that each named input explains.

    Each input enters a least-squares fit through its value and its square; its share is what it explains
    alone (inputs are independent by construction, so shares add up to at most one but for sampling noise).
    The rest, under the name `other`, is what no named input explains: interactions, and inputs that are
    matrices rather than numbers.

    Parameters
    ----------
    outcome : shape (count,).
    inputs : name -> draws of shape (count,).

    Returns
    -------
    dict with one share for each input and `other`; all zero when the outcome does not vary.

    Source: first-order effects in the sense of Sobol (1993), estimated by regression as in Saltelli and
    others (2008), Global Sensitivity Analysis, section 1.2.5.
    """
    known = np.isfinite(outcome)
    y = outcome[known] - outcome[known].mean()
    total = float(y @ y)
    shares = dict.fromkeys([*inputs, "other"], 0.0)
    varying = {k: v[known] for k, v in inputs.items() if np.ptp(v[known]) > 0}
    if total <= np.finfo(float).eps * max(1.0, float(outcome[known] @ outcome[known])) or not varying:
        shares["other"] = float(total > 0)
        return shares
    columns: list[Array] = []
    for values in varying.values():
        ranks = (values.argsort().argsort() + 0.5) / values.size
        z = special.ndtri(ranks)
        columns += [z, z * z - (z * z).mean()]
    design = np.stack(columns, axis=1)
    weights, *_ = np.linalg.lstsq(design, y, rcond=None)
    parts = design * weights
    for place, name in enumerate(varying):
        part = parts[:, 2 * place] + parts[:, 2 * place + 1]
        shares[name] = float(part @ part) / total
    explained = sum(shares.values())
    if explained > 1:
        shares = {name: share / explained for name, share in shares.items()}
    shares["other"] = max(0.0, 1 - sum(shares.values()))
    return shares
