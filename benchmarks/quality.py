"""Speed of SMAA, of screening the study's size, and of appraisals.

    python -m benchmarks.quality

Each line is the fastest of several runs. The rival is the same calculation written plainly with numpy in one
pass: all scores drawn at once, one matrix product, one sort. It has no confidence factors.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from serai.axes import Axis
from serai.draws import Draws
from serai.programme import Assumptions, Project, appraise, internal_rates, smaa

PROJECTS, CRITERIA, DRAWS = 500, 30, 10_000
RUNS = 3


def main() -> None:
    """Print a small table."""
    rng = np.random.default_rng(0)
    half = rng.random((PROJECTS, CRITERIA)) / 2
    nothing = np.zeros_like(half)
    plain = fastest(lambda: plainly(half, half + 1 / 2))
    lines = [
        ("SMAA, 500 projects, 30 criteria, 10,000 draws, half known", lambda: ours(half, half + 1 / 2)),
        ("the same, nothing known", lambda: ours(nothing, nothing + 1)),
    ]
    print(f"{'numpy in one pass, without confidence factors':<62}{plain:8.2f} s")
    for name, work in lines:
        seconds = fastest(work)
        print(f"{name:<62}{seconds:8.2f} s   {seconds / plain:5.2f} of the plain one")
    wind = Project(
        "w", "Wind", ("UZB",), "energy.wind", "preparation", 1100, "total", 2026, 2028, energy_gwh=3500
    )
    for count in (1_000, 10_000):
        draws = Draws(count, seed=1)
        seconds = fastest(lambda draws=draws: appraise(wind, Assumptions("adb", "world"), draws))  # type: ignore[misc]
        print(f"{f'one appraisal, {count:,} draws':<62}{seconds * 1000:8.1f} ms")
    wild = rng.normal(size=41).round(2)
    seconds = fastest(lambda: internal_rates(wild))
    print(f"{'all internal rates of a wild flow of 41 years, exactly':<62}{seconds * 1000:8.1f} ms")


def ours(low: np.ndarray, high: np.ndarray) -> object:
    projects = Axis("project", tuple(f"p{i}" for i in range(PROJECTS)))
    criteria = Axis("criterion", tuple(f"c{k}" for k in range(CRITERIA)))
    return smaa(low, high, projects, criteria, Draws(DRAWS, seed=1))


def plainly(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(1)
    weights = rng.dirichlet(np.ones(CRITERIA), DRAWS)
    scores = low + (high - low) * rng.random((DRAWS, PROJECTS, CRITERIA))
    order = np.argsort(-(scores @ weights[:, :, np.newaxis])[..., 0], axis=1)
    ranks = np.zeros((PROJECTS, PROJECTS))
    np.add.at(ranks, (order, np.broadcast_to(np.arange(PROJECTS), order.shape)), 1)
    return ranks / DRAWS


def fastest(work: Callable[[], object], runs: int = RUNS) -> float:
    """Seconds of the fastest of several runs, on one thread."""
    seconds = []
    with threadpool_limits(1):
        for _ in range(runs):
            start = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - start)
    return min(seconds)


if __name__ == "__main__":
    main()
