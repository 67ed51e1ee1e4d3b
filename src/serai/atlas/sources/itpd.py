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
from serai.atlas.sources.stream import Reading, pieces

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
    for piece in pieces(reading, COLUMNS, ("flag_mirror",), member=r"(?i)itpd_?e[^/]*\.csv$"):
        count += len(piece)
        years = reading.whole(piece, "year", FIRST_YEAR, LAST_YEAR)
        at = years == year
        sides = {}
        for ours, theirs in (("exporter", "exporter_iso3"), ("importer", "importer_iso3")):
            sides[ours] = codes.of_letters(piece, theirs)
            remedy = "Give the three letters of ISO 3166."
            reading.refuse(piece, at & (sides[ours] == ""), theirs, "no economy has this code", remedy)
        sector = piece.texts("broad_sector").map(SECTORS)
        known = " or ".join(SECTORS)
        reading.refuse(piece, sector.isna().to_numpy(), "broad_sector", "unknown sector", f"Give {known}.")
        industry = reading.whole(piece, "industry_id", 0, INDUSTRIES - 1)
        value = reading.numbers(piece, "trade", least=0)
        keys.append(_key(years, sides, industry))
        own = sides["exporter"] == sides["importer"]
        rows = pd.DataFrame(sides).assign(flow=np.where(own, "domestic", sector), value=value)
        flag = np.zeros(len(piece))
        if "flag_mirror" in piece.cells:
            flag = reading.numbers(piece, "flag_mirror", least=0, blank=True)
        for sums, chosen in ((every, at), (mirrored, at & (flag == 1))):
            some = rows[chosen]
            sums.add(some["value"].to_numpy(), **{name: some[name] for name in GROUPS})
    reading.no_repeats(keys, "exporter_iso3, importer_iso3, year, industry_id")
    reading.problems.raise_if_any()
    table = every.frame()
    part = table.merge(mirrored.frame(), how="left", on=list(GROUPS), suffixes=("", "_mirrored"))
    share = part["value_mirrored"].fillna(0.0) / part["value"].where(part["value"] > 0)
    table["basis"] = np.where(share > MIRRORED_MAJORITY, "mirrored", "reported")
    table = table.rename(columns={"value": "value_usd_m"}).assign(year=year, source="itpd_e")
    return Extract("itpd", "itpd_e", reading.file, fingerprint(reading.path), {"trade": table}, count)


def _key(
    years: NDArray[np.int64], sides: dict[str, NDArray[np.str_]], industry: NDArray[np.int64]
) -> NDArray[np.int64]:
    order = np.array(sorted({"", *codes.letters().values()}))
    exporter, importer = (np.searchsorted(order, side) for side in sides.values())
    places = len(order)
    return np.asarray(
        (((years - FIRST_YEAR) * places + exporter) * places + importer) * INDUSTRIES + industry
    )
