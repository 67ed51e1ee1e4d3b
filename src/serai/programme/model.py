"""The mixed-integer programme as arrays: columns and named rows.

Columns: for each project and year in which it may start, a yes or no; for projects that may be taken in part,
the share taken as well. Each row belongs to the rule it stands for, so that rules can be left out one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array
from serai.programme.parameters import discount_rates
from serai.programme.picture import Picture
from serai.programme.prospect import Prospect, Sampled
from serai.programme.rules import Rules
from serai.provenance import sha256

Places = NDArray[np.int64]

ALWAYS = ""
"""The rule of rows that make up the model itself: they are never left out."""


@dataclass(frozen=True, slots=True)
class Row:
    """low <= sum of weights times columns <= high, for one rule."""

    rule: str
    columns: Places
    weights: Array
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Layout:
    """Which column is what. P projects, S columns of starts.

    Parameters
    ----------
    sampled : draws of amounts and values; the model plans with their means.
    project, year : of each start column, shape (S,).
    level : the column that carries the share taken, shape (S,); the start itself where all is taken.
    picture : of what interacting projects bring together; it takes the place of their own values.
    """

    projects: tuple[Prospect, ...]
    rules: Rules
    sampled: Sampled
    project: Places
    year: Places
    level: Places
    picture: Picture | None = None

    @cached_property
    def amounts(self) -> Array:
        """Mean open amounts, shape (P,)."""
        return np.asarray(self.sampled.amount_usd_m.mean(axis=1))

    @cached_property
    def alone(self) -> Array:
        """Mean net benefits of each project by itself, shape (P,)."""
        return np.asarray(self.sampled.value_usd_m.mean(axis=1))

    @cached_property
    def values(self) -> Array:
        """Mean net benefits that the model counts, pairs apart, shape (P,)."""
        found = self.alone.copy()
        for name, single in (self.picture.singles if self.picture else {}).items():
            found[self.places[name]] = single / self.most(name)
        return found

    @cached_property
    def drawn(self) -> Array:
        """The same draw by draw, shape (P, draws)."""
        return np.asarray(self.sampled.value_usd_m + (self.values - self.alone)[:, np.newaxis])

    @cached_property
    def places(self) -> dict[str, int]:
        return {project.id: place for place, project in enumerate(self.projects)}

    @cached_property
    def later(self) -> Array:
        """What a year's delay leaves of the value, shape (S,)."""
        rate = discount_rates().of(self.rules.worth.discount).value / 100
        return np.asarray((1 + rate) ** -(self.year - self.rules.window.first_year).astype(float))

    @cached_property
    def partial(self) -> NDArray[np.bool_]:
        """Start columns whose share is chosen, shape (S,)."""
        return np.asarray(self.level != np.arange(self.level.size))

    @property
    def columns(self) -> int:
        return int(self.level.max(initial=-1)) + 1 if self.partial.any() else self.project.size

    def most(self, project: str) -> float:
        """The largest share of a project that may be taken."""
        limits, large = self.rules.partial, bool(self.partial[self.starts(project)].any())
        return limits.most if limits and large else 1

    def starts(self, project: str) -> Places:
        """The start columns of a project."""
        return np.flatnonzero(self.project == self.places[project])

    def of(self, by_project: Sequence[float] | Array) -> Array:
        """A number for each project spread over the start columns."""
        return np.asarray(by_project, dtype=float)[self.project]

    def row(self, rule: str, by_project: Array, *, low: float = -np.inf, high: float = np.inf) -> Row:
        """A row on the shares taken, whatever the year; zero weights are left out."""
        weights = self.of(by_project)
        kept = np.flatnonzero(weights)
        return Row(rule, self.level[kept], weights[kept], low, high)


def lay_out(
    projects: Sequence[Prospect], rules: Rules, sampled: Sampled, picture: Picture | None = None
) -> Layout:
    """Columns for every project worth a decision and every year of the window in which it may start."""
    open_now = sampled.amount_usd_m.mean(axis=1)
    found = [
        (place, year)
        for place, project in enumerate(projects)
        if open_now[place] >= rules.budget.least_usd_m
        for year in rules.years
        if project.first_start <= year <= project.last_start
    ]
    project, year = np.array(found, dtype=np.int64).reshape(-1, 2).T
    level = np.arange(project.size)
    if rules.partial is not None:
        large = np.array([p.cost_usd_m >= rules.partial.from_usd_m for p in projects], dtype=bool)[project]
        level[large] = project.size + np.arange(large.sum())
    return Layout(tuple(projects), rules, sampled, project, year, level, picture)


@dataclass(frozen=True, eq=False)
class Model:
    """Columns with what they bring, their bounds, and rows.

    Parameters
    ----------
    gain : to be maximised, shape (columns,).
    whole : 1 where a column is a whole number, shape (columns,).
    low, high : bounds, shape (columns,).
    """

    layout: Layout
    gain: Array
    whole: Array
    low: Array
    high: Array
    rows: tuple[Row, ...]

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """Names of the rules, in order."""
        return tuple(dict.fromkeys(row.rule for row in self.rows if row.rule != ALWAYS))

    @cached_property
    def fingerprint(self) -> str:
        """The same for two models with the same columns and rows, whatever their rules are called."""
        arrays: list[NDArray[Any]] = [self.gain, self.whole, self.low, self.high]
        for row in self.rows:
            arrays += [row.columns, row.weights, np.array([row.low, row.high])]
        arrays = [np.asarray(array) for array in arrays]
        told = (f"{array.dtype.str}{array.shape}".encode() + array.tobytes() for array in arrays)
        return sha256(b"|".join(told))

    def only(self, rules: Iterable[str]) -> Model:
        """The same with some of its rules."""
        kept = {ALWAYS, *rules}
        return replace(self, rows=tuple(row for row in self.rows if row.rule in kept))

    def without(self, rule: str) -> Model:
        return self.only(name for name in self.rules if name != rule)

    def with_columns(self, gain: Array, whole: Array, low: Array, high: Array, rows: Iterable[Row]) -> Model:
        """The same with further columns behind the others."""
        return replace(
            self,
            gain=np.concatenate([self.gain, gain]),
            whole=np.concatenate([self.whole, whole]),
            low=np.concatenate([self.low, low]),
            high=np.concatenate([self.high, high]),
            rows=(*self.rows, *rows),
        )

    def completed(self, levels: Array) -> Array:
        """All columns of a choice, from those of starts and shares: pairs that it takes, and the constant."""
        columns, layout = np.zeros(self.gain.size), self.layout
        columns[: layout.columns] = levels
        if layout.picture is not None:
            parts = {
                name: float(levels[layout.level[layout.starts(name)]].sum()) / layout.most(name)
                for name in layout.picture.singles
            }
            pairs = [
                min(parts[a], parts[b]) if extra > 0 else max(parts[a] + parts[b] - 1, 0)
                for (a, b), extra in layout.picture.pairs.items()
            ]
            columns[layout.columns : layout.columns + len(pairs) + 1] = [*pairs, 1]
        return columns

    def broken(self, columns: Array, tolerance: float = 1e-6) -> tuple[str, ...]:
        """Names of the rules that a choice breaks, by more than a millionth of what they weigh."""
        found: dict[str, None] = {}
        for row in self.rows:
            parts = row.weights * columns[row.columns]
            total, room = float(parts.sum()), tolerance * max(1.0, float(np.abs(parts).sum()))
            if not row.low - room <= total <= row.high + room:
                found[row.rule] = None
        return tuple(found)
