"""A schedule: one bar a project, from the year it starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import pandas as pd

from serai.brief.charts import ASIDE, GAIN, LONG_RUN, MEDIUM_RUN, QUIET
from serai.brief.labels import label_axis, label_room, legend_above

COLOURS = (GAIN, MEDIUM_RUN, LONG_RUN)


def schedule(table: pd.DataFrame, *, window: tuple[int, int], words: Sequence[str]) -> Callable[[int], Any]:
    """Bars over years.

    Parameters
    ----------
    table : columns label, area, start, end (the year after the last).
    window : first year of the programme, and the year after its last: lines are drawn at both.
    words : names of the areas, in the order of their colours.
    """
    order = list(table.sort_values(["start", "end"], kind="stable")["label"])
    last = int(max(window[1], table["end"].max())) if len(table) else window[1]

    def make(width: int) -> Any:
        years = alt.X(
            "start:Q",
            title=None,
            scale=alt.Scale(domain=[window[0], last], nice=False),
            axis=alt.Axis(format="d", tickMinStep=1, tickCount=last - window[0]),
        )
        bars = (
            alt.Chart(table)
            .mark_bar(height=10, cornerRadius=2)
            .encode(
                x=years,
                x2="end:Q",
                y=alt.Y("label:N", sort=order, title=None, axis=label_axis(order, width, lines=1)),
                color=alt.Color(
                    "area:N",
                    sort=list(words),
                    scale=alt.Scale(domain=list(words), range=list(COLOURS)),
                    legend=legend_above(words, width, label_room(order, width)),
                ),
            )
        )
        edge = alt.Chart(pd.DataFrame({"year": [window[1]]})).mark_rule(color=QUIET, strokeDash=[4, 3])
        return (bars + edge.encode(x="year:Q")).properties(
            width=width - label_room(order, width) - ASIDE, height=alt.Step(20)
        )

    return make
