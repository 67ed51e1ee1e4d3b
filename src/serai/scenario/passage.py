"""Passage: whose land the goods of an economy cross, and what its trade costs once that way is closed.

    share_dX = value of the goods of d with third economies that cross X by land, over all goods that d trades
    t_pc     = min(1, max(left_pc, round_pc))^(-1/psi)        pair p of places, class c of goods
    left_pc  = sum of the shares of the known routes that stay out of X
    round_pc = exp(-psi * cost of the cheapest way round X) / sum_k size_k exp(-psi * cost_k)

Goods that do not travel on the network (oil and gas by pipeline, gold, services) cross nobody here. Ships
past a coast cross nobody either: only roads, railways and border posts count. Congestion on the way round is
left out, so a closure costs at least this much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from serai.atlas.network import LAND, NetworkTables
from serai.axes import Array, Axis
from serai.corridors import Graph, distances
from serai.corridors.graph import Indices
from serai.scenario.coupling import Coupling
from serai.scenario.transport import Flags, Transport
from serai.shown import Shown


@dataclass(frozen=True, slots=True, eq=False)
class Passage(Shown):
    """Whose land the goods of D economies cross: J economies, or groups of them.

    Attributes
    ----------
    economies, through : names, D and J.
    members : name in `through` -> its economies.
    share : (D, J), of the value of all goods but gold that the economy sells and buys abroad; NaN where the
        economy is itself in the group.
    on_network : (D,), the share of that value whose way the network knows.
    denied : name in `through` -> (N, N), trade costs of the D economies with third ones, new over old, when
        their goods may not pass any more; trade with the group itself stays at 1. Infinite where no way is
        left for any of the goods.
    """

    economies: Axis
    through: Axis
    members: Mapping[str, tuple[str, ...]]
    share: Array
    on_network: Array
    denied: Mapping[str, Array]

    @classmethod
    def unknown(cls, world: Axis, economies: Sequence[str], through: Mapping[str, Sequence[str]]) -> Passage:
        """Without a network the way of no goods is known: they cross nobody's land, and no way can close."""
        names, size = Axis("economy", tuple(economies)), len(world)
        return cls(
            names,
            Axis("through", tuple(through)),
            {name: tuple(codes) for name, codes in through.items()},
            np.zeros((len(names), len(through))),
            np.zeros(len(names)),
            dict.fromkeys(through, np.ones((size, size))),
        )


def passage(
    coupling: Coupling,
    tables: NetworkTables,
    economies: Sequence[str],
    through: Mapping[str, Sequence[str]],
) -> Passage:
    """Whose land goods cross in the base year, and the cost of trade without it.

    Parameters
    ----------
    coupling : the world and its routes, central values.
    tables : for the economy of each place.
    economies : whose trade. through : name -> economies that close their land together.

    Raises
    ------
    UnknownNameError : an economy that the world does not have.
    """
    axis = coupling.way.transport.economies
    own = axis.indices(economies)
    goods = coupling.baseline.trade * coupling.goods
    np.fill_diagonal(goods, 0)
    total = _both_ways(goods, own)
    routes = _Routes.of(coupling, own)
    share = np.full((len(own), len(through)), np.nan)
    denied: dict[str, Array] = {}
    for column, (name, codes) in enumerate(through.items()):
        inside = np.zeros(len(axis), dtype=bool)
        inside[axis.indices(codes)] = True
        third = np.outer(~inside, ~inside)
        closed = _Closed.of(routes.transport, tables, codes)
        crossing = _both_ways(goods * routes.part(closed) * third, own) / total
        share[:, column] = np.where(inside[own], np.nan, crossing)
        denied[name] = (
            np.where(third, routes.cost_without(closed), 1) if crossing.any() else np.ones_like(goods)
        )
    return Passage(
        Axis("economy", tuple(economies)),
        Axis("through", tuple(through)),
        {name: tuple(codes) for name, codes in through.items()},
        share,
        _both_ways(goods * routes.known(), own) / total,
        denied,
    )


def _both_ways(flows: Array, own: Sequence[int]) -> Array:
    """What each economy sells and buys, (D,)."""
    return np.asarray((flows.sum(axis=1) + flows.sum(axis=0))[list(own)])


@dataclass(frozen=True, slots=True, eq=False)
class _Closed:
    """What some economies close: edges (E,), and routes over them (K,) between places elsewhere."""

    edges: Flags
    routes: Flags

    @classmethod
    def of(cls, transport: Transport, tables: NetworkTables, codes: Sequence[str]) -> _Closed:
        network, routes = transport.network, transport.routes
        links, places = tables.frames["links"], tables.frames["places"]
        here = places["place"][places["economy"].isin(list(codes))]
        inside = links["link"][links["origin"].isin(here) | links["destination"].isin(here)]
        at = np.flatnonzero(np.isin(network.links, inside))
        sides = [set(name.split("/")[1].split(">")) for name in network.crossings]
        posts = [number for number, pair in enumerate(sides) if pair & set(codes)]
        land = (network.kind == "haul") & np.isin(network.mode, LAND) & np.isin(network.link, at)
        edges = land | ((network.kind == "border") & np.isin(network.crossing, posts))
        ends = np.asarray(np.isin(network.node_place[routes.pairs], [*here, *codes]).any(axis=1))
        crossed = np.asarray(routes.uses @ edges.astype(float) > 0)
        return cls(edges, crossed & ~ends[routes.pair])


@dataclass(frozen=True, slots=True, eq=False)
class _Routes:
    """Routes of the base, and which pairs of places carry the trade of some economies.

    Attributes
    ----------
    shares : (C, K), of each route in its pair; zero for routes that are closed in the base.
    log_sum : (C, P), log of the sum over nests of open routes, -eta times the cost of the pair.
    pairs : pairs of places with trade of the economies. starts : of these, do they start at home?
    """

    coupling: Coupling
    shares: Array
    log_sum: Array
    pairs: Indices
    starts: Flags

    @property
    def transport(self) -> Transport:
        return self.coupling.way.transport

    @classmethod
    def of(cls, coupling: Coupling, own: Sequence[int]) -> _Routes:
        way, transport = coupling.way, coupling.way.transport
        size = len(transport.economies)
        state = coupling.unchanged()
        shut = transport.shut(state)[:, np.newaxis]
        days = way.days @ way.hours
        sums = []
        for c, sizes in enumerate(transport.sizes):
            exponent = way.exponent(c, days, way.money(c)) + np.log(sizes)[:, np.newaxis]
            exponent = np.where(shut, -np.inf, exponent)
            nests = way.alike * np.logaddexp.reduceat(exponent, transport.nests[:-1], axis=0)
            sums.append(np.logaddexp.reduceat(nests, transport.first_nest[:-1], axis=0)[:, 0])
        home = np.isin(np.arange(size), own)
        rows = np.repeat(home, size), np.tile(home, size)
        sells, buys = (np.diff(transport.cells[side].tocsc().indptr) > 0 for side in rows)
        pairs = np.flatnonzero(sells | buys)
        shares = np.stack([share[:, 0] for share in way.shares(state)])
        return cls(coupling, shares, np.stack(sums), pairs, sells[pairs])

    def known(self) -> Array:
        """(N, N), the part of the goods of each pair whose way is known."""
        return self._wide(np.ones((len(self.shares), len(self.transport.routes.pairs))))

    def part(self, closed: _Closed) -> Array:
        """(N, N), the part of the goods of each pair that goes over closed routes."""
        return self._wide(
            np.add.reduceat(self.shares * closed.routes, self.transport.routes.first[:-1], axis=1)
        )

    def cost_without(self, closed: _Closed) -> Array:
        """(N, N), trade costs of the economies, new over old, without closed edges."""
        theta, eta = float(self.coupling.theta[0]), float(self.coupling.way.eta[0])
        first = self.transport.routes.first[:-1]
        gone = np.add.reduceat(self.shares * closed.routes, first, axis=1)
        touched = self.pairs[(gone[:, self.pairs] > 0).any(axis=0)]
        weight = np.ones_like(gone)
        weight[:, touched] = np.maximum(self._left(closed)[:, touched], self._round(closed, touched))
        weight = np.minimum(weight, 1)
        gain = 1 + self._wide(weight ** (theta / eta) - 1)
        flow = self.coupling.goods * np.maximum(gain, 0) + 1 - self.coupling.goods
        with np.errstate(divide="ignore"):
            return np.asarray(flow ** (-1 / theta))

    def _left(self, closed: _Closed) -> Array:
        """(C, P), what is left of the weight of each pair when only the routes of the base remain."""
        way, transport = self.coupling.way, self.transport
        open_ = ~transport.shut(self.coupling.unchanged()) & ~closed.routes
        found = []
        for entry, between in zip(way.entry, way.between, strict=True):
            nests = np.add.reduceat(np.where(open_, entry[:, 0], 0), transport.nests[:-1])
            weights = between[:, 0] * np.maximum(nests, 0) ** way.alike[0]
            found.append(np.add.reduceat(weights, transport.first_nest[:-1]))
        return np.stack(found)

    def _wide(self, values: Array) -> Array:
        """Values of classes and pairs of places (C, P) as those of economies, (N, N)."""
        size = len(self.transport.economies)
        per_class = (self.transport.cells @ values.T).reshape(size, size, len(values))
        return np.asarray(np.einsum("inc,cin->in", per_class, self.transport.shares))

    def _round(self, closed: _Closed, pairs: Indices) -> Array:
        """(C, pairs), the weight of the cheapest way round beside the routes of the base; 0 where none is."""
        network, ends = self.transport.network, self.transport.routes.pairs[pairs]
        eta, graph = float(self.coupling.way.eta[0]), network.graph
        back = Graph(graph.nodes, graph.head, graph.tail, graph.names)
        starts = self.starts[np.searchsorted(self.pairs, pairs)]
        found = np.full((len(self.shares), len(pairs)), np.inf)
        for c, cargo in enumerate(self.transport.cargo):
            cost = np.where(closed.edges, np.inf, network.cost(cargo))
            for side, way, here, there in ((starts, graph, 0, 1), (~starts, back, 1, 0)):
                nodes, row = np.unique(ends[side, here], return_inverse=True)
                if nodes.size:
                    found[c, side] = distances(way, cost, nodes)[row, ends[side, there]]
        return np.asarray(np.exp(-eta * found - self.log_sum[:, pairs]))
