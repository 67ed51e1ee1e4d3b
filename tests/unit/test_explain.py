"""Every number of a brief walks back to rows, estimates and assumptions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from serai.brief.document import Brief
from serai.brief.explain import Paths, explain
from serai.brief.write import write
from serai.cli import app
from serai.errors import RunError, UnknownNameError
from serai.study import reference_study


@pytest.fixture(scope="module")
def run(brief: Brief, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(brief, tmp_path_factory.mktemp("explain") / "tokyo")


@pytest.fixture(scope="module")
def paths(run: Path) -> Paths:
    return Paths.of(run)


def what(paths: Paths, key: str) -> str:
    """What the end of a path is, told by its fields alone."""
    fields = paths.explain(key).fields
    if fields.get("line"):
        return "row"
    if "rows" in fields or (key.startswith("file/") and len(fields) > 2):
        return "file"
    if fields.get("basis") == "estimated" and fields.get("std_error"):
        return "estimate"
    if fields.get("basis") == "assumed" and fields.get("source"):
        return "assumption"
    if fields.get("basis") == "from memory" or fields.get("pages"):
        return "record"
    if str(fields.get("source")).lstrip("['").startswith("http"):
        return "record"
    return "equations" if fields.get("equations") else "nothing"


def test_every_number_rests_on_rows_estimates_or_assumptions(paths: Paths) -> None:
    known: dict[str, str] = {}
    for key in paths.numbers:
        ends = paths.trace(key).ends
        assert key not in ends, f"{key} comes from nowhere"
        for end in ends:
            if end not in known:
                known[end] = what(paths, end)
        kinds = {known[end] for end in ends}
        assert "nothing" not in kinds, [end for end in ends if known[end] == "nothing"]
        assert kinds - {"equations"}, f"{key} rests on equations alone"
    assert set(known.values()) >= {"row", "file", "estimate", "assumption", "equations"}


def test_no_path_goes_in_a_circle(paths: Paths) -> None:
    made = {key: entry["made_from"] for key, entry in {**paths.numbers, **paths.nodes}.items()}
    done: set[str] = set()

    def down(key: str, above: tuple[str, ...]) -> None:
        assert key not in above, f"{key} is made from itself"
        if key in made and key not in done:
            for back in made[key]:
                down(back, (*above, key))
            done.add(key)

    for key in made:
        down(key, ())


def test_a_number_of_a_financier_names_its_rows(paths: Paths) -> None:
    key = "financing/adb/limit"
    lines = (reference_study() / "financiers.csv").read_text(encoding="utf-8").splitlines()
    at = next(n for n, line in enumerate(lines, start=1) if line.startswith("adb,"))
    back = paths.explain(key).made_from
    assert f"file/financiers.csv/{at}" in back
    row = paths.explain(f"file/financiers.csv/{at}").fields
    assert row["id"] == "adb"
    assert row["file"] == "financiers.csv"
    assert all("adb" in label for name, label in back.items() if name.startswith("file/financing.csv/"))


def test_a_zero_says_which_record_has_no_such_row(paths: Paths) -> None:
    zeros = [k for k, n in paths.numbers.items() if k.startswith("summit/") and n["estimate"] == 0]
    assert zeros
    for key in zeros:
        assert "file/commitments.csv" in paths.trace(key).ends or any(
            end.startswith("file/commitments.csv/") for end in paths.trace(key).ends
        )


def test_files_are_those_of_the_run_and_no_others(run: Path, tmp_path: Path) -> None:
    paths = Paths.of(run)
    for key in (
        "file/../../../etc/passwd",
        "file/study.toml/../claims.toml",
        "file/none.csv",
        "file/answers.csv/0",
    ):
        with pytest.raises(UnknownNameError):
            paths.explain(key)
    assert paths.explain("file/rules.toml").fields["sha256"]
    tables = paths.explain("programme/parameters").made_from
    assert "file/programme/tables/reference_classes.csv" in tables
    study, copy = tmp_path / "study", tmp_path / "run"
    shutil.copytree(reference_study(), study)
    shutil.copytree(run, copy)
    about = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps({**about, "study_path": str(study)}))
    (study / "reports.csv").write_text("fact\nx\n")
    assert "not the one that the run was made from" in explain(copy, "file/reports.csv").fields["changed"]


def test_the_whole_path_on_the_command_line(run: Path) -> None:
    words = ["explain", str(run / "brief.json"), "ladder/unified_fta/fixed/region/gain", "--all"]
    text = CliRunner().invoke(app, words).stdout
    lines = text.splitlines()
    assert lines[0].startswith("ladder/unified_fta/fixed/region/gain   ")
    assert any(line.strip().startswith("atlas/parameters/trade_elasticity ") for line in lines)
    assert any(line.strip().startswith("study/assumptions/cis_fta_depth ") for line in lines)
    found = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert f"It rests on {len(found['ends'])} rows" in lines[-1]
    assert "base_year" in {key for _, key, _ in found["steps"]}


def test_a_row_of_a_study_that_was_moved_asks_where_it_lies(run: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(run, tmp_path / "moved")
    about = json.loads((moved / "run.json").read_text(encoding="utf-8"))
    (moved / "run.json").write_text(json.dumps(about | {"study_path": "nowhere"}), encoding="utf-8")
    row = "atlas/figures/current_account/XXX"
    with pytest.raises(RunError, match=r"cannot be read at nowhere\. Name the study with --study"):
        Paths.of(moved).explain(row)
    with pytest.raises(UnknownNameError):
        Paths.of(moved, reference_study()).explain(row)
