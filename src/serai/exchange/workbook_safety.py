"""What is checked in a workbook before any spreadsheet library opens it.

A workbook is a zip of XML. The sizes that it declares are added up first; then everything is unpacked once,
in small pieces and never more than declared, and a part that is not what it declares is refused. Every XML
part is read by a strict parser that keeps nothing, because libraries made for speed are lenient: one stray
cell at the end of a sheet makes them ask for hundreds of gigabytes. On the way the cells are looked through
for what a reader would silently drop: formulas that ended in an error, or whose value was never stored.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serai.errors import InputError, MissingExtraError, Problem
from serai.exchange.limits import MIB, Limits, check_file

try:
    from lxml import etree
except ImportError:
    raise MissingExtraError("lxml", "exchange") from None

PIECE = 1 << 20
MOST_CELLS = 20_000_000
MOST_PARTS = 5_000
MOST_ERRORS = 1_000
INDEX, LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
SAFE = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
_PLACE = re.compile(r"([A-Za-z]+)(\d+)")


@dataclass(slots=True)
class Scan:
    """What a pass over one sheet found: its extent and its formulas without a usable value."""

    rows: int = 0
    columns: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)
    """Cell and error, such as `F7` and `#REF!`; the error is blank where no value was stored."""


def scan_workbook(path: Path, limits: Limits) -> dict[str, Scan]:
    """Sheet name -> what its cells hold; `InputError` for what is no workbook or asks for too much."""
    check_file(path, limits.file_bytes)
    packed = path.stat().st_size
    most = min(limits.unpacked_bytes, max(20 * MIB, packed * limits.ratio))
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            names = [part.filename for part in parts]
            if INDEX not in names or LINKS not in names or len(set(names)) < len(names):
                raise InputError(_not_workbook(path))
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > most:
                reason = f"{packed / MIB:.1f} MiB unpack to far more than a workbook holds"
                remedy = "Check where the file is from; do not open it."
                raise InputError(Problem(reason, remedy, file=path.name))
            scans = {part.filename: _scan(archive, part, path) for part in parts}
            return _by_sheet(archive, scans, path)
    except etree.XMLSyntaxError as error:
        raise InputError(_not_workbook(path, error.msg)) from None
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise InputError(_not_workbook(path, str(error))) from None


def _scan(archive: zipfile.ZipFile, part: zipfile.ZipInfo, path: Path) -> Scan:
    """Unpack a part; if it is XML, read it strictly and look at its cells."""
    reader = _Cells(path)
    parser = (
        etree.XMLParser(target=reader, **SAFE) if part.filename.lower().endswith((".xml", ".rels")) else None
    )
    with archive.open(part) as stream:
        while piece := stream.read(PIECE):
            if parser is not None:
                parser.feed(piece)
    if parser is not None:
        parser.close()
    scan = reader.scan
    if scan.rows * scan.columns > MOST_CELLS:
        size = f"a sheet reaches row {scan.rows:,} and column {scan.columns:,}"
        remedy = "Clear the stray cells below or beside the table."
        raise InputError(Problem(size, remedy, file=path.name, row=scan.rows))
    return scan


class _Cells:
    """Takes the events of an XML parser and keeps only the extent and the formulas of a sheet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.scan = Scan()
        self._place = ""
        self._error = self._formula = self._in_value = False
        self._value = ""

    def doctype(self, *_: Any) -> None:
        reason = "a part of the workbook declares a document type"
        raise InputError(
            Problem(reason, "Check where the file is from; do not open it.", file=self.path.name)
        )

    def start(self, tag: str, attributes: Any) -> None:
        name = tag.rpartition("}")[2]
        if name == "c":
            self._error, self._formula, self._value = attributes.get("t") == "e", False, ""
            self._place = attributes.get("r", "")
            if self._place:
                self._reach(self._place)
        elif name == "row":
            row = attributes.get("r", "")
            self.scan.rows = max(self.scan.rows, int(row) if row.isdecimal() else self.scan.rows + 1)
            self.scan.columns = max(self.scan.columns, 1)
        elif name == "f":
            self._formula = True
        elif name == "v":
            self._in_value = True

    def data(self, text: str) -> None:
        if self._in_value:
            self._value += text[:100]

    def end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        if name == "v":
            self._in_value = False
        elif name == "c" and len(self.scan.errors) < MOST_ERRORS and self._has_no_value():
            self.scan.errors.append((self._place, self._value if self._error else ""))

    def _has_no_value(self) -> bool:
        return self._error or (self._formula and not self._value)

    def close(self) -> None:
        """Nothing to give: the scan is kept as it grows."""

    def _reach(self, place: str) -> None:
        found = _PLACE.fullmatch(place)
        if found is None or len(place) > 20:
            reason = f"a cell stands at {place[:20]!r}, which is no place in a sheet"
            raise InputError(Problem(reason, "Save the workbook again.", file=self.path.name))
        column = 0
        for letter in found[1].upper():
            column = column * 26 + ord(letter) - 64
        self.scan.rows = max(self.scan.rows, int(found[2]))
        self.scan.columns = max(self.scan.columns, column)


def _by_sheet(archive: zipfile.ZipFile, scans: dict[str, Scan], path: Path) -> dict[str, Scan]:
    """The scans under the names of their sheets, by the workbook's own index."""
    parser = etree.XMLParser(**SAFE)
    targets = {}
    for link in etree.fromstring(archive.read(LINKS), parser):
        target = str(link.get("Target"))
        targets[link.get("Id")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    found = {}
    for sheet in etree.fromstring(archive.read(INDEX), parser).iter("{*}sheet"):
        link = next((v for k, v in sheet.attrib.items() if k.endswith("}id")), None)
        if targets.get(link) not in scans or not str(targets[link]).lower().endswith(".xml"):
            raise InputError(_not_workbook(path, f"the sheet {sheet.get('name')!r} is missing"))
        found[str(sheet.get("name"))] = scans[targets[link]]
    return found


def _not_workbook(path: Path, detail: str = "") -> Problem:
    reason = "this is not an XLSX workbook" + (f": {detail}" if detail else "")
    return Problem(reason, "Save it as Excel workbook (.xlsx).", file=path.name)
