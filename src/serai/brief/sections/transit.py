"""Transit: what passes through the economies of the region and along the corridors, today and after."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from serai.atlas.network import NetworkTables
from serai.brief.document import Desk, Table
from serai.brief.numbers import Number
from serai.brief.words import N_
from serai.scenario.central import Central
from serai.scenario.transit import PublishedTransit, Transit, published_transit, transit

MILLION, THOUSAND = 1_000_000, 1_000
LABELS = {
    "tonnes": N_("million tonnes of transit"),
    "teu": N_("thousand containers (TEU) of transit"),
    "revenue": N_("million USD that carriers take for transit"),
}


def transit_table(desk: Desk, scenario: str, after: Central, tables: NetworkTables) -> Table:
    """Transit through each economy of the region, and what runs along each corridor."""
    _ = desk.words._
    codes = desk.study.about.region.economies
    world = after.coupling
    states = {
        "today": transit(world, tables, codes),
        scenario: transit(world, tables, codes, change=after.edges, trade=after.equilibrium.trade),
    }
    known = {fact.of: fact for fact in published_transit(states["today"], tables) if fact.unit == "tonnes"}
    cells: list[list[Markup | str]] = []
    data: list[pd.DataFrame] = []
    for place, code in enumerate(codes):
        numbers = _cells(desk, states, f"through/{code}", place)
        cells.append([desk.name(code), *_published(desk, known.get(code)), *numbers])
    for place, name in enumerate(states["today"].names):
        corridor = states["today"].corridors[place]
        numbers = _cells(desk, states, f"along/{corridor}", place, corridor=True)
        cells.append([_(name), *_published(desk, known.get(corridor)), *numbers])
    for when, state in states.items():
        data.append(state.tidy().assign(state=when, basis="computed"))
    return Table(
        "transit",
        _("Transit through the region and along corridors, a year"),
        [
            "",
            _("Published, million tonnes"),
            _("Model over published"),
            _("Million tonnes, today"),
            _("after"),
            _("Thousand TEU, today"),
            _("after"),
            _("Carriers' revenue, USD million, today"),
            _("after"),
        ],
        cells,
        pd.concat(data, ignore_index=True),
        numeric=frozenset(range(1, 9)),
        note=_(
            "After: {scenario}, medium run, central values. Transit neither starts nor ends in the economy; along a corridor all goods on its routes count. Only trade that may come over the region. Tonnes come from values by class of goods. Beside them what was published, to the nearest end of its range, oil products included; none of it was used to set the model. A ratio far from 1 says where the model misses. Containers are counted for machinery and manufactures alone, and full: fewer than the boxes that are published.",
            scenario=_(desk.study.scenario(scenario).title),
        ),
    )


def _published(desk: Desk, fact: PublishedTransit | None) -> list[Markup | str]:
    """What was published, with its year and page, and the ratio of the model to it; blank where nothing was."""
    if fact is None:
        return ["", ""]
    low, high = (desk.words.figure(end / MILLION, 1) for end in fact.published)
    words = desk.words._("{low} to {high}", low=low, high=high) if low != high else low
    link = Markup('<a href="{url}" rel="noopener noreferrer">{words}</a> ({year})').format(
        url=fact.url, words=words, year=fact.year
    )
    return [link, desk.words.figure(fact.ratio, 2)]


def _cells(
    desk: Desk, states: dict[str, Transit], key: str, place: int, *, corridor: bool = False
) -> list[Markup | str]:
    """Tonnes, TEU and revenue, each today and after."""
    cells: list[Markup | str] = []
    for what, label in LABELS.items():
        for when, state in states.items():
            if corridor and what == "revenue":
                cells.append("")
                continue
            value = _value(state, what, place, corridor=corridor)
            made = ("network", "base_year", f"scenario/{when}")
            number = Number(
                f"corridors/transit/{key}/{what}/{when}", label, value, "plain", "computed", made_from=made
            )
            cells.append(desk.number(desk.numbers.add(number)))
    return cells


def _value(state: Transit, what: str, place: int, *, corridor: bool) -> float:
    if what == "revenue":
        return float(state.revenue_usd_m[place])
    tonnes = (state.corridor_tonnes, state.corridor_teu) if corridor else (state.tonnes, state.teu)
    return float(tonnes[0][place] / MILLION) if what == "tonnes" else float(tonnes[1][place] / THOUSAND)
