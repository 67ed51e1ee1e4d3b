"""Many worlds with sectors at once: `solve_draws` for a `MultiSectorBaseline`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from serai.axes import Array
from serai.equilibrium._sector_base import SectorBase
from serai.equilibrium._sector_market import SectorMarket
from serai.equilibrium._sector_search import SectorFound, Start, search
from serai.equilibrium._solvers.status import Status
from serai.equilibrium.baseline import draw_count
from serai.equilibrium.multisector import (
    CACHE_CELLS,
    SECTOR_RATIOS,
    MultiSectorEquilibrium,
    after_shock,
    base_market,
    levels,
    ratios,
    refuse_closed,
    refuse_unsettled,
    refuse_unsolved,
    stacked,
)
from serai.equilibrium.multisector_baseline import MultiSectorBaseline
from serai.equilibrium.result import SolvedDraws
from serai.equilibrium.shock import Shock
from serai.errors import InputError, Problem, UnknownNameError
from serai.executors import cores, one_thread

LEVELS = ("sector_price", "sector_output", "trade", "tariff_revenue")


def solve_sector_draws(
    baseline: MultiSectorBaseline,
    shocks: Shock,
    *,
    wealth: str,
    deficits: str,
    throw: bool,
    keep: Sequence[str] | None,
    reduce: Callable[[MultiSectorEquilibrium], Mapping[str, Array]] | None,
    chunk: int | None,
    threads: int | None,
) -> SolvedDraws:
    """The equilibria of many draws with sectors; reached through `serai.solve_draws`.

    Every draw starts from the solution of the first; the numbers are those of `solve` on each draw.
    """
    names = _kept(keep)
    changes = shocks.checked_sectors(
        baseline.economies, baseline.sectors, capital=baseline.holdings is not None
    )
    refuse_unsettled(baseline, deficits)
    lengths = {name: length for name, length in changes.draw_lengths_stacked().items() if length > 1}
    count = draw_count({**baseline.draw_lengths(), **lengths})
    if count is None:
        raise InputError(Problem("no input has a draw axis", "Use solve."))
    length = chunk or max(1, CACHE_CELLS // (len(baseline.sectors) * len(baseline.economies) ** 2))
    pieces = [np.arange(start, min(start + length, count)) for start in range(0, count, length)]

    def market_of(base: SectorBase, worlds: np.ndarray[tuple[int], np.dtype[np.intp]]) -> SectorMarket:
        market = SectorMarket.of(base, changes.take(worlds), wealth=wealth, deficits=deficits)
        refuse_closed(baseline, market)
        return market

    def piece(
        worlds: np.ndarray[tuple[int], np.dtype[np.intp]], starts: tuple[Start, Start]
    ) -> tuple[Mapping[str, Array], SectorFound]:
        base, failed = baseline.base(slice(int(worlds[0]), int(worlds[-1]) + 1)), None
        if deficits == "none":
            first = base_market(base, deficits="none")
            flat = search(first, starts[0])
            base, failed = after_shock(first, flat), flat.status
        market = market_of(base, worlds)
        found = search(market, starts[1])
        if failed is not None:
            worse = np.where(failed > Status.CONVERGED_BY_TATONNEMENT, failed, found.status)
            found = SectorFound(found.state, worse, found.residual, found.iterations)
        if throw:
            refuse_unsolved(baseline.economies, market, found)
        if reduce is not None:
            return reduce(stacked(baseline, market, found, len(worlds))), found
        return _values(market, found, names, len(worlds)), found

    with one_thread():
        starts = _starts(baseline, changes, wealth, deficits)
        with ThreadPoolExecutor(threads or cores()) as pool:
            solved = list(pool.map(lambda worlds: piece(worlds, starts), pieces))

    def whole(name: str) -> Array:
        parts = [
            np.broadcast_to(getattr(found, name), (len(worlds),))
            for worlds, (_, found) in zip(pieces, solved, strict=True)
        ]
        return np.concatenate(parts)

    return SolvedDraws(
        economies=baseline.economies,
        values={name: np.concatenate([values[name] for values, _ in solved]) for name in solved[0][0]},
        status=whole("status").astype(np.int64),
        residual=whole("residual"),
        iterations=whole("iterations").astype(np.int64),
        compiled=np.zeros(count, dtype=bool),
    )


def _starts(baseline: MultiSectorBaseline, changes: Shock, wealth: str, deficits: str) -> tuple[Start, Start]:
    """The solutions of the first draw, balanced and shocked; the base year where there is none."""
    base, flat = baseline.base(slice(0, 1)), Start()
    if deficits == "none":
        market = base_market(base, deficits="none")
        found = search(market)
        flat, base = _start(found), after_shock(market, found)
    first = Shock.take(changes, np.array([0]))
    return flat, _start(search(SectorMarket.of(base, first, wealth=wealth, deficits=deficits)))


def _start(found: SectorFound) -> Start:
    solved = found.status[0] <= Status.CONVERGED_BY_TATONNEMENT
    return Start(found.state[0]) if solved else Start()


def _values(market: SectorMarket, found: SectorFound, names: Collection[str], count: int) -> dict[str, Array]:
    """The kept outcomes, draws first; NaN where there is no equilibrium."""
    with np.errstate(all="ignore"):
        at = market.point(found.state)
        made = {**ratios(market, at), **levels(market, at)}
    failed = found.status > Status.CONVERGED_BY_TATONNEMENT
    values = {}
    for name in names:
        table = np.array(np.broadcast_to(made[name], (count, *made[name].shape[1:])))
        table[np.broadcast_to(failed, (count,))] = np.nan
        values[name] = table
    return values


def _kept(keep: Sequence[str] | None) -> tuple[str, ...]:
    for name in keep or ():
        if name not in (*SECTOR_RATIOS, *LEVELS):
            raise UnknownNameError("outcome", name, (*SECTOR_RATIOS, *LEVELS))
    return SECTOR_RATIOS if keep is None else tuple(keep)
