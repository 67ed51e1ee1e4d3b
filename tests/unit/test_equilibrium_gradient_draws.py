"""Slopes of many draws are those of one draw at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from equilibrium_worlds import flows, shares
from serai.equilibrium import Baseline, gradient, gradient_draws, solve
from serai.errors import InputError, UnknownNameError

SIZE, DRAWS = 6, 60
TRADE, HOLDINGS = flows(SIZE, 1)


def _drawn(draw: int | None = None) -> Baseline:
    """A world with draws in every input that may have them, or one of its draws."""
    random = np.random.default_rng(3)
    inputs: dict[str, Any] = {
        "trade": TRADE * np.exp(random.normal(0, 0.3, (DRAWS, SIZE, SIZE))),
        "holdings": HOLDINGS * np.exp(random.normal(0, 0.3, (DRAWS, SIZE, SIZE))),
        "trade_elasticity": 5 * np.exp(random.normal(0, 0.3, DRAWS)),
        "capital_elasticity": 3 * np.exp(random.normal(0, 0.3, DRAWS)),
    }
    if draw is not None:
        inputs = {name: value[draw] for name, value in inputs.items()}
    return Baseline.from_flows(**inputs, **shares(SIZE, 1))


@pytest.mark.parametrize("deficits", ["fixed", "proportional"])
@pytest.mark.parametrize("wealth", ["fixed", "steady"])
@pytest.mark.parametrize("measure", ["real_income", "real_gni"])
def test_every_draw_is_what_one_world_gives(measure: str, wealth: Any, deficits: Any) -> None:
    weights = np.random.default_rng(4).random((DRAWS, SIZE))
    found = gradient_draws(_drawn(), weights, measure=measure, wealth=wealth, deficits=deficits)
    for draw in (0, 24, 25, 59):
        alone = solve(_drawn(draw), wealth=wealth, deficits=deficits)
        expected = gradient(alone, weights[draw], measure=measure)
        for name in ("trade_cost", "openness", "productivity", "labour", "transfer"):
            np.testing.assert_allclose(
                getattr(found, name)[draw], getattr(expected, name), atol=1e-8, err_msg=name
            )


def test_draws_and_threads_change_nothing() -> None:
    one, two = (gradient_draws(_drawn(), "2", threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one.trade_cost, two.trade_cost)


def test_what_has_no_draws_or_no_measure_is_refused() -> None:
    with pytest.raises(InputError, match="draw axis"):
        gradient_draws(_drawn(0), "1")
    with pytest.raises(InputError, match="taken out"):
        gradient_draws(_drawn(), "1", deficits="none")
    with pytest.raises(UnknownNameError):
        gradient_draws(_drawn(), "1", measure="income")
    with pytest.raises(InputError, match="gradient_draws"):
        gradient(solve(_drawn(0)), np.ones((2, SIZE)))


def test_draws_far_from_the_first_are_solved_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """With no steps allowed no draw settles beside the first: each is then solved on its own."""
    from serai.equilibrium import gradient_draws as function
    from serai.equilibrium._solvers.anderson import Anderson

    expected = gradient_draws(_drawn(), "2").trade_cost
    monkeypatch.setitem(function.__globals__, "_SEARCH", Anderson(steps=0))
    np.testing.assert_allclose(gradient_draws(_drawn(), "2").trade_cost, expected, atol=1e-8)
