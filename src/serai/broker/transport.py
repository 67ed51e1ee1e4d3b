"""The cheapest way to place the same money: a transport problem, solved as a linear programme by HiGHS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array, vstack

from serai.axes import Array
from serai.errors import SolveError


@dataclass(frozen=True, slots=True, eq=False)
class Transport:
    """An optimum and the prices that prove it.

    Parameters
    ----------
    amounts : (P, R). cost : what they cost.
    supply_price, demand_price : (P,) and (R,), what one more unit of supply or demand would change in cost.
    bound : the dual objective; equal to `cost` at an optimum.
    """

    amounts: Array
    cost: float
    supply_price: Array
    demand_price: Array
    bound: float


def cheapest(
    supply: Array, demand: Array, capacity: Array, cost: Array, allowed: NDArray[np.bool_]
) -> Transport:
    """The cheapest amounts that meet every demand exactly within supplies and capacities.

    Parameters
    ----------
    supply, demand : (P,) and (R,). capacity, cost, allowed : (P, R).

    Raises
    ------
    SolveError : the demands cannot be met.
    """
    rows, columns = np.nonzero(allowed)
    count = rows.size
    if not count:
        if demand.sum() > 0:
            raise SolveError("infeasible", "Allow at least one pair", "no pair is allowed")
        zeros = np.zeros(allowed.shape)
        return Transport(zeros, 0.0, np.zeros(len(supply)), np.zeros(len(demand)), 0.0)
    ones, places = np.ones(count), np.arange(count)
    by_supply = coo_array((ones, (rows, places)), shape=(len(supply), count))
    by_demand = coo_array((ones, (columns, places)), shape=(len(demand), count))
    upper = np.minimum(capacity[rows, columns], demand[columns])
    found = linprog(  # type: ignore[call-overload]  # the stubs know no sparse tables
        cost[rows, columns],
        A_ub=by_supply.tocsr(),
        b_ub=supply,
        A_eq=by_demand.tocsr(),
        b_eq=demand,
        bounds=np.stack([np.zeros(count), upper], axis=1),
        method="highs",
    )
    if found.status != 0:
        raise SolveError(str(found.message), "Lower the demands or raise the limits")
    amounts = np.zeros(allowed.shape)
    amounts[rows, columns] = found.x
    supplied, met = np.asarray(found.ineqlin.marginals), np.asarray(found.eqlin.marginals)
    bound = supplied @ supply + met @ demand + np.asarray(found.upper.marginals) @ upper
    return Transport(amounts, float(found.fun), supplied, met, float(bound))


def most(supply: Array, demand: Array, capacity: Array, allowed: NDArray[np.bool_]) -> float:
    """The most money that any allocation could place, stable or not."""
    rows, columns = np.nonzero(allowed)
    if not rows.size:
        return 0.0
    ones, places = np.ones(rows.size), np.arange(rows.size)
    table = vstack(
        [
            coo_array((ones, (rows, places)), shape=(len(supply), rows.size)),
            coo_array((ones, (columns, places)), shape=(len(demand), rows.size)),
        ]
    )
    found = linprog(  # type: ignore[call-overload]  # the stubs know no sparse tables
        -ones,
        A_ub=table.tocsr(),
        b_ub=np.concatenate([supply, demand]),
        bounds=np.stack([np.zeros(rows.size), capacity[rows, columns]], axis=1),
        method="highs",
    )
    if found.status != 0:
        raise SolveError(str(found.message), "Check the amounts")
    return float(-found.fun)
