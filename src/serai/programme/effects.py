"""What corridor projects bring together: their effects as measures, through the equilibrium, in USD.

    read_effects(study) -> {project: measure}
    equilibrium_value(programme, study, atlas) -> a value of sets of projects, for `choose_together`

The effect of a project counts in the part that the programme pays: its share of the whole cost; a railway
that opens counts whole, against its whole cost. The world at its middle values is solved once for each set;
the gain in real income of all economies is a yearly amount from the opening of the works on, for as long as a
road of the reference class lasts. From it go the costs of the share paid. So the gain replaces what users
save, and nothing counts twice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from serai.atlas import Atlas, reconcile
from serai.axes import Array
from serai.draws import Draws
from serai.equilibrium import Baseline, solve_draws
from serai.errors import Problems, suggestion
from serai.exchange.csv import read_csv
from serai.programme.cashflow import present_value
from serai.programme.interaction import Set
from serai.programme.open_amounts import AppraisedStake
from serai.programme.parameters import discount_rates, reference_classes
from serai.programme.portfolio import Programme
from serai.records import Record
from serai.records.scenario import BorderHours, Effect, Hub, Link, Port
from serai.scenario.context import Context
from serai.scenario.evaluate import baseline, context, prepare
from serai.scenario.freight import study_transport
from serai.scenario.measures import shock
from serai.study import Study

FILE = "effects.csv"
Works = BorderHours | Hub | Port | Link
LIKE = "roads"
"""The reference class whose years of building and use stand for all corridor works."""


class ProjectEffect(Record):
    """One row of effects.csv: what a project does to trade.

    `first` and `second` are the two sides of a border; for a hub or a port `first` has the places, for a link
    the links or projects of the network that open, whole or not at all.
    """

    project: str
    kind: Literal["border_hours", "hub", "port", "link"]
    first: tuple[str, ...] = Field(min_length=1)
    second: tuple[str, ...] = ()
    value: float = Field(ge=0, le=1, description="the share of hours and money that goes away; 1 for a link")
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    unit: str
    basis: Literal["reported", "estimated", "assumed"]
    source: str = Field(min_length=3)

    @property
    def whole(self) -> bool:
        """Whether it counts whole or not at all."""
        return self.kind == "link"

    def measure(self, paid: float) -> Works:
        """The measure, in the part of the effect that is paid for."""
        cut = Effect(
            value=self.value * paid, low=self.low * paid, high=self.high * paid,
            shape="triangular", unit=self.unit, basis=self.basis, source=self.source,
        )  # fmt: skip
        name, law = self.project, "works; no treaty is needed"
        if self.kind == "link":
            return Link(kind="link", name=name, feasibility=law, opens=self.first)
        if self.kind == "hub":
            return Hub(kind="hub", name=name, feasibility=law, places=self.first, cut=cut)
        if self.kind == "port":
            return Port(kind="port", name=name, feasibility=law, places=self.first, cut=cut)
        return BorderHours(
            kind="border_hours", name=name, feasibility=law, between=self.first, also=self.second, cut=cut
        )


def read_effects(study: Study) -> tuple[ProjectEffect, ...]:
    """The effects of a study; none when it has no such file.

    Raises
    ------
    InputError : all at once: bad cells, projects that the study does not have, two rows for one project, a
        border without its other side or anything else with one, a range that does not hold the value.
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
        if (effect.kind == "border_hours") != bool(effect.second):
            remedy = "Give `second` for border_hours, and leave it empty for hubs, ports and links."
            problems.add("only a border has two sides", remedy, field="second", value=name)
        if not effect.low <= effect.value <= effect.high:
            problems.add(
                "the value lies outside its range", "Give low <= value <= high.", field="value", value=name
            )
    problems.raise_if_any()
    return found


@dataclass(frozen=True, slots=True)
class Middle(Draws):
    """One draw with every input at the middle of its distribution."""

    def uniform(self, name: str, shape: tuple[int, ...] = ()) -> Array:  # noqa: ARG002
        return np.full((self.count, *shape), 1 / 2)


@dataclass(frozen=True, slots=True, eq=False)
class EquilibriumValue:
    """Million USD of net present benefit of a set of projects; call it with the set.

    Parameters
    ----------
    measures : what each project does, in the part that is paid for. costs_usd_m : present value of that part.
    years : present value of a yearly dollar from the opening of the works.
    """

    measures: Mapping[str, Works]
    costs_usd_m: Mapping[str, float]
    years: float
    base: Baseline
    seen: Context
    absorption: Array
    study: Study

    @property
    def projects(self) -> tuple[str, ...]:
        """The projects that have an effect and an open amount."""
        return tuple(self.measures)

    def __call__(self, chosen: Set) -> float:
        if not chosen:
            return 0.0
        return self.yearly_gain(chosen) * self.years - sum(self.costs_usd_m[name] for name in chosen)

    def yearly_gain(self, chosen: Set) -> float:
        """Real income of the world, million USD a year more, capital fixed."""
        rows = [(f"effects/{name}", self.measures[name]) for name in sorted(chosen)]
        found = solve_draws(
            self.base,
            shock(rows, self.seen),
            deficits=self.study.about.settings.deficits,
            keep=("real_income",),
            throw=True,
            threads=1,
        )
        return float(((found.real_income[0] - 1) * self.absorption).sum())


def equilibrium_value(programme: Programme, study: Study, atlas: Atlas) -> EquilibriumValue:
    """The value of sets of the study's projects with effects, of which something is open.

    Raises
    ------
    InputError : effects that make no sense.
    """
    layout = programme.model.layout
    rate = discount_rates().of(programme.rules.worth.discount).value / 100
    measures: dict[str, Works] = {}
    costs: dict[str, float] = {}
    for effect in read_effects(study):
        place = layout.places.get(effect.project)
        if place is None or not layout.starts(effect.project).size:
            continue
        project = layout.projects[place]
        assert isinstance(project.stake, AppraisedStake)
        limits = programme.rules.partial
        most = limits.most if limits and project.cost_usd_m >= limits.from_usd_m else 1
        share = min(most * float(layout.amounts[place]) / project.cost_usd_m, 1)
        paid = 1.0 if effect.whole else share
        model = project.stake.model
        central = {name: np.array([driver.value]) for name, driver in model.drivers.items()}
        measures[effect.project] = effect.measure(paid)
        costs[effect.project] = paid * float(present_value(model.flows(central).costs, rate)[0])
    middle = Middle(1, 0)
    opens = [name for m in measures.values() if isinstance(m, Link) for name in m.opens]
    job = prepare(study, atlas, middle, [], study_transport(study, atlas, opens))
    world = reconcile(atlas)
    seen = context(job, middle, world)
    base = baseline(world, seen.inputs)
    absorption = np.asarray(base.expenditure - (1 - base.value_added_share) * base.output)
    return EquilibriumValue(measures, costs, _years(rate), base, seen, absorption.reshape(-1), study)


def _years(rate: float) -> float:
    """Present value of a dollar a year, from the end of building to the end of the life of the works."""
    known = reference_classes()
    opens = known.of("construction_years", LIKE).value
    ends = opens + known.of("life_years", LIKE).value
    force = math.log1p(rate)
    return (math.exp(-force * opens) - math.exp(-force * ends)) / force
