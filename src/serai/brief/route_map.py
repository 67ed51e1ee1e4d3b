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
from serai.corridors.itinerary import Itinerary
from serai.corridors.network import Network

PERCENT = 100
STYLE = """body{font:16px/1.5 "Liberation Sans",Arial,sans-serif;color:#1d2733;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{padding:.35rem .6rem;border-bottom:1px solid #e3e7ec;text-align:right}
td:nth-child(2),th:nth-child(2){text-align:left}.narrow{display:none}.scroll{overflow-x:auto}svg{max-width:100%;height:auto}
i{display:inline-block;width:1rem;height:.6rem}footer,.way{color:#5b6875;font-size:.85rem}
@media(max-width:700px){.narrow{display:block}.wide{display:none}}"""


def link_lines(tables: NetworkTables) -> dict[str, Array]:
    """Link -> its line on a map, (points, 2), longitude and latitude."""
    return {
        row.link: np.array([point.split() for point in row.line.split(";")], dtype=float)
        for row in tables.rows("network_lines")
    }


def route_page(network: Network, tables: NetworkTables, found: Sequence[Itinerary], goods: str) -> str:
    """The whole page as HTML, complete in itself.

    Parameters
    ----------
    found : ways of `serai.corridors.itinerary.find_routes`. goods : the class of goods in words.
    """
    lines = link_lines(tables)
    ways = [_links(network, way) for way in found]
    window = Window(np.concatenate([lines[link] for way in ways for link in way]))
    places = {row.place: row for row in tables.rows("places")}
    names = {code: str(row.name) for code, row in places.items()}
    ends = [found[0].places[0], found[0].places[-1]]
    shown = pd.DataFrame(
        [{"text": names[end], "lon": places[end].lon, "lat": places[end].lat} for end in ends]
    )
    picture = draw(route_lines(outlines("world"), lines, ways, shown, window))
    title = html.escape(f"{names[ends[0]]} to {names[ends[1]]}: {goods.lower()}")
    rows = "".join(_row(number, way, names) for number, way in enumerate(found))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{STYLE}</style></head><body>
<h1>{title}</h1>
<div class="wide" role="img" aria-label="{title}">{picture.wide}</div>
<div class="narrow" role="img" aria-label="{title}">{picture.narrow}</div>
<div class="scroll"><table><thead><tr><th>likely</th><th>way</th><th>km</th><th>days p10 / p50 / p90</th>
<th>USD per TEU</th><th>border hours</th><th>changes of gauge</th><th>kg CO2 per tonne</th></tr></thead>
<tbody>{rows}</tbody></table></div>
<footer>Outlines: Natural Earth; borders are drawn de facto and state no opinion on the legal status of any territory.
Lines of railways and roads: &copy; OpenStreetMap contributors, ODbL. Sea lanes are drawn by hand.</footer>
</body></html>
"""


def _links(network: Network, way: Itinerary) -> list[str]:
    """Links of a way with a line on the map."""
    at = network.link[list(way.edges)]
    return list(dict.fromkeys(network.links[link] for link in at[at >= 0]))


def _row(number: int, way: Itinerary, names: dict[str, str]) -> str:
    low, middle, high = way.days
    stops = " - ".join(names[place] for place in way.places if not place.startswith("s_"))
    mark = f'<i style="background:{ROUTE_COLOURS[number % len(ROUTE_COLOURS)]}"></i>'
    return (
        f"<tr><td>{way.share * PERCENT:.0f} %</td>"
        f'<td>{mark} {html.escape(", ".join(way.modes))}<div class="way">{html.escape(stops)}</div></td>'
        f"<td>{way.km:,.0f}</td><td>{low:.0f} / {middle:.0f} / {high:.0f}</td><td>{way.usd_per_teu:,.0f}</td>"
        f"<td>{way.border_hours:.0f}</td><td>{way.gauge_changes}</td><td>{way.kg_co2_per_tonne:.0f}</td></tr>"
    )
