"""From equations to a solution: Newton, then tatonnement and Newton again; and why a search failed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array
from serai.equilibrium._adjustment import Adjustment
from serai.equilibrium._compiled import fits, ready, search_compiled
from serai.equilibrium._market import Market, Point
from serai.equilibrium._solvers.anderson import Anderson
from serai.equilibrium._solvers.newton import Newton
from serai.equilibrium._solvers.problem import Solution
from serai.equilibrium._solvers.status import Status
from serai.equilibrium._solvers.tatonnement import Tatonnement

_quiet = np.errstate(all="ignore")  # outside the domain a residual is NaN, and the search steps back


@dataclass(frozen=True, slots=True)
class Found:
    """Where the search ended for each world: state (worlds, unknowns); status, residual, iterations, and
    whether compiled code found it."""

    state: Array
    status: NDArray[np.int64]
    residual: Array
    iterations: NDArray[np.int64]
    compiled: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Centre:
    """A solved world in the middle of the draws, and the inverse Jacobian there."""

    state: Array
    inverse: Array


@_quiet
def search(market: Market) -> Found:
    """The equilibrium of one world."""
    newton = Newton()
    found = newton.solve(market, market.start())
    status, steps = _judge(market, found, newton.tolerance, Status.CONVERGED), int(found.iterations[0])
    if found.residual[0] > newton.tolerance and status is not Status.SINGULAR:
        adjustment = Adjustment(market)
        place, taken = Tatonnement().solve(adjustment.moves, adjustment.start())
        found = newton.solve(market, adjustment.state(place))
        status = _judge(market, found, newton.tolerance, Status.CONVERGED_BY_TATONNEMENT)
        steps += taken + int(found.iterations[0])
    return Found(found.state, np.array([int(status)]), found.residual, np.array([steps]), np.array([False]))


@_quiet
def centre_at(market: Market, found: Found) -> Centre:
    """A solved world as the centre of a stack."""
    return Centre(found.state, np.linalg.inv(market.jacobian(found.state)[0]))


@_quiet
def search_around(market: Market, centre: Centre | None) -> Found:
    """The equilibria of a stack of worlds, started from a solved world in their middle.

    A world that does not settle there is searched for by itself.
    """
    worlds = market.worlds
    state = np.full((worlds, market.unknowns), np.nan)
    residual: Array = np.full(worlds, np.inf)
    iterations: NDArray[np.int64] = np.zeros(worlds, dtype=np.int64)
    status: NDArray[np.int64] = np.full(worlds, int(Status.CONVERGED), dtype=np.int64)
    settled, compiled = np.zeros(worlds, dtype=bool), fits(market) and ready()
    if centre is not None:
        if compiled:
            found = search_compiled(market, Anderson(), centre.state[0], centre.inverse)
        else:
            start = np.repeat(centre.state, worlds, axis=0)
            found = Anderson().solve(market.bare(), start, centre.inverse)
        state, residual, iterations = found.state, found.residual, found.iterations
        at = market.point(state)
        fair = _spends(market, at) & _owns(market, at) & _closes(market, at)
        settled = np.isfinite(residual) & fair.all(axis=1)
    for world in np.flatnonzero(~settled):
        single = search(market.take(np.array([world])))
        state[world], residual[world] = single.state[0], single.residual[0]
        status[world], iterations[world] = single.status[0], iterations[world] + single.iterations[0]
    return Found(state, status, residual, iterations, settled & compiled)


def _judge(market: Market, found: Solution, tolerance: float, good: Status) -> Status:
    """What the end of a search of one world means."""
    if market.capital.inverse is not None and not np.isfinite(market.capital.inverse).all():
        return Status.SINGULAR
    at = market.point(found.state)
    if not _owns(market, at).all():
        return Status.NEGATIVE_WEALTH
    if not _spends(market, at).all():
        return Status.NEGATIVE_EXPENDITURE
    if not _closes(market, at).all():
        return Status.CUT_OFF
    if found.residual[0] <= tolerance:
        return good
    return Status.SINGULAR if found.singular[0] else Status.NO_CONVERGENCE


def _spends(market: Market, at: Point) -> NDArray[np.bool_]:
    """Whether an economy has something to spend beyond its materials, (worlds, N)."""
    return np.asarray(~(market.absorption(at.income) <= 0))


def _closes(market: Market, at: Point) -> NDArray[np.bool_]:
    """Whether the block of an economy pays its own way, (worlds, N); only a world in blocks can fail to."""
    if market.blocks is None:
        return np.ones((market.worlds, market.size), dtype=bool)
    return np.asarray(~(np.abs(market.drift(at)) > np.sqrt(np.finfo(float).eps)))


def _owns(market: Market, at: Point) -> NDArray[np.bool_]:
    """Whether an owner's wealth is not negative, (worlds, N); only the long run can break it."""
    if market.capital.inverse is None:
        return np.ones((market.worlds, market.size), dtype=bool)
    return np.asarray(at.capital_income >= 0)
