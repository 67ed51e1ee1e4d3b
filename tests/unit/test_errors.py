"""Messages say where, what was wrong, and what to do."""

import pickle

import pytest

from serai.errors import (
    InputError,
    MissingExtraError,
    Problem,
    Problems,
    SolveError,
    UnknownNameError,
    nearest,
)


def test_a_problem_reads_as_place_reason_value_remedy() -> None:
    problem = Problem("a flow is negative", "Flows are zero or more.", "trade.csv", 7, "value_usd_m", -3.0)
    text = "trade.csv, row 7, value_usd_m: a flow is negative (found -3.0). Flows are zero or more."
    assert str(problem) == text
    assert problem.as_dict()["row"] == 7
    assert "value" not in Problem("x", "y").as_dict()


def test_all_problems_are_reported_and_long_lists_are_cut_with_a_count() -> None:
    problems = Problems("x.csv")
    for row in range(30):
        problems.add("wrong", "Mend it.", row=row)
    with pytest.raises(InputError) as caught:
        problems.raise_if_any()
    assert len(caught.value.problems) == 30
    assert "30 problems" in str(caught.value)
    assert "and 10 more" in str(caught.value)
    Problems().raise_if_any()


def test_names_suggest_the_nearest_or_list_what_is_known() -> None:
    assert nearest("kaz", ["JPN", "KAZ"]) == "KAZ"
    assert nearest("zzzz", ["JPN", "KAZ"]) is None
    assert "Did you mean KAZ?" in str(UnknownNameError("economy", "KAX", ["JPN", "KAZ"]))
    assert "Known: a, b." in str(UnknownNameError("thing", "zzz", ["a", "b"]))


def test_errors_say_the_remedy() -> None:
    assert str(SolveError("no answer", "Try less", "KAZ")) == "no answer. KAZ. Try less."
    assert "pip install 'serai[fast]'" in str(MissingExtraError("numba", "fast"))


@pytest.mark.parametrize(
    "error",
    [
        InputError([Problem("a", "b", "f", 1), Problem("c", "d")]),
        UnknownNameError("economy", "KAX", ["JPN", "KAZ"]),
        SolveError("no answer", "Try less", "KAZ"),
    ],
)
def test_errors_survive_the_way_between_processes(error: Exception) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert vars(back) == vars(error)
