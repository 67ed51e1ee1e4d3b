"""Stable allocations of random markets: feasible, no blocking pair, Gale and Shapley on units."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serai.axes import Array
from serai.broker import blocking_pairs, cheapest, stable_allocation
from serai.broker.stable import NEVER, Ranks
from serai.broker.transport import most

Market = tuple[Array, Array, Array, Ranks, Ranks]


def market(random: np.random.Generator, *, unit: bool = False, most: int = 9) -> Market:
    """Amounts that often coincide, pairs that may not be, ranks at random."""
    left, right = random.integers(1, most, 2)
    if unit:
        supply, demand, capacity = np.ones(left), np.ones(right), np.ones((left, right))
    elif random.random() < 0.5:
        supply, demand = (random.integers(0, 6, size).astype(float) for size in (left, right))
        capacity = random.integers(0, 4, (left, right)).astype(float)
    else:
        supply, demand = (random.exponential(5, size) for size in (left, right))
        capacity = random.exponential(4, (left, right))
    never = random.random((left, right)) > random.uniform(0.3, 1)
    ranks = [random.random((left, right)).argsort(axis=a).argsort(axis=a) for a in (1, 0)]
    return supply, demand, capacity, np.where(never, NEVER, ranks[0]), np.where(never, NEVER, ranks[1])


def blocking_by_definition(amounts: Array, m: Market) -> list[tuple[int, int]]:
    """The definition word for word, pair by pair, sharing no code with the package."""
    supply, demand, capacity, likes_p, likes_r = m
    found = []
    for p in range(len(supply)):
        for r in range(len(demand)):
            if NEVER in (likes_p[p, r], likes_r[p, r]) or amounts[p, r] >= capacity[p, r] - 1e-9:
                continue
            spare_p = supply[p] - amounts[p].sum() > 1e-9 or any(
                amounts[p, q] > 1e-9 and likes_p[p, q] > likes_p[p, r] for q in range(len(demand))
            )
            spare_r = demand[r] - amounts[:, r].sum() > 1e-9 or any(
                amounts[q, r] > 1e-9 and likes_r[q, r] > likes_r[p, r] for q in range(len(supply))
            )
            if spare_p and spare_r:
                found.append((p, r))
    return found


def gale_shapley(m: Market) -> Array:
    """Deferred acceptance, one to one, the proposers' best."""
    supply, demand, _, likes_p, likes_r = m
    amounts = np.zeros((len(supply), len(demand)))
    lists = [[int(r) for r in row.argsort() if row[r] != NEVER] for row in likes_p]
    holder: dict[int, int] = {}
    waiting = list(range(len(supply)))
    while waiting:
        p = waiting.pop()
        if not lists[p]:
            continue
        r = lists[p].pop(0)
        rival = holder.get(r)
        if rival is None or likes_r[p, r] < likes_r[rival, r]:
            holder[r] = p
            if rival is not None:
                waiting.append(rival)
        else:
            waiting.append(p)
    for r, p in holder.items():
        amounts[p, r] = 1
    return amounts


def test_a_thousand_random_markets_have_no_blocking_pair() -> None:
    random = np.random.default_rng(7)
    placed = 0.0
    for _ in range(1000):
        m = market(random)
        amounts = stable_allocation(*m)
        supply, demand, capacity, likes_p, likes_r = m
        assert (amounts >= 0).all()
        assert (amounts.sum(axis=1) <= supply + 1e-9).all()
        assert (amounts.sum(axis=0) <= demand + 1e-9).all()
        assert (amounts <= capacity).all()
        assert not amounts[(likes_p == NEVER) | (likes_r == NEVER)].any()
        assert blocking_by_definition(amounts, m) == []
        assert blocking_pairs(amounts, *m) == []
        placed += amounts.sum()
    assert placed > 1000


def test_blocking_pairs_are_found_where_they_are() -> None:
    random = np.random.default_rng(8)
    seen = 0
    for _ in range(300):
        m = market(random)
        amounts = stable_allocation(*m) * random.integers(0, 2, m[2].shape)
        expected = blocking_by_definition(amounts, m)
        assert sorted(blocking_pairs(amounts, *m)) == sorted(expected)
        seen += len(expected)
    assert seen > 100


def test_units_are_gale_and_shapley() -> None:
    random = np.random.default_rng(9)
    for _ in range(300):
        m = market(random, unit=True)
        assert stable_allocation(*m).tolist() == gale_shapley(m).tolist()


def test_proposers_get_their_best_and_receivers_their_worst() -> None:
    """Rank-weighted amounts of the proposers are never better when the other side proposes."""
    random = np.random.default_rng(10)
    better = 0
    for _ in range(200):
        supply, demand, capacity, likes_p, likes_r = m = market(random, unit=True)
        own = stable_allocation(*m)
        other = stable_allocation(demand, supply, capacity.T, likes_r.T, likes_p.T).T
        for p in range(len(supply)):
            if own[p].any():
                assert likes_p[p][own[p] > 0].max() <= likes_p[p][other[p] > 0].max()
                better += bool((own[p] != other[p]).any())
    assert better > 0


def test_a_chain_that_goes_round_ends_whatever_the_amounts() -> None:
    """A crumb that would go round a cycle a billion times is moved at once."""
    supply, demand = np.array([1.0, 1.0, 1e-9]), np.array([1.0, 1.0])
    likes_p = np.array([[0, 1], [1, 0], [0, 1]])
    likes_r = np.array([[2, 0], [1, 2], [0, 1]])
    m = supply, demand, np.full((3, 2), 5.0), likes_p, likes_r
    amounts = stable_allocation(*m)
    assert blocking_pairs(amounts, *m, tolerance=1e-12) == []
    assert amounts[0, 1] == pytest.approx(1.0, abs=1e-8)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_cheapest_is_proved_by_its_dual(seed: int) -> None:
    random = np.random.default_rng(seed)
    m = market(random)
    supply, _, capacity, likes_p, likes_r = m
    amounts = stable_allocation(*m)
    allowed = (likes_p != NEVER) & (likes_r != NEVER)
    cost = random.uniform(0.5, 1.5, capacity.shape)
    met = amounts.sum(axis=0)
    found = cheapest(supply, met, capacity, cost, allowed, amounts)
    assert found.cost == pytest.approx(found.bound, abs=1e-6)
    assert found.amounts.sum(axis=0) == pytest.approx(met, abs=1e-6)
    assert (found.amounts.sum(axis=1) <= supply + 1e-6).all()
    assert found.cost <= (amounts * cost).sum() + 1e-6
    assert found.cost == pytest.approx((found.amounts * cost).sum(), abs=1e-6)


def test_the_cheapest_of_many_lenders_is_that_of_the_whole_programme() -> None:
    """More lenders than the first round looks at: the pairs left out at first must come in where they pay."""
    from scipy.optimize import linprog

    random = np.random.default_rng(11)
    grew = 0
    for _ in range(5):
        left, right = 40, 12
        supply, demand = random.exponential(2, left), random.exponential(5, right)
        capacity = np.full((left, right), 4.0)
        ranks = [random.random((left, right)).argsort(axis=a).argsort(axis=a) for a in (1, 0)]
        amounts = stable_allocation(supply, demand, capacity, *ranks)
        met = amounts.sum(axis=0)
        cost = random.uniform(0.5, 1.5, (left, 1)) + random.uniform(0, 0.1, (left, right))
        found = cheapest(supply, met, capacity, cost, np.ones((left, right), dtype=bool), amounts)
        whole = linprog(
            cost.ravel(),
            A_ub=np.kron(np.eye(left), np.ones(right)),
            b_ub=supply,
            A_eq=np.kron(np.ones(left), np.eye(right)),
            b_eq=met,
            bounds=(0, 4.0),
        )
        assert found.cost == pytest.approx(whole.fun, abs=1e-6)
        eighth = np.sort(cost, axis=0)[7]
        grew += bool(((found.amounts > 1e-9) & (amounts <= 0) & (cost > eighth)).any())
    assert grew > 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_most_is_that_of_a_linear_programme(seed: int) -> None:
    from scipy.optimize import linprog

    supply, demand, capacity, likes_p, _ = market(np.random.default_rng(seed))
    allowed = likes_p != NEVER
    left, right = capacity.shape
    by_row = np.kron(np.eye(left), np.ones(right))
    by_column = np.kron(np.ones(left), np.eye(right))
    found = linprog(
        -np.ones(left * right),
        A_ub=np.vstack([by_row, by_column]),
        b_ub=np.concatenate([supply, demand]),
        bounds=np.stack([np.zeros(left * right), (capacity * allowed).ravel()], axis=1),
    )
    assert most(supply, demand, capacity, allowed) == pytest.approx(-found.fun, abs=1e-3 * (left + right))
