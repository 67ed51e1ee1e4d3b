"""The worth of links and crossings by the adjoint, beside differences of the whole chain solved again."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor_worlds import CARGO, ECONOMIES, coupling, network, transport
from differences import central_slope
from serai.atlas import load
from serai.corridors.graph import Indices
from serai.scenario.coupling import Coupling, LinkValues, bottlenecks, link_values
from serai.scenario.freight import study_transport
from serai.scenario.transport import EdgeChange
from serai.study import read_study

REGION = tuple(read_study().about.region.economies)
BUSY = 6
CLOSE = 2e-8


@pytest.fixture(scope="module")
def study_world() -> Coupling:
    """The packaged network with nests, rates by rail and all economies; routes over a planned line too."""
    study, atlas = read_study(), load()
    return Coupling.of(study, atlas, study_transport(study, atlas, ["cku"]))


@pytest.fixture(scope="module")
def study_values(study_world: Coupling) -> LinkValues:
    return link_values(study_world, REGION)


def worth_of_part(
    world: Coupling, weights: np.ndarray, edges: Indices, what: str, at: EdgeChange | None = None
) -> float:
    """What a part of the hours or of the money of some edges is worth, by differences."""
    start = at or world.unchanged()

    def outcome(share: float) -> float:
        table = getattr(start, what).copy()
        table[0, edges] *= share
        return -float(weights @ np.log(world.solve(replace(start, **{what: table})).real_income))

    return central_slope(outcome)


def by_adjoint(values: LinkValues, edges: Indices, what: str, at: EdgeChange | None = None) -> float:
    """The same by the adjoint."""
    size = getattr(values.coupling.way.transport.network, what)[edges]
    left = 1 if at is None else getattr(at, what)[0, edges]
    return float(((values.hour if what == "hours" else values.dollar)[edges] * size * left).sum())


@pytest.mark.parametrize("what", ["hours", "usd"])
def test_links_of_the_study_s_network(study_values: LinkValues, what: str) -> None:
    """The busiest hauls, and two that few goods take: 7 digits and more."""
    world, network = study_values.coupling, study_values.coupling.way.transport.network
    assert (world.way.alike < 1).all(), "nests are on"
    ranked = np.argsort(-np.where(network.kind == "haul", study_values.whole, -np.inf))
    for edge in [*ranked[:BUSY], *ranked[[60, 200]]]:
        mine = np.array([edge])
        found = worth_of_part(world, study_values.weights, mine, what)
        assert found > 0
        assert by_adjoint(study_values, mine, what) == pytest.approx(found, rel=CLOSE)


def test_crossings_of_the_study_s_network(study_values: LinkValues) -> None:
    """Both directions of the border posts worth most, of the gauge changes and of a port."""
    world, kind = study_values.coupling, study_values.coupling.way.transport.network.kind
    groups = dict(zip(*bottlenecks(world.way.transport), strict=True))
    ranked = sorted(groups, key=lambda name: -study_values.whole[groups[name]].sum())
    for wanted, count in (("border", 4), ("gauge", 1), ("transfer", 1)):
        chosen = [name for name in ranked if kind[groups[name][0]] == wanted][:count]
        assert len(chosen) == count
        for name in chosen:
            found = worth_of_part(world, study_values.weights, groups[name], "hours")
            assert by_adjoint(study_values, groups[name], "hours") == pytest.approx(found, rel=CLOSE), name


def test_links_of_the_study_s_network_once_a_new_railway_is_open(study_world: Coupling) -> None:
    """Also where the network has moved already: the slope there, and what the new line itself is worth."""
    network = study_world.way.transport.network
    at = study_world.unchanged().with_projects(network, ["cku"])
    assert at.opened.any()
    values = link_values(study_world, ("KGZ", "UZB"), change=at)
    mine = np.flatnonzero(at.opened & (values.whole > 0))
    found = worth_of_part(study_world, values.weights, mine, "hours", at)
    assert by_adjoint(values, mine, "hours", at) == pytest.approx(found, rel=CLOSE)
    assert found > 0


@settings(max_examples=12, deadline=None)
@given(
    alike=st.sampled_from([0.1, 0.3, 0.7, 1.0]),
    wealth=st.sampled_from(["fixed", "steady"]),
    deficits=st.sampled_from(["fixed", "proportional"]),
    rate=st.floats(0.2, 1),
    moved=st.lists(st.floats(0.5, 1.6), min_size=14, max_size=14),
    edge=st.integers(0, 13),
    what=st.sampled_from(["hours", "usd"]),
    opened=st.booleans(),
)
def test_any_network_any_closure(
    alike: float,
    wealth: Literal["fixed", "steady"],
    deficits: Literal["fixed", "proportional"],
    rate: float,
    moved: list[float],
    edge: int,
    what: str,
    opened: bool,
) -> None:
    """Roads and railways in nests, bulk goods at a rate of their own, hours and money moved at random."""
    routes = transport(kind="haul", cargo=(CARGO[0], replace(CARGO[1], rail_rate=rate)))
    world = coupling(routes=routes, alike=alike, wealth=wealth, deficits=deficits)
    at = world.unchanged()
    at.hours[0], at.usd[0] = moved, moved[::-1]
    at = replace(at, opened=network().of(["bridge"]) & opened)
    values = link_values(world, dict.fromkeys(ECONOMIES.names, 1.0), change=at)
    mine = np.array([edge])
    found = worth_of_part(world, values.weights, mine, what, at)
    assert by_adjoint(values, mine, what, at) == pytest.approx(found, rel=1e-7, abs=1e-7)
