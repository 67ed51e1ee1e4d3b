"""Where each record of an import stands, so that problems found later still name sheet, row and column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from serai.errors import Problem
from serai.records import Record


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record was read.

    Parameters
    ----------
    file : the file, and the sheet of a workbook.
    row : its row there.
    columns : field -> letter of its column; empty for files without letters.
    """

    file: str
    row: int
    columns: dict[str, str]


KEYS: dict[str, tuple[str, ...]] = {
    "financing": ("project", "name"),
    "reports": ("fact", "quantity", "unit", "source"),
}
"""What tells the records of a table apart; elsewhere it is `id`."""

Places = dict[tuple[str, str], Place]
"""Table and identifier -> where the record was read. Readers fill it in."""


def key_of(table: str, record: Record) -> str:
    """What tells a record apart within its table."""
    return " / ".join(str(getattr(record, name)) for name in KEYS.get(table, ("id",)))


def relocated(problems: Iterable[Problem], places: Places) -> list[Problem]:
    """Problems between records, which know only table and identifier, pointed at the file that was read."""
    return [_relocated(problem, places) for problem in problems]


def _relocated(problem: Problem, places: Places) -> Problem:
    place = places.get(((problem.file or "").removesuffix(".csv"), str(problem.row)))
    if place is None:
        return problem
    letter = place.columns.get(problem.field or "")
    field = f"{problem.field} (column {letter})" if letter else problem.field
    value = str(problem.row) if problem.value is None else problem.value
    return replace(problem, file=place.file, row=place.row, field=field, value=value)
