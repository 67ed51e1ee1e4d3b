"""The intermediary's counterfactual and soft power, against hand calculations and plain solves."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from equilibrium_worlds import world
from serai.atlas import load
from serai.broker import information, intermediate, needed_effect, people_exchange, study_intermediaries
from serai.broker.intermediary import break_even, effect_to_double, opened, through
from serai.broker.people import trained
from serai.draws import Draws
from serai.equilibrium import Shock, solve
from serai.errors import InputError
from serai.programme.parameters import parameters
from serai.study import read_study, reference_study

FIRST, SECOND = ["1", "2"], ["5", "6"]
DISTANCE = np.array([[100.0, 400.0, 900.0], [400.0, 100.0, 200.0], [900.0, 200.0, 100.0]])


def test_information_is_what_the_formula_says() -> None:
    tongue = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    found = information(
        DISTANCE, tongue, np.zeros((3, 3)), {"distance": -0.4, "language": 0.3, "ties": 9.0}, 2.0, 0.5
    )
    assert np.diagonal(found) == pytest.approx(1)
    assert found[0, 1] == pytest.approx(np.exp((0.3 - 0.2 * np.log(4)) / 2))
    assert found[0, 2] == pytest.approx(9.0 ** (-0.2 / 2))
    with pytest.raises(InputError, match="distance"):
        information(DISTANCE * [0, 1, 1], tongue, tongue, {"distance": 0, "language": 0, "ties": 0}, 1.0, 0.5)


def test_two_steps_replace_one_less_the_margin() -> None:
    axis = world(6).economies
    iota = np.full((6, 6), 0.5)
    iota[0, 2] = iota[2, 4] = 0.9
    ratio = through(iota, axis, ["3"], 0.95)
    assert ratio[0, 4] == pytest.approx(0.95 * 0.81 / 0.5)
    assert ratio[1, 5] == pytest.approx(0.95 * 0.25 / 0.5)
    assert ratio[2, 4] == ratio[0, 2] == 0, "nobody needs a broker to reach the broker"
    union = through(iota, axis, ["4", "3"], 0.95)
    assert union[0, 4] == ratio[0, 4]
    shock = opened(ratio, axis, FIRST, SECOND).openness
    assert shock is not None
    assert shock[0, 4] == pytest.approx(0.95 * 0.81 / 0.5)
    assert (np.delete(shock.ravel(), 4) == 1).all()


def test_break_even_is_the_distance_of_the_best_pair_from_one() -> None:
    axis = world(6).economies
    ratio = np.full((6, 6), 0.4)
    ratio[4, 1] = 0.8
    assert break_even(ratio, axis, FIRST, SECOND, 3.0) == pytest.approx(-3 * np.log(0.8))
    ratio[0, 2] = 5.0  # not between the regions
    assert break_even(ratio, axis, FIRST, SECOND, 3.0) == pytest.approx(-3 * np.log(0.8))
    ratio[0, 5] = 1.2
    assert break_even(ratio, axis, FIRST, SECOND, 3.0) == 0


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
def test_the_counterfactual_is_two_plain_solves(wealth: str) -> None:
    base = world(6, seed=3)
    iota = np.full((6, 6), 0.5)
    iota[0, 2] = iota[2, 4] = 0.9
    useful, useless = intermediate(
        base, iota, {"no": ["4"], "yes": ["3"]}, FIRST, SECOND, margin=0.95, wealth=wealth
    )
    assert (useful.broker, useless.broker) == ("yes", "no")
    phi = np.ones((6, 6))
    phi[0, 4] = 0.95 * 0.81 / 0.5
    alone = solve(base, Shock(openness=phi), wealth=wealth)
    assert alone.fdi is not None
    assert base.holdings is not None
    cells = [(0, 4), (0, 5), (1, 4), (1, 5)]
    more = sum(
        alone.fdi[a, b] + alone.fdi[b, a] - base.holdings[a, b] - base.holdings[b, a] for a, b in cells
    )
    assert useful.stock == pytest.approx(more, rel=1e-5)
    assert useful.stock > 0
    spent = base.expenditure - (1 - base.value_added_share) * base.output
    gains = (alone.real_income - 1) * spent
    for found, places in ((useful.first, [0, 1]), (useful.second, [4, 5]), (useful.own, [2])):
        assert found == pytest.approx(gains[places].sum(), rel=1e-4, abs=1e-6 * spent.sum())
    assert useless.stock == useless.first == useless.own == 0
    assert useless.break_even > 0 == useful.break_even


def test_a_margin_that_is_none_is_refused() -> None:
    base = world(6)
    for margin in (0.0, 1.2, float("nan")):
        with pytest.raises(InputError, match="margin"):
            intermediate(base, np.ones((6, 6)), {"x": ["3"]}, FIRST, SECOND, margin=margin)
    without = world(6, holdings=None, capital_share=None, capital_elasticity=None)
    with pytest.raises(InputError, match="immobile"):
        intermediate(without, np.ones((6, 6)), {"x": ["3"]}, FIRST, SECOND, margin=0.9)


def test_the_effect_that_doubles_does_double() -> None:
    base = world(6, seed=5)
    points = effect_to_double(base, FIRST, SECOND)
    ratio = np.full((6, 6), np.exp(points / 3.0))
    alone = solve(base, opened(ratio, base.economies, FIRST, SECOND))
    assert alone.fdi is not None
    assert base.holdings is not None
    cells = [(0, 4), (0, 5), (1, 4), (1, 5)]
    grown, before = (sum(t[a, b] + t[b, a] for a, b in cells) for t in (alone.fdi, base.holdings))
    assert grown / before == pytest.approx(2, rel=0.02)


def test_people_exchange_acts_on_skills_and_information() -> None:
    base = world(6, seed=6)
    shock = people_exchange(base, ["3"], FIRST, skills=0.01, investment=0.3, trade=0.4)
    assert shock.labour is not None
    assert shock.openness is not None
    assert shock.trade_cost is not None
    assert shock.labour[0].tolist() == [1.01, 1.01, 1, 1, 1, 1]
    assert shock.openness[0, 2, 0] == pytest.approx(np.exp(0.1))
    assert shock.openness[0, 0, 2] == 1
    assert shock.trade_cost[0, 2, 0] == shock.trade_cost[0, 0, 2] == pytest.approx(np.exp(-0.4 / 5))
    assert shock.trade_cost[0, 0, 1] == shock.trade_cost[0, 2, 3] == 1


def test_the_needed_skills_give_the_gain() -> None:
    base = world(6, seed=6)
    found = needed_effect(base, ["3"], FIRST, 0.002)
    labour = np.array([1 + found.skills, 1 + found.skills, 1, 1, 1, 1])
    solved = solve(base, Shock(labour=labour)).real_income[:2]
    spent = (base.expenditure - (1 - base.value_added_share) * base.output)[:2]
    assert np.average(solved, weights=spent) - 1 == pytest.approx(0.002, rel=0.02)
    assert np.isnan(needed_effect(base, ["3"], FIRST, 0.5).skills)
    nearer = people_exchange(base, ["3"], FIRST, trade=found.trade)
    assert nearer.trade_cost is not None
    traded = solve(base, Shock(trade_cost=nearer.trade_cost[0])).real_income[:2]
    assert np.average(traded, weights=spent) - 1 == pytest.approx(0.002, rel=0.02)
    assert found.trade_gain > 0.002
    with pytest.raises(InputError, match="no gain"):
        needed_effect(base, ["3"], FIRST, 0.0)


def test_the_people_to_be_trained_follow_from_schooling_and_its_return() -> None:
    known = parameters()
    years, pay = known.of("schooling_years", "degree").value, known.of("schooling_return").value / 100
    assert trained(0.001, "degree") * years * pay == pytest.approx(0.001)
    assert trained(0.001, "course") > trained(0.001, "degree")


def test_the_reference_study_ranks_its_candidates() -> None:
    found = study_intermediaries(read_study(), load(), Draws(5, 1))
    assert found is not None
    assert found.joint == ()
    assert 0.9 < found.imputed <= 1
    assert {tie.id for tie in found.ties} == {f"AS-{n:02d}" for n in range(1, 24)}
    assert ("AS-17", "kz-aktau-customs-xray") in found.adjacent
    assert found.reached == 19 + 10000 + 20
    assert found.trade_language is not None
    ranks = [float(np.median(row.break_even)) for row in found.rows["fixed"]]
    assert ranks == sorted(ranks)
    assert {row.broker for row in found.rows["fixed"]} == {"JPN", "KOR", "CHN", "SGP", "ARE", "TUR", "EU"}


def test_brokers_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(reference_study(), folder)
    (folder / "brokers.csv").write_text("name,role,economies,note\nX,region,asien,\nY,region,asean,\n")
    with pytest.raises(InputError) as error:
        study_intermediaries(read_study(folder), load(), Draws(2, 1))
    text = str(error.value)
    for words in ("Did you mean asean", "not exactly one other region", "no candidate"):
        assert words in text
    (folder / "brokers.csv").unlink()
    assert study_intermediaries(read_study(folder), load(), Draws(2, 1)) is None
