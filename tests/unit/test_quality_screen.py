"""Screening on projects small enough to check by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from serai.draws import Draws
from serai.errors import InputError, UnknownNameError
from serai.programme import (
    Answer,
    Project,
    Waiver,
    build_checklist,
    compliance_share,
    criterion_sensitivity,
    question_values,
    round_values,
    screen,
    standard_checklist,
)

DRAWS = Draws(2000, seed=3)
DAM = Project("dam", "Dam", ("TJK",), "energy.hydropower", "implementation")
MINE = Project("mine", "Mine", ("KAZ",), "naturalResources", "preparation")
SCHOOL = Project("school", "School", ("UZB",), "education", "identification", scopes=frozenset())


def small_checklist():
    """Two criteria: `people` with questions a (weight 1) and b (weight 3), `money` with c and a gate on d."""
    questions = [
        {
            "key": key,
            "title": key,
            "standard": "own",
            "element": key,
            "criterion": criterion,
            "oc4ids_fields": "title",
            "stage": "preparation",
            "scope": "all",
            "weight": weight,
        }
        for key, criterion, weight in (
            ("a", "people", "1"),
            ("b", "people", "3"),
            ("c", "money", "1"),
            ("d", "money", "1"),
        )
    ]
    return build_checklist(
        [{"key": key, "title": key, "principle": "1", "meaning": key} for key in ("people", "money")],
        questions,
        [
            {
                "key": "gate",
                "title": "Gate",
                "question": "d",
                "applies_to": "all",
                "fails_below": "0.5",
                "reason": "bad",
            }
        ],
    )


def says(project: str, question: str, low: float, high: float | None = None, **more: str) -> Answer:
    fields = {
        "evidence": "page 1",
        "url": "https://example.org",
        "dated": "2026-01-01",
        "grade": "high",
    } | more
    return Answer(project, question, low, low if high is None else high, **fields)


def screened(answers, projects=(DAM, MINE), **more):
    return screen(projects, answers, small_checklist(), draws=DRAWS, **more)


def test_an_unanswered_question_is_an_interval_not_a_zero():
    screening = screened([says("dam", "a", 1), says("dam", "b", 0.5, 0.75)])
    people = screening.criteria.index("people")
    assert screening.low[0, people] == pytest.approx((1 * 1 + 3 * 0.5) / 4)
    assert screening.high[0, people] == pytest.approx((1 * 1 + 3 * 0.75) / 4)
    assert (screening.low[1], screening.high[1]) == (pytest.approx([0, 0]), pytest.approx([1, 1]))
    assert screening.answered[0].tolist() == [2, 0]
    assert screening.asked[0].tolist() == [2, 2]


def test_the_better_answered_project_ranks_first():
    screening = screened([says("dam", q, 1) for q in "abcd"] + [says("mine", q, 0.6) for q in "abcd"])
    assert screening.ranking.first.tolist() == [1, 0]
    assert screening.overview()["expected_rank"].tolist() == [1, 2]


def test_gate_states():
    failing = [says("dam", "d", 0.2), says("mine", "d", 0.9)]
    screening = screened(failing)
    assert [(r.project, r.state) for r in screening.gates] == [("dam", "failed"), ("mine", "passed")]
    assert screening.eligible.names == ("mine",)
    assert screening.ranking is None
    assert screening.state("dam") == "excluded"

    waiver = Waiver("dam", "gate", "assessed under another name", "A. Person", date(2026, 2, 1))
    waived = screened(failing, waivers=[waiver])
    assert waived.gates[0].state == "waived"
    assert "A. Person" in waived.gates[0].why
    assert waived.eligible.names == ("dam", "mine")

    assert screened([]).gates[0].state == "open"
    assert screened([says("dam", "d", 0.2, 0.8)]).gates[0].state == "open"


@pytest.mark.parametrize(("reason", "name", "field"), [("", "A. Person", "reason"), ("good", " ", "name")])
def test_a_waiver_needs_reason_and_name(reason, name, field):
    with pytest.raises(InputError, match=f"waiver has no {field}"):
        screened([], waivers=[Waiver("dam", "gate", reason, name, date(2026, 2, 1))])


def test_all_bad_answers_are_reported_at_once():
    bad = [
        says("damm", "a", 1),
        says("dam", "zzz", 1),
        says("dam", "b", 1.5),
        says("mine", "a", 0.7, 0.2),
        says("mine", "b", 1, evidence=" "),
        says("mine", "c", 1, dated=""),
        says("dam", "c", 1),
        says("dam", "c", 0),
        says("mine", "d", 1, dated="last year"),
        says("dam", "d", 1, grade="hgh"),
    ]
    with pytest.raises(InputError) as refused:
        screened(bad)
    reasons = [problem.reason for problem in refused.value.problems]
    assert len(reasons) == 9
    assert "Did you mean dam?" in str(refused.value)
    assert sum("outside 0 to 1" in reason for reason in reasons) == 2
    assert any("answered twice" in reason for reason in reasons)


def test_no_project_and_repeated_projects_are_refused():
    with pytest.raises(InputError, match="no project"):
        screened([], projects=())
    with pytest.raises(InputError, match="appears twice"):
        screened([], projects=(DAM, DAM))
    with pytest.raises(UnknownNameError, match="stage"):
        screened([], stage="preparaton")


def test_projects_are_compared_on_the_same_questions_whatever_their_stage():
    """The vaguest project must not gain from being asked less."""
    early, late = replace(DAM, id="early", status="identification"), replace(DAM, id="late")
    answers = [says(project.id, "project_owner", 1) for project in (early, late)]
    same = screen((early, late), answers, draws=DRAWS)
    assert same.asked[0].tolist() == same.asked[1].tolist()
    assert same.low[0].tolist() == same.low[1].tolist()
    own = screen((early, late), answers, draws=DRAWS, stage=None)
    assert own.asked[0].sum() < own.asked[1].sum()


def test_scope_decides_what_is_asked():
    checklist = standard_checklist()
    asked = {question.key for question in checklist.due(SCHOOL, "completion")}
    assert "land_and_settlement_impact" not in asked
    assert "project_owner" in asked
    assert not any(key.startswith("climate_finance") for key in asked)
    funded = replace(SCHOOL, scopes=frozenset({"works", "climate_finance"}))
    assert len(checklist.due(funded, "completion")) == len(checklist.questions)


def test_categories_and_the_environmental_gate():
    bank = replace(DAM, id="bank", intermediary=True)
    projects = (DAM, MINE, SCHOOL, bank)
    unanswered = screen(projects, [], draws=DRAWS)
    assert unanswered.categories == {"dam": ("A", "B"), "mine": ("A",), "school": ("B", "C"), "bank": ("FI",)}

    def gate(screening, project):
        return next(
            r for r in screening.gates if (r.project, r.gate) == (project, "environmental_assessment")
        )

    assert [gate(unanswered, p.id).state for p in projects] == ["open", "open", "not asked", "not asked"]
    without = screen(projects, [says(p, "environmental_impact", 0) for p in ("dam", "mine")], draws=DRAWS)
    assert gate(without, "mine").state == "failed"
    assert gate(without, "dam").state == "open", "a dam may be category B, so nothing is decided"
    published = screen(
        projects,
        [
            says("dam", "environmental_impact", 0),
            says("dam", "environmental_impact_category", 1, finding="A"),
        ],
        draws=DRAWS,
    )
    assert gate(published, "dam").state == "failed"


def test_a_checklist_that_contradicts_itself_is_refused():
    with pytest.raises(InputError) as refused:
        build_checklist(
            [{"key": "people", "title": "", "principle": "one", "meaning": ""}],
            [
                {
                    "key": "a",
                    "title": "a",
                    "standard": "",
                    "element": "",
                    "criterion": "peple",
                    "oc4ids_fields": "",
                    "stage": "soon",
                    "scope": "all",
                    "weight": "0",
                }
            ],
            [
                {
                    "key": "g",
                    "title": "",
                    "question": "b",
                    "applies_to": "all",
                    "fails_below": "1",
                    "reason": "",
                }
            ],
        )
    assert len(refused.value.problems) == 5
    assert "Did you mean people?" in str(refused.value)


def test_tables_for_people():
    screening = screened([says("dam", "a", 1)])
    tidy = screening.tidy().set_index(["project", "criterion"])
    assert tidy.loc[("dam", "people"), ["low", "estimate", "high"]].tolist() == [0.25, 0.625, 1]
    assert tidy.loc[("dam", "people"), "basis"] == "reported"
    assert tidy.loc[("mine", "money"), "basis"] == "unknown"
    assert "<table" in screening._repr_html_()
    assert screening.summary().startswith("2 projects: 0 clear, 2 with an open gate, 0 excluded")


def test_g20_compliance_share():
    assert compliance_share([0.67]) == pytest.approx(0.835)
    assert compliance_share([-0.33]) == pytest.approx(0.335)
    assert compliance_share([1, 1, -1]) == pytest.approx(2 / 3)
    with pytest.raises(InputError):
        compliance_share([2])
    with pytest.raises(InputError):
        compliance_share([])


def test_value_of_a_question_by_hand():
    """One open question, a gap smaller than its reach: compare with brute force over its answer."""
    answers = [says("dam", q, 0.6) for q in "abcd"] + [says("mine", q, 0.5) for q in "acd"]
    screening = screened(answers)
    weight = screening.weights[0]
    reach, gap = 0.75 * weight / 2, 0.1 * (1 - weight) + weight * 0.25 * 0.1 + weight * 0.75 * 0.1
    value = (
        question_values(screening, places=1)
        .set_index(["project", "question", "criterion"])
        .loc[("mine", "b", "people")]
    )
    assert value["gain"] == pytest.approx((reach - gap) ** 2 / (4 * reach))
    shift = np.linspace(-reach, reach, 200_001)
    assert value["gain"] == pytest.approx(np.maximum(shift - gap, 0).mean(), rel=1e-3)
    assert value["chance"] == pytest.approx((shift > gap).mean(), rel=1e-3)


def test_asking_what_cannot_change_the_choice_is_worth_nothing():
    answers = [says("dam", q, 1) for q in "abcd"] + [says("mine", q, 0) for q in "abd"]
    values = question_values(
        screened(
            answers,
            stage="preparation",
            waivers=[Waiver("mine", "gate", "test", "A. Person", date(2026, 2, 1))],
        ),
        places=1,
    )
    assert (values["gain"] == 0).all()
    with pytest.raises(InputError, match="decides nothing"):
        question_values(screened([]), places=2)


def test_an_open_gate_of_a_chosen_project_comes_first():
    answers = [says("dam", q, 1) for q in "abc"] + [says("mine", q, 0.7) for q in "abcd"]
    top = question_values(screened(answers), places=1).iloc[0]
    assert (top["project"], top["question"], top["criterion"]) == ("dam", "d", "gate: gate")
    assert top["gain"] == pytest.approx(0.5 * 0.7)


def test_a_round_of_questions_gains_most_where_most_is_open():
    answers = [says(p, q, 0.5) for p in ("dam", "mine") for q in "acd"]
    table = round_values(screened(answers), 1, Draws(4000, seed=5))
    assert table["question"].tolist() == ["b"]
    weight = screened(answers).weights[0]
    expected = 0.75 * weight * (2 / 3 - 1 / 2)  # mean of the larger of two uniform numbers, less the mean
    assert table["gain"].iloc[0] == pytest.approx(expected, rel=0.05)
    assert table["changed"].iloc[0] == pytest.approx(0.5, abs=0.03)


def test_sensitivity_by_hand():
    """dam leads through people, mine through money; without people the order turns."""
    answers = [
        says("dam", "a", 1),
        says("dam", "b", 1),
        says("dam", "c", 0.6),
        says("dam", "d", 0.6),
        says("mine", "a", 0.5),
        says("mine", "b", 0.5),
        says("mine", "c", 0.8),
        says("mine", "d", 0.8),
    ]
    table = criterion_sensitivity(screened(answers)).set_index("criterion")
    assert table.loc["people", "agreement"] == pytest.approx(-1)
    assert table.loc["people", "reversed_pairs"] == 1
    assert table.loc["people", "leader_without"] == "mine"
    assert table.loc["money", "agreement"] == pytest.approx(1)
    switch = 0.2 / (0.2 + 0.5)  # people w: w 0.5 = (1 - w) 0.2
    assert table.loc["people", "lower_switch"] == pytest.approx(switch)
    assert np.isnan(table.loc["people", "upper_switch"])
    assert table.loc["money", "upper_switch"] == pytest.approx(1 - switch)


def test_the_gain_of_a_round_is_that_of_a_chosen_project():
    """Three projects, two chosen, `b` open everywhere: draw by draw, the mean of the best two rises."""
    three = (DAM, MINE, replace(DAM, id="weir", name="Weir"))
    answers = [says(p.id, q, 0.5) for p in three for q in "acd"]
    screening, draws = screened(answers, three), Draws(4000, seed=5)
    table = round_values(screening, 2, draws)
    reach = 0.75 * screening.weights[0]
    drawn = np.sort([draws.uniform(f"answer:b:{p.id}") - 0.5 for p in three], axis=0)
    assert table["gain"].iloc[0] == pytest.approx(reach * drawn[1:].mean(), rel=0.1)
    assert table["projects"].tolist() == [3]
