"""From a solved state to the words of the result."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from serai.axes import Array, Axis
from serai.equilibrium._base import Base
from serai.equilibrium._linear import rows
from serai.equilibrium._market import Market, Point
from serai.equilibrium._search import Found
from serai.equilibrium._solvers.status import Status
from serai.equilibrium.result import Equilibrium


def equilibrium(economies: Axis, market: Market, found: Found, *, single: bool) -> Equilibrium:
    """The result for a stack of worlds, or for its only world when `single`."""
    values: dict[str, Any] = {**outcomes(market, found, None), "market_residual": by_economy(market, found)}
    if single:
        values = {name: None if array is None else array[0] for name, array in values.items()}
        values |= {
            "status": Status(int(found.status[0])),
            "residual": float(values["market_residual"].max()),
            "iterations": int(found.iterations[0]),
            "market": market,
            "state": found.state,
        }
    else:
        values |= {"status": found.status, "residual": found.residual, "iterations": found.iterations}
    return Equilibrium(economies=economies, **values)


def by_economy(market: Market, found: Found) -> Array:
    """The largest relative excess demand of each economy, over its markets and the numeraire; (worlds, N)."""
    with np.errstate(all="ignore"):
        drift = np.abs(market.drift(market.point(found.state)))
        residual = np.abs(market.residual(found.state))
    return np.asarray(np.maximum(residual.reshape(len(residual), -1, market.size).max(axis=1), drift))


def outcomes(market: Market, found: Found, names: Collection[str] | None) -> dict[str, Array | None]:
    """The named outcomes (all by default), (worlds, ...); NaN for a world without an equilibrium."""
    with np.errstate(all="ignore"):
        at = market.point(found.state)
        values = {
            name: array for name, array in _ratios(market, at).items() if names is None or name in names
        }
        for name, make in (("trade", _trade), ("holdings_income", _holdings_income), ("fdi", _fdi)):
            if names is None or name in names:
                values[name] = make(market, at)
    failed = found.status > Status.CONVERGED_BY_TATONNEMENT
    if failed.any():
        for array in values.values():
            if array is not None:
                array[failed] = np.nan
    return values


def after(market: Market, found: Found) -> Base:
    """The solved world as a new base year; with mobile capital its stocks are those after the shock."""
    with np.errstate(all="ignore"):  # hosts that pay nothing to capital are masked
        at, base = market.point(found.state), market.base
    mobile = base.capital_income is not None
    return Base(
        trade=_trade(market, at),
        capital_income=_holdings_income(market, at) if mobile else None,
        holdings=_fdi(market, at),
        theta=base.theta,
        epsilon=base.epsilon,
        alpha=base.alpha,
        gamma=base.gamma,
    )


def _ratios(market: Market, at: Point) -> dict[str, Array | None]:
    base = market.base
    price = np.exp(at.price)
    absorbed = market.absorption(at.income) / (base.expenditure - (1 - base.gamma) * base.output)
    return {
        "wage": np.exp(at.wage),
        "rental": np.exp(at.rental),
        "price_index": price,
        "reward": np.exp(at.reward),
        "wealth": _wealth(market, at),
        "real_income": absorbed / price,
        "real_gdp": at.output / base.output / price,
        "real_gni": at.income / base.income / price,
        "real_wage": np.exp(at.wage - at.price),
    }


def _wealth(market: Market, at: Point) -> Array:
    """a, the income of an owner over its base, net of the return."""
    owned = market.capital.wealth
    ratio = np.divide(at.capital_income, owned, out=np.ones_like(at.capital_income), where=owned > 0)
    return np.where(owned > 0, ratio * np.exp(-at.reward), 1)


def _trade(market: Market, at: Point) -> Array:
    return market.shares(at) * at.expenditure[:, np.newaxis, :]


def _holdings_income(market: Market, at: Point) -> Array:
    if market.capital.opened is None:
        places = np.arange(market.size)
        income = np.zeros((len(at.capital_income), market.size, market.size))
        income[:, places, places] = at.capital_income
        return income
    return rows(at.capital_income, market.capital.portfolio(at, market.base.epsilon))


def _fdi(market: Market, at: Point) -> Array | None:
    """Holdings times B'/B times a."""
    base = market.base
    if base.holdings is None:
        return None
    moved = (
        np.exp(base.epsilon * at.rental)[:, np.newaxis, :]
        * np.exp(-base.epsilon * at.reward)[:, :, np.newaxis]
    )
    if market.shock.openness is not None:
        moved = moved * np.exp(base.epsilon[:, :, np.newaxis] * np.log(market.shock.openness))
    return np.asarray(base.holdings * moved * _wealth(market, at)[:, :, np.newaxis])
