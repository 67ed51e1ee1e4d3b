"""The nodes between a number and its sources: scenarios, measures, closures, steps of the base year."""

from __future__ import annotations

from serai.atlas import World
from serai.brief.document import Desk
from serai.records.scenario import Agreement, AtPlaces, BorderHours, Customs, Effect, FreeZone, Link

ROUTING = ("routing_elasticity", "route_dissimilarity")
ON_NETWORK = (AtPlaces, BorderHours, Customs, FreeZone, Link)


def add_paths(desk: Desk, world: World) -> None:
    """Register every node that numbers of the brief are made from."""
    node = desk.numbers.node
    node("model", "Trade and capital in general equilibrium", fields={"equations": "docs/model.md"})
    node("closure/fixed", "Wealth of each economy stays as it is (medium run)", ["model"])
    node("closure/steady", "Wealth adjusts until its real return is back (long run)", ["model"])
    _base_year(desk, world)
    _scenarios(desk)
    _assumptions(desk)
    _network(desk)


def _network(desk: Desk) -> None:
    """Hours and fees: the study's border rows, or the tables of the corridor network."""
    node, borders = desk.numbers.node, desk.study.borders
    for row in borders:
        key = f"study/borders/{row.exporter}/{row.importer}"
        node(key, f"border {row.exporter} > {row.importer}", [], row.model_dump())
    rows = [f"study/borders/{r.exporter}/{r.importer}" for r in borders]
    tables = [f"atlas/{name}" for name in ("links", "crossings", "terminals", "economy_places", "pipelines")]
    rates = [f"atlas/parameters/{name}" for name in ("value_of_day_pct", *ROUTING)]
    node(
        "network",
        "The network: hours and money between economies",
        [*(rows or tables), *rates, "atlas/cargo"],
    )


def _base_year(desk: Desk, world: World) -> None:
    node = desk.numbers.node
    names = []
    for step in world.steps:
        names.append(node(f"base_year/step/{step.name}", step.reason, step.keys))
    node(
        "base_year",
        "The base year: sources reconciled in named steps",
        [*names, "atlas/trade", "atlas/fdi", "atlas/figures"],
    )


def _scenarios(desk: Desk) -> None:
    for scenario in desk.study.scenarios:
        keys = []
        for number, measure in enumerate(scenario.measure, start=1):
            key = f"scenario/{scenario.id}/measure/{number}"
            effects = {
                f: getattr(measure, f)
                for f in type(measure).model_fields
                if isinstance(getattr(measure, f), Effect)
            }
            made = [
                f"atlas/parameters/{e.parameter}"
                if e.parameter in desk.atlas_parameters
                else f"study/assumptions/{e.parameter}"
                for e in effects.values()
                if e.parameter
            ]
            made += [f"estimate/{e.estimate}" for e in effects.values() if e.estimate]
            if isinstance(measure, Agreement):
                made += [
                    "atlas/agreements",
                    *(f"study/assumptions/{name}" for name in desk.study.about.depth.values()),
                ]
            if isinstance(measure, ON_NETWORK):
                made.append("network")
            desk.numbers.node(key, measure.name, made, measure.model_dump(exclude_none=True))
            keys.append(key)
        below = [] if scenario.builds_on is None else [f"scenario/{scenario.builds_on}"]
        elasticities = ["atlas/parameters/trade_elasticity", "atlas/parameters/capital_elasticity"]
        desk.numbers.node(f"scenario/{scenario.id}", scenario.title, [*below, *keys, *elasticities])


def _assumptions(desk: Desk) -> None:
    for name, effect in desk.study.about.assumptions.items():
        desk.numbers.node(f"study/assumptions/{name}", name, [], effect.model_dump(exclude_none=True))
