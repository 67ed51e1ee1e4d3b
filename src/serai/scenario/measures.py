"""From policy words to shocks.

Each kind of measure is one function from its record and the context to a change. Measures compose by adding
logs, borders by multiplying what is left of them, so a second cut at the same border acts on the rest. A
measure acts through one channel only. What acts on goods does not act on services: the change of a whole
flow is the mean of both, weighted by their shares, with the trade elasticity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from serai.axes import Array
from serai.equilibrium import Shock
from serai.records.scenario import Agreement, BorderHours, FreeZone, Hub, Investment, Productivity, Skills
from serai.scenario.context import HOURS_PER_DAY, Context

PERCENT = 100


@dataclass
class Change:
    """What the measures so far add up to.

    Attributes
    ----------
    goods_cost, openness : (draws, N, N), logs.
    productivity, labour : (draws, N), logs.
    depth : (draws, N, N), how deep an agreement is in force after the measures so far, 0 to 1.
    border_left : (draws, B), the share of each border's hours and fees that is left.
    free_share : (draws, N, N), the share of the goods of a pair that crosses borders free of both.
    """

    goods_cost: Array
    openness: Array
    productivity: Array
    labour: Array
    depth: Array
    border_left: Array
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
    total = _nothing(context)
    for key, measure in measures:
        _KINDS[type(measure)](key, measure, context, total)
    theta = _theta(context)
    goods = np.exp(-theta * total.goods_cost) * _border_gain(context, total, theta)
    flow = context.goods_share * goods + (1 - context.goods_share)
    return Shock(
        trade_cost=flow ** (-1 / theta),
        openness=np.exp(total.openness),
        productivity=np.exp(total.productivity),
        labour=np.exp(total.labour),
    )


def border_burden(context: Context, left: Array | None = None) -> Array:
    """What the borders on the way cost, as a log share of the value of goods, shape (draws, N, N).

    Hours count through the value of a day (Hummels and Schaur 2013), fees through the value of a truck.
    `left` (draws, B) is the share of each border that is left; all of it by default.
    """
    inputs, borders = context.inputs, context.borders
    place = inputs.position("border_hours")
    days = borders.drawn("hours", place) / HOURS_PER_DAY
    per_day = inputs.sample("value_of_day_pct")[:, None] / PERCENT
    burden = days * per_day + borders.drawn("fee_usd", place) / inputs.sample("truck_value_usd")[:, None]
    if left is not None:
        burden = burden * left
    n = len(context.names.economies)
    return np.asarray((borders.crossed @ burden.T).T.reshape(-1, n, n))


def _nothing(context: Context) -> Change:
    n, size = context.depth.shape[:2]
    square, line = (n, size, size), (n, size)
    borders = (n, len(context.borders.sides))
    return Change(
        goods_cost=np.zeros(square),
        openness=np.zeros(square),
        productivity=np.zeros(line),
        labour=np.zeros(line),
        depth=context.depth.copy(),
        border_left=np.ones(borders),
        free_share=np.zeros(square),
    )


def _border_gain(context: Context, total: Change, theta: Array) -> Array:
    """exp(-theta * change of cost) of goods from what happens at the borders, shape (draws, N, N)."""
    if (total.border_left == 1).all() and not total.free_share.any():
        return np.ones(())
    saved = border_burden(context, 1 - total.border_left)
    gain = np.exp(theta * saved)
    if not total.free_share.any():
        return gain
    free = np.exp(theta * border_burden(context))
    return (1 - total.free_share) * gain + total.free_share * free


def _theta(context: Context) -> Array:
    return context.inputs.sample("trade_elasticity")[:, None, None]


def _border_hours(key: str, measure: BorderHours, context: Context, total: Change) -> None:
    cut = context.inputs.effect(f"{key}/cut", measure.cut)[:, None]
    names = context.names
    where = context.borders.between(
        names.codes(measure.between, borders=True), names.codes(measure.also or measure.between, borders=True)
    )
    total.border_left *= 1 - cut * where


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


def _hub(key: str, measure: Hub, context: Context, total: Change) -> None:
    days = context.inputs.effect(f"{key}/days_saved", measure.days_saved)[:, None, None]
    share = context.inputs.effect(f"{key}/share", measure.share)[:, None, None]
    per_day = context.inputs.sample("value_of_day_pct")[:, None, None] / PERCENT
    theta = _theta(context)
    gain = np.exp(theta * days * per_day * context.names.mask(measure.hinterland, measure.partners))
    total.goods_cost -= np.log(share * gain + (1 - share)) / theta


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


def _productivity(key: str, measure: Productivity, context: Context, total: Change) -> None:
    growth = context.inputs.effect(f"{key}/growth", measure.growth)
    total.productivity[:, context.names.positions(measure.economies)] += np.log1p(growth)[:, None]


_KINDS: dict[type, Callable[[str, Any, Context, Change], None]] = {
    BorderHours: _border_hours,
    Agreement: _agreement,
    Hub: _hub,
    FreeZone: _free_zone,
    Investment: _investment,
    Skills: _skills,
    Productivity: _productivity,
}
