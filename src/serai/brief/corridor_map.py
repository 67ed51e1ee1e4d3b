"""Maps of corridors: lines over the outlines, width for what runs on them, colour for what changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from serai.axes import Array
from serai.brief.charts import INK
from serai.brief.labels import WIDE
from serai.brief.maps import BORDER, LAND, WATER, Frame

THICKEST = 14  # pixels
THINNEST = 0.6
PLACE = 18  # area of the dot of a place
ROUTE_COLOURS = ("#0b5c8a", "#d97706", "#0b7a5c", "#b3362b", "#6b4fa0", "#8a6d3b", "#3f8f8f", "#a0527c")
CHEAPER, SAME, DEARER = "#0072b2", "#a3a9b0", "#b3362b"
TALLEST = 3 / 4  # height over width
BETWEEN = 12  # pixels between two maps
MARGIN = 1 / 12
LEAST_SPAN = 4.0  # degrees of a window
RISE = 9  # pixels by which a name stands over its dot
DIGITS = 4  # of the numbers that lines are drawn by
NAME_WIDTH = 0.55  # mean width of a letter over its size


def corridor_map(
    shapes: Mapping[str, Any],
    lines: Mapping[str, Array],
    states: Mapping[str, pd.DataFrame],
    places: pd.DataFrame,
    *,
    legend: str,
    width_legend: str,
    window: Window,
) -> Callable[[int], Any]:
    """The links in several states, a map each: as wide as their traffic, coloured by a number.

    The maps lie side by side, one above the other where there is no room, and share both scales.

    Parameters
    ----------
    shapes : GeoJSON of outlines whose features have `code` and `kind`.
    lines : link -> (points, 2), longitude and latitude.
    states : title -> columns link, traffic (zero or more), value (what the colour shows).
    places : columns text, lon, lat of the places that are named.
    legend, width_legend : titles of the colours and of the widths.
    window : what must be seen.
    """
    every = pd.concat(states.values())
    drawn = {title: _drawn(lines, table, window) for title, table in states.items()}
    most = max((f["properties"]["traffic"] for found in drawn.values() for f in found), default=1.0)

    def make(width: int) -> Any:
        beside = width >= WIDE
        each = (width - BETWEEN * (len(states) - 1)) // len(states) if beside else width
        colour = alt.Color(
            "properties.value:Q",
            title=legend,
            scale=_scale(every["value"]),
            legend=alt.Legend(orient="top", gradientLength=min(220, each - 68), titleLimit=each),
        )
        thick = alt.StrokeWidth(
            "properties.traffic:Q",
            title=width_legend,
            scale=alt.Scale(domain=[0, most], range=[THINNEST, THICKEST]),
            legend=alt.Legend(
                orient="top", values=round_values(most), symbolType="stroke", symbolStrokeColor=SAME
            ),
        )
        maps = [
            _map(shapes, features, places, colour, window, each, thick=thick, title=title)
            for title, features in drawn.items()
        ]
        return (alt.hconcat if beside else alt.vconcat)(*maps, spacing=BETWEEN)

    return make


def round_values(most: float) -> list[float]:
    """Three round numbers up to a maximum, for a legend.

    Examples
    --------
    >>> round_values(87.0)
    [2.0, 10.0, 50.0]
    """
    power = 10.0 ** np.floor(np.log10(most))
    top = power * max(step for step in (1, 2, 5) if step * power <= most)
    return [float(f"{top / share:.1g}") for share in (25, 5, 1)]


def _drawn(lines: Mapping[str, Array], table: pd.DataFrame, window: Window) -> list[dict[str, Any]]:
    """Links with traffic that can be seen, the widest last and so on top."""
    west, south, east, north = frame_of(window.points)
    found = []
    for row in table.sort_values("traffic").itertuples(index=False):
        points = lines[str(row.link)]
        low, high = points.min(axis=0), points.max(axis=0)
        seen = (low <= [east, north]).all() and (high >= [west, south]).all()
        if float(row.traffic) > 0 and seen:  # type: ignore[arg-type]
            found.append(_line(points, traffic=row.traffic, value=row.value))
    return found


def route_lines(
    shapes: Mapping[str, Any],
    lines: Mapping[str, Array],
    ways: Sequence[Iterable[str]],
    places: pd.DataFrame,
    window: Window,
) -> Callable[[int], Any]:
    """A map of several ways, each with a colour of its own, the first on top and the widest.

    Parameters
    ----------
    ways : links of each way.
    """
    features = [
        _line(lines[link], width=2.0 + 3.0 / (number + 1), value=number)
        for number, way in reversed(list(enumerate(ways)))
        for link in way
    ]
    numbers = list(range(len(ways)))
    colours = [ROUTE_COLOURS[number % len(ROUTE_COLOURS)] for number in numbers]

    def make(width: int) -> Any:
        colour = alt.Color("properties.value:N", scale=alt.Scale(domain=numbers, range=colours), legend=None)
        return _map(shapes, features, places, colour, window, width)

    return make


def _scale(values: pd.Series) -> alt.Scale:
    """From cheaper over unchanged, which stays visible on land, to dearer; only the sides that occur."""
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    stops = [(low, CHEAPER)] * (low < 0) + [(0.0, SAME)] + [(high, DEARER)] * (high > 0)
    if len(stops) == 1:
        stops.append((1.0, SAME))
    return alt.Scale(domain=[at for at, _ in stops], range=[colour for _, colour in stops])


def _line(points: Array, **properties: Any) -> dict[str, Any]:
    """One line as GeoJSON with the numbers it is drawn by."""
    return {
        "type": "Feature",
        "properties": {name: float(f"{value:.{DIGITS}g}") for name, value in properties.items()},
        "geometry": {"type": "LineString", "coordinates": points.tolist()},
    }


@dataclass(frozen=True, slots=True)
class Window:
    """An equal-area cone laid so that some points fill a picture.

    Attributes
    ----------
    points : (n, 2), longitude and latitude of what must be seen; longitudes without jumps.
    """

    points: Array

    def pixels(self, points: Array, width: int) -> Array:
        """Where points (n, 2) of longitude and latitude lie on a picture of a width, (n, 2), down from the top."""
        outline, _ = self.project(width)
        turned = np.add(points, [outline["rotate"][0], 0])
        middle = cone(np.array([[0, outline["center"][1]]]), tuple(outline["parallels"]))
        flat = (cone(turned, tuple(outline["parallels"])) - middle) * outline["scale"]
        return np.asarray(flat * [1, -1] + outline["translate"])

    def project(self, width: int) -> tuple[dict[str, Any], int]:
        """The projection for Vega, and the height in pixels, at a width."""
        (west, south), (east, north) = self.points.min(axis=0), self.points.max(axis=0)
        turn, middle = (west + east) / 2, (south + north) / 2
        if north - south < LEAST_SPAN:
            south, north = middle - LEAST_SPAN / 2, middle + LEAST_SPAN / 2
        parallels = (south, north)
        flat = cone(self.points - [turn, 0], parallels)
        centre = cone(np.array([[0, middle]]), parallels)[0]
        low, high = flat.min(axis=0), flat.max(axis=0)
        wide, tall = (high - low) * (1 + 2 * MARGIN)
        height = round(float(np.clip(width * tall / wide, width / 3, width * TALLEST)))
        scale = min(width / wide, height / tall)
        x, y = (low + high) / 2 - centre
        return {
            "type": "conicEqualArea",
            "parallels": [float(south), float(north)],
            "rotate": [float(-turn), 0],
            "center": [0, float(middle)],
            "scale": float(scale),
            "translate": [float(width / 2 - scale * x), float(height / 2 + scale * y)],
        }, height


def frame_of(points: Array) -> Frame:
    """The box of some points (n, 2) with a margin: west, south, east, north."""
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    wide, high = (max(LEAST_SPAN, span) * MARGIN for span in (east - west, north - south))
    return float(west - wide), float(south - high), float(east + wide), float(north + high)


def cone(points: Array, parallels: tuple[float, float]) -> Array:
    """Albers' equal-area conic of longitude and latitude (n, 2) on the unit sphere, north up."""
    lon, lat = np.radians(points).T
    first, second = np.sin(np.radians(parallels))
    n = (first + second) / 2
    radius = np.sqrt(1 + first * second - 2 * n * np.sin(lat)) / n
    return np.stack([radius * np.sin(n * lon), -radius * np.cos(n * lon)], axis=1)


def _map(
    shapes: Mapping[str, Any],
    features: list[dict[str, Any]],
    places: pd.DataFrame,
    colour: Any,
    window: Window,
    width: int,
    *,
    thick: Any = None,
    title: str = "",
) -> Any:
    """One map; lines are as wide in pixels as their property `width` says unless `thick` says otherwise."""
    pixels, size = width - 8, 10 if width < WIDE else 12
    named = _apart(places, window.pixels(places[["lon", "lat"]].to_numpy(dtype=float), pixels), size)
    land = [f for f in shapes["features"] if f["properties"]["kind"] != "lake"]
    lakes = [f for f in shapes["features"] if f["properties"]["kind"] == "lake"]
    outline, height = window.project(pixels)
    named_so: dict[str, Any] = (
        {"title": alt.TitleParams(title, anchor="start", color=INK, fontSize=size + 2)} if title else {}
    )
    return (
        alt.layer(
            _shape(land).mark_geoshape(fill=LAND, stroke=BORDER, strokeWidth=1, clip=True),
            _shape(lakes).mark_geoshape(fill=WATER, clip=True),
            _shape(features)
            .mark_geoshape(filled=False, strokeCap="round", strokeJoin="round", clip=True)
            .encode(stroke=colour, strokeWidth=thick or alt.StrokeWidth("properties.width:Q", scale=None)),
            *_places(places, named, size, window),
        )
        .properties(width=pixels, height=height, view=alt.ViewConfig(fill=WATER), **named_so)
        .project(**outline)
    )


def _apart(places: pd.DataFrame, at: Array, size: int) -> pd.DataFrame:
    """Places in order of the table whose names have room: below the edge, apart from those before; points (n, 2) in pixels."""
    kept: list[int] = []
    half = places["text"].str.len().to_numpy() * size * NAME_WIDTH / 2
    for place in range(len(places)):
        beside = np.abs(at[kept] - at[place])
        close = (beside[:, 0] < half[kept] + half[place]) & (beside[:, 1] < size)
        if at[place, 1] >= size + RISE and not close.any():  # else the edge of the map would cut it
            kept.append(place)
    return places.iloc[kept]


def _places(places: pd.DataFrame, named: pd.DataFrame, size: int, window: Window) -> list[Any]:
    """Dots of all places, and names of some; names at the sides of the map run inwards."""
    reach = np.ptp(window.points[:, 0]) / 4
    west, east = window.points[:, 0].min() + reach, window.points[:, 0].max() - reach
    layers = [_dots(places)]
    sides = {"left": named["lon"] < west, "right": named["lon"] > east}
    sides["center"] = ~sides["left"] & ~sides["right"]
    for align, here in sides.items():
        if here.any():
            layers += _names(named[here], size, align)
    return layers


def _dots(places: pd.DataFrame) -> Any:
    return (
        alt.Chart(places)
        .mark_circle(size=PLACE, color=INK, opacity=1, clip=True)
        .encode(longitude="lon:Q", latitude="lat:Q")
    )


def _names(places: pd.DataFrame, size: int, align: Any) -> list[Any]:
    base = alt.Chart(places).encode(longitude="lon:Q", latitude="lat:Q", text="text:N")
    text: dict[str, Any] = {"fontSize": size, "dy": -RISE, "color": INK, "align": align}
    return [
        base.mark_text(**text, stroke="#ffffff", strokeWidth=3, strokeJoin="round"),
        base.mark_text(**text),
    ]


def _shape(features: list[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=features))
