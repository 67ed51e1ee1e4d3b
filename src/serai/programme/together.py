"""What corridor projects bring together: sets of works through network and equilibrium, in USD.

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

import numpy as np

from serai.atlas import Atlas
from serai.programme.cashflow import present_value
from serai.programme.effects import Works, network_effects
from serai.programme.gains import WorksWorld
from serai.programme.interaction import Set
from serai.programme.open_amounts import AppraisedStake
from serai.programme.parameters import discount_rates, reference_classes
from serai.programme.portfolio import Programme
from serai.study import Study

LIKE = "roads"
"""The reference class whose years of building and use stand for all corridor works."""


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
    world: WorksWorld
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
            self.known[chosen] = float(self.world.gain(rows).sum())
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
    for effect in network_effects(study):
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
    world = WorksWorld.of(study, atlas, measures.values())
    return EquilibriumValue(measures, shares, costs, _years(rate), world)


def _years(rate: float) -> float:
    """Present value of a dollar a year, from the end of building to the end of the life of the works."""
    known = reference_classes()
    opens = known.of("construction_years", LIKE).value
    ends = opens + known.of("life_years", LIKE).value
    force = math.log1p(rate)
    return (math.exp(-force * opens) - math.exp(-force * ends)) / force
