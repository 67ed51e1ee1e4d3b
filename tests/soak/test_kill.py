"""A run that is killed at any moment leaves a whole brief or none."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from other_study import write_other_study
from serai.brief.explain import verify

SECONDS = 6.0  # about what a run of a few draws takes for a small study


def kill_often(study: Path, out: Path, times: int, seed: int) -> int:
    """Start runs and kill them at random moments; returns how many had finished by then."""
    chance = random.Random(seed)
    finished = 0
    for _ in range(times):
        run = subprocess.Popen(_brief(study, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.2, SECONDS))
        run.send_signal(signal.SIGKILL)
        finished += run.wait() == 0
        if out.exists():
            assert verify(out).holds, "what stands is whole"
    return finished


@pytest.mark.parametrize("seed", [1])
def test_a_few_kills(tmp_path: Path, seed: int) -> None:
    study, out = write_other_study(tmp_path / "study"), tmp_path / "runs" / "run"
    kill_often(study, out, 3, seed)
    subprocess.run(_brief(study, out), check=True, capture_output=True)
    assert verify(out).holds
    assert [path.name for path in out.parent.iterdir()] == ["run"], "the next run takes away what was left"


def test_told_to_end_it_ends_with_its_workers(tmp_path: Path) -> None:
    study, out = write_other_study(tmp_path / "study"), tmp_path / "runs" / "run"
    command = _brief(study, out, draws=100_000, workers=2)
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    deadline = time.monotonic() + 120
    while len(workers := children.read_text().split()) < 3:  # two of draws, and the process aside
        assert run.poll() is None
        if time.monotonic() > deadline:
            run.kill()
            pytest.fail(f"after two minutes it has started {len(workers)} of 3 processes")
        time.sleep(0.05)
    time.sleep(1)
    run.send_signal(signal.SIGTERM)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Traceback" not in said
    assert not list(out.parent.glob("*"))
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not [worker for worker in workers if Path(f"/proc/{worker}").exists()]


@pytest.mark.soak
def test_fifty_kills(tmp_path: Path) -> None:
    study, out = write_other_study(tmp_path / "study"), tmp_path / "run"
    finished = kill_often(study, out, 50, 7)
    assert finished or not out.exists() or verify(out).holds


def _brief(study: Path, out: Path, draws: int = 2, workers: int = 1) -> list[str]:
    """The command that writes a brief."""
    options = ["--draws", str(draws), "--workers", str(workers), "--out", str(out)]
    return [sys.executable, "-m", "serai.cli", "brief", str(study), *options]
