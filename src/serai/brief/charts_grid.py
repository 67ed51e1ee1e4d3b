"""Charts of a grid of scenarios: heat maps over two axes, lines over one, one panel below the other.

Every mark says in full what it shows: `draw(..., tips=True)` makes that the words of a pointer that rests on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import altair as alt
import pandas as pd

from serai.brief.charts import ASIDE, INK, LONG_RUN, LOSS, MEDIUM_RUN, QUIET
from serai.brief.labels import LEGEND_GAP, NARROW, WIDE, label_axis, label_room, text_width, two_lines

NOTHING, BLANK = "#f7f8fa", "#c9d0d7"
DARK = 0.8  # of the largest value: up to here black figures have the contrast that WCAG asks for, from here white ones
ROW, TALL_ROW = 30, 42
LINES = (MEDIUM_RUN, LONG_RUN)
BROKEN: Final = "break-paths-show-domains"  # what Vega-Lite does with a path at a value that is not there
FIGURES = 5.6  # pixels a letter of the small figures in a cell


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel of a heat map: columns row, column, estimate, text, spread, tip; without an answer estimate is NaN."""

    title: str
    cells: pd.DataFrame


def heat_panels(
    panels: Sequence[Panel], *, rows: list[str], columns: list[str], down: str, across: str
) -> Callable[[int], Any]:
    """Heat maps below each other that share their colours: zero is white, gains are blue, losses red.

    Parameters
    ----------
    rows, columns : the points of the two axes in order. down, across : what the axes are.
    """
    largest = max((float(p.cells["estimate"].abs().max()) for p in panels), default=0.0)
    most = largest if largest > 0 else 1.0  # NaN where no cell has an answer

    def make(width: int) -> Any:
        turned = width < WIDE and len(columns) > len(rows)
        sides = ((columns, rows), (across, down)) if turned else ((rows, columns), (down, across))
        side = (width - label_room(sides[0][0], width) - ASIDE) / len(sides[0][1])
        tall = max(len(str(text)) for panel in panels for text in panel.cells["spread"]) * FIGURES < side
        heat = partial(_heat, most=most, width=width, side=side, tall=tall, turned=turned)
        return alt.vconcat(*(heat(panel, *sides) for panel in panels), spacing=18)

    return make


def _heat(
    panel: Panel,
    sides: tuple[list[str], list[str]],
    titles: tuple[str, str],
    *,
    most: float,
    width: int,
    side: float,
    tall: bool,
    turned: bool,
) -> Any:
    """One panel. side : the width of a cell. tall : whether all panels have room for intervals in their cells."""
    (rows, columns), (down, across) = sides, titles
    y, x = ("column:N", "row:N") if turned else ("row:N", "column:N")
    base = alt.Chart(panel.cells).encode(
        x=alt.X(
            x,
            sort=columns,
            title=two_lines(across, side * len(columns)),
            axis=alt.Axis(orient="bottom", labelAngle=_angle(columns, side), grid=False, labelLimit=110),
        ),
        y=alt.Y(y, sort=rows, title=None, axis=label_axis(rows, width, grid=False)),
        description="tip:N",
    )
    colour = alt.Color(
        "estimate:Q",
        scale=alt.Scale(
            domain=[-most, 0, most], range=[LOSS, NOTHING, MEDIUM_RUN], clamp=True, interpolate="rgb"
        ),
        legend=None,
    )
    blank = "!isValid(datum.estimate)"
    cell = base.mark_rect(stroke="#ffffff", strokeWidth=2, invalid=None).encode(
        color=alt.condition(blank, alt.value(BLANK), colour)
    )
    ink = alt.condition(
        f"isValid(datum.estimate) && abs(datum.estimate) > {most * DARK}",
        alt.value("#ffffff"),
        alt.value("#000000"),
    )
    layers = [cell, base.mark_text(fontSize=12, dy=-7 if tall else 0).encode(text="text:N", color=ink)]
    if tall:
        layers.append(base.mark_text(fontSize=10, dy=8).encode(text="spread:N", color=ink))
    said = two_lines(f"↓ {down}", width - ASIDE)
    title = alt.TitleParams(
        panel.title,
        subtitle=said,
        anchor="start",
        frame="bounds",
        fontSize=13,
        color=INK,
        subtitleColor=QUIET,
        subtitleFontSize=12,
    )
    return alt.layer(*layers).properties(
        width=side * len(columns), height=(TALL_ROW if tall else ROW) * len(rows), title=title
    )


def _angle(columns: Sequence[str], side: float) -> int:
    """Labels lie flat where each fits over its column."""
    return 0 if max(map(text_width, columns), default=0) < side else -40


def _beside(names: Sequence[str], width: int) -> int:
    """How many names of a legend stand beside each other: all where they fit, else one."""
    return len(names) if sum(text_width(name) + LEGEND_GAP for name in names) <= width - ASIDE else 1


def lines(table: pd.DataFrame, *, order: list[str], across: str, unit: str) -> Callable[[int], Any]:
    """A line with a band for each kind: columns place (a number), kind, estimate, low, high, tip.

    Where there is no answer (NaN) the line and its band are broken: nothing is drawn in between.

    order : the kinds. across : what the axis is. unit : that of the values.
    """

    def make(width: int) -> Any:
        base = alt.Chart(table).encode(
            x=alt.X(
                "place:Q", title=two_lines(across, width - ASIDE), axis=alt.Axis(tickCount=5, grid=False)
            ),
            color=alt.Color(
                "kind:N",
                sort=order,
                scale=alt.Scale(domain=order, range=list(LINES[: len(order)])),
                legend=None
                if len(order) == 1
                else alt.Legend(title=None, orient="top", columns=_beside(order, width), symbolOpacity=1),
            ),
        )
        value = alt.Y("estimate:Q", title=None, axis=alt.Axis(tickCount=5))
        band = base.mark_area(opacity=0.18, aria=False, invalid=BROKEN).encode(
            y=alt.Y("low:Q", title=unit), y2="high:Q"
        )
        line = base.mark_line(strokeWidth=2.5, aria=False, invalid=BROKEN).encode(y=value)
        dot = base.mark_circle(size=70, opacity=1).encode(y=value, description="tip:N")
        zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color=QUIET, aria=False).encode(y="zero:Q")
        return alt.layer(zero, band, line, dot).properties(
            width=width - 2 * ASIDE, height=240 if width > NARROW else 200
        )

    return make
