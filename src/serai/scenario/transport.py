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

_SMALL_SHARE = 5e-2  # pairs whose goods would hardly come near the places of interest are left out
Flags = NDArray[np.bool_]


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
    ) -> Transport:
        """Find the routes.

        Parameters
        ----------
        network : its open edges are those of the base.
        cargo, values, shares : classes on the network, USD per tonne of each, and (C, N, N) their parts in
            the goods of each pair.
        psi : the routing elasticity at its value, to tell which pairs come near the scope.
        k, overlap : as in `k_paths`.
        scope : (E,), the edges of interest: pairs of places that would send less than one part in twenty
            over any of them are left out, their costs stay at 1. All edges by default.
        touching : only the trade of these economies, with anyone; all by default.
        projects : links and projects that a scenario may open: routes over them are found too.
        origins, destinations : the places of each economy as a seller and as a buyer; those of the network by
            default.
        """
        start, end = origins or network.hubs, destinations or network.hubs
        mean = np.mean([network.cost(c) for c in cargo], axis=0)
        opened = network.opened(*projects)
        after = np.mean([opened.cost(c) for c in cargo], axis=0)
        pairs = _pairs(network, after, start, end, psi, scope)
        cells = _cells(economies, start, end, pairs, touching or economies.names)
        used = np.flatnonzero(np.diff(cells.tocsc().indptr))
        pairs, cells = pairs[used], csr_array(cells[:, used])
        routes = k_paths(network.graph, mean, pairs, k, overlap=overlap)
        if projects:
            routes = _with_new(routes, network, k_paths(network.graph, after, pairs, k, overlap=overlap))
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


def _pairs(network: Network, cost: Array, start: Hubs, end: Hubs, psi: float, scope: Flags | None) -> Indices:
    """Pairs of places of two economies whose goods may come over the scope, (P, 2)."""
    origins, destinations = np.unique(start.node), np.unique(end.node)
    out = distances(network.graph, cost, origins)
    reverse = Graph(network.graph.nodes, network.graph.head, network.graph.tail, network.graph.names)
    back = distances(reverse, cost, destinations)
    wanted = (origins[:, np.newaxis] != destinations) & np.isfinite(out[:, destinations])
    if scope is not None:
        edges = np.flatnonzero(scope & np.isfinite(cost))
        over = np.full(wanted.shape, np.inf)
        for tail, head, price in zip(
            network.graph.tail[edges], network.graph.head[edges], cost[edges], strict=True
        ):
            np.minimum(over, out[:, [tail]] + price + back[:, head], out=over)
        detour = np.subtract(over, out[:, destinations], out=np.full_like(over, np.inf), where=wanted)
        wanted &= np.exp(-psi * detour) > _SMALL_SHARE
    a, b = np.nonzero(wanted)
    return np.stack([origins[a], destinations[b]], axis=1)


def _with_new(routes: Routes, network: Network, found: Routes) -> Routes:
    """The routes of the base, and of those found with more edges open the ones that use them."""
    new = found.uses @ (~network.open).astype(float) > 0
    paths = [
        [
            *(routes.path(k) for k in range(routes.first[p], routes.first[p + 1])),
            *(found.path(k) for k in range(found.first[p], found.first[p + 1]) if new[k]),
        ]
        for p in range(len(routes.pairs))
    ]
    return Routes.of(routes.graph, routes.pairs, paths)


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
