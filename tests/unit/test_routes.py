"""Ways between places: against shortest paths by others, closed forms of the split, and the command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from typer.testing import CliRunner

from serai import Network
from serai.atlas import Atlas
from serai.atlas.network import NetworkTables, load_network
from serai.cli import app
from serai.corridors.costs import Cargo, find_cargo, read_cargo
from serai.corridors.fitting import fit_routing_elasticity
from serai.corridors.graph import Graph
from serai.corridors.itinerary import Itinerary, find_routes
from serai.corridors.network import Network as Built
from serai.corridors.paths import Routes
from serai.corridors.published import compare_published
from serai.draws import Draws
from serai.errors import InputError

DRAWS = Draws(300, seed=1)


@pytest.fixture(scope="module")
def tables() -> NetworkTables:
    return load_network()


@pytest.fixture(scope="module")
def network(atlas: Atlas, tables: NetworkTables) -> Network:
    return Network.build(tables, atlas.parameter)


@pytest.fixture(scope="module")
def food(atlas: Atlas, tables: NetworkTables) -> Cargo:
    return find_cargo("food", read_cargo(tables, atlas.parameter))


def ways(
    network: Built, cargo: Cargo, origin: str, destination: str, psi: float = 12.0
) -> tuple[Itinerary, ...]:
    return find_routes(network, cargo, origin, destination, eta=psi, overlap=0.8, draws=DRAWS, count=6)


@pytest.mark.parametrize(("origin", "destination"), [("JPN", "UZB"), ("TJK", "DEU"), ("KHI_P", "ALA")])
def test_the_cheapest_way_is_that_of_networkx(
    network: Network, food: Cargo, origin: str, destination: str
) -> None:
    cost = network.cost(food)
    other = nx.MultiDiGraph()
    for edge in np.flatnonzero(np.isfinite(cost)):
        other.add_edge(int(network.graph.tail[edge]), int(network.graph.head[edge]), weight=cost[edge])
    found = ways(network, food, origin, destination)
    first = network.graph.tail[found[0].edges[0]]
    last = network.graph.head[found[0].edges[-1]]
    assert min(way.cost for way in found) == pytest.approx(nx.dijkstra_path_length(other, first, last))


def test_a_way_adds_up_its_edges(network: Network, food: Cargo) -> None:
    for way in ways(network, food, "CHN", "KGZ"):
        at = list(way.edges)
        assert (network.graph.head[at[:-1]] == network.graph.tail[at[1:]]).all()
        assert way.km == pytest.approx(network.km[at].sum())
        assert way.usd_per_teu == pytest.approx(network.usd[at].sum() * network.tonnes_per_teu)
        assert way.border_hours == pytest.approx(
            sum(network.hours[e] for e in at if network.kind[e] == "border")
        )
        assert way.gauge_changes == sum(network.kind[e] == "gauge" for e in at)
        assert way.kg_co2_per_tonne == pytest.approx(network.kg_co2[at].sum())
        assert way.cost == pytest.approx(network.cost(food)[at].sum())
        assert len(way.crossings) == sum(network.kind[e] == "border" for e in at)


def test_shares_add_up_and_sharpen_to_the_cheapest(network: Network, food: Cargo) -> None:
    soft, sharp = (ways(network, food, "JPN", "UZB", psi) for psi in (5.0, 5000.0))
    assert sum(way.share for way in soft) == pytest.approx(1)
    assert soft[0].share < 0.9
    assert sharp[0].share == pytest.approx(1)
    assert sharp[0].cost == min(way.cost for way in sharp)


def test_days_hold_their_median_between_the_ends(network: Network, food: Cargo) -> None:
    way = ways(network, food, "CHN", "KGZ")[0]
    central = network.hours[list(way.edges)].sum() / 24
    low, middle, high = way.days
    assert low < middle < high
    assert middle == pytest.approx(central, rel=0.25)


def test_hours_without_spread_give_days_without_spread(network: Network, food: Cargo) -> None:
    sure = replace(
        network, hours_low=network.hours, hours_high=network.hours, variation=np.zeros_like(network.variation)
    )
    way = ways(sure, food, "CHN", "KGZ")[0]
    assert way.days == pytest.approx([network.hours[list(way.edges)].sum() / 24] * 3)


def test_a_new_line_draws_routes_and_a_closed_border_loses_them(network: Network, food: Cargo) -> None:
    def through(found: tuple[Itinerary, ...], crossing: str) -> float:
        return sum(way.share for way in found if any(c.startswith(crossing) for c in way.crossings))

    opened = ways(network.opened("trans-afghan"), food, "UZB", "KHI_P")
    assert through(opened, "kharlachi-new-rail") > 0.2
    assert min(w.cost for w in opened) <= min(w.cost for w in ways(network, food, "UZB", "KHI_P"))
    base = ways(network, food, "UZB", "KAZ")
    used = base[0].crossings[0].split("/")[0]
    links = {network.links[i] for i in network.link[network.edges(crossings=[used])]}
    assert through(ways(network.closed(*links), food, "UZB", "KAZ"), used) == 0


def test_no_way_and_no_place_are_said(network: Network, food: Cargo) -> None:
    cut_off = replace(network, open=network.open & (network.mode != "sea"))
    with pytest.raises(InputError, match="no open way leads from YOK_P to TAS"):
        ways(cut_off, food, "JPN", "UZB")
    with pytest.raises(InputError, match="Did you mean OSH"):
        ways(network, food, "OSHH", "UZB")
    with pytest.raises(InputError, match="starts and ends at the same place, ALA, the main place of KAZ"):
        ways(network, food, "ALA", "KAZ")
    with pytest.raises(InputError, match="services do not travel on the network"):
        ways(network, replace(food, title="Services", on_network=False), "JPN", "UZB")


def test_the_command_answers_in_words(serai: Any) -> None:
    said = serai("routes", "JPN", "JPN", code=1)
    assert "the way starts and ends at the same place, YOK_P, the main place of JPN" in said
    assert "row" not in said
    assert "Did you mean facilitation?" in serai("routes", "JPN", "UZB", "--scenario", "faciltation", code=2)


def test_the_elasticity_of_two_routes_has_a_closed_form() -> None:
    """Two routes that share nothing: share / (1 - share) = exp(-psi * difference)."""
    graph = Graph(3, np.array([0, 0, 1]), np.array([2, 1, 2]), ("direct", "first", "second"))
    routes = Routes.of(graph, [(0, 2)], [[[0], [1, 2]]])
    cost = np.array([0.4, 0.3, 0.35])
    marked = np.array([False, True, False])
    psi = fit_routing_elasticity(routes, cost, marked, 0.1)
    assert psi == pytest.approx(np.log(9) / 0.25, rel=1e-6)
    with pytest.raises(InputError, match="no routing elasticity gives the share"):
        fit_routing_elasticity(routes, cost, marked, 0.7)
    with pytest.raises(InputError, match="one group"):
        fit_routing_elasticity(routes, cost, np.zeros(3, dtype=bool), 0.1)


def test_published_facts_are_laid_beside_the_network(network: Network, tables: NetworkTables) -> None:
    found = {c.fact: c for c in compare_published(network, tables, DRAWS)}
    assert {c.set for c in found.values()} == {"calibration", "held back"}
    held = [c for c in found.values() if c.set == "held back"]
    assert len(held) >= len(found) - len(held), "at most half of the facts calibrate"
    good = [c for c in held if c.kind == "days" and c.verdict in ("inside", "overlaps")]
    assert {c.fact for c in good} >= {
        "dostyk-alat",
        "yokohama-hamburg",
        "shanghai-poti",
        "vladivostok-tashkent",
    }
    middle = found["altynkol-absheron"]
    assert middle.km == pytest.approx(3668, abs=15)
    assert {"AKT_P", "ALY_P"} <= set(middle.places)
    assert found["altynkol-constanta"].modelled[1] == pytest.approx(21, abs=2.5)


def test_the_command_prints_ways_and_json(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["routes", "KAZ", "UZB", "--class", "food", "--draws", "50", "--json"])
    assert run.exit_code == 0, run.output
    answer = json.loads(run.output)
    assert answer["class"] == "food"
    assert sum(way["share"] for way in answer["routes"]) == pytest.approx(1)
    first = answer["routes"][0]
    assert first["days_p10"] < first["days_p50"] < first["days_p90"]
    page = tmp_path / "map" / "routes.html"
    run = CliRunner().invoke(app, ["routes", "JPN", "UZB", "--draws", "50", "--html", str(page)])
    assert run.exit_code == 0, run.output
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg") == 2
    assert "OpenStreetMap contributors" in text
    assert "borders are drawn de facto" in text
    assert "http" not in text.replace("http://www.w3.org/", "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cut", "dostyk-rail=50"], "share from 0 to 1"),
        (["--cut", "dostyk=0.5"], "There is no crossing called 'dostyk'"),
    ],
)
def test_the_command_refuses_what_it_does_not_know(options: list[str], message: str) -> None:
    run = CliRunner().invoke(app, ["routes", "KAZ", "UZB", *options])
    assert run.exit_code != 0
    assert message in str(run.exception)


def test_a_cut_at_a_border_makes_its_ways_quicker() -> None:
    def border_hours(*options: str) -> float:
        run = CliRunner().invoke(app, ["routes", "BIS", "ALA", "--draws", "20", "--json", *options])
        ways = json.loads(run.output)["routes"]
        return min(way["border_hours"] for way in ways if "korday-road/KGZ>KAZ" in way["crossings"])

    assert border_hours("--cut", "korday-road=0.5") == pytest.approx(border_hours() / 2)
    assert border_hours("--scenario", "facilitation") == pytest.approx(border_hours() / 2)
