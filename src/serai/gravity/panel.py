"""A data frame or file of flows, checked and laid on the grid [exporter, importer, year]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serai.axes import Array
from serai.errors import InputError, Problem, Problems
from serai.gravity.covariates import compute, parse, refuse_text, variables_of
from serai.gravity.kernels import empty
from serai.gravity.reading import Mask, code, load_frame, numbers, refuse, select

Codes = NDArray[np.int64]
DEFAULT_YEAR = "year"


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column plays which part."""

    flow: str
    exporter: str = "exporter"
    importer: str = "importer"
    year: str | None = DEFAULT_YEAR
    weights: str | None = None
    offset: str | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """Flows and covariates by row, with the cell of the grid in which each row lies.

    Parameters
    ----------
    exporters, importers, years : the labels along the three axes; a cross-section has one year, `None`.
    placed : flat position of each row in the grid, shape (n,), no two the same; None where the rows fill the
        grid completely and in its own order. `cells` gives the positions either way.
    flow : shape (n,), zero or more.
    names, x : covariates after the formula, k columns of shape (n,).
    weights, offset : shape (n,), or None.
    columns : columns that clusters may name, each shape (n,).
    labels : how to name a row in messages.
    held : the table's columns of which `flow` and `x` are views: while they live, pandas copies a column
        before it changes it, so that a fit does not change with its table.
    spec : the formula as formulaic understood it, to build the same covariates for other rows.
    """

    exporters: tuple[Any, ...]
    importers: tuple[Any, ...]
    years: tuple[Any, ...]
    placed: Codes | None
    flow: Array
    names: tuple[str, ...]
    x: tuple[Array, ...]
    weights: Array | None
    offset: Array | None
    roles: Roles
    labels: pd.Index
    spec: Any
    file: str | None = None
    columns: dict[str, NDArray[Any]] = field(default_factory=dict)
    held: Any = None

    @property
    def in_order(self) -> bool:
        """Whether the rows fill the grid completely and in its own order."""
        return self.placed is None

    @property
    def cells(self) -> Codes:
        """Flat position of each row in the grid, shape (n,)."""
        return np.arange(self.flow.size) if self.placed is None else self.placed

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.exporters), len(self.importers), len(self.years)

    def take(self, rows: Mask | Codes) -> Panel:
        """The same panel with some of its rows."""
        return replace(
            self,
            placed=self.cells[rows],
            flow=self.flow[rows],
            x=tuple(column[rows] for column in self.x),
            weights=None if self.weights is None else self.weights[rows],
            offset=None if self.offset is None else self.offset[rows],
            labels=self.labels[rows],
            columns={name: values[rows] for name, values in self.columns.items()},
            held=None,
        )

    def grid(self, values: Array) -> Array:
        """Values by row laid on the grid, zero where there is no row; (I, J, T) as in `kernels.empty`."""
        grid = empty(self.shape)
        self.lay(values, grid)
        return grid

    def lay(self, values: Array, grid: Array) -> None:
        """The same into an array (I, J, T) that is there."""
        if self.placed is not None:
            laid = np.zeros(int(np.prod(self.shape)))
            laid[self.placed] = values
            values = laid
        grid[...] = values.reshape(self.shape)

    @property
    def places(self) -> tuple[Codes, Codes, Codes]:
        """The position of each row along each axis, three arrays of shape (n,)."""
        return self.groups("exporter"), self.groups("importer"), self.groups("year")

    def groups(self, effect: str) -> Codes:
        """The code of each row in an effect or a cluster dimension, shape (n,)."""
        _, count_j, years = self.shape
        cells = self.cells
        if effect == "pair":
            return cells // years
        if effect == "exporter":
            return cells // (count_j * years)
        if effect == "year":
            return cells % years
        if effect == "importer-year":
            return cells % (count_j * years)
        if effect == "exporter-year":
            return self.groups("exporter") * years + cells % years
        j = (cells // years) % count_j
        if effect == "importer":
            return j
        i = self.groups("exporter")
        return np.minimum(i, j) * count_j + np.maximum(i, j)


def read_panel(
    source: Any,
    roles: Roles,
    covariates: Sequence[str],
    *,
    extra: Sequence[str] = (),
    needs_year: bool = True,
    same_labels: bool = False,
) -> Panel:
    """Read, check and code a panel.

    Parameters
    ----------
    source : pandas, polars or pyarrow table, or the path of a CSV or Parquet file.
    roles : which column is what.
    covariates : formulaic terms over the columns.
    extra : further columns to keep (clusters).
    needs_year : whether an effect or cluster uses the year.
    same_labels : give both sides the same labels, as symmetric pairs need.

    Raises
    ------
    InputError : unknown columns, text, missing or infinite values, negative flows, duplicate rows;
        all at once, each with its row.
    """
    formula, variables = parse(covariates)
    names = [name for name in (roles.exporter, roles.importer) if name not in (*variables, *extra)]
    frame, file = load_frame(source, [*_named(roles), *variables, *extra], names)
    roles = _year_role(roles, frame, needs_year, file)
    frame = select(frame, [*_named(roles), *variables, *extra], file)
    problems = Problems(file)
    labels = frame.index + 2 if file else frame.index
    flow = numbers(frame, roles.flow, labels, problems)
    weights = numbers(frame, roles.weights, labels, problems) if roles.weights else None
    offset = numbers(frame, roles.offset, labels, problems) if roles.offset else None
    if flow.min(initial=0.0) < 0:
        refuse(
            problems, labels, flow, flow < 0, roles.flow, "the flow is negative", "Flows are zero or more."
        )
    if weights is not None:
        refuse(
            problems, labels, weights, weights < 0, str(roles.weights),
            "the weight is negative", "Weights are zero or more.",
        )  # fmt: skip
    codes, axes = _code(frame, roles, same_labels, labels, problems)
    for name in extra:
        missing = frame[name].isna().to_numpy()
        refuse(problems, labels, None, missing, name, "the value is missing", "Fill it or drop the row.")
    refuse_text(frame, covariates, variables, labels, problems)
    problems.raise_if_any()
    if not len(frame):
        raise InputError(Problem("the panel has no rows", "Give at least one row.", file=file))
    cells = _cells(codes, axes)
    in_order = _in_order(cells, axes)
    if not in_order:
        _refuse_duplicates(cells, tuple(len(a) for a in axes), frame, roles, labels, problems)
    placed = None if in_order else cells
    del codes, cells
    covariate_names, x, spec = compute(formula, frame, labels, problems)
    problems.raise_if_any()
    return Panel(
        axes[0], axes[1], axes[2], placed, flow, covariate_names, x, weights, offset, roles, labels, spec,
        file,
        {name: frame[name].to_numpy() for name in extra},
        [frame[name] for name in (roles.flow, *covariate_names) if name in frame.columns],
    )  # fmt: skip


def _cells(codes: list[Codes], axes: list[tuple[Any, ...]]) -> Codes:
    cells = codes[0] * len(axes[1])
    cells += codes[1]
    cells *= len(axes[2])
    cells += codes[2]
    return cells


def _named(roles: Roles) -> list[str]:
    parts = (roles.flow, roles.exporter, roles.importer, roles.year, roles.weights, roles.offset)
    return [part for part in parts if part is not None]


def _year_role(roles: Roles, frame: pd.DataFrame, needs_year: bool, file: str | None) -> Roles:
    if roles.year is None or roles.year in frame.columns:
        if roles.year is None and needs_year:
            raise InputError(
                Problem(
                    "the effects or clusters go by year, but the panel has no year",
                    "Name the year's column, or use exporter and importer effects.",
                    file=file,
                    field="year",
                )
            )
        return roles
    if roles.year == DEFAULT_YEAR and not needs_year:
        return Roles(roles.flow, roles.exporter, roles.importer, None, roles.weights, roles.offset)
    return roles


def _code(
    frame: pd.DataFrame, roles: Roles, same_labels: bool, labels: pd.Index, problems: Problems
) -> tuple[list[Codes], list[tuple[Any, ...]]]:
    """Positions and labels along the three axes, labels sorted."""
    codes: list[Codes] = []
    axes: list[tuple[Any, ...]] = []
    for name in (roles.exporter, roles.importer, roles.year):
        if name is None:
            codes.append(np.zeros(len(frame), dtype=np.int64))
            axes.append((None,))
            continue
        places, found = code(frame[name])
        refuse(
            problems,
            labels,
            None,
            places < 0,
            name,
            "the name is missing",
            "Give every row its economies and year.",
        )
        codes.append(places.astype(np.int64, copy=False))
        axes.append(tuple(np.asarray(found).tolist()))
    if same_labels and axes[0] != axes[1]:
        both = tuple(sorted({*axes[0], *axes[1]}))
        place = {name: k for k, name in enumerate(both)}
        for side in (0, 1):
            codes[side] = np.array([place[name] for name in axes[side]], dtype=np.int64)[codes[side]]
            axes[side] = both
    return codes, axes


def _in_order(cells: Codes, axes: list[tuple[Any, ...]]) -> bool:
    size = int(np.prod([len(axis) for axis in axes]))
    return cells.size == size and bool(cells[0] == 0 and (cells[1:] - cells[:-1] == 1).all())


def _refuse_duplicates(
    cells: Codes,
    shape: tuple[int, ...],
    frame: pd.DataFrame,
    roles: Roles,
    labels: pd.Index,
    problems: Problems,
) -> None:
    size = int(np.prod(shape))
    if size > 50 * cells.size + 10_000_000:
        raise InputError(
            Problem(
                f"{cells.size} rows spread over {size} cells of exporter, importer and year",
                "Check the names of economies and years: nearly every one seems to occur once.",
                field=roles.exporter,
            )
        )
    count = np.bincount(cells, minlength=size)
    if count.max(initial=0) <= 1:
        return
    names = [n for n in (roles.exporter, roles.importer, roles.year) if n is not None]
    again = pd.Series(cells).duplicated(keep="first").to_numpy()
    keys = frame[names].astype(str).agg(" > ".join, axis=1).to_numpy()
    refuse(
        problems, labels, keys, again, ", ".join(names),
        "this flow appears twice", "Keep one row for each exporter, importer and year, or add them up.",
    )  # fmt: skip


def read_like(sample: Panel, source: Any) -> Panel:
    """Other rows with the covariates of a sample; the flow may be absent. Used to predict."""
    roles = sample.roles
    wanted = [n for n in (roles.exporter, roles.importer, roles.year, roles.offset) if n is not None]
    variables = variables_of(sample.spec)
    frame, file = load_frame(source, [*wanted, *variables])
    frame = select(frame, [*wanted, *variables], file)
    problems = Problems(file)
    labels = frame.index + 2 if file else frame.index
    codes, axes = _code(frame, roles, False, labels, problems)
    offset = numbers(frame, roles.offset, labels, problems) if roles.offset else None
    names, x, spec = compute(sample.spec, frame, labels, problems)
    problems.raise_if_any()
    return Panel(
        axes[0],
        axes[1],
        axes[2],
        _cells(codes, axes),
        np.zeros(len(frame)),
        names,
        x,
        None,
        offset,
        roles,
        labels,
        spec,
        file,
    )
