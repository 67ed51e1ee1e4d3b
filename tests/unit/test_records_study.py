"""The packaged records of the reference study: valid, complete, and derived from the raw figures."""

from __future__ import annotations

import csv
import importlib.util
from collections import Counter
from pathlib import Path

import pytest

import serai
from serai.exchange.folder import Tables, read_folder

TOKYO = Path(serai.__file__).parent / "studies" / "tokyo"
TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture(scope="module")
def tables() -> Tables:
    return read_folder(TOKYO)


def test_every_table_is_there(tables: Tables) -> None:
    assert tables.absent == ()
    assert len(tables.commitments) == 55
    assert len(tables.projects) == 165
    assert len(tables.financiers) == 31


def test_pipeline_matches_the_published_counts(tables: Tables) -> None:
    candidates = [p for p in tables.projects if p.is_candidate]
    priced = [p.cost_usd_m for p in candidates if p.cost_usd_m is not None]
    assert len(candidates) == 151
    assert Counter(p.area for p in candidates) == {"green": 66, "connectivity": 56, "people": 29}
    assert len(priced) == 108
    assert sum(priced) == pytest.approx(67_100, rel=1e-3)
    small = [cost for cost in priced if cost < 2000]
    assert len(small) == 98
    assert sum(small) == pytest.approx(24_000, rel=2e-3)


def test_known_corrections_are_in(tables: Tables) -> None:
    by_id = {c.id: c for c in tables.commitments}
    assert (by_id["JP-20"].amount, by_id["JP-20"].currency, by_id["JP-20"].kind) == (
        1.341e9,
        "JPY",
        "commitment",
    )
    assert (by_id["JP-14"].amount, by_id["JP-14"].qualifier) == (1.3e9, "at_least")
    assert by_id["CN-04"].amount == 4.7e9
    assert (by_id["EU-07"].low, by_id["EU-07"].high) == (7e9, 8e9)
    assert (by_id["US-03"].low, by_id["US-03"].high) == (3e9, 5e9)


def test_formats_begin_in_2004_and_say_what_is_from_memory(tables: Tables) -> None:
    first = min(tables.formats, key=lambda f: f.since)
    assert (first.id, first.since) == ("CA+JAD", "2004-08-28")
    assert {f.id for f in tables.formats} == {
        "CA+JAD", "EU-CA", "C5+1", "China-CA", "Russia-CA", "Korea-CA", "India-CA", "GCC-CA",
    }  # fmt: skip
    for row in (*tables.formats, *tables.meetings):
        assert (row.basis == "source") == bool(row.sources), row.id


def test_every_change_of_a_judgement_has_a_note(tables: Tables, raw_data: Path) -> None:
    by_id = {c.id: c for c in tables.commitments}
    with (raw_data / "commitments" / "commitments.csv").open(encoding="utf-8") as stream:
        for raw in csv.DictReader(stream):
            ours = by_id[raw["id"]]
            before = (raw["grade"], raw["part_of"], sorted(filter(None, raw["overlaps"].split(";"))))
            after = (ours.grade, ours.part_of or "", sorted(ours.overlaps))
            assert before == after or ours.note, ours.id


def test_files_follow_from_the_raw_figures(raw_data: Path, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("build_study", TOOLS / "build_study.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    tool.build(raw_data, tmp_path)
    for path in sorted(tmp_path.iterdir()):
        assert (TOKYO / path.name).read_bytes() == path.read_bytes(), f"{path.name}: run tools/build_study.py"
