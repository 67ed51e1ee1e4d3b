"""Work beside: another process, the same answer, the same error."""

from __future__ import annotations

import os

import pytest

from serai.errors import InputError, Problem, RunError
from serai.executors import aside


def _where(value: int) -> tuple[int, int]:
    return os.getpid(), value * 2


def _fails() -> None:
    raise InputError(Problem("no such thing", "Give another."))


def test_the_function_runs_in_a_process_of_its_own() -> None:
    with aside(_where, 21) as found:
        process, value = found()
    assert process != os.getpid()
    assert value == 42


def test_what_it_raises_is_raised_where_the_result_is_asked_for() -> None:
    with pytest.raises(InputError, match="no such thing"), aside(_fails) as found:
        found()


def _dies() -> None:
    os._exit(3)


def test_a_process_that_dies_is_an_error_and_no_waiting() -> None:
    with pytest.raises(RunError, match="died"), aside(_dies) as found:
        found()


def test_a_result_that_nobody_asks_for_holds_nothing_up() -> None:
    with aside(bytes, 1 << 20):
        pass


def test_an_error_of_the_block_is_not_swallowed() -> None:
    with pytest.raises(KeyError), aside(_where, 1):
        raise KeyError("mine")
