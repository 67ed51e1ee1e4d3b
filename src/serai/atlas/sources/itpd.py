"""ITPD-E of the USITC: trade between and within economies by industry, million USD.

Columns of release 2: `exporter_iso3`, `importer_iso3`, `year`, `industry_id`, `broad_sector`, `trade`,
`flag_mirror`; names and descriptions are passed over.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serai.atlas.sources import codes
from serai.atlas.sources.extract import Extract, Sums, fingerprint
from serai.atlas.sources.stream import Piece, Reading, pieces
from serai.axes import Array

COLUMNS = ("exporter_iso3", "importer_iso3", "year", "industry_id", "broad_sector", "trade")
SECTORS = {
    "Agriculture": "goods",
    "Mining and Energy": "goods",
    "Manufacturing": "goods",
    "Services": "services",
}
FIRST_YEAR, LAST_YEAR = 1900, 2100
INDUSTRIES = 1000
MIRRORED_MAJORITY = 0.5
GROUPS = ("flow", "exporter", "importer")


def read_itpd(path: Path | str, *, year: int) -> Extract:
    """Goods, services and domestic sales of a year.

    Parameters
    ----------
    path : `ITPD_E_R02.csv`, plain or .gz, or its zip.
    year : rows of other years are passed over.

    Returns
    -------
    Extract : table `trade`, million USD. A flow of which more than half is mirrored has the basis `mirrored`.

    Raises
    ------
    InputError : header, codes, sectors, negative or missing values, repeated rows, each with its line.

    Source: Borchert, Larch, Shikher and Yotov (2021, 2022), The International Trade and Production Database
    for Estimation, USITC.
    """
    reading, count = Reading(Path(path)), 0
    every, mirrored = Sums(*GROUPS), Sums(*GROUPS)
    keys: list[NDArray[np.int64]] = []
    lines: list[NDArray[np.int64]] = []
    for whole in pieces(reading, COLUMNS, ("flag_mirror",), member=r"(?i)itpd_?e[^/]*\.csv$"):
        count += len(whole)
        years = reading.whole(whole, "year", FIRST_YEAR, LAST_YEAR)
        piece = whole.where(years == year)
        rows, industry, flag = _rows(reading, piece)
        keys.append(_key(rows, industry))
        lines.append(piece.lines)
        for sums, some in ((every, rows), (mirrored, rows[flag == 1])):
            sums.add(some["value"].to_numpy(), **{name: some[name] for name in GROUPS})
    reading.no_repeats(keys, "exporter_iso3, importer_iso3, year, industry_id", lines)
    reading.some(sum(map(len, lines)), f"row of {year}")
    table = every.frame()
    part = table.merge(mirrored.frame(), how="left", on=list(GROUPS), suffixes=("", "_mirrored"))
    share = part["value_mirrored"].fillna(0.0) / part["value"].where(part["value"] > 0)
    table["basis"] = np.where(share > MIRRORED_MAJORITY, "mirrored", "reported")
    table = table.rename(columns={"value": "value_usd_m"}).assign(year=year, source="itpd_e")
    return Extract("itpd", "itpd_e", reading.file, fingerprint(reading.path), {"trade": table}, count)


def _rows(reading: Reading, piece: Piece) -> tuple[pd.DataFrame, NDArray[np.int64], Array]:
    """exporter, importer, flow and value of each row; its industry; 1 where it is mirrored."""
    rows = pd.DataFrame(index=range(len(piece)))
    for ours, theirs in (("exporter", "exporter_iso3"), ("importer", "importer_iso3")):
        letters = codes.of_letters(piece, theirs)
        remedy = "Give the three letters of ISO 3166."
        reading.refuse(piece, letters == "", theirs, "no economy has this code", remedy)
        rows[ours] = letters
    sector = piece.texts("broad_sector").map(SECTORS)
    known = " or ".join(SECTORS)
    reading.refuse(piece, sector.isna().to_numpy(), "broad_sector", "unknown sector", f"Give {known}.")
    rows["flow"] = np.where(rows["exporter"] == rows["importer"], "domestic", sector)
    rows["value"] = reading.numbers(piece, "trade", least=0)
    flag = np.zeros(len(piece))
    if "flag_mirror" in piece.cells:
        flag = reading.numbers(piece, "flag_mirror", least=0, blank=True)
    return rows, reading.whole(piece, "industry_id", 0, INDUSTRIES - 1), flag


def _key(rows: pd.DataFrame, industry: NDArray[np.int64]) -> NDArray[np.int64]:
    """Exporter, importer and industry in one number."""
    order = np.array(sorted({"", *codes.letters().values()}))
    exporter, importer = (np.searchsorted(order, rows[side].to_numpy("U3")) for side in GROUPS[1:])
    return np.asarray((exporter * len(order) + importer) * INDUSTRIES + industry)
