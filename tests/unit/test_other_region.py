"""Every verb of records and projects on a study of another region, whose numbers can be done by hand."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from hostile_files import GOOD, workbook
from other_study import write_other_study
from serai.atlas import load
from serai.brief.document import Desk
from serai.brief.numbers import Numbers
from serai.brief.sections.summit import lead_entries
from serai.brief.words import words
from serai.draws import Draws
from serai.scenario.evaluate import evaluate
from serai.study import read_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_other_study(tmp_path_factory.mktemp("other") / "study")


def test_the_study_is_valid(study: Path, serai: Any) -> None:
    assert json.loads(serai("check", study, "--json"))["candidates"] == 3


def test_the_ledger_adds_in_its_own_currencies_and_names_its_own_countries(study: Path, serai: Any) -> None:
    found = json.loads(serai("ledger", study, "--by", "country", "--json"))
    totals = {(t["direction"], t["country"]): t["high"] for t in found["totals"]}
    assert totals == {
        ("EU>SC", "ARM; AZE; GEO"): pytest.approx(1.1e9),
        ("EU>GEO", "GEO"): pytest.approx(220e6),
        ("TUR>AZE", "AZE"): 300e6,
    }
    said = serai("ledger", study)
    assert "Sources that disagree:\n  none on record" in said
    assert "From pledge to payment:\n  no transactions on record" in said


def test_what_is_due_and_who_owes_it(study: Path, serai: Any) -> None:
    lines = serai("due", study).splitlines()
    assert lines == [
        "2026-03     unseen   European Union: Port loan",
        "2026-11     open     Partnership: Next summit",
        "2026-12     open     European Union: First ship",
        "2027        open     European Union: Regional package",
    ]
    azerbaijan = serai("due", study, "--country", "AZE")
    assert "Regional package" in azerbaijan, "the code of the region stands for its countries"
    assert "Port loan" not in azerbaijan
    assert "Did you mean" in serai("due", study, "--country", "GEX", code=2)


def test_projects_are_screened_and_appraised(study: Path, serai: Any) -> None:
    found = json.loads(serai("screen", study, "--draws", 20, "--places", 1, "--json"))
    assert {row["project"] for row in found["projects"]} == {"port", "sun", "road"}
    assert [(flag["project"], flag["rule"]) for flag in found["flags"]] == [("sun", "cost_per_unit")]
    worth = serai("appraise", study, "--draws", 20)
    assert "road: no published cost" in worth
    assert "port" in worth


def test_the_country_sheet_says_nothing_about_japan(study: Path, serai: Any) -> None:
    sheet = serai("country", "GEO", "--study", study, "--draws", 2)
    assert "Faster borders between the three is worth" in sheet
    assert "European Union → Georgia | contract | USD 220 m | 1 | 0" in sheet
    assert "Project | State | Cost, and what it covers\n" in sheet
    assert "Deep sea port | preparation | USD 600 m (total)\n" in sheet
    assert "Japan" not in sheet
    assert "Did you mean GEO" in serai("country", "GEX", "--study", study, code=2)


def test_projects_say_what_the_lead_is_in_them_whoever_it_is(study: Path, serai: Any, tmp_path: Path) -> None:
    own = copytree(study, tmp_path / "own")
    rows = (own / "projects.csv").read_text(encoding="utf-8").splitlines()
    more = ["serai/lead_link,serai/lead_role", "EIB lends,oda_lender", ",", ","]
    text = "\n".join(f"{row},{cell}" for row, cell in zip(rows, more, strict=True))
    (own / "projects.csv").write_text(text + "\n", encoding="utf-8")
    sheet = serai("country", "GEO", "--study", own, "--draws", 2)
    assert "Project | State | Cost, and what it covers | Link to European Union\n" in sheet
    assert "Deep sea port | preparation | USD 600 m (total) | EIB lends\n" in sheet
    before, after = (_counted(folder) for folder in (study, own))
    assert after - before == {"project/port"}


def _counted(folder: Path) -> set[str]:
    """The records that are counted as the lead's."""
    study = read_study(folder)
    atlas = load(study.tables)
    desk = Desk(study, atlas, evaluate(study, atlas, Draws(1, 1)), words("en"), Numbers())
    return {entry.key for entry in lead_entries(desk)}


def test_an_import_takes_the_code_of_this_region_and_no_other(
    study: Path, serai: Any, tmp_path: Path
) -> None:
    ours = GOOD | {"countries": "SC", "direction": "JPN>SC", "currency": "EUR"}
    workbook(tmp_path / "w.xlsx", [ours])
    assert "1 added" in serai("import", tmp_path / "w.xlsx", "--study", study)
    workbook(tmp_path / "w.xlsx", [ours | {"countries": "C5"}])
    said = serai("import", tmp_path / "w.xlsx", "--study", study, code=1)
    assert "row 2, countries (column M): not an ISO 3166 three-letter country code" in said
    assert "a group of the study: SC" in said


def test_a_gate_is_waived_with_reason_name_and_day(study: Path, serai: Any, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    copytree(study, folder)
    gates = json.loads(serai("screen", folder, "--project", "port", "--json"))["gates"]
    assert [gate["state"] for gate in gates if gate["gate"] == "sanctions"] == ["open"]
    header = "project,gate,reason,name,day\n"
    (folder / "waivers.csv").write_text(header + "port,sanctions,assessed in 2019,A. Person,2026-02-01\n")
    said = serai("screen", folder, "--project", "port")
    assert "gate sanctions: waived: A. Person, 2026-02-01: assessed in 2019" in said
    (folder / "waivers.csv").write_text(header + "prot,sanctions,,A. Person,2026\n")
    said = serai("check", folder, code=1)
    assert "waivers.csv, row 2, reason: a required value is missing" in said
    assert "waivers.csv, row 2, day: not a full date" in said
    (folder / "waivers.csv").write_text(header + "prot,sanctions,why,A. Person,2026-02-01\n")
    assert "waivers.csv, row prot, project: there is no such project" in serai("check", folder, code=1)
    (folder / "waivers.csv").write_text(header + "port,sanction,why,A. Person,2026-02-01\n")
    assert "Did you mean sanctions?" in serai("check", folder, code=1)


def test_an_answer_about_no_project_is_refused_not_dropped(study: Path, serai: Any, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    copytree(study, folder)
    answers = folder / "answers.csv"
    answers.write_text(answers.read_text(encoding="utf-8").replace("sun,", "sum,"), encoding="utf-8")
    said = serai("check", folder, code=1)
    assert "answers.csv, row 2, project: there is no such project (found 'sum'). Did you mean sun?" in said
