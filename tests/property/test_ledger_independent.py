"""The largest independent set against brute force, on random graphs, through every path of the algorithm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serai.ledger import independent
from serai.ledger.independent import independent_set

Graph = tuple[list[int], list[tuple[int, int]]]


@st.composite
def graphs(draw: st.DrawFn, largest: int = 11) -> Graph:
    n = draw(st.integers(1, largest))
    weights = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    pair = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
    return weights, draw(st.lists(pair, max_size=3 * n))


def brute(weights: list[int], edges: list[tuple[int, int]]) -> int:
    n = len(weights)
    masks = [(1 << a) | (1 << b) for a, b in edges if a != b]
    worth = [sum(w for i, w in enumerate(weights) if s >> i & 1) for s in range(1 << n)]
    return max(worth[s] for s in range(1 << n) if all(s & m != m for m in masks))


def check(weights: list[int], edges: list[tuple[int, int]]) -> None:
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    found = independent_set(np.array(weights, dtype=float), pairs)
    assert found.exact
    assert found.value == brute(weights, edges) == found.bound
    assert found.value == sum(w for w, chosen in zip(weights, found.chosen, strict=True) if chosen)
    for a, b in edges:
        assert a == b or not (found.chosen[a] and found.chosen[b])


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_against_brute_force(graph: Graph) -> None:
    check(*graph)


@pytest.fixture
def only_milp(monkeypatch: pytest.MonkeyPatch) -> None:
    """No reductions, no recursion: everything goes to the integer program."""
    monkeypatch.setattr(independent, "SMALL", 0)
    monkeypatch.setattr(independent, "_reduce", lambda _graph, _w, _waiting=None: (set(), []))


@pytest.fixture
def only_recursion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(independent, "_reduce", lambda _graph, _w, _waiting=None: (set(), []))


def random_graphs(count: int) -> list[Graph]:
    rng = np.random.default_rng(7)
    found = []
    for _ in range(count):
        n = int(rng.integers(3, 12))
        edges = [(a, b) for a in range(n) for b in range(a) if rng.random() < 0.4]
        found.append((rng.integers(1, 20, n).tolist(), edges))
    return found


@pytest.mark.usefixtures("only_milp")
def test_integer_program_alone() -> None:
    for graph in random_graphs(25):
        check(*graph)


@pytest.mark.usefixtures("only_recursion")
def test_recursion_alone() -> None:
    for graph in random_graphs(60):
        check(*graph)


def test_large_component_by_both_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """A component too large for brute force: the integer program and the recursion agree."""
    rng = np.random.default_rng(3)
    n = 36
    edges = np.array([(a, b) for a in range(n) for b in range(a) if rng.random() < 0.15])
    weights = rng.integers(1, 10**9, n).astype(float)
    by_program = independent_set(weights, edges)
    monkeypatch.setattr(independent, "SMALL", n)
    by_recursion = independent_set(weights, edges)
    assert by_program.value == by_recursion.value
    assert by_program.exact


def test_refuses_weights_that_mean_nothing() -> None:
    for bad in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="finite and zero or more"):
            independent_set(np.array([1.0, bad]), np.zeros((0, 2), dtype=np.int64))


def test_time_limit_gives_a_valid_bracket() -> None:
    """Cut off at once, the answer is still an independent set, and the bound still holds."""
    rng = np.random.default_rng(1)
    n = 60
    edges = np.array([(a, b) for a in range(n) for b in range(a) if rng.random() < 0.2])
    weights = rng.integers(50, 60, n).astype(float)
    cut = independent_set(weights, edges, seconds=0.0)
    full = independent_set(weights, edges)
    assert not cut.chosen[edges].all(axis=1).any()
    assert cut.value <= full.value <= cut.bound
    assert full.exact
