"""Rows of a study's files that are read by other means than as records: what each column takes.

`money` reads rates and prices, `programme` reads answers and sizes. These models describe their files for
`serai schema` and for whoever fills them in; a test reads the files of the reference study through them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from serai.records.activity import Day
from serai.records.base import Address, Key, PartialDate, Record, Text

Positive = Annotated[float, Field(gt=0)]
Unit = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]


class RateRow(Record):
    """One exchange rate (`rates.csv`)."""

    quote: Annotated[str, Field(pattern=r"^[A-Z]{3} per [A-Z]{3}$")]
    """How it is read, such as `JPY per USD`; one side is USD."""
    when: PartialDate
    """The day, month or year it holds for."""
    value: Positive
    """How much of the first currency is paid for one unit of the second."""
    low: Positive | None = None
    """Lower end, where sources differ."""
    high: Positive | None = None
    """Upper end, where sources differ."""
    basis: Text
    """How it is known: published, implied, from memory."""
    source: Text
    """Where it is from."""


class PriceRow(Record):
    """The price level of one year (`prices.csv`)."""

    year: Annotated[int, Field(ge=1900, le=2200)]
    """Each year once."""
    index: Positive
    """The level; only ratios of two years are used."""
    basis: str = ""
    """How it is known."""
    source: Text
    """Where it is from."""


class AnswerRow(Record):
    """What a source says to one question of the checklist about one project (`answers.csv`)."""

    project: Key
    """A project of projects.csv."""
    question: Key
    """A question of the checklist."""
    low: Unit
    """0 is no, 1 is yes; below `high` where the source leaves it open."""
    high: Unit
    """0 is no, 1 is yes."""
    evidence: Text
    """Where it stands: the row and field of a table, or a page of a document."""
    url: Annotated[tuple[Address, ...], Field(min_length=1)]
    """Addresses of the source."""
    dated: PartialDate
    """Date of the source."""
    grade: Literal["high", "medium", "low"]
    """How good the source is."""
    finding: str = ""
    """What was found, where it is more than yes or no."""
    note: str = ""
    """Why the answer is partial."""


class WaiverRow(Record):
    """A gate that somebody answers for (`waivers.csv`): the project stays eligible."""

    project: Key
    """A project of projects.csv."""
    gate: Key
    """A gate of the checklist."""
    reason: Text
    """Why it may pass."""
    name: Text
    """Who answers for it."""
    day: Day
    """The day of the waiver."""


class SizeRow(Record):
    """The size of one project, where it is published (`sizes.csv`)."""

    project: Key
    """A project of projects.csv."""
    reference_class: str = ""
    """Class of past projects that it is compared with; blank takes the sector's."""
    capacity_mw: Amount | None = None
    """Power, MW."""
    energy_gwh: Amount | None = None
    """Energy a year, GWh."""
    length_km: Amount | None = None
    """Length, km."""
    people: Amount | None = None
    """People taught over the whole project."""
    schooling: Literal["course", "degree", ""] = ""
    """What they are taught."""
    scopes: tuple[Literal["works", "climate_finance"], ...] = ()
    """Which special questions apply."""
    intermediary: bool = False
    """Whether the money is lent on through banks."""
    note: str = ""
