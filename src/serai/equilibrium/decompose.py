"""Where a change of real income comes from: exactly, and to first order in net changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from serai import html
from serai.axes import Array, Axis
from serai.equilibrium._sector_market import SectorMarket, SectorPoint
from serai.equilibrium.adjoint import equations
from serai.equilibrium.multisector import MultiSectorEquilibrium
from serai.equilibrium.result import Equilibrium


@dataclass(frozen=True, slots=True, eq=False)
class Decomposition:
    """A change of real income and its parts, (N,) each, as shares of real income in the base year.

    `exact` adds up to `real_income` to rounding. `net_changes` adds up to `first_order`, which is close to
    `real_income` for small shocks only: the two are different numbers, and each has its own name.

    Parameters
    ----------
    economies : names.
    real_income : the exact change, ratio less one.
    exact : value_added (labour and capital at home), tariff_revenue, capital_abroad (earned abroad less paid
        abroad), transfers (what is spent beyond income), each at new prices less its base.
    first_order : the sum of `net_changes`.
    net_changes : terms_of_trade and volume_of_trade as in Caliendo and Parro (2015, equation 17);
        capital_at_home, by more or less capital installed; capital_abroad and transfers; trade_costs,
        productivity and labour, what the shock itself saves or adds, where it has them. Prices are relative
        to value added of the world; base-year weights; changes are ratios less one.
    """

    economies: Axis
    real_income: Array
    exact: Mapping[str, Array]
    first_order: Array
    net_changes: Mapping[str, Array]

    def _repr_html_(self) -> str:
        parts = {"real_income": self.real_income, **self.exact, "first order": self.first_order}
        columns = {f"{name}, %": 100 * part for name, part in parts.items()}
        return html.largest(
            self.economies.names, columns, "real income and its exact parts; first order apart"
        )


def decompose(equilibrium: Equilibrium | MultiSectorEquilibrium) -> Decomposition:
    """The parts of the change of real income of every economy.

    Source of the net changes: Caliendo, L. and Parro, F. (2015), "Estimates of the Trade and Welfare Effects
    of NAFTA", Review of Economic Studies 82(1). Their column "welfare" is terms of trade plus volume of
    trade; it is not the exact change of real income.

    Examples
    --------
    >>> import numpy as np
    >>> from serai.equilibrium import Baseline, Shock, solve
    >>> world = Baseline.from_flows([[90.0, 10.0], [20.0, 80.0]], ["JPN", "KAZ"], trade_elasticity=5)
    >>> parts = decompose(solve(world, Shock(trade_cost=np.array([[1.0, 0.9], [0.9, 1.0]]))))
    >>> bool(np.allclose(sum(parts.exact.values()), parts.real_income))
    True
    """
    market, state = equations(equilibrium)
    at = market.point(state)
    exact, first = _exact(market, at), _net_changes(market, at)
    return Decomposition(
        economies=equilibrium.economies,
        real_income=equilibrium.real_income - 1,
        exact={name: part[0] for name, part in exact.items()},
        first_order=np.sum(list(first.values()), axis=0)[0],
        net_changes={name: part[0] for name, part in first.items()},
    )


def _exact(market: SectorMarket, at: SectorPoint) -> dict[str, Array]:
    base, price = market.base, np.exp(at.consumer_price)
    before = base.income + base.deficit
    parts = {
        "value_added": (at.made, base.value_added),
        "tariff_revenue": (at.revenue, base.revenue),
        "capital_abroad": (
            at.capital_income - base.alpha * at.made,
            base.owner_income - base.alpha * base.value_added,
        ),
        "transfers": (at.absorbed - at.income, base.deficit),
    }
    return {name: (new / price - old) / before for name, (new, old) in parts.items()}


def _net_changes(market: SectorMarket, at: SectorPoint) -> dict[str, Array]:
    base, shock = market.base, market.shock
    before = base.income + base.deficit
    unit = np.log(at.made.sum(axis=1) / base.value_added.sum(axis=1))[:, np.newaxis]
    flows = base.net_share * base.spending[:, :, np.newaxis, :]
    abroad = flows * (1 - np.eye(market.size))
    cost = np.expm1(at.cost - unit[:, np.newaxis])[..., np.newaxis]
    paid = base.alpha * base.value_added
    scale = np.exp(-unit)
    net = (at.capital_income - base.alpha * at.made) * scale - (base.owner_income - paid)
    parts = {
        "terms_of_trade": (abroad * cost).sum(axis=(1, 3)) - (abroad * cost).sum(axis=(1, 2)),
        "volume_of_trade": _volume(market, at, abroad, scale, cost),
        "capital_at_home": paid * np.expm1(at.wage + np.log(market.made / base.value_added) - at.rental),
        "capital_abroad": net,
        "transfers": (at.absorbed - at.income) * scale - base.deficit,
    }
    if shock.trade_cost is not None:
        worth = base.share * base.spending[:, :, np.newaxis, :]
        parts["trade_costs"] = (worth * (1 - shock.trade_cost)).sum(axis=(1, 2))
    if shock.productivity is not None:
        parts["productivity"] = (base.output * (shock.productivity - 1)).sum(axis=1)
    if shock.labour is not None:
        parts["labour"] = (1 - base.alpha) * base.value_added * (shock.labour - 1)
    return {name: part / before for name, part in parts.items()}


def _volume(market: SectorMarket, at: SectorPoint, abroad: Array, scale: Array, cost: Array) -> Array:
    """Tariff revenue on what is imported more or less, (worlds, N)."""
    if market.base.tariff is None:
        return np.zeros_like(market.base.deficit)
    after = market.net_shares(at) * at.spending[:, :, np.newaxis, :] * scale[:, np.newaxis, np.newaxis]
    grown = np.divide(after, abroad, out=np.ones_like(after), where=abroad > 0)
    return np.asarray((market.base.tariff * abroad * (grown - 1 - cost)).sum(axis=(1, 2)))
