"""The record tables of a study folder, read together and checked against each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from serai.errors import InputError, Problem
from serai.exchange.csv import read_csv, write_csv
from serai.exchange.groups import groups_of
from serai.exchange.limits import DEFAULT, Limits
from serai.records import (
    RECORDS,
    Assessment,
    Commitment,
    Financier,
    Financing,
    Format,
    Meeting,
    Milestone,
    Project,
    Report,
    Transaction,
)
from serai.records.references import check_commitments, check_known, check_unique


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a folder; one that has no file is empty and named in `absent`."""

    assessments: tuple[Assessment, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    financiers: tuple[Financier, ...] = ()
    financing: tuple[Financing, ...] = ()
    formats: tuple[Format, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    projects: tuple[Project, ...] = ()
    reports: tuple[Report, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    absent: tuple[str, ...] = ()


def read_folder(folder: Path, limits: Limits = DEFAULT) -> Tables:
    """Read every record table of a folder (`commitments.csv`, `projects.csv`, ...).

    Raises `InputError` with the problems of all files at once: bad cells, repeated identifiers, names that
    do not exist, cycles.
    """
    found: dict[str, tuple[object, ...]] = {}
    groups = groups_of(folder)
    problems: list[Problem] = []
    absent = []
    for table, model in RECORDS.items():
        path = folder / f"{table}.csv"
        if not path.exists():
            absent.append(table)
            continue
        try:
            found[table] = read_csv(path, model, limits, groups=groups)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    tables = Tables(**found, absent=tuple(absent))  # type: ignore[arg-type]
    problems = check_tables(tables)
    if problems:
        raise InputError(problems)
    return tables


def check_tables(tables: Tables) -> list[Problem]:
    """Every problem between tables; a table that is absent is not asked for its names."""
    formats = (
        [f.id for f in tables.formats]
        if "formats" not in tables.absent
        else [c.format for c in tables.commitments]
    )
    problems = check_commitments(tables.commitments, formats)
    for table in fields(tables):
        rows = getattr(tables, table.name)
        if table.name not in ("commitments", "absent") and rows and hasattr(rows[0], "id"):
            problems += check_unique([row.id for row in rows], f"{table.name}.csv")
    problems += _references(tables)
    return problems


def _references(tables: Tables) -> list[Problem]:
    problems: list[Problem] = []
    for table, field, target in (
        ("meetings", "format", "formats"),
        ("milestones", "commitment", "commitments"),
        ("milestones", "project", "projects"),
        ("assessments", "commitment", "commitments"),
        ("reports", "commitment", "commitments"),
        ("transactions", "commitment", "commitments"),
        ("transactions", "project", "projects"),
        ("financing", "project", "projects"),
        ("financing", "financier", "financiers"),
    ):
        if target in tables.absent:
            continue
        rows = getattr(tables, table)
        named = ((_key(row), getattr(row, field)) for row in rows if getattr(row, field))
        known = [row.id for row in getattr(tables, target)]
        problems += check_known(named, known, kind=target.removesuffix("s"), field=field, file=f"{table}.csv")
    return problems


def _key(row: object) -> str:
    return str(getattr(row, "id", None) or getattr(row, "project", None) or getattr(row, "fact", ""))


def write_folder(folder: Path, tables: Tables, names: Iterable[str]) -> None:
    """Write some tables of a folder: all of them appear, or none.

    Each is written beside its place first; only when all are whole do they take their places.
    """
    parts: list[tuple[Path, Path]] = []
    try:
        for name in names:
            target = folder / f"{name}.csv"
            part = folder / f".{name}.csv.new"
            parts.append((part, target))
            write_csv(part, getattr(tables, name), RECORDS[name])
    except BaseException:
        for part, _target in parts:
            part.unlink(missing_ok=True)
        raise
    for part, target in parts:
        part.replace(target)
