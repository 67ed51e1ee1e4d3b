"""Where partners' programmes meet and where nobody goes: by sector, by country, project by project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from serai.axes import Array
from serai.draws import Draws
from serai.errors import InputError, Problem
from serai.programme.presence import Presence
from serai.records import Project
from serai.shown import Shown

Cell = tuple[str, str]
"""A sector (the first word of OC4IDS) and a country."""


@dataclass(frozen=True, slots=True)
class NonOverlap(Shown):
    """How different the programmes of two partners are, from 0 (the same mix) to 1 (nothing in common).

    Parameters
    ----------
    first, second : partners. projects : how many of each.
    by_sector, by_country, by_both : 1 - sum of the smaller share in each cell; projects count alike.
    by_chance : the 5th, 50th and 95th percentile of `by_both` if each had drawn as many projects at random
        from all candidates: few projects hardly ever overlap, and only what lies outside says something.
    joint : projects in which both are.
    adjacent : pairs of projects, one of each, in the same country and sector.
    """

    first: str
    second: str
    projects: tuple[int, int]
    by_sector: float
    by_country: float
    by_both: float
    by_chance: tuple[float, float, float]
    joint: tuple[str, ...]
    adjacent: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Gaps(Shown):
    """What no outside party serves.

    Parameters
    ----------
    projects : candidates for which no outside party and no financier is named.
    cells : sectors and countries of the region without any candidate project.
    """

    projects: tuple[str, ...]
    cells: tuple[Cell, ...]


def cells_of(project: Project) -> dict[Cell, float]:
    """Where a project belongs: the shares of its sectors and countries, adding up to one."""
    sectors = dict.fromkeys(sector.split(".")[0] for sector in project.sector or ())
    found = list(product(sectors, project.countries))
    return {cell: 1 / len(found) for cell in found}


def shares(projects: Iterable[Project]) -> dict[Cell, float]:
    """The share of each sector and country in some projects; projects count alike."""
    chosen = list(projects)
    total: Counter[Cell] = Counter()
    for project in chosen:
        total.update({cell: share / len(chosen) for cell, share in cells_of(project).items()})
    return dict(total)


def non_overlap(first: Mapping[Cell, float], second: Mapping[Cell, float], part: int | None = None) -> float:
    """1 - sum over cells of the smaller share; `part` 0 adds up to sectors, 1 to countries.

    Examples
    --------
    >>> non_overlap({("energy", "UZB"): 1.0}, {("energy", "KAZ"): 1.0})
    1.0
    >>> non_overlap({("energy", "UZB"): 1.0}, {("energy", "KAZ"): 1.0}, part=0)
    0.0
    """
    a, b = (_margin(side, part) for side in (first, second))
    for side in (a, b):
        if side and abs(sum(side.values()) - 1) > np.sqrt(np.finfo(float).eps):
            raise InputError(Problem("the shares do not add up to one", "Divide them by their sum."))
    return 1.0 - sum(min(share, b[cell]) for cell, share in a.items() if cell in b)


def compare_programmes(
    projects: Sequence[Project], presence: Sequence[Presence], lead: str, others: Sequence[str], draws: Draws
) -> list[NonOverlap]:
    """The lead's programme beside that of each other partner that has one.

    Parameters
    ----------
    projects : the candidates. presence : who is in which.
    draws : for the comparison with chance.
    """
    by_id = {project.id: project for project in projects}
    mine = {p: [by_id[r.project] for r in _rows(presence, p) if r.project in by_id] for p in (lead, *others)}
    found = []
    for other in others:
        if not mine[lead] or not mine[other]:
            continue
        a, b = shares(mine[lead]), shares(mine[other])
        sizes = (len(mine[lead]), len(mine[other]))
        chance = np.quantile(_by_chance(projects, sizes, draws, f"overlap/{other}"), (0.05, 0.5, 0.95))
        both = {p.id for p in mine[lead]} & {p.id for p in mine[other]}
        found.append(
            NonOverlap(
                lead,
                other,
                sizes,
                non_overlap(a, b, 0),
                non_overlap(a, b, 1),
                non_overlap(a, b),
                (float(chance[0]), float(chance[1]), float(chance[2])),
                tuple(sorted(both)),
                tuple(sorted(_adjacent(mine[lead], mine[other], both))),
            )
        )
    return found


def gaps(
    projects: Sequence[Project],
    presence: Sequence[Presence],
    financed: Iterable[str],
    region: Sequence[str],
) -> Gaps:
    """Candidates that no outside party is named for, and sectors and countries without a candidate.

    Parameters
    ----------
    financed : projects with at least one financier that is named, whatever the state of the talks.
    """
    served = {row.project for row in presence} | set(financed)
    used = {cell for project in projects for cell in cells_of(project)}
    sectors = sorted({sector for sector, _ in used})
    return Gaps(
        tuple(sorted(project.id for project in projects if project.id not in served)),
        tuple(cell for cell in product(sectors, region) if cell not in used),
    )


def _rows(presence: Sequence[Presence], partner: str) -> list[Presence]:
    """One row for each project of a partner."""
    return list({row.project: row for row in presence if row.partner == partner}.values())


def _margin(side: Mapping[Cell, float], part: int | None) -> dict[object, float]:
    total: dict[object, float] = {}
    for cell, share in side.items():
        key = cell if part is None else cell[part]
        total[key] = total.get(key, 0.0) + share
    return total


def _adjacent(
    first: Sequence[Project], second: Sequence[Project], joint: set[str]
) -> Iterable[tuple[str, str]]:
    """Pairs of different projects, one of each side, that share a country and the full sector."""
    for a, b in product(first, second):
        near = set(a.countries) & set(b.countries) and set(a.sector or ()) & set(b.sector or ())
        if near and a.id != b.id and a.id not in joint and b.id not in joint:
            yield a.id, b.id


def _by_chance(projects: Sequence[Project], sizes: tuple[int, int], draws: Draws, name: str) -> Array:
    """Non-overlap of two programmes of these sizes drawn from all candidates, (draws,)."""
    cells = sorted({cell for project in projects for cell in cells_of(project)})
    table = np.array([[cells_of(project).get(cell, 0.0) for cell in cells] for project in projects])
    order = draws.uniform(name, (2, len(projects))).argsort(axis=-1)
    first, second = (
        table[order[:, side, :size]].mean(axis=1) for side, size in zip((0, 1), sizes, strict=True)
    )
    return np.asarray(1 - np.minimum(first, second).sum(axis=1))
