"""Charts as pictures: Altair describes them, vl-convert draws them, nothing comes from a network.

Each chart is drawn at two widths, for a desk and for a phone; the page shows the one that fits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal
from unicodedata import east_asian_width

import altair as alt
import pandas as pd
import vl_convert

ASIDE = 34  # pixels beside the plot for the last tick
PADDING = 24  # pixels beside a label: the gap to the plot, and what a wider font of a browser takes
FONT = "Liberation Sans, Arial, Helvetica, Noto Sans CJK JP, Hiragino Sans, Yu Gothic, Meiryo, sans-serif"
INK, QUIET, GRID = "#1d2733", "#5b6875", "#e3e7ec"
MEDIUM_RUN, LONG_RUN = "#0b5c8a", "#d97706"
GAIN, LOSS = "#0b7a5c", "#b3362b"
WIDE, NARROW = 660, 320
VEGA_LITE = "5.21"  # drawn by vl-convert, whichever schema Altair describes
GLYPH, WIDE_GLYPH = 7.4, 12.2  # pixels: a letter in the widest common font, a Chinese or Japanese character
LEGEND_GAP = 64  # pixels: the mark of a legend's name and the space before the next
HALF_LINE = 7  # pixels by which a label of two lines is moved up
MOST_LABEL = {WIDE: 250, NARROW: 140}  # pixels: the most that a label gets
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


def label_room(labels: list[str], width: int) -> int:
    """Pixels for the labels on the left: enough for the widest common font, at most a share of the picture."""
    longest = max((text_width(label) for label in labels), default=0)
    return min(MOST_LABEL[width], round(longest) + 12)


def label_axis(labels: list[str], width: int, *, lines: int = 2, grid: bool = True) -> alt.Axis:
    """An axis with room for its labels; one that is longer than its room takes two lines where there are."""
    room = label_room(labels, width)
    longest = min(room, MOST_LABEL[width] - PADDING)
    broken = {label: two for label in labels if len(two := two_lines(label, longest)) > 1}
    more: dict[str, Any] = {}
    if broken and lines > 1:
        found = f"{json.dumps(broken, ensure_ascii=False)}[datum.label]"
        up = {"test": f"isArray({found})", "value": -HALF_LINE}
        more |= {"labelExpr": f"{found} || datum.label", "labelOffset": {"condition": up, "value": 0}}
    return alt.Axis(labelLimit=longest, grid=grid, minExtent=room, maxExtent=room, **more)


def legend_direction(names: Iterable[str], width: int) -> Literal["horizontal", "vertical"]:
    """Names beside each other where they fit into a picture, else below each other."""
    needed = sum(text_width(name) + LEGEND_GAP for name in names)
    return "horizontal" if width == WIDE and needed <= width else "vertical"


def text_width(text: str) -> float:
    """Pixels that a label takes at most.

    >>> text_width("Japan") < text_width("日本国政府")
    True
    """
    return sum(WIDE_GLYPH if east_asian_width(letter) in "WF" else GLYPH for letter in text)


def two_lines(label: str, room: float) -> list[str]:
    """A label in one line, or in two where it is longer than its room: broken near the middle.

    A break stands after a space where there is one, else between Chinese or Japanese characters.

    >>> two_lines("Faster borders between the five", 150)
    ['Faster borders', 'between the five']
    """
    if text_width(label) <= room:
        return [label]
    places = [n for n in range(1, len(label)) if label[n - 1] == " "]
    places = places or [n for n in range(1, len(label)) if east_asian_width(label[n]) in "WF"]
    if not places:
        return [label]
    middle = text_width(label) / 2
    best = min(places, key=lambda n: abs(text_width(label[:n].rstrip()) - middle))
    return [label[:best].rstrip(), label[best:]]


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
            legend=None
            if len(colours) == 1
            else alt.Legend(title=None, direction=legend_direction(colours, width)),
        )
        value = alt.X("estimate:Q", title=axis_title, axis=alt.Axis(tickCount=4 if narrow else 7))
        line = base.mark_rule(strokeWidth=3, opacity=0.45, strokeCap="round").encode(
            x=alt.X("low:Q", title=axis_title), x2="high:Q", y=label, yOffset=offset, color=colour
        )
        dot = base.mark_circle(size=85, opacity=1).encode(x=value, y=label, yOffset=offset, color=colour)
        zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color=QUIET, strokeWidth=1).encode(x="zero:Q")
        return (zero + line + dot).properties(
            width=width - label_room(order, width) - ASIDE, height=len(order) * (12 + 14 * len(colours))
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
        narrow = width < WIDE
        return (
            alt.Chart(table)
            .mark_bar(height=18)
            .encode(
                x=alt.X(
                    "share:Q",
                    title=axis_title,
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
                    sort=[str(table.loc[table["name"] == name, "words"].iloc[0]) for name in names],
                    scale=alt.Scale(
                        domain=[str(table.loc[table["name"] == name, "words"].iloc[0]) for name in names],
                        range=colours,
                    ),
                    legend=alt.Legend(title=None, columns=1 if narrow else 2),
                ),
                order=alt.Order("rank:Q"),
            )
            .properties(width=width - label_room(order, width) - ASIDE, height=alt.Step(28))
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
