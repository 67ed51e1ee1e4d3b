"""A real map of the region, coloured by a number for each economy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from serai.atlas import outlines
from serai.axes import Array
from serai.brief.charts import INK
from serai.brief.labels import WIDE

COLOURS = (
    "#d9a35f",
    "#f1f4ef",
    "#4c9db0",
)  # loss, none, gain: none so dark that the words on it are hard to read
LAND, WATER, BORDER = "#eceae4", "#cfe0ec", "#ffffff"
MARGIN = 1 / 25  # of the window, around the economies of the region
RATIO = 3 / 5  # height over width
EARTH = 180 / np.pi  # degrees in a radian

Frame = tuple[float, float, float, float]


def choropleth(
    shapes: Mapping[str, Any], table: pd.DataFrame, *, legend: str, frame: Frame
) -> Callable[[int], Any]:
    """A map of some economies among their neighbours.

    Parameters
    ----------
    shapes : GeoJSON whose features have `code` and `kind` (economy or lake).
    table : columns economy, value (in percent), text (what is written on the map), lon, lat.
    frame : west, south, east, north of the window, degrees.
    """
    values = dict(zip(table["economy"], table["value"], strict=True))
    land = [f for f in shapes["features"] if f["properties"]["kind"] != "lake"]
    lakes = [f for f in shapes["features"] if f["properties"]["kind"] == "lake"]
    around = [f for f in land if f["properties"]["code"] not in values]
    inside = [
        {**f, "properties": {**f["properties"], "value": values[f["properties"]["code"]]}}
        for f in land
        if f["properties"]["code"] in values
    ]

    def make(width: int) -> Any:
        pixels = width - 8
        size = 10 if width < WIDE else 13
        return (
            alt.layer(
                _layer(around).mark_geoshape(fill=LAND, stroke=BORDER, strokeWidth=1, clip=True),
                _layer(inside)
                .mark_geoshape(stroke=BORDER, strokeWidth=1.5, clip=True)
                .encode(color=_colour(values, legend, pixels)),
                _layer(lakes).mark_geoshape(fill=WATER, clip=True),
                _labels(table, size, halo=True),
                _labels(table, size, halo=False),
            )
            .properties(width=pixels, height=round(pixels * RATIO), view=alt.ViewConfig(fill=WATER))
            .project(**_projection(frame, pixels))
        )

    return make


def shapes_of(codes: Sequence[str]) -> dict[str, Any] | None:
    """The most detailed packaged shapes that have all of some economies; None where none has."""
    for name in ("region", "world"):
        shapes = outlines(name)
        if set(codes) <= {feature["properties"]["code"] for feature in shapes["features"]}:
            return shapes
    return None


def map_points(shapes: Mapping[str, Any], codes: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Where the name of each economy goes: the centre of its largest polygon, (longitude, latitude)."""
    return {code: _centre(max(_rings(shapes, code), key=lambda ring: abs(_area(ring)))) for code in codes}


def map_frame(shapes: Mapping[str, Any], codes: Sequence[str]) -> Frame:
    """The window that shows all of some economies: west, south, east, north."""
    points = np.concatenate([ring for code in codes for ring in _rings(shapes, code)])
    west, south = points.min(axis=0)
    east, north = points.max(axis=0)
    wide, high = (east - west) * MARGIN, (north - south) * MARGIN
    return float(west - wide), float(south - high), float(east + wide), float(north + high)


def _colour(values: Mapping[str, float], legend: str, pixels: int) -> alt.Color:
    low, high = min([*values.values(), 0]), max([*values.values(), 0])
    colours = COLOURS[1:] if low >= 0 else COLOURS
    domain = [low, high] if low >= 0 else [-max(-low, high), max(-low, high)]
    return alt.Color(
        "properties.value:Q",
        title=legend,
        scale=alt.Scale(range=list(colours), domain=domain, interpolate="lab"),
        legend=alt.Legend(orient="top", gradientLength=min(220, pixels - 60), titleLimit=pixels),
    )


def _labels(table: pd.DataFrame, size: int, *, halo: bool) -> Any:
    style: dict[str, Any] = {"stroke": "#ffffff", "strokeWidth": 3, "strokeJoin": "round"} if halo else {}
    return (
        alt.Chart(table)
        .mark_text(fontSize=size, color=INK, lineBreak="\n", lineHeight=size + 2, **style)
        .encode(longitude="lon:Q", latitude="lat:Q", text="text:N")
    )


def _projection(frame: Frame, pixels: int) -> dict[str, Any]:
    """An equal-area cone over the window, scaled so that the window fills the picture."""
    west, south, east, north = frame
    middle = (south + north) / 2
    across = (east - west) * np.cos(np.radians(middle)) / EARTH
    up = (north - south) / EARTH
    scale = min(pixels / across, pixels * RATIO / up)
    return {
        "type": "conicEqualArea",
        "parallels": [south, north],
        "rotate": [-(west + east) / 2, 0],
        "center": [0, middle],
        "scale": float(scale),
        "translate": [pixels / 2, pixels * RATIO / 2],
    }


def _layer(features: list[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=features))


def _rings(shapes: Mapping[str, Any], code: str) -> Iterator[Array]:
    """The outer rings of an economy's polygons, each (points, 2)."""
    for feature in shapes["features"]:
        if feature["properties"]["code"] == code:
            geometry = feature["geometry"]
            polygons = geometry["coordinates"]
            for polygon in [polygons] if geometry["type"] == "Polygon" else polygons:
                yield np.asarray(polygon[0], dtype=float)


def _area(ring: Array) -> float:
    x, y = ring.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def _centre(ring: Array) -> tuple[float, float]:
    x, y = ring.T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = cross.sum() / 2
    centre = [float(((v + np.roll(v, -1)) * cross).sum() / (6 * area)) for v in (x, y)]
    return centre[0], centre[1]
