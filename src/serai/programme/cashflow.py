"""Present values and rates of return of yearly flows: pure functions of arrays.

A flow is one amount a year, the first one now: costs negative, benefits positive. The last axis is the
year; leading axes (draws) are allowed where stated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array
from serai.errors import InputError, Problem, Problems
from serai.programme.polynomial import positive_roots

LOWEST, HIGHEST = -99 / 100, 10
"""Rates between which the rate of a draw is sought: losing nearly all, and elevenfold, each year."""


def present_value(flows: Array | Sequence[float], rate: Array | float) -> Array:
    """The value today of yearly flows, the first of which is now.

    Parameters
    ----------
    flows : shape (..., years).
    rate : a share a year (0.09 is 9 %), above -1; shape (...) or a number.

    Returns
    -------
    Array of shape (...).

    Examples
    --------
    >>> round(float(present_value([-40_000, 5_000, 8_000, 12_000, 30_000], 0.08)), 5)
    3065.22267
    """
    amounts = _checked(flows)
    factor = 1 / (1 + np.asarray(rate, dtype=float))
    weights = factor[..., np.newaxis] ** np.arange(amounts.shape[-1])
    return np.asarray((amounts * weights).sum(axis=-1))


@dataclass(frozen=True, slots=True)
class InternalRates:
    """All rates above -100 % at which a flow is worth nothing today.

    Parameters
    ----------
    rates : ascending, each one once.
    multiplicities : how often each counts; an even one touches zero without changing sign.
    """

    rates: tuple[float, ...]
    multiplicities: tuple[int, ...]

    @property
    def count(self) -> int:
        return len(self.rates)

    @property
    def only(self) -> float | None:
        """The internal rate of return where there is exactly one that changes the sign, else None."""
        unique = len(self.rates) == 1 and self.multiplicities[0] % 2 == 1
        return self.rates[0] if unique else None


def internal_rates(flows: Array | Sequence[float]) -> InternalRates:
    """Every internal rate of return, counted exactly.

    Amounts are read as the decimals they print as (0.1 is one tenth), and the positive roots of the
    polynomial in 1 / (1 + rate) are counted without rounding. A flow whose two rates almost coincide is
    therefore told apart from one whose rate is double, and from one that has none.

    Parameters
    ----------
    flows : shape (years,).

    Raises
    ------
    InputError : all amounts are zero, or one is not finite.

    Examples
    --------
    >>> internal_rates([-100, 230, -132]).rates
    (0.1, 0.2)
    >>> internal_rates([-100, 200, -150]).count
    0
    """
    amounts = _checked(flows)
    if amounts.ndim != 1 or not amounts.any():
        raise InputError(
            Problem(
                "an internal rate needs one flow with an amount in it", "Give shape (years,).", field="flows"
            )
        )
    exact = [Fraction(repr(float(amount))) for amount in np.trim_zeros(amounts)]
    found = [(float(1 / root - 1), many) for root, many in reversed(positive_roots(exact))]
    return InternalRates(tuple(rate for rate, _ in found), tuple(many for _, many in found))


def sign_changes(flows: Array) -> NDArray[np.int64]:
    """How often the sign of a flow changes, zeros left out; shape (..., years) -> (...).

    One change means exactly one internal rate (Descartes).
    """
    signs = np.sign(flows)
    place = np.where(signs != 0, np.arange(signs.shape[-1]), -1)
    last = np.maximum.accumulate(place, axis=-1)
    filled = np.take_along_axis(signs, np.maximum(last, 0), axis=-1)
    return np.asarray((filled[..., 1:] * filled[..., :-1] < 0).sum(axis=-1))


def single_rate(flows: Array, low: float = LOWEST, high: float = HIGHEST, steps: int = 50) -> Array:
    """The internal rate of many flows at once, where each has exactly one; NaN elsewhere.

    Parameters
    ----------
    flows : shape (draws, years).
    low, high : rates between which it is sought; outside them the answer is NaN.
    steps : halvings of the bracket.

    Returns
    -------
    Array of shape (draws,).
    """
    years = np.ascontiguousarray(flows.T)
    lower, upper = np.full(len(flows), low), np.full(len(flows), high)
    start = np.sign(_worth(years, lower))
    one = (sign_changes(flows) == 1) & (start * np.sign(_worth(years, upper)) < 0)
    for _ in range(steps):
        middle = (lower + upper) / 2
        same = np.sign(_worth(years, middle)) == start
        lower, upper = np.where(same, middle, lower), np.where(same, upper, middle)
    return np.where(one, (lower + upper) / 2, np.nan)


def _worth(years: Array, rate: Array) -> Array:
    """Value at the end of the last year (Horner), whose sign is that of the present value."""
    growth, total = 1 + rate, np.zeros_like(rate)
    for amounts in years:
        total = total * growth + amounts
    return total


def modified_rate(flows: Array | Sequence[float], finance: float, reinvest: float) -> Array:
    """MIRR: the yearly growth that turns the costs, financed, into the benefits, reinvested.

    Parameters
    ----------
    flows : shape (..., years); without both a cost and a benefit the answer is NaN.
    finance, reinvest : the rate that costs are discounted at and that benefits earn.

    Examples
    --------
    >>> round(float(modified_rate([-100, 39, 59, 55, 20], 0.10, 0.12)), 6)
    0.204377
    """
    amounts = _checked(flows)
    years = amounts.shape[-1] - 1
    costs = -present_value(np.minimum(amounts, 0), finance)
    benefits = present_value(np.maximum(amounts, 0), reinvest) * (1 + reinvest) ** years
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = (benefits / costs) ** (1 / years) - 1
    return np.where((costs > 0) & (benefits > 0), rate, np.nan)


def payback(flows: Array | Sequence[float], rate: float = 0) -> float:
    """Years until the discounted flows have paid for themselves for good; NaN when they never do.

    Within a year the flow is taken as even.

    >>> payback([-100, 40, 40, 40])
    2.5
    """
    amounts = _checked(flows)
    discounted = amounts / (1 + rate) ** np.arange(amounts.shape[-1])
    total = discounted.cumsum()
    if total[-1] < 0:
        return float("nan")
    short = np.flatnonzero(total < 0)
    if short.size == 0:
        return 0.0
    last = int(short[-1])
    return float(last - total[last] / discounted[last + 1])


def _checked(flows: Array | Sequence[float]) -> Array:
    amounts = np.asarray(flows, dtype=float)
    problems = Problems()
    if amounts.ndim == 0 or amounts.shape[-1] < 2:
        problems.add("a flow has fewer than two years", "Give one amount a year.", field="flows")
    for cell in np.argwhere(~np.isfinite(amounts))[:5]:
        problems.add(
            "a flow is not a number",
            "Give an amount for every year, 0 where nothing is paid.",
            row=f"position {tuple(int(i) for i in cell)}",
            field="flows",
            value=float(amounts[tuple(cell)]),
        )
    problems.raise_if_any()
    return amounts
