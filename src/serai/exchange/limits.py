"""What is refused before it is opened: files too large to be what they claim."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from serai.errors import InputError, Problem

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what is read; the defaults fit the largest files that planners exchange.

    Parameters
    ----------
    file_bytes : size of a CSV, JSON or workbook file.
    xml_bytes : size of an XML file; it is streamed, so it may be larger.
    unpacked_bytes, ratio : size of a workbook's parts when unpacked, and unpacked over packed size.
    rows : rows of a table.
    cell_chars : characters of one cell or one XML text.
    problems : problems reported before reading stops.
    """

    file_bytes: int = 100 * MIB
    xml_bytes: int = 512 * MIB
    unpacked_bytes: int = 400 * MIB
    ratio: int = 100
    rows: int = 200_000
    cell_chars: int = 100_000
    problems: int = 500


DEFAULT = Limits()


def check_file(path: Path, most_bytes: int) -> None:
    """Raise `InputError` when the file is absent, no plain file, empty, or larger than `most_bytes`."""
    if not path.is_file():
        raise InputError(Problem("there is no such file", "Check the path.", file=str(path)))
    size = path.stat().st_size
    if size == 0:
        raise InputError(Problem("the file is empty", "Export it again.", file=path.name))
    if size > most_bytes:
        raise InputError(
            Problem(
                f"the file has {size / MIB:,.0f} MiB; at most {most_bytes / MIB:,.0f} MiB are read",
                "Split it, or check that it is the right file.",
                file=path.name,
            )
        )
