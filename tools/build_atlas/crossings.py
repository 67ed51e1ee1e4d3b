"""Hours and fees of each border crossing, by side, direction and year.

What is reported for the crossing is kept. Where a side, direction or mode is not reported, the mean of the
economy takes its place, then the mean of the programme, and the row says so (`imputed`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from tools.build_atlas.network import border_posts

CHINA_GAUGE = {"dostyk-rail", "altynkol-rail", "bakhty-new-rail", "torugart-new-rail"}
COLUMNS = [
    "crossing",
    "name",
    "exporter",
    "importer",
    "side",
    "year",
    "hours",
    "fee_usd",
    "basis",
    "source",
    "url",
    "note",
]
DIRECTIONS = ("outbound", "inbound")
LAST_YEAR = 2023


def crossings(reported: pd.DataFrame) -> pd.DataFrame:
    """Rows for both directions of each crossing and both of its sides.

    Parameters
    ----------
    reported : the table `border_hours`, as built.
    """
    rows: list[dict[str, object]] = []
    for crossing in border_posts().itertuples():
        for side, names, other in (
            (crossing.a, crossing.cpmm_a, crossing.b),
            (crossing.b, crossing.cpmm_b, crossing.a),
        ):
            for direction in DIRECTIONS:
                exporter, importer = (side, other) if direction == "outbound" else (other, side)
                mode = crossing.crossing.rsplit("-", 1)[1]
                found = _side(reported, crossing.crossing, side, names, mode, direction)
                common = {
                    "crossing": crossing.crossing,
                    "name": crossing.name,
                    "exporter": exporter,
                    "importer": importer,
                    "side": side,
                }
                rows += [{**common, **row} for row in found]
    table = pd.DataFrame(rows)[COLUMNS]
    order = ["crossing", "exporter", "importer", "side", "year"]
    return table.sort_values(order).reset_index(drop=True)


def _side(
    reported: pd.DataFrame, crossing: str, side: str, names: str, mode: str, direction: str
) -> list[dict[str, object]]:
    """One side of a crossing in one direction: a row a year."""
    fee, fee_note = _fee(reported, side, mode, direction)
    table = reported[(reported["mode"] == mode) & reported["hours"].notna()]
    places = [name for name in names.split("|") if name]
    places = ["all crossings" if "average" in name else name for name in places]
    own = table[(table["economy"] == side) & table["place"].isin(places)]
    exact = own[own["direction"].isin([direction, "all", "transit"])]
    if len(exact):
        return [_row(r, "reported", fee, fee_note) for _, r in exact.drop_duplicates("year").iterrows()]
    if crossing in CHINA_GAUGE:
        return _china(table, side, direction, fee, fee_note)
    if len(own):
        why = f"the {_other(direction)} direction of the same post"
        return [_row(r, "imputed", fee, fee_note, why) for _, r in own.drop_duplicates("year").iterrows()]
    return [_mean_row(table, side, mode, direction, fee, fee_note)]


def _china(
    table: pd.DataFrame, side: str, direction: str, fee: float, fee_note: str
) -> list[dict[str, object]]:
    """Dostyk and Altynkol, and the new posts at Bakhty and Torugart, with a change of gauge behind them.

    The Kazakh means inbound are those of the change of gauge, and so are the Chinese. A new post is not
    taken to be quicker than the two that there are.
    """
    means = table[(table["economy"] == side) & (table["place"] == "all crossings")]
    if side == "KAZ" and direction == "outbound":
        rows = means[means["direction"] == "outbound"]
        why = "mean of the economy's crossings"
    else:
        order = {direction: 0, "all": 1}
        rows = means[means["direction"].isin(order)].sort_values("direction", key=lambda d: d.map(order))
        why = "mean of the economy's crossings, which the two crossings with a change of gauge dominate"
    return [_row(r, "imputed", fee, fee_note, why) for _, r in rows.drop_duplicates("year").iterrows()]


def _mean_row(
    table: pd.DataFrame, side: str, mode: str, direction: str, fee: float, fee_note: str
) -> dict[str, object]:
    means = table[table["place"] == "all crossings"]
    if mode == "rail" and side in ("KAZ", "CHN"):
        side, wanted = "KAZ", ["outbound"]
        why = "Kazakhstan's mean outbound: its mean inbound and China's are those of the change of gauge"
    else:
        wanted, why = [direction, "all"], "mean of the economy's crossings"
    own = means[(means["economy"] == side) & means["direction"].isin(wanted)]
    if len(own):
        return _row(own.sort_values("year").iloc[-1], "imputed", fee, fee_note, why)
    if mode == "road":
        row = means[(means["economy"] == "CAREC")].sort_values("year").iloc[-1]
        return _row(row, "imputed", fee, fee_note, "mean of the programme: the economy reports none")
    plain = _plain_rail(means)
    row = pd.Series({"year": LAST_YEAR, "hours": float(np.median(plain)), "url": "", "note": ""})
    return _row(
        row,
        "imputed",
        fee,
        fee_note,
        "median of the economies' rail means without a change of gauge to China",
    )


def _plain_rail(means: pd.DataFrame) -> list[float]:
    latest = means.sort_values("year").drop_duplicates("economy", keep="last").set_index("economy")
    kazakh = means[(means["economy"] == "KAZ") & (means["direction"] == "outbound")]["hours"].iloc[-1]
    return [float(latest.loc[code, "hours"]) for code in ("UZB", "TKM", "KGZ")] + [float(kazakh)]


def _fee(reported: pd.DataFrame, side: str, mode: str, direction: str) -> tuple[float, str]:
    """Payments a shipment of 20 t: the economy's mean, else the programme's."""
    table = reported[(reported["mode"] == mode) & reported["cost_usd"].notna()]
    table = table[table["place"] == "all crossings"]
    own = table[(table["economy"] == side) & table["direction"].isin([direction, "all"])]
    if len(own):
        latest = own.sort_values(["year", "direction"], key=lambda c: c if c.name == "year" else c != "all")
        return float(latest["cost_usd"].iloc[-1]), "fee: mean of the economy"
    carec = table[table["economy"] == "CAREC"].sort_values("year")
    return float(carec["cost_usd"].iloc[-1]), "fee: mean of the programme"


def _row(row: pd.Series, basis: str, fee: float, fee_note: str, why: str = "") -> dict[str, object]:
    reported_fee = "cost_usd" in row and np.isfinite(row["cost_usd"]) and basis == "reported"
    note = "; ".join(
        part for part in (why, "" if reported_fee else fee_note, str(row.get("note", ""))) if part
    )
    return {
        "year": int(row["year"]),
        "hours": float(row["hours"]),
        "fee_usd": float(row["cost_usd"]) if reported_fee else fee,
        "basis": basis,
        "source": "cpmm",
        "url": row.get("url", ""),
        "note": note,
    }


def _other(direction: str) -> str:
    return DIRECTIONS[1 - DIRECTIONS.index(direction)]
