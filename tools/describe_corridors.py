"""Writes docs/corridors.md: `python -m tools.describe_corridors`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from tools.fit_routing import values as fitted

from serai.atlas import Atlas, load
from serai.atlas.network import NetworkTables, load_network
from serai.corridors.network import Network
from serai.corridors.published import Comparison, compare_published
from serai.draws import Draws
from serai.records.scenario import Scenario
from serai.scenario.central import central
from serai.scenario.coupling import Coupling
from serai.scenario.freight import planned, study_transport
from serai.scenario.openings import opening_values
from serai.scenario.transit import Transit, published_transit, transit
from serai.scenario.transport import Way
from serai.study import Study, read_study

PAGE = Path(__file__).resolve().parent.parent / "docs" / "corridors.md"
DRAWS = Draws(2000, seed=1)
SHOWN = ("KAZ", "UZB", "KGZ", "TJK", "TKM", "RUS", "AZE", "GEO", "IRN", "AFG")
MILLION = 1_000_000
OPENED = {
    "cku": "China-Kyrgyzstan-Uzbekistan railway open",
    "trans-afghan": "Trans-Afghan railway open",
}
SPLIT, RAILWAYS = "khorgos-share", ("altynkol-rail", "dostyk-rail")
DAYS = (0.5, 1.0, 1.5)
Fits = dict[float, dict[tuple[str, str], float]]
BOXES = "TEU from the published mean value of a box, a way of counting chosen after this row was seen"
MISSES = {
    "titr-teu": BOXES,
    "kaz-transit-teu": BOXES,
    "irn-transit": "only trade that may come over the region is counted here",
    "tkm-transit": "the goods of the Emirates and of Iran are split by sector like those of the rest of "
    "the world",
    "aze-transit": "trade that cannot come over the region is not counted here",
    "geo-rail-transit": "the model has trucks in it; about two thirds of its tonnes are Armenia's, split by "
    "sector like those of the rest of the world",
    "xinjiang-rail": "the model has the road through Khorgos in it, a fortieth",
}
WHY = (
    "What the misses have in common is tonnes, not ways. Armenia, Azerbaijan, Georgia,",
    "Iran, the Emirates and",
    "others have no rows of their own in the table of sectors: their goods are split like those of the",
    "rest of the world, and a dollar of coal and minerals (USD 100 a tonne) weighs a",
    "hundred times a dollar of",
    "machinery. Through Georgia a third of the modelled tonnes are such minerals, about three in five",
    "of them to or from Armenia. A table of trade by product and weight for these economies",
    "would mend Turkmenistan and Georgia; none is packaged, and no row was bent to the",
    "published figures instead.",
    "Azerbaijan's published transit includes oil products, which are left out (class",
    "`oil`: how much of it goes by",
    "pipeline is not known pair by pair).",
)
REASONS = {
    "altynkol-poti": "calibrates the wait at Poti, with Constanta",
    "xian-absheron": "the page is about the first block train, which did not queue at the border",
    "dostyk-alat": "an announced time of 2015; trains of today queue for vessels",
    "vladivostok-tashkent": "the forwarder's time holds formation of the train, which the model leaves out",
    "mersin-poti": "the page counts waiting for a feeder vessel; the model counts sailing only",
    "shanghai-poti-usd": "the rate per tonne-km is that of long hauls; feeders and "
    "port dues in the Black Sea are left out",
    "china-almaty-usd": "origin in China not printed; block trains get lower rates "
    "than the means of the monitoring",
    "altynkol-constanta": "calibrates the wait at Poti",
    "qingdao-vladivostok": "calibrates the speed at sea",
    "altynkol-aktau": "calibrates the speed of rail",
    "altynkol-absheron": "calibrates the wait for a ferry",
    "yokohama-hamburg": "by way of Lianyungang and Khorgos",
    "shanghai-poti": "a long sea voyage: speed calibrated on another lane",
}


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.relative_to(PAGE.parent.parent))


def page() -> str:
    """The whole page as Markdown."""
    atlas, tables = load(), load_network()
    network = Network.build(tables, atlas.parameter)
    parts = [
        _opening(network, tables),
        _published(compare_published(network, tables, DRAWS)),
        _elasticity(atlas),
        _transit(read_study(None), atlas, tables),
        _limits(),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _opening(network: Network, tables: NetworkTables) -> str:
    kinds = tables.table("places")["kind"].value_counts()
    modes = tables.table("links")["mode"].value_counts()
    crossings = tables.table("crossings")
    imputed = (crossings["basis"] == "imputed").mean()
    return f"""# Corridors: how goods travel, what it takes, and how well we know

<!-- Written by `python -m tools.describe_corridors`; edit that file, not this one. -->

The packaged network has {len(tables.table("places"))} places ({kinds["city"]} cities,
{kinds["seaport"]} seaports,
{kinds["border"]} border posts, {kinds["sea_lane"]} points at sea), {len(tables.table("links"))} links
({modes["rail"]} rail, {modes["road"]} road, {modes["sea"]} sea, {modes["ferry"]} ferry) and
{crossings["crossing"].nunique()} border crossings. As arrays these are {network.graph.nodes} nodes,
one for each
place, mode and gauge, and {network.graph.edges} directed edges: hauls, borders, changes of mode and
changes of
gauge. Nothing is lost at a node; every hour and every dollar is on an edge, with a basis and a source.
{imputed:.0%} of the rows of border hours are imputed from means of the economy or of the programme and
say so.

```python
from serai import Network, load_network
from serai.atlas import load

network = Network.build(load_network(), load().parameter)
network.opened("cku")  # a planned line in use
network.scaled(network.edges(crossings=["dostyk-rail"]), hours=0.5)  # half the hours at one border
```

    serai routes JPN UZB --class machinery --html routes.html     # ways, days, money, CO2, likelihood, a map
    serai routes UZB KHI_P --open trans-afghan --class food
    serai routes BIS ALA --cut korday-road=0.5
    serai routes KAZ UZB --scenario open_borders                  # after the measures of a scenario

The cost of an edge, as a log share of the value of the goods, is

    g = usd per tonne / value of a tonne + value of a day * (hours + reliability * standard deviation) / 24

by class of cargo. On railways bulk goods pay a part of the rate of containers (column `rail_rate`
of the table
`cargo`: coal a fifth, ores and metals about a third), as the tariff classes of Kazakhstan's railway do; where
they paid the whole, ores went by truck over Afghanistan. What goes by pipeline is known by sector for large
economies and by the table `pipelines` for Azerbaijan's and Turkmenistan's sales. Pipelines, gold
and services are not on the network. The hours of a border are those
of both
posts in their latest reported year; their range comes from the changes from year to year. Any table can be
replaced by a study (`tables/links.csv` and so on, see [atlas.md](atlas.md)).
"""


def _published(found: tuple[Comparison, ...]) -> str:
    text = [
        "## Modelled beside published",
        "",
        "Calibration: the row was used to set a speed or a wait. Held back: it was not. Days are p10",
        "/ p50 / p90",
        f"of {DRAWS.count:,} shipments; handling at the ends is left out.",
        "",
    ]
    for which in ("calibration", "held back"):
        rows = [c for c in found if c.set == which]
        text += [f"### {which.capitalize()} set", ""]
        text += [
            "| | published | modelled | ratio | km | verdict | what is to be said |",
            "|---|---|---|---|---|---|---|",
        ]
        text += [_line(c) for c in rows]
        text.append("")
    days = [c for c in found if c.set == "held back" and c.kind == "days"]
    good = [c for c in days if c.verdict in ("inside", "overlaps")]
    text += [
        f"Of {len(days)} held-back times {len(good)} lie in or overlap the modelled range; the others",
        "are off by",
        f"factors of {', '.join(f'{c.ratio:.2f} ({c.name})' for c in days if c not in good)}. Prices",
        "of containers",
        "at sea are modelled at less than half of the published ones; those by rail are about right.",
        "",
    ]
    return "\n".join(text)


def _line(c: Comparison) -> str:
    low, high = c.published
    if c.kind == "days":
        published = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        modelled = " / ".join(f"{days:.1f}" for days in c.modelled)
    else:
        published = f"USD {low:,.0f} to {high:,.0f}"
        modelled = f"USD {c.modelled[1]:,.0f}"
    link = f"[{c.name}]({c.url})"
    where = f"| {link} | {published} | {modelled} | {c.ratio:.2f} | {c.km:,.0f} | {c.verdict} "
    return f"{where}| {REASONS[c.fact]} |"


def _elasticity(atlas: Atlas) -> str:
    names = ("routing_elasticity", "route_dissimilarity", "land_bridge_share", "neighbour_share")
    row, unlike, bridge, near = (atlas.parameter(name) for name in names)
    found = {alike: fitted(alike) for alike in (unlike.value, unlike.low, unlike.high, 1.0) if alike}
    text = [
        "## The routing elasticity",
        "",
        "Which way goods take is a nested path-size logit. Routes by the same means (over the",
        "Caspian or not, by",
        "sea or not, on land mostly by road or by rail) share a nest; inside it the share of a route is",
        "proportional to PS exp(-psi g), and a nest counts as much as all its routes together, with the",
        "elasticity eta between nests. eta over psi is the dissimilarity: at 1 every route is as",
        "unlike the others",
        "as any, and each new one brings something even where it saves nothing; near 0 a second",
        "railway beside",
        "the first brings what it saves and no more. eta is the value at which routes over the",
        "Caspian Sea take",
        "their published part of the containers that go from China to Europe by land (Xi'an to",
        "Duisburg). The",
        "Northern route's containers are published in two definitions; all containers of the",
        "Trans-Caspian route",
        "are counted, also those that do not go to Europe.",
        "",
        "| class | Northern route | " + " | ".join(f"eta at {alike:g}" for alike in found) + " |",
        "|---|---|" + "---|" * len(found),
    ]
    text += [
        f"| {name} | {north} | " + " | ".join(f"{fit[name, north]:.1f}" for fit in found.values()) + " |"
        for name, north in next(iter(found.values()))
    ]
    text += [
        "",
        f"The row `routing_elasticity` holds the geometric mean at the dissimilarity {unlike.value:g},",
        f"{row.value:g}, and the ends {row.low:g} to {row.high:g}. Without nests the two classes",
        "disagree, with them",
        f"they agree. The dissimilarity itself ({unlike.low:g} to {unlike.high:g}) is assumed.",
        "",
        *_two_railways(atlas, found),
        "",
        "The sea is not part of the fit: 12.5 million TEU went from China to Europe by sea in",
        "2023 against about",
        "0.4 million by rail, and at 1.3 % of the value for a day the model sends nearly all of",
        "them by rail. What",
        "keeps them at sea is the room on trains, which the tables do not know. So for goods",
        "that ships could carry",
        "from door to door (both sides outside the region, joined by sea, and no neighbours over land) only",
        f"{bridge.value:.0%} may choose a way over land ({bridge.low:.0%} to {bridge.high:.0%}, row",
        "`land_bridge_share`); the rest stays at sea. Of goods between neighbours that ships",
        "could carry too, such",
        f"as China and Russia, {near.value:.1%} may come over the region ({near.low:.0%} to",
        f"{near.high:.0%}, row",
        "`neighbour_share`, calibrated on the published transit of the two through Kazakhstan):",
        "most of them start",
        "and end nearer to their own crossings than the cities that stand for them here. Do not read choices",
        "between land and ocean between Europe and East Asia from this model.",
        "",
    ]
    return "\n".join(text)


def _two_railways(atlas: Atlas, fits: Fits) -> list[str]:
    """What the one published split between two railways says of dissimilarity and value of a day."""
    world, tables = Coupling.of(read_study(None), atlas), load_network()
    fact = next(row for row in tables.rows("corridor_facts") if row.fact == SPLIT)
    text = [
        f"One split between two railways is published: {float(fact.low):.1%} of the trains between China and",
        f"[Kazakhstan]({fact.url}) go by Khorgos, the others by Alashankou. It fixes neither",
        "the dissimilarity nor",
        "the value of a day. At each dissimilarity (eta fitted anew), and with days worth",
        "half and one and a half",
        "times as much, Khorgos has",
        "",
        "| dissimilarity | eta | worth of a day | of tonnes | of the value in boxes |",
        "|---|---|---|---|---|",
    ]
    for alike, fit in sorted(fits.items()):
        eta = float(np.exp(np.mean(np.log(list(fit.values())))))
        for day in DAYS if alike == atlas.parameter("route_dissimilarity").value else (1.0,):
            tonnes, boxes = _khorgos(world, eta, alike, day)
            text.append(f"| {alike:g} | {eta:.1f} | {day:g} | {tonnes:.0%} | {boxes:.0%} |")
    return [
        *text,
        "",
        "The published half lies between the two columns in every row: which part of the trains carries bulk",
        "decides it, and the trains are also allotted to the two stations by the railways. So",
        "the dissimilarity",
        "stays an assumed range that the draws run through, and the value of a day stays the",
        "published range: the",
        "split of containers and this one cannot tell it from the elasticity.",
    ]


def _khorgos(world: Coupling, eta: float, alike: float, day: float) -> tuple[float, float]:
    """The part of Khorgos at some elasticities, of tonnes and of money in boxes."""
    found = world.way.transport
    values = np.array([[value.value for value in found.values]])
    hours = found.network.hours[np.newaxis]
    way = Way.of(found, hours, np.array([eta]), values, np.array([day]), np.array([alike]))
    moved = replace(world, way=way)
    posts = [found.network.edges(crossings=[name]) for name in RAILWAYS]
    state, trade = moved.unchanged(), world.baseline.trade
    tonnes, money = moved.tonnes(state, trade), moved.on_edges(state, trade)
    boxed = money[[c.containers for c in found.cargo]].sum(axis=0)
    return tuple(  # type: ignore[return-value]
        table[posts[0]].sum() / sum(table[post].sum() for post in posts) for table in (tonnes, boxed)
    )


def _transit(study: Study, atlas: Atlas, tables: NetworkTables) -> str:
    scenarios = tuple(_opens(project, title) for project, title in OPENED.items())
    wider = replace(study, scenarios=(*study.scenarios, *scenarios))
    states: dict[str, Transit] = {}
    for scenario in scenarios:
        found = central(wider, atlas, scenario.id)
        states.setdefault("today", transit(found.coupling, tables, SHOWN))
        states[scenario.title] = transit(
            found.coupling, tables, SHOWN, change=found.edges, trade=found.equilibrium.trade
        )
    box = atlas.parameter("value_of_teu_usd")
    text = [
        "## Transit",
        "",
        "What passes through and neither starts nor ends there, of the trade that may come over the",
        "region, at",
        "central values. Revenue is what carriers charge for the stretches inside the economy, at",
        "the rates of the",
        "network. Tonnes come from values by class of cargo and are rough. TEU are the value",
        "of machinery and",
        "manufactures over the mean value of a box on China-Europe trains, USD",
        f"{box.value:,.0f} ({box.low:,.0f} to",
        f"{box.high:,.0f}, row `value_of_teu_usd`), empty boxes and boxes of cheap goods",
        "included. It is below the",
        "value per tonne of these classes times ten tonnes: boxes are lighter, or their goods",
        "cheaper, than the",
        "table `cargo` says.",
        "",
    ]
    names = {code: atlas.names[code] for code in SHOWN}
    text += _table("million tonnes", names, states, lambda t, j: t.tonnes[j] / MILLION)
    text += _table("thousand TEU", names, states, lambda t, j: t.teu[j] / 1000)
    text += _table("carriers' revenue, USD million", names, states, lambda t, j: t.revenue_usd_m[j])
    first = states["today"]
    corridors = dict(zip(first.corridors, first.names, strict=True))
    text += _table(
        "million tonnes by corridor", corridors, states, lambda t, j: t.corridor_tonnes[j] / MILLION
    )
    return "\n".join(text + _beside(first, tables) + _openings(wider, atlas))


def _beside(today: Transit, tables: NetworkTables) -> list[str]:
    """Published transit beside that of the model."""
    text = [
        "### Modelled beside published transit",
        "",
        "Calibration: the transit of China and Russia through Kazakhstan (2.9 million tonnes in",
        "2019), which fixes",
        "the row `neighbour_share`, and the split of containers above, which fixes eta. All rows",
        "below are held",
        "back. The ratio is to the nearest end of what was published.",
        "",
        "| | published | year | modelled | ratio | what is to be said |",
        "|---|---|---|---|---|---|",
    ]
    for fact in published_transit(today, tables):
        scale, digits = (MILLION, 1) if fact.unit == "tonnes" else (1000, 0)
        low, high, modelled = (f"{x / scale:,.{digits}f}" for x in (*fact.published, fact.modelled))
        ends = low if low == high else f"{low} to {high}"
        unit = "Mt" if fact.unit == "tonnes" else "thousand TEU"
        said = MISSES.get(fact.fact, "")
        text.append(
            f"| [{fact.name}]({fact.url}) | {ends} {unit} | {fact.year} | {modelled} | {fact.ratio:.2f} "
            f"| {'; '.join(part for part in (fact.note, said) if part)} |"
        )
    return [*text, "", *WHY, ""]


def _openings(study: Study, atlas: Atlas) -> list[str]:
    """What planned lines are worth: time and money saved, and choice."""
    text = [
        "## What a new line is worth, and why",
        "",
        "Opened alone in the base year, real income of the five of Central Asia together, USD",
        "million a year,",
        "medium run, central values, congestion apart. Saved: every pair of places pays what its",
        "cheapest way",
        "costs. Choice: what further ways bring beside the cheapest, by the logit; below zero",
        "where the new way is",
        "the cheapest but not all goods take it. `serai links --openings` prints the table.",
        "",
        "| | worth | of it saved | of it choice |",
        "|---|---|---|---|",
    ]
    world = Coupling.of(study, atlas, study_transport(study, atlas, planned(study, atlas)))
    names = dict(
        zip(*(load_network().table("network_projects")[c] for c in ("project", "name")), strict=True)
    )
    for row in opening_values(world, study.about.region.economies, planned(study, atlas)):
        shown = (f"{round(part) or 0:,}" for part in (row.worth, row.saved, row.choice))
        text.append(f"| {names[row.project]} | {' | '.join(shown)} |")
    return [*text, ""]


def _opens(project: str, title: str) -> Scenario:
    measure = {
        "kind": "link",
        "name": title,
        "feasibility": "See the table network_projects.",
        "opens": [project],
    }
    fields = {
        "id": project.replace("-", "_"),
        "title": title,
        "label": title[:28],
        "question": title,
        "rung": 9,
    }
    return Scenario.model_validate({**fields, "measure": [measure]})


def _table(
    unit: str,
    names: dict[str, str],
    states: dict[str, Transit],
    value: Callable[[Transit, int], float],
) -> list[str]:
    text = [f"| {unit} | " + " | ".join(states) + " |", "|---|" + "---|" * len(states)]
    for j, name in enumerate(names.values()):
        text.append(f"| {name} | " + " | ".join(f"{value(t, j):,.1f}" for t in states.values()) + " |")
    return [*text, ""]


def _limits() -> str:
    return """## What is wrong with it

- Coordinates and gauges are from memory, checked against OpenStreetMap and Natural Earth; lengths outside the
  region are great circles times the median circuity of the region (rail 1.18, road 1.13).
- Border hours by rail at single crossings are mostly not published: means of economies stand in. What
  moved from
  2.4 to 50.1 hours in two years at one post may have moved elsewhere unseen.
- Waits at terminals are assumed (with ranges), but for Khorgos Gateway, Kuryk and the Black Sea ports.
- The table of speeds has one speed a mode; roads in Tajikistan are not those of China.
- Tariffs of single railways, transit discounts and empty returns are not known; what goods other than
  containers pay by rail is that of the tariff classes of one railway.
- Sanctions, closed borders and insurance are not in the costs. A study can close links
  (`status` in `links.csv`, or `network.closed`).
- Far economies have one or a few gates: what happens behind a gate is left out.
- Capacity is known for few links; the others have no limit that is known, and none in the model.
"""


if __name__ == "__main__":
    main()
