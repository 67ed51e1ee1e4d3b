"""The section on leverage says what the engine computes, with every number led back."""

from __future__ import annotations

import numpy as np
import pytest

from serai.brief.document import Brief, Chart, Desk, Section, Table
from serai.brief.sections.leverage import leverage_section
from serai.draws import interval
from serai.leverage import Leverage
from serai.programme.plan import Plan


@pytest.fixture(scope="module")
def found(told: tuple[Brief, Plan | None, Leverage]) -> Leverage:
    """The leverage that the brief tells of, the chosen programme in it."""
    return told[2]


@pytest.fixture(scope="module")
def section(desk: Desk, found: Leverage) -> Section:
    return leverage_section(desk, found)


@pytest.fixture(scope="module")
def tables(section: Section) -> dict[str, Table]:
    parts = [part.table if isinstance(part, Chart) else part for part in section.parts]
    return {part.key: part for part in parts if isinstance(part, Table)}


def test_every_pair_of_the_grid_is_the_engine_s(
    desk: Desk, tables: dict[str, Table], found: Leverage
) -> None:
    rows = tables["dependence"].data.set_index(["economy", "partner"])
    assert len(rows) == len(found.drawn.dependants) * len(found.drawn.partners)
    for (economy, partner), row in rows.iterrows():
        expected = interval(found.drawn.of("together", economy, partner))
        assert (row["low"], row["estimate"], row["high"]) == pytest.approx(
            (100 * expected.low, 100 * expected.estimate, 100 * expected.high)
        )
        assert desk.numbers[f"leverage/{economy}/{partner}/loss"].estimate == pytest.approx(expected.estimate)


def test_the_finding_names_the_largest_dependence(section: Section, desk: Desk, found: Leverage) -> None:
    table = np.median(found.drawn.loss["together"], axis=0)
    d, p = np.unravel_index(int(table.argmax()), table.shape)
    first = str(section.finding)
    assert desk.name(found.drawn.dependants.names[d]) in first
    assert desk.name(found.drawn.partners.names[p]) in first


def test_the_closure_is_called_structure_where_it_is(tables: dict[str, Table], found: Leverage) -> None:
    for programme in found.programmes:
        note = str(tables[f"displacement_{programme.scenario}"].note)
        assert ("not a finding" in note) == programme.displaced["fixed"].forced


def test_displacement_and_leverage_added_are_the_engine_s(desk: Desk, found: Leverage) -> None:
    programme = found.programmes[0]
    for wealth in ("fixed", "steady"):
        table = programme.displaced[wealth]
        assert table.fdi is not None
        for p, partner in enumerate(table.partners):
            number = desk.numbers[f"leverage/{programme.scenario}/{partner}/fdi/{wealth}"]
            assert number.estimate == pytest.approx(float(np.median(table.fdi[:, p])))
            added = desk.numbers[f"leverage/{programme.scenario}/{partner}/added/{wealth}"]
            middles = np.median(programme.added[wealth][:, :, p], axis=0)
            assert added.estimate == pytest.approx(middles[np.abs(middles).argmax()])


def test_the_chosen_programme_comes_first_with_every_economy_and_partner(
    desk: Desk, tables: dict[str, Table], found: Leverage
) -> None:
    programme = found.programmes[0]
    assert programme.scenario == "programme"
    assert "chosen programme" in str(tables["displacement_programme"].title)
    rows = tables["added_programme"].data
    assert len(rows) == 2 * 5 * len(found.drawn.partners)
    for row in rows.to_dict("records"):
        d, p = found.drawn.dependants.index(row["economy"]), found.drawn.partners.index(row["partner"])
        middle = np.median(programme.added[row["wealth"]][:, d, p])
        assert row["estimate"] == pytest.approx(100 * middle)
    assert desk.numbers.nodes["scenario/programme"]["made_from"]


def test_the_grid_of_passage_is_the_engine_s(desk: Desk, tables: dict[str, Table], found: Leverage) -> None:
    way = found.transit
    table = tables["passage"]
    assert len(table.data) == np.isfinite(way.share).sum()
    assert len(table.rows) == (np.nan_to_num(way.share) >= 0.01).sum()
    number = desk.numbers["leverage/KGZ/through/KAZ/loss/steady"]
    d, j = way.dependants.index("KGZ"), way.through.index("KAZ")
    assert number.estimate == pytest.approx(way.loss["steady"][d, j])
    assert desk.numbers["leverage/KGZ/through/KAZ/share"].estimate == pytest.approx(way.share[d, j])


def test_names_of_joint_projects_are_there(tables: dict[str, Table], found: Leverage) -> None:
    rows = tables["joint_adjacent"].data
    assert len(rows) == sum(len(pair.joint) + len(pair.adjacent) for pair in found.overlap)
    assert set(rows["partner"]) <= {pair.second for pair in found.overlap}
    assert len(tables["gaps"].rows) == len(found.gaps.projects)
