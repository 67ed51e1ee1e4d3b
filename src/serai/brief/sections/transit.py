"""Transit: what passes through the economies of the region and along the corridors, today and after."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from serai.atlas.network import NetworkTables
from serai.brief.document import Desk, Table
from serai.brief.numbers import Number
from serai.brief.words import N_
from serai.scenario.central import Central
from serai.scenario.transit import Transit, transit

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
    cells: list[list[Markup | str]] = []
    data: list[pd.DataFrame] = []
    for place, code in enumerate(codes):
        cells.append([desk.name(code), *_cells(desk, states, f"through/{code}", place)])
    for place, name in enumerate(states["today"].names):
        key = f"along/{states['today'].corridors[place]}"
        cells.append([_(name), *_cells(desk, states, key, place, corridor=True)])
    for when, state in states.items():
        data.append(state.tidy().assign(state=when, basis="computed"))
    return Table(
        "transit",
        _("Transit through the region and along corridors, a year"),
        [
            "",
            _("Million tonnes, today"),
            _("after"),
            _("Thousand TEU, today"),
            _("after"),
            _("Carriers' revenue, USD million, today"),
            _("after"),
        ],
        cells,
        pd.concat(data, ignore_index=True),
        numeric=frozenset(range(1, 7)),
        note=_(
            "After: {scenario}, medium run, central values. Transit neither starts nor ends in the economy; along a corridor all goods on its routes count. Only trade that may come over the region. Tonnes come from values by class of goods and are rough: on the Trans-Caspian route the model has several times what is published.",
            scenario=_(desk.study.scenario(scenario).title),
        ),
    )


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
