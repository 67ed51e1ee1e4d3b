"""Many worlds at once: `solve_draws`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from serai.axes import Array, Axis
from serai.equilibrium._base import Base, capital_income
from serai.equilibrium._market import Market
from serai.equilibrium._outcome import after, equilibrium, outcomes
from serai.equilibrium._search import Centre, Found, centre_at, search, search_around
from serai.equilibrium._solvers.status import Status
from serai.equilibrium.baseline import Baseline, draw_count
from serai.equilibrium.many_sector_worlds import solve_sector_draws
from serai.equilibrium.multisector import MultiSectorEquilibrium
from serai.equilibrium.multisector_baseline import MultiSectorBaseline
from serai.equilibrium.result import LEVELS, RATIOS, Equilibrium, SolvedDraws
from serai.equilibrium.shock import Shock
from serai.equilibrium.trade_capital import (
    Deficits,
    Wealth,
    balance,
    raise_unless_solved,
    refuse_closed,
    refuse_words,
    unbalanced_market,
)
from serai.errors import InputError, Problem, UnknownNameError
from serai.executors import cores, one_thread

Reduce = Callable[[Equilibrium], Mapping[str, Array]]
SectorReduce = Callable[[MultiSectorEquilibrium], Mapping[str, Array]]

_NO_SHOCK = Shock()
_RATIOS = ("trade_cost", "openness", "productivity", "labour")
_CENTRAL = 32
_CACHE_CELLS = 3 * 2**16
_SHORTEST = 4


def solve_draws(
    baseline: Baseline | MultiSectorBaseline,
    shocks: Shock = _NO_SHOCK,
    *,
    wealth: Wealth = "fixed",
    deficits: Deficits = "fixed",
    throw: bool = False,
    keep: Sequence[str] | None = None,
    reduce: Reduce | SectorReduce | None = None,
    chunk: int | None = None,
    threads: int | None = None,
) -> SolvedDraws:
    """The equilibria of many draws: a leading draw axis on any input of the baseline or the shock.

    Every draw starts from a solved world in the middle of the first draws, to first order; the numbers are
    those of `solve` on each draw, whatever the chunk or the number of threads. With one sector compiled code
    searches under every closure where `serai compile` made it ready; `compiled` of the result says for which
    draws. It does not know worlds cut into blocks, nor sectors: those run in NumPy.

    Parameters
    ----------
    baseline, shocks, wealth, deficits : as in `solve`; with sectors `flows` and `theta` may have draws.
    throw : raise `SolveError` when a draw has no answer; otherwise it is NaN and has its status.
    keep : the outcomes to keep; by default all that have one number an economy. Tables of pairs (`trade`,
        `holdings_income`, `fdi`) are kept when named: 1,000 draws of 76 economies take 46 MB each.
    reduce : instead of `keep`, makes of the `Equilibrium` (with sectors `MultiSectorEquilibrium`) of each
        chunk, a leading draw axis everywhere, the arrays to keep, each with the draw axis first.
    chunk : draws solved side by side; by default what fits the cache of a core.
    threads : by default one a core.

    Examples
    --------
    >>> import numpy as np
    >>> world = Baseline.from_flows(
    ...     [[90.0, 10.0], [10.0, 90.0]], ["JPN", "KAZ"], trade_elasticity=np.array([4.0, 5.0])
    ... )
    >>> drawn = solve_draws(world, Shock(trade_cost=np.array([[1.0, 0.9], [0.9, 1.0]])))
    >>> drawn.real_income.round(4).tolist()
    [[1.0129, 1.0129], [1.0135, 1.0135]]
    """
    refuse_words(wealth, deficits)
    if isinstance(baseline, MultiSectorBaseline):
        return solve_sector_draws(
            baseline,
            shocks,
            wealth=wealth,
            deficits=deficits,
            throw=throw,
            keep=keep,
            reduce=cast("SectorReduce | None", reduce),
            chunk=chunk,
            threads=threads,
        )
    names = _kept(baseline, keep)
    shock = shocks.checked(baseline.economies, capital=baseline.holdings is not None)
    count = draw_count({**baseline.draw_lengths(), **shock.draw_lengths()})
    if count is None:
        raise InputError(Problem("no input has a draw axis", "Use solve."))
    length = chunk or max(_SHORTEST, _CACHE_CELLS // len(baseline.economies) ** 2)
    pieces = [slice(start, min(start + length, count)) for start in range(0, count, length)]

    def piece(rows: slice) -> tuple[Mapping[str, Array | None], Found]:
        market, found = start.solve(baseline.economies, baseline.base(rows), shock.stack(rows))
        if throw:
            raise_unless_solved(baseline.economies, market, found)
        if reduce is None:
            return outcomes(market, found, names), found
        fold = cast("Reduce", reduce)
        return fold(equilibrium(baseline.economies, market, found, single=False)), found

    with one_thread():
        start = _Start.of(baseline, shock, wealth, deficits)
        with ThreadPoolExecutor(threads or cores()) as pool:
            solved = list(pool.map(piece, pieces))
    return SolvedDraws(
        economies=baseline.economies,
        values=_joined([values for values, _ in solved]),
        status=np.concatenate([found.status for _, found in solved]),
        residual=np.concatenate([found.residual for _, found in solved]),
        iterations=np.concatenate([found.iterations for _, found in solved]),
        compiled=np.concatenate([found.compiled for _, found in solved]),
    )


@dataclass(frozen=True, slots=True)
class _Start:
    """Where all draws start: the centre of the first draws, balanced when asked, and shocked."""

    wealth: Wealth
    deficits: Deficits
    balanced: Centre | None
    shocked: Centre | None

    @classmethod
    def of(cls, baseline: Baseline, shock: Shock, wealth: Wealth, deficits: Deficits) -> _Start:
        first = slice(0, _CENTRAL)
        base, changes = _central_base(baseline.base(first)), _central_shock(shock.stack(first))
        middle = None
        if deficits == "none":
            market, found = balance(base)
            if not Status(int(found.status[0])).converged:
                return cls(wealth, deficits, None, None)
            middle = centre_at(market, found)
            base = after(market, found)
        market = Market.of(base, changes, wealth=wealth, deficits=deficits)
        found = search(market)
        solved = Status(int(found.status[0])).converged
        return cls(wealth, deficits, middle, centre_at(market, found) if solved else None)

    def solve(self, economies: Axis, base: Base, shock: Shock) -> tuple[Market, Found]:
        """The equations and equilibria of some draws."""
        if self.deficits != "none":
            return self._shocked(economies, base, shock)
        market = unbalanced_market(base)
        first = search_around(market, self.balanced)
        market, found = self._shocked(economies, after(market, first), shock)
        failed = first.status > Status.CONVERGED_BY_TATONNEMENT
        return market, replace(found, status=np.where(failed, first.status, found.status))

    def _shocked(self, economies: Axis, base: Base, shock: Shock) -> tuple[Market, Found]:
        market = Market.of(base, shock, wealth=self.wealth, deficits=self.deficits)
        refuse_closed(economies, market)
        return market, search_around(market, self.shocked)


def _central_base(base: Base) -> Base:
    """The mean of some bases; capital income is scaled to what the mean host pays."""
    trade, alpha, gamma = (_mean(a) for a in (base.trade, base.alpha, base.gamma))
    income = None
    if base.capital_income is not None:
        income = capital_income(_mean(base.capital_income), trade, alpha, gamma)
    holdings = None if base.holdings is None else _mean(base.holdings)
    return Base(trade, income, holdings, _mean(base.theta), _mean(base.epsilon), alpha, gamma)


def _central_shock(shock: Shock) -> Shock:
    """The geometric mean of some shocks; transfers are averaged."""
    ratios = {name: a for name in _RATIOS if (a := getattr(shock, name)) is not None}
    with np.errstate(divide="ignore"):
        means = {name: np.exp(_mean(np.log(a))) for name, a in ratios.items()}
    return Shock(**means, transfer=None if shock.transfer is None else _mean(shock.transfer))


def _mean(stack: Array) -> Array:
    return np.asarray(stack.mean(axis=0, keepdims=True))


def _kept(baseline: Baseline, keep: Sequence[str] | None) -> tuple[str, ...]:
    """The outcomes to keep, checked."""
    if keep is None:
        return RATIOS
    for name in keep:
        if name not in (*RATIOS, *LEVELS):
            raise UnknownNameError("outcome", name, (*RATIOS, *LEVELS))
        if name == "fdi" and baseline.holdings is None:
            raise InputError(Problem("fdi is asked for without holdings", "Give holdings.", field="keep"))
    return tuple(keep)


def _joined(pieces: Sequence[Mapping[str, Array | None]]) -> dict[str, Array]:
    names = [name for name, array in pieces[0].items() if array is not None]
    return {name: np.concatenate([np.asarray(piece[name]) for piece in pieces]) for name in names}
