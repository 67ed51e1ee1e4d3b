"""What corridor projects bring together: their effects as measures, through network and equilibrium, in USD.

    read_effects(study) -> {project: measure}
    equilibrium_value(programme, study, atlas) -> a value of sets of projects, for `choose_together`

The world at its middle values is solved once for each set of works, as if each were built whole: a railway
in parts carries nothing. The gain in real income of all economies is a yearly amount from the opening of the
works on, for as long as a road of the reference class lasts. Of the gain of a set the programme counts the
part that it pays for: the shares it pays of the works, weighted by what each is worth alone. From that go the
costs of the shares paid. So the gain replaces what users save, and nothing counts twice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from pydantic import Field, ValidationError

from serai.atlas import Atlas, reconcile
from serai.axes import Array
from serai.draws import Middle
from serai.equilibrium import Baseline, solve_draws
from serai.errors import Problems, suggestion
from serai.exchange.csv import read_csv
from serai.programme.cashflow import present_value
from serai.programme.interaction import Set
from serai.programme.open_amounts import AppraisedStake
from serai.programme.parameters import discount_rates, reference_classes
from serai.programme.portfolio import Programme
from serai.records import Record
from serai.records.scenario import BorderHours, Customs, Gauge, Hub, Link, Port
from serai.scenario.context import Context
from serai.scenario.evaluate import baseline, context, prepare
from serai.scenario.freight import study_transport
from serai.scenario.measures import shock
from serai.study import Study

FILE = "effects.csv"
LIKE = "roads"
"""The reference class whose years of building and use stand for all corridor works."""


Works = BorderHours | Customs | Gauge | Hub | Link | Port
KINDS: dict[str, type[Works]] = {
    "border_hours": BorderHours,
    "customs": Customs,
    "gauge": Gauge,
    "hub": Hub,
    "link": Link,
    "port": Port,
}
LAW = "works; no treaty is needed"


class ProjectEffect(Record):
    """One row of effects.csv: what a project does to the network, as a measure of a scenario does.

    The columns are those of the measures: `between`, `also` and `crossings` for hours at borders, `economies`
    for customs, `places` for hubs, ports and changes of gauge, `opens` and `faster` for links.
    """

    project: str
    kind: Literal["border_hours", "customs", "gauge", "hub", "link", "port"]
    between: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    crossings: tuple[str, ...] = ()
    economies: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    faster: tuple[str, ...] = ()
    cut: float | None = Field(
        default=None, ge=0, le=1, description="share of hours (and fees) that goes away"
    )
    low: float | None = Field(default=None, ge=0, le=1)
    high: float | None = Field(default=None, ge=0, le=1)
    basis: Literal["reported", "estimated", "assumed"]
    source: str = Field(min_length=3)

    @property
    def measure(self) -> Works:
        """The measure of the whole works.

        Raises `pydantic.ValidationError` for a row that makes none: a hub without places, a cut without
        links that become faster.
        """
        kind = KINDS[self.kind]
        targets = {name: getattr(self, name) for name in TARGETS if getattr(self, name)}
        effect = {
            "value": self.cut, "low": self.low, "high": self.high, "shape": "triangular",
            "unit": "share of hours", "basis": self.basis, "source": self.source,
        }  # fmt: skip
        cut = {} if self.cut is None else {"cut": effect}
        return kind.model_validate(
            {"kind": self.kind, "name": self.project, "feasibility": LAW, **targets, **cut}
        )


TARGETS = ("between", "also", "crossings", "economies", "places", "opens", "faster")


def read_effects(study: Study) -> tuple[ProjectEffect, ...]:
    """The effects of a study; none when it has no such file.

    Raises
    ------
    InputError : all at once: bad cells, projects that the study does not have, two rows for one project, a
        hub without a share, a range that does not hold the value.
    """
    file = study.path / FILE
    if not file.exists():
        return ()
    found = read_csv(file, ProjectEffect)
    known = [project.id for project in study.records.projects]
    names = [effect.project for effect in found]
    problems = Problems(FILE)
    for effect in found:
        name = effect.project
        if name not in known:
            problems.add("there is no such project", suggestion(name, known), field="project", value=name)
        if names.count(name) > 1:
            problems.add("a project acts through one channel", "Keep one row.", field="project", value=name)
        try:
            _ = effect.measure
        except ValidationError as error:
            for found_wrong in error.errors():
                cell = str(found_wrong["loc"][0]) if found_wrong["loc"] else "kind"
                remedy = f"Give what a measure of kind {effect.kind} takes; see docs/study.md."
                problems.add(found_wrong["msg"], remedy, field=cell, value=name)
        if effect.cut is not None and not (effect.low or 0) <= effect.cut <= (
            effect.cut if effect.high is None else effect.high
        ):
            problems.add(
                "the cut lies outside its range", "Give low <= cut <= high.", field="cut", value=name
            )
    problems.raise_if_any()
    return found


@dataclass(frozen=True, slots=True, eq=False)
class EquilibriumValue:
    """Million USD of net present benefit of a set of projects; call it with the set.

    Parameters
    ----------
    measures : what each project does, built whole. paid : the share of its cost that the programme pays at
        the most. costs_usd_m : present value of that share.
    years : present value of a yearly dollar from the opening of the works.
    """

    measures: Mapping[str, Works]
    paid: Mapping[str, float]
    costs_usd_m: Mapping[str, float]
    years: float
    base: Baseline
    seen: Context
    absorption: Array
    study: Study
    known: dict[Set, float] = field(default_factory=dict, repr=False)

    @property
    def projects(self) -> tuple[str, ...]:
        """The projects that have an effect and an open amount."""
        return tuple(self.measures)

    def __call__(self, chosen: Set) -> float:
        if not chosen:
            return 0.0
        gain = self.yearly_gain(chosen) * self.part_paid(chosen)
        return gain * self.years - sum(self.costs_usd_m[name] for name in chosen)

    def part_paid(self, chosen: Set) -> float:
        """The part of a set's gain that counts: shares paid, weighted by the gain of each project alone."""
        names = sorted(chosen)
        alone = np.array([max(self.yearly_gain(frozenset([name])), 0) for name in names])
        paid = np.array([self.paid[name] for name in names])
        return float(np.average(paid, weights=alone)) if alone.any() else float(paid.mean())

    def yearly_gain(self, chosen: Set) -> float:
        """Real income of the world with the works built whole, million USD a year more, capital fixed."""
        if chosen not in self.known:
            rows = [(f"effects/{name}", self.measures[name]) for name in sorted(chosen)]
            found = solve_draws(
                self.base,
                shock(rows, self.seen),
                deficits=self.study.about.settings.deficits,
                keep=("real_income",),
                throw=True,
                threads=1,
            )
            self.known[chosen] = float(((found.real_income[0] - 1) * self.absorption).sum())
        return self.known[chosen]


def equilibrium_value(programme: Programme, study: Study, atlas: Atlas) -> EquilibriumValue:
    """The value of sets of the study's projects with effects, of which something is open.

    Raises
    ------
    InputError : effects that make no sense.
    """
    layout = programme.model.layout
    rate = discount_rates().of(programme.rules.worth.discount).value / 100
    measures: dict[str, Works] = {}
    shares: dict[str, float] = {}
    costs: dict[str, float] = {}
    for effect in read_effects(study):
        place = layout.places.get(effect.project)
        if place is None or not layout.starts(effect.project).size:
            continue
        project = layout.projects[place]
        assert isinstance(project.stake, AppraisedStake)
        limits = programme.rules.partial
        most = limits.most if limits and project.cost_usd_m >= limits.from_usd_m else 1
        paid = min(most * float(layout.amounts[place]) / project.cost_usd_m, 1)
        model = project.stake.model
        central = {name: np.array([driver.value]) for name, driver in model.drivers.items()}
        measures[effect.project] = effect.measure
        shares[effect.project] = paid
        costs[effect.project] = paid * float(present_value(model.flows(central).costs, rate)[0])
    middle = Middle(1, 0)
    opened = [name for work in measures.values() if isinstance(work, Link) for name in work.opens]
    job = prepare(study, atlas, middle, [], study_transport(study, atlas, opened))
    world = reconcile(atlas)
    seen = context(job, middle, world)
    base = baseline(world, seen.inputs)
    absorption = np.asarray(base.expenditure - (1 - base.value_added_share) * base.output)
    return EquilibriumValue(measures, shares, costs, _years(rate), base, seen, absorption.reshape(-1), study)


def _years(rate: float) -> float:
    """Present value of a dollar a year, from the end of building to the end of the life of the works."""
    known = reference_classes()
    opens = known.of("construction_years", LIKE).value
    ends = opens + known.of("life_years", LIKE).value
    force = math.log1p(rate)
    return (math.exp(-force * opens) - math.exp(-force * ends)) / force
