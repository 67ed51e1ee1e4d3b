"""What one percent of each friction is worth to the region, to first order, and how far first order goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from serai.atlas import Atlas, reconcile
from serai.axes import Array, Axis
from serai.draws import Draws
from serai.equilibrium import Gradient, Shock, gradient_draws
from serai.scenario.coupling import MILLION, edge_table, edge_worth
from serai.scenario.evaluate import WEALTH, baseline, context, prepare
from serai.scenario.measures import PERCENT, shock
from serai.scenario.transport import EdgeChange, Transport
from serai.study import Study

ENOUGH = 30  # draws: the spread of slopes is small beside that of effects


@dataclass(frozen=True)
class Levers:
    """First-order worth to the region's real income, million USD a year, by closure of wealth.

    Attributes
    ----------
    economies : the N economies.
    trade : wealth -> (draws, N, N), one percent off the cost of trade from exporter to importer.
    openness : wealth -> (draws, N, N), hosts one percent more open to capital of owners.
    first_order : (scenario, wealth) -> (draws,), all measures of a scenario by slopes alone.
    transport : the network and its routes.
    hour : wealth -> (draws, E), one hour less on an edge.
    whole : wealth -> (draws, E), all hours and money of an edge gone.
    tonnes : (draws, E), a year on each edge in the base.
    """

    economies: Axis
    trade: Mapping[str, Array]
    openness: Mapping[str, Array]
    first_order: Mapping[tuple[str, str], Array]
    transport: Transport
    hour: Mapping[str, Array]
    whole: Mapping[str, Array]
    tonnes: Array

    @property
    def draws(self) -> int:
        return len(next(iter(self.trade.values())))

    def pair(self, wealth: str, first: str, second: str) -> Array:
        """One percent off the cost of trade between two economies, both ways: (draws,)."""
        a, b = self.economies.index(first), self.economies.index(second)
        return np.asarray(self.trade[wealth][:, a, b] + self.trade[wealth][:, b, a])

    def opening(self, wealth: str, owner: str, host: str) -> Array:
        """A host one percent more open to an owner: (draws,)."""
        return np.asarray(self.openness[wealth][:, self.economies.index(owner), self.economies.index(host)])


def region_levers(study: Study, atlas: Atlas, draws: Draws, transport: Transport | None = None) -> Levers:
    """Slopes of the region's real income at the base year, and every scenario by slopes alone.

    The first draws are those of `evaluate`, so that first order and exact can be set beside each other draw
    by draw. `transport` is found when it is not given.
    """
    job = prepare(study, atlas, draws, transport=transport)
    part = draws.part(0, min(ENOUGH, draws.count))
    world = reconcile(atlas, part)
    seen = context(job, part, world)
    base = baseline(world, seen.inputs)
    inside = np.zeros(len(base.economies))
    inside[base.economies.indices(study.about.region.economies)] = 1
    absorbed = (base.expenditure - (1 - base.value_added_share) * base.output) * inside
    closure = study.about.settings.deficits
    slopes = {
        wealth: gradient_draws(
            base, absorbed, wealth=wealth, deficits="fixed" if closure == "none" else closure
        )
        for wealth in WEALTH
    }
    way, theta = seen.way, seen.inputs.sample("trade_elasticity")
    same = EdgeChange.none(1, way.transport.edges)
    worth = {
        wealth: edge_worth(way, edge_table(way, seen.goods_share, theta, same, found.trade_cost))
        for wealth, found in slopes.items()
    }
    carried = edge_table(way, seen.goods_share, theta, same, base.trade)
    changes = {name: shock(study.measures(name), seen) for name in job.scenarios}
    return Levers(
        economies=base.economies,
        trade={wealth: -found.trade_cost / PERCENT for wealth, found in slopes.items()},
        openness={wealth: _openness(found) / PERCENT for wealth, found in slopes.items()},
        first_order={
            (name, wealth): _by_slopes(found, change)
            for name, change in changes.items()
            for wealth, found in slopes.items()
        },
        transport=way.transport,
        hour={wealth: hour for wealth, (hour, _) in worth.items()},
        whole={
            wealth: hour * way.hours.T + dollar * way.transport.network.usd
            for wealth, (hour, dollar) in worth.items()
        },
        tonnes=(carried * MILLION / way.values[..., np.newaxis]).sum(axis=0),
    )


def _openness(slopes: Gradient) -> Array:
    assert slopes.openness is not None  # the baseline has holdings
    return slopes.openness


def _by_slopes(slopes: Gradient, change: Shock) -> Array:
    """Slopes times logs of ratios, added up: (draws,)."""
    total = np.zeros(len(slopes.labour))
    for table, ratio in (
        (slopes.trade_cost, change.trade_cost),
        (_openness(slopes), change.openness),
        (slopes.productivity, change.productivity),
        (slopes.labour, change.labour),
    ):
        if ratio is not None:
            moved = table * np.log(ratio)
            total += moved.reshape(len(moved), -1).sum(axis=1)
    return total
