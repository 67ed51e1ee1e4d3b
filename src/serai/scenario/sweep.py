"""Sweeps: a grid of scenarios through the equilibrium, for all draws, in blocks that can be taken up again.

    grid.py          the grid against the study
    sweep_block.py   one block: some cells for some draws
    sweep_files.py   finished blocks on disk or in memory
    sweep_result.py  what comes out

All cells see the same draws, so that the difference between two cells is no noise. A draw is known by its
number and the seed, and blocks are cut by position alone: neither the executor, nor the number of workers,
nor an interruption changes a number.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from serai import __version__
from serai.atlas import Atlas, load
from serai.draws import Draws
from serai.executors import Executor, Serial, one_thread
from serai.provenance import sha256
from serai.records.grid import Grid
from serai.scenario.evaluate import check_names, prepare
from serai.scenario.freight import network_tables
from serai.scenario.grid import check_grid, read_grid
from serai.scenario.sweep_block import Block, Work, rows_of, solve_block
from serai.scenario.sweep_files import DECIDING, Folder, Memory
from serai.scenario.sweep_result import Sweep
from serai.study import Study, read_study, reference_study

CELLS, DRAWS = 10, 50
"""Of a block: large enough that the base years of its draws are a small part of the work, small enough that
an interruption costs seconds."""

Progress = Callable[[int, int], None]
"""Called with the solves done, those of an earlier run included, and the solves in all."""

MOVING = ("study.toml", "borders.csv", "scenarios/", "tables/")
"""Files of a study that the numbers of a sweep depend on."""


def sweep(
    study: Study | Path | str | None,
    grid: Grid | Path | str,
    *,
    draws: int = 200,
    seed: int = 1,
    out: Path | str | None = None,
    executor: Executor | None = None,
    progress: Progress = lambda *_: None,
) -> Sweep:
    """Solve every cell of a grid for every draw.

    Parameters
    ----------
    study : a folder, a study already read, or None for the reference study.
    grid : a grid, its TOML file, or the name of one in the study's folder `sweeps`.
    draws, seed : how many draws, from which seed.
    out : a folder for the results and for the blocks finished so far. A sweep that was interrupted goes on
        from there; one of other inputs is refused. Without it all stays in memory.
    executor : where to run; in this process by default. `Processes()`, `Dask(...)`.
    progress : see `Progress`. To stop, raise in it: what is finished is kept.

    Returns
    -------
    Sweep; cells without an answer are reported in it and do not lose the others.

    Raises
    ------
    InputError : the study or the grid is wrong, with all problems; or `out` holds something else.
    RunError : `out` holds a sweep of other inputs, with what changed; or workers keep dying.

    Examples
    --------
    >>> found = sweep(None, "union_and_borders", draws=2)  # doctest: +SKIP
    >>> found.table(wealth="fixed")  # doctest: +SKIP
    """
    inputs = study if isinstance(study, Study) else read_study(study)
    wanted = grid if isinstance(grid, Grid) else read_grid(grid, inputs)
    check_grid(wanted, inputs)
    atlas = load(inputs.tables)
    check_names(inputs, atlas)
    drawn = Draws(draws, seed)
    blocks = cut(len(wanted.cells), draws)
    about = manifest(inputs, atlas, wanted, drawn)
    rows = rows_of(inputs)
    store = Memory(wanted, rows, about) if out is None else Folder(Path(out), wanted, rows, about, blocks)
    _finish(inputs, atlas, wanted, drawn, [b for b in blocks if b not in store], store, executor, progress)
    return store.close(blocks)


def cut(cells: int, draws: int) -> tuple[Block, ...]:
    """The blocks of a sweep: by draws, then by cells."""
    pieces = product(
        [(a, min(a + DRAWS, draws)) for a in range(0, draws, DRAWS)],
        [(a, min(a + CELLS, cells)) for a in range(0, cells, CELLS)],
    )
    return tuple(Block(number, *of, *at) for number, (at, of) in enumerate(pieces))


def manifest(study: Study, atlas: Atlas, grid: Grid, draws: Draws) -> dict[str, Any]:
    """What the numbers of a sweep are made from; nothing else may differ when it is taken up again."""
    tables = network_tables(study, atlas).hashes
    about = {
        "study": study.about.id,
        "study_path": None if study.path == reference_study() else str(study.path),
        "version": __version__,
        "python": platform.python_version(),
        "seed": draws.seed,
        "draws": draws.count,
        "block": {"cells": CELLS, "draws": DRAWS},
        "grid": grid.model_dump(mode="json"),
        "study_files": moving(study),
        "atlas_tables": {**atlas.hashes, **tables},
    }
    kept = {name: about[name] for name in DECIDING}
    return about | {"fingerprint": sha256(json.dumps(kept, sort_keys=True).encode())}


def moving(study: Study) -> dict[str, str]:
    """The hashes of the files of a study that the numbers of a sweep depend on."""
    return {name: digest for name, digest in study.hashes.items() if name.startswith(MOVING)}


def _finish(
    study: Study,
    atlas: Atlas,
    grid: Grid,
    draws: Draws,
    left: Sequence[Block],
    store: Memory | Folder,
    executor: Executor | None,
    progress: Progress,
) -> None:
    """Solve the blocks that are left; each is kept as it comes."""
    closures = len(grid.wealth)
    total = len(grid.cells) * draws.count * closures
    done = total - closures * sum(block.size for block in left)
    progress(done, total)
    if not left:
        return
    with one_thread():
        work = Work.of(prepare(study, atlas, draws, grid.scenarios), grid)
        for position, solved in (executor or Serial()).finished(solve_block, work, left):
            store.add(left[position], solved)
            done += closures * left[position].size
            progress(done, total)
