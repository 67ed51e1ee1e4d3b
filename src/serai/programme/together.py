"""What corridor projects bring together: sets of works through network and equilibrium, in USD.

    equilibrium_value(programme, study, world) -> a value of sets of projects, for `choose_together`

A project alone is worth what its appraisal says with its own gain through network and equilibrium. What a set
brings beyond that is its interaction: the gain in real income with all its works built whole (a railway in
parts carries nothing) less the sum of the gains of each by itself, a yearly amount over the life of the
works. It is credited to the works that interact, and of each the programme counts the part that it pays for.
So the gain replaces what users save, and nothing counts twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from serai.draws import Draws
from serai.errors import InputError, Problem
from serai.programme.benefits import Channel
from serai.programme.cashflow import present_value
from serai.programme.effects import Works, network_effects
from serai.programme.gains import HOST, WorksWorld
from serai.programme.open_amounts import AppraisedStake
from serai.programme.picture import Set
from serai.programme.portfolio import Programme
from serai.study import Study

GIVEN = "given"


@dataclass(frozen=True, slots=True, eq=False)
class EquilibriumValue:
    """Million USD of net present benefit of a set of projects; call it with the set.

    Parameters
    ----------
    measures : what each project does, built whole.
    alone_usd_m : the mean value of each by itself, at the most that may be taken.
    years : present value of a yearly dollar of its gain that the programme is credited with.
    counted : positions of the economies whose gains count.
    """

    measures: Mapping[str, Works]
    alone_usd_m: Mapping[str, float]
    years: Mapping[str, float]
    counted: tuple[int, ...]
    world: WorksWorld
    known: dict[Set, float] = field(default_factory=dict, repr=False)

    @property
    def projects(self) -> tuple[str, ...]:
        """The projects that have an effect and an open amount."""
        return tuple(self.measures)

    def __call__(self, chosen: Set) -> float:
        own = sum(self.alone_usd_m[name] for name in sorted(chosen))
        return own + (self.interaction(chosen) if len(chosen) > 1 else 0)

    def interaction(self, chosen: Set) -> float:
        """What a set brings beyond the values of its projects.

        What two projects gain together beyond each alone is credited to both in halves; what the whole set
        gains beyond its pairs, by how much each interacts.
        """
        names = sorted(chosen)
        extra = np.zeros((len(names), len(names)))
        for (i, a), (j, b) in combinations(enumerate(names), 2):
            extra[i, j] = extra[j, i] = self.yearly_gain(frozenset([a, b])) - self._alone(a) - self._alone(b)
        years, sizes = np.array([self.years[name] for name in names]), np.abs(extra).sum(axis=1)
        left = self.yearly_gain(chosen) - sum(map(self._alone, names)) - extra.sum() / 2
        parts = sizes / sizes.sum() if sizes.any() else np.full(len(names), 1 / len(names))
        return float(years @ (extra.sum(axis=1) / 2 + left * parts))

    def _alone(self, name: str) -> float:
        return self.yearly_gain(frozenset([name]))

    def yearly_gain(self, chosen: Set) -> float:
        """Real income with the works built whole, million USD a year more, capital fixed."""
        if chosen not in self.known:
            self._solve([chosen])
        return self.known[chosen]

    def prepare(self, sets: Iterable[Set]) -> None:
        """Solve all that the values of some sets need, side by side."""
        asked = list(sets)
        pairs = {frozenset(pair) for chosen in asked for pair in combinations(chosen, 2)}
        singles = {frozenset([name]) for chosen in asked for name in chosen}
        needed = {chosen for chosen in {*asked, *pairs, *singles} if chosen and chosen not in self.known}
        if needed:
            self._solve(sorted(needed, key=sorted))

    def _solve(self, sets: Sequence[Set]) -> None:
        works = [[(f"effects/{name}", self.measures[name]) for name in sorted(chosen)] for chosen in sets]
        gains = self.world.gains(works)[:, list(self.counted)].sum(axis=1)
        self.known.update(zip(sets, map(float, gains), strict=True))


def equilibrium_value(
    programme: Programme, study: Study, world: WorksWorld, draws: Draws
) -> EquilibriumValue:
    """The value of sets of the study's projects with effects on the network, of which something is open.

    Parameters
    ----------
    programme : of prospects that have their gains (`study_prospects` with `gains`).
    draws : those of the programme.

    Raises
    ------
    InputError : effects that make no sense; a project whose own gain is not in its value.
    """
    layout = programme.model.layout
    measures: dict[str, Works] = {}
    alone: dict[str, float] = {}
    years: dict[str, float] = {}
    for effect in network_effects(study):
        place = layout.places.get(effect.project)
        if place is None or not layout.starts(effect.project).size:
            continue
        stake, most = layout.projects[place].stake, layout.most(effect.project)
        if not isinstance(stake, AppraisedStake) or stake.model.channel.name != GIVEN:
            reason = f"the value of {effect.project} does not have its gain through the network"
            raise InputError(Problem(reason, "Give the gains to study_prospects.", field="gains"))
        later = float(layout.later[layout.starts(effect.project)].max())
        measures[effect.project] = effect.measure
        alone[effect.project] = most * float(layout.alone[place])
        years[effect.project] = most * later * _credited(stake, draws)
    region = study.about.region.economies if programme.rules.worth.standing == HOST else world.economies
    counted = tuple(world.economies.indices(list(region)))
    return EquilibriumValue(measures, alone, years, counted, world)


def _credited(stake: AppraisedStake, draws: Draws) -> float:
    """Mean present value of a yearly dollar of gain, times the part of the cost that is open."""
    unit = replace(stake.model, channel=Channel(GIVEN, {}, "computed", "a dollar a year"))
    at = {name: driver.quantile(draws.uniform(driver.name)) for name, driver in unit.drivers.items()}
    at["gain"] = np.ones(draws.count)
    amount, _ = stake.sample(draws)
    return float((present_value(unit.flows(at).gains, unit.rate) * amount / at["cost_usd_m"]).mean())
