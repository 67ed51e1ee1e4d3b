"""The equations of `_sector_market.py` read backwards: from weights on residuals and outcomes to slopes.

`pull(market, at, weights, seeds)` gives the slopes, by every unknown and every shock, of

    sum(weights * residual) + sum(seeds * outcomes)

with the cost of one evaluation. No Jacobian is made. Names ending in `_bar` are slopes by that quantity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from serai.axes import Array
from serai.equilibrium._linear import after, before, left, right, used, using
from serai.equilibrium._sector_market import SectorMarket, SectorPoint, new_factor
from serai.equilibrium._transfers import absorption_slopes


@dataclass(frozen=True, slots=True)
class Seeds:
    """Slopes of the outcome by money and log prices, each (worlds, N)."""

    absorbed: Array
    income: Array
    made: Array
    revenue: Array
    wage: Array
    consumer_price: Array

    @classmethod
    def none(cls, market: SectorMarket) -> Seeds:
        """No outcome, residuals only."""
        zero = np.zeros((1, market.size))
        return cls(zero, zero, zero, zero, zero, zero)

    @classmethod
    def of(cls, measure: str, weights: Array, at: SectorPoint) -> Seeds:
        """The weighted sum of logs of a measure over economies."""
        zero = np.zeros_like(weights)
        price = zero if measure == "wage" else weights if measure == "price_index" else -weights
        return cls(
            absorbed=weights / at.absorbed if measure == "real_income" else zero,
            income=weights / at.income if measure == "real_gni" else zero,
            made=weights / (at.made + at.revenue) if measure == "real_gdp" else zero,
            revenue=weights / (at.made + at.revenue) if measure == "real_gdp" else zero,
            wage=weights if measure in ("real_wage", "wage") else zero,
            consumer_price=price,
        )


MEASURES = ("real_income", "real_gdp", "real_gni", "real_wage", "wage", "price_index")


@dataclass(frozen=True, slots=True)
class Slopes:
    """Slopes by the logs of unknowns (`state`) and of shocks, and by transfers in money.

    sold, bought : (worlds, S, N); with them `by_trade_cost` and `by_tariff` make tables of pairs.
    productivity : (worlds, S, N). labour, transfer : (worlds, N). openness : (worlds, N, N) or None.
    """

    state: Array
    sold: Array
    bought: Array
    revenue: Array
    productivity: Array
    labour: Array
    transfer: Array
    openness: Array | None

    def by_trade_cost(self, market: SectorMarket, at: SectorPoint) -> Array:
        """(worlds, S, N exporter, N importer)."""
        theta = market.base.theta[:, :, np.newaxis, np.newaxis]
        return np.asarray(-theta * (self._net(market, at) + self._gross(market, at)))

    def by_tariff(self, market: SectorMarket, at: SectorPoint) -> Array:
        """By log(1 + tariff), (worlds, S, N exporter, N importer)."""
        return np.asarray(self.by_trade_cost(market, at) - self._net(market, at))

    def _net(self, market: SectorMarket, at: SectorPoint) -> Array:
        """By the log of the exporter's share net of tariffs."""
        worth = self.sold[..., np.newaxis] - self.revenue[:, np.newaxis, np.newaxis, :]
        return np.asarray(
            market.shares(at)
            / new_factor(market.base, market.shock)
            * at.spending[:, :, np.newaxis, :]
            * worth
        )

    def _gross(self, market: SectorMarket, at: SectorPoint) -> Array:
        return np.asarray(market.shares(at) * self.bought[:, :, np.newaxis, :])


def pull(market: SectorMarket, at: SectorPoint, weights: Array, seeds: Seeds) -> Slopes:
    """Slopes of weighted residuals and seeded outcomes; `weights` is (worlds, unknowns)."""
    base, capital = market.base, market.capital
    by_wage, by_rental, by_wealth, by_price, by_ratio = market.parts(weights)
    demand_bar = np.where(market.bought, by_ratio / np.where(market.bought, at.demand, 1), 0)
    paid = (base.added * at.output).sum(axis=1)
    output_bar = used(base.inputs, demand_bar) + base.added * (by_wage / market.slope / paid)[:, np.newaxis]
    output_bar = output_bar - _drift(market, at, by_wage)[:, np.newaxis]
    made_bar = seeds.made - by_wage / market.slope / at.made
    absorbed_bar = seeds.absorbed + (base.final * demand_bar).sum(axis=1)
    income_bar, transfer = absorption_slopes(market.spread, at.income, market.base.income, absorbed_bar)
    income_bar = income_bar + seeds.income
    revenue_bar = seeds.revenue + income_bar
    made_bar = made_bar + (1 - base.alpha) * income_bar

    price_bar, cpi_bar = -by_price, seeds.consumer_price
    wage_bar, rental_bar, wealth_bar = seeds.wage, np.zeros_like(by_rental), np.zeros_like(by_wealth)
    labour, openness = np.zeros_like(by_wage), None
    if capital.opened is None:
        made_bar = made_bar + base.alpha * income_bar
        rental_bar, wealth_bar = -by_rental, -by_wealth
        if capital.steady:
            cpi_bar = cpi_bar + by_rental
        else:
            wage_bar, labour = wage_bar + by_rental, by_rental
    else:
        asked = np.where(capital.idle, 0, by_rental / (1 + base.epsilon))
        made_bar = made_bar + asked / at.made
        moves = capital.steady & (capital.wealth > 0)
        reward_bar = np.where(moves, by_wealth, 0)
        cpi_bar = cpi_bar - reward_bar
        supply_bar = np.where(capital.idle, 0, -asked / np.where(capital.idle, 1, at.supply))
        rental_bar, wealth_bar, openness = _portfolio(market, at, supply_bar, reward_bar, income_bar)
        rental_bar = rental_bar + np.where(capital.idle, -by_rental, 0)
        wealth_bar = wealth_bar + np.where(moves, 0, -by_wealth)

    wage_bar = wage_bar + made_bar * at.made
    labour = labour + made_bar * at.made
    sold = before(at.weight * output_bar, market.net) / at.reach
    paid_bar = revenue_bar[:, np.newaxis]
    ratio_bar = (sold + paid_bar * (1 - at.kept)) * at.spending - np.where(market.bought, by_ratio, 0)
    theta = base.theta[:, :, np.newaxis]
    reach_bar = -at.spending * (sold - paid_bar * at.kept) - by_price / theta
    weight_bar = output_bar * at.output
    weight_bar = weight_bar - at.weight * after(market.net, at.spending * paid_bar / at.reach)
    weight_bar = weight_bar + at.weight * after(market.sourcing, reach_bar / at.reach)
    cost_bar = -theta * weight_bar
    factors_bar = (base.added * cost_bar).sum(axis=1)
    price_bar = price_bar + using(base.inputs, cost_bar) + base.final * cpi_bar[:, np.newaxis]
    return Slopes(
        state=market.joined(
            wage_bar + (1 - base.alpha) * factors_bar,
            rental_bar + base.alpha * factors_bar,
            wealth_bar,
            price_bar,
            ratio_bar,
        ),
        sold=output_bar,
        bought=reach_bar,
        revenue=revenue_bar,
        productivity=-cost_bar,
        labour=labour,
        transfer=transfer,
        openness=openness,
    )


def _drift(market: SectorMarket, at: SectorPoint, by_wage: Array) -> Array:
    """Slope of the numeraire by the output of each economy."""
    ratio = by_wage / market.within(at.output.sum(axis=1))
    return ratio.sum(axis=1, keepdims=True) if market.blocks is None else left(market.blocks, ratio)


def _portfolio(
    market: SectorMarket, at: SectorPoint, supply_bar: Array, reward_bar: Array, income_bar: Array
) -> tuple[Array, Array, Array]:
    """Slopes by rental, wealth and openness through V = G R, J = K v a and T = R G^T (J / V)."""
    opened, epsilon = market.capital.opened, market.base.epsilon
    assert opened is not None
    rent = np.exp(epsilon * at.rental)
    value = np.exp(epsilon * at.reward)
    asked = at.capital_income / value
    asked_bar = left(opened, rent * supply_bar)
    earned_bar = income_bar + asked_bar / value
    wealth_bar = earned_bar * at.capital_income
    value_bar = (reward_bar + wealth_bar) / (epsilon * value) - asked_bar * asked / value
    rental_bar = epsilon * (supply_bar * at.supply + rent * right(value_bar, opened))
    opened_bar = asked[:, :, np.newaxis] * (rent * supply_bar)[:, np.newaxis, :]
    opened_bar = opened_bar + value_bar[:, :, np.newaxis] * rent[:, np.newaxis, :]
    return rental_bar, wealth_bar, epsilon[:, :, np.newaxis] * opened * opened_bar
