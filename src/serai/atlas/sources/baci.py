"""BACI of CEPII: trade in goods by product, one file a year: `t,i,j,k,v,q`.

t year, i exporter and j importer (numbers), k product (six digits of the HS), v thousand USD, q tonnes (NA
where unknown). Read from the zip of a release or from one of its CSV files.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serai.atlas.sources import codes
from serai.atlas.sources.extract import Extract, Sums, fingerprint, million
from serai.atlas.sources.stream import Reading, pieces
from serai.errors import InputError, Problem, UnknownNameError

COLUMNS = ("t", "i", "j", "k", "v", "q")
GOLD = ("7108",)
FIRST_YEAR, LAST_YEAR = 1900, 2100
DIGITS = 6
PRODUCTS = 10**DIGITS


def read_baci(path: Path | str, *, year: int | None = None) -> Extract:
    """Goods between all economies of a file, and the gold (HS 7108) among them.

    Parameters
    ----------
    path : a CSV of one year, plain or .gz, or the zip of a release (then `year` says which).
    year : refuse any other.

    Returns
    -------
    Extract : table `trade`, flows `goods` and `gold`, million USD, basis `reported`.

    Raises
    ------
    InputError : header, codes, years, negative or missing values, repeated rows, each with its line.

    Notes
    -----
    The file is read some megabytes at a time; besides the sums by pair, sixteen bytes a row are kept to
    find repeats.

    Source: Gaulier and Zignago (2010), BACI: International Trade Database at the Product-Level, CEPII.

    Examples
    --------
    >>> read_baci("BACI_HS22_Y2024_V202601.csv").tables["trade"].head()  # doctest: +SKIP
    """
    reading = Reading(Path(path))
    goods, gold, count = Sums("year", "exporter", "importer"), Sums("year", "exporter", "importer"), 0
    for rows in _rows(reading, year):
        count += len(rows)
        for sums, some in ((goods, rows), (gold, rows[_among(rows["product"], GOLD)])):
            sums.add(some["value"].to_numpy(), **{name: some[name] for name in goods.names})
    flows = {"goods": goods.frame(), "gold": gold.frame()}
    table = pd.concat([part.assign(flow=flow) for flow, part in flows.items()], ignore_index=True)
    table = _with_letters(table)
    _one_year(reading, sorted(set(table["year"])))
    table["value_usd_m"] = million(table.pop("value").to_numpy(float))
    table = table.assign(basis="reported", source="baci")
    order = ["flow", "exporter", "importer", "value_usd_m", "year", "basis", "source"]
    tables = {"trade": table[order]}
    return Extract("baci", "baci", reading.file, fingerprint(reading.path), tables, count)


def read_baci_products(path: Path | str, products: Iterable[str], *, year: int | None = None) -> pd.DataFrame:
    """Flows of some products: exporter, importer, product, year, value_usd_m, quantity_t, basis, source.

    Parameters
    ----------
    products : HS codes of two, four or six digits, or names of `product_sets`.

    Returns
    -------
    data frame : one row a pair and product as in the file; `quantity_t` is NaN where the file says NA.

    Examples
    --------
    >>> read_baci_products("BACI_HS22_V202601.zip", ["rare_earths"], year=2024)  # doctest: +SKIP
    """
    wanted = tuple(code for name in products for code in _product(name))
    reading = Reading(Path(path))
    kept = [rows[_among(rows["product"], wanted)] for rows in _rows(reading, year)]
    table = _with_letters(pd.concat(kept, ignore_index=True))
    table["product"] = table["product"].astype("str").str.zfill(DIGITS)
    table["value_usd_m"] = million(table.pop("value").to_numpy(float))
    table = table.assign(basis="reported", source="baci")
    order = ["exporter", "importer", "product", "year", "value_usd_m", "quantity_t", "basis", "source"]
    return table[order]


@cache
def product_sets() -> Mapping[str, tuple[str, ...]]:
    """Named sets of HS codes.

    >>> product_sets()["rare_earths"]
    ('280530', '284610', '284690')
    """
    with Path(__file__).with_name("product_sets.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["set"]: tuple(r["hs"] for r in rows if r["set"] == row["set"]) for row in rows}


def _product(name: str) -> tuple[str, ...]:
    if name.isdigit() and len(name) in (2, 4, 6):
        return (name,)
    if name not in product_sets():
        raise UnknownNameError("product (two, four or six digits of the HS, or a set)", name, product_sets())
    return product_sets()[name]


def _rows(reading: Reading, year: int | None) -> Iterator[pd.DataFrame]:
    """Checked rows, a piece at a time: year, exporter and importer (places in `all_letters`), product (a
    number), value (thousand USD), quantity_t."""
    member = rf"_Y{year or '[0-9]{4}'}_V[^/]*\.csv$"
    keys: list[NDArray[np.int64]] = []
    for piece in pieces(reading, COLUMNS, member=member, prefer="Say which year."):
        years = reading.whole(piece, "t", FIRST_YEAR, LAST_YEAR)
        if year is not None:
            reading.refuse(piece, years != year, "t", f"not the year {year}", "Give the file of that year.")
        i, j = (reading.whole(piece, side, 0, codes.LARGEST) for side in "ij")
        exporter, importer = (codes.of_numbers(reading, piece, side, n) for side, n in (("i", i), ("j", j)))
        same = (exporter == importer) & (exporter >= 0)
        reading.refuse(piece, same, "j", "exporter and importer are the same", "Leave the row out.")
        product = reading.whole(piece, "k", 0, PRODUCTS - 1)
        value = reading.numbers(piece, "v", least=0)
        quantity = reading.numbers(piece, "q", least=0, blank=True)
        keys.append(_key(years, i, j, product))
        if not len(reading.problems):
            yield pd.DataFrame(
                {
                    "year": years,
                    "exporter": exporter,
                    "importer": importer,
                    "product": product,
                    "value": value,
                    "quantity_t": quantity,
                }
            )
    if not len(reading.problems):
        reading.no_repeats(keys, "t, i, j, k")
    reading.problems.raise_if_any()


def _key(
    years: NDArray[np.int64], i: NDArray[np.int64], j: NDArray[np.int64], product: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Year, exporter, importer and product in one number."""
    places = codes.LARGEST + 1
    return np.asarray((((years - FIRST_YEAR) * places + i) * places + j) * PRODUCTS + product)


def _among(products: pd.Series[int], wanted: Iterable[str]) -> NDArray[np.bool_]:
    """Which products begin with one of these digits."""
    numbers = products.to_numpy()
    found = np.zeros(len(numbers), dtype=bool)
    for code in wanted:
        found |= numbers // 10 ** (DIGITS - len(code)) == int(code)
    return found


def _with_letters(table: pd.DataFrame) -> pd.DataFrame:
    for side in ("exporter", "importer"):
        table[side] = pd.Series(codes.all_letters()[table[side].to_numpy(int)], dtype="str")
    return table


def _one_year(reading: Reading, years: list[int]) -> None:
    if len(years) != 1:
        reason = f"the file has {len(years)} years: {', '.join(map(str, years)) or 'none'}"
        raise InputError(Problem(reason, "Give the file of one year.", file=reading.file, field="t"))
