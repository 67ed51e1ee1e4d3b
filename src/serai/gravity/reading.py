"""Columns out of tables and files, with every unusable value reported by its row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from serai.axes import Array
from serai.errors import InputError, Problem, Problems, suggestion

Mask = NDArray[np.bool_]
MISSING = "Missing is not zero: fill it from a source, or drop the row before fitting."
MOST = 100


def load_frame(source: Any, wanted: Sequence[str]) -> tuple[pd.DataFrame, str | None]:
    """The wanted columns of a table or file (those that exist), and the file's name."""
    if isinstance(source, str | Path):
        path = Path(source)
        if not path.is_file():
            raise InputError(
                Problem("there is no such file", "Give the path of a CSV or Parquet file.", str(path))
            )
        if path.suffix.lower() in (".parquet", ".pq"):
            return _read_parquet(path, wanted), str(path)
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


def _read_parquet(path: Path, wanted: Sequence[str]) -> pd.DataFrame:
    known = pq.read_schema(path).names
    _all_there(known, wanted, str(path))
    columns = [c for c in dict.fromkeys(wanted) if c in known]
    # One column at a time, and what decoding took is given back: half the peak of reading all at once.
    parts = [pq.read_table(path, columns=[c], use_threads=False).column(0) for c in columns]
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
