"""Which routes goods take, and what a change of the network does to the cost between two places.

Routes are chosen by a path-size logit (Ben-Akiva and Bierlaire 1999): a route's share is proportional to
PS exp(-psi g), with g its generalised cost (the log of what it multiplies the price by) and PS the discount
of what it shares with the other routes. What follows for the cost of a pair is the hat form

    t = (sum_k s_k t_k^-psi)^(-1/psi),     t_k = exp(g'_k - g_k),     s_k shares before

in which routes that do not change leave the cost alone, however many there are. A route that was closed
before enters with the share its cost gives it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from serai.axes import Array
from serai.corridors.graph import Indices
from serai.corridors.paths import Routes
from serai.errors import InputError, Problem, Problems
from serai.shown import Shown


@dataclass(frozen=True, slots=True, eq=False)
class Choice(Shown):
    """How routes are chosen.

    Attributes
    ----------
    routes : K paths for P pairs.
    size : (K,), path sizes: 1 for a route that shares nothing, less the more it shares.
    psi : the routing elasticity, () or (draws,); `inf` sends all goods the cheapest way.
    nest : (K,), the nest of each path, numbered from 0, such as its main mode; None: one nest for all.
    eta : the elasticity between nests, at most psi, () or (draws,); needed with `nest`.

    Make one with `Choice.of`.
    """

    routes: Routes
    size: Array
    psi: Array
    nest: Indices | None = None
    eta: Array | None = None

    @classmethod
    def of(
        cls,
        routes: Routes,
        cost: ArrayLike,
        psi: ArrayLike,
        *,
        closed: ArrayLike | None = None,
        nest: ArrayLike | None = None,
        eta: ArrayLike | None = None,
    ) -> Choice:
        """Path sizes from the costs of edges, and elasticities that fit together.

        Parameters
        ----------
        cost : (E,), finite; of an edge that is closed in the base, what it would cost.
        psi, nest, eta : as in the attributes.
        closed : (E,), True for edges closed in the base. Their routes take nothing from the others; their own
            sizes count all.

        Raises
        ------
        InputError
            For elasticities that are not positive, eta above psi, and nests without eta.
        """
        within, between = np.asarray(psi, dtype=float), None if eta is None else np.asarray(eta, dtype=float)
        if not (within > 0).all():
            raise InputError(Problem("the routing elasticity is not positive", "Give psi > 0.", value=psi))
        if (nest is None) != (between is None):
            raise InputError(Problem("nests come with eta", "Give both or neither.", field="eta", value=eta))
        if between is not None and not ((between > 0) & (between <= within)).all():
            raise InputError(
                Problem(
                    "the elasticity between nests lies outside (0, psi]",
                    "Routes of one mode replace each other more easily than modes do: give eta <= psi.",
                    field="eta",
                    value=eta,
                )
            )
        price = routes.graph.check_cost(np.asarray(cost))
        shut = np.zeros(price.size, dtype=bool) if closed is None else np.asarray(closed, dtype=bool)
        nests = None if nest is None else np.asarray(nest, dtype=np.int64)
        return cls(routes, path_sizes(routes, price, shut), within, nests, between)

    def shares(self, cost: ArrayLike) -> Array:
        """The share of each route in the goods of its pair, (..., K), for path costs (..., K)."""
        return self._levels(np.asarray(cost, dtype=float))[1]

    def hat_cost(self, before: ArrayLike, after: ArrayLike) -> Array:
        """Log of the change of cost of each pair, (..., P), for path costs (..., K) before and after.

        Raises
        ------
        InputError
            For a pair without an open route before: a ratio to nothing has no meaning.
        """
        base = self._levels(np.asarray(before, dtype=float))[0]
        closed = np.isinf(base)
        if closed.any():
            routes = self.routes
            problems = Problems()
            for pair in np.flatnonzero(closed.reshape(-1, closed.shape[-1]).any(axis=0)):
                origin, destination = routes.pairs[pair]
                problems.add(
                    "all routes are closed in the base",
                    "Give the pair an open route, or leave it out.",
                    row=f"{routes.graph.place(origin)} > {routes.graph.place(destination)}",
                )
            problems.raise_if_any()
        return self._levels(np.asarray(after, dtype=float))[0] - base

    def _levels(self, cost: Array) -> tuple[Array, Array]:
        """The composite cost of each pair (..., P) and the share of each route (..., K)."""
        routes = self.routes
        if self.nest is None or self.eta is None:
            return _composite(cost, self.size, routes.first, self.psi)
        order, first, pair_first = self._nests()
        inner, within = _composite(cost[..., order], self.size[order], first, self.psi)
        outer, between = _composite(inner, np.ones(inner.shape[-1]), pair_first, self.eta)
        shares = np.empty_like(cost)
        shares[..., order] = within * np.repeat(between, np.diff(first), axis=-1)
        return outer, shares

    def _nests(self) -> tuple[Indices, Indices, Indices]:
        """Paths ordered by pair and nest, where each nest starts, and which nests are those of each pair."""
        assert self.nest is not None
        pair = self.routes.pair
        order = np.lexsort((self.nest, pair))
        key = np.stack([pair[order], self.nest[order]])
        starts = np.flatnonzero(np.append(True, (np.diff(key, axis=1) != 0).any(axis=0)))
        owner = pair[order][starts]
        pair_first = np.searchsorted(owner, np.arange(len(self.routes.pairs) + 1))
        return order, np.append(starts, len(order)), pair_first


def path_costs(routes: Routes, cost: ArrayLike) -> Array:
    """The cost of each path, (..., K), from costs of edges (..., E); an infinite edge closes its paths."""
    edges = np.asarray(cost, dtype=float)
    flat = edges.reshape(-1, edges.shape[-1])
    open_ = np.isfinite(flat)
    total = (routes.uses @ np.where(open_, flat, 0).T).T
    if not open_.all():
        total = np.where((routes.uses @ (~open_).T.astype(float)).T > 0, np.inf, total)
    return np.asarray(total.reshape(*edges.shape[:-1], routes.paths))


def path_sizes(routes: Routes, cost: ArrayLike, closed: ArrayLike) -> Array:
    """Path sizes (K,): each edge counts by its part of the path's cost, divided among the routes that use it.

    Costs (E,) are finite. A route over an edge of `closed` (E,) does not count among the users of an edge,
    except for the size of such routes themselves.

    Source: Ben-Akiva and Bierlaire (1999), Discrete choice methods and their applications to short-term
    travel decisions.
    """
    price, shut_edge = np.asarray(cost, dtype=float), np.asarray(closed, dtype=float)
    if not np.isfinite(price).all():
        raise InputError(
            Problem(
                "an edge has no finite cost", "Say what it would cost, and name it in `closed`.", field="cost"
            )
        )
    edge_of, path_of = routes.steps, np.repeat(np.arange(routes.paths), np.diff(routes.start))
    shut = (routes.uses @ shut_edge)[path_of] > 0
    _, place, everyone = np.unique(
        routes.pair[path_of] * routes.graph.edges + edge_of, return_inverse=True, return_counts=True
    )
    users = np.where(shut, everyone[place], np.bincount(place, weights=~shut)[place])

    def along(values: Array) -> Array:
        return np.asarray(np.bincount(path_of, weights=values, minlength=routes.paths), dtype=float)

    length = along(price[edge_of])
    even = along(1 / users) / np.diff(routes.start)
    return np.divide(along(price[edge_of] / users), length, out=even, where=length > 0)


def aggregate(shares: ArrayLike, ratios: ArrayLike, elasticity: ArrayLike, axis: int = -1) -> Array:
    """(sum_m s_m t_m^-e)^(-1/e) along an axis: modes side by side, or classes of goods.

    Parameters
    ----------
    shares : base shares, adding up to one along the axis.
    ratios : new cost over old, positive; `inf` closes.
    elasticity : e, broadcast to the other axes; `inf` takes the least ratio among shares above zero.

    Examples
    --------
    Two modes at unchanged cost leave the cost alone:

    >>> float(aggregate([0.5, 0.5], [1.0, 1.0], 1.1))
    1.0

    Raises
    ------
    InputError
        When shares are negative or do not add up to one.
    """
    part, ratio = np.broadcast_arrays(np.asarray(shares, dtype=float), np.asarray(ratios, dtype=float))
    total = part.sum(axis=axis)
    if (part < 0).any() or not np.allclose(total, 1):
        raise InputError(
            Problem(
                "shares are negative or do not add up to one",
                "Give shares of the base.",
                field="shares",
                value=float(total.flat[np.abs(total - 1).argmax()]),
            )
        )
    part, log = np.moveaxis(part, axis, -1), np.log(np.moveaxis(ratio, axis, -1))
    power = np.broadcast_to(np.asarray(elasticity, dtype=float), log.shape[:-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        least = np.where(part > 0, log, np.inf).min(axis=-1)
        shift = np.where(np.isfinite(least), least, 0)
        spread = np.where(part > 0, log - shift[..., np.newaxis], np.inf)
        weight = part * np.exp(-np.where(spread > 0, power[..., np.newaxis] * spread, 0))
        gain = np.where(np.isinf(power), 0, -np.log(weight.sum(axis=-1)) / power)
    return np.asarray(np.exp(least + gain))


def _composite(cost: Array, size: Array, first: Indices, elasticity: Array) -> tuple[Array, Array]:
    """-log(sum size exp(-e cost)) / e over the segments of the last axis, and the shares inside each.

    Costs (..., K), segments `first` (S + 1,); gives (..., S) and (..., K). A segment without an open path
    costs infinity and has shares of zero.
    """
    start, length = first[:-1], np.diff(first)
    least = np.minimum.reduceat(cost, start, axis=-1)
    shift = np.where(np.isfinite(least), least, 0)
    above = cost - np.repeat(shift, length, axis=-1)
    power = elasticity[..., np.newaxis]
    with np.errstate(invalid="ignore"):
        weight = size * np.exp(-np.where(above > 0, power * above, 0))
    total = np.add.reduceat(weight, start, axis=-1)
    with np.errstate(divide="ignore"):
        found = shift - np.log(total) / power
    some = np.where(total > 0, total, 1)
    return np.where(np.isfinite(least), found, np.inf), weight / np.repeat(some, length, axis=-1)
