"""What passes through: tonnes, TEU and carriers' revenue by economy, and tonnes by corridor.

Transit of an economy is what neither starts nor ends there. Only the trade that may come over the region of
the study is counted; goods that stay away from it (ocean trade, trade inside Europe) are no part of this.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from serai import html
from serai.atlas.network import LAND, NetworkTables
from serai.axes import Array
from serai.corridors.network import Network
from serai.scenario.coupling import MILLION, Coupling
from serai.scenario.transport import EdgeChange

PUBLISHED_IN = {"thousand tonnes": 1000, "TEU": 1}


@dataclass(frozen=True, slots=True, eq=False)
class Transit:
    """J economies and R corridors in one state of the network and of trade.

    Attributes
    ----------
    economies : J codes.
    tonnes, teu : (J,), through each economy in a year; TEU are the value of classes that go in containers
        over the mean value of a box that was published.
    revenue_usd_m : (J,), what carriers charge for the stretches inside it, at the rates of the network.
    own_tonnes : (J,), what starts or ends there and travels on the network.
    corridors : R keys. names : R names.
    corridor_tonnes, corridor_teu : (R,), on routes of each corridor; a route may belong to several.
    """

    economies: tuple[str, ...]
    tonnes: Array
    teu: Array
    revenue_usd_m: Array
    own_tonnes: Array
    corridors: tuple[str, ...]
    names: tuple[str, ...]
    corridor_tonnes: Array
    corridor_teu: Array

    def tidy(self) -> pd.DataFrame:
        """One row for each economy and corridor."""
        rows = [
            {
                "kind": "economy",
                "key": code,
                "tonnes": tonnes,
                "teu": teu,
                "revenue_usd_m": money,
                "own_tonnes": own,
            }
            for code, tonnes, teu, money, own in zip(
                self.economies, self.tonnes, self.teu, self.revenue_usd_m, self.own_tonnes, strict=True
            )
        ]
        rows += [
            {"kind": "corridor", "key": key, "tonnes": tonnes, "teu": teu}
            for key, tonnes, teu in zip(self.corridors, self.corridor_tonnes, self.corridor_teu, strict=True)
        ]
        return pd.DataFrame(rows)

    def _repr_html_(self) -> str:
        return html.frame(self.tidy(), "transit in a year")


def transit(
    coupling: Coupling,
    tables: NetworkTables,
    economies: Iterable[str],
    *,
    change: EdgeChange | None = None,
    trade: Array | None = None,
) -> Transit:
    """Transit in one state.

    Parameters
    ----------
    coupling : the world and its routes.
    tables : for the economy of each place and the corridors.
    economies : whose transit is counted.
    change, trade : the state of the network and (N, N) trade in million USD; by default those of the base.
    """
    transport = coupling.way.transport
    state = change or coupling.unchanged()
    flows = coupling.baseline.trade if trade is None else trade
    per_tonne = coupling.way.values[:, 0] / np.array([cargo.value_usd_per_teu for cargo in transport.cargo])
    codes = tuple(economies)
    everything = _route_tonnes(coupling, state, flows, np.ones(flows.shape))
    passes, usd = _inside(coupling, tables, codes)
    rates = np.array([cargo.rail_rate for cargo in transport.cargo])
    through, own = [], []
    for place, code in enumerate(codes):
        mine = np.zeros(flows.shape)
        at = transport.economies.index(code)
        mine[at], mine[:, at] = 1, 1
        of_own = _route_tonnes(coupling, state, flows, mine)
        through.append((everything - of_own) * passes[:, place])
        own.append(float(of_own.sum()))
    tonnes = np.array([part.sum() for part in through])
    teu = np.array([(per_tonne @ part).sum() for part in through])
    revenue = np.array(
        [
            (part * (usd[0][:, j] + rates[:, np.newaxis] * usd[1][:, j])).sum()
            for j, part in enumerate(through)
        ]
    )
    member = _corridor_routes(coupling, tables)
    named = tables.frames["corridors"]
    return Transit(
        codes,
        tonnes,
        teu,
        revenue / MILLION,
        np.array(own),
        tuple(named["corridor"]),
        tuple(named["name"]),
        np.asarray(member @ everything.sum(axis=0)),
        np.asarray(member @ (per_tonne @ everything)),
    )


@dataclass(frozen=True, slots=True)
class PublishedTransit:
    """One published figure of transit beside the modelled one of today.

    Attributes
    ----------
    fact, name, set, of, url, note : as in the table `corridor_facts`; `set` is `calibration` or `held back`.
    unit : tonnes or TEU. published : low and high end. modelled : in the same unit. year : of the figure.
    """

    fact: str
    name: str
    set: str
    of: str
    unit: Literal["tonnes", "TEU"]
    published: tuple[float, float]
    modelled: float
    year: int
    url: str
    note: str

    @property
    def ratio(self) -> float:
        """Modelled over the nearest end of what was published; 1 between the ends."""
        low, high = self.published
        return self.modelled / min(max(self.modelled, low), high)


def published_transit(today: Transit, tables: NetworkTables) -> tuple[PublishedTransit, ...]:
    """Every published figure of transit of an economy or along a corridor that `today` has."""
    known: dict[str, tuple[float, float]] = {}
    for keys, tonnes, teu in (
        (today.economies, today.tonnes, today.teu),
        (today.corridors, today.corridor_tonnes, today.corridor_teu),
    ):
        known |= dict(zip(keys, zip(tonnes, teu, strict=True), strict=True))
    return tuple(
        PublishedTransit(
            row.fact,
            row.name,
            row.set,
            row.of,
            row.kind,
            (float(row.low) * PUBLISHED_IN[row.unit], float(row.high) * PUBLISHED_IN[row.unit]),
            float(known[row.of][row.kind == "TEU"]),
            int(row.year),
            row.url,
            row.note,
        )
        for row in tables.rows("corridor_facts")
        if row.kind in ("tonnes", "TEU") and row.of in known
    )


def _route_tonnes(coupling: Coupling, change: EdgeChange, flows: Array, part: Array) -> Array:
    """Tonnes a year on each route, (C, K), of the flows (N, N) in million USD that `part` (N, N) keeps."""
    way = coupling.way
    transport, theta = way.transport, coupling.theta
    per_flow = flows * part * coupling.goods
    per_flow = per_flow / (coupling.goods * way.gain(change, theta)[0] + 1 - coupling.goods)
    costs, shares = way.log_cost(change), way.shares(change)
    found = []
    for c, share in enumerate(transport.shares):
        pairs = (transport.cells.T @ (per_flow * share).ravel()) * np.exp(-theta * costs[c][:, 0])
        found.append(pairs[transport.routes.pair] * shares[c][:, 0] * MILLION / way.values[c, 0])
    return np.stack(found)


def _inside(
    coupling: Coupling, tables: NetworkTables, codes: tuple[str, ...]
) -> tuple[Array, tuple[Array, Array]]:
    """Whether a route has a stretch in an economy, (K, J), and the USD per tonne there by road and by rail.

    Stretches on land only; one between two economies counts half in each. Rail at the rate of containers.
    """
    network, routes = coupling.way.transport.network, coupling.way.transport.routes
    land = (network.kind == "haul") & np.isin(network.mode, LAND)
    inside = np.stack([_halves(network, tables, code) * land for code in codes], axis=1)
    passed = np.asarray(routes.uses @ inside > 0, dtype=float)
    road, rail = (
        np.asarray(routes.uses @ (inside * (network.usd * some)[:, np.newaxis]))
        for some in (~network.on_rails, network.on_rails)
    )
    return passed, (road, rail)


def _halves(network: Network, tables: NetworkTables, code: str) -> Array:
    """(E,), the part of each link that lies in an economy: half for each end there."""
    places = tables.frames["places"]
    here = set(places["place"][places["economy"] == code])
    links = tables.frames["links"]
    part = (links["origin"].isin(here).astype(float) + links["destination"].isin(here)) / 2
    of_link = dict(zip(links["link"], part, strict=True))
    return np.array([of_link[network.links[number]] if number >= 0 else 0.0 for number in network.link])


def _corridor_routes(coupling: Coupling, tables: NetworkTables) -> Array:
    """(R, K), 1 where a route belongs to a corridor."""
    network, routes = coupling.way.transport.network, coupling.way.transport.routes
    crossing = np.array([network.crossings[c].split("/")[0] if c >= 0 else "" for c in network.crossing])
    link = np.array([network.links[number] if number >= 0 else "" for number in network.link])
    marks = [
        np.isin(crossing, row.crossings.split())
        | (np.isin(link, row.links.split()) & (network.kind == "haul"))
        for row in tables.rows("corridors")
    ]
    return np.stack([np.asarray(routes.uses @ mark.astype(float)) > 0 for mark in marks]).astype(float)
