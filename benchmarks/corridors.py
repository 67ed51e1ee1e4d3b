"""10,000 places and 50,000 directed links: shortest paths beside networkx, routing over all walks.

And 8 simple paths for each pair of 76 hubs on a network of 1,000 places, and the study's own network together
with the equilibrium.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from serai.atlas import load
from serai.corridors import DenseRouting, Graph, distances, k_paths
from serai.draws import Draws
from serai.executors import one_thread
from serai.scenario.coupling import Coupling, couple, link_values
from serai.scenario.evaluate import evaluate
from serai.study import read_study

HUBS, RUNS = 200, 3


def road_map(places: int, links: int) -> tuple[Graph, NDArray[np.float64], NDArray[np.int64]]:
    """Places in a square joined to their neighbours both ways, costs by length; connected hubs."""
    rng = np.random.default_rng(1)
    place = rng.random((places, 2))
    corner = Delaunay(place).simplices
    sides = np.vstack([corner[:, [0, 1]], corner[:, [1, 2]], corner[:, [0, 2]]])
    link = np.unique(np.sort(sides, axis=1), axis=0)
    length = np.linalg.norm(place[link[:, 0]] - place[link[:, 1]], axis=1)
    kept = np.argsort(length)[: links // 2]
    tail, head = np.concatenate([link[kept], link[kept][:, ::-1]]).T
    cost = np.concatenate([length[kept], length[kept]]) * rng.uniform(0.8, 1.2, links)
    graph = Graph(places, tail, head, tuple(map(str, range(links))))
    reached = np.flatnonzero(np.isfinite(distances(graph, cost, [int(tail[0])])[0]))
    return graph, cost, rng.choice(reached, HUBS, replace=False)


def best(run: Callable[[], object], runs: int = RUNS) -> float:
    """The least time of several runs, in seconds of this process: others on the machine do not count."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def shortest() -> None:
    graph, cost, hubs = road_map(10_000, 50_000)
    other = nx.DiGraph()
    other.add_weighted_edges_from(zip(graph.tail.tolist(), graph.head.tolist(), cost.tolist(), strict=True))
    some = hubs[:10].tolist()
    ours = best(lambda: distances(graph, cost, hubs, hubs))
    theirs = best(lambda: [nx.single_source_dijkstra_path_length(other, hub) for hub in some], 1)
    theirs *= HUBS / len(some)
    expected = nx.single_source_dijkstra_path_length(other, some[0])
    found = distances(graph, cost, some[:1], hubs)[0]
    assert np.allclose(found, [expected[int(hub)] for hub in hubs])
    print(f"shortest paths, all pairs of 200 hubs     {ours:6.2f} s   networkx {theirs / ours:4.0f} times")


def walks() -> None:
    graph, cost, hubs = road_map(10_000, 50_000)
    flows = np.random.default_rng(2).random((HUBS, HUBS))

    def run() -> object:
        routing = DenseRouting.of(graph, cost + 0.02, 100.0)
        return routing.costs(hubs), routing.traffic(hubs, flows)

    seconds = best(run)
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"Allen-Arkolakis costs and traffic         {seconds:6.2f} s   {peak / 1e6:4.0f} MB and factors")


def routes() -> None:
    graph, cost, hubs = road_map(1_000, 5_000)
    few = hubs[:76]
    pairs = [(a, b) for a in few for b in few if a != b]
    found = k_paths(graph, cost, pairs, 8, overlap=0.8)
    seconds = best(lambda: k_paths(graph, cost, pairs, 8, overlap=0.8))
    print(f"8 routes for each of {len(pairs)} pairs           {seconds:6.2f} s   {found.paths} routes")


def chain() -> None:
    """The study's network with the equilibrium: congestion, worth of all links, draws of everything."""
    study, atlas = read_study(), load()
    world = Coupling.of(study, atlas)
    region, network = study.about.region.economies, world.way.transport.network
    half = np.where(network.between(region, region), 0.5, 1.0)[np.newaxis]
    change = replace(world.unchanged(), hours=half, usd=half)
    rounds = couple(world, change).rounds
    seconds = best(lambda: couple(world, change))
    print(f"network, equilibrium, congestion          {seconds:6.2f} s   {rounds} rounds")
    print(f"worth of all links                        {best(lambda: link_values(world, region)):6.2f} s")
    job = Draws(1000, 1)

    def draws() -> object:
        return evaluate(study, atlas, job, scenarios=["facilitation"])

    print(f"1,000 draws, one scenario, both runs      {best(draws, 1):6.2f} s")


def main() -> None:
    with one_thread():
        shortest()
        walks()
        routes()
        chain()


if __name__ == "__main__":
    sys.exit(main())
