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
LOOK_THROUGH_ROUNDS = 4


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
    """Two sources of one cell mixed in logs: first^(1 - w) second^w; their gap counts up to a factor `cap`.

    first, second : (cells,) both positive; a cell without anything stays without.
    weight : (d, cells) in [0, 1].
    """
    apart = np.log(np.divide(second, first, out=np.ones_like(first), where=first > 0))
    gap = np.clip(apart, -np.log(cap), np.log(cap))
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


def hold_totals(cells: Array, totals: Array) -> Array:
    """Scale each host's column to its total; cells (d, N owner, N host), totals (d, N)."""
    found = cells.sum(axis=-2)
    scale = np.divide(totals, found, out=np.zeros_like(found), where=found > 0)
    return np.asarray(cells * scale[:, None, :])


def look_through(foreign: Array, capital: Array, cap: float, rounds: int = LOOK_THROUGH_ROUNDS) -> Array:
    """Pass on what foreigners hold in a host beyond `cap` of its capital to where the host itself invests.

    Such stocks cannot be capital in that host: they pass through it. The excess of each host is assigned in
    proportion to its owners and to its own investments abroad, as far as these reach; what would return to
    its owner leaves the table. foreign : (d, N owner, N host), zero diagonal. capital : (d, N).
    """
    result = foreign.copy()
    own = np.arange(capital.shape[-1])
    for _ in range(rounds):
        inward, outward = result.sum(axis=-2), result.sum(axis=-1)
        excess = np.minimum(np.maximum(inward - cap * capital, 0.0), outward)
        at = np.flatnonzero((excess > 0).any(axis=0))
        if not at.size:
            break
        excess, inward, outward = excess[:, at], inward[:, at], outward[:, at]
        into = (
            result[:, :, at]
            * np.divide(excess, inward, out=np.zeros_like(excess), where=inward > 0)[:, None, :]
        )
        onward = np.divide(
            result[:, at, :],
            outward[..., None],
            out=np.zeros_like(result[:, at, :]),
            where=outward[..., None] > 0,
        )
        result[:, :, at] -= into
        result[:, at, :] -= onward * excess[..., None]
        result += into @ onward
        result[:, own, own] = 0.0
        np.maximum(result, 0.0, out=result)
    return result


def capital_abroad(foreign: Array, capital: Array, cap: float) -> Array:
    """Scale down what an owner holds abroad beyond `cap` times the capital at its home; shapes as above."""
    outward = foreign.sum(axis=-1)
    allowed = np.minimum(outward, cap * capital)
    scale = np.divide(allowed, outward, out=np.ones_like(outward), where=outward > 0)
    return np.asarray(foreign * scale[..., None])


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
