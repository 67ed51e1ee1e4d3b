"""What a sweep found: percentiles of every cell, the draws behind them, and what has no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from serai.axes import Array, Axis
from serai.equilibrium import Status
from serai.errors import UnknownNameError
from serai.records.grid import Cell, Grid
from serai.scenario.evaluate import MOST_FAILED
from serai.scenario.sweep_block import FAILED, OUTCOMES, REGION, Block, Solved

if TYPE_CHECKING:
    import pyarrow as pa

PERCENTILES = (0.05, 0.5, 0.95)
RUNS = {"fixed": "medium run", "steady": "long run"}
WORDS = {
    "real_income": "change of real income, percent",
    "real_gdp": "change of real GDP, percent",
    "real_gni": "change of real national income, percent",
    "gain": "gain of real income, USD million a year",
    "exports": "change of exports, percent",
    "inward_fdi": "change of direct investment from outside, percent",
}


GAIN, LOSS, STRONGEST = (11, 92, 138), (179, 54, 43), 0.5
"""Colours of a table in a notebook, and how strong the largest value is: words stay readable on it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A cell without an answer under one closure, and what to do about it."""

    cell: int
    scenario: str
    points: tuple[str, ...]
    wealth: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        at = ", ".join(self.points)
        why = ". ".join(part.rstrip(".") for part in (self.reason, self.remedy) if part)
        return f"cell {self.cell} ({self.scenario}: {at}), {RUNS[self.wealth]}: {why}."


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """The results of a sweep.

    Attributes
    ----------
    grid : what was varied.
    quantiles : a row for each cell, closure, economy and outcome: the columns of the axes, `low`, `estimate`
        and `high` (5th, 50th and 95th percentile), `solved` (draws with an answer), `unit`, `basis`. NaN
        where more than one draw in twenty has no answer.
    failures : cells without an answer, with the reason.
    manifest : what the numbers were made from, and how many solves converged.
    parts : where the draws are: a folder of Parquet files, or tables in memory.
    """

    grid: Grid
    quantiles: pd.DataFrame
    failures: tuple[Failure, ...]
    manifest: Mapping[str, Any]
    parts: Path | Sequence[pa.Table]

    def tidy(self) -> pd.DataFrame:
        """`quantiles`, a copy to work with."""
        return self.quantiles.copy()

    def draws(self) -> pd.DataFrame:
        """Every draw: a row for each cell, closure, draw and economy, a column for each outcome."""
        import pyarrow as pa
        from pyarrow import parquet

        read = [parquet.read_table(f) for f in self._files()] if isinstance(self.parts, Path) else self.parts
        found: pd.DataFrame = pa.concat_tables(read).to_pandas()
        order = ["cell", "wealth", "draw"]
        return found.sort_values(order, kind="stable", ignore_index=True)

    def table(
        self,
        outcome: str = "real_income",
        *,
        who: str = REGION,
        wealth: str | None = None,
        scenario: str | None = None,
        column: str = "estimate",
    ) -> pd.DataFrame:
        """One outcome across the grid: the first axis down, the others across.

        Parameters
        ----------
        outcome : real_income, real_gdp, real_gni, gain, exports, inward_fdi.
        who : the region, an economy of it or a partner.
        wealth, scenario : the first of the grid by default.
        column : estimate, low or high.

        Raises
        ------
        UnknownNameError : a name that is not in the results.
        """
        chosen = {
            "outcome": outcome,
            "who": who,
            "wealth": wealth or self.grid.wealth[0],
            "scenario": scenario or self.grid.scenarios[0],
        }
        rows = self.quantiles
        for name, value in chosen.items():
            if value not in set(rows[name]):
                raise UnknownNameError(name, value, list(dict.fromkeys(rows[name])))
            rows = rows[rows[name] == value]
        if column not in ("estimate", "low", "high"):
            raise UnknownNameError("column", column, ("estimate", "low", "high"))
        first, *others = (axis.name for axis in self.grid.axis)
        if not others:
            return rows.set_index(first)[[column]]
        wide = rows.pivot(index=first, columns=others, values=column)
        order = list(dict.fromkeys(rows[first]))
        across = rows[others].drop_duplicates()
        columns = across[others[0]] if len(others) == 1 else pd.MultiIndex.from_frame(across)
        return wide.loc[order, list(columns)]

    def summary(self) -> str:
        """The region's real income across the grid in the first closure, and what has no answer."""
        draws, cells = self.manifest["draws"], len(self.grid.cells)
        lines = [
            f"{self.grid.title}: {cells} cells, {draws} draws each (seed {self.manifest['seed']}); "
            f"{self.manifest['solves_converged']:,} of {self.manifest['solves']:,} solves have an answer."
        ]
        for scenario in self.grid.scenarios:
            for wealth in self.grid.wealth:
                lines += ["", f"{scenario}, {RUNS[wealth]}: {WORDS['real_income']}, {REGION}, median."]
                shown = self.table(wealth=wealth, scenario=scenario)
                lines.append(shown.to_string(float_format=lambda value: f"{round(value, 3) + 0.0:.3f}"))
        lines += ["", *(str(failure) for failure in self.failures)] if self.failures else []
        return "\n".join(lines)

    def cite(self) -> str:
        """The sweep in a line: what to cite."""
        made = self.manifest
        return (
            f"serai {made['version']}, sweep {self.grid.id} of study {made['study']}: {made['draws']} draws, "
            f"seed {made['seed']}, inputs {made['fingerprint'][:12]}"
        )

    def _repr_html_(self) -> str:
        parts = [f"<h4>{escape(self.grid.title)}</h4>", f"<p>{escape(self.grid.question)}</p>"]
        for scenario in self.grid.scenarios:
            for wealth in self.grid.wealth:
                given = {"wealth": wealth, "scenario": scenario}
                middle, low, high = (self.table(column=c, **given) for c in ("estimate", "low", "high"))
                caption = f"{scenario}, {RUNS[wealth]}: {WORDS['real_income']}"
                parts.append(_heat(middle, low, high, caption))
        parts += [f"<p>{escape(str(failure))}</p>" for failure in self.failures]
        return "\n".join([*parts, f"<p><small>{escape(self.cite())}</small></p>"])

    def _files(self) -> list[Path]:
        assert isinstance(self.parts, Path)
        return sorted(self.parts.glob("*.parquet"))


def _heat(estimate: pd.DataFrame, low: pd.DataFrame, high: pd.DataFrame, caption: str) -> str:
    """A table whose cells are the bluer the larger a gain, the redder the larger a loss; on any ground."""
    bounds = np.stack([f.to_numpy(dtype=float) for f in (estimate, low, high)], axis=-1)
    largest = float(np.nanmax(np.abs(bounds[..., 0]), initial=0.0))
    labels = [", ".join(map(str, np.atleast_1d(np.asarray(label)))) for label in estimate.columns]
    names = [str(estimate.index.name), *(labels if len(labels) > 1 else ["median"])]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    rows = ""
    for point, row in zip(estimate.index, bounds.tolist(), strict=True):
        cells = "".join(_heat_cell(m, a, b, largest) for m, a, b in row)
        rows += f'<tr><th scope="row">{escape(str(point))}</th>{cells}</tr>'
    return f"<table><caption>{escape(caption)}</caption><tr>{head}</tr>{rows}</table>"


def _heat_cell(middle: float, low: float, high: float, largest: float) -> str:
    if not np.isfinite(middle):
        return "<td>no answer</td>"
    share = STRONGEST * abs(middle) / largest if largest > 0 else 0.0
    red, green, blue = GAIN if middle >= 0 else LOSS
    text = f"{_plain(middle)} <small>({_plain(low)} to {_plain(high)})</small>"
    return f'<td style="background: rgba({red}, {green}, {blue}, {share:.2f})">{text}</td>'


def _plain(value: float) -> str:
    """Two decimals; what rounds to nothing has no sign.

    >>> _plain(-0.001), _plain(0.126)
    ('0.00', '0.13')
    """
    return f"{round(value, 2) + 0.0:.2f}"


def summarised(
    grid: Grid,
    who: Axis,
    about: Mapping[str, Any],
    blocks: Sequence[Block],
    read: Callable[[Block], Solved],
    parts: Path | Sequence[pa.Table],
) -> Sweep:
    """Percentiles cell by cell: the draws of one group of cells are in memory at a time."""
    frames: list[pd.DataFrame] = []
    failures: list[Failure] = []
    solves = converged = 0
    for first, group in groupby(sorted(blocks, key=lambda b: (b.first, b.start)), key=lambda b: b.first):
        solved = [read(block) for block in group]
        values = np.concatenate([part.values for part in solved], axis=2)
        status = np.concatenate([part.status for part in solved], axis=2)
        reasons = {cell: why for part in solved for cell, why in part.failed.items()}
        good = (status >= 0) & (status <= Status.CONVERGED_BY_TATONNEMENT)
        solves, converged = solves + good.size, converged + int(good.sum())
        cells = grid.cells[first : first + len(values)]
        failures += _failures(grid, cells, status, good, reasons)
        frames.append(_quantiles(grid, who, cells, values, good))
    manifest = {
        **about,
        "solves": solves,
        "solves_converged": converged,
        "failures": [asdict(failure) for failure in failures],
    }
    return Sweep(grid, pd.concat(frames, ignore_index=True), tuple(failures), manifest, parts)


def _quantiles(grid: Grid, who: Axis, cells: Sequence[Cell], values: Array, good: Any) -> pd.DataFrame:
    """Percentiles of some cells; `values` is (cells, closures, draws, W, outcomes)."""
    count = good.sum(axis=2)
    enough = (good.shape[2] - count) * MOST_FAILED <= good.shape[2]
    found = np.full((*count.shape, *values.shape[3:], len(PERCENTILES)), np.nan)
    for place in zip(*np.nonzero(enough & (count > 0)), strict=True):
        found[place] = np.moveaxis(np.quantile(values[place][good[place]], PERCENTILES, axis=0), 0, -1)
    frame = pd.DataFrame(
        [
            (cell.number, cell.scenario, *_at(grid, cell), wealth, name, outcome, unit)
            for cell in cells
            for wealth in grid.wealth
            for name in who
            for outcome, unit in OUTCOMES.items()
        ],
        columns=["cell", "scenario", *(a.name for a in grid.axis), "wealth", "who", "outcome", "unit"],
    )
    solved = np.broadcast_to(count[..., np.newaxis, np.newaxis], found.shape[:-1]).reshape(-1)
    low, middle, high = np.moveaxis(found, -1, 0).reshape(len(PERCENTILES), -1)
    return frame.assign(low=low, estimate=middle, high=high, solved=solved, basis="computed")


def _at(grid: Grid, cell: Cell) -> Iterator[float | str]:
    """Where a cell stands on each axis: a number, or the label of its point."""
    for axis, point in zip(grid.axis, cell.points, strict=True):
        yield point if axis.labels else cell.settings[str(axis.effect)]


def _failures(
    grid: Grid, cells: Sequence[Cell], status: Any, good: Any, reasons: Mapping[int, str]
) -> Iterator[Failure]:
    """Cells that could not be posed, or with too few answers to tell."""
    for c, cell in enumerate(cells):
        for w, wealth in enumerate(grid.wealth):
            bad = status[c, w][~good[c, w]]
            about = (cell.number, cell.scenario, cell.points, wealth)
            if (bad == FAILED).any():
                yield Failure(*about, reasons[cell.number], "")
            elif bad.size * MOST_FAILED > good.shape[2]:
                worst = Status(int(np.bincount(bad).argmax()))
                reason = f"{bad.size} of {good.shape[2]} draws have no answer: {worst.text}"
                yield Failure(*about, reason, worst.remedy)
