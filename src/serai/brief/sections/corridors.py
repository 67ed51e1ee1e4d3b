"""Corridors: which bottlenecks are worth most, what runs in and out of the region, and where."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from markupsafe import Markup

from serai.atlas import outlines
from serai.atlas.network import NetworkTables
from serai.axes import Array
from serai.brief.charts import MEDIUM_RUN, whiskers
from serai.brief.corridor_map import Window, corridor_map, frame_of
from serai.brief.document import Chart, Desk, Section, Table
from serai.brief.numbers import Number
from serai.brief.route_map import link_lines
from serai.brief.sections.transit import transit_tables
from serai.brief.words import N_
from serai.corridors.graph import Indices
from serai.scenario.central import Central, central
from serai.scenario.coupling import Coupling, bottlenecks, exact_values, link_values
from serai.scenario.freight import edge_titles, network_tables

SHOWN = 10
ON_NETWORK = ("border_hours", "customs", "link", "hub", "gauge", "port")
MEGA = 1_000_000


def corridors_section(desk: Desk) -> Section | None:
    """The ten bottlenecks worth most, goods in and out of the region today and after, and a map of it.

    None for a study without a network and without borders of its own.
    """
    _ = desk.words._
    if not desk.study.has_borders:
        return None
    tables = network_tables(desk.study, desk.atlas)
    ranked = ranked_posts(desk)
    titles = place_titles(desk)
    top = next(iter(ranked))
    finding = desk.prose(
        "The bottleneck that costs the region most is {where}: without its waiting and its fees, and with goods on the ways that are then best, the region would gain {exact} a year (central values); to first order it is {whole}, and {hour} for an hour less.",
        where=titles.get(top, top),
        exact=desk.plain(_exact(desk, top, ranked[top], titles)),
        whole=desk.plain(_whole(desk, top, ranked[top], titles)),
        hour=desk.plain(_hour(desk, top, ranked[top], titles)),
    )
    parts: list[Chart | Table | Markup] = [posts_chart(desk, ranked, titles)]
    scenario = _last_on_network(desk)
    if scenario is not None:
        after = central(desk.study, desk.atlas, scenario, desk.levers.transport)
        parts.append(gates_table(desk, scenario, after, tables))
        if not desk.study.borders:
            parts += transit_tables(desk, scenario, after, tables)
            parts.append(traffic_map(desk, scenario, after, tables))
    return Section("corridors", _("Corridors"), _("Where goods lose time and money"), finding, tuple(parts))


def ranked_posts(desk: Desk) -> dict[str, Indices]:
    """Border posts, ports, changes of mode and of gauge with their edges, most valuable first."""
    transport, whole = desk.levers.transport, desk.levers.whole["fixed"]
    kind = transport.network.kind
    found = {n: e for n, e in zip(*bottlenecks(transport), strict=True) if kind[e[0]] != "haul"}
    worth = {name: float(np.median(whole[:, edges].sum(axis=1))) for name, edges in found.items()}
    return {name: found[name] for name in sorted(found, key=lambda name: -worth[name])}


def posts_chart(desk: Desk, ranked: Mapping[str, Indices], titles: Mapping[str, str]) -> Chart:
    """What an hour less at each bottleneck is worth, and all of it."""
    _ = desk.words._
    rows: list[dict[str, object]] = []
    cells: list[list[Markup | str]] = []
    network = desk.levers.transport.network
    for name, edges in list(ranked.items())[:SHOWN]:
        title = titles.get(name, name)
        hour, whole = _hour(desk, name, edges, titles), _whole(desk, name, edges, titles)
        hours = desk.words.figure(network.hours[edges].mean(), 0)
        cells.append([title, hours, desk.number(hour), desk.number(whole)])
        common = {"label": title, "name": name, "basis": "computed"}
        for kind, number, unit in (
            ("whole", whole, "USD million a year for all of it"),
            ("hour", hour, "USD million a year for one hour"),
        ):
            values = {"estimate": number.estimate, "low": number.low, "high": number.high}
            rows.append({**common, "kind": kind, **values, "unit": unit})
    data = pd.DataFrame(rows)
    shown = data[data["kind"] == "whole"]
    words = _("All hours and money of the post gone")
    order = list(shown["label"])
    picture = desk.draw(
        whiskers(
            shown.assign(kind=words),
            order=order,
            axis_title=_("USD million a year"),
            kinds={words: MEDIUM_RUN},
        )
    )
    table = Table(
        "bottlenecks",
        _("Worth of bottlenecks to the region, USD a year"),
        [_("Where, both directions"), _("Hours today"), _("One hour less"), _("All of it gone")],
        cells,
        data.drop(columns=["label"]),
        numeric=frozenset({1, 2, 3}),
    )
    return Chart(
        "bottlenecks",
        _("{where} costs the region most", where=order[0]),
        _(
            "Worth to the region's real income of a border post, port or terminal without waiting and fees, to first order, medium run; USD million a year; dot: median, line: 5th to 95th percentile of {draws} draws",
            draws=desk.levers.draws,
        ),
        _("Source: serai, computed from the sources listed at the end."),
        picture.wide,
        picture.narrow,
        _("Dots with intervals for each bottleneck"),
        table,
        _(
            "The worth counts the trade of the region that passes there, wherever the post is. It is a slope: goods that would change their route add to it. Whether an hour can be had, and at what price, is another question."
        ),
    )


def _hour(desk: Desk, name: str, edges: Indices, titles: Mapping[str, str]) -> Number:
    values = desk.levers.hour["fixed"][:, edges].sum(axis=1)
    return _worth(
        desk, name, "hour", N_("first-order worth of one hour less, both directions"), values, titles
    )


def _whole(desk: Desk, name: str, edges: Indices, titles: Mapping[str, str]) -> Number:
    values = desk.levers.whole["fixed"][:, edges].sum(axis=1)
    label = N_("first-order worth of all hours and money gone, both directions")
    return _worth(desk, name, "whole", label, values, titles)


def _exact(desk: Desk, name: str, edges: Indices, titles: Mapping[str, str]) -> Number:
    """With every reaction: goods choose their ways again, and prices and incomes follow. Central values."""
    coupling = Coupling.of(desk.study, desk.atlas, desk.levers.transport)
    slopes = link_values(coupling, desk.study.about.region.economies)
    return desk.numbers.add(
        Number(
            f"corridors/{name}/exact",
            N_("exact worth of all hours and money gone, both directions, central values"),
            float(exact_values(slopes, [edges])[0]),
            "usd_million",
            "computed",
            sources=("model",),
            made_from=_made_from(desk, name, titles),
        )
    )


def _worth(desk: Desk, name: str, what: str, label: str, values: Array, titles: Mapping[str, str]) -> Number:
    return desk.numbers.drawn(
        f"corridors/{name}/{what}",
        label,
        values,
        "usd_million",
        made_from=_made_from(desk, name, titles),
        sources=("model",),
    )


def _made_from(desk: Desk, name: str, titles: Mapping[str, str]) -> tuple[str, ...]:
    node = desk.numbers.node(f"network/{name}", titles.get(name, name), ["network"])
    elasticities = ("atlas/parameters/trade_elasticity", "atlas/parameters/capital_elasticity")
    return (node, "closure/fixed", "base_year", *elasticities)


def _last_on_network(desk: Desk) -> str | None:
    """The highest step of the ladder with measures on the network."""
    steps = [
        name
        for name in desk.study.ladder()
        if any(measure.kind in ON_NETWORK for measure in desk.study.scenario(name).measure)
    ]
    return steps[-1] if steps else None


def gates_table(desk: Desk, scenario: str, after: Central, tables: NetworkTables) -> Table:
    """Tonnes over the borders of the region by neighbour, today and after, and the CO2 of the way."""
    _ = desk.words._
    before = _tonnes_today(after)
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for neighbour, (out, back) in _gates(desk, after, tables).items():
        line: list[Markup | str] = [_neighbour(desk, neighbour)]
        for direction, edges in (("out", out), ("in", back)):
            today, then = (float(tonnes[edges].sum()) / MEGA for tonnes in (before, after.tonnes))
            numbers = [
                _gate_number(desk, neighbour, direction, "today", N_("million tonnes today"), today),
                _gate_number(desk, neighbour, direction, scenario, N_("million tonnes after"), then),
            ]
            line += [desk.number(number) for number in numbers]
            data.append(
                {
                    "neighbour": neighbour,
                    "direction": direction,
                    "today": today,
                    "after": then,
                    "scenario": scenario,
                    "unit": "million tonnes a year",
                    "basis": "computed",
                }
            )
        cells.append(line)
    return Table(
        "gates",
        _("What crosses the borders of the region, million tonnes a year"),
        [_("With"), _("Out, today"), _("Out, after"), _("In, today"), _("In, after")],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({1, 2, 3, 4}),
        note=_(
            "After: {scenario}, medium run, central values. Goods that travel on the network, transit included; oil, gas and gold left out. Tonnes come from values by class of goods, which are rough.",
            scenario=_(desk.study.scenario(scenario).title),
        ),
    )


def _gate_number(desk: Desk, neighbour: str, direction: str, when: str, label: str, value: float) -> Number:
    return desk.numbers.add(
        Number(
            f"corridors/gates/{neighbour}/{direction}/{when}",
            label,
            value,
            "plain",
            "computed",
            made_from=("network", "base_year", f"scenario/{when}"),
        )
    )


def _neighbour(desk: Desk, code: str) -> str:
    return desk.name(code) if code in desk.atlas.names else desk.words._("Other economies")


def _tonnes_today(after: Central) -> Array:
    world = after.coupling
    return world.tonnes(world.unchanged(), world.baseline.trade)


def _gates(desk: Desk, after: Central, tables: NetworkTables) -> dict[str, tuple[Indices, Indices]]:
    """Neighbour -> edges out of the region and edges into it, those with most tonnes first."""
    network, region = after.coupling.way.transport.network, set(desk.study.about.region.economies)
    if desk.study.borders:
        sides = [name.split("/")[1].split(">") for name in network.crossings]
        tail, head = (np.array(side) for side in zip(*sides, strict=True))
    else:
        owner = dict(zip(*(tables.table("places")[c].astype(str) for c in ("place", "economy")), strict=True))
        at = np.array([owner[place] for place in network.node_place])
        tail, head = at[network.graph.tail], at[network.graph.head]
    inside = [np.isin(side, list(region)) for side in (tail, head)]
    found = {}
    for neighbour in sorted({*tail[~inside[0] & inside[1]], *head[inside[0] & ~inside[1]]}):
        out = np.flatnonzero(inside[0] & (head == neighbour))
        back = np.flatnonzero((tail == neighbour) & inside[1])
        if after.tonnes[out].sum() + after.tonnes[back].sum() > 0:
            found[str(neighbour)] = (out, back)
    return dict(sorted(found.items(), key=lambda gate: -after.tonnes[np.concatenate(gate[1])].sum()))


def traffic_map(desk: Desk, scenario: str, after: Central, tables: NetworkTables) -> Chart:
    """Every link as wide as its traffic, today and after the scenario, coloured by what its cost loses."""
    _ = desk.words._
    title = _(desk.study.scenario(scenario).title)
    table = link_table(after)
    titles = place_titles(desk)
    lines = link_lines(tables)
    places = tables.table("places").set_index("place")
    ours = places[places["economy"].isin(list(desk.study.about.region.economies))]
    at = ours[["lon", "lat"]].to_numpy(dtype=float)
    named = places.loc[_named(tables.table("economy_places"), places, frame_of(at))]
    shown = pd.DataFrame(
        {"text": named["name"].map(desk.words.place), "lon": named["lon"], "lat": named["lat"]}
    )
    mapped = table[table["link"].isin(list(lines))]
    picture = desk.draw(
        corridor_map(
            outlines("region"),
            lines,
            {
                _("Today"): mapped.assign(traffic=mapped["today"], value=0.0),
                _("After: {scenario}", scenario=title): mapped,
            },
            shown,
            legend=_("Change of the cost of the link, %"),
            width_legend=_("Million tonnes a year"),
            window=Window(at),
        )
    )
    near = (
        tables.table("links").set_index("link")[["origin", "destination"]].isin(list(ours.index)).any(axis=1)
    )
    inside = table[table["link"].isin(list(near[near].index))]
    most = inside.sort_values("traffic", ascending=False).head(SHOWN)
    cells: list[list[Markup | str]] = [
        [
            titles.get(str(row["link"]), ""),
            desk.words.figure(row["today"], 1),
            desk.words.figure(row["traffic"], 1),
            desk.words.figure(row["value"], 0, signed=True),
        ]
        for row in most.to_dict("records")
    ]
    numbers = Table(
        "traffic",
        _("Traffic of links, million tonnes a year, both directions"),
        [_("Link"), _("Today"), _("After"), _("Change of cost, %")],
        cells,
        table.rename(columns={"traffic": "after", "value": "cost_change_pct"}).assign(
            unit="million tonnes a year", basis="computed"
        ),
        numeric=frozenset({1, 2, 3}),
    )
    return Chart(
        "traffic",
        _where_more_travels(desk, inside, titles),
        _(
            "Today and after {scenario}: width, tonnes a year on each link, both directions, on one scale; colour, what the scenario takes off the cost of the link, its border included; central values, medium run, congestion apart",
            scenario=title,
        ),
        _(
            "Source: serai, computed from the sources listed at the end. Lines: OpenStreetMap contributors, ODbL. Shapes: Natural Earth."
        ),
        picture.wide,
        picture.narrow,
        _(
            "Two maps of railways, roads and ferries with their traffic, today and after; the table has the ten busiest links"
        ),
        numbers,
    )


def _where_more_travels(desk: Desk, links: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """The link of the region that gains most tonnes, or that none gains any."""
    gain = (links["traffic"] - links["today"]).to_numpy()
    if not (gain > 0).any():
        return desk.words._("No link of the region would carry more")
    top = links.iloc[int(gain.argmax())]
    digits = max(0, int(np.ceil(-np.log10(gain.max()))))  # so many that the two figures differ
    today, after = (desk.words.figure(float(top[state]), digits) for state in ("today", "traffic"))
    return desk.words._(
        "{link}: from {today} to {after} million tonnes a year, the largest gain",
        link=titles.get(str(top["link"]), str(top["link"])),
        today=today,
        after=after,
    )


def link_table(after: Central) -> pd.DataFrame:
    """Each link with million tonnes today and after, both directions, and the change of its cost in percent."""
    transport = after.coupling.way.transport
    network, edges = transport.network, after.edges
    today = _tonnes_today(after)
    kinds = transport.cargo
    cost = np.mean([c.cost(network.money(c), network.hours, network.hours_sd) for c in kinds], axis=0)
    hours = network.hours * edges.hours[0]
    then = np.mean(
        [c.cost(network.money(c) * edges.usd[0], hours, hours * network.variation) for c in kinds], axis=0
    )
    on = network.link >= 0
    sums = {
        name: np.bincount(network.link[on], weights=values[on], minlength=len(network.links))
        for name, values in (("today", today), ("traffic", after.tonnes), ("cost", cost), ("then", then))
    }
    change = (
        np.divide(sums["then"], sums["cost"], out=np.ones(len(network.links)), where=sums["cost"] > 0) - 1
    )
    return pd.DataFrame(
        {
            "link": list(network.links),
            "today": sums["today"] / MEGA,
            "traffic": sums["traffic"] / MEGA,
            "value": change * 100,
        }
    )


def _named(
    represented: pd.DataFrame, places: pd.DataFrame, frame: tuple[float, float, float, float]
) -> list[str]:
    """One place of each economy in the window, the first that keeps its distance from the others named."""
    apart = (frame[2] - frame[0]) / (2 * SHOWN)
    found: list[str] = []
    listed = [list(rows["place"]) for _, rows in represented.groupby("economy", sort=False)]
    for options in sorted(listed, key=len):
        for place in options:
            here = places.loc[place, ["lon", "lat"]].to_numpy(dtype=float)
            others = places.loc[found, ["lon", "lat"]].to_numpy(dtype=float)
            if _within(places, place, frame) and (np.abs(others - here).max(axis=1) > apart).all():
                found.append(place)
                break
    return found


def _within(places: pd.DataFrame, place: str, frame: tuple[float, float, float, float]) -> bool:
    west, south, east, north = frame
    lon, lat = (float(str(places.loc[place, side])) for side in ("lon", "lat"))
    return west < lon < east and south < lat < north


def place_titles(desk: Desk) -> dict[str, str]:
    """Names of crossings, terminals and links in the reader's language."""
    return {key: desk.words.place(title) for key, title in edge_titles(desk.study, desk.atlas).items()}
