"""The routes between two places as a traveller of goods sees them: where, how long, how dear, how likely."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from serai.axes import Array
from serai.corridors.costs import Cargo
from serai.corridors.nests import main_means
from serai.corridors.network import Network
from serai.corridors.paths import Routes, distances, k_paths
from serai.corridors.routing import Choice, path_costs
from serai.draws import Draws
from serai.errors import InputError, Problem, suggestion

HOURS_PER_DAY = 24
DECILES = (1 / 10, 1 / 2, 9 / 10)
ROUNDS = 6  # how often the best way so far is made dearer
DEARER = 2.0  # how much dearer a mode or a way is made to find others
ORDER = ("road", "rail", "ferry", "sea")


@dataclass(frozen=True, slots=True)
class Itinerary:
    """One way from place to place.

    Attributes
    ----------
    places : codes of the places passed, in order.
    modes : modes used, in order of first use.
    crossings : border crossings passed, in order.
    km : length.
    days : 10th percentile, median and 90th percentile over the draws.
    usd_per_teu : what carriers, terminals and borders take.
    border_hours : at both posts of all borders, central value.
    gauge_changes : how many.
    kg_co2_per_tonne : emissions.
    cost : generalised cost, a log share of the value of the goods.
    share : probability that this way is chosen among those found.
    edges : positions of its edges on the network.
    """

    places: tuple[str, ...]
    modes: tuple[str, ...]
    crossings: tuple[str, ...]
    km: float
    days: tuple[float, float, float]
    usd_per_teu: float
    border_hours: float
    gauge_changes: int
    kg_co2_per_tonne: float
    cost: float
    share: float
    edges: tuple[int, ...]


def find_routes(
    network: Network,
    cargo: Cargo,
    origin: str,
    destination: str,
    *,
    eta: float,
    alike: float = 1,
    overlap: float,
    draws: Draws,
    count: int = 5,
) -> tuple[Itinerary, ...]:
    """The best ways that differ enough to be choices, the most likely first.

    Parameters
    ----------
    cargo : the class of goods, which says what a day and a dollar are worth.
    origin, destination : a place of the network, or an economy (its place with the largest weight).
    eta : routing elasticity between ways of different means. alike : eta over the elasticity between ways
        of the same means; 1 makes them all equally unlike. overlap : the part of a better way that another
        may share.
    draws : for the percentiles of days: hours of crossings, terminals and modes, and the variation from
        shipment to shipment.

    Raises
    ------
    InputError : a place that does not exist (with the nearest), the same place twice, no way between them, or
        goods that do not travel on the network.

    Examples
    --------
    >>> from serai.atlas import load
    >>> from serai.atlas.network import load_network
    >>> from serai.corridors.costs import find_cargo, read_cargo
    >>> atlas, tables = load(), load_network()
    >>> network = Network.build(tables, atlas.parameter)
    >>> food = find_cargo("food", read_cargo(tables, atlas.parameter))
    >>> ways = find_routes(network, food, "KAZ", "TAS", eta=10.0, overlap=0.7, draws=Draws(50, seed=1))
    >>> ways[0].places[0], ways[0].places[-1], round(sum(way.share for way in ways), 6)
    ('ALA', 'TAS', 1.0)
    """
    ends = [_doors(network, origin, destination)]
    _refuse_off_network(cargo)
    price = network.cost(cargo)
    _refuse_apart(network, price, ends[0])
    labels = [*without_modes(network, price), *avoiding_the_best(network, price, ends)]
    routes = k_paths(network.graph, price, ends, count, overlap=overlap, labels=labels)
    finite = network.opened(*network.links).cost(cargo)
    choice = Choice.of(
        routes,
        np.where(np.isfinite(finite), finite, 0),
        eta / alike,
        closed=~np.isfinite(price),
        nest=main_means(network, routes),
        eta=eta,
    )
    cost = path_costs(routes, price)
    shares = choice.shares(cost)
    hours = shipment_hours(network, routes, draws)
    found = [
        _itinerary(network, routes, number, float(cost[number]), float(shares[number]), hours[number])
        for number in range(routes.paths)
    ]
    return tuple(sorted(found, key=lambda way: -way.share))


def door(network: Network, name: str) -> int:
    """The node of the road to the door of a place, or of the main place of an economy."""
    hubs = network.hubs
    if name in set(hubs.economy.tolist()):
        nodes, weights = hubs.of(name)
        return int(nodes[weights.argmax()])
    if f"{name} road" in network.graph.places:
        return network.node(name)
    known = [place.removesuffix(" road") for place in network.graph.places if place.endswith(" road")]
    raise InputError(
        Problem(
            "there is no such place with a road to the door",
            suggestion(name, [*known, *sorted(set(hubs.economy.tolist()))]),
            field="place",
            value=name,
        )
    )


def _doors(network: Network, origin: str, destination: str) -> tuple[int, int]:
    """The doors of two places that differ."""
    start, end = door(network, origin), door(network, destination)
    if start == end:
        place = str(network.node_place[start])
        stand_for = " and ".join(sorted({origin, destination} - {place}))
        reason = f"the way starts and ends at the same place, {place}" + (
            f", the main place of {stand_for}" if stand_for else ""
        )
        raise InputError(
            Problem(
                reason,
                "Give two places that differ; ways inside an economy run from place to place (ALA AST).",
                field="destination",
            )
        )
    return start, end


def _refuse_apart(network: Network, price: Array, ends: tuple[int, int]) -> None:
    if np.isinf(distances(network.graph, price, [ends[0]], [ends[1]])).all():
        start, end = (str(network.node_place[node]) for node in ends)
        raise InputError(
            Problem(
                f"no open way leads from {start} to {end}",
                "Open a link or a border that joins them, or ask for places that are joined.",
                field="destination",
            )
        )


def _refuse_off_network(cargo: Cargo) -> None:
    if not cargo.on_network:
        raise InputError(
            Problem(
                f"{cargo.title.lower()} do not travel on the network",
                "Give a class that does, such as machinery, food or ores.",
                field="class",
                value=cargo.name,
            )
        )


def without_modes(network: Network, price: Array) -> list[Array]:
    """Cost vectors in which one mode is dearer, so that ways by the other modes are found as well."""
    return [
        np.where((network.mode == mode) & (network.kind == "haul"), DEARER * price, price) for mode in ORDER
    ]


def avoiding_the_best(network: Network, price: Array, ends: Sequence[tuple[int, int]]) -> list[Array]:
    """Cost vectors in which the ways found so far are dearer and dearer, so that others are found."""
    labels: list[Array] = []
    label = price
    for _ in range(ROUNDS):
        best = k_paths(network.graph, label, ends, 1, overlap=1.0)
        label = label.copy()
        label[best.steps] *= DEARER
        labels.append(label)
    return labels


def shipment_hours(network: Network, routes: Routes, draws: Draws) -> Array:
    """Hours of single shipments on each route, (K, count): drawn means, and variation around them."""
    used = np.unique(routes.steps)
    variance = np.log1p(network.variation[used] ** 2)
    z = np.stack([draws.normal(f"shipment/{network.graph.names[edge]}") for edge in used], axis=1)
    hours = network.drawn_hours(draws)[:, used] * np.exp(z * np.sqrt(variance) - variance / 2)
    return np.asarray(routes.uses[:, used] @ hours.T)


def _itinerary(
    network: Network, routes: Routes, number: int, cost: float, share: float, hours: Array
) -> Itinerary:
    edges = routes.path(number)
    kinds = network.kind[edges]
    at_border = edges[kinds == "border"]
    low, middle, high = np.quantile(hours, DECILES) / HOURS_PER_DAY
    return Itinerary(
        places=_in_order([*network.node_place[network.graph.tail[edges[:1]]], *network.place[edges]]),
        modes=_in_order(network.mode[edges[kinds == "haul"]]),
        crossings=tuple(network.crossings[c] for c in network.crossing[at_border]),
        km=float(network.km[edges].sum()),
        days=(float(low), float(middle), float(high)),
        usd_per_teu=float(network.usd[edges].sum() * network.tonnes_per_teu),
        border_hours=float(network.hours[at_border].sum()),
        gauge_changes=int((kinds == "gauge").sum()),
        kg_co2_per_tonne=float(network.kg_co2[edges].sum()),
        cost=cost,
        share=share,
        edges=tuple(int(edge) for edge in edges),
    )


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(name) for name in names))
