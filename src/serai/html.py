"""A result as a short table for a notebook: escaped, units in the heads, nothing fetched from anywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from serai.axes import Array

if TYPE_CHECKING:
    import pandas as pd

MOST = 12


def table(head: Sequence[str], rows: Sequence[Sequence[object]], caption: str, most: int = MOST) -> str:
    """The first rows as an HTML table; the caption says how many are left out.

    >>> table(["economy", "real income, %"], [["<KAZ>", 1.25]], "one economy").count("&lt;KAZ&gt;")
    1
    """
    if len(rows) > most:
        caption = f"{caption} ({most} of {len(rows)} rows)"
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(_row(row) for row in rows[:most])
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def frame(rows: pd.DataFrame, caption: str, most: int = MOST) -> str:
    """The first rows of a tidy table."""
    return table([str(name) for name in rows.columns], rows.to_numpy(dtype=object).tolist(), caption, most)


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


def _row(row: Sequence[object]) -> str:
    name, *rest = (escape(_text(cell)) for cell in row)
    return f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'


def _text(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.4g}" if math.isfinite(value) else "–"
    return str(value)
