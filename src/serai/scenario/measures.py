"""From policy words to shocks.

Each kind of measure is one function from its record and the context to a change. Measures compose by adding
logs, those of the network by multiplying what is left of each edge, so a second cut at the same border acts
on the rest; then the network says once what all of them do to the cost of every pair. A measure acts through
one channel only; people exchange alone has two, skills and information. What acts on goods does not act on
services: the change of a whole flow is the mean of both, weighted by their shares, with the trade elasticity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from serai.axes import Array
from serai.corridors.network import Network
from serai.equilibrium import Shock
from serai.records.scenario import (
    Agreement,
    BorderHours,
    Customs,
    Effect,
    FreeZone,
    Gauge,
    Hub,
    Investment,
    Link,
    People,
    Port,
    Productivity,
    Skills,
)
from serai.scenario.borders import OUTSIDE
from serai.scenario.context import Context, Names
from serai.scenario.transport import EdgeChange, Flags

PERCENT = 100
TERMINAL = ("transfer", "gauge")
WATER = ("sea", "ferry")

OnEdges = BorderHours | Customs | Hub | Gauge | Port


@dataclass
class Change:
    """What the measures so far add up to.

    Attributes
    ----------
    goods_cost, openness : (draws, N, N), logs.
    productivity, labour : (draws, N), logs.
    depth : (draws, N, N), how deep an agreement is in force after the measures so far, 0 to 1.
    edges : what is left of the hours and the money of each edge of the network, and what opens.
    free_share : (draws, N, N), the share of the goods of a pair that crosses borders free of both.
    """

    goods_cost: Array
    openness: Array
    productivity: Array
    labour: Array
    depth: Array
    edges: EdgeChange
    free_share: Array


def shock(measures: Iterable[tuple[str, Any]], context: Context) -> Shock:
    """The shock that a list of measures makes together.

    Parameters
    ----------
    measures : (key, record) pairs; the key names the measure's own uncertain inputs.
    context : the world and the drawn parameters, for `draws` draws and N economies.

    Returns
    -------
    Shock with arrays of shapes (draws, N, N) and (draws, N).
    """
    total = changes(measures, context)
    theta = _theta(context)
    goods = np.exp(-theta * total.goods_cost) * _gain(context, total)
    flow = context.goods_share * goods + (1 - context.goods_share)
    return Shock(
        trade_cost=flow ** (-1 / theta),
        openness=np.exp(total.openness),
        productivity=np.exp(total.productivity),
        labour=np.exp(total.labour),
    )


def changes(measures: Iterable[tuple[str, Any]], context: Context) -> Change:
    """What a list of measures adds up to, before it becomes a shock."""
    total = _nothing(context)
    for key, measure in measures:
        _KINDS[type(measure)](key, measure, context, total)
    return total


def _nothing(context: Context) -> Change:
    n, size = context.depth.shape[:2]
    square, line = (n, size, size), (n, size)
    return Change(
        goods_cost=np.zeros(square),
        openness=np.zeros(square),
        productivity=np.zeros(line),
        labour=np.zeros(line),
        depth=context.depth.copy(),
        edges=EdgeChange.none(n, context.way.transport.edges),
        free_share=np.zeros(square),
    )


def _gain(context: Context, total: Change) -> Array:
    """exp(-theta * change of cost) of goods from what happens on the network, shape (draws, N, N)."""
    gain = context.gain(total.edges)
    if not total.free_share.any():
        return gain
    free = context.gain(_without_borders(context, total.edges))
    return (1 - total.free_share) * gain + total.free_share * free


def _without_borders(context: Context, edges: EdgeChange) -> EdgeChange:
    """The same with no hours and fees at borders."""
    inland = context.way.transport.network.kind != "border"
    return replace(edges, hours=edges.hours * inland, usd=edges.usd * inland)


def _theta(context: Context) -> Array:
    return context.inputs.sample("trade_elasticity")[:, None, None]


def touched(measure: OnEdges, network: Network, names: Names, beyond: Iterable[str]) -> Flags:
    """The edges of the network whose hours or money a measure cuts."""
    if isinstance(measure, BorderHours):
        sides = (_sides(names, beyond, words) for words in (measure.between, measure.also or measure.between))
        where = network.between(*sides)
        return where & network.edges(crossings=measure.crossings) if measure.crossings else where
    if isinstance(measure, Customs):
        return network.between(_sides(names, beyond, measure.economies), {*names.economies, *beyond})
    if isinstance(measure, Hub):
        return network.edges(places=measure.places, kinds=TERMINAL)
    if isinstance(measure, Gauge):
        return network.edges(places=measure.places, kinds=("gauge",))
    ship = np.isin(network.node_mode, WATER)
    quay = ship[network.graph.tail] | ship[network.graph.head]
    return network.edges(places=measure.places, kinds=("transfer",)) & quay


def _on_edges(key: str, measure: OnEdges, context: Context, total: Change) -> None:
    where = touched(measure, context.way.transport.network, context.names, context.beyond)
    _cut(key, measure.cut, where, context, total, money=not isinstance(measure, Customs))


def _link(key: str, measure: Link, context: Context, total: Change) -> None:
    network = context.way.transport.network
    total.edges = total.edges.with_projects(network, measure.opens)
    if measure.cut is not None:
        hauls = network.of(measure.faster) & (network.kind == "haul")
        _cut(key, measure.cut, hauls, context, total, money=False)


def _cut(
    key: str, effect: Effect, where: Flags, context: Context, total: Change, *, money: bool = True
) -> None:
    """Take a share of what is left of the hours, and of the money, of some edges."""
    left = 1 - context.inputs.effect(f"{key}/cut", effect)[:, np.newaxis] * where
    edges = total.edges
    total.edges = replace(edges, hours=edges.hours * left, usd=edges.usd * left if money else edges.usd)


def _sides(names: Names, beyond: Iterable[str], words: Iterable[str]) -> set[str]:
    """Codes of economies; `outside` stands for every side of a border beyond the region."""
    codes = set(names.codes(words, borders=True))
    return codes.union(beyond) if OUTSIDE in codes else codes


def _agreement(key: str, measure: Agreement, context: Context, total: Change) -> None:
    effect = context.inputs.effect(f"{key}/effect", measure.effect)[:, None, None]
    depth = context.inputs.effect(f"{key}/depth", measure.depth)[:, None, None]
    where = context.names.mask(measure.members, measure.partners or measure.members)
    if measure.form == "wto":
        member = context.members["wto_members"]
        after = member.copy()
        after[context.names.positions(measure.members)] = 1
        where = where * (np.outer(after, after) - np.outer(member, member))
        gained = depth * (1 - total.depth) * where
    else:
        gained = np.maximum(depth - total.depth, 0) * where
        total.depth += gained
    total.goods_cost -= effect * gained / _theta(context)


def _free_zone(key: str, measure: FreeZone, context: Context, total: Change) -> None:
    share = context.inputs.effect(f"{key}/share", measure.share)[:, None, None]
    where = context.names.mask(measure.hosts, measure.partners)
    total.free_share[:] = 1 - (1 - total.free_share) * (1 - share * where)


def _investment(key: str, measure: Investment, context: Context, total: Change) -> None:
    effect = context.inputs.effect(f"{key}/effect", measure.effect)[:, None, None]
    depth = context.inputs.effect(f"{key}/depth", measure.depth)[:, None, None]
    epsilon = context.inputs.sample("capital_elasticity")[:, None, None]
    where = context.names.block(measure.owners, measure.hosts)
    total.openness += effect * depth * where / epsilon


def _skills(key: str, measure: Skills, context: Context, total: Change) -> None:
    growth = context.inputs.effect(f"{key}/growth", measure.growth)
    total.labour[:, context.names.positions(measure.economies)] += np.log1p(growth)[:, None]


def _people(key: str, measure: People, context: Context, total: Change) -> None:
    """Skills of the hosts; the information part of frictions of investment, and of trade both ways."""
    hosts, sample = context.names.positions(measure.hosts), context.inputs
    if measure.skills is not None:
        total.labour[:, hosts] += np.log1p(sample.effect(f"{key}/skills", measure.skills))[:, None]
    if measure.depth is None:
        return
    depth = sample.effect(f"{key}/depth", measure.depth)[:, None, None]
    if measure.investment is not None:
        effect = sample.effect(f"{key}/investment", measure.investment)[:, None, None]
        epsilon = sample.sample("capital_elasticity")[:, None, None]
        total.openness += effect * depth * context.names.block(measure.owners, measure.hosts) / epsilon
    if measure.trade is not None:
        effect = sample.effect(f"{key}/trade", measure.trade)[:, None, None]
        both = context.names.mask(measure.owners, measure.hosts)
        total.goods_cost -= effect * depth * both / _theta(context)


def _productivity(key: str, measure: Productivity, context: Context, total: Change) -> None:
    growth = context.inputs.effect(f"{key}/growth", measure.growth)
    total.productivity[:, context.names.positions(measure.economies)] += np.log1p(growth)[:, None]


_KINDS: dict[type, Callable[[str, Any, Context, Change], None]] = {
    BorderHours: _on_edges,
    Customs: _on_edges,
    Link: _link,
    Agreement: _agreement,
    Hub: _on_edges,
    Gauge: _on_edges,
    Port: _on_edges,
    FreeZone: _free_zone,
    Investment: _investment,
    Skills: _skills,
    People: _people,
    Productivity: _productivity,
}
