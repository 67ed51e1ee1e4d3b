"""The transport of a study: the packaged network with the study's own tables, or its border rows alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import product

import numpy as np

from serai.atlas import Atlas
from serai.atlas.network import NetworkTables, load_network
from serai.axes import Array, Axis
from serai.corridors import Routes, distances
from serai.corridors.costs import Cargo, read_cargo
from serai.corridors.network import Network
from serai.draws import Uncertain
from serai.memo import Memo
from serai.scenario.borders import border_hubs, border_network
from serai.scenario.transport import Flags, Transport
from serai.study import Study

ROUTES = 4  # of each pair of places, for dear and for cheap goods
BLOCS = {"EU": "eu27", "ASEAN": "asean"}  # names in the table of sectors -> groups of the atlas
REST = "ROW"
SHIPS = ("sea", "ferry")
SHARED_PORTS = "Europe"


def study_network(study: Study, atlas: Atlas) -> Network:
    """The network of a study.

    A study with `borders.csv` has one place an economy and nothing between borders; one with the network
    `none` has not even these; any other has the corridor network of the atlas, with its own `tables/*.csv`.

    Raises
    ------
    InputError
        For tables and border rows that make no network.
    """
    if not study.on_network:
        region = study.about.region.economies
        return border_network(study.borders, atlas.economies, region, atlas.parameter)
    return Network.build(network_tables(study, atlas), atlas.parameter)


def network_tables(study: Study, atlas: Atlas) -> NetworkTables:
    """The tables of the network with the study's own in them.

    On the network every economy of the study needs a place; beside it only the packaged ones have one.
    """
    return load_network(study.tables, atlas.economies if study.on_network else None)


def study_transport(study: Study, atlas: Atlas, also: Sequence[str] = ()) -> Transport:
    """Routes between all economies that goods may take by way of the region.

    Routes over everything that a scenario of the study may open are found too, and over the links and
    projects of `also`.

    Over border rows alone there is one route for each pair: the cheapest. Routes found before for the same
    atlas, tables, borders, region and projects are taken from memory.
    """
    tables = network_tables(study, atlas)
    projects = tuple(dict.fromkeys((*_projects(study), *also)))
    where = study.about.settings.network, study.borders, study.about.region.economies
    inputs = (tables.hashes, where, projects)

    def found() -> Transport:
        base = study_transport(study, atlas).routes if also else None
        return _find(study, atlas, tables, projects, base)

    return _FOUND.of(atlas, repr(inputs), found)


_FOUND = Memo[Transport]()


def _find(
    study: Study, atlas: Atlas, tables: NetworkTables, projects: Sequence[str], known: Routes | None
) -> Transport:
    cargo = tuple(c for c in read_cargo(tables, atlas.parameter) if c.on_network)
    network, region = study_network(study, atlas), study.about.region.economies
    psi, overlap = (atlas.parameter(name).value for name in ("routing_elasticity", "route_overlap_cap"))
    land = by_land(network, atlas, region)
    find = partial(
        Transport.of,
        network,
        atlas.economies,
        cargo,
        [cargo_value(tables, c) for c in cargo],
        cargo_shares(atlas, tables, cargo) * land,
        psi=psi,
        overlap=overlap,
        projects=projects,
    )
    if not study.on_network:
        origins, destinations = border_hubs(network, atlas.economies)
        return find(k=1, touching=region, origins=origins, destinations=destinations)
    flows = np.nan_to_num(atlas.matrix("trade", "goods")) * land
    layers = _layers(flows, atlas.economies.indices(list(region)))
    return find(k=ROUTES, known=known, scope=_in_region(network, tables, region), flows=layers)


def _layers(flows: Array, region: Sequence[int]) -> Array:
    """The trade of which nearly all must be routed, (L, N, N): of each pair in the region, of each economy in
    it with all others, and of the others among themselves."""
    inside = np.zeros(len(flows), dtype=bool)
    inside[list(region)] = True
    among = np.zeros((len(region) ** 2, *flows.shape))
    for layer, (i, n) in enumerate(product(region, repeat=2)):
        among[layer, i, n] = flows[i, n]
    own = np.zeros((len(region), *flows.shape))
    for layer, i in zip(own, region, strict=True):
        layer[i], layer[:, i] = flows[i], flows[:, i]
    others = np.where(inside[:, np.newaxis] | inside, 0, flows)
    return np.concatenate([among, own, others[np.newaxis]])


def beyond(network: Network, region: Iterable[str]) -> tuple[str, ...]:
    """The sides of border crossings that are not in the region."""
    return tuple(sorted(_sides(network) - set(region)))


def cargo_value(tables: NetworkTables, cargo: Cargo) -> Uncertain:
    """What a tonne of a class is worth, as an uncertain input between the ends of its range.

    Ends and not a spread: goods that are worth less than their freight are not sent.
    """
    row = tables.table("cargo").set_index("cargo").loc[cargo.name]
    return Uncertain(
        f"cargo/{cargo.name}/usd_per_tonne",
        float(str(row["value_usd_per_tonne"])),
        float(str(row["value_low"])),
        float(str(row["value_high"])),
        "triangular",
        unit="USD per tonne",
        basis=str(row["basis"]),
        source=str(row["source"]),
    )


def cargo_shares(atlas: Atlas, tables: NetworkTables, cargo: Iterable[Cargo]) -> Array:
    """The part of each class in the goods from exporter to importer, (C, N, N), services apart.

    The table of sectors knows the economies of the region and large ones by name, the others as blocs; the
    shares of a bloc are those of its members. Where a pair trades no goods there, the exporter's shares in
    all its exports stand in. Where the table `pipelines` knows what goes by pipeline, that part is left out
    and the classes share the rest.
    """
    trade = atlas.table("sector_trade")
    known = Axis("economy", tuple(dict.fromkeys(trade["importer"])))
    sectors = Axis("sector", tuple(dict.fromkeys(trade["sector"])))
    flows = np.zeros((len(sectors), len(known), len(known)))
    at = sectors.indices(list(trade["sector"]))
    exporter, importer = (known.indices(list(trade[side])) for side in ("exporter", "importer"))
    flows[at, exporter, importer] = trade["value_usd_m"]
    flows[sectors.index(SERVICES)] = 0
    flows[:, np.arange(len(known)), np.arange(len(known))] = 0
    goods = flows.sum(axis=0)
    exports = flows.sum(axis=2) / flows.sum(axis=(0, 2))
    part = np.where(goods > 0, flows / np.where(goods > 0, goods, 1), exports[:, :, np.newaxis])
    bloc = [known.index(_bloc(atlas, code, known)) for code in atlas.economies]
    wide = part[:, bloc][:, :, bloc]
    found = np.stack([wide[sectors.indices(list(c.sectors))].sum(axis=0) for c in cargo])
    piped = _piped(atlas.economies, tables)
    moved = found.sum(axis=0)
    return np.where(np.isnan(piped), found, found * (1 - piped) / np.where(moved > 0, moved, 1))


def _piped(economies: Axis, tables: NetworkTables) -> Array:
    """The part of goods that goes by pipeline, (N, N); missing where the table of sectors is to say."""
    found = np.full((len(economies), len(economies)), np.nan)
    rows = sorted(tables.rows("pipelines"), key=lambda row: row.importer != "")
    for row in (row for row in rows if row.exporter in economies):
        if not row.importer:
            found[economies.index(row.exporter)] = row.share
        elif row.importer in economies:
            found[economies.index(row.exporter), economies.index(row.importer)] = row.share
    return found


def by_land(network: Network, atlas: Atlas, region: Iterable[str]) -> Array:
    """The part of the goods of each pair, (N, N), for which ways over land are a choice at all.

    It is one for the trade of the region and for economies that a sea does not join. Between others whose
    ships go from port to port, most goods stay at sea for reasons that the tables do not know (room on
    trains, contracts of whole factories): the part that does not is the published one. Neighbours with a way
    over land have crossings of their own, nearer to most of their goods than the places that stand for them:
    their part is calibrated. Ports of Europe serve those who reach them by land.
    """
    economies, union = atlas.economies, set(atlas.group(SHARED_PORTS))
    by_sea = np.where(_foreign(network, union), np.inf, network.km)
    over_land = np.where(np.isin(network.mode, SHIPS), np.inf, network.km)
    joined, landed = (_joined(network, economies, cost) for cost in (by_sea, over_land))
    outside = ~np.isin(economies.names, list(region))
    pairs = atlas.table("pairs")
    near = np.zeros(joined.shape, dtype=bool)
    ends = (economies.indices(list(pairs[side])) for side in ("origin", "destination"))
    near[tuple(ends)] = pairs["contiguity"] == 1
    by_ship = joined & np.outer(outside, outside)
    part = np.where(by_ship, atlas.parameter("land_bridge_share").value, 1)
    return np.where(by_ship & near & landed, atlas.parameter("neighbour_share").value, part)


def _foreign(network: Network, union: set[str]) -> Flags:
    """(E,), borders other than those inside a union."""
    at = np.flatnonzero(network.crossing >= 0)
    inner = np.array([set(name.split("/")[1].split(">")) <= union for name in network.crossings], dtype=bool)
    found = np.zeros(network.graph.edges, dtype=bool)
    found[at] = ~inner[network.crossing[at]]
    return found


def _joined(network: Network, economies: Axis, cost: Array) -> Flags:
    """(N, N), does a way of finite cost lead from a place of the one economy to one of the other?"""
    hubs = network.hubs
    reached = np.isfinite(distances(network.graph, cost, hubs.node, hubs.node)).astype(float)
    of = np.zeros((len(economies), len(hubs.node)))
    of[economies.indices(list(hubs.economy)), np.arange(len(hubs.node))] = 1
    return np.asarray(of @ reached @ of.T > 0)


def edge_titles(study: Study, atlas: Atlas) -> dict[str, str]:
    """Readable names of crossings, terminals and links, by the names that `bottlenecks` gives them."""
    tables = network_tables(study, atlas)
    places = tables.table("places").set_index("place")["name"]
    crossings = tables.table("crossings").drop_duplicates("crossing")
    found = {str(key): str(name) for key, name in zip(crossings["crossing"], crossings["name"], strict=True)}
    for place, name in places.items():
        found[f"transfer at {place}"] = f"{name}, change of mode"
        found[f"gauge at {place}"] = f"{name}, change of gauge"
    for row in tables.table("links").to_dict("records"):
        ends = " - ".join(str(places[row[end]]) for end in ("origin", "destination"))
        found[str(row["link"])] = f"{ends}, {row['mode']}"
    return found


def goods_share(atlas: Atlas) -> Array:
    """The share of goods in each flow, gold apart, (N, N); 1 where neither goods nor services flow."""
    goods, services, gold = (
        np.nan_to_num(atlas.matrix("trade", flow)) for flow in ("goods", "services", "gold")
    )
    goods = goods - gold
    total = goods + services
    return np.divide(goods, total, out=np.ones_like(total), where=total > 0)


SERVICES = "SERV"


def _bloc(atlas: Atlas, code: str, known: Axis) -> str:
    if code in known:
        return code
    return next((bloc for bloc, group in BLOCS.items() if code in atlas.group(group)), REST)


def _in_region(network: Network, tables: NetworkTables, region: Iterable[str]) -> Flags:
    """(E,), the edges that lie in the region or cross one of its borders."""
    places = tables.table("places")
    inside = set(places.loc[places["economy"].isin(list(region)), "place"])
    return np.isin(network.place, sorted(inside)) | network.between(region, _sides(network))


def _sides(network: Network) -> set[str]:
    """The economies with a border crossing."""
    return {side for name in network.crossings for side in name.split("/")[1].split(">")}


def planned(study: Study, atlas: Atlas) -> tuple[str, ...]:
    """Projects of the network that open links, or make those of today quicker or shorter."""
    rows = load_network(study.tables, atlas.economies).table("network_projects")
    moves = (rows["effect"] == "opens") | rows["hours_left"].notna() | rows["km_saved"].notna()
    return tuple(rows.loc[moves, "project"])


def _projects(study: Study) -> tuple[str, ...]:
    """Links and projects that some scenario opens."""
    opened = (getattr(m, "opens", ()) for s in study.scenarios for m in s.measure)
    return tuple(dict.fromkeys(name for names in opened for name in names))
