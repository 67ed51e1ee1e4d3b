"""Workbooks: a template that a programme officer fills in, and back.

One sheet a table, the header in row 1 with what each column takes as a comment, lists to choose from, and a
first sheet with instructions. Reading refuses what cannot be read in one way only; every problem has sheet,
row and column, and nothing is taken from a workbook with problems.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from serai.errors import InputError, MissingExtraError, Problem, suggestion
from serai.exchange.cells import Column, columns, header_problems, read_row, write_row
from serai.exchange.limits import DEFAULT, Limits
from serai.exchange.places import Place, Places, key_of
from serai.exchange.progress import EVERY, Progress
from serai.exchange.workbook_safety import Scan, scan_workbook
from serai.records import RECORDS, Record
from serai.records.base import NO_GROUPS, Groups

try:
    import python_calamine as calamine
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation
except ImportError as error:
    raise MissingExtraError(error.name or "openpyxl", "exchange") from None

READ_ME, LISTS = "Read me", "Lists"
LONGEST = 32_767
DIGITS = 15
"""What a spreadsheet keeps of a number; one with more is written as text, which reads back whole."""

INSTRUCTIONS = (
    "How to fill in this workbook",
    "One sheet a table, one row a record. Row 1 names the fields: do not change it. Point at a name to read "
    "what goes there.",
    "Dark headers are required. Leave a cell blank where you do not know: a blank is not a zero.",
    "Dates: 2025, 2025-12 or 2025-12-20, as text. Do not give a day that the source does not give.",
    "Numbers: digits with a point for decimals and nothing between thousands, such as 1234567.89. "
    "The currency has a column of its own.",
    "Several names or addresses in one cell: put a semicolon between them.",
    "Codes: countries as ISO 3166 three letters (KAZ), currencies as ISO 4217 (JPY).",
    "Do not merge cells, do not colour to mean something, and do not add columns: they are refused.",
    "Every row needs its own identifier. To change a record keep its identifier; a new one adds a record.",
)


def write_workbook(path: Path, tables: Mapping[str, Iterable[Record]]) -> None:
    """Write a workbook with a sheet for each table; with no records in it, it is a template.

    Parameters
    ----------
    path : where to write; appears whole or not at all.
    tables : table name (see `serai.records.RECORDS`) -> records, possibly none.

    Raises `InputError` for a text that no cell can hold (over 32,767 characters).
    """
    rows = {name: [write_row(record) for record in records] for name, records in tables.items()}
    problems = [problem for name, cells in rows.items() for problem in _too_long(name, cells)]
    if problems:
        raise InputError(problems)
    book = Workbook(write_only=True)
    _write_read_me(book)
    lists = _write_lists(book, {name: _choices(RECORDS[name]) for name in tables})
    for name, cells in rows.items():
        _write_sheet(book, name, cells, lists)
    whole = path.with_name(path.name + ".part")
    book.save(whole)
    whole.replace(path)


def read_workbook(
    path: Path,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
    *,
    groups: Groups = NO_GROUPS,
    places: Places | None = None,
) -> dict[str, tuple[Record, ...]]:
    """Table name -> records of every sheet that has rows.

    Parameters
    ----------
    progress : called with the sheet, the rows done and the rows there are.
    groups : words for several countries -> their codes (see `serai.exchange.groups`).
    places : filled with where each record stands.

    Raises
    ------
    InputError : all problems with sheet, row and column: a sheet or column that does not exist, merged
        cells, formulas without a value, numbers that can be read in two ways, a bad record, the same
        identifier twice; or the one reason why the file was not opened at all.
    """
    scans = scan_workbook(path, limits)
    try:
        book = calamine.load_workbook(str(path))
    except (calamine.CalamineError, OSError) as error:
        raise InputError(
            Problem(f"the workbook cannot be read: {error}", "Save it again.", file=path.name)
        ) from None
    found: dict[str, tuple[Record, ...]] = {}
    problems: list[Problem] = []
    for name in book.sheet_names:
        if name in (READ_ME, LISTS):
            continue
        if name not in RECORDS:
            problems.append(
                Problem("there is no such table", suggestion(name, RECORDS), f"{path.name}, sheet {name}")
            )
            continue
        reader = _Sheet(path.name, name, scans.get(name, Scan()), limits, progress, groups)
        records = reader.read(book.get_sheet_by_name(name))
        problems += reader.problems
        if places is not None:
            places |= reader.places
        if records:
            found[name] = records
    if problems:
        raise InputError(problems)
    return found


class _Sheet:
    """One sheet on its way to records."""

    def __init__(
        self, file: str, name: str, scan: Scan, limits: Limits, progress: Progress | None, groups: Groups
    ) -> None:
        self.file, self.name, self.scan = f"{file}, sheet {name}", name, scan
        self.limits, self.progress, self.groups = limits, progress, groups
        self.model = RECORDS[name]
        self.letters: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.places: Places = {}

    def read(self, sheet: Any) -> tuple[Record, ...]:
        if not self._fits():
            return ()
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
            place = f"{_letter(left)}{top + 1}:{_letter(right)}{bottom + 1}"
            self._refuse("merged cells", "Unmerge them and fill each row.", top + 1, place)
        self._formulas()
        rows = ((number, [_text(cell) for cell in row]) for number, row in enumerate(sheet.iter_rows(), 1))
        first, headers = next(((number, texts) for number, texts in rows if any(texts)), (1, []))
        left = 0 if sheet.start is None else sheet.start[1]
        while headers and headers[-1] == "":
            headers.pop()
        self.letters = {header: _letter(place + left) for place, header in enumerate(headers)}
        self.problems += header_problems(headers, self.model, self.file, first)
        return () if self.problems else self._rows(rows, headers, sheet.height)

    def _rows(
        self, rows: Iterable[tuple[int, list[str]]], headers: list[str], total: int
    ) -> tuple[Record, ...]:
        records: list[Record] = []
        for number, texts in rows:
            if self.progress and number % EVERY == 0:
                self.progress(self.name, min(number, total), total)
            if not any(texts):
                continue
            if any(texts[len(headers) :]):
                self._refuse("a value outside the columns", "Move it under a header, or delete it.", number)
            named = dict(zip(headers, texts, strict=False))
            got = read_row(self.model, named, file=self.file, row=number, groups=self.groups)
            if isinstance(got, list):
                self.problems += [self._with_letter(problem) for problem in got]
            else:
                self._once(got, number)
                records.append(got)
            if len(self.problems) >= self.limits.problems:
                self._refuse("too many problems; reading stopped", "Correct these first.", number)
                break
        if self.progress:
            self.progress(self.name, total, total)
        return tuple(records)

    def _once(self, record: Record, number: int) -> None:
        """Remember where a record stands; the same identifier a second time is refused."""
        key = key_of(self.name, record)
        first = self.places.setdefault((self.name, key), Place(self.file, number, self.letters)).row
        if first != number and hasattr(record, "id"):
            reason = f"the identifier is already in row {first}"
            problem = Problem(reason, "Give each row its own.", self.file, number, "id", key)
            self.problems.append(self._with_letter(problem))

    def _fits(self) -> bool:
        scan = self.scan
        if scan.rows > self.limits.rows + 1:
            size = f"the sheet reaches row {scan.rows:,}"
            self._refuse(
                size,
                f"At most {self.limits.rows:,} rows are read; clear stray cells below or beside the table.",
            )
            return False
        return True

    def _formulas(self) -> None:
        for place, error in self.scan.errors[: self.limits.problems]:
            row = int("".join(filter(str.isdigit, place)) or 0) or None
            if error:
                self._refuse(f"a formula that ended in {error}", "Correct it, or type the value.", row, place)
            else:
                remedy = "Open it in a spreadsheet program and save it, or type the value."
                self._refuse("a formula whose value is not stored", remedy, row, place)

    def _with_letter(self, problem: Problem) -> Problem:
        letter = self.letters.get(problem.field or "")
        return replace(problem, field=f"{problem.field} (column {letter})") if letter else problem

    def _refuse(
        self, reason: str, remedy: str, row: int | None = None, place: str | None = None, value: object = None
    ) -> None:
        self.problems.append(Problem(reason, remedy, self.file, row, place, value))


def _text(cell: Any) -> str:
    """A cell as the text that the codec reads; real dates become ISO dates."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float | int):
        return str(int(cell)) if cell == int(cell) and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


def _letter(place: int) -> str:
    return str(get_column_letter(place + 1))


def _choices(model: type[Record]) -> dict[str, tuple[str, ...]]:
    return {column.header: column.choices for column in columns(model) if column.choices}


def _write_read_me(book: Workbook) -> None:
    sheet = book.create_sheet(READ_ME)
    sheet.column_dimensions["A"].width = 110
    for line, text in enumerate(INSTRUCTIONS):
        cell = WriteOnlyCell(sheet, text)
        cell.font = Font(bold=line == 0, size=14 if line == 0 else 11)
        sheet.append([cell])


def _write_lists(
    book: Workbook, lists: Mapping[str, Mapping[str, tuple[str, ...]]]
) -> dict[tuple[str, str], str]:
    """The words to choose from, a column each, on a hidden sheet; table and header -> their range."""
    sheet = book.create_sheet(LISTS)
    sheet.sheet_state = "hidden"
    heads = [(name, header, words) for name, found in lists.items() for header, words in found.items()]
    sheet.append([f"{name}/{header}" for name, header, _ in heads])
    for row in range(max((len(words) for *_, words in heads), default=0)):
        sheet.append([words[row] if row < len(words) else None for *_, words in heads])
    return {
        (name, header): f"{LISTS}!${_letter(i)}$2:${_letter(i)}${len(words) + 1}"
        for i, (name, header, words) in enumerate(heads)
    }


def _too_long(name: str, rows: Sequence[Mapping[str, str]]) -> Iterable[Problem]:
    for number, cells in enumerate(rows, 2):
        for header, text in cells.items():
            if len(text) > LONGEST:
                reason = f"a text of {len(text):,} characters; a cell holds {LONGEST:,}"
                yield Problem(reason, "Export it as CSV or OC4IDS.", name, number, header)


def _write_sheet(
    book: Workbook, name: str, rows: Sequence[Mapping[str, str]], lists: Mapping[tuple[str, str], str]
) -> None:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "B2"
    heads = [c for c in columns(RECORDS[name]) if not c.is_extra or any(row[c.header] for row in rows)]
    for place, column in enumerate(heads):
        dimension = sheet.column_dimensions[_letter(place)]
        dimension.width = 14 if column.kind in ("number", "integer", "yes_no") else 24
        if column.kind == "text":
            dimension.number_format = "@"
        if column.choices and column.kind != "words":
            rule = DataValidation("list", formula1=lists[name, column.header], allow_blank=True)
            rule.error, rule.errorTitle, rule.showErrorMessage = (
                "Choose one of the list.",
                column.header,
                True,
            )
            rule.add(f"{_letter(place)}2:{_letter(place)}100000")
            sheet.data_validations.append(rule)
    sheet.append([_head(sheet, column) for column in heads])
    for cells in rows:
        sheet.append([_value(sheet, column, cells[column.header]) for column in heads])


def _head(sheet: Any, column: Column) -> Any:
    cell = WriteOnlyCell(sheet, column.header)
    cell.font = Font(bold=True, color="FFFFFF" if column.required else "000000")
    cell.fill = PatternFill("solid", fgColor="1F4E79" if column.required else "D9E2EF")
    needed = "Required. " if column.required else ""
    words = f" One of: {', '.join(column.choices)}." if column.choices else ""
    cell.comment = Comment(
        f"{needed}{column.help}{words}".strip() or column.header, "serai", width=320, height=120
    )
    return cell


def _value(sheet: Any, column: Column, text: str) -> Any:
    if text == "":
        return None
    if column.kind in ("number", "integer") and float(f"{float(text):.{DIGITS}g}") == float(text):
        return float(text)
    cell = WriteOnlyCell(sheet, text)
    cell.number_format = "@"
    return cell
