"""Formats in which the region meets others, and their meetings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from serai.records.base import Address, Countries, Key, PartialDate, Record, Text

Basis = Literal["source", "from memory"]


class Format(Record):
    """A standing format: the region and a partner."""

    id: Key
    """Short name."""
    name: Text
    """Its name in full."""
    partner: Text
    """Who meets the region: code of a country, or of a group."""
    members: Annotated[Countries, Field(min_length=1)]
    """Countries of the region that belong to it."""
    since: PartialDate
    """When it was founded."""
    basis: Basis
    """`source` where the address supports the date, else `from memory`: check before relying on it."""
    sources: tuple[Address, ...] = ()
    """Addresses."""
    note: str = ""


class Meeting(Record):
    """One meeting of a format."""

    id: Key
    """Short name."""
    format: Key
    """The format (a row of formats)."""
    date: PartialDate
    """When it was or is to be held."""
    level: Literal["summit", "ministerial", "forum"]
    """Leaders, ministers, or a wider forum."""
    place: str = ""
    """City, or `online`."""
    state: Literal["held", "scheduled", "postponed", "cancelled", "unknown"]
    """`unknown` where the date has passed and no outcome was found."""
    title: Text
    """What it was."""
    basis: Basis
    """`source` or `from memory`."""
    sources: tuple[Address, ...] = ()
    """Addresses."""
    note: str = ""
