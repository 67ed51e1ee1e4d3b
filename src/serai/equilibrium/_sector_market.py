"""The equations with sectors, tariffs and capital, as one map whose fixed point is the equilibrium.

The unknowns are logarithms of ratios: wage w, rental r and wealth a of each economy, price p and spending x
of each economy and sector. Each has its own market:

    cost      c_si = b_si ((1-alpha) w + alpha r) + sum_k g_ks p_ki - log z_si
    price     P_sn = (sum_i A_sin exp(-theta_s c_si))^(-1/theta_s),      A = pi tau^-theta (T'/T)^-theta
    output    Y_si = sum_n pi'_sin X_sn / T'_sin,                        T = 1 + tariff
    revenue   R_n  = sum_s X_sn (1 - sum_i pi'_sin / T'_sin)
    spending  X_sn = sum_k g_sk Y_kn + final_sn F_n,                     F from income and the deficit closure
    wage      sum_s b_si Y_si = w_i L_i VA_i;   rental and wealth as in `_capital.py`

The residual is where each unknown wants to go: excess demand over a rough elasticity of its own. An
evaluation costs two products of matrix and vector a sector, three with tariffs.

Source: Caliendo and Parro (2015); capital as in Kleinman, Liu, Redding and Yogo (2023).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from serai.axes import Array
from serai.equilibrium._capital import CapitalSide
from serai.equilibrium._linear import after, before, left, pick, right, used, using
from serai.equilibrium._market import Market
from serai.equilibrium._sector_base import SectorBase
from serai.equilibrium.shock import Shock


@dataclass(frozen=True, slots=True)
class SectorPoint:
    """Everything at one state. Logs of ratios: wage, rental, wealth, reward (worlds, N); price, cost
    (worlds, S, N); consumer_price (worlds, N). Money: spending, output, demand (worlds, S, N); made (value
    added), capital_income, revenue, income, absorbed (worlds, N). weight exp(-theta c) and reach
    P^-theta (worlds, S, N); kept (worlds, S, N), the part of spending that tariffs leave. found: log price
    that the costs imply. supply (worlds, N): capital income that hosts are asked for; 1 when immobile."""

    wage: Array
    rental: Array
    wealth: Array
    price: Array
    spending: Array
    cost: Array
    weight: Array
    reach: Array
    found: Array
    kept: Array
    output: Array
    revenue: Array
    made: Array
    reward: Array
    capital_income: Array
    supply: Array
    income: Array
    absorbed: Array
    demand: Array
    consumer_price: Array


@dataclass(frozen=True, slots=True)
class SectorMarket:
    """The equations of a stack of worlds.

    sourcing : (worlds, S, N, N), A above. net : the same over 1 + new tariff; the same array without any.
    log_productivity : (worlds, S, N). made : (worlds, N), VA L, money. world_output : as in `Market`.
    slope : (worlds, N), rough elasticity of the demand for an economy's labour to its wage.
    deficit, spread : as in `Market`. bought : (worlds, S, N), where something is bought in the base.
    """

    base: SectorBase
    shock: Shock
    sourcing: Array
    net: Array
    log_productivity: Array
    made: Array
    world_output: Array
    blocks: Array | None
    slope: Array
    deficit: Array
    spread: Array | None
    bought: NDArray[np.bool_]
    capital: CapitalSide

    @classmethod
    def of(
        cls,
        base: SectorBase,
        shock: Shock,
        *,
        wealth: str,
        deficits: str,
        capital: CapitalSide | None = None,
    ) -> SectorMarket:
        """The equations for a base and a shock whose arrays all have a leading axis of worlds."""
        labour = np.ones((1, 1)) if shock.labour is None else shock.labour
        productivity = np.ones((1, 1, 1)) if shock.productivity is None else shock.productivity
        deficit = base.deficit if shock.transfer is None else base.deficit + shock.transfer
        sourcing, net = sourcing_of(base, shock)
        if capital is None:
            capital = CapitalSide.of(base, shock, wealth=wealth)
        blocks = _blocks(sourcing, base, capital)
        output = base.output.sum(axis=1)
        return cls(
            base=base,
            shock=shock,
            sourcing=sourcing,
            net=net,
            log_productivity=np.log(productivity),
            made=base.value_added * labour,
            world_output=output.sum(axis=1, keepdims=True) if blocks is None else left(blocks, output),
            blocks=blocks,
            slope=_slope(base),
            deficit=deficit,
            spread=1 + deficit / base.income if deficits == "proportional" else None,
            bought=base.spending > 0,
            capital=capital,
        )

    @classmethod
    def of_one_sector(cls, market: Market, base: SectorBase) -> SectorMarket:
        """The equations of a market of one sector, with the sector axis."""
        sourcing = market.sourcing[:, np.newaxis]
        return cls(
            base=base,
            shock=market.shock.with_sector_axis(),
            sourcing=sourcing,
            net=sourcing,
            log_productivity=market.log_productivity[:, np.newaxis],
            made=market.base.gamma * market.output,
            world_output=market.world_output,
            blocks=market.blocks,
            slope=_slope(base),
            deficit=market.deficit,
            spread=market.spread,
            bought=base.spending > 0,
            capital=market.capital,
        )

    @property
    def sectors(self) -> int:
        return int(self.sourcing.shape[1])

    @property
    def size(self) -> int:
        return int(self.sourcing.shape[-1])

    @property
    def unknowns(self) -> int:
        return self.size * (3 + 2 * self.sectors)

    @property
    def worlds(self) -> int:
        arrays = (
            self.sourcing,
            self.net,
            self.log_productivity,
            self.made,
            self.deficit,
            self.base.inputs,
            self.base.theta,
            self.base.alpha,
            self.base.epsilon,
            *self.capital.arrays,
        )
        return max(len(a) for a in arrays)

    def take(self, worlds: NDArray[np.intp]) -> SectorMarket:
        """The equations of some worlds of the stack."""
        return replace(
            self,
            base=self.base.take(worlds),
            shock=self.shock.take(worlds),
            capital=self.capital.take(worlds),
            blocks=None if self.blocks is None else pick(self.blocks, worlds),
            spread=None if self.spread is None else pick(self.spread, worlds),
            bought=pick(self.bought, worlds),
            **{
                name: pick(getattr(self, name), worlds)
                for name in (
                    "sourcing",
                    "net",
                    "log_productivity",
                    "made",
                    "world_output",
                    "slope",
                    "deficit",
                )
            },
        )

    def start(self) -> Array:
        """The base year."""
        return np.zeros((self.worlds, self.unknowns))

    def parts(self, state: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Wage, rental, wealth (worlds, N), price and spending (worlds, S, N) of a state."""
        size, cells = self.size, self.size * self.sectors
        table = (len(state), self.sectors, size)
        return (
            state[:, :size],
            state[:, size : 2 * size],
            state[:, 2 * size : 3 * size],
            state[:, 3 * size : 3 * size + cells].reshape(table),
            state[:, 3 * size + cells :].reshape(table),
        )

    def joined(self, wage: Array, rental: Array, wealth: Array, price: Array, spending: Array) -> Array:
        """A state from its parts."""
        worlds = len(wage)
        return np.concatenate(
            [wage, rental, wealth, price.reshape(worlds, -1), spending.reshape(worlds, -1)], axis=1
        )

    def point(self, state: Array) -> SectorPoint:
        """Every price and quantity at a state."""
        base = self.base
        wage, rental, wealth, price, ratio = self.parts(state)
        spending = base.spending * np.exp(ratio)
        factors = (1 - base.alpha) * wage + base.alpha * rental
        cost = base.added * factors[:, np.newaxis] + used(base.inputs, price) - self.log_productivity
        weight = np.exp(-base.theta[:, :, np.newaxis] * cost)
        reach = before(weight, self.sourcing)
        kept = before(weight, self.net) / reach if self.net is not self.sourcing else np.ones_like(reach)
        output = weight * after(self.net, spending / reach)
        revenue = (spending * (1 - kept)).sum(axis=1)
        made = self.made * np.exp(wage)
        reward, earned, supply = self._capital(rental, wealth, base.alpha * made)
        income = (1 - base.alpha) * made + earned + revenue
        absorbed = self.absorption(income)
        return SectorPoint(
            wage=wage,
            rental=rental,
            wealth=wealth,
            price=price,
            spending=spending,
            cost=cost,
            weight=weight,
            reach=reach,
            found=-np.log(reach) / base.theta[:, :, np.newaxis],
            kept=kept,
            output=output,
            revenue=revenue,
            made=made,
            reward=reward,
            capital_income=earned,
            supply=supply,
            income=income,
            absorbed=absorbed,
            demand=using(base.inputs, output) + base.final * absorbed[:, np.newaxis],
            consumer_price=(base.final * price).sum(axis=1),
        )

    def residual(self, state: Array) -> Array:
        """Where each unknown wants to go, (worlds, unknowns); zero exactly in equilibrium."""
        with np.errstate(all="ignore"):
            at = self.point(state)
            base, side = self.base, self.capital
            paid = (base.added * at.output).sum(axis=1)
            wage = np.log(paid / at.made) / self.slope - self.drift(at)
            if side.opened is None:
                target = at.consumer_price if side.steady else at.wage + side.log_labour
                rental = target - at.rental
                wealth = -at.wealth
            else:
                asked = np.log(base.alpha * at.made) - np.log(at.supply)
                rental = np.where(side.idle, -at.rental, asked / (1 + base.epsilon))
                moved = at.reward - at.consumer_price if side.steady else -at.wealth
                wealth = np.where(side.wealth > 0, moved, -at.wealth)
            ratio = at.demand / np.where(self.bought, at.spending, 1)
            spending = np.log(np.where(self.bought, ratio, 1))
            moves = self.joined(wage, rental, wealth, at.found - at.price, spending)
        return np.where(np.isfinite(moves), moves, np.nan)

    def drift(self, at: SectorPoint) -> Array:
        """Log output of the world, or of the block of each economy, against the base."""
        return np.asarray(np.log(self.within(at.output.sum(axis=1)) / self.world_output))

    def within(self, output: Array) -> Array:
        """Output of the world, (worlds, 1), or of the block of each economy, (worlds, N)."""
        return output.sum(axis=1, keepdims=True) if self.blocks is None else left(self.blocks, output)

    def absorption(self, income: Array) -> Array:
        """Final demand, under the deficit closure."""
        if self.spread is None:
            return income + self.deficit
        scale = income.sum(axis=1) / (self.spread * income).sum(axis=1)
        return np.asarray(scale[:, np.newaxis] * self.spread * income)

    def shares(self, at: SectorPoint) -> Array:
        """pi', the share of each exporter in what each importer spends, (worlds, S, N, N)."""
        return self.sourcing * at.weight[..., np.newaxis] / at.reach[:, :, np.newaxis, :]

    def net_shares(self, at: SectorPoint) -> Array:
        """pi' with tariffs taken off."""
        return self.net * at.weight[..., np.newaxis] / at.reach[:, :, np.newaxis, :]

    def portfolio(self, at: SectorPoint) -> Array:
        """B', the share of each host in the capital income of each owner."""
        assert self.capital.opened is not None
        epsilon = self.base.epsilon
        pull = np.exp(epsilon * at.rental)[:, np.newaxis, :] * np.exp(-epsilon * at.reward)[:, :, np.newaxis]
        return np.asarray(self.capital.opened * pull)

    def _capital(self, rental: Array, wealth: Array, paid: Array) -> tuple[Array, Array, Array]:
        """Log return to wealth, capital income of owners, capital income asked of hosts."""
        side, epsilon = self.capital, self.base.epsilon
        if side.opened is None:
            return rental, paid, np.ones_like(paid)
        pull = np.exp(epsilon * rental)
        value = left(side.opened, pull)
        reward = np.log(value) / epsilon
        income = side.wealth * np.exp(reward + wealth)
        return reward, income, pull * right(income / value, side.opened)


def sourcing_of(base: SectorBase, shock: Shock) -> tuple[Array, Array]:
    """A, and A over 1 + the new tariff."""
    theta = base.theta[:, :, np.newaxis, np.newaxis]
    sourcing = base.share
    for cost in (shock.trade_cost, shock.tariff):
        if cost is not None:
            sourcing = sourcing * np.exp(-theta * np.log(cost))
    if base.tariff is None and shock.tariff is None:
        return sourcing, sourcing
    return sourcing, sourcing / new_factor(base, shock)


def new_factor(base: SectorBase, shock: Shock) -> Array:
    """1 + the new tariff."""
    factor = np.ones((1, 1, 1, 1)) if base.tariff is None else 1 + base.tariff
    return factor if shock.tariff is None else factor * shock.tariff


def _slope(base: SectorBase) -> Array:
    """1 + the elasticity of demand for what an economy makes, weighted by its value added."""
    output = base.output
    own = after(base.net_share * base.share, base.spending)
    away = 1 - np.divide(own, output, out=np.ones_like(output), where=output > 0)
    weights = base.added * output
    pull = (weights * base.theta[:, :, np.newaxis] * away).sum(axis=1) / weights.sum(axis=1)
    return np.asarray(1 + pull)


def _blocks(sourcing: Array, base: SectorBase, capital: CapitalSide) -> Array | None:
    """Which economies a chain of trade or capital connects, (worlds, N, N); None when all are."""
    linked = np.asarray(((sourcing > 0) & (base.spending > 0)[:, :, np.newaxis, :]).any(axis=1))
    if linked.all():
        return None
    if capital.opened is not None:
        linked = linked | (capital.opened > 0)
    labels = np.stack([connected_components(links, directed=False)[1] for links in linked])
    if not labels.any():
        return None
    return np.asarray(labels[:, :, np.newaxis] == labels[:, np.newaxis, :], dtype=float)
