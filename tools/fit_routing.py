"""The routing elasticity from the published split between the Trans-Caspian and the Northern route.

    python tools/fit_routing.py

Two definitions of the Northern route's containers (from China to Europe through Kazakhstan, Russia and
Belarus; all China-Europe trains) and two classes of goods give four values: their geometric mean, and the
lowest and highest, are the row `routing_elasticity` of the parameters. Routes by the same means replace each
other by the row `route_dissimilarity`.

`neighbour_share` is fitted too: the part of the trade of China and Russia that makes their published transit
through Kazakhstan. Traffic is proportional to it.
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
from serai.corridors.nests import main_means
from serai.corridors.network import Network
from serai.corridors.paths import Routes, k_paths
from serai.scenario.coupling import Coupling
from serai.scenario.transit import PUBLISHED_IN, transit
from serai.study import read_study

CLASSES = ("machinery", "consumer")
NORTHERN = ("northern-teu-2024", "china-europe-trains")
MIDDLE = "titr-teu-2024"
ORIGIN, DESTINATION = "XIA", "DUI"


def values(dissimilarity: float | None = None) -> dict[tuple[str, str], float]:
    """(class, fact about the Northern route) -> routing elasticity; `None`: the dissimilarity of the row."""
    atlas, tables = load(), load_network()
    network = Network.build(tables, atlas.parameter)
    teu = tables.table("corridor_facts").set_index("fact")["low"]
    overlap = atlas.parameter("route_overlap_cap").value
    alike = dissimilarity or atlas.parameter("route_dissimilarity").value
    found = {}
    for name, north in product(CLASSES, NORTHERN):
        cargo = find_cargo(name, read_cargo(tables, atlas.parameter))
        routes = _land_routes(network, cargo, overlap)
        cost = network.cost(cargo)
        share = teu[MIDDLE] / (teu[MIDDLE] + teu[north])
        finite = np.where(np.isfinite(cost), cost, 0)
        ferry = (network.mode == "ferry") & (network.kind == "haul")
        found[name, north] = fit_routing_elasticity(
            routes, finite, ferry, share, nest=main_means(network, routes), dissimilarity=alike
        )
    return found


def neighbour_share() -> float:
    """The part of trade between China and Russia at which its transit through Kazakhstan is the published."""
    atlas, tables = load(), load_network()
    world = Coupling.of(read_study(None), atlas)
    pair = np.zeros_like(world.goods)
    at = np.ix_(*[world.baseline.economies.indices(["CHN", "RUS"])] * 2)
    pair[at] = 1
    found = transit(world, tables, ("KAZ",), trade=world.baseline.trade * pair)
    fact = tables.table("corridor_facts").set_index("fact").loc["kaz-transit-china-russia"]
    published = float(str(fact["low"])) * PUBLISHED_IN[str(fact["unit"])]
    return float(atlas.parameter("neighbour_share").value * published / found.tonnes[0])


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
    print(f"neighbour_share {neighbour_share():.3g}")
    print(f"routing_elasticity {np.exp(np.log(psi).mean()):.3g} ({psi.min():.3g} to {psi.max():.3g})")


if __name__ == "__main__":
    main()
