"""Which alternatives rank where, over all weights that nobody has ruled out (SMAA-2).

Scores lie between 0 and 1, more is better; an unknown score is an interval. Weights and scores are drawn;
what comes out is how often an alternative takes each rank, which weights make it first, and how surely it
is first under those.

Source: Lahdelma and Salminen (2001), SMAA-2: stochastic multicriteria acceptability analysis for group
decision making, Operations Research 49(3).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serai.axes import Array, Axis, as_float, refuse_cells
from serai.draws import Draws
from serai.executors import one_thread
from serai.programme.weights import check_weights, uniform_weights
from serai.shown import Shown

BLOCK = 512
"""Draws that are ranked together: large enough for numpy, small enough for the cache."""

CONFIDENCE_DRAWS = 1000
"""Draws for confidence factors, whose cost grows with the square of the alternatives."""


@dataclass(frozen=True, eq=False)
class Acceptability(Shown):
    """What SMAA-2 says of each alternative.

    Parameters
    ----------
    alternatives, criteria : names along the axes.
    ranks : shape (alternatives, alternatives): the share of draws in which one takes each rank, best first.
        Alternatives that tie share the ranks they cover.
    central_weights : shape (alternatives, criteria): the mean of the weights that put it first; NaN where
        it never is.
    confidence : shape (alternatives,): the share of score draws in which it is first under its central
        weights; NaN where it never is.
    draws, confidence_draws : how many numbers stand behind the shares; their sampling error is at most
        half of one over the square root.
    """

    alternatives: Axis
    criteria: Axis
    ranks: Array
    central_weights: Array
    confidence: Array
    draws: int
    confidence_draws: int

    @property
    def first(self) -> Array:
        """How often each alternative is first, shape (alternatives,)."""
        return np.asarray(self.ranks[:, 0])

    @cached_property
    def expected_rank(self) -> Array:
        """The mean rank of each alternative, 1 the best, shape (alternatives,)."""
        return np.asarray(self.ranks @ np.arange(1, len(self.alternatives) + 1))

    def best(self, places: int) -> Array:
        """How often each alternative is among the first `places`, shape (alternatives,)."""
        return np.asarray(self.ranks[:, :places].sum(axis=1))

    def tidy(self) -> pd.DataFrame:
        """One row an alternative, in order of expected rank."""
        table = pd.DataFrame(
            {
                "alternative": self.alternatives.names,
                "expected_rank": self.expected_rank,
                "first": self.first,
                "confidence": self.confidence,
                **{f"weight_{name}": self.central_weights[:, k] for k, name in enumerate(self.criteria)},
            }
        )
        return table.sort_values("expected_rank", kind="stable", ignore_index=True)

    def cite(self) -> str:
        """The method's source."""
        return "Lahdelma and Salminen (2001), SMAA-2, Operations Research 49(3)"

    def summary(self, shown: int = 10) -> str:
        """The leading alternatives in words."""
        lines = [
            f"{len(self.alternatives)} alternatives, {len(self.criteria)} criteria, {self.draws:,} draws"
        ]
        for row in self.tidy().head(shown).itertuples():
            lines.append(f"  {row.alternative}: mean rank {row.expected_rank:.1f}, first in {row.first:.1%}")
        return "\n".join(lines)


def smaa(
    low: Array,
    high: Array,
    alternatives: Axis,
    criteria: Axis,
    draws: Draws,
    *,
    weights: Array | None = None,
    confidence_draws: int = CONFIDENCE_DRAWS,
) -> Acceptability:
    """SMAA-2 of scores known as intervals.

    Parameters
    ----------
    low, high : shape (alternatives, criteria), between 0 and 1. A score is uniform between them; each has
        a stream of random numbers of its own, so another alternative or criterion moves none of them.
    weights : shape (draws, criteria), rows that sum to one; by default uniform over all weights.
    confidence_draws : draws for the confidence factors.

    Raises
    ------
    InputError : a score is missing, outside 0 to 1, or its ends are swapped; weights that do not sum to one.

    Examples
    --------
    >>> from serai.axes import Axis
    >>> result = smaa(
    ...     [[0.9, 0.2], [0.2, 0.8]], [[0.9, 0.2], [0.2, 0.8]],
    ...     Axis("project", ("road", "school")), Axis("criterion", ("cost", "people")), Draws(20_000, seed=1),
    ... )
    >>> [round(float(share), 2) for share in result.first]
    [0.54, 0.46]
    """
    shape = (len(alternatives), len(criteria))
    low, high = as_float("low", low, shape, "lower scores"), as_float("high", high, shape, "upper scores")
    with np.errstate(invalid="ignore"):
        bad = ~((low >= 0) & (low <= high) & (high <= 1))
    refuse_cells(
        "score",
        low,
        bad,
        (alternatives, criteria),
        "a score is no interval within 0 to 1",
        "Give 0 <= low <= high <= 1.",
    )
    if weights is None:
        weights = uniform_weights(draws, criteria)
    check_weights(weights, draws.count, criteria)
    kept = min(confidence_draws, draws.count)
    scores = np.empty((kept, *shape), dtype=np.float32)
    values = _values(low, high, np.ascontiguousarray(weights.T), alternatives, criteria, draws, scores)
    ranks, central = rank_shares(values, weights)
    return Acceptability(
        alternatives, criteria, ranks, central, confidence_factors(scores, central), draws.count, kept
    )


def rank_shares(values: Array, weights: Array) -> tuple[Array, Array]:
    """Rank acceptabilities and central weights of drawn values.

    Parameters
    ----------
    values : shape (draws, alternatives), more is better.
    weights : shape (draws, criteria).

    Returns
    -------
    ranks of shape (alternatives, alternatives); central weights of shape (alternatives, criteria).
    """
    count, size = values.shape
    starts, central = np.zeros((size, size + 1)), np.zeros((size, weights.shape[1]))
    for first in range(0, count, BLOCK):
        block = values[first : first + BLOCK]
        order = np.argsort(-block, axis=1)
        ranked = np.take_along_axis(block, order, axis=1)
        start, end = _tied(ranked)
        share = 1 / (end - start)
        starts += _counted(order, start, share, size) - _counted(order, end, share, size)
        draw, place = np.nonzero(start == 0)
        np.add.at(central, order[draw, place], share[draw, place, np.newaxis] * weights[first + draw])
    ranks = starts.cumsum(axis=1)[:, :size] / count
    won = ranks[:, :1] * count
    with np.errstate(invalid="ignore", divide="ignore"):
        central = np.where(won > np.sqrt(np.finfo(float).eps), central / won, np.nan)
    return np.clip(ranks, 0, 1), central


def confidence_factors(scores: NDArray[np.float32] | Array, central_weights: Array) -> Array:
    """How often each alternative is first under its own central weights.

    Parameters
    ----------
    scores : shape (draws, alternatives, criteria).
    central_weights : shape (alternatives, criteria), NaN where there are none.

    Returns
    -------
    Array of shape (alternatives,), NaN where there are no central weights.
    """
    known = np.flatnonzero(np.isfinite(central_weights).all(axis=1))
    favourable = np.ascontiguousarray(central_weights[known].T.astype(scores.dtype))
    slack = np.finfo(scores.dtype).eps * scores.shape[2]
    times_first = np.zeros(known.size)
    with one_thread():
        for drawn in scores:
            values = drawn @ favourable
            own = values[known, np.arange(known.size)]
            times_first += own >= values.max(axis=0) - slack
    confidence = np.full(len(central_weights), np.nan)
    confidence[known] = times_first / len(scores)
    return confidence


def _values(
    low: Array,
    high: Array,
    weights: Array,
    alternatives: Axis,
    criteria: Axis,
    draws: Draws,
    scores: NDArray[np.float32],
) -> Array:
    """Weighted values, shape (draws, alternatives); fills `scores` with the first draws of each score.

    Term by term in the order of the criteria, so that equal alternatives get equal values to the last bit.
    """
    values = np.zeros((len(alternatives), draws.count))
    score, kept = np.empty(draws.count), len(scores)
    for i, alternative in enumerate(alternatives):
        for k, criterion in enumerate(criteria):
            width = high[i, k] - low[i, k]
            if width > 0:
                draws.stream(f"score:{alternative}:{criterion}").random(out=score)
                score *= width
                score += low[i, k]
            else:
                score.fill(low[i, k])
            scores[:, i, k] = score[:kept]
            score *= weights[k]
            values[i] += score
    return np.ascontiguousarray(values.T)


def _tied(ranked: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first and the last-but-one place that each ranked value shares with its equals."""
    size = ranked.shape[1]
    place = np.arange(size)
    new = np.ones(ranked.shape, dtype=bool)
    new[:, 1:] = ranked[:, 1:] != ranked[:, :-1]
    if new.all():
        start = np.broadcast_to(place, ranked.shape)
        return start, start + 1
    start = np.maximum.accumulate(np.where(new, place, 0), axis=1)
    last = np.ones(ranked.shape, dtype=bool)
    last[:, :-1] = new[:, 1:]
    end = np.minimum.accumulate(np.where(last, place + 1, size)[:, ::-1], axis=1)[:, ::-1]
    return start, end


def _counted(order: NDArray[np.int64], place: NDArray[np.int64], share: Array, size: int) -> Array:
    flat = (order * (size + 1) + place).ravel()
    counted = np.bincount(flat, share.ravel(), size * (size + 1))
    return np.asarray(counted, dtype=float).reshape(size, size + 1)
