"""The command line as a person meets it: exit codes, JSON, messages, nothing half-written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from other_study import write_other_study


def process(*words: str) -> subprocess.CompletedProcess[str]:
    """The command line as the system runs it; the fixture `serai` is the same in this process."""
    environment = {**os.environ, "COLUMNS": "200", "PYTHONWARNINGS": "error::RuntimeWarning"}
    command = [sys.executable, "-m", "serai.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(scope="module")
def run(commanded: tuple[Path, subprocess.CompletedProcess[str]]) -> Path:
    out, done = commanded
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "1. A unified market" in done.stdout
    assert str(out / "brief.html") in done.stdout
    return out


def test_help_names_every_verb_and_imports_nothing_heavy() -> None:
    done = process("--help")
    assert done.returncode == 0
    for verb in (
        "brief",
        "new",
        "check",
        "solve",
        "explain",
        "verify",
        "ledger",
        "country",
        "screen",
        "fit",
        "levers",
    ):
        assert verb in done.stdout
        assert process(verb, "--help").returncode == 0
    code = "import sys, serai.cli; print(sorted({'numpy', 'pandas', 'scipy', 'altair'} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


def test_a_brief_on_the_command_line_is_whole_explained_and_verified(run: Path) -> None:
    names = {path.name for path in run.iterdir()}
    assert names == {"brief.html", "brief.json", "run.json", "tables"}
    key = "ladder/unified_fta/fixed/region/gain"
    found = json.loads(process("explain", str(run), key, "--json").stdout)
    assert found["key"] == key
    assert "scenario/unified_fta" in found["made_from"]
    verdict = json.loads(process("verify", str(run), "--json").stdout)
    assert verdict == {"changed": {}, "holds": True}


def test_a_run_that_was_edited_does_not_verify(run: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    (copy / "brief.json").write_text((copy / "brief.json").read_text().replace("USD", "EUR") + " ")
    done = process("verify", str(copy))
    assert done.returncode == 1
    assert "brief.json: output was edited" in done.stdout


def test_json_of_a_brief_is_one_document_on_standard_output(tmp_path: Path) -> None:
    study = write_other_study(tmp_path / "study")
    options = ("--draws", "2", "--workers", "1", "--json")
    done = process("brief", str(study), "--out", str(tmp_path / "out"), *options)
    data = json.loads(done.stdout)
    assert len(data["answer"]) == 5
    assert data["manifest"]["draws"] == 2


def test_solve_prints_changes_by_economy(serai: Any) -> None:
    options = ("--draws", "4", "--workers", "1", "--json")
    found = json.loads(serai("solve", "--scenario", "open_borders", *options))
    assert found["searched_by"].startswith(("compiled code", "NumPy; serai[fast]"))
    rows = found["rows"]
    assert {row["scenario"] for row in rows} == {"open_borders"}
    assert {row["wealth"] for row in rows} == {"fixed", "steady"}
    kaz = next(
        r for r in rows if r["economy"] == "KAZ" and r["measure"] == "real_income" and r["wealth"] == "fixed"
    )
    assert 0 < kaz["low"] < kaz["estimate"] < kaz["high"] < 2


def test_levers_are_ranked_and_border_hours_spent(serai: Any, tmp_path: Path) -> None:
    found = json.loads(serai("levers", "--most", "3", "--optimal", "12", "--draws", "4", "--json"))
    worth = [row["fixed_first_order"] for row in found["pairs"]]
    assert len(worth) == 3
    assert worth == sorted(worth, reverse=True)
    for row in found["pairs"]:
        assert 1 < row["fixed_exact"] / row["fixed_first_order"] < 1.1
    assert sum(row["hours_off"] for row in found["optimal"]["borders"]) == pytest.approx(12)
    small = write_other_study(tmp_path / "study")
    text = serai("levers", small, "--most", "2", "--optimal", "0", "--draws", "2")
    assert "Best use of 0 hours" in text
    assert "first order" in text


def test_a_study_of_ones_own_from_nothing_to_valid(serai: Any, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    serai("new", str(mine))
    assert "is valid" in serai("check", str(mine))
    assert "not empty" in serai("new", str(mine), code=1)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rung = 3", "rung = 'three'", ["scenarios/30_unified_fta.toml", "rung", "three"]),
        ('"agreement_effect_trade"', '"agreement_efect_trade"', ["Did you mean agreement_effect_trade?"]),
    ],
)
def test_an_invalid_study_answers_no_and_writes_nothing(
    serai: Any, tmp_path: Path, old: str, new: str, words: list[str]
) -> None:
    mine = tmp_path / "mine"
    serai("new", str(mine))
    file = mine / "scenarios" / "30_unified_fta.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    for verb in (["check", str(mine)], ["brief", str(mine), "--out", str(tmp_path / "out"), "--draws", "2"]):
        said = serai(*verb, code=1)
        for word in words:
            assert word in said
    assert not (tmp_path / "out").exists()
    problems = json.loads(process("check", str(mine), "--json").stdout)
    assert problems["valid"] is False
    assert problems["problems"]


def test_a_bad_table_of_the_atlas_is_refused_with_its_row(serai: Any, tmp_path: Path) -> None:
    from serai.atlas import load

    mine = tmp_path / "mine"
    serai("new", str(mine))
    (mine / "tables").mkdir()
    lines = Path(load().files["trade"]).read_text(encoding="utf-8").splitlines()
    cells = lines[1].split(",")
    cells[3] = "-5"
    (mine / "tables" / "trade.csv").write_text(
        "\n".join([lines[0], ",".join(cells), *lines[2:]]), encoding="utf-8"
    )
    said = serai("brief", str(mine), "--out", str(tmp_path / "out"), code=1)
    assert "trade.csv" in said
    assert "row 2" in said
    assert not (tmp_path / "out").exists()


HOPELESS = """
[[measure]]
kind = "agreement"
form = "free_trade_area"
name = "An agreement that ends all trade"
feasibility = "None."
members = ["region"]
[measure.effect]
value = -400.0
unit = "change of the log of trade"
source = "assumed"
[measure.depth]
value = 1.0
unit = "share of a full agreement"
basis = "assumed"
source = "assumed: for a test"
"""


def test_a_shock_without_an_answer_is_a_status_and_a_remedy(tmp_path: Path) -> None:
    mine = write_other_study(tmp_path / "mine")
    with (mine / "scenarios" / "10_faster.toml").open("a", encoding="utf-8") as file:
        file.write(HOPELESS)
    done = process("brief", str(mine), "--draws", "3", "--workers", "1", "--out", str(tmp_path / "out"))
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    if done.returncode:
        assert "scenario faster" in done.stderr
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["brief", "--draws", "0"], 2, "Invalid value"),
        (["brief", "nowhere"], 1, "no such study folder"),
        (["brief", "--lang", "xx", "--draws", "1"], 2, "Known: en, ja, ru"),
        (["brief", "--lang", "xx", "--draws", "1"], 2, "There is no language called 'xx'"),
        (["due", "--as-of", "soon"], 2, "give a day such as 2026-11-22"),
        (["country", "KAX"], 2, "Did you mean KAZ?"),
        (["screen", "--project", "kg-naryn-brigde"], 2, "Did you mean kg-naryn-bridge?"),
        (["appraise", "--discount", "abd"], 2, "Did you mean adb?"),
        (["export", "x.pdf"], 1, "is not a format"),
        (["export", "x.json"], 1, "needs --publisher"),
        (["import", "x.xlsx", "--study", "nowhere"], 1, "no such study folder"),
        (["solve", "--scenario", "open_border"], 2, "Did you mean open_borders?"),
        (["explain", "nowhere", "x"], 1, "is not a run"),
        (["frobnicate"], 2, "No such command"),
    ],
)
def test_wrong_use_is_told_from_a_no(
    serai: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in serai(*words, code=code)
    assert not list(tmp_path.iterdir())


def test_the_ledger_never_adds_kinds_and_shows_what_it_left_out(serai: Any) -> None:
    found = json.loads(serai("ledger", "--json"))
    keys = [(row["direction"], row["kind"], row["unit"]) for row in found["totals"]]
    assert len(keys) == len(set(keys)), "one row a direction, kind and unit"
    target = next(r for r in found["totals"] if (r["direction"], r["kind"]) == ("JPN>C5", "target"))
    assert target["low"] == target["high"] == pytest.approx(3e12 / 157, rel=1e-6)
    assert any(row["id"] == "EU-02" for row in found["not_added"])
    assert {clash["ratio"] for clash in found["conflicts"]} >= {10.0}
    steps = {row["name"]: row for row in found["money_ladder"]}
    assert steps["disbursement"]["share_of_above"] is None, "nothing on record is not zero"
    assert found["lateness"]["rate_low"] < found["lateness"]["rate_high"]
    assert {row["group"] for row in found["delivery_by_area"]} >= {"green", "connectivity", "people"}
    text = serai("ledger")
    assert "disbursement: none on record" in text
    assert "Kinds and directions are never added together." in text


def test_due_lists_what_is_past_and_what_comes(serai: Any) -> None:
    rows = json.loads(serai("due", "--json", "--within", "400"))["rows"]
    assert {row["state"] for row in rows} >= {"open", "unseen"}
    assert [row["due"] for row in rows] == sorted(row["due"] for row in rows) or rows


def test_a_country_sheet_for_a_minister(serai: Any, tmp_path: Path) -> None:
    out = tmp_path / "kgz.html"
    serai("country", "KGZ", "--draws", "4", "--out", str(out))
    page = out.read_text(encoding="utf-8")
    for words in ("Kyrgyzstan", "What integration is worth to it", "Naryn bridge", "Open questions"):
        assert words in page
    assert "http" not in page.split("</style>")[1], "nothing is fetched"
    word = tmp_path / "kgz.docx"
    serai("country", "KGZ", "--draws", "4", "--out", str(word))
    from docx import Document

    document = Document(str(word))
    assert document.paragraphs[0].text.startswith("Kyrgyzstan")
    assert len(document.tables) == 5
    serai("country", "KGZ", "--out", str(tmp_path / "x.pdf"), code=2)
    assert {p.name for p in tmp_path.iterdir()} == {"kgz.html", "kgz.docx"}


def test_records_go_out_and_come_back_and_an_import_shows_first(serai: Any, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    serai("new", str(mine))
    book = tmp_path / "records.xlsx"
    assert "records" in serai("export", str(book), "--study", str(mine))
    same = json.loads(serai("import", str(book), "--study", str(mine), "--json"))
    assert same["changes"] == []
    table = tmp_path / "commitments.csv"
    serai("export", str(table), "--study", str(mine))
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("headline target", "the headline target", 1), encoding="utf-8")
    before = (mine / "commitments.csv").read_bytes()
    shown = serai("import", str(table), "--study", str(mine))
    assert "JP-01, status" in shown
    assert "Nothing was written" in shown
    assert (mine / "commitments.csv").read_bytes() == before
    assert "Written: commitments" in serai("import", str(table), "--study", str(mine), "--write")
    assert b"the headline target" in (mine / "commitments.csv").read_bytes()
    table.write_text(text.replace("JP-01,", "JP-02,", 1), encoding="utf-8")
    assert "commitments" in serai("import", str(table), "--study", str(mine), "--write", code=1)
    assert not list(mine.glob(".*"))


def test_a_semicolon_file_is_one_clear_problem(serai: Any, tmp_path: Path) -> None:
    file = tmp_path / "commitments.csv"
    file.write_text("id;format;date\nJP-01;CA+JAD;2025\n", encoding="utf-8")
    serai("import", str(file), "--study", str(tmp_path), code=1)
    mine = tmp_path / "mine"
    serai("new", str(mine))
    assert "separated by semicolons" in serai("import", str(file), "--study", str(mine), code=1)


def test_screen_and_appraise_say_how_little_is_known(serai: Any) -> None:
    found = json.loads(serai("screen", "--json", "--draws", "50", "--ask", "3"))
    assert len(found["projects"]) > 100
    assert len(found["ask_next"]) == 3
    assert all(p["low"] <= p["high"] for p in found["projects"])
    assert {row["criterion"] for row in found["sensitivity"] if row["reversed_pairs"] > 0} >= {"governance"}
    bidders = next(row for row in found["flag_counts"] if row["rule"] == "single_bidder")
    assert bidders["cannot be checked"] == len(found["projects"])
    text = serai("screen", "--draws", "50", "--ask", "1")
    assert "what the order hangs on" in text
    assert "cannot be checked" in text
    one = json.loads(serai("screen", "--project", "kg-naryn-bridge", "--json", "--draws", "50"))
    assert one["open"]
    worth = json.loads(serai("appraise", "--json", "--draws", "50"))
    ranked = [row for row in worth["rows"] if row["rank"] is not None and row["rank"] == row["rank"]]
    assert ranked
    assert all(row["label"] != "ranked by sector prior" for row in ranked)
    full = serai("appraise", "--project", "kg-kambarata1", "--draws", "50")
    for words in ("internal rates", "MIRR", "payback", "worth nothing where", "higher standard pays when"):
        assert words in full
    detail = json.loads(serai("appraise", "--project", "kg-kambarata1", "--draws", "50", "--json"))
    cost = next(s for s in detail["switches"] if s["driver"] == "cost_usd_m")
    assert 0 < cost["switching"] < cost["central"], "a dam that costs more than it gives must be cheaper"
    assert detail["tornado"]


def test_the_equilibrium_is_solved_only_for_projects_on_the_network(
    serai: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr("serai.programme.network_gains", lambda *given: asked.append(given) or {})
    serai("appraise", "--project", "kg-kambarata1", "--draws", "5")
    assert not asked
    serai("appraise", "--project", "kz-border-checkpoints-37", "--draws", "5")
    assert len(asked) == 1


def test_gravity_on_a_file(serai: Any, tmp_path: Path) -> None:
    import numpy as np

    rows = ["exporter,importer,flow,distance"]
    noise = np.random.default_rng(1)
    for i in range(8):
        for n in range(8):
            if i != n:
                distance = 100 + 50 * abs(i - n)
                rows.append(f"E{i},E{n},{np.exp(8 - np.log(distance) + 0.1 * noise.normal()):.6f},{distance}")
    file = tmp_path / "panel.csv"
    file.write_text("\n".join(rows))
    options = ("--flow", "flow", "--covariates", "log(distance)", "--year", "", "--json")
    found = json.loads(serai("fit", str(file), *options))
    assert found["rows"][0]["estimate"] == pytest.approx(-1, abs=0.15)
    wrong = ("--flow", "flw", "--covariates", "log(distance)", "--year", "")
    assert "Did you mean flow?" in serai("fit", str(file), *wrong, code=1)
