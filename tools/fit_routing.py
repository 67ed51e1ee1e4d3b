"""The routing elasticity from the published split between the Trans-Caspian and the Northern route.

    python tools/fit_routing.py

Two definitions of the Northern route's containers (from China to Europe through Kazakhstan, Russia and
Belarus; all China-Europe trains) and two classes of goods give four values: their geometric mean, and the
lowest and highest, are the row `routing_elasticity` of the parameters.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np

from serai.atlas import load
from serai.atlas.network import load_network
from serai.corridors.costs import Cargo, find_cargo, read_cargo
from serai.corridors.fitting import fit_routing_elasticity
from serai.corridors.itinerary import avoiding_the_best
from serai.corridors.network import Network
from serai.corridors.paths import Routes, k_paths

CLASSES = ("machinery", "consumer")
NORTHERN = ("northern-teu-2024", "china-europe-trains")
MIDDLE = "titr-teu-2024"
ORIGIN, DESTINATION = "XIA", "DUI"


def values() -> dict[tuple[str, str], float]:
    """(class, fact about the Northern route) -> routing elasticity."""
    atlas, tables = load(), load_network()
    network = Network.build(tables, atlas.parameter)
    teu = tables.table("corridor_facts").set_index("fact")["low"]
    overlap = atlas.parameter("route_overlap_cap").value
    found = {}
    for name, north in product(CLASSES, NORTHERN):
        cargo = find_cargo(name, read_cargo(tables, atlas.parameter))
        routes = _land_routes(network, cargo, overlap)
        cost = network.cost(cargo)
        share = teu[MIDDLE] / (teu[MIDDLE] + teu[north])
        finite = np.where(np.isfinite(cost), cost, 0)
        ferry = (network.mode == "ferry") & (network.kind == "haul")
        found[name, north] = fit_routing_elasticity(routes, finite, ferry, share)
    return found


def _land_routes(network: Network, cargo: Cargo, overlap: float) -> Routes:
    """The ways by rail through Russia and those over the Caspian Sea, from Xi'an to Duisburg."""
    no_ocean = network.closed("sea:s_malacca-s_aceh", "sea:SIN_P-s_malacca", "sea:PKG_P-s_malacca")
    ferries = [link for link in network.links if link.startswith("ferry:")]
    south = no_ocean.edges(crossings=[name for name in network.crossings if "RUS" in name or "IRN" in name])
    pair = [(network.node(ORIGIN), network.node(DESTINATION))]
    paths = []
    for part in (no_ocean.closed(*ferries), replace(no_ocean, open=no_ocean.open & ~south)):
        cost = np.where(part.edges(kinds=["haul"]) & (part.mode == "road"), np.inf, part.cost(cargo))
        doors = np.isin(part.place, [ORIGIN, DESTINATION])
        cost = np.where(doors, part.cost(cargo), cost)
        found = k_paths(
            part.graph, cost, pair, 6, overlap=overlap, labels=avoiding_the_best(part, cost, pair)
        )
        paths += [found.path(number) for number in range(found.paths)]
    return Routes.of(network.graph, pair, [paths])


def main() -> None:
    found = values()
    for (name, north), psi in found.items():
        print(f"{name:<10} {north:<20} {psi:6.2f}")
    psi = np.array(list(found.values()))
    print(f"routing_elasticity {np.exp(np.log(psi).mean()):.3g} ({psi.min():.3g} to {psi.max():.3g})")


if __name__ == "__main__":
    main()
