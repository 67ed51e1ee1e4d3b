"""A real map of the region, coloured by a number for each economy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import altair as alt
import pandas as pd

from serai.brief.charts import INK, QUIET, WIDE

LAND, WATER, BORDER = "#eceae4", "#cfe0ec", "#ffffff"


def choropleth(
    shapes: Mapping[str, Any], table: pd.DataFrame, *, legend: str, frame: tuple[float, float, float, float]
) -> Callable[[int], Any]:
    """A map. `shapes` is GeoJSON whose features have `iso3` and `kind` (land or water).

    Parameters
    ----------
    table : columns iso3, value (in percent), text (what is written on the map), lon, lat.
    frame : west, south, east, north of the window, degrees.
    """
    values = dict(zip(table["iso3"], table["value"], strict=True))
    land = [f for f in shapes["features"] if f["properties"]["kind"] == "land"]
    water = [f for f in shapes["features"] if f["properties"]["kind"] == "water"]
    inside = [
        {**f, "properties": {**f["properties"], "value": values[f["properties"]["iso3"]]}}
        for f in land
        if f["properties"]["iso3"] in values
    ]
    around = [f for f in land if f["properties"]["iso3"] not in values]
    west, south, east, north = frame

    def make(width: int) -> Any:
        narrow = width < WIDE
        height = round(width * 0.62)
        scale = width * (90 if narrow else 90) / (east - west) * 0.62
        projection = {
            "projection": {
                "type": "conicEqualArea",
                "parallels": [south, north],
                "rotate": [-(west + east) / 2, 0],
                "center": [0, (south + north) / 2],
                "scale": scale,
                "translate": [width / 2, height / 2],
            }
        }
        top = max([*values.values(), 0])
        bottom = min([*values.values(), 0])
        colour = alt.Color(
            "properties.value:Q",
            title=legend,
            scale=alt.Scale(scheme="yellowgreenblue" if bottom >= 0 else "brownbluegreen", domain=[bottom, top]),
            legend=alt.Legend(orient="top", gradientLength=min(220, width - 60), titleLimit=width - 20),
        )
        layers = [
            _layer(around).mark_geoshape(fill=LAND, stroke=BORDER, strokeWidth=0.8, clip=True),
            _layer(inside).mark_geoshape(stroke=BORDER, strokeWidth=1.2, clip=True).encode(color=colour),
            _layer(water).mark_geoshape(fill=WATER, stroke=None, clip=True),
            alt.Chart(table)
            .mark_text(fontSize=11 if narrow else 13, color=INK, lineBreak="\n", lineHeight=14, clip=True,
                       stroke="#ffffff", strokeWidth=3, strokeOpacity=0.75, strokeJoin="round")
            .encode(longitude="lon:Q", latitude="lat:Q", text="text:N"),
            alt.Chart(table)
            .mark_text(fontSize=11 if narrow else 13, color=INK, lineBreak="\n", lineHeight=14, clip=True)
            .encode(longitude="lon:Q", latitude="lat:Q", text="text:N"),
        ]
        return alt.layer(*layers).properties(width=width - 8, height=height).project(**projection["projection"])

    return make


def _layer(features: list[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=features))


__all__ = ["QUIET", "choropleth"]
