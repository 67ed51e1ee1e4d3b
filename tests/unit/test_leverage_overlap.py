"""Who is where: shares, non-overlap against hand counts, chance, gaps, and the file of presence."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from serai.atlas import load
from serai.draws import Draws
from serai.errors import InputError
from serai.leverage import compare_programmes, gaps, hirschman, non_overlap, raw_dependence
from serai.leverage.concentration import concentration
from serai.leverage.overlap import cells_of, shares
from serai.programme.presence import Presence, read_presence
from serai.records import Project
from serai.scenario.sectors import RAW, sector_world
from serai.study import read_study, reference_study


def project(name: str, sector: str, *countries: str) -> Project:
    return Project.model_validate({"id": name, "sector": [sector], "serai": {"countries": list(countries)}})


PROJECTS = [
    project("wind", "energy.wind", "KAZ"),
    project("sun", "energy.solar", "UZB"),
    project("road", "transport.road", "KAZ", "UZB"),
    project("clinic", "health", "UZB"),
    project("second-wind", "energy.wind", "KAZ"),
]


def present(*pairs: tuple[str, str]) -> list[Presence]:
    return [Presence(project=a, partner=b, party="x", role="investor", basis="named") for a, b in pairs]


def test_a_project_in_two_countries_counts_once() -> None:
    assert cells_of(PROJECTS[2]) == {("transport", "KAZ"): 0.5, ("transport", "UZB"): 0.5}
    assert sum(shares(PROJECTS).values()) == pytest.approx(1)


def test_non_overlap_by_hand() -> None:
    rows = present(("wind", "A"), ("road", "A"), ("sun", "B"), ("road", "B"), ("second-wind", "B"))
    [found] = compare_programmes(PROJECTS, rows, "A", ["B", "C"], Draws(200, 1))
    assert found.projects == (2, 3)
    # A: energy KAZ 1/2, transport 1/4 each. B: energy UZB 1/3, energy KAZ 1/3, transport 1/6 each
    assert found.by_both == pytest.approx(1 - (1 / 3 + 1 / 6 + 1 / 6))
    assert found.by_sector == pytest.approx(1 - (1 / 2 + 1 / 3))
    assert found.by_country == pytest.approx(1 - (1 / 2 + 1 / 4))
    assert found.joint == ("road",)
    assert found.adjacent == (("wind", "second-wind"),)
    assert 0 <= found.by_chance[0] <= found.by_chance[1] <= found.by_chance[2] <= 1


def test_chance_of_whole_programmes_is_no_difference() -> None:
    rows = present(*((p.id, side) for p in PROJECTS for side in "AB"))
    [found] = compare_programmes(PROJECTS, rows, "A", ["B"], Draws(50, 1))
    assert found.by_both == pytest.approx(0, abs=1e-12)
    assert found.by_chance == pytest.approx((0, 0, 0), abs=1e-12)


def test_gaps_name_projects_and_empty_cells() -> None:
    found = gaps(PROJECTS, present(("wind", "A")), ["road"], ["KAZ", "UZB", "TJK"])
    assert found.projects == ("clinic", "second-wind", "sun")
    assert ("health", "KAZ") in found.cells
    assert ("energy", "KAZ") not in found.cells
    assert ("energy", "TJK") in found.cells


def test_shares_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(InputError, match="add up"):
        non_overlap({("energy", "KAZ"): 0.4}, {("energy", "KAZ"): 1.0})


def test_the_reference_study_says_who_is_where() -> None:
    rows = read_presence(read_study())
    assert {row.partner for row in rows} >= {"JPN", "CHN", "EU", "USA", "KOR", "TUR"}
    assert len({(r.project, r.partner, r.role) for r in rows}) == len(rows)


def test_a_presence_that_names_nothing_known_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(reference_study(), folder)
    file = folder / "presence.csv"
    lines = file.read_text().splitlines()
    file.write_text(
        "\n".join(
            [*lines, "no-such-project,JPN,x,lender,named,", "kz-mirny-wind,Mars,x,lender,named,", lines[1]]
        )
        + "\n"
    )
    with pytest.raises(InputError) as error:
        read_presence(read_study(folder))
    assert {p.field for p in error.value.problems} == {"project", "partner"}
    assert len(error.value.problems) == 3
    file.unlink()
    assert read_presence(read_study(folder)) == ()


def test_concentration_merges_unions_and_leaves_home_and_the_rest_out() -> None:
    from serai.axes import Axis

    axis = Axis("economy", ("KAZ", "DEU", "FRA", "CHN", "ROW"))
    table = np.zeros((5, 5))
    table[:, 0] = [500.0, 30.0, 20.0, 50.0, 999.0]
    [found] = concentration(axis, {"imports": table}, ["KAZ"], {"EU": ["DEU", "FRA"]}, ["ROW"])
    assert found.index == pytest.approx(np.sqrt(0.5))
    assert found.alike == pytest.approx(2)
    assert (found.first, found.first_share, found.total_usd_m) == (
        "EU",
        pytest.approx(0.5),
        pytest.approx(100),
    )
    assert np.isnan(hirschman(np.zeros(3)))
    with pytest.raises(InputError):
        hirschman(np.array([1.0, -1.0]))


def test_raw_dependence_is_the_cut_both_ways() -> None:
    from serai.equilibrium import Shock, solve

    world = sector_world(load())
    found = raw_dependence(world, ["KAZ", "TKM"], ["CHN", "EU"])
    cost = np.ones_like(world.observed.flows)
    kinds, a, b = world.sectors.indices(RAW), world.economies.index("TKM"), world.economies.index("CHN")
    cost[kinds, a, b] = cost[kinds, b, a] = np.inf
    name = world.economies.names.index("TKM")
    for place, base in enumerate(world.bases.values()):
        assert found.loss[place, 1, 0] == pytest.approx(
            1 - solve(base, Shock(trade_cost=cost)).real_income[name], rel=1e-5
        )
    assert found.sales_share[1, 0] > 0.5  # gas by pipeline
    assert found.sales[1, 0] == pytest.approx(world.observed.flows[kinds, a, b].sum())
    assert found.purchases[1, 0] == pytest.approx(world.observed.flows[kinds, b, a].sum())
