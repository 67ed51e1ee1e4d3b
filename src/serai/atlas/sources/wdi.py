"""World Development Indicators of the World Bank: GDP, population, current account.

`read_wdi` takes the bulk file (`WDICSV.csv`, or its zip); `fetch_wdi` asks the World Bank through the package
wbgapi (the extra `data`).
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from serai.atlas.sources import codes
from serai.atlas.sources.extract import Extract, fingerprint
from serai.atlas.sources.stream import Reading, pieces
from serai.errors import InputError, MissingExtraError, Problem
from serai.provenance import sha256

INDICATORS = {
    "NY.GDP.MKTP.CD": ("gdp", "USD m", 1e6),
    "SP.POP.TOTL": ("population", "million", 1e6),
    "BN.CAB.XOKA.GD.ZS": ("current_account", "share of GDP", 100.0),
}
"""Indicator -> our variable, its unit, and what the World Bank's figure is divided by."""

ORDER = ["variable", "economy", "value", "unit", "year", "basis", "source"]


def read_wdi(path: Path | str, *, year: int) -> Extract:
    """Figures of a year from the bulk file.

    Parameters
    ----------
    path : `WDICSV.csv` (older releases: `WDIData.csv`), plain or .gz, or the zip.
    year : the column that is read; blank cells are left out and counted.

    Returns
    -------
    Extract : table `figures`: gdp (USD m), population (million), current_account (share of GDP).

    Raises
    ------
    InputError : header, numbers, repeated rows, each with its line.
    """
    reading, count = Reading(Path(path)), 0
    kept: list[pd.DataFrame] = []
    columns = ("Country Code", "Indicator Code", str(year))
    for piece in pieces(reading, columns, member=r"WDI(CSV|Data)\.csv$"):
        count += len(piece)
        at = piece.texts("Indicator Code").isin(INDICATORS).to_numpy()
        part = piece.where(at)
        rows = pd.DataFrame({"economy": codes.of_letters(part, "Country Code"), "line": part.lines})
        rows["indicator"] = part.texts("Indicator Code")
        kept.append(rows.assign(value=reading.numbers(part, str(year), blank=True)))
    table = pd.concat(kept, ignore_index=True)
    for row in table[table.duplicated(["economy", "indicator"]) & (table["economy"] != "")].to_dict(
        "records"
    ):
        reason = f"{row['indicator']} of {row['economy']} appears twice"
        reading.problems.add(reason, "Keep one.", row=int(row["line"]), field="Country Code, Indicator Code")
    frame, left_out = _figures(table, year)
    reading.some(len(frame), f"figure of {year}")
    digest = fingerprint(reading.path)
    return Extract("wdi", "wdi", reading.file, digest, {"figures": frame}, count, left_out)


def fetch_wdi(*, year: int, economies: Iterable[str] | None = None) -> Extract:
    """The same figures, asked of the World Bank over the network (needs `serai[data]`).

    Parameters
    ----------
    economies : three letters each; all by default.

    Raises
    ------
    MissingExtraError : wbgapi is not installed.
    InputError : the World Bank cannot be reached, or gave nothing.
    """
    try:
        service: Any = importlib.import_module("wbgapi")
    except ImportError:
        raise MissingExtraError("wbgapi", "data") from None
    asked = "all" if economies is None else list(economies)
    try:
        rows = list(service.data.fetch(list(INDICATORS), asked, time=year, numericTimeKeys=True))
    except Exception as error:  # noqa: BLE001  the package passes on whatever the network raised
        remedy = "Go online, or give the bulk file: serai data import wdi WDI_CSV.zip."
        raise InputError(Problem(f"the World Bank did not answer: {error}", remedy)) from None
    table = pd.DataFrame(
        {
            "economy": [codes.letters().get(str(row["economy"]), "") for row in rows],
            "indicator": [str(row["series"]) for row in rows],
            "value": [np.nan if row["value"] is None else float(row["value"]) for row in rows],
        }
    )
    if table.empty:
        raise InputError(Problem(f"the World Bank has no figures of {year}", "Ask for another year."))
    frame, left_out = _figures(table, year)
    digest = sha256(frame.to_csv(index=False).encode())
    return Extract("wdi", "wdi", f"World Bank API, {year}", digest, {"figures": frame}, len(rows), left_out)


def _figures(table: pd.DataFrame, year: int) -> tuple[pd.DataFrame, tuple[str, ...]]:
    group, blank = table["economy"] == "", table["value"].isna()
    kept = table[~group & ~blank]
    about = [INDICATORS[name] for name in kept["indicator"]]
    frame = pd.DataFrame(
        {
            "variable": [variable for variable, _, _ in about],
            "economy": kept["economy"].to_numpy(),
            "value": kept["value"].to_numpy(float) / np.array([divisor for _, _, divisor in about]),
            "unit": [unit for _, unit, _ in about],
        }
    ).assign(year=year, basis="reported", source="wdi")
    left_out = []
    if group.any():
        left_out.append(f"{int(group.sum()):,} figures of groups of economies")
    if (blank & ~group).any():
        left_out.append(f"{int((blank & ~group).sum()):,} blank figures")
    return frame[ORDER].reset_index(drop=True), tuple(left_out)
