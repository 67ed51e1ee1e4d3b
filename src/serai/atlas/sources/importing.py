"""An extract of an official file laid over the tables of a study: what it adds and changes, then writing it.

Rows of the file take the place of rows with the same key; a pair that the file lacks keeps its row. Nothing
is written before every table has been checked as a whole, and all tables are written or none.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from serai.atlas.load import VALUE, Atlas, load
from serai.atlas.reconcile import reconcile
from serai.atlas.schema import read_schema
from serai.atlas.sources.extract import Extract
from serai.atlas.sources.rows import rows_for_table
from serai.errors import InputError, Problem
from serai.shown import Shown

KINDS = ("flow", "variable")
MOST_TIMES = 20.0
ENOUGH = 10
LISTED = 10


@dataclass(frozen=True, slots=True, eq=False)
class TableChange:
    """What an extract does to one table.

    Parameters
    ----------
    table : its name.
    cells : the whole new table, every cell as text.
    added, changed, same, kept : rows that are new, that differ, that stay as they are though the file has
        them, and that the file does not have.
    largest : the largest changes, in words.
    """

    table: str
    cells: pd.DataFrame
    added: int
    changed: int
    same: int
    kept: int
    largest: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.table}: {self.added:,} added, {self.changed:,} changed, {self.same:,} the same, "
            f"{self.kept:,} not in the file and kept"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Proposal(Shown):
    """What an import would do, checked and not yet written.

    Parameters
    ----------
    extract : the file as it was read.
    tables : the change of each table.
    warnings : what a planner should know before accepting.
    """

    extract: Extract
    tables: tuple[TableChange, ...]
    warnings: tuple[str, ...]

    def summary(self) -> str:
        """The file, the changes, the largest of them, the warnings."""
        lines = [self.extract.summary()]
        for change in self.tables:
            lines += [str(change), *(f"  {line}" for line in change.largest)]
        return "\n".join([*lines, *(f"note: {line}" for line in self.warnings)])


def propose(extract: Extract, tables: Path | str | None = None) -> Proposal:
    """Lay an extract over the tables of a study.

    Parameters
    ----------
    tables : the folder of a study's own tables; where it has none (or does not exist yet), the packaged table
        is the start.

    Raises
    ------
    InputError : the file shares no row with the tables, its unit looks wrong, or the new tables would not be
        valid.
    """
    folder = None if tables is None else Path(tables)
    atlas = load(folder) if folder is not None and folder.is_dir() else _packaged()
    changes, warnings = [], []
    for table, rows in extract.tables.items():
        change, said = _lay(atlas, extract, table, rows)
        changes.append(change)
        warnings += said
    after = _checked(atlas, changes)
    return Proposal(extract, tuple(changes), (*warnings, *_years(after), *_closes(after)))


def write(proposal: Proposal, out: Path | str) -> tuple[Path, ...]:
    """Write the tables of a proposal into a folder, all or none."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    staged = []
    try:
        for change in proposal.tables:
            path = folder / f"{change.table}.csv"
            part = path.with_name(path.name + ".part")
            staged.append((part, path))
            _write(change.cells, part)
    except BaseException:
        for part, _ in staged:
            part.unlink(missing_ok=True)
        raise
    for part, path in staged:
        part.replace(path)
    return tuple(path for _, path in staged)


@cache
def _packaged() -> Atlas:
    return load()


def _lay(atlas: Atlas, extract: Extract, table: str, rows: pd.DataFrame) -> tuple[TableChange, list[str]]:
    schema = read_schema(table)
    keys = [column.name for column in schema if column.role == "key"]
    before = pd.read_csv(atlas.files[table], dtype="str", keep_default_na=False, encoding="utf-8-sig")
    for column in schema:
        if column.name not in before:
            before[column.name] = ""
    before = before[[column.name for column in schema]].set_index(keys, drop=False)
    value = VALUE.get(table, "value")
    new, warnings = rows_for_table(atlas, extract, table, rows, before)
    new = new.set_index(keys, drop=False)
    kinds = new[keys[0]].to_numpy() if keys[0] in KINDS else np.full(len(new), table)
    for kind in dict.fromkeys(kinds):
        _same_unit(extract, before, new[kinds == kind], value, str(kind))
    known = new.index.isin(before.index)
    after = before.copy()
    for name in [name for name in new.columns if name not in keys]:
        after.loc[new.index[known], name] = new[name].to_numpy()[known]
    differs = (after != before).any(axis=1) & ~_only_note(after, before)
    after = after.where(differs, before, axis=0)
    largest = _largest(before, after, value)
    added = new[~known].reindex(columns=before.columns, fill_value="")
    whole = pd.concat([after, added]) if len(added) else after
    change = TableChange(
        table,
        whole.reset_index(drop=True),
        len(added),
        int(differs.sum()),
        int(known.sum() - differs.sum()),
        len(before) - int(known.sum()),
        largest,
    )
    return change, warnings


def _only_note(after: pd.DataFrame, before: pd.DataFrame) -> pd.Series[bool]:
    rest = [name for name in before.columns if name != "note"]
    return (after[rest] == before[rest]).all(axis=1)


def _same_unit(extract: Extract, before: pd.DataFrame, new: pd.DataFrame, value: str, kind: str) -> None:
    """Refuse a file whose values are a different order of magnitude from those at hand."""
    old = pd.to_numeric(before[value].reindex(new.index), errors="coerce").to_numpy(float)
    fresh = pd.to_numeric(new[value], errors="coerce").to_numpy(float)
    both = np.isfinite(old) & np.isfinite(fresh) & (old > 0) & (fresh > 0)
    if both.sum() < ENOUGH:
        return
    times = float(np.median(fresh[both] / old[both]))
    if not 1 / MOST_TIMES < times < MOST_TIMES:
        reason = f"values are {times:,.3g} times those at hand (median of {int(both.sum()):,} cells, {kind})"
        raise InputError(Problem(reason, "The unit of the file is not that of its format.", extract.file))


def _largest(before: pd.DataFrame, after: pd.DataFrame, value: str) -> tuple[str, ...]:
    old, new = (pd.to_numeric(frame[value], errors="coerce").to_numpy(float) for frame in (before, after))
    gap = np.nan_to_num(np.abs(new - old))
    order = np.argsort(-gap, kind="stable")[:LISTED]
    names = [" ".join(key) if isinstance(key, tuple) else str(key) for key in before.index[order]]
    return tuple(
        f"{name}: {old[at]:,.6g} -> {new[at]:,.6g}"
        for name, at in zip(names, order, strict=True)
        if gap[at] > 0
    )


def _checked(atlas: Atlas, changes: list[TableChange]) -> Atlas:
    """The atlas with the new tables; `InputError` when they are not valid."""
    with tempfile.TemporaryDirectory() as folder:
        files: dict[str, Path | str] = dict(atlas.files)
        for change in changes:
            path = Path(folder) / f"{change.table}.csv"
            _write(change.cells, path)
            files[change.table] = path
        try:
            return load(files)
        except InputError as error:
            problems = [replace(p, file=p.file and f"new {Path(p.file).name}") for p in error.problems]
            raise InputError(problems) from None


def _write(cells: pd.DataFrame, path: Path) -> None:
    cells.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _years(atlas: Atlas) -> list[str]:
    """Whether trade and output describe the same year."""
    trade, figures = atlas.table("trade"), atlas.table("figures")
    goods = int(trade.loc[trade["flow"] == "goods", "year"].mode().iloc[0])
    output = int(figures.loc[figures["variable"] == "gdp", "year"].mode().iloc[0])
    if goods == output:
        return []
    return [f"goods are now of {goods}, GDP of {output}: import the other of the same year too"]


def _closes(atlas: Atlas) -> list[str]:
    try:
        reconcile(atlas)
    except InputError as error:
        first = replace(error.problems[0], file=None, row=None)
        more = len(error.problems) - 1
        return [f"the world does not add up yet: {first}" + (f" (and {more} more)" if more else "")]
    return []
