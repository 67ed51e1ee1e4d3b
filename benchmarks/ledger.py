"""Speed and memory of the ledger and of the exchange formats: `python -m benchmarks.ledger`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from serai.exchange.limits import MIB
from serai.exchange.xlsx import write_workbook
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
            countries=("KAZ",),
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


def measure_workbook() -> None:
    """A workbook of 20,000 commitments, read with progress."""
    rows = commitments(20_000, 4_000)
    path = Path(tempfile.mkdtemp()) / "w.xlsx"
    writing = best(lambda: write_workbook(path, {"commitments": rows}), 1)
    seconds, peak, seen = alone(
        "from serai.exchange.xlsx import read_workbook\n"
        "seen = []\n"
        f"read_workbook(Path({str(path)!r}), progress=lambda *at: seen.append(at))\n"
        "seen = len(seen)"
    )
    size = path.stat().st_size / MIB
    print(
        f"workbook of 20,000 rows ({size:.1f} MiB)                {seconds:6.2f} s   {peak:4.0f} MiB   "
        f"progress {seen} times; written in {writing:.1f} s"
    )
    shutil.rmtree(path.parent)


def measure_iati() -> None:
    """An activity file of 100 MB, streamed."""
    path = Path(tempfile.mkdtemp()) / "a.xml"
    text = (
        '<iati-activity default-currency="USD"><iati-identifier>XX-{0}</iati-identifier>'
        '<reporting-org ref="XX" type="10"><narrative>Reporter</narrative></reporting-org>'
        "<title><narrative>Activity {0}</narrative></title>"
        '<description type="1"><narrative>' + "words " * 60 + "</narrative></description>"
        '<participating-org role="4"><narrative>Someone</narrative></participating-org>'
        '<activity-status code="2"/>'
        '<activity-date type="1" iso-date="2024-01-01"/><recipient-country code="KZ"/>'
        + '<transaction><transaction-type code="3"/><transaction-date iso-date="2024-05-01"/>'
        '<value value-date="2024-05-01">1000</value></transaction>' * 12 + "</iati-activity>\n"
    )
    with path.open("w", encoding="utf-8") as stream:
        stream.write('<iati-activities version="2.03">')
        for number in range(100_000_000 // len(text)):
            stream.write(text.format(number))
        stream.write("</iati-activities>")
    seconds, peak, count = alone(
        "from serai.exchange.iati import stream_iati\n"
        f"seen = sum(1 for place in stream_iati(Path({str(path)!r})) if place.activity)"
    )
    print(
        f"IATI file of {path.stat().st_size / 1e6:.0f} MB, {count:,} activities           "
        f"{seconds:6.2f} s   {peak:4.0f} MiB"
    )
    shutil.rmtree(path.parent)


def alone(code: str) -> tuple[float, float, int]:
    """Seconds, peak MiB and `seen` of some code in a process of its own."""
    whole = (
        "import resource, time\nfrom pathlib import Path\nstart = time.perf_counter()\n"
        + code
        + "\npeak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024"
        + "\nprint(time.perf_counter() - start, peak, seen)"
    )
    out = subprocess.run(
        [sys.executable, "-c", whole], check=True, capture_output=True, text=True
    ).stdout.split()
    return float(out[0]), float(out[1]), int(out[2])


def main() -> None:
    """Each measurement in a process of its own, so that peaks of memory do not mix."""
    for name in [n for n in globals() if n.startswith("measure_")]:
        subprocess.run([sys.executable, "-c", f"import benchmarks.ledger as b; b.{name}()"], check=True)


if __name__ == "__main__":
    main()
