"""What the workers of a test run share is made once, and is whole."""

from __future__ import annotations

import os
import pickle
from multiprocessing import get_context
from pathlib import Path

import pytest

from conftest import LONGEST, _place
from made_once import make_once


class _Dies:
    """Ends the process while it is written."""

    def __reduce__(self) -> tuple[type, tuple[()]]:
        os._exit(3)


class _Apart(Exception):
    """An error that does not come back from its pickle."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def _die(folder: Path) -> None:
    make_once(folder, "it", lambda: ["x" * 10**6, _Dies()])


def test_it_is_made_once_and_read_again(tmp_path: Path) -> None:
    made = iter([[1, 2], [3]])
    assert make_once(tmp_path, "it", lambda: next(made)) == [1, 2]
    assert make_once(tmp_path, "it", lambda: next(made)) == [1, 2]
    assert make_once(tmp_path, "other", lambda: next(made)) == [3]


def test_the_first_error_is_kept_and_raised_again(tmp_path: Path) -> None:
    errors = iter([KeyError("first"), KeyError("second")])

    def make() -> int:
        raise next(errors)

    for _ in range(2):
        with pytest.raises(KeyError, match="first") as caught:
            make_once(tmp_path, "it", make)
        assert "in make" in "".join(caught.value.__notes__)


def test_an_error_that_cannot_travel_is_told(tmp_path: Path) -> None:
    def make() -> int:
        raise _Apart("one ", "two")

    for _ in range(2):
        # in words, or itself where some library has taught errors to travel
        with pytest.raises((RuntimeError, _Apart), match="one two"):
            make_once(tmp_path, "it", make)


def test_a_process_that_dies_in_the_middle_leaves_nothing_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = get_context("fork").Process(target=_die, args=(tmp_path,))
    process.start()
    process.join()
    assert process.exitcode == 3
    assert make_once(tmp_path, "it", lambda: "made") == "made"

    whole = Path.write_bytes

    def cut(path: Path, data: bytes) -> int:
        whole(path, data[:3])
        raise OSError("the disk is full")

    monkeypatch.setattr(Path, "write_bytes", cut)
    with pytest.raises(OSError, match="full"):
        make_once(tmp_path, "cut", lambda: "lost")
    monkeypatch.undo()
    assert make_once(tmp_path, "cut", lambda: "made") == "made"
    assert pickle.loads((tmp_path / "cut.pickle").read_bytes()) == ("made", None)


def test_files_that_take_longest_come_first_and_those_from_elsewhere_last(tmp_path: Path) -> None:
    tests = Path(__file__).parents[1]
    assert _place(tests / LONGEST[1]) == 1
    assert _place(tmp_path / "test_other.py") == _place(Path(__file__)) == len(LONGEST)
