"""Projects on links of today: shorter, quicker, roomier, once; and payments at borders that are drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from corridor_worlds import coupling, network, transport, way
from serai.atlas import Atlas, load
from serai.atlas.network import load_network
from serai.corridors.network import Network, Upgrade
from serai.errors import InputError
from serai.scenario.coupling import couple
from serai.scenario.freight import planned, study_transport
from serai.scenario.transport import EdgeChange, Way
from serai.study import read_study


@pytest.fixture(scope="module")
def built(atlas: Atlas) -> Network:
    return Network.build(load_network(), atlas.parameter)


@pytest.mark.parametrize(
    ("project", "link", "hours", "money"),
    [
        ("dostyk-moiynty", "rail:DOS-MOI", 0.64, 1),
        ("almaty-bypass", "rail:ALT-ALA", 0.74, 1),
        ("kyzylzhar-moiynty", "rail:MOI-ZHZ", None, None),
    ],
)
def test_a_project_makes_its_links_quicker_or_shorter(
    built: Network, project: str, link: str, hours: float | None, money: float | None
) -> None:
    rows = load_network().table("network_projects").set_index("project")
    mine = built.of([link]) & (built.kind == "haul")
    if hours is None:
        hours = money = 1 - float(rows.loc[project, "km_saved"]) / built.km[mine][0]
    done = built.opened(project)
    np.testing.assert_allclose(done.hours[mine], hours * built.hours[mine])
    for name in ("usd", "km", "kg_co2"):
        np.testing.assert_allclose(getattr(done, name)[mine], money * getattr(built, name)[mine])
    others = built.projects != project
    np.testing.assert_array_equal(done.hours[others], built.hours[others])
    np.testing.assert_array_equal(done.open, built.open)
    np.testing.assert_array_equal(done.opened(project).hours, done.hours)  # once, not twice


@pytest.mark.parametrize(
    ("project", "link", "added"),
    [
        ("aktau-hub", "ferry:AKT_P-ALY_P", 1),
        ("kuryk", "ferry:KUR_P-ALY_P", 9.7),
        ("darbaza-maktaaral", "rail:SAR-TAS", 10),
    ],
)
def test_a_project_adds_room(built: Network, project: str, link: str, added: float) -> None:
    mine = built.of([link]) & (built.kind == "haul")
    assert np.isfinite(built.capacity[mine]).all()
    np.testing.assert_allclose(built.opened(project).capacity[mine] - built.capacity[mine], added * 1e6 / 2)
    change = EdgeChange.none(1, built.graph.edges).with_projects(built, [project])
    np.testing.assert_allclose(change.room[mine], added * 1e6 / 2)
    assert not change.nothing
    assert not change.opened.any()


def test_what_a_change_and_a_network_say_of_a_project_agrees(built: Network) -> None:
    for project in planned(read_study(), load()):
        change = EdgeChange.none(1, built.graph.edges).with_projects(built, [project])
        done = built.opened(project)
        np.testing.assert_allclose(done.hours, built.hours * change.hours[0])
        np.testing.assert_allclose(done.usd, built.usd * change.usd[0])
        np.testing.assert_array_equal(done.open, built.open | change.opened)
        assert not change.nothing, project


def test_done_projects_that_the_base_holds_change_nothing(built: Network) -> None:
    for project in ("btk", "khorgos-gateway"):
        assert EdgeChange.none(1, built.graph.edges).with_projects(built, [project]).nothing


def test_room_takes_congestion_away() -> None:
    world = coupling(capacity=1e5)
    at = world.way.transport.network
    half = replace(world.unchanged(), hours=np.where(at.mode == "rail", 0.5, 1)[np.newaxis])
    tight = couple(world, half)
    roomy = couple(world, replace(half, room=np.where(np.isfinite(at.capacity), 1e7, 0)))
    rail = np.isfinite(at.capacity)
    assert (roomy.change.hours[0, rail] < tight.change.hours[0, rail]).all()
    free = (1 + world.scale * (world.tonnes(world.unchanged(), world.baseline.trade)[rail] / 1e5) ** 4) ** -1
    np.testing.assert_allclose(roomy.change.hours[0, rail], 0.5 * free, rtol=1e-3)


def test_a_project_that_says_not_how_much_is_refused(tmp_path: Path) -> None:
    table = load_network().table("network_projects")
    table.loc[table["project"] == "kuryk", "added_mt"] = np.nan
    pd.DataFrame(table).to_csv(tmp_path / "network_projects.csv", index=False)
    with pytest.raises(InputError, match="kuryk adds capacity and says not by how much"):
        load_network({"network_projects": tmp_path / "network_projects.csv"})


def test_routes_are_kept_for_an_atlas_and_its_inputs(atlas: Atlas) -> None:
    study = read_study()
    found = study_transport(study, atlas)
    assert study_transport(study, atlas) is found
    assert study_transport(study, atlas, ["anaklia"]) is not found


def test_payments_at_borders_act_like_dearer_borders() -> None:
    """Twice the fees in a draw give the routes and the gains of a network with fees twice as high."""
    found = transport()
    dearer = replace(found, network=found.network.scaled(np.ones(found.edges, dtype=bool), usd=2.0))
    words = (np.array([8.0]), np.array([[5000.0, 400.0]]), np.ones(1))
    hours = found.network.hours[np.newaxis]
    drawn = Way.of(found, hours, *words, None, np.array([2.0]))
    fixed = Way.of(dearer, hours, *words)
    np.testing.assert_allclose(drawn.usd[:, 0], dearer.network.usd)
    left = np.ones((1, found.edges))
    left[0, 3:6] = 0.5
    change = EdgeChange(left, left, network().of(["bridge"]), np.zeros(found.edges))
    for ours, theirs in zip(drawn.shares(change), fixed.shares(change), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)
    theta = np.array([5.0])
    np.testing.assert_allclose(drawn.gain(change, theta), fixed.gain(change, theta), rtol=1e-9)
    assert not np.allclose(drawn.gain(change, theta), Way.of(found, hours, *words).gain(change, theta))
    inland = transport(kind="haul")
    same = Way.of(inland, hours, *words, None, np.array([2.0]))
    np.testing.assert_array_equal(same.usd[:, 0], inland.network.usd)


def test_no_upgrade_is_no_change() -> None:
    assert (Upgrade.none(3).only(np.array([True, False, True])).hours_left == 1).all()
    assert way(transport()).fees.tolist() == [1.0]
