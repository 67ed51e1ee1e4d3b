"""Totals that nobody has to take back: ranges, with the list of what was and what was not added.

The upper end adds every amount except parts of a whole that is already in. The lower end is the largest sum
of amounts of which no two may hold the same money. Kinds and directions are never added to each other:
a target is not a contract, and money to a country is not money from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serai.axes import Array
from serai.errors import UnknownNameError
from serai.ledger.independent import independent_set
from serai.ledger.sharing import Sharing, among, sharing, upper
from serai.money import Exchange
from serai.records import Commitment
from serai.shown import Shown

Key = tuple[str, ...]

FACETS: dict[str, Callable[[Commitment], str]] = {
    "party": lambda c: "; ".join(c.parties),
    "partner": lambda c: c.partner,
    "direction": lambda c: f"joint with {c.partner}" if c.direction == "joint" else c.direction,
    "kind": lambda c: c.kind,
    "area": lambda c: "; ".join(c.areas),
    "country": lambda c: "; ".join(c.countries),
    "horizon": lambda c: c.due or c.horizon or "open",
    "format": lambda c: c.format,
    "grade": lambda c: c.grade,
    "stage": lambda c: c.stage or "",
}
"""What totals can be cut by. A commitment for several countries, areas or parties is a group of its own:
it is never split and never counted twice."""

ALWAYS = ("direction", "kind")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A commitment that was not added, and why.

    Parameters
    ----------
    id : the commitment.
    end : `both` ends of the range, or only the `lower`.
    reason : in words.
    because : the commitments counted in its place.
    """

    id: str
    end: str
    reason: str
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Total(Shown):
    """One total.

    Parameters
    ----------
    group : value of each facet, such as direction and kind.
    unit : `USD`, `USD of 2023`, or what is counted.
    low, high : the range; equal where nothing is shared and amounts are points. NaN where no amount is known.
    counted_low, counted_high : the commitments that make up each end.
    left_out : those that were not added, with the reason.
    without_amount : those for which no amount was published.
    exact : the lower end is proved to be the largest; otherwise it is valid but may be too low.
    """

    group: tuple[tuple[str, str], ...]
    unit: str
    low: float
    high: float
    counted_low: tuple[str, ...]
    counted_high: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    without_amount: tuple[str, ...]
    exact: bool

    def __getitem__(self, facet: str) -> str:
        return dict(self.group)[facet]

    @property
    def label(self) -> str:
        return ", ".join(value for _, value in self.group)


@dataclass(frozen=True, slots=True)
class Totals(Shown):
    """Totals of a ledger, one a group.

    Parameters
    ----------
    by : the facets; direction and kind are always among them.
    rows : the totals, largest first.
    conversions : every exchange rate that was used, in words, by currency and date.
    """

    by: tuple[str, ...]
    rows: tuple[Total, ...]
    conversions: tuple[str, ...]

    def tidy(self) -> pd.DataFrame:
        """One row a total: the facets, unit, low, high, how many commitments, how many were left out."""
        rows = [
            {
                **dict(t.group),
                "unit": t.unit,
                "low": t.low,
                "high": t.high,
                "commitments": len(t.counted_high)
                + sum(r.end != "lower" for r in t.left_out)
                + len(t.without_amount),
                "without_amount": len(t.without_amount),
                "left_out": len(t.left_out),
                "exact": t.exact,
                "basis": "computed",
            }
            for t in self.rows
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """One line a total, then what was left out of it and why."""
        lines = ["Kinds and directions are never added together."]
        for total in self.rows:
            lines.append(f"{total.label}: {_range(total)}")
            lines += [f"    {_why(row)}" for row in total.left_out]
            if total.without_amount and total.counted_high:
                lines.append(f"    without amount: {', '.join(total.without_amount)}")
        return "\n".join(lines)


def totals(
    commitments: Sequence[Commitment],
    exchange: Exchange,
    by: Iterable[str] = (),
    *,
    where: Callable[[Commitment], bool] | None = None,
    prices_of: int | None = None,
) -> Totals:
    """Ranges by direction and kind, and by any other facet.

    Parameters
    ----------
    commitments : a whole ledger, checked by `check_commitments`; select with `where` rather than by
        cutting the list, so that wholes and overlaps stay known.
    exchange : rates, and prices when `prices_of` is given.
    by : facets beside direction and kind: party, partner, area, country, horizon,
        format, grade, stage.
    where : keeps a commitment when true.
    prices_of : constant US prices of this year; None keeps the prices of each date.

    Raises
    ------
    UnknownNameError : a facet that does not exist, a currency without rate.
    InputError : a date without a rate near it, or a year without prices.
    """
    facets = (*ALWAYS, *(name for name in dict.fromkeys(by) if name not in ALWAYS))
    for name in facets:
        if name not in FACETS:
            raise UnknownNameError("facet", name, FACETS)
    money = _Money(exchange, prices_of)
    keep = [i for i, c in enumerate(commitments) if where is None or where(c)]
    shared = sharing(commitments)
    groups: dict[tuple[Key, str], list[int]] = {}
    for i in keep:
        c = commitments[i]
        key = tuple(FACETS[name](c) for name in facets)
        groups.setdefault((key, c.unit if c.kind == "count" else money.unit), []).append(i)
    factor = np.array([money.factor(c) for c in commitments])
    low = factor * np.array([c.low for c in commitments])
    high = factor * np.array([c.high for c in commitments])
    edges = _edges_by_group(shared, groups, len(commitments))
    rows = [
        _total(
            tuple(zip(facets, key, strict=True)),
            unit,
            np.array(members),
            low,
            high,
            shared,
            pairs,
            commitments,
        )
        for ((key, unit), members), pairs in zip(groups.items(), edges, strict=True)
    ]
    rows.sort(key=lambda t: -1.0 if math.isnan(t.high) else t.high, reverse=True)
    return Totals(facets, tuple(rows), money.used())


class _Money:
    """Factors from currency and date to the unit of the totals, each looked up once."""

    def __init__(self, exchange: Exchange, prices_of: int | None) -> None:
        self.exchange, self.prices_of = exchange, prices_of
        self.unit = "USD" if prices_of is None else f"USD of {prices_of}"
        self._factors: dict[tuple[str, str], float] = {}
        self._words: dict[str, None] = {}

    def factor(self, c: Commitment) -> float:
        if c.amount is None or c.currency is None:
            return 1.0
        key = (c.currency, c.date)
        if key not in self._factors:
            if self.prices_of is None:
                one = self.exchange.convert(1.0, *key)
            else:
                one = self.exchange.constant(1.0, *key, self.prices_of)
            self._factors[key] = one.value
            if one.steps != ("no conversion",):
                self._words[f"{c.currency} of {c.date}: " + "; ".join(one.steps)] = None
        return self._factors[key]

    def used(self) -> tuple[str, ...]:
        return tuple(self._words)


def _edges_by_group(
    shared: Sharing, groups: dict[tuple[Key, str], list[int]], count: int
) -> list[NDArray[np.int64]]:
    """The pairs inside each group, as places of the whole ledger."""
    group = np.full(count, -1)
    for number, members in enumerate(groups.values()):
        group[members] = number
    a, b = group[shared.pairs[:, 0]], group[shared.pairs[:, 1]]
    inside = shared.pairs[(a == b) & (a >= 0)]
    order = np.argsort(group[inside[:, 0]], kind="stable")
    inside = inside[order]
    cuts = np.searchsorted(group[inside[:, 0]], np.arange(1, len(groups)))
    return np.split(inside, cuts) if groups else []


def _total(
    group: tuple[tuple[str, str], ...],
    unit: str,
    members: NDArray[np.int64],
    low: Array,
    high: Array,
    shared: Sharing,
    pairs: NDArray[np.int64],
    commitments: Sequence[Commitment],
) -> Total:
    ids = [commitments[i].id for i in members]
    known = np.isfinite(high[members])
    if not known.any():
        return Total(group, unit, math.nan, math.nan, (), (), (), tuple(ids), True)
    place = np.full(len(commitments), -1)
    place[members] = np.arange(members.size)
    edges = place[pairs]
    edges = edges[known[edges].all(axis=1)] if edges.size else edges
    parent = among(shared.parent, members)
    top = np.where(known, high[members], 0.0)
    best = independent_set(np.where(known, low[members], 0.0), edges)
    in_low = _prefer_wholes(best.chosen & known, np.where(known, low[members], 0.0), edges, parent)
    in_high = known & _counted_above(top, parent)
    return Total(
        group,
        unit,
        best.value,
        upper(top, parent),
        tuple(ids[i] for i in np.flatnonzero(in_low)),
        tuple(ids[i] for i in np.flatnonzero(in_high)),
        tuple(_left_out(ids, known, in_low, in_high, edges, parent)),
        tuple(ids[i] for i in np.flatnonzero(~known)),
        best.exact,
    )


def _prefer_wholes(
    chosen: NDArray[np.bool_], weights: Array, edges: NDArray[np.int64], parent: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Where a whole is worth exactly its chosen parts and nothing else stands against it, count the whole."""
    chosen = chosen.copy()
    near: dict[int, list[int]] = {}
    for a, b in edges.tolist():
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    for whole in np.unique(parent[parent >= 0]).tolist():
        against = [v for v in near.get(whole, []) if chosen[v]]
        parts = all(whole in _wholes(v, parent) for v in against)
        if not chosen[whole] and against and parts and math.isclose(weights[whole], weights[against].sum()):
            chosen[against] = False
            chosen[whole] = True
    return chosen


def _counted_above(top: Array, parent: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Who makes up the upper end: a whole, or its parts where they add up to more."""
    below = np.zeros(top.size)
    children: dict[int, list[int]] = {}
    for child, whole in enumerate(parent.tolist()):
        if whole >= 0:
            children.setdefault(whole, []).append(child)
    counted = np.zeros(top.size, dtype=bool)
    if not children:
        return ~counted
    order: list[int] = np.flatnonzero(parent < 0).tolist()
    for node in order:
        order += children.get(node, [])
    for node in reversed(order):
        below[node] = sum(max(top[c], below[c]) for c in children.get(node, []))
    open_: list[int] = np.flatnonzero(parent < 0).tolist()
    for node in open_:
        if below[node] > top[node]:
            open_ += children[node]
        else:
            counted[node] = True
    return counted


def _left_out(
    ids: list[str],
    known: NDArray[np.bool_],
    in_low: NDArray[np.bool_],
    in_high: NDArray[np.bool_],
    edges: NDArray[np.int64],
    parent: NDArray[np.int64],
) -> Iterable[LeftOut]:
    near: dict[int, list[int]] = {}
    for a, b in edges.tolist():
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    parts = {(child, whole) for child, whole in enumerate(parent.tolist()) if whole >= 0}
    for i in np.flatnonzero(known & ~(in_low & in_high)).tolist():
        counted = [j for j in near.get(i, []) if in_low[j] or (in_high[j] and not in_low[i])]
        because = tuple(ids[j] for j in counted)
        if not in_high[i]:
            whole = next((j for j in _wholes(i, parent) if in_high[j]), None)
            reason = (
                f"part of {ids[whole]}" if whole is not None else "its parts add up to more and are counted"
            )
            end = "upper" if in_low[i] else "both"
        else:
            inside = any((j, i) in parts for j in counted)
            reason = "its parts are counted instead" if inside else "may be counted in " + ", ".join(because)
            end = "lower"
        yield LeftOut(ids[i], end, reason, because)


def _wholes(node: int, parent: NDArray[np.int64]) -> Iterable[int]:
    while parent[node] >= 0:
        node = int(parent[node])
        yield node


def _range(total: Total) -> str:
    if math.isnan(total.high):
        return f"{len(total.without_amount)} without amount"
    sign = "" if total.exact else " (lower end not proved the largest)"
    same = math.isclose(total.low, total.high)
    ends = f"{total.high:,.0f}" if same else f"{total.low:,.0f} to {total.high:,.0f}"
    return f"{ends} {total.unit}{sign}"


def _why(row: LeftOut) -> str:
    end = {"both": "not added", "lower": "not in the lower end", "upper": "not in the upper end"}[row.end]
    return f"{row.id} {end}: {row.reason}"
