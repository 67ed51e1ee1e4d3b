"""Codes of economies in official files, and the three letters of ISO 3166 that serai uses.

`codes.csv` has the numbers of ISO 3166 (which are the M49 codes of the United Nations), the numbers in which
BACI and Comtrade differ from them, and other letters for the same economy. Areas that Comtrade does not
specify have letters of our own (N01 and on): they belong to no economy and end in the rest of the world.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from serai.atlas.sources.stream import Piece, Reading

LARGEST = 999


@cache
def by_number() -> Mapping[int, str]:
    """M49 or BACI number -> three letters.

    >>> by_number()[398], by_number()[842], by_number()[490]
    ('KAZ', 'USA', 'TWN')
    """
    return {int(row["code"]): row["iso3"] for row in _rows() if row["system"] in ("iso", "baci")}


@cache
def letters() -> Mapping[str, str]:
    """Three letters, or another abbreviation in use, -> the three letters of ISO 3166.

    >>> letters()["KAZ"], letters()["ROM"]
    ('KAZ', 'ROU')
    """
    known = {row["iso3"]: row["iso3"] for row in _rows() if row["iso3"]}
    return known | {row["code"]: row["iso3"] for row in _rows() if row["system"] == "alias"}


def of_numbers(reading: Reading, piece: Piece, column: str, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """A column of numbers as places in `all_letters`, -1 where one stands for no economy (a problem)."""
    found = _places()[numbers]
    remedy = "Give an M49 code (three digits) as BACI's list of countries has it."
    reading.refuse(piece, found < 0, column, "no economy has this code", remedy)
    return np.asarray(found)


@cache
def all_letters() -> NDArray[np.str_]:
    """The letters of every economy that has a number, sorted."""
    return np.array(sorted(set(by_number().values())))


@cache
def _places() -> NDArray[np.int64]:
    """M49 or BACI number -> place in `all_letters`, or -1."""
    table = np.full(LARGEST + 1, -1, dtype=np.int64)
    for number, code in by_number().items():
        table[number] = np.searchsorted(all_letters(), code)
    return table


def of_letters(piece: Piece, column: str) -> NDArray[np.str_]:
    """A column of letters as three letters, blank where they stand for no economy (often an aggregate)."""
    encoded = piece.cells[column].dictionary_encode()
    known = [letters().get(word, "") for word in encoded.dictionary.to_pylist()]
    places = pa.compute.fill_null(encoded.indices, 0).to_numpy(zero_copy_only=False)
    table: NDArray[np.str_] = np.array(known or [""], dtype="U3")
    return np.asarray(table[places])


def unknown(piece: Piece, column: str) -> pd.Series[str]:
    """The different words of a column that stand for no economy."""
    words = piece.cells[column].unique().to_pylist()
    return pd.Series([word for word in words if word not in letters()], dtype="str")


@cache
def _rows() -> tuple[dict[str, str], ...]:
    with Path(__file__).with_name("codes.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
