"""A sweep that is killed at any moment goes on: no cell is lost, none is done twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import serai
from serai.scenario import sweep as module
from sweep_cases import write_sweep_study

BLOCKS = 36
RUN = """
import sys
import serai
from serai.executors import Processes
from serai.scenario import sweep as module

module.CELLS = module.DRAWS = 1
if __name__ == "__main__":
    serai.sweep(sys.argv[1], "small", draws=6, seed=3, out=sys.argv[2], executor=Processes(2))
"""


def blocks_of(out: Path) -> dict[str, int]:
    """The finished blocks and when each was written."""
    return {file.name: file.stat().st_mtime_ns for file in out.glob("draws/*.parquet")}


def kill_often(tmp_path: Path, times: int, seed: int) -> int:
    """Start a sweep and kill it soon after its next block, over and over; returns how many kills it took."""
    chance = random.Random(seed)
    study, script, out = tmp_path / "study", tmp_path / "run.py", tmp_path / "out"
    write_sweep_study(study)
    script.write_text(RUN, encoding="utf-8")
    command = [sys.executable, str(script), str(study), str(out)]
    kept: dict[str, int] = {}
    for kills in range(times):
        run = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while run.poll() is None and len(blocks_of(out)) == len(kept):
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.1))
        workers = _children(run.pid)
        run.send_signal(signal.SIGKILL)
        if run.wait() == 0:
            return kills
        _gone(workers)
        now = blocks_of(out)
        assert {name: now[name] for name in kept} == kept, "what was finished is not done again"
        assert len(now) > len(kept)
        kept = now
    subprocess.run(command, check=True, capture_output=True)
    assert {name: blocks_of(out)[name] for name in kept} == kept
    return times


def assert_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The numbers are those of one sweep in memory, every cell and draw once."""
    out = tmp_path / "out"
    assert len(blocks_of(out)) == BLOCKS
    assert not list(out.rglob("*.part"))
    monkeypatch.setattr(module, "CELLS", 1)
    monkeypatch.setattr(module, "DRAWS", 1)
    alone = serai.sweep(tmp_path / "study", "small", draws=6, seed=3)
    found = pd.concat([pd.read_parquet(file) for file in sorted(out.glob("draws/*.parquet"))])
    key = ["cell", "wealth", "draw", "who"]
    assert not found.duplicated(key).any()
    found, expected = (
        f.sort_values(key, ignore_index=True).astype({"skills": str}) for f in (found, alone.draws())
    )
    pd.testing.assert_frame_equal(found, expected, check_exact=True, check_categorical=False)


def _children(process: int) -> list[int]:
    try:
        words = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [int(word) for word in words]


def _gone(workers: list[int]) -> None:
    """Workers leave by themselves when the process that started them is gone."""
    deadline = time.monotonic() + 20
    while any(_runs(worker) for worker in workers):
        assert time.monotonic() < deadline, "a worker outlived its sweep"
        time.sleep(0.05)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def test_a_few_kills_lose_and_repeat_no_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kill_often(tmp_path, 2, seed=1) == 2
    assert_whole(tmp_path, monkeypatch)


@pytest.mark.soak
def test_fifty_kills_lose_and_repeat_no_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kills = 0
    for seed in range(50):
        folder = tmp_path / str(seed)
        folder.mkdir()
        kills += kill_often(folder, 50 - kills, seed)
        assert_whole(folder, monkeypatch)
        if kills >= 50:
            return
    raise AssertionError(f"only {kills} kills")
