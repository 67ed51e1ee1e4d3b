"""Coding of names and years, and exporters in parts over threads."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from serai.gravity import parts
from serai.gravity.panel import Roles, read_panel
from serai.gravity.reading import code

COLUMNS = {
    "years in a row": pd.Series([2001, 2000, 2002, 2000]),
    "years with a gap": pd.Series([2010, 2000, 2010, 2009, 2000, 2000, 2010, 2010, 2009, 2009, 2000]),
    "numbers far apart": pd.Series([10**12, -5, 10**12, 7]),
    "sorted text": pd.Series(["B"] * 9 + ["A"] * 9, dtype="str"),
    "mixed text": pd.Series(["B", "A", "C", "A"], dtype="str"),
    "missing text": pd.Series(["B"] * 9 + [None] * 9 + ["A"] * 9, dtype="str"),
    "objects": pd.Series(["B", "A", None], dtype=object),
    "categories, one unused": pd.Series(pd.Categorical(["b", "a", None, "b"], categories=["b", "z", "a"])),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_codes_are_those_of_sorted_labels(name: str) -> None:
    column = COLUMNS[name]
    plain = column.astype(object) if name.startswith("categories") else column
    places, found = pd.factorize(plain, sort=True)
    codes, labels = code(column)
    assert codes.tolist() == places.tolist()
    assert np.asarray(labels).tolist() == np.asarray(found).tolist()


def test_parquet_and_frame_give_the_same_panel(tmp_path: Path) -> None:
    names = ["C", "A", "B"]
    rows = [(i, n, t) for i in names for n in names for t in (2001, 2000)]
    frame = pd.DataFrame(rows, columns=["exporter", "importer", "year"])
    frame["trade"] = np.arange(18.0)
    frame["x"] = np.arange(18.0)[::-1]
    frame.to_parquet(tmp_path / "panel.parquet")
    both = [read_panel(s, Roles("trade", year="year"), ["x"]) for s in (frame, tmp_path / "panel.parquet")]
    assert both[0].exporters == both[1].exporters == ("A", "B", "C")
    for one, other in ((p.cells, q.cells) for p, q in [both]):
        assert one.tolist() == other.tolist()
    assert both[0].cells[0] == 2 * 6 + 2 * 2 + 1
    assert both[0].x[0].tolist() == both[1].x[0].tolist() == frame["x"].tolist()


@pytest.mark.parametrize("count", [0, 1, 3, 10])
@pytest.mark.parametrize("threads", [1, 4])
def test_parts_cover_every_exporter_once(count: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "cores", lambda: threads)
    monkeypatch.setattr(parts, "_pool", None)
    seen: list[tuple[int, int, int]] = []
    parts.in_parts(count, lambda part, low, high: seen.append((part, low, high)))
    assert sorted(seen) == [(p, count * p // 4, count * (p + 1) // 4) for p in range(4)]


def test_an_error_in_a_part_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "cores", lambda: 4)
    monkeypatch.setattr(parts, "_pool", None)

    def work(part: int, low: int, high: int) -> None:
        del low, high
        if part == 2:
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        parts.in_parts(8, work)


def test_every_thread_treats_overflow_as_its_caller_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "cores", lambda: 2)
    monkeypatch.setattr(parts, "_pool", None)
    both, seen = threading.Barrier(2, timeout=10), []

    def work(part: int, low: int, high: int) -> None:
        del low, high
        if part < 2:
            both.wait()
        seen.append(np.geterr()["over"])

    with np.errstate(over="call"):
        parts.in_parts(8, work)
    assert seen == ["call"] * 4


def test_a_fit_does_not_change_with_its_table() -> None:
    """The columns are not copied: the table must be, once somebody writes to it."""
    rows = [(i, n) for i in "ABC" for n in "ABC"]
    frame = pd.DataFrame(rows, columns=["exporter", "importer"]).assign(trade=1.0, x=np.arange(9.0))
    panel = read_panel(frame, Roles("trade", year=None), ["x"], needs_year=False)
    frame.loc[0, "x"] = frame.loc[0, "trade"] = 77.0
    frame["x"] *= 2
    assert panel.x[0].tolist() == np.arange(9.0).tolist()
    assert panel.flow.tolist() == [1.0] * 9


@pytest.mark.parametrize("kind", ["string", "large_string", "object"])
@pytest.mark.parametrize(
    "names", [["DEU", "FRA", "ÄÄ", "KAZ"], ["DEU", "DNK", "DEN", "KAZ"], ["a", "", "bb"], ["long" * 5, "b"]]
)
def test_names_are_coded_as_pandas_does(kind: str, names: list[str]) -> None:
    random = np.random.default_rng(0)
    for text in (np.repeat(names, 6), random.choice(names, 40), np.repeat(random.choice(names, 9), 5)):
        column = pd.Series(text.astype(object), dtype=object)
        if kind != "object":
            column = column.astype(pd.ArrowDtype(getattr(pa, kind)()) if kind == "string" else "str")
        for part in (column, column.iloc[3:]):
            got, want = code(part), pd.factorize(part, sort=True)
            assert got[0].tolist() == want[0].tolist()
            assert list(got[1]) == list(want[1])
    gaps = pd.Series(["DEU", None, "DEU", "FRA", "FRA", "FRA", "FRA", "FRA"], dtype="str")
    assert code(gaps)[0].tolist() == [0, -1, 0, 1, 1, 1, 1, 1]
