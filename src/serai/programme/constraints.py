"""Rules as rows: one function for each kind of rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from serai.axes import Array
from serai.programme.model import ALWAYS, Layout, Model, Row
from serai.programme.picture import Picture
from serai.programme.prospect import Prospect
from serai.programme.rules import Limit


def build(layout: Layout) -> Model:
    """The model of all rules: the net benefit is maximised, or its mixture with the worst draws."""
    size = layout.columns
    gain, whole, high = np.zeros(size), np.zeros(size), np.ones(size)
    gain[layout.level] = layout.of(layout.values) * layout.later
    whole[: layout.project.size] = 1
    rows = tuple(row for kind in _KINDS for row in kind(layout))
    model = Model(layout, gain, whole, np.zeros(size), high, rows)
    if layout.picture is not None:
        model = _with_picture(model, layout.picture)
    return model if layout.rules.objective.kind == "mean" else _with_worst_draws(model)


def _once(layout: Layout) -> Iterator[Row]:
    """A project starts at most once."""
    for place in range(len(layout.projects)):
        columns = np.flatnonzero(layout.project == place)
        if columns.size > 1:
            yield Row(ALWAYS, columns, np.ones(columns.size), -np.inf, 1)


def _shares(layout: Layout) -> Iterator[Row]:
    """A share is taken only of a project that starts, between its least and its most."""
    limits = layout.rules.partial
    for start in np.flatnonzero(layout.partial):
        assert limits is not None
        columns = np.array([layout.level[start], start])
        yield Row(ALWAYS, columns, np.array([1, -limits.most]), -np.inf, 0)
        yield Row(ALWAYS, columns, np.array([1, -limits.least]), 0, np.inf)


def _budgets(layout: Layout) -> Iterator[Row]:
    budget = layout.rules.budget
    yield layout.row("budget.total", layout.amounts, high=budget.total_usd_m)
    for instrument, limit in budget.instruments_usd_m.items():
        mine = np.array([p.instrument == instrument for p in layout.projects])
        yield layout.row(f"budget.{instrument}", layout.amounts * mine, high=limit)
    for year, limit in zip(layout.rules.years, budget.yearly_usd_m, strict=False):
        weights = layout.of(layout.amounts) * spent(layout, year)
        kept = np.flatnonzero(weights)
        yield Row(f"budget.{year}", layout.level[kept], weights[kept], -np.inf, limit)


def spent(layout: Layout, year: int) -> Array:
    """The share of its amount that each start spends in a year, shape (S,)."""
    age = year - layout.year
    longest = max((len(p.profile) for p in layout.projects), default=0)
    profiles = np.zeros((len(layout.projects), longest + 1))
    for place, project in enumerate(layout.projects):
        profiles[place, : len(project.profile)] = project.profile
    return np.where(
        (age >= 0) & (age < longest), profiles[layout.project, np.clip(age, 0, max(longest - 1, 0))], 0
    )


def _ceilings(layout: Layout) -> Iterator[Row]:
    sovereign = np.array([p.sovereign for p in layout.projects], dtype=float)
    for rule in layout.rules.ceiling:
        weights = layout.amounts * sovereign * _part(layout, Limit(country=rule.country, usd_m=rule.usd_m))
        yield layout.row(f"debt.{rule.country}", weights, high=rule.usd_m)


def _limits(layout: Layout) -> Iterator[Row]:
    """Floors and caps: in money, or as a share of the amount of the whole programme."""
    for kind, limits in (("floor", layout.rules.floor), ("cap", layout.rules.cap)):
        for limit in limits:
            inside = layout.amounts * _part(layout, limit)
            if limit.share is not None:
                inside = inside - limit.share * layout.amounts
            edge = limit.usd_m or 0
            low, high = (edge, np.inf) if kind == "floor" else (-np.inf, edge)
            yield layout.row(f"{kind}.{limit.key}", inside, low=low, high=high)


def _part(layout: Layout, limit: Limit) -> Array:
    """The share of each project's amount that a limit counts, shape (P,)."""
    field, value = limit.of

    def part(project: Prospect) -> float:
        if field == "country":
            return project.countries.count(value) / max(len(project.countries), 1)
        if field == "sponsor":
            return float(value in project.sponsors)
        if field == "sector":
            return float(project.sector == value or project.sector.startswith(f"{value}."))
        return float(project.area == value)

    return np.array([part(project) for project in layout.projects])


def _precedence(layout: Layout) -> Iterator[Row]:
    """Up to every year, the project has started only if the one that it needs has."""
    for number, rule in enumerate(layout.rules.precedence, start=1):
        first, second = layout.starts(rule.needs), layout.starts(rule.project)
        for year in layout.rules.years:
            before, after = first[layout.year[first] <= year], second[layout.year[second] <= year]
            weights = np.concatenate([np.ones(before.size), -np.ones(after.size)])
            yield Row(f"precedence.{number}", np.concatenate([before, after]), weights, 0, np.inf)


def _together(layout: Layout) -> Iterator[Row]:
    """Exclusions (at most one), either-or (exactly one), packages (all or none), overlaps (at most one)."""
    rules = layout.rules
    overlaps = sorted({p.overlap for p in layout.projects if p.overlap})
    groups = [(f"exclusion.{n}", r.projects, 0) for n, r in enumerate(rules.exclusion, start=1)]
    groups += [(f"either_or.{n}", r.projects, 1) for n, r in enumerate(rules.either_or, start=1)]
    groups += [
        (f"overlap.{word}", tuple(p.id for p in layout.projects if p.overlap == word), 0) for word in overlaps
    ]
    for name, projects, least in groups:
        columns = np.concatenate([layout.starts(project) for project in projects])
        yield Row(name, columns, np.ones(columns.size), least, 1)
    for number, package in enumerate(rules.package, start=1):
        head = layout.starts(package.projects[0])
        for other in package.projects[1:]:
            tail = layout.starts(other)
            weights = np.concatenate([np.ones(head.size), -np.ones(tail.size)])
            yield Row(f"package.{number}", np.concatenate([head, tail]), weights, 0, 0)


def _picks(layout: Layout) -> Iterator[Row]:
    """Locked and barred projects."""
    for lock in layout.rules.lock:
        columns = layout.starts(lock.project)
        if lock.start_year is not None:
            columns = columns[layout.year[columns] == lock.start_year]
        yield Row(f"lock.{lock.project}", columns, np.ones(columns.size), 1, 1)
    for bar in layout.rules.bar:
        columns = layout.starts(bar.project)
        yield Row(f"bar.{bar.project}", columns, np.ones(columns.size), 0, 0)


def _quality(layout: Layout) -> Iterator[Row]:
    rule = layout.rules.quality
    refused = {"excluded", "open"} if rule.open_gates == "bar" else {"excluded"}
    for state in sorted(refused):
        columns = np.flatnonzero(np.array([p.gates == state for p in layout.projects])[layout.project])
        if columns.size:
            yield Row(f"gates.{state}", columns, np.ones(columns.size), 0, 0)
    if rule.least_weighted is not None:
        scores = np.array([p.score(rule.counts) for p in layout.projects])
        yield layout.row("quality.least", layout.amounts * (scores - rule.least_weighted), low=0)


_KINDS: tuple[Callable[[Layout], Iterator[Row]], ...] = (
    _once, _shares, _budgets, _ceilings, _limits, _precedence, _together, _picks, _quality,
)  # fmt: skip


def _with_picture(model: Model, picture: Picture) -> Model:
    """A column for each pair that is 1 where both projects are taken in full, and one for the constant.

    In full is the most that may be taken. Of a project in part and one in full the pair brings that part.
    """
    size, layout = model.gain.size, model.layout
    rows = []
    for number, pair in enumerate(picture.pairs):
        both = [layout.level[layout.starts(name)] for name in pair]
        parts = [np.full(own.size, 1 / layout.most(name)) for own, name in zip(both, pair, strict=True)]
        for own, part in zip(both, parts, strict=True):
            rows.append(Row(ALWAYS, np.append(own, size + number), np.append(-part, 1), -np.inf, 0))
        columns, weights = (
            np.append(np.concatenate(both), size + number),
            np.append(np.concatenate(parts), -1),
        )
        rows.append(Row(ALWAYS, columns, weights, -np.inf, 1))
    gain = picture.gains
    fixed = np.append(np.zeros(len(picture.pairs)), 1.0)
    return model.with_columns(gain, np.zeros(gain.size), fixed, np.ones(gain.size), rows)


def _with_worst_draws(model: Model) -> Model:
    """Mix in the mean of the worst draws.

    The mean of the worst share t of S draws is the largest a - sum(max(0, a - V_s)) / (t S) over a, so one
    column for a and one for each shortfall make it linear. Source: Rockafellar and Uryasev (2000),
    Optimization of conditional value-at-risk, Journal of Risk 2(3).
    """
    layout, objective = model.layout, model.layout.rules.objective
    assert objective.weight is not None
    assert objective.tail is not None
    draws = layout.sampled.value_usd_m.shape[1]
    size, weight = model.gain.size, objective.weight
    each = layout.drawn[layout.project] * layout.later[:, np.newaxis]
    pictured = np.arange(layout.columns, size)
    rows = [
        Row(
            ALWAYS,
            np.concatenate([layout.level, pictured, [size, size + 1 + s]]),
            np.concatenate([each[:, s], model.gain[pictured], [-1, 1]]),
            0,
            np.inf,
        )
        for s in range(draws)
    ]
    shortfall = np.full(draws, -weight / (objective.tail * draws))
    mixed = Model(layout, model.gain * (1 - weight), model.whole, model.low, model.high, model.rows)
    return mixed.with_columns(
        gain=np.concatenate([[weight], shortfall]),
        whole=np.zeros(1 + draws),
        low=np.concatenate([[-np.inf], np.zeros(draws)]),
        high=np.full(1 + draws, np.inf),
        rows=rows,
    )
