"""What one percent of each friction is worth to the region, to first order, and how far first order goes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from serai import html
from serai.atlas import Atlas, World, reconcile
from serai.axes import Array, Axis
from serai.draws import Draws
from serai.equilibrium import Baseline, Gradient, Shock, gradient_draws, solve_draws
from serai.equilibrium.trade_capital import Deficits, Wealth
from serai.scenario.context import Context
from serai.scenario.coupling import MILLION, edge_table, edge_worth
from serai.scenario.evaluate import WEALTH, Job, baseline, context, prepare
from serai.scenario.frictions import REST
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

    def _repr_html_(self) -> str:
        names = self.economies.names
        tables = {wealth: np.median(table, axis=0) for wealth, table in self.trade.items()}
        for table in tables.values():
            np.fill_diagonal(table, 0)
        head = f"one percent off the cost of trade, million USD a year, median of {self.draws} draws"
        return html.cells({"exporter": names, "importer": names}, tables, head)


def levers_on(ground: Ground) -> Levers:
    """Slopes of the region's real income at the base year, and every scenario by slopes alone.

    The draws are the first of those of `evaluate`, so that first order and exact can be set beside each other
    draw by draw.
    """
    study, seen, base = ground.job.study, ground.seen, ground.base
    slopes = {
        wealth: gradient_draws(base, ground.weights, wealth=wealth, deficits=ground.deficits)
        for wealth in WEALTH
    }
    way, theta = seen.way, seen.inputs.sample("trade_elasticity")
    same = EdgeChange.none(len(theta), way.transport.edges)
    worth = {
        wealth: edge_worth(way, edge_table(way, seen.goods_share, theta, same, found.trade_cost))
        for wealth, found in slopes.items()
    }
    carried = edge_table(way, seen.goods_share, theta, same, base.trade)
    changes = {name: shock(study.measures(name), seen) for name in ground.job.scenarios}
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
        whole={wealth: hour * way.hours.T + dollar * way.usd.T for wealth, (hour, dollar) in worth.items()},
        tonnes=(carried * MILLION / way.values[..., np.newaxis]).sum(axis=0),
    )


def ranked_pairs(ground: Ground, levers: Levers) -> list[tuple[str, str]]:
    """Pairs with at least one side in the region, by what one percent of their trade cost is worth."""
    inside = ground.job.study.about.region.economies
    pairs = [
        (first, second)
        for first, second in itertools.product(inside, named(levers.economies))
        if first != second and (second not in inside or first < second)
    ]
    return sorted(pairs, key=lambda pair: -float(np.median(levers.pair("fixed", *pair))))


def named(economies: Axis) -> list[str]:
    """Economies, the rest of the world as a whole left out."""
    return [code for code in economies if code != REST]


def exact_pairs(ground: Ground, pairs: Sequence[tuple[str, str]]) -> dict[str, dict[tuple[str, str], Array]]:
    """One percent off the cost of trade of a pair, both ways, solved: wealth -> pair -> (draws,).

    The same draws and units as `Levers.pair`, so that the two stand side by side.
    """
    places = [ground.base.economies.indices(pair) for pair in pairs]
    found: dict[str, dict[tuple[str, str], Array]] = {wealth: {} for wealth in WEALTH}
    for pair, (a, b) in zip(pairs, places, strict=True):
        cost = np.ones((len(ground.base.economies),) * 2)
        cost[a, b] = cost[b, a] = 1 - 1 / PERCENT
        for wealth in WEALTH:
            found[wealth][pair] = ground.exact_gain(Shock(trade_cost=cost), wealth)
    return found


@dataclass(frozen=True)
class Ground:
    """The base years of the first draws, and what a change of real income is worth to the region.

    Attributes
    ----------
    job, seen : what all draws share, and what measures see.
    base : the base years, with draws.
    weights : (draws, N), absorption of the region's economies, million USD; zero elsewhere.
    deficits : the closure of the study; `none` becomes `fixed`, since the base year is not balanced first.
    """

    job: Job
    seen: Context
    base: Baseline
    weights: Array
    deficits: Deficits

    @classmethod
    def of(cls, study: Study, atlas: Atlas, draws: Draws) -> Ground:
        """The first draws of a run, at most `ENOUGH` of them."""
        return cls.under(prepare(study, atlas, draws), draws.part(0, min(ENOUGH, draws.count)))

    @classmethod
    def under(cls, job: Job, part: Draws, world: World | None = None) -> Ground:
        """These draws of the parameters; the drawn base years unless one is given."""
        world = reconcile(job.atlas, part) if world is None else world
        seen = context(job, part, world)
        base = baseline(world, seen.inputs)
        inside = np.zeros(len(base.economies))
        inside[base.economies.indices(job.study.about.region.economies)] = 1
        absorbed = (base.expenditure - (1 - base.value_added_share) * base.output) * inside
        closure = job.study.about.settings.deficits
        return cls(job, seen, base, absorbed, "fixed" if closure == "none" else closure)

    def exact_gain(self, change: Shock, wealth: Wealth) -> Array:
        """Million USD a year to the region, solved in every draw: (draws,)."""
        solved = solve_draws(self.base, change, wealth=wealth, deficits=self.deficits, keep=["real_income"])
        return np.asarray(((solved.real_income - 1) * self.weights).sum(axis=1))


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
