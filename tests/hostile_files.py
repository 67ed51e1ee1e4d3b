"""Broken, careless and hostile files, made on the spot: for the readers and for the command line alike."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import Workbook

MIB = 1 << 20
Cells = dict[str, Any]

GOOD: Cells = {
    "id": "X-1",
    "format": "bilateral",
    "date": "2025-12-20",
    "level": "summit",
    "partner": "JPN",
    "parties": "Japan",
    "direction": "JPN>KAZ",
    "summary": "a promise",
    "areas": "green",
    "kind": "pledge",
    "amount": 1000,
    "currency": "JPY",
    "countries": "KAZ",
    "grade": "C",
    "sources": "https://example.org/a",
}
"""A commitment with nothing wrong in it."""

LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY d SYSTEM "file:///etc/hostname">]>'
REMOTE = '<!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd">'


def workbook(
    path: Path, rows: list[Cells], sheet: str = "commitments", change: Callable[[Any], Any] | None = None
) -> Path:
    """A workbook of one sheet; `change` may spoil its page."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    headers = list(dict.fromkeys(header for row in rows for header in row))
    page.append(headers)
    for row in rows:
        page.append([row.get(header) for header in headers])
    if change:
        change(page)
    book.save(path)
    return path


def rewritten(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """The same workbook with the XML of its sheet changed by hand."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/worksheets/sheet1.xml"] = change(parts["xl/worksheets/sheet1.xml"])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)
    return path


def stored(value: str, error: bool = False) -> Callable[[bytes], bytes]:
    """Give the formula in K2 a stored value, as a spreadsheet program does."""

    def change(xml: bytes) -> bytes:
        cell = b'<c r="K2" t="e">' if error else b'<c r="K2">'
        return re.sub(rb"<v></v>|<v ?/>", f"<v>{value}</v>".encode(), xml.replace(b'<c r="K2">', cell))

    return change


def bomb(path: Path, mebibytes: int = 1025, piece: bytes = b" " * MIB, start: bytes = b"") -> Path:
    """A small workbook that unpacks to many pieces: by default 1 MiB of blanks each, over 1 GiB in all."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/_rels/workbook.xml.rels", "<links/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=mebibytes > 1000) as part:
            part.write(start)
            for _ in range(mebibytes):
                part.write(piece)
    return path


def gigabyte(path: Path) -> Path:
    """A file of 1 GiB that takes no room on the disk."""
    with path.open("wb") as stream:
        stream.truncate(1 << 30)
    return path
