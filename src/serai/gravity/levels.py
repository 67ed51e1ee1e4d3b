"""Fixed effects with a stated reference level.

Flows identify exporter, importer and pair effects only up to constants that move between them. The table
sets the importer effects of one reference importer to zero; with pair effects also each economy's
first year. What is taken there goes to the exporter effects and the pair effects, so that the sum of a
flow's effects is unchanged.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from serai.axes import Array
from serai.errors import UnknownNameError
from serai.gravity.effects import EffectPlan
from serai.gravity.layout import Layout
from serai.gravity.panel import Codes, Panel
from serai.gravity.reading import Mask


def linear_effects(
    sample: Panel, plan: EffectPlan, unknowns: Array, pair: Array, level: float, table: Panel
) -> Array:
    """The sum of effects of each row of `table`, NaN where one was not estimated; shape (n,)."""
    a, c = Layout(plan, sample.shape).parts(unknowns[None])
    i, j, t = sample.places
    places = [
        np.array([{name: k for k, name in enumerate(own)}.get(name, -1) for name in other], dtype=np.int64)[
            codes
        ]
        for own, other, codes in zip(
            (sample.exporters, sample.importers, sample.years),
            (table.exporters, table.importers, table.years),
            table.places,
            strict=True,
        )
    ]
    if sample.years == (None,) or not plan.by_year:
        places[2] = np.zeros_like(places[2])
    missing = np.zeros(table.cells.size, dtype=bool)
    count_i, count_j, years = sample.shape
    known = {
        "exporter": _seen((count_i,), (i,)),
        "importer": _seen((count_j,), (j,)),
        "year": _seen((years,), (t,)),
        "exporter-year": _seen((count_i, years), (i, t)), "importer-year": _seen((count_j, years), (j, t)),
        "pair": _seen((count_i, count_j), (i, j)),
    }  # fmt: skip
    if plan.pair == "symmetric":
        known["symmetric pair"] = known["pair"] | known["pair"].T
    keys = {
        "exporter": (0,), "importer": (1,), "year": (2,), "exporter-year": (0, 2), "importer-year": (1, 2),
        "pair": (0, 1), "symmetric pair": (0, 1),
    }  # fmt: skip
    for name in plan.kept:
        at = tuple(places[k] for k in keys[name])
        outside = np.any([place < 0 for place in at], axis=0)
        missing |= outside | ~known[name][tuple(np.maximum(place, 0) for place in at)]
    safe = [np.maximum(place, 0) for place in places]
    total = np.full(table.cells.size, level if plan.any else 0.0)
    total += a[0][safe[0], safe[2]] + c[0][safe[1], safe[2]] + pair[safe[0], safe[1]]
    total[missing] = np.nan
    return total


def effect_table(
    sample: Panel, plan: EffectPlan, unknowns: Array, pair: Array, level: float, reference: Any = None
) -> pd.DataFrame:
    """One row an effect: effect, exporter, importer, year, estimate, reference."""
    layout = Layout(plan, sample.shape)
    timeless = unknowns.copy()
    timeless[layout.size - layout.years :] = 0.0
    a, c = (part[0].copy() for part in layout.parts(timeless[None]))
    pair = pair.copy()
    i, j, t = sample.places
    if reference is None:
        reference = sample.importers[int(np.argmax(np.bincount(j, sample.flow, sample.shape[1])))]
    elif reference not in sample.importers:
        raise UnknownNameError("importer", str(reference), [str(n) for n in sample.importers])
    if not plan.any:
        return pd.DataFrame(columns=["effect", "exporter", "importer", "year", "estimate", "reference"])
    seen_i, seen_j = _seen(a.shape, (i, t)), _seen(c.shape, (j, t))
    note = _normalise(a, c, pair, level, plan, seen_i, seen_j, sample.importers.index(reference))
    rows: list[pd.DataFrame] = []
    years = np.array(sample.years, dtype=object)
    exporters, importers = np.array(sample.exporters, dtype=object), np.array(sample.importers, dtype=object)
    for side, values, seen, names in (("exporter", a, seen_i, exporters), ("importer", c, seen_j, importers)):
        kind = getattr(plan, side)
        if kind == "none":
            continue
        if kind == "fixed":
            at = np.flatnonzero(seen.any(axis=1))
            rows.append(pd.DataFrame({"effect": side, side: names[at], "estimate": values[at, 0]}))
        else:
            k, when = np.nonzero(seen)
            rows.append(
                pd.DataFrame(
                    {
                        "effect": f"{side}-year",
                        side: names[k],
                        "year": years[when],
                        "estimate": values[k, when],
                    }
                )
            )
    if plan.year:
        own_years = unknowns[-layout.years :] + (level if plan.kept == ("year",) else 0.0)
        rows.append(pd.DataFrame({"effect": "year", "year": years, "estimate": own_years}))
    if plan.pair != "none":
        known = _seen(pair.shape, (i, j))
        if plan.pair == "symmetric":
            known = np.triu(known | known.T)
        k, n = np.nonzero(known)
        name = "pair" if plan.pair == "directed" else "symmetric pair"
        rows.append(
            pd.DataFrame(
                {"effect": name, "exporter": exporters[k], "importer": importers[n], "estimate": pair[k, n]}
            )
        )
    table = pd.concat(rows, ignore_index=True)
    table["reference"] = note.format(reference=reference)
    return table.reindex(columns=["effect", "exporter", "importer", "year", "estimate", "reference"])


def _seen(shape: tuple[int, ...], where: tuple[Codes, ...]) -> Mask:
    known = np.zeros(shape, dtype=bool)
    known[where] = True
    return known


def _normalise(
    a: Array,
    c: Array,
    pair: Array,
    level: float,
    plan: EffectPlan,
    seen_i: Mask,
    seen_j: Mask,
    importer: int,
) -> str:
    """Move constants between the effects, in place; returns the reference level in words."""
    sides = (plan.exporter, plan.importer)
    if plan.pair == "symmetric" or plan.year or "none" in sides:
        if plan.exporter != "none":
            a += level
        elif plan.importer != "none":
            c += level
        elif plan.pair != "none":
            pair += level
        return "as solved: only differences within an effect are identified"
    a += c[importer] + level
    c -= c[importer].copy()
    note = "importer effects of {reference} are zero"
    if plan.pair == "directed":
        first_i, first_j = seen_i.argmax(axis=1), seen_j.argmax(axis=1)
        start_i = a[np.arange(a.shape[0]), first_i]
        start_j = c[np.arange(c.shape[0]), first_j]
        a -= start_i[:, None]
        c -= start_j[:, None]
        pair += start_i[:, None] + start_j[None]
        note += ", and so are each economy's effects in its first year"
    return note
