"""What was announced, signed and delivered, by country and area: rows to count, no money.

A commitment that others are part of gives way to its parts, and a project that is a commitment too is
counted once. A row that names two countries or two areas stands in each; one that names the whole region
stands in a line of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from serai.exchange.folder import Tables
from serai.records import Commitment, Project

AREAS = ("green", "connectivity", "people")
EVERY_AREA = "all"
STAGES = ("announced", "signed", "delivered")
REGION_WIDE = "region"
STAGE_OF_PROJECT = {
    "identification": "announced",
    "preparation": "announced",
    "implementation": "signed",
    "completion": "delivered",
    "maintenance": "delivered",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One commitment or project at its stage.

    Parameters
    ----------
    key : `commitment/ID` or `project/ID`.
    economies : countries of the region that it names; only `region` where it names them all.
    areas : priority areas; `all` where it is not tied to one.
    stage : `announced`, `signed` or `delivered`.
    sort : the kind of a commitment, or `project`.
    """

    key: str
    economies: tuple[str, ...]
    areas: tuple[str, ...]
    stage: str
    what: str
    date: str
    status: str
    source: str
    sort: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the opening table: the keys of the entries that stand in it."""

    country: str
    area: str
    stage: str
    entries: tuple[str, ...]


def entries(
    tables: Tables,
    region: Sequence[str],
    *,
    partner: str | None = None,
    named: str = "",
    projects: Iterable[Project] = (),
    same: Collection[str] = (),
) -> tuple[Entry, ...]:
    """Commitments and projects, each at its stage and counted once.

    Parameters
    ----------
    region : codes of its economies.
    partner : only commitments with this partner: made in one of its formats, paid by it or to it, or with it
        among the parties under its name `named`; None takes all.
    projects : the projects to count.
    same : identifiers of projects that are commitments too.
    """
    parents = {row.part_of for row in tables.commitments}
    formats = {f.id for f in tables.formats if f.partner == partner}
    found = [
        _commitment(row, stage, region)
        for row in tables.commitments
        if (stage := _stage(row)) is not None
        and row.id not in parents
        and (partner is None or row.format in formats or _party(row, partner, named))
    ]
    counted = [_project(p, stage, region) for p in projects if (stage := STAGE_OF_PROJECT.get(str(p.status)))]
    return tuple(found + [e for e in counted if e.economies and e.key.partition("/")[2] not in same])


def grid(rows: Sequence[Entry], region: Sequence[str]) -> tuple[Cell, ...]:
    """Countries x areas x stages: (economies + 1) * 4 * 3 cells, empty ones included, in that order.

    The last country is `region`, the last area `all`.
    """
    return tuple(
        Cell(
            country,
            area,
            stage,
            tuple(e.key for e in rows if country in e.economies and area in e.areas and e.stage == stage),
        )
        for country in (*region, REGION_WIDE)
        for area in (*AREAS, EVERY_AREA)
        for stage in STAGES
    )


def _party(row: Commitment, partner: str, name: str) -> bool:
    return partner in row.direction.split(">") or (bool(name) and any(name in party for party in row.parties))


def _stage(row: Commitment) -> str | None:
    """A policy made by treaty is signed, not only announced."""
    return "signed" if row.level == "treaty" and row.kind == "policy" else row.stage


def _commitment(row: Commitment, stage: str, region: Sequence[str]) -> Entry:
    return Entry(
        f"commitment/{row.id}",
        _where(row.economies, region),
        row.areas,
        stage,
        row.summary,
        row.date,
        row.status,
        row.sources[0],
        row.kind,
    )


def _project(project: Project, stage: str, region: Sequence[str]) -> Entry:
    facts = project.serai
    return Entry(
        f"project/{project.id}",
        _where(project.countries, region),
        (facts.area or EVERY_AREA,),
        stage,
        project.title or project.id,
        str(facts.start_year or ""),
        project.status or "",
        facts.sources[0] if facts.sources else "",
        "project",
    )


def _where(countries: Sequence[str], region: Sequence[str]) -> tuple[str, ...]:
    inside = tuple(code for code in countries if code in region)
    return (REGION_WIDE,) if len(inside) == len(region) else inside
