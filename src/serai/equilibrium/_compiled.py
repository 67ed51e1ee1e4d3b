"""The search over draws by compiled code, where `serai compile` made it ready and the equations fit it."""

from __future__ import annotations

import importlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from serai.axes import Array
from serai.compiled import Kernels
from serai.equilibrium._market import Market
from serai.equilibrium._solvers.anderson import Anderson
from serai.equilibrium._solvers.problem import Solution

MODULE = "serai.equilibrium._draws_numba"
KERNELS = Kernels("equilibrium", Path(__file__).with_name("_draws_numba.py"), MODULE)


def compile_draws() -> Path:
    """Compile the search over draws and write its marker; returns the marker's path.

    Raises
    ------
    MissingExtraError : numba is not installed.
    """
    path = KERNELS.compile()
    ready.cache_clear()
    return path


@lru_cache(maxsize=1)
def ready() -> bool:
    """Whether the compiled search may be used; looked up once."""
    return KERNELS.ready()


def fits(market: Market) -> bool:
    """Whether compiled code knows these equations: mobile capital, fixed wealth, a connected world."""
    return market.capital.has_unknowns and market.blocks is None


def search_compiled(market: Market, solver: Anderson, start: Array, inverse: Array) -> Solution:
    """`solver.solve(market, start, inverse)` from one start (unknowns,), by compiled code."""
    kernels: Any = importlib.import_module(MODULE)
    worlds, size, side = market.worlds, market.size, market.capital
    assert side.opened is not None
    spread = market.spread
    rows = (
        market.base.alpha, market.base.gamma, market.log_productivity, market.output,
        market.deficit if spread is None else spread, side.wealth,
    )  # fmt: skip
    base = np.stack([np.broadcast_to(row, (worlds, size)) for row in rows], axis=1)
    state, error = np.empty((worlds, 2 * size)), np.empty(worlds)
    iterations = np.zeros(worlds, dtype=np.int64)
    kernels.search(
        np.ascontiguousarray(market.sourcing),
        np.ascontiguousarray(side.opened),
        *(_each(column, worlds) for column in (market.base.theta, market.base.epsilon)),
        base,
        _each(market.world_output, worlds),
        spread is not None,
        np.ascontiguousarray(-inverse),
        np.ascontiguousarray(start),
        solver.tolerance,
        solver.step_tolerance,
        solver.memory,
        solver.steps,
        state,
        error,
        iterations,
    )
    return Solution(state, error, iterations, np.zeros(worlds, dtype=bool))


def _each(column: Array, worlds: int) -> Array:
    """One number a world, contiguous."""
    return np.array(np.broadcast_to(column[:, 0], (worlds,)))
