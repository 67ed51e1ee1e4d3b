"""What results show in a notebook: escaped tables, for every public result."""

from __future__ import annotations

import inspect
import re
import sys
import typing
from dataclasses import dataclass, is_dataclass

import numpy as np
import pandas as pd
import pytest

import serai
from serai.shown import MOST_ROWS, Rows, Shown, fields_html, frame_html

ELSEWHERE = ("serai.equilibrium", "serai.gravity", "serai.scenario")
"""Packages whose results are shown and tested apart."""


@dataclass(frozen=True, slots=True)
class Pair(Shown):
    name: str
    share: float
    table: np.ndarray
    inner: tuple[str, ...] = ()


def _classes(found: object) -> list[type]:
    """The classes in the return annotation of a public function, or the class itself."""
    if inspect.isclass(found):
        return [found]
    module = sys.modules[getattr(found, "__module__", "")]
    annotation = eval(getattr(found, "__annotations__")["return"], vars(module), _TYPING)  # noqa: B009
    parts = typing.get_args(annotation) or (annotation,)
    return [part for part in (annotation, *parts) if inspect.isclass(part)]


_TYPING = {"pd": pd, "np": np, "NDArray": np.ndarray}


def test_every_public_result_shows_itself() -> None:
    seen, missing = 0, []
    for name in serai.__all__:
        if name.startswith("__"):
            continue
        for kind in _classes(getattr(serai, name)):
            if not kind.__module__.startswith("serai") or kind.__module__.startswith(ELSEWHERE):
                continue
            seen += 1
            if not hasattr(kind, "_repr_html_"):
                missing.append(f"{name}: {kind.__name__}")
    assert seen > 30
    assert missing == []


@pytest.mark.parametrize("tag", ["<script>alert(1)</script>", 'a" onload="x', "<b>&"])
def test_text_is_escaped_everywhere(tag: str) -> None:
    pair = Pair(tag, 0.5, np.zeros((2, 3)), (tag,))
    shown = [pair._repr_html_(), Rows([pair])._repr_html_(), frame_html(pd.DataFrame({tag: [tag]}), tag)]
    for html in shown:
        assert tag not in html
        assert not re.search(r"https?:|src=|<script", html)


def test_fields_say_what_is_large_by_its_size() -> None:
    html = fields_html(Pair("KAZ", 0.123456, np.zeros((2, 3)), tuple("abc" * 60)))
    assert "<td>ndarray of 2 x 3</td>" in html
    assert '<td align="right">0.1235</td>' in html
    assert "<td>180 entries</td>" in html


def test_numbers_and_what_is_missing() -> None:
    html = frame_html(pd.DataFrame({"a": [1234567.8, np.nan, 0.000123], "b": [2026, 3, 4]}))
    cells = re.findall(r"<td[^>]*>(.*?)</td>", html)
    assert cells == ["1,234,568", "2026", "", "3", "0.000123", "4"]


def test_long_tables_count_what_they_leave_out() -> None:
    html = frame_html(pd.DataFrame({"a": range(MOST_ROWS + 7)}))
    assert html.count("<tr>") == MOST_ROWS + 1
    assert "and 7 more rows" in html


def test_rows_are_a_tuple_still() -> None:
    rows = Rows([Pair("a", 1.0, np.zeros(1))])
    assert isinstance(rows, tuple)
    assert rows.tidy()["name"].tolist() == ["a"]
    assert "<caption>1 x Pair</caption>" in rows._repr_html_()
    assert "none" in Rows([])._repr_html_()


def test_a_result_with_a_table_shows_its_first_line_and_its_rows() -> None:
    study = serai.read_study()
    totals = serai.totals(study.records.commitments, study.money)
    html = totals._repr_html_()
    assert html.count("<tr>") == len(totals.rows) + 1
    assert "<caption>Kinds and directions are never added together.</caption>" in html
    due = serai.due(study.records.commitments, as_of=study.about.settings.as_of)
    assert due._repr_html_().count("<tr>") == min(len(due), MOST_ROWS) + 1


def test_the_dataclass_stays_without_a_dictionary() -> None:
    assert is_dataclass(Pair)
    assert not hasattr(Pair("a", 1.0, np.zeros(1)), "__dict__")
