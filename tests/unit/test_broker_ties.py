"""What joins the two regions on record: read, checked, and laid beside the lead's projects."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from serai.atlas import Atlas
from serai.broker import Tie, read_ties
from serai.broker.ties import adjacent
from serai.errors import InputError
from serai.programme.presence import Presence
from serai.records import Project
from serai.study import read_study, reference_study


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "study"
    shutil.copytree(reference_study(), path)
    return path


def test_every_row_of_the_source_is_there(atlas: Atlas) -> None:
    rows = read_ties(read_study(), atlas)
    assert len(rows) == 23
    by_id = {row.id: row for row in rows}
    assert by_id["AS-06"].project == "kg-ysykkol1-solar"
    assert by_id["AS-05"].hosts == ("KAZ", "KGZ")
    assert (by_id["AS-09"].value, by_id["AS-09"].unit) == (369.8, "MYR m")
    assert by_id["AS-22"].others == ("asean",)
    assert [row.id for row in rows if not row.sources] == ["AS-23"]
    assert by_id["AS-23"].status == "finding"


def test_bad_rows_are_named_all_at_once(folder: Path, atlas: Atlas) -> None:
    file = folder / "ties.csv"
    lines = file.read_text().splitlines()
    site = "https://example.org"
    file.write_text(
        "\n".join(
            [
                *lines[:2],
                lines[1],
                f"B,VNN,region,trade,x,,,2024,fact,,,{site},",
                f"C,VNM,KAZZ,trade,x,,,2024,fact,,kg-ysykkol1-solr,{site},",
            ]
        )
        + "\n"
    )
    with pytest.raises(InputError) as error:
        read_ties(read_study(folder), atlas)
    text = str(error.value)
    for words in ("Did you mean VNM", "Did you mean KAZ", "Did you mean kg-ysykkol1-solar", "appears twice"):
        assert words in text
    assert len(error.value.problems) == 4


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,VNM,KAZ,trade,x,5,,2024,fact,,,https://example.org,", "come together"),
        ("A,VNM,KAZ,trade,x,,,2024,fact,,,,", "address"),
        ("A,VNM,KAZ,gossip,x,,,2024,fact,,,https://example.org,", "kind"),
        ("A,VNM,KAZ,trade,x,,,last year,fact,,,https://example.org,", "date"),
    ],
)
def test_cells_that_make_no_sense_are_refused(folder: Path, atlas: Atlas, row: str, reason: str) -> None:
    file = folder / "ties.csv"
    file.write_text(file.read_text().splitlines()[0] + "\n" + row + "\n")
    with pytest.raises(InputError, match=reason):
        read_ties(read_study(folder), atlas)


def test_a_study_without_the_file_has_none(folder: Path, atlas: Atlas) -> None:
    (folder / "ties.csv").unlink()
    assert read_ties(read_study(folder), atlas) == ()


def test_adjacent_is_the_same_country_and_sector_of_the_lead_s_own_projects() -> None:
    def project(name: str, sector: str, country: str) -> Project:
        return Project.model_validate({"id": name, "sector": [sector], "serai": {"countries": [country]}})

    def tie(name: str, hosts: tuple[str, ...], sector: str, project: str = "") -> Tie:
        return Tie.model_validate(
            {
                "id": name,
                "others": ("VNM",),
                "hosts": hosts,
                "kind": "investment",
                "fact": "x",
                "status": "deal",
            }
            | {"sector": sector, "project": project, "sources": ("https://example.org",)}
        )

    projects = [
        project(n, s, c)
        for n, s, c in (("a", "energy", "KAZ"), ("b", "energy", "UZB"), ("c", "health", "KAZ"))
    ]
    rows = [
        Presence(project=name, partner=who, party="x", role="investor", basis="named")
        for name, who in (("a", "JPN"), ("b", "JPN"), ("c", "CHN"))
    ]
    ties = [
        tie("1", ("KAZ",), "energy"),
        tie("2", ("region",), "energy"),
        tie("3", ("KAZ",), "health"),
        tie("4", ("KAZ",), ""),
        tie("5", ("KAZ",), "energy", "a"),
    ]
    found = adjacent(ties, projects, rows, "JPN", ["KAZ", "UZB"])
    assert found == (("1", "a"), ("2", "a"), ("2", "b"))
