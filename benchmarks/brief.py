"""The whole brief as a process: wall time and peak memory, and how fast the command line answers.

python -m benchmarks.brief [draws]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Print seconds and megabytes of `serai brief` and seconds of `serai --help`."""
    draws = sys.argv[1] if len(sys.argv) > 1 else "1000"
    with tempfile.TemporaryDirectory() as folder:
        words = ("brief", "--draws", draws, "--out", str(Path(folder) / "run"))
        seconds = min(_timed(*words)[0] for _ in range(2))
        _, shared, summed = _timed(*words, watched=True)
    answer = min(_timed("--help")[0] for _ in range(5))
    print(f"serai brief, {draws} draws, every scenario, both closures: {seconds:.1f} s")
    print(f"  peak memory of all processes: {shared:.0f} MB (shared pages once), {summed:.0f} MB (in each)")
    print(f"serai --help: {answer:.2f} s")


def _timed(*words: str, watched: bool = False) -> tuple[float, float, float]:
    """Seconds of a command; when watched also its peak memory in MB, shared pages once and in each."""
    start, peak = time.perf_counter(), [0.0, 0.0]
    run = subprocess.Popen([sys.executable, "-m", "serai.cli", *words], stdout=-3, stderr=-3)
    while watched and run.poll() is None:
        found = [_memory(process) for process in _family(run.pid)]
        peak = [max(old, sum(f[k] for f in found) / 1024) for k, old in enumerate(peak)]
        time.sleep(0.2)
    if run.wait():
        raise SystemExit(f"serai {' '.join(words)} failed")
    return time.perf_counter() - start, peak[0], peak[1]


def _family(process: int) -> list[int]:
    """A process and all that it started (Linux)."""
    family = [process]
    for tasks in Path("/proc").glob(f"{process}/task/*/children"):
        try:
            family += [p for child in tasks.read_text().split() for p in _family(int(child))]
        except OSError:
            continue
    return family


def _memory(process: int) -> tuple[int, int]:
    """Proportional and resident memory of a process in kB; zero when it is gone."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0, 0
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
    return sizes["Pss"], sizes["Rss"]


if __name__ == "__main__":
    main()
