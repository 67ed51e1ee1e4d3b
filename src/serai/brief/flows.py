"""Flow diagrams as SVG text: who pays for what, from left to right, static and safe to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from serai.brief.charts import FONT, INK, QUIET, Picture
from serai.brief.labels import NARROW, WIDE, in_lines

_GAP, _BAR, _LINE = 9, 12, 17  # pixels: between bars, width of a bar, height of a line
_TALL = {WIDE: 420, NARROW: 520}
_ROOM = {WIDE: (320, 140), NARROW: (92, 92)}  # left and right of the bars
_FONT = {WIDE: 12, NARROW: 10}
_COLOURS = ("#0b5c8a", "#d97706", "#0b7a5c", "#7c4d9e", "#b3362b", "#6b7a3a", "#3a7a78", "#a0522d")


@dataclass(frozen=True, slots=True)
class Flow:
    """Money from one side to the other."""

    source: str
    target: str
    value: float


@dataclass(frozen=True, slots=True)
class _Bar:
    top: float
    height: float


def sankey(
    flows: Sequence[Flow],
    *,
    numbers: Mapping[str, str],
    quiet: Sequence[str] = (),
    short: Mapping[str, str] | None = None,
) -> Picture:
    """A flow diagram at both widths.

    Parameters
    ----------
    flows : sources and targets stand in the order in which they first appear, largest first on each side.
    numbers : label -> the number printed beside it.
    quiet : sources drawn in grey, such as a gap. short : label -> what stands for it on a phone.
    """
    return Picture(_svg(flows, numbers, quiet, {}, WIDE), _svg(flows, numbers, quiet, short or {}, NARROW))


def _svg(
    flows: Sequence[Flow],
    numbers: Mapping[str, str],
    quiet: Sequence[str],
    short: Mapping[str, str],
    width: int,
) -> str:
    left, right = (_order(flows, side, quiet) for side in ("source", "target"))
    total = sum(flow.value for flow in flows)
    most = max(len(left), len(right))
    heights = {name: _label_height(short.get(name, name), width) for name in (*left, *right)}
    tall = max(_TALL[width], most * (2 * _LINE if width == NARROW else _LINE + _GAP))
    scale = (tall - _GAP * (most - 1)) / total
    bars = {("source", k): b for k, b in _stack(left, flows, "source", scale, tall, heights).items()}
    bars |= {("target", k): b for k, b in _stack(right, flows, "target", scale, tall, heights).items()}
    start, end = _ROOM[width][0] + _BAR, width - _ROOM[width][1] - _BAR
    used: dict[tuple[str, str], float] = {}
    shapes: list[str] = []
    for name in left:
        colour = "#b8c0c8" if name in quiet else _COLOURS[left.index(name) % len(_COLOURS)]
        for target in right:
            value = sum(f.value for f in flows if f.source == name and f.target == target)
            if value <= 0:
                continue
            thick = value * scale
            a, b = (bars[side].top + used.get(side, 0.0) for side in (("source", name), ("target", target)))
            for side in (("source", name), ("target", target)):
                used[side] = used.get(side, 0.0) + thick
            shapes.append(_ribbon(start, a, end, b, thick, colour))
        bar = bars["source", name]
        shapes.append(_rect(start - _BAR, bar, colour))
        shapes.append(
            _label(short.get(name, name), numbers.get(name, ""), start - _BAR - 5, bar, "end", width)
        )
    for name in right:
        bar = bars["target", name]
        shapes.append(_rect(end, bar, INK))
        shapes.append(
            _label(short.get(name, name), numbers.get(name, ""), end + _BAR + 5, bar, "start", width)
        )
    height = max(bar.top + bar.height for bar in bars.values()) + _LINE
    head = (
        f'<svg role="presentation" xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height:.0f}" '
        f'viewBox="0 {-_LINE / 2:.0f} {width} {height + _LINE / 2:.0f}" font-family="{FONT}">'
    )
    return head + "".join(shapes) + "</svg>"


def _order(flows: Sequence[Flow], side: str, quiet: Sequence[str]) -> list[str]:
    total: dict[str, float] = {}
    for flow in flows:
        name = getattr(flow, side)
        total[name] = total.get(name, 0.0) + flow.value
    return sorted(total, key=lambda name: (name in quiet, -total[name]))


def _stack(
    names: Sequence[str],
    flows: Sequence[Flow],
    side: str,
    scale: float,
    tall: float,
    labels: Mapping[str, float],
) -> dict[str, _Bar]:
    """Bars from top to bottom, each at least as far from the next as a label needs."""
    found: dict[str, _Bar] = {}
    top = 0.0
    for name in names:
        height = sum(flow.value for flow in flows if getattr(flow, side) == name) * scale
        slot = max(height, labels[name])
        found[name] = _Bar(top + (slot - height) / 2, height)
        top += slot + _GAP
    spare = max(0.0, tall - (top - _GAP)) / 2
    return {name: _Bar(bar.top + spare, bar.height) for name, bar in found.items()}


def _ribbon(x0: float, y0: float, x1: float, y1: float, thick: float, colour: str) -> str:
    middle = (x0 + x1) / 2
    path = (
        f"M{x0:.1f},{y0:.1f} C{middle:.1f},{y0:.1f} {middle:.1f},{y1:.1f} {x1:.1f},{y1:.1f} "
        f"V{y1 + thick:.1f} C{middle:.1f},{y1 + thick:.1f} {middle:.1f},{y0 + thick:.1f} {x0:.1f},{y0 + thick:.1f} Z"
    )
    return f'<path d="{path}" fill="{colour}" fill-opacity="0.42"/>'


def _rect(x: float, bar: _Bar, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{bar.top:.1f}" width="{_BAR}" height="{max(bar.height, 1):.1f}" fill="{colour}"/>'


def _label_height(name: str, width: int) -> float:
    """Least height that a label takes: on a phone its lines and the number below them."""
    if width == WIDE:
        return _LINE
    return (len(in_lines(name, _ROOM[width][0], 3)) + 1) * (_FONT[width] + 1) + 2


def _label(name: str, number: str, x: float, bar: _Bar, anchor: str, width: int) -> str:
    """Name and number beside a bar; on a phone one above the other."""
    y, size = bar.top + bar.height / 2, _FONT[width]
    if width == NARROW:
        lines = [*((line, INK) for line in in_lines(name, _ROOM[width][0], 3)), (number, QUIET)]
        top = y - 1 - size * (len(lines) - 2)
        return "".join(
            f'<text x="{x:.1f}" y="{top + n * (size + 1):.1f}" font-size="{size}" fill="{ink}" text-anchor="{anchor}">{escape(line)}</text>'
            for n, (line, ink) in enumerate(lines)
        )
    shown = escape(name)
    return (
        f'<text x="{x:.1f}" y="{y + size / 3:.1f}" font-size="{size}" fill="{INK}" text-anchor="{anchor}">{shown} '
        f'<tspan fill="{QUIET}">{escape(number)}</tspan></text>'
    )
