"""The world of the base year: flows, holdings and elasticities, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from serai.axes import Array, Axis, as_float, refuse_cells
from serai.equilibrium._base import Base, capital_income
from serai.errors import InputError, Problem, Problems
from serai.shown import Shown


@dataclass(frozen=True, slots=True, eq=False)
class Baseline(Shown):
    """The base year as observed. Make one with `Baseline.from_flows`.

    Parameters
    ----------
    economies : names, in the order of every array.
    trade : ([draws,] N exporter, N importer), money; domestic sales on the diagonal.
    holdings : ([draws,] N owner, N host), stocks of capital in money, or None: capital is immobile.
    trade_elasticity, capital_elasticity : () or (draws,), theta and epsilon.
    capital_share, value_added_share : (N,) or (draws, N), alpha and gamma.
    capital_income : ([draws,] N owner, N host), money, where it is known; None: the capital income of a host
        goes to its owners by their share of its capital stock.
    """

    economies: Axis
    trade: Array
    holdings: Array | None
    trade_elasticity: Array
    capital_elasticity: Array
    capital_share: Array
    value_added_share: Array
    capital_income: Array | None = None

    @classmethod
    def from_flows(
        cls,
        trade: Any,
        economies: Sequence[str] | Axis | None = None,
        *,
        trade_elasticity: Any,
        capital_elasticity: Any = None,
        capital_share: Any = None,
        holdings: Any = None,
        value_added_share: Any = 1.0,
    ) -> Baseline:
        """Check observed flows and make a baseline of them. Nothing is balanced or filled in.

        Parameters
        ----------
        trade : (N exporter, N importer), money of the base year; domestic sales on the diagonal.
        economies : names; by default "1", "2", ...
        trade_elasticity : theta, positive.
        capital_elasticity : epsilon, positive; needed with `holdings`.
        capital_share : alpha, the share of capital in value added, one number or (N,), from 0 to below 1.
            Needed with `holdings`; without it there is no capital, which is the Armington model.
        holdings : (N owner, N host), capital in the host owned by the owner. Without it capital is immobile.
        value_added_share : gamma, value added over output, one number or (N,), above 0 and at most 1.

        Every argument but `economies` may carry a leading draw axis; all such axes have one length.

        Raises
        ------
        InputError : with every bad cell by name.

        Examples
        --------
        >>> world = Baseline.from_flows([[90.0, 10.0], [20.0, 80.0]], ["JPN", "KAZ"], trade_elasticity=5)
        >>> world.deficit.tolist()
        [10.0, -10.0]
        """
        size = np.shape(trade)[-1] if np.ndim(trade) >= 2 else 0
        flows = as_float("trade", trade, (size, size), "a square table of flows, exporter by importer")
        axis = _axis(economies, size)
        if holdings is not None and (capital_elasticity is None or capital_share is None):
            missing = "capital_elasticity" if capital_elasticity is None else "capital_share"
            raise InputError(
                Problem(f"holdings are given without {missing}", f"Give {missing}.", field=missing)
            )
        world = cls(
            economies=axis,
            trade=flows,
            holdings=None
            if holdings is None
            else as_float(
                "holdings", holdings, (size, size), "a square table of capital stocks, owner by host"
            ),
            trade_elasticity=_elasticity("trade_elasticity", trade_elasticity),
            capital_elasticity=_elasticity(
                "capital_elasticity", 1.0 if capital_elasticity is None else capital_elasticity
            ),
            capital_share=_share("capital_share", 0.0 if capital_share is None else capital_share, axis),
            value_added_share=_share("value_added_share", value_added_share, axis),
        )
        _refuse_cells(world)
        _refuse_totals(world)
        return world

    @property
    def draws(self) -> int | None:
        """The length of the draw axis, or None when no input has one."""
        return draw_count(self.draw_lengths())

    def base(self, rows: slice = slice(None)) -> Base:
        """The numbers that the equations use, for some draws; inputs without a draw axis are shared."""
        theta, epsilon = (
            _stack(e, 0, rows)[:, np.newaxis] for e in (self.trade_elasticity, self.capital_elasticity)
        )
        trade, alpha, gamma = (
            _stack(a, n, rows)
            for a, n in ((self.trade, 2), (self.capital_share, 1), (self.value_added_share, 1))
        )
        holdings = None if self.holdings is None else _stack(self.holdings, 2, rows)
        if self.capital_income is not None:
            income: Array | None = _stack(self.capital_income, 2, rows)
        else:
            income = None if holdings is None else capital_income(holdings, trade, alpha, gamma)
        return Base(trade, income, holdings, theta, epsilon, alpha, gamma)

    @property
    def output(self) -> Array:
        """Y, sales of each exporter, domestic ones included; ([draws,] N)."""
        return self._squeeze(self.base().output)

    @property
    def expenditure(self) -> Array:
        """E, purchases of each importer, domestic ones included; ([draws,] N)."""
        return self._squeeze(self.base().expenditure)

    @property
    def income(self) -> Array:
        """I, national income; ([draws,] N)."""
        return self._squeeze(self.base().income)

    @property
    def deficit(self) -> Array:
        """D, expenditure beyond income and materials; ([draws,] N)."""
        return self._squeeze(self.base().deficit)

    def _squeeze(self, array: Array) -> Array:
        return array[0] if self.draws is None else array

    def draw_lengths(self) -> dict[str, int | None]:
        """The length of the draw axis of each input; None without one."""
        ranks = {
            "trade": 2,
            "holdings": 2,
            "capital_income": 2,
            "trade_elasticity": 0,
            "capital_elasticity": 0,
            "capital_share": 1,
            "value_added_share": 1,
        }
        arrays = {name: getattr(self, name) for name in ranks}
        return {k: len(a) if a.ndim > ranks[k] else None for k, a in arrays.items() if a is not None}


def draw_count(lengths: dict[str, int | None]) -> int | None:
    """The one length of the draw axes by argument; arguments that disagree are refused."""
    known = {name: length for name, length in lengths.items() if length is not None}
    if not known:
        return None
    count = max(known.values())
    problems = Problems()
    for name, length in known.items():
        if length != count:
            problems.add(
                f"{name} has {length} draws where another input has {count}",
                "Give every draw axis the same length.",
                field=name,
                value=length,
            )
    problems.raise_if_any()
    return count


def _stack(array: Array, rank: int, rows: slice) -> Array:
    """With a leading axis: the chosen draws, or one row that all draws share."""
    return array[np.newaxis] if array.ndim == rank else array[rows]


def _axis(economies: Sequence[str] | Axis | None, size: int) -> Axis:
    if isinstance(economies, Axis):
        axis = economies
    elif economies is None:
        axis = Axis("economy", tuple(str(place) for place in range(1, size + 1)))
    else:
        axis = Axis("economy", tuple(str(name) for name in economies))
    if len(axis) != size:
        raise InputError(
            Problem(
                f"there are {len(axis)} names for a table of {size} economies",
                "Give one name for each row of trade.",
                field="economies",
                value=len(axis),
            )
        )
    return axis


def _elasticity(name: str, value: Any) -> Array:
    array = as_float(name, value, (), "a positive number")
    bad = ~((array > 0) & np.isfinite(array))
    if bad.any():
        raise InputError(
            Problem(
                f"{name} is not a positive number",
                "Elasticities are above zero.",
                field=name,
                value=float(np.atleast_1d(array)[np.atleast_1d(bad)][0]),
            )
        )
    return array


def _share(name: str, value: Any, axis: Axis) -> Array:
    size = len(axis)
    if np.ndim(value) == 0 or np.shape(value)[-1] == 1:
        value = np.broadcast_to(np.asarray(value, dtype=float), (*np.shape(value)[:-1], size))
    array = as_float(name, value, (size,), "one share for the world or one for each economy")
    if name == "capital_share":
        refuse_cells(
            name,
            array,
            ~((array >= 0) & (array < 1)),
            (axis,),
            "a capital share lies outside 0 to 1",
            "Give 0 or more and less than 1.",
        )
    else:
        refuse_cells(
            name,
            array,
            ~((array > 0) & (array <= 1)),
            (axis,),
            "a value-added share lies outside 0 to 1",
            "Give more than 0 and at most 1.",
        )
    return array


def _refuse_cells(world: Baseline) -> None:
    """Flows and stocks that are not numbers, negative, or without domestic sales."""
    axis = world.economies
    for name, array in (("trade", world.trade), ("holdings", world.holdings)):
        if array is not None:
            refuse_cells(
                name,
                array,
                ~(np.isfinite(array) & (array >= 0)),
                (axis, axis),
                f"{name} has a cell that is negative or not a number",
                "Give money, zero or more; a missing figure is not a zero.",
            )
    home = np.diagonal(world.trade, axis1=-2, axis2=-1)
    refuse_cells(
        "trade",
        home,
        home <= 0,
        (axis,),
        "domestic sales are zero",
        "Put gross output minus exports on the diagonal.",
    )


def _refuse_totals(world: Baseline) -> None:
    """Holdings that earn nothing, hosts without capital, expenditure below materials."""
    axis, base = world.economies, world.base()
    names = (axis,)
    absorption = base.expenditure - (1 - base.gamma) * base.output
    refuse_cells(
        "trade",
        absorption,
        absorption <= 0,
        names,
        "materials alone exceed what the economy buys",
        "Check its row and column of trade, or raise its value_added_share.",
    )
    if base.capital_income is None or base.holdings is None:
        return
    paid = base.alpha * base.gamma * base.output
    stock = base.holdings.sum(axis=1)
    refuse_cells(
        "holdings",
        np.broadcast_to(stock, (paid + stock).shape),
        (stock <= 0) & (paid > 0),
        names,
        "the column of a host is empty though it pays capital income",
        "Give its capital stock, or set its capital_share to 0.",
    )
    owned = base.owner_income
    refuse_cells(
        "holdings",
        owned,
        (owned <= 0) & (base.alpha > 0),
        names,
        "the row of an owner holds nothing that earns income",
        "Give what it owns, at home first, or set its capital_share to 0.",
    )
