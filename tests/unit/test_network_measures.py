"""Measures on the corridor network: which edges each acts on, and by how much."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from serai.atlas import Atlas, reconcile
from serai.atlas.network import load_network
from serai.draws import Draws
from serai.errors import InputError
from serai.records.scenario import BorderHours, Customs, Effect, FreeZone, Gauge, Hub, Link, Port
from serai.scenario.context import Context
from serai.scenario.evaluate import check_names, context, prepare
from serai.scenario.freight import cargo_shares, study_transport
from serai.scenario.measures import changes, shock
from serai.study import Study, read_study

DRAWS = Draws(2, seed=3)
FIVE = ("KAZ", "KGZ", "TJK", "TKM", "UZB")
HALF = Effect(value=0.5, unit="share", source="assumed")


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study()


@pytest.fixture(scope="module")
def seen(study: Study, atlas: Atlas) -> Context:
    return context(prepare(study, atlas, DRAWS), DRAWS, reconcile(atlas, DRAWS))


def made(kind: type, **fields: Any) -> Any:
    words = {"name": "a measure", "feasibility": "possible", **fields}
    return kind(kind=kind.model_fields["kind"].annotation.__args__[0], **words)


def left(seen: Context, *measures: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """What is left of hours and of money in the first draw."""
    edges = changes([(f"m{n}", m) for n, m in enumerate(measures)], seen).edges
    return edges.hours[0], edges.usd[0]


def names(seen: Context, where: np.ndarray[Any, Any]) -> set[str]:
    return {seen.way.transport.network.graph.names[e] for e in np.flatnonzero(where)}


def test_border_hours_act_on_all_posts_between_two_sets(seen: Context) -> None:
    hours, usd = left(seen, made(BorderHours, between=("KAZ",), also=("CHN",), cut=HALF))
    network = seen.way.transport.network
    sides = [
        set(network.crossings[c].split("/")[1].split(">")) if c >= 0 else set() for c in network.crossing
    ]
    expected = np.array([side == {"KAZ", "CHN"} for side in sides])
    assert expected.sum() >= 4
    np.testing.assert_array_equal(hours, np.where(expected, 0.5, 1))
    np.testing.assert_array_equal(usd, hours)


def test_one_crossing_in_one_direction(seen: Context) -> None:
    words = {"between": ("KAZ",), "also": ("CHN",), "cut": HALF}
    hours, _ = left(seen, made(BorderHours, **words, crossings=("altynkol-rail/CHN>KAZ",)))
    (name,) = names(seen, hours < 1)
    assert name.startswith("altynkol-rail/CHN>KAZ")
    both, _ = left(seen, made(BorderHours, **words, crossings=("altynkol-rail",)))
    assert (both < 1).sum() == 2


def test_customs_saves_hours_everywhere_and_no_money(seen: Context) -> None:
    hours, usd = left(seen, made(Customs, economies=("KGZ",), cut=HALF))
    touched = names(seen, hours < 1)
    assert all("KGZ" in name.split(" on ")[0] for name in touched)
    assert len(touched) >= 8
    assert (usd == 1).all()


def test_hub_gauge_and_port_act_on_their_own_kind_of_edge(seen: Context) -> None:
    network = seen.way.transport.network
    hub, _ = left(seen, made(Hub, places=("ALT", "AKT_P"), cut=HALF))
    gauge, _ = left(seen, made(Gauge, places=("ALT", "DOS"), cut=HALF))
    port, money = left(seen, made(Port, places=("AKT_P",), cut=HALF))
    assert set(network.kind[hub < 1]) <= {"transfer", "gauge"}
    assert set(network.place[hub < 1]) == {"ALT", "AKT_P"}
    assert set(network.kind[gauge < 1]) <= {"gauge"}
    assert set(network.place[port < 1]) == {"AKT_P"}
    quay = names(seen, port < 1)
    assert quay
    assert all("ferry" in name or "sea" in name for name in quay)
    assert (hub[port < 1] < 1).all()
    np.testing.assert_array_equal(money, port)


def test_a_gauge_measure_finds_the_change_of_gauge(seen: Context) -> None:
    network = seen.way.transport.network
    place = str(network.place[network.kind == "gauge"][0])
    gauge, _ = left(seen, made(Gauge, places=(place,), cut=HALF))
    assert set(network.kind[gauge < 1]) == {"gauge"}


def test_a_faster_link_loses_hours_of_its_hauls_alone(seen: Context) -> None:
    hours, usd = left(seen, made(Link, faster=("rail:ALT-ALA",), cut=HALF))
    assert names(seen, hours < 1) == {"rail:ALT-ALA/ALT>ALA", "rail:ALT-ALA/ALA>ALT"}
    assert (usd == 1).all()


def test_measures_of_one_edge_multiply(seen: Context) -> None:
    both = made(BorderHours, between=("KAZ",), also=("CHN",), cut=HALF)
    hours, _ = left(seen, both, both, made(Customs, economies=("CHN",), cut=HALF))
    assert hours.min() == 0.125


def test_a_planned_railway_opens_and_makes_trade_cheaper(study: Study, atlas: Atlas) -> None:
    """The routes over the railway are found when a scenario opens it."""
    railway = made(Link, opens=("cku",))
    step = study.scenario("facilitation").model_copy(update={"measure": (railway,)})
    other = replace(study, scenarios=tuple(step if s.id == step.id else s for s in study.scenarios))
    check_names(other, atlas)
    seen = context(prepare(other, atlas, DRAWS), DRAWS, reconcile(atlas, DRAWS))
    change = shock([("m", railway)], seen).trade_cost
    assert change is not None
    cheaper = {
        pair: change[0][tuple(atlas.economies.indices(pair))] for pair in (("CHN", "UZB"), ("CHN", "KGZ"))
    }
    assert all(cost < 1 for cost in cheaper.values())
    assert (change <= 1 + 1e-12).all(), "a new way makes nothing dearer"
    assert change[0][tuple(atlas.economies.indices(["JPN", "USA"]))] == 1


def test_faster_borders_between_the_five_cost_nobody(seen: Context, atlas: Atlas) -> None:
    cost = shock([("m", made(BorderHours, between=("region",), cut=HALF))], seen).trade_cost
    assert cost is not None
    assert (cost <= 1 + 1e-12).all()
    at = atlas.economies.indices
    within = cost[0][np.ix_(at(FIVE), at(FIVE))]
    assert (within[~np.eye(5, dtype=bool)] < 1).all()
    assert cost[0][tuple(at(["KGZ", "RUS"]))] < 1, "Kyrgyzstan's way to Russia leads through Kazakhstan"
    np.testing.assert_array_equal(np.diagonal(cost[0]), 1)


def test_a_free_zone_frees_its_share_of_the_borders_on_the_way(seen: Context, atlas: Atlas) -> None:
    zone = made(FreeZone, hosts=("UZB",), partners=("KAZ",), share=HALF)
    everything = made(BorderHours, between=("world",), cut=Effect(value=1, unit="share", source="assumed"))
    at = tuple(atlas.economies.indices(["UZB", "KAZ"]))
    theta = seen.inputs.sample("trade_elasticity")[0]
    zoned, free = (shock([(f"{m.kind} of all", m)], seen).trade_cost for m in (zone, everything))
    assert zoned is not None
    assert free is not None
    flows = [table[0][at] ** -theta for table in (zoned, free)]
    assert flows[0] - 1 == pytest.approx(0.5 * (flows[1] - 1), rel=1e-9)


def test_class_shares_are_those_of_the_table_of_sectors(study: Study, atlas: Atlas) -> None:
    transport = study_transport(study, atlas)
    shares = cargo_shares(atlas, load_network(), transport.cargo)
    trade = atlas.table("sector_trade")
    pair = trade[(trade["exporter"] == "KAZ") & (trade["importer"] == "CHN")].set_index("sector")[
        "value_usd_m"
    ]
    goods = pair.drop("SERV").sum()
    kaz, chn, deu, fra = atlas.economies.indices(["KAZ", "CHN", "DEU", "FRA"])
    for c, kind in enumerate(transport.cargo):
        expected = pair.reindex(list(kind.sectors)).fillna(0).sum() / goods
        assert shares[c, kaz, chn] == pytest.approx(expected, rel=1e-9)
    assert (shares.sum(axis=0) <= 1 + 1e-9).all()
    assert shares[:, kaz, chn].sum() < 0.95, "oil and gas do not travel on the network"
    assert shares[:, deu, fra].sum() > 0.8, "inside a bloc its members' exports stand in"


def test_names_that_are_not_on_the_network_are_refused_with_the_nearest(study: Study, atlas: Atlas) -> None:
    step = study.scenario("facilitation")
    wrong = (
        made(Hub, places=("AKT",), cut=HALF),
        made(Link, opens=("ckuu",)),
        made(BorderHours, between=("KAZ",), crossings=("altynkol-rial",), cut=HALF),
    )
    other = replace(study, scenarios=(step.model_copy(update={"measure": wrong}), *study.scenarios[2:]))
    with pytest.raises(InputError) as caught:
        check_names(other, atlas)
    found = {problem.field: problem.remedy for problem in caught.value.problems}
    assert found["measure.2.opens"] == "Did you mean cku?"
    assert found["measure.3.crossings"] == "Did you mean altynkol-rail?"
    assert "measure.1.places" in found


def test_a_measure_that_acts_on_nothing_is_refused(study: Study, atlas: Atlas) -> None:
    step = study.scenarios[1]
    idle = (
        made(BorderHours, between=("KGZ",), also=("TKM",), cut=HALF),  # they share no border
        made(BorderHours, between=("KAZ", "KGZ"), crossings=("dostyk-rail",), cut=HALF),  # it leads to China
        made(Customs, economies=("JPN",), cut=HALF),  # an island has no border post
        made(BorderHours, between=("KAZ",), also=("KGZ",), cut=HALF),
    )
    other = replace(study, scenarios=(step.model_copy(update={"measure": idle}), *study.scenarios[2:]))
    with pytest.raises(InputError, match="acts on nothing") as caught:
        check_names(other, atlas)
    assert [problem.field for problem in caught.value.problems] == ["measure.1", "measure.2", "measure.3"]
    assert {problem.file for problem in caught.value.problems} == {f"scenarios: {step.id}"}


def test_a_link_measure_says_what_it_does() -> None:
    with pytest.raises(ValueError, match="name links or projects"):
        made(Link)
    with pytest.raises(ValueError, match="`faster` and `cut` come together"):
        made(Link, faster=("rail:ALT-ALA",))
