"""How prices adjust in tatonnement: wages, rentals, wealth and price indices, each by its own market."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from serai.axes import Array
from serai.equilibrium._linear import left, right
from serai.equilibrium._market import Market


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Moves of (log w, log r, log a, log P), (worlds, 4 N), for the equations as MODEL writes them."""

    market: Market

    def start(self) -> Array:
        """The base year."""
        return np.zeros((self.market.worlds, 4 * self.market.size))

    def moves(self, place: Array) -> Array:
        """Where each price wants to go: excess demand in logs, divided by its own elasticity."""
        market, base = self.market, self.market.base
        with np.errstate(all="ignore"):
            wage, rental, wealth, price = np.split(place, 4, axis=1)
            relative = np.exp(-base.theta * self._cost(place))
            found = -np.log(right(relative, market.sourcing)) / base.theta
            output = market.output * np.exp(wage)
            paid = base.alpha * base.gamma * output
            reward, income, supply = self._capital(rental, wealth, paid)
            total = (1 - base.alpha) * base.gamma * output + income
            expenditure = (1 - base.gamma) * output + market.absorption(total)
            demand = relative * left(market.sourcing, expenditure * np.exp(base.theta * found))
            world = np.log(market.within(output) / market.world_output)
            wage_move = (np.log(demand) - np.log(output)) / (1 + base.theta) - world
            rental_move = np.where(market.capital.idle, -rental, np.log(paid) - np.log(supply))
            rental_move = rental_move / (1 + base.epsilon)
            wealth_move = reward - found if market.capital.steady else np.zeros_like(wealth)
            wealth_move = np.where(market.capital.wealth > 0, wealth_move, 0)
        return np.concatenate([wage_move, rental_move, wealth_move, found - price], axis=1)

    def state(self, place: Array) -> Array:
        """The unknowns of the equations at a position."""
        if not self.market.capital.has_unknowns:
            return self._cost(place)
        return np.concatenate([self._cost(place), np.split(place, 4, axis=1)[1]], axis=1)

    def _cost(self, place: Array) -> Array:
        base = self.market.base
        wage, rental, _, price = np.split(place, 4, axis=1)
        inputs = (1 - base.alpha) * wage + base.alpha * rental
        return base.gamma * inputs + (1 - base.gamma) * price - self.market.log_productivity

    def _capital(self, rental: Array, wealth: Array, paid: Array) -> tuple[Array, Array, Array]:
        """Log return to wealth, capital income of owners, capital supplied to hosts in money."""
        side, epsilon = self.market.capital, self.market.base.epsilon
        if side.opened is None:
            return rental, paid, side.wealth * np.exp(rental + wealth)
        pull = np.exp(epsilon * rental)
        value = left(side.opened, pull)
        reward = np.log(value) / epsilon
        income = side.wealth * np.exp(reward + wealth)
        return reward, income, pull * right(income / value, side.opened)
