"""Positive real roots of a polynomial, counted without rounding.

Coefficients are whole numbers, the constant first. Nothing here knows of money; `cashflow` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm

Polynomial = list[int]

ROOT_BITS = 80
"""A root is narrowed to an interval this many halvings below its size, finer than a float can tell."""


def positive_roots(coefficients: Sequence[Fraction]) -> list[tuple[Fraction, int]]:
    """Every root above zero with its multiplicity, in ascending order.

    The polynomial is split by multiplicity; the roots of each part are counted by Sturm's theorem,
    separated by bisection, and narrowed.

    >>> [(round(float(root), 6), many) for root, many in positive_roots([Fraction(n) for n in (1, -2, 1)])]
    [(1.0, 2)]
    """
    scale = lcm(*(c.denominator for c in coefficients))
    whole = _trimmed([int(c * scale) for c in coefficients])
    if _sign_changes(whole) == 1:  # Descartes: exactly one, and a simple one
        return [(_narrowed(whole, Fraction(0), _beyond(whole)), 1)]
    found = [(root, many) for part, many in _by_multiplicity(whole) for root in _simple_roots(part)]
    return sorted(found)


def _by_multiplicity(polynomial: Polynomial) -> list[tuple[Polynomial, int]]:
    """Parts without repeated roots, each with how often its roots occur."""
    at_least: list[Polynomial] = []
    rest = polynomial
    while len(rest) > 1:
        repeated = _common(rest, _slope(rest))
        at_least.append(_quotient(rest, repeated))
        rest = repeated
    at_least.append([1])
    parts = [(_quotient(these, more), many) for many, (these, more) in enumerate(pairwise(at_least), start=1)]
    return [(part, many) for part, many in parts if len(part) > 1]


def _simple_roots(polynomial: Polynomial) -> list[Fraction]:
    chain = _sturm_chain(polynomial)
    low, bound = Fraction(0), _beyond(polynomial)
    waiting = [(low, bound, _variations(chain, low), _variations(chain, bound))]
    found: list[Fraction] = []
    while waiting:
        low, high, before, after = waiting.pop()
        if before - after == 1:
            found.append(_narrowed(polynomial, low, high))
        elif before > after:
            middle = (low + high) / 2
            between = _variations(chain, middle)
            waiting += [(low, middle, before, between), (middle, high, between, after)]
    return found


def _beyond(polynomial: Polynomial) -> Fraction:
    """A number above every root (Cauchy)."""
    return Fraction(2 + max(map(abs, polynomial)) // abs(polynomial[-1]))


def _sign_changes(numbers: Sequence[int]) -> int:
    signs = [number > 0 for number in numbers if number]
    return sum(left != right for left, right in pairwise(signs))


def _narrowed(polynomial: Polynomial, low: Fraction, high: Fraction) -> Fraction:
    """The one root in (low, high] by bisection on exact signs."""
    if _sign(polynomial, high) == 0:
        return high
    above = _sign(polynomial, high)
    while low == 0 or (high - low) * 2**ROOT_BITS > low:
        middle = (low + high) / 2
        sign = _sign(polynomial, middle)
        if sign == 0:
            return middle
        low, high = (low, middle) if sign == above else (middle, high)
    return (low + high) / 2


def _sturm_chain(polynomial: Polynomial) -> list[Polynomial]:
    chain = [polynomial, _slope(polynomial)]
    while len(chain[-1]) > 1:
        chain.append([-c for c in _remainder(chain[-2], chain[-1])])
    return chain


def _variations(chain: list[Polynomial], at: Fraction) -> int:
    return _sign_changes([_sign(polynomial, at) for polynomial in chain])


def _sign(polynomial: Polynomial, at: Fraction) -> int:
    """The sign of a polynomial at a fraction, in whole numbers only (Horner)."""
    top, bottom = at.numerator, at.denominator
    total, power = 0, 1
    for coefficient in reversed(polynomial):
        total = total * top + coefficient * power
        power *= bottom
    return (total > 0) - (total < 0)


def _slope(polynomial: Polynomial) -> Polynomial:
    return [power * coefficient for power, coefficient in enumerate(polynomial)][1:]


def _common(left: Polynomial, right: Polynomial) -> Polynomial:
    """The greatest common divisor, up to a constant."""
    while right != [0]:
        left, right = right, _remainder(left, right)
    return [1] if len(left) == 1 else left


def _remainder(dividend: Polynomial, divisor: Polynomial) -> Polynomial:
    """What is left of a division, times some positive number."""
    if len(divisor) == 1:
        return [0]
    rest, lead = list(dividend), divisor[-1]
    while len(rest) >= len(divisor):
        factor, shift = rest[-1], len(rest) - len(divisor)
        if lead < 0:
            factor = -factor
        rest = [c * abs(lead) for c in rest]
        for place, coefficient in enumerate(divisor):
            rest[shift + place] -= factor * coefficient
        rest = _trimmed(rest)
        if rest == [0]:
            break
    return rest


def _quotient(dividend: Polynomial, divisor: Polynomial) -> Polynomial:
    """An exact division, up to a positive constant."""
    rest = [Fraction(c) for c in dividend]
    quotient = [Fraction(0)] * (len(dividend) - len(divisor) + 1)
    for shift in reversed(range(len(quotient))):
        quotient[shift] = rest[shift + len(divisor) - 1] / divisor[-1]
        for place, coefficient in enumerate(divisor):
            rest[shift + place] -= quotient[shift] * coefficient
    scale = lcm(*(c.denominator for c in quotient))
    return _trimmed([int(c * scale) for c in quotient])


def _trimmed(polynomial: Polynomial) -> Polynomial:
    """Without leading zeros and common divisors."""
    while len(polynomial) > 1 and polynomial[-1] == 0:
        polynomial = polynomial[:-1]
    divisor = gcd(*polynomial) or 1
    return [coefficient // divisor for coefficient in polynomial]
