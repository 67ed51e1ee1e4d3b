"""What each table must look like: `schema/<table>.csv` drives validation and documentation."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLES = (
    "economies",
    "figures",
    "trade",
    "fdi",
    "pairs",
    "agreements",
    "border_hours",
    "transfers",
    "reexports",
    "sectors",
    "sector_trade",
    "sector_inputs",
    "parameters",
)
NETWORK_TABLES = (
    "places",
    "links",
    "crossings",
    "terminals",
    "haul_rates",
    "network_lines",
    "network_projects",
    "economy_places",
    "corridors",
    "cargo",
    "pipelines",
    "corridor_facts",
)
WIDER_TABLES = ("wider_economies", "wider_figures", "wider_trade", "wider_pairs", "wider_agreements")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : as in the header.
    role : `key` (together the keys are unique and name the row), `value` or `info`.
    type : text, economy, number, integer, flag, choice, basis or source.
    unit : of the numbers.
    required : whether a blank is refused.
    allowed : the words of a `choice`.
    low, high : bounds, both included.
    description : what it means.
    """

    name: str
    role: str
    type: str
    unit: str
    required: bool
    allowed: tuple[str, ...]
    low: float | None
    high: float | None
    description: str


@cache
def read_schema(table: str) -> tuple[Column, ...]:
    """The columns of a table in order."""
    path = Path(__file__).parent / "schema" / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_column(row) for row in csv.DictReader(file))


def _column(row: dict[str, str]) -> Column:
    low, high = (float(row[end]) if row[end] else None for end in ("low", "high"))
    return Column(
        row["column"],
        row["role"],
        row["type"],
        row["unit"],
        bool(int(row["required"])),
        tuple(row["allowed"].split()),
        low,
        high,
        row["description"],
    )
