"""Flows by sector, drawn: where sources disagree and where a split by sector is imputed. In named steps.

    sources disagree   reported goods of a pair are mixed in logs with the total of a second source, by draw;
                       all sectors of a pair move together; the centre is the chosen source
    imputed splits     imputed cells with a range are drawn inside it; the goods of a pair, and all domestic
                       sales of an economy, keep their total
    rest of the world  by sector and partner, what the split economies and the rest trade together stays
    balances           the flows of a pair are scaled by one factor an economy, so that exports less imports
                       of each economy are those observed: the step of the one-sector world

What final demand remains, and how a base year is made of it, is the business of `sectors.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serai.atlas import Atlas, steps
from serai.axes import Array, Axis
from serai.draws import Draws
from serai.equilibrium import MultiSectorBaseline

REST, SERVICES = "ROW", "SERV"


def drawn_flows(atlas: Atlas, observed: MultiSectorBaseline, draws: Draws) -> Array:
    """Flows of the sectoral world by draw, (draws, S, N exporter, N importer), million USD before tariffs.

    Parameters
    ----------
    atlas : its table `sector_trade` holds ranges and second sources beside the values.
    observed : the base year of the same table.
    draws : how many, from which seed; `draws.part` gives the same worlds whatever the cut.
    """
    kinds, places = observed.sectors, observed.economies
    flows, size = observed.flows, len(places)
    low, high, other = (table(atlas, kinds, places, name) for name in ("low", "high", "other_value"))
    imputed = np.isfinite(low) & np.isfinite(high)
    level = atlas.parameter("icio_goods_level").value
    mixed = _mixed(atlas, draws, flows, other / level)
    drawn = _split(draws, mixed, kinds, imputed, low, high)
    drawn = _held_to_the_rest(drawn, mixed, imputed, places)
    own = np.arange(size)
    total = drawn.sum(axis=1)
    traded = flows.sum(axis=0) * ~np.eye(size, dtype=bool)
    target = np.broadcast_to(traded.sum(axis=1) - traded.sum(axis=0), (draws.count, size))
    scaled, _ = steps.balance(total, target)
    factor = _ratio(scaled, total)
    factor[:, own, own] = 1
    return np.asarray(drawn * factor[:, np.newaxis])


def table(atlas: Atlas, kinds: Axis, places: Axis, column: str) -> Array:
    """One column of `sector_trade` as (S, N exporter, N importer); NaN where it says nothing."""
    rows = atlas.table("sector_trade")
    found = np.full((len(kinds), len(places), len(places)), np.nan)
    cells = (
        kinds.indices(list(rows["sector"])),
        places.indices(list(rows["exporter"])),
        places.indices(list(rows["importer"])),
    )
    found[cells] = rows[column].to_numpy(dtype=float)
    return found


def _mixed(atlas: Atlas, draws: Draws, flows: Array, other: Array) -> Array:
    """Reported goods mixed with the second source, one weight a pair."""
    disputed = np.isfinite(other) & (other > 0) & (flows > 0)
    pairs = disputed.any(axis=0)
    lean = atlas.parameter("trade_source_lean")
    weight = np.zeros((draws.count, *pairs.shape))
    weight[:, pairs] = lean.quantile(draws.uniform("sector_trade/sources", (int(pairs.sum()),)))
    cap = float(atlas.parameter("source_gap_cap").value)
    drawn = np.repeat(flows[np.newaxis], draws.count, axis=0)
    each = np.broadcast_to(weight[:, np.newaxis], drawn.shape)[:, disputed]
    drawn[:, disputed] = steps.mix_sources(flows[disputed], other[disputed], each, cap)
    return drawn


def _split(
    draws: Draws, flows: Array, kinds: Axis, imputed: NDArray[np.bool_], low: Array, high: Array
) -> Array:
    """Imputed cells drawn in their range, then held to the totals that are known."""
    noise = draws.normal("sector_trade/split", (int(imputed.sum()),))
    drawn = flows.copy()
    drawn[:, imputed] = steps.lognormal(noise, flows[0, imputed], low[imputed], high[imputed])
    total = np.array([name == SERVICES for name in kinds])  # between economies a total with its own range
    held = imputed & (~total[:, np.newaxis, np.newaxis] | np.eye(flows.shape[-1], dtype=bool))
    scale = _ratio(np.where(held, flows, 0).sum(axis=1), np.where(held, drawn, 0).sum(axis=1))
    return np.where(held, drawn * scale[:, np.newaxis], drawn)


def _held_to_the_rest(drawn: Array, before: Array, imputed: NDArray[np.bool_], places: Axis) -> Array:
    """Flows of the economies that were split off, with those of the rest: their sums by sector and partner
    stay what they were before the split was drawn."""
    own = np.arange(len(places))
    inside: NDArray[np.bool_] = np.array(imputed[:, own, own].any(axis=0))
    if REST not in places or not inside.any():
        return drawn
    inside[places.index(REST)] = True
    outside = ~inside
    held = drawn.copy()
    sold = np.ix_(np.arange(len(drawn)), np.arange(drawn.shape[1]), inside, outside)
    bought = np.ix_(np.arange(len(drawn)), np.arange(drawn.shape[1]), outside, inside)
    held[sold] *= _ratio(before[sold].sum(axis=2), drawn[sold].sum(axis=2))[:, :, np.newaxis]
    held[bought] *= _ratio(before[bought].sum(axis=3), drawn[bought].sum(axis=3))[..., np.newaxis]
    return held


def _ratio(above: Array, below: Array) -> Array:
    """One where there is nothing below."""
    return np.divide(above, below, out=np.ones_like(below), where=below > 0)
