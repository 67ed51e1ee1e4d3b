"""The network and the equilibrium together, in one world: costs make trade, and trade makes traffic.

    change of edges -> cost of each pair of places -> cost of trade -> equilibrium -> traffic -> congestion

until both agree; and the other way round, the worth of every edge by one adjoint pass: slopes of an outcome
by all trade costs (`serai.gradient`) run over the routes like goods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import NoConvergence, anderson

from serai import html
from serai.atlas import Atlas, reconcile
from serai.axes import Array
from serai.corridors import Congestion, traffic
from serai.corridors.graph import Indices
from serai.equilibrium import Baseline, Equilibrium, Shock, Status, gradient, solve
from serai.equilibrium.trade_capital import Deficits, Wealth
from serai.errors import SolveError
from serai.scenario.evaluate import central_baseline
from serai.scenario.freight import goods_share, study_transport
from serai.scenario.transport import EdgeChange, Transport, Way
from serai.shown import Shown
from serai.study import Study

MILLION = 1_000_000
_AGREE_TOLERANCE = 1e-9
_ROUNDS = 60


COLUMNS = ("name", "kind", "hours", "usd_per_tonne", "worth_usd_m", "hour_usd_m", "unit", "basis")
"""Of the table of worths, which a study without a network has without rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Coupling(Shown):
    """One world of N economies and the network between them.

    Attributes
    ----------
    baseline : the base year, without draws.
    way : the routes of the base, one draw.
    goods : (N, N), the part of each flow that is goods other than gold.
    scale, power : the curve of congestion.
    wealth, deficits : closures of the equilibrium.
    """

    baseline: Baseline
    way: Way
    goods: Array
    scale: float
    power: float
    wealth: Wealth = "fixed"
    deficits: Deficits = "fixed"

    @classmethod
    def of(cls, study: Study, atlas: Atlas, transport: Transport | None = None) -> Coupling:
        """The world of a study at central values; `transport` where it is known already."""
        found = transport or study_transport(study, atlas)
        world = reconcile(atlas)
        parameter = {
            name: atlas.parameter(name).value
            for name in (
                "trade_elasticity",
                "routing_elasticity",
                "route_dissimilarity",
                "congestion_scale",
                "congestion_power",
            )
        }
        base = central_baseline(world, atlas)
        way = Way.of(
            found,
            found.network.hours[np.newaxis],
            eta=np.array([parameter["routing_elasticity"]]),
            values=np.array([[value.value for value in found.values]]),
            day=np.ones(1),
            alike=np.array([parameter["route_dissimilarity"]]),
        )
        return cls(
            base,
            way,
            goods_share(atlas),
            parameter["congestion_scale"],
            parameter["congestion_power"],
            deficits=study.about.settings.deficits,
        )

    @property
    def theta(self) -> Array:
        """The trade elasticity, (1,)."""
        return np.atleast_1d(self.baseline.trade_elasticity)

    def unchanged(self) -> EdgeChange:
        """No change of the network."""
        return EdgeChange.none(1, self.way.transport.edges)

    def trade_cost(self, change: EdgeChange) -> Array:
        """Ratios of trade costs, (N, N)."""
        return self._of_gain(self.way.gain(change, self.theta)[0])

    def cost_of_trade(self, costs: Sequence[Array]) -> Array:
        """Ratios of trade costs, (N, N), from log changes of the cost of pairs of places, C arrays (P, 1)."""
        return self._of_gain(self.way.gain_of(costs, self.theta)[0])

    def _of_gain(self, gain: Array) -> Array:
        return np.asarray((self.goods * gain + 1 - self.goods) ** (-1 / self.theta))

    def solve(self, change: EdgeChange) -> Equilibrium:
        """The equilibrium after a change of the network, congestion apart."""
        shock = Shock(trade_cost=self.trade_cost(change))
        return solve(self.baseline, shock, wealth=self.wealth, deficits=self.deficits)

    def on_edges(self, change: EdgeChange, table: Array) -> Array:
        """What a table (N, N) of trade comes to on each edge, class by class, (C, E).

        Of trade flows after the change this is the traffic, in money; of slopes of an outcome by trade costs
        it is the slope by the cost of each edge.
        """
        return edge_table(self.way, self.goods, self.theta, change, table[np.newaxis])[:, 0]

    def tonnes(self, change: EdgeChange, trade: Array) -> Array:
        """Tonnes a year on each edge, (E,), of trade flows (N, N) in million USD after a change."""
        return np.asarray((self.on_edges(change, trade) * MILLION / self.way.values).sum(axis=0))


def edge_table(way: Way, goods: Array, theta: Array, change: EdgeChange, tables: Array) -> Array:
    """What tables of trade (draws, N, N) come to on each edge, class by class: (C, draws, E).

    Parameters
    ----------
    way : routes in the same draws. goods : (N, N) or (draws, N, N). theta : (draws,).
    change : the state of the network.
    """
    transport, draws = way.transport, len(theta)
    per_flow = tables * goods / (goods * way.gain(change, theta) + 1 - goods)
    costs, routes = way.log_cost(change), way.shares(change)
    found = []
    for c, share in enumerate(transport.shares):
        pairs = transport.cells.T @ (per_flow * share).reshape(draws, -1).T
        pairs = pairs * np.exp(-theta * costs[c])
        found.append(traffic(transport.routes, pairs.T, routes[c].T))
    return np.stack(found)


def edge_worth(way: Way, slopes: Array) -> tuple[Array, Array]:
    """What one hour less and one USD per tonne less on each edge are worth, (draws, E) each.

    The dollar is one off the rate of containers; goods that pay a part of that rate save that part.

    `slopes` (C, draws, E) are those of an outcome by the cost of each edge, from `edge_table`.
    """
    cargo, variation = way.transport.cargo, way.transport.network.variation
    hour = np.stack([kind.cost(np.zeros(1), np.ones(1), variation) for kind in cargo])[:, np.newaxis]
    per_hour = -(slopes * hour).sum(axis=0) * way.day[:, np.newaxis]
    rates = np.where(way.transport.network.on_rails, np.array([[kind.rail_rate] for kind in cargo]), 1)
    return per_hour, -(slopes * rates[:, np.newaxis] / way.values[..., np.newaxis]).sum(axis=0)


@dataclass(frozen=True, slots=True, eq=False)
class Coupled:
    """Network and equilibrium that agree.

    Attributes
    ----------
    equilibrium : the equilibrium after the change.
    change : the change of edges, congestion included.
    trade_cost : (N, N), ratios.
    traffic_usd_m : (C, E), by class. tonnes : (E,), all classes.
    rounds : equilibria solved.
    """

    equilibrium: Equilibrium
    change: EdgeChange
    trade_cost: Array
    traffic_usd_m: Array
    tonnes: Array
    rounds: int

    def _repr_html_(self) -> str:
        names = ("real_income", "real_gdp", "real_gni")
        columns = {f"{name}, %": html.percent(getattr(self.equilibrium, name)) for name in names}
        head = f"network and equilibrium agree after {self.rounds} rounds"
        return html.largest(self.equilibrium.economies.names, columns, head)


def couple(world: Coupling, change: EdgeChange, *, congestion: bool = True) -> Coupled:
    """Solve network and equilibrium together for one change of edges.

    Where a capacity is known, the hours of an edge grow with its traffic beyond that of the base.

    Raises
    ------
    SolveError
        When traffic and costs do not come to agree.
    """
    network = world.way.transport.network
    tight = np.flatnonzero(np.isfinite(network.capacity))
    rounds = 0
    curve = _curve(world) if congestion and tight.size else None

    def after(dearer: Array) -> tuple[EdgeChange, Equilibrium, Array]:
        nonlocal rounds
        rounds += 1
        hours = change.hours.copy()
        hours[0, tight] *= np.exp(dearer)
        moved = replace(change, hours=hours)
        found = world.solve(moved)
        return moved, found, world.tonnes(moved, found.trade)

    dearer = np.zeros(tight.size)
    if curve is not None:
        agreed = curve

        def gap(guess: Array) -> Array:
            return np.log(agreed.ratio(after(guess)[2], change.room)[tight]) - guess

        try:
            dearer = np.asarray(
                anderson(gap, dearer, f_tol=_AGREE_TOLERANCE, maxiter=_ROUNDS, line_search=None, alpha=1.0),  # type: ignore[arg-type]
                dtype=np.float64,
            )
        except NoConvergence:
            raise SolveError(
                "traffic and costs do not come to agree",
                "Leave congestion out, or look at capacities that are far below traffic",
            ) from None
    moved, found, tonnes = after(dearer)
    if not found.converged:
        assert isinstance(found.status, Status)  # one world has one status
        raise SolveError(found.status.text, found.status.remedy)
    return Coupled(found, moved, world.trade_cost(moved), world.on_edges(moved, found.trade), tonnes, rounds)


def _curve(world: Coupling) -> Congestion:
    network = world.way.transport.network
    base = world.tonnes(world.unchanged(), world.baseline.trade)
    return Congestion.of(network.graph, network.capacity, base, scale=world.scale, power=world.power)


@dataclass(frozen=True, slots=True, eq=False)
class LinkValues:
    """What each edge is worth to an outcome, to first order, million USD a year.

    Attributes
    ----------
    coupling : the world. weights : (N,), million USD of the outcome for a unit of log real income.
    slopes : (C, E), the outcome by the cost of each edge (a log share of the value), by class.
    hour : (E,), one hour less on the edge. dollar : (E,), one USD per tonne less.
    whole : (E,), all hours and money of the edge gone.
    """

    coupling: Coupling
    weights: Array
    slopes: Array
    hour: Array
    dollar: Array
    whole: Array

    def tidy(self) -> pd.DataFrame:
        """One row for each crossing, terminal and link, both directions together, most valuable first."""
        network = self.coupling.way.transport.network
        names, groups = bottlenecks(self.coupling.way.transport)
        rows = [
            {
                "name": name,
                "kind": str(network.kind[edges[0]]),
                "hours": float(network.hours[edges].mean()),
                "usd_per_tonne": float(network.usd[edges].mean()),
                "worth_usd_m": float(self.whole[edges].sum()),
                "hour_usd_m": float(self.hour[edges].sum()),
                "unit": "million USD a year",
                "basis": "computed",
            }
            for name, edges in zip(names, groups, strict=True)
        ]
        if not rows:
            return pd.DataFrame(columns=list(COLUMNS))
        return pd.DataFrame(rows).sort_values("worth_usd_m", ascending=False, ignore_index=True)

    def _repr_html_(self) -> str:
        return html.frame(self.tidy(), "worth of crossings, terminals and links, to first order")


def link_values(
    coupling: Coupling,
    outcome: str | Mapping[str, float] | Sequence[str] | Array,
    *,
    change: EdgeChange | None = None,
) -> LinkValues:
    """The first-order worth of every edge, in million USD a year, by one adjoint pass.

    Parameters
    ----------
    coupling : the world.
    outcome : economies whose real income counts, in money of the base year (a name, names, names with
        factors, or (N,) factors).
    change : the state of the network; by default as it is. Edges that are closed there are worth nothing.

    Congestion stays as it is: a link that draws traffic from a full one is worth more than its slope.
    """
    at = change or coupling.unchanged()
    weights = income_weights(coupling.baseline, outcome)
    slopes = gradient(coupling.solve(at), weights).trade_cost
    by_edge = coupling.on_edges(at, slopes)
    network = coupling.way.transport.network
    hour, dollar = (worth[0] for worth in edge_worth(coupling.way, by_edge[:, np.newaxis]))
    whole = hour * network.hours * at.hours[0] + dollar * network.usd * at.usd[0]
    return LinkValues(coupling, weights, by_edge, hour, dollar, whole)


def income_weights(base: Baseline, outcome: str | Mapping[str, float] | Sequence[str] | Array) -> Array:
    """Million USD of the base year for a unit of log real income, (N,): some economies, or with factors."""
    names = base.economies
    factors = np.zeros(len(names))
    if isinstance(outcome, np.ndarray):
        factors = outcome
    elif isinstance(outcome, Mapping):
        factors[names.indices(list(outcome))] = list(outcome.values())
    else:
        factors[names.indices([outcome] if isinstance(outcome, str) else list(outcome))] = 1
    return np.asarray(factors * (base.expenditure - (1 - base.value_added_share) * base.output))


def exact_values(values: LinkValues, edges: Sequence[Indices], *, left: float = 0.0) -> Array:
    """What it is worth exactly to leave only a part of the hours and money of some edges, million USD a year.

    Parameters
    ----------
    values : from `link_values` on the network as it is.
    edges : for each item its edges.
    left : the part that is left.
    """
    coupling = values.coupling
    found = []
    for mine in edges:
        ratio = np.ones((1, coupling.way.transport.edges))
        ratio[0, mine] = left
        after = coupling.solve(replace(coupling.unchanged(), hours=ratio, usd=ratio))
        found.append(float(values.weights @ (after.real_income - 1)))
    return np.array(found)


def bottlenecks(transport: Transport) -> tuple[list[str], list[Indices]]:
    """Names of crossings, of terminals and of links, and the edges of each, both directions together."""
    network = transport.network
    kind, place = network.kind, network.place
    named: dict[str, list[int]] = {}
    for edge in range(transport.edges):
        if kind[edge] == "border":
            name = network.crossings[network.crossing[edge]].split("/")[0]
            if len({c.split("/")[0] for c in network.crossings}) == 1:
                name = "-".join(sorted(network.crossings[network.crossing[edge]].split("/")[1].split(">")))
        elif kind[edge] == "haul":
            name = network.links[network.link[edge]]
        else:
            name = f"{kind[edge]} at {place[edge]}"
        named.setdefault(name, []).append(edge)
    return list(named), [np.array(edges) for edges in named.values()]
