"""From the equations with sectors to a solution, and why a search failed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array
from serai.equilibrium._sector_market import SectorMarket, SectorPoint
from serai.equilibrium._solvers.anderson import Anderson
from serai.equilibrium._solvers.status import Status
from serai.equilibrium._solvers.tatonnement import Tatonnement

_SEARCH = Anderson(memory=12, steps=400)


@dataclass(frozen=True, slots=True)
class SectorFound:
    """Where the search ended for each world: state (worlds, unknowns); status, residual, iterations."""

    state: Array
    status: NDArray[np.int64]
    residual: Array
    iterations: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Start:
    """Where a search begins: a state that solves a world close by, (unknowns,); None: the base year."""

    state: Array | None = None

    def of(self, market: SectorMarket) -> Array:
        return (
            market.start() if self.state is None else np.repeat(self.state[np.newaxis], market.worlds, axis=0)
        )


_BASE_YEAR = Start()


def search(market: SectorMarket, start: Start = _BASE_YEAR) -> SectorFound:
    """The equilibria of a stack of worlds: Anderson mixing, then damped tatonnement and Anderson again."""
    with np.errstate(all="ignore"):
        found = _SEARCH.solve(market, start.of(market))
        state, residual, iterations = found.state.copy(), found.residual.copy(), found.iterations.copy()
        at = market.point(state)
        status = np.array(
            [_judge(market, at, residual, world, Status.CONVERGED) for world in range(market.worlds)]
        )
        for world in np.flatnonzero(status > Status.CONVERGED_BY_TATONNEMENT):
            single = market.take(np.array([world]))
            place, taken = Tatonnement().solve(single.residual, single.start())
            again = _SEARCH.solve(single, place)
            state[world], residual[world] = again.state[0], again.residual[0]
            iterations[world] += taken + again.iterations[0]
            there = single.point(again.state)
            status[world] = _judge(single, there, again.residual, 0, Status.CONVERGED_BY_TATONNEMENT)
        return SectorFound(state, status, residual, iterations)


def _judge(market: SectorMarket, at: SectorPoint, residual: Array, world: int, good: Status) -> int:
    """What the end of the search of one world means."""
    if (at.absorbed[world] <= 0).any():
        return int(Status.NEGATIVE_EXPENDITURE)
    if market.blocks is not None and not _closes(market, at, world):
        return int(Status.CUT_OFF)
    return int(good if np.isfinite(residual[world]) else Status.NO_CONVERGENCE)


def _closes(market: SectorMarket, at: SectorPoint, world: int) -> bool:
    """Whether every block of a world pays its own way."""
    drift = np.broadcast_to(market.drift(at), at.wage.shape)
    return bool((np.abs(drift[world]) <= np.sqrt(np.finfo(float).eps)).all())


def by_economy(market: SectorMarket, state: Array) -> Array:
    """The largest relative excess demand of each economy over its markets, (worlds, N)."""
    wage, rental, wealth, price, spending = market.parts(np.abs(market.residual(state)))
    markets = [market.slope * wage, (1 + market.base.epsilon) * rental, wealth]
    drift = np.abs(market.drift(market.point(state))) + np.zeros_like(wage)
    return np.asarray(np.max([*markets, drift, price.max(axis=1), spending.max(axis=1)], axis=0))
