"""The search over draws by compiled code, where `serai compile` made it ready and the equations fit it."""

from __future__ import annotations

import importlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from serai.axes import Array
from serai.compiled import Kernels
from serai.equilibrium._capital import CapitalSide
from serai.equilibrium._market import Market
from serai.equilibrium._solvers.anderson import Anderson
from serai.equilibrium._solvers.problem import Solution

MODULE = "serai.equilibrium._draws_numba"
_HERE = Path(__file__)
KERNELS = Kernels(
    "equilibrium",
    _HERE.with_name("_draws_numba.py"),
    MODULE,
    helpers=(_HERE.with_name("_vectors_numba.py"),),
)


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


def draws_searched_by() -> str:
    """Which code `solve_draws` uses here with one sector, in words.

    Worlds cut into blocks run in NumPy either way; `searched_by` of a result says what happened to its draws.
    """
    if ready():
        return "compiled code"
    return "NumPy; serai[fast] and one `serai compile` make compiled code ready"


def fits(market: Market) -> bool:
    """Whether compiled code knows these equations: every closure, as long as the world is connected."""
    return market.blocks is None


def search_compiled(market: Market, solver: Anderson, start: Array, inverse: Array) -> Solution:
    """`solver.solve(market, start, inverse)` from one start (unknowns,), by compiled code."""
    kernels: Any = importlib.import_module(MODULE)
    worlds, size, side = market.worlds, market.size, market.capital
    parts, spread = market.unknowns // size, market.spread
    width = -(-size // kernels.LANES) * kernels.LANES
    rows = (
        market.base.alpha, market.base.gamma, market.log_productivity, market.output,
        market.deficit if spread is None else spread, side.wealth, side.log_labour,
    )  # fmt: skip
    base = np.zeros((worlds, kernels.ROWS, width))
    for place, row in enumerate(rows):
        base[:, place, :size] = row
    base[:, 1, size:] = 1  # the value-added share divides
    downhill = np.zeros((parts, size, parts, width))
    downhill[..., :size] = -inverse.T.reshape(parts, size, parts, size)
    state, error = np.empty((worlds, parts * width)), np.empty(worlds)
    iterations = np.zeros(worlds, dtype=np.int64)
    kernels.search(
        _closure(side, kernels),
        np.ascontiguousarray(market.sourcing),
        _table(side),
        *(_each(column, worlds) for column in (market.base.theta, market.base.epsilon)),
        base,
        _each(market.world_output, worlds),
        spread is not None,
        _filled(downhill.reshape(parts, size, parts * width), width),
        _filled(start.reshape(parts, size, 1), width)[:, 0].copy(),
        solver.tolerance,
        solver.step_tolerance,
        solver.memory,
        solver.steps,
        state,
        error,
        iterations,
    )
    found = state.reshape(worlds, parts, width)[..., :size].reshape(worlds, parts * size)
    return Solution(found, error, iterations, np.zeros(worlds, dtype=bool))


def _closure(side: CapitalSide, kernels: Any) -> int:
    if side.opened is None:
        return int(kernels.IMMOBILE_STEADY if side.steady else kernels.IMMOBILE)
    return int(kernels.MOBILE if side.inverse is None else kernels.MOBILE_STEADY)


def _table(side: CapitalSide) -> Array:
    """G, in the long run its inverse; nothing when capital is immobile."""
    table = side.opened if side.inverse is None else side.inverse
    return np.zeros((1, 1, 1)) if table is None else np.ascontiguousarray(table)


def _filled(parts: Array, width: int) -> Array:
    """(parts, size, columns) -> (parts * width, columns), zeros where a part has no rows."""
    filled = np.zeros((len(parts), width, parts.shape[2]))
    filled[:, : parts.shape[1]] = parts
    return filled.reshape(-1, parts.shape[2])


def _each(column: Array, worlds: int) -> Array:
    """One number a world, contiguous."""
    return np.array(np.broadcast_to(column[:, 0], (worlds,)))
