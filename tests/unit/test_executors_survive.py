"""Workers die; the work is done all the same, each piece once, with the same numbers."""

from __future__ import annotations

import operator
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import serai
from serai.errors import InputError, Problem, RunError
from serai.executors import Dask, Executor, Processes, Serial
from serai.scenario import sweep as module
from serai.study import read_study
from sweep_cases import write_sweep_study


@pytest.fixture(scope="module")
def cluster() -> Iterator[Dask]:
    """A real cluster of two workers on this machine."""
    made = Dask(workers=2)
    yield made
    made.close()


@pytest.fixture(params=["processes", "cluster"])
def executor(request: pytest.FixtureRequest) -> Executor:
    return Processes(2) if request.param == "processes" else request.getfixturevalue("cluster")


def _dies_once(folder: Path, piece: int) -> int:
    """Piece 2 kills its worker the first time."""
    mark = folder / "killed"
    if piece == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return piece * piece


def _refuses(_: object, piece: int) -> int:
    raise InputError(Problem(f"piece {piece} is bad", "Give another."))


def test_what_a_dead_worker_had_is_done_again(executor: Executor, tmp_path: Path) -> None:
    found = list(executor.finished(_dies_once, tmp_path, range(6)))
    assert (tmp_path / "killed").exists()
    assert sorted(found) == [(n, n * n) for n in range(6)], "each piece once"


def test_an_error_of_the_work_is_no_death(executor: Executor) -> None:
    with pytest.raises(InputError, match=r"piece \d is bad"):
        list(executor.finished(_refuses, None, range(3)))


def _always_dies(_: object, piece: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return piece


def test_workers_that_keep_dying_are_given_up() -> None:
    with pytest.raises(RunError, match=r"3 times in a row.*fewer workers"):
        list(Processes(1).finished(_always_dies, None, [1]))


def test_serial_gives_positions_in_order(tmp_path: Path) -> None:
    (tmp_path / "killed").touch()
    assert list(Serial().finished(_dies_once, tmp_path, [3, 1])) == [(0, 9), (1, 1)]


def test_nobody_at_the_address_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serai.executors.SECONDS_TO_ANSWER", 0.3)
    with pytest.raises(RunError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9"):
        Dask.at("tcp://127.0.0.1:9")
    with pytest.raises(RunError, match="no Dask scheduler answers at nonsense:"):
        Dask.at("nonsense://here")


def test_a_sweep_on_a_cluster_whose_worker_is_killed_has_the_same_numbers(
    cluster: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CELLS", 2)
    monkeypatch.setattr(module, "DRAWS", 2)
    study = read_study(write_sweep_study(tmp_path / "study"))
    alone = serai.sweep(study, "small", draws=6, seed=3)
    workers = cluster.client.run(os.getpid)
    killer = threading.Thread(target=_kill_one, args=(tmp_path / "out" / "draws", min(workers.values())))
    killer.start()
    found = serai.sweep(study, "small", draws=6, seed=3, executor=cluster, out=tmp_path / "out")
    killer.join()
    assert set(workers.values()) - set(cluster.client.run(os.getpid).values()), "a worker was replaced"
    pd.testing.assert_frame_equal(found.draws(), alone.draws(), check_exact=True, check_categorical=False)
    assert found.manifest["solves"] == 6 * 6 * 2


def _slow(_: object, piece: int) -> int:
    time.sleep(0.05)
    return piece


@pytest.fixture
def lonely() -> Iterator[Dask]:
    """A cluster of one worker, a process of its own."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0") as made,
        distributed.Client(made) as client,
    ):
        yield Dask(client)


async def _stays_away() -> None:
    """In the place of what starts a worker again."""


@pytest.mark.parametrize("comes_back", [False, True])
def test_a_cluster_that_loses_its_only_worker_waits_and_then_says_so(
    lonely: Dask, comes_back: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serai.executors.SECONDS_TO_RETURN", 20 if comes_back else 0.5)
    monkeypatch.setattr("serai.executors.SECONDS_TO_LOOK", 0.1)
    found = lonely.finished(_slow, "shared", range(12))
    kept = [next(found), next(found)]
    (nanny,) = lonely.client.cluster.workers.values()
    if not comes_back:
        monkeypatch.setattr(nanny, "instantiate", _stays_away)
    (worker,) = lonely.client.run(os.getpid).values()
    os.kill(worker, signal.SIGKILL)
    if comes_back:
        assert sorted([*kept, *found]) == [(n, n) for n in range(12)]
        return
    with pytest.raises(RunError, match=rf"cluster at {lonely.address} has had no worker for 0.5 seconds"):
        kept.extend(found)
    assert len(kept) >= 2, "what was finished is kept"


def test_work_in_order_on_a_cluster_without_workers_is_said(
    lonely: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serai.executors.SECONDS_TO_RETURN", 0.5)
    monkeypatch.setattr("serai.executors.SECONDS_TO_LOOK", 0.1)
    assert list(lonely.map(abs, [-1, 2, -3])) == [1, 2, 3]
    lonely.client.cluster.scale(0)
    with pytest.raises(RunError, match="no worker"):
        list(lonely.map(abs, [-1]))


def _first_is_slow(given: tuple[Path, int]) -> int:
    """Says where it runs. Piece 0 goes on until it is told; the others are done sooner."""
    folder, piece = given
    place = folder / str(piece)
    again = place.exists()
    place.write_text(str(os.getpid()))
    if piece == 0:
        _wait_for(folder / "told")
    elif again:
        time.sleep(0.3)
    return piece * piece


def _wait_for(*files: Path) -> None:
    deadline = time.monotonic() + 20
    while not all(file.exists() and file.stat().st_size for file in files) and time.monotonic() < deadline:
        time.sleep(0.01)


def _kill_the_other(folder: Path) -> None:
    """Kill the worker that has done piece 1, then let piece 0 end."""
    _wait_for(folder / "0", folder / "1", folder / "2")
    time.sleep(0.3)  # until the results are known to be there
    other = int((folder / "1").read_text())
    if other != int((folder / "0").read_text()):
        os.kill(other, signal.SIGKILL)
        (folder / "killed").touch()
    time.sleep(0.5)  # until they are known to be lost
    (folder / "told").write_text("end")


def test_finished_results_that_die_unread_are_made_again_in_order(cluster: Dask, tmp_path: Path) -> None:
    killer = threading.Thread(target=_kill_the_other, args=(tmp_path,))
    killer.start()
    found = list(cluster.map(_first_is_slow, [(tmp_path, piece) for piece in range(3)]))
    killer.join()
    assert (tmp_path / "killed").exists()
    assert found == [0, 1, 4]


def _fails(piece: int) -> int:
    raise FileNotFoundError(f"no file {piece}")


def test_a_file_that_the_work_misses_is_no_lost_scheduler(cluster: Dask) -> None:
    with pytest.raises(FileNotFoundError, match="no file 1"):
        list(cluster.map(_fails, [1]))


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[tuple[Dask, subprocess.Popen[bytes]]]:
    """A cluster of one worker, and the process of its scheduler."""
    distributed = pytest.importorskip("distributed")
    file = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    dask, of = [sys.executable, "-m", "dask"], ["--scheduler-file", str(file)]
    where = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    scheduler = subprocess.Popen([*dask, "scheduler", *where, *of], **quiet)
    worker = subprocess.Popen(
        [*dask, "worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", *of], **quiet
    )
    try:
        _wait_for(file)
        with distributed.Client(scheduler_file=str(file), timeout=1) as client:
            client.wait_for_workers(1, timeout=20)
            yield Dask(client), scheduler
    finally:
        for process in (worker, scheduler):
            process.kill()
            process.wait()


def test_a_scheduler_that_dies_is_said(apart: tuple[Dask, subprocess.Popen[bytes]]) -> None:
    cluster, scheduler = apart
    naps = [0.05] * 30  # work of the standard library: the other processes know no test
    in_order, found = cluster.map(time.sleep, naps), cluster.finished(operator.call, time.sleep, naps)
    assert next(in_order) is None
    assert next(found)[1] is None
    scheduler.kill()
    said = rf"scheduler at {cluster.address} is gone.*finished is kept"
    assert cluster.address.startswith("tcp://127.0.0.1:")
    for rest in (found, in_order, cluster.map(abs, [-1]), cluster.finished(operator.call, abs, [1])):
        with pytest.raises(RunError, match=said):
            list(rest)


def _kill_one(blocks: Path, process: int) -> None:
    """Kill a worker once the first block is there."""
    deadline = time.monotonic() + 60
    while not any(blocks.glob("*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process, signal.SIGKILL)
