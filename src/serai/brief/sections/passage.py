"""Whose land the goods of each economy cross, and what it loses when that way is closed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from serai.brief.charts import heat
from serai.brief.document import Chart, Desk, Table
from serai.brief.numbers import Number
from serai.brief.sections.ladder import wealth_words
from serai.brief.words import N_
from serai.leverage import Leverage, TransitDependence
from serai.scenario.evaluate import WEALTH
from serai.scenario.measures import PERCENT

SHOWN = 7
LEAST = 1 / PERCENT
"""Of an economy's goods trade: smaller shares are in the data of the table only."""


def passage_chart(desk: Desk, found: Leverage) -> Chart | None:
    """A grid of shares of trade that cross others; None where nothing crosses anybody."""
    way = found.transit
    if not len(way.through):
        return None
    _ = desk.words._
    most = np.nanmax(np.where(np.isnan(way.share), 0, way.share), axis=0)
    columns = [int(j) for j in np.argsort(-most, kind="stable")[:SHOWN] if most[j] >= LEAST]
    cells = [
        {
            "row": desk.name(economy),
            "column": desk.name(way.through.names[j]),
            "value": float(np.nan_to_num(way.share[d, j]) * PERCENT),
            "text": "–"
            if np.isnan(way.share[d, j])
            else desk.words.figure(way.share[d, j] * PERCENT, 0, signed=False),
        }
        for d, economy in enumerate(way.dependants)
        for j in columns
    ]
    picture = desk.draw(
        heat(
            pd.DataFrame(cells),
            rows=[desk.name(e) for e in way.dependants],
            columns=[desk.name(way.through.names[j]) for j in columns],
            title=_("Share of goods trade, %"),
        )
    )
    d, j = np.unravel_index(int(np.nan_to_num(way.share).argmax()), way.share.shape)
    economy, through = way.dependants.names[d], way.through.names[j]
    least = int(way.on_network.argmin())
    return Chart(
        "passage",
        desk.prose(
            "{share} of the goods that {economy} trades cross {through}",
            share=share(desk, way, economy, through),
            economy=desk.name(economy),
            through=desk.name(through),
        ),
        _("Share of the value of goods trade with third economies that crosses another by land, today, %"),
        _("Source: serai, computed from the network and the sources listed at the end."),
        picture.wide,
        picture.narrow,
        _("Grid of shares, economies by those whose land they cross"),
        passage_table(desk, way),
        desk.prose(
            "Roads, railways and border posts count, ships past a coast do not. Oil and gas by pipeline cross nobody here, nor do goods whose way is not known: of {economy}'s goods trade the way of {known} is known. The loss: no goods of the economy may pass any more, its trade with the one that closes goes on, and goods take the cheapest way round, congestion left out.",
            economy=desk.name(way.dependants.names[least]),
            known=known(desk, way, least),
        ),
    )


def passage_table(desk: Desk, way: TransitDependence) -> Table:
    """Every pair with at least one percent of trade: its share, and the exact loss under both closures."""
    _ = desk.words._
    pairs = [(int(d), int(j)) for d, j in np.argwhere(np.nan_to_num(way.share) >= LEAST)]
    pairs.sort(key=lambda pair: -way.loss["fixed"][pair])
    rows: list[list[Markup | str]] = []
    for d, j in pairs:
        economy, through = way.dependants.names[d], way.through.names[j]
        numbers = [
            share(desk, way, economy, through),
            *(loss(desk, way, wealth, economy, through) for wealth in WEALTH),
        ]
        rows.append([desk.name(economy), desk.name(through), *(desk.number(n) for n in numbers)])
    return Table(
        "passage",
        _("Whose land goods cross, and what a closed way would cost"),
        [
            _("Economy"),
            _("Crosses"),
            _("Share of its goods trade"),
            *(_("Loss of real income, {horizon}", horizon=wealth_words(desk, wealth)) for wealth in WEALTH),
        ],
        rows,
        way.tidy(),
        numeric=frozenset({2, 3, 4}),
    )


def share(desk: Desk, way: TransitDependence, economy: str, through: str) -> Number:
    """The share of an economy's goods trade that crosses another."""
    return desk.numbers.add(
        Number(
            f"leverage/{economy}/through/{through}/share",
            N_("share of the value of goods trade that crosses another economy by land"),
            float(way.share[way.dependants.index(economy), way.through.index(through)]),
            "ratio",
            "computed",
            made_from=("network", "base_year"),
        )
    )


def loss(desk: Desk, way: TransitDependence, wealth: str, economy: str, through: str) -> Number:
    """What an economy loses when another lets none of its goods pass."""
    return desk.numbers.add(
        Number(
            f"leverage/{economy}/through/{through}/loss/{wealth}",
            N_("loss of real income when another economy lets no goods pass, central values"),
            float(way.loss[wealth][way.dependants.index(economy), way.through.index(through)]),
            "ratio",
            "computed",
            sources=("model",),
            made_from=("network", "base_year", f"closure/{wealth}"),
        )
    )


def known(desk: Desk, way: TransitDependence, place: int) -> Number:
    """The share of an economy's goods trade whose way is known."""
    return desk.numbers.add(
        Number(
            f"leverage/{way.dependants.names[place]}/on_network",
            N_("share of the value of goods trade whose way is known"),
            float(way.on_network[place]),
            "ratio",
            "computed",
            made_from=("network", "base_year"),
        )
    )
