"""Slopes at the base year for many draws side by side."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array, Axis
from serai.equilibrium._linear import pick
from serai.equilibrium._market import Market, Point
from serai.equilibrium._market_pullback import MarketSeeds, MarketSlopes, pull_market
from serai.equilibrium._pullback import MEASURES
from serai.equilibrium._solvers.anderson import Anderson
from serai.equilibrium.adjoint import Gradient, weights_of
from serai.equilibrium.baseline import Baseline
from serai.equilibrium.shock import Shock
from serai.equilibrium.trade_capital import Deficits, Wealth, refuse_words
from serai.errors import InputError, Problem, UnknownNameError
from serai.executors import cores, one_thread

_PIECE = 25
_SEARCH = Anderson(tolerance=1e-10, step_tolerance=1e-9)


def gradient_draws(
    baseline: Baseline,
    outcome: str | Mapping[str, float] | Array,
    *,
    measure: str = "real_income",
    wealth: Wealth = "fixed",
    deficits: Deficits = "fixed",
    threads: int | None = None,
) -> Gradient:
    """Slopes at the base year of one sector, a leading draw axis on every array of the result.

    Parameters
    ----------
    baseline : the base year with a draw axis on at least one input.
    outcome, measure : as in `gradient`; weights may be (draws, N).
    wealth, deficits : as in `solve`; without deficits, balance the world first.
    threads : by default one a core.

    Examples
    --------
    >>> world = Baseline.from_flows(
    ...     [[90.0, 10.0], [10.0, 90.0]], ["JPN", "KAZ"], trade_elasticity=np.array([4.0, 5.0])
    ... )
    >>> gradient_draws(world, "KAZ").trade_cost[:, 0, 1].round(4).tolist()
    [-0.0561, -0.055]
    """
    refuse_words(wealth, deficits)
    if measure not in MEASURES:
        raise UnknownNameError("measure", measure, MEASURES)
    if deficits == "none" or baseline.draws is None:
        reason = "no input has a draw axis" if baseline.draws is None else "deficits are to be taken out"
        raise InputError(Problem(reason, "Use gradient(solve(...)) on one world."))
    count = baseline.draws
    weights = np.broadcast_to(weights_of(outcome, baseline.economies), (count, len(baseline.economies)))

    def piece(rows: slice) -> tuple[Market, Point, MarketSeeds]:
        market = Market.of(baseline.base(rows), Shock(), wealth=wealth, deficits=deficits)
        with np.errstate(all="ignore"):
            at = market.point(market.start())
        return market, at, MarketSeeds.of(measure, weights[rows], market, at)

    def slopes(rows: slice) -> Gradient:
        market, at, seeds = piece(rows)
        found = _solve(market, at, seeds, inverse)
        return _gradient(baseline.economies, measure, weights[rows], market, at, found)

    pieces = [slice(start, min(start + _PIECE, count)) for start in range(0, count, _PIECE)]
    with one_thread(), np.errstate(all="ignore"):
        middle, _, _ = piece(slice(0, 1))
        inverse = np.asarray(np.linalg.inv(middle.jacobian(middle.start())[0].T), dtype=float)
        with ThreadPoolExecutor(threads or cores()) as pool:
            return _joined(list(pool.map(slopes, pieces)))


@dataclass(frozen=True, slots=True)
class _Transposed:
    """K^T m = right for a stack of worlds, as a residual."""

    market: Market
    at: Point
    right: Array

    def residual(self, state: Array) -> Array:
        none = MarketSeeds.none(self.market)
        return np.asarray(pull_market(self.market, self.at, state, none).state - self.right)

    def take(self, worlds: NDArray[np.intp]) -> _Transposed:
        arrays: dict[str, Any] = {
            field.name: None if (array := getattr(self.at, field.name)) is None else pick(array, worlds)
            for field in fields(Point)
        }
        return _Transposed(self.market.take(worlds), Point(**arrays), self.right[worlds])


def _solve(market: Market, at: Point, seeds: MarketSeeds, inverse: Array) -> MarketSlopes:
    """Slopes with the equilibrium moving along; every world starts from the inverse of the first."""
    direct = pull_market(market, at, np.zeros((market.worlds, market.unknowns)), seeds).state
    scale = np.abs(direct).max(axis=1, keepdims=True)
    right = -direct / np.where(scale > 0, scale, 1)  # so that tolerances do not depend on the unit of weights
    problem = _Transposed(market, at, right)
    found = _SEARCH.solve(problem, right @ inverse.T, inverse)
    state = found.state
    for world in np.flatnonzero(~np.isfinite(found.residual)):
        alone = problem.take(np.array([world]))
        matrix = alone.market.jacobian(alone.market.start())[0].T
        state[world] = np.linalg.solve(matrix, alone.right[0])
    return pull_market(market, at, state * scale, seeds)


def _gradient(
    economies: Axis, measure: str, weights: Array, market: Market, at: Point, slopes: MarketSlopes
) -> Gradient:
    return Gradient(
        economies=economies,
        sectors=None,
        measure=measure,
        weights=weights,
        trade_cost=slopes.by_trade_cost(market, at),
        tariff=None,
        openness=slopes.by_openness(market),
        productivity=slopes.productivity,
        labour=slopes.labour,
        transfer=slopes.transfer,
    )


def _joined(parts: list[Gradient]) -> Gradient:
    first = parts[0]

    def all_of(name: str) -> Array:
        return np.concatenate([getattr(part, name) for part in parts])

    return Gradient(
        economies=first.economies,
        sectors=None,
        measure=first.measure,
        weights=all_of("weights"),
        trade_cost=all_of("trade_cost"),
        tariff=None,
        openness=None if first.openness is None else all_of("openness"),
        productivity=all_of("productivity"),
        labour=all_of("labour"),
        transfer=all_of("transfer"),
    )
