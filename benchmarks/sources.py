"""Reading a BACI file: seconds and peak memory beside pandas, which checks nothing.

Each run is a process of its own, so that the peaks are theirs. A year of BACI has some eleven million rows.
"""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

RUNS = 2
ROWS = (500_000, 2_000_000)
Reader = Callable[[Path], None]


def main() -> None:
    names = ("rows", "MB", "serai s", "pandas s", "ratio", "serai MB", "pandas MB")
    print(" ".join(f"{name:>10}" for name in names))
    with tempfile.TemporaryDirectory() as folder:
        for count in ROWS:
            path = Path(folder) / "BACI_HS22_Y2024_V202601.csv"
            made_up(path, count)
            (ours, our_peak), (theirs, their_peak) = (best(reader, path) for reader in (serai, pandas))
            size = path.stat().st_size / 1e6
            print(
                f"{count:>10,} {size:>10.0f} {ours:>10.2f} {theirs:>10.2f} {ours / theirs:>10.2f} "
                f"{our_peak:>10.0f} {their_peak:>10.0f}"
            )


def serai(path: Path) -> None:
    """Checked, summed by pair."""
    from serai.atlas.sources import read_baci

    read_baci(path)


def pandas(path: Path) -> None:
    """Read whole and summed by pair."""
    import pandas as pd

    pd.read_csv(path, na_values=["NA"], skipinitialspace=True).groupby(["i", "j"])["v"].sum()


def best(reader: Reader, path: Path) -> tuple[float, float]:
    """The shortest of several runs, seconds, and the smallest growth of the process, MB."""
    context = multiprocessing.get_context("spawn")
    results = []
    for _ in range(RUNS):
        with context.Pool(1) as pool:
            results.append(pool.apply(measured, (reader, path)))
    return min(seconds for seconds, _ in results), min(peak for _, peak in results)


def measured(reader: Reader, path: Path) -> tuple[float, float]:
    """Seconds of a reader, and by how much its process grew, MB; imports are not counted."""
    import pandas as pd

    from serai.atlas import sources

    assert sources
    assert pd
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    reader(path)
    seconds = time.perf_counter() - start
    return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def made_up(path: Path, count: int) -> None:
    """A file of one year with so many different rows, quantities partly unknown."""
    from serai.atlas.sources.codes import by_number

    numbers = sorted({code: number for number, code in by_number().items()}.values())
    pairs = [(i, j) for i in numbers for j in numbers if i != j]
    each = -(-count // len(pairs))
    values = np.random.default_rng(1).lognormal(2, 3, count)
    with path.open("w", encoding="utf-8") as file:
        file.write("t,i,j,k,v,q\n")
        for at, value in enumerate(values):
            i, j = pairs[at // each]
            file.write(f"2024,{i},{j},{10_000 + at % each:06d},{value:14.3f},{'NA':>14}\n")


if __name__ == "__main__":
    main()
