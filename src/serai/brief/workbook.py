"""A brief as a workbook: the answer, every number with its path, a sheet for each table, the sources."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from serai.brief.sections.evidence import cards_shown
from serai.errors import MissingExtraError
from serai.provenance import Source

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from serai.brief.document import Brief, Table

LONGEST_NAME = 31  # characters of a sheet's name, a limit of the format
LONGEST_CELL = 32_767
WIDEST, NARROWEST = 60, 10  # characters of a column
NUMBER_FIELDS = ("label", "estimate", "low", "high", "unit", "basis", "sources", "made_from")


def write_workbook(brief: Brief, out: Path) -> Path:
    """Write a brief as `.xlsx`.

    Numbers stay numbers, with their unit and basis in columns of their own. What is not known is a blank
    cell. Text that begins like a formula stays text.

    Parameters
    ----------
    brief : from `serai.pipeline.make_brief`.
    out : the file; replaced as a whole.

    Raises
    ------
    MissingExtraError : without openpyxl (`serai[exchange]`).
    """
    try:
        from openpyxl import Workbook
    except ImportError:
        raise MissingExtraError("openpyxl", "exchange") from None
    _ = brief.desk.words._
    book = Workbook()
    cover = book.active
    assert cover is not None
    cover.title = _sheet_name(_("The answer"), book)
    sections = {key: section.short for section in brief.sections for key in _tables_of(section)}
    names = {}
    for key, table in brief.tables().items():
        sheet = book.create_sheet(_sheet_name(key, book))
        names[key] = sheet.title
        _table(sheet, table, sections.get(key, ""))
    _grid(book.create_sheet(_sheet_name(_("Numbers"), book)), *_numbers(brief))
    _grid(book.create_sheet(_sheet_name(_("Source cards"), book)), *_sources(brief))
    _grid(book.create_sheet(_sheet_name(_("Run"), book)), *_run(brief))
    _cover(cover, brief, names)
    book.properties.title = brief.title
    book.properties.creator = f"serai {brief.manifest['version']}"
    part = out.with_name(f".{out.name}.part")
    try:
        book.save(part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return out


def _tables_of(section: Any) -> Iterable[str]:
    for part in section.parts:
        table = getattr(part, "table", part)
        if hasattr(table, "data"):
            yield table.key


def _cover(sheet: Worksheet, brief: Brief, names: Mapping[str, str]) -> None:
    _ = brief.desk.words._
    lines: list[Sequence[object]] = [
        (brief.title,),
        (brief.question,),
        (_text(brief.verdict),),
        (brief.warning,),
        *((f"{number}. {_text(text)}",) for number, (text, _section) in enumerate(brief.answer, start=1)),
        (),
        (_("Tables"), _("Sheet")),
    ]
    for line in lines:
        _append(sheet, line)
    for key, table in brief.tables().items():
        _append(sheet, (_text(table.title), names[key]))
        cell = sheet.cell(sheet.max_row, 2)
        cell.hyperlink = f"#'{names[key]}'!A1"
        cell.style = "Hyperlink"
    _bold(sheet, 1, 2, 3, len(lines))
    _wrap(sheet, 1, 100)
    sheet.column_dimensions["B"].width = LONGEST_NAME


def _table(sheet: Worksheet, table: Table, section: str) -> None:
    _append(sheet, (_text(table.title),))
    _append(sheet, (section,))
    _append(sheet, (_text(table.note),))
    _bold(sheet, 1)
    _grid(sheet, [str(name) for name in table.data.columns], table.data.to_numpy(dtype=object).tolist())


def _numbers(brief: Brief) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    words = brief.desk.words

    def row(key: str, fields: Mapping[str, object]) -> Sequence[object]:
        main, spread = words.quantity(brief.desk.numbers[key])
        return (key, f"{main} ({spread})" if spread else main, *(fields[name] for name in NUMBER_FIELDS))

    found = sorted(brief.desk.numbers.by_key.items())
    return ("key", "shown", *NUMBER_FIELDS), (row(key, number.as_dict()) for key, number in found)


def _sources(brief: Brief) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    cards = sorted(cards_shown(brief.desk), key=lambda card: card.key)
    fields = list(Source.__dataclass_fields__)
    return fields, ([getattr(card, name) for name in fields] for card in cards)


def _run(brief: Brief) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    return ("field", "value"), _flat(brief.manifest)


def _flat(manifest: Mapping[str, object], above: str = "") -> Iterator[Sequence[object]]:
    """A row for each entry; those of an entry that holds others have its name before theirs."""
    for name, value in manifest.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}: ")
        elif value is not None:
            yield f"{above}{name}", value


def _grid(sheet: Worksheet, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A header, kept in sight and with filters, and rows below what the sheet holds already."""
    from openpyxl.utils import get_column_letter

    if not header:  # a table of nothing: its title and its note say so
        return
    first = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    widths = [len(name) for name in header]
    _append(sheet, header)
    _bold(sheet, first)
    for row in rows:
        cells = [_cell(value) for value in row]
        _append(sheet, cells)
        widths = [max(width, len(str(cell))) for width, cell in zip(widths, cells, strict=True)]
    for position, width in enumerate(widths, start=1):
        letter = get_column_letter(position)
        sheet.column_dimensions[letter].width = min(WIDEST, max(NARROWEST, width + 2))
    sheet.freeze_panes = sheet.cell(first + 1, 2)
    sheet.auto_filter.ref = f"A{first}:{get_column_letter(len(header))}{sheet.max_row}"


def _append(sheet: Worksheet, row: Sequence[object]) -> None:
    """Adds a row; what begins with `=` is marked as text, or a program would compute it."""
    sheet.append([_cell(value) for value in row] or [None])
    for cell in sheet[sheet.max_row]:
        if cell.data_type == "f":
            cell.data_type = "s"


def _cell(value: object) -> object:
    """A value as the format takes it: a number, a truth, a date, or text; None when it is not known."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping | list | tuple):
        plain = "; ".join(map(str, value)) if not isinstance(value, Mapping) else json.dumps(value)
        return _readable(plain)
    return _readable(_text(str(value) if not isinstance(value, str) else value))


def _readable(text: str) -> str:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return str(ILLEGAL_CHARACTERS_RE.sub("", text))[:LONGEST_CELL]


def _text(value: Markup | str) -> str:
    return value.striptags() if isinstance(value, Markup) else value


def _bold(sheet: Worksheet, *rows: int) -> None:
    from openpyxl.styles import Font

    for row in rows:
        for cell in sheet[row]:
            cell.font = Font(bold=True)


def _wrap(sheet: Worksheet, column: int, width: int) -> None:
    from openpyxl.styles import Alignment
    from openpyxl.utils import get_column_letter

    sheet.column_dimensions[get_column_letter(column)].width = width
    for row in sheet.iter_rows(min_col=column, max_col=column):
        row[0].alignment = Alignment(wrap_text=True, vertical="top")


def _sheet_name(wanted: str, book: Workbook) -> str:
    """A name that the format takes and no other sheet has."""
    plain = re.sub(r"[\[\]:*?/\\']", "_", wanted)
    taken = {name.casefold() for name in book.sheetnames}
    name, number = plain[:LONGEST_NAME], 2
    while name.casefold() in taken:
        tail = f"_{number}"
        name, number = plain[: LONGEST_NAME - len(tail)] + tail, number + 1
    return name
