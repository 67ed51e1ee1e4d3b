"""The chosen programme in a study's leverage: against the same shock made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from serai.atlas import load, reconcile
from serai.draws import Draws
from serai.equilibrium import Shock
from serai.leverage import displacement, leverage_added, partner_codes, study_leverage
from serai.leverage.study import drawn_remittances
from serai.records.scenario import Scenario
from serai.scenario.evaluate import baseline, context, prepare
from serai.study import read_study

GROWTH = 0.03
CHOSEN = Scenario.model_validate(
    {
        "id": "programme",
        "title": "The chosen programme",
        "label": "Programme",
        "question": "What if?",
        "rung": 0,
        "measure": [
            {
                "kind": "productivity",
                "name": "Power plants",
                "feasibility": "works",
                "economies": ["UZB"],
                "growth": {"value": GROWTH, "unit": "share", "source": "a test"},
            }
        ],
    }
)


def test_the_programme_is_its_measures_in_every_draw_under_both_closures() -> None:
    study, atlas, draws = read_study(), load(), Draws(2, 1)
    found = study_leverage(study, atlas, draws, [], chosen=CHOSEN)
    assert [p.scenario for p in found.programmes] == ["programme"]
    programme = found.programmes[0]
    assert (programme.title, programme.before) == ("The chosen programme", None)
    assert programme.by_each == {"fixed": {}, "steady": {}}
    world = reconcile(atlas, draws)
    base = baseline(world, context(prepare(study, atlas, draws), draws, world).inputs)
    better = np.ones(len(atlas.economies))
    better[atlas.economies.index("UZB")] += GROWTH
    region, partners = study.about.region.economies, partner_codes(study, atlas)
    for wealth in ("fixed", "steady"):
        shock = Shock(productivity=better)
        added = leverage_added(
            base, shock, region, partners, remittances=drawn_remittances(world), wealth=wealth
        )
        assert programme.added[wealth] == pytest.approx(added, rel=1e-4, abs=1e-8)
        moved = displacement(base, shock, region, partners, wealth=wealth)
        assert programme.displaced[wealth].exports == pytest.approx(moved.exports, rel=1e-4, abs=1e-8)
        assert not programme.displaced[wealth].forced
    assert set(programme.displaced["fixed"].partners) >= {"RUS", "CHN", "EU", "USA", "KOR", "TUR"}


def test_no_programme_is_no_work() -> None:
    assert study_leverage(read_study(), load(), Draws(1, 1), []).programmes == []
