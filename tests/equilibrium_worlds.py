"""Synthetic worlds, and the equations of MODEL solved by brute force, for the tests of equilibrium."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import root

from serai.axes import Array
from serai.equilibrium import Baseline, MultiSectorBaseline


def flows(size: int, seed: int = 0, spread: float = 1.0) -> tuple[Array, Array]:
    """Trade and holdings of lognormal economies under gravity, home bias in both."""
    random = np.random.default_rng(seed)
    gdp = 1e4 * np.exp(spread * random.standard_normal(size))
    distance = np.exp(0.5 * random.standard_normal((size, size)))
    trade = 0.5 * np.outer(gdp, gdp) / gdp.sum() / distance
    np.fill_diagonal(trade, gdp)
    holdings = 0.3 * np.outer(gdp, gdp) / gdp.sum() * np.exp(0.5 * random.standard_normal((size, size)))
    np.fill_diagonal(holdings, 3 * gdp)
    return trade, holdings


def shares(size: int, seed: int = 0) -> dict[str, Array]:
    """Capital shares and value-added shares that differ between economies."""
    random = np.random.default_rng(seed + 1)
    return {
        "capital_share": random.uniform(0.25, 0.5, size),
        "value_added_share": random.uniform(0.4, 0.9, size),
    }


def world(size: int, seed: int = 0, **changes: Any) -> Baseline:
    """A world with mobile capital, materials and deficits."""
    trade, holdings = flows(size, seed)
    given = {"trade_elasticity": 5.0, "capital_elasticity": 3.0, "holdings": holdings, **shares(size, seed)}
    return Baseline.from_flows(trade, **(given | changes))


def off_diagonal(size: int, value: float) -> Array:
    """1 on the diagonal, `value` elsewhere."""
    return np.where(np.eye(size) > 0, 1.0, value)


def brute_force(
    trade: Array,
    holdings: Array,
    theta: float,
    epsilon: float,
    alpha: Array,
    gamma: Array,
    *,
    tau: Array,
    phi: Array,
    z: Array,
    labour: Array,
    steady: bool,
    proportional: bool,
) -> dict[str, Array]:
    """The system of MODEL section 3, one line an equation, handed to a general root finder.

    Shares nothing with the package: unknowns are log w, r, a and P; the last goods market is dropped for
    the numeraire.
    """
    size = len(trade)
    Y, E = trade.sum(axis=1), trade.sum(axis=0)
    pi = trade / E
    K = holdings / holdings.sum(axis=0) * (alpha * gamma * Y)
    B = K / K.sum(axis=1, keepdims=True)
    I = (1 - alpha) * gamma * Y + K.sum(axis=1)
    D = E - I - (1 - gamma) * Y

    def everything(x: Array) -> dict[str, Array]:
        w, r, a, P = np.exp(x.reshape(4, size))
        c = (w ** (1 - alpha) * r**alpha) ** gamma * P ** (1 - gamma) / z
        P_found = (pi * (tau * c[:, None]) ** -theta).sum(axis=0) ** (-1 / theta)
        pi_new = pi * (tau * c[:, None] / P[None, :]) ** -theta
        v = (B * (r[None, :] * phi) ** epsilon).sum(axis=1) ** (1 / epsilon)
        B_new = B * (r[None, :] * phi / v[:, None]) ** epsilon
        J = v * a * K.sum(axis=1)
        I_new = w * labour * (1 - alpha) * gamma * Y + J
        if proportional:
            ratio = 1 + D / I
            absorbed = I_new.sum() / (ratio * I_new).sum() * ratio * I_new
        else:
            absorbed = I_new + D
        E_new = absorbed + (1 - gamma) * w * labour * Y
        return {
            "w": w, "r": r, "a": a, "P": P, "P_found": P_found, "v": v, "E": E_new, "I": I_new,
            "goods": (pi_new * E_new).sum(axis=1) / (w * labour * Y) - 1,
            "capital": (B_new * J[:, None]).sum(axis=0) / (alpha * gamma * w * labour * Y) - 1,
            "world": np.array([(w * labour * Y).sum() / Y.sum() - 1]),
            "trade": pi_new * E_new[None, :],
            "holdings_income": B_new * J[:, None],
            "fdi": holdings * B_new / B * a[:, None],
            "real_income": absorbed / (I + D) / P,
            "real_gdp": w * labour / P,
            "real_gni": I_new / I / P,
            "real_wage": w / P,
        }  # fmt: skip

    def equations(x: Array) -> Array:
        at = everything(x)
        wealth = np.log(at["v"] / at["P"]) if steady else np.log(at["a"])
        price = np.log(at["P_found"] / at["P"])
        return np.concatenate([at["goods"][:-1], at["world"], at["capital"], wealth, price])

    found = root(equations, np.zeros(4 * size), tol=1e-13)
    assert np.abs(equations(found.x)).max() < 1e-9, found.message
    return everything(found.x)


def sector_flows(size: int, sectors: int, seed: int = 0, home: float = 1.0) -> dict[str, Array]:
    """Flows, technology and tariffs with deficits, consistent: final demand is what materials leave over.

    Half of the sectors (rounded up) are traded; the rest are services that nobody trades and no tariff
    reaches.
    """
    random = np.random.default_rng(seed)
    gdp = 1e4 * np.exp(random.standard_normal(size))
    traded = np.arange(sectors) < (sectors + 1) // 2
    weight = random.uniform(0.5, 1.5, (sectors, size, 1)) / sectors
    distance = np.exp(0.5 * random.standard_normal((sectors, size, size)))
    abroad = 0.5 * weight * np.outer(gdp, gdp) / gdp.sum() / distance * traded[:, None, None]
    inputs = random.uniform(0.2, 1, (size, sectors, sectors))
    tariff = random.uniform(0, 0.3, (sectors, size, size)) * (1 - np.eye(size)) * traded[:, None, None]
    flows = np.where(np.eye(size) > 0, home * weight * gdp[:, None], abroad)
    added = random.uniform(0.4, 0.9, (size, sectors))
    inputs /= inputs.sum(axis=1, keepdims=True)
    for _ in range(200):
        bought = (flows * (1 + tariff)).sum(axis=1)
        materials = np.einsum("nsk,nk,kn->sn", inputs, 1 - added, flows.sum(axis=2))
        missing = np.maximum(1.1 * materials - bought, 0)
        if missing.max() <= 0:
            break
        for s in range(sectors):
            flows[s][np.diag_indices(size)] += missing[s]
    return {
        "flows": flows,
        "input_share": inputs,
        "value_added_share": added,
        "theta": random.uniform(2, 8, sectors),
        "tariff": tariff,
    }


def sector_world(size: int, sectors: int, seed: int = 0, **changes: Any) -> MultiSectorBaseline:
    """A world with sectors, input-output links, tariffs and deficits; capital immobile unless asked for."""
    return MultiSectorBaseline.from_flows(**(sector_flows(size, sectors, seed) | changes))
