"""What choosing needs to know of a project: what is open, what it would bring, when it can start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from serai.axes import Array
from serai.draws import Draws, Uncertain
from serai.errors import Problems
from serai.shown import Shown

PRIOR = "ranked by sector prior"
"""The label of a project of which nothing but the cost is known: it is never called best."""


class Stake(Protocol):
    """Draws of the open amount and of the net benefit that comes with it, both million USD."""

    def sample(self, draws: Draws) -> tuple[Array, Array]: ...


@dataclass(frozen=True, slots=True)
class KnownStake:
    """An amount and a net benefit that are given as such."""

    amount_usd_m: Uncertain
    value_usd_m: Uncertain

    def sample(self, draws: Draws) -> tuple[Array, Array]:
        return draws.sample(self.amount_usd_m), draws.sample(self.value_usd_m)


@dataclass(frozen=True, slots=True, eq=False)
class Prospect(Shown):
    """A project that may be chosen.

    Parameters
    ----------
    stake : the open amount (sunk money and others' excluded) and the net present benefit that comes with it.
    cost_usd_m : the whole cost, at its central value.
    countries : those of the region.
    instrument, sovereign : how the partner takes part, and whether a government borrows.
    quality : score from 0 to 1, lower and upper end.
    gates : `clear`, `open` or `excluded`.
    first_start, last_start : years in which participation may start.
    profile : share of the amount spent in each year from the start; sums to at most one within any window.
    overlap : projects with the same word contain one another; at most one is taken.
    label : how its value may be spoken of.
    cost_basis : what the amount rests on; `imputed` where no cost is published.
    """

    id: str
    name: str
    stake: Stake = field(repr=False)
    cost_usd_m: float
    countries: tuple[str, ...]
    area: str
    sector: str
    sponsors: tuple[str, ...]
    instrument: str
    sovereign: bool
    quality: tuple[float, float]
    gates: str
    first_start: int
    last_start: int
    profile: tuple[float, ...]
    overlap: str = ""
    label: str = PRIOR
    cost_basis: str = "reported"

    def score(self, counts: str) -> float:
        """The end of the quality interval that counts: `low`, `middle` or `high`."""
        low, high = self.quality
        return {"low": low, "middle": (low + high) / 2, "high": high}[counts]


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """Draws of all projects. amount_usd_m, value_usd_m : shape (projects, draws)."""

    amount_usd_m: Array
    value_usd_m: Array

    def draw(self, number: int, *, planned: bool) -> Sampled:
        """One of the draws; with `planned` its amounts are the means, and only the values are drawn."""
        amounts = self.amount_usd_m.mean(axis=1, keepdims=True) if planned else self.amount_usd_m[:, [number]]
        return Sampled(amounts, self.value_usd_m[:, [number]])


def sample(projects: Sequence[Prospect], draws: Draws) -> Sampled:
    """Draws of every project's stake.

    Raises
    ------
    InputError : amounts below zero or values that are no numbers, by project.
    """
    drawn = [project.stake.sample(draws) for project in projects]
    amounts = np.array([amount for amount, _ in drawn]).reshape(len(projects), draws.count)
    values = np.array([value for _, value in drawn]).reshape(len(projects), draws.count)
    problems = Problems("projects")
    for project, amount, value in zip(projects, amounts, values, strict=True):
        if not (np.isfinite(amount).all() and (amount >= 0).all()):
            problems.add(
                "an open amount below zero or unknown", "Give zero or more.", row=project.id, field="amount"
            )
        if not np.isfinite(value).all():
            problems.add("a benefit that is no number", "Give a number.", row=project.id, field="value")
    problems.raise_if_any()
    return Sampled(amounts, values)
