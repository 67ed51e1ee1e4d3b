"""What `serai check` says of candidates and rules before anything is solved."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from serai.errors import InputError
from serai.programme.plan import check_programme
from serai.study import read_study, reference_study


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(reference_study(), tmp_path / "study"))


def _changed(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_reference_study_passes() -> None:
    check_programme(read_study())


def test_rules_that_name_nothing_known_are_refused(copy: Path) -> None:
    (copy / "rules.toml").write_text(
        (copy / "rules.toml").read_text(encoding="utf-8")
        + '\n[[bar]]\nproject = "no-such-project"\nwhy = "a test"\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="no-such-project") as caught:
        check_programme(read_study(copy))
    assert caught.value.problems[0].file == "rules.toml"


def test_a_sector_without_a_class_is_refused_with_its_project(copy: Path) -> None:
    _changed(copy / "projects.csv", "transport.rail", "transport.rial")
    with pytest.raises(InputError, match=r"transport\.rial") as caught:
        check_programme(read_study(copy))
    (problem,) = caught.value.problems
    assert (problem.file, problem.field) == ("projects.csv", "sector")
    assert "transport.rail" in problem.remedy
    assert problem.row
