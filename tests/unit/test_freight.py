"""Which routes goods choose among: those of dear and of cheap goods, and over land only where they may."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest

from corridor_worlds import CARGO, transport
from serai.atlas import Atlas, reconcile
from serai.atlas.network import load_network
from serai.axes import Array
from serai.corridors import k_paths
from serai.corridors.costs import read_cargo
from serai.corridors.network import Network
from serai.memo import Memo
from serai.scenario.freight import by_land, cargo_shares, study_network, study_transport
from serai.scenario.frictions import estimate_frictions
from serai.study import read_study


@pytest.fixture(scope="module")
def network(atlas: Atlas) -> Network:
    return study_network(read_study(), atlas)


@pytest.fixture(scope="module")
def land(network: Network, atlas: Atlas) -> Array:
    return by_land(network, atlas, read_study().about.region.economies)


@pytest.mark.parametrize(
    ("exporter", "importer", "part"),
    [
        ("CHN", "KAZ", None),  # the region's own trade
        ("JPN", "UZB", None),
        ("CHN", "AZE", None),  # no sea joins them
        ("CHN", "RUS", "neighbour_share"),
        ("CHN", "DEU", "land_bridge_share"),
        ("CHN", "CZE", "land_bridge_share"),  # by the ports of its neighbours
        ("CHE", "JPN", "land_bridge_share"),
        ("FIN", "JPN", "land_bridge_share"),
        ("NOR", "CHN", "land_bridge_share"),
        ("JPN", "DEU", "land_bridge_share"),
        ("CHN", "USA", "land_bridge_share"),
        ("RUS", "IND", "land_bridge_share"),
    ],
)
def test_goods_that_ships_could_carry_stay_at_sea_but_for_the_published_part(
    land: Array, atlas: Atlas, exporter: str, importer: str, part: str | None
) -> None:
    found = land[atlas.economies.index(exporter), atlas.economies.index(importer)]
    assert found == (1 if part is None else atlas.parameter(part).value)


def test_finland_is_joined_by_sea_and_by_its_own_port(network: Network, atlas: Atlas) -> None:
    """Sweden to Finland does not lead through Russia, nor Norway to the world only through Sweden."""
    coal = next(c for c in read_cargo(load_network(), atlas.parameter) if c.name == "coal")
    cost = network.cost(coal)
    for pair in (("GOT", "HEL"), ("OSL", "RTM"), ("TLL", "HEL")):
        ends = [tuple(network.node(place) for place in pair)]
        steps = k_paths(network.graph, cost, ends, 1, overlap=1.0).steps
        passed = {network.crossings[c] for c in network.crossing[steps] if c >= 0}
        assert not any("RUS" in name for name in passed), (pair, passed)
        assert (network.mode[steps] == "sea").any()


def test_what_goes_by_pipeline_stays_off_the_network(atlas: Atlas) -> None:
    tables = load_network()
    cargo = [c for c in read_cargo(tables, atlas.parameter) if c.on_network]
    moved = cargo_shares(atlas, tables, cargo).sum(axis=0)
    known = tables.table("pipelines").set_index(["exporter", "importer"])["share"].astype(float)

    def part(exporter: str, importer: str) -> float:
        return float(moved[atlas.economies.index(exporter), atlas.economies.index(importer)])

    assert part("TKM", "CHN") == pytest.approx(1 - known["TKM", "CHN"])
    assert part("AZE", "ITA") == pytest.approx(1 - known["AZE", "ITA"])
    assert part("AZE", "UZB") == pytest.approx(1 - known["AZE", ""])
    bare = replace(tables, frames={**tables.frames, "pipelines": tables.table("pipelines").iloc[:0]})
    without = cargo_shares(atlas, bare, cargo).sum(axis=0)
    i, n = atlas.economies.index("KAZ"), atlas.economies.index("CHN")
    assert moved[i, n] == without[i, n]
    assert without[atlas.economies.index("TKM"), n] > 10 * part("TKM", "CHN")


def test_the_part_over_land_is_the_published_one(atlas: Atlas) -> None:
    facts = load_network().table("corridor_facts").set_index("fact")["low"].astype(float)
    sea = facts["sea-teu-2023"]
    trains = [facts[name] for name in ("northern-teu-2024", "china-europe-trains")]
    row = atlas.parameter("land_bridge_share")
    assert [row.value, row.high] == pytest.approx([t / (t + sea) for t in trains], abs=0.005)


def test_quick_ways_are_there_for_dear_goods_and_cheap_ways_for_bulk() -> None:
    """From A to C the road is quick, the railway cheap: with one route for each kind both are found."""
    found = transport(k=1, projects=())
    pair = next(p for p, ends in enumerate(found.routes.pairs.tolist()) if ends == [0, 2])
    names = {
        found.network.graph.names[found.routes.path(k)[0]]
        for k in range(found.routes.first[pair], found.routes.first[pair + 1])
    }
    costs = [found.network.cost(cargo) for cargo in CARGO]
    best = {found.network.graph.names[int(np.argmin(_direct(found.network, cost)))] for cost in costs}
    assert best <= names
    assert len(best) == 2


def _direct(network: Network, cost: Array) -> Array:
    joins = (network.graph.tail == 0) & (network.graph.head == 2)
    return np.where(joins, cost, np.inf)


def test_no_route_is_listed_twice(atlas: Atlas) -> None:
    routes = study_transport(read_study(), atlas).routes
    for pair in range(0, len(routes.pairs), 50):
        paths = [routes.path(k).tobytes() for k in range(routes.first[pair], routes.first[pair + 1])]
        assert len(set(paths)) == len(paths)


def test_the_smallest_pairs_of_each_layer_are_left_out_and_no_more() -> None:
    flows = np.full((1, 4, 4), 1000.0)
    flows[0, 3] = flows[0, :, 3] = 0.1
    kept = transport(flows=flows)
    ends = {tuple(pair) for pair in kept.routes.pairs.tolist()}
    assert ends == {(a, b) for a in range(3) for b in range(3) if a != b}
    both = transport(flows=np.concatenate([flows, np.where(flows < 1, flows, 0)]))
    assert len(both.routes.pairs) == 12


def test_what_is_kept_for_an_atlas_goes_with_it(atlas: Atlas) -> None:
    study = read_study()
    assert estimate_frictions(study, atlas) is estimate_frictions(study, atlas)
    other = replace(atlas)
    assert estimate_frictions(study, other) is not estimate_frictions(study, atlas)
    assert (reconcile(other).trade == reconcile(atlas).trade).all()
    gone = weakref.ref(other)
    del other
    gc.collect()
    assert gone() is None


def test_a_memo_tells_owners_and_keys_apart() -> None:
    class Owner:
        pass

    first, second, memo = Owner(), Owner(), Memo[int]()
    assert [memo.of(first, "a", lambda: 1), memo.of(first, "b", lambda: 2)] == [1, 2]
    assert [memo.of(second, "a", lambda: 3), memo.of(first, "a", lambda: 4)] == [3, 1]
