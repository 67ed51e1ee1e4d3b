"""The reconciled world adds up, looks like the world, and says what it moved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from serai.atlas import Atlas, World, load, reconcile, steps
from serai.atlas.load import HERE
from serai.draws import Draws, variance_shares
from serai.errors import InputError

FIVE = ("KAZ", "KGZ", "TJK", "TKM", "UZB")


@pytest.fixture(scope="module")
def world(atlas: Atlas) -> World:
    return reconcile(atlas)


@pytest.fixture(scope="module")
def drawn(atlas: Atlas) -> World:
    return reconcile(atlas, Draws(120, seed=7))


def at(world: World, code: str) -> int:
    return world.economies.index(code)


def changed(folder: Path, table: str, edits: dict[str, dict[str, str]]) -> Atlas:
    """The packaged table with some fields of some rows changed."""
    rows = (HERE / "tables" / f"{table}.csv").read_text(encoding="utf-8").splitlines()
    header = rows[0].split(",")
    for start, fields in edits.items():
        place = next(i for i, row in enumerate(rows) if row.startswith(start))
        cells = rows[place].split(",")
        for field, value in fields.items():
            cells[header.index(field)] = value
        rows[place] = ",".join(cells)
    path = folder / f"{table}.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return load({table: path})


def test_nothing_is_negative_and_everyone_buys_at_home(world: World, drawn: World) -> None:
    for one in (world, drawn):
        assert np.isfinite(one.trade).all()
        assert (one.trade >= 0).all()
        assert (one.holdings >= 0).all()
        assert (np.diagonal(one.trade, axis1=-2, axis2=-1) > 0).all()
        assert (np.diagonal(one.holdings, axis1=-2, axis2=-1) > 0).all()
        assert (one.value_added_share > 0.1).all()
        assert (one.value_added_share < 1).all()


def test_gdp_is_value_added_in_output(world: World, drawn: World) -> None:
    for one in (world, drawn):
        output = one.trade.sum(axis=-1)
        assert np.allclose(one.value_added_share * output, one.gdp, rtol=1e-12)


def test_each_current_account_is_trade_gold_capital_income_and_transfers(world: World, drawn: World) -> None:
    for one in (world, drawn):
        flows = one.trade * (1 - np.eye(76))
        balance = flows.sum(axis=-1) - flows.sum(axis=-2)
        shares = one.holdings / one.holdings.sum(axis=-2, keepdims=True)
        income = shares * (one.capital_share * one.gdp)
        net_income = income.sum(axis=-1) - income.sum(axis=-2)
        account = balance + one.net_gold + net_income + one.net_transfers
        assert np.abs((account - one.current_account) / one.gdp).max() < 1e-8
        assert np.abs(one.current_account.sum(axis=-1)).max() < 1e-3


def test_the_deficit_is_the_one_the_equilibrium_takes(world: World) -> None:
    """E - I - (1 - gamma) Y equals transfers and gold received less the current account."""
    spending, output = world.trade.sum(axis=0), world.trade.sum(axis=1)
    shares = world.holdings / world.holdings.sum(axis=0)
    income = (1 - world.capital_share) * world.gdp + (shares * (world.capital_share * world.gdp)).sum(axis=1)
    deficit = spending - income - (1 - world.value_added_share) * output
    assert np.allclose(deficit, world.deficit, atol=1e-6 * world.gdp.min())
    expected = world.net_transfers + world.net_gold - world.current_account
    assert np.allclose(deficit / world.gdp, expected / world.gdp, atol=1e-8)


def test_the_current_account_moved_only_by_the_world_discrepancy(atlas: Atlas, world: World) -> None:
    reported = atlas.figure("current_account")
    gap = np.abs(world.current_account / world.gdp - reported)
    assert gap.max() < 0.03  # Luxembourg trades four times its GDP
    for code in FIVE:
        assert gap[at(world, code)] < 0.01


def test_gross_national_income_is_near_the_published_ratios(world: World) -> None:
    """World Bank, GNI over GDP about 2021-2023, from memory, hence the wide margin."""
    published = {"KAZ": 0.90, "JPN": 1.055, "CHN": 0.99, "RUS": 0.98, "USA": 1.01, "IRL": 0.74, "DEU": 1.03}
    for code, ratio in published.items():
        assert world.gni[at(world, code)] / world.gdp[at(world, code)] == pytest.approx(ratio, abs=0.05), code


def test_conduits_end_up_with_plausible_income(atlas: Atlas, world: World) -> None:
    conduits = world.economies.indices(atlas.group("conduit"))
    ratio = (world.gni / world.gdp)[conduits]
    assert ratio.min() > 0.5  # Malta, whose liabilities no outward stock explains
    assert ratio.max() < 1.15


def test_home_shares_are_near_those_of_the_input_output_tables(atlas: Atlas, world: World) -> None:
    """Home shares of ICIO 2022."""
    icio = {"KAZ": 0.815, "JPN": 0.870, "CHN": 0.938, "RUS": 0.911, "USA": 0.922, "DEU": 0.793}
    for code, share in icio.items():
        assert world.home_share[at(world, code)] == pytest.approx(share, abs=0.06), code
    for code in FIVE:
        assert 0.5 < world.home_share[at(world, code)] < 0.9
    domestic = np.diagonal(atlas.matrix("trade", "domestic"))
    known = np.isfinite(domestic)
    assert np.allclose(np.diagonal(world.trade)[known], domestic[known])


def test_kyrgyzstan_keeps_what_it_can_absorb(atlas: Atlas, world: World) -> None:
    kgz, rus, chn = (at(world, code) for code in ("KGZ", "RUS", "CHN"))
    recorded = np.nansum(atlas.matrix("trade", "goods")[:, kgz])
    assert recorded > 2 * world.gdp[kgz]
    imports = world.foreign_trade[:, kgz].sum()
    assert 0.6 < imports / world.gdp[kgz] < 1.0
    step = next(step for step in world.steps if step.name == "re-exports of KGZ")
    assert 15_000 < step.moved_usd_m["KGZ"] < 22_000
    assert step.moved_usd_m["CHN"] > step.moved_usd_m["RUS"] > 8_000
    assert world.trade[chn, rus] > np.nan_to_num(atlas.matrix("trade", "goods")[chn, rus])


def test_the_five_trade_with_each_other_as_recorded(atlas: Atlas, world: World) -> None:
    five = world.economies.indices(FIVE)
    recorded = sum(np.nan_to_num(atlas.matrix("trade", flow)) for flow in ("goods", "services"))
    block = np.ix_(five, five)
    inside = world.foreign_trade[block].sum()
    assert inside == pytest.approx(recorded[block].sum() - np.trace(recorded[block]), rel=0.15)
    share = inside / (world.foreign_trade[five].sum() + world.foreign_trade[:, five].sum() - inside)
    assert 0.03 < share < 0.06


def test_gold_leaves_trade_and_stays_in_the_balance(atlas: Atlas, world: World) -> None:
    uzb, che = at(world, "UZB"), at(world, "CHE")
    gold = atlas.matrix("trade", "gold")[uzb]
    assert world.net_gold[uzb] == pytest.approx(np.nansum(gold))
    assert world.net_gold[che] < -9_000 * 0.95
    assert world.net_gold.sum() == pytest.approx(0, abs=1e-6)
    services = atlas.matrix("trade", "services")[uzb, che]
    assert world.trade[uzb, che] < 0.15 * atlas.matrix("trade", "goods")[uzb, che] + services


def test_every_step_says_what_it_moved(atlas: Atlas, world: World) -> None:
    names = [step.name for step in world.steps]
    assert names == [
        "conduits", "capital abroad", "holdings", "gold out", "re-exports of KGZ", "re-exports of HKG",
        "world discrepancy", "balances", "domestic sales",
    ]  # fmt: skip
    for step in world.steps:
        assert step.reason
        assert sum(step.moved_usd_m.values()) == pytest.approx(step.total_usd_m)
        assert list(step.moved_usd_m.values()) == sorted(step.moved_usd_m.values(), reverse=True)
        for key in step.keys:
            assert atlas.row(key)["key"] == key


def test_trade_of_one_economy_is_scaled_by_one_factor(atlas: Atlas, world: World) -> None:
    """Trade of two economies that no earlier step touches keeps all ratios but one factor each."""
    raw = atlas.matrix("trade", "goods") + np.nan_to_num(atlas.matrix("trade", "services"))
    names = ("BRA", "CAN", "MEX", "NZL")
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = world.trade / raw
    a, b, c, d = (at(world, name) for name in names)
    assert factor[a, b] * factor[b, c] * factor[c, a] == pytest.approx(1)
    assert factor[a, d] * factor[d, a] == pytest.approx(1)


def test_draws_do_not_depend_on_the_cut(atlas: Atlas, drawn: World) -> None:
    part = reconcile(atlas, Draws(120, seed=7).part(40, 103))
    for name in ("trade", "holdings", "value_added_share", "current_account", "net_gold", "net_transfers"):
        assert np.allclose(getattr(part, name), getattr(drawn, name)[40:103], rtol=1e-9, atol=1e-9), name
    for name, values in part.inputs.items():
        assert np.allclose(values, drawn.inputs[name][40:103]), name


def test_another_seed_gives_another_world(atlas: Atlas, drawn: World) -> None:
    other = reconcile(atlas, Draws(3, seed=8))
    assert not np.allclose(other.trade, drawn.trade[:3])


def test_draws_surround_the_centre(world: World, drawn: World) -> None:
    for code in FIVE:
        i = at(world, code)
        for central, spread in (
            (world.home_share[i], drawn.home_share[:, i]),
            (world.value_added_share[i], drawn.value_added_share[:, i]),
            (world.holdings[:, i].sum(), drawn.holdings[:, :, i].sum(axis=1)),
        ):
            low, high = np.quantile(spread, (0.01, 0.99))
            assert low * (1 - 1e-9) <= central <= high * (1 + 1e-9), code


def test_japan_in_kazakhstan_shows_its_range(world: World, drawn: World) -> None:
    cell = drawn.holdings[:, at(world, "JPN"), at(world, "KAZ")]
    low, high = np.quantile(cell, (0.1, 0.9))
    assert low < 1_000
    assert high > 5_800


def test_the_disputed_chinese_exports_move_between_their_sources(atlas: Atlas, drawn: World) -> None:
    """The centre is BACI's 23.9 bn; draws reach down towards ICIO's, at BACI's level."""
    chn, kaz = (atlas.economies.index(code) for code in ("CHN", "KAZ"))
    services = atlas.matrix("trade", "services")[chn, kaz]
    goods = drawn.trade[:, chn, kaz] - services
    assert np.quantile(goods, 0.1) < 0.6 * 23_901
    assert np.quantile(goods, 0.95) > 0.85 * 23_901


def test_named_inputs_explain_the_home_share(drawn: World) -> None:
    assert "atlas/gross_output_ratio" in drawn.inputs
    for values in drawn.inputs.values():
        assert values.shape == (120,)
    uzb = drawn.home_share[:, drawn.economies.index("UZB")]
    shares = variance_shares(uzb, drawn.inputs)
    assert shares["atlas/gross_output_ratio"] > 0.3


def test_an_impossible_balance_is_refused(tmp_path: Path) -> None:
    """An economy that sells nothing cannot run a surplus."""
    atlas = load()
    codes = [code for code in atlas.economies if code != "TKM"]
    edits = {f"{flow},TKM,{code}": {"value_usd_m": "0", "low": "", "high": "", "other_value": ""}
             for flow in ("goods", "services") for code in codes}  # fmt: skip
    mine = changed(tmp_path, "trade", edits)
    with pytest.raises(InputError, match="TKM cannot be scaled"):
        reconcile(mine)


def test_a_broken_identity_is_refused(atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a step left a current account off by more than 0.1 % of GDP, the world is not given out."""
    right = steps.balance

    def wrong(*given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        trade, factors = right(*given)
        trade[:, atlas.economies.index("KAZ")] *= 1.01
        return trade, factors

    monkeypatch.setattr(steps, "balance", wrong)
    with pytest.raises(InputError, match=r"current account of KAZ is off by 0\.4"):
        reconcile(replace(atlas))  # another atlas: what is known of this one is kept


def test_negative_domestic_sales_are_refused_not_raised(tmp_path: Path) -> None:
    mine = changed(tmp_path, "figures", {"gross_output_ratio,UZB": {"value": "0.3", "low": "", "high": ""}})
    with pytest.raises(
        InputError, match=r"output of UZB does not cover its exports.*domestic sales would be"
    ):
        reconcile(mine)


def test_sales_far_from_output_are_refused(tmp_path: Path) -> None:
    sales = load().matrix("trade", "domestic")[load().economies.index("KAZ"), load().economies.index("KAZ")]
    mine = changed(tmp_path, "trade", {"domestic,KAZ,KAZ": {"value_usd_m": f"{sales * 1.4:.3f}"}})
    with pytest.raises(
        InputError, match=r"sales of KAZ at home and abroad add up to 1\.[0-9]+ times its output"
    ):
        reconcile(mine)


def test_output_and_expenditure_that_do_not_add_up_are_refused_not_balanced(tmp_path: Path) -> None:
    mine = changed(tmp_path, "trade", {"goods,KGZ,RUS": {"value_usd_m": "900000"}})
    with pytest.raises(InputError, match=r"KGZ do not add up with its current account.*scaled [0-9.]+ times"):
        reconcile(mine)
