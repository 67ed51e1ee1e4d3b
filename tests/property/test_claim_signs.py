"""No verdict where the sign is forced: the sign of what a claim rests on, over random worlds and closures.

Each claim that rests on numbers of a model has an experiment here. It draws worlds, does what the scenario
does, and returns the outcome that the claim is about. A sign that (nearly) never differs is forced by the
model, and the claim may state a size only; a claim whose sign is free may be judged.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tests.equilibrium_worlds import world

from serai.equilibrium import Shock, solve
from serai.study import read_study

MODEL = ("ladder/", "dependence/", "leverage/", "displacement/", "broker/", "intermediary/", "corridors/")
COUNTED = ("leverage/overlap/",)  # of projects, no model
WORLDS, SIZE, INSIDE = 40, 7, 3
FORCED = 0.95


def integration(seed: int, wealth: str) -> float:
    """Real income of a group whose members trade with each other at less cost."""
    base = world(SIZE, seed)
    cost = np.ones((SIZE, SIZE))
    cost[:INSIDE, :INSIDE] = 0.9
    np.fill_diagonal(cost, 1)
    found = solve(base, Shock(trade_cost=cost), wealth=wealth)
    return float(base.income[:INSIDE] @ (found.real_income[:INSIDE] - 1))


def displacement(seed: int, wealth: str) -> float:
    """Another owner's stock in a group of hosts that one owner finds easier to enter."""
    base = world(SIZE, seed)
    openness = np.ones((SIZE, SIZE))
    openness[-1, :INSIDE] = 1.2
    found = solve(base, Shock(openness=openness), wealth=wealth)
    before = solve(base, Shock(), wealth=wealth)
    hosts = slice(0, INSIDE)
    return float(found.fdi[-2, hosts].sum() - before.fdi[-2, hosts].sum())


EXPERIMENTS: dict[str, Callable[[int, str], float]] = {"C11": displacement, "C15": integration}


@pytest.mark.parametrize("name", sorted(EXPERIMENTS))
def test_a_forced_sign_allows_a_size_only(name: str) -> None:
    outcomes = [EXPERIMENTS[name](seed, wealth) for seed in range(WORLDS) for wealth in ("fixed", "steady")]
    up = float(np.mean(np.array(outcomes) > 0))
    forced = max(up, 1 - up) > FORCED
    claim = next(claim for claim in read_study(None).claims if claim.id == name)
    assert bool(claim.magnitude_only) == forced, f"{name}: positive in {up:.0%} of worlds and closures"


def test_every_claim_that_rests_on_a_model_has_an_experiment() -> None:
    for claim in read_study(None).claims:
        keys = [claim.number] if claim.magnitude_only else [c.number for c in claim.conditions]
        if any(str(key).startswith(MODEL) and not str(key).startswith(COUNTED) for key in keys):
            assert claim.id in EXPERIMENTS, f"{claim.id} rests on {keys}"
