"""One sector with trade and capital: `solve` for one world.

Trade is Eaton and Kortum (2002) / Armington with roundabout materials; capital follows the capital gravity
of Kleinman, Liu, Redding and Yogo (2023). The equations are in `_market.py` and `_capital.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, overload

import numpy as np

from serai.axes import Axis
from serai.equilibrium._base import Base
from serai.equilibrium._market import Market
from serai.equilibrium._outcome import after, by_economy, equilibrium
from serai.equilibrium._search import Found, search
from serai.equilibrium._solvers.status import Status
from serai.equilibrium.baseline import Baseline
from serai.equilibrium.multisector import MultiSectorEquilibrium, settled, solve_sectors
from serai.equilibrium.multisector_baseline import MultiSectorBaseline
from serai.equilibrium.result import Equilibrium, worst
from serai.equilibrium.shock import Shock
from serai.errors import InputError, Problem, Problems, SolveError, UnknownNameError
from serai.executors import one_thread

Wealth = Literal["fixed", "steady"]
Deficits = Literal["fixed", "proportional", "none"]

_WEALTH = ("fixed", "steady")
_DEFICITS = ("fixed", "proportional", "none")
_NO_SHOCK = Shock()


@overload
def solve(
    baseline: Baseline,
    shock: Shock = ...,
    *,
    wealth: Wealth = ...,
    deficits: Deficits = ...,
    throw: bool = ...,
) -> Equilibrium: ...


@overload
def solve(
    baseline: MultiSectorBaseline,
    shock: Shock = ...,
    *,
    wealth: Wealth = ...,
    deficits: Deficits = ...,
    throw: bool = ...,
) -> MultiSectorEquilibrium: ...


def solve(
    baseline: Baseline | MultiSectorBaseline,
    shock: Shock = _NO_SHOCK,
    *,
    wealth: Wealth = "fixed",
    deficits: Deficits = "fixed",
    throw: bool = True,
) -> Equilibrium | MultiSectorEquilibrium:
    """The equilibrium after a shock.

    Parameters
    ----------
    baseline : the base year; with sectors it is solved by `multisector.py` and takes tariffs too.
    shock : what changes.
    wealth : `fixed`, wealth stays as it is (medium run); `steady`, wealth moves until its real return is
        back (long run: call its result long-run income, saving to get there is not free).
    deficits : `fixed`, trade deficits keep their value in units of world output; `proportional`, spending
        keeps its ratio to income, times one factor that clears the world; `none`, the base is first solved
        without deficits (wealth fixed) and everything is relative to that balanced base, see `balanced`.
    throw : raise `SolveError` when there is no answer; otherwise the result is NaN with a status.

    Raises
    ------
    InputError : a shock that does not fit the baseline, or that closes an economy altogether.
    SolveError : no equilibrium was found; it names the economies where the residual sits.

    Examples
    --------
    >>> import numpy as np
    >>> world = Baseline.from_flows([[90.0, 10.0], [10.0, 90.0]], ["JPN", "KAZ"], trade_elasticity=5)
    >>> result = solve(world, Shock(trade_cost=np.array([[1.0, 0.9], [0.9, 1.0]])))
    >>> [round(float(ratio), 4) for ratio in result.real_income]
    [1.0135, 1.0135]
    """
    refuse_words(wealth, deficits)
    if isinstance(baseline, MultiSectorBaseline):
        return solve_sectors(baseline, shock, wealth=wealth, deficits=deficits, throw=throw)
    shock = shock.checked(baseline.economies, capital=baseline.holdings is not None)
    if baseline.draws is not None or shock.draws is not None:
        raise InputError(Problem("an input has a draw axis", "Use solve_draws."))
    with one_thread():
        base = baseline.base()
        if deficits == "none":
            market, found = balance(base)
            if not Status(int(found.status[0])).converged:
                return _answer(baseline.economies, market, found, throw=throw)
            base = after(market, found)
        market = Market.of(base, shock.stack(), wealth=wealth, deficits=deficits)
        refuse_closed(baseline.economies, market)
        return _answer(baseline.economies, market, search(market), throw=throw)


@overload
def balanced(baseline: Baseline) -> Baseline: ...


@overload
def balanced(baseline: MultiSectorBaseline) -> MultiSectorBaseline: ...


def balanced(baseline: Baseline | MultiSectorBaseline) -> Baseline | MultiSectorBaseline:
    """The base year without trade deficits, wealth fixed: the base of `deficits="none"`.

    Raises `SolveError` when the world has no such equilibrium.
    """
    if isinstance(baseline, MultiSectorBaseline):
        return settled(baseline, deficits="none")
    if baseline.draws is not None:
        raise InputError(Problem("the baseline has a draw axis", "Balance one world at a time."))
    with one_thread():
        market, found = balance(baseline.base())
        raise_unless_solved(baseline.economies, market, found)
        base = after(market, found)
    income, holdings = base.capital_income, base.holdings
    return replace(
        baseline,
        trade=base.trade[0],
        holdings=None if holdings is None else holdings[0],
        capital_income=None if income is None else income[0],
    )


def balance(base: Base) -> tuple[Market, Found]:
    """The search for the balanced world of one base."""
    market = unbalanced_market(base)
    return market, search(market)


def unbalanced_market(base: Base) -> Market:
    """The equations whose solution is the base year without deficits."""
    return replace(Market.of(base, _NO_SHOCK, wealth="fixed", deficits="fixed"), deficit=np.zeros((1, 1)))


def refuse_words(wealth: str, deficits: str) -> None:
    """Closures that do not exist."""
    if wealth not in _WEALTH:
        raise UnknownNameError("wealth closure", wealth, _WEALTH)
    if deficits not in _DEFICITS:
        raise UnknownNameError("deficit closure", deficits, _DEFICITS)


def refuse_closed(economies: Axis, market: Market) -> None:
    """A shock that leaves an economy without suppliers, buyers, owners or hosts."""
    problems = Problems()
    closed = [
        ("trade_cost", market.sourcing.sum(axis=1) <= 0, "every supplier of the importer is closed"),
        ("trade_cost", market.sourcing.sum(axis=2) <= 0, "every buyer of the exporter is closed"),
    ]
    opened = market.capital.opened
    if opened is not None:
        closed += [
            ("openness", opened.sum(axis=2) <= 0, "every host of the owner is closed"),
            (
                "openness",
                (opened.sum(axis=1) <= 0) & ~market.capital.idle,
                "every owner in the host is closed",
            ),
        ]
    for field, cells, reason in closed:
        for place in np.flatnonzero(cells.any(axis=0)):
            problems.add(
                reason,
                "Leave at least one pair open, home for example.",
                row=economies.names[place],
                field=field,
            )
    problems.raise_if_any()


def raise_unless_solved(economies: Axis, market: Market, found: Found) -> None:
    """`SolveError` for the first world without an equilibrium, with the economies of its residual."""
    failed = np.flatnonzero(found.status > Status.CONVERGED_BY_TATONNEMENT)
    if not failed.size:
        return
    status = Status(int(found.status[failed[0]]))
    count = f"{failed.size} of {found.status.size} draws; the first: " if found.status.size > 1 else ""
    raise SolveError(status.text, status.remedy, f"{count}{_where(economies, market, found, failed[0])}")


def _where(economies: Axis, market: Market, found: Found, world: np.intp) -> str:
    """The economies that a failure is about."""
    with np.errstate(all="ignore"):
        at = market.point(found.state)
        lacking = {
            Status.NEGATIVE_WEALTH: at.capital_income,
            Status.NEGATIVE_EXPENDITURE: market.absorption(at.income),
        }.get(Status(int(found.status[world])))
    if lacking is not None and (lacking[world] < 0).any():
        return "it concerns " + ", ".join(economies.names[i] for i in np.flatnonzero(lacking[world] < 0))
    return f"the largest residuals sit in {worst(economies, by_economy(market, found)[world])}"


def _answer(economies: Axis, market: Market, found: Found, *, throw: bool) -> Equilibrium:
    if throw:
        raise_unless_solved(economies, market, found)
    return equilibrium(economies, market, found, single=True)
