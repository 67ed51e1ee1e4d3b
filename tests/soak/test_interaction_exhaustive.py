"""The twelve corridor projects of the reference study: the search finds what trying all 4,096 sets finds."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from serai.atlas import load
from serai.draws import Draws
from serai.executors import one_thread
from serai.programme import (
    EquilibriumValue,
    Programme,
    Rules,
    WorksWorld,
    candidates,
    choose,
    choose_together,
    equilibrium_value,
    network_gains,
    read_rules,
    screen,
    study_prospects,
)
from serai.programme.picture import Set
from serai.programme.plan import PATIENCE
from serai.study import read_study

pytestmark = pytest.mark.soak
DRAWS = Draws(20, seed=1)


def test_against_all_sets_through_network_and_equilibrium() -> None:
    study, atlas = read_study(), load()
    known = read_rules(study)
    with one_thread():
        world = WorksWorld.of_study(study, atlas)
        assert world is not None
        gains = network_gains(study, atlas, known.worth.standing, world)
        screening = screen(*candidates(study), draws=DRAWS)
        prospects = [p for p in study_prospects(study, known, screening, gains) if p.id in gains]
        solved: dict[Set, float] = {}
        for total in (150, 700, 3000):
            alone = choose(prospects, _budget(known, total), DRAWS)
            value = replace(equilibrium_value(alone, study, world, DRAWS), known=solved)
            sets = [frozenset(s) for size in range(13) for s in combinations(value.projects, size)]
            value.prepare(sets)
            best = max(_worth(alone, value, chosen, total) for chosen in sets)
            found = choose_together(alone, value, value.projects, patience=PATIENCE)
            assert _worth(alone, value, found.chosen, total) == pytest.approx(best, abs=1e-3)
            assert best > 0


def _worth(programme: Programme, value: EquilibriumValue, chosen: Set, total: float) -> float:
    """Of a set that fits the budget, each started as early as it can: its own value waits for it."""
    layout = programme.model.layout
    if sum(float(layout.amounts[layout.places[name]]) for name in chosen) > total:
        return -np.inf
    delay = sum(
        value.alone_usd_m[name] * (1 - float(layout.later[layout.starts(name)].max())) for name in chosen
    )
    return value(chosen) - delay


def _budget(known: Rules, total: float) -> Rules:
    return Rules.model_validate(
        {
            "window": known.window.model_dump(),
            "worth": known.worth.model_dump(),
            "budget": {"total_usd_m": total},
            "objective": {"kind": "mean"},
            "quality": {"counts": "middle", "open_gates": "allow"},
            "solver": {"gap": 0, "time_limit_s": 60},
        }
    )
