"""Sources that disagree about one fact by more than rounding: listed, ranked, with a suggested reading."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from serai.records import Commitment, Report
from serai.shown import Rows, Shown

SLIP = 0.05
"""How near a ratio must be to a power of ten to be called a slip (share of the ratio)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a fact and who prints it."""

    value: float
    bound: str
    publishers: tuple[str, ...]
    sources: tuple[str, ...]
    official: bool
    latest: str


@dataclass(frozen=True, slots=True)
class Conflict(Shown):
    """One fact with values that cannot all be right.

    Parameters
    ----------
    fact, quantity, unit : what it is about.
    ratio : largest over smallest value; infinite where the smallest is zero.
    readings : the values, best supported first.
    suggested : the value to use.
    reason : why, in words.
    commitment : the row of the ledger that it is about, where there is one.
    """

    fact: str
    quantity: str
    unit: str
    ratio: float
    readings: tuple[Reading, ...]
    suggested: float
    reason: str
    commitment: str = ""

    def __str__(self) -> str:
        values = ", ".join(f"{r.value:,.0f} ({', '.join(r.publishers)})" for r in self.readings)
        advice = f"Read {self.suggested:,.0f}: {self.reason}"
        return f"{self.fact}, {self.unit}: {values}; ratio {self.ratio:.2f}. {advice}"


def conflicts(reports: Sequence[Report], commitments: Sequence[Commitment] = ()) -> Rows[Conflict]:
    """Every disagreement, the largest ratio first.

    Two values agree when the ranges that they state by their printed digits meet: 3 trillion covers 2.5 to
    3.5, 158 covers 157.5 to 158.5, `at_least 150` covers 145 and all above. Only equal units are compared.
    Parts of a commitment that add up to more than their whole are listed too.
    """
    facts: dict[tuple[str, str, str], list[Report]] = {}
    for report in reports:
        facts.setdefault((report.fact, report.quantity, report.unit), []).append(report)
    found = [_conflict(key, rows) for key, rows in facts.items() if _disagree(rows)]
    found += _parts_beyond_wholes(commitments)
    return Rows(sorted(found, key=lambda c: c.ratio, reverse=True))


def stated_range(value: float, bound: str) -> tuple[float, float]:
    """What a printed figure claims: half a unit of its last digit that is not zero, opened by its qualifier.

    >>> stated_range(158, "exact")
    (157.5, 158.5)
    """
    half = _last_digit(value) / 2
    low = -math.inf if bound == "at_most" else value - half
    high = math.inf if bound == "at_least" else value + half
    return low, high


def _last_digit(value: float) -> float:
    """The unit of the last digit that is not zero; of a fraction, of the last decimal printed."""
    digits = np.format_float_positional(abs(value), trim="-")
    if "." in digits:
        return 10.0 ** -len(digits.split(".")[1])
    return 10.0 ** (len(digits) - len(digits.rstrip("0"))) if digits.strip("0") else 1.0


def _disagree(rows: Sequence[Report]) -> bool:
    ranges = [stated_range(r.value, r.bound) for r in rows]
    return max(low for low, _ in ranges) > min(high for _, high in ranges)


def _conflict(key: tuple[str, str, str], rows: Sequence[Report]) -> Conflict:
    readings = sorted(_readings(rows), key=_support, reverse=True)
    best = readings[0]
    values = [r.value for r in readings]
    ratio = math.inf if min(values) == 0 else max(values) / min(values)
    commitment = next((r.commitment for r in rows if r.commitment), "")
    return Conflict(*key, ratio, tuple(readings), best.value, _reason(best, readings[1:]), commitment)


def _readings(rows: Sequence[Report]) -> Iterable[Reading]:
    values: dict[float, list[Report]] = {}
    for row in rows:
        values.setdefault(row.value, []).append(row)
    for value, same in values.items():
        publishers = tuple(dict.fromkeys(r.publisher or r.source for r in same))
        bound = same[0].bound if len({r.bound for r in same}) == 1 else "about"
        yield Reading(
            value,
            bound,
            publishers,
            tuple(r.source for r in same),
            any(r.official for r in same),
            max(r.date for r in same),
        )


def _support(reading: Reading) -> tuple[bool, int, str]:
    """Official first, then the most publishers, then the latest."""
    return reading.official, len(reading.publishers), reading.latest


def _reason(best: Reading, others: Sequence[Reading]) -> str:
    if best.official:
        why = "printed by the office that owns the fact"
    elif len(best.publishers) > max(len(o.publishers) for o in others):
        count = len(best.publishers)
        why = f"{count} publishers against {max(len(o.publishers) for o in others)}"
    elif best.latest > max(o.latest for o in others):
        why = f"the latest figure ({best.latest})"
    else:
        why = "no source is better supported; taken first, keep both in mind"
    slips = [o for o in others if _is_slip(o.value, best.value)]
    if slips:
        names = ", ".join(name for o in slips for name in o.publishers)
        why += (
            f"; {names} is off by a power of ten, a slip of the decimal point or of a word for large numbers"
        )
    return why


def _is_slip(a: float, b: float) -> bool:
    if a <= 0 or b <= 0:
        return False
    power = math.log10(a / b)
    return round(power) != 0 and abs(10.0 ** (power - round(power)) - 1) < SLIP


def _parts_beyond_wholes(commitments: Sequence[Commitment]) -> list[Conflict]:
    by_id = {c.id: c for c in commitments}
    parts: dict[str, list[Commitment]] = {}
    for c in commitments:
        whole = by_id.get(c.part_of or "")
        if whole is not None and (c.kind, c.currency, c.unit) == (whole.kind, whole.currency, whole.unit):
            parts.setdefault(whole.id, []).append(c)
    found = []
    for key, children in parts.items():
        whole = by_id[key]
        total = sum(c.low for c in children if c.amount is not None)
        if whole.amount is None or total <= stated_range(whole.high, whole.qualifier)[1]:
            continue
        readings = (
            Reading(total, "exact", ("sum of " + ", ".join(c.id for c in children),), (), False, whole.date),
            Reading(whole.amount, whole.qualifier, (whole.id,), whole.sources, False, whole.date),
        )
        unit = whole.currency or whole.unit
        reason = "the parts are stated one by one; look for a part that is named twice"
        found.append(
            Conflict(key, "parts and whole", unit, total / whole.amount, readings, total, reason, key)
        )
    return found
