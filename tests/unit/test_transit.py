"""Transit: recounted route by route, and what a new line does to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from serai.atlas import Atlas
from serai.atlas.network import NetworkTables, load_network
from serai.records.scenario import Scenario
from serai.scenario.central import Central, central
from serai.scenario.transit import Transit, transit
from serai.study import read_study

CODES = ("KAZ", "KGZ", "UZB", "AFG")
CKU = Scenario.model_validate(
    {
        "id": "cku",
        "title": "The railway is open",
        "label": "Railway",
        "question": "What if?",
        "rung": 9,
        "measure": [{"kind": "link", "name": "Railway", "feasibility": "being built", "opens": ["cku"]}],
    }
)


@pytest.fixture(scope="module")
def tables() -> NetworkTables:
    return load_network()


@pytest.fixture(scope="module")
def after(atlas: Atlas) -> Central:
    study = read_study(None)
    return central(replace(study, scenarios=(*study.scenarios, CKU)), atlas, "cku")


@pytest.fixture(scope="module")
def today(after: Central, tables: NetworkTables) -> Transit:
    return transit(after.coupling, tables, CODES)


def test_transit_is_what_a_count_by_hand_gives(
    after: Central, tables: NetworkTables, today: Transit, atlas: Atlas
) -> None:
    """Kyrgyzstan, pair by pair and route by route, for one class of goods."""
    way = after.coupling.way
    transport, state = way.transport, after.coupling.unchanged()
    shares = way.shares(state)
    economy = dict(zip(tables.table("places")["place"], tables.table("places")["economy"], strict=True))
    network, routes, n = transport.network, transport.routes, len(transport.economies)
    code, trade = "KGZ", after.coupling.baseline.trade
    own = transport.economies.index(code)
    cells = transport.cells.tocoo()
    total = boxes = 0.0
    for c, cargo in enumerate(transport.cargo):
        per_pair = np.zeros(len(routes.pairs))
        for cell, pair, weight in zip(cells.row, cells.col, cells.data, strict=True):
            i, j = divmod(int(cell), n)
            if own not in (i, j):
                per_pair[pair] += (
                    weight * trade[i, j] * after.coupling.goods[i, j] * transport.shares[c, i, j]
                )
        for route in np.flatnonzero(per_pair[routes.pair] > 0):
            edges = routes.path(route)
            haul = edges[(network.kind[edges] == "haul") & np.isin(network.mode[edges], ("road", "rail"))]
            ends = {network.links[i].split(":")[1] for i in network.link[haul]}
            if any(economy[place] == code for link in ends for place in link.split("-")):
                tonnes = per_pair[routes.pair[route]] * shares[c][route, 0] * 1e6 / way.values[c, 0]
                total += tonnes
                boxes += tonnes * way.values[c, 0] * cargo.containers
    place = CODES.index(code)
    assert today.tonnes[place] == pytest.approx(total, rel=1e-9)
    assert today.teu[place] == pytest.approx(boxes / atlas.parameter("value_of_teu_usd").value, rel=1e-9)


def test_edges_and_corridors_carry_the_same_tonnes(after: Central, today: Transit) -> None:
    """Hardly anybody crosses the Caspian twice: its ferries carry what the corridor does."""
    world = after.coupling
    network = world.way.transport.network
    tonnes = world.tonnes(world.unchanged(), world.baseline.trade)
    ferries = (network.mode == "ferry") & (network.kind == "haul")
    place = today.corridors.index("trans-caspian")
    assert 1 <= tonnes[ferries].sum() / today.corridor_tonnes[place] < 1.01


def test_ships_through_a_strait_are_no_transit(after: Central, tables: NetworkTables) -> None:
    """Most of what passes Istanbul does so by sea, and carriers earn nothing in Türkiye for it."""
    world = after.coupling
    network = world.way.transport.network
    tonnes = world.tonnes(world.unchanged(), world.baseline.trade)
    strait = network.edges(links=["sea:IST-s_bosporus"])
    assert strait.sum() == 2
    found = transit(world, tables, ("TUR",))
    assert tonnes[strait].sum() > 3 * found.tonnes[0]


def test_a_new_railway_brings_transit_to_its_economy(
    after: Central, tables: NetworkTables, today: Transit
) -> None:
    then = transit(after.coupling, tables, CODES, change=after.edges, trade=after.equilibrium.trade)
    place, corridor = CODES.index("KGZ"), today.corridors.index("cku")
    assert then.tonnes[place] > 1.2 * today.tonnes[place]
    assert then.revenue_usd_m[place] > today.revenue_usd_m[place]
    assert then.corridor_tonnes[corridor] > 1.5 * today.corridor_tonnes[corridor]
    beside = today.corridors.index("china-kazakhstan")
    assert then.corridor_tonnes[beside] < today.corridor_tonnes[beside]


def test_revenue_is_that_of_kilometres_inside(today: Transit, after: Central) -> None:
    """A tonne through Uzbekistan earns no more than the dearest rate over its longest way."""
    network = after.coupling.way.transport.network
    haul = (network.kind == "haul") & np.isin(network.mode, ("road", "rail"))
    dearest = (network.usd[haul] / network.km[haul]).max()
    per_tonne = today.revenue_usd_m * 1e6 / today.tonnes
    assert (per_tonne > 1).all()
    assert (per_tonne < dearest * 3000).all()


def test_the_table_has_every_economy_and_corridor(today: Transit) -> None:
    rows = today.tidy()
    assert list(rows[rows["kind"] == "economy"]["key"]) == list(CODES)
    assert set(rows[rows["kind"] == "corridor"]["key"]) >= {"northern", "trans-caspian", "southern", "cku"}
    assert (rows["tonnes"] > 0).all()
