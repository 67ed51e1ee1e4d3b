"""The study's answers are what the pipeline's rows say, no more, and rebuild to the byte."""

from __future__ import annotations

import csv
import importlib.util
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from serai.draws import Draws
from serai.errors import InputError
from serai.exchange.csv import read_csv
from serai.programme import from_records, read_answers, read_projects, screen, standard_checklist
from serai.programme.answers import check_answers
from serai.programme.project import STAGE_OF_STATUS
from serai.records import Project as Record
from serai.records.project import Status

ROOT = Path(__file__).resolve().parents[2]
STUDY = ROOT / "src" / "serai" / "studies" / "tokyo"
MANY = 10
TERMS = "condition of procurement, not the method"
COMPOSED = ("independent_sources", "contract_start_date_and_contract_period_duration")


@pytest.fixture(scope="module")
def pipeline(raw_data):
    return raw_data / "pipeline" / "projects.csv"


@pytest.fixture(scope="module")
def rows(pipeline):
    with pipeline.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def projects(rows):
    with (STUDY / "sizes.csv").open(encoding="utf-8", newline="") as file:
        return read_projects(rows, list(csv.DictReader(file)))


@pytest.fixture(scope="module")
def answers():
    return read_answers(STUDY / "answers.csv")


def _tool():
    spec = importlib.util.spec_from_file_location("build_answers", ROOT / "tools" / "build_answers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_rebuild_to_the_byte(pipeline, tmp_path):
    _tool().main(pipeline, tmp_path)
    for name in ("answers.csv", "sizes.csv"):
        assert (tmp_path / name).read_bytes() == (STUDY / name).read_bytes(), (
            f"run tools/build_answers.py ({name})"
        )


def test_every_answer_names_a_row_that_says_it(answers, rows, projects):
    check_answers(answers, (), projects, standard_checklist())
    for answer in answers:
        place, fields = answer.evidence.removeprefix("projects.csv row ").split(": ")
        row = rows[int(place) - 2]
        assert row["id"] == answer.project
        assert answer.url == row["source_url"]
        for field in fields.split(", "):
            assert row[field].strip(), f"{answer.project}: {answer.question} rests on an empty {field}"
        if answer.finding and answer.question not in COMPOSED:
            assert answer.finding in " ".join(row.values())


def test_at_least_25_projects_have_ten_answers_and_the_rest_stay_open(answers, projects, rows):
    counts = Counter(answer.project for answer in answers)
    candidates = {row["id"] for row in rows if row["study_use"] == "candidate"}
    assert sum(counts[project] >= MANY for project in candidates) >= 25
    assert min(counts.values()) < MANY
    screening = screen(projects, answers, draws=Draws(500, seed=1))
    assert screening.answered.sum() < screening.asked.sum() / 4
    assert "questions answered" in screening.summary()


def test_nothing_is_claimed_that_no_row_says(answers):
    """The sources read publish no environmental assessment, no bidders, no beneficial owners."""
    claimed = {answer.question for answer in answers}
    assert not claimed & {
        "environmental_impact",
        "number_of_firms_tendering",
        "beneficial_ownership",
        "sanctions_clear",
        "land_and_settlement_impact",
        "environmental_impact_category",
    }


@pytest.mark.parametrize(
    ("project", "question", "value", "note"),
    [
        ("uz-samarkand1-solar-bess", "project_budget", 0.5, "the amount is debt_only"),
        ("uz-samarkand1-solar-bess", "project_owner", 1, ""),
        ("uz-distribution-pforr", "project_owner", 0.5, "a government; the department is not named"),
        ("uz-farish-solar-500", "project_budget", None, ""),
        ("uz-namangan-hydro-cascade", "project_owner", None, ""),
        ("ca-caspian-green-corridor", "funding_sources", 0.5, "not committed"),
        ("uz-livestock-animal-health", "procurement_process", 0.5, TERMS),
        ("kg-bishkek-ebus", "project_name", 1, "page undated, date of reading"),
    ],
)
def test_some_answers_read_by_hand(answers, project, question, value, note):
    found = [a for a in answers if (a.project, a.question) == (project, question)]
    if value is None:
        assert not found
    else:
        assert (found[0].low, found[0].high, found[0].note) == (value, value, note)


def test_some_sizes_read_by_hand(projects):
    by_id = {project.id: project for project in projects}
    assert by_id["uz-acwa-aral-wind-5gw"].capacity_mw == 5000
    assert by_id["uz-acwa-aral-wind-5gw"].energy_gwh == 17_500
    assert by_id["uz-samarkand1-solar-bess"].capacity_mw is None, "the capacity is of two plants together"
    assert by_id["tj-rogun"].capacity_mw is None, "the cost is what remains, the capacity the whole"
    assert by_id["uz-namangan-hydro-cascade"].energy_gwh is None, "more than 1 TWh is no amount"
    assert by_id["ca-cku-railway"].length_km == 523
    assert by_id["uz-jds"].people == 19
    assert by_id["uz-jds"].schooling == "degree"
    assert by_id["uz-livestock-animal-health"].intermediary
    assert by_id["ca-casa-1000"].reference_class == "transmission"


def test_the_study_s_records_give_the_same_projects(projects):
    with (STUDY / "sizes.csv").open(encoding="utf-8", newline="") as file:
        assert from_records(read_csv(STUDY / "projects.csv", Record), list(csv.DictReader(file))) == projects
    with pytest.raises(InputError, match="2 problems"):
        from_records([Record(id="p", title="P", serai={"countries": ("UZB",)})])


def test_every_status_of_the_standard_has_a_stage():
    assert set(get_args(Status)) == set(STAGE_OF_STATUS)


def test_missing_columns_and_ragged_rows_are_refused(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("project,question,low,high,evidence,link,dated,grade\np,q,1,1,page,x,2026,high\n")
    with pytest.raises(InputError, match=r"answers\.csv, row 1, url: a column is missing"):
        read_answers(path)
    path.write_text("project,question,low,high,evidence,url,dated,grade\np,q,1\np,q,1,1,a,b,2026,high,more\n")
    with pytest.raises(InputError, match="2 problems") as refused:
        read_answers(path)
    assert [problem.row for problem in refused.value.problems] == [2, 3]
    path.write_text("project,question,low,high,evidence,url,dated,grade\np,q,yes,1,page,x,2026,high\n")
    with pytest.raises(InputError, match=r"row 2.*Give low and high between 0 and 1"):
        read_answers(path)


def test_bad_rows_are_refused_all_at_once(rows):
    broken = [dict(rows[0]), dict(rows[0]), dict(rows[1])]
    broken[0]["cost_usd_m"] = "1.234,56"
    broken[2] |= {"status": "implementing", "start_year": "20xx"}
    with pytest.raises(InputError, match="4 problems") as refused:
        read_projects(broken)
    assert "Did you mean implementation?" in str(refused.value)
    backwards = dict(rows[0]) | {"start_year": "2028", "end_year": "2025"}
    with pytest.raises(InputError, match="ends before it starts"):
        read_projects([backwards])


def test_an_answer_from_a_copied_page_says_so(answers):
    copied = [a for a in answers if any(site in a.url for site in ("tsdianying02.cn", "daily8.com"))]
    assert len(copied) > 10
    assert all("copy of a news page" in a.note for a in copied)
