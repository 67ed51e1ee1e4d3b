"""Words in and around a picture: how wide they are, where they break, and how much room they take."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from unicodedata import east_asian_width

import altair as alt

WIDE, NARROW = 760, 320  # pixels: a picture at a desk and on a phone
MOST_LABEL = {WIDE: 310, NARROW: 140}  # pixels: the most that a label gets
MOST_LINES = {WIDE: 2, NARROW: 4}  # of a label
PADDING = 24  # pixels beside a label: the gap to the plot, and what a wider font of a browser takes
GLYPH, WIDE_GLYPH = 7.4, 12.2  # pixels: a letter in the widest common font, a Chinese or Japanese character
LEGEND_GAP, LEGEND_ROW = 48, 17  # pixels: the mark of a legend's name and the space before the next; its row
ROWS = {1: 26, 2: 34, 3: 46, 4: 60}  # pixels from row to row, by the lines of its label
HALF_LINE = 7  # pixels by which a label is moved up for each line more than one


def label_room(labels: Sequence[str], width: int) -> int:
    """Pixels for the labels on the left: enough for the widest common font, at most a share of the picture."""
    longest = max((text_width(label) for label in labels), default=0)
    return min(MOST_LABEL[width], round(longest) + 12)


def label_axis(labels: Sequence[str], width: int, *, lines: int | None = None, grid: bool = True) -> alt.Axis:
    """An axis with room for its labels; one that is longer than its room takes as many lines as it may."""
    room = label_room(labels, width)
    longest = min(room, MOST_LABEL[width] - PADDING)
    most = MOST_LINES[width] if lines is None else lines
    broken = {label: parts for label in labels if len(parts := in_lines(label, longest, most)) > 1}
    more: dict[str, Any] = {}
    if broken:
        found = f"{json.dumps(broken, ensure_ascii=False)}[datum.label]"
        up = [
            {"test": f"isArray({found}) && {found}.length == {number}", "value": -HALF_LINE * (number - 1)}
            for number in sorted({len(parts) for parts in broken.values()})
        ]
        more |= {"labelExpr": f"{found} || datum.label", "labelOffset": {"condition": up, "value": 0}}
    return alt.Axis(labelLimit=longest, grid=grid, minExtent=room, maxExtent=room, **more)


def row_height(labels: Sequence[str], width: int) -> int:
    """Pixels from row to row: more where a label takes more lines than one."""
    room = min(label_room(labels, width), MOST_LABEL[width] - PADDING)
    return ROWS[max((len(in_lines(label, room, MOST_LINES[width])) for label in labels), default=1)]


def legend_above(names: Sequence[str], width: int, room: int) -> alt.Legend:
    """A legend from the left edge of a picture, `room` pixels left of its plot: one row, two columns, or one."""
    widths = [text_width(name) + LEGEND_GAP for name in names]
    columns = len(names) if sum(widths) <= width else 2 if 2 * max(widths) <= width else 1
    height = LEGEND_ROW * -(-len(names) // columns)
    return alt.Legend(
        title=None,
        orient="none",
        legendX=-room,
        legendY=-height - LEGEND_ROW // 2,
        direction="horizontal" if columns > 1 else "vertical",
        columns=columns,
        labelLimit=width,
    )


def text_width(text: str) -> float:
    """Pixels that a label takes at most.

    >>> text_width("Japan") < text_width("日本国政府")
    True
    """
    return sum(WIDE_GLYPH if east_asian_width(letter) in "WF" else GLYPH for letter in text)


def in_lines(label: str, room: float, most: int) -> list[str]:
    """A label in at most so many lines: one where it fits, two of like length, else filled word by word.

    >>> in_lines("Outsiders, without conduits, more controls", 130, 3)
    ['Outsiders,', 'without conduits,', 'more controls']
    """
    if most == 1:
        return [label]
    lines = two_lines(label, room)
    if most == 2 or max(map(text_width, lines)) <= room:
        return lines
    filled = [""]
    for word in label.split(" "):
        longer = f"{filled[-1]} {word}".strip()
        if filled[-1] and text_width(longer) > room:
            filled.append(word)
        else:
            filled[-1] = longer
    return filled if len(filled) <= most else lines


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
