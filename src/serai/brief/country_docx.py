"""A country sheet as a Word document of two A4 pages: what was promised on the first, projects and questions
on the second.

Fonts differ between machines, so the sizes leave room: the sheets of the reference study stay on two pages in
DejaVu Sans, which is a sixth wider than the font that is named.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from serai.brief.document import unbroken
from serai.errors import MissingExtraError

if TYPE_CHECKING:
    from serai.brief.country import CountryBrief, Rows

FONT, EAST_ASIAN_FONT = "Arial", "Noto Sans CJK JP"
BODY_PT, TABLE_PT, HEADING_PT, TITLE_PT = 8.5, 7.5, 9.5, 14
PAGE_CM, MARGIN_CM = (21.0, 29.7), (1.5, 1.2)
"""Width and height of A4; margins at the sides, and above and below."""

BETWEEN_PT = 3
WIDE_EM, PADDING_CM, POINTS_A_CM = 0.68, 0.4, 72 / 2.54
"""The width of a bold letter in a wide font; the empty edges of a cell; points in a centimetre."""


def write_docx(sheet: CountryBrief, out: Path) -> None:
    """Write a sheet as `.docx`; `MissingExtraError` without python-docx."""
    try:
        from docx import Document
        from docx.oxml.ns import qn
        from docx.shared import Cm, Pt
    except ImportError:
        raise MissingExtraError("python-docx", "exchange") from None
    document: Any = Document()
    section = document.sections[0]
    section.page_width, section.page_height = map(Cm, PAGE_CM)
    section.left_margin = section.right_margin = Cm(MARGIN_CM[0])
    section.top_margin = section.bottom_margin = Cm(MARGIN_CM[1])
    section.header_distance = section.footer_distance = Cm(MARGIN_CM[1] / 2)
    for name, size in (
        ("Normal", BODY_PT),
        ("List Bullet", BODY_PT),
        ("Heading 2", HEADING_PT),
        ("Title", TITLE_PT),
    ):
        style = document.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), EAST_ASIAN_FONT)
        between = BETWEEN_PT if name != "List Bullet" else 0
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(between)
        style.paragraph_format.line_spacing = 1
    document.add_heading(sheet.title, level=0)
    document.add_paragraph(sheet.lead)
    for place, (title, header, rows) in enumerate(sheet.blocks, 1):
        heading = document.add_heading(title, level=2)
        heading.paragraph_format.page_break_before = place == len(sheet.blocks)
        _table(document, header, rows)
    document.add_heading(sheet.words._("Open questions"), level=2)
    for question in sheet.questions:
        document.add_paragraph(question, style="List Bullet")
    document.add_paragraph(sheet.note)
    document.core_properties.title = sheet.title
    document.save(str(out))


def widths_cm(
    header: Sequence[str],
    rows: Rows,
    *,
    page: float = PAGE_CM[0] - 2 * MARGIN_CM[0],
    points: float = TABLE_PT,
) -> tuple[float, ...]:
    """Widths of columns: each has room for its longest word, and the rest is shared by how much text they hold.

    Where the longest words do not fit side by side, each column is narrowed alike.
    """
    columns = list(zip(header, *rows, strict=True))
    letter = WIDE_EM * points / POINTS_A_CM
    least = [PADDING_CM + letter * max(map(_longest, c)) for c in columns]
    most = [PADDING_CM + letter * max(map(_letters, c)) for c in columns]
    rest = page - sum(least)
    if rest < 0:
        return tuple(page * narrow / sum(least) for narrow in least)
    shares = [math.sqrt(wide - narrow) for narrow, wide in zip(least, most, strict=True)]
    total = sum(shares) or 1
    return tuple(narrow + rest * share / total for narrow, share in zip(least, shares, strict=True))


def _letters(text: str) -> int:
    """The length of a text in letters; a Chinese or Japanese character is as wide as two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _longest(text: str) -> int:
    """The length of the longest piece that must stay on one line; Japanese breaks anywhere."""
    pieces = "".join(f" {x}{x} " if east_asian_width(x) in "WF" else x for x in text).split()
    return max(map(len, pieces), default=0)


def _table(document: Any, header: Sequence[str], rows: Rows) -> None:
    from docx.shared import Cm

    table = document.add_table(rows=0, cols=len(header), style="Light List")
    table.autofit = False
    widths = widths_cm(header, rows)
    for line in (header, *rows):
        for cell, text, width in zip(table.add_row().cells, line, widths, strict=True):
            cell.width = Cm(width)
            _fill(cell, text)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)


def _fill(cell: Any, text: str) -> None:
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(0)
    paragraph.add_run(unbroken(text)).font.size = Pt(TABLE_PT)
