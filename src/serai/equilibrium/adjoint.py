"""Slopes of an outcome by every lever at once: the adjoint of the equilibrium, one transposed solve.

At an equilibrium F(u, s) = 0 an outcome W(u, s) moves with the shocks s by

    dW/ds = W_s + F_s^T m,      F_u^T m = -W_u

so that one linear system in m, whatever the number of levers, gives all slopes. With one sector F_u is the
analytic Jacobian that the solver factors too; with sectors the system is solved without making it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres

from serai import html
from serai.axes import Array, Axis, as_float
from serai.equilibrium._market import Market
from serai.equilibrium._market_pullback import market_adjoint
from serai.equilibrium._pullback import MEASURES, Seeds, Slopes, pull
from serai.equilibrium._sector_base import SectorBase
from serai.equilibrium._sector_market import SectorMarket, SectorPoint
from serai.equilibrium._solvers.status import Status
from serai.equilibrium.multisector import MultiSectorEquilibrium
from serai.equilibrium.result import Equilibrium
from serai.errors import InputError, Problem, SolveError, UnknownNameError
from serai.executors import one_thread

_TOLERANCE = 1e-12
_MEMORY, _CYCLES = 120, 20
_DENSE, _MANY = 600, 4  # unknowns up to which, and outcomes from which, factors cost less than iterations


@dataclass(frozen=True, slots=True, eq=False)
class Gradient:
    """Slopes of a weighted sum of logs of an outcome, by logs of the shocks.

    A slope of -0.2 by a trade cost says: one percent less raises the outcome by 0.2 percent.

    From `gradient_draws` every array has a leading draw axis.

    Parameters
    ----------
    economies, sectors : names; `sectors` is None for one sector.
    measure, weights : the outcome, sum over economies of weight (N,) times log measure.
    trade_cost : (N exporter, N importer), with sectors (S, N, N).
    tariff : (S, N, N), by log(1 + tariff); None for one sector.
    openness : (N owner, N host); None when capital is immobile.
    productivity : (N,), with sectors (N, S). labour : (N,).
    transfer : (N,), by money received; what one receives another gives, so that only differences between
        economies have a meaning.
    """

    economies: Axis
    sectors: Axis | None
    measure: str
    weights: Array
    trade_cost: Array
    tariff: Array | None
    openness: Array | None
    productivity: Array
    labour: Array
    transfer: Array

    def _repr_html_(self) -> str:
        if self.labour.ndim > 1:
            return html.table(
                ["draws", "economies"], [self.labour.shape], f"slopes of log {self.measure} by draw"
            )
        axes = {} if self.sectors is None else {"sector": self.sectors.names}
        axes |= {"exporter": self.economies.names, "importer": self.economies.names}
        tables = {"% for 1 % of trade cost": self.trade_cost}
        return html.cells(axes, tables, f"slopes of log {self.measure}")


def gradient(
    equilibrium: Equilibrium | MultiSectorEquilibrium,
    outcome: str | Mapping[str, float] | Array,
    *,
    measure: str = "real_income",
) -> Gradient:
    """Slopes of an outcome by all trade costs, tariffs, openness, productivity, labour and transfers.

    Parameters
    ----------
    equilibrium : a solved world; that of no shock gives the slopes at the base year.
    outcome : an economy, or weights of economies by name, or (N,).
    measure : real_income, real_gdp, real_gni, real_wage, wage or price_index.

    Raises
    ------
    InputError, UnknownNameError : an outcome that does not exist, or an equilibrium that was not found.

    Examples
    --------
    >>> from serai.equilibrium import Baseline, solve
    >>> world = Baseline.from_flows([[90.0, 10.0], [10.0, 90.0]], ["JPN", "KAZ"], trade_elasticity=5)
    >>> slopes = gradient(solve(world), "KAZ")
    >>> slopes.trade_cost.round(4).tolist()
    [[0.045, -0.055], [-0.045, -0.945]]
    """
    refuse_unsolved(equilibrium)
    weights = weights_of(outcome, equilibrium.economies)
    if weights.ndim > 1:
        raise InputError(Problem("the outcome has a draw axis", "Use gradient_draws.", field="outcome"))
    if measure not in MEASURES:
        raise UnknownNameError("measure", measure, MEASURES)
    with one_thread():
        if isinstance(equilibrium, MultiSectorEquilibrium):
            return _with_sectors(equilibrium, weights, measure)
        return _one_sector(equilibrium, weights, measure)


def _one_sector(equilibrium: Equilibrium, weights: Array, measure: str) -> Gradient:
    market, state = solved_market(equilibrium)
    with np.errstate(all="ignore"):  # hosts without capital income divide zero by zero and are masked
        at, slopes = market_adjoint(market, state, measure, weights[np.newaxis])
    openness = slopes.by_openness(market)
    return Gradient(
        economies=equilibrium.economies,
        sectors=None,
        measure=measure,
        weights=weights,
        trade_cost=slopes.by_trade_cost(market, at)[0],
        tariff=None,
        openness=None if openness is None else openness[0],
        productivity=slopes.productivity[0],
        labour=slopes.labour[0],
        transfer=slopes.transfer[0],
    )


def _with_sectors(equilibrium: MultiSectorEquilibrium, weights: Array, measure: str) -> Gradient:
    market = equilibrium.market
    at = market.point(equilibrium.state)
    slopes = adjoint(market, at, Seeds.of(measure, weights[np.newaxis], at))
    return Gradient(
        economies=equilibrium.economies,
        sectors=equilibrium.sectors,
        measure=measure,
        weights=weights,
        trade_cost=slopes.by_trade_cost(market, at)[0],
        tariff=slopes.by_tariff(market, at)[0],
        openness=None if slopes.openness is None else slopes.openness[0],
        productivity=slopes.productivity[0].T,
        labour=slopes.labour[0],
        transfer=slopes.transfer[0],
    )


def refuse_unsolved(equilibrium: Equilibrium | MultiSectorEquilibrium) -> None:
    """An equilibrium that was not found."""
    if isinstance(equilibrium, MultiSectorEquilibrium) and not isinstance(equilibrium.status, Status):
        raise InputError(
            Problem("the equilibrium holds many draws", "Solve one world at a time.", field="equilibrium")
        )
    if not np.all(equilibrium.converged):
        raise InputError(Problem("the equilibrium was not found", "Solve it first.", field="equilibrium"))


def solved_market(equilibrium: Equilibrium) -> tuple[Market, Array]:
    """The equations of a solved world of one sector, and their solution."""
    market, state = equilibrium.market, equilibrium.state
    if market is None or state is None:
        raise InputError(
            Problem("the equilibrium holds many draws", "Solve one world at a time.", field="equilibrium")
        )
    return market, state


def equations(equilibrium: Equilibrium | MultiSectorEquilibrium) -> tuple[SectorMarket, Array]:
    """The equations of a solved world, with sectors, and their solution; one sector is a special case."""
    refuse_unsolved(equilibrium)
    if isinstance(equilibrium, MultiSectorEquilibrium):
        return equilibrium.market, equilibrium.state
    market, state = solved_market(equilibrium)
    with np.errstate(all="ignore"):  # hosts without capital income divide zero by zero and are masked
        at, base = market.point(state), SectorBase.of_one_sector(market.base)
    sectors = SectorMarket.of_one_sector(market, base)
    wealth = np.zeros_like(at.wage)
    owned = market.capital.wealth > 0
    if market.capital.opened is not None:
        ratio = np.where(owned, at.capital_income / np.where(owned, market.capital.wealth, 1), 1)
        wealth = np.where(owned, np.log(ratio) - at.reward, 0)
    spending = np.log(at.expenditure / market.base.expenditure)
    return sectors, sectors.joined(
        at.wage, at.rental, wealth, at.price[:, np.newaxis], spending[:, np.newaxis]
    )


def adjoint(market: SectorMarket, at: SectorPoint, seeds: Seeds) -> Slopes:
    """Slopes of seeded outcomes, (outcomes, N) each, by every shock, the equilibrium moving along."""
    count = len(seeds.wage)
    direct = pull(market, at, np.zeros((count, market.unknowns)), seeds)
    return pull(market, at, _transposed_solve(market, at, -direct.state), seeds)


def _transposed_solve(market: SectorMarket, at: SectorPoint, right: Array) -> Array:
    """The multipliers of the residuals, for each row of `right`: by factors when the system is small."""
    none, size = Seeds.none(market), market.unknowns
    if size <= _DENSE and len(right) >= _MANY:
        transposed = pull(market, at, np.eye(size), none).state
        return np.asarray(np.linalg.solve(transposed.T, right.T).T)
    operator = LinearOperator(
        (size, size), matvec=lambda v: pull(market, at, v.reshape(1, size), none).state[0], dtype=float
    )
    rows = []
    for row in right:
        found, failed = gmres(operator, row, rtol=_TOLERANCE, atol=0.0, restart=_MEMORY, maxiter=_CYCLES)
        if failed:
            raise SolveError(
                "the transposed equations were not solved",
                "The equilibrium is close to one that is not unique: try another closure",
            )
        rows.append(found)
    return np.stack(rows)


def weights_of(outcome: str | Mapping[str, float] | Array, economies: Axis) -> Array:
    """Weights of economies, (N,), from a name, names with weights, or an array."""
    if isinstance(outcome, str):
        outcome = {outcome: 1.0}
    if isinstance(outcome, Mapping):
        weights = np.zeros(len(economies))
        for name, weight in outcome.items():
            weights[economies.index(name)] = weight
        return weights
    return as_float("outcome", outcome, (len(economies),), "one weight an economy")
