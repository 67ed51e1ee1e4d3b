"""IMF, Direct Investment Positions by Counterpart Economy (formerly CDIS): stocks by immediate investor.

The CSV of the IMF's data portal (`IMF.STA:DIP`): one row an economy, counterpart, indicator and year. The
values are plain US dollars; SCALE says how the portal shows them and changes nothing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from serai.atlas.sources import codes
from serai.atlas.sources.extract import Extract, fingerprint
from serai.atlas.sources.stream import Piece, Reading, pieces

COLUMNS = ("COUNTRY", "COUNTERPART_COUNTRY", "INDICATOR", "TIME_PERIOD", "OBS_VALUE")
OPTIONAL = ("DV_TYPE", "FREQUENCY", "STATUS")
OUTWARD = "OTWD_D_NETAL_FALL_ALL"  # net assets less liabilities, all instruments, all entities
REPORTED = "O"
YEARLY = "A"
CONFIDENTIAL = ("C", "Q")  # confidential; suppressed
FIRST_YEAR, LAST_YEAR = 1990, 2100


def read_cdis(path: Path | str, *, year: int) -> Extract:
    """Outward positions at the end of a year, as their owners reported them.

    Parameters
    ----------
    path : CSV of the portal, plain, .gz or inside a zip; derived rows (`DV_TYPE` other than O), inward
        positions and other years are passed over.

    Returns
    -------
    Extract : table `fdi`, million USD. Positions may be negative: net debt exceeds equity. Confidential and
        blank cells are not zero; they are left out and counted.

    Raises
    ------
    InputError : header, codes, numbers, repeated pairs, each with its line.
    """
    reading, count = Reading(Path(path)), 0
    kept: list[pd.DataFrame] = []
    for piece in pieces(reading, COLUMNS, OPTIONAL):
        count += len(piece)
        kept.append(_positions(reading, piece, year))
    table = pd.concat(kept, ignore_index=True)
    twice = table[table.duplicated(["owner", "host"]) & (table["owner"] != "") & (table["host"] != "")]
    for row in twice.to_dict("records"):
        reason = f"the position of {row['owner']} in {row['host']} appears twice"
        reading.problems.add(reason, "Keep one.", row=int(row["line"]), field="COUNTRY, COUNTERPART_COUNTRY")
    reading.some(len(table), f"outward position of {year} ({OUTWARD})")
    group = (table["owner"] == "") | (table["host"] == "")
    hidden, blank = table["hidden"] & ~group, table["stock_usd_m"].isna() & ~table["hidden"] & ~group
    found = table[~group & table["stock_usd_m"].notna() & ~table["hidden"]]
    order = ["owner", "host", "stock_usd_m"]
    found = found[order].assign(year=year, source_year=year, basis="reported", source="cdis")
    left_out = [
        f"{int(rows.sum()):,} {what}"
        for rows, what in (
            (group, "positions with groups of economies or not specified"),
            (hidden, "confidential positions"),
            (blank, "blank positions"),
        )
        if rows.any()
    ]
    digest = fingerprint(reading.path)
    return Extract(
        "cdis", "cdis", reading.file, digest, {"fdi": found.reset_index(drop=True)}, count, tuple(left_out)
    )


def _positions(reading: Reading, piece: Piece, year: int) -> pd.DataFrame:
    at = pc.equal(piece.cells["INDICATOR"], OUTWARD)
    for column, wanted in (("DV_TYPE", REPORTED), ("FREQUENCY", YEARLY)):
        if column in piece.cells:
            at = pc.and_(at, pc.equal(piece.cells[column], wanted))
    at = pc.and_(at, pc.equal(piece.cells["TIME_PERIOD"], str(year)))
    part = piece.where(at.to_numpy(zero_copy_only=False))
    status = part.cells["STATUS"] if "STATUS" in part.cells else pa.array([""] * len(part))
    secret = [pc.is_in(c, value_set=pa.array(CONFIDENTIAL)) for c in (status, part.cells["OBS_VALUE"])]
    hidden = pc.or_(*secret).to_numpy(zero_copy_only=False)
    shown = pc.if_else(pa.array(hidden), "", part.cells["OBS_VALUE"])
    value = reading.numbers(Piece(part.lines, {"OBS_VALUE": shown}), "OBS_VALUE", blank=True)
    names = {"owner": "COUNTRY", "host": "COUNTERPART_COUNTRY"}
    sides = {ours: codes.of_letters(part, theirs) for ours, theirs in names.items()}
    own = (sides["owner"] == sides["host"]) & (sides["owner"] != "")
    reading.refuse(part, own, "COUNTERPART_COUNTRY", "owner and host are the same", "Leave the row out.")
    rows = pd.DataFrame(sides)
    return rows.assign(stock_usd_m=np.asarray(value / 1e6), hidden=hidden, line=part.lines)
