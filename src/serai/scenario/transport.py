"""From hours and fees on the network to the cost of trade between economies.

What all draws share is a `Transport`: routes between the places that stand for economies, who trades which
class of goods over them, and what each edge takes. A `Way` is one chunk of draws: which routes goods take in
the base and what a change of edges does to the cost of each pair of economies:

    t_pc = (sum_k s_k exp(-psi d_k))^(-1/psi)      pair p of places, class c, d_k change of cost of route k
    gain_in = 1 + sum_cp share_cin weight_p (t_pc^-theta - 1)

so that what a class cannot use, and goods whose class is not known to travel on the network, stay at 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from serai.axes import Array, Axis
from serai.corridors import Graph, Routes, distances, k_paths, path_sizes
from serai.corridors.costs import HOURS_PER_DAY, Cargo
from serai.corridors.graph import Indices
from serai.corridors.network import Hubs, Network
from serai.draws import Uncertain

_SMALL_FLOWS = 1e-2
_SMALL_SHARE = 2e-1  # pairs whose goods would hardly come near the places of interest are left out
Flags = NDArray[np.bool_]
Path = tuple[int, int, Indices]
"""Origin, destination, and the edges in the order of travel."""


@dataclass(frozen=True, slots=True, eq=False)
class Transport:
    """Routes between economies and what travels on them; P pairs of places, K routes, E edges, C classes.

    Attributes
    ----------
    economies : the N economies.
    network : hours, money and modes of the edges.
    cargo : the C classes that travel on the network.
    values : (C,) uncertain USD per tonne.
    routes : the routes of the pairs of places.
    cells : (N * N, P) sparse, the part of the trade from i to n that goes between each pair of places.
    shares : (C, N, N), the part of each class in the goods from i to n.
    sizes : C arrays (K,), path sizes at central costs.
    closed : (E,), closed in the base.
    """

    economies: Axis
    network: Network
    cargo: tuple[Cargo, ...]
    values: tuple[Uncertain, ...]
    routes: Routes
    cells: csr_array
    shares: Array
    sizes: tuple[Array, ...]
    closed: Flags

    @classmethod
    def of(
        cls,
        network: Network,
        economies: Axis,
        cargo: Sequence[Cargo],
        values: Sequence[Uncertain],
        shares: Array,
        *,
        psi: float,
        k: int,
        overlap: float,
        scope: Flags | None = None,
        touching: Sequence[str] | None = None,
        projects: Sequence[str] = (),
        origins: Hubs | None = None,
        destinations: Hubs | None = None,
        flows: Array | None = None,
        known: Routes | None = None,
    ) -> Transport:
        """Find the routes.

        Parameters
        ----------
        network : its open edges are those of the base.
        cargo, values, shares : classes on the network, USD per tonne of each, and (C, N, N) their parts in
            the goods of each pair.
        psi : the routing elasticity at its value, to tell which pairs come near the scope.
        k, overlap : as in `k_paths`.
        scope : (E,), the edges of interest: pairs of places that would send less than one part in five
            over any of them are left out, their costs stay at 1. All edges by default.
        touching : only the trade of these economies, with anyone; all by default.
        projects : links and projects that a scenario may open: routes over them are found too.
        origins, destinations : the places of each economy as a seller and as a buyer; those of the network by
            default.
        flows : several (N, N) layers of trade; of the trade of each layer near the scope the smallest pairs
            of places, one part in a hundred together, are left out. All pairs are kept by default.
        known : routes found before over the same open edges, with the same classes, k and overlap.
        """
        start, end = origins or network.hubs, destinations or network.hubs
        kinds = _kinds(cargo)
        opened = network.opened(*projects)
        pairs = _pairs(network.graph, [opened.cost(c) for c in kinds], start, end, psi, scope)
        cells = _cells(economies, start, end, pairs, touching or economies.names)
        used = np.flatnonzero(np.diff(cells.tocsc().indptr))
        if flows is not None:
            used = np.intersect1d(used, _large(cells, flows))
        pairs, cells = pairs[used], csr_array(cells[:, used])
        paths = [] if known is None else _listed(known)
        have = {(origin, destination) for origin, destination, _ in paths}
        wanted = {(int(a), int(b)) for a, b in pairs}
        paths = [path for path in paths if path[:2] in wanted]
        new = pairs[[(int(a), int(b)) not in have for a, b in pairs]]
        found = [k_paths(network.graph, network.cost(c), new, k, overlap=overlap) for c in kinds]
        paths += [path for routes in found for path in _listed(routes)]
        if projects:
            paths += _over_new(network, opened, kinds, pairs, psi, k, overlap)
        routes = _united(network.graph, pairs, paths)
        return cls(
            economies=economies,
            network=network,
            cargo=tuple(cargo),
            values=tuple(values),
            routes=routes,
            cells=cells,
            shares=shares,
            sizes=tuple(
                path_sizes(routes, c.cost(network.usd, network.hours, network.hours_sd), ~network.open)
                for c in cargo
            ),
            closed=~network.open,
        )

    def shut(self, change: EdgeChange) -> Flags:
        """(K,), the routes that are closed after a change."""
        return np.asarray(self.routes.uses @ (self.closed & ~change.opened).astype(float) > 0)

    @property
    def edges(self) -> int:
        """How many edges the network has."""
        return self.network.graph.edges


@dataclass(frozen=True, slots=True, eq=False)
class EdgeChange:
    """What measures leave of each edge.

    Attributes
    ----------
    hours, usd : (draws, E), the part of hours and of money that is left; above 1 for more.
    opened : (E,), edges that open.
    """

    hours: Array
    usd: Array
    opened: Flags

    @classmethod
    def none(cls, draws: int, edges: int) -> EdgeChange:
        """Nothing changes."""
        return cls(np.ones((draws, edges)), np.ones((draws, edges)), np.zeros(edges, dtype=bool))

    @property
    def nothing(self) -> bool:
        """Does nothing change?"""
        return bool((self.hours == 1).all() and (self.usd == 1).all() and not self.opened.any())

    @property
    def key(self) -> bytes:
        """The same for two changes that are the same."""
        return self.hours.tobytes() + self.usd.tobytes() + self.opened.tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Which routes goods take in some draws of hours, values and elasticities.

    Attributes
    ----------
    hours : (E, draws). psi : (draws,). values : (C, draws), USD per tonne.
    day : (draws,), the worth of a day over its central value.
    entry : C arrays (K, draws), the weight of each route: its share in the base; for a route that is closed
        there, the share that its cost would give it beside the others.
    days : (K, E) sparse, a route's days by the hours of its edges, reliability included.
    """

    transport: Transport
    hours: Array
    psi: Array
    values: Array
    day: Array
    entry: tuple[Array, ...]
    days: csr_array

    @classmethod
    def of(cls, transport: Transport, hours: Array, psi: Array, values: Array, day: Array) -> Way:
        """Choose routes in the base, for hours (draws, E), psi (draws,), values (draws, C), day (draws,)."""
        network, routes = transport.network, transport.routes
        days = csr_array(routes.uses.copy())
        ratio = 1 + transport.cargo[0].reliability * network.variation
        days.data = days.data * (ratio / HOURS_PER_DAY)[days.indices]
        way = cls(
            transport, np.ascontiguousarray(hours.T), psi, np.ascontiguousarray(values.T), day, (), days
        )
        time, money = days @ way.hours, (routes.uses @ network.usd)[:, np.newaxis]
        open_ = ~transport.shut(EdgeChange.none(1, transport.edges))[:, np.newaxis]
        entry = tuple(
            _entry(routes, way.exponent(c, time, money), size[:, np.newaxis], open_)
            for c, size in enumerate(transport.sizes)
        )
        return replace(way, entry=entry)

    def exponent(self, c: int, days: Array, usd: Array) -> Array:
        """-psi times the cost of class c, (K, draws), for days and USD per tonne of the same shape."""
        found = days * (-self.psi * self.transport.cargo[c].value_of_day * self.day)
        found -= usd * (self.psi / self.values[c])
        return found

    def log_cost(self, change: EdgeChange) -> tuple[Array, ...]:
        """Log change of cost of each pair of places, C arrays (P, draws)."""
        found = []
        with np.errstate(divide="ignore"):  # a pair whose routes are all closed costs infinity
            for pairs, moved in self._moved(change):
                cost = np.zeros((len(self.transport.routes.pairs), len(self.psi)))
                cost[pairs] = -np.log1p(moved) / self.psi
                found.append(cost)
        return tuple(found)

    def shares(self, change: EdgeChange) -> tuple[Array, ...]:
        """The share of each route in its pair after a change, C arrays (K, draws)."""
        routes = self.transport.routes
        days, usd = self._dearer(change, np.arange(routes.paths))
        shut = self.transport.shut(change)[:, np.newaxis]
        found = []
        for c, entry in enumerate(self.entry):
            weight = np.where(shut, 0, entry * np.exp(self.exponent(c, days, usd)))
            total = np.add.reduceat(weight, routes.first[:-1], axis=0)
            found.append(weight / np.repeat(np.where(total > 0, total, 1), np.diff(routes.first), axis=0))
        return tuple(found)

    def gain(self, change: EdgeChange, theta: Array) -> Array:
        """exp(-theta * change of cost) of goods between economies, (draws, N, N); theta is (draws,)."""
        transport, size = self.transport, len(self.transport.economies)
        gain = np.ones((size, size, len(self.psi)))
        for share, (pairs, moved) in zip(transport.shares, self._moved(change), strict=True):
            np.log1p(moved, out=moved)
            moved *= theta / self.psi
            np.expm1(moved, out=moved)
            gain += share[..., np.newaxis] * (transport.cells[:, pairs] @ moved).reshape(gain.shape)
        return np.moveaxis(gain, -1, 0)

    def _moved(self, change: EdgeChange) -> Iterator[tuple[Indices, Array]]:
        """For each class the pairs with a route that changes, and the sum of their weights less one.

        Routes that stay as they are keep their weights, so only the others are looked at.
        """
        transport, routes = self.transport, self.transport.routes
        before, after = transport.shut(EdgeChange.none(1, transport.edges)), transport.shut(change)
        edges = ((change.hours != 1) | (change.usd != 1)).any(axis=0)
        touched = (routes.uses @ edges.astype(float) > 0) & ~(before & after) | (before != after)
        paths = np.flatnonzero(touched)
        pairs, first = np.unique(routes.pair[paths], return_index=True)
        days, usd = self._dearer(change, paths)
        closes, opens = (np.flatnonzero(side[paths]) for side in (after & ~before, before & ~after))
        for c, entry in enumerate(self.entry):
            weight = self.exponent(c, days, usd)
            np.expm1(weight, out=weight)
            weight[closes] = -1
            weight[opens] += 1
            weight *= entry[paths]
            yield pairs, np.add.reduceat(weight, first, axis=0) if paths.size else weight

    def _dearer(self, change: EdgeChange, paths: Indices) -> tuple[Array, Array]:
        """Change of days and of USD per tonne of some routes, (paths, draws) each."""
        edges = np.flatnonzero(((change.hours != 1) | (change.usd != 1)).any(axis=0))
        usd = self.transport.network.usd[edges, np.newaxis]
        days = self.days[paths][:, edges] @ (self.hours[edges] * (change.hours[:, edges] - 1).T)
        return days, self.transport.routes.uses[paths][:, edges] @ (usd * (change.usd[:, edges] - 1).T)


def _entry(routes: Routes, exponent: Array, size: Array, open_: Flags) -> Array:
    """Weights (K, draws) that add up to one over the open routes of each pair."""
    start, length = routes.first[:-1], np.diff(routes.first)
    most = np.maximum.reduceat(np.where(open_, exponent, -np.inf), start, axis=0)
    exponent -= np.repeat(most, length, axis=0)
    weight = np.exp(exponent, out=exponent)
    weight *= size
    total = np.add.reduceat(np.where(open_, weight, 0), start, axis=0)
    weight /= np.repeat(total, length, axis=0)
    return weight


def _kinds(cargo: Sequence[Cargo]) -> tuple[Cargo, ...]:
    """The dearest class and the cheapest per tonne: hours weigh most for one, money for the other.

    Routes are looked for at the costs of each: a mean over classes would be that of bulk goods alone, whose
    freight is a large part of their value, and would leave out the quick ways.
    """
    ordered = sorted(cargo, key=lambda c: c.value_usd_per_tonne, reverse=True)
    return (ordered[0],) if len(ordered) == 1 else (ordered[0], ordered[-1])


def _pairs(
    graph: Graph, costs: Sequence[Array], start: Hubs, end: Hubs, psi: float, scope: Flags | None
) -> Indices:
    """Pairs of places of two economies whose goods, of some class, may come over the scope, (P, 2)."""
    origins, destinations = np.unique(start.node), np.unique(end.node)
    wanted = np.zeros((origins.size, destinations.size), dtype=bool)
    for cost in costs:
        wanted |= _near(graph, cost, origins, destinations, psi, scope)
    wanted &= origins[:, np.newaxis] != destinations
    a, b = np.nonzero(wanted)
    return np.stack([origins[a], destinations[b]], axis=1)


def _near(
    graph: Graph, cost: Array, origins: Indices, destinations: Indices, psi: float, scope: Flags | None
) -> Flags:
    """(A, B): is the way over some edge of the scope so good that a share of the goods would take it?"""
    out = distances(graph, cost, origins)
    wanted = np.isfinite(out[:, destinations])
    if scope is None:
        return wanted
    back = distances(Graph(graph.nodes, graph.head, graph.tail, graph.names), cost, destinations)
    edges = np.flatnonzero(scope & np.isfinite(cost))
    over = np.full(wanted.shape, np.inf)
    for tail, head, price in zip(graph.tail[edges], graph.head[edges], cost[edges], strict=True):
        np.minimum(over, out[:, [tail]] + price + back[:, head], out=over)
    detour = np.subtract(over, out[:, destinations], out=np.full_like(over, np.inf), where=wanted)
    return np.asarray(wanted & (np.exp(-psi * detour) > _SMALL_SHARE))


def _large(cells: csr_array, flows: Array) -> Indices:
    """The pairs of places with all but a small part of each layer of the trade between them."""
    kept = []
    for layer in flows:
        carried = cells.T @ layer.reshape(-1)
        order = np.argsort(-carried, kind="stable")
        before = np.cumsum(carried[order]) - carried[order]
        kept.append(order[before < (1 - _SMALL_FLOWS) * carried.sum()])
    return np.unique(np.concatenate(kept))


def _over_new(
    network: Network,
    opened: Network,
    kinds: Sequence[Cargo],
    pairs: Indices,
    psi: float,
    k: int,
    overlap: float,
) -> list[Path]:
    """For each kind of goods the routes that use an edge that opens, for the pairs that would use them."""
    origins, destinations = np.unique(pairs[:, 0]), np.unique(pairs[:, 1])
    place = np.searchsorted(origins, pairs[:, 0]), np.searchsorted(destinations, pairs[:, 1])
    new = opened.open & ~network.open
    found: list[Path] = []
    for cargo in kinds:
        cost = opened.cost(cargo)
        near = _near(network.graph, cost, origins, destinations, psi, new)[place]
        routes = k_paths(network.graph, cost, pairs[near], k, overlap=overlap)
        over = routes.uses @ new.astype(float) > 0
        found += [path for path, wanted in zip(_listed(routes), over, strict=True) if wanted]
    return found


def _listed(routes: Routes) -> list[Path]:
    """Each path with the origin and the destination of its pair."""
    return [(int(a), int(b), routes.path(k)) for k, (a, b) in enumerate(routes.pairs[routes.pair])]


def _united(graph: Graph, pairs: Indices, paths: Sequence[Path]) -> Routes:
    """All paths of each pair, each once, in the order found."""
    found: dict[tuple[int, int], dict[bytes, Indices]] = {(int(a), int(b)): {} for a, b in pairs}
    for origin, destination, path in paths:
        found[origin, destination].setdefault(path.tobytes(), path)
    return Routes.of(graph, pairs, [list(of_pair.values()) for of_pair in found.values()])


def _cells(economies: Axis, start: Hubs, end: Hubs, pairs: Indices, touching: Sequence[str]) -> csr_array:
    """(N * N, P): the weight of each pair of places in the trade of its economies; never at home."""
    count, n = len(pairs), len(economies)
    place = {(int(a), int(b)): p for p, (a, b) in enumerate(pairs)}
    rows, columns, weights = [], [], []
    for exporter, a, part in zip(start.economy, start.node, start.weight, strict=True):
        for importer, b, other in zip(end.economy, end.node, end.weight, strict=True):
            mine = exporter in touching or importer in touching
            if exporter != importer and mine and (int(a), int(b)) in place:
                rows.append(economies.index(str(exporter)) * n + economies.index(str(importer)))
                columns.append(place[int(a), int(b)])
                weights.append(part * other)
    return csr_array((weights, (rows, columns)), shape=(n * n, count))
