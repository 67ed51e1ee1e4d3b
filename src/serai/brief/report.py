"""A brief as a Word document: the same words, pictures and tables, to edit and to circulate."""

from __future__ import annotations

import io
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import vl_convert
from markupsafe import Markup

from serai.brief.chapters import chapters, year_of
from serai.brief.country_docx import widths_cm
from serai.brief.document import Chart, Table, unbroken
from serai.errors import MissingExtraError

if TYPE_CHECKING:
    from docx.document import Document

    from serai.brief.document import Brief

BLOCKS = frozenset({"p", "li", "figcaption", "summary", "h3", "h4", "div"})
PICTURE_SCALE = 2
PAGE_WIDTH_CM, MARGIN_CM = 21, 2
BODY_PT, TABLE_PT = 10, 8
EAST_ASIAN_FONT = "Noto Sans CJK JP"
NUMBERED, BULLET, CAPTION, GRID = "List Number", "List Bullet", "Caption", "Light List"


def write_report(brief: Brief, out: Path) -> Path:
    """Write a brief as `.docx`.

    The long tables that the page folds away are left to the workbook and to `tables/`; the document says so
    where they would stand.

    Raises
    ------
    MissingExtraError : without python-docx (`serai[exchange]`).
    """
    try:
        import docx
    except ImportError:
        raise MissingExtraError("python-docx", "exchange") from None
    _ = brief.desk.words._
    document = docx.Document()
    _styles(document)
    document.core_properties.title = brief.title
    document.core_properties.author = f"serai {brief.manifest['version']}"
    document.add_heading(brief.question, level=0)
    document.add_paragraph(brief.title)
    document.add_paragraph(_text(brief.verdict), style="Intense Quote")
    if brief.warning:
        document.add_paragraph(brief.warning).runs[0].bold = True
    document.add_heading(_("The answer in five sentences"), level=1)
    for sentence, _target in brief.answer:
        document.add_paragraph(_text(sentence), style=NUMBERED)
    for chapter in chapters(brief.sections):
        for section in (chapter.lead, *chapter.others):
            level = 1 if section is chapter.lead else 2
            document.add_heading(_text(section.title), level=level)
            document.add_paragraph(_text(section.finding)).runs[0].bold = True
            for part in section.parts:
                _part(document, part, brief, level + 1, year_of(brief.desk, section))
    document.add_paragraph(
        _("A model's answer to the question asked, under the assumptions listed above; not a forecast.")
    )
    part_file = out.with_name(f".{out.name}.part")
    try:
        document.save(str(part_file))
        part_file.replace(out)
    finally:
        part_file.unlink(missing_ok=True)
    return out


def _part(document: Document, part: Chart | Table | Markup, brief: Brief, level: int, year: str) -> None:
    if isinstance(part, Chart):
        _chart(document, part, brief, level, year)
    elif isinstance(part, Table):
        _table(document, part, brief, level)
    else:
        for tag, text in paragraphs(str(part)):
            if tag in ("h3", "h4"):
                document.add_heading(text, level=level)
            else:
                document.add_paragraph(text, style=BULLET if tag == "li" else None)


def _chart(document: Document, chart: Chart, brief: Brief, level: int, year: str) -> None:
    from docx.shared import Cm

    document.add_heading(_text(chart.title), level=level)
    document.add_paragraph(_text(chart.said(brief.desk.words, year)))
    png = vl_convert.svg_to_png(chart.wide, scale=PICTURE_SCALE)
    picture = document.add_picture(io.BytesIO(png), width=Cm(PAGE_WIDTH_CM - 2 * MARGIN_CM))
    described = picture._inline.docPr
    described.set("descr", f"{chart.alt}: {_text(chart.title)}")
    document.add_paragraph(" ".join(filter(None, (_text(chart.source), _text(chart.note)))), style=CAPTION)


def _table(document: Document, table: Table, brief: Brief, level: int) -> None:
    from docx.shared import Cm

    document.add_heading(_text(table.title), level=level)
    if table.folded:
        document.add_paragraph(
            brief.desk.words.n_(
                "{count} row: see tables/{key}.csv of the run, or the workbook.",
                "{count} rows: see tables/{key}.csv of the run, or the workbook.",
                len(table.rows),
                key=table.key,
            )
        )
        return
    made = document.add_table(rows=1 + len(table.rows), cols=len(table.header), style=GRID)
    made.autofit = False
    texts = [tuple(_text(value) for value in line) for line in (table.header, *table.rows)]
    widths = widths_cm(texts[0], texts[1:], page=PAGE_WIDTH_CM - 2 * MARGIN_CM, points=TABLE_PT)
    for column, width_cm in zip(made.columns, widths, strict=True):
        column.width = Cm(width_cm)
    grid = made._cells  # read once: `made.cell` walks the whole table at each call
    width = len(table.header)
    for number, line in enumerate(texts):
        for position, text in enumerate(line):
            cell = grid[number * width + position]
            cell.width = Cm(widths[position])
            _fill(cell, text, right=position in table.numeric)
    _repeat_header(made.rows[0])
    if table.note:
        document.add_paragraph(_text(table.note), style=CAPTION)


def _fill(cell: object, text: str, *, right: bool) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]  # type: ignore[attr-defined]
    paragraph.add_run(unbroken(text)).font.size = Pt(TABLE_PT)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _repeat_header(row: object) -> None:
    """The header again on every page that the table reaches."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # type: ignore[attr-defined]


def _styles(document: Document) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    for section in document.sections:
        section.page_width, section.page_height = Cm(PAGE_WIDTH_CM), Cm(29.7)
        section.left_margin = section.right_margin = Cm(MARGIN_CM)
        section.top_margin = section.bottom_margin = Cm(MARGIN_CM)
    normal = document.styles["Normal"]
    normal.font.size = Pt(BODY_PT)
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), EAST_ASIAN_FONT)


def _text(value: Markup | str) -> str:
    return value.striptags() if isinstance(value, Markup) else value


def paragraphs(markup: str) -> list[tuple[str, str]]:
    """The blocks of a piece of a page in reading order: (tag, text) of each with text of its own.

    >>> paragraphs("<figure><h3>Key</h3><ul><li>one <b>1</b></li><li>two</li></ul></figure>")
    [('h3', 'Key'), ('li', 'one 1'), ('li', 'two')]
    """
    reader = _Blocks()
    reader.feed(markup)
    reader.close()
    return reader.finished()


class _Blocks(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = ["p"]
        self._found: list[tuple[str, list[str]]] = [("p", [])]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in BLOCKS:
            self._open.append(tag)
            self._found.append((tag, []))
        elif tag == "br":
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS and tag in self._open[1:]:
            while self._open.pop() != tag:
                pass
            self._found.append((self._open[-1], []))

    def handle_data(self, data: str) -> None:
        self._found[-1][1].append(data)

    def finished(self) -> list[tuple[str, str]]:
        joined = ((tag, " ".join("".join(pieces).split())) for tag, pieces in self._found)
        return [(tag, text) for tag, text in joined if text]
