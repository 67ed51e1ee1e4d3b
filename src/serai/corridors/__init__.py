"""What distance, borders and hubs cost: networks, routes, traffic.

graph            directed edges as arrays
paths            shortest paths and sets of routes
routing          route choice and the change of cost between two places
traffic          what runs over each edge; emissions
capacity         congestion
hubs             which places serve the trade best
allen_arkolakis  routing over all walks, for dense networks
"""

from serai.corridors.allen_arkolakis import DenseRouting
from serai.corridors.capacity import Congestion
from serai.corridors.graph import Graph
from serai.corridors.hubs import HubChoice, best_hubs
from serai.corridors.paths import Routes, distances, k_paths
from serai.corridors.routing import Choice, aggregate, path_costs, path_sizes
from serai.corridors.traffic import emissions, traffic

__all__ = [
    "Choice",
    "Congestion",
    "DenseRouting",
    "Graph",
    "HubChoice",
    "Routes",
    "aggregate",
    "best_hubs",
    "distances",
    "emissions",
    "k_paths",
    "path_costs",
    "path_sizes",
    "traffic",
]
