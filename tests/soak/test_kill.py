"""A run that is killed at any moment leaves a whole brief or none."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from serai.brief.explain import verify

SECONDS = 9.0  # about what a run of a few draws takes on a busy machine


def kill_often(out: Path, times: int, seed: int) -> int:
    """Start runs and kill them at random moments; returns how many had finished by then."""
    chance = random.Random(seed)
    finished = 0
    for _ in range(times):
        run = subprocess.Popen(_brief(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.2, SECONDS))
        run.send_signal(signal.SIGKILL)
        finished += run.wait() == 0
        if out.exists():
            assert verify(out).holds, "what stands is whole"
    return finished


@pytest.mark.parametrize("seed", [1])
def test_a_few_kills(tmp_path: Path, seed: int) -> None:
    out = tmp_path / "run"
    kill_often(out, 3, seed)
    subprocess.run(_brief(out), check=True, capture_output=True)
    assert verify(out).holds
    assert [path.name for path in tmp_path.iterdir()] == ["run"], "the next run takes away what was left"


def test_told_to_end_it_ends_with_its_workers(tmp_path: Path) -> None:
    out = tmp_path / "run"
    run = subprocess.Popen(
        _brief(out, draws=2000, workers=2), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    time.sleep(SECONDS)
    workers = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
    run.send_signal(signal.SIGTERM)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Traceback" not in said
    assert not list(tmp_path.iterdir())
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not [worker for worker in workers if Path(f"/proc/{worker}").exists()]


@pytest.mark.soak
def test_fifty_kills(tmp_path: Path) -> None:
    out = tmp_path / "run"
    finished = kill_often(out, 50, 7)
    assert finished or not out.exists() or verify(out).holds


def _brief(out: Path, draws: int = 2, workers: int = 1) -> list[str]:
    """The command that writes a brief."""
    options = ["--draws", str(draws), "--workers", str(workers), "--out", str(out)]
    return [sys.executable, "-m", "serai.cli", "brief", *options]
