"""The country sheet says what the model and the ledger say, and how much of it is left out."""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import Any

import pytest

from serai.brief import measurements as m
from serai.brief.country import CountryBrief, country_brief, country_from, write_country
from serai.brief.country_docx import MARGIN_CM, PADDING_CM, PAGE_CM, TABLE_PT, widths_cm
from serai.brief.document import Desk
from serai.errors import UnknownNameError
from serai.ledger import CountrySheet, country_sheet
from serai.study import Study

FIVE = ("KAZ", "KGZ", "TJK", "TKM", "UZB")
Block = tuple[tuple[str, ...], list[tuple[str, ...]]]


@pytest.fixture(scope="module")
def sheets(desk: Desk) -> dict[str, CountryBrief]:
    return {code: country_from(desk, code) for code in FIVE}


def ledger_of(study: Study, code: str) -> CountrySheet:
    return country_sheet(study.records, study.money, code, as_of=study.about.settings.as_of)


def block(sheet: CountryBrief, start: str) -> Block:
    (found,) = ((header, list(rows)) for title, header, rows in sheet.blocks if title.startswith(start))
    return found


def test_gains_are_the_models(desk: Desk, sheets: dict[str, CountryBrief]) -> None:
    study = desk.study
    _, rows = block(sheets["KGZ"], "What integration is worth")
    assert len(rows) == len(study.ladder())
    for row, name in zip(rows, study.ladder(), strict=True):
        assert row[0] == study.scenario(name).title
        shown = [m.real_income(desk, name, "fixed", "KGZ"), m.gain(desk, name, "fixed", "KGZ")]
        shown.append(m.real_income(desk, name, "steady", "KGZ"))
        for cell, number in zip(row[1:], shown, strict=True):
            main, spread = desk.words.quantity(number, signed=False)
            assert cell == f"{main} ({spread})"
    gain = desk.numbers.by_key[f"ladder/{study.about.settings.headline}/fixed/KGZ/gain"]
    main, spread = desk.words.quantity(gain, signed=False)
    assert f"is worth {main} ({spread}) a year to Kyrgyzstan in the medium run" in sheets["KGZ"].lead


@pytest.mark.parametrize("code", FIVE)
def test_promises_are_those_of_the_ledger_newest_first(
    desk: Desk, sheets: dict[str, CountryBrief], code: str
) -> None:
    ledger = ledger_of(desk.study, code)
    every = {c.summary for c in (*ledger.own, *ledger.shared)}
    _, rows = block(sheets[code], "Promises, newest first")
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)
    assert {row[2] for row in rows} <= every
    (title,) = (t for t, *_ in sheets[code].blocks if t.startswith("Promises"))
    assert len(rows) == min(12, len(every))
    assert title.endswith(f"(12 of {len(every)})") == (len(every) > 12), "what is left out is said"
    newest = max(c.date for c in (*ledger.own, *ledger.shared))
    assert rows[0][0] == newest


@pytest.mark.parametrize("code", FIVE)
def test_totals_are_of_what_names_the_country_alone(
    desk: Desk, sheets: dict[str, CountryBrief], code: str
) -> None:
    ledger = ledger_of(desk.study, code)
    priced = [t for t in ledger.totals if t.unit == "USD" and math.isfinite(t.high)]
    _, rows = block(sheets[code], "Promised to it alone")
    assert len(rows) == min(6, len(priced))
    largest = sorted(priced, key=lambda t: ("JPN" not in t["direction"], -t.high))
    assert [row[1] for row in rows] == [t["kind"].replace("_", " ") for t in largest[:6]]
    assert [row[3] for row in rows] == [str(len(t.counted_high)) for t in largest[:6]]


def test_a_total_of_kazakhstan_that_can_be_added_by_hand(sheets: dict[str, CountryBrief]) -> None:
    _, rows = block(sheets["KAZ"], "Promised to it alone")
    (contract,) = (r for r in rows if r[:2] == ("Kazakhstan → United States", "contract"))
    assert contract[2] == "USD 15 bn (14 to 16)", "7.0 + 4.2 + 3.0 to 5.0 + 0.2"
    (ours,) = (r for r in rows if r[:2] == ("Japan → Kazakhstan", "commitment"))
    assert ours[2] == "USD 11 m", "719 m yen at 157, and 6.8"


@pytest.mark.parametrize("code", FIVE)
def test_projects_candidates_first_and_what_is_not_published_is_said(
    desk: Desk, sheets: dict[str, CountryBrief], code: str
) -> None:
    ledger = ledger_of(desk.study, code)
    _, rows = block(sheets[code], "Projects")
    for row, project in zip(rows, ledger.projects, strict=False):
        assert row[0] == (project.title or project.id)
        assert row[1] == (project.status or "not published")
        if project.cost_usd_m is None:
            assert row[2] == "not published"
        else:
            assert row[2].startswith(f"USD {project.cost_usd_m:,.0f} m (")
    assert len(rows) == min(10, len(ledger.projects))


@pytest.mark.parametrize("code", FIVE)
def test_what_is_due_and_what_is_open(desk: Desk, sheets: dict[str, CountryBrief], code: str) -> None:
    ledger = ledger_of(desk.study, code)
    _, rows = block(sheets[code], "Due")
    assert [(r[0], r[1], r[2], r[3]) for r in rows] == [
        (d.due, d.state, d.owner.replace("C5", "Central Asia"), d.what) for d in ledger.due
    ]
    asked = sheets[code].questions
    assert 1 <= len(asked) <= 9
    assert list(asked[:8]) == list(ledger.questions[:8])
    facts = [q for q in ledger.questions if q.startswith("Which figure")]
    assert len({q.split(":")[0] for q in facts}) == len(facts), "a fact is asked about once"
    more = len(ledger.questions) - 8
    assert (f"And {more} more" in asked[-1]) == (more > 0)


def test_thirty_trillion_is_asked_about_in_figures_a_minister_reads(sheets: dict[str, CountryBrief]) -> None:
    (question,) = (q for q in sheets["UZB"].questions if "business projects" in q)
    assert "JPY 3 trillion or 30 trillion? Meanwhile 3 trillion" in question
    (line,) = (q for q in sheets["UZB"].questions if "cost of the line" in q)
    assert "USD 4.7 bn or 8 bn? Meanwhile 4.7 bn" in line


def test_the_three_forms_say_the_same(sheets: dict[str, CountryBrief], tmp_path: Path) -> None:
    from docx import Document

    sheet = sheets["TJK"]
    page = write_country(sheet, tmp_path / "a.html").read_text(encoding="utf-8")
    document = Document(str(write_country(sheet, tmp_path / "a.docx")))
    cells = [[c.text for c in row.cells] for table in document.tables for row in table.rows]
    text = sheet.text()
    for _title, header, rows in sheet.blocks:
        assert list(header) in cells
        for row in rows:
            assert list(row) in cells
            assert " | ".join(row) in text
            assert row[0].replace("&", "&amp;").replace("'", "&#39;") in page
    for question in sheet.questions:
        assert question in text
        assert question in [p.text for p in document.paragraphs]


def test_a_country_outside_the_region_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean KAZ"):
        country_brief(None, "KAX", draws=1)


def test_nothing_half_written_stays(
    sheets: dict[str, CountryBrief], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: object) -> str:
        raise RuntimeError("disk full")

    monkeypatch.setattr("serai.brief.country._html", fails)
    with pytest.raises(RuntimeError):
        write_country(sheets["TJK"], tmp_path / "a.html")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("code", FIVE)
def test_the_document_fills_two_pages_and_no_more(
    sheets: dict[str, CountryBrief], code: str, tmp_path: Path
) -> None:
    """Laid out by hand in a wide font: each line is wrapped word by word in the width that its column has."""
    from docx import Document

    document = Document(str(write_country(sheets[code], tmp_path / "a.docx")))
    section = document.sections[0]
    room = section.page_height.pt - section.top_margin.pt - section.bottom_margin.pt
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    breaks = [p.text for p in document.paragraphs if p.paragraph_format.page_break_before]
    assert [text.split(",")[0] for text in breaks] == ["Projects"], "the second page starts with the projects"
    heights = page_heights(document)
    assert len(heights) == 2
    assert all(0.25 * room < height < 0.97 * room for height in heights)


def page_heights(document: Any) -> list[float]:
    """Points that the text of each page takes in DejaVu Sans, the widest of the common fonts.

    Its letters are 0.55 em wide on average and its lines 1.17 em high. LibreOffice, with that font, sets the
    first pages of the five 563 to 718 points high; this comes within 6 % of each.
    """
    pages = [0.0]
    width = document.sections[0].page_width.pt - 2 * document.sections[0].left_margin.pt
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            pages[-1] += sum(max(cell_height(cell) for cell in row.cells) for row in block.rows)
            continue
        if block.paragraph_format.page_break_before:
            pages.append(0.0)
        style = block.style
        spacing = style.paragraph_format.space_before.pt + style.paragraph_format.space_after.pt
        pages[-1] += spacing + lines(block.text, width, style.font.size.pt) * 1.17 * style.font.size.pt
    return pages


def cell_height(cell: Any) -> float:
    (run,) = cell.paragraphs[0].runs or [None]
    size = run.font.size.pt if run else 0
    return lines(cell.text, cell.width.pt - 11, size) * 1.17 * size + 0.5 if run else 0


def lines(text: str, width: float, size: float) -> int:
    return len(textwrap.wrap(text, max(1, int(width / (0.55 * size))))) or 1


def test_columns_share_the_page_and_break_no_word() -> None:
    header, rows = (
        ("Date", "What"),
        [("2025-12-20", "a sentence of many words " * 4), ("2025", "disbursement")],
    )
    date, what = widths_cm(header, rows)
    assert date + what == pytest.approx(PAGE_CM[0] - 2 * MARGIN_CM[0])
    assert what > 4 * date, "what is long gets the room"
    assert (date - PADDING_CM) / (TABLE_PT / 72 * 2.54) > 0.6 * len("2025-12-20")
