"""Checks between records: identifiers once, names that exist, no cycle in `part_of`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from serai.errors import Problem, Problems, suggestion
from serai.records.commitment import Commitment


def check_unique(ids: Iterable[str], file: str) -> list[Problem]:
    """One problem for each identifier that appears more than once."""
    return [
        Problem(f"the identifier appears {count} times", "Give each row its own.", file, key, "id", key)
        for key, count in Counter(ids).items()
        if count > 1
    ]


def check_known(
    names: Iterable[tuple[str, str]], known: Iterable[str], *, kind: str, field: str, file: str
) -> list[Problem]:
    """One problem for each (record, name) whose name is not among the known ones."""
    choices = set(known)
    return [
        Problem(f"there is no such {kind}", suggestion(name, sorted(choices)), file, record, field, name)
        for record, name in names
        if name not in choices
    ]


def check_commitments(
    commitments: Sequence[Commitment], formats: Iterable[str], file: str = "commitments.csv"
) -> list[Problem]:
    """Every problem between commitments: repeated ids, unknown parents, overlaps and formats, cycles."""
    ids = [c.id for c in commitments]
    problems = Problems(file)
    problems.extend(check_unique(ids, file))
    parents = ((c.id, c.part_of) for c in commitments if c.part_of)
    problems.extend(check_known(parents, ids, kind="commitment", field="part_of", file=file))
    overlaps = ((c.id, other) for c in commitments for other in c.overlaps)
    problems.extend(check_known(overlaps, ids, kind="commitment", field="overlaps", file=file))
    named = ((c.id, c.format) for c in commitments)
    problems.extend(check_known(named, {*formats, "bilateral"}, kind="format", field="format", file=file))
    for cycle in cycles({c.id: c.part_of for c in commitments if c.part_of}):
        reason = "these contain one another: " + " > ".join([*cycle, cycle[0]])
        problems.add(
            reason, "A part cannot contain its whole; clear one `part_of`.", row=cycle[0], field="part_of"
        )
    return list(problems)


def cycles(parent: dict[str, str]) -> list[list[str]]:
    """The cycles of a parent relation, each once, starting at its smallest name.

    >>> cycles({"a": "b", "b": "a", "c": "a"})
    [['a', 'b']]
    """
    done: set[str] = set()
    found: list[list[str]] = []
    for start in parent:
        path: list[str] = []
        place: dict[str, int] = {}
        node: str | None = start
        while node is not None and node not in done and node not in place:
            place[node] = len(path)
            path.append(node)
            node = parent.get(node)
        if node is not None and node in place:
            loop = path[place[node] :]
            first = loop.index(min(loop))
            found.append(loop[first:] + loop[:first])
        done.update(path)
    return found
