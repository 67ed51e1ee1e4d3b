"""How long the base year takes: loading, the central world, 1,000 drawn worlds."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

from serai.atlas import load, reconcile
from serai.draws import Draws
from serai.executors import one_thread

RUNS = 3
DRAWS = 1000


def main() -> None:
    atlas = load()
    with one_thread():
        jobs: dict[str, Callable[[], object]] = {
            "load and validate": load,
            "reconcile, central": lambda: reconcile(atlas),
            f"reconcile, {DRAWS:,} draws": lambda: reconcile(atlas, Draws(DRAWS, seed=1)),
        }
        for name, job in jobs.items():
            print(f"{name:<26} {best(job):8.3f} s")
    print(f"{'peak memory':<26} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")


def best(job: Callable[[], object]) -> float:
    """The shortest of several runs, seconds."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
