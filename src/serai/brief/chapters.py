"""The eight sections of a brief: each opens with its finding, and holds one or more of the written parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from serai.brief.document import Desk, Section
from serai.brief.words import N_

OPENING = ("summit", "missing")
CHAPTERS = (
    ("programme", "projects"),
    ("integration", "levers", "frictions"),
    ("corridors",),
    ("partners", "leverage", "supply"),
    ("broker", "financing"),
    ("ledger",),
    ("claims",),
    ("sources",),
)
"""The parts of each section in their order; the first that a brief has gives it its title and its finding."""
BASE_YEAR = N_("Base year 2023, investment of the end of 2021")
ON_RECORD = N_("As on record on {as_of}")
RECORDS = frozenset({"summit", "programme", "projects", "financing", "ledger", "claims"})


@dataclass(frozen=True, slots=True)
class Chapter:
    """One of the eight sections, or the opening.

    Parameters
    ----------
    number : 1 to 8 in a brief that has them all; None for the opening.
    lead : the part that gives title, finding and address.
    others : the parts that follow, each under a heading of its own.
    """

    number: int | None
    lead: Section
    others: tuple[Section, ...]


def chapters(sections: Sequence[Section]) -> tuple[Chapter, ...]:
    """The written parts as the opening and numbered sections, in the order of `CHAPTERS`; empty ones are left out.

    >>> from serai.brief.document import Section
    >>> made = chapters([Section("levers", "", "", ""), Section("summit", "", "", ""), Section("ledger", "", "", "")])
    >>> [(chapter.number, chapter.lead.id) for chapter in made]
    [(None, 'summit'), (1, 'levers'), (2, 'ledger')]
    """
    by_id = {section.id: section for section in sections}
    placed = {name for group in (OPENING, *CHAPTERS) for name in group}
    groups = [*CHAPTERS[:-1], *((name,) for name in by_id if name not in placed), CHAPTERS[-1]]
    found = [[by_id[name] for name in group if name in by_id] for group in groups]
    opening = [Chapter(None, by_id[name], ()) for name in OPENING if name in by_id]
    numbered = [
        Chapter(number, lead, tuple(others))
        for number, (lead, *others) in enumerate(filter(None, found), start=1)
    ]
    return (*opening, *numbered)


def in_order(sections: Iterable[Section | None]) -> list[Section]:
    """The written parts in the order of the page; those that a brief does not have are left out.

    >>> [section.id for section in in_order([Section("ledger", "", "", ""), None, Section("programme", "", "", "")])]
    ['programme', 'ledger']
    """
    found = chapters([section for section in sections if section is not None])
    return [section for chapter in found for section in (chapter.lead, *chapter.others)]


def year_of(desk: Desk, section: Section) -> str:
    """Which year the charts of a part describe, unless one says it itself."""
    if section.id in RECORDS:
        return desk.words._(ON_RECORD, as_of=desk.study.about.settings.as_of.isoformat())
    return desk.words._(BASE_YEAR)
