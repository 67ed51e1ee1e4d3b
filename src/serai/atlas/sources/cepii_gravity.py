"""CEPII Gravity: distance, borders, language and colonial ties of country pairs by year (release 202211).

Of its columns five are read: `distw_arithmetic` (population-weighted distance, the `distw` of GeoDist),
`contig`, `comlang_off`, `col_dep_ever`, and who existed in the year.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from serai.atlas.sources import codes
from serai.atlas.sources.extract import Extract, fingerprint
from serai.atlas.sources.stream import Piece, Reading, pieces

FLAGS = {"contig": "contiguity", "comlang_off": "common_language", "col_dep_ever": "colony"}
COLUMNS = ("year", "iso3_o", "iso3_d", "country_exists_o", "country_exists_d", "distw_arithmetic", *FLAGS)
FIRST_YEAR, LAST_YEAR = 1900, 2100


def read_gravity(path: Path | str, *, year: int) -> Extract:
    """Ties of all pairs that existed in a year.

    Parameters
    ----------
    path : `Gravity_V*.csv`, plain or .gz, or the zip of a release.
    year : rows of other years are passed over; a pair that is not complete is left out and counted.

    Returns
    -------
    Extract : table `pairs`, distances in km.

    Raises
    ------
    InputError : header, codes, numbers, repeated pairs, each with its line.

    Source: Conte, Cotterlaz and Mayer (2022), The CEPII Gravity Database, CEPII Working Paper 2022-05.
    """
    reading, kept, count, holes = Reading(Path(path)), [], 0, 0
    for piece in pieces(reading, COLUMNS, member=r"Gravity_V[^/]*\.csv$"):
        count += len(piece)
        years = reading.whole(piece, "year", FIRST_YEAR, LAST_YEAR)
        rows = _rows(reading, piece)
        at = (years == year) & (rows.pop("exists").to_numpy() == 1)
        part = rows[at]
        whole = part.notna().all(axis=1)
        holes += int((~whole).sum())
        kept.append(part[whole])
    table = pd.concat(kept, ignore_index=True)
    _no_pair_twice(reading, table)
    reading.some(len(table), f"complete pair of {year}")
    table = table.drop(columns="line").assign(basis="reported", source="cepii_gravity")
    table[list(FLAGS.values())] = table[list(FLAGS.values())].astype(int)
    left_out = (f"{holes:,} pairs of {year} without a distance or tie",) if holes else ()
    digest = fingerprint(reading.path)
    return Extract("gravity", "cepii_gravity", reading.file, digest, {"pairs": table}, count, left_out)


def _rows(reading: Reading, piece: Piece) -> pd.DataFrame:
    sides = {"origin": "iso3_o", "destination": "iso3_d"}
    rows = pd.DataFrame({ours: codes.of_letters(piece, theirs) for ours, theirs in sides.items()})
    exists = [reading.numbers(piece, f"country_exists_{side}", least=0, blank=True) for side in "od"]
    rows["exists"] = np.minimum(exists[0], exists[1])
    for theirs in sides.values():
        alive = (rows["exists"] == 1).to_numpy()
        wrong = alive & (codes.of_letters(piece, theirs) == "")
        remedy = "Give the three letters of ISO 3166."
        reading.refuse(piece, wrong, theirs, "no economy has this code", remedy)
    rows["distance_km"] = reading.numbers(piece, "distw_arithmetic", least=0, blank=True)
    for theirs, ours in FLAGS.items():
        flag = reading.numbers(piece, theirs, least=0, blank=True)
        reading.refuse(piece, flag > 1, theirs, "neither 0 nor 1", "Give 0 or 1.")
        rows[ours] = flag
    rows["line"] = piece.lines
    return rows


def _no_pair_twice(reading: Reading, table: pd.DataFrame) -> None:
    for row in table[table.duplicated(["origin", "destination"])].to_dict("records"):
        reason = f"the pair {row['origin']} {row['destination']} appears twice in the year"
        reading.problems.add(reason, "Keep one.", row=int(row["line"]), field="iso3_o, iso3_d")
