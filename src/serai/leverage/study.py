"""Dependence, leverage and displacement of a whole study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from serai.atlas import Atlas, World, reconcile
from serai.axes import Array
from serai.draws import Draws
from serai.equilibrium import Baseline, Shock
from serai.equilibrium.trade_capital import Deficits, Wealth
from serai.leverage.concentration import Concentration, concentration
from serai.leverage.cuts import ALL_TRANSIT, CHANNELS, TRANSIT
from serai.leverage.dependence import Dependence, dependence
from serai.leverage.displacement import Displacement, displacement, leverage_added
from serai.leverage.energy import RawDependence, raw_dependence
from serai.leverage.overlap import Gaps, NonOverlap, compare_programmes, gaps
from serai.leverage.transit import TransitDependence, transit_dependence
from serai.programme import with_scenario
from serai.programme.effects import network_effects
from serai.programme.presence import read_presence
from serai.records.scenario import Scenario
from serai.scenario.context import Context
from serai.scenario.coupling import Coupling
from serai.scenario.evaluate import WEALTH, baseline, central_baseline, context, prepare, study_names
from serai.scenario.freight import network_tables, study_transport
from serai.scenario.frictions import REST
from serai.scenario.measures import shock
from serai.scenario.passage import Passage, passage
from serai.scenario.sectors import sector_world
from serai.scenario.transport import Transport
from serai.shown import Shown
from serai.study import Study

BRIEF_DRAWS = 24
PROGRAMME_DRAWS = 10
"""Pairs, twice, under both closures: the spread of the programme's effect dwarfs the rest."""
CHANCE_DRAWS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Programme:
    """What one programme of the lead changes.

    Parameters
    ----------
    scenario, title, before : its id and title, and what it builds on.
    added : wealth -> (draws, D, P), loss from losing each partner with it minus without it.
    displaced : wealth -> what it changes in each partner's ties with the region.
    by_each : wealth -> partner -> the same change if that partner ran the same programme instead; of the last
        programme only, and empty when that is more than opening to an owner's capital.
    """

    scenario: str
    title: str
    before: str | None
    added: Mapping[str, Array]
    displaced: Mapping[str, Displacement]
    by_each: Mapping[str, Mapping[str, Displacement]]


@dataclass(frozen=True, slots=True, eq=False)
class Leverage(Shown):
    """All of it for one study.

    Parameters
    ----------
    exact : wealth -> every channel, transit among them, in the central world, with first-order exposure.
    transit : whose land goods cross, each economy of the region and of the rest by itself.
    drawn : everything cut together, medium run, with draws.
    raw : energy and minerals; None where the sectoral world does not show the region.
    concentration, programmes, overlap, gaps : see their classes.
    """

    exact: Mapping[str, Dependence]
    transit: TransitDependence
    drawn: Dependence
    raw: RawDependence | None
    concentration: Sequence[Concentration]
    programmes: Sequence[Programme]
    overlap: Sequence[NonOverlap]
    gaps: Gaps


def brief_draws(draws: Draws) -> Draws:
    """The draws of dependence that a brief shows: few, for each pair is solved by itself."""
    return draws.part(0, min(BRIEF_DRAWS, draws.count))


def study_leverage(
    study: Study,
    atlas: Atlas,
    draws: Draws,
    scenarios: Sequence[str] | None = None,
    *,
    chosen: Scenario | None = None,
) -> Leverage:
    """Who depends on whom in a study, and what the lead's programmes change in that.

    Parameters
    ----------
    draws : for the intervals of dependence; programmes take the first of them.
    scenarios : which of the study's scenarios are programmes; by default those that only the lead's own
        investment measures make up.
    chosen : the programme of projects, as `Programme.as_scenario` gives it; it comes before the others.

    Raises
    ------
    InputError : a presence that names what does not exist; see `read_presence`.
    """
    present = read_presence(study)
    region, partners = study.about.region.economies, partner_codes(study, atlas)
    central = reconcile(atlas)
    middle = central_baseline(central, atlas)
    deficits = study.about.settings.deficits
    transport = _routes(study, atlas, chosen)
    ways = study_passage(study, atlas, transport)
    seen, drawn_world = _drawn(study, atlas, draws, transport)
    exact: dict[str, Dependence] = {
        wealth: dependence(
            middle,
            region,
            partners,
            remittances=central.transfers,
            routes=ways.denied,
            channels=(*CHANNELS, TRANSIT, ALL_TRANSIT) if ways.denied else CHANNELS,
            wealth=wealth,
            deficits=deficits,
        )
        for wealth in WEALTH
    }
    drawn = dependence(
        baseline(drawn_world, seen.inputs),
        region,
        partners,
        remittances=drawn_remittances(drawn_world),
        channels=["together"],
        deficits=deficits,
    )
    few = draws.part(0, min(draws.count, PROGRAMME_DRAWS))
    names = lead_scenarios(study) if scenarios is None else scenarios
    wider = study
    if chosen is not None:
        names, wider = [chosen.id, *names], with_scenario(study, chosen)
    projects = [project for project in study.records.projects if project.is_candidate]
    lead = study.lead.id
    return Leverage(
        exact,
        transit_dependence(middle, ways, WEALTH, deficits=deficits),
        drawn,
        _raw(atlas, region, partners),
        concentration(central.economies, _ties(central), region, partners, (REST,)),
        _programmes(wider, atlas, few, names, partners, transport),
        compare_programmes(
            projects, present, lead, [p for p in partners if p != lead], Draws(CHANCE_DRAWS, draws.seed)
        ),
        gaps(projects, present, {row.project for row in study.records.financing}, region),
    )


def lead_scenarios(study: Study) -> list[str]:
    """Scenarios whose own measures are all the lead partner's investment, lowest rung first."""
    lead = study.lead.economies
    return [
        s.id
        for s in study.scenarios
        if s.measure and all(getattr(x, "owners", ()) == lead for x in s.measure)
    ]


def partner_codes(study: Study, atlas: Atlas) -> dict[str, tuple[str, ...]]:
    """The economies behind each partner, in the order of the study."""
    names = study_names(study, atlas)
    return {partner.id: tuple(names.codes(partner.economies)) for partner in study.about.partner}


def study_passage(study: Study, atlas: Atlas, transport: Transport | None = None) -> Passage:
    """Whose land the goods of the region cross: each partner, and every other economy by itself.

    Nobody's in a study without a network. `transport` are the routes, where they are known already.
    """
    region, partners = study.about.region.economies, partner_codes(study, atlas)
    if not study.has_borders:
        return Passage.unknown(atlas.economies, region, partners)
    taken = {REST, *(code for codes in partners.values() for code in codes)}
    others = {code: (code,) for code in atlas.economies if code not in taken}
    tables = network_tables(study, atlas)
    world = Coupling.of(study, atlas, transport)
    return passage(world, tables, region, {**partners, **others})


def _routes(study: Study, atlas: Atlas, chosen: Scenario | None) -> Transport:
    """Routes over everything that a scenario, or some project of the programme, opens."""
    if chosen is None:
        return study_transport(study, atlas)
    measures = [*(effect.measure for effect in network_effects(study)), *chosen.measure]
    return study_transport(study, atlas, [name for m in measures for name in getattr(m, "opens", ())])


def drawn_remittances(world: World) -> Array:
    """Remittances of each draw, (draws, N payer, N recipient): each recipient's move together."""
    received = world.transfers.sum(axis=0)
    drawn = world.net_transfers + world.transfers.sum(axis=1)
    scale = np.divide(drawn, received, out=np.ones_like(drawn), where=received > 0)
    return np.asarray(world.transfers * np.maximum(scale, 0)[..., np.newaxis, :])


def _drawn(study: Study, atlas: Atlas, draws: Draws, transport: Transport) -> tuple[Context, World]:
    world = reconcile(atlas, draws)
    return context(prepare(study, atlas, draws, transport=transport), draws, world), world


def _ties(world: World) -> dict[str, Array]:
    """Who sells to, supplies, owns in and pays each economy: (N partner, N economy)."""
    return {
        "exports": world.trade.T,
        "imports": world.trade,
        "fdi": world.holdings,
        "remittances": world.transfers,
    }


def _raw(atlas: Atlas, region: Sequence[str], partners: Mapping[str, Sequence[str]]) -> RawDependence | None:
    world = sector_world(atlas)
    inside = [code for code in region if code in world.economies]
    outside = [name for name in partners if name in world.economies]
    return raw_dependence(world, inside, outside) if inside and outside else None


def _programmes(
    study: Study,
    atlas: Atlas,
    draws: Draws,
    names: Sequence[str],
    partners: Mapping[str, Sequence[str]],
    transport: Transport,
) -> list[Programme]:
    """Each programme on top of what it builds on; what two build on is solved once."""
    if not names:
        return []
    seen, world = _drawn(study, atlas, draws, transport)
    table = _Table(study, seen, baseline(world, seen.inputs), drawn_remittances(world), partners)
    without: dict[tuple[str | None, Wealth], Array] = {}
    for name in names:
        start = study.scenario(name).builds_on
        for wealth in WEALTH:
            if (start, wealth) not in without:
                without[start, wealth] = table.loss(table.before(name), wealth)
    return [table.programme(name, without, others=name == names[-1]) for name in names]


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """What all programmes of a study share."""

    study: Study
    seen: Context
    base: Baseline
    remittances: Array
    partners: Mapping[str, Sequence[str]]

    @property
    def region(self) -> tuple[str, ...]:
        return self.study.about.region.economies

    @property
    def deficits(self) -> Deficits:
        return self.study.about.settings.deficits

    def before(self, name: str) -> Shock:
        """All that a scenario builds on."""
        start = self.study.scenario(name).builds_on
        return shock(() if start is None else self.study.measures(start), self.seen)

    def loss(self, change: Shock, wealth: Wealth) -> Array:
        """What losing each partner costs after a change."""
        found = dependence(
            self.base,
            self.region,
            self.partners,
            remittances=self.remittances,
            channels=["together"],
            shock=change,
            wealth=wealth,
            deficits=self.deficits,
        )
        return found.loss["together"]

    def programme(
        self, name: str, without: Mapping[tuple[str | None, Wealth], Array], *, others: bool
    ) -> Programme:
        scenario, before = self.study.scenario(name), self.before(name)
        own = _on_top(shock(self.study.measures(name), self.seen), before)
        same: dict[str, Shock] = {}
        if others and all(hasattr(measure, "owners") for measure in scenario.measure):
            for partner, codes in self.partners.items():
                if partner != self.study.lead.id:
                    rows = [_owned(row, name, codes) for row in self.study.measures(name)]
                    same[partner] = _on_top(shock(rows, self.seen), before)
        added: dict[str, Array] = {}
        displaced: dict[str, Displacement] = {}
        by_each: dict[str, dict[str, Displacement]] = {}
        for wealth in WEALTH:
            added[wealth] = leverage_added(
                self.base,
                own,
                self.region,
                self.partners,
                remittances=self.remittances,
                before=before,
                wealth=wealth,
                deficits=self.deficits,
                without=without[scenario.builds_on, wealth],
            )
            displaced[wealth] = self._displaced(own, before, wealth)
            by_each[wealth] = {p: self._displaced(change, before, wealth) for p, change in same.items()}
        return Programme(name, scenario.title, scenario.builds_on, added, displaced, by_each)

    def _displaced(self, change: Shock, before: Shock, wealth: Wealth) -> Displacement:
        return displacement(
            self.base,
            change,
            self.region,
            self.partners,
            before=before,
            wealth=wealth,
            deficits=self.deficits,
        )


def _owned(row: tuple[str, Any], scenario: str, owners: Sequence[str]) -> tuple[str, Any]:
    """A measure with its key; those of the scenario itself get other owners."""
    key, measure = row
    own = key.startswith(f"scenario/{scenario}/")
    return key, measure.model_copy(update={"owners": tuple(owners)}) if own else measure


def _on_top(whole: Shock, before: Shock) -> Shock:
    """What a shock adds to another that it contains: ratio by ratio."""

    def ratio(name: str) -> Array | None:
        new: Array | None = getattr(whole, name)
        old: Array | None = getattr(before, name)
        return new if new is None or old is None else np.asarray(new / old)

    return Shock(**{name: ratio(name) for name in ("trade_cost", "openness", "productivity", "labour")})
