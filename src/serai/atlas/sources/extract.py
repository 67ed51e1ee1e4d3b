"""What a reader of an official file hands back: rows in the columns of our own tables."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from serai.axes import Array
from serai.shown import Shown

CHUNK = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class Extract(Shown):
    """Rows of an official file in our own columns, for every economy of the file.

    Parameters
    ----------
    name : which data set, such as `baci`; `source` is the key of its source card.
    file, sha256 : the file as it was given, and its fingerprint.
    tables : table of the atlas -> data frame with the table's keys, value, `year`, `basis`, `source`.
        Flows are in million USD; economies are ISO 3166 letters, not yet grouped into a rest of the world.
    rows_read : rows of the file that were looked at.
    left_out : what the file holds and the tables do not, in words.
    """

    name: str
    source: str
    file: str
    sha256: str
    tables: Mapping[str, pd.DataFrame]
    rows_read: int
    left_out: tuple[str, ...] = ()

    def summary(self) -> str:
        """The file, its rows, and what was left out."""
        lines = [f"{self.file} (sha256 {self.sha256[:12]}): {self.rows_read:,} rows read"]
        for table, frame in self.tables.items():
            years = sorted(set(frame["year"])) if "year" in frame else []
            said = f", {years[0]}" + (f" to {years[-1]}" if len(years) > 1 else "") if years else ""
            lines.append(f"{table}: {len(frame):,} rows{said}")
        return "\n".join([*lines, *(f"left out: {what}" for what in self.left_out)])


class Sums:
    """Sums of a flow by a few small groups (such as year, exporter, importer), fed piece by piece."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self._parts: list[pd.DataFrame] = []
        self._waiting = 0

    def add(self, value: Array, **groups: object) -> None:
        frame = pd.DataFrame(groups).assign(value=value)
        part = frame.groupby(self.names, sort=False, observed=True)["value"].sum().reset_index()
        self._parts.append(part)
        self._waiting += len(part)
        if self._waiting > CHUNK:
            self._parts = [self.frame()]
            self._waiting = len(self._parts[0])

    def frame(self) -> pd.DataFrame:
        """The sums so far, sorted by group."""
        if not self._parts:
            return pd.DataFrame({name: [] for name in [*self.names, "value"]})
        every = pd.concat(self._parts, ignore_index=True)
        return every.groupby(self.names, observed=True)["value"].sum().reset_index()


def fingerprint(path: Path) -> str:
    """sha256 of a file of any size."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def million(thousands: Array) -> Array:
    """Thousand USD as million USD."""
    return np.asarray(thousands / 1000)
