"""The section on corridors: its numbers recomputed from edges, and its words."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from serai.brief.charts import NARROW, WIDE
from serai.brief.corridor_map import Window, corridor_map
from serai.brief.document import Brief, Chart
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


def test_two_maps_share_their_scales_and_today_nothing_has_changed() -> None:
    lines = {"near": np.array([[60.0, 40.0], [70.0, 42.0]]), "far": np.array([[0.0, 50.0], [5.0, 51.0]])}
    today = pd.DataFrame({"link": ["near", "far"], "traffic": [10.0, 900.0], "value": [0.0, 0.0]})
    after = today.assign(traffic=[40.0, 900.0], value=[-25.0, 0.0])
    places = pd.DataFrame({"text": ["Here"], "lon": [65.0], "lat": [41.0]})
    make = corridor_map(
        {"features": []},
        lines,
        {"Today": today, "After": after},
        places,
        legend="colour",
        width_legend="width",
        window=Window(np.array([[60.0, 40.0], [70.0, 42.0]])),
    )
    wide, narrow = (make(width).to_dict(validate=False) for width in (WIDE, NARROW))
    assert [m["title"]["text"] for m in wide["hconcat"]] == ["Today", "After"]
    assert [m["title"]["text"] for m in narrow["vconcat"]] == ["Today", "After"], "one above the other"
    drawn = []
    for m in wide["hconcat"]:
        (layer,) = (part for part in m["layer"] if part["mark"].get("strokeCap") == "round")
        (feature,) = wide["datasets"][layer["data"]["name"]]  # the far link is out of the window
        width, colour = layer["encoding"]["strokeWidth"], layer["encoding"]["stroke"]
        assert width["field"] == "properties.traffic"
        assert width["scale"]["domain"] == [0, 40.0], "the most of both states"
        assert colour["scale"]["domain"] == [-25.0, 0.0]
        assert width["title"] == "width"
        assert colour["title"] == "colour"
        drawn.append(feature["properties"])
    assert drawn == [{"traffic": 10.0, "value": 0.0}, {"traffic": 40.0, "value": -25.0}]


def test_the_map_of_the_brief_shows_today_and_after_in_words_too(brief: Brief) -> None:
    (section,) = (s for s in brief.sections if s.id == "corridors")
    (chart,) = (p for p in section.parts if isinstance(p, Chart) and p.key == "traffic")
    for picture in (chart.wide, chart.narrow):
        assert ">Today<" in picture
        assert ">After: " in picture
        assert ">Million tonnes a year<" in picture
    assert "today and after" in chart.alt
    data = brief.tables()["traffic"].data
    gain = data.assign(gain=data["after"] - data["today"]).sort_values("gain").iloc[-1]
    assert f"from {gain['today']:.0f} to {gain['after']:.0f} million tonnes" in chart.title


def test_transit_has_three_columns_with_both_states_and_published_figures_beside(brief: Brief) -> None:
    modelled, beside = (brief.tables()[key] for key in ("transit", "transit_published"))
    assert all(len(row) == 4 for row in (*modelled.rows, *beside.rows))
    kaz = modelled.data[(modelled.data["key"] == "KAZ")].set_index("state")
    row = next(row for row in modelled.rows if row[0] == "Kazakhstan")
    shown = [re.sub("<.*?>", "", str(part)) for part in str(row[1]).split("→")]
    assert [float(part.replace(",", "")) for part in shown] == pytest.approx(
        [kaz.loc["today", "tonnes"] / 1e6, kaz.loc[kaz.index != "today", "tonnes"].iloc[0] / 1e6], rel=0.02
    )
    facts = beside.data.set_index("fact")
    assert facts.loc["kaz-transit", "modelled"] == kaz.loc["today", "tonnes"]
    assert facts.loc["titr-teu", "ratio"] == pytest.approx(facts.loc["titr-teu", "modelled"] / 77_000)
    assert "kaz-transit-china-russia" not in facts.index, "it set a parameter"
