"""A shock by slopes alone: what every economy gains to first order, and by which lever."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from serai import html
from serai.axes import Array, Axis
from serai.equilibrium._pullback import MEASURES, Seeds
from serai.equilibrium.adjoint import adjoint, equations
from serai.equilibrium.baseline import Baseline
from serai.equilibrium.multisector_baseline import MultiSectorBaseline
from serai.equilibrium.shock import Shock
from serai.equilibrium.trade_capital import Deficits, Wealth, balanced, solve
from serai.errors import InputError, Problem, UnknownNameError
from serai.executors import one_thread


@dataclass(frozen=True, slots=True, eq=False)
class FirstOrder:
    """What a shock does to first order. Not the answer of `solve`: the two differ by the square of the shock.

    Parameters
    ----------
    economies : names. measure : the outcome.
    change : (N,), of the log of the outcome; the sum of `parts`.
    parts : lever -> (N,), what each kind of change contributes: trade_cost, tariff, openness, productivity,
        labour, transfer.
    """

    economies: Axis
    measure: str
    change: Array
    parts: Mapping[str, Array]

    def _repr_html_(self) -> str:
        columns = {f"{self.measure}, log %": 100 * self.change}
        columns |= {f"by {name}": 100 * part for name, part in self.parts.items()}
        return html.largest(self.economies.names, columns, "to first order, not the answer of solve")


def solve_first_order(
    baseline: Baseline | MultiSectorBaseline,
    shock: Shock,
    *,
    measure: str = "real_income",
    wealth: Wealth = "fixed",
    deficits: Deficits = "fixed",
) -> FirstOrder:
    """Logs of a shock times the slopes at the base year, for every economy.

    Parameters
    ----------
    baseline, shock, wealth, deficits : as in `solve`; a pair cannot be closed to first order.
    measure : real_income, real_gdp, real_gni, real_wage, wage or price_index.

    Examples
    --------
    >>> world = Baseline.from_flows([[90.0, 10.0], [10.0, 90.0]], ["JPN", "KAZ"], trade_elasticity=5)
    >>> cheaper = Shock(trade_cost=np.array([[1.0, 0.99], [0.99, 1.0]]))
    >>> solve_first_order(world, cheaper).change.round(6).tolist()
    [0.001005, 0.001005]
    """
    if measure not in MEASURES:
        raise UnknownNameError("measure", measure, MEASURES)
    if deficits == "none":
        baseline, deficits = balanced(baseline), "fixed"
    capital = baseline.holdings is not None
    if isinstance(baseline, MultiSectorBaseline):
        logs = shock.checked_sectors(baseline.economies, baseline.sectors, capital=capital)
    else:
        logs = shock.checked(baseline.economies, capital=capital).stack().with_sector_axis()
    _refuse(logs)
    with one_thread():
        market, state = equations(solve(baseline, wealth=wealth, deficits=deficits))
        at = market.point(state)
        slopes = adjoint(market, at, Seeds.of(measure, np.eye(market.size), at))
        tables: dict[str, Callable[[], Array | None]] = {
            "trade_cost": lambda: slopes.by_trade_cost(market, at),
            "tariff": lambda: slopes.by_tariff(market, at),
            "openness": lambda: slopes.openness,
            "productivity": lambda: slopes.productivity,
            "labour": lambda: slopes.labour,
        }
        parts = {
            name: _contracted(table(), np.log(ratio))
            for name, table in tables.items()
            if (ratio := getattr(logs, name)) is not None
        }
    if logs.transfer is not None:
        parts["transfer"] = np.asarray((slopes.transfer * logs.transfer).sum(axis=1))
    change = np.sum(list(parts.values()), axis=0) if parts else np.zeros(market.size)
    return FirstOrder(baseline.economies, measure, change, parts)


def _contracted(slopes: Array | None, change: Array) -> Array:
    """Slopes (outcomes, ...) times a change (1, ...), added up: (outcomes,)."""
    assert slopes is not None  # the shock was checked against the baseline
    moved = slopes * change
    return np.asarray(moved.reshape(len(moved), -1).sum(axis=1))


def _refuse(shock: Shock) -> None:
    """Draws, and pairs that are closed."""
    for name, length in shock.draw_lengths_stacked().items():
        if length > 1:
            raise InputError(Problem("the shock has a draw axis", "Take one at a time.", field=name))
        if name != "transfer" and not (np.isfinite(a := getattr(shock, name)) & (a > 0)).all():
            reason = "a pair is closed, which is far from first order"
            raise InputError(Problem(reason, "Use solve for shocks of this size.", field=name))
