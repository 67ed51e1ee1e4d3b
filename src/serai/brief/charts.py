"""Charts as pictures: Altair describes them, vl-convert draws them, nothing comes from a network.

Each chart is drawn at two widths, for a desk and for a phone; the page shows the one that fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from serai.brief.labels import NARROW, WIDE, label_axis, label_room, legend_above, row_height, two_lines

ASIDE = 34  # pixels beside the plot for the last tick
FONT = "Liberation Sans, Arial, Helvetica, Noto Sans CJK JP, Hiragino Sans, Yu Gothic, Meiryo, sans-serif"
INK, QUIET, GRID = "#1d2733", "#5b6875", "#e3e7ec"
MEDIUM_RUN, LONG_RUN = "#0b5c8a", "#d97706"
GAIN, LOSS = "#0b7a5c", "#b3362b"
VEGA_LITE = "5.21"  # drawn by vl-convert, whichever schema Altair describes
FIGURES: dict[str, Any] = {"en": "en-US", "ja": "ja-JP", "ru": "ru-RU"}  # names of number formats of d3


@dataclass(frozen=True)
class Picture:
    """One chart at two widths, as SVG text."""

    wide: str
    narrow: str


def draw(make: Callable[[int], Any], language: str = "en", *, tips: bool = False) -> Picture:
    """Draw a chart at both widths. `make` gets the width in pixels and returns an Altair chart.

    `language` decides how the figures of the axes are written. With `tips` the description of a mark is shown
    where a pointer rests on it.
    """
    return Picture(_svg(make(WIDE), language, tips), _svg(make(NARROW), language, tips))


def _svg(chart: Any, language: str, tips: bool) -> str:
    described = chart.to_dict(validate=False)
    described["config"] = _with_style(described.get("config", {})) | {"aria": tips}
    text: str = vl_convert.vegalite_to_svg(
        described,
        vl_version=VEGA_LITE,
        format_locale=FIGURES[language],
    )
    text = _DESCRIBED.sub(r"<\1\2\4><title>\3</title></\1>", text) if tips else text
    return text.replace("<svg ", '<svg role="presentation" ', 1)


_DESCRIBED = re.compile(r'<(path)( [^>]*?)?aria-label="([^"]*)"([^>]*?)/>')
"""A mark that is described; figures lie over marks and let the pointer through (style.css)."""


STYLE: dict[str, Any] = {
    "font": FONT,
    "background": "transparent",
    "padding": 4,
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": QUIET,
        "gridColor": GRID,
        "domain": False,
        "ticks": False,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 220,
        "labelPadding": 6,
    },
    "axisQuantitative": {"labelOverlap": "greedy", "labelSeparation": 6},
    "legend": {
        "labelColor": INK,
        "titleColor": QUIET,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "orient": "top",
        "labelLimit": 340,
        "columnPadding": 44,
        "rowPadding": 4,
    },
    "header": {"labelColor": INK, "labelFontSize": 12, "title": None},
}


def _with_style(config: dict[str, Any]) -> dict[str, Any]:
    """A chart's own configuration under ours; Altair's `configure` would copy every row of the data."""
    both = config | STYLE
    return both | {
        key: config[key] | STYLE[key]
        for key in ("view", "axis", "legend", "header")
        if isinstance(config.get(key), dict)
    }


def whiskers(
    table: pd.DataFrame, *, order: list[str], axis_title: str, kinds: dict[str, str] | None = None
) -> Callable[[int], Any]:
    """Dots with intervals, one row a label.

    Parameters
    ----------
    table : columns label, kind, estimate, low, high.
    order : labels from top to bottom. kinds : kind -> colour; several kinds stand above each other.
    """
    colours = kinds or {str(table["kind"].iloc[0]): MEDIUM_RUN}

    def make(width: int) -> Any:
        narrow = width < WIDE
        room = label_room(order, width)
        plot = width - room - ASIDE
        base = alt.Chart(table)
        label = alt.Y(
            "label:N",
            sort=order,
            title=None,
            axis=label_axis(order, width),
        )
        offset = alt.YOffset("kind:N", sort=list(colours), scale=alt.Scale(paddingInner=0, paddingOuter=0.5))
        colour = alt.Color(
            "kind:N",
            sort=list(colours),
            scale=alt.Scale(domain=list(colours), range=list(colours.values())),
            legend=None if len(colours) == 1 else legend_above(list(colours), width, room),
        )
        title = two_lines(axis_title, plot)
        value = alt.X("estimate:Q", title=title, axis=alt.Axis(tickCount=4 if narrow else 7))
        line = base.mark_rule(strokeWidth=3, opacity=0.45, strokeCap="round").encode(
            x=alt.X("low:Q", title=title), x2="high:Q", y=label, yOffset=offset, color=colour
        )
        dot = base.mark_circle(size=85, opacity=1).encode(x=value, y=label, yOffset=offset, color=colour)
        zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color=QUIET, strokeWidth=1).encode(x="zero:Q")
        return (zero + line + dot).properties(
            width=plot, height=len(order) * max(12 + 14 * len(colours), row_height(order, width))
        )

    return make


def stacked_shares(table: pd.DataFrame, *, order: list[str], axis_title: str) -> Callable[[int], Any]:
    """Horizontal bars of shares that add up to one: columns label, name, share."""
    names = list(table.groupby("name")["share"].mean().sort_values(ascending=False).index)
    palette = ["#0b5c8a", "#d97706", "#0b7a5c", "#7c4d9e", "#b3362b", "#6b7a3a", "#3a7a78", "#a0522d"]
    colours = [palette[n % len(palette)] for n in range(len(names))]
    if "other" in names:
        colours[names.index("other")] = "#b8c0c8"

    def make(width: int) -> Any:
        room = label_room(order, width)
        plot = width - room - ASIDE
        words = [str(table.loc[table["name"] == name, "words"].iloc[0]) for name in names]
        return (
            alt.Chart(table)
            .mark_bar(height=18)
            .encode(
                x=alt.X(
                    "share:Q",
                    title=two_lines(axis_title, plot),
                    axis=alt.Axis(format="%", tickCount=4),
                    scale=alt.Scale(domain=[0, 1]),
                ),
                y=alt.Y(
                    "label:N",
                    sort=order,
                    title=None,
                    axis=label_axis(order, width),
                ),
                color=alt.Color(
                    "words:N",
                    sort=words,
                    scale=alt.Scale(domain=words, range=colours),
                    legend=legend_above(words, width, room),
                ),
                order=alt.Order("rank:Q"),
            )
            .properties(width=plot, height=alt.Step(row_height(order, width) + 2))
        )

    return make


def heat(table: pd.DataFrame, *, rows: list[str], columns: list[str], title: str) -> Callable[[int], Any]:
    """A grid of numbers whose colour says how large they are: columns row, column, value, text.

    On a phone the columns are the rows, so that the longer side runs down.
    """

    def make(width: int) -> Any:
        narrow = width < WIDE
        across, down = (rows, columns) if narrow and len(rows) < len(columns) else (columns, rows)
        x, y = ("row:N", "column:N") if across is rows else ("column:N", "row:N")
        room = label_room(down, width)
        base = alt.Chart(table).encode(
            x=alt.X(
                x,
                sort=across,
                title=None,
                axis=alt.Axis(
                    orient="top",
                    labelAngle=-40 if narrow else 0,
                    grid=False,
                    labelLimit=110,
                    labelExpr="datum.label" if narrow else "split(datum.label, ' ')",
                ),
            ),
            y=alt.Y(y, sort=down, title=None, axis=label_axis(down, width, grid=False)),
        )
        cell = base.mark_rect(stroke="#ffffff", strokeWidth=2).encode(
            color=alt.Color(
                "value:Q",
                title=title,
                scale=alt.Scale(
                    type="sqrt", domainMin=0, clamp=True, range=["#f2f5f8", "#b9d3e3", MEDIUM_RUN]
                ),
                legend=None,
            )
        )
        most = float(table["value"].max())
        ink = alt.condition(alt.datum.value > most * 3 / 5, alt.value("#ffffff"), alt.value(INK))
        text = base.mark_text(fontSize=11 if narrow else 12).encode(text="text:N", color=ink)
        side = (width - room - ASIDE) / len(across)
        return (cell + text).properties(width=side * len(across), height=30 * len(down))

    return make
