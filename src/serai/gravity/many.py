"""Many industries at once, one in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from serai import html
from serai.axes import Array
from serai.errors import InputError, Problem, SeraiError, UnknownNameError
from serai.executors import Executor, Serial
from serai.gravity.fit import fit_gravity


@dataclass(frozen=True, slots=True)
class IndustryFit:
    """What is kept of one industry's fit: no arrays of observations, so that thousands fit in memory.

    Fields as in `GravityFit`.
    """

    names: tuple[str, ...]
    coefficients: Array
    vcov: Array
    n_obs: int
    n_dropped: dict[str, int]
    collinear: dict[str, str]
    pseudo_r2: float
    status: str
    table: pd.DataFrame

    @property
    def std_errors(self) -> Array:
        return np.sqrt(np.diag(self.vcov))

    def _repr_html_(self) -> str:
        return html.frame(self.table, f"{self.n_obs} observations; {self.status}")


@dataclass(frozen=True, slots=True)
class GravityFits:
    """The fits of many industries.

    Parameters
    ----------
    by : the column that names the industries.
    fits : industry -> fit, in the order of the names.
    failed : industry -> why it could not be estimated.
    """

    by: str
    fits: Mapping[Any, IndustryFit]
    failed: Mapping[Any, str]

    def tidy(self) -> pd.DataFrame:
        """One row an industry and covariate; industries that failed have one row with the reason."""
        parts = [
            fit.table.assign(n_obs=fit.n_obs, failure="").assign(**{self.by: key})
            for key, fit in self.fits.items()
        ]
        parts += [pd.DataFrame({self.by: [key], "failure": [why]}) for key, why in self.failed.items()]
        table = pd.concat(parts, ignore_index=True)
        return table[[self.by, *(c for c in table.columns if c != self.by)]]

    def summary(self) -> str:
        """How many succeeded, and why the others did not."""
        lines = [f"{len(self.fits)} of {len(self.fits) + len(self.failed)} estimated, by {self.by}"]
        return "\n".join([*lines, *(f"  {key}: {why}" for key, why in self.failed.items())])

    def _repr_html_(self) -> str:
        return html.frame(self.tidy(), self.summary().splitlines()[0])


@dataclass(frozen=True, slots=True)
class _Piece:
    """One industry: its name and where its rows are (a table, or a dataset with the columns to read)."""

    key: Any
    by: str
    source: Any
    columns: tuple[str, ...]
    options: dict[str, Any]


def fit_gravity_by(panel: Any, *, by: str, executor: Executor | None = None, **options: Any) -> GravityFits:
    """Estimate one gravity equation for each industry.

    Parameters
    ----------
    panel : a table, or the path of a Parquet file or dataset folder (hive-partitioned or not) that may be
        larger than memory: each worker reads one industry at a time.
    by : the column of industries.
    executor : `serai.executors.Serial()` (default), `Processes()` or `Dask(...)`; the numbers are the same.
    options : as for `fit_gravity`.

    Returns
    -------
    GravityFits, failures included: one industry that cannot be estimated does not lose the others.

    Raises
    ------
    UnknownNameError : there is no such column.
    """
    outcomes = list((executor or Serial()).map(_fit_piece, _pieces(panel, by, options)))
    return GravityFits(
        by,
        {key: fit for key, fit, _ in outcomes if fit is not None},
        {key: why for key, fit, why in outcomes if fit is None},
    )


def _pieces(panel: Any, by: str, options: dict[str, Any]) -> Iterator[_Piece]:
    if isinstance(panel, str | Path):
        yield from _pieces_of_dataset(Path(panel), by, options)
        return
    frame = panel if isinstance(panel, pd.DataFrame) else panel.to_pandas()
    if by not in frame.columns:
        raise UnknownNameError("column", by, [str(c) for c in frame.columns])
    for key, part in frame.groupby(by, sort=True, observed=True):
        yield _Piece(key, by, part, (), options)


def _pieces_of_dataset(path: Path, by: str, options: dict[str, Any]) -> Iterator[_Piece]:
    if not path.exists():
        raise InputError(Problem("there is no such file or folder", "Give a Parquet dataset.", str(path)))
    data = _dataset(path)
    if by not in data.schema.names:
        raise UnknownNameError("column", by, data.schema.names)
    keys: set[Any] = set()
    for batch in data.to_batches(columns=[by]):
        keys.update(pc.unique(batch.column(0)).to_pylist())
    columns = tuple(name for name in data.schema.names if name != by)
    for key in sorted(keys - {None}):
        yield _Piece(key, by, path, columns, options)


def _fit_piece(piece: _Piece) -> tuple[Any, IndustryFit | None, str]:
    try:
        fit = fit_gravity(_load(piece), **piece.options)
    except (SeraiError, ArithmeticError, np.linalg.LinAlgError, MemoryError) as error:
        return piece.key, None, str(error)
    kept = IndustryFit(
        fit.names, fit.coefficients, fit.vcov, fit.n_obs, fit.n_dropped, fit.collinear, fit.pseudo_r2,
        fit.status, fit.tidy(),
    )  # fmt: skip
    return piece.key, kept, ""


def _load(piece: _Piece) -> pd.DataFrame:
    if isinstance(piece.source, pd.DataFrame):
        return piece.source
    wanted = _wanted(piece)
    table = _dataset(piece.source).to_table(columns=wanted, filter=pc.field(piece.by) == piece.key)
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _dataset(path: Path) -> Any:
    from pyarrow import dataset  # five megabytes that a single panel does not need

    return dataset.dataset(path, format="parquet", partitioning="hive")


def _wanted(piece: _Piece) -> list[str]:
    """Only the columns that the options mention, anywhere in their words."""
    options = {"exporter": "exporter", "importer": "importer", "year": "year", **piece.options}
    words = " ".join(str(value) for value in options.values())
    return [name for name in piece.columns if name in words]
