"""Whose land goods cross: recounted path by path; the way round by hand; what a closed way costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from corridor_worlds import CARGO, LINKS, coupling
from other_study import FILES
from serai.atlas import load
from serai.atlas.network import NetworkTables
from serai.equilibrium import Shock, solve
from serai.errors import UnknownNameError
from serai.leverage import cut, study_passage, transit_dependence
from serai.scenario.coupling import Coupling
from serai.scenario.passage import Passage, passage
from serai.study import read_study

THETA, PSI = 5.0, 8.0
SHARES = (0.6, 0.3)
THROUGH = {"B": ["B"], "C": ["C"], "C and D": ["C", "D"]}


@pytest.fixture(scope="module")
def world() -> Coupling:
    return coupling()


@pytest.fixture(scope="module")
def tables() -> NetworkTables:
    places = pd.DataFrame({"place": list("ABCD"), "economy": list("ABCD")})
    ends = [name.split(" ")[0].split("-") for name in LINKS]
    links = pd.DataFrame({"link": LINKS, "origin": [a for a, _ in ends], "destination": [b for _, b in ends]})
    return NetworkTables({"places": places, "links": links}, {}, {}, {})


@pytest.fixture(scope="module")
def found(world: Coupling, tables: NetworkTables) -> Passage:
    return passage(world, tables, ["A", "B"], THROUGH)


def paths(world: Coupling, a: str, b: str) -> list[tuple[str, list[int]]]:
    """Every simple path over open edges: the places on the way between, and its edges."""
    network = world.way.transport.network
    tail, head = ("ABCD"[n] for n in network.graph.tail), ("ABCD"[n] for n in network.graph.head)
    edges = [(t, h, e) for e, (t, h) in enumerate(zip(tail, head, strict=True)) if network.open[e]]
    done, open_ = [], [(a, "", list[int]())]
    while open_:
        here, seen, used = open_.pop()
        for t, h, e in edges:
            if t != here or h in seen or h == a:
                continue
            if h == b:
                done.append((seen, [*used, e]))
            else:
                open_.append((h, seen + h, [*used, e]))
    return done


def by_hand(world: Coupling, a: str, b: str, closed: str) -> tuple[float, float]:
    """The share of a flow of goods that crosses the closed places, and its cost without them."""
    network, transport = world.way.transport.network, world.way.transport
    pair = [tuple("ABCD"[n] for n in p) for p in transport.routes.pairs].index((a, b))
    mine = range(transport.routes.first[pair], transport.routes.first[pair + 1])
    crossing, gain = 0.0, 1.0
    for c, (cargo, part) in enumerate(zip(CARGO, SHARES, strict=True)):
        price = cargo.cost(network.usd, network.hours, network.hours * 0.5)
        weights, over = [], []
        for k in mine:
            edges = transport.routes.path(k)
            if not network.open[edges].all():
                continue
            between = {"ABCD"[network.graph.head[e]] for e in edges[:-1]}
            weights.append(transport.sizes[c][k] * np.exp(-PSI * price[edges].sum()))
            over.append(bool(between & set(closed)))
        gone = sum(w for w, o in zip(weights, over, strict=True) if o) / sum(weights)
        free = [price[e].sum() for seen, e in paths(world, a, b) if not set(seen) & set(closed)]
        round_ = np.exp(-PSI * min(free)) / sum(weights) if free else 0.0
        crossing += part * gone
        gain += part * (min(1.0, max(1 - gone, round_)) ** (THETA / PSI) - 1)
    goods = world.goods["ABCD".index(a), "ABCD".index(b)]
    return crossing, float((goods * gain + 1 - goods) ** (-1 / THETA))


def test_the_share_is_the_goods_on_routes_across_over_all_goods(world: Coupling, found: Passage) -> None:
    goods = world.baseline.trade * world.goods
    for d, own in enumerate("AB"):
        total = sum(
            goods[i, n] for i in range(4) for n in range(4) if i != n and own in ("ABCD"[i], "ABCD"[n])
        )
        for j, closed in enumerate(("B", "C", "CD")):
            if own in closed:
                assert np.isnan(found.share[d, j])
                continue
            across = 0.0
            for other in set("ABCD") - {own, *closed}:
                for a, b in ((own, other), (other, own)):
                    flow = goods["ABCD".index(a), "ABCD".index(b)]
                    across += flow * by_hand(world, a, b, closed)[0]
            assert found.share[d, j] == pytest.approx(across / total, rel=1e-9)
            assert found.share[d, j] > 0


def test_costs_without_are_those_of_routes_left_or_of_the_way_round(world: Coupling, found: Passage) -> None:
    dearer = 0
    for name, closed in (("B", "B"), ("C", "C"), ("C and D", "CD")):
        for a, b in ((x, y) for x in "ABCD" for y in "ABCD" if x != y and {x, y} & set("AB")):
            cost = found.denied[name]["ABCD".index(a), "ABCD".index(b)]
            if {a, b} & set(closed):
                assert cost == 1, "trade with the one that closes goes on"
                continue
            assert cost == pytest.approx(by_hand(world, a, b, closed)[1], rel=1e-9)
            dearer += cost > 1
    assert dearer > 6
    assert (np.diagonal(found.denied["C"]) == 1).all()


def test_all_goods_travel_here_but_those_without_a_class(found: Passage) -> None:
    assert found.on_network == pytest.approx(sum(SHARES))


def test_unknown_economies_are_refused(world: Coupling, tables: NetworkTables) -> None:
    for economies, through in ((["X"], THROUGH), (["A"], {"Y": ["Y"]})):
        with pytest.raises(UnknownNameError):
            passage(world, tables, economies, through)


def test_the_loss_is_that_of_a_solve_with_the_dearer_ways(world: Coupling, found: Passage) -> None:
    lost = transit_dependence(world.baseline, found)
    cost = np.ones((4, 4))
    cost[0], cost[:, 0] = found.denied["C"][0], found.denied["C"][:, 0]
    for wealth in ("fixed", "steady"):
        after = solve(world.baseline, Shock(trade_cost=cost), wealth=wealth).real_income[0]
        assert lost.loss[wealth][0, lost.through.index("C")] == pytest.approx(1 - after, rel=1e-6)
    assert np.isnan(lost.loss["fixed"][1, lost.through.index("B")])
    rows = lost.tidy()
    assert len(rows) == 5
    assert {"share", "loss_fixed", "loss_steady", "basis"} <= set(rows)


def test_an_economy_behind_one_neighbour_loses_its_goods_trade(tmp_path: Path) -> None:
    """Armenia's only rows lead to Georgia: without passage goods from elsewhere have no way."""
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    study, atlas = read_study(tmp_path), load()
    ways = study_passage(study, atlas)
    d, j = ways.economies.index("ARM"), ways.through.index("GEO")
    assert ways.share[d, j] > 0.5
    assert ways.share[d, j] <= ways.on_network[d]
    assert np.nan_to_num(ways.share[:, ways.through.index("TUR")]).max() == 0
    arm, rus = atlas.economies.indices(["ARM", "RUS"])
    assert ways.denied["GEO"][arm, rus] > 1.2
    assert ways.denied["GEO"][arm, atlas.economies.index("GEO")] == 1
    shock = cut(atlas.economies, "ARM", ["GEO"], "transit", route=ways.denied["GEO"])
    assert shock.trade_cost is not None
    assert shock.trade_cost[atlas.economies.index("AZE"), rus] == 1, "others still pass"


def test_central_asia_crosses_what_the_map_says() -> None:
    study, atlas = read_study(), load()
    ways = study_passage(study, atlas)
    share = {
        (e, x): ways.share[d, j] for d, e in enumerate(ways.economies) for j, x in enumerate(ways.through)
    }
    assert share["KGZ", "KAZ"] > 0.25
    assert share["KAZ", "RUS"] > share["KAZ", "CHN"]
    assert share["TKM", "IRN"] > share["TKM", "RUS"]
    assert max(share[e, x] for e in ways.economies for x in ("JPN", "USA", "KOR")) == 0
    assert (ways.on_network < 1).all()
