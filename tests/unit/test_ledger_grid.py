"""The opening counts on a ledger of five rows that can be counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from serai.exchange.folder import Tables
from serai.ledger import Entry, entries, grid
from serai.records import Commitment, Format, Project

REGION = ("ARM", "GEO")


def promise(key: str, **fields: Any) -> Commitment:
    plain = {
        "id": key,
        "format": "bilateral",
        "date": "2025",
        "level": "summit",
        "partner": "TUR",
        "parties": ["Türkiye"],
        "direction": "TUR>GEO",
        "summary": key,
        "areas": ["green"],
        "kind": "pledge",
        "countries": ["GEO"],
        "grade": "C",
        "sources": ["https://example.org/a"],
    }
    return Commitment.model_validate(plain | fields)


def rows(tables: Tables, **options: Any) -> dict[str, Entry]:
    return {entry.key.partition("/")[2]: entry for entry in entries(tables, REGION, **options)}


@pytest.fixture
def tables() -> Tables:
    commitments = (
        promise("whole"),
        promise("part", part_of="whole", kind="contract", countries=["ARM", "GEO", "AZE"]),
        promise("law", kind="policy", level="treaty", areas=["green", "people"], countries=["ARM", "AZE"]),
        promise("stock", kind="stock"),
        promise("club", direction="joint", parties=["Korea"], partner="KOR", format="club"),
    )
    formats = Format(
        id="club", name="Club", partner="KOR", members=("GEO",), since="2020", basis="from memory"
    )
    return Tables(commitments=commitments, formats=(formats,))


def test_each_row_has_its_stage_and_its_countries(tables: Tables) -> None:
    found = rows(tables)
    assert set(found) == {"part", "law", "club"}, "a whole gives way to its part; a stock is at no stage"
    assert (found["part"].economies, found["part"].stage) == (("region",), "signed")
    assert (found["law"].economies, found["law"].stage) == (("ARM",), "signed"), "a treaty is signed"
    assert (found["club"].economies, found["club"].stage) == (("GEO",), "announced")


def test_a_partner_is_known_by_direction_format_or_name(tables: Tables) -> None:
    assert set(rows(tables, partner="TUR")) == {"part", "law"}
    assert set(rows(tables, partner="KOR")) == {"club"}
    assert set(rows(tables, partner="XXX", named="Korea")) == {"club"}
    assert set(rows(tables, partner="XXX")) == set()


def test_projects_stand_at_the_stage_of_their_status_and_are_counted_once(tables: Tables) -> None:
    def project(key: str, status: str, country: str = "GEO") -> Project:
        return Project.model_validate({"id": key, "status": status, "serai": {"countries": [country]}})

    projects = (
        project("built", "completion"),
        project("plan", "preparation"),
        project("away", "preparation", "AZE"),
        project("dead", "cancelled"),
        project("twin", "implementation"),
    )
    found = rows(tables, partner="XXX", projects=projects, same={"twin"})
    assert {key: entry.stage for key, entry in found.items()} == {"built": "delivered", "plan": "announced"}
    assert found["built"].areas == ("all",)


def test_cells_are_every_country_area_and_stage_in_order(tables: Tables) -> None:
    cells = grid(entries(tables, REGION), REGION)
    assert len(cells) == 3 * 4 * 3
    assert [(c.country, c.area, c.stage) for c in cells[:4]] == [
        ("ARM", "green", "announced"),
        ("ARM", "green", "signed"),
        ("ARM", "green", "delivered"),
        ("ARM", "connectivity", "announced"),
    ]
    full = {(c.country, c.area, c.stage): c.entries for c in cells if c.entries}
    assert full == {
        ("ARM", "green", "signed"): ("commitment/law",),
        ("ARM", "people", "signed"): ("commitment/law",),
        ("GEO", "green", "announced"): ("commitment/club",),
        ("region", "green", "signed"): ("commitment/part",),
    }
