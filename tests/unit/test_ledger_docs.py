"""The worked page of the ledger: every sum on it is done again and compared with the program."""

from __future__ import annotations

import ast
import operator
import re
from pathlib import Path

import pytest

import serai
from serai.exchange.folder import read_folder
from serai.ledger import totals
from serai.money import read_exchange

PAGE = Path(__file__).resolve().parents[2] / "docs" / "ledger.md"
TOKYO = Path(serai.__file__).parent / "studies" / "tokyo"
SIGNS = {ast.Add: operator.add, ast.Mult: operator.mul, ast.Div: operator.truediv}


def worth(text: str) -> float:
    def value(node: ast.expr) -> float:
        if isinstance(node, ast.BinOp):
            return float(SIGNS[type(node.op)](value(node.left), value(node.right)))
        assert isinstance(node, ast.Constant)
        return float(node.value)  # type: ignore[arg-type]

    return value(ast.parse(text.replace(",", ""), mode="eval").body)


def page_rows() -> dict[tuple[str, str], tuple[float, float]]:
    rows = re.findall(
        r"^\| (.+?) \| (\w+) \| ([\d.,+*/ ]+) \| ([\d.,+*/ ]+) \| .+ \|$", PAGE.read_text("utf-8"), re.M
    )
    return {(direction, kind): (worth(low), worth(high)) for direction, kind, low, high in rows}


def test_the_sums_of_the_page_are_those_of_the_program() -> None:
    tables = read_folder(TOKYO)
    found = totals(tables.commitments, read_exchange(TOKYO / "rates.csv")).rows
    ours = {
        (t["direction"], t["kind"]): (t.low / 1e6, t.high / 1e6)
        for t in found
        if t.counted_high and t.unit == "USD"
    }
    page = page_rows()
    assert page.keys() == ours.keys()
    for key, ends in ours.items():
        assert page[key] == pytest.approx(ends), key


def test_every_commitment_is_on_the_page() -> None:
    text = PAGE.read_text("utf-8")
    for c in read_folder(TOKYO).commitments:
        assert re.search(rf"\b{c.id}\b(?!-\d)", text), c.id
