"""`solve` against the equations of MODEL section 3 written from scratch, by a general root finder."""

from __future__ import annotations

import numpy as np
import pytest

from equilibrium_worlds import brute_force, flows, shares, world
from serai.equilibrium import Shock, balanced, solve


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
@pytest.mark.parametrize("deficits", ["fixed", "proportional", "none"])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_outcome_agrees(wealth, deficits, seed):
    size = 4
    random = np.random.default_rng(seed + 10)
    changes = {
        "tau": np.exp(0.1 * random.standard_normal((size, size))),
        "phi": np.exp(0.1 * random.standard_normal((size, size))),
        "z": np.exp(0.05 * random.standard_normal(size)),
        "labour": np.exp(0.05 * random.standard_normal(size)),
    }
    baseline = world(size, seed)
    if deficits == "none":
        base = balanced(baseline)
        np.testing.assert_allclose(base.deficit, 0, atol=1e-9 * base.output.sum())
        trade, holdings = base.trade, base.capital_income
    else:
        trade, holdings = flows(size, seed)
    share = shares(size, seed)
    expected = brute_force(
        trade, holdings, 5.0, 3.0, share["capital_share"], share["value_added_share"],
        **changes, steady=wealth == "steady", proportional=deficits == "proportional",
    )  # fmt: skip
    shock = Shock(
        trade_cost=changes["tau"],
        openness=changes["phi"],
        productivity=changes["z"],
        labour=changes["labour"],
    )
    found = solve(baseline, shock, wealth=wealth, deficits=deficits)
    pairs = {
        "wage": "w", "rental": "r", "wealth": "a", "price_index": "P", "reward": "v",
        "real_income": "real_income",
        "real_gdp": "real_gdp", "real_gni": "real_gni", "real_wage": "real_wage", "trade": "trade",
        "holdings_income": "holdings_income",
    }  # fmt: skip
    for ours, theirs in pairs.items():
        np.testing.assert_allclose(getattr(found, ours), expected[theirs], rtol=1e-8, err_msg=ours)
    if deficits != "none":
        np.testing.assert_allclose(found.fdi, expected["fdi"], rtol=1e-8)
    assert found.residual <= 1e-12
    assert abs(found.real_income - found.real_gdp).max() > 1e-4
    assert abs(found.real_income - found.real_gni).max() > (0 if deficits == "none" else 1e-4)
