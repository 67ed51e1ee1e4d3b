"""The equations of `_market.py` read backwards: from weights on residuals and outcomes to slopes.

`pull(market, at, weights, seeds)` gives the slopes, by every unknown and every shock, of

    sum(weights * residual) + sum(seeds * outcomes)

with the cost of one evaluation; with the analytic Jacobian one transposed solve of N or 2 N unknowns makes
an adjoint of it. Names ending in `_bar` are slopes by that quantity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from serai.axes import Array
from serai.equilibrium._linear import left, right
from serai.equilibrium._market import Market, Point
from serai.equilibrium._transfers import absorption_slopes
from serai.errors import SolveError

_REMEDY = "The equilibrium is close to one that is not unique: try another closure"
Outer = tuple[tuple[Array, Array], ...]


@dataclass(frozen=True, slots=True)
class MarketSeeds:
    """Slopes of the outcome by money (absorbed, income) and by logs (output, wage, price), (worlds, N)."""

    absorbed: Array
    income: Array
    output: Array
    wage: Array
    price: Array

    @classmethod
    def none(cls, market: Market) -> MarketSeeds:
        """No outcome, residuals only."""
        zero = np.zeros((1, market.size))
        return cls(zero, zero, zero, zero, zero)

    @classmethod
    def of(cls, measure: str, weights: Array, market: Market, at: Point) -> MarketSeeds:
        """The weighted sum of logs of a measure over economies."""
        zero = np.zeros_like(weights)
        return cls(
            absorbed=weights / market.absorption(at.income) if measure == "real_income" else zero,
            income=weights / at.income if measure == "real_gni" else zero,
            output=weights if measure == "real_gdp" else zero,
            wage=weights if measure in ("real_wage", "wage") else zero,
            price=zero if measure == "wage" else weights if measure == "price_index" else -weights,
        )


@dataclass(frozen=True, slots=True)
class MarketSlopes:
    """Slopes by the unknowns (`state`) and by logs of shocks, and by transfers in money; (worlds, N).

    sold, bought : with them `by_trade_cost` makes the table of pairs. opened : slopes by the logs of G, as
    outer products of owners and hosts; empty when capital is immobile.
    """

    state: Array
    sold: Array
    bought: Array
    productivity: Array
    labour: Array
    transfer: Array
    opened: Outer

    def by_trade_cost(self, market: Market, at: Point) -> Array:
        """(worlds, N exporter, N importer)."""
        theta = market.base.theta
        weight = np.exp(-theta * at.cost)[:, :, np.newaxis]
        paid = (at.expenditure * np.exp(theta * at.price))[:, np.newaxis, :]
        worth = self.sold[:, :, np.newaxis] * paid + weight * self.bought[:, np.newaxis, :]
        return np.asarray(-theta[:, :, np.newaxis] * market.sourcing * worth)

    def by_openness(self, market: Market) -> Array | None:
        """(worlds, N owner, N host); None when capital is immobile."""
        side = market.capital
        if side.opened is None:
            return None
        table = sum(owner[:, :, np.newaxis] * host[:, np.newaxis, :] for owner, host in self.opened)
        held = (side.wealth > 0)[:, :, np.newaxis]
        return np.where(held, market.base.epsilon[:, :, np.newaxis] * side.opened * table, 0)


@dataclass(frozen=True, slots=True)
class _Back:
    """What the capital side hands on: slopes by value added's cost, price, rental (where it is an unknown),
    labour and G."""

    value_added: Array
    price: Array
    rental: Array | None
    labour: Array
    opened: Outer = ()


def market_adjoint(market: Market, state: Array, measure: str, weights: Array) -> tuple[Point, MarketSlopes]:
    """Slopes of outcomes, weights (outcomes, N), with the equilibrium moving along; one transposed solve."""
    at = market.point(state)
    seeds = MarketSeeds.of(measure, weights, market, at)
    direct = pull_market(market, at, np.zeros((len(weights), market.unknowns)), seeds)
    try:
        multipliers = np.linalg.solve(market.jacobian(state)[0].T, -direct.state.T).T
    except np.linalg.LinAlgError:
        raise SolveError("the transposed equations have no single solution", _REMEDY) from None
    return at, pull_market(market, at, multipliers, seeds)


def pull_market(market: Market, at: Point, weights: Array, seeds: MarketSeeds) -> MarketSlopes:
    """Slopes of weighted residuals and seeded outcomes; `weights` is (worlds, unknowns)."""
    base, size = market.base, market.size
    goods, gap = weights[:, :size], weights[:, size:]
    weight, reach = np.exp(-base.theta * at.cost), np.exp(-base.theta * at.price)
    sold = goods * weight / at.demand
    paid = right(sold, market.sourcing) / reach
    output_bar = (1 - base.gamma) * paid * at.output - goods + seeds.output + _drift(market, at, goods)
    income_bar, transfer = absorption_slopes(
        market.spread, at.income, market.base.income, paid + seeds.absorbed
    )
    income_bar = income_bar + seeds.income
    output_bar = output_bar + (1 - base.alpha) * base.gamma * income_bar * at.output
    back = _capital(market, at, gap, output_bar, seeds.wage, income_bar)
    price_bar = seeds.price + back.price - (1 - base.gamma) / base.gamma * back.value_added
    bought = -paid * at.expenditure / reach - price_bar / (base.theta * reach)
    cost_bar = back.value_added / base.gamma
    cost_bar = cost_bar - base.theta * (goods + weight * left(market.sourcing, bought))
    return MarketSlopes(
        state=cost_bar if back.rental is None else np.concatenate([cost_bar, back.rental], axis=1),
        sold=sold,
        bought=bought,
        productivity=back.value_added / base.gamma,
        labour=back.labour,
        transfer=transfer,
        opened=back.opened,
    )


def _drift(market: Market, at: Point, goods: Array) -> Array:
    """Slope of the numeraire by the log of output of each economy."""
    ratio = goods / market.within(at.output)
    total = ratio.sum(axis=1, keepdims=True) if market.blocks is None else left(market.blocks, ratio)
    return np.asarray(total * at.output)


def _capital(
    market: Market, at: Point, gap: Array, output_bar: Array, wage_bar: Array, income_bar: Array
) -> _Back:
    """Through wages, rentals and the income of owners; one function a closure, as in `_capital.py`."""
    side, alpha = market.capital, market.base.alpha
    if side.has_unknowns:
        return _fixed(market, at, gap, output_bar, wage_bar, income_bar)
    if side.inverse is not None:
        return _steady(market, at, output_bar, wage_bar, income_bar)
    labour = output_bar = output_bar + alpha * market.base.gamma * at.output * income_bar
    wage = wage_bar + output_bar
    if side.steady:
        added = wage / (1 - alpha)
        return _Back(added, -alpha * added, None, labour)
    return _Back(wage, np.zeros_like(wage), None, labour - alpha * wage)


def _fixed(
    market: Market, at: Point, gap: Array, output_bar: Array, wage_bar: Array, income_bar: Array
) -> _Back:
    """V = G R, J = K V^(1/eps), T = R G^T (J / V), and the gap log T - log(alpha gamma Y')."""
    side, alpha, epsilon = market.capital, market.base.alpha, market.base.epsilon
    opened = side.opened
    assert opened is not None
    rent, value = np.exp(epsilon * at.rental), np.exp(epsilon * at.reward)
    asked = at.capital_income / value
    log_supply = np.where(side.idle, 0, gap)
    supply = right(asked, opened)
    supply_bar = log_supply / np.where(side.idle, 1, supply)
    asked_bar = left(opened, supply_bar)
    earned_bar = income_bar + asked_bar / value
    value_bar = earned_bar * at.capital_income / (epsilon * value) - asked_bar * asked / value
    output_bar = output_bar - log_supply
    added = (wage_bar + output_bar) / (1 - alpha)
    rental = np.where(side.idle, gap, epsilon * log_supply)
    rental = rental + epsilon * rent * right(value_bar, opened) - alpha * added
    pairs = ((asked, supply_bar), (value_bar, rent))
    return _Back(added, np.zeros_like(added), rental, output_bar, pairs)


def _steady(market: Market, at: Point, output_bar: Array, wage_bar: Array, income_bar: Array) -> _Back:
    """R = G^-1 P^eps and J = P^eps G^-T (alpha gamma Y' / R)."""
    side, base = market.capital, market.base
    alpha, epsilon, inverse = base.alpha, base.epsilon, side.inverse
    assert inverse is not None
    value = np.exp(epsilon * at.price)
    rent = np.where(side.idle, 1, np.exp(epsilon * at.rental))
    owned, paid = at.capital_income / value, alpha * base.gamma * at.output / rent
    owned_bar = income_bar * value
    paid_bar = left(inverse, owned_bar)
    output_bar = output_bar + paid_bar * paid
    added = (wage_bar + output_bar) / (1 - alpha)
    rent_bar = (-alpha * added / epsilon - paid_bar * paid) / rent
    rent_bar = np.where(side.idle, 0, rent_bar)
    moved = right(rent_bar, inverse)
    pairs = ((-owned, paid_bar), (-moved, left(inverse, value)))
    return _Back(added, epsilon * value * (income_bar * owned + moved), None, output_bar, pairs)
