"""The section on corridors: its numbers recomputed from edges, and its words."""

from __future__ import annotations

import numpy as np
import pytest

from serai.brief.document import Brief
from serai.brief.sections.corridors import ranked_posts
from serai.scenario.central import central
from serai.scenario.coupling import Coupling, link_values
from serai.scenario.freight import edge_titles


def test_the_ten_bottlenecks_are_ranked_by_what_they_are_worth(brief: Brief) -> None:
    desk, levers = brief.desk, brief.desk.levers
    ranked = list(ranked_posts(desk))
    worth = [float(np.median(levers.whole["fixed"][:, e].sum(axis=1))) for e in ranked_posts(desk).values()]
    assert worth == sorted(worth, reverse=True)
    table = brief.tables()["bottlenecks"].data
    assert list(dict.fromkeys(table["name"])) == ranked[:10]
    shown = table[table["kind"] == "whole"]["estimate"].to_numpy()
    np.testing.assert_allclose(shown, worth[:10])
    top = edge_titles(desk.study, desk.atlas)[ranked[0]]
    section = next(s for s in brief.sections if s.id == "corridors")
    assert desk.words.place(top) in str(section.finding)


def test_the_worth_of_an_edge_is_the_middle_of_its_draws(brief: Brief) -> None:
    """The same adjoint at central values lies inside the draws; nothing is off by a factor."""
    desk, levers = brief.desk, brief.desk.levers
    world = Coupling.of(desk.study, desk.atlas, levers.transport)
    values = link_values(world, desk.study.about.region.economies)
    busy = np.argsort(-values.hour)[:40]
    middle = np.median(levers.hour["fixed"][:, busy], axis=0)
    assert np.all((middle > values.hour[busy] / 2) & (middle < values.hour[busy] * 2))


def test_gates_are_sums_over_the_edges_that_leave_the_region(brief: Brief) -> None:
    desk = brief.desk
    data = brief.tables()["gates"].data
    after = central(desk.study, desk.atlas, str(data["scenario"].iloc[0]), desk.levers.transport)
    network, tonnes = after.coupling.way.transport.network, after.tonnes / 1e6
    russia = data[(data["neighbour"] == "RUS") & (data["direction"] == "out")]["after"].iloc[0]
    out = [
        e
        for e in range(len(tonnes))
        if network.kind[e] == "border" and network.crossings[network.crossing[e]].endswith(">RUS")
    ]
    region = desk.study.about.region.economies
    out = [e for e in out if network.crossings[network.crossing[e]].split("/")[1].split(">")[0] in region]
    assert russia == pytest.approx(tonnes[out].sum(), rel=1e-6)
    assert after.equilibrium.converged


def test_the_map_stands_on_the_traffic_of_links(brief: Brief) -> None:
    table = brief.tables()["traffic"].data
    assert {"link", "today", "after", "cost_change_pct"} <= set(table.columns)
    assert (table["cost_change_pct"] <= 1e-9).all(), "no measure of the ladder makes a link dearer"
    cheaper = table[table["cost_change_pct"] < -1]
    assert (cheaper["after"] >= cheaper["today"] * 0.9).mean() > 0.8
    assert table["after"].sum() > table["today"].sum()
