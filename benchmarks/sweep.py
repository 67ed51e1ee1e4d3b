"""Ten thousand solves of the reference world: the grid of the reference study times 200 draws.

    python -m benchmarks.sweep

The rival is one `serai solve` for each cell: its base years and its routes are laid out again every time.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from serai.atlas import load
from serai.draws import Draws
from serai.executors import Executor, Processes, Serial, cores, one_thread
from serai.scenario.evaluate import evaluate
from serai.scenario.sweep import sweep
from serai.study import read_study

GRID, DRAWS, RUNS = "union_and_borders", 200, 2


def main() -> None:
    """Print a small table."""
    solves = 0
    rows: list[tuple[str, float]] = []
    for name, executor in (("one process", Serial()), (f"{cores()} processes", Processes())):
        seconds = []
        for _ in range(RUNS):
            with tempfile.TemporaryDirectory() as folder:
                start = time.perf_counter()
                found = sweep(None, GRID, draws=DRAWS, out=Path(folder) / "out", executor=executor)
                seconds.append(time.perf_counter() - start)
                solves = int(found.manifest["solves_converged"])
                again = time.perf_counter()
                sweep(None, GRID, draws=DRAWS, out=Path(folder) / "out")
                taken_up = time.perf_counter() - again
        rows.append((f"{solves:,} solves, blocks on disk, {name}", min(seconds)))
    rows.append(("the same taken up when all blocks are there", taken_up))
    rows.append((f"{solves:,} solves, cell by cell, {cores()} processes", cell_by_cell(Processes())))
    for name, took in rows:
        print(f"{name:55}{took:8.1f} s{solves / took:10,.0f} solves a second")


def cell_by_cell(executor: Executor) -> float:
    """Seconds for as many solves, one scenario at a time; from one cell."""
    study = read_study()
    atlas = load(study.tables)
    start = time.perf_counter()
    with one_thread():
        evaluate(study, atlas, Draws(DRAWS, 1), scenarios=["unified_eaeu"], executor=executor)
    return (time.perf_counter() - start) * 25


if __name__ == "__main__":
    main()
