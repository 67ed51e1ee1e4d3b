"""Dependence in energy and minerals, as far as sectors are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from serai.axes import Array, Axis
from serai.equilibrium import Shock, solve_draws
from serai.errors import UnknownNameError
from serai.scenario.sectors import RAW, SectorWorld
from serai.shown import Shown


@dataclass(frozen=True, slots=True, eq=False)
class RawDependence(Shown):
    """What each side loses when two economies stop trading coal, oil, gas, ores and minerals.

    Parameters
    ----------
    dependants, partners : names, D and P, economies or groups of the sectoral world.
    sales, purchases : (D, P), what the dependant sells to and buys from the partner, million USD.
    sales_share, purchases_share : (D, P), of all that it sells and buys abroad in these sectors, or NaN.
    loss, partner_loss : (sets, D, P), shares of real income lost, one for each published set of elasticities.
    sets : their names.
    """

    dependants: Axis
    partners: Axis
    sales: Array
    purchases: Array
    sales_share: Array
    purchases_share: Array
    loss: Array
    partner_loss: Array
    sets: tuple[str, ...]


def raw_dependence(
    world: SectorWorld, dependants: Sequence[str], partners: Sequence[str], sectors: Sequence[str] = RAW
) -> RawDependence:
    """Exact losses from ending the trade of some sectors, both ways, pair by pair.

    Capital does not move in the sectoral world and wealth plays no part; everything else is solved anew under
    every set of elasticities.

    Raises
    ------
    UnknownNameError : an economy that the sectoral world does not show, or a sector that it does not have.
    """
    rows, columns = world.economies.indices(dependants), world.economies.indices(partners)
    kinds = world.sectors.indices(sectors)
    for name in partners:
        if name in dependants:
            raise UnknownNameError("partner outside the region", name, world.economies)
    flows = world.observed.flows[kinds].sum(axis=0)
    abroad = np.where(np.eye(len(flows), dtype=bool), 0, flows)
    lost = np.stack([_lost(world, kinds, d, p) for d in rows for p in columns], axis=1)
    shape = (len(world.bases), len(rows), len(columns))
    pairs = [(d, p) for d in rows for p in columns]
    own = np.stack([lost[:, m, d] for m, (d, _) in enumerate(pairs)], axis=1)
    other = np.stack([lost[:, m, p] for m, (_, p) in enumerate(pairs)], axis=1)
    sold, bought = abroad[np.ix_(rows, columns)], abroad.T[np.ix_(rows, columns)]
    return RawDependence(
        Axis("economy", tuple(dependants)),
        Axis("partner", tuple(partners)),
        sold,
        bought,
        _share(sold, abroad.sum(axis=1)[rows]),
        _share(bought, abroad.sum(axis=0)[rows]),
        own.reshape(shape),
        other.reshape(shape),
        tuple(world.bases),
    )


def _lost(world: SectorWorld, kinds: Sequence[int], first: int, second: int) -> Array:
    """Shares of real income lost by every economy when the two stop trading these sectors: (sets, N)."""
    cost = np.ones_like(world.observed.flows)
    cost[kinds, first, second] = cost[kinds, second, first] = np.inf
    drawn = replace(world.base, theta=np.stack([base.theta for base in world.bases.values()]))
    solved = solve_draws(drawn, Shock(trade_cost=cost), keep=["real_income"])
    return np.asarray(1 - np.asarray(solved.real_income))


def _share(part: Array, whole: Array) -> Array:
    """Each row over its own total; NaN where there is none."""
    total = np.broadcast_to(whole[:, np.newaxis], part.shape)
    return np.asarray(np.divide(part, total, out=np.full(part.shape, np.nan), where=total > 0))
