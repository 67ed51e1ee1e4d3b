"""The world of the base year with sectors, tariffs and input-output links, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from serai.axes import Array, Axis, as_float, refuse_cells
from serai.equilibrium._linear import using
from serai.equilibrium._sector_base import SectorBase
from serai.equilibrium._sector_checks import refuse_final, refuse_holdings, refuse_numbers, refuse_shares
from serai.equilibrium.baseline import draw_count
from serai.errors import InputError, Problem

_ROUNDING_STEP = 1e-12  # of what is bought: the rounding of sums, not a disagreement


@dataclass(frozen=True, slots=True, eq=False)
class MultiSectorBaseline:
    """The base year as observed, with sectors. Make one with `MultiSectorBaseline.from_flows`.

    Parameters
    ----------
    economies, sectors : names, in the order of every array.
    flows : ([draws,] S, N exporter, N importer), money before tariffs; domestic sales on the diagonals.
    input_share : (N, S input, S output), shares in what a sector spends on materials; 1 over inputs.
    value_added_share : (N, S), value added over output.
    theta : ([draws,] S), trade elasticities.
    tariff : (S, N exporter, N importer), ad valorem rates (0.05 is 5 percent); None: no tariffs.
    final_share : ([draws,] N, S), shares of sectors in final demand.
    holdings, capital_share, capital_elasticity : as in `Baseline`; without holdings capital is immobile.
    capital_income : (N owner, N host), money, where it is known.
    settled : whether the flows satisfy every identity. They do not when final demand is given rather than
        implied: then `settled` or `balanced` makes a base year of them.
    """

    economies: Axis
    sectors: Axis
    flows: Array
    input_share: Array
    value_added_share: Array
    theta: Array
    tariff: Array | None
    final_share: Array
    holdings: Array | None
    capital_share: Array
    capital_elasticity: Array
    capital_income: Array | None = None
    settled: bool = True

    @classmethod
    def from_flows(
        cls,
        flows: Any,
        economies: Sequence[str] | Axis | None = None,
        sectors: Sequence[str] | Axis | None = None,
        *,
        input_share: Any,
        value_added_share: Any,
        theta: Any,
        tariff: Any = None,
        final_share: Any = None,
        holdings: Any = None,
        capital_share: Any = None,
        capital_elasticity: Any = None,
    ) -> MultiSectorBaseline:
        """Check observed flows and make a baseline of them. Nothing is balanced or filled in.

        Parameters
        ----------
        flows : (S, N exporter, N importer), money before tariffs; domestic sales on the diagonals.
        economies, sectors : names; by default "1", "2", ...
        input_share : (N, S input, S output), shares in what each sector spends on materials. They add up to
            1 over inputs wherever the sector produces and uses materials.
        value_added_share : (N, S), above 0 and at most 1 wherever the sector produces.
        theta : one number or (S,), positive.
        tariff : (S, N exporter, N importer), ad valorem rates above -1, zero at home; without it no tariffs.
        final_share : (N, S), shares of sectors in final demand, adding up to 1. By default they follow from
            the flows, and a sector that buys less than its use as material is refused. With it the flows
            need not be consistent: call `settled` or `balanced` before `solve`.
        holdings, capital_share, capital_elasticity : as in `Baseline.from_flows`.

        `flows`, `theta` and `final_share` may carry a leading draw axis.

        Raises
        ------
        InputError : with every bad cell by name.

        Examples
        --------
        >>> import numpy as np
        >>> flows = np.array([[[40.0, 10.0], [10.0, 40.0]], [[50.0, 0.0], [0.0, 50.0]]])
        >>> world = MultiSectorBaseline.from_flows(
        ...     flows, ["JPN", "KAZ"], ["goods", "services"], theta=[4, 4], value_added_share=np.ones((2, 2)),
        ...     input_share=np.full((2, 2, 2), 0.5),
        ... )
        >>> world.final_share.tolist()
        [[0.5, 0.5], [0.5, 0.5]]
        """
        shape = np.shape(flows)
        if len(shape) < 3:
            raise InputError(
                Problem(
                    f"flows has shape {shape}",
                    "Give money by sector, exporter and importer: (S, N, N).",
                    field="flows",
                )
            )
        size, count = shape[-1], shape[-3]
        names, kinds = _axis("economy", economies, size), _axis("sector", sectors, count)
        table = as_float("flows", flows, (count, size, size), "flows by sector, exporter and importer")
        if holdings is not None and (capital_elasticity is None or capital_share is None):
            missing = "capital_elasticity" if capital_elasticity is None else "capital_share"
            raise InputError(
                Problem(f"holdings are given without {missing}", f"Give {missing}.", field=missing)
            )
        added = _table("value_added_share", value_added_share, (size, count))
        inputs = _table("input_share", input_share, (size, count, count))
        if np.ndim(theta) == 0:
            theta = np.full(count, theta)
        elasticity = as_float("theta", theta, (count,), "one elasticity for the world or one a sector")
        rates = None if tariff is None else _table("tariff", tariff, (count, size, size))
        alpha = _table("capital_share", 0.0 if capital_share is None else capital_share, (size,))
        epsilon = as_float("capital_elasticity", capital_elasticity or 1.0, (), "a positive number")
        stock = None if holdings is None else _table("holdings", holdings, (size, size))
        refuse_numbers(names, kinds, table, elasticity, rates, alpha, epsilon, stock)
        refuse_shares(names, kinds, table, inputs, added)
        if final_share is not None:
            final = as_float("final_share", final_share, (size, count), "shares of sectors in final demand")
            refuse_final(names, kinds, final)
        else:
            final = np.full((size, count), np.nan)
        world = cls(names, kinds, table, inputs, added, elasticity, rates, final, stock, alpha, epsilon)
        refuse_holdings(names, stock, alpha)
        if final_share is not None:
            return replace(world, settled=False)
        return replace(world, final_share=implied_final(world))

    @property
    def draws(self) -> int | None:
        """The length of the draw axis, or None when no input has one."""
        return draw_count(self.draw_lengths())

    def draw_lengths(self) -> dict[str, int | None]:
        """The length of the draw axis of each input; None without one."""
        ranks = {"flows": 3, "theta": 1, "final_share": 2}
        arrays = {name: getattr(self, name) for name in ranks}
        return {name: len(a) if a.ndim > ranks[name] else None for name, a in arrays.items()}

    def base(self, rows: slice = slice(None)) -> SectorBase:
        """The numbers that the equations use, for some draws; inputs without a draw axis are shared."""
        flows = self.flows[np.newaxis] if self.flows.ndim == 3 else self.flows[rows]
        theta = self.theta[np.newaxis] if self.theta.ndim == 1 else self.theta[rows]
        final = self.final_share[np.newaxis] if self.final_share.ndim == 2 else self.final_share[rows]
        added = self.value_added_share.T[np.newaxis]
        paid = flows if self.tariff is None else flows * (1 + self.tariff)
        spending = paid.sum(axis=2)
        empty = spending <= 0
        share = paid / np.where(empty, 1, spending)[:, :, np.newaxis, :]
        world, sector, place = np.nonzero(empty)
        share[world, sector, place, place] = 1
        made = (added * flows.sum(axis=3)).sum(axis=1)
        income = self.capital_income
        if income is None and self.holdings is not None:
            earned = self.capital_share * made
            income = self.holdings / self.holdings.sum(axis=0) * earned[:, np.newaxis, :]
        elif income is not None:
            income = income[np.newaxis]
        base = SectorBase(
            share=share,
            spending=spending,
            tariff=None if self.tariff is None else self.tariff[np.newaxis],
            theta=theta,
            inputs=(self.input_share * (1 - self.value_added_share)[:, np.newaxis, :])[np.newaxis],
            added=added,
            final=np.swapaxes(final, 1, 2),
            capital_income=income,
            holdings=None if self.holdings is None else self.holdings[np.newaxis],
            epsilon=self.capital_elasticity.reshape(1, 1),
            alpha=self.capital_share[np.newaxis],
            deficit=np.zeros((1, len(self.economies))),
        )
        bought = flows.sum(axis=(1, 2)) + base.revenue
        materials = flows.sum(axis=(1, 3)) - made
        return replace(base, deficit=bought - materials - base.income)

    def tariff_to(self, rates: Any) -> Array:
        """New rates, (S, N, N), as what `Shock(tariff=...)` takes: new over old 1 + tariff."""
        new = _table("tariff", rates, self.flows.shape[-3:])
        old: Array | float = 0.0 if self.tariff is None else self.tariff
        return np.asarray((1 + new) / (1 + old))

    @property
    def output(self) -> Array:
        """Y, sales of each sector, domestic ones included; ([draws,] N, S)."""
        return np.swapaxes(self.flows.sum(axis=-1), -1, -2)

    @property
    def deficit(self) -> Array:
        """D, what an economy spends beyond its income; ([draws,] N)."""
        found = self.base().deficit
        return found[0] if self.draws is None else found

    @property
    def income(self) -> Array:
        """I, income of the residents, tariff revenue included; ([draws,] N)."""
        found = self.base().income
        return found[0] if self.draws is None else found


def implied_final(world: MultiSectorBaseline) -> Array:
    """Shares of sectors in final demand, what is bought beyond materials; ([draws,] N, S).

    `InputError` where an economy buys less of a sector than its own sectors use.
    """
    base = world.base()
    demand = base.spending - using(base.inputs, base.output)
    rounding = np.abs(demand) <= _ROUNDING_STEP * base.spending.sum(axis=1, keepdims=True)
    demand = np.where(rounding, 0, demand)
    refuse_cells(
        "flows",
        demand,
        demand < 0,
        (world.sectors, world.economies),
        "the economy buys less of the sector than its own sectors use as material",
        "Check the input shares and the flows; or give final_share and call `settled` or `balanced`, which "
        "move the flows and say by how much.",
    )
    shares = np.swapaxes(demand / demand.sum(axis=1, keepdims=True), 1, 2)
    return np.asarray(shares[0] if world.flows.ndim == 3 else shares)


def _axis(kind: str, names: Sequence[str] | Axis | None, size: int) -> Axis:
    if isinstance(names, Axis):
        axis = names
    else:
        axis = Axis(kind, tuple(str(n) for n in (range(1, size + 1) if names is None else names)))
    if len(axis) != size:
        raise InputError(
            Problem(
                f"there are {len(axis)} names for flows of {size}",
                "Give one name each, in the order of the arrays.",
                field=kind,
                value=len(axis),
            )
        )
    return axis


def _table(name: str, value: Any, shape: tuple[int, ...]) -> Array:
    """A float array of one shape, without draws; one number stands for all cells."""
    if np.ndim(value) == 0:
        return np.full(shape, value, dtype=float)
    array = as_float(name, value, shape, "one number a cell")
    if array.ndim > len(shape):
        raise InputError(
            Problem(
                f"{name} has a draw axis",
                "Only flows, theta and final_share may differ between draws.",
                field=name,
            )
        )
    return array
