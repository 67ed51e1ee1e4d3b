"""Where hubs serve the trade best: which k of the candidate places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
from numpy.typing import ArrayLike

from serai.axes import Array
from serai.corridors.routing import Choice, path_costs
from serai.errors import InputError, Problem
from serai.shown import Shown

_EXACT = 3  # all sets of up to so many are tried
_TOGETHER = 64  # sets valued in one stack


@dataclass(frozen=True, slots=True)
class HubChoice(Shown):
    """The best set of hubs found.

    Attributes
    ----------
    names : the places chosen. worth : what they save a year together, in the unit of the flows.
    exact : True when every set of that size was tried; else places were added one by one and then swapped
        as long as that helped.
    """

    names: tuple[str, ...]
    worth: float
    exact: bool


def best_hubs(
    choice: Choice,
    cost: ArrayLike,
    savings: ArrayLike,
    flows: ArrayLike,
    names: Sequence[str],
    k: int,
) -> HubChoice:
    """The k candidates that save most together, route choice included.

    Parameters
    ----------
    choice : routes of P pairs over E edges and how they are chosen.
    cost : (E,), generalised costs without hubs (logs).
    savings : (H, E), what each candidate takes off the cost of each edge; the hubs of a set add up.
    flows : (P,), yearly flows of the pairs in money. The worth of a set is the sum of flows times the fall
        of log cost: the first-order (Hulten) saving at given trade.
    names : (H,).

    Raises
    ------
    InputError
        For k outside 1 to H, and a saving that exceeds the cost of its edge.

    Source: with psi infinite and savings on one edge each this is the p-hub median problem of O'Kelly (1987).
    """
    price = choice.routes.graph.check_cost(np.asarray(cost))
    saved = np.asarray(savings, dtype=float)
    _check(price, saved, names, k)
    before = path_costs(choice.routes, price)
    less = np.asarray((choice.routes.uses @ saved.T).T)
    weight = np.asarray(flows, dtype=float)

    def worth(sets: Sequence[tuple[int, ...]]) -> Array:
        after = before - less[np.array(sets)].sum(axis=1)
        return np.asarray(-choice.hat_cost(before, after) @ weight)

    best, value = _all_sets(len(names), k, worth) if k <= _EXACT else _swapped(len(names), k, worth)
    return HubChoice(tuple(names[h] for h in best), value, k <= _EXACT)


_Worth = Callable[[Sequence[tuple[int, ...]]], Array]


def _all_sets(candidates: int, k: int, worth: _Worth) -> tuple[tuple[int, ...], float]:
    """Every set of k, in stacks."""
    best: tuple[int, ...] = ()
    value = -np.inf
    every = combinations(range(candidates), k)
    while some := list(islice(every, _TOGETHER)):
        found = worth(some)
        top = int(found.argmax())
        if found[top] > value:
            best, value = some[top], float(found[top])
    return best, value


def _swapped(candidates: int, k: int, worth: _Worth) -> tuple[tuple[int, ...], float]:
    """Add the best place one by one, then exchange one for another while that saves more."""
    best: tuple[int, ...] = ()
    value = -np.inf
    while True:
        others = [h for h in range(candidates) if h not in best]
        if len(best) < k:
            trials = [(*best, h) for h in others]
        else:
            trials = [(*(b for b in best if b != out), h) for out in best for h in others]
        found = worth(trials) if trials else np.zeros(0)
        if len(best) == k and (not trials or found.max() <= value):
            return tuple(sorted(best)), value
        best, value = trials[int(found.argmax())], float(found.max())


def _check(price: Array, saved: Array, names: Sequence[str], k: int) -> None:
    if saved.shape != (len(names), price.size):
        wanted = f"Give one row for each of {len(names)} places, one column for each of {price.size} edges."
        raise InputError(Problem(f"savings have shape {saved.shape}", wanted, field="savings"))
    if not 1 <= k <= len(names):
        raise InputError(
            Problem(f"{k} of {len(names)} candidates", "Give k from 1 to all.", field="k", value=k)
        )
    if (saved < 0).any() or not np.isfinite(saved).all() or (saved.sum(axis=0) > price).any():
        raise InputError(
            Problem(
                "hubs add to a cost, or take more off an edge than it costs",
                "Savings are zero or more, and all hubs together save at most the edge's cost.",
                field="savings",
            )
        )
