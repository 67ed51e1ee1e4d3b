"""The reconciled base year: what the equilibrium starts from, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array, Axis
from serai.shown import Shown


@dataclass(frozen=True, slots=True)
class Step:
    """One change between the tables and the world.

    Parameters
    ----------
    name, reason : what was done and why.
    moved_usd_m : economy -> how many million USD of its flows or stocks changed, largest first.
    total_usd_m : the sum over the world of the flows or stocks that changed.
    keys : rows of the atlas that the step rests on, besides the flows themselves.
    """

    name: str
    reason: str
    moved_usd_m: dict[str, float]
    total_usd_m: float
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One identity for one economy: what the world implies beside what it should be, as shares of GDP."""

    name: str
    economy: str
    found: float
    expected: float

    @property
    def gap(self) -> float:
        return self.found - self.expected


@dataclass(frozen=True, eq=False)
class World(Shown):
    """A world that adds up. With draws, arrays marked * have a leading draw axis.

    Parameters
    ----------
    economies : the N economies, ROW last.
    trade* : (N exporter, N importer) goods without gold, and services, million USD; domestic sales on the
        diagonal.
    holdings* : (N owner, N host) capital, million USD; own capital on the diagonal.
    capital_share : (N,) share of capital in value added.
    value_added_share* : (N,) GDP over gross output, where gross output is the row sum of `trade`.
    gdp : (N,) million USD. population : (N,) million.
    current_account* : (N,) million USD, adding up to zero.
    capital_income* : (N,) net capital income that the holdings imply, million USD.
    net_transfers* : (N,) remittances received less paid, million USD.
    net_gold* : (N,) gold exports less imports, outside `trade`, fixed in the balance, million USD.
    transfers : (N payer, N recipient) central remittances, million USD.
    basis : flow -> basis -> share of the value known that way.
    steps : what was moved on the way, with the central values.
    checks : identities, with the central values.
    inputs : named uncertain inputs, shape (draws,) each; empty without draws.
    """

    economies: Axis
    trade: Array
    holdings: Array
    capital_share: Array
    value_added_share: Array
    gdp: Array
    population: Array
    current_account: Array
    capital_income: Array
    net_transfers: Array
    net_gold: Array
    transfers: Array
    basis: dict[str, dict[str, float]]
    steps: tuple[Step, ...]
    checks: tuple[Check, ...]
    inputs: dict[str, Array] = field(default_factory=dict)

    @property
    def foreign_trade(self) -> Array:
        """`trade` with a zero diagonal."""
        return np.where(np.eye(len(self.economies), dtype=bool), 0.0, self.trade)

    @property
    def balance(self) -> Array:
        """Exports minus imports in `trade`, gold apart, million USD, shape (N,)."""
        return np.asarray(self.foreign_trade.sum(axis=-1) - self.foreign_trade.sum(axis=-2))

    @property
    def deficit(self) -> Array:
        """Spending beyond income that the equilibrium takes as given: transfers, gold and borrowing, (N,)."""
        return np.asarray(-self.balance - self.capital_income)

    @property
    def home_share(self) -> Array:
        """Domestic sales over all purchases, shape (N,)."""
        own: NDArray[np.float64] = np.diagonal(self.trade, axis1=-2, axis2=-1)
        return np.asarray(own / self.trade.sum(axis=-2))

    @property
    def gni(self) -> Array:
        """GDP plus net capital income, million USD, shape (N,)."""
        return np.asarray(self.gdp + self.capital_income)
