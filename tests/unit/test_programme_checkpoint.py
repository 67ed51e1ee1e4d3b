"""A long run that is stopped goes on where it was; a file of another run is refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from portfolio_cases import project, rules
from serai.draws import Draws
from serai.errors import InputError
from serai.programme import Programme, choose, core_index


def _programme(total: float = 7) -> Programme:
    return choose([project(n, 3, 5, spread=3) for n in "abcd"], rules(total), Draws(12, seed=2))


class Stopped:
    """An executor that is interrupted after some pieces."""

    workers = 1

    def __init__(self, after: int) -> None:
        self.after, self.asked = after, 0

    def map(self, function: Callable[[int], object], pieces: Iterable[int]) -> Iterator[object]:
        for piece in pieces:
            if self.asked == self.after:
                raise KeyboardInterrupt
            self.asked += 1
            yield function(piece)


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "core.jsonl"
    with pytest.raises(KeyboardInterrupt):
        core_index(_programme(), checkpoint=file, executor=Stopped(5))  # type: ignore[arg-type]
    with file.open("a", encoding="utf-8") as stream:
        stream.write('{"piece": 5, "chos')  # killed while writing
    rest, steps = Stopped(99), []
    found = core_index(_programme(), checkpoint=file, executor=rest, progress=steps.append)  # type: ignore[arg-type]
    assert rest.asked == 7
    assert steps == [5, *[1] * 7]
    assert (found.chosen == core_index(_programme()).chosen).all()
    assert len(file.read_text(encoding="utf-8").splitlines()) == 13
    again = Stopped(0)
    assert core_index(_programme(), checkpoint=file, executor=again).index.tolist() == found.index.tolist()  # type: ignore[arg-type]


def test_a_checkpoint_of_other_inputs_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "core.jsonl"
    core_index(_programme(), checkpoint=file)
    before = file.read_text(encoding="utf-8")
    with pytest.raises(InputError, match="other projects, rules or draws"):
        core_index(_programme(8), checkpoint=file)
    with pytest.raises(InputError, match="other projects, rules or draws"):
        core_index(_programme(), checkpoint=file, gap=0.1)
    assert file.read_text(encoding="utf-8") == before
    file.write_text("not ours\n", encoding="utf-8")
    with pytest.raises(InputError, match="other projects"):
        core_index(_programme(), checkpoint=file)
    assert file.read_text(encoding="utf-8") == "not ours\n"


KILLED = """
import sys, time
from pathlib import Path
from portfolio_cases import project, rules
from serai.draws import Draws
from serai.programme import choose, core_index
programme = choose([project(n, 3, 5, spread=3) for n in "abcd"], rules(7), Draws(12, seed=2))
core_index(programme, checkpoint=Path(sys.argv[1]), progress=lambda done: time.sleep(0.2 * done))
"""


def test_a_killed_process_leaves_what_it_had_and_the_next_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "core.jsonl"
    words = [sys.executable, "-c", KILLED, str(file)]
    process = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])})
    try:
        deadline = time.monotonic() + 60
        while not file.exists() or len(file.read_text(encoding="utf-8").splitlines()) < 4:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode == -signal.SIGKILL
    left = len(file.read_text(encoding="utf-8").split("\n")[:-1]) - 1  # the first line names the inputs
    assert 3 <= left < 12
    rest, steps = Stopped(99), []
    found = core_index(_programme(), checkpoint=file, executor=rest, progress=steps.append)  # type: ignore[arg-type]
    assert rest.asked == 12 - left
    assert steps[0] == left
    assert (found.chosen == core_index(_programme()).chosen).all()
