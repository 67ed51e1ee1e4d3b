"""The routing elasticity that reproduces a published split of goods between two groups of routes."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from serai.axes import Array
from serai.corridors.graph import Indices
from serai.corridors.paths import Routes
from serai.corridors.routing import Choice, path_costs
from serai.errors import InputError, Problem

LEAST, MOST = 0.001, 1000.0  # SMALL and large ends of the search


def fit_routing_elasticity(
    routes: Routes,
    cost: Array,
    marked: Array,
    share: float,
    *,
    nest: Indices | None = None,
    dissimilarity: float = 1,
) -> float:
    """The elasticity such that routes over marked edges take a stated share of the goods of one pair.

    Parameters
    ----------
    routes : paths of one pair. cost : (E,), generalised cost of each edge.
    marked : (E,), True for the edges that only the first group of routes uses (a ferry, say).
    share : what the first group takes, between 0 and 1.
    nest : (K,), the nest of each path; one for all by default. The elasticity found is that between nests.
    dissimilarity : the elasticity between nests over that inside them.

    Raises
    ------
    InputError : when no elasticity gives that share, because the group is not the dearer (or cheaper) one,
        or because no route belongs to one of the groups.
    """
    group = np.asarray(routes.uses @ np.asarray(marked, dtype=float)) > 0
    if group.all() or not group.any():
        raise InputError(Problem("all routes belong to one group", "Find more routes, or mark other edges."))
    total = path_costs(routes, cost)

    nests = np.zeros(routes.paths, dtype=np.int64) if nest is None else nest

    def gap(eta: float) -> float:
        choice = Choice.of(routes, cost, eta / dissimilarity, nest=nests, eta=eta)
        return float(choice.shares(total)[group].sum()) - share

    ends = gap(LEAST), gap(MOST)
    if ends[0] * ends[1] > 0:
        low, high = sorted(end + share for end in ends)
        raise InputError(
            Problem(
                f"no routing elasticity gives the share: it would lie between {low:.3g} and {high:.3g}",
                "Check the costs of the routes, or the share.",
                field="share",
                value=share,
            )
        )
    return float(brentq(gap, LEAST, MOST))
