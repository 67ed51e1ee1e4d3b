"""Each red flag raised, not raised, and not checkable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from serai.programme import Answer, Project
from serai.programme.parameters import reference_classes
from serai.programme.red_flags import red_flags

WIND = Project(
    "w", "Wind", ("UZB",), "energy.wind", "preparation", 1100, "total", 2024, 2026, capacity_mw=1000
)


def state(rule, project=WIND, answers=(), categories=("A", "B")):
    given = {answer.question: answer for answer in answers}
    return next(flag.state for flag in red_flags(project, given, categories) if flag.rule == rule)


def says(question, value, finding=""):
    return Answer("w", question, value, value, "page 1", "https://example.org", "2026", "high", finding)


def test_cost_per_unit():
    reference = reference_classes().of("unit_cost_usd_m", "wind")
    assert state("cost_per_unit") == "not raised"
    assert state("cost_per_unit", replace(WIND, cost_usd_m=1000 * reference.high * 1.01)) == "raised"
    assert state("cost_per_unit", replace(WIND, cost_usd_m=1000 * reference.low * 0.99)) == "raised"
    assert state("cost_per_unit", replace(WIND, capacity_mw=None)) == "cannot be checked"
    assert state("cost_per_unit", replace(WIND, cost_usd_m=None)) == "cannot be checked"


def test_a_part_of_the_cost_can_be_too_high_but_not_too_low():
    reference = reference_classes().of("unit_cost_usd_m", "wind")
    loan = replace(WIND, cost_basis="loan_only")
    assert state("cost_per_unit", replace(loan, cost_usd_m=1000 * reference.low / 2)) == "cannot be checked"
    assert state("cost_per_unit", replace(loan, cost_usd_m=1000 * reference.high * 2)) == "raised"


def test_units_are_not_mixed():
    line = replace(WIND, reference_class="transmission", capacity_mw=1300)
    assert state("cost_per_unit", line) == "cannot be checked"
    by_length = replace(line, capacity_mw=None, length_km=1100)
    assert state("cost_per_unit", by_length) == "not raised"


@pytest.mark.parametrize(
    ("finding", "expected"), [("1", "raised"), ("4", "not raised"), ("", "cannot be checked")]
)
def test_single_bidder(finding, expected):
    assert state("single_bidder", answers=[says("number_of_firms_tendering", 1, finding)]) == expected


def test_owner():
    assert state("owner_undisclosed") == "cannot be checked", "silence raises nothing"
    assert state("owner_undisclosed", answers=[says("project_owner", 0)]) == "raised"
    assert state("owner_undisclosed", answers=[says("project_owner", 0.5)]) == "not raised"


def test_environmental_assessment():
    rule = "no_environmental_assessment"
    assert state(rule) == "cannot be checked"
    assert state(rule, answers=[says("environmental_impact", 0)]) == "raised"
    assert state(rule, answers=[says("environmental_impact", 1)]) == "not raised"
    assert state(rule, answers=[says("environmental_impact", 0)], categories=("C",)) == "not raised"


def test_schedule_faster_than_the_class():
    dam = replace(WIND, sector="energy.hydropower", start_year=2025, end_year=2026)
    assert state("fast_schedule", dam) == "raised"
    assert state("fast_schedule", replace(dam, end_year=2027)) == "not raised"
    assert state("fast_schedule", replace(dam, end_year=None)) == "cannot be checked"
