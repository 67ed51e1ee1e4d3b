"""Kleinman, Liu and Redding (2024): exposure matrices in closed form, one sector without deficits.

With S[n,i] the share of exporter i in the spending of n and T[i,n] the share of importer n in the sales of i,
    M = T S - I,   V = (T + theta T S) / (theta + 1),   Q = ones y^T,
    W = -theta/(theta+1) (I - V + Q)^-1 M,              U = (I - S) W + S
are the exposure of nominal income and of welfare to productivity.
"""

from __future__ import annotations

import numpy as np
import pytest

from equilibrium_worlds import flows
from serai.equilibrium import Baseline, balanced, exposure, solve


@pytest.mark.parametrize("theta", [0.8, 5.0, 12.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_exposure_is_that_of_the_paper(theta: float, seed: int) -> None:
    world = balanced(Baseline.from_flows(flows(8, seed)[0], trade_elasticity=theta))
    trade = world.trade
    S = (trade / trade.sum(axis=0)).T
    T = trade / trade.sum(axis=1, keepdims=True)
    y = trade.sum(axis=1) / trade.sum()
    I = np.eye(len(trade))
    M, V = T @ S - I, (T + theta * T @ S) / (theta + 1)
    W = -theta / (theta + 1) * np.linalg.solve(I - V + np.outer(np.ones(len(y)), y), M)
    U = (I - S) @ W + S

    found = exposure(solve(world))

    np.testing.assert_allclose(found.income, W, atol=1e-9)
    np.testing.assert_allclose(found.welfare, U, atol=1e-9)
