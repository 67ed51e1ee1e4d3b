"""The cheapest way to place the same money: a transport problem, solved as a linear programme by HiGHS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow

from serai.axes import Array
from serai.errors import SolveError

_FIRST = 8  # cheapest lenders of each project that the first round looks at
_TOLERANCE = 1e-9
_UNITS = 1000  # whole thousand dollars: flows are counted in whole numbers


@dataclass(frozen=True, slots=True, eq=False)
class Transport:
    """An optimum and the prices that prove it.

    Parameters
    ----------
    amounts : (P, R). cost : what they cost.
    supply_price, demand_price : (P,) and (R,), what one more unit of supply or demand would change in cost.
    bound : the dual objective over all pairs; equal to `cost` at an optimum.
    """

    amounts: Array
    cost: float
    supply_price: Array
    demand_price: Array
    bound: float


def cheapest(
    supply: Array, demand: Array, capacity: Array, cost: Array, allowed: NDArray[np.bool_], known: Array
) -> Transport:
    """The cheapest amounts that meet every demand exactly within supplies and capacities.

    Pairs enter by their reduced cost: the programme starts with the pairs of a known answer and the cheapest
    of each project, and takes in every pair that its prices say would pay, until there is none.

    Parameters
    ----------
    supply, demand : (P,) and (R,). capacity, cost, allowed : (P, R).
    known : (P, R), amounts that meet the demands.

    Raises
    ------
    SolveError : the demands cannot be met.
    """
    priced = np.where(allowed, cost, np.inf)
    active = allowed & ((known > 0) | (priced.argsort(axis=0).argsort(axis=0) < _FIRST))
    while True:
        found = _solved(supply, demand, capacity, cost, active)
        reduced = cost - found.supply_price[:, np.newaxis] - found.demand_price[np.newaxis, :]
        better = allowed & ~active & (reduced < -_TOLERANCE)
        if not better.any():
            return found
        active |= better


def _solved(
    supply: Array, demand: Array, capacity: Array, cost: Array, active: NDArray[np.bool_]
) -> Transport:
    """The optimum over some pairs."""
    rows, columns = np.nonzero(active)
    count = rows.size
    if not count:
        if demand.sum() > 0:
            raise SolveError("infeasible", "Allow at least one pair", "no pair is allowed")
        return Transport(np.zeros(active.shape), 0.0, np.zeros(len(supply)), np.zeros(len(demand)), 0.0)
    ones, places = np.ones(count), np.arange(count)
    upper = np.minimum(capacity[rows, columns], demand[columns])
    found = linprog(  # type: ignore[call-overload]  # the stubs know no sparse tables
        cost[rows, columns],
        A_ub=coo_array((ones, (rows, places)), shape=(len(supply), count)).tocsr(),
        b_ub=supply,
        A_eq=coo_array((ones, (columns, places)), shape=(len(demand), count)).tocsr(),
        b_eq=demand,
        bounds=np.stack([np.zeros(count), upper], axis=1),
        method="highs",
    )
    if found.status != 0:
        raise SolveError(str(found.message), "Lower the demands or raise the limits")
    amounts = np.zeros(active.shape)
    amounts[rows, columns] = found.x
    supplied, met = np.asarray(found.ineqlin.marginals), np.asarray(found.eqlin.marginals)
    bound = supplied @ supply + met @ demand + np.asarray(found.upper.marginals) @ upper
    return Transport(amounts, float(found.fun), supplied, met, float(bound))


def most(supply: Array, demand: Array, capacity: Array, allowed: NDArray[np.bool_]) -> float:
    """The most that any allocation could place, stable or not: a maximum flow in thousands of dollars."""
    rows, columns = np.nonzero(allowed)
    count = len(supply)
    source, sink = count + len(demand), count + len(demand) + 1
    tails = np.concatenate([np.full(count, source), rows, count + np.arange(len(demand))])
    heads = np.concatenate([np.arange(count), count + columns, np.full(len(demand), sink)])
    amounts = np.concatenate([supply, capacity[rows, columns], demand])
    top = np.iinfo(np.int32).max
    whole = np.minimum(np.round(np.minimum(amounts, demand.sum()) * _UNITS), top).astype(np.int32)
    graph = coo_array((whole, (tails, heads)), shape=(sink + 1, sink + 1)).tocsr()
    return float(maximum_flow(graph, source, sink).flow_value) / _UNITS
