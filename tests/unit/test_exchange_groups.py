"""A study of any region: the code of the region and its groups stand for their countries in every format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from serai.errors import InputError
from serai.exchange.csv import read_csv
from serai.exchange.folder import read_folder
from serai.exchange.groups import groups_of
from serai.exchange.oc4ids import read_oc4ids
from serai.exchange.xlsx import read_workbook, write_workbook
from serai.records import Financier

STUDY = """
[region]
name = "Western Balkans"
code = "WB"
economies = ["SRB", "MNE", "ALB"]

[groups]
pair = ["SRB", "MNE"]
europe = ["eu27"]
"""
TABLE = "id,name,type,countries\nf,A bank,bank,WB; HRV\ng,Another,bank,pair\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "financiers.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path


def test_the_region_and_groups_that_list_countries(folder: Path) -> None:
    assert groups_of(folder) == {"pair": ("SRB", "MNE"), "WB": ("SRB", "MNE", "ALB")}
    assert groups_of(folder / "nowhere") == {}


def test_a_group_stands_for_its_members_in_every_format(folder: Path) -> None:
    first, second = read_folder(folder).financiers
    assert first.countries == ("SRB", "MNE", "ALB", "HRV")
    assert second.countries == ("SRB", "MNE")
    groups = groups_of(folder)
    assert read_csv(folder / "financiers.csv", Financier, groups=groups) == (first, second)
    write_workbook(folder / "w.xlsx", {"financiers": [first]})
    back = read_workbook(_with(folder / "w.xlsx", "SRB; MNE; ALB; HRV", "WB; HRV"), groups=groups)
    assert back == {"financiers": (first,)}
    (folder / "p.json").write_text(json.dumps({"id": "p", "serai": {"countries": ["WB"]}}), encoding="utf-8")
    assert read_oc4ids(folder / "p.json", groups=groups)[0].countries == ("SRB", "MNE", "ALB")


def test_another_studys_group_is_refused_with_row_and_column(folder: Path) -> None:
    (folder / "financiers.csv").write_text(TABLE.replace("WB;", "C5;"), encoding="utf-8")
    with pytest.raises(InputError, match="a group of the study: pair, WB") as refused:
        read_folder(folder)
    (problem,) = refused.value.problems
    assert (problem.file, problem.row, problem.field, problem.value) == (
        "financiers.csv",
        2,
        "countries",
        "C5",
    )
    with pytest.raises(InputError, match="2 problems"):
        read_csv(folder / "financiers.csv", Financier)


@pytest.mark.parametrize("broken", ["[region", "region = 3", "groups = [1]"])
def test_where_the_study_cannot_be_read_no_country_is_called_wrong(folder: Path, broken: str) -> None:
    (folder / "study.toml").write_text(broken, encoding="utf-8")
    assert groups_of(folder) is None
    assert read_folder(folder).financiers[0].countries == ("WB", "HRV")


def _with(path: Path, old: str, new: str) -> Path:
    from openpyxl import load_workbook

    book = load_workbook(path)
    for row in book["financiers"].iter_rows():
        for cell in row:
            cell.value = new if cell.value == old else cell.value
    book.save(path)
    return path
