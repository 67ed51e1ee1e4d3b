"""Who owes what by when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from serai.dates import first_day, last_day
from serai.exchange.folder import Tables
from serai.ledger.delivery import state
from serai.records import Commitment, Format, Meeting, Milestone
from serai.shown import Rows, Shown


@dataclass(frozen=True, slots=True)
class Due(Shown):
    """Something owed.

    Parameters
    ----------
    due : as printed: a day, a month or a year.
    days : until the last day it may mean; negative when it has passed.
    state : `missed`, `unseen` (past its date, no outcome found) or `open`.
    owner, what : who owes it, and what.
    kind : `milestone`, `commitment` or `meeting`.
    id, commitment, project : where to look.
    """

    due: str
    days: int
    state: str
    owner: str
    what: str
    kind: str
    id: str
    commitment: str
    project: str
    sources: tuple[str, ...]
    note: str

    def __str__(self) -> str:
        when = f"{-self.days} days over" if self.days < 0 else f"in {self.days} days"
        return f"{self.due} ({when}): {self.owner}: {self.what} [{self.id}]"


def due(
    commitments: Sequence[Commitment] = (),
    milestones: Sequence[Milestone] = (),
    meetings: Sequence[Meeting] = (),
    formats: Sequence[Format] = (),
    *,
    as_of: date,
    within_days: int | None = None,
    where: Callable[[Due], bool] | None = None,
) -> Rows[Due]:
    """Everything that is past its date or falls due, by date; `within_days` cuts what lies further ahead.

    A date given as a month or a year is due on its last day. A commitment with a milestone in that
    day, month or year is not listed a second time.
    A meeting is owed by its format, by name where `formats` has it.
    `where` keeps only some, such as `touching(tables, ["KAZ"])`.
    """
    rows = [
        *_milestones(milestones, as_of),
        *_commitments(commitments, milestones, as_of),
        *_meetings(meetings, {f.id: f.name for f in formats}, as_of),
    ]
    kept = [r for r in rows if (within_days is None or r.days <= within_days) and (not where or where(r))]
    return Rows(sorted(kept, key=lambda r: (last_day(r.due), r.id)))


def economies_of(tables: Tables) -> set[str]:
    """The countries that commitments, formats and projects name."""
    named = {code for c in tables.commitments for code in c.economies}
    return named | {code for p in tables.projects for code in p.countries}


def touching(tables: Tables, countries: Iterable[str]) -> Callable[[Due], bool]:
    """Does something owed touch one of these countries: by commitment, project, or its format's members?"""
    wanted = set(countries)
    commitments = {c.id for c in tables.commitments if wanted & set(c.economies)}
    projects = {p.id for p in tables.projects if wanted & set(p.countries)}
    formats = {f.id for f in tables.formats if wanted & set(f.members)}
    meetings = {m.id for m in tables.meetings if m.format in formats}

    def touches(row: Due) -> bool:
        named = row.commitment in commitments or row.project in projects
        return named or (row.kind == "meeting" and row.id in meetings)

    return touches


def _milestones(milestones: Iterable[Milestone], as_of: date) -> Iterable[Due]:
    for m in milestones:
        now = state(m, as_of)
        if now in ("missed", "unseen", "open"):
            days = (last_day(m.due) - as_of).days
            yield Due(
                m.due,
                days,
                now,
                m.owner,
                m.title,
                "milestone",
                m.id,
                m.commitment,
                m.project,
                m.sources,
                m.note,
            )


def _commitments(
    commitments: Iterable[Commitment], milestones: Sequence[Milestone], as_of: date
) -> Iterable[Due]:
    dates: dict[str, list[date]] = {}
    for m in milestones:
        dates.setdefault(m.commitment, []).append(last_day(m.due))
    for c in commitments:
        if c.due is None or c.kind in ("stock", "disbursement"):
            continue
        if any(first_day(c.due) <= day <= last_day(c.due) for day in dates.get(c.id, [])):
            continue
        days = (last_day(c.due) - as_of).days
        now = "unseen" if days < 0 else "open"
        owner = "; ".join(c.parties)
        yield Due(c.due, days, now, owner, c.summary, "commitment", c.id, c.id, "", c.sources, c.status)


def _meetings(meetings: Iterable[Meeting], names: Mapping[str, str], as_of: date) -> Iterable[Due]:
    for m in meetings:
        days = (last_day(m.date) - as_of).days
        if m.state == "scheduled":
            now = "unseen" if days < 0 else "open"
            owner = names.get(m.format, m.format)
            yield Due(m.date, days, now, owner, m.title, "meeting", m.id, "", "", m.sources, m.note)
