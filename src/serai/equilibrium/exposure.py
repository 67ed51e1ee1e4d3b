"""Who is exposed to whose productivity: the matrices of Kleinman, Liu and Redding, also with sectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from serai import html
from serai.axes import Array, Axis
from serai.equilibrium._market_pullback import market_adjoint
from serai.equilibrium._pullback import Seeds
from serai.equilibrium.adjoint import adjoint, refuse_unsolved, solved_market
from serai.equilibrium.multisector import MultiSectorEquilibrium
from serai.equilibrium.result import Equilibrium
from serai.executors import one_thread


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """First-order exposure of economies to the productivity of each other.

    Parameters
    ----------
    economies : names.
    income : (N exposed, N source), percent of nominal income per head (the wage, in units of world output)
        for one percent of productivity of the source, in all its sectors.
    welfare : (N exposed, N source), the same for real income.
    sector_income, sector_welfare : (N exposed, N source, S), by the sector of the source; None for one.
    """

    economies: Axis
    income: Array
    welfare: Array
    sector_income: Array | None
    sector_welfare: Array | None

    def _repr_html_(self) -> str:
        tables = {"welfare, % for 1 %": self.welfare, "income, % for 1 %": self.income}
        axes = {"exposed": self.economies.names, "source": self.economies.names}
        return html.cells(axes, tables, "exposure to productivity, to first order")


def exposure(equilibrium: Equilibrium | MultiSectorEquilibrium) -> Exposure:
    """Exposure of every economy to every other, at a solved world; one transposed system.

    Source: Kleinman, B., Liu, E. and Redding, S. (2024), "International Friends and Enemies", American
    Economic Journal: Macroeconomics 16(4). With one sector, no capital, no materials and no deficits these
    are their matrices of income and welfare exposure, up to the numeraire.

    Examples
    --------
    >>> from serai.equilibrium import Baseline, solve
    >>> world = Baseline.from_flows([[90.0, 10.0], [10.0, 90.0]], ["JPN", "KAZ"], trade_elasticity=5)
    >>> exposure(solve(world)).welfare.round(3).tolist()
    [[0.99, 0.01], [0.01, 0.99]]
    """
    with one_thread():
        income, welfare = (_matrix(equilibrium, measure) for measure in ("wage", "real_income"))
    many = isinstance(equilibrium, MultiSectorEquilibrium)
    return Exposure(
        economies=equilibrium.economies,
        income=income.sum(axis=2),
        welfare=welfare.sum(axis=2),
        sector_income=income if many else None,
        sector_welfare=welfare if many else None,
    )


def _matrix(equilibrium: Equilibrium | MultiSectorEquilibrium, measure: str) -> Array:
    """(N exposed, N source, S)."""
    refuse_unsolved(equilibrium)
    if isinstance(equilibrium, MultiSectorEquilibrium):
        market, at = equilibrium.market, equilibrium.market.point(equilibrium.state)
        slopes = adjoint(market, at, Seeds.of(measure, np.eye(market.size), at))
        return np.swapaxes(slopes.productivity, 1, 2)
    one, state = solved_market(equilibrium)
    with np.errstate(all="ignore"):  # hosts without capital income divide zero by zero and are masked
        _, found = market_adjoint(one, state, measure, np.eye(one.size))
    return found.productivity[:, :, np.newaxis]
