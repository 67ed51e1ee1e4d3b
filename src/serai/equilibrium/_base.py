"""The numbers of the base year that the equations use, for a stack of worlds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array
from serai.equilibrium._linear import pick


@dataclass(frozen=True)
class Base:
    """The base year of a stack of worlds; a leading axis of length 1 is shared by all of them.

    Totals are kept once they are asked for: on many draws each is a pass over all flows.

    trade : (worlds, N exporter, N importer), money.
    capital_income : (worlds, N owner, N host), income of the owner from the host; None when immobile.
    holdings : (worlds, N owner, N host), stocks; None when immobile.
    theta, epsilon : (worlds, 1), trade and capital elasticity.
    alpha, gamma : (worlds, N), capital share of value added, value-added share of output.
    """

    trade: Array
    capital_income: Array | None
    holdings: Array | None
    theta: Array
    epsilon: Array
    alpha: Array
    gamma: Array

    def take(self, worlds: NDArray[np.intp]) -> Base:
        """Some worlds of the stack."""
        income, holdings = self.capital_income, self.holdings
        return Base(
            trade=pick(self.trade, worlds),
            capital_income=None if income is None else pick(income, worlds),
            holdings=None if holdings is None else pick(holdings, worlds),
            theta=pick(self.theta, worlds),
            epsilon=pick(self.epsilon, worlds),
            alpha=pick(self.alpha, worlds),
            gamma=pick(self.gamma, worlds),
        )

    @cached_property
    def output(self) -> Array:
        """Y, sales of each exporter, domestic ones included."""
        return np.asarray(self.trade.sum(axis=2))

    @cached_property
    def expenditure(self) -> Array:
        """E, purchases of each importer, domestic ones included."""
        return np.asarray(self.trade.sum(axis=1))

    @cached_property
    def owner_income(self) -> Array:
        """Capital income of each owner from all hosts."""
        if self.capital_income is None:
            return self.alpha * self.gamma * self.output
        return np.asarray(self.capital_income.sum(axis=2))

    @cached_property
    def income(self) -> Array:
        """I, national income: labour at home, capital at home and abroad."""
        return (1 - self.alpha) * self.gamma * self.output + self.owner_income

    @cached_property
    def deficit(self) -> Array:
        """D, expenditure beyond income and materials; adds up to zero over the world."""
        return self.expenditure - self.income - (1 - self.gamma) * self.output


def capital_income(holdings: Array, trade: Array, alpha: Array, gamma: Array) -> Array:
    """Capital income of the host spread over owners by their share of its capital stock."""
    stock = holdings.sum(axis=1)
    earned = alpha * gamma * trade.sum(axis=2)
    per_unit = np.divide(
        earned, stock, out=np.zeros(np.broadcast_shapes(earned.shape, stock.shape)), where=stock > 0
    )
    return np.asarray(holdings * per_unit[:, np.newaxis, :])
