"""Kleinman, Liu and Redding (2024): exposure matrices in closed form, one sector without deficits."""

from __future__ import annotations

import numpy as np
import pytest

from equilibrium_worlds import flows
from serai.equilibrium import Baseline, balanced, exposure, solve
from serai.validation.closed_forms import klr_closed_form


@pytest.mark.parametrize("theta", [0.8, 5.0, 12.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_exposure_is_that_of_the_paper(theta: float, seed: int) -> None:
    world = balanced(Baseline.from_flows(flows(8, seed)[0], trade_elasticity=theta))
    income, welfare = klr_closed_form(world.trade, theta)
    found = exposure(solve(world))
    np.testing.assert_allclose(found.income, income, atol=1e-9)
    np.testing.assert_allclose(found.welfare, welfare, atol=1e-9)
