"""What an import would do, cell by cell, before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from serai.errors import InputError, Problem
from serai.exchange.cells import write_row
from serai.exchange.folder import Tables, check_tables
from serai.exchange.places import Places, key_of, relocated
from serai.records import RECORDS, Record
from serai.shown import Shown


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that would change: blank stands for no value."""

    table: str
    id: str
    field: str
    before: str
    after: str

    def __str__(self) -> str:
        return (
            f"{self.table} {self.id}, {self.field}: {self.before or '(blank)'} -> {self.after or '(blank)'}"
        )


@dataclass(frozen=True, slots=True)
class Preview(Shown):
    """What an import would do.

    Parameters
    ----------
    added, changed, unchanged : identifiers by table.
    changes : every cell that would change.
    refused : why nothing can be written; empty when it can.
    kept : records that are here and not in the import; an import never deletes them.
    """

    added: Mapping[str, tuple[str, ...]]
    changed: Mapping[str, tuple[str, ...]]
    unchanged: Mapping[str, tuple[str, ...]]
    kept: Mapping[str, tuple[str, ...]]
    changes: tuple[Change, ...]
    refused: tuple[Problem, ...]
    result: Tables | None

    def summary(self) -> str:
        """Counts by table, each changed cell, each refusal."""
        lines = []
        for table in RECORDS:
            counts = [(len(group.get(table, ())), word) for group, word in self._groups()]
            if any(count for count, word in counts if word != "kept"):
                lines.append(f"{table}: " + ", ".join(f"{count} {word}" for count, word in counts if count))
        lines += [str(change) for change in self.changes]
        if self.refused:
            lines += ["Refused; nothing is written:", *(str(problem) for problem in self.refused)]
        return "\n".join(lines or ["Nothing would change."])

    def _groups(self) -> tuple[tuple[Mapping[str, tuple[str, ...]], str], ...]:
        return (
            (self.added, "added"),
            (self.changed, "changed"),
            (self.unchanged, "unchanged"),
            (self.kept, "kept"),
        )

    def accept(self) -> Tables:
        """The tables as they would be; `InputError` when anything is refused."""
        if self.refused or self.result is None:
            raise InputError(self.refused)
        return self.result


def preview(
    current: Tables, incoming: Mapping[str, Sequence[Record]], places: Places | None = None
) -> Preview:
    """Lay an import beside what is there.

    Parameters
    ----------
    current : the tables as they are.
    incoming : table name -> records, as `read_workbook`, `read_csv`, `read_oc4ids` or `read_iati` gave them.
    places : where the readers found them, so that a refusal names sheet, row and column.

    A record with a known key replaces the one that is here, one with a new key is added, and what the import
    does not mention stays. The result is checked as a whole: names that do not exist, cycles, repeats.
    """
    added: dict[str, tuple[str, ...]] = {}
    changed: dict[str, tuple[str, ...]] = {}
    unchanged: dict[str, tuple[str, ...]] = {}
    kept: dict[str, tuple[str, ...]] = {}
    changes: list[Change] = []
    refused: list[Problem] = []
    merged: dict[str, Any] = {}
    for table, records in incoming.items():
        refused += _repeated(table, records)
        here = {key_of(table, record): record for record in getattr(current, table)}
        new = {key_of(table, record): record for record in records}
        added[table] = tuple(key for key in new if key not in here)
        changed[table] = tuple(key for key, record in new.items() if key in here and here[key] != record)
        unchanged[table] = tuple(key for key, record in new.items() if here.get(key) == record)
        kept[table] = tuple(key for key in here if key not in new)
        changes += [change for key in changed[table] for change in _changes(table, key, here[key], new[key])]
        merged[table] = tuple((here | new).values())
    absent = tuple(name for name in current.absent if name not in incoming)
    result = replace(current, **merged, absent=absent)
    refused = relocated([*refused, *check_tables(result)], places or {})
    done = None if refused else result
    return Preview(added, changed, unchanged, kept, tuple(changes), tuple(refused), done)


def _repeated(table: str, records: Iterable[Record]) -> list[Problem]:
    counts = Counter(key_of(table, record) for record in records)
    return [
        Problem(f"this record is given {count} times", "Keep one.", file=table, row=key, field="id")
        for key, count in counts.items()
        if count > 1
    ]


def _changes(table: str, key: str, before: Record, after: Record) -> Iterable[Change]:
    old, new = write_row(before), write_row(after)
    return (Change(table, key, name, old[name], new[name]) for name in old if old[name] != new[name])
