"""Levers and sectors of the reference study: first order against exact, and identities of the tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from serai.atlas import Atlas, reconcile
from serai.axes import Array
from serai.brief.document import Brief, Chart
from serai.draws import Draws, Middle
from serai.equilibrium import Shock, solve
from serai.equilibrium.instruments import applied
from serai.scenario.evaluate import baseline, context, prepare
from serai.scenario.levers import Ground, Levers, exact_pairs, levers_on
from serai.scenario.policy import BorderPolicy, best_border_hours
from serai.scenario.sectors import RAW, SectorWorld, drawn_between, sector_world
from serai.study import Study, read_study

DRAWS = Draws(6, 1)
FIVE = ["KAZ", "KGZ", "TJK", "TKM", "UZB"]


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(None)


@pytest.fixture(scope="module")
def ground(study: Study, atlas: Atlas) -> Ground:
    return Ground.of(study, atlas, DRAWS)


@pytest.fixture(scope="module")
def levers(ground: Ground) -> Levers:
    return levers_on(ground)


@pytest.fixture(scope="module")
def policy(ground: Ground) -> BorderPolicy:
    found = best_border_hours(ground, 24)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def world(atlas: Atlas) -> SectorWorld:
    return sector_world(atlas, DRAWS)


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
def test_the_worth_of_a_percent_is_what_a_small_cut_gives(
    levers: Levers, study: Study, atlas: Atlas, wealth: str
) -> None:
    """KAZ and UZB, both ways, and Japan's capital in KAZ: a thousandth of the cost, solved exactly."""
    tables = reconcile(atlas, DRAWS)
    seen = context(prepare(study, atlas, DRAWS), DRAWS, tables)
    drawn = baseline(tables, seen.inputs)
    draw = 2
    one = type(drawn).from_flows(
        drawn.trade[draw],
        drawn.economies,
        trade_elasticity=drawn.trade_elasticity[draw],
        capital_elasticity=drawn.capital_elasticity[draw],
        capital_share=drawn.capital_share,
        value_added_share=drawn.value_added_share[draw]
        if drawn.value_added_share.ndim == 2
        else drawn.value_added_share,
        holdings=drawn.holdings[draw] if drawn.holdings.ndim == 3 else drawn.holdings,
    )
    absorbed = one.expenditure - (1 - one.value_added_share) * one.output
    region = one.economies.indices(FIVE)
    a, b, owner = one.economies.index("KAZ"), one.economies.index("UZB"), one.economies.index("JPN")
    step = 1e-4

    def gain(shock: Shock) -> float:
        result = solve(one, shock, wealth=wealth)  # type: ignore[call-overload]
        return float((np.log(result.real_income) * absorbed)[region].sum()) / step / 100

    cost = np.ones_like(one.trade)
    cost[a, b] = cost[b, a] = np.exp(-step)
    assert levers.pair(wealth, "KAZ", "UZB")[draw] == pytest.approx(gain(Shock(trade_cost=cost)), rel=1e-3)
    opened = np.ones_like(one.trade)
    opened[owner, a] = np.exp(step)
    exact = gain(Shock(openness=opened))
    assert levers.opening(wealth, "JPN", "KAZ")[draw] == pytest.approx(exact, rel=2e-3)


def test_pairs_solved_are_a_little_more_than_by_slopes(ground: Ground, levers: Levers) -> None:
    """A percent is small, and cheaper trade grows: exact lies above first order by a few percent."""
    pairs = [("KAZ", "CHN"), ("UZB", "KAZ")]
    exact = exact_pairs(ground, pairs)
    for wealth in ("fixed", "steady"):
        for pair in pairs:
            ratio = exact[wealth][pair] / levers.pair(wealth, *pair)
            assert (ratio > 1).all()
            assert (ratio < 1.05).all()


def test_the_best_border_hours_spend_the_budget_where_hours_are_worth_most(policy: BorderPolicy) -> None:
    assert policy.hours_off.sum() == pytest.approx(24)
    assert (policy.hours_off >= 0).all()
    assert (policy.hours_off <= policy.hours_today + 1e-9).all()
    taken = policy.hours_off > 0
    whole = policy.hours_off > policy.hours_today - 1e-9
    assert policy.first_order_usd_m[taken].min() > policy.first_order_usd_m[~taken & ~whole].max()
    assert abs(policy.policy.gap) < 1e-6
    assert policy.policy.gain > policy.policy.first_order
    assert (policy.gain["fixed"] > policy.first_order_gain).all()
    assert (policy.chosen[whole] > 0.5).all()
    assert policy.policy.shadow_price < policy.first_order_usd_m[taken].min() * 1.2


def test_no_other_share_of_the_hours_is_worth_more(
    ground: Ground, policy: BorderPolicy, atlas: Atlas
) -> None:
    """An hour moved from a border of the programme to any other loses, solved exactly."""
    middle = Ground.under(ground.job, Middle(1, 1), reconcile(atlas))
    base = replace(
        middle.base,
        trade_elasticity=middle.base.trade_elasticity[0],
        capital_elasticity=middle.base.capital_elasticity[0],
    )

    def worth(amounts: Array) -> float:
        result = solve(base, applied(policy.policy.instruments, amounts))
        return float(middle.weights[0] @ np.log(result.real_income))

    best = worth(policy.hours_off)
    assert best == pytest.approx(policy.policy.gain, rel=1e-9)
    for giver in np.flatnonzero(policy.hours_off > 0):
        for taker in np.flatnonzero(policy.hours_off < policy.hours_today - 1):
            if taker != giver:
                moved = policy.hours_off.copy()
                moved[giver], moved[taker] = moved[giver] - 1, moved[taker] + 1
                assert worth(moved) < best
    more = best_border_hours(ground, 25)
    assert more is not None
    assert more.policy.gain - best == pytest.approx(policy.policy.shadow_price, rel=0.02)


def test_the_brief_says_where_border_hours_are_best_spent(brief: Brief) -> None:
    table = brief.tables()["border_policy"]
    assert table.data["hours_off"].sum() == pytest.approx(24)
    assert "24 hours off borders" in str(table.title)
    assert brief.desk.numbers["levers/border_policy/fixed"].estimate > 0


def test_first_order_falls_short_of_exact_for_cheaper_trade(brief: Brief) -> None:
    numbers = brief.desk.numbers
    for scenario in ("open_borders", "unified_fta"):
        first = numbers[f"levers/scenario/{scenario}/fixed/first_order"]
        exact = numbers[f"ladder/{scenario}/fixed/region/gain"]
        assert exact.estimate / 3 < first.estimate < exact.estimate * 1.02


def test_tables_of_sectors_agree_with_each_other(atlas: Atlas) -> None:
    sectors = set(atlas.table("sectors")["sector"])
    trade, inputs = atlas.table("sector_trade"), atlas.table("sector_inputs")
    assert set(trade["sector"]) == sectors == set(inputs["output"])
    materials = inputs[inputs["input"] != "value_added"]
    np.testing.assert_allclose(materials.groupby("output")["share"].sum(), 1, atol=1e-5)
    home = trade[trade["exporter"] == trade["importer"]]
    assert (home["tariff"] == 0).all()
    imputed = set(trade.loc[trade["basis"] == "imputed", "exporter"])
    assert set(FIVE) - {"KAZ"} <= imputed
    assert (trade.loc[trade["exporter"].isin(["KGZ", "TJK", "TKM", "UZB"]), "basis"] == "imputed").all()


def test_trade_of_the_four_adds_up_to_their_totals(atlas: Atlas) -> None:
    """Sectors of UZB's sales to Japan add up to goods without gold, and services, of the table of trade."""
    flows = atlas.table("trade").query("exporter == 'UZB' and importer == 'JPN'").set_index("flow")
    goods = flows.loc["goods", "value_usd_m"] - flows["value_usd_m"].get("gold", 0)
    sold = atlas.table("sector_trade").query("exporter == 'UZB' and importer == 'JPN'")
    made = sold[sold["sector"] != "SERV"]["value_usd_m"].sum()
    assert made == pytest.approx(goods, rel=1e-5)


def test_the_sectoral_base_year_is_consistent_and_says_what_it_moved(world: SectorWorld) -> None:
    assert 0 < world.moved < 0.05
    for base in world.bases.values():
        np.testing.assert_allclose(solve(base).real_income, 1, atol=1e-9)
        np.testing.assert_array_equal(base.flows, world.base.flows)
    assert len(world.bases) == 8
    np.testing.assert_allclose(world.base.deficit, world.observed.deficit, atol=1)


def test_elasticities_are_drawn_between_the_published_sets(atlas: Atlas, world: SectorWorld) -> None:
    sets = np.array([base.theta for base in world.bases.values()])
    drawn = drawn_between(sets, Draws(20_000, 3))
    np.testing.assert_allclose(drawn.min(axis=0), sets.min(axis=0), rtol=0.02)
    np.testing.assert_allclose(drawn.max(axis=0), sets.max(axis=0), rtol=0.02)
    assert (drawn >= sets.min(axis=0) - 1e-12).all()
    assert (drawn <= sets.max(axis=0) + 1e-12).all()
    middle = np.log(sets).mean(axis=0)  # every set has the same weight
    np.testing.assert_allclose(np.log(drawn).mean(axis=0), middle, atol=0.02)
    spread = np.log(sets).std(axis=0) * np.sqrt(2 / 3)  # E[(1-u)^2 + u^2] = 2/3
    np.testing.assert_allclose(np.log(drawn).std(axis=0), spread, rtol=0.05)
    np.testing.assert_array_equal(world.theta, drawn_between(sets, DRAWS))
    np.testing.assert_array_equal(sector_world(atlas, Draws(2, 1)).theta, world.theta[:2])


def test_a_draw_is_what_its_flows_and_elasticities_give(world: SectorWorld) -> None:
    cost = np.ones_like(world.base.flows)
    cost[world.sectors.indices(RAW), world.economies.index("RUS"), world.economies.index("JPN")] = 0.9
    found = world.changed(["RUS"], "JPN", 0.9)
    alone = solve(world.draw(4), Shock(trade_cost=cost)).real_income - 1
    np.testing.assert_allclose(found[4], alone, atol=1e-10)


def test_losing_a_larger_source_costs_more_and_losing_all_costs_most(world: SectorWorld) -> None:
    place = world.economies.index("JPN")
    small, large = (world.cut([code], "JPN")[:, place] for code in ("RUS", "GULF"))
    both = world.cut(["RUS", "GULF"], "JPN")[:, place]
    assert (small < 0).all()
    assert (large < small).all()
    assert (both < large).all()


def test_a_cheaper_region_gains_and_its_buyer_too(world: SectorWorld) -> None:
    found = world.changed(["KAZ"], "JPN", 0.9)
    assert (found[:, world.economies.index("KAZ")] > 0).all()
    assert (found[:, world.economies.index("JPN")] > 0).all()


def test_slopes_by_sector_are_those_of_a_small_cut(world: SectorWorld) -> None:
    slopes = world.slopes("KAZ", "KAZ", "JPN")
    sector = world.sectors.index("C24B")
    moved = world.changed(["KAZ"], "JPN", 1 - 1e-4, ["C24B"])[:, world.economies.index("KAZ")]
    np.testing.assert_allclose(slopes[:, sector], moved * 1e4, rtol=1e-2)


def test_imports_leave_out_what_is_bought_at_home(world: SectorWorld) -> None:
    table = world.imports("JPN")
    assert table.shape == (len(RAW), len(world.economies))
    assert (table[:, world.economies.index("JPN")] == 0).all()
    assert table[RAW.index("B06"), world.economies.index("GULF")] > 50_000


def test_the_brief_says_what_the_tables_cannot_show(brief: Brief) -> None:
    section = next(s for s in brief.sections if s.id == "supply")
    chart = next(part for part in section.parts if isinstance(part, Chart))
    assert "rare-earth" in str(chart.note)
    assert {
        "supply_cuts",
        "supply_drivers",
        "supply_sources",
        "supply_new_source",
        "sectors_kaz",
        "sectors_jpn",
    } <= set(brief.tables())


def test_shares_of_sellers_in_the_brief_add_up(brief: Brief, world: SectorWorld) -> None:
    table = world.imports("JPN")
    number = brief.desk.numbers["supply/JPN/GULF/share"]
    place = world.economies.index("GULF")
    assert number.estimate == pytest.approx(table[:, place].sum() / table.sum())
    assert brief.desk.numbers["supply/JPN/region/share"].basis == "imputed"


def test_the_brief_says_how_much_of_the_doubt_comes_from_flows(brief: Brief) -> None:
    table = brief.tables()["supply_drivers"]
    by_seller = table.data.groupby("seller")["share"].sum()
    np.testing.assert_allclose(by_seller, 1)
    gulf = table.data.query("seller == 'GULF' and name == 'sector_flows'")["share"].iloc[0]
    assert gulf == brief.desk.numbers["supply/JPN/GULF/drivers/sector_flows"].estimate > 0


def test_the_brief_shows_intervals_over_draws_and_what_moved(brief: Brief, world: SectorWorld) -> None:
    number = brief.desk.numbers["supply/JPN/GULF/cut"]
    theta = brief.desk.results.draws
    values = sector_world(brief.desk.atlas, theta).cut(["GULF"], "JPN")[:, world.economies.index("JPN")]
    assert number.low == pytest.approx(np.quantile(values, 0.05))
    assert number.estimate == pytest.approx(np.median(values))
    assert brief.desk.numbers["supply/moved"].estimate == pytest.approx(world.moved)
    assert "moved" in str(brief.tables()["supply_sources"].note)
