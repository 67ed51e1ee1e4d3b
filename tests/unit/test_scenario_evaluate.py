"""The chain from a study to its numbers, recomputed by other means: one draw at a time, by index, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import serai
from serai.atlas import Atlas, reconcile
from serai.brief import measurements as m
from serai.brief.document import Brief
from serai.brief.opening import answer
from serai.draws import Draws
from serai.equilibrium import Status
from serai.errors import SolveError
from serai.scenario.context import Inputs
from serai.scenario.evaluate import Evaluation, context, evaluate, group_sums, prepare, refuse_unsolved, tidy
from serai.scenario.measures import shock
from serai.study import Study, read_study

DRAWS = Draws(3, seed=5)
FIVE = ["KAZ", "KGZ", "TJK", "TKM", "UZB"]


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study()


@pytest.fixture(scope="module")
def results(study: Study, atlas: Atlas) -> Evaluation:
    return evaluate(study, atlas, DRAWS, scenarios=["unified_fta", "japan"])


@pytest.mark.parametrize("name", ["unified_fta", "japan"])
@pytest.mark.parametrize("wealth", ["fixed", "steady"])
def test_each_draw_is_what_a_single_solve_gives(
    study: Study, atlas: Atlas, results: Evaluation, name: str, wealth: str
) -> None:
    """Elasticities, world and shock of one draw, put together from scratch and solved alone."""
    world = reconcile(atlas, DRAWS)
    changes = shock(study.measures(name), context(prepare(study, atlas, DRAWS), DRAWS, world))
    places = world.economies.indices(FIVE)
    outcome = results.outcomes[name, wealth]
    for draw in range(DRAWS.count):
        theta, epsilon = (
            float(DRAWS.sample(atlas.parameter(f"{kind}_elasticity"))[draw]) for kind in ("trade", "capital")
        )
        base = serai.Baseline.from_flows(
            world.trade[draw],
            world.economies.names,
            trade_elasticity=theta,
            capital_elasticity=epsilon,
            capital_share=world.capital_share,
            value_added_share=world.value_added_share[draw],
            holdings=world.holdings[draw],
        )
        alone = serai.solve(
            base,
            serai.Shock(changes.trade_cost[draw], changes.openness[draw]),
            wealth=wealth,
            deficits="fixed",
        )
        for field in ("real_income", "real_gdp", "real_gni"):
            np.testing.assert_allclose(
                getattr(outcome, field)[draw][places],
                getattr(alone, field)[places] - 1,
                rtol=1e-7,
                atol=1e-11,
            )
        kaz, jpn = world.economies.index("KAZ"), world.economies.index("JPN")
        group = results.groups.index
        assert outcome.trade[draw, group("JPN"), group("KAZ")] == pytest.approx(
            alone.trade[jpn, kaz], rel=1e-7
        )
        assert outcome.fdi[draw, group("JPN"), group("KAZ")] == pytest.approx(alone.fdi[jpn, kaz], rel=1e-7)
        assert outcome.trade[draw, group("KAZ"), group("JPN")] == pytest.approx(
            alone.trade[kaz, jpn], rel=1e-7
        )
        assert outcome.trade[draw].sum() == pytest.approx(alone.trade.sum(), rel=1e-9), (
            "every economy is in a group"
        )
        materials = (1 - world.value_added_share[draw]) * world.trade[draw].sum(axis=1)
        spent = world.trade[draw].sum(axis=0) - materials
        np.testing.assert_allclose(results.absorption[draw], spent, rtol=1e-9)


def test_the_deficit_closure_of_the_study_is_used(study: Study, atlas: Atlas, results: Evaluation) -> None:
    about = study.about.model_copy(
        update={"settings": study.about.settings.model_copy(update={"deficits": "none"})}
    )
    other = evaluate(replace(study, about=about), atlas, DRAWS, scenarios=["unified_fta"])
    first, second = (r.outcomes["unified_fta", "fixed"].real_income for r in (results, other))
    assert not np.allclose(first, second, rtol=1e-3)


def test_goods_cross_borders_services_and_gold_do_not(study: Study, atlas: Atlas) -> None:
    job = prepare(study, atlas, DRAWS)
    goods, services, gold = (np.nan_to_num(atlas.matrix("trade", f)) for f in ("goods", "services", "gold"))
    che, uzb, kaz, kgz = atlas.economies.indices(["CHE", "UZB", "KAZ", "KGZ"])
    assert gold[uzb, che] > 0
    for i, n in ((uzb, che), (kaz, kgz), (kgz, kaz)):
        left = goods[i, n] - gold[i, n]
        assert job.goods_share[i, n] == pytest.approx(left / (left + services[i, n]))
    assert job.goods_share[kaz, kgz] < 1


def test_depth_is_that_of_the_deepest_agreement_in_force(study: Study, atlas: Atlas) -> None:
    seen = context(prepare(study, atlas, DRAWS), DRAWS, reconcile(atlas, DRAWS))
    eaeu, cis, older = (seen.inputs.sample(f"{n}_depth") for n in ("eaeu", "cis_fta", "older_agreement"))
    at = atlas.economies.indices
    kaz, kgz, uzb, tkm, geo, tur = at(["KAZ", "KGZ", "UZB", "TKM", "GEO", "TUR"])
    np.testing.assert_allclose(seen.depth[:, kaz, kgz], np.maximum(np.maximum(eaeu, cis), older))
    np.testing.assert_allclose(seen.depth[:, kaz, uzb], np.maximum(cis, older))
    np.testing.assert_allclose(seen.depth[:, tkm, geo], older)
    assert (seen.depth[:, uzb, tur] == 0).all(), "ECOTA is switched off"


def test_groups_hold_every_economy_once(study: Study, atlas: Atlas) -> None:
    groups, sums = group_sums(study, prepare(study, atlas, DRAWS).names)
    np.testing.assert_array_equal(sums.sum(axis=0), 1)
    assert sums[groups.index("EU")].sum() == 27
    assert sums[groups.index("rest"), atlas.economies.index("ROW")] == 1


def test_percent_in_tables_is_percent(study: Study, results: Evaluation) -> None:
    table = tidy(results, study).set_index(["scenario", "wealth", "economy", "measure"])
    kaz = results.economies.index("KAZ")
    row = table.loc[("japan", "fixed", "KAZ", "real_gdp")]
    assert row["estimate"] == pytest.approx(
        100 * np.median(results.outcomes["japan", "fixed"].real_gdp[:, kaz])
    )


def test_a_scenario_without_an_answer_is_refused_by_name(results: Evaluation) -> None:
    refuse_unsolved(results)
    broken = results.outcomes["japan", "steady"]
    status = np.array([0, int(Status.NEGATIVE_WEALTH), 0])
    outcomes = {**results.outcomes, ("japan", "steady"): replace(broken, status=status)}
    with pytest.raises(SolveError, match=r"scenario japan, wealth steady: 1 of 3 draws") as caught:
        refuse_unsolved(replace(results, outcomes=outcomes))
    assert caught.value.remedy


def test_numbers_of_the_brief_by_other_indices(brief: Brief) -> None:
    """What the brief reads off its results, recomputed with plain indices."""
    desk = brief.desk
    results = desk.results
    at, group = results.economies.indices(FIVE), list(results.groups)
    outcome, base = results.outcomes["unified_fta", "fixed"], results.outcomes["open_borders", "fixed"]
    weights = results.absorption[:, at]

    def median(values: np.ndarray) -> float:  # type: ignore[type-arg]
        return float(np.median(values))

    money = (outcome.real_income[:, at] * weights).sum(axis=1)
    assert m.gain(desk, "unified_fta", "fixed", m.REGION).estimate == pytest.approx(median(money))
    share = money / weights.sum(axis=1)
    assert m.real_income(desk, "unified_fta", "fixed", m.REGION).estimate == pytest.approx(median(share))
    below = (base.real_income[:, at] * weights).sum(axis=1)
    added = m.step_gain(desk, "unified_fta", "fixed", m.REGION)
    assert added.estimate == pytest.approx(median(money - below))
    for what in ("real_gdp", "real_gni"):
        values = (getattr(outcome, what)[:, at] * weights).sum(axis=1) / weights.sum(axis=1)
        assert getattr(m, what)(desk, "unified_fta", "fixed", m.REGION).estimate == pytest.approx(
            median(values)
        )
    inside = [group.index(code) for code in FIVE]
    outside = [n for n in range(len(group)) if n not in inside]
    assert group.index("rest") in outside
    block = np.ix_(range(results.draws.count), outside, inside)
    change = outcome.fdi[block].sum(axis=(1, 2)) / results.base_fdi[block].sum(axis=(1, 2)) - 1
    assert m.fdi_change(desk, "unified_fta", "fixed", "outside", m.REGION).estimate == pytest.approx(
        median(change)
    )
    jpn = group.index("JPN")
    sold = outcome.trade[:, jpn, inside].sum(axis=1) / results.base_trade[:, jpn, inside].sum(axis=1) - 1
    assert m.trade_change(desk, "unified_fta", "fixed", "JPN", m.REGION).estimate == pytest.approx(
        median(sold)
    )
    assert m.base_trade(desk, "JPN", m.REGION).estimate == pytest.approx(
        median(results.base_trade[:, jpn, inside].sum(axis=1))
    )
    assert m.base_fdi(desk, "JPN", m.REGION).estimate == pytest.approx(
        median(results.base_fdi[:, jpn, inside].sum(axis=1))
    )
    exports = results.base_trade[:, inside, :]
    own = sum(results.base_trade[:, n, n] for n in inside)
    within = results.base_trade[np.ix_(range(results.draws.count), inside, inside)].sum(axis=(1, 2)) - own
    assert m.intra_share(desk).estimate == pytest.approx(median(within / (exports.sum(axis=(1, 2)) - own)))


def test_words_of_the_opening_follow_the_numbers(brief: Brief) -> None:
    desk = brief.desk
    best = max(FIVE, key=lambda c: m.real_income(desk, "unified_fta", "fixed", c).estimate)
    worst = min(FIVE, key=lambda c: m.real_income(desk, "unified_fta", "fixed", c).estimate)
    first = str(brief.answer[0][0].striptags())
    assert first.index(f"most in {desk.name(best)}") < first.index(f"least in {desk.name(worst)}")
    steps = {n: m.step_gain(desk, n, "fixed", m.REGION).estimate for n in desk.study.ladder()}
    top = desk.study.scenario(max(steps, key=lambda n: steps[n])).label
    assert f"“{top}” adds most" in str(answer(desk, None)[1][0].striptags())
    assert "Within the rules" in str(brief.answer[1][0].striptags())
    shown = {row["economy"]: row["value"] for row in brief.tables()["map"].data.to_dict("records")}
    for code in FIVE:
        assert shown[code] == pytest.approx(100 * m.real_income(desk, "unified_fta", "fixed", code).estimate)


def test_an_input_is_drawn_once_and_by_its_own_name() -> None:
    from serai.draws import Uncertain

    row = Uncertain("theta", 5.0, 4.0, 6.0, shape="uniform")
    inputs = Inputs(DRAWS, {"theta": row})
    np.testing.assert_array_equal(inputs.sample("theta"), DRAWS.sample(row))
