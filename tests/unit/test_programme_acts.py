"""What chosen projects do, as one scenario: works on the network, growth of economies."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from serai.atlas import Atlas, reconcile
from serai.draws import Draws, Middle
from serai.equilibrium import solve_draws
from serai.errors import InputError
from serai.executors import one_thread
from serai.programme import (
    Prospect,
    acts,
    as_scenario,
    candidates,
    read_effects,
    read_rules,
    screen,
    study_prospects,
    with_scenario,
)
from serai.programme.acts import GENERAL
from serai.programme.open_amounts import AppraisedStake
from serai.records.scenario import Link, Productivity, Skills
from serai.scenario.evaluate import baseline, context, prepare
from serai.scenario.measures import shock
from serai.study import Study, read_study, reference_study


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study()


@pytest.fixture(scope="module")
def prospects(study: Study) -> dict[str, Prospect]:
    found = study_prospects(study, read_rules(study), screen(*candidates(study), draws=Draws(20, 1)))
    return {p.id: p for p in found}


def _benefit(prospect: Prospect) -> float:
    assert isinstance(prospect.stake, AppraisedStake)
    model = prospect.stake.model
    return float(model.full_use(model.central)[0])


def test_power_is_output_of_its_host(study: Study, atlas: Atlas, prospects: dict[str, Prospect]) -> None:
    wind = prospects["uz-acwa-aral-wind-5gw"]
    # 17.5 TWh at 50 USD a MWh, of which the class realises its share
    realised = wind.stake.model.drivers["benefit_realised"].value  # type: ignore[attr-defined]
    assert _benefit(wind) == pytest.approx(17.5 * 50 * realised)
    (act,) = acts([wind], study, atlas)
    (measure,) = act.measures
    assert act.general
    assert isinstance(measure, Productivity)
    assert measure.note == GENERAL
    assert measure.economies == ("UZB",)
    output = float(reconcile(atlas).trade[atlas.economies.index("UZB")].sum())
    assert measure.growth.value == pytest.approx(_benefit(wind) / output)
    assert measure.growth.low == pytest.approx(0.5 * _benefit(wind) / output)
    assert measure.growth.basis == "assumed"


def test_schooling_is_income_of_labour(study: Study, atlas: Atlas, prospects: dict[str, Prospect]) -> None:
    project = prospects["tj-isdb-education-2"]
    (act,) = acts([project], study, atlas)
    (measure,) = act.measures
    assert isinstance(measure, Skills)
    world, place = reconcile(atlas), atlas.economies.index("TJK")
    wages = float(
        (world.trade[place].sum() * (1 - world.capital_share) * world.value_added_share).reshape(-1)[place]
    )
    assert measure.growth.value == pytest.approx(_benefit(project) / wages)


def test_growth_is_worth_the_benefit_that_it_stands_for(
    study: Study, atlas: Atlas, prospects: dict[str, Prospect]
) -> None:
    """Through the equilibrium the world gains the yearly benefit, to first order, and most of it at home."""
    wind, school = prospects["uz-acwa-aral-wind-5gw"], prospects["tj-isdb-education-2"]
    with one_thread():
        draws = Middle(1, 0)
        whole = with_scenario(study, as_scenario([wind, school], study, atlas))
        seen = context(prepare(whole, atlas, draws, []), draws, reconcile(atlas))
        base = baseline(reconcile(atlas), seen.inputs)
        absorption = np.asarray(base.expenditure - (1 - base.value_added_share) * base.output).reshape(-1)
        for project, host in ((wind, "UZB"), (school, "TJK")):
            act = acts([project], study, atlas)[0]
            # at their values: the range of the share is left out
            fixed = [
                m.model_copy(update={"growth": m.growth.model_copy(update={"shape": "fixed"})})
                for m in act.measures
            ]
            change = shock([(project.id, m) for m in fixed], seen)
            found = solve_draws(base, change, deficits="fixed", keep=("real_income",), throw=True, threads=1)
            gains = (found.real_income[0] - 1) * absorption
            assert gains.sum() == pytest.approx(_benefit(project), rel=0.02)
            assert gains[atlas.economies.index(host)] > 0.7 * gains.sum()


def test_a_row_of_its_own_goes_before_its_sector(
    study: Study, atlas: Atlas, prospects: dict[str, Prospect]
) -> None:
    (railway,) = acts([prospects["ca-cku-railway"]], study, atlas)
    assert not railway.general
    assert isinstance(railway.measures[0], Link)
    assert railway.measures[0].note == ""
    # a sector without a row does nothing, and is not there
    assert acts([prospects["uz-toll-tashkent-samarkand"]], study, atlas) == ()


def test_a_project_in_several_countries_is_split_evenly(
    study: Study, atlas: Atlas, prospects: dict[str, Prospect]
) -> None:
    shared = replace(prospects["uz-acwa-aral-wind-5gw"], countries=("UZB", "KAZ"))
    (act,) = acts([shared], study, atlas)
    output = reconcile(atlas).trade.sum(axis=1)
    worth = {
        m.economies[0]: m.growth.value * float(output[atlas.economies.index(m.economies[0])])
        for m in act.measures
    }
    assert worth == pytest.approx({"UZB": _benefit(shared) / 2, "KAZ": _benefit(shared) / 2})


def test_the_scenario_is_one_of_the_study(study: Study, atlas: Atlas, prospects: dict[str, Prospect]) -> None:
    chosen = [prospects[name] for name in ("ca-cku-railway", "uz-acwa-aral-wind-5gw", "uz-datavolt-tas1")]
    scenario = as_scenario(chosen, study, atlas)
    whole = with_scenario(study, scenario)
    assert [m.kind for _, m in whole.measures("programme")] == ["link", "productivity", "productivity"]
    assert whole.ladder() == study.ladder()
    with pytest.raises(InputError, match="named like its chosen programme"):
        as_scenario(chosen, whole, atlas)


def test_wrong_general_rows_are_refused_together(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(reference_study(), folder)
    header = "project,sector,kind,between,places,cut,reach,low,high,basis,source\n"
    rows = (
        ",energy,productivity,,,,,,,assumed,assumed: test\n"
        ",economy,productivity,,,0.5,0.5,,,assumed,assumed: test\n"
        ",education,border_hours,KAZ,,0.1,,,,assumed,assumed: test\n"
        "tj-rogun,energy.wind,productivity,,,,0.5,,,assumed,assumed: test\n"
        ",,skills,,,,0.5,,,assumed,assumed: test\n"
        ",health,skills,,,,0.5,0.6,0.9,assumed,assumed: test\n"
        "uz-jds,,border_hours,KAZ,,0.1,0.2,,,assumed,assumed: test\n"
    )
    (folder / "effects.csv").write_text(header + rows, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_effects(read_study(folder))
    said = [str(problem) for problem in caught.value.problems]
    for part in (
        "share of the benefit is missing",
        "productivity takes no cut",
        "belong to a project",
        "names a project or a sector",
        "reach lies outside its range",
        "take a cut",
    ):
        assert any(part in one for one in said), part
    assert len(said) == 7
