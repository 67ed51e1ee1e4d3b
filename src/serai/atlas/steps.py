"""The arithmetic of each step from tables to world. Functions of arrays; a leading draw axis everywhere.

d draws, N economies. Money in million USD.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from serai.axes import Array

NEWTON_STEPS = 60
TIGHT = 1e-11  # of world trade


def lognormal(z: Array, value: Array, low: Array, high: Array) -> Array:
    """Cells drawn around their value so that 80 % lie between low and high; z (d, cells) standard normal.

    A cell without a range, or of value zero, keeps its value.
    """
    known = (value > 0) & (low > 0) & np.isfinite(low) & np.isfinite(high)
    scale = special.ndtri(0.9)
    down = np.log(np.divide(value, low, out=np.ones_like(value), where=known)) / scale
    up = np.log(np.divide(high, value, out=np.ones_like(value), where=known)) / scale
    return np.asarray(value * np.exp(z * np.where(z < 0, down, up)))


def mix_sources(first: Array, second: Array, weight: Array, cap: float) -> Array:
    """Two sources of the same cells mixed in logs: first^(1 - w) second^w; the gap counts up to a factor `cap`.

    first, second : (cells,) both positive. weight : (d, cells) in [0, 1].
    """
    gap = np.clip(np.log(second / first), -np.log(cap), np.log(cap))
    return np.asarray(first * np.exp(weight * gap))


def reroute(
    goods: Array, hub: int, excess: Array, markets: NDArray[np.intp], shares: Array, keep: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """Send what a hub imports beyond its absorption on to its likely final markets, without changing origin.

    goods : (d, N, N). excess : (d,). shares : (d, markets), adding up to one. keep : (markets,) whether the
    hub keeps what came from that market.

    Returns the new goods and what left the table, (d,): flows that would return to their own origin.
    """
    origins = np.ones(goods.shape[-1], dtype=bool)
    origins[markets[keep]] = False
    origins[hub] = False
    sent = np.where(origins, goods[:, :, hub], 0.0)
    total = sent.sum(axis=-1)
    part = np.clip(np.divide(excess, total, out=np.zeros_like(total), where=total > 0), 0.0, 1.0)
    moved = sent * part[:, None]
    result = goods.copy()
    result[:, :, hub] -= moved
    dropped = np.zeros(goods.shape[0])
    for place, market in enumerate(markets):
        arriving = moved * shares[:, place, None]
        dropped += arriving[:, market]
        arriving[:, market] = 0.0
        result[:, :, market] += arriving
    return result, dropped


def balance(trade: Array, target: Array, start: Array | None = None) -> tuple[Array, Array]:
    """Scale trade to the wanted balances with one factor an economy: X'[i, n] = X[i, n] m[n] / m[i].

    The factors solve exports - imports = target; the problem is convex (it minimises
    sum X exp(log m[n] - log m[i]) + target . log m), so Newton with step halving finds the one solution.

    trade : (d, N, N), the diagonal is ignored. target : (d, N), adding up to zero.
    Returns the scaled trade with a zero diagonal and log m, (d, N), the last economy's being zero.
    """
    count = trade.shape[-1]
    own = np.arange(count)
    flows = trade.copy()
    flows[:, own, own] = 0.0
    logs = np.zeros(target.shape) if start is None else np.broadcast_to(start, target.shape).copy()
    goal = TIGHT * flows.sum(axis=(-2, -1))
    for _ in range(NEWTON_STEPS):
        scaled = _scaled(flows, logs)
        exports, imports = scaled.sum(axis=-1), scaled.sum(axis=-2)
        gap = exports - imports - target
        if (np.abs(gap).max(axis=-1) <= goal).all():
            return scaled, logs
        laplacian = -(scaled + np.swapaxes(scaled, -1, -2))
        laplacian[:, own, own] += exports + imports
        step = np.zeros_like(logs)
        step[:, :-1] = np.linalg.solve(laplacian[:, :-1, :-1], gap[:, :-1, None])[..., 0]
        longest = np.abs(step).max(axis=-1, keepdims=True)
        logs = logs + step * np.minimum(1.0, 1.0 / np.maximum(longest, np.finfo(float).tiny))
    raise ArithmeticError("trade cannot be scaled to these balances")


def _scaled(flows: Array, logs: Array) -> Array:
    factor = np.exp(logs)
    return np.asarray(flows * factor[:, None, :] / factor[:, :, None])


def own_capital(foreign: Array, capital: Array, cap: float) -> tuple[Array, Array]:
    """Holdings with the rest of each host's capital on the diagonal; foreign capital is scaled down to `cap`.

    foreign : (d, N owner, N host), zero diagonal. capital : (d, N). Returns holdings and the excess (d, N).
    """
    total = foreign.sum(axis=-2)
    allowed = np.minimum(total, cap * capital)
    shrink = np.divide(allowed, total, out=np.ones_like(total), where=total > 0)
    holdings = foreign * shrink[:, None, :]
    own = np.arange(capital.shape[-1])
    holdings[:, own, own] = capital - allowed
    return holdings, total - allowed


def net_capital_income(holdings: Array, capital_share: Array, gdp: Array) -> Array:
    """Income from capital abroad minus income of foreign capital at home, (d, N)."""
    income = holdings / holdings.sum(axis=-2, keepdims=True) * (capital_share * gdp)
    return np.asarray(income.sum(axis=-1) - income.sum(axis=-2))
