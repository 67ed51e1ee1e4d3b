"""One table read and checked cell by cell: columns, types, bounds, repeated keys, ranges."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serai.atlas.schema import Column
from serai.errors import Problems, suggestion
from serai.provenance import BASES

HEADER_LINES = 2  # the first row of data is line 2
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
Texts = pd.DataFrame


def read_table(
    name: str, content: bytes, file: str, schema: tuple[Column, ...], problems: Problems
) -> pd.DataFrame | None:
    """One CSV as a data frame with numbers as numbers, or None; what is wrong goes to `problems`.

    A cell that is refused becomes NaN or blank, so that the other rules can still run.
    """
    texts = _texts(name, content, file, problems)
    if texts is None or not _columns(texts, file, schema, problems):
        return None
    frame = pd.DataFrame(index=texts.index)
    for column in schema:
        cells = texts[column.name] if column.name in texts else pd.Series("", index=texts.index, dtype="str")
        frame[column.name] = _typed(cells, column, file, problems)
    _unique(frame, file, schema, problems)
    _ranges(frame, file, problems)
    return frame


def _texts(name: str, content: bytes, file: str, problems: Problems) -> Texts | None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.add(f"not UTF-8 at byte {error.start}", "Save the table as CSV in UTF-8.", file=file)
        return None
    try:
        texts = pd.read_csv(
            io.StringIO(text), dtype="str", keep_default_na=False, na_filter=False, skip_blank_lines=False
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        found = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        if found:
            problems.add(
                f"{found[3]} fields instead of {found[1]}",
                "Quote a text that holds a comma; write decimals with a point.",
                file=file,
                row=int(found[2]),
            )
        else:
            problems.add(
                f"the table {name} is empty or not a CSV", "Start from the packaged table.", file=file
            )
        return None
    if texts.index.nlevels > 1 or not isinstance(texts.index, pd.RangeIndex):
        problems.add(
            "rows have more fields than the header",
            "Quote a text that holds a comma; write decimals with a point.",
            file=file,
            row=2,
        )
        return None
    if texts.empty:
        problems.add(f"the table {name} has no rows", "Start from the packaged table.", file=file)
        return None
    for column in texts.columns:
        texts[column] = texts[column].fillna("").str.strip()
    return texts


def _columns(texts: Texts, file: str, schema: tuple[Column, ...], problems: Problems) -> bool:
    known = [column.name for column in schema]
    if len(texts.columns) == 1 and ";" in texts.columns[0]:
        problems.add(
            "the fields are separated by semicolons", "Save the table with commas.", file=file, row=1
        )
        return False
    before = len(problems)
    for name in texts.columns:
        if name not in known:
            problems.add("unknown column", suggestion(str(name), known), file=file, row=1, field=str(name))
    for column in schema:
        if column.required and column.name not in texts.columns:
            problems.add(
                "a column is missing", f"Add it: {column.description}.", file=file, row=1, field=column.name
            )
    return len(problems) == before


def _typed(cells: pd.Series[str], column: Column, file: str, problems: Problems) -> pd.Series:
    blank = (cells == "").to_numpy()
    if column.required:
        _refuse(
            cells,
            blank,
            column,
            file,
            problems,
            "blank",
            f"Give {column.description}; missing is never zero.",
        )
    if column.type in ("number", "integer", "flag"):
        return _numbers(cells, blank, column, file, problems)
    allowed = {"choice": column.allowed, "basis": BASES}.get(column.type)
    if allowed:
        wrong = ~blank & ~cells.isin(allowed).to_numpy()
        for place in np.flatnonzero(wrong):
            value = str(cells.iloc[place])
            problems.add(
                f"unknown {column.name}",
                suggestion(value, allowed),
                file=file,
                row=line_of(place),
                field=column.name,
                value=value,
            )
    return cells


def _numbers(
    cells: pd.Series[str], blank: NDArray[np.bool_], column: Column, file: str, problems: Problems
) -> pd.Series:
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    not_number = ~blank & ~np.isfinite(numbers)
    comma = not_number & cells.str.fullmatch(DECIMAL_COMMA.pattern).to_numpy(dtype=bool)
    _refuse(cells, comma, column, file, problems, "a decimal comma", "Write decimals with a point.")
    _refuse(
        cells,
        not_number & ~comma,
        column,
        file,
        problems,
        "not a finite number",
        f"Give a number ({column.unit}).",
    )
    with np.errstate(invalid="ignore"):
        if column.low is not None:
            reason = "negative" if column.low == 0 else f"below {column.low:g}"
            _refuse(
                cells,
                numbers < column.low,
                column,
                file,
                problems,
                reason,
                f"Give {column.low:g} or more ({column.unit}).",
            )
        if column.high is not None:
            _refuse(
                cells,
                numbers > column.high,
                column,
                file,
                problems,
                f"above {column.high:g}",
                f"Give at most {column.high:g}.",
            )
        if column.type == "flag":
            _refuse(
                cells,
                np.isfinite(numbers) & ~np.isin(numbers, (0, 1)),
                column,
                file,
                problems,
                "not a flag",
                "Give 0 or 1.",
            )
        if column.type == "integer":
            whole = np.isfinite(numbers) & (numbers != np.round(numbers))
            _refuse(
                cells,
                whole,
                column,
                file,
                problems,
                "not a whole number",
                f"Give a whole number ({column.unit}).",
            )
    if column.type in ("integer", "flag") and np.isfinite(numbers).all():
        return pd.Series(numbers.astype(int), index=cells.index)
    if column.type == "integer":
        return pd.Series(np.where(np.isfinite(numbers), np.round(numbers), np.nan), index=cells.index).astype(
            "Int64"
        )
    return pd.Series(numbers, index=cells.index)


def _refuse(
    cells: pd.Series[str],
    wrong: NDArray[np.bool_],
    column: Column,
    file: str,
    problems: Problems,
    reason: str,
    remedy: str,
) -> None:
    for place in np.flatnonzero(wrong):
        problems.add(
            reason,
            remedy,
            file=file,
            row=line_of(place),
            field=column.name,
            value=str(cells.iloc[place]) or None,
        )


def _unique(frame: pd.DataFrame, file: str, schema: tuple[Column, ...], problems: Problems) -> None:
    keys = [column.name for column in schema if column.role == "key"]
    again = frame.duplicated(keys).to_numpy()
    for place in np.flatnonzero(again):
        name = "/".join(str(frame[key].iloc[place]) for key in keys)
        same = (frame[keys] == frame[keys].iloc[place]).all(axis=1).to_numpy()
        problems.add(
            f"appears twice, first in row {line_of(int(np.flatnonzero(same)[0]))}",
            "Keep one of the rows.",
            file=file,
            row=line_of(place),
            field=", ".join(keys),
            value=name,
        )


def _ranges(frame: pd.DataFrame, file: str, problems: Problems) -> None:
    value = next((c for c in ("value", "value_usd_m", "stock_usd_m", "share") if c in frame), None)
    if value is None or "low" not in frame:
        return
    wrong = (
        (frame["low"] > frame[value])
        | (frame["high"] < frame[value])
        | (frame["low"].isna() != frame["high"].isna())
    )
    for place in np.flatnonzero(wrong.to_numpy(dtype=bool)):
        low, middle, high = (frame[c].iloc[place] for c in ("low", value, "high"))
        problems.add(
            f"the range {low:g} to {high:g} does not hold the value",
            "Give low <= value <= high, or leave both ends blank.",
            file=file,
            row=line_of(place),
            field=value,
            value=float(middle),
        )


def line_of(place: int | np.integer[Any]) -> int:
    return int(place) + HEADER_LINES
