"""Drawn flows by sector: between the sources, inside the ranges, and every world adds up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from equilibrium_worlds import sector_flows
from serai.atlas import Atlas
from serai.axes import Array
from serai.draws import Draws
from serai.equilibrium import MultiSectorBaseline, multisector, settled, solve, solve_draws
from serai.errors import InputError, SolveError
from serai.scenario import sector_flows as steps
from serai.scenario.sector_flows import REST, SERVICES, drawn_flows, table
from serai.scenario.sectors import SectorWorld, final_shares, sector_world

DRAWS = Draws(12, 3)
SPLIT = ["KGZ", "TJK", "TKM", "UZB"]


@pytest.fixture(scope="module")
def world(atlas: Atlas) -> SectorWorld:
    return sector_world(atlas, DRAWS)


@pytest.fixture(scope="module")
def flows(atlas: Atlas, world: SectorWorld) -> Array:
    return drawn_flows(atlas, world.observed, DRAWS)


def _columns(atlas: Atlas, world: SectorWorld) -> tuple[Array, Array, Array]:
    low, high, other = (
        table(atlas, world.sectors, world.economies, name) for name in ("low", "high", "other_value")
    )
    return low, high, other / atlas.parameter("icio_goods_level").value


def test_the_second_source_is_bacis_total_of_the_pair(atlas: Atlas) -> None:
    trade = atlas.table("trade").query("exporter == 'RUS' and importer == 'JPN'").set_index("flow")
    total = trade.loc["goods", "value_usd_m"] - trade["value_usd_m"].get("gold", 0)
    rows = atlas.table("sector_trade").query("exporter == 'RUS' and importer == 'JPN' and sector != 'SERV'")
    assert rows["other_value"].sum() == pytest.approx(total, rel=1e-5)
    assert (rows["other_source"] == "baci").all()
    ratio = rows["other_value"] / rows["value_usd_m"]
    np.testing.assert_allclose(ratio, ratio.iloc[0], rtol=1e-4)


def test_imputed_cells_have_a_range_and_reported_goods_a_second_source(atlas: Atlas) -> None:
    rows = atlas.table("sector_trade")
    imputed = rows["basis"] == "imputed"
    assert rows.loc[imputed, ["low", "high"]].notna().all().all()
    assert rows.loc[~imputed, ["low", "high"]].isna().all().all()
    cells = rows[imputed]
    assert (cells["low"] <= cells["value_usd_m"] * (1 + 1e-6)).all()
    assert (cells["high"] >= cells["value_usd_m"] * (1 - 1e-6)).all()
    goods = ~imputed & (rows["sector"] != "SERV") & (rows["exporter"] != rows["importer"])
    assert rows.loc[goods, "other_value"].notna().mean() > 0.99
    assert rows.loc[~goods, "other_value"].isna().all()


def test_reported_goods_lie_between_the_sources_and_a_pair_moves_together(
    atlas: Atlas, world: SectorWorld
) -> None:
    observed, (_, _, other) = world.observed.flows, _columns(atlas, world)
    drawn = steps._mixed(atlas, DRAWS, observed, other)
    i, n = world.economies.index("RUS"), world.economies.index("JPN")
    goods = (observed[:, i, n] > 0) & np.isfinite(other[:, i, n])
    gap = np.log(other[goods, i, n] / observed[goods, i, n])
    weight = np.log(drawn[:, goods, i, n] / observed[goods, i, n]) / gap
    assert (weight > 0).all()
    assert (weight < 1).all()
    np.testing.assert_allclose(weight, np.broadcast_to(weight[:, :1], weight.shape), rtol=1e-9)
    assert np.ptp(weight[:, 0]) > 0.1
    other_pair = np.log(drawn[:, goods, n, i] / observed[goods, n, i])
    assert abs(np.corrcoef(weight[:, 0], other_pair[:, 0])[0, 1]) < 0.9
    np.testing.assert_array_equal(
        drawn[:, ~np.isfinite(other)], np.stack([observed[~np.isfinite(other)]] * 12)
    )


def test_the_second_source_is_brought_to_the_level_of_the_first(
    atlas: Atlas, world: SectorWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BACI counts at the border, ICIO at basic prices and net of re-exports: their levels differ."""
    seen: list[Array] = []

    def caught(_: Atlas, draws: Draws, flows: Array, other: Array) -> Array:
        seen.append(other)
        return np.repeat(flows[np.newaxis], draws.count, axis=0)

    monkeypatch.setattr(steps, "_mixed", caught)
    drawn_flows(atlas, world.observed, DRAWS.part(0, 1))
    raw = table(atlas, world.sectors, world.economies, "other_value")
    np.testing.assert_allclose(seen[0] * atlas.parameter("icio_goods_level").value, raw)


def test_two_sources_far_apart_count_as_far_as_the_cap(atlas: Atlas, world: SectorWorld) -> None:
    observed = world.observed.flows
    drawn = steps._mixed(atlas, DRAWS, observed, np.where(observed > 0, observed * 1e6, np.nan))
    cap = atlas.parameter("source_gap_cap").value
    ratio = drawn[:, observed > 0] / observed[observed > 0]
    assert 1 < ratio.max() < cap


def test_the_split_is_drawn_and_known_totals_stay(atlas: Atlas, world: SectorWorld) -> None:
    low, high, _ = _columns(atlas, world)
    imputed, observed = np.isfinite(low), np.repeat(world.observed.flows[np.newaxis], 12, axis=0)
    drawn = steps._split(DRAWS, observed, world.sectors, imputed, low, high)
    np.testing.assert_array_equal(drawn[:, ~imputed], observed[:, ~imputed])
    i, n, s = world.economies.index("UZB"), world.economies.index("CHN"), world.sectors.index(SERVICES)
    goods = np.arange(len(world.sectors)) != s
    np.testing.assert_allclose(
        drawn[:, goods, i, n].sum(axis=1), observed[:, goods, i, n].sum(axis=1), rtol=1e-9
    )
    np.testing.assert_allclose(drawn[..., i, i].sum(axis=1), observed[..., i, i].sum(axis=1), rtol=1e-9)
    assert np.ptp(np.log(drawn[:, world.sectors.index("B06"), i, n])) > 1
    assert np.ptp(drawn[:, s, i, n]) > 0


def test_with_the_rest_of_the_world_the_sums_by_sector_and_partner_stay(
    atlas: Atlas, world: SectorWorld
) -> None:
    low, high, _ = _columns(atlas, world)
    imputed, observed = np.isfinite(low), np.repeat(world.observed.flows[np.newaxis], 12, axis=0)
    drawn = steps._split(DRAWS, observed, world.sectors, imputed, low, high)
    held = steps._held_to_the_rest(drawn, observed, imputed, world.economies)
    inside = world.economies.indices([*SPLIT, REST])
    partner = world.economies.index("JPN")
    sold, bought = observed[:, :, inside, partner], observed[:, :, partner, inside]
    np.testing.assert_allclose(held[:, :, inside, partner].sum(axis=2), sold.sum(axis=2), rtol=1e-9)
    np.testing.assert_allclose(held[:, :, partner, inside].sum(axis=2), bought.sum(axis=2), rtol=1e-9)
    other = world.economies.index("CHN")
    np.testing.assert_array_equal(held[:, :, other, partner], drawn[:, :, other, partner])


def test_every_drawn_world_keeps_the_observed_balances_and_adds_up(world: SectorWorld, flows: Array) -> None:
    observed = world.observed.flows.sum(axis=0)
    balance = observed.sum(axis=1) - observed.sum(axis=0)
    total = flows.sum(axis=1)
    np.testing.assert_allclose(total.sum(axis=2) - total.sum(axis=1), np.stack([balance] * 12), atol=1)
    assert ((flows > 0) == (world.observed.flows > 0)).all()
    drawn = world.drawn
    assert drawn.draws == 12
    np.testing.assert_allclose(drawn.deficit, np.stack([world.observed.deficit] * 12), atol=1)
    np.testing.assert_allclose(solve_draws(drawn).real_income, 1, atol=1e-9)
    moved = np.abs(drawn.flows - flows).sum(axis=(1, 2, 3)) / flows.sum(axis=(1, 2, 3)) / 2
    assert (moved < 2 * world.moved).all()


def test_the_cut_of_the_draws_changes_no_world(atlas: Atlas, world: SectorWorld, flows: Array) -> None:
    part = drawn_flows(atlas, world.observed, DRAWS.part(5, 9))
    np.testing.assert_allclose(part, flows[5:9], rtol=1e-9)


def test_shares_of_the_variance_name_flows_and_elasticities(world: SectorWorld) -> None:
    place = world.economies.index("JPN")
    shares = world.drivers(world.cut(["GULF"], "JPN")[:, place], ["GULF"], "JPN")
    assert set(shares) == {"sector_elasticities", "sector_flows", "other"}
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["sector_flows"] > 0
    still = replace(world, drawn=replace(world.base, theta=world.theta))
    alone = still.drivers(still.cut(["GULF"], "JPN")[:, place], ["GULF"], "JPN")
    assert alone["sector_flows"] == 0
    one = replace(world.drawn, theta=np.repeat(world.theta[:1], 12, axis=0))
    fixed = replace(world, drawn=one)
    flows_only = fixed.drivers(fixed.cut(["GULF"], "JPN")[:, place], ["GULF"], "JPN")
    assert flows_only["sector_elasticities"] == 0
    assert flows_only["sector_flows"] > 0.8


def test_shares_of_final_demand_are_what_materials_leave_over_of_purchases_with_tariffs() -> None:
    random = np.random.default_rng(4)
    flows = random.uniform(1, 2, (2, 3, 4, 4)) + 20 * np.eye(4)
    tariff = random.uniform(0, 2, (3, 4, 4)) * (1 - np.eye(4))
    share, added = np.full((3, 3), 1 / 3), np.array([0.7, 0.8, 0.9])
    world = MultiSectorBaseline.from_flows(
        flows,
        theta=4,
        tariff=tariff,
        input_share=np.broadcast_to(share, (4, 3, 3)),
        value_added_share=np.broadcast_to(added, (4, 3)),
    )
    np.testing.assert_allclose(final_shares(flows, tariff, share, added), world.final_share, rtol=1e-9)


@pytest.mark.parametrize("cells", [2**18, 100])
def test_a_base_year_with_draws_is_settled_draw_by_draw(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multisector, "CACHE_CELLS", cells)
    given = sector_flows(4, 3, 2)
    random = np.random.default_rng(0)
    tables = given["flows"] * np.exp(random.normal(0, 0.1, (5, *given["flows"].shape)))
    final = random.uniform(0.5, 1.5, (5, 4, 3))
    final /= final.sum(axis=-1, keepdims=True)
    many = settled(MultiSectorBaseline.from_flows(**(given | {"flows": tables, "final_share": final})))
    for draw in range(5):
        one = MultiSectorBaseline.from_flows(**(given | {"flows": tables[draw], "final_share": final[draw]}))
        np.testing.assert_allclose(many.flows[draw], settled(one).flows, rtol=1e-9)
    assert many.settled
    assert solve(replace(many, flows=many.flows[2], final_share=final[2])).real_income == pytest.approx(1)
    capital = {"holdings": np.eye(4), "capital_share": 0.3, "capital_elasticity": 3}
    with pytest.raises(InputError, match="one world at a time"):
        settled(MultiSectorBaseline.from_flows(**(given | capital | {"flows": tables, "final_share": final})))


def test_a_drawn_world_that_cannot_be_settled_is_named() -> None:
    given = sector_flows(3, 2, 2)
    final = np.full((2, 3, 2), 0.5)
    tables = np.stack([given["flows"]] * 2)
    tables[1, 0, 0, 1:] *= 1e4  # more is sold abroad than the world can pay for
    tables[1, 0, 1:, 0] = 0
    with pytest.raises(SolveError, match="1 of 2 draws; the first: the largest residuals sit in"):
        settled(MultiSectorBaseline.from_flows(**(given | {"flows": tables, "final_share": final})))
