"""One block of a sweep: some cells for some draws, under every closure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from serai.atlas import World, reconcile
from serai.axes import Array, Axis
from serai.equilibrium import Baseline, Equilibrium, solve_draws
from serai.errors import SeraiError
from serai.executors import one_thread
from serai.records.grid import Cell, Grid
from serai.scenario.context import Context
from serai.scenario.evaluate import SIDE_BY_SIDE, Job, baseline, context, group_sums
from serai.scenario.grid import measures_of
from serai.scenario.measures import PERCENT, shock
from serai.study import Study

REGION = "region"
OUTCOMES = {
    "real_income": "percent",
    "real_gdp": "percent",
    "real_gni": "percent",
    "gain": "USD million a year",
    "exports": "percent",
    "inward_fdi": "percent",
}
"""What is kept of each world, and its unit. Exports and direct investment are those across the border of who
is asked about: for the region, with the outside alone."""

FAILED = -1


@dataclass(frozen=True, slots=True)
class Block:
    """Cells `first` to `last` (not included) for draws `start` to `stop` (not included)."""

    number: int
    first: int
    last: int
    start: int
    stop: int

    @property
    def size(self) -> int:
        """Worlds in the block, each closure apart."""
        return (self.last - self.first) * (self.stop - self.start)


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What all blocks share: the study laid out, and the cells."""

    job: Job
    grid: Grid
    cells: tuple[Cell, ...]
    members: Array

    @classmethod
    def of(cls, job: Job, grid: Grid) -> Work:
        """Lay out a grid on a study that was prepared."""
        groups, sums = group_sums(job.study, job.names)
        rows = rows_of(job.study)
        inside = sums[groups.indices(job.study.about.region.economies)].sum(axis=0)
        members = [inside if name == REGION else sums[groups.index(name)] for name in rows]
        return cls(job, grid, grid.cells, np.stack(members))


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A finished block.

    Attributes
    ----------
    values : (cells, closures, draws, W, outcomes); NaN where there is no answer.
    status : (cells, closures, draws), as in `Status`; -1 where a cell could not be posed at all.
    failed : cell -> why it could not be posed.
    """

    values: Array
    status: NDArray[np.int64]
    failed: Mapping[int, str]


def rows_of(study: Study) -> Axis:
    """Who a sweep tells about: the region, its economies, the partners."""
    region = study.about.region.economies
    return Axis("who", (REGION, *region, *(partner.id for partner in study.about.partner)))


def solve_block(work: Work, block: Block) -> Solved:
    """Solve one block; the same numbers wherever it runs."""
    cells = work.cells[block.first : block.last]
    draws = work.job.draws.part(block.start, block.stop)
    shape = (len(cells), len(work.grid.wealth), draws.count)
    values = np.full((*shape, len(work.members), len(OUTCOMES)), np.nan)
    status = np.full(shape, FAILED, dtype=np.int64)
    failed: dict[int, str] = {}
    with one_thread():
        world = reconcile(work.job.atlas, draws)
        seen = context(work.job, draws, world)
        here = _Here.of(work.members, world, baseline(world, seen.inputs))
        for place, cell in enumerate(cells):
            try:
                values[place], status[place] = _solve_cell(work, cell, seen, here)
            except (SeraiError, ArithmeticError, np.linalg.LinAlgError, MemoryError) as error:
                failed[cell.number] = str(error)
    return Solved(values, status, failed)


@dataclass(frozen=True, slots=True, eq=False)
class _Here:
    """The base years of a block.

    Attributes
    ----------
    absorption : (draws, N). exports, inward_fdi : (draws, W), million USD.
    """

    base: Baseline
    members: Array
    absorption: Array
    exports: Array
    inward_fdi: Array

    @classmethod
    def of(cls, members: Array, world: World, base: Baseline) -> _Here:
        absorption = base.expenditure - (1 - base.value_added_share) * base.output
        return cls(base, members, absorption, _sent(members, world.trade), _received(members, world.holdings))

    def outcomes(self, found: Mapping[str, Array]) -> Array:
        """(draws, W, outcomes), in the order of `OUTCOMES`."""
        whole = self.absorption @ self.members.T
        gained = {name: (found[name] * self.absorption) @ self.members.T for name in list(OUTCOMES)[:3]}
        columns = [PERCENT * money / whole for money in gained.values()]
        columns.append(gained["real_income"])
        columns += [_grown(found[name], getattr(self, name)) for name in ("exports", "inward_fdi")]
        return np.stack(columns, axis=-1)


def _solve_cell(work: Work, cell: Cell, seen: Context, here: _Here) -> tuple[Array, NDArray[np.int64]]:
    """Values (closures, draws, W, outcomes) and status (closures, draws) of one cell."""
    with np.errstate(all="ignore"):  # a shock out of its domain is refused by the solver, by name
        change = shock(measures_of(cell, work.job.study), _without(seen, cell.settings))
    values, status = [], []
    for wealth in work.grid.wealth:
        solved = solve_draws(
            here.base,
            change,
            wealth=wealth,
            deficits=work.job.study.about.settings.deficits,
            reduce=partial(_reduce, work.members),
            threads=1,
            chunk=SIDE_BY_SIDE,
        )
        values.append(here.outcomes(solved.values))
        status.append(solved.status)
    return np.stack(values), np.stack(status)


def _without(seen: Context, effects: Iterable[str]) -> Context:
    """The same with some effects not sampled yet: each cell has its own values of what the grid sets."""
    used = {name: drawn for name, drawn in seen.inputs.used.items() if name not in set(effects)}
    return replace(seen, inputs=replace(seen.inputs, used=used))


def _reduce(members: Array, result: Equilibrium) -> dict[str, Array]:
    assert result.fdi is not None  # the baseline has holdings
    return {
        "real_income": result.real_income - 1,
        "real_gdp": result.real_gdp - 1,
        "real_gni": result.real_gni - 1,
        "exports": _sent(members, result.trade),
        "inward_fdi": _received(members, result.fdi),
    }


def _sent(members: Array, flows: Array) -> Array:
    """Flows from each set of economies to all outside it: (draws, N, N) -> (draws, W)."""
    return np.asarray(((flows @ (1 - members).T) * members.T).sum(axis=1))


def _received(members: Array, flows: Array) -> Array:
    """Flows to each set of economies from all outside it: (draws, N, N) -> (draws, W)."""
    return _sent(members, np.swapaxes(flows, 1, 2))


def _grown(after: Array, before: Array) -> Array:
    """Percent of growth; not known from nothing."""
    ratio = np.divide(after, before, out=np.full(after.shape, np.nan), where=before > 0)
    return np.asarray(PERCENT * (ratio - 1))
