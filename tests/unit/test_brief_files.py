"""The brief as a workbook and as a Word document: nothing lost, nothing turned into something else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pandas as pd
import pytest
from markupsafe import Markup
from openpyxl.worksheet.worksheet import Worksheet

from serai.brief.document import Brief, Chart, Section, Table
from serai.brief.explain import verify
from serai.brief.report import paragraphs
from serai.brief.write import write
from serai.errors import UnknownNameError


@pytest.fixture(scope="module")
def run(brief: Brief, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(brief, tmp_path_factory.mktemp("files") / "tokyo", also=("xlsx", "docx"))


@pytest.fixture(scope="module")
def book(run: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(run / "brief.xlsx")


def rows(sheet: Worksheet, start: str) -> pd.DataFrame:
    """The grid of a sheet whose header begins with `start`."""
    values = list(sheet.iter_rows(values_only=True))
    (first,) = (i for i, row in enumerate(values) if row[0] == start)
    return pd.DataFrame(values[first + 1 :], columns=values[first])


def test_every_table_of_the_run_has_a_sheet_with_the_same_figures(run: Path, book: openpyxl.Workbook) -> None:
    files = sorted((run / "tables").glob("*.csv"))
    assert len(files) > 30
    for file in files:
        expected = pd.read_csv(file)
        found = rows(book[file.stem[:31]], expected.columns[0])
        assert list(found.columns) == list(expected.columns)
        assert len(found) == len(expected), file.stem
        for name in expected.select_dtypes("number"):
            pd.testing.assert_series_equal(
                pd.to_numeric(found[name]), expected[name], check_dtype=False, rtol=1e-7
            )


def test_numbers_carry_their_path_and_the_cover_their_answer(brief: Brief, book: openpyxl.Workbook) -> None:
    numbers = rows(book["Numbers"], "key").set_index("key")
    assert set(numbers.index) == set(brief.desk.numbers.by_key)
    key = next(k for k, n in brief.desk.numbers.by_key.items() if n.low is not None and n.made_from)
    number = brief.desk.numbers[key]
    assert numbers.loc[key, ["estimate", "low", "high"]].tolist() == pytest.approx(
        [number.estimate, number.low, number.high], rel=1e-14
    )
    assert numbers.loc[key, "unit"] == number.unit
    assert numbers.loc[key, "made_from"] == "; ".join(number.made_from)
    cover = [cell.value for cell in book.worksheets[0]["A"]]
    assert brief.question in cover
    assert f"1. {brief.answer[0][0].striptags()}" in cover
    links = {
        cell.value for cell in book.worksheets[0]["B"] if cell.hyperlink and cell.value in book.sheetnames
    }
    assert set(brief.tables()) <= links


def test_the_run_is_a_row_for_each_fingerprint_and_no_cell_says_none(
    brief: Brief, book: openpyxl.Workbook
) -> None:
    found = rows(book["Run"], "field").set_index("field")["value"]
    files = brief.manifest["study_files"]
    assert isinstance(files, dict)
    assert found["study_files: study.toml"] == files["study.toml"]
    assert found["draws"] == brief.manifest["draws"]
    texts = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell}
    assert not texts & {"None", "nan", "NaN", "NaT", "<NA>"}
    assert not [text for text in texts if text.startswith(("{", "<span", "<b>")) or "&amp;" in text]


def test_text_like_a_formula_stays_text_and_what_is_not_known_is_blank(brief: Brief, tmp_path: Path) -> None:
    data = pd.DataFrame(
        {"what": ["=1+1", "+7", "bell\x07", None], "value": [1.5, float("nan"), float("inf"), -2.0]}
    )
    table = Table("odd", "Odd", ("what", "value"), (), data)
    made = replace(brief, sections=[Section("odd", "Odd", "Odd", "", (table,))]).to_excel(
        tmp_path / "odd.xlsx"
    )
    sheet = openpyxl.load_workbook(made)["odd"]
    found = rows(sheet, "what")
    assert found["what"].fillna("").tolist() == ["=1+1", "+7", "bell", ""]
    assert found["value"].dropna().tolist() == [1.5, -2.0]
    assert found["value"].isna().tolist() == [False, True, True, False]
    assert all(cell.data_type != "f" for row in sheet for cell in row)


def test_the_document_has_every_section_sentence_chart_and_open_table(brief: Brief, run: Path) -> None:
    document = docx.Document(str(run / "brief.docx"))
    text = [paragraph.text for paragraph in document.paragraphs]
    for section in brief.sections:
        assert str(Markup(section.title).striptags()) in text
        assert str(Markup(section.finding).striptags()) in text
    for sentence, _ in brief.answer:
        assert sentence.striptags() in text
    parts = [part for section in brief.sections for part in section.parts]
    charts = [part for part in parts if isinstance(part, Chart)]
    assert len(document.inline_shapes) == len(charts)
    described = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    assert all(chart.alt in words for chart, words in zip(charts, described, strict=True))
    shown = [part for part in parts if isinstance(part, Table) and not part.folded]
    assert len(document.tables) == len(shown)
    for table, made in zip(shown, document.tables, strict=True):
        assert len(made.rows) == len(table.rows) + 1
        if table.rows:
            assert [cell.text for cell in made.rows[-1].cells] == [
                str(Markup(cell).striptags()) if isinstance(cell, Markup) else cell for cell in table.rows[-1]
            ]
    for table in (part for part in parts if isinstance(part, Table) and part.folded):
        assert any(f"tables/{table.key}.csv" in line for line in text)


def test_files_of_a_run_are_verified_with_it(run: Path) -> None:
    assert verify(run).holds
    (run / "brief.xlsx").write_bytes(b"changed")
    assert "brief.xlsx" in " ".join(verify(run).changed)


def test_an_unknown_kind_of_file_writes_nothing(brief: Brief, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="xlsx"):
        write(brief, tmp_path / "run", also=("xls",))
    assert not (tmp_path / "run").exists()


def test_a_brief_shows_itself_in_a_notebook(brief: Brief) -> None:
    shown = brief._repr_html_()
    assert shown.startswith("<iframe srcdoc=")
    assert shown.count('"') == 8  # nothing of the page breaks out of its attribute


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>a &amp; b</p>", [("p", "a & b")]),
        ("loose <b>words</b>", [("p", "loose words")]),
        ("<ul><li>one<br>two</li></ul>tail", [("li", "one two"), ("p", "tail")]),
        ("<div><h4>T</h4><p></p>x</div>", [("h4", "T"), ("div", "x")]),
    ],
)
def test_blocks_of_a_page_in_reading_order(markup: str, expected: list[tuple[str, str]]) -> None:
    assert paragraphs(markup) == expected
