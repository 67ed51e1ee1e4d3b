"""What runs over each edge, and what that emits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from serai.axes import Array
from serai.corridors.paths import Routes
from serai.errors import InputError, Problem


def traffic(routes: Routes, flows: ArrayLike, shares: ArrayLike) -> Array:
    """What runs over each edge, (..., E): the flows of pairs (..., P) times the shares of routes (..., K).

    The unit is that of the flows. With slopes of an outcome by the log cost of pairs in place of flows, and
    the shares after a change, this is the slope of the outcome by the cost of each edge.

    Examples
    --------
    >>> from serai.corridors import Graph, k_paths
    >>> graph = Graph(3, [0, 1, 0], [1, 2, 2], ("a", "b", "c"))
    >>> routes = k_paths(graph, [1, 2, 5], [(0, 2)], 2, overlap=0.5)
    >>> traffic(routes, [100], [0.75, 0.25]).tolist()
    [75.0, 75.0, 25.0]
    """
    per_pair = np.asarray(flows, dtype=float)
    if per_pair.shape[-1:] != (len(routes.pairs),):
        raise InputError(
            Problem(
                f"flows have shape {per_pair.shape}",
                f"Give one for each of {len(routes.pairs)} pairs.",
                field="flows",
            )
        )
    per_path = per_pair[..., routes.pair] * np.asarray(shares, dtype=float)
    if not routes.paths:
        return np.zeros((*per_path.shape[:-1], routes.graph.edges))
    flat = per_path.reshape(-1, routes.paths)
    return np.asarray((routes.uses.T @ flat.T).T.reshape(*per_path.shape[:-1], routes.graph.edges))


def emissions(tonnes: ArrayLike, km: ArrayLike, kg_per_tonne_km: ArrayLike) -> Array:
    """Kilograms of CO2 on each edge, (..., E): tonnes times kilometres times the factor of its mode."""
    moved = np.asarray(tonnes, dtype=float) * np.asarray(km, dtype=float)
    return np.asarray(moved * np.asarray(kg_per_tonne_km, dtype=float))
