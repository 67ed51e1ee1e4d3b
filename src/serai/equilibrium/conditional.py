"""Conditional equilibrium: outputs and expenditures fixed, multilateral resistances move.

    X'[i,n] = X[i,n] tau[i,n]^-theta (Pi_i P_n)^theta,   sum_n X' = Y_i,   sum_i X' = E_n

Source: Anderson and van Wincoop (2003); Yotov and others (2016), "An Advanced Guide to Trade Policy
Analysis", chapter 2, where it is the conditional general equilibrium.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from serai import html
from serai.axes import Array, Axis
from serai.equilibrium._linear import left, right, turned
from serai.equilibrium._solvers.newton import Newton
from serai.equilibrium._solvers.status import Status
from serai.equilibrium.baseline import Baseline
from serai.equilibrium.result import worst
from serai.equilibrium.shock import Shock
from serai.errors import InputError, Problem, SolveError
from serai.executors import one_thread


@dataclass(frozen=True, slots=True, eq=False)
class ConditionalEquilibrium:
    """Trade and resistances when only trade costs change and outputs and expenditures stay.

    Parameters
    ----------
    economies : names.
    inward, outward : (N,), multilateral resistances of importers (P) and exporters (Pi), ratios new over
        old; only their product is determined, `reference` fixes the scale.
    trade : (N exporter, N importer), money. exports : (N,), ratio of sales abroad, new over old.
    status, residual, iterations : how the solve ended.
    """

    economies: Axis
    inward: Array
    outward: Array
    trade: Array
    exports: Array
    status: Status
    residual: float
    iterations: int

    def _repr_html_(self) -> str:
        names = ("exports", "inward", "outward")
        columns = {f"{name}, %": html.percent(getattr(self, name)) for name in names}
        head = f"outputs and expenditures held; {self.status.text}; largest residual {self.residual:.1e}"
        return html.largest(self.economies.names, columns, head)


def solve_conditional(
    baseline: Baseline, shock: Shock, *, reference: str | None = None, throw: bool = True
) -> ConditionalEquilibrium:
    """Trade after a change of trade costs, outputs and expenditures held at the base.

    Parameters
    ----------
    baseline : the base year; capital and materials play no part.
    shock : trade costs only.
    reference : the economy whose inward resistance stays at 1; without it the world's does, as a geometric
        mean weighted by expenditure.
    throw : raise `SolveError` when there is no answer; otherwise NaN with a status.

    Examples
    --------
    >>> import numpy as np
    >>> world = Baseline.from_flows([[90.0, 10.0], [10.0, 90.0]], ["JPN", "KAZ"], trade_elasticity=5)
    >>> result = solve_conditional(world, Shock(trade_cost=np.array([[1.0, 0.9], [0.9, 1.0]])))
    >>> bool(np.allclose(result.trade.sum(axis=1), [100, 100]))
    True
    """
    shock = shock.checked(baseline.economies, capital=True)
    for name in ("openness", "productivity", "labour", "transfer"):
        if getattr(shock, name) is not None:
            raise InputError(
                Problem(
                    f"{name} changes in a conditional equilibrium",
                    "Only trade_cost may change here; use solve for the rest.",
                    field=name,
                )
            )
    if baseline.draws is not None or shock.draws is not None:
        raise InputError(Problem("an input has a draw axis", "Solve one draw at a time."))
    place = None if reference is None else baseline.economies.index(reference)
    base, theta = baseline.base(), float(baseline.trade_elasticity)
    sourcing = base.trade / base.expenditure[:, np.newaxis, :]
    if shock.trade_cost is not None:
        sourcing = sourcing * np.exp(-theta * np.log(shock.trade_cost))
    market = _Resistances(sourcing, base.output, base.expenditure)
    with one_thread():
        found = Newton().solve(market, np.zeros_like(base.output))
    status = Status.CONVERGED if found.residual[0] <= Newton().tolerance else Status.NO_CONVERGENCE
    if throw and not status.converged:
        where = worst(baseline.economies, market.residual(found.state)[0])
        raise SolveError(status.text, status.remedy, f"the largest residuals sit in {where}")
    value = found.state if status.converged else np.full_like(found.state, np.nan)
    trade = market.trade(value)[0]
    inward = -np.log(right(np.exp(value), sourcing))[0] / theta
    weights = base.expenditure[0] / base.expenditure[0].sum()
    scale = float(weights @ inward) if place is None else float(inward[place])
    return ConditionalEquilibrium(
        economies=baseline.economies,
        inward=np.exp(inward - scale),
        outward=np.exp(value[0] / theta + scale),
        trade=trade,
        exports=_abroad(trade) / _abroad(baseline.trade),
        status=status,
        residual=float(found.residual[0]),
        iterations=int(found.iterations[0]),
    )


@dataclass(frozen=True, slots=True)
class _Resistances:
    """The unknown is s = theta log Pi: sum_n A[i,n] e^s_i / q_n E_n = Y_i with q_n = sum_i A[i,n] e^s_i."""

    sourcing: Array
    output: Array
    expenditure: Array

    def trade(self, state: Array) -> Array:
        sold = self.sourcing * np.exp(state)[:, :, np.newaxis]
        return np.asarray(sold * (self.expenditure / sold.sum(axis=1))[:, np.newaxis, :])

    def residual(self, state: Array) -> Array:
        with np.errstate(all="ignore"):
            value = np.exp(state)
            demand = value * left(self.sourcing, self.expenditure / right(value, self.sourcing))
            scale = (self.output * state).sum(axis=1, keepdims=True) / self.output.sum(axis=1, keepdims=True)
            gap = np.log(demand) - np.log(self.output) + scale
        return np.where(np.isfinite(gap), gap, np.nan)

    def jacobian(self, state: Array) -> Array:
        trade = self.trade(state)
        demand = trade.sum(axis=2)
        slope = -trade @ turned(trade / self.expenditure[:, np.newaxis, :]) / demand[:, :, np.newaxis]
        places = np.arange(slope.shape[1])
        slope[:, places, places] += 1
        return np.asarray(slope + (self.output / self.output.sum(axis=1, keepdims=True))[:, np.newaxis, :])


def _abroad(trade: Array) -> Array:
    """Sales abroad; NaN for a world of one economy."""
    sold = trade.sum(axis=1) - np.diagonal(trade)
    return np.where(sold > 0, sold, np.nan)
