"""Section 1 of the brief says what screening and appraisal compute: every cell beside the engine's number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from serai.brief.document import Chart, Desk, Section, Table
from serai.brief.sections.projects import APPRAISAL_DRAWS, ROUND_DRAWS, SCREEN_DRAWS, projects_section
from serai.draws import Draws
from serai.programme import (
    Appraisal,
    Assumptions,
    Project,
    Screening,
    appraise,
    candidates,
    criterion_sensitivity,
    network_gains,
    round_values,
    screen,
    unappraisable,
)


@pytest.fixture(scope="module")
def section(desk: Desk) -> Section:
    found = projects_section(desk)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def tables(section: Section) -> dict[str, Table]:
    parts = [part.table if isinstance(part, Chart) else part for part in section.parts]
    return {part.key: part for part in parts if isinstance(part, Table)}


@pytest.fixture(scope="module")
def projects(desk: Desk) -> Sequence[Project]:
    return candidates(desk.study)[0]


@pytest.fixture(scope="module")
def screening(desk: Desk) -> Screening:
    found, answers = candidates(desk.study)
    return screen(found, answers, draws=Draws(SCREEN_DRAWS, desk.results.draws.seed))


@pytest.fixture(scope="module")
def own(desk: Desk, projects: Sequence[Project]) -> dict[str, Appraisal]:
    """Appraisals of projects with data of their own, made the long way round."""
    draws, found = Draws(APPRAISAL_DRAWS, desk.results.draws.seed), {}
    gains = network_gains(desk.study, desk.atlas)
    for project in projects:
        if unappraisable(project) is None:
            assumptions = Assumptions("adb", "world", gain=gains.get(project.id))
            appraisal = appraise(project, assumptions, draws)
            if appraisal.channel.name != "prior":
                found[project.id] = appraisal
    return found


def test_the_section_has_every_part_in_order(tables: dict[str, Table]) -> None:
    assert list(tables) == ["quality", "ask_next", "sensitivity", "appraisals", "flag_counts", "red_flags"]
    for table in tables.values():
        assert all(len(row) == len(table.header) for row in table.rows), table.key


def test_the_finding_counts_projects_and_answered_questions(
    desk: Desk, section: Section, screening: Screening, projects: Sequence[Project]
) -> None:
    share = desk.numbers.by_key["projects/answered"].estimate
    assert share == screening.answered.sum() / screening.asked.sum()
    assert 0.15 < share < 0.3
    assert f"about {len(projects)} candidate projects" in str(section.finding)
    assert "No project is clear of all gates" in str(section.finding)


def test_quality_intervals_are_those_of_the_screening(
    desk: Desk, tables: dict[str, Table], screening: Screening
) -> None:
    overview = screening.overview().set_index("project")
    data = tables["quality"].data
    assert len(data) == 15
    assert list(data["answered"]) == sorted(overview["answered"], reverse=True)[:15]
    for row, cells in zip(data.to_dict("records"), tables["quality"].rows, strict=True):
        here = overview.loc[row["project"]]
        assert (row["low"], row["high"]) == (here["low"], here["high"])
        number = desk.numbers.by_key[f"projects/{row['project']}/quality"]
        assert (number.low, number.high) == (here["low"], here["high"])
        assert number.estimate == pytest.approx((here["low"] + here["high"]) / 2)
        assert cells[1] == f"{here['answered']} of {here['asked']}"
        assert cells[3] == here["state"]


def test_what_to_ask_next_is_the_most_valuable(
    desk: Desk, tables: dict[str, Table], screening: Screening
) -> None:
    found = round_values(screening, 30, Draws(ROUND_DRAWS, desk.results.draws.seed)).head(8)
    assert list(tables["ask_next"].data["question"]) == list(found["question"])
    for row, cells in zip(found.to_dict("records"), tables["ask_next"].rows, strict=True):
        assert cells[0] == row["title"]
        assert cells[2] == str(row["projects"])
        assert desk.numbers.by_key[f"projects/ask/{row['question']}"].estimate == row["changed"]


def test_what_the_order_hangs_on(
    desk: Desk, tables: dict[str, Table], screening: Screening, projects: Sequence[Project]
) -> None:
    found = criterion_sensitivity(screening)
    names = {p.id: p.name for p in projects}
    titles = {c.key: c.title for c in screening.checklist.criteria}
    assert len(found) == len(tables["sensitivity"].rows) == len(titles)
    for row, cells in zip(found.to_dict("records"), tables["sensitivity"].rows, strict=True):
        number = desk.numbers.by_key[f"projects/sensitivity/{row['criterion']}"]
        assert number.estimate == row["reversed_pairs"]
        assert (cells[0], cells[2]) == (titles[row["criterion"]], names[row["leader_without"]])
        if row["reversed_pairs"] == 0:
            assert (row["mover"], cells[3]) == ("", "none")
        else:
            assert cells[3] == f"{names[row['mover']]}: {int(abs(row['places_moved']))} places"


def test_flags_that_cannot_be_checked_are_counted(
    tables: dict[str, Table], screening: Screening, projects: Sequence[Project]
) -> None:
    rows = {row["rule"]: row for row in tables["flag_counts"].data.to_dict("records")}
    assert len(rows) == 5
    for rule, row in rows.items():
        for state in ("raised", "not raised", "cannot be checked"):
            assert row[state] == sum(f.rule == rule and f.state == state for f in screening.flags)
        assert row["raised"] + row["not raised"] + row["cannot be checked"] == len(projects)
    shown = [tuple(cells) for cells in tables["flag_counts"].rows]
    assert ("Single bidder", "0", "0", str(len(projects))) in shown
    raised = [(f.project, f.rule, f.why) for f in screening.flags if f.state == "raised"]
    assert raised
    data = tables["red_flags"].data
    assert list(zip(data["project"], data["rule"], data["why"], strict=True)) == raised


def test_appraisals_are_the_engines_in_order_of_value_for_cost(
    desk: Desk, tables: dict[str, Table], own: dict[str, Appraisal], projects: Sequence[Project]
) -> None:
    table = tables["appraisals"]
    assert set(table.data["project"]) == set(own)
    order = sorted(own.values(), key=lambda a: -a.enpv.estimate / a.cost_usd_m)
    names = {p.id: p.name for p in projects}
    assert [cells[0] for cells in table.rows] == [names[a.project] for a in order]
    assert list(table.data["project"]) == [a.project for a in order], "the file is in the order of the page"
    numbers = desk.numbers.by_key
    for a in order:
        key = f"projects/{a.project}"
        enpv = numbers[f"{key}/enpv"]
        assert (enpv.estimate, enpv.low, enpv.high) == (a.enpv.estimate, a.enpv.low, a.enpv.high)
        assert numbers[f"{key}/chance"].estimate == a.chance_positive
        rate = numbers.get(f"{key}/eirr")
        assert (None if rate is None else rate.estimate) == a.central.rates.only
        assert numbers[f"{key}/quality_break_even"].estimate == a.quality_break_even_points / 100
        if f"{key}/tipping_cost" in numbers:
            (cost,) = (s.switching for s in a.switches if s.driver == "cost_usd_m")
            assert numbers[f"{key}/tipping_cost"].estimate == cost
            assert (cost > a.cost_usd_m) == (a.central.enpv_usd_m > 0), "a good project bears a higher cost"
    assert sum(f"projects/{name}/tipping_cost" in numbers for name in own) > 10


def test_the_rest_are_counted_not_ranked(
    tables: dict[str, Table], own: dict[str, Appraisal], projects: Sequence[Project]
) -> None:
    priced = sum(unappraisable(p) is None for p in projects)
    assert f"{priced - len(own)} more have a cost but no data of their own" in str(tables["appraisals"].note)
    assert not np.isnan(tables["appraisals"].data["rank"]).any()


def test_a_study_without_answers_has_no_such_section(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serai.brief.sections.projects.candidates", lambda _study: ((), ()))
    assert projects_section(desk) is None
