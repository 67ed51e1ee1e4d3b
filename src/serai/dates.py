"""Partial dates: sources give a year, a month or a day, and what they do not give is not invented."""

from __future__ import annotations

import calendar
import re
from datetime import date

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def first_day(text: str) -> date:
    """The first day that a partial date (`2025`, `2025-12`, `2025-12-20`) may mean.

    >>> first_day("2025-12")
    datetime.date(2025, 12, 1)
    """
    year, month, day = _parts(text)
    return date(year, month or 1, day or 1)


def last_day(text: str) -> date:
    """The last day that a partial date may mean.

    >>> last_day("2028-02")
    datetime.date(2028, 2, 29)
    """
    year, month, day = _parts(text)
    month = month or 12
    return date(year, month, day or calendar.monthrange(year, month)[1])


def _parts(text: str) -> tuple[int, int | None, int | None]:
    found = _PARTIAL.fullmatch(text)
    if found is None:
        raise ValueError("not a date. Write a year, a month or a day: 2025, 2025-12 or 2025-12-20")
    year, month, day = (None if part is None else int(part) for part in found.groups())
    assert year is not None
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        raise ValueError("there is no such day. Correct the month or the day") from None
    return year, month, day
