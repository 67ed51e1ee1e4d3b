"""Maps of corridors: lines over the outlines, width for what runs on them, colour for what changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from serai.axes import Array
from serai.brief.charts import INK, WIDE
from serai.brief.maps import BORDER, EARTH, LAND, WATER, Frame, projection

THICKEST = 9  # pixels
THINNEST = 0.6
PLACE = 18  # area of the dot of a place
ROUTE_COLOURS = ("#0b5c8a", "#d97706", "#0b7a5c", "#b3362b", "#6b4fa0", "#8a6d3b", "#3f8f8f", "#a0527c")
PLAIN = "#5b7ea4"
MARGIN = 1 / 12
LEAST_SPAN = 4.0  # degrees of a window


def corridor_map(
    shapes: Mapping[str, Any],
    lines: Mapping[str, Array],
    table: pd.DataFrame,
    places: pd.DataFrame,
    *,
    legend: str,
    frame: Frame,
    diverging: bool = True,
) -> Callable[[int], Any]:
    """A map of links, as wide as their traffic and coloured by a number each.

    Parameters
    ----------
    shapes : GeoJSON of outlines whose features have `code` and `kind`.
    lines : link -> (points, 2), longitude and latitude.
    table : columns link, traffic (zero or more), value (what the colour shows).
    places : columns text, lon, lat of the places that are named.
    legend : title of the colours.
    frame : west, south, east, north of the window, degrees.
    diverging : colours run from a loss through nothing to a gain; else one colour for all.
    """
    most = float(table["traffic"].max()) or 1.0
    rows: list[Any] = list(table.sort_values("traffic").itertuples(index=False))
    features = [
        line_feature(
            lines[row.link],
            width=max(THINNEST, THICKEST * float(np.sqrt(row.traffic / most))),
            value=float(row.value),
        )
        for row in rows
        if row.traffic > 0
    ]
    reach = float(table["value"].abs().max()) or 1.0

    def make(width: int) -> Any:
        colour: Any = alt.value(PLAIN)
        if diverging:
            colour = alt.Color(
                "properties.value:Q",
                title=legend,
                scale=alt.Scale(scheme="blueorange", domain=[-reach, reach]),
                legend=alt.Legend(orient="top", gradientLength=min(220, width - 68), titleLimit=width),
            )
        return _map(shapes, features, places, colour, frame, width)

    return make


def route_lines(
    shapes: Mapping[str, Any],
    lines: Mapping[str, Array],
    ways: Sequence[Iterable[str]],
    places: pd.DataFrame,
    frame: Frame,
) -> Callable[[int], Any]:
    """A map of several ways, each with a colour of its own, the first on top and the widest.

    Parameters
    ----------
    ways : links of each way.
    """
    features = [
        line_feature(lines[link], width=2.0 + 3.0 / (number + 1), value=number)
        for number, way in reversed(list(enumerate(ways)))
        for link in way
    ]
    numbers = list(range(len(ways)))
    colours = [ROUTE_COLOURS[number % len(ROUTE_COLOURS)] for number in numbers]

    def make(width: int) -> Any:
        colour = alt.Color("properties.value:N", scale=alt.Scale(domain=numbers, range=colours), legend=None)
        return _map(shapes, features, places, colour, frame, width)

    return make


def line_feature(points: Array, *, width: float, value: float) -> dict[str, Any]:
    """One line as GeoJSON with the width and the number it is drawn by."""
    return {
        "type": "Feature",
        "properties": {"width": round(width, 2), "value": value},
        "geometry": {"type": "LineString", "coordinates": points.tolist()},
    }


def frame_of(points: Array) -> Frame:
    """The window that shows some points (n, 2) with a margin: west, south, east, north."""
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    wide, high = (max(LEAST_SPAN, span) * MARGIN for span in (east - west, north - south))
    return float(west - wide), float(south - high), float(east + wide), float(north + high)


def _map(
    shapes: Mapping[str, Any],
    features: list[dict[str, Any]],
    places: pd.DataFrame,
    colour: Any,
    frame: Frame,
    width: int,
) -> Any:
    pixels, size = width - 8, 10 if width < WIDE else 12
    land = [f for f in shapes["features"] if f["properties"]["kind"] != "lake"]
    lakes = [f for f in shapes["features"] if f["properties"]["kind"] == "lake"]
    outline = projection(frame, pixels)
    height = round(_height(frame, pixels))
    return (
        alt.layer(
            _shape(land).mark_geoshape(fill=LAND, stroke=BORDER, strokeWidth=1, clip=True),
            _shape(lakes).mark_geoshape(fill=WATER, clip=True),
            _shape(features)
            .mark_geoshape(filled=False, strokeCap="round", strokeJoin="round", clip=True)
            .encode(stroke=colour, strokeWidth=alt.StrokeWidth("properties.width:Q", scale=None)),
            *_places(places, size),
        )
        .properties(width=pixels, height=height, view=alt.ViewConfig(fill=WATER))
        .project(**{**outline, "translate": [pixels / 2, height / 2]})
    )


def _height(frame: Frame, pixels: int) -> float:
    """The height that the window needs at this width, within what a page bears."""
    west, south, east, north = frame
    across = (east - west) * np.cos(np.radians((south + north) / 2)) / EARTH
    return float(np.clip(pixels * ((north - south) / EARTH) / across, pixels / 3, pixels))


def _places(places: pd.DataFrame, size: int) -> list[Any]:
    base = alt.Chart(places).encode(longitude="lon:Q", latitude="lat:Q")
    text: dict[str, Any] = {"fontSize": size, "dy": -9, "color": INK}
    halo: dict[str, Any] = {"stroke": "#ffffff", "strokeWidth": 3, "strokeJoin": "round"}
    return [
        base.mark_circle(size=PLACE, color=INK, opacity=1, clip=True),
        base.mark_text(**text, **halo, clip=True).encode(text="text:N"),
        base.mark_text(**text, clip=True).encode(text="text:N"),
    ]


def _shape(features: list[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=features))
