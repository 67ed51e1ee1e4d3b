"""From hours and fees on the network to the cost of trade between economies.

What all draws share is a `Transport`: routes between the places that stand for economies, who trades which
class of goods over them, and what each edge takes. A `Way` is one chunk of draws: which routes goods take in
the base and what a change of edges does to the cost of each pair of economies:

    r_n = sum_k in n s_k|n exp(-psi d_k)           nest n of routes alike, d_k change of cost of route k
    t_pc = (sum_n s_n r_n^(eta/psi))^(-1/eta)      pair p of places, class c
    gain_in = 1 + sum_cp share_cin weight_p (t_pc^-theta - 1)

with shares s_k|n of routes inside their nest and s_n of nests, so that a route like those that are there
brings little beside the time and money that it saves. What a class cannot use, and goods whose class is not
known to travel on the network, stay at 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from serai.axes import Array, Axis
from serai.corridors import Graph, Routes, distances, k_paths, path_sizes
from serai.corridors.costs import HOURS_PER_DAY, Cargo
from serai.corridors.graph import Indices
from serai.corridors.nests import main_means
from serai.corridors.network import Hubs, Network
from serai.draws import Uncertain

_SMALL_FLOWS = 1e-2
_SMALL_SHARE = 2e-1  # pairs whose goods would hardly come near the places of interest are left out
MOST = 500  # exponent of a route that is so much better than all open ones that it takes everything
BLOCK = 256  # routes whose arrays over a hundred draws stay in the cache of a processor
Flags = NDArray[np.bool_]
Path = tuple[int, int, Indices]
"""Origin, destination, and the edges in the order of travel."""


@dataclass(frozen=True, slots=True, eq=False)
class Transport:
    """Routes between economies and what travels on them.

    P pairs of places, S nests of routes alike, K routes, E edges, C classes.

    Attributes
    ----------
    economies : the N economies.
    network : hours, money and modes of the edges.
    cargo : the C classes that travel on the network.
    values : (C,) uncertain USD per tonne.
    routes : the routes of the pairs of places, those of a nest side by side.
    nests : (S + 1,), the routes of nest s are `nests[s]` to `nests[s + 1]` (not included).
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
    nests: Indices
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
        psi : the routing elasticity between nests at its value, to tell which pairs come near the scope.
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
        routes, nests = _united(network, pairs, paths)
        return cls(
            economies=economies,
            network=network,
            cargo=tuple(cargo),
            values=tuple(values),
            routes=routes,
            nests=nests,
            cells=cells,
            shares=shares,
            sizes=tuple(
                path_sizes(routes, c.cost(network.money(c), network.hours, network.hours_sd), ~network.open)
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

    @property
    def nest(self) -> Indices:
        """(K,), the nest of each route."""
        return np.repeat(np.arange(len(self.nests) - 1), np.diff(self.nests))

    @property
    def first_nest(self) -> Indices:
        """(P + 1,), the nests of pair p are `first_nest[p]` to `first_nest[p + 1]` (not included)."""
        return np.searchsorted(self.nests, self.routes.first)


@dataclass(frozen=True, slots=True, eq=False)
class EdgeChange:
    """What measures leave of each edge.

    Attributes
    ----------
    hours, usd : (draws, E), the part of hours and of money that is left; above 1 for more.
    opened : (E,), edges that open.
    room : (E,), tonnes a year by which the capacity of an edge grows.
    """

    hours: Array
    usd: Array
    opened: Flags
    room: Array

    @classmethod
    def none(cls, draws: int, edges: int) -> EdgeChange:
        """Nothing changes."""
        return cls(
            np.ones((draws, edges)), np.ones((draws, edges)), np.zeros(edges, dtype=bool), np.zeros(edges)
        )

    def with_projects(self, network: Network, names: Iterable[str]) -> EdgeChange:
        """And projects done: their planned links open, those of today change as the projects say."""
        where = network.of(names)
        done = network.upgrade.only(where & network.open)
        return replace(
            self,
            hours=self.hours * done.hours_left,
            usd=self.usd * done.money_left,
            opened=self.opened | (where & ~network.open),
            room=self.room + done.added,
        )

    @property
    def nothing(self) -> bool:
        """Does nothing change?"""
        same = (self.hours == 1).all() and (self.usd == 1).all()
        return bool(same and not self.opened.any() and not self.room.any())

    @property
    def key(self) -> bytes:
        """The same for two changes that are the same."""
        return self.hours.tobytes() + self.usd.tobytes() + self.opened.tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Which routes goods take in some draws of hours, values and elasticities.

    Attributes
    ----------
    hours : (E, draws). values : (C, draws), USD per tonne.
    eta : (draws,), the routing elasticity between nests. alike : (draws,), eta over psi, the one inside them.
    day, fees : (draws,), the worth of a day and payments at borders over their central values.
    entry : C arrays (K, draws), the weight of each route in its nest: its share in the base; for a route that
        is closed there, the share that its cost would give it beside the others.
    between : C arrays (S, draws), the same of each nest in its pair.
    days : (K, E) sparse, a route's days by the hours of its edges, reliability included.
    """

    transport: Transport
    hours: Array
    eta: Array
    alike: Array
    values: Array
    day: Array
    fees: Array
    entry: tuple[Array, ...]
    between: tuple[Array, ...]
    days: csr_array

    @classmethod
    def of(
        cls,
        transport: Transport,
        hours: Array,
        eta: Array,
        values: Array,
        day: Array,
        alike: Array | None = None,
        fees: Array | None = None,
    ) -> Way:
        """Choose routes in the base.

        Parameters
        ----------
        hours : (draws, E). eta, day : (draws,). values : (draws, C).
        alike : (draws,), from above 0 to 1: eta over the elasticity inside nests; 1, the default, makes one
            nest of all.
        fees : (draws,), payments at borders over those of the network, by default 1.
        """
        network, routes = transport.network, transport.routes
        days = csr_array(routes.uses.copy())
        ratio = 1 + transport.cargo[0].reliability * network.variation
        days.data = days.data * (ratio / HOURS_PER_DAY)[days.indices]
        way = cls(
            transport,
            np.ascontiguousarray(hours.T),
            eta,
            np.ones_like(eta) if alike is None else alike,
            np.ascontiguousarray(values.T),
            day,
            np.ones_like(eta) if fees is None else fees,
            (),
            (),
            days,
        )
        open_ = ~transport.shut(EdgeChange.none(1, transport.edges))
        paid = [way._money_parts(c) for c in range(len(transport.sizes))]
        entry = tuple(np.empty((routes.paths, len(eta))) for _ in paid)
        between = tuple(np.empty((len(transport.nests) - 1, len(eta))) for _ in paid)
        for paths, nests, pairs in _blocks(transport.nests, transport.first_nest):
            time = days[paths] @ way.hours
            first = transport.nests[nests.start : nests.stop + 1] - paths.start
            first_nest = transport.first_nest[pairs.start : pairs.stop + 1] - nests.start
            for c, (inland, border) in enumerate(paid):
                usd = inland[paths] if border is None else inland[paths] + border[paths] * way.fees
                exponent, size = way.exponent(c, time, usd), transport.sizes[c][paths]
                entry[c][paths], between[c][nests] = way._chosen(
                    exponent, size, open_[paths, np.newaxis], first, first_nest
                )
        return replace(way, entry=entry, between=between)

    def _chosen(
        self, exponent: Array, size: Array, open_: Flags, first: Indices, first_nest: Indices
    ) -> tuple[Array, Array]:
        """Weights of routes (K, draws) and of nests (S, draws) from exponents of routes, which are used up.

        Those of routes add up to one over the open routes of a nest (over all of them where none is open),
        those of nests over the nests of a pair that have an open route. Nests begin at routes `first`
        (S + 1,), pairs at nests `first_nest`.
        """
        some = _over(np.logical_or, open_, first)
        counted = open_ | ~np.repeat(some, np.diff(first), axis=0)
        entry, total = _shares(exponent, size[:, np.newaxis], counted, first)
        return entry, _shares(self.alike * total, np.ones((1, 1)), some, first_nest)[0]

    @property
    def usd(self) -> Array:
        """USD per tonne of containers on each edge, (E, draws)."""
        network = self.transport.network
        border = (network.kind == "border")[:, np.newaxis]
        return np.asarray(network.usd[:, np.newaxis] * np.where(border, self.fees, 1))

    def money(self, c: int) -> Array:
        """USD per tonne of class c on each route in the base, (K, draws) or (K, 1)."""
        inland, border = self._money_parts(c)
        return inland if border is None else inland + border * self.fees

    def _money_parts(self, c: int) -> tuple[Array, Array | None]:
        """What class c pays on each route, and of that at borders where it is drawn, (K, 1) each."""
        network, uses = self.transport.network, self.transport.routes.uses
        whole, border = network.money(self.transport.cargo[c]), network.kind == "border"
        if (self.fees == 1).all():
            return np.asarray(uses @ whole)[:, np.newaxis], None
        inland, paid = (np.asarray(uses @ np.where(some, whole, 0)) for some in (~border, border))
        return inland[:, np.newaxis], paid[:, np.newaxis]

    @property
    def psi(self) -> Array:
        """The routing elasticity inside nests, (draws,)."""
        return self.eta / self.alike

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
                cost = np.zeros((len(self.transport.routes.pairs), len(self.eta)))
                cost[pairs] = -np.log1p(np.maximum(moved, -1)) / self.eta
                found.append(cost)
        return tuple(found)

    def least_cost(self, change: EdgeChange) -> tuple[Array, ...]:
        """Log change of the cost of the cheapest route of each pair, C arrays (P, draws).

        What is left of `log_cost` beside it is not time or money saved but choice: goods for which another
        route suits better than the cheapest.
        """
        transport, routes = self.transport, self.transport.routes
        time = self.days @ self.hours
        days, usd = self._dearer(change, np.arange(routes.paths))
        found = []
        for c in range(len(transport.cargo)):
            base = self.exponent(c, time, self.money(c))
            after = base + self.exponent(c, days, usd(c))
            shut = [transport.shut(state) for state in (EdgeChange.none(1, transport.edges), change)]
            best = [
                _over(np.maximum, np.where(closed[:, np.newaxis], -np.inf, cost), routes.first)
                for closed, cost in zip(shut, (base, after), strict=True)
            ]
            found.append((best[0] - best[1]) / self.psi)
        return tuple(found)

    def shares(self, change: EdgeChange) -> tuple[Array, ...]:
        """The share of each route in its pair after a change, C arrays (K, draws)."""
        transport, routes = self.transport, self.transport.routes
        days, usd = self._dearer(change, np.arange(routes.paths))
        shut = transport.shut(change)[:, np.newaxis]
        found = []
        for c, (entry, between) in enumerate(zip(self.entry, self.between, strict=True)):
            weight = np.where(shut, 0, entry * np.exp(self.exponent(c, days, usd(c))))
            nests = _over(np.add, weight, transport.nests)
            weight /= np.where(nests > 0, nests, 1)[transport.nest]
            nests = between * nests**self.alike
            total = _over(np.add, nests, transport.first_nest)
            nests /= np.repeat(np.where(total > 0, total, 1), np.diff(transport.first_nest), axis=0)
            found.append(weight * nests[transport.nest])
        assert all(len(share) == routes.paths for share in found)
        return tuple(found)

    def gain(self, change: EdgeChange, theta: Array) -> Array:
        """exp(-theta * change of cost) of goods between economies, (draws, N, N); theta is (draws,)."""
        transport, size = self.transport, len(self.transport.economies)
        gain = np.ones((size, size, len(self.eta)))
        for share, (pairs, moved) in zip(transport.shares, self._moved(change), strict=True):
            np.maximum(moved, -1, out=moved)
            with np.errstate(divide="ignore"):
                np.log1p(moved, out=moved)
            moved *= theta / self.eta
            np.expm1(moved, out=moved)
            gain += share[..., np.newaxis] * (transport.cells[:, pairs] @ moved).reshape(gain.shape)
        return np.moveaxis(gain, -1, 0)

    def gain_of(self, costs: Sequence[Array], theta: Array) -> Array:
        """The gain of goods, (draws, N, N), from log changes of the cost of pairs, C arrays (P, draws)."""
        transport, size = self.transport, len(self.transport.economies)
        gain = np.ones((size, size, len(self.eta)))
        for share, cost in zip(transport.shares, costs, strict=True):
            gain += share[..., np.newaxis] * (transport.cells @ np.expm1(-theta * cost)).reshape(gain.shape)
        return np.moveaxis(gain, -1, 0)

    def _moved(self, change: EdgeChange) -> Iterator[tuple[Indices, Array]]:
        """For each class the pairs with a route that changes, and the sum of their nests' weights less one.

        Routes that stay as they are keep their weights, so only the others are looked at.
        """
        transport, routes = self.transport, self.transport.routes
        before, after = transport.shut(EdgeChange.none(1, transport.edges)), transport.shut(change)
        edges = ((change.hours != 1) | (change.usd != 1)).any(axis=0)
        touched = (routes.uses @ edges.astype(float) > 0) & ~(before & after) | (before != after)
        paths = np.flatnonzero(touched)
        nests, first = np.unique(transport.nest[paths], return_index=True)
        pair_of = np.searchsorted(transport.first_nest, nests, side="right") - 1
        pairs, first_nest = np.unique(pair_of, return_index=True)
        used = _over(np.logical_or, ~before, transport.nests)[nests]
        days, usd = self._dearer(change, paths)
        closes, opens = (side[paths] for side in (after & ~before, before & ~after))
        first, first_nest = np.append(first, paths.size), np.append(first_nest, nests.size)
        for c, (entry, between) in enumerate(zip(self.entry, self.between, strict=True)):
            paid, found = usd(c), np.empty((pairs.size, len(self.eta)))
            for some, of, here in _blocks(first, first_nest):
                weight = self.exponent(c, days[some], paid[some])
                np.expm1(weight, out=weight)
                weight[closes[some]] = -1
                weight[opens[some]] += 1
                weight *= entry[paths[some]]
                moved = self._nest_moved(
                    _over(np.add, weight, first[of.start : of.stop + 1] - some.start), used[of]
                )
                moved *= between[nests[of]]
                found[here] = _over(np.add, moved, first_nest[here.start : here.stop + 1] - of.start)
            yield pairs, found

    def _nest_moved(self, moved: Array, used: Flags) -> Array:
        """r^alike - 1 of nests, from r - 1; of nests without an open route in the base r^alike from r."""
        np.maximum(moved, np.where(used, -1, 0)[:, np.newaxis], out=moved)
        if (self.alike == 1).all():
            return moved
        found = np.empty_like(moved)
        with np.errstate(divide="ignore"):  # a nest that closes
            if used.all():
                np.log1p(moved, out=found)
                found *= self.alike
                return np.expm1(found, out=found)
            found[used] = np.expm1(self.alike * np.log1p(moved[used]))
        found[~used] = moved[~used] ** self.alike
        return found

    def _dearer(self, change: EdgeChange, paths: Indices) -> tuple[Array, Callable[[int], Array]]:
        """Change of days of some routes, (paths, draws), and of USD per tonne of a class, the same shape."""
        network = self.transport.network
        edges = np.flatnonzero((change.hours != 1).any(axis=0))
        days = self.days[paths][:, edges] @ (self.hours[edges] * (change.hours[:, edges] - 1).T)
        paid = np.flatnonzero((change.usd != 1).any(axis=0))
        uses, left = self.transport.routes.uses[paths][:, paid], (change.usd[:, paid] - 1).T
        kinds = self.transport.cargo

        @cache
        def at_rate(rate: float) -> Array:
            return np.asarray(uses @ (np.where(rails, rate, 1)[:, np.newaxis] * usd * left))

        rails, usd = network.on_rails[paid], self.usd[paid]
        if not rails.any():  # all classes pay the same
            return days, lambda _: at_rate(kinds[0].rail_rate)
        return days, lambda c: at_rate(kinds[c].rail_rate)


def _blocks(first: Indices, first_nest: Indices) -> Iterator[tuple[slice, slice, slice]]:
    """Routes, nests and pairs a few at a time, so that what is computed of them stays in the cache.

    Nests begin at routes `first` (S + 1,), pairs at nests `first_nest` (P + 1,); both end with the total.
    """
    ends, start = first[first_nest], 0
    while start < len(ends) - 1:
        stop = max(start + 1, int(np.searchsorted(ends, ends[start] + BLOCK, side="right")) - 1)
        nests = slice(int(first_nest[start]), int(first_nest[stop]))
        yield slice(int(ends[start]), int(ends[stop])), nests, slice(start, stop)
        start = stop


def _over(combine: np.ufunc, values: NDArray[Any], first: Indices) -> NDArray[Any]:
    """Values combined along the first axis within segments `first` (S + 1,); without segments, nothing."""
    return np.asarray(combine.reduceat(values, first[:-1], axis=0)) if len(first) > 1 else values[:0]


def _shares(exponent: Array, size: Array, counted: Flags, first: Indices) -> tuple[Array, Array]:
    """Shares of weights `size exp(exponent)` in the sum of those counted in each segment, and its log.

    Exponents (K, draws) are used up; segments `first` (S + 1,), logs (S, draws).
    """
    length = np.diff(first)
    others = np.flatnonzero(~counted[:, 0])
    kept = exponent[others]
    exponent[others] = -np.inf
    most = _over(np.maximum, exponent, first)
    exponent[others] = kept
    exponent -= np.repeat(most, length, axis=0)
    np.minimum(exponent, MOST, out=exponent)
    weight = np.exp(exponent, out=exponent)
    weight *= size
    kept = weight[others]
    weight[others] = 0
    total = _over(np.add, weight, first)
    weight[others] = kept
    weight /= np.repeat(total, length, axis=0)
    return weight, most + np.log(total)


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
    new = (opened.open & ~network.open) | (opened.hours < network.hours)
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


def _united(network: Network, pairs: Indices, paths: Sequence[Path]) -> tuple[Routes, Indices]:
    """All paths of each pair, each once, those of a nest side by side; and where each nest starts."""
    found: dict[tuple[int, int], dict[bytes, Indices]] = {(int(a), int(b)): {} for a, b in pairs}
    for origin, destination, path in paths:
        found[origin, destination].setdefault(path.tobytes(), path)
    routes = Routes.of(network.graph, pairs, [list(of_pair.values()) for of_pair in found.values()])
    if not routes.paths:
        return routes, np.zeros(1, dtype=np.int64)
    means = main_means(network, routes)
    order = np.lexsort((means, routes.pair))
    listed = [[routes.path(k) for k in order[a:b]] for a, b in pairwise(routes.first)]
    sides = np.stack([routes.pair[order], means[order]])
    starts = np.flatnonzero(np.append(True, (np.diff(sides, axis=1) != 0).any(axis=0)))[: routes.paths]
    return Routes.of(network.graph, pairs, listed), np.append(starts, routes.paths)


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
