"""The reference programme: open amounts, missing costs, effects, and what the command line says."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from serai.atlas import load
from serai.draws import Draws
from serai.errors import InputError
from serai.executors import one_thread
from serai.programme import (
    Assumptions,
    Programme,
    Prospect,
    appraise,
    candidates,
    choose,
    equilibrium_value,
    network_gains,
    read_effects,
    read_rules,
    screen,
    study_prospects,
)
from serai.programme.open_amounts import AppraisedStake, missing_cost
from serai.programme.plan import Chosen, choose_study
from serai.records.scenario import BorderHours, Link, Port
from serai.study import Study, read_study, reference_study

DRAWS = Draws(100, seed=1)


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study()


@pytest.fixture(scope="module")
def prospects(study: Study) -> dict[str, Prospect]:
    rules = read_rules(study)
    found = study_prospects(study, rules, screen(*candidates(study), draws=Draws(20, 1)))
    return {p.id: p for p in found}


@pytest.fixture(scope="module")
def programme(study: Study, prospects: dict[str, Prospect]) -> Programme:
    with one_thread():
        return choose(list(prospects.values()), read_rules(study), DRAWS)


def _amounts(prospect: Prospect) -> np.ndarray:
    return prospect.stake.sample(DRAWS)[0]


def test_every_candidate_of_the_pipeline_is_there(study: Study, prospects: dict[str, Prospect]) -> None:
    assert set(prospects) == {p.id for p in study.records.projects if p.serai.use != "context"}
    assert len(prospects) == 151


def test_money_agreed_by_others_is_not_open(prospects: dict[str, Prospect]) -> None:
    # 4,700 in all, of which 4,600 are agreed; works are under way: at most half of the rest is open
    assert _amounts(prospects["ca-cku-railway"]).max() <= 50
    # a grant of Japan that has been given in full
    assert _amounts(prospects["kg-naryn-bridge"]).mean() < 5
    # nothing is agreed for a project in preparation: most of it is open
    aral = _amounts(prospects["uz-acwa-aral-wind-5gw"])
    assert 0.4 * 6200 <= aral.min() < aral.max() <= 6200


def test_value_goes_with_the_part_that_is_paid(prospects: dict[str, Prospect]) -> None:
    stake = prospects["uz-acwa-aral-wind-5gw"].stake
    assert isinstance(stake, AppraisedStake)
    amount, value = stake.sample(DRAWS)
    at = {k: d.quantile(DRAWS.uniform(d.name)) for k, d in stake.model.drivers.items()}
    assert value == pytest.approx(stake.model.enpv(at) * amount / 6200)


def test_a_missing_cost_is_an_interval_and_marked(study: Study, prospects: dict[str, Prospect]) -> None:
    missing = [p for p in candidates(study)[0] if not p.cost_usd_m]
    assert len(missing) == 43
    assert all(prospects[p.id].cost_basis == "imputed" for p in missing)
    priced = [p for p in candidates(study)[0] if p.cost_usd_m]
    sized = next(p for p in missing if p.id == "kz-turkestan-solar-300")
    cost = missing_cost(sized, priced)
    assert (cost.value, cost.low, cost.high) == pytest.approx((300 * 0.691, 300 * 0.45, 300 * 1.3))
    road = missing_cost(next(p for p in missing if p.id == "kz-aktobe-ulgaisyn"), priced)
    known = sorted(p.cost_usd_m for p in priced if p.sector == "transport.road")
    assert road.low is not None
    assert road.high is not None
    assert known[0] < road.low < road.value < road.high < known[-1]


def test_a_project_without_data_of_its_own_is_never_more_than_ranked(prospects: dict[str, Prospect]) -> None:
    assert prospects["ca-trans-afghan-rail"].label == "ranked by sector prior"
    assert prospects["uz-acwa-aral-wind-5gw"].label == "appraised by power"


def test_instruments_follow_role_then_sponsor_then_sector(prospects: dict[str, Prospect]) -> None:
    found = {name: (prospects[name].instrument, prospects[name].sovereign) for name in prospects}
    assert found["uz-health-services-jica"] == ("oda_loan", True)
    assert found["kg-naryn-bridge"] == ("grant", False)
    assert found["tm-kiyanly-urea"] == ("export_credit", True)
    assert found["uz-toll-tashkent-andijan"] == ("oda_loan", True)
    assert found["kz-mirny-wind"] == ("export_credit", False)
    assert found["kg-higher-education-wb"] == ("oda_loan", True)
    assert prospects["uz-samarkand1-solar-bess"].sponsors == ("ACWA Power", "Sumitomo", "Chubu", "Shikoku")


def test_starts_wait_for_preparation_and_for_the_project(prospects: dict[str, Prospect]) -> None:
    assert prospects["uz-toll-samarkand-bukhara"].first_start == 2028
    assert prospects["kz-mirny-wind"].first_start == 2027
    assert (prospects["tj-rogun"].first_start, prospects["tj-rogun"].last_start) == (2026, 2030)
    assert prospects["uz-samarkand1-solar-bess"].last_start == 2026


def test_the_programme_keeps_every_rule_and_says_how_sure_it_is(programme: Programme) -> None:
    assert programme.answer.state == "solved"
    assert programme.answer.gap <= programme.rules.solver.gap
    assert programme.model.broken(programme.answer.columns) == ()
    assert programme.amount_usd_m <= 20000
    areas = dict(zip(*(programme.by("area")[c] for c in ("area", "share")), strict=True))
    assert areas["people"] >= 0.05 - 1e-6
    groups = [p.project.overlap for p in programme.picks if p.project.overlap]
    assert len(groups) == len(set(groups))
    solar = {p.project.id for p in programme.picks} & {"uz-samarkand1-solar-bess", "uz-samarkand2-solar-bess"}
    assert len(solar) in (0, 2)
    assert "optimal" not in programme.summary()


def test_quality_does_not_hang_on_draws(study: Study, prospects: dict[str, Prospect]) -> None:
    rules = read_rules(study)
    again = study_prospects(study, rules, screen(*candidates(study), draws=Draws(7, 99)))
    assert [p.quality for p in again] == [p.quality for p in prospects.values()]


@pytest.fixture(scope="module")
def chosen(study: Study) -> Chosen:
    with one_thread():
        return choose_study(study, load(), DRAWS)


def test_corridor_projects_are_worth_what_the_equilibrium_says(chosen: Chosen) -> None:
    value = chosen.value
    assert value is not None
    assert len(value.projects) == 12
    assert value(frozenset()) == 0
    posts, facility = frozenset(["kz-border-checkpoints-37"]), frozenset(["ca-adb-build-bcp"])
    both = posts | facility
    assert 0 < value.yearly_gain(posts) < value.yearly_gain(both)
    # a second cut at the same border acts on what the first has left
    lost = value.yearly_gain(both) - value.yearly_gain(posts) - value.yearly_gain(facility)
    assert lost < 0
    # alone it is worth what its own stake says, at the most that may be taken
    layout = chosen.programme.model.layout
    for (name,) in (posts, facility):
        assert value(frozenset([name])) == pytest.approx(float(layout.alone[layout.places[name]]))
        assert layout.projects[layout.places[name]].label == "appraised by given"
    # of what they lose together each bears half, for the part that is paid
    years = [value.years[name] for one in (posts, facility) for name in one]
    assert value.interaction(both) == pytest.approx(lost * sum(years) / 2)
    assert value(both) == pytest.approx(value(posts) + value(facility) + value.interaction(both))
    railway, link = frozenset(["ca-cku-railway"]), frozenset(["ca-trans-afghan-rail"])
    assert value.interaction(railway | link) > 0, "two railways in a row are complements"


def test_what_three_bring_beyond_their_pairs_is_counted_once(chosen: Chosen) -> None:
    value = chosen.value
    assert value is not None
    three = frozenset(["ca-cku-railway", "ca-trans-afghan-rail", "ca-adb-build-bcp"])
    same = replace(value, years=dict.fromkeys(value.years, 2.0))
    alone = sum(value.yearly_gain(frozenset([name])) for name in three)
    assert same.interaction(three) == pytest.approx(2 * (value.yearly_gain(three) - alone))


def test_a_years_gain_is_worth_the_years_of_the_works(chosen: Chosen) -> None:
    """A yearly million more is worth, of a project taken whole, its share paid times the years in use."""
    value, layout = chosen.value, chosen.programme.model.layout
    assert value is not None
    name = "kz-bakhty-ayagoz"
    stake = layout.projects[layout.places[name]].stake
    assert isinstance(stake, AppraisedStake)
    with_gain = {k: d.quantile(DRAWS.uniform(d.name)) for k, d in stake.model.drivers.items()}
    more = {**with_gain, "gain": with_gain["gain"] + 1}
    amount, _ = stake.sample(DRAWS)
    added = (stake.model.enpv(more) - stake.model.enpv(with_gain)) * amount / with_gain["cost_usd_m"]
    later = float(layout.later[layout.starts(name)].max())
    assert value.years[name] == pytest.approx(later * added.mean())


def test_the_reference_programme_counts_interactions(chosen: Chosen) -> None:
    found, programme = chosen.together, chosen.programme
    assert found is not None
    assert found.stable
    assert {"kz-border-checkpoints-37", "ca-adb-build-bcp"} <= found.chosen
    assert programme.model.broken(programme.answer.columns) == ()
    assert programme.answer.gap <= programme.rules.solver.gap
    picks = {pick.project.id: pick for pick in programme.picks}
    assert found.chosen == set(picks) & set(found.alone_usd_m)
    # the parts of the joint value add up to it, and the values of all picks to the programme
    assert sum(found.credit_usd_m.values()) == pytest.approx(found.joint_usd_m)
    assert sum(pick.mean_usd_m for pick in picks.values()) == pytest.approx(programme.mean_usd_m)
    assert programme.answer.value == pytest.approx(programme.mean_usd_m)
    table = found.tidy().set_index("project")
    assert table["joint_usd_m"].notna().tolist() == table["chosen"].tolist()
    assert table.loc[table["chosen"], "joint_usd_m"].sum() == pytest.approx(found.joint_usd_m)
    # out of the set is worth less than in it for every project whose marginal value is above zero
    value = chosen.value
    assert value is not None
    for name in found.chosen:
        without = value(found.chosen) - value(found.chosen - {name})
        assert found.marginal_usd_m[name] == pytest.approx(without)


def test_by_itself_each_counts_alone(study: Study, chosen: Chosen) -> None:
    with one_thread():
        alone = choose_study(study, load(), DRAWS, together=False)
    assert alone.together is None
    assert alone.programme.model.layout.picture is None
    assert alone.gains == chosen.gains


def test_interactions_need_the_gains_of_the_projects(
    study: Study, programme: Programme, chosen: Chosen
) -> None:
    assert chosen.value is not None
    with pytest.raises(InputError, match="does not have its gain"):
        equilibrium_value(programme, study, chosen.value.world, DRAWS)


def test_transport_is_appraised_by_what_the_network_and_the_equilibrium_say(
    study: Study, chosen: Chosen
) -> None:
    value = chosen.value
    assert value is not None
    with one_thread():
        world, host = (network_gains(study, load(), standing, value.world) for standing in ("world", "host"))
    assert len(world) == 12
    assert world == chosen.gains
    name = "kz-border-checkpoints-37"
    gain = world[name]
    # the value of the cut here, the median of its range there
    assert gain.value == pytest.approx(value.yearly_gain(frozenset([name])), rel=0.15)
    assert gain.low is not None
    assert gain.high is not None
    assert 0 < gain.low < gain.value < gain.high
    assert (gain.basis, gain.shape) == ("assumed", "triangular")
    assert 0 < host[name].value < gain.value, "others gain from Kazakhstan's posts too"
    railway = world["ca-cku-railway"]
    assert (railway.low, railway.high, railway.shape) == (None, None, "fixed")
    assert railway.value > 0
    projects = {p.id: p for p in candidates(study)[0]}
    found = appraise(projects[name], replace(Assumptions("adb", "world"), gain=gain), DRAWS)
    assert found.channel.name == "given"
    assert found.enpv.estimate > appraise(projects[name], Assumptions("adb", "world"), DRAWS).enpv.estimate


def test_sets_of_works_side_by_side_are_those_one_by_one(study: Study, chosen: Chosen) -> None:
    assert chosen.value is not None
    world = chosen.value.world
    works = [(e.project, e.measure) for e in read_effects(study) if e.on_network]
    with one_thread():
        several = world.gains([works[:1], works[:3], works])
        for row, some in zip(several, (works[:1], works[:3], works), strict=True):
            # both stop within the solver's tolerance; absorption is a hundred million
            assert row == pytest.approx(world.gain(some), abs=0.05)


def test_a_study_without_effects_has_no_gains(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(reference_study(), folder)
    (folder / "effects.csv").unlink()
    assert network_gains(read_study(folder), load()) == {}


def test_effects_are_measures_of_the_network(study: Study) -> None:
    effects = {effect.project: effect for effect in read_effects(study)}
    railway = effects["ca-cku-railway"].measure
    assert isinstance(railway, Link)
    assert railway.opens == ("cku",)
    assert railway.cut is None
    port = effects["kz-aktau-container-hub"].measure
    assert isinstance(port, Port)
    assert port.places == ("AKT_P",)
    assert (port.cut.low, port.cut.value, port.cut.high) == (0.05, 0.2, 0.4)
    border = effects["kz-darbaza-maktaaral"].measure
    assert isinstance(border, BorderHours)
    assert (border.between, border.also) == (("KAZ",), ("UZB",))


def test_wrong_effects_are_refused_together(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(reference_study(), folder)
    header = "project,kind,between,also,places,opens,cut,low,high,basis,source\n"
    rows = (
        "no-such,border_hours,KAZ,UZB,,,0.1,0.0,0.2,assumed,assumed: test\n"
        "tj-rogun,hub,,,,,0.1,0.0,0.2,assumed,assumed: test\n"
        "tj-rogun,border_hours,KAZ,UZB,,,0.5,0.6,0.9,assumed,assumed: test\n"
        "tj-dangara-guliston,link,,,,,,,,assumed,assumed: test\n"
    )
    (folder / "effects.csv").write_text(header + rows, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_effects(read_study(folder))
    said = str(caught.value)
    for part in ("no such project", "one channel", "places", "outside its range", "name links or projects"):
        assert part in said


def _serai(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "serai.cli", *words], capture_output=True, text=True, check=False
    )


def test_the_command_line_chooses_and_writes(tmp_path: Path) -> None:
    out = tmp_path / "programme"
    words = ("choose", "--draws", "30", "--core", "2", "--no-prices", "--workers", "1", "--json")
    done = _serai(*words, "--out", str(out))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["feasible"] is True
    assert found["gap"] <= found["tolerance"]
    assert found["projects"] == len(found["tables"]["programme"]) > 20
    assert (out / "programme.csv").read_text(encoding="utf-8").count("\n") == found["projects"] + 1
    assert json.loads((out / "choose.json").read_text(encoding="utf-8")) == found
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "mine.txt").write_text("mine")
    assert _serai(*words, "--out", str(foreign)).returncode == 1
    assert [p.name for p in foreign.iterdir()] == ["mine.txt"]


def test_the_command_line_says_no_with_the_rules_in_conflict(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(reference_study(), folder)
    file = folder / "rules.toml"
    text = file.read_text(encoding="utf-8")
    lock = '\n[[lock]]\nproject = "uz-toll-samarkand-bukhara"\nwhy = "test"\n'
    bar = '\n[[bar]]\nproject = "uz-toll-tashkent-samarkand"\nwhy = "test"\n'
    file.write_text(text + lock + bar, encoding="utf-8")
    done = _serai("choose", str(folder), "--draws", "5", "--json")
    assert done.returncode == 1
    assert sorted(json.loads(done.stdout)["conflict"]) == [
        "bar.uz-toll-tashkent-samarkand",
        "lock.uz-toll-samarkand-bukhara",
        "precedence.1",
    ]
    assert "no programme can obey these rules together" in done.stderr
