"""The best policy under bounds and a budget: projected gradient on the exact equilibrium.

Every trial is a solved world, every slope an adjoint, so that nothing is approximated but the stop. Gains
from cheaper trade grow with their size, which makes the best programme a corner more often than not and
leaves several local ones: the search starts from several corners and says from how many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from serai import html
from serai.axes import Array
from serai.equilibrium._solvers.projected_gradient import Ascent, Feasible, ProjectedGradient
from serai.equilibrium.adjoint import gradient, weights_of
from serai.equilibrium.baseline import Baseline
from serai.equilibrium.instruments import Instrument, applied, refuse_instruments, slope_of
from serai.equilibrium.multisector import MultiSectorEquilibrium
from serai.equilibrium.multisector_baseline import MultiSectorBaseline
from serai.equilibrium.result import Equilibrium
from serai.equilibrium.trade_capital import Deficits, Wealth, balanced, solve
from serai.errors import InputError, Problem, Problems

if TYPE_CHECKING:
    import pandas as pd

_TOLERANCE, _ROUNDING_STEP = 1e-8, 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class OptimalPolicy:
    """The best amounts that were found, and how far they may be from the best there are.

    Parameters
    ----------
    instruments : as given. amounts : (K,), units of each.
    gain : sum over economies of weight times log measure, less its value at the smallest amounts; for one
        economy with weight 1, the log of what it gains.
    first_order : the same by the slopes at the smallest amounts alone.
    base_slopes, slopes : (K,), what one more unit adds, at the smallest amounts and at the optimum.
    spent, budget : units of the budget; None without one.
    shadow_price : what one more unit of the budget would add; 0 when it does not bind.
    gap : what the best feasible amounts would still add if the slopes at the optimum held; zero where the
        conditions of Karush, Kuhn and Tucker hold. Where the outcome is concave in the amounts it bounds the
        shortfall; elsewhere other optima may be better, and `starts` says from how many the search was tried.
    solves : worlds solved. equilibrium : the world under the best amounts.
    """

    instruments: tuple[Instrument, ...]
    amounts: Array
    gain: float
    first_order: float
    base_slopes: Array
    slopes: Array
    spent: float
    budget: float | None
    shadow_price: float
    gap: float
    starts: int
    solves: int
    equilibrium: Equilibrium | MultiSectorEquilibrium

    def tidy(self) -> pd.DataFrame:
        """One row an instrument: instrument, amount, least, most, cost, slope at the start and at the end."""
        import pandas as pd

        return pd.DataFrame(
            {
                "instrument": [i.name for i in self.instruments],
                "amount": self.amounts,
                "least": [i.least for i in self.instruments],
                "most": [i.most for i in self.instruments],
                "cost": self.amounts * [i.unit_cost for i in self.instruments],
                "slope_before": self.base_slopes,
                "slope_after": self.slopes,
            }
        )

    def summary(self) -> str:
        """The amounts in words, largest gain first."""
        order = np.argsort(-self.base_slopes * self.amounts, kind="stable")
        chosen = [f"{self.instruments[k].name} {self.amounts[k]:.4g}" for k in order if self.amounts[k] != 0]
        limit = "" if self.budget is None else f", {self.spent:.4g} of {self.budget:.4g} spent"
        return (
            f"gain {self.gain:.6g} (first order {self.first_order:.6g}){limit}; gap {self.gap:.1e}, best of "
            f"{self.starts} starts: {', '.join(chosen) or 'nothing'}"
        )

    def _repr_html_(self) -> str:
        return html.frame(self.tidy(), self.summary())


def optimal_policy(
    baseline: Baseline | MultiSectorBaseline,
    instruments: Sequence[Instrument],
    outcome: str | Mapping[str, float] | Array,
    *,
    budget: float | None = None,
    measure: str = "real_income",
    wealth: Wealth = "fixed",
    deficits: Deficits = "fixed",
    corners: int = 8,
) -> OptimalPolicy:
    """The amounts of some instruments that raise an outcome most, within their bounds and a budget.

    Parameters
    ----------
    baseline : the base year, with or without sectors.
    instruments : K directions with bounds and unit costs; tariffs need sectors.
    outcome, measure : what to raise, as in `gradient`.
    budget : the most that amounts times unit costs may add up to; None: bounds only.
    wealth, deficits : as in `solve`.
    corners : besides the smallest amounts and the best by first order, start from as many programmes that put
        one of the most promising instruments first.

    Raises
    ------
    InputError : instruments without a finite range, that change nothing, or that the budget cannot pay.
    SolveError : the smallest amounts have no equilibrium.

    Examples
    --------
    Two hours to take off two borders, where one carries more trade:

    >>> from serai.equilibrium import Shock
    >>> flows = [[80.0, 15.0, 5.0], [15.0, 80.0, 5.0], [5.0, 5.0, 90.0]]
    >>> world = Baseline.from_flows(flows, ["KAZ", "UZB", "JPN"], trade_elasticity=5)
    >>> def hour(i, n):
    ...     cost = np.ones((3, 3))
    ...     cost[i, n] = cost[n, i] = 0.995
    ...     return Shock(trade_cost=cost)
    >>> borders = [Instrument("KAZ-UZB", hour(0, 1), most=3), Instrument("KAZ-JPN", hour(0, 2), most=3)]
    >>> optimal_policy(world, borders, "KAZ", budget=2).amounts.round(6).tolist()
    [2.0, 0.0]
    """
    refuse_instruments(instruments, budget)
    if baseline.draws is not None:
        raise InputError(Problem("the baseline has a draw axis", "Take one world at a time."))
    _refuse_shocks(baseline, instruments)
    if deficits == "none":
        baseline, deficits = balanced(baseline), "fixed"
    task = _Task(
        baseline, tuple(instruments), weights_of(outcome, baseline.economies), measure, wealth, deficits
    )
    feasible = task.feasible(budget)
    zero = np.zeros(len(instruments))
    before, base_slopes = task.value(zero)
    if not np.isfinite(before):
        task.solved(zero, throw=True)  # says why
    scale = float(np.abs(base_slopes).sum()) or 1.0
    noise = _ROUNDING_STEP * float(np.abs(task.weights).sum())
    search = ProjectedGradient(tolerance=max(_TOLERANCE * scale, noise), rounding=noise)
    starts = _starts(feasible, base_slopes, corners)
    found = [search.solve(task.value, feasible, start) for start in starts]
    best = max((ascent for ascent in found if np.isfinite(ascent.value)), key=lambda ascent: ascent.value)
    return _policy(task, feasible, best, base_slopes, before, budget, found)


def _refuse_shocks(baseline: Baseline | MultiSectorBaseline, instruments: Sequence[Instrument]) -> None:
    """Ratios that do not fit the baseline, each under the name of its instrument."""
    problems, capital = Problems("instruments"), baseline.holdings is not None
    for instrument in instruments:
        try:
            if isinstance(baseline, MultiSectorBaseline):
                instrument.shock.checked_sectors(baseline.economies, baseline.sectors, capital=capital)
            else:
                instrument.shock.checked(baseline.economies, capital=capital)
        except InputError as error:
            for problem in error.problems:
                problems.add(problem.reason, problem.remedy, row=instrument.name, field=problem.field)
    problems.raise_if_any()


@dataclass(frozen=True, slots=True)
class _Task:
    """The outcome as a function of u, each amount as the share of its range."""

    baseline: Baseline | MultiSectorBaseline
    instruments: tuple[Instrument, ...]
    weights: Array
    measure: str
    wealth: Wealth
    deficits: Deficits

    @property
    def least(self) -> Array:
        return np.array([i.least for i in self.instruments])

    @property
    def width(self) -> Array:
        return np.array([i.most for i in self.instruments]) - self.least

    def feasible(self, budget: float | None) -> Feasible:
        """Bounds and what the budget leaves over the smallest amounts."""
        unit = np.array([i.unit_cost for i in self.instruments])
        if budget is None:
            return Feasible(np.zeros_like(unit), 0.0)
        return Feasible(unit * self.width, budget - float(unit @ self.least))

    def amounts(self, point: Array) -> Array:
        return self.least + point * self.width

    def solved(self, point: Array, *, throw: bool) -> Equilibrium | MultiSectorEquilibrium:
        shock = applied(self.instruments, self.amounts(point))
        return solve(self.baseline, shock, wealth=self.wealth, deficits=self.deficits, throw=throw)

    def value(self, point: Array) -> tuple[float, Array]:
        """The outcome and its slopes by the share of every range; NaN without an equilibrium."""
        result = self.solved(point, throw=False)
        if not result.converged:
            return float("nan"), np.zeros_like(point)
        slopes = gradient(result, self.weights, measure=self.measure)
        total = float(self.weights @ np.log(getattr(result, self.measure)))
        return total, np.array([slope_of(i, slopes) for i in self.instruments]) * self.width


def _starts(feasible: Feasible, slopes: Array, corners: int) -> list[Array]:
    """The smallest amounts, the best by first order, and corners that put another instrument first."""
    first, _ = feasible.best(slopes)
    found = [np.zeros_like(slopes), first]
    for place in np.argsort(-slopes, kind="stable")[:corners]:
        if slopes[place] <= 0:
            break
        boosted = slopes.copy()
        boosted[place] = slopes[place] + max(1.0, float(feasible.cost[place])) * _ahead(feasible, slopes)
        found.append(feasible.best(boosted)[0])
    return list(np.unique(found, axis=0))


def _ahead(feasible: Feasible, slopes: Array) -> float:
    """More than any slope, and than any slope over its cost."""
    paid = np.where(feasible.cost > 0, feasible.cost, 1)
    return 2 * float(np.maximum(np.abs(slopes), np.abs(slopes) / paid).max())


def _policy(
    task: _Task,
    feasible: Feasible,
    best: Ascent,
    base_slopes: Array,
    before: float,
    budget: float | None,
    tried: Sequence[Ascent],
) -> OptimalPolicy:
    amounts = task.amounts(best.point)
    spent = float(amounts @ [i.unit_cost for i in task.instruments])
    width = np.where(task.width > 0, task.width, 1)
    return OptimalPolicy(
        instruments=task.instruments,
        amounts=amounts,
        gain=best.value - before,
        first_order=float(base_slopes @ best.point),
        base_slopes=base_slopes / width,
        slopes=best.slope / width,
        spent=spent,
        budget=budget,
        shadow_price=0.0 if budget is None else feasible.best(best.slope)[1],
        gap=best.gap,
        starts=len(tried),
        solves=1 + sum(ascent.evaluations for ascent in tried),
        equilibrium=task.solved(best.point, throw=True),
    )
