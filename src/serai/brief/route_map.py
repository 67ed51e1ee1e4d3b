"""A page with the ways between two places on a map."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import pandas as pd

from serai.atlas import outlines
from serai.atlas.network import NetworkTables
from serai.axes import Array
from serai.brief.charts import draw
from serai.brief.corridor_map import ROUTE_COLOURS, Window, route_lines
from serai.brief.words import N_, Words
from serai.brief.words import words as english
from serai.corridors.itinerary import Itinerary
from serai.corridors.network import Network

PERCENT = 100
HEADER = (
    N_("likely"),
    N_("way"),
    N_("km"),
    N_("days p10 / p50 / p90"),
    N_("USD per TEU"),
    N_("border hours"),
    N_("changes of gauge"),
    N_("kg CO2 per tonne"),
)
MODES = N_("rail"), N_("road"), N_("sea"), N_("ferry"), N_("river")
STYLE = """:root{color-scheme:light dark;--ink:#1d2733;--quiet:#55616d;--line:#d9dfe5;--paper:#fff;--accent:#0b5c8a}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e6eaee;--quiet:#aeb8c2;--line:#3a4550;--paper:#14181d;--accent:#74bbee}.picture{background:#fff;padding:.5rem;border-radius:4px}}
body{font:17px/1.55 "Liberation Sans",Arial,Helvetica,"Hiragino Sans","Yu Gothic",Meiryo,"Noto Sans CJK JP",sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;margin:2.5rem auto;padding:0 1.25rem}
h1{font-size:1.8rem;line-height:1.2;margin:0 0 .6rem;text-wrap:balance}.lead{font-size:1.15rem;margin:0 0 1.4rem}
table{border-collapse:collapse;width:100%;font-size:.88rem;line-height:1.4}td,th{padding:.45rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}
th{font-weight:normal;color:var(--quiet);vertical-align:bottom;border-bottom-width:2px}td{white-space:nowrap}td:nth-child(2),th:nth-child(2){text-align:left;white-space:normal;min-width:15rem}
.narrow{display:none}.scroll{overflow-x:auto;margin-top:1rem}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}.picture svg{display:block;width:100%;height:auto}
i{display:inline-block;width:1rem;height:.6rem}footer,.way{color:var(--quiet);font-size:.85rem}footer{margin-top:1.5rem}
@media(max-width:44rem){.narrow{display:block}.wide{display:none}h1{font-size:1.5rem}}
@media print{@page{size:A4 landscape;margin:14mm}body{font-size:9pt;margin:0;max-width:none;padding:0}.scroll{overflow:visible}}"""


def link_lines(tables: NetworkTables) -> dict[str, Array]:
    """Link -> its line on a map, (points, 2), longitude and latitude."""
    return {
        row.link: np.array([point.split() for point in row.line.split(";")], dtype=float)
        for row in tables.rows("network_lines")
    }


def route_page(
    network: Network,
    tables: NetworkTables,
    found: Sequence[Itinerary],
    goods: str,
    words: Words | None = None,
) -> str:
    """The whole page as HTML, complete in itself.

    Parameters
    ----------
    found : ways of `serai.corridors.itinerary.find_routes`. goods : the class of goods in words.
    words : the language of the page; English by default.
    """
    w = words or english()
    lines = link_lines(tables)
    ways = [_links(network, way) for way in found]
    window = Window(np.concatenate([lines[link] for way in ways for link in way]))
    places = {row.place: row for row in tables.rows("places")}
    names = {code: w.place(str(row.name)) for code, row in places.items()}
    ends = [found[0].places[0], found[0].places[-1]]
    shown = pd.DataFrame(
        [{"text": names[end], "lon": places[end].lon, "lat": places[end].lat} for end in ends]
    )
    picture = draw(route_lines(outlines("world"), lines, ways, shown, window), w.language)
    heading = w._(
        "{origin} to {destination}: {goods}",
        origin=names[ends[0]],
        destination=names[ends[1]],
        goods=w._(goods.lower()),
    )
    title = html.escape(heading)
    head = "".join(f'<th scope="col">{html.escape(w._(text))}</th>' for text in HEADER)
    rows = "".join(_row(number, way, names, w) for number, way in enumerate(found))
    outlined = w._(
        "Outlines: Natural Earth; borders are drawn de facto and state no opinion on the legal status of any territory."
    )
    lined = w._(
        "Lines of railways and roads: © OpenStreetMap contributors, ODbL. Sea lanes are drawn by hand."
    )
    return f"""<!doctype html>
<html lang="{w.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{STYLE}</style></head><body>
<h1>{title}</h1>
<p class="lead">{html.escape(_lead(found, w))}</p>
<div class="picture wide" role="img" aria-label="{title}">{picture.wide}</div>
<div class="picture narrow" role="img" aria-label="{title}">{picture.narrow}</div>
<div class="scroll" tabindex="0" role="region" aria-label="{title}"><table><thead><tr>{head}</tr></thead>
<tbody>{rows}</tbody></table></div>
<footer>{html.escape(outlined)}
{html.escape(lined)}</footer>
</body></html>
"""


def _lead(found: Sequence[Itinerary], w: Words) -> str:
    """The likeliest way in one sentence."""
    first = max(found, key=lambda way: way.share)
    low, middle, high = (w.figure(days, 0) for days in first.days)
    return w._(
        "The likeliest way ({share} % of shipments) goes by {modes}: {km} km in {days} days ({low} to {high}), USD {usd} a TEU (a box of 20 feet), {hours} hours at borders.",
        share=w.figure(first.share * PERCENT, 0),
        modes=w.listing([w._(mode) for mode in first.modes]),
        km=w.figure(first.km, 0),
        days=middle,
        low=low,
        high=high,
        usd=w.figure(first.usd_per_teu, 0),
        hours=w.figure(first.border_hours, 0),
    )


def _links(network: Network, way: Itinerary) -> list[str]:
    """Links of a way with a line on the map."""
    at = network.link[list(way.edges)]
    return list(dict.fromkeys(network.links[link] for link in at[at >= 0]))


def _row(number: int, way: Itinerary, names: dict[str, str], w: Words) -> str:
    low, middle, high = (w.figure(days, 0) for days in way.days)
    stops = " \N{EN DASH} ".join(names[place] for place in way.places if not place.startswith("s_"))
    mark = f'<i style="background:{ROUTE_COLOURS[number % len(ROUTE_COLOURS)]}"></i>'
    modes = w.series([w._(mode) for mode in way.modes])
    cells = (
        w.figure(way.km, 0),
        f"{low} / {middle} / {high}",
        *(w.figure(value, 0) for value in (way.usd_per_teu, way.border_hours, way.gauge_changes)),
        w.figure(way.kg_co2_per_tonne, 0),
    )
    return (
        f"<tr><td>{w._('{value} %', value=w.figure(way.share * PERCENT, 0))}</td>"
        f'<td>{mark} {html.escape(modes)}<div class="way">{html.escape(stops)}</div></td>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
    )
