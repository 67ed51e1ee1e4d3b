"""The capital side under each closure: immobile, mobile with fixed wealth, mobile in the long run.

    V_o = v_o^epsilon = sum_h G[o,h] R_h,   G = B phi^epsilon,   R = r^epsilon
    T_h = R_h sum_o G[o,h] J_o / V_o = alpha gamma Y'_h,         J_o = v_o a_o K_o, income of the owner

Fixed wealth (a = 1): log r is an unknown beside the costs, everything else follows from it.
Steady (v = P): both lines are linear given prices and output, R = G^-1 P^epsilon and
J / V = G^-T (alpha gamma Y' / R), so that G is inverted once and only the costs remain as unknowns.
Immobile: J = alpha gamma Y', and the rental follows from the wage (fixed) or from the price (steady).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array
from serai.equilibrium._base import Base
from serai.equilibrium._linear import left, pick, right, rows, turned
from serai.equilibrium.shock import Shock

if TYPE_CHECKING:
    from serai.equilibrium._market import Point


class Owners(Protocol):
    """What the capital side reads of a base year, with one sector or many."""

    @property
    def capital_income(self) -> Array | None: ...
    @property
    def owner_income(self) -> Array: ...
    @property
    def alpha(self) -> Array: ...
    @property
    def epsilon(self) -> Array: ...


@dataclass(frozen=True, slots=True)
class Side:
    """Capital and labour at a state, (worlds, N): logs of wage, rental and reward; money of output and
    of the capital income of owners; gap, log supply - log demand of capital, where it is an equation."""

    wage: Array
    rental: Array
    reward: Array
    output: Array
    income: Array
    gap: Array | None


@dataclass(frozen=True, slots=True)
class Slopes:
    """Slopes by state, (worlds, N, unknowns): of log wage, of capital income, of the capital gap."""

    wage: Array
    income: Array
    gap: Array | None


@dataclass(frozen=True, slots=True)
class CapitalSide:
    """The capital side of a stack of worlds.

    opened : (worlds, N owner, N host), G; None when capital is immobile.
    inverse : G^-1 in the long run with mobile capital, else None.
    wealth : (worlds, N), base capital income of owners, K.
    log_labour : (worlds, N). idle : hosts that pay nothing to capital.
    """

    steady: bool
    opened: Array | None
    inverse: Array | None
    wealth: Array
    log_labour: Array
    idle: NDArray[np.bool_]

    @classmethod
    def of(cls, base: Owners, shock: Shock, *, wealth: str) -> CapitalSide:
        """The capital side for a base and a shock with a leading axis of worlds."""
        steady = wealth == "steady"
        log_labour = np.zeros((1, 1)) if shock.labour is None else np.log(shock.labour)
        owned = base.owner_income
        idle = base.alpha <= 0
        if base.capital_income is None:
            return cls(steady, None, None, owned, log_labour, idle)
        share = np.divide(1, owned, out=np.zeros_like(owned), where=owned > 0)
        opened = base.capital_income * share[:, :, np.newaxis]
        if shock.openness is not None:
            with np.errstate(divide="ignore"):
                ease = np.log(shock.openness) * base.epsilon[:, :, np.newaxis]
            opened = opened * np.exp(ease, out=ease)
        nobody = owned <= 0
        if nobody.any():
            opened = opened.copy()
            world, place = np.nonzero(nobody)
            opened[world, place, place] = 1
        return cls(steady, opened, _inverse(opened) if steady else None, owned, log_labour, idle)

    def take(self, worlds: NDArray[np.intp]) -> CapitalSide:
        """The capital side of some worlds of the stack."""
        return CapitalSide(
            self.steady,
            None if self.opened is None else pick(self.opened, worlds),
            None if self.inverse is None else pick(self.inverse, worlds),
            pick(self.wealth, worlds),
            pick(self.log_labour, worlds),
            pick(self.idle, worlds),
        )

    @property
    def has_unknowns(self) -> bool:
        """Whether rentals are unknowns of their own."""
        return self.opened is not None and not self.steady

    @property
    def arrays(self) -> tuple[Array, ...]:
        arrays = (self.opened, self.wealth, self.log_labour)
        return tuple(a for a in arrays if a is not None)

    def at(self, rental: Array, price: Array, value_added: Array, output: Array, base: Base) -> Side:
        """The capital side at a state; `value_added` is log of the unit cost of value added, `output` Y L."""
        alpha, epsilon = base.alpha, base.epsilon
        if self.opened is None:
            if self.steady:
                wage = (value_added - alpha * price) / (1 - alpha)
                made = output * np.exp(wage)
                return Side(wage, price, price, made, alpha * base.gamma * made, None)
            wage = value_added - alpha * self.log_labour
            made = output * np.exp(wage)
            reward = wage + self.log_labour
            return Side(wage, reward, reward, made, alpha * base.gamma * made, None)
        if self.inverse is not None:
            value = np.exp(epsilon * price)
            pull = left(self.inverse, value)
            rental = np.where(self.idle, 0, np.log(pull) / epsilon)
            wage = (value_added - alpha * rental) / (1 - alpha)
            made = output * np.exp(wage)
            income = value * right(alpha * base.gamma * made / pull, self.inverse)
            return Side(wage, rental, price, made, income, None)
        wage = (value_added - alpha * rental) / (1 - alpha)
        made = output * np.exp(wage)
        pull = np.exp(epsilon * rental)
        value = left(self.opened, pull)
        reward = np.log(value) / epsilon
        income = self.wealth * np.exp(reward)
        supply = pull * right(income / value, self.opened)
        gap = np.where(self.idle, rental, np.log(supply) - np.log(alpha * base.gamma * made))
        return Side(wage, rental, reward, made, income, gap)

    def slopes(self, at: Point, buying: Array, base: Base) -> Slopes:
        """Slopes by state; `buying` is pi'^T, (worlds, N importer, N exporter), the slope of log prices."""
        alpha, gamma = base.alpha, base.gamma
        places = np.arange(buying.shape[-1])
        if self.opened is None and not self.steady:
            wage = -rows((1 - gamma) / gamma, buying)
            wage[:, places, places] += 1 / gamma
            return Slopes(wage, rows(alpha * gamma * at.output, wage), None)
        wage = -rows((1 - gamma) / (gamma * (1 - alpha)), buying)
        wage[:, places, places] += 1 / (gamma * (1 - alpha))
        if self.opened is None:
            wage -= rows(alpha / (1 - alpha), buying)
            return Slopes(wage, rows(alpha * gamma * at.output, wage), None)
        if self.inverse is not None:
            return self._slopes_steady(at, buying, wage, base)
        return self._slopes_fixed(at, wage, base)

    def _slopes_steady(self, at: Point, buying: Array, wage: Array, base: Base) -> Slopes:
        """dr = B'^-1 dp and dJ = B'^-T (alpha gamma Y') (dw - epsilon dr) + epsilon J dp."""
        assert self.inverse is not None
        alpha, epsilon = base.alpha, base.epsilon
        value = np.exp(epsilon * at.price)
        pull = np.where(self.idle, 1, np.exp(epsilon * at.rental))
        rental = rows(1 / pull, self.inverse @ rows(value, buying))
        rental = np.where(self.idle[:, :, np.newaxis], 0, rental)
        wage -= rows(alpha / (1 - alpha), rental)
        moved = wage - epsilon[:, :, np.newaxis] * rental
        paid = alpha * base.gamma * at.output / pull
        income = rows(value, turned(self.inverse) @ rows(paid, moved))
        income += rows(epsilon * at.capital_income, buying)
        return Slopes(wage, income, None)

    def _slopes_fixed(self, at: Point, wage: Array, base: Base) -> Slopes:
        """dJ = J B' dr, and log supply has slope epsilon + (1 - epsilon) B'^T J B' / supply."""
        assert self.opened is not None
        alpha, epsilon = base.alpha, base.epsilon
        size = wage.shape[-1]
        places = np.arange(size)
        portfolio = self.portfolio(at, epsilon)
        earned = rows(at.capital_income, portfolio)
        zero = np.zeros_like(earned)
        income = np.concatenate([zero, earned], axis=2)
        both = np.concatenate([wage, np.zeros_like(wage)], axis=2)
        both[:, places, size + places] = -alpha / (1 - alpha)
        supply = np.where(self.idle, 1, right(at.capital_income, portfolio))
        gap = turned(portfolio) @ earned
        gap *= ((1 - epsilon) / supply)[:, :, np.newaxis]
        gap[:, places, places] += epsilon
        gap = np.concatenate([zero, gap], axis=2) - both
        if self.idle.any():
            alone = np.concatenate([zero, zero + np.eye(size)], axis=2)
            gap = np.where(self.idle[:, :, np.newaxis], alone, gap)
        return Slopes(both, income, gap)

    def portfolio(self, at: Point, epsilon: Array) -> Array:
        """B', the share of each host in the capital income of each owner."""
        assert self.opened is not None
        return (
            self.opened
            * np.exp(epsilon * at.rental)[:, np.newaxis, :]
            * np.exp(-epsilon * at.reward)[:, :, np.newaxis]
        )


def _inverse(opened: Array) -> Array:
    """G^-1 for each world; NaN where two owners hold the same portfolio."""
    try:
        return np.asarray(np.linalg.inv(opened), dtype=float)
    except np.linalg.LinAlgError:
        return np.stack([_inverse_or_nan(matrix) for matrix in opened])


def _inverse_or_nan(matrix: Array) -> Array:
    try:
        return np.asarray(np.linalg.inv(matrix), dtype=float)
    except np.linalg.LinAlgError:
        return np.full_like(matrix, np.nan)
