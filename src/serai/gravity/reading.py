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
LONGEST = 8
BATCH, BUFFER = 1 << 16, 1 << 16


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
    # One column at a time in small batches, and what decoding took is given back: otherwise reading would
    # need more memory than the estimate.
    frame: dict[str, pd.Series] = {}
    with pq.ParquetFile(path, read_dictionary=text, pre_buffer=False, buffer_size=BUFFER) as file:
        for name in columns:
            batches = file.iter_batches(BATCH, columns=[name], use_threads=False)
            parts = [batch.column(0) for batch in batches]
            frame[name] = pa.chunked_array(parts, schema.field(name).type if not parts else None).to_pandas()
            del parts
            pa.default_memory_pool().release_unused()
    return pd.DataFrame(frame, copy=False)


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
    if all_finite(values):
        return values
    refuse(problems, labels, None, np.isnan(values), name, "the value is missing", MISSING)
    refuse(problems, labels, values, np.isinf(values), name, "the value is infinite", "Give a finite number.")
    return np.where(np.isfinite(values), values, 0.0)


def all_finite(values: Array) -> bool:
    """Whether every value is a finite number. A sum that is finite says so at once."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(values.sum()) or np.isfinite(values).all())


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
        starts = _run_starts(text)
        if 4 * starts.size <= len(text):
            runs = text.take(pa.array(starts))
            codes, known = pd.factorize(pd.Series(runs.to_pandas(), dtype=column.dtype), sort=True)
            return np.repeat(codes.astype(np.int64), np.diff(starts, append=len(text))), known
    codes, known = pd.factorize(column, sort=True)
    return codes.astype(np.int64, copy=False), known


def _run_starts(text: Any) -> NDArray[np.int64]:
    """Where each run of equal texts begins. Names of one length, such as ISO codes, are compared as bytes."""
    same_length = _as_bytes(text)
    if same_length is None:
        ends = pc.run_end_encode(text, run_end_type=pa.int64()).run_ends.to_numpy()
        return np.concatenate([np.zeros(min(1, ends.size), dtype=np.int64), ends[:-1]])
    changes = np.zeros(len(text), dtype=bool)
    changes[:1] = True
    for letter in range(same_length.shape[1]):
        column = same_length[:, letter]
        changes[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(changes)


def _as_bytes(text: Any) -> NDArray[np.uint8] | None:
    """The letters (n, length) of texts that all have one short length and are all there; else None."""
    if text.null_count or not len(text):
        return None
    wide = np.int64 if pa.types.is_large_string(text.type) else np.int32
    _, offsets, letters = text.buffers()
    at = np.frombuffer(offsets, wide)[text.offset : text.offset + len(text) + 1]
    length = int(at[1] - at[0])
    if not 0 < length <= LONGEST or (np.diff(at) != length).any():
        return None
    return np.frombuffer(letters, np.uint8)[at[0] : at[-1]].reshape(-1, length)


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
