"""OECD Inter-Country Input-Output tables: who uses what of whom, million USD at basic prices.

A yearly file is a matrix: rows `KAZ_B07`, then TLS, VA and OUT; columns the same pairs, then final demand
such as `KAZ_HFCE`, and OUT. China and Mexico may be split (CN1, CN2, MX1, MX2) and are added up again.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serai.atlas.sources import codes
from serai.atlas.sources.extract import Extract, fingerprint
from serai.atlas.sources.stream import Reading, header, opened
from serai.axes import Array

REST = "ROW"
TOTALS = ("TLS", "VA", "OUT")
FINAL = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "NONRES", "DPABR", "P33", "FD")
GOODS = ("A", "B", "C")
LABEL = re.compile(r"([A-Z0-9]{3})_([A-Z0-9_]+)")
MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Uses:
    """The columns of the matrix.

    Parameters
    ----------
    economies : who uses, sorted.
    places : of each column that is a use, the place of its economy.
    columns : where those columns are, counted after the label.
    industry : whether each is an industry (and not final demand).
    """

    economies: tuple[str, ...]
    places: NDArray[np.intp]
    columns: NDArray[np.intp]
    industry: NDArray[np.bool_]

    def by_economy(self, row: Array, *, industries: bool = False) -> Array:
        """A row of the matrix added up by economy; of its industries alone where so wanted."""
        cells = row[self.columns] * (self.industry if industries else 1.0)
        return np.asarray(np.bincount(self.places, cells, len(self.economies)), dtype=float)


def read_icio(path: Path | str, *, year: int) -> Extract:
    """Goods, services and domestic sales, and gross output over value added.

    Parameters
    ----------
    path : the CSV of a year such as `2022_SML.csv`, plain or .gz, or a zip (the member of `year` is read).
    year : the year of the file; refuse a file whose name begins with another.

    Returns
    -------
    Extract : tables `trade` (flows `goods`, `services`, `domestic`, million USD) and `figures`
        (`gross_output_ratio`). The rest of the world of ICIO is left out: it holds economies of our own list.

    Raises
    ------
    InputError : labels, numbers, rows or columns that appear twice, flows below zero, each with its line.

    Source: OECD (2025), Inter-Country Input-Output tables.
    """
    reading = Reading(Path(path))
    member = rf"(^|/)(ICIO\d*_)?{year}(_|\.)[^/]*csv$"
    with opened(reading, member, "Give the file of the year.") as stream:
        _right_year(reading, year)
        uses = _columns(reading, header(reading, stream))
        sales, made, added, count = _matrix(reading, stream, uses)
    reading.problems.raise_if_any()
    trade, below = _flows(sales, uses.economies)
    for exporter, importer, value in below:
        reading.problems.add(
            f"sales of {exporter} to {importer} add up to {value:,.1f}", "Check the file.", field=importer
        )
    reading.problems.raise_if_any()
    order = ["flow", "exporter", "importer", "value_usd_m"]
    trade = trade[order].assign(year=year, basis="reported", source="icio")
    rest = "cells with the rest of the world of ICIO, whose members differ from ours"
    tables = {"trade": trade, "figures": _ratios(made, added, year)}
    return Extract("icio", "icio", reading.file, fingerprint(reading.path), tables, count, (rest,))


def _right_year(reading: Reading, year: int) -> None:
    found = re.search(r"(?:^|/|_)((?:19|20)\d\d)(?:_|\.)", reading.file)
    if found and int(found[1]) != year:
        reason = f"the file is of {found[1]}, not of {year}"
        reading.problems.add(reason, "Give the file of that year, or that year.")
        reading.problems.raise_if_any()


def _columns(reading: Reading, names: list[str]) -> Uses:
    """Which columns are uses, and of whom."""
    labels = names[1:]
    for name in sorted({name for name in labels if labels.count(name) > 1}):
        reading.problems.add("the column appears twice", "Keep one.", row=1, field=name)
    economies: list[str] = []
    used = []
    for at, name in enumerate(labels):
        if name in TOTALS or name in ("TOTAL", ""):
            continue
        code = _economy(reading, name, 1)
        if code:
            economies.append(code)
            used.append(at)
    if not used:
        reading.problems.add(
            "no column is named like KAZ_B07", "Give the file of a year, such as 2022_SML.csv.", row=1
        )
    if "OUT" not in labels and "TOTAL" not in labels:
        reading.problems.add("the column OUT is missing", "Give the official file.", row=1, field="OUT")
    reading.problems.raise_if_any()
    users = sorted(set(economies))
    final = np.array([labels[at].split("_", 1)[-1] in FINAL for at in used])
    return Uses(tuple(users), np.array([users.index(code) for code in economies]), np.array(used), ~final)


def _economy(reading: Reading, label: str, line: int) -> str:
    found = LABEL.fullmatch(label)
    code = found[1] if found else ""
    known = REST if code == REST else codes.letters().get(code, "")
    if not known:
        remedy = "Labels are an economy, an underscore and an industry or a final use, such as KAZ_B07."
        reading.problems.add("no economy has this code", remedy, row=line, field=label)
    return known


def _matrix(
    reading: Reading, stream: IO[bytes], uses: Uses
) -> tuple[dict[tuple[str, str], Array], dict[str, float], dict[str, float], int]:
    """Sales of goods and of services by seller to each user; output and value added; rows read."""
    sales: dict[tuple[str, str], Array] = {}
    totals: dict[str, Array] = {}
    seen: set[str] = set()
    line = 1
    for line, label, values in _lines(reading, stream, int(uses.columns[-1]) + 1):
        if label in seen:
            reading.problems.add("the row appears twice", "Keep one.", row=line, field=label)
        seen.add(label)
        if label in TOTALS:
            totals[label] = uses.by_economy(values, industries=True)
            continue
        code = _economy(reading, label, line)
        kind = "goods" if label.split("_", 1)[-1].startswith(GOODS) else "services"
        sales[kind, code] = sales.get((kind, code), 0.0) + uses.by_economy(values)
    for label in ("VA", "OUT"):
        if label not in totals:
            reading.problems.add(f"the row {label} is missing", "Give the official file.", field=label)
    reading.problems.raise_if_any()
    made, added = (
        dict(zip(uses.economies, map(float, totals[label]), strict=True)) for label in ("OUT", "VA")
    )
    return sales, made, added, line


def _lines(reading: Reading, stream: IO[bytes], width: int) -> Iterator[tuple[int, str, Array]]:
    rows = csv.reader(line.decode("utf-8", "replace") for line in stream)
    for line, cells in enumerate(rows, start=2):
        if len(reading.problems) >= MOST_PROBLEMS:
            return
        label = cells[0].strip() if cells else ""
        if len(cells) <= width:
            reason = f"the row has {len(cells)} cells and stops before the last use"
            reading.problems.add(reason, "Restore it from the official file.", row=line, field=label)
            continue
        try:
            values = np.array(cells[1:], dtype=float)
        except ValueError:
            values = np.array([np.nan])
        if np.isfinite(values).all():
            yield line, label, values
        else:
            _not_numbers(reading, line, label, cells)


def _not_numbers(reading: Reading, line: int, label: str, cells: list[str]) -> None:
    numbers = pd.to_numeric(pd.Series(cells[1:]), errors="coerce")
    for at in np.flatnonzero(~np.isfinite(numbers.to_numpy(float)))[:MOST_PROBLEMS]:
        remedy = "Missing is never zero: restore the cell from the official file."
        reading.problems.add(
            "not a number", remedy, row=line, field=f"{label}, column {at + 2}", value=cells[at + 1]
        )


def _flows(
    sales: dict[tuple[str, str], Array], users: tuple[str, ...]
) -> tuple[pd.DataFrame, list[tuple[str, str, float]]]:
    """Flows between the economies shown, and those that add up to less than zero."""
    rows = []
    for (kind, seller), bought in sales.items():
        for buyer, value in zip(users, bought, strict=True):
            if REST not in (seller, buyer):
                rows.append(("domestic" if seller == buyer else kind, seller, buyer, float(value)))
    table = pd.DataFrame(rows, columns=["flow", "exporter", "importer", "value_usd_m"])
    table = table.groupby(["flow", "exporter", "importer"])["value_usd_m"].sum().reset_index()
    wrong = table[table["value_usd_m"] < 0]
    return table, list(zip(wrong["exporter"], wrong["importer"], wrong["value_usd_m"], strict=True))


def _ratios(made: dict[str, float], added: dict[str, float], year: int) -> pd.DataFrame:
    rows = [
        {"variable": "gross_output_ratio", "economy": code, "value": made[code] / added[code]}
        for code in made
        if code != REST and added[code] > 0
    ]
    frame = pd.DataFrame(rows, columns=["variable", "economy", "value"])
    return frame.assign(unit="gross output over GDP", year=year, basis="reported", source="icio")
