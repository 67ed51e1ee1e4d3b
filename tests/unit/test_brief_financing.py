"""The sections on financing and the broker say what the engine computes; the flow diagram adds up."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from serai.brief.document import Chart, Desk, Section, Table
from serai.brief.flows import Flow, sankey
from serai.brief.numbers import Numbers
from serai.brief.sections.broker import DRAWS, broker_section
from serai.brief.sections.financing import financing_section
from serai.broker import match, study_intermediaries
from serai.draws import Draws, interval
from serai.programme import candidates, choose, read_rules, screen, study_prospects


@pytest.fixture(scope="module")
def financing(desk: Desk) -> Section:
    found = financing_section(desk)
    assert found is not None
    return found


def tables(section: Section) -> dict[str, Table]:
    parts = [part.table if isinstance(part, Chart) else part for part in section.parts]
    return {part.key: part for part in parts if isinstance(part, Table)}


def test_the_numbers_are_those_of_the_allocation(desk: Desk, financing: Section) -> None:
    found, opened = match(desk.study)
    numbers = desk.numbers
    assert numbers["financing/placed"].estimate == pytest.approx(found.amounts.sum())
    assert numbers["financing/gap"].estimate == pytest.approx(found.gap.sum())
    assert numbers["financing/price_of_stability"].estimate == pytest.approx(found.price_of_stability)
    assert numbers["financing/blocking"].estimate == 0
    shown = tables(financing)
    assert shown["financing_flows"].data["usd_m"].sum() == pytest.approx(
        sum(need.open_usd_m for need in found.needs)
    )
    assert len(shown["books"].rows) == len(found.lenders)
    assert len(shown["no_open_amount"].rows) == len(opened.left_out)
    assert shown["terms"].data["amount_usd_m"].sum() == pytest.approx(found.amounts.sum())


def test_the_chosen_programme_is_what_is_financed(desk: Desk) -> None:
    study = desk.study
    rules, draws = read_rules(study), Draws(20, 1)
    programme = choose(study_prospects(study, rules, screen(*candidates(study), draws=draws)), rules, draws)
    mine = replace(desk, numbers=Numbers())
    section = financing_section(mine, programme)
    assert section is not None
    assert "the chosen programme takes" in str(section.finding)
    found, _ = match(study, programme)
    assert mine.numbers["financing/open"].estimate == pytest.approx(programme.amount_usd_m)
    assert mine.numbers["financing/placed"].estimate == pytest.approx(found.amounts.sum())
    assert mine.numbers["financing/most_own"].estimate == pytest.approx(found.most_by(["JPN"]))
    everything, _ = match(study)
    scope = tables(section)["financing_scope"].data.set_index("what")
    assert scope.loc["everything", "placed"] == pytest.approx(everything.amounts.sum())
    assert "no_open_amount" not in tables(section)


def test_assumed_prices_look_assumed(desk: Desk, financing: Section) -> None:
    assert tables(financing)["terms"].rows
    prices = [
        n for key, n in desk.numbers.by_key.items() if key.startswith("financing/") and key.endswith("/price")
    ]
    assert {n.basis for n in prices} == {"assumed", "reported"}
    assert all((n.low is None) == (n.basis == "reported") for n in prices)


def test_the_section_on_the_broker_is_the_counterfactual(desk: Desk) -> None:
    section = broker_section(desk)
    assert section is not None
    draws = desk.results.draws
    found = study_intermediaries(desk.study, desk.atlas, Draws(min(DRAWS, draws.count), draws.seed))
    assert found is not None
    assert "counterfactual" in str(section.finding)
    for row in found.rows["fixed"]:
        number = desk.numbers[f"broker/{row.broker}/break_even"]
        assert number.estimate == pytest.approx(interval(row.break_even).estimate)
        stock = desk.numbers[f"broker/{row.broker}/stock/fixed"]
        assert stock.estimate == pytest.approx(float(np.median(row.stock)))
    people = tables(section)["people"]
    assert all(row[-1] == "not testable" for row in people.rows)
    needed = people.data.set_index(["wealth", "what"])["needed"]
    for wealth, row in found.people.items():
        for what in ("skills", "investment", "trade"):
            assert needed[wealth, what] == pytest.approx(getattr(row, what), nan_ok=True)
    assert desk.numbers["people/reached"].estimate == found.reached
    assert len(tables(section)["named_ties"].rows) == len(found.ties)
    assert len(tables(section)["adjacent_ties"].rows) == len(found.adjacent)


def test_ribbons_are_as_thick_as_their_money() -> None:
    flows = [Flow("A", "X", 30.0), Flow("A", "Y", 10.0), Flow("B & C", "X", 20.0), Flow("gap", "Y", 40.0)]
    picture = sankey(flows, numbers={"A": "40"}, quiet=["gap"], short={"B & C": "BC"})
    for svg in (picture.wide, picture.narrow):
        paths = re.findall(
            r'<path d="M[\d.]+,([\d.]+) C.*?V[\d.]+ C.*?([\d.]+),([\d.]+) Z" fill="(#\w+)"', svg
        )
        thick = sorted(float(bottom) - float(top) for top, _x, bottom, _colour in paths)
        assert len(thick) == 4
        assert [t / thick[0] for t in thick] == pytest.approx([1, 2, 3, 4], rel=0.02)
        assert svg.startswith("<svg ")
        assert svg.count("<rect") == 5
        assert "#b8c0c8" in svg
    assert "B &amp; C" in picture.wide
    assert ">BC<" in picture.narrow
    assert 'width="320"' in picture.narrow


def test_a_study_without_mandates_has_no_section(desk: Desk) -> None:
    study = replace(desk.study, records=replace(desk.study.records, financiers=()))
    assert financing_section(replace(desk, study=study, numbers=Numbers())) is None
