"""An import shows what it would do, cell by cell, and writes nothing by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

import serai
from serai.errors import InputError
from serai.exchange.folder import Tables, read_folder
from serai.exchange.preview import Change, preview
from serai.exchange.xlsx import read_workbook, write_workbook
from serai.records import Commitment

TOKYO = Path(serai.__file__).parent / "studies" / "tokyo"


@pytest.fixture(scope="module")
def tables() -> Tables:
    return read_folder(TOKYO)


def named(tables: Tables, key: str) -> Commitment:
    return next(c for c in tables.commitments if c.id == key)


def test_the_same_workbook_changes_nothing(tables: Tables, tmp_path: Path) -> None:
    write_workbook(tmp_path / "w.xlsx", {"commitments": tables.commitments, "reports": tables.reports})
    found = preview(tables, read_workbook(tmp_path / "w.xlsx"))
    assert len(found.unchanged["commitments"]) == len(tables.commitments)
    assert len(found.unchanged["reports"]) == len(tables.reports)
    assert not found.changes
    assert found.accept() == tables


def test_added_changed_and_kept_cell_by_cell(tables: Tables) -> None:
    one = named(tables, "JP-12")
    edited = one.model_copy(update={"amount": 720e6, "status": ""})
    new = one.model_copy(update={"id": "JP-99", "part_of": None})
    found = preview(tables, {"commitments": (edited, new)})
    assert found.added["commitments"] == ("JP-99",)
    assert found.changed["commitments"] == ("JP-12",)
    assert len(found.kept["commitments"]) == len(tables.commitments) - 1
    assert set(found.changes) == {
        Change("commitments", "JP-12", "amount", "719000000", "720000000"),
        Change("commitments", "JP-12", "status", one.status, ""),
    }
    assert "JP-12, amount: 719000000 -> 720000000" in found.summary()
    after = found.accept()
    assert len(after.commitments) == len(tables.commitments) + 1
    assert named(after, "JP-12").amount == 720e6
    assert [c.id for c in after.commitments][:-1] == [c.id for c in tables.commitments]
    assert after.projects is tables.projects


def test_what_contradicts_the_rest_is_refused(tables: Tables) -> None:
    loop = named(tables, "EU-01").model_copy(update={"part_of": "EU-02"})
    lost = named(tables, "JP-12").model_copy(update={"part_of": "JP-77", "format": "CA+JAT"})
    found = preview(tables, {"commitments": (loop, lost, lost)})
    text = found.summary()
    assert "EU-01 > EU-02 > EU-01" in text
    assert "Did you mean JP-07" in text or "Did you mean JP-" in text
    assert "Did you mean CA+JAD" in text
    assert "this record is given 2 times" in text
    assert "nothing is written" in text
    with pytest.raises(InputError):
        found.accept()


def test_a_removed_financier_is_not_deleted(tables: Tables) -> None:
    found = preview(tables, {"financiers": tables.financiers[:3]})
    assert len(found.accept().financiers) == len(tables.financiers)
    assert "28 kept" in found.summary() or not found.changes
