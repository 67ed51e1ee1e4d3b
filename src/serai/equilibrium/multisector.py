"""Many sectors: `solve` for a `MultiSectorBaseline`, and the base years that it can start from.

Caliendo and Parro (2015) with tariffs, their revenue and input-output links; with holdings, capital moves
as in the one-sector model. The equations are in `_sector_market.py`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array, Axis
from serai.equilibrium._sector_base import SectorBase
from serai.equilibrium._sector_market import SectorMarket, SectorPoint
from serai.equilibrium._sector_search import SectorFound, by_economy, search
from serai.equilibrium._solvers.problem import largest
from serai.equilibrium._solvers.status import Status
from serai.equilibrium.multisector_baseline import MultiSectorBaseline
from serai.equilibrium.result import notebook, tidy_ratios, worst
from serai.equilibrium.shock import Shock
from serai.errors import InputError, Problem, Problems, SolveError
from serai.executors import cores, one_thread

if TYPE_CHECKING:
    import pandas as pd

SECTOR_RATIOS = (
    "wage",
    "rental",
    "price_index",
    "reward",
    "wealth",
    "real_income",
    "real_gdp",
    "real_gni",
    "real_wage",
)
TABLES = ("sector_price", "sector_output", "trade", "tariff_revenue", "holdings_income")
CACHE_CELLS = 2**18  # flows of the worlds that are solved side by side
_NO_SHOCK = Shock()


@dataclass(frozen=True, slots=True, eq=False)
class MultiSectorEquilibrium:
    """The world with sectors after a shock. World output is the numeraire. NaN where none was found.

    Arrays carry a leading draw axis when they come from a chunk of `solve_draws`.

    Parameters
    ----------
    economies, sectors : names, in the order of every array.
    wage, rental, price_index, reward, wealth, real_income, real_gdp, real_gni, real_wage : (N,), ratios new
        over old, as in `Equilibrium`; GDP and income include tariff revenue.
    sector_price : (N, S), ratios. sector_output : (N, S), money of the base year in units of world output.
    trade : (S, N exporter, N importer), same money, before tariffs. tariff_revenue : (N,), same money.
    holdings_income : (N owner, N host), capital income, same money; None when capital is immobile.
    status, residual, iterations, market_residual : as in `Equilibrium`.
    market, state : the equations and their solution, for `gradient` and `decompose`.
    """

    economies: Axis
    sectors: Axis
    wage: Array
    rental: Array
    price_index: Array
    reward: Array
    wealth: Array
    real_income: Array
    real_gdp: Array
    real_gni: Array
    real_wage: Array
    sector_price: Array
    sector_output: Array
    trade: Array
    tariff_revenue: Array
    holdings_income: Array | None
    status: Status | NDArray[np.int64]
    residual: float | Array
    iterations: int | NDArray[np.int64]
    market_residual: Array
    market: SectorMarket
    state: Array

    @property
    def converged(self) -> bool | NDArray[np.bool_]:
        """Whether the numbers are an equilibrium."""
        return self.status <= Status.CONVERGED_BY_TATONNEMENT

    def tidy(self) -> pd.DataFrame:
        """One row for each economy and outcome, ratios only: economy, outcome, estimate, unit."""
        return tidy_ratios(self.economies, {name: getattr(self, name) for name in SECTOR_RATIOS})

    def _repr_html_(self) -> str:
        return notebook(self)


def solve_sectors(
    baseline: MultiSectorBaseline,
    shock: Shock = _NO_SHOCK,
    *,
    wealth: str = "fixed",
    deficits: str = "fixed",
    throw: bool = True,
) -> MultiSectorEquilibrium:
    """The equilibrium with sectors after a shock; reached through `serai.solve`."""
    changes = shock.checked_sectors(
        baseline.economies, baseline.sectors, capital=baseline.holdings is not None
    )
    if baseline.draws is not None or any(n > 1 for n in changes.draw_lengths_stacked().values()):
        raise InputError(Problem("an input has a draw axis", "Use solve_draws."))
    refuse_unsettled(baseline, deficits)
    with one_thread():
        base = baseline.base()
        if deficits == "none":
            market = base_market(base, deficits="none")
            found = search(market)
            if not Status(int(found.status[0])).converged:
                return _answer(baseline, market, found, throw=throw)
            base = after_shock(market, found)
        market = SectorMarket.of(base, changes, wealth=wealth, deficits=deficits)
        refuse_closed(baseline, market)
        return _answer(baseline, market, search(market), throw=throw)


def settled(baseline: MultiSectorBaseline, *, deficits: str = "fixed") -> MultiSectorBaseline:
    """The base year made consistent with its shares of final demand, deficits kept or taken out (`none`).

    The shares of exporters, the technology and the elasticities stay; the flows are those of the equilibrium.
    Compare `flows` before and after to see what moved. With a draw axis every draw is settled by itself; then
    capital must be immobile.
    """
    if baseline.draws is not None and baseline.holdings is not None:
        reason = "the baseline has a draw axis and holdings"
        raise InputError(Problem(reason, "Settle one world at a time.", field="holdings"))
    count = baseline.draws or 1
    length = max(1, CACHE_CELLS // (len(baseline.sectors) * len(baseline.economies) ** 2))
    pieces = [slice(start, min(start + length, count)) for start in range(0, count, length)]

    def piece(rows: slice) -> tuple[Array, Array | None]:
        market = base_market(baseline.base(rows), deficits=deficits)
        found = search(market)
        refuse_unsolved(baseline.economies, market, found)
        at = market.point(found.state)
        flows = market.net_shares(at) * at.spending[:, :, np.newaxis, :]
        mobile = baseline.holdings is not None
        return flows, market.portfolio(at) * at.capital_income[:, :, np.newaxis] if mobile else None

    with one_thread(), ThreadPoolExecutor(cores()) as pool:
        solved = list(pool.map(piece, pieces))
    income = solved[0][1]
    flows = np.concatenate([flows for flows, _ in solved])
    return replace(
        baseline,
        flows=flows[0] if baseline.draws is None else flows,
        capital_income=None if income is None else income[0],
        settled=True,
    )


def base_market(base: SectorBase, *, deficits: str) -> SectorMarket:
    """The equations whose solution is the base year, consistent, with its deficits or (`none`) without."""
    market = SectorMarket.of(base, _NO_SHOCK, wealth="fixed", deficits="fixed")
    return replace(market, deficit=np.zeros((1, 1))) if deficits == "none" else market


def after_shock(market: SectorMarket, found: SectorFound) -> SectorBase:
    """The solved world as a new base year."""
    at, base = market.point(found.state), market.base
    spread = market.capital.opened is not None
    return replace(
        base,
        share=market.shares(at),
        spending=at.spending,
        capital_income=market.portfolio(at) * at.capital_income[:, :, np.newaxis] if spread else None,
        deficit=market.deficit + np.zeros_like(base.deficit),
    )


def ratios(market: SectorMarket, at: SectorPoint) -> dict[str, Array]:
    """The outcomes that have one number an economy, as ratios new over old."""
    base = market.base
    price = np.exp(at.consumer_price)
    before = base.income
    return {
        "wage": np.exp(at.wage),
        "rental": np.exp(at.rental),
        "price_index": price,
        "reward": np.exp(at.reward),
        "wealth": np.exp(at.wealth),
        "real_income": at.absorbed / (before + base.deficit) / price,
        "real_gdp": (at.made + at.revenue) / (base.value_added + base.revenue) / price,
        "real_gni": at.income / before / price,
        "real_wage": np.exp(at.wage - at.consumer_price),
    }


def levels(market: SectorMarket, at: SectorPoint) -> dict[str, Array]:
    """Prices, outputs, flows and revenue by sector."""
    return {
        "sector_price": np.swapaxes(np.exp(at.price), 1, 2),
        "sector_output": np.swapaxes(at.output, 1, 2),
        "trade": market.net_shares(at) * at.spending[:, :, np.newaxis, :],
        "tariff_revenue": at.revenue,
    }


def refuse_unsettled(baseline: MultiSectorBaseline, deficits: str) -> None:
    """A base year whose flows need not be consistent."""
    if not baseline.settled and deficits != "none":
        raise InputError(
            Problem(
                "final_share was given, so that the flows of the base year need not be consistent",
                "Call `settled(baseline)` first, or `balanced(baseline)` to take deficits out as well.",
                field="final_share",
            )
        )


def refuse_closed(baseline: MultiSectorBaseline, market: SectorMarket) -> None:
    """A shock that leaves a buyer of a sector without suppliers, or an economy without buyers."""
    problems = Problems()
    lost = (market.sourcing.sum(axis=2) <= 0) & market.bought
    for sector, place in np.argwhere(lost.any(axis=0)):
        problems.add(
            "every supplier of the importer is closed",
            "Leave at least one pair open, home for example.",
            row=f"{baseline.sectors.names[sector]} > {baseline.economies.names[place]}",
            field="trade_cost",
        )
    sold = (market.sourcing * market.bought[:, :, np.newaxis, :]).sum(axis=(1, 3)) <= 0
    for place in np.flatnonzero(sold.any(axis=0)):
        problems.add(
            "every buyer of the exporter is closed",
            "Leave at least one pair open, home for example.",
            row=baseline.economies.names[place],
            field="trade_cost",
        )
    problems.raise_if_any()


def refuse_unsolved(economies: Axis, market: SectorMarket, found: SectorFound) -> None:
    """`SolveError` for the first world without an equilibrium, with the economies of its residual."""
    failed = np.flatnonzero(found.status > Status.CONVERGED_BY_TATONNEMENT)
    if not failed.size:
        return
    status = Status(int(found.status[failed[0]]))
    where = worst(economies, by_economy(market, found.state)[failed[0]])
    count = f"{failed.size} of {found.status.size} draws; the first: " if found.status.size > 1 else ""
    raise SolveError(status.text, status.remedy, f"{count}the largest residuals sit in {where}")


def _answer(
    baseline: MultiSectorBaseline, market: SectorMarket, found: SectorFound, *, throw: bool
) -> MultiSectorEquilibrium:
    if throw:
        refuse_unsolved(baseline.economies, market, found)
    stack = stacked(baseline, market, found, 1)
    arrays: dict[str, Any] = {
        name: None if (table := getattr(stack, name)) is None else table[0]
        for name in (*SECTOR_RATIOS, *TABLES, "market_residual")
    }
    return replace(
        stack,
        **arrays,
        status=Status(int(found.status[0])),
        residual=float(largest(arrays["market_residual"][np.newaxis])[0]),
        iterations=int(found.iterations[0]),
    )


def stacked(
    baseline: MultiSectorBaseline, market: SectorMarket, found: SectorFound, count: int
) -> MultiSectorEquilibrium:
    """The result for `count` worlds side by side; NaN for a world without an equilibrium."""
    with np.errstate(all="ignore"):
        at = market.point(found.state)
        made: dict[str, Array] = {**ratios(market, at), **levels(market, at)}
        if market.capital.opened is not None:
            made["holdings_income"] = market.portfolio(at) * at.capital_income[:, :, np.newaxis]
        residual = by_economy(market, found.state)
    failed = np.broadcast_to(found.status > Status.CONVERGED_BY_TATONNEMENT, (count,))
    tables: dict[str, Array | None] = {"holdings_income": None}
    for name, table in made.items():
        whole = np.array(np.broadcast_to(table, (count, *table.shape[1:])))
        whole[failed] = np.nan
        tables[name] = whole
    return MultiSectorEquilibrium(
        economies=baseline.economies,
        sectors=baseline.sectors,
        **tables,  # type: ignore[arg-type]
        status=found.status,
        residual=found.residual,
        iterations=found.iterations,
        market_residual=residual,
        market=market,
        state=found.state,
    )
