"""The network as arrays: what an edge takes, and what a scenario changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from serai import Network
from serai.atlas import Atlas
from serai.atlas.network import NetworkTables, load_network
from serai.axes import Array
from serai.corridors.costs import Cargo, find_cargo, read_cargo
from serai.draws import Draws
from serai.errors import InputError, UnknownNameError


@pytest.fixture(scope="module")
def tables() -> NetworkTables:
    return load_network()


@pytest.fixture(scope="module")
def network(atlas: Atlas, tables: NetworkTables) -> Network:
    return Network.build(tables, atlas.parameter)


@pytest.fixture(scope="module")
def machinery(atlas: Atlas, tables: NetworkTables) -> Cargo:
    return find_cargo("machinery", read_cargo(tables, atlas.parameter))


def distance(network: Network, cost: Array, origin: int, destination: int) -> float:
    on = np.isfinite(cost)
    graph = network.graph
    order = np.argsort(-cost[on], kind="stable")  # of two edges between the same nodes the cheaper one stays
    rows, columns, values = graph.tail[on][order], graph.head[on][order], cost[on][order]
    best: dict[tuple[int, int], float] = dict(zip(zip(rows, columns, strict=True), values, strict=True))
    pairs = np.array(list(best))
    matrix = csr_array((np.array(list(best.values())), pairs.T), shape=(graph.nodes, graph.nodes))
    return float(dijkstra(matrix, indices=origin)[destination])


def edge(network: Network, name: str) -> int:
    return network.graph.names.index(name)


def test_a_haul_takes_its_kilometres_at_the_rate_of_both_ends(network: Network, atlas: Atlas) -> None:
    at = edge(network, "rail:ALT-ALA/ALT>ALA")
    assert network.km[at] == 331
    assert network.hours[at] == pytest.approx(331 / atlas.parameter("rail_speed_kmh").value)
    assert network.usd[at] == pytest.approx(331 * 883 / (500 * 20))
    assert network.kg_co2[at] == pytest.approx(331 * atlas.parameter("rail_kg_co2_per_tonne_km").value)
    abroad = edge(network, "rail:SAR-TAS/SAR>TAS")
    assert network.usd[abroad] == pytest.approx(24 * (883 + 626) / 2 / (500 * 20))


def test_a_truck_rests(network: Network, atlas: Atlas) -> None:
    at = edge(network, "road:NZH-ALA/NZH>ALA")
    driving = 317 / atlas.parameter("road_speed_kmh").value
    assert network.hours[at] == pytest.approx(
        driving * 24 / atlas.parameter("road_hours_driven_per_day").value
    )


def test_a_border_takes_both_posts_of_its_latest_year(network: Network) -> None:
    at = edge(network, "dostyk-rail/CHN>KAZ on rail:ALS-DOS/ALS>DOS")
    assert network.kind[at] == "border"
    assert network.hours[at] == pytest.approx(30.5 + 69.7)
    assert network.usd[at] == pytest.approx((90 + 313) / 20)
    back = edge(network, "dostyk-rail/KAZ>CHN on rail:ALS-DOS/DOS>ALS")
    assert network.hours[back] == pytest.approx(14.4 + 6.8)


def test_the_spread_of_a_border_comes_from_its_years(network: Network, atlas: Atlas) -> None:
    """Torugart out of Kyrgyzstan moved 2.4 -> 25.8 -> 50.1 h; a post with one year has the stated spread."""
    at = edge(network, "torugart-road/KGZ>CHN on road:KSG-TOR/TOR>KSG")
    prior = atlas.parameter("border_hours_log_sd").value
    changes = np.log([25.8 / 2.4, 50.1 / 25.8])
    own = np.sqrt((prior**2 + changes @ changes) / 3)
    total = 50.1 + 16.8
    sd = np.hypot(50.1 * own, 16.8 * prior) / total
    assert network.hours[at] == pytest.approx(total)
    assert np.log(network.hours_high[at] / network.hours[at]) == pytest.approx(1.2815515655 * sd)
    assert np.log(network.hours[at] / network.hours_low[at]) == pytest.approx(1.2815515655 * sd)


def test_ranges_hold_their_values(network: Network) -> None:
    assert (network.hours_low <= network.hours).all()
    assert (network.hours <= network.hours_high).all()
    at = edge(network, "rail:ALT-ALA/ALT>ALA")
    assert network.hours_low[at] < network.hours[at] < network.hours_high[at]


def test_gauges_meet_only_over_a_change(network: Network) -> None:
    """Every edge between two nodes of different gauge is a change of gauge or goes over another mode."""
    graph = network.graph
    gauge = np.array([name.split()[-1] if " rail " in name else "" for name in graph.places])
    rails = (gauge[graph.tail] != "") & (gauge[graph.head] != "")
    differ = rails & (gauge[graph.tail] != gauge[graph.head])
    assert differ.any()
    assert set(network.kind[differ]) == {"gauge"}


def test_every_economy_reaches_every_other(network: Network, atlas: Atlas) -> None:
    assert set(network.hubs.economy.tolist()) == set(atlas.economies)
    graph, on = network.graph, network.open
    shape = (graph.nodes, graph.nodes)
    joined = csr_array((np.ones(on.sum()), (graph.tail[on], graph.head[on])), shape=shape)
    _, part = connected_components(joined, directed=True, connection="strong")
    assert len(set(part[network.hubs.node].tolist())) == 1


def test_a_disconnected_economy_is_named_with_the_nearest_place(tables: NetworkTables, atlas: Atlas) -> None:
    frames = dict(tables.frames)
    links = frames["links"]
    frames["links"] = links[~links["origin"].isin(["BIS"]) & ~links["destination"].isin(["BIS"])]
    with pytest.raises(InputError, match="BIS, which stands for KGZ, is not joined") as caught:
        Network.build(replace(tables, frames=frames), atlas.parameter)
    assert "the nearest place, KDY." in str(caught.value)


def test_cost_closes_what_is_closed_and_what_containers_cannot_pass(
    network: Network, machinery: Cargo, atlas: Atlas
) -> None:
    cost = network.cost(machinery)
    assert np.isinf(cost[~network.open]).all()
    assert np.isfinite(cost[network.open]).all()
    at = edge(network, "korday-road/KGZ>KAZ on road:KDY-BIS/BIS>KDY")
    day = atlas.parameter("value_of_day_pct").value / 100
    hours = network.hours[at] * (1 + machinery.reliability * network.variation[at])
    assert cost[at] == pytest.approx(network.usd[at] / 10_000 + day * hours / 24)
    no_cranes = replace(network, containers=network.kind != "transfer")
    assert np.isinf(no_cranes.cost(machinery)[network.kind == "transfer"]).all()
    assert np.isfinite(no_cranes.cost(replace(machinery, containers=False))[network.open]).all()


def test_a_project_opens_its_links_in_both_directions_only(network: Network, machinery: Cargo) -> None:
    after = network.opened("cku")
    new = after.open & ~network.open
    assert set(np.array(network.links)[network.link[new]].tolist()) == {
        "rail:KSG-TOR",
        "rail:TOR-MAK",
        "rail:MAK-JAL",
        "rail:JAL-AND",
    }
    origin, destination = network.node("KSG"), network.node("TAS")
    before = distance(network, network.cost(machinery), origin, destination)
    assert distance(after, after.cost(machinery), origin, destination) <= before
    assert (after.closed("cku").open == network.open).all()


def test_closing_a_link_closes_its_border_too(network: Network) -> None:
    closed = network.closed("rail:SAR-TAS")
    gone = network.open & ~closed.open
    assert gone.sum() == 4
    assert set(network.kind[gone].tolist()) == {"haul", "border"}


def test_a_cut_at_a_crossing_changes_that_crossing_alone(network: Network) -> None:
    where = network.edges(crossings=["torugart-road"])
    assert where.sum() == 2
    assert network.edges(crossings=["torugart-road/KGZ>CHN"]).sum() == 1
    after = network.scaled(where, hours=0.5, usd=0.25)
    assert np.allclose(after.hours[where], network.hours[where] / 2)
    assert np.allclose(after.hours_high[where], network.hours_high[where] / 2)
    assert np.allclose(after.usd[where], network.usd[where] / 4)
    assert (after.hours[~where] == network.hours[~where]).all()
    assert (after.usd[~where] == network.usd[~where]).all()


def test_between_finds_the_borders_of_two_sets(network: Network) -> None:
    inside = ["KAZ", "KGZ", "TJK", "TKM", "UZB"]
    within = network.between(inside, inside)
    names = {network.crossings[c] for c in network.crossing[within]}
    assert "korday-road/KAZ>KGZ" in names
    assert "korday-road/KGZ>KAZ" in names
    assert not any("CHN" in name or "RUS" in name for name in names)
    outward = network.between(inside, ["CHN"])
    assert {network.crossings[c].split("/")[0] for c in network.crossing[outward]} >= {
        "dostyk-rail",
        "kulma-road",
    }
    assert not (within & outward).any()


def test_draws_have_the_stated_middle_and_ends(network: Network) -> None:
    drawn = network.drawn_hours(Draws(4000, seed=3))
    at = edge(network, "torugart-road/KGZ>CHN on road:KSG-TOR/TOR>KSG")
    low, middle, high = np.quantile(drawn[:, at], (0.1, 0.5, 0.9))
    assert middle == pytest.approx(network.hours[at], rel=0.1)
    assert low == pytest.approx(network.hours_low[at], rel=0.15)
    assert high == pytest.approx(network.hours_high[at], rel=0.15)


def test_a_crossing_is_drawn_by_itself_and_a_mode_together(network: Network) -> None:
    z = np.log(network.drawn_hours(Draws(400, seed=1)) / network.hours)
    first, second = (
        edge(network, f"{name}/KAZ>UZB on {link}")
        for name, link in (
            ("saryagash-rail", "rail:SAR-TAS/SAR>TAS"),
            ("zhibek-road", "road:ZHI-TAS/ZHI>TAS"),
        )
    )
    assert abs(np.corrcoef(z[:, first], z[:, second])[0, 1]) < 0.2
    rails = [edge(network, f"rail:{link}") for link in ("ALT-ALA/ALT>ALA", "TAS-SAM/TAS>SAM")]
    assert np.corrcoef(z[:, rails[0]], z[:, rails[1]])[0, 1] > 0.999


def test_draws_are_the_same_in_parts(network: Network) -> None:
    whole, part = Draws(50, seed=2), Draws(50, seed=2).part(20, 30)
    assert (network.drawn_hours(part) == network.drawn_hours(whole)[20:30]).all()


def test_names_that_do_not_exist_are_refused_with_the_nearest(network: Network) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean cku"):
        network.opened("ckuu")
    with pytest.raises(UnknownNameError, match="torugart-road"):
        network.edges(crossings=["torugart"])
    with pytest.raises(UnknownNameError, match="place with road"):
        network.node("ALAA")
    with pytest.raises(UnknownNameError, match="economy on the network"):
        network.hubs.of("XXX")


def test_services_and_pipelines_stay_off_the_network(atlas: Atlas, tables: NetworkTables) -> None:
    cargo = {c.name: c for c in read_cargo(tables, atlas.parameter)}
    assert not cargo["oil"].on_network
    assert not cargo["services"].on_network
    assert cargo["ores"].value_of_day == 0
    assert cargo["materials"].value_of_day == pytest.approx(cargo["food"].value_of_day / 2)
    sectors = [s for c in cargo.values() for s in c.sectors]
    assert sorted(sectors) == sorted(atlas.table("sectors")["sector"])
