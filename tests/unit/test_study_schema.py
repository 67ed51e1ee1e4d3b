"""The schema lists every file of a study, and the reference study keeps to it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from serai.errors import UnknownNameError
from serai.exchange.csv import read_csv
from serai.exchange.groups import groups_of
from serai.records import RECORDS
from serai.study import STUDY_FILES, reference_study
from serai.study_files import FILES, study_schema

TOKYO = reference_study()
OPTIONAL = {"borders.csv", "waivers.csv", "sweeps/*.toml"}
"""The reference study has a network instead of borders, nobody has waived a gate in it, and no number of its
brief comes from a grid."""

TABLES = [file for file in FILES if file.endswith(".csv") and file not in OPTIONAL]


def test_every_file_of_the_reference_study_is_listed() -> None:
    there = {file.relative_to(TOKYO).as_posix() for pattern in STUDY_FILES for file in TOKYO.glob(pattern)}
    named = {"scenarios/*.toml" if file.startswith("scenarios/") else file for file in there}
    assert set(FILES) - named == OPTIONAL
    assert named <= set(FILES)
    assert set(study_schema()["properties"]) == set(FILES)


@pytest.mark.parametrize("file", TABLES)
def test_every_table_of_the_reference_study_is_what_the_schema_says(file: str) -> None:
    rows = read_csv(TOKYO / file, FILES[file], groups=groups_of(TOKYO))
    assert rows
    plain = [row.model_dump(mode="json", by_alias=True, exclude_defaults=True) for row in rows]
    validator = Draft202012Validator(study_schema(file))
    assert not [error.message for row in plain for error in validator.iter_errors(row)]


@pytest.mark.parametrize("file", ["study.toml", "claims.toml", "rules.toml"])
def test_the_toml_files_keep_to_the_schema(file: str) -> None:
    found = tomllib.loads((TOKYO / file).read_text(encoding="utf-8"))
    assert not list(Draft202012Validator(study_schema(file)).iter_errors(_plain(found)))
    misspelt = {**_plain(found), "colour": "red"}
    assert list(Draft202012Validator(study_schema(file)).iter_errors(misspelt))


def test_a_file_is_found_with_or_without_its_ending() -> None:
    assert study_schema("borders") == study_schema("borders.csv")
    assert study_schema("scenarios") == study_schema("scenarios/*.toml")
    with pytest.raises(UnknownNameError, match="Did you mean borders"):
        study_schema("border")


@pytest.mark.parametrize("file", ["borders", "rates", "prices", "answers", "sizes"])
def test_every_column_says_what_it_takes(file: str) -> None:
    silent = [name for name, field in study_schema(file)["properties"].items() if "description" not in field]
    assert set(silent) <= {"basis", "source", "note"}


def test_the_guide_names_the_columns_of_every_table_that_is_no_record() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "study.md").read_text(encoding="utf-8")
    records = {f"{table}.csv" for table in RECORDS}
    for file in {file for file in (*TABLES, *OPTIONAL) if file.endswith(".csv")} - records:
        (line,) = (line for line in guide.splitlines() if line.startswith(f"| `{file}` | `"))
        named = set(re.findall(r"`(\w+)`", line.partition("|")[2].partition("|")[2])) - {"outside"}
        assert named == set(FILES[file].model_fields), file
        for name, field in FILES[file].model_fields.items():
            assert (f"(`{name}`)" in line) == (not field.is_required()), (file, name)


def _plain(value: Any) -> Any:
    """TOML as JSON: dates as text."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value if isinstance(value, str | int | float | bool) else str(value)
