"""Slopes by central differences, extrapolated: what a derivative is laid beside."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

LEVELS = 3


def central_slope(value: Callable[[float], float], at: float = 1.0, step: float = 1e-2) -> float:
    """The slope of a smooth function at a point, by Richardson's extrapolation.

    One central difference with step h is wrong by a multiple of h^2, and a small h loses digits to what the
    solver leaves. Differences at h, h/2 and h/4 together are wrong by h^6, at steps where digits are plenty.
    """
    steps = [step / 2**level for level in range(LEVELS)]
    column = [(value(at + h) - value(at - h)) / (2 * h) for h in steps]
    for order in range(1, LEVELS):
        column = [(4**order * fine - coarse) / (4**order - 1) for coarse, fine in pairwise(column)]
    return column[0]
