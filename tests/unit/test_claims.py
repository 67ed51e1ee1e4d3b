"""Verdicts follow from rules and intervals; a rule nobody can fail is refused."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest
from pydantic import ValidationError

from serai.brief.claims import Verdict, holds, judge
from serai.brief.document import Brief, Desk, Table
from serai.brief.numbers import Number, Numbers
from serai.brief.sections.claim_facts import add_claim_facts
from serai.brief.sections.claims import claims_section
from serai.records.claim import Claim, Condition
from serai.study import reference_study


def number(key: str, estimate: float, low: float | None = None, high: float | None = None) -> Number:
    return Number(key, key, estimate, "plain", "computed", low, high)


NUMBERS = {
    n.key: n
    for n in (
        number("sure", 2, 1, 3),
        number("torn", 1, -1, 3),
        number("lost", -2, -3, -1),
        number("exact", 1),
        number("large", 5, 4, 6),
    )
}


def above(key: str, than: float | str) -> Condition:
    bound = {"than_number": than} if isinstance(than, str) else {"than": than}
    return Condition.model_validate({"number": key, "relation": "above", **bound})


def below(key: str, than: float | str) -> Condition:
    return above(key, than).model_copy(update={"relation": "below"})


def claim(**fields: object) -> Claim:
    given = {"id": "C1", "statement": "s", "by": "b", "tested_by": "t", "rule": "r", "would_change": "w"}
    return Claim.model_validate({**given, **fields})


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (above("sure", 0), True),
        (above("sure", 1), None),  # the low end only reaches the bound
        (above("sure", 3), False),
        (above("torn", 0), None),
        (above("lost", 0), False),
        (above("exact", 0.5), True),
        (above("exact", 1), False),
        (below("sure", 4), True),
        (below("sure", 1), False),
        (below("torn", 0), None),
        (below("exact", 1), False),
        (above("large", "sure"), True),
        (above("sure", "large"), False),
        (below("sure", "large"), True),
        (above("sure", "torn"), None),
    ],
)
def test_a_condition_holds_over_the_whole_interval_or_not(
    condition: Condition, expected: bool | None
) -> None:
    assert holds(condition, NUMBERS) is expected


def test_verdicts() -> None:
    supported = judge(claim(conditions=[above("sure", 0), above("large", "sure")]), NUMBERS)
    assert supported.verdict is Verdict.SUPPORTED
    open_ = judge(claim(conditions=[above("sure", 0), above("torn", 0)]), NUMBERS)
    assert (open_.verdict, open_.against, open_.open) == (Verdict.NOT_SUPPORTED, (), ("torn",))
    against = judge(claim(conditions=[above("torn", 0), above("lost", 0)]), NUMBERS)
    assert (against.verdict, against.against, against.open) == (Verdict.NOT_SUPPORTED, ("lost",), ("torn",))
    assert judge(claim(magnitude_only="forced", number="sure"), NUMBERS).verdict is Verdict.NOT_IDENTIFIED
    assert judge(claim(not_testable="no data"), NUMBERS).verdict is Verdict.NOT_TESTABLE
    assert judge(claim(), NUMBERS).verdict is Verdict.NOT_YET_TESTED


def test_a_claim_whose_number_is_absent_is_not_yet_tested_whatever_its_rule() -> None:
    for fields in (
        {"conditions": [above("gone", 0), above("sure", 0)]},
        {"magnitude_only": "forced", "number": "gone"},
        {"not_testable": "no data", "figures": {"a": "gone"}},
        {"conditions": [above("sure", "gone")]},
    ):
        found = judge(claim(**fields), NUMBERS)
        assert (found.verdict, found.absent) == (Verdict.NOT_YET_TESTED, ("gone",))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"conditions": [above("sure", 0)], "magnitude_only": "forced"}, "one way"),
        ({"conditions": [above("sure", 0)], "rule": ""}, "rule"),
        ({"not_testable": "no data", "would_change": ""}, "would_change"),
        ({"conditions": [{"number": "a", "relation": "above"}]}, "compares with one thing"),
        (
            {"conditions": [{"number": "a", "relation": "above", "than": 0, "than_number": "b"}]},
            "compares with one thing",
        ),
        ({"conditions": [{"number": "a", "relation": "near", "than": 0}]}, "above"),
    ],
)
def test_a_claim_that_cannot_be_judged_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        claim(**fields)


def rows(table: str) -> list[dict[str, str]]:
    with (reference_study() / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_counts_behind_the_claims_are_those_of_the_files(brief: Brief) -> None:
    numbers = brief.desk.numbers
    formats, meetings = rows("formats"), rows("meetings")
    japan = next(row for row in formats if row["partner"] == "JPN")
    assert numbers["formats/earlier"].estimate == sum(row["since"] < japan["since"] for row in formats)
    for partner in ("EU", "USA", "CHN"):
        ids = {row["id"] for row in formats if row["partner"] == partner}
        held = [m for m in meetings if m["format"] in ids and m["level"] == "summit" and m["state"] == "held"]
        assert numbers[f"formats/{partner}/summits"].estimate == len(held) > 0
    own = [
        m for m in meetings if m["format"] == japan["id"] and m["level"] == "summit" and m["state"] == "held"
    ]
    assert numbers["formats/summits_before"].estimate == len(own) - 1
    mine = [row for row in rows("commitments") if row["partner"] == "JPN"]
    assert numbers["ledger/lead_rows"].estimate == len(mine)
    assert numbers["memberships/eaeu"].estimate == 2
    assert numbers["memberships/wto_members"].estimate == 3  # Kazakhstan, Kyrgyzstan, Tajikistan
    assert numbers["formats/areas"].estimate == 3


def test_another_partner_among_the_parties_is_counted(brief: Brief) -> None:
    study = brief.desk.study
    first = next(row for row in study.records.commitments if row.partner == "JPN")
    shared = first.model_copy(update={"parties": (*first.parties, "European Union")})
    others = tuple(row for row in study.records.commitments if row.id != first.id)
    records = replace(study.records, commitments=(shared, *others))
    desk = replace(brief.desk, study=replace(study, records=records), numbers=Numbers())
    add_claim_facts(desk)
    assert desk.numbers["ledger/three_way"].estimate == 1
    assert brief.desk.numbers["ledger/three_way"].estimate == 0


def table_of(desk: Desk) -> Table:
    section = claims_section(desk)
    assert section is not None
    (table,) = section.parts
    assert isinstance(table, Table)
    return table


def test_verdicts_of_the_study_follow_the_numbers(brief: Brief) -> None:
    verdicts = dict(zip(*(brief.tables()["claims"].data[name] for name in ("claim", "verdict")), strict=True))
    assert verdicts["C10"] == "supported"
    assert verdicts["C14"] == "not_testable"
    assert verdicts["C15"] == "not_identified"
    assert verdicts["C17"] == "not_supported"
    changed = Numbers(dict(brief.desk.numbers.by_key), dict(brief.desk.numbers.nodes))
    key = "estimate/attraction/outsiders"
    changed.by_key[key] = replace(changed.by_key[key], estimate=0.02, low=0.01, high=0.03)
    data = table_of(replace(brief.desk, numbers=changed)).data.set_index("claim")
    assert data.loc["C17", "verdict"] == "supported"
    del changed.by_key["base/trade/CHN>region"]
    table = table_of(replace(brief.desk, numbers=changed))
    row = next(row for row in table.rows if row[0] == "C10")
    assert "base/trade/CHN" in str(row[4])


def test_a_study_without_claims_has_no_section_of_them(brief: Brief) -> None:
    assert claims_section(replace(brief.desk, study=replace(brief.desk.study, claims=()))) is None
