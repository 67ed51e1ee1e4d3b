"""Stable allocations: amounts between two sides that rank each other, such that no pair wants to deviate.

Source: Baiou, M. and Balinski, M. (2002), "The Stable Allocation (or Ordinal Transportation) Problem",
Mathematics of Operations Research 27(3). Found by augmenting along chains of proposal and rejection, as in
Dean, B. and Munshi, S. (2010), "Faster Algorithms for Stable Allocation Problems", Algorithmica 58: each
augmentation fills a pair, ends one for good or uses an amount up, so there are at most as many as pairs and
proposers, whatever the amounts.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array
from serai.errors import Problems

Ranks = NDArray[np.int64]
NEVER = np.iinfo(np.int64).max
"""The rank of a pair that may not be: on either side."""

_TINY = 1e-12  # of the largest amount: the rounding of sums, not money


def stable_allocation(
    supply: Array, demand: Array, capacity: Array, proposer_rank: Ranks, receiver_rank: Ranks
) -> Array:
    """The stable allocation that all proposers like best.

    Parameters
    ----------
    supply : (P,), what each proposer has. demand : (R,), what each receiver takes.
    capacity : (P, R), the most that a pair may exchange.
    proposer_rank : (P, R), how the proposer ranks receivers, 0 the best; `NEVER` for a pair that may not be.
    receiver_rank : (P, R), how the receiver ranks proposers. Ranks of one agent differ.

    Returns
    -------
    (P, R) amounts. The receivers get what they like least among all stable allocations.

    Raises
    ------
    InputError : negative or missing amounts, shapes that do not fit, an agent with two equal ranks.

    Examples
    --------
    Two lenders that both like the first project best, which likes the second lender better:

    >>> ranks = np.array([[0, 1], [0, 1]])
    >>> liked = np.array([[1, 0], [0, 1]])
    >>> five = np.array([5.0, 5.0])
    >>> stable_allocation(five, five, np.full((2, 2), 9.0), ranks, liked).tolist()
    [[0.0, 5.0], [5.0, 0.0]]
    """
    _refuse(supply, demand, capacity, proposer_rank, receiver_rank)
    allowed = (proposer_rank != NEVER) & (receiver_rank != NEVER) & (capacity > 0)
    search = _Search(
        amount={},
        left=capacity,
        rank=receiver_rank,
        free=supply.astype(float).tolist(),
        room=demand.astype(float).tolist(),
        lists=[
            [int(r) for r in row.argsort(kind="stable") if allowed[p, r]]
            for p, row in enumerate(proposer_rank)
        ],
        place=[0] * len(supply),
        accepted=[[] for _ in demand],
        tiny=_TINY * max(1.0, float(np.max(supply, initial=0)), float(np.max(demand, initial=0))),
    )
    for proposer in range(len(supply)):
        while search.free[proposer] > 0 and search.target(proposer) is not None:
            search.augment(proposer)
    result = np.zeros(capacity.shape)
    for (p, r), value in search.amount.items():
        result[p, r] = value
    return result


def blocking_pairs(
    amounts: Array,
    supply: Array,
    demand: Array,
    capacity: Array,
    proposer_rank: Ranks,
    receiver_rank: Ranks,
    tolerance: float = 1e-9,
) -> list[tuple[int, int]]:
    """Pairs that would both rather exchange more with each other than keep what they have.

    A pair blocks when it is below its capacity and each side has an amount that is unused or goes to someone
    it likes less. Computed from the definition, without the search.
    """
    better_p = _at_least_as_good(amounts, proposer_rank)
    better_r = _at_least_as_good(amounts.T, receiver_rank.T).T
    scale = tolerance * max(1.0, float(capacity.max(initial=0)))
    wants = (better_p < supply[:, np.newaxis] - scale) & (better_r < demand[np.newaxis, :] - scale)
    open_pair = (proposer_rank != NEVER) & (receiver_rank != NEVER) & (amounts < capacity - scale)
    return [(int(p), int(r)) for p, r in np.argwhere(wants & open_pair)]


@dataclass(slots=True)
class _Search:
    """The state of the search. Amounts only move towards receivers further down each proposer's list.

    amount : (proposer, receiver) -> amount. left : capacities. rank : the receivers' ranks.
    free : what each proposer has not placed. room : what each receiver could still take.
    lists : receivers of each proposer, best first; place : where in its list it proposes.
    accepted : for each receiver a heap of (-rank, proposer), the worst first; some may hold nothing by now.
    tiny : what counts as nothing. closed : pairs that the receiver would reject.
    """

    amount: dict[tuple[int, int], float]
    left: Array
    rank: Ranks
    free: list[float]
    room: list[float]
    lists: list[list[int]]
    place: list[int]
    accepted: list[list[tuple[int, int]]]
    tiny: float
    closed: set[tuple[int, int]] = field(default_factory=set)

    def target(self, proposer: int) -> int | None:
        """The receiver to propose to next: the best that is neither filled nor lost; None at the end."""
        row = self.lists[proposer]
        while self.place[proposer] < len(row):
            receiver = row[self.place[proposer]]
            pair = proposer, receiver
            if pair not in self.closed and self.amount.get(pair, 0.0) < self.left[pair]:
                worst = self.worst(receiver)
                if self.room[receiver] > 0 or (
                    worst is not None and self.rank[proposer, receiver] < self.rank[worst, receiver]
                ):
                    return receiver
                self.closed.add(pair)
            self.place[proposer] += 1
        return None

    def worst(self, receiver: int) -> int | None:
        """The proposer that a receiver would give up first."""
        heap = self.accepted[receiver]
        while heap and self.amount.get((heap[0][1], receiver), 0.0) <= 0:
            heapq.heappop(heap)
        return heap[0][1] if heap else None

    def augment(self, start: int) -> None:
        """Follow proposals and rejections from one proposer and move the most that they can carry.

        The chain ends at a receiver with room, at a proposer at the end of its list, or in itself: then the
        amount goes round until a pair of the cycle is filled or emptied.
        """
        chain: list[tuple[int, int, int | None]] = []  # proposer, receiver, whom the receiver gives up
        seen: dict[int, int] = {}
        proposer, carried = start, self.free[start]
        while proposer not in seen:
            receiver = self.target(proposer)
            if receiver is None:
                break
            seen[proposer] = len(chain)
            if self.room[receiver] > 0:
                chain.append((proposer, receiver, None))
                carried = min(carried, self.room[receiver])
                break
            loser = self.worst(receiver)
            assert loser is not None
            chain.append((proposer, receiver, loser))
            proposer = loser
        else:
            self._move(chain[seen[proposer] :], np.inf)
            return
        self.free[start] = self._rest(self.free[start] - self._move(chain, carried))

    def _move(self, chain: list[tuple[int, int, int | None]], carried: float) -> float:
        """Shift an amount along a chain, as much as every pair of it allows; returns how much."""
        for proposer, receiver, loser in chain:
            pair = proposer, receiver
            carried = min(carried, float(self.left[pair]) - self.amount.get(pair, 0.0))
            if loser is not None:
                carried = min(carried, self.amount[loser, receiver])
        last = chain[-1]
        for proposer, receiver, loser in chain:
            self._add((proposer, receiver), carried)
            if loser is None:
                self.room[receiver] = self._rest(self.room[receiver] - carried)
            else:
                self.amount[loser, receiver] = self._rest(self.amount[loser, receiver] - carried)
        rejected = last[2]
        if rejected is not None and rejected != chain[0][0]:
            self.free[rejected] += carried
        return carried

    def _rest(self, amount: float) -> float:
        return amount if amount > self.tiny else 0.0

    def _add(self, pair: tuple[int, int], amount: float) -> None:
        before = self.amount.get(pair, 0.0)
        limit = float(self.left[pair])
        self.amount[pair] = limit if limit - before - amount <= self.tiny else before + amount
        if before <= 0:
            heapq.heappush(self.accepted[pair[1]], (-int(self.rank[pair]), pair[0]))


def _at_least_as_good(amounts: Array, rank: Ranks) -> Array:
    """What each row exchanges with those that it likes at least as much as the column, (rows, columns)."""
    order = rank.argsort(axis=1, kind="stable")
    total = np.take_along_axis(amounts, order, axis=1).cumsum(axis=1)
    result = np.empty_like(total)
    np.put_along_axis(result, order, total, axis=1)
    return result


def _refuse(
    supply: Array, demand: Array, capacity: Array, proposer_rank: Ranks, receiver_rank: Ranks
) -> None:
    problems = Problems()
    shape = (len(supply), len(demand))
    for name, table in (
        ("capacity", capacity),
        ("proposer_rank", proposer_rank),
        ("receiver_rank", receiver_rank),
    ):
        if table.shape != shape:
            problems.add(
                f"{name} has shape {table.shape}", f"Give {shape}: proposers by receivers.", field=name
            )
    problems.raise_if_any()
    for name, values in (("supply", supply), ("demand", demand), ("capacity", capacity)):
        if not (np.asarray(values) >= 0).all():
            problems.add("an amount is negative or missing", "Give amounts of zero or more.", field=name)
    for name, table in (("proposer_rank", proposer_rank), ("receiver_rank", receiver_rank.T)):
        ordered = np.sort(table, axis=1)
        if ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] != NEVER)).any():
            problems.add("an agent ranks two others alike", "Break ties: ranks differ.", field=name)
    problems.raise_if_any()


__all__ = ["NEVER", "blocking_pairs", "stable_allocation"]
