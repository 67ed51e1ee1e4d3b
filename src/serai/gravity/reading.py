"""Columns out of tables and files, with every unusable value reported by its row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from serai.axes import Array
from serai.errors import InputError, Problem, Problems, suggestion

Mask = NDArray[np.bool_]
MISSING = "Missing is not zero: fill it from a source, or drop the row before fitting."
MOST = 100


def load_frame(
    source: Any, wanted: Sequence[str], names: Sequence[str] = ()
) -> tuple[pd.DataFrame, str | None]:
    """The wanted columns of a table or file (those that exist), and the file's name.

    Columns of `names` in a Parquet file come as categories, which take a tenth of the memory of text.
    """
    if isinstance(source, str | Path):
        path = Path(source)
        if not path.is_file():
            raise InputError(
                Problem("there is no such file", "Give the path of a CSV or Parquet file.", str(path))
            )
        if path.suffix.lower() in (".parquet", ".pq"):
            return _read_parquet(path, wanted, names), str(path)
        if path.suffix.lower() not in (".csv", ".gz", ".txt"):
            raise InputError(
                Problem(f"cannot read {path.suffix} files", "Give a CSV or Parquet file.", str(path))
            )
        _all_there(list(pd.read_csv(path, nrows=0).columns), wanted, str(path))
        return pd.read_csv(path, usecols=lambda c: c in wanted), str(path)
    if isinstance(source, pd.DataFrame):
        return source, None
    columns = getattr(source, "column_names", None) or getattr(source, "columns", None)
    if columns is None or not hasattr(source, "to_pandas") or not hasattr(source, "select"):
        raise InputError(
            Problem(
                f"cannot read a panel from {type(source).__name__}",
                "Give a pandas, polars or pyarrow table, or the path of a CSV or Parquet file.",
            )
        )
    known = [str(c) for c in columns]
    _all_there(known, wanted, None)
    frame = source.select([c for c in known if c in set(wanted)]).to_pandas()
    return frame, None


def _read_parquet(path: Path, wanted: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    schema = pq.read_schema(path)
    known = schema.names
    _all_there(known, wanted, str(path))
    text = [c for c in names if c in known and schema.field(c).type in (pa.string(), pa.large_string())]
    columns = [c for c in dict.fromkeys(wanted) if c in known]
    # One column at a time, and what decoding took is given back: half the peak of reading all at once.
    parts = [
        pq.read_table(path, columns=[c], use_threads=False, read_dictionary=text).column(0) for c in columns
    ]
    frame: pd.DataFrame = pa.table(parts, names=columns).to_pandas(self_destruct=True)
    del parts
    pa.default_memory_pool().release_unused()
    return frame


def select(frame: pd.DataFrame, wanted: Sequence[str], file: str | None) -> pd.DataFrame:
    _all_there([str(c) for c in frame.columns], wanted, file)
    return frame


def _all_there(known: Sequence[str], wanted: Sequence[str], file: str | None) -> None:
    """Refuse columns that do not exist, before any row is read."""
    problems = Problems(file)
    for name in dict.fromkeys(wanted):
        if name not in known:
            problems.add(f"there is no column {name}", suggestion(name, known), field=name)
    problems.raise_if_any()


def numbers(frame: pd.DataFrame, name: str, labels: pd.Index, problems: Problems) -> Array:
    """A column as floats; what is not a finite number is reported."""
    column = frame[name]
    if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
        numbers = pd.to_numeric(column, errors="coerce")
        wrong = (numbers.isna() & column.notna()).to_numpy()
        refuse(
            problems, labels, column.to_numpy(), wrong, name, "this is text, not a number", "Give a number."
        )
        column = numbers.where(~wrong, 0.0)
    values = column.to_numpy(dtype=float, na_value=np.nan)
    refuse(problems, labels, None, np.isnan(values), name, "the value is missing", MISSING)
    refuse(problems, labels, values, np.isinf(values), name, "the value is infinite", "Give a finite number.")
    return np.where(np.isfinite(values), values, 0.0) if not np.isfinite(values).all() else values


def code(column: pd.Series) -> tuple[NDArray[np.int64], Any]:
    """The position of each value among the sorted values of its column, -1 where missing, and those values.

    As `pandas.factorize`, but quicker on whole numbers that lie close together and on sorted text, of which
    only the runs are looked at.
    """
    if column.dtype == np.int64 and len(column):
        values = column.to_numpy()
        low, high = int(values.min()), int(values.max())
        if high - low < len(column):
            places = values - low
            there = np.bincount(places, minlength=high - low + 1) > 0
            found = np.flatnonzero(there)
            return places if there.all() else (np.cumsum(there) - 1)[places], found + low
    if isinstance(column.dtype, pd.CategoricalDtype) and not column.dtype.ordered:
        own = column.cat.codes.to_numpy()
        return _among_sorted(own, column.cat.categories)
    if isinstance(column.dtype, pd.StringDtype) and column.dtype.storage == "pyarrow":
        text = pa.array(column.array)
        text = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
        runs = pc.run_end_encode(text, run_end_type=pa.int64())
        if 4 * len(runs.values) <= len(text):
            places, found = pd.factorize(pd.Series(runs.values.to_pandas(), dtype=column.dtype), sort=True)
            ends = runs.run_ends.to_numpy()
            return np.repeat(places.astype(np.int64), np.diff(ends, prepend=0)), found
    places, found = pd.factorize(column, sort=True)
    return places.astype(np.int64, copy=False), found


def _among_sorted(own: NDArray[Any], categories: pd.Index) -> tuple[NDArray[np.int64], Any]:
    """Codes into categories as codes into those that occur, sorted."""
    there = np.bincount(own[own >= 0] if (own < 0).any() else own, minlength=len(categories)) > 0
    ranks, found = pd.factorize(categories[there], sort=True)
    place = np.full(len(categories) + 1, -1, dtype=np.int64)
    place[:-1][there] = ranks
    return place[own], found


def refuse(
    problems: Problems,
    labels: pd.Index,
    values: NDArray[Any] | None,
    wrong: Mask,
    name: str,
    reason: str,
    remedy: str,
) -> None:
    """One problem a row, up to a hundred of a kind; the rest as a count."""
    if not wrong.any():
        return
    rows = np.flatnonzero(wrong)
    for row in rows[:MOST]:
        value = None if values is None else values[row]
        problems.add(
            reason, remedy, row=_label(labels[row]), field=name,
            value=value.item() if isinstance(value, np.generic) else value,
        )  # fmt: skip
    if rows.size > MOST:
        problems.add(f"{reason}, in {rows.size - MOST} more rows", remedy, field=name)


def _label(label: object) -> int | str:
    return int(label) if isinstance(label, int | np.integer) else str(label)
