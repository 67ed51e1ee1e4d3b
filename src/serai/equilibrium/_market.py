"""The equations of trade and capital, and their analytic Jacobian, for a stack of worlds.

The unknowns are logarithms: c, the unit cost of each economy (ratio, with productivity), and, when capital
is mobile and wealth fixed, rho, the rental of each host. Costs rather than wages are the unknowns because
then prices follow at once, with or without materials:

    P_n^-theta = sum_i A[i,n] c_i^-theta,   A = pi tau^-theta,   pi'[i,n] = A[i,n] c_i^-theta P_n^theta
    log w      = ((c - (1-gamma) p + log z) / gamma - alpha rho) / (1 - alpha)

A is made once, so an evaluation costs a few products of matrix and vector. Each market has a relative
residual, log demand - log supply, whatever the size of the economy. No market is dropped: the log of world
output is added to every goods market, and by Walras' law that is zero exactly when all clear. Where a shock
cuts the world into blocks without trade or capital between them, each block keeps its own output.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from serai.axes import Array
from serai.equilibrium._base import Base
from serai.equilibrium._capital import CapitalSide, Slopes
from serai.equilibrium._linear import left, pick, right, rows, turned
from serai.equilibrium.shock import Shock

_NO_SHOCK = Shock()
_SMALLEST = 1e-14  # a hundredth of the residual that the solvers accept


@dataclass(frozen=True, slots=True)
class Point:
    """Everything at one state; all (worlds, N) but `shares`, pi', which is made when asked for.

    Logs of ratios: cost, price, wage, rental, reward (v, return to wealth). Levels in money: output,
    capital_income (of owners), income, expenditure, demand (for the goods of each economy).
    """

    cost: Array
    price: Array
    wage: Array
    rental: Array
    reward: Array
    output: Array
    capital_income: Array
    income: Array
    expenditure: Array
    demand: Array
    capital_gap: Array | None


@dataclass(frozen=True, slots=True)
class Market:
    """The equations of a stack of worlds.

    sourcing : (worlds, N, N), A above. output : (worlds, N), Y L, money.
    world_output : (worlds, 1), sum of Y; (worlds, N), that of the block, when `blocks` are given.
    blocks : (worlds, N, N), 1 where two economies are in one block; None when the world is connected.
    deficit : (worlds, N), D', money. spread : 1 + D'/I when deficits are proportional, else None.
    """

    base: Base
    shock: Shock
    sourcing: Array
    log_productivity: Array
    output: Array
    world_output: Array
    blocks: Array | None
    deficit: Array
    spread: Array | None
    capital: CapitalSide

    @classmethod
    def of(cls, base: Base, shock: Shock, *, wealth: str, deficits: str) -> Market:
        """The equations for a base and a shock whose arrays all have a leading axis of worlds."""
        labour = np.ones((1, 1)) if shock.labour is None else shock.labour
        productivity = np.ones((1, 1)) if shock.productivity is None else shock.productivity
        made, deficit = base.output, base.deficit
        if shock.transfer is not None:
            deficit = deficit + shock.transfer
        sourcing, capital = _sourcing(base, shock), CapitalSide.of(base, shock, wealth=wealth)
        blocks = _blocks(sourcing, capital)
        return cls(
            base=base,
            shock=shock,
            sourcing=sourcing,
            log_productivity=np.log(productivity),
            output=made * labour,
            world_output=made.sum(axis=1, keepdims=True) if blocks is None else left(blocks, made),
            blocks=blocks,
            deficit=deficit,
            spread=1 + deficit / base.income if deficits == "proportional" else None,
            capital=capital,
        )

    @property
    def size(self) -> int:
        return int(self.sourcing.shape[-1])

    @property
    def unknowns(self) -> int:
        return self.size * (2 if self.capital.has_unknowns else 1)

    @property
    def worlds(self) -> int:
        return max(
            len(a)
            for a in (
                self.sourcing,
                self.log_productivity,
                self.output,
                self.deficit,
                self.base.theta,
                self.base.alpha,
                self.base.gamma,
                *self.capital.arrays,
            )
        )

    def take(self, worlds: NDArray[np.intp]) -> Market:
        """The equations of some worlds of the stack."""
        return replace(
            self,
            base=self.base.take(worlds),
            shock=self.shock.take(worlds),
            sourcing=pick(self.sourcing, worlds),
            log_productivity=pick(self.log_productivity, worlds),
            output=pick(self.output, worlds),
            world_output=pick(self.world_output, worlds),
            blocks=None if self.blocks is None else pick(self.blocks, worlds),
            deficit=pick(self.deficit, worlds),
            spread=None if self.spread is None else pick(self.spread, worlds),
            capital=self.capital.take(worlds),
        )

    def bare(self) -> Market:
        """The same equations without the tables of base and shock, which no residual reads: less to copy."""
        nothing = np.empty((1, 0, 0))
        base = replace(self.base, trade=nothing, capital_income=None, holdings=None)
        return replace(self, base=base, shock=_NO_SHOCK)

    def start(self) -> Array:
        """The base year: every log ratio zero."""
        return np.zeros((self.worlds, self.unknowns))

    def residual(self, state: Array) -> Array:
        """Relative excess demand of every goods market, then of every capital market."""
        with np.errstate(all="ignore"):
            at = self.point(state)
            goods = np.log(at.demand / at.output)
            goods += self.drift(at)
            gap = goods if at.capital_gap is None else np.concatenate([goods, at.capital_gap], axis=1)
        return np.where(np.isfinite(gap), gap, np.nan)

    def point(self, state: Array) -> Point:
        """Every price and quantity at a state."""
        base, cost = self.base, state[:, : self.size]
        relative = np.exp(-base.theta * cost)
        reach = right(relative, self.sourcing)
        price = -np.log(reach) / base.theta
        value_added = (cost - (1 - base.gamma) * price + self.log_productivity) / base.gamma
        side = self.capital.at(state[:, self.size :], price, value_added, self.output, base)
        income = (1 - base.alpha) * base.gamma * side.output + side.income
        expenditure = (1 - base.gamma) * side.output + self.absorption(income)
        demand = relative * left(self.sourcing, expenditure / reach)
        return Point(
            cost,
            price,
            side.wage,
            side.rental,
            side.reward,
            side.output,
            side.income,
            income,
            expenditure,
            demand,
            side.gap,
        )

    def drift(self, at: Point) -> Array:
        """Log output against the base: zero by Walras' law, unless a block would have to run a deficit."""
        return np.asarray(np.log(self.within(at.output) / self.world_output))

    def within(self, output: Array) -> Array:
        """Output of the world, (worlds, 1), or of the block of each economy, (worlds, N)."""
        return output.sum(axis=1, keepdims=True) if self.blocks is None else left(self.blocks, output)

    def absorption(self, income: Array) -> Array:
        """Expenditure net of materials, under the deficit closure."""
        if self.spread is None:
            return income + self.deficit
        scale = income.sum(axis=1) / (self.spread * income).sum(axis=1)
        return np.asarray(scale[:, np.newaxis] * self.spread * income)

    def shares(self, at: Point) -> Array:
        """pi', the share of each exporter in the purchases of each importer."""
        theta = self.base.theta
        return (
            self.sourcing
            * np.exp(-theta * at.cost)[:, :, np.newaxis]
            * np.exp(theta * at.price)[:, np.newaxis, :]
        )

    def jacobian(self, state: Array) -> Array:
        """d residual / d state.

        With dp = pi'^T dc the slopes of wages, rentals and capital income are linear in the state; the
        capital side gives them as matrices (`Slopes`), and goods demand adds
        -theta dc + (pi' (theta E' dp + dE')) / demand.
        """
        size, base = self.size, self.base
        at = self.point(state)
        shares = self.shares(at)
        slopes = self.capital.slopes(at, turned(shares), base)
        spending = self._spending(at, slopes)
        spending[:, :, :size] += (base.theta * at.expenditure)[:, :, np.newaxis] * turned(shares)
        goods = shares @ spending
        goods /= at.demand[:, :, np.newaxis]
        places = np.arange(size)
        goods[:, places, places] -= base.theta
        goods -= slopes.wage
        goods += self._numeraire(at, slopes)
        return goods if slopes.gap is None else np.concatenate([goods, slopes.gap], axis=1)

    def _numeraire(self, at: Point, slopes: Slopes) -> Array:
        """d log output, of the world or of each block."""
        if self.blocks is None:
            return right(at.output / at.output.sum(axis=1, keepdims=True), slopes.wage)[:, np.newaxis, :]
        return (self.blocks @ rows(at.output, slopes.wage)) / self.within(at.output)[:, :, np.newaxis]

    def _spending(self, at: Point, slopes: Slopes) -> Array:
        """dE' by state."""
        base = self.base
        labour = ((1 - base.alpha) * base.gamma * at.output)[:, :, np.newaxis]
        materials = ((1 - base.gamma) * at.output)[:, :, np.newaxis]
        if self.spread is None:
            spending = (materials + labour) * slopes.wage
            spending += slopes.income
            return spending
        income = labour * slopes.wage + slopes.income
        spread = self.spread * at.income
        total = spread.sum(axis=1, keepdims=True)
        scale = at.income.sum(axis=1, keepdims=True) / total
        shift = right(1 - scale * self.spread, income)
        own = (scale * self.spread)[:, :, np.newaxis] * income
        return np.asarray(
            materials * slopes.wage + own + (spread / total)[:, :, np.newaxis] * shift[:, np.newaxis, :]
        )


def _sourcing(base: Base, shock: Shock) -> Array:
    """A. A pair that higher costs leave with next to nothing for both sides is closed: what goes through it
    lies far below the residual that is accepted, and would have to settle the wage of one side by the other.
    """
    expenditure = base.expenditure[:, np.newaxis, :]
    if shock.trade_cost is None:
        return np.asarray(base.trade / expenditure)
    logs = np.log(shock.trade_cost) * -base.theta[:, :, np.newaxis]
    closing = logs.min() <= np.log(_SMALLEST)
    kept = np.exp(logs, out=None if closing else logs)
    sourcing = np.asarray(base.trade * kept)
    sourcing /= expenditure
    if not closing:
        return sourcing
    sold = sourcing * base.expenditure[:, np.newaxis, :]
    lost = (sourcing <= _SMALLEST * sourcing.sum(axis=1, keepdims=True)) & (logs < 0)
    lost &= sold <= _SMALLEST * sold.sum(axis=2, keepdims=True)
    return np.where(lost, 0, sourcing)


def _blocks(sourcing: Array, capital: CapitalSide) -> Array | None:
    """Which economies a chain of trade or capital connects, (worlds, N, N); None when all are."""
    linked = sourcing > 0
    if linked.all():
        return None
    if capital.opened is not None:
        linked = linked | (capital.opened > 0)
    if (linked | np.swapaxes(linked, 1, 2)).all(axis=2).all(axis=0).any():
        return None  # somebody deals with everybody, in every world: the usual case, told at once
    labels = np.stack([connected_components(links, directed=False)[1] for links in linked])
    if not labels.any():
        return None
    return np.asarray(labels[:, :, np.newaxis] == labels[:, np.newaxis, :], dtype=float)
