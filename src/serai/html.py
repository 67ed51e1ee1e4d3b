"""Short tables of results for a notebook: rows in the order that matters, units in the heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from serai.axes import Array
from serai.shown import frame_html

if TYPE_CHECKING:
    import pandas as pd

MOST = 12


def table(head: Sequence[str], rows: Sequence[Sequence[object]], caption: str, most: int = MOST) -> str:
    """The first rows as an HTML table; what is left out is counted.

    >>> table(["economy", "real income, %"], [["<KAZ>", 1.25]], "one economy").count("&lt;KAZ&gt;")
    1
    """
    import pandas as pd

    return frame_html(pd.DataFrame(rows, columns=list(head)), caption, most)


def frame(rows: pd.DataFrame, caption: str) -> str:
    """The first rows of a tidy table."""
    return frame_html(rows, caption, MOST)


def largest(names: Sequence[str], columns: Mapping[str, Array], caption: str, kind: str = "economy") -> str:
    """One row a name, the largest first column first, whatever its sign; NaN last."""
    first = np.abs(next(iter(columns.values())))
    order = np.argsort(-np.where(np.isfinite(first), first, -1), kind="stable")
    rows = [[names[k], *(float(column[k]) for column in columns.values())] for k in order]
    return table([kind, *columns], rows, caption)


def cells(axes: Mapping[str, Sequence[str]], tables: Mapping[str, Array], caption: str) -> str:
    """One row a cell of tables of one shape, the largest of the first table first."""
    first = np.nan_to_num(np.abs(next(iter(tables.values()))), nan=-1.0)
    order = np.argsort(-first, axis=None, kind="stable")[:MOST]
    rows = [
        [
            *(axis[k] for axis, k in zip(axes.values(), cell, strict=True)),
            *(float(table[tuple(cell)]) for table in tables.values()),
        ]
        for cell in np.stack(np.unravel_index(order, first.shape), axis=1)
    ]
    return table([*axes, *tables], rows, f"{caption} (the largest of {first.size})")


def percent(ratio: Array) -> Array:
    """Ratios new over old as changes in percent."""
    return 100 * (np.asarray(ratio) - 1)
