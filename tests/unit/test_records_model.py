"""Records refuse what matters, in words; dates are partial; the schema is one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from serai.dates import first_day, last_day
from serai.errors import UnknownNameError
from serai.exchange.cells import columns, number, read_row
from serai.records import RECORDS, Commitment, Financier, Project, json_schema, problems_of
from serai.records.base import alpha2, alpha3, in_groups
from serai.records.references import cycles
from serai.records.schema import model_of

GOOD: dict[str, Any] = {
    "id": "X",
    "format": "bilateral",
    "date": "2025",
    "level": "summit",
    "partner": "JPN",
    "parties": ["Japan"],
    "direction": "JPN>C5",
    "summary": "a promise",
    "areas": ["all"],
    "kind": "target",
    "amount": 5.0,
    "currency": "JPY",
    "countries": ["KAZ", "UZB"],
    "grade": "B",
    "sources": ["https://example.org"],
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount_low": 6.0}, "lies outside its range 6 to 5"),
        ({"amount": None, "amount_low": 1.0}, "a range without an amount"),
        ({"kind": "count"}, "a count has a unit and no currency"),
        ({"kind": "count", "currency": None}, "a count has a unit and no currency"),
        ({"areas": ["all", "green"]}, "`all` stands alone"),
        ({"starts": "2026", "due": "2025"}, "due (2025) before it starts (2026)"),
        ({"part_of": "X"}, "cannot contain or overlap itself"),
        ({"amount": float("inf")}, "finite"),
        ({"parties": []}, "at least 1 item"),
        ({"id": "two words"}, "pattern"),
        ({"colour": "red"}, "there is no such field"),
        ({"grade": "E"}, "not one of the choices"),
    ],
)
def test_commitment_refuses(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Commitment.model_validate(GOOD | change)
    assert words in " ".join(str(problem) for problem in problems_of(caught.value))


def test_commitment_knows_its_stage_range_and_countries() -> None:
    c = Commitment.model_validate(GOOD | {"amount_low": 4.0, "amount_high": 7.0})
    assert (c.low, c.high, c.stage) == (4.0, 7.0, "announced")
    assert c.economies == ("KAZ", "UZB")
    assert Commitment.model_validate(GOOD | {"kind": "stock"}).stage is None
    with pytest.raises(ValidationError):
        c.amount = 3.0


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-12-20", date(2025, 12, 20), date(2025, 12, 20)),
    ],
)
def test_partial_dates(text: str, first: date, last: date) -> None:
    assert (first_day(text), last_day(text)) == (first, last)


@pytest.mark.parametrize(
    "text", ["20.12.2025", "2025-13", "2025-02-29", "25", "2025-1-1", "2025-12-20T00:00", ""]
)
def test_dates_that_are_none(text: str) -> None:
    with pytest.raises(ValueError):
        first_day(text)


@pytest.mark.parametrize(
    ("text", "value"), [("1234.5", 1234.5), ("-3", -3), ("1e6", 1e6), (".5", 0.5), ("+7", 7)]
)
def test_numbers_that_can_be_read_one_way(text: str, value: float) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    "text", ["1.234,56", "1,5", "1 000", "1'000", "1\u00a0000", "12%", "0x10", "1_000", "NaN", "1-2"]
)
def test_numbers_that_cannot(text: str) -> None:
    with pytest.raises(ValueError):
        number(text)


def test_a_blank_is_never_zero() -> None:
    cells = {k: "; ".join(v) if isinstance(v, list) else str(v) for k, v in GOOD.items()}
    record = read_row(Commitment, cells | {"amount": "", "currency": ""}, file=None, row=1)
    assert isinstance(record, Commitment)
    assert record.amount is None
    zero = read_row(Commitment, cells | {"amount": "0"}, file=None, row=1)
    assert isinstance(zero, Commitment)
    assert zero.amount == 0


def test_project_keeps_what_it_does_not_model_and_refuses_nonsense_in_our_part() -> None:
    project = Project.model_validate({"id": "a", "social": {"x": 1}, "budget": {"projectCost": 3}})
    assert project.extra == {"social": {"x": 1}}
    assert project.budget is not None
    assert project.budget.extra == {"projectCost": 3}
    assert project.model_dump(by_alias=True, exclude_none=True)["budget"]["projectCost"] == 3
    for wrong in ({"cost": 5}, {"cost_usd_m": 5.0}, {"start_year": 2030, "end_year": 2020}):
        with pytest.raises(ValidationError):
            Project.model_validate({"id": "a", "serai": wrong})


def test_financier_limits_are_ordered() -> None:
    with pytest.raises(ValidationError, match="smallest deal 5 exceeds the largest 3"):
        Financier(id="f", name="f", type="bank", ticket_min_usd_m=5, ticket_max_usd_m=3)


def test_country_codes_go_both_ways() -> None:
    assert [alpha2(code) for code in ("KAZ", "JPN", "DEU", "C5", "XXX")] == ["KZ", "JP", "DE", None, None]
    assert [alpha2(code) for code in ("QUU", "ZZZ", "EUE")] == [None, None, None], (
        "unions and unknowns are none"
    )
    for code in (
        "KAZ",
        "KGZ",
        "TJK",
        "TKM",
        "UZB",
        "JPN",
        "CHN",
        "DEU",
        "FRA",
        "RUS",
        "GBR",
        "AFG",
        "PAK",
        "AZE",
    ):
        two = alpha2(code)
        assert two is not None
        assert alpha3(two) == code


def test_a_group_of_the_study_stands_for_its_members() -> None:
    groups = {"WB": ("SRB", "MNE"), "C5": ("KAZ", "KGZ", "TJK", "TKM", "UZB")}
    named = GOOD | {"countries": ["MNE", "WB", " C5"]}
    found = Commitment.model_validate(named, context=in_groups(groups))
    assert found.countries == found.economies == ("MNE", "SRB", "KAZ", "KGZ", "TJK", "TKM", "UZB")
    with pytest.raises(ValidationError, match="not an ISO 3166 three-letter country code") as refused:
        Commitment.model_validate(named)
    assert len(refused.value.errors()) == 2
    with pytest.raises(ValidationError, match="a group of the study: WB, C5"):
        Commitment.model_validate(GOOD | {"countries": ["KAX"]}, context=in_groups(groups))
    with pytest.raises(ValidationError):
        Commitment.model_validate(GOOD | {"countries": [{"KAZ": 1}]}, context=in_groups(groups))


def test_cycles_are_found_once() -> None:
    assert cycles({"a": "b", "b": "c", "c": "b", "d": "d", "e": "a"}) == [["b", "c"], ["d"]]
    assert cycles({"a": "b", "b": "c"}) == []


def test_one_schema_for_all_tables() -> None:
    every = json_schema()
    assert {model.__name__ for model in RECORDS.values()} <= every["$defs"].keys()
    one = json_schema("commitments")
    assert "kind" in one["required"]
    assert one["properties"]["direction"]["description"].startswith("Who pays whom")
    with pytest.raises(UnknownNameError, match="Did you mean commitments"):
        model_of("commitment")


def test_json_schema_accepts_what_the_model_accepts() -> None:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(json_schema("commitments"))
    assert validator.is_valid(GOOD)
    assert not validator.is_valid(GOOD | {"kind": "hope"})
    assert not validator.is_valid(GOOD | {"colour": "red"})


def test_every_column_of_a_filled_in_table_says_what_it_takes() -> None:
    for table in ("commitments", "milestones", "transactions"):
        silent = [c.header for c in columns(RECORDS[table]) if not c.help]
        assert len(silent) <= 8, (table, silent)
    assert all(c.help for c in columns(Commitment))
