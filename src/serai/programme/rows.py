"""Rows of text as they come from a file: all columns there, no cell too many or too few."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from serai.errors import Problems, suggestion

Row = Mapping[str, str]


def checked(rows: Iterable[Row], columns: Sequence[str], file: str) -> list[Row]:
    """The rows, after refusing missing columns and rows that do not fit the header.

    Other columns are left alone.

    Raises
    ------
    InputError : every missing column, every row with missing or surplus cells.
    """
    problems = Problems(file)
    kept = list(rows)
    header = [str(column) for column in kept[0]] if kept else list(columns)
    for column in columns:
        if column not in header:
            problems.add("a column is missing", suggestion(column, header), row=1, field=column)
    for line, row in enumerate(kept, start=2):
        # csv.DictReader files surplus cells under None and fills missing ones with None
        if any(part is None for pair in row.items() for part in pair):
            problems.add(
                "the row does not have as many cells as the header",
                "Quote cells that contain commas, and leave unknown cells empty.",
                row=line,
            )
    problems.raise_if_any()
    return kept
