"""The numbers of the base year with sectors, for a stack of worlds; one sector is the special case."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array
from serai.equilibrium._base import Base
from serai.equilibrium._linear import pick


@dataclass(frozen=True, slots=True)
class SectorBase:
    """The base year of a stack of worlds; a leading axis of length 1 is shared by all of them.

    share : (worlds, S, N exporter, N importer), shares in what the importer spends, tariffs included; they
        add up to 1 over exporters. Where nothing is bought the whole share is at home.
    spending : (worlds, S, N), X, money, tariffs included.
    tariff : (worlds, S, N exporter, N importer), ad valorem rates; None without any.
    theta : (worlds, S). inputs : (worlds, N, S input, S output), share of the input in the cost of output.
    added : (worlds, S, N), value added over output. final : (worlds, S, N), shares of final demand.
    capital_income, holdings : (worlds, N owner, N host); None when capital is immobile.
    epsilon : (worlds, 1). alpha : (worlds, N), capital share of value added, the same in all sectors.
    deficit : (worlds, N), money.
    """

    share: Array
    spending: Array
    tariff: Array | None
    theta: Array
    inputs: Array
    added: Array
    final: Array
    capital_income: Array | None
    holdings: Array | None
    epsilon: Array
    alpha: Array
    deficit: Array

    @classmethod
    def of_one_sector(cls, base: Base) -> SectorBase:
        """One sector as the special case of many."""
        gamma = np.broadcast_to(base.gamma, base.output.shape)
        return cls(
            share=(base.trade / base.expenditure[:, np.newaxis, :])[:, np.newaxis],
            spending=base.expenditure[:, np.newaxis],
            tariff=None,
            theta=base.theta,
            inputs=(1 - gamma)[:, :, np.newaxis, np.newaxis],
            added=gamma[:, np.newaxis],
            final=np.ones_like(gamma)[:, np.newaxis],
            capital_income=base.capital_income,
            holdings=base.holdings,
            epsilon=base.epsilon,
            alpha=base.alpha,
            deficit=base.deficit,
        )

    def take(self, worlds: NDArray[np.intp]) -> SectorBase:
        """Some worlds of the stack."""
        arrays: dict[str, Any] = {
            field.name: None if (array := getattr(self, field.name)) is None else pick(array, worlds)
            for field in fields(self)
        }
        return SectorBase(**arrays)

    @property
    def net_share(self) -> Array:
        """Shares of spending that reach the exporter, tariffs taken off."""
        return self.share if self.tariff is None else self.share / (1 + self.tariff)

    @property
    def output(self) -> Array:
        """Y, sales of each sector, domestic ones included; (worlds, S, N)."""
        return np.asarray((self.net_share @ self.spending[..., np.newaxis])[..., 0])

    @property
    def revenue(self) -> Array:
        """Tariff revenue, (worlds, N)."""
        return np.asarray((self.spending * (1 - self.net_share.sum(axis=2))).sum(axis=1))

    @property
    def value_added(self) -> Array:
        """Value added of each economy, (worlds, N)."""
        return np.asarray((self.added * self.output).sum(axis=1))

    @property
    def owner_income(self) -> Array:
        """Capital income of each owner from all hosts."""
        if self.capital_income is None:
            return self.alpha * self.value_added
        return np.asarray(self.capital_income.sum(axis=2))

    @property
    def income(self) -> Array:
        """I, income of the residents: labour, capital at home and abroad, tariff revenue."""
        return (1 - self.alpha) * self.value_added + self.owner_income + self.revenue
