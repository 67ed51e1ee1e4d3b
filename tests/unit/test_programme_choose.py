"""The programme of small cases with known answers, and what is told about it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from portfolio_cases import project, rules
from serai.draws import Draws, Uncertain
from serai.executors import Processes
from serai.programme import (
    KnownStake,
    Prospect,
    budget_frontier,
    choose,
    core_index,
    floor_frontier,
    quality_frontier,
    quality_pays,
    ranking,
    rule_prices,
)
from serai.programme import portfolio as portfolio_module
from serai.programme import solver as solver_module
from serai.programme.model import Model
from serai.programme.solver import Answer, solve
from serai.programme.whatif import _eased

DRAWS = Draws(200, seed=5)
KNAPSACK = [project("a", 6, 9), project("b", 5, 6), project("c", 4, 3)]


def test_the_best_set_is_not_the_list_by_ratio() -> None:
    # by ratio: a alone fills 6 of 9; the best pair is b with c, 9 against 9, and a with nothing is equal
    projects = [project("a", 6, 9), project("b", 5, 7), project("c", 4, 5)]
    found = choose(projects, rules(9), DRAWS)
    assert {pick.project.id for pick in found.picks} == {"b", "c"}
    assert found.answer.value == pytest.approx(12)
    assert found.answer.gap == 0
    compared = ranking(found)
    assert [pick.project.id for pick in compared.ranked.picks] == ["a"]
    assert compared.mean_lost_usd_m == pytest.approx(3)
    assert compared.broken == ()


def test_the_list_by_ratio_breaks_rules_that_it_does_not_know() -> None:
    projects = [*KNAPSACK, project("school", 3, 3.3, area="people")]
    found = choose(projects, rules(8, floor=[{"area": "people", "usd_m": 3}]), DRAWS)
    assert "floor.people" in ranking(found).broken


def test_a_year_of_delay_costs_the_discount_rate() -> None:
    later = project("later", 5, 10.9, first_start=2027, last_start=2027)
    found = choose([later], rules(9, window={"first_year": 2026, "years": 2}), DRAWS)
    assert found.picks[0].value_usd_m.estimate == pytest.approx(10)
    assert found.picks[0].start_year == 2027


def test_a_large_project_is_taken_in_the_share_that_fits() -> None:
    large = project("large", 100, 50, cost_usd_m=100)
    given = rules(30, partial={"from_usd_m": 50, "least": 0.1, "most": 0.5})
    found = choose([large, project("small", 10, 6)], given, DRAWS)
    shares = {pick.project.id: pick.share for pick in found.picks}
    assert shares == {"large": pytest.approx(0.2), "small": 1}
    assert found.amount_usd_m == pytest.approx(30)
    assert sum(pick.mean_usd_m for pick in found.picks) == pytest.approx(found.mean_usd_m)
    assert found.mean_usd_m == pytest.approx(0.2 * 50 + 6)


def test_spending_by_year_adds_up_and_keeps_the_yearly_budget() -> None:
    projects = [project(name, 10, 5, profile=(0.5, 0.5), last_start=2027) for name in "abc"]
    given = rules(30, window={"first_year": 2026, "years": 2}, budget={"yearly_usd_m": [10, 15]})
    found = choose(projects, given, DRAWS)
    spent = found.spending()
    assert spent["year"].tolist() == ["2026", "2027", "later"]
    assert spent["amount_usd_m"].tolist() == pytest.approx([10, 15, 5])
    assert spent["amount_usd_m"].sum() == pytest.approx(found.amount_usd_m)


def test_tables_add_up() -> None:
    projects = [
        project("a", 6, 9, countries=("KAZ", "UZB")),
        project("b", 4, 6, area="people", sector="education"),
    ]
    found = choose(projects, rules(20), DRAWS)
    by_country = dict(zip(*(found.by("country")[c] for c in ("country", "amount_usd_m")), strict=True))
    assert by_country == {"KAZ": pytest.approx(7), "UZB": pytest.approx(3)}
    assert found.by("area")["share"].sum() == pytest.approx(1)
    table = found.tidy()
    assert table["amount_usd_m"].tolist() == [6, 4]
    assert table["mean_usd_m"].tolist() == pytest.approx([9, 6])
    assert "ranked by sector prior" in found.summary()
    assert "best" not in found.summary()


def test_what_was_left_out_says_why() -> None:
    projects = [
        project("huge", 50, 90),
        project("spent", 0, 5),
        project("loss", 2, -1),
        project("failed", 2, 9, gates="excluded"),
        project("barred", 2, 9),
        project("part", 2, 1, overlap="w"),
        project("whole", 3, 4, overlap="w"),
        project("outbid", 9, 1),
    ]
    given = rules(10, bar=[{"project": "barred", "why": "asked for"}], budget={"least_usd_m": 0.1})
    found = choose(projects, given, DRAWS)
    why = dict(zip(found.left_out()["project"], found.left_out()["why"], strict=True))
    assert why == {
        "huge": "costs more than the whole budget",
        "spent": "nothing is open: its money is spent or agreed",
        "loss": "expected to bring less than it costs",
        "failed": "a gate excludes it",
        "barred": "barred: asked for",
        "part": "contained in another choice (w)",
        "outbid": "others bring more within the rules",
    }


def test_the_price_of_a_rule_is_what_it_loses() -> None:
    given = rules(
        9,
        bar=[{"project": "a", "why": "test"}],
        exclusion=[{"projects": ["b", "c"]}],
        cap=[{"country": "KAZ", "usd_m": 100}],
    )
    found = choose(KNAPSACK, given, DRAWS)
    assert found.answer.value == pytest.approx(6)
    prices = {price.rule: price for price in rule_prices(found)}
    assert prices["bar.a"].estimate == pytest.approx(3)
    assert prices["exclusion.1"].estimate == pytest.approx(3)
    assert prices["cap.country.KAZ"].estimate == 0
    assert prices["bar.a"].low == prices["bar.a"].high == pytest.approx(3)
    assert list(prices)[-1] in ("cap.country.KAZ", "budget.total")


def test_the_same_question_about_a_programme_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    projects = [*KNAPSACK, project("school", 3, 3.3, area="people")]
    found = choose(projects, rules(7, floor=[{"area": "people", "usd_m": 3}]), DRAWS)
    asked: list[float] = []
    ask = portfolio_module.solve

    def counted(model: Model, gap: float, seconds: float) -> Answer:
        asked.append(gap)
        return ask(model, gap, seconds)

    monkeypatch.setattr(portfolio_module, "solve", counted)
    without = {price.rule: price for price in rule_prices(found)}["floor.people"]
    first = len(asked)
    free = floor_frontier(found, "people", [])  # without a floor: what its price asked
    assert first
    assert len(asked) == first
    assert free.empty
    assert without.estimate > 0
    bigger = floor_frontier(found, "people", [0.2, 0.9])
    assert len(asked) == first + 2
    assert bigger["value"].iloc[0] > bigger["value"].iloc[1]


def _shaky(name: str, amount: float, value: float, spread: float) -> Prospect:
    return project(name, amount, value, spread=spread)


def test_the_core_index_is_the_share_of_draws_in_which_a_project_wins() -> None:
    sure, even, rival = project("sure", 1, 100), _shaky("even", 5, 10, 4), _shaky("rival", 5, 10, 4)
    found = choose([sure, even, rival], rules(6), DRAWS)
    core = core_index(found)
    index = dict(zip((p.id for p in found.model.layout.projects), core.index, strict=True))
    values = found.model.layout.sampled.value_usd_m
    assert index["sure"] == 1
    assert index["even"] == pytest.approx((values[1] > values[2]).mean())
    best = 100 + np.maximum(values[1], values[2])
    assert core.best_usd_m == pytest.approx(best)
    assert core.regret_usd_m == pytest.approx(best - found.value_usd_m)
    assert (core.regret_usd_m >= -1e-9).all()


def test_the_core_index_does_not_hang_on_the_workers() -> None:
    projects = [_shaky(name, 3, 5, 3) for name in "abcd"]
    found = choose(projects, rules(7), Draws(30, seed=2))
    alone, together = core_index(found), core_index(found, executor=Processes(2))
    assert (alone.chosen == together.chosen).all()
    assert alone.best_usd_m.tolist() == together.best_usd_m.tolist()


def test_drawn_amounts_leave_the_regret_open_where_the_programme_breaks_the_rules() -> None:
    shaky = KnownStake(Uncertain("cost", 6, 3, 9, "uniform"), Uncertain("worth", 9))
    found = choose([project("a", 6, 9, stake=shaky)], rules(6.5), DRAWS)
    core = core_index(found, amounts_drawn=True)
    amounts = found.model.layout.sampled.amount_usd_m[0]
    assert (np.isnan(core.regret_usd_m) == (amounts > 6.5)).all()
    assert core.index[0] == pytest.approx((amounts <= 6.5).mean())


def test_frontiers_rise_with_the_budget_and_fall_with_the_rules() -> None:
    projects = [
        *KNAPSACK,
        project("good", 5, 2, quality=(0.9, 0.9)),
        project("school", 2, 1, area="people", quality=(0.7, 0.7)),
    ]
    found = choose(projects, rules(11), DRAWS)
    budgets = budget_frontier(found, [0.5, 1, 2])
    assert budgets["value"].tolist() == pytest.approx([6, 15, 21])
    quality = quality_frontier(found, [0.5, 0.6, 0.8])
    assert quality["value"].is_monotonic_decreasing
    assert (quality["quality"] >= [0.5, 0.6, 0.8]).all()
    people = floor_frontier(found, "people", [0, 0.25, 1])
    assert people["value"].tolist() == pytest.approx([15, 10, 1])
    # to be a quarter of a programme as large as today's 11, beside its other 11, people would need 11/3
    assert people["missing_usd_m"][1] == pytest.approx((0.25 * 11 - 2) / 0.75)


def test_a_line_of_a_frontier_is_never_below_that_of_a_stricter_rule() -> None:
    small, large = (choose(KNAPSACK, rules(total), DRAWS) for total in (5, 15))
    poor = replace(large, answer=replace(large.answer, value=1.0, bound=20.0))
    strict, eased, empty = _eased([small, poor, None], [0, 1, 2])
    assert strict is small
    assert eased is not None
    assert empty is not None
    assert eased.picks == empty.picks == small.picks
    assert (eased.answer.value, eased.answer.bound) == (small.answer.value, 20)
    assert eased.answer.gap == pytest.approx((20 - small.answer.value) / small.answer.value)
    assert _eased([small, large], [0, 1]) == [small, large]
    assert _eased([None, small], [0, 1]) == [None, small]


def test_when_quality_pays() -> None:
    projects = [project("cheap", 5, 9), project("good", 5, 8, quality=(0.9, 0.9))]
    found = choose(projects, rules(5), DRAWS)
    compared = quality_pays(found, 0.6)
    assert compared is not None
    assert compared.cost_usd_m == pytest.approx(np.ones(DRAWS.count))
    assert compared.break_even_points == pytest.approx(np.full(DRAWS.count, 20))
    assert compared.assumed.low is not None
    assert compared.assumed.low < 0 < compared.assumed.value
    assert "nothing is decided" in compared.summary()


def test_large_problems_are_proven_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two questions to the solver give the value of one question, and a bound above it."""
    rng = np.random.default_rng(4)
    projects = [
        project(f"p{n}", float(a), float(v), last_start=2027, countries=(("KAZ", "UZB")[n % 2],))
        for n, (a, v) in enumerate(zip(rng.uniform(1, 30, 150), rng.uniform(-2, 20, 150), strict=True))
    ]
    more = {
        "window": {"first_year": 2026, "years": 2},
        "cap": [{"country": "UZB", "share": 0.4}],
        "solver": {"gap": 1e-4, "time_limit_s": 30},
    }
    two = choose(projects, rules(400, **more), DRAWS)
    coarse = {**more, "solver": {"gap": 0.1, "time_limit_s": 30}}
    quick = choose(projects, rules(400, **coarse), DRAWS)
    monkeypatch.setattr(solver_module, "IN_DOUBT", 1)  # a poor first answer: the second has to win
    second = choose(projects, rules(400, **more), DRAWS)
    monkeypatch.setattr(solver_module, "LARGE", 10_000)
    one = choose(projects, rules(400, **more), DRAWS)
    assert two.answer.state == one.answer.state == "solved"
    assert two.answer.value == pytest.approx(one.answer.value, rel=2e-4)
    assert second.answer.value == pytest.approx(one.answer.value, rel=2e-4)
    assert quick.answer.bound > quick.answer.value
    assert two.answer.bound >= one.answer.value - 1e-6
    assert quick.answer.bound >= one.answer.value - 1e-6
    assert one.answer.bound >= two.answer.value - 1e-6
    assert two.model.broken(two.answer.columns) == ()


def test_less_than_the_least_share_of_a_large_project_is_not_taken() -> None:
    large = project("large", 100, 50, cost_usd_m=100)
    partial = {"from_usd_m": 50, "least": 0.1, "most": 0.5}
    assert choose([large], rules(9.9, partial=partial), DRAWS).picks == ()
    assert choose([large], rules(10, partial=partial), DRAWS).picks[0].share == pytest.approx(0.1)


def test_the_last_digits_of_a_gain_choose_nothing() -> None:
    """Two machines differ in them: both must go the same way and say the same value and bound."""
    spread = np.random.default_rng(3)
    projects = [project(f"p{n}", 3 + n % 7, 3 + n % 7 + float(spread.uniform(0, 2))) for n in range(40)]
    found = choose(projects, rules(60), DRAWS)
    noisy = found.model.gain * (1 + 1e-9 * spread.standard_normal(found.model.gain.size))
    here = solve(found.model, 0.02, 60)
    there = solve(replace(found.model, gain=noisy), 0.02, 60)
    assert (here.columns == there.columns).all()
    assert there.value == pytest.approx(here.value, rel=1e-8)
    assert here.value == pytest.approx(float(found.model.gain @ here.columns), rel=1e-12)
    best = solve(found.model, 0, 60)
    assert best.value <= here.bound
