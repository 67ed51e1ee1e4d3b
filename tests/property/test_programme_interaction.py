"""Projects that need one another: the loop finds what trying all sets finds.

The value of a set is what traffic saves on a small network when the links of the set are improved, less their
costs: the links of one way are complements, two ways to one place are substitutes.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from portfolio_cases import project, rules
from serai.draws import Draws
from serai.errors import InputError, UnknownNameError
from serai.programme import budget_frontier, choose, core_index, ranking, rule_prices
from serai.programme.interaction import choose_together
from serai.programme.picture import Set, Value, expansion, joint_values
from serai.programme.portfolio import otherwise

NODES = 7
DRAWS = Draws(1, seed=1)


def network(seed: int) -> tuple[list[str], dict[str, float], Value]:
    """Twelve links of a random network, their costs, and the value of improving a set of them."""
    rng = np.random.default_rng(seed)
    links = [(a, b) for a, b in combinations(range(NODES), 2)]
    chosen = [links[k] for k in rng.choice(len(links), 12, replace=False)]
    names = [f"{a}-{b}" for a, b in chosen]
    length, cost = rng.uniform(2, 9, 12), rng.uniform(1, 6, 12)
    traffic = rng.uniform(0, 1.2, (NODES, NODES))
    costs = dict(zip(names, cost, strict=True))

    def total(improved: Set) -> float:
        distance = np.full((NODES, NODES), 30.0)
        np.fill_diagonal(distance, 0)
        for name, (a, b), km in zip(names, chosen, length, strict=True):
            distance[a, b] = distance[b, a] = km * (0.5 if name in improved else 1)
        for k in range(NODES):
            distance = np.minimum(distance, distance[:, [k]] + distance[[k], :])
        return float((traffic * distance).sum())

    today = total(frozenset())
    return names, costs, lambda s: today - total(s) - sum(costs[name] for name in s) if s else 0.0


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("budget", [14.0, 100.0])
def test_against_all_sets(seed: int, budget: float) -> None:
    names, costs, value = network(seed)
    others = [project("other-1", 4, 2.5), project("other-2", 3, 1)]
    links = [project(name, costs[name], value(frozenset([name]))) for name in names]
    given = rules(budget, exclusion=[{"projects": names[:2]}])
    found = choose_together(choose([*links, *others], given, DRAWS), value, names)
    best = -np.inf
    for size in range(13):
        for some in combinations(names, size):
            left = budget - sum(costs[name] for name in some)
            if left < 0 or {*names[:2]} <= set(some):
                continue
            rest = max(gain for amount, gain in [(0, 0), (4, 2.5), (3, 1), (7, 3.5)] if amount <= left + 1e-9)
            best = max(best, value(frozenset(some)) + rest)
    assert found.objective_usd_m == pytest.approx(best, abs=1e-6)
    assert found.stable
    assert found.valued < 2**12 / 2
    # the programme with the picture around the set keeps the rules, and its parts add up
    whole = found.programme
    assert whole.model.broken(whole.answer.columns) == ()
    assert {pick.project.id for pick in whole.picks} & set(names) == found.chosen
    assert sum(pick.mean_usd_m for pick in whole.picks) == pytest.approx(best)
    assert whole.mean_usd_m == pytest.approx(best)
    credited = sum(pick.mean_usd_m for pick in whole.picks if pick.project.id in found.chosen)
    assert credited == pytest.approx(found.joint_usd_m)
    alone = sum(found.alone_usd_m[name] for name in found.chosen)
    assert found.interaction_usd_m == pytest.approx(found.joint_usd_m - alone)
    assert found.joint_usd_m == pytest.approx(value(found.chosen))


def test_complements_are_taken_together_though_neither_pays_alone() -> None:
    def value(chosen: Set) -> float:
        return {0: 0.0, 1: -1.0, 2: 3.0}[len(chosen)]

    links = [project(name, 2, -1) for name in "ab"]
    alone = choose(links, rules(10), DRAWS)
    assert alone.picks == ()
    found = choose_together(alone, value, ["a", "b"])
    assert found.chosen == {"a", "b"}
    assert found.interaction_usd_m == pytest.approx(5)
    assert found.pairs_usd_m == {("a", "b"): pytest.approx(5)}
    assert found.marginal_usd_m == {"a": pytest.approx(4), "b": pytest.approx(4)}
    assert set(found.tidy()["chosen"]) == {True}


def test_the_joint_value_is_credited_as_shapley_does_without_triples() -> None:
    """Pairs are halved between both; what three bring beyond their pairs goes to those that interact."""

    def pairs(chosen: Set) -> float:
        alone = {"a": 5.0, "b": 2.0, "c": -1.0, "d": 4.0}
        extra = {frozenset("ab"): 3.0, frozenset("bc"): 2.0, frozenset("ad"): -1.0}
        return sum(alone[n] for n in chosen) + sum(x for pair, x in extra.items() if pair <= chosen)

    credit = joint_values(pairs, frozenset("abcd"))
    assert credit == pytest.approx({"a": 5 + 1.5 - 0.5, "b": 2 + 1.5 + 1, "c": -1 + 1, "d": 4 - 0.5})
    with_triple = joint_values(lambda s: pairs(s) + 6 * (s >= set("abc")), frozenset("abcd"))
    assert sum(with_triple.values()) == pytest.approx(pairs(frozenset("abcd")) + 6)
    assert with_triple["d"] < with_triple["a"]


def test_a_project_in_part_brings_part_of_a_pair() -> None:
    """Two need each other; of one at most half may be taken, and the money is enough for a quarter."""

    def value(chosen: Set) -> float:
        return {0: 0.0, 1: -1.0, 2: 8.0}[len(chosen)]

    large = project("large", 100, -2, cost_usd_m=100)
    given = rules(30, partial={"from_usd_m": 50, "least": 0.1, "most": 0.5})
    alone = choose([large, project("small", 5, -1)], given, DRAWS)
    assert alone.picks == ()
    found = choose_together(alone, value, ["large", "small"])
    shares = {pick.project.id: pick.share for pick in found.programme.picks}
    assert shares == {"large": pytest.approx(0.25), "small": 1}
    assert sum(pick.mean_usd_m for pick in found.programme.picks) == pytest.approx(found.objective_usd_m)
    # half of what may be taken: half of the value of the large one alone, and half of what both bring
    assert found.objective_usd_m == pytest.approx(-1 + 0.5 * (8 - 2 * -1) + 0.5 * -1)


def test_what_if_questions_know_of_interactions() -> None:
    """Prices, core index and budgets of the programme count what the pair brings."""

    def value(chosen: Set) -> float:
        return {0: 0.0, 1: -1.0, 2: 3.0}[len(chosen)]

    links = [project(name, 2, -1) for name in "ab"]
    given = rules(4, cap=[{"country": "KAZ", "usd_m": 9}])
    found = choose_together(choose([*links, project("c", 2, 1)], given, DRAWS), value, ["a", "b"])
    programme = found.programme
    assert found.chosen == {"a", "b"}
    assert programme.mean_usd_m == pytest.approx(3)
    prices = {price.rule: price.estimate for price in rule_prices(programme)}
    assert prices == {"budget.total": pytest.approx(1), "cap.country.KAZ": 0}
    core = core_index(programme)
    assert core.index.tolist() == [1, 1, 0]
    assert core.regret_usd_m == pytest.approx(np.zeros(1), abs=1e-9)
    budgets = budget_frontier(programme, [0.5, 1, 1.5])
    assert budgets["value"].tolist() == pytest.approx([1, 3, 4])
    # the list by ratio takes neither of the two, for alone they lose
    compared = ranking(programme, value)
    assert [pick.project.id for pick in compared.ranked.picks] == ["c"]
    assert compared.mean_lost_usd_m == pytest.approx(2)


def test_the_list_by_ratio_is_valued_truly_far_from_the_chosen_set() -> None:
    def value(chosen: Set) -> float:
        return {0: 0.0, 1: 1.0, 2: 0.0, 3: 10.0}[len(chosen)]

    projects = [*(project(name, 2, 1) for name in "abc"), project("d", 6, 5)]
    found = choose_together(choose(projects, rules(8), DRAWS), value, list("abc"))
    assert found.chosen == set("abc")
    picture = found.programme.model.layout.picture
    assert picture is not None
    assert picture.key == replace(picture, around=frozenset("cab"), truth={}).key
    assert "frozenset" not in picture.key, "its order is another in each process"
    assert picture.value([]) == pytest.approx(13), "three flips away the picture is off"
    # another rule leads there: the programme is worth what it truly is
    without = otherwise(found.programme, rules(6, bar=[{"project": "a", "why": "test"}]))
    assert without is not None
    assert (without.answer.value, without.mean_usd_m) == (pytest.approx(5), pytest.approx(5))
    empty = otherwise(found.programme, rules(0))
    assert empty is not None
    assert (empty.picks, empty.answer.value, empty.mean_usd_m) == ((), 0, 0)
    compared = ranking(found.programme, value)
    # the list goes by what each is worth alone
    assert [pick.project.id for pick in compared.ranked.picks] == ["d", "a"]
    assert compared.mean_lost_usd_m == pytest.approx(10 - 5 - 1)


def test_the_tail_counts_interactions_too() -> None:
    def value(chosen: Set) -> float:
        return {0: 0.0, 1: 2.0, 2: 7.0}[len(chosen)]

    links = [project(name, 2, 2, spread=1) for name in "ab"]
    tail = {"kind": "mean_cvar", "weight": 0.5, "tail": 0.25}
    alone = choose(links, rules(4, objective=tail), Draws(40, seed=2))
    found = choose_together(alone, value, ["a", "b"])
    drawn = found.programme.value_usd_m
    assert drawn == pytest.approx(alone.value_usd_m - alone.mean_usd_m + 7)
    worst = np.sort(drawn)[:10].mean()
    assert found.objective_usd_m == pytest.approx((drawn.mean() + worst) / 2)


def test_the_picture_is_exact_up_to_two_flips() -> None:
    names, _, value = network(3)
    names = names[:6]
    for around in (frozenset(), frozenset(names[:2]), frozenset(names[1:5])):
        constant, linear, pairs = expansion(value, names, around)
        for size in (0, 1, 2):
            for flips in combinations(names, size):
                chosen = around ^ set(flips)
                pictured = constant + sum(linear[name] for name in chosen)
                pictured += sum(extra for pair, extra in pairs.items() if chosen >= set(pair))
                assert pictured == pytest.approx(value(chosen))


def test_unknown_projects_and_a_value_for_nothing_are_refused() -> None:
    found = choose([project("a", 1, 1)], rules(1), DRAWS)
    with pytest.raises(UnknownNameError):
        choose_together(found, lambda _: 0.0, ["b"])
    with pytest.raises(InputError, match="empty set"):
        choose_together(found, lambda _: 1.0, ["a"])
