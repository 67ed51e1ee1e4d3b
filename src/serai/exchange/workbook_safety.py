"""What is checked in a workbook before any spreadsheet library opens it.

A workbook is a zip of XML. The sizes that it declares are added up first; then everything is unpacked once,
in small pieces and never more than declared, and a part that is not what it declares is refused. On the way
the cells are scanned for what a reader would silently drop: formulas that ended in an error, formulas whose
value was never stored, and one stray cell that would make a sheet of billions.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from serai.errors import InputError, Problem
from serai.exchange.limits import MIB, Limits, check_file

PIECE = 1 << 20
LONGEST_CELL = 1 << 18
MOST_CELLS = 20_000_000
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d{1,9})"')
_OPEN = re.compile(rb"<(?:\w+:)?c[\s/>]")
_PLACE = re.compile(rb'\br="([A-Z]{1,4})(\d{1,8})"')
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]+)<")


@dataclass(slots=True)
class Scan:
    """What a pass over one sheet found: its extent and its formulas without a usable value."""

    rows: int = 0
    columns: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)
    """Cell and error, such as `F7` and `#REF!`; the error is blank where no value was stored."""


def scan_workbook(path: Path, limits: Limits) -> dict[str, Scan]:
    """Part name -> what its cells hold; `InputError` for what is no workbook, or unpacks to too much."""
    check_file(path, limits.file_bytes)
    packed = path.stat().st_size
    most = min(limits.unpacked_bytes, max(20 * MIB, packed * limits.ratio))
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if "xl/workbook.xml" not in archive.namelist():
                raise InputError(_not_workbook(path))
            if len(parts) > 5000 or sum(part.file_size for part in parts) > most:
                raise InputError(_bomb(path, packed))
            return _scan_parts(archive, parts, path)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        problem = _not_workbook(path)
        raise InputError(Problem(f"{problem.reason}: {error}", problem.remedy, file=path.name)) from None


def _scan_parts(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], path: Path) -> dict[str, Scan]:
    scans: dict[str, Scan] = {}
    for part in parts:
        scan = scans[part.filename] = Scan()  # any part may be a sheet: the index decides, and it may be odd
        rest = b""
        for piece in _pieces(archive, part):
            rest = _scan(rest + piece, scan)
            if len(rest) > LONGEST_CELL:
                raise InputError(_not_workbook(path))
        if scan.rows * scan.columns > MOST_CELLS:
            size = f"a sheet reaches row {scan.rows:,} and column {scan.columns:,}"
            remedy = "Clear the stray cells below or beside the table."
            raise InputError(Problem(size, remedy, file=path.name, row=scan.rows))
    return scans


def _pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(part) as stream:
        while piece := stream.read(PIECE):
            yield piece


def _scan(data: bytes, scan: Scan) -> bytes:
    """Scan the whole cells of some bytes; return what is left of an unfinished one."""
    end = 0
    for row in _ROW.finditer(data):
        scan.rows, scan.columns = max(scan.rows, int(row[1])), max(scan.columns, 1)
    for found in _CELL.finditer(data):
        end = found.end()
        attributes, inside = found[1], found[2] or b""
        place = _PLACE.search(attributes)
        if place is not None:
            scan.columns = max(scan.columns, _column_number(place[1]))
            scan.rows = max(scan.rows, int(place[2]))
        error = b't="e"' in attributes
        if not error and not _FORMULA.search(inside):
            continue
        value = _VALUE.search(inside)
        if error or value is None:
            name = "" if place is None else (place[1] + place[2]).decode()
            scan.errors.append((name, value[1].decode("utf-8", "replace") if value and error else ""))
    rest = data[end:]
    unfinished = _OPEN.search(rest)
    return rest[unfinished.start() :] if unfinished else rest[-512:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _not_workbook(path: Path) -> Problem:
    return Problem("this is not an XLSX workbook", "Save it as Excel workbook (.xlsx).", file=path.name)


def _bomb(path: Path, packed: int) -> Problem:
    reason = f"{packed / MIB:.1f} MiB unpack to far more than a workbook holds"
    return Problem(reason, "Check where the file is from; do not open it.", file=path.name)
