"""Route choice, hat costs, traffic: closed forms, limits and plain loops."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor_networks import Array, graph_of, joined_pairs, networks, rival
from serai.corridors import (
    Choice,
    Congestion,
    Graph,
    Routes,
    aggregate,
    best_hubs,
    distances,
    emissions,
    k_paths,
    path_costs,
    path_sizes,
    traffic,
)
from serai.errors import InputError

psis = st.floats(0.5, 40)


@st.composite
def choices(draw: st.DrawFn) -> tuple[Choice, Array, Array]:
    """A choice of routes with costs of edges before and after a change."""
    graph, cost = draw(networks())
    cost = cost + 0.01
    routes = k_paths(graph, cost, joined_pairs(graph, cost), 4, overlap=0.9)
    change = st.lists(st.floats(0.3, 2), min_size=graph.edges, max_size=graph.edges)
    return Choice.of(routes, cost, draw(psis)), cost, cost * np.array(draw(change))


def two_routes(psi: float, **more: object) -> Choice:
    """Two routes that share nothing, costs 1 and 2."""
    graph = graph_of(2, [(0, 1), (0, 1)])
    routes = Routes.of(graph, [(0, 1)], [[[0], [1]]])
    return Choice.of(routes, [1.0, 2.0], psi, **more)  # type: ignore[arg-type]


def test_two_routes_in_closed_form() -> None:
    choice, psi = two_routes(3.0), 3.0
    first = 1 / (1 + np.exp(-psi))
    np.testing.assert_allclose(choice.shares([1.0, 2.0]), [first, 1 - first], rtol=1e-14)
    moved = choice.hat_cost([1.0, 2.0], [0.8, 2.0])[0]
    expected = (first * np.exp(-0.2) ** -psi + (1 - first)) ** (-1 / psi)
    assert np.exp(moved) == pytest.approx(expected, rel=1e-14)


def test_path_sizes_by_hand() -> None:
    """Two of three routes share their first edge, half of their cost: sizes 3/4, 3/4 and 1."""
    graph = graph_of(3, [(0, 1), (1, 2), (1, 2), (0, 2)])
    routes = Routes.of(graph, [(0, 2)], [[[0, 1], [0, 2], [3]]])
    np.testing.assert_allclose(path_sizes(routes, [1.0, 1.0, 1.0, 2.0], np.zeros(4)), [0.75, 0.75, 1.0])


def test_sizes_do_not_count_a_route_that_is_closed_in_the_base() -> None:
    graph = graph_of(3, [(0, 1), (1, 2), (1, 2), (0, 2)])
    routes = Routes.of(graph, [(0, 2)], [[[0, 1], [0, 2], [3]]])
    sizes = path_sizes(routes, [1.0, 1.0, 1.0, 2.0], [False, False, True, False])
    np.testing.assert_allclose(sizes, [1.0, 0.75, 1.0])
    with pytest.raises(InputError, match="an edge has no finite cost"):
        path_sizes(routes, [1.0, 1.0, np.inf, 2.0], np.zeros(4))


@given(choices())
def test_shares_add_up_and_follow_the_formula(case: tuple[Choice, Array, Array]) -> None:
    choice, cost, _ = case
    routes = choice.routes
    paths = path_costs(routes, cost)
    shares = choice.shares(paths)
    for p in range(len(routes.pairs)):
        mine = slice(routes.first[p], routes.first[p + 1])
        weight = choice.size[mine] * np.exp(-choice.psi * (paths[mine] - paths[mine].min()))
        np.testing.assert_allclose(shares[mine], weight / weight.sum(), rtol=1e-10)


@given(choices())
def test_the_hat_cost_is_the_hat_form_of_base_shares(case: tuple[Choice, Array, Array]) -> None:
    choice, before, after = case
    routes = choice.routes
    old, new = path_costs(routes, before), path_costs(routes, after)
    found = choice.hat_cost(old, new)
    shares = choice.shares(old)
    for p in range(len(routes.pairs)):
        mine = slice(routes.first[p], routes.first[p + 1])
        total = (shares[mine] * np.exp(new[mine] - old[mine]) ** -choice.psi).sum()
        assert found[p] == pytest.approx(-np.log(total) / choice.psi, rel=1e-9, abs=1e-9)


@given(choices())
def test_an_infinite_elasticity_is_dijkstra(case: tuple[Choice, Array, Array]) -> None:
    choice, before, _ = case
    routes, cheaper = choice.routes, before.copy()
    cheapest = Choice.of(routes, before, np.inf)
    ends = routes.pairs
    least = distances(routes.graph, before, np.arange(routes.graph.nodes))[ends[:, 0], ends[:, 1]]
    paths = path_costs(routes, before)
    np.testing.assert_allclose(cheapest._levels(paths)[0] - np.log(1), least, atol=1e-12)
    large = Choice.of(routes, before, 1e6)
    np.testing.assert_allclose(large._levels(paths)[0], least, atol=1e-4)
    carried = traffic(routes, np.ones(len(ends)), cheapest.shares(paths))
    assert carried @ cheaper == pytest.approx(least.sum(), rel=1e-12)


@given(choices(), st.integers(0, 19))
def test_a_cheaper_edge_never_raises_a_cost(case: tuple[Choice, Array, Array], which: int) -> None:
    choice, before, _ = case
    after = before.copy()
    after[which % before.size] *= 0.5
    moved = choice.hat_cost(path_costs(choice.routes, before), path_costs(choice.routes, after))
    assert (moved <= 1e-12).all()


@given(choices())
def test_nothing_changes_when_nothing_changes(case: tuple[Choice, Array, Array]) -> None:
    choice, before, _ = case
    paths = path_costs(choice.routes, before)
    assert (choice.hat_cost(paths, paths) == 0).all()


@given(choices())
def test_slopes_of_hat_costs_are_traffic_shares(case: tuple[Choice, Array, Array]) -> None:
    """d log t_p / d g_e is the share of the pair's goods on the edge: the adjoint of the network."""
    choice, before, after = case
    routes, step = choice.routes, 1e-5
    weight = np.linspace(1, 2, len(routes.pairs))
    old = path_costs(routes, before)
    slopes = traffic(routes, weight, choice.shares(path_costs(routes, after)))
    for edge in range(min(4, before.size)):
        there = [
            path_costs(routes, after + side * step * (np.arange(after.size) == edge)) for side in (1, -1)
        ]
        up, down = (weight @ choice.hat_cost(old, paths) for paths in there)
        assert (up - down) / (2 * step) == pytest.approx(slopes[edge], rel=1e-6, abs=1e-7)


@given(choices())
def test_traffic_is_a_plain_sum(case: tuple[Choice, Array, Array]) -> None:
    choice, cost, _ = case
    routes = choice.routes
    shares = choice.shares(path_costs(routes, cost))
    flows = np.linspace(1, 3, len(routes.pairs))
    expected = np.zeros(cost.size)
    for path, pair in enumerate(routes.pair):
        for edge in routes.path(path):
            expected[edge] += flows[pair] * shares[path]
    np.testing.assert_allclose(traffic(routes, flows, shares), expected, rtol=1e-12)


@given(choices())
def test_draws_give_the_numbers_of_each_alone(case: tuple[Choice, Array, Array]) -> None:
    choice, before, after = case
    routes = choice.routes
    stack = np.stack([before, after, before * 2])
    psi = np.array([1.0, 5.0, float(choice.psi)])
    together = Choice.of(routes, before, psi)
    base = path_costs(routes, np.broadcast_to(before, stack.shape))
    found = together.hat_cost(base, path_costs(routes, stack))
    for n, cost in enumerate(stack):
        alone = Choice.of(routes, before, psi[n])
        expected = alone.hat_cost(path_costs(routes, before), path_costs(routes, cost))
        np.testing.assert_allclose(found[n], expected, rtol=1e-12, atol=1e-13)


def test_a_new_route_enters_with_the_share_its_cost_gives_it() -> None:
    choice = Choice.of(two_routes(3.0).routes, [1.0, 2.0], 3.0, closed=[False, True])
    np.testing.assert_array_equal(choice.shares([1.0, np.inf]), [1, 0])
    np.testing.assert_allclose(choice.shares([1.0, 2.0]), two_routes(3.0).shares([1.0, 2.0]))
    gain = choice.hat_cost([1.0, np.inf], [1.0, 2.0])[0]
    assert gain == pytest.approx(-np.log1p(np.exp(-3.0)) / 3, rel=1e-12)


def test_a_pair_closed_in_the_base_is_refused_and_one_closed_after_costs_infinity() -> None:
    choice = two_routes(3.0)
    shut = [np.inf, np.inf]
    with pytest.raises(InputError, match="all routes are closed in the base"):
        choice.hat_cost(shut, [1.0, 2.0])
    assert choice.hat_cost([1.0, 2.0], shut)[0] == np.inf


def test_nests_in_closed_form_and_as_one_nest() -> None:
    graph = graph_of(2, [(0, 1)] * 3)
    routes = Routes.of(graph, [(0, 1)], [[[0], [1], [2]]])
    cost, psi, eta = np.array([1.0, 1.2, 1.1]), 6.0, 2.0
    choice = Choice.of(routes, cost, psi, nest=[1, 0, 1], eta=eta)
    inner = np.array([np.exp(-psi * 1.2), np.exp(-psi * 1.0) + np.exp(-psi * 1.1)]) ** (eta / psi)
    outer = inner / inner.sum()
    shares = choice.shares(cost)
    assert shares[1] == pytest.approx(outer[0], rel=1e-12)
    assert shares[0] + shares[2] == pytest.approx(outer[1], rel=1e-12)
    assert shares[0] / shares[2] == pytest.approx(np.exp(psi * 0.1), rel=1e-10)
    after = cost + np.array([0.1, 0.0, -0.2])
    t = np.array([0.0, np.nan])
    within = shares[[0, 2]] / outer[1]
    t[1] = -np.log((within * np.exp(-psi * (after - cost)[[0, 2]])).sum()) / psi
    expected = -np.log((outer * np.exp(-eta * t)).sum()) / eta
    assert choice.hat_cost(cost, after)[0] == pytest.approx(expected, rel=1e-12)
    same = Choice.of(routes, cost, psi, nest=[2, 0, 1], eta=psi)
    np.testing.assert_allclose(same.shares(cost), Choice.of(routes, cost, psi).shares(cost), rtol=1e-12)


@given(networks(), psis)
def test_nests_keep_the_shape_of_routes_with_many_pairs(network: tuple[Graph, Array], psi: float) -> None:
    graph, cost = network
    routes = k_paths(graph, cost + 0.01, joined_pairs(graph, cost), 4, overlap=0.9)
    nest = np.arange(routes.paths) % 3
    paths = path_costs(routes, cost + 0.01)
    found = Choice.of(routes, cost + 0.01, psi, nest=nest, eta=psi).shares(paths)
    np.testing.assert_allclose(found, Choice.of(routes, cost + 0.01, psi).shares(paths), rtol=1e-9)


def test_elasticities_that_do_not_fit_are_refused() -> None:
    for psi, more, words in (
        (0.0, {}, "not positive"),
        (2.0, {"nest": [0, 1]}, "nests come with eta"),
        (2.0, {"eta": 1.0}, "nests come with eta"),
        (2.0, {"nest": [0, 1], "eta": 3.0}, "between nests lies outside"),
    ):
        with pytest.raises(InputError, match=words):
            two_routes(psi, **more)


@given(st.lists(st.floats(0.05, 1), min_size=1, max_size=5), st.floats(0.2, 20))
def test_modes_beside_each_other_leave_an_unchanged_cost_alone(weights: list[float], eta: float) -> None:
    shares = np.array(weights) / np.sum(weights)
    assert aggregate(shares, np.ones(shares.size), eta) == pytest.approx(1, rel=1e-12)


@given(st.lists(st.floats(0.3, 3), min_size=2, max_size=5), st.floats(0.2, 20))
def test_aggregate_is_its_formula_and_ends_at_the_least(ratios: list[float], eta: float) -> None:
    ratio = np.array(ratios)
    shares = np.full(ratio.size, 1 / ratio.size)
    expected = (shares * ratio**-eta).sum() ** (-1 / eta)
    assert aggregate(shares, ratio, eta) == pytest.approx(expected, rel=1e-10)
    assert aggregate(shares, ratio, np.inf) == pytest.approx(ratio.min(), rel=1e-14)


def test_aggregate_of_a_closed_class_and_of_bad_shares() -> None:
    assert aggregate([0.5, 0.5], [1.0, np.inf], 2.0) == pytest.approx(0.5**-0.5)
    assert aggregate([0.5, 0.5], [np.inf, np.inf], 2.0) == np.inf
    assert aggregate([1.0, 0.0], [2.0, 0.1], np.inf) == pytest.approx(2)
    for bad in ([0.5, 0.6], [1.5, -0.5]):
        with pytest.raises(InputError, match="shares are negative or do not add up"):
            aggregate(bad, [1.0, 1.0], 2.0)


def test_flows_of_the_wrong_length_are_refused() -> None:
    with pytest.raises(InputError, match=r"flows have shape \(2,\)"):
        traffic(two_routes(1.0).routes, [1.0, 2.0], [0.5, 0.5])


def test_emissions_by_hand() -> None:
    np.testing.assert_allclose(emissions([10.0, 10.0], [100.0, 50.0], [0.11, 0.0137]), [110.0, 6.85])


def test_congestion_is_the_ratio_of_the_curves() -> None:
    graph = graph_of(2, [(0, 1), (0, 1), (0, 1)])
    curve = Congestion.of(graph, [100.0, 100.0, np.inf], [50.0, 0.0, 10.0], scale=0.15, power=4.0)
    np.testing.assert_allclose(curve.ratio([50.0, 0.0, 10.0]), 1)
    expected = (1 + 0.15) / (1 + 0.15 * 0.5**4)
    np.testing.assert_allclose(curve.ratio([100.0, 100.0, 1e9]), [expected, 1.15, 1])
    for capacity in (0.0, -1.0, np.nan):
        with pytest.raises(InputError, match="row e1, capacity: the capacity is not positive"):
            Congestion.of(graph, [1.0, capacity, 1.0], np.zeros(3), scale=0.15, power=4.0)
    with pytest.raises(InputError, match="scale -1"):
        Congestion.of(graph, np.ones(3), np.zeros(3), scale=-1.0, power=4.0)


@given(networks(6, 14), st.integers(1, 3), st.randoms(use_true_random=False))
def test_hubs_against_brute_force(network: tuple[Graph, Array], k: int, random: object) -> None:
    """Every set, every simple path of networkx, the cheapest way: the same worth."""
    graph, cost = network
    cost = cost + 0.2
    pairs = joined_pairs(graph, cost)
    other = rival(graph, cost)
    listed = [[[e for _, _, e in path] for path in nx.all_simple_edge_paths(other, a, b)] for a, b in pairs]
    routes = Routes.of(graph, pairs, listed)
    rng = np.random.default_rng(random.randint(0, 2**32))  # type: ignore[attr-defined]
    savings = rng.random((4, graph.edges)) * 0.05
    flows = rng.random(len(pairs))
    names = ["Khorgos", "Aktau", "Navoi", "Termez"]
    found = best_hubs(Choice.of(routes, cost, np.inf), cost, savings, flows, names, k)
    worths = {}
    for chosen in combinations(range(4), k):
        after = cost - savings[list(chosen)].sum(axis=0)
        lengths = dict(nx.all_pairs_dijkstra_path_length(rival(graph, after), weight="cost"))
        base = dict(nx.all_pairs_dijkstra_path_length(other, weight="cost"))
        worths[tuple(names[h] for h in chosen)] = sum(
            f * (base[a][b] - lengths[a][b]) for f, (a, b) in zip(flows, pairs, strict=True)
        )
    assert found.exact
    assert found.worth == pytest.approx(max(worths.values()), rel=1e-9)
    assert worths[found.names] == pytest.approx(found.worth, rel=1e-9)


def test_four_hubs_are_added_and_swapped() -> None:
    """Hubs that save on edges of their own: the best four are those that save most."""
    graph = graph_of(2, [(0, 1)])
    choice = Choice.of(Routes.of(graph, [(0, 1)], [[[0]]]), [1.0], 5.0)
    savings = np.array([[0.01], [0.05], [0.02], [0.04], [0.03]])
    found = best_hubs(choice, [1.0], savings, [100.0], list("abcde"), 4)
    assert (found.names, found.exact) == (("b", "c", "d", "e"), False)
    assert found.worth == pytest.approx(14.0)
    with pytest.raises(InputError, match="6 of 5 candidates"):
        best_hubs(choice, [1.0], savings, [100.0], list("abcde"), 6)
    with pytest.raises(InputError, match="hubs add to a cost"):
        best_hubs(choice, [1.0], savings - 0.02, [100.0], list("abcde"), 2)
    with pytest.raises(InputError, match="savings have shape"):
        best_hubs(choice, [1.0], savings.T, [100.0], list("abcde"), 2)
