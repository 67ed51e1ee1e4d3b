"""Rows of an extract for the economies of a study, in the columns of its table, as text.

What differs between sources is here: who adds up to the rest of the world, ranges of stocks, the gold among
the goods, rows corrected by hand, and second opinions on a cell.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serai.atlas.load import SIDES, VALUE, Atlas
from serai.atlas.sources.extract import Extract
from serai.errors import InputError, Problem

REST = "ROW"
WITH_REST = ("baci", "itpd")
"""Sources that show every economy, so that those outside the study add up to the rest of the world."""
DIGITS = 7


def rows_for_table(
    atlas: Atlas, extract: Extract, table: str, rows: pd.DataFrame, before: pd.DataFrame
) -> tuple[pd.DataFrame, list[str]]:
    """Rows of the extract for the economies of the study, in the columns of the table, as text."""
    rows = _ours(atlas, extract, table, rows)
    warnings: list[str] = []
    if table == "fdi":
        rows, warnings = _stocks(atlas, rows)
    if table == "trade":
        rows, warnings = _flows(extract, rows, before)
    if rows.empty:
        raise InputError(Problem("the file has no row of these economies", "Check the file.", extract.file))
    note = f"from {extract.file} (sha256 {extract.sha256[:12]})"
    if "note" in before:
        said = rows["note"].fillna("") if "note" in rows else pd.Series("", index=rows.index)
        rows["note"] = [f"{words}; {note}" if words else note for words in said]
    text = pd.DataFrame({name: _texts(rows[name]) for name in rows.columns if name in before.columns})
    blank = [name for name in ("low", "high") if name in before.columns and name not in text.columns]
    for name in blank:
        text[name] = ""
    if table == "trade":
        text = _second_source(text, text["other_value"] != "", before)
    return text, warnings


def _ours(atlas: Atlas, extract: Extract, table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Only economies of the study; others add up to the rest of the world where the source shows all."""
    inside = set(atlas.economies) - {REST}
    if table == "figures":
        return rows[rows["economy"].isin(inside)].copy()
    first, second = SIDES[table]
    if extract.name not in WITH_REST:
        return rows[rows[first].isin(inside) & rows[second].isin(inside)].copy()
    named = rows[(rows["flow"] != "domestic") | rows[first].isin(inside)].copy()
    for side in (first, second):
        named[side] = named[side].where(named[side].isin(inside), REST)
    named.loc[(named[first] == REST) | (named[second] == REST), "basis"] = "computed"
    keys = ["flow", first, second]
    others = {name: "first" for name in named.columns if name not in (*keys, VALUE[table])}
    return named.groupby(keys, as_index=False, sort=False).agg({VALUE[table]: "sum", **others})


def _stocks(atlas: Atlas, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """FDI stocks with the range of a reported cell; negative ones count as zero, and are said."""
    factor = atlas.parameter("fdi_reported_factor").value
    negative = rows["stock_usd_m"] < 0
    rows["note"] = np.where(negative, "negative position set to zero", "")
    rows["stock_usd_m"] = rows["stock_usd_m"].clip(lower=0.0)
    rows["low"], rows["high"] = rows["stock_usd_m"] / factor, rows["stock_usd_m"] * factor
    said = f"{int(negative.sum()):,} negative positions count as zero"
    return rows, [said] if negative.any() else []


def _flows(extract: Extract, rows: pd.DataFrame, before: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    if extract.name == "icio":
        beside = _second(rows, (rows["flow"] == "goods").to_numpy())
        return beside, ["goods of ICIO are kept beside BACI's as the second source"]
    rows, warnings = _corrected(rows, before)
    if extract.name == "baci":
        rows = _gold(rows, before)
    return _second(rows, np.zeros(len(rows), dtype=bool)), warnings


def _second(rows: pd.DataFrame, beside: NDArray[np.bool_]) -> pd.DataFrame:
    """Some rows as second opinions on their cells, the others as values."""
    rows["other_value"] = np.where(beside, rows["value_usd_m"], np.nan)
    rows["other_year"] = pd.array(np.where(beside, rows["year"], np.nan), dtype="Int64")
    rows["other_source"] = np.where(beside, rows["source"], "")
    return rows


def _second_source(text: pd.DataFrame, second: pd.Series[bool], before: pd.DataFrame) -> pd.DataFrame:
    """Where a row is a second opinion, its first source stays; elsewhere the second source stays, unless it
    is an older figure of the same source."""
    keys = list(before.index.names)
    place = pd.MultiIndex.from_frame(text[keys])
    text = text[~second.to_numpy() | place.isin(before.index)]
    second = second.reindex(text.index)
    here = before.reindex(pd.MultiIndex.from_frame(text[keys])).set_axis(text.index)
    other = ["other_value", "other_year", "other_source"]
    for name in [name for name in text.columns if name not in keys]:
        keep = ~second if name in other else second
        text[name] = text[name].where(~keep, here[name].fillna(""))
    own_past = ~second & (here["other_source"] == text["source"])
    text.loc[own_past, other] = ""
    return text


def _corrected(rows: pd.DataFrame, before: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Rows corrected by hand stay where the file is of the same year; every one is named."""
    by_hand = before[before["basis"] == "corrected"]
    place = pd.MultiIndex.from_frame(rows[list(before.index.names)].astype("str"))
    met = place.isin(by_hand.index)
    if not met.any():
        return rows, []
    year = by_hand["year"].reindex(place[met]).astype(int).to_numpy()
    stays = np.zeros(len(rows), dtype=bool)
    stays[np.flatnonzero(met)[year == rows["year"].to_numpy()[met]]] = True
    said = [
        f"{' '.join(map(str, place[int(at)]))} was corrected by hand and "
        + ("stays as it is" if stays[at] else "takes the value of the file: check it")
        for at in np.flatnonzero(met)
    ]
    return rows[~stays].copy(), said


def _gold(rows: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Gold only where the table carries it; where the file shows none, its share of goods stays."""
    carried = before[before["flow"] == "gold"]
    sides = ["exporter", "importer"]
    goods = rows[rows["flow"] == "goods"].set_index(sides)["value_usd_m"]
    old = before[before["flow"] == "goods"].set_index(sides)["value_usd_m"].astype(float)
    gold = rows[rows["flow"] == "gold"]
    known = pd.MultiIndex.from_frame(gold[sides])
    listed = pd.MultiIndex.from_frame(carried[sides])
    shares = []
    for row in carried.to_dict("records"):
        pair = (row["exporter"], row["importer"])
        if pair in known or pair not in goods.index:
            continue
        times = float(_digits(float(goods[pair]))) / float(old[pair])
        ends = {name: float(row[name]) * times for name in ("low", "high") if row[name]}
        kept = {name: row[name] for name in ("flow", *sides, "basis", "source")}
        year = int(rows["year"].iloc[0])
        value = float(row["value_usd_m"]) * times
        shares.append(
            {**kept, "value_usd_m": value, "year": year, **ends, "note": "share of goods as before"}
        )
    found = [rows[rows["flow"] != "gold"], gold[known.isin(listed)]]
    return pd.concat([*found, pd.DataFrame(shares)] if shares else found, ignore_index=True)


def _texts(cells: pd.Series) -> pd.Series:
    if cells.dtype.kind == "f":
        return pd.Series(
            ["" if not np.isfinite(v) else _digits(v) for v in cells], index=cells.index, dtype="str"
        )
    return cells.astype("str").replace({"<NA>": "", "nan": ""}).fillna("")


def _digits(value: float) -> str:
    return f"{value:.{DIGITS}g}".replace("e+0", "e").replace("e+", "e")
