"""The section of the programme says what choosing computes: its numbers beside the engine's."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from serai.brief.document import Brief, Chart, Desk, Section, Table
from serai.brief.opening import answer
from serai.brief.sections.programme import REASONS, programme_section
from serai.leverage import Leverage
from serai.programme.plan import Plan


@pytest.fixture(scope="module")
def planned(told: tuple[Brief, Plan | None, Leverage]) -> Plan:
    """The plan that the brief tells of."""
    assert told[1] is not None
    return told[1]


@pytest.fixture(scope="module")
def section(desk: Desk, planned: Plan) -> Section:
    found = programme_section(desk, planned)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def tables(section: Section) -> dict[str, Table]:
    parts = [part.table if isinstance(part, Chart) else part for part in section.parts]
    return {part.key: part for part in parts if isinstance(part, Table)}


def _text(value: object) -> str:
    return str(Markup(str(value)).striptags())


def test_the_brief_has_the_section_and_its_sentence(brief: Brief) -> None:
    assert "programme" in [section.id for section in brief.sections]
    assert len(brief.answer) == 5
    sentence, proof = brief.answer[1]
    assert proof == "chart-schedule"
    numbers = brief.desk.numbers
    assert f"{numbers['programme/count'].estimate:.0f} projects" in _text(sentence)
    assert "what their sector brings on average" in _text(sentence)


def test_a_study_without_rules_keeps_its_five_sentences(desk: Desk, brief: Brief) -> None:
    assert programme_section(desk, None) is None
    without = answer(brief.desk)
    assert len(without) == 5
    assert without[1][1] == "chart-ladder"


def test_the_numbers_are_those_of_the_programme(desk: Desk, section: Section, planned: Plan) -> None:
    programme, numbers = planned.programme, desk.numbers
    assert numbers["programme/count"].estimate == len(programme.picks)
    assert numbers["programme/amount"].estimate == programme.amount_usd_m
    value = numbers["programme/value"]
    assert (value.low, value.estimate, value.high) == pytest.approx(
        (programme.value.low, programme.value.estimate, programme.value.high)
    )
    for pick in programme.picks:
        key = f"programme/{pick.project.id}"
        assert numbers[f"{key}/amount"].estimate == pick.amount_usd_m
        assert numbers[f"{key}/value"].estimate == pick.value_usd_m.estimate
        assumed = pick.project.label in ("ranked by sector prior", "appraised by given")
        assert (numbers[f"{key}/value"].basis == "assumed") == assumed
    for price in planned.prices:
        if price.estimate > 0:
            shown = numbers[f"programme/price/{price.rule}"]
            assert (shown.low, shown.estimate, shown.high) == (price.low, price.estimate, price.high)
    shares = [numbers[f"programme/country/{c}/share"].estimate for c in desk.study.about.region.economies]
    assert sum(shares) == pytest.approx(1)
    assert "none is called best" in _text(section.finding)


def test_every_table_is_whole(tables: dict[str, Table], planned: Plan) -> None:
    assert list(tables) == [
        "programme",
        "programme_map",
        "programme_areas",
        "interactions",
        "rule_prices",
        "people_floor",
        "budget_frontier",
        "quality_frontier",
        "programme_tests",
        "acts",
        "left_out",
    ]
    for table in tables.values():
        assert table.rows
        assert all(len(row) == len(table.header) for row in table.rows), table.key
    assert len(tables["programme"].rows) == len(planned.programme.picks)
    left = sum(int(_text(row[1])) for row in tables["left_out"].rows)
    assert left + len(planned.programme.picks) == 151
    assert {_text(row[0]) for row in tables["left_out"].rows} <= set(REASONS)


def test_what_is_not_tested_is_said(tables: dict[str, Table], desk: Desk, planned: Plan) -> None:
    rows = {_text(row[0]): row for row in tables["programme_tests"].rows}
    (exchange,) = [row for words, row in rows.items() if words.startswith("Soft power")]
    assert "not testable" in _text(exchange[2])
    assert 0 < desk.numbers["programme/exchange"].estimate < 0.01
    (quality,) = [row for words, row in rows.items() if words.startswith("Quality over quantity")]
    assert "no verdict" in _text(quality[2])
    lost = desk.numbers["programme/shortcut"]
    assert lost.estimate == planned.shortcut.mean_lost_usd_m


def test_names_of_rules_are_words(tables: dict[str, Table]) -> None:
    shown = [_text(row[0]) for row in tables["rule_prices"].rows]
    assert "Floor: people" in shown
    assert not [words for words in shown if "UZB" in words or "." in words]


def test_interactions_are_shown_with_the_numbers_of_the_engine(
    desk: Desk, section: Section, tables: dict[str, Table], planned: Plan
) -> None:
    found, numbers = planned.together, desk.numbers
    assert found is not None
    assert numbers["programme/together/joint"].estimate == found.joint_usd_m
    assert numbers["programme/together/interaction"].estimate == pytest.approx(found.interaction_usd_m)
    for name in found.chosen:
        key = f"programme/together/{name}"
        shown = [numbers[f"{key}/{what}"].estimate for what in ("alone", "marginal", "joint")]
        assert shown == [found.alone_usd_m[name], found.marginal_usd_m[name], found.credit_usd_m[name]]
    table = tables["interactions"]
    assert len(table.rows) == len(found.alone_usd_m)
    inside = [_text(row[1]) == "yes" for row in table.rows]
    assert inside == sorted(inside, reverse=True)
    assert sum(inside) == len(found.chosen)
    assert "whose effects are assumed" in _text(section.finding)
    # one outside has no part of the joint value
    assert {_text(row[4]) for row, here in zip(table.rows, inside, strict=True) if not here} == {"none"}


def test_frontiers_rise_with_the_budget_and_fall_with_quality(
    tables: dict[str, Table], planned: Plan, desk: Desk
) -> None:
    budgets, qualities = planned.budgets["value"], planned.qualities["value"].dropna()
    assert budgets.is_monotonic_increasing
    assert budgets.iloc[-1] > budgets.iloc[0]
    assert qualities.is_monotonic_decreasing
    assert qualities.iloc[0] > qualities.iloc[-1]
    own = planned.budgets.set_index("scale").loc[1.0, "value"]
    assert own == pytest.approx(planned.programme.answer.value)
    assert [_text(row[0]) for row in tables["budget_frontier"].rows] == [
        "50 %",
        "75 %",
        "100 %",
        "125 %",
        "150 %",
    ]
    assert desk.numbers["programme/budget/0.5/value"].estimate == budgets.iloc[0]


def test_every_chosen_project_acts_or_is_said_not_to(tables: dict[str, Table], planned: Plan) -> None:
    rows = tables["acts"].rows
    assert sum(int(_text(row[2])) for row in rows) == len(planned.programme.picks)
    general = sum(int(_text(row[2])) for row in rows if _text(row[1]).startswith("general"))
    assert general == sum(act.general for act in planned.acts) > 10
