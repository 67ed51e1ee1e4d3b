"""Rules: what is wrong is named with its file, line and field, all at once; conflicts are explained."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import pytest

from portfolio_cases import project, rules
from serai.draws import Draws
from serai.errors import InputError
from serai.programme import RulesConflictError, choose, read_rules
from serai.study import read_study, reference_study

DRAWS = Draws(4, seed=1)
THREE = [project("a", 6, 9), project("b", 5, 6, area="people"), project("c", 4, 3)]


def _study_with(tmp_path: Path, old: str, new: str) -> Path:
    folder = tmp_path / "study"
    shutil.copytree(reference_study(), folder)
    file = folder / "rules.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "field", "said"),
    [
        ("total_usd_m = 20000", "total_usd_m = -1", "budget.total_usd_m", "greater than or equal to 0"),
        ("least = 0.05", "leest = 0.05", "partial.leest", "no such field"),
        ('counts = "middle"', 'counts = "mean"', "quality.counts", "low"),
        ("most = 0.5", "most = 0.01", "partial", "`least` is above `most`"),
        ("yearly_usd_m = [2000, ", "yearly_usd_m = [", "", "4 yearly budgets for 5 years"),
        (
            'area = "green"\nshare = 0.25',
            'area = "green"\nshare = 0.25\nusd_m = 3',
            "floor.1",
            "give one of",
        ),
        ('kind = "mean"  ', 'kind = "mean_cvar"  ', "objective", "belong to mean_cvar"),
    ],
)
def test_a_wrong_field_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, field: str, said: str
) -> None:
    folder = _study_with(tmp_path, old, new)
    with pytest.raises(InputError) as caught:
        read_rules(read_study(folder))
    (problem, *_) = [p for p in caught.value.problems if p.field == field]
    assert problem.file == "rules.toml"
    assert said in problem.reason
    if field:
        line = (folder / "rules.toml").read_text(encoding="utf-8").splitlines()[int(problem.row or 0) - 1]
        assert field.split(".")[-1].strip("1") in line or "[" in line


def test_names_circles_and_contradictions_are_refused_together() -> None:
    wrong = rules(
        10,
        precedence=[{"project": "a", "needs": "b"}, {"project": "b", "needs": "a"}],
        lock=[{"project": "c", "why": "test"}, {"project": "d", "why": "test"}],
        bar=[{"project": "c", "why": "test"}],
        floor=[{"area": "peeple", "share": 0.5}],
        budget={"instruments_usd_m": {"lone": 3}},
    )
    with pytest.raises(InputError) as caught:
        choose(THREE, wrong, DRAWS)
    said = "\n".join(map(str, caught.value.problems))
    assert len(caught.value.problems) == 5
    for part in (
        "lock.2.project: there is no such project (found 'd')",
        "in a circle (found 'a needs b needs a')",
        "c",
        "both locked and barred",
        "Did you mean people?",
        "Did you mean loan?",
    ):
        assert part in said


def test_a_year_outside_the_window_is_refused() -> None:
    wrong = rules(10, lock=[{"project": "a", "why": "test", "start_year": 2031}])
    with pytest.raises(InputError, match="outside the window"):
        choose(THREE, wrong, DRAWS)


def test_two_rules_of_one_name_are_refused() -> None:
    twice = [{"area": "people", "share": 0.1}, {"area": "people", "share": 0.2}]
    with pytest.raises(InputError, match="given twice"):
        choose(THREE, rules(10, floor=twice), DRAWS)


def test_a_repeated_project_and_an_amount_below_zero_are_refused() -> None:
    with pytest.raises(InputError, match="a project appears twice"):
        choose([THREE[0], THREE[0]], rules(10), DRAWS)
    with pytest.raises(InputError, match="below zero"):
        choose([project("a", -1, 2)], rules(10), DRAWS)


@pytest.mark.parametrize(
    ("more", "conflict"),
    [
        ({"lock": [{"project": "a", "why": "test"}], "total": 5}, {"budget.total", "lock.a"}),
        ({"floor": [{"area": "people", "usd_m": 7}]}, {"floor.people"}),
        (
            {
                "floor": [{"area": "people", "usd_m": 1}],
                "cap": [{"country": "KAZ", "usd_m": 4}],
            },
            {"floor.people", "cap.country.KAZ"},
        ),
        (
            {
                "lock": [{"project": "a", "why": "test"}],
                "precedence": [{"project": "a", "needs": "b"}],
                "exclusion": [{"projects": ["a", "b"]}],
            },
            {"lock.a", "precedence.1", "exclusion.1"},
        ),
    ],
)
def test_a_conflict_names_the_rules_and_no_others(more: dict[str, object], conflict: set[str]) -> None:
    given = {"total": 20, "cap": [{"area": "green", "share": 0.9}], **more}
    total = given.pop("total")
    with pytest.raises(RulesConflictError) as caught:
        choose(THREE, rules(total, **given), DRAWS)  # type: ignore[arg-type]
    assert set(caught.value.rules) == conflict
    assert "Loosen or remove" in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).rules == caught.value.rules


def test_no_projects_and_no_open_ones_make_an_empty_programme() -> None:
    assert choose([], rules(10), DRAWS).picks == ()
    late = project("late", 1, 5, first_start=2030, last_start=2031)
    found = choose([late], rules(10), DRAWS)
    assert found.picks == ()
    assert found.left_out()["why"].tolist() == ["cannot start within the window"]
    with pytest.raises(RulesConflictError, match=r"lock\.late"):
        choose([late], rules(10, lock=[{"project": "late", "why": "test"}]), DRAWS)
