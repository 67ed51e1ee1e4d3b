"""The whole brief as a process: wall time and peak memory, and how fast the command line answers.

python -m benchmarks.brief [draws]
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Print seconds and megabytes of `serai brief` and `serai --help`."""
    draws = sys.argv[1] if len(sys.argv) > 1 else "1000"
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "run")
        seconds = _timed("brief", "--draws", draws, "--out", out)
        again = _timed("brief", "--draws", draws, "--out", out)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    answer = min(_timed("--help") for _ in range(5))
    print(f"serai brief, {draws} draws, every scenario, both closures: {min(seconds, again):.1f} s")
    print(f"  largest single process: {peak:.0f} MB")
    print(f"serai --help: {answer:.2f} s")


def _timed(*words: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "serai.cli", *words], check=True, capture_output=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
