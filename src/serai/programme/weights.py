"""Weights of criteria when nobody has fixed them: all that respect what has been said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from serai.axes import Array, Axis
from serai.draws import Draws
from serai.errors import InputError, Problem, Problems


def uniform_weights(draws: Draws, criteria: Axis, least: Mapping[str, float] | None = None) -> Array:
    """Weights without a preference, uniform over all that sum to one; shape (draws, criteria).

    Parameters
    ----------
    least : a smallest weight for some criteria; the rest is shared out uniformly.
    """
    gaps = np.stack([-np.log(draws.uniform(f"weight:{name}")) for name in criteria], axis=1)
    weights = gaps / gaps.sum(axis=1, keepdims=True)
    floor = np.zeros(len(criteria))
    for name, weight in (least or {}).items():
        floor[criteria.index(name)] = weight
    if (floor < 0).any() or floor.sum() > 1:
        raise InputError(
            Problem(
                "the smallest weights do not fit",
                "Give weights of zero or more that sum to at most one.",
                field="least",
                value=dict(least or {}),
            )
        )
    return np.asarray(floor + (1 - floor.sum()) * weights)


def ordered_weights(draws: Draws, criteria: Axis, order: Sequence[str]) -> Array:
    """Weights that respect an order of importance, the most important first; shape (draws, criteria)."""
    if sorted(order) != sorted(criteria):
        raise InputError(
            Problem(
                "the order does not name every criterion once",
                f"Order {', '.join(criteria)}.",
                field="order",
                value=list(order),
            )
        )
    descending = -np.sort(-uniform_weights(draws, criteria), axis=1)
    weights = np.empty_like(descending)
    weights[:, criteria.indices(order)] = descending
    return weights


def check_weights(weights: Array, count: int, criteria: Axis) -> None:
    """Refuse weights of another shape, below zero, or that do not sum to one."""
    problems = Problems("weights")
    if weights.shape != (count, len(criteria)):
        problems.add(
            "the weights have the wrong shape", f"Give shape {(count, len(criteria))}.", value=weights.shape
        )
    elif (weights < 0).any() or not np.allclose(weights.sum(axis=1), 1):
        problems.add("weights are negative or do not sum to one", "Divide each row by its sum.")
    problems.raise_if_any()
