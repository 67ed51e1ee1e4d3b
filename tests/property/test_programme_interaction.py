"""Projects that need one another: the loop finds what trying all sets finds.

The value of a set is what traffic saves on a small network when the links of the set are improved, less their
costs: the links of one way are complements, two ways to one place are substitutes.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from portfolio_cases import project, rules
from serai.draws import Draws
from serai.errors import InputError, UnknownNameError
from serai.programme import choose
from serai.programme.interaction import choose_together
from serai.programme.picture import Set, Value, expansion

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
