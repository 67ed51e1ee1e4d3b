"""What sources report, how delivery is judged, and what falls due."""

from __future__ import annotations

from typing import Literal

from serai.records.base import Address, Key, PartialDate, Record, Text


class Report(Record):
    """One source's figure for one fact: several reports of a fact can be laid side by side."""

    fact: Key
    """The same word in every report of the same fact."""
    quantity: Text
    """What was counted or valued."""
    value: float
    unit: Text
    """A currency code, or what is counted. Only equal units are compared."""
    bound: Literal["exact", "about", "at_least", "at_most"] = "exact"
    date: PartialDate
    """The date the figure refers to."""
    source: Address
    publisher: str = ""
    """Who prints it; two pages of one publisher are one voice."""
    official: bool = False
    """Printed by an office that owns the fact."""
    commitment: str = ""
    """The commitment that it is about, where there is one."""
    note: str = ""


class Assessment(Record):
    """A judgement of delivery: -1 not done, 0 in part or in hand, +1 done; none where nothing is known."""

    id: Key
    commitment: Key
    date: PartialDate
    """The day of the judgement."""
    score: Literal[-1, 0, 1]
    """-1, 0 or 1."""
    evidence: Text
    by: Text
    """Who judged."""
    sources: tuple[Address, ...] = ()


class Milestone(Record):
    """Something that falls due, and whether it was met."""

    id: Key
    commitment: str = ""
    project: str = ""
    title: Text
    owner: Text
    """Who owes it."""
    due: PartialDate
    met: PartialDate | None = None
    """When it was met."""
    missed: bool = False
    """Known not to have been met by its date. Neither this nor `met` after the date: nothing is known."""
    sources: tuple[Address, ...] = ()
    note: str = ""
