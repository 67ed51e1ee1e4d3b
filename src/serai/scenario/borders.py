"""Hours and fees at borders, and which borders lie between two economies.

Until a study has a corridor network, the borders on the way are those of the quickest chain of border rows
of the study: inside the region from neighbour to neighbour, to the outside through the last border.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from serai.axes import Array, Axis
from serai.errors import Problems, suggestion
from serai.study import Border

OUTSIDE = "outside"


@dataclass(frozen=True)
class Borders:
    """B border rows and the pairs whose goods cross them.

    Attributes
    ----------
    sides : (exporter, importer) of each row; the importer or exporter may be `outside`.
    hours, fee_usd : (3, B), value, low and high.
    crossed : (N * N, B) sparse, 1 where the way from exporter to importer crosses that border.
    """

    sides: tuple[tuple[str, str], ...]
    hours: Array
    fee_usd: Array
    crossed: csr_array

    def drawn(self, which: str, position: Array) -> Array:
        """Hours or fees of each border, shape (draws, B).

        `position` (draws,) is where all borders stand in their ranges: -1 the low end, 0 the value, +1 the
        high end; between and beyond on the log scale. All borders move together: that is the wide reading.
        """
        value, low, high = getattr(self, which)
        with np.errstate(divide="ignore", invalid="ignore"):
            up = np.where(value > 0, np.log(high / value), 0)
            down = np.where(low > 0, np.log(value / np.where(low > 0, low, 1)), up)
        p = position[:, None]
        return np.asarray(value * np.exp(p * np.where(p < 0, down, up)))

    def between(self, first: Iterable[str], second: Iterable[str]) -> Array:
        """1 for each border row with one side in `first` and the other in `second`, shape (B,)."""
        a, b = set(first), set(second)
        return np.array([float((x in a and y in b) or (x in b and y in a)) for x, y in self.sides])


def read_borders(rows: Sequence[Border], economies: Axis, region: Sequence[str]) -> Borders:
    """Border rows of a study laid over the economies of the world.

    Raises
    ------
    InputError
        For an unknown code, a border given in one direction only, a range that does not hold its value,
        and an economy of the region that no chain of borders connects with the rest.
    """
    _check(rows, economies, region)
    sides = tuple((row.exporter, row.importer) for row in rows)
    hours = np.array([[r.hours, r.hours_low, r.hours_high] for r in rows]).T
    fees = np.array([[r.fee_usd, r.fee_low_usd, r.fee_high_usd] for r in rows]).T
    return Borders(sides, hours, fees, _crossed(sides, hours[0], economies, region))


def _crossed(
    sides: Sequence[tuple[str, str]], hours: Array, economies: Axis, region: Sequence[str]
) -> csr_array:
    nodes = Axis(
        "place", tuple(dict.fromkeys([*region, OUTSIDE, *(name for side in sides for name in side)]))
    )
    place = {side: number for number, side in enumerate(sides)}
    rows: list[int] = []
    columns: list[int] = []
    inside = set(region)
    usable = [s for s in sides if s[0] in inside and s[1] in inside]
    n = len(economies)
    for exporter in economies:
        for importer in economies:
            if exporter == importer or not ({exporter, importer} & inside):
                continue
            gates = usable + [
                s for s in sides if s in place and _is_gate(s, exporter, importer, inside, place)
            ]
            chain = _quickest(gates, place, hours, nodes, exporter, importer, inside)
            rows += [economies.index(exporter) * n + economies.index(importer)] * len(chain)
            columns += chain
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=(n * n, len(sides)))


def _is_gate(
    side: tuple[str, str], exporter: str, importer: str, inside: set[str], place: dict[tuple[str, str], int]
) -> bool:
    """Is this border row the step between the region and the outside end of a pair?"""
    far = importer if exporter in inside else exporter
    if far in inside:
        return False
    known = any(far in other for other in place)
    return (far if known else OUTSIDE) in side


def _quickest(
    gates: Sequence[tuple[str, str]],
    place: dict[tuple[str, str], int],
    hours: Array,
    nodes: Axis,
    exporter: str,
    importer: str,
    inside: set[str],
) -> list[int]:
    start, end = (
        name if name in inside or any(name in g for g in gates) else OUTSIDE for name in (exporter, importer)
    )
    if start not in nodes or end not in nodes or start == end:
        return []
    a = [nodes.index(x) for x, _ in gates]
    b = [nodes.index(y) for _, y in gates]
    # an hour more for each border: with equal hours the way with fewer borders wins, and none is free
    cost = csr_array(([hours[place[g]] + 1 for g in gates], (a, b)), shape=(len(nodes), len(nodes)))
    distance, before = dijkstra(
        cost, directed=True, indices=np.array(nodes.index(start)), return_predecessors=True
    )
    if not np.isfinite(distance[nodes.index(end)]):
        return []
    chain: list[int] = []
    here = nodes.index(end)
    while here != nodes.index(start):
        previous = int(before[here])
        chain.append(place[nodes.names[previous], nodes.names[here]])
        here = previous
    return chain[::-1]


def _check(rows: Sequence[Border], economies: Axis, region: Sequence[str]) -> None:
    problems = Problems("borders.csv")
    sides = {(row.exporter, row.importer) for row in rows}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        where = f"{row.exporter} > {row.importer}"
        for field in ("exporter", "importer"):
            code = getattr(row, field)
            if code not in economies and code != OUTSIDE:
                remedy = suggestion(code, [*economies, OUTSIDE])
                problems.add("there is no such economy", remedy, row=where, field=field, value=code)
        if (row.exporter, row.importer) in seen:
            problems.add("the border appears twice", "Keep one row for each direction.", row=where)
        seen.add((row.exporter, row.importer))
        if (row.importer, row.exporter) not in sides:
            problems.add(
                "the border is given in one direction only", "Add the row of the way back.", row=where
            )
        for low, value, high, field in (
            (row.hours_low, row.hours, row.hours_high, "hours"),
            (row.fee_low_usd, row.fee_usd, row.fee_high_usd, "fee_usd"),
        ):
            if not low <= value <= high:
                problems.add(
                    "the value lies outside its range",
                    "Give low <= value <= high.",
                    row=where,
                    field=field,
                    value=value,
                )
    if rows:
        connected = {name for side in sides for name in side}
        for code in region:
            if code not in connected:
                problems.add(
                    "the economy has no border row",
                    "Add its borders, both directions.",
                    field="exporter",
                    value=code,
                )
    problems.raise_if_any()
