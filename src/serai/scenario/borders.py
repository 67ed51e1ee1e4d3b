"""A network of border rows alone: one place an economy, and nothing between borders.

It serves studies of regions that have no corridor network yet. Goods go over the chain of borders with the
fewest hours: inside the region from neighbour to neighbour, to the outside through the last border.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from serai.axes import Axis
from serai.corridors import Graph
from serai.corridors.network import Hubs, Network, Upgrade
from serai.draws import Uncertain
from serai.errors import Problems, suggestion
from serai.study import Border

OUTSIDE = "outside"


def border_network(
    rows: Sequence[Border], economies: Axis, region: Sequence[str], parameter: Callable[[str], Uncertain]
) -> Network:
    """Border rows of a study as a network; fees are those of a truck.

    An economy outside the region has a place where goods leave from and another where they arrive, so that
    no way leads through it.

    Raises
    ------
    InputError
        For an unknown code, a border given in one direction only, a range that does not hold its value,
        and an economy of the region that no chain of borders connects with the rest.
    """
    _check(rows, economies, region)
    inside = set(region)
    tails = [r.exporter if r.exporter in inside else f"from {r.exporter}" for r in rows]
    heads = [r.importer if r.importer in inside else f"to {r.importer}" for r in rows]
    places = Axis("place", tuple(dict.fromkeys([*region, *tails, *heads])))
    names = tuple(f"border/{r.exporter}>{r.importer}" for r in rows)
    both = ["-".join(sorted((r.exporter, r.importer))) for r in rows]
    inputs = tuple(dict.fromkeys(f"crossing/{pair}" for pair in both))
    count, load = len(rows), parameter("tonnes_per_truck").value
    return Network(
        graph=Graph(
            len(places), np.array(places.indices(tails)), np.array(places.indices(heads)), names, places.names
        ),
        node_place=np.array(places.names),
        node_mode=np.full(len(places), "road"),
        kind=np.full(count, "border"),
        mode=np.full(count, "road"),
        place=np.array([r.importer for r in rows]),
        km=np.zeros(count),
        usd=np.array([r.fee_usd for r in rows]) / load,
        hours=np.array([r.hours for r in rows]),
        hours_low=np.array([r.hours_low for r in rows]),
        hours_high=np.array([r.hours_high for r in rows]),
        variation=np.full(count, parameter("border_time_cv").value),
        kg_co2=np.zeros(count),
        capacity=np.full(count, np.inf),
        containers=np.ones(count, dtype=bool),
        open=np.ones(count, dtype=bool),
        link=np.full(count, -1),
        crossing=np.arange(count),
        source=np.array([inputs.index(f"crossing/{pair}") for pair in both]),
        links=(),
        crossings=names,
        inputs=inputs,
        projects=np.full(count, ""),
        hubs=Hubs(np.array(region), np.arange(len(region)), np.ones(len(region))),
        tonnes_per_teu=parameter("tonnes_per_teu").value,
        upgrade=Upgrade.none(count),
    )


def border_hubs(network: Network, economies: Axis) -> tuple[Hubs, Hubs]:
    """Where the goods of each economy leave from and arrive: its own place, or that of the outside."""
    places = Axis("place", network.graph.places)

    def hubs(side: str) -> Hubs:
        found = {}
        for code in economies:
            near = (code, f"{side} {code}", f"{side} {OUTSIDE}")
            place = next((name for name in near if name in places), None)
            if place is not None:
                found[code] = places.index(place)
        return Hubs(np.array(list(found)), np.array(list(found.values())), np.ones(len(found)))

    return hubs("from"), hubs("to")


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
