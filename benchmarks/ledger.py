"""Speed and memory of the ledger and of the exchange formats: `python -m benchmarks.ledger`."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from serai.ledger import totals
from serai.money import Exchange, Rate
from serai.records import Commitment

COUNT, OVERLAPS, RUNS = 100_000, 20_000, 3


def commitments(count: int, overlaps: int, seed: int = 1) -> list[Commitment]:
    """Random commitments, a fifth of them parts of others, with random overlaps."""
    rng = np.random.default_rng(seed)
    amounts = np.round(rng.lognormal(17, 2, count))
    first, second = rng.integers(0, count, (2, overlaps))
    also: dict[int, list[str]] = {}
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        if a != b:
            also.setdefault(a, []).append(f"c{b}")
    whole = np.where(rng.random(count) < 0.2, rng.integers(0, np.maximum(1, np.arange(count))), -1)
    return [
        Commitment(
            id=f"c{i}",
            format="bilateral",
            date="2025",
            level="company",
            partner="JPN",
            parties=("Japan",),
            direction="JPN>C5",
            summary="benchmark",
            areas=("all",),
            kind="pledge",
            amount=amounts[i],
            currency="JPY",
            countries=("C5",),
            grade="C",
            part_of=f"c{whole[i]}" if 0 <= whole[i] < i else None,
            overlaps=tuple(also.get(i, ())),
            sources=("https://example.org",),
        )
        for i in range(count)
    ]


def best(work: Callable[[], object], runs: int = RUNS) -> float:
    """Seconds of the fastest run."""
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def measure_totals() -> None:
    rows = commitments(COUNT, OVERLAPS)
    exchange = Exchange((Rate("JPY per USD", "2025", 150.0, "assumed", "benchmark"),))
    seconds = best(lambda: totals(rows, exchange))
    (found,) = totals(rows, exchange).rows
    print(f"totals of {COUNT:,} commitments, {OVERLAPS:,} overlaps   {seconds:6.2f} s   exact: {found.exact}")


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Each measurement in a process of its own, so that peaks of memory do not mix."""
    for name in [n for n in globals() if n.startswith("measure_")]:
        subprocess.run([sys.executable, "-c", f"import benchmarks.ledger as b; b.{name}()"], check=True)


if __name__ == "__main__":
    main()
