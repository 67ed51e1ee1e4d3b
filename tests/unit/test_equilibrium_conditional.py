"""The conditional equilibrium against plain iterative proportional fitting."""

from __future__ import annotations

import numpy as np
import pytest

from equilibrium_worlds import flows, off_diagonal
from serai.equilibrium import Baseline, Shock, solve_conditional


def test_it_is_the_table_fitted_to_the_old_margins():
    trade, _ = flows(6)
    tau = np.exp(0.4 * np.random.default_rng(0).standard_normal((6, 6)))
    found = solve_conditional(Baseline.from_flows(trade, trade_elasticity=4), Shock(trade_cost=tau))
    fitted = trade * tau**-4
    for _ in range(5000):
        fitted *= (trade.sum(axis=1) / fitted.sum(axis=1))[:, None]
        fitted *= trade.sum(axis=0) / fitted.sum(axis=0)
    np.testing.assert_allclose(found.trade, fitted, rtol=1e-9)
    assert found.residual <= 1e-12
    spread = np.outer(found.outward, found.inward)
    np.testing.assert_allclose(found.trade, trade * (tau / spread) ** -4, rtol=1e-9)


def test_the_reference_economy_keeps_its_resistance():
    trade, _ = flows(5)
    baseline = Baseline.from_flows(trade, list("ABCDE"), trade_elasticity=4)
    shock = Shock(trade_cost=off_diagonal(5, 0.8))
    by_world = solve_conditional(baseline, shock)
    by_d = solve_conditional(baseline, shock, reference="D")
    assert by_d.inward[3] == pytest.approx(1, abs=1e-14)
    np.testing.assert_allclose(by_d.trade, by_world.trade, rtol=1e-12)
    weights = baseline.expenditure / baseline.expenditure.sum()
    assert weights @ np.log(by_world.inward) == pytest.approx(0, abs=1e-13)
    sold = by_d.trade.sum(axis=1) - np.diag(by_d.trade)
    np.testing.assert_allclose(by_d.exports, sold / (trade.sum(axis=1) - np.diag(trade)))
    assert by_d.exports.min() > 1
