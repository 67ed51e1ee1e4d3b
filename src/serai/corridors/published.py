"""Modelled days and prices beside the published ones of the table `corridor_facts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from serai.atlas.network import NetworkTables
from serai.axes import Array
from serai.corridors.itinerary import DECILES, HOURS_PER_DAY, shipment_hours
from serai.corridors.network import Network
from serai.corridors.paths import Routes, distances, k_paths
from serai.draws import Draws

TEU_PER_FORTY_FEET = 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """One published fact and what the network says.

    Attributes
    ----------
    fact, name, kind, set, url, note : as in the table; `set` is `calibration` or `held back`.
    published : low and high end.
    modelled : 10th percentile, median and 90th percentile of days; thrice the same number for money.
    km : length of the modelled way.
    places : where it leads.
    """

    fact: str
    name: str
    kind: str
    set: str
    published: tuple[float, float]
    modelled: tuple[float, float, float]
    km: float
    places: tuple[str, ...]
    url: str
    note: str

    @property
    def ratio(self) -> float:
        """Modelled median over the middle of what was published."""
        return self.modelled[1] / (sum(self.published) / 2)

    @property
    def verdict(self) -> Literal["inside", "overlaps", "below", "above"]:
        """Where the modelled median lies; `overlaps` where only the range from p10 to p90 meets it."""
        low, high = self.published
        if low <= self.modelled[1] <= high:
            return "inside"
        if self.modelled[0] <= high and self.modelled[2] >= low:
            return "overlaps"
        return "below" if self.modelled[1] < low else "above"


def compare_published(network: Network, tables: NetworkTables, draws: Draws) -> tuple[Comparison, ...]:
    """Every fact about days, and about the price of a container, that names an origin and a destination.

    Days are those of the quickest way by the stated modes through the stated places, from the node on which
    the published time starts to that on which it ends; so handling at the ends is left out where the page
    speaks of arrival at a port. Money is that of the cheapest way.
    """
    return tuple(
        _compared(network, fact, draws)
        for fact in tables.rows("corridor_facts")
        if fact.kind in ("days", "USD per 40 ft")
    )


def _compared(network: Network, fact: Any, draws: Draws) -> Comparison:
    usable = network.open & ((network.kind != "haul") | np.isin(network.mode, fact.modes.split()))
    cost = np.where(usable, network.hours if fact.kind == "days" else network.usd, np.inf)
    start = [network.node(fact.origin, fact.origin_mode)]
    end = [network.node(fact.destination, fact.destination_mode)]
    stops = [start, *(_nodes(network, place) for place in fact.via.split()), end]
    route = _through(network, cost, stops)
    if fact.kind == "days":
        hours = shipment_hours(network, route, draws)[0]
        low, middle, high = (float(days) for days in np.quantile(hours, DECILES) / HOURS_PER_DAY)
    else:
        per_box = network.tonnes_per_teu * TEU_PER_FORTY_FEET
        low = middle = high = float(network.usd[route.steps].sum() * per_box)
    return Comparison(
        fact.fact,
        fact.name,
        fact.kind,
        fact.set,
        (float(fact.low), float(fact.high)),
        (low, middle, high),
        float(network.km[route.steps].sum()),
        tuple(dict.fromkeys(network.place[route.steps].tolist())),
        fact.url,
        fact.note,
    )


def _nodes(network: Network, stop: str) -> list[int]:
    """All nodes of a place, or of one of its modes: `AKT_P:ferry`."""
    place, _, mode = stop.partition(":")
    here = network.node_place == place
    return np.flatnonzero(here & (network.node_mode == mode) if mode else here).tolist()


def _through(network: Network, cost: Array, stops: Sequence[Sequence[int]]) -> Routes:
    """The cheapest way that passes one node of each stop, in order."""
    graph = network.graph
    ahead = np.zeros(len(stops[-1]))
    legs = [distances(graph, cost, here, there) for here, there in pairwise(stops)]
    choices = []
    for leg in reversed(legs):
        total = leg + ahead
        choices.append(total.argmin(axis=1))
        ahead = total.min(axis=1)
    at, steps = 0, []
    for number, choice in enumerate(reversed(choices)):
        after = int(choice[at])
        pair = (stops[number][at], stops[number + 1][after])
        steps += k_paths(graph, cost, [pair], 1, overlap=1.0).steps.tolist()
        at = after
    return Routes.of(graph, [(stops[0][0], stops[-1][0])], [[steps]])
