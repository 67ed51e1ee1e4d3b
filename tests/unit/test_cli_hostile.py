"""Broken, careless and hostile files on the command line: a clear refusal, exit 1, nothing written."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from hostile_files import GOOD, LAUGHS, OUTSIDE, Cells, bomb, gigabyte, rewritten, stored, workbook
from serai.cli import main
from serai.study import reference_study

PAID: Cells = {
    "id": "T-1",
    "project": "kg-naryn-bridge",
    "type": "3",
    "date": (date.today() + timedelta(days=3)).isoformat(),
    "amount": 5,
    "currency": "JPY",
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "study"
    copytree(reference_study(), folder)
    return folder


def xml(declared: str) -> Callable[[Path], Any]:
    text = f'<?xml version="1.0"?>{declared}<iati-activities version="2.03">&d;</iati-activities>'
    return lambda path: path.write_text(text, encoding="utf-8")


def rows(*changes: Cells, **options: Any) -> Callable[[Path], Any]:
    return lambda path: workbook(path, [GOOD | change for change in changes], **options)


def broken_formula(path: Path) -> Path:
    return rewritten(workbook(path, [GOOD | {"amount": "=1/0"}]), stored("#DIV/0!", error=True))


REST = list(GOOD.values())[1:]
TWO = "\n".join(
    ",".join(str(cell) for cell in row)
    for row in (
        [*GOOD, "part_of"],
        ["A", *list(GOOD.values())[1:], "B"],
        ["B", *list(GOOD.values())[1:], "A"],
    )
)

CASES: dict[str, tuple[str, Callable[[Path], Any], tuple[str, ...]]] = {
    "merged cells": (
        "w.xlsx",
        rows({}, change=lambda page: page.merge_cells("A2:B2")),
        ("sheet commitments", "row 2", "A2:B2", "merged cells"),
    ),
    "wrong sheet": (
        "w.xlsx",
        rows({}, sheet="comitments"),
        ("sheet comitments", "Did you mean commitments?"),
    ),
    "date as text": (
        "w.xlsx",
        rows({"date": "20 December 2025"}),
        ("row 2", "date (column C)", "not a date"),
    ),
    "two decimal signs": ("w.xlsx", rows({"amount": "1.234,56"}), ("row 2", "amount (column K)", "two ways")),
    "two currencies": ("w.xlsx", rows({"amount": "10 USD / 9 EUR"}), ("row 2", "column K", "two currencies")),
    "formula error": ("w.xlsx", broken_formula, ("row 2", "K2", "a formula that ended in #DIV/0!")),
    "identifier twice": ("w.xlsx", rows({}, {}), ("row 3, id (column A)", "X-1", "already in row 2")),
    "cycle": (
        "w.xlsx",
        rows({"id": "A", "part_of": "B"}, {"id": "B", "part_of": "A"}),
        ("w.xlsx, sheet commitments, row 2, part_of (column P)", "A > B > A"),
    ),
    "no currency": (
        "w.xlsx",
        rows({"currency": None}),
        ("row 2, currency (column L)", "an amount without currency"),
    ),
    "future disbursement": (
        "w.xlsx",
        lambda path: workbook(path, [PAID], "transactions"),
        ("sheet transactions", "row 2, date (column D)", "a disbursement in the future"),
    ),
    "unknown name": (
        "w.xlsx",
        rows({"part_of": "JP-99"}),
        ("w.xlsx, sheet commitments, row 2, part_of (column P)", "JP-99", "JP-19"),
    ),
    "cycle in a table": (
        "commitments.csv",
        lambda path: path.write_text(TWO, encoding="utf-8"),
        ("commitments.csv, row 2, part_of", "A > B > A"),
    ),
    "entities": ("a.xml", xml(LAUGHS), ("a.xml", "document type")),
    "outside entity": ("a.xml", xml(OUTSIDE), ("a.xml", "document type")),
    "zip bomb": ("w.xlsx", bomb, ("w.xlsx", "unpack to far more")),
    "gigabyte workbook": ("w.xlsx", gigabyte, ("w.xlsx", "1,024 MiB; at most 100 MiB")),
    "gigabyte table": ("commitments.csv", gigabyte, ("commitments.csv", "1,024 MiB; at most 100 MiB")),
    "gigabyte json": ("p.json", gigabyte, ("p.json", "1,024 MiB; at most 100 MiB")),
    "gigabyte xml": ("a.xml", gigabyte, ("a.xml", "1,024 MiB; at most 512 MiB")),
    "no workbook": ("w.xlsx", lambda path: path.write_bytes(b"hello"), ("w.xlsx",)),
}


def fingerprint(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def exit_code(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["serai", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


@pytest.mark.parametrize("case", CASES)
def test_a_bad_file_is_refused_with_its_place_and_nothing_is_written(
    case: str,
    study: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name, make, words = CASES[case]
    make(tmp_path / name)
    before = fingerprint(study)
    assert exit_code(monkeypatch, "import", str(tmp_path / name), "--study", str(study), "--write") == 1
    printed = capsys.readouterr()
    for word in words:
        assert word in printed.err, printed.err
    assert "Written" not in printed.out
    assert fingerprint(study) == before


@pytest.mark.parametrize("case", ["cycle", "two decimal signs"])
def test_a_refusal_is_one_json_document(
    case: str,
    study: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name, make, _words = CASES[case]
    make(tmp_path / name)
    words = ("import", str(tmp_path / name), "--study", str(study), "--write", "--json")
    assert exit_code(monkeypatch, *words) == 1
    found = json.loads(capsys.readouterr().out)
    assert found.get("written", False) is False
    assert found.get("refused") or found.get("problems")


@pytest.mark.parametrize("case", ["zip bomb", "gigabyte workbook", "gigabyte xml"])
def test_memory_stays_bounded_on_the_command_line(case: str, study: Path, tmp_path: Path) -> None:
    name, make, _words = CASES[case]
    make(tmp_path / name)
    words = ["serai", "import", str(tmp_path / name), "--study", str(study)]
    # the peak of its own memory: that of the parent would count in what the system tells after the end
    script = (
        "import atexit, pathlib, sys\n"
        "atexit.register(lambda: print(pathlib.Path('/proc/self/status').read_text()))\n"
        f"sys.argv = {words!r}\n"
        "from serai.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    peak = re.search(r"VmHWM:\s+(\d+) kB", done.stdout)
    assert peak is not None
    assert int(peak[1]) < 400 * 1024


def test_a_good_file_is_written_after_all_those(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workbook(tmp_path / "w.xlsx", [GOOD])
    words = ("import", str(tmp_path / "w.xlsx"), "--study", str(study))
    assert exit_code(monkeypatch, *words) == 0
    shown = capsys.readouterr()
    assert "commitments: 1 added" in shown.out
    assert "+ X-1" in shown.out, "what would be added is named"
    assert shown.err == "", "what is over within a second needs no progress bar"
    assert exit_code(monkeypatch, *words, "--write") == 0
    assert "X-1," in (study / "commitments.csv").read_text(encoding="utf-8")


def test_what_iati_cannot_take_refuses_the_file_or_is_left_out_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.xml"
    words = ("export", str(out), "--publisher", "Agency", "--reporter", "XX-1")
    assert exit_code(monkeypatch, *words) == 1
    assert "kg-bishkek-ebus: IATI needs a start" in capsys.readouterr().err
    assert not out.exists()
    assert exit_code(monkeypatch, *words, "--leave-out") == 0
    said = capsys.readouterr().out
    assert "left out: kg-bishkek-ebus: IATI needs a start" in said
    assert "left out: JICA-01: IATI needs the project of a transaction" in said
    text = out.read_text(encoding="utf-8")
    assert "<iati-identifier>kg-bishkek-ebus<" not in text
    written = text.count("<iati-identifier>")
    assert f"{written} records" in said
    assert exit_code(monkeypatch, "import", str(out), "--study", str(reference_study()), "--json") == 0
    back = json.loads(capsys.readouterr().out)
    assert back["changes"] == []
    assert back["added"] == {"projects": [], "transactions": []}


def test_due_by_owner_and_by_country(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def asked(*words: str) -> list[dict[str, Any]]:
        assert exit_code(monkeypatch, "due", "--json", *words) == 0
        return list(json.loads(capsys.readouterr().out)["rows"])

    every = asked()
    ebrd = asked("--owner", "ebrd")
    assert [row["owner"] for row in ebrd] == ["EBRD"]
    both = asked("--owner", "ebrd", "--owner", "Korea")
    assert {row["owner"] for row in both} == {"EBRD", "Korea"}
    turkmen = asked("--country", "TKM")
    ids = {row["id"] for row in turkmen}
    assert ids < {row["id"] for row in every}
    assert "JP-14-start" in ids or any("ammonia" in row["what"] for row in turkmen)
    assert not any("Pavlodar" in row["what"] for row in turkmen)
    assert any("Pavlodar" in row["what"] for row in asked("--country", "KAZ"))
    assert exit_code(monkeypatch, "due", "--country", "KAX") == 2
    assert "Did you mean KAZ?" in capsys.readouterr().err
    assert exit_code(monkeypatch, "due", "--owner", "nobody") == 0
    assert "Nothing on record is owed by nobody." in capsys.readouterr().err


def test_what_the_oc4ids_schema_refuses_is_left_out_by_name(
    standards: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Our model keeps a field of the standard that it does not know; the published schema knows its type."""
    folder, out = tmp_path / "study", tmp_path / "p.json"
    copytree(reference_study(), folder)
    bad = {"id": "bad-one", "title": "Bad", "lobbyingMeetings": "not a list"}
    (tmp_path / "in.json").write_text(json.dumps(bad), encoding="utf-8")
    assert exit_code(monkeypatch, "import", str(tmp_path / "in.json"), "--study", str(folder), "--write") == 0
    monkeypatch.setenv("SERAI_STANDARDS", str(standards))
    words = ("export", str(out), "--study", str(folder), "--publisher", "A", "--uri", "https://a.b")
    assert exit_code(monkeypatch, *words) == 1
    assert "lobbyingMeetings: the OC4IDS schema says" in capsys.readouterr().err
    assert not out.exists()
    assert exit_code(monkeypatch, *words, "--leave-out") == 0
    assert "left out: bad-one: the OC4IDS schema says" in capsys.readouterr().out
    ids = [project["id"] for project in json.loads(out.read_text(encoding="utf-8"))["projects"]]
    assert len(ids) == 165
    assert "bad-one" not in ids


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("p.json", ("--template", "--publisher", "A", "--uri", "u"), "--template means nothing for .json"),
        ("w.xlsx", ("--leave-out",), "--leave-out means nothing for .xlsx"),
        ("commitments.csv", ("--table", "commitments"), ".csv takes no option"),
        ("a.xml", ("--uri", "u", "--publisher", "A", "--reporter", "X"), "--uri means nothing for .xml"),
    ],
)
def test_an_option_that_a_format_does_not_take_is_refused(
    name: str,
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert exit_code(monkeypatch, "export", str(tmp_path / name), *words) == 1
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
