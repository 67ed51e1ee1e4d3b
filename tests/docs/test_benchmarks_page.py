"""The page of benchmarks is what the kept results say, and every benchmark has a place in it."""

from __future__ import annotations

from pathlib import Path

from benchmarks.results import FOLDER, PAGE, RUNS, page

HERE = Path(FOLDER).parent


def test_the_page_is_made_of_the_kept_results() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m benchmarks --record"


def test_every_module_is_a_run_and_every_result_belongs_to_one() -> None:
    modules = {path.stem for path in HERE.glob("*.py")} - {"__init__", "__main__", "results"}
    assert modules == {name.split()[0] for name in RUNS}
    names = {name.replace(" ", "-") for name in RUNS}
    assert {path.stem for path in FOLDER.glob("*.txt")} <= names
