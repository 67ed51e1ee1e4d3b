"""From tables to the arrays of a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from serai.atlas.network import OPEN, NetworkTables
from serai.axes import Array
from serai.corridors.graph import Graph
from serai.corridors.network import Hubs, Network, Upgrade
from serai.draws import Uncertain, half_width
from serai.errors import Problems

MODES = ("road", "rail", "sea", "ferry")
HOURS_PER_DAY = 24
TONNES_PER_MT = 1_000_000
EARTH_KM = 6371
NO_EFFECT = (1.0, 1.0, 0.0)

Parameter = Callable[[str], Uncertain]


@dataclass
class _Edge:
    name: str
    tail: str
    head: str
    kind: str
    mode: str
    place: str
    source: str
    hours: tuple[float, float, float]
    variation: float
    km: float = 0.0
    usd: float = 0.0
    kg_co2: float = 0.0
    capacity: float = np.inf
    containers: bool = True
    open: bool = True
    link: str = ""
    crossing: str = ""
    project: str = ""
    hours_left: float = 1.0
    money_left: float = 1.0
    added: float = 0.0


@dataclass
class _Parts:
    """What is collected on the way: edges, and the place and mode of each node by its name."""

    edges: list[_Edge] = field(default_factory=list)
    nodes: dict[str, tuple[str, str]] = field(default_factory=dict)

    def node(self, place: str, mode: str, gauge: Any) -> str:
        name = f"{place} {mode}" + ("" if pd.isna(gauge) else f" {int(gauge)}")
        self.nodes.setdefault(name, (place, mode))
        return name


def build_network(tables: NetworkTables, parameter: Parameter) -> Network:
    """See `Network.build`."""
    parts, parameter = _Parts(), cache(parameter)
    borders, economy, rate = _borders(tables, parameter), _economies(tables), _rates(tables, parameter)
    effects = _effects(tables)
    for row in tables.rows("links"):
        for tail, head in ((row.origin, row.destination), (row.destination, row.origin)):
            _add_link(parts, row, tail, head, economy, rate, parameter, borders, effects)
    for row in tables.rows("terminals"):
        _add_terminal(parts, row, parameter)
    hubs = tables.frames["economy_places"]
    for place in hubs["place"]:
        parts.node(place, "road", np.nan)
    network = _arrays(parts, hubs, parameter)
    _refuse_disconnected(network, tables)
    return network


def _add_link(
    parts: _Parts,
    row: Any,
    tail: str,
    head: str,
    economy: dict[str, str],
    rate: Callable[[str, str], float],
    parameter: Parameter,
    borders: dict[tuple[str, str, str], tuple[tuple[float, float, float], float]],
    effects: dict[str, tuple[float, float, float]],
) -> None:
    """The haul over one link in one direction and, where it crosses a border, the edge of the border."""
    start, end = (parts.node(place, row.mode, row.gauge) for place in (tail, head))
    common = {
        "mode": row.mode,
        "place": head,
        "link": row.link,
        "open": row.status == "existing",
        "project": row.project,
    }
    crosses = row.crossing not in ("", OPEN)
    way = f"{row.link}/{tail}>{head}"
    before = f"{way} border" if crosses else end
    hours_left, money_left, added = effects.get(row.project, NO_EFFECT)
    parts.edges.append(
        _Edge(
            way,
            start,
            before,
            "haul",
            hours=_haul_hours(row.mode, row.km, parameter),
            source=f"speed/{row.mode}",
            variation=parameter(f"{row.mode}_time_cv").value,
            km=row.km,
            usd=row.km * (rate(economy[tail], row.mode) + rate(economy[head], row.mode)) / 2,
            kg_co2=row.km * parameter(f"{row.mode}_kg_co2_per_tonne_km").value,
            capacity=np.inf if np.isnan(row.capacity_mt) else row.capacity_mt * TONNES_PER_MT / 2,
            hours_left=hours_left,
            money_left=money_left,
            added=added,
            **common,
        )
    )
    if not crosses:
        return
    parts.nodes[before] = (head, row.mode)
    hours, usd = borders[(row.crossing, economy[tail], economy[head])]
    name = f"{row.crossing}/{economy[tail]}>{economy[head]}"
    parts.edges.append(
        _Edge(
            f"{name} on {way}",
            before,
            end,
            "border",
            hours=hours,
            source=f"crossing/{name}",
            variation=parameter("border_time_cv").value,
            usd=usd,
            crossing=name,
            **common,
        )
    )


def _effects(tables: NetworkTables) -> dict[str, tuple[float, float, float]]:
    """Project -> what is left of hours and of money on its links of today, and tonnes a year added each way.

    Kilometres that are saved are spread over all links of the project.
    """
    km = tables.frames["links"].groupby("project")["km"].sum()
    found = {}
    for row in tables.rows("network_projects"):
        shorter = 0.0 if np.isnan(row.km_saved) else row.km_saved / float(km[row.project])
        quicker = 1.0 if np.isnan(row.hours_left) else row.hours_left
        added = 0.0 if np.isnan(row.added_mt) else row.added_mt * TONNES_PER_MT / 2
        found[row.project] = (quicker * (1 - shorter), 1 - shorter, added)
    return found


def _economies(tables: NetworkTables) -> dict[str, str]:
    places = tables.frames["places"]
    return dict(zip(places["place"], places["economy"], strict=True))


def _rates(tables: NetworkTables, parameter: Parameter) -> Callable[[str, str], float]:
    """(economy, mode) -> USD per tonne-km: the economy's own where it has a row, else the general one."""
    table = tables.frames["haul_rates"]
    own = dict(zip(zip(table["economy"], table["mode"], strict=True), table["usd_per_tonne_km"], strict=True))

    def rate(economy: str, mode: str) -> float:
        found = own.get((economy, mode))
        return parameter(f"{mode}_usd_per_tonne_km").value if found is None else float(found)

    return rate


def _haul_hours(mode: str, km: float, parameter: Parameter) -> tuple[float, float, float]:
    """Value, low and high; a truck moves for some hours a day only."""
    speed = parameter(f"{mode}_speed_kmh")
    rest = HOURS_PER_DAY / parameter("road_hours_driven_per_day").value if mode == "road" else 1
    ends = (speed.value, speed.high or speed.value, speed.low or speed.value)
    value, low, high = (km / kmh * rest for kmh in ends)
    return value, low, high


def _borders(
    tables: NetworkTables, parameter: Parameter
) -> dict[tuple[str, str, str], tuple[tuple[float, float, float], float]]:
    """(crossing, exporter, importer) -> hours (value, low, high) and USD per tonne, both posts together.

    The value is the latest year's. The spread comes from the changes of the log from year to year, with a
    stated spread that counts as one such change.
    """
    prior, load = parameter("border_hours_log_sd").value, parameter("tonnes_per_truck").value
    found: dict[tuple[str, str, str], tuple[tuple[float, float, float], float]] = {}
    table = tables.frames["crossings"].sort_values("year")
    for (name, exporter, importer), rows in table.groupby(["crossing", "exporter", "importer"]):
        hours, spread, usd = zip(*(_post(post, prior) for _, post in rows.groupby("side")), strict=True)
        total = sum(hours)
        sd = float(np.linalg.norm(np.multiply(hours, spread))) / total if total > 0 else 0.0
        wide = float(np.exp(half_width() * sd))
        found[str(name), str(exporter), str(importer)] = (
            (total, total / wide, total * wide),
            sum(usd) / load,
        )
    return found


def _post(rows: pd.DataFrame, prior: float) -> tuple[float, float, float]:
    """Latest hours, standard deviation of their log and latest fee of one side of a crossing."""
    hours = rows["hours"].to_numpy(dtype=float)
    changes = np.diff(np.log(hours[hours > 0]))
    spread = np.sqrt((prior**2 + changes @ changes) / (1 + changes.size))
    return float(hours[-1]), float(spread), float(rows["fee_usd"].iloc[-1])


def _add_terminal(parts: _Parts, row: Any, parameter: Parameter) -> None:
    """The change between two modes or gauges, both ways."""
    first = parts.node(row.place, row.from_mode, row.from_gauge)
    second = parts.node(row.place, row.to_mode, row.to_gauge)
    change = f"{first}>{second.removeprefix(row.place).strip()}"
    for tail, head, mode in ((first, second, row.to_mode), (second, first, row.from_mode)):
        parts.edges.append(
            _Edge(
                f"{tail} > {head}",
                tail,
                head,
                "gauge" if row.from_mode == row.to_mode else "transfer",
                mode,
                row.place,
                f"terminal/{change}",
                (row.hours, row.hours_low, row.hours_high),
                parameter("terminal_time_cv").value,
                usd=row.usd_per_tonne,
                containers=bool(row.containers),
            )
        )


def _arrays(parts: _Parts, hubs: pd.DataFrame, parameter: Parameter) -> Network:
    names = list(parts.nodes)
    number = {name: i for i, name in enumerate(names)}
    edges = parts.edges
    links, crossings, inputs = (
        tuple(dict.fromkeys(value for e in edges if (value := getattr(e, which))))
        for which in ("link", "crossing", "source")
    )
    graph = Graph(
        len(names),
        np.array([number[e.tail] for e in edges]),
        np.array([number[e.head] for e in edges]),
        tuple(e.name for e in edges),
        tuple(names),
    )
    hours = np.array([e.hours for e in edges])
    return Network(
        graph=graph,
        node_place=np.array([parts.nodes[name][0] for name in names]),
        node_mode=np.array([parts.nodes[name][1] for name in names]),
        hours=hours[:, 0],
        hours_low=hours[:, 1],
        hours_high=hours[:, 2],
        link=_positions([e.link for e in edges], links),
        crossing=_positions([e.crossing for e in edges], crossings),
        source=_positions([e.source for e in edges], inputs),
        links=links,
        crossings=crossings,
        inputs=inputs,
        projects=np.array([e.project for e in edges]),
        hubs=Hubs(
            np.array(hubs["economy"], dtype=str),
            np.array([number[f"{place} road"] for place in hubs["place"]]),
            np.array(hubs["weight"], dtype=float),
        ),
        tonnes_per_teu=parameter("tonnes_per_teu").value,
        upgrade=Upgrade(
            *(np.array([getattr(e, name) for e in edges]) for name in ("hours_left", "money_left", "added"))
        ),
        **{
            name: np.array([getattr(e, name) for e in edges])
            for name in ("kind", "mode", "place", "km", "usd", "variation", "kg_co2", "capacity")
        },
        **{name: np.array([getattr(e, name) for e in edges], dtype=bool) for name in ("containers", "open")},
    )


def _positions(values: list[str], known: tuple[str, ...]) -> Any:
    at = {name: i for i, name in enumerate(known)}
    return np.array([at.get(value, -1) for value in values], dtype=np.int64)


def _refuse_disconnected(network: Network, tables: NetworkTables) -> None:
    """Every economy must be joined to the largest part of the network by what is open today."""
    graph, on = network.graph, network.open
    shape = (graph.nodes, graph.nodes)
    joined = csr_array((np.ones(on.sum()), (graph.tail[on], graph.head[on])), shape=shape)
    _, part = connected_components(joined, directed=True, connection="strong")
    main = np.bincount(part).argmax()
    problems = Problems(tables.files["economy_places"])
    for code, node in zip(network.hubs.economy, network.hubs.node, strict=True):
        if part[node] != main:
            place = str(network.node_place[node])
            near = _nearest(place, part == main, network, tables)
            problems.add(
                f"{place}, which stands for {code}, is not joined to the rest of the network",
                f"Add a link in links.csv (or a terminal) to the nearest place, {near}.",
                row=str(code),
                field="place",
                value=place,
            )
    problems.raise_if_any()


def _nearest(place: str, joined: Array, network: Network, tables: NetworkTables) -> str:
    """The nearest place on land among some nodes."""
    places = tables.frames["places"].set_index("place")
    near = [p for p in dict.fromkeys(network.node_place[joined].tolist()) if places.loc[p, "economy"]]
    here = places.loc[place, ["lon", "lat"]].to_numpy(dtype=float)
    there = places.loc[near, ["lon", "lat"]].to_numpy(dtype=float)
    return str(near[int(_great_circle(here, there).argmin())])


def _great_circle(here: Array, there: Array) -> Array:
    """Kilometres between (lon, lat) and each of (n, 2)."""
    lon, lat = np.radians(there).T
    lon_here, lat_here = np.radians(here)
    h = np.sin((lat - lat_here) / 2) ** 2 + np.cos(lat) * np.cos(lat_here) * np.sin((lon - lon_here) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(h)))
