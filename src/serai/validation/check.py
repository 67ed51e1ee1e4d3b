"""One comparison: what was published, what comes out here, and the verdict."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from serai.errors import Problems

PASS, DIFFERENCE, FAIL, LEFT_OUT = "pass", "documented difference", "fail", "left out"


@dataclass(frozen=True, slots=True)
class Row:
    """One number beside the one that was published.

    Parameters
    ----------
    quantity : what it is.
    published : as printed; zero where the quantity is the largest gap to a set of published numbers.
    ours : what came out here.
    tolerance : the largest gap that counts as the same: half a unit of the last printed digit, unless
        `note` says otherwise.
    expected : where we differ on purpose, what comes out here; else None.
    note : why we differ, or what the tolerance is.
    """

    quantity: str
    published: float
    ours: float
    tolerance: float
    expected: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """`pass`, `documented difference` or `fail`; a number that is not finite fails."""
        if abs(self.ours - self.published) <= self.tolerance:
            return PASS
        if self.expected is not None and abs(self.ours - self.expected) <= self.tolerance:
            return DIFFERENCE
        return FAIL


@dataclass(frozen=True, slots=True)
class Check:
    """A published result or a rival, and how to get the same numbers here.

    Parameters
    ----------
    name : how it is asked for.
    reference : the paper or the rival, as one would cite it.
    what : what is compared.
    run : folder of validation files -> quantity -> our number; the folder is None where `files` is empty.
    files : files it needs, relative to that folder.
    packages : Python packages it needs besides ours.
    tests : where the same comparison is a test.
    """

    name: str
    reference: str
    what: str
    run: Callable[[Path], Mapping[str, float]]
    files: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    tests: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found.

    Parameters
    ----------
    check, reference, what : which check.
    rows : the numbers; empty when it was left out.
    left_out : why it did not run; blank when it did.
    seconds : how long it took.
    """

    check: str
    reference: str
    what: str
    rows: tuple[Row, ...]
    left_out: str = ""
    seconds: float = 0.0

    @property
    def verdict(self) -> str:
        """The worst verdict of its rows."""
        if self.left_out:
            return LEFT_OUT
        found = {row.verdict for row in self.rows}
        return next((verdict for verdict in (FAIL, DIFFERENCE) if verdict in found), PASS if found else FAIL)


@dataclass(frozen=True, slots=True)
class Published:
    """A number as it was printed, from `published.csv`."""

    quantity: str
    value: float
    tolerance: float
    expected: float | None
    note: str


@cache
def published() -> Mapping[str, tuple[Published, ...]]:
    """Every published number by check."""
    with Path(__file__).with_name("published.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found: dict[str, list[Published]] = {}
    for row in rows:
        expected = float(row["expected"]) if row["expected"] else None
        number = Published(
            row["quantity"], float(row["published"]), float(row["tolerance"]), expected, row["note"]
        )
        found.setdefault(row["check"], []).append(number)
    return {name: tuple(numbers) for name, numbers in found.items()}


def compare(check: str, ours: Mapping[str, float]) -> tuple[Row, ...]:
    """Our numbers beside the published ones; `InputError` when either side lacks a quantity."""
    known = published().get(check, ())
    problems = Problems("published.csv")
    for name in {number.quantity for number in known} ^ set(ours):
        problems.add("the quantity is on one side only", "Add it to the other.", field=check, value=name)
    problems.raise_if_any()
    return tuple(
        Row(
            number.quantity,
            number.value,
            float(ours[number.quantity]),
            number.tolerance,
            number.expected,
            number.note,
        )
        for number in known
    )


def largest(gaps: object) -> float:
    """The largest absolute value of an array; not a number where any is not."""
    values = np.abs(np.asarray(gaps, dtype=float))
    return math.nan if not values.size or not np.isfinite(values).all() else float(values.max())
