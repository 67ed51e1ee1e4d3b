"""Transit: what passes through the economies of the region and along the corridors, today and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from serai.atlas.network import NetworkTables
from serai.brief.document import Desk, Table
from serai.brief.numbers import Number
from serai.brief.words import N_
from serai.scenario.central import Central
from serai.scenario.transit import PublishedTransit, Transit, published_transit, transit

MILLION, THOUSAND = 1_000_000, 1_000
HELD_BACK = "held back"
LABELS = {
    "tonnes": N_("million tonnes of transit"),
    "teu": N_("thousand containers (TEU) of transit"),
    "revenue": N_("million USD that carriers take for transit"),
}


def transit_tables(desk: Desk, scenario: str, after: Central, tables: NetworkTables) -> tuple[Table, ...]:
    """Transit through each economy of the region and along each corridor, and what was published of it."""
    codes = desk.study.about.region.economies
    world = after.coupling
    states = {
        "today": transit(world, tables, codes),
        scenario: transit(world, tables, codes, change=after.edges, trade=after.equilibrium.trade),
    }
    known = [fact for fact in published_transit(states["today"], tables) if fact.set == HELD_BACK]
    modelled = _modelled(desk, scenario, states)
    return (modelled, _beside(desk, known)) if known else (modelled,)


def _modelled(desk: Desk, scenario: str, states: Mapping[str, Transit]) -> Table:
    """Tonnes, boxes and revenue, today and after side by side in a cell."""
    _ = desk.words._
    today = states["today"]
    cells: list[list[Markup | str]] = []
    for place, code in enumerate(today.economies):
        cells.append([desk.name(code), *_cells(desk, states, f"through/{code}", place)])
    for place, name in enumerate(today.names):
        key = f"along/{today.corridors[place]}"
        cells.append([_(name), *_cells(desk, states, key, place, corridor=True)])
    data = [state.tidy().assign(state=when, basis="computed") for when, state in states.items()]
    return Table(
        "transit",
        _("Transit through the region and along corridors, a year, today → after"),
        ["", _("Million tonnes"), _("Thousand TEU"), _("Carriers' revenue, USD million")],
        cells,
        pd.concat(data, ignore_index=True),
        numeric=frozenset(range(1, 4)),
        note=_(
            "After: {scenario}, medium run, central values. Transit neither starts nor ends in the economy; along a corridor all goods on its routes count. Only trade that may come over the region. Tonnes come from values by class of goods. Containers are the value of machinery and manufactures over the published mean value of a box.",
            scenario=_(desk.study.scenario(scenario).title),
        ),
    )


def _beside(desk: Desk, known: Sequence[PublishedTransit]) -> Table:
    """Each published figure of transit beside the model's of today."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    for fact in known:
        scale, unit = (THOUSAND, _("thousand TEU")) if fact.unit == "TEU" else (MILLION, _("Mt"))
        figures = [
            desk.words.figure(end / scale, int(scale == MILLION)) for end in (*fact.published, fact.modelled)
        ]
        low, high, modelled = figures
        words = _("{low} to {high}", low=low, high=high) if low != high else low
        link = Markup('<a href="{url}" rel="noopener noreferrer">{name}</a>, {year}').format(
            url=fact.url, name=_(fact.name), year=fact.year
        )
        cells.append([link, f"{words} {unit}", modelled, desk.words.figure(fact.ratio, 2)])
    data = pd.DataFrame(
        {
            "fact": fact.fact,
            "of": fact.of,
            "year": fact.year,
            "unit": fact.unit,
            "published_low": fact.published[0],
            "published_high": fact.published[1],
            "modelled": fact.modelled,
            "ratio": fact.ratio,
            "url": fact.url,
            "basis": "computed",
        }
        for fact in known
    )
    return Table(
        "transit_published",
        _("Published transit beside the model's"),
        [_("Published of"), _("Published"), _("Model"), _("Model over published")],
        cells,
        data,
        numeric=frozenset({1, 2, 3}),
        note=_(
            "The ratio is to the nearest end of what was published, oil products included; no figure was used to set a parameter, but how boxes are counted was chosen after these had been seen. A ratio far from 1 says where the model misses."
        ),
    )


def _cells(
    desk: Desk, states: Mapping[str, Transit], key: str, place: int, *, corridor: bool = False
) -> list[Markup | str]:
    """Tonnes, TEU and revenue, each today and after."""
    cells: list[Markup | str] = []
    for what, label in LABELS.items():
        if corridor and what == "revenue":
            cells.append("")
            continue
        shown = []
        for when, state in states.items():
            value = _value(state, what, place, corridor=corridor)
            made = ("network", "base_year", f"scenario/{when}")
            number = Number(
                f"corridors/transit/{key}/{what}/{when}", label, value, "plain", "computed", made_from=made
            )
            shown.append(desk.number(desk.numbers.add(number)))
        cells.append(Markup("\N{NO-BREAK SPACE}→\N{NO-BREAK SPACE}").join(shown))
    return cells


def _value(state: Transit, what: str, place: int, *, corridor: bool) -> float:
    if what == "revenue":
        return float(state.revenue_usd_m[place])
    tonnes = (state.corridor_tonnes, state.corridor_teu) if corridor else (state.tonnes, state.teu)
    return float(tonnes[0][place] / MILLION) if what == "tonnes" else float(tonnes[1][place] / THOUSAND)
