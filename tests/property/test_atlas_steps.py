"""Each step keeps what it must keep, in worlds of any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serai.atlas import steps
from serai.draws import Draws, triangular

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(2, 9)


def world(seed: int, count: int, draws: int = 2) -> np.ndarray:
    """Flows over six orders of magnitude."""
    return np.exp(np.random.default_rng(seed).normal(0, 3, (draws, count, count)))


def targets(seed: int, flows: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(seed + 1)
    wanted = rng.normal(0, 0.3, flows.shape[:2]) * flows.sum(axis=-1)
    return wanted - wanted.mean(axis=-1, keepdims=True)


@settings(deadline=None, max_examples=60)
@given(seeds, sizes)
def test_balance_reaches_its_targets_with_one_factor_each(seed: int, count: int) -> None:
    flows = world(seed, count)
    goal = targets(seed, flows)
    scaled, logs = steps.balance(flows, goal)
    gap = scaled.sum(axis=-1) - scaled.sum(axis=-2) - goal
    assert np.abs(gap).max() < 1e-8 * flows.sum()
    m = np.exp(logs)
    expected = flows * m[:, None, :] / m[:, :, None] * (1 - np.eye(count))
    assert np.allclose(scaled, expected)


@settings(deadline=None, max_examples=40)
@given(seeds, sizes)
def test_balance_does_not_know_names(seed: int, count: int) -> None:
    flows = world(seed, count)
    goal = targets(seed, flows)
    order = np.random.default_rng(seed).permutation(count)
    scaled, _ = steps.balance(flows, goal)
    shuffled, _ = steps.balance(flows[:, order][:, :, order], goal[:, order])
    assert np.allclose(shuffled, scaled[:, order][:, :, order], rtol=1e-6, atol=1e-9 * flows.max())


def test_balance_leaves_a_balanced_world_alone() -> None:
    flows = world(3, 6)
    flows = flows + np.swapaxes(flows, 1, 2)
    scaled, logs = steps.balance(flows, np.zeros((2, 6)))
    assert np.allclose(scaled, flows * (1 - np.eye(6)))
    assert np.allclose(logs, 0)


def test_an_impossible_balance_raises() -> None:
    flows = np.ones((1, 3, 3))
    flows[0, 0] = 0
    with pytest.raises((ArithmeticError, np.linalg.LinAlgError)):
        steps.balance(flows, np.array([[1.0, -0.5, -0.5]]))


@settings(deadline=None, max_examples=60)
@given(seeds, st.integers(4, 9), st.floats(0, 3), st.booleans(), st.booleans())
def test_rerouting_keeps_origin_and_total(
    seed: int, count: int, size: float, first: bool, second: bool
) -> None:
    goods = world(seed, count) * (1 - np.eye(count))
    hub, markets = 0, np.array([1, 2])
    shares = np.array([[0.7, 0.3], [0.2, 0.8]])
    keep = np.array([first, second])
    excess = size * goods[:, :, hub].sum(axis=-1)
    result, dropped = steps.reroute(goods, hub, excess, markets, shares, keep)
    assert (result >= -1e-9).all()
    assert np.allclose(result.sum(axis=(1, 2)) + dropped, goods.sum(axis=(1, 2)))
    origins = np.flatnonzero(~np.isin(np.arange(count), markets))
    assert np.allclose(result[:, origins].sum(axis=-1), goods[:, origins].sum(axis=-1))
    for market, kept in zip(markets, keep, strict=True):
        if kept:
            assert np.allclose(result[:, market, hub], goods[:, market, hub])
    assert np.allclose(np.diagonal(result, axis1=1, axis2=2), 0)
    if first and second:
        assert np.allclose(dropped, 0)
    sent = goods[:, :, hub] - result[:, :, hub]
    assert (sent.sum(axis=-1) <= excess + 1e-9 * goods.sum()).all()


@settings(deadline=None, max_examples=60)
@given(seeds, sizes)
def test_looking_through_never_makes_capital(seed: int, count: int) -> None:
    foreign = world(seed, count) * (1 - np.eye(count))
    capital = foreign.sum(axis=1) * np.random.default_rng(seed).uniform(0.2, 3, (2, count))
    result = steps.look_through(foreign, capital, 0.9)
    assert (result >= 0).all()
    assert np.allclose(np.diagonal(result, axis1=1, axis2=2), 0)
    assert (result.sum(axis=(1, 2)) <= foreign.sum(axis=(1, 2)) * (1 + 1e-9)).all()
    holdings, excess = steps.own_capital(result, capital, 0.9)
    assert np.allclose(holdings.sum(axis=1), capital)
    assert (np.diagonal(holdings, axis1=1, axis2=2) >= 0.1 * capital * (1 - 1e-9)).all()
    assert (excess >= 0).all()


def test_a_conduit_is_looked_through() -> None:
    """Money of A in C beyond its capital shows up where C invests; the rest of the table stays."""
    a, b, c = 0, 1, 2
    foreign = np.zeros((1, 3, 3))
    foreign[0, a, c] = 100
    foreign[0, c, b] = 200
    capital = np.array([[1000.0, 1000.0, 50.0]])
    result = steps.look_through(foreign, capital, 0.9)
    assert result[0, a, c] == pytest.approx(45)
    assert result[0, a, b] == pytest.approx(55)
    assert result[0, c, b] == pytest.approx(145)


def test_capital_abroad_is_capped_by_capital_at_home() -> None:
    foreign = np.array([[[0.0, 30.0, 10.0], [1.0, 0.0, 1.0], [0.0, 2.0, 0.0]]])
    result = steps.capital_abroad(foreign, np.array([[20.0, 20.0, 20.0]]), 1.0)
    assert result[0, 0].tolist() == [0, 15, 5]
    assert np.allclose(result[0, 1:], foreign[0, 1:])


@settings(deadline=None, max_examples=40)
@given(seeds, sizes)
def test_net_capital_income_adds_up_to_zero(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    holdings = world(seed, count)
    income = steps.net_capital_income(holdings, rng.uniform(0.2, 0.7, count), rng.uniform(1, 100, count))
    assert np.allclose(income.sum(axis=-1), 0, atol=1e-9)


def test_net_capital_income_of_two() -> None:
    holdings = np.array([[[60.0, 25.0], [40.0, 75.0]]])
    income = steps.net_capital_income(holdings, np.array([0.5, 0.4]), np.array([100.0, 50.0]))
    assert income[0, 0] == pytest.approx(0.25 * 20 - 0.4 * 50)


@settings(deadline=None, max_examples=60)
@given(st.floats(1e-3, 1e6), st.floats(1e-3, 1e6), st.floats(0, 1))
def test_mixing_stays_between_the_sources(first: float, second: float, weight: float) -> None:
    mixed = float(steps.mix_sources(np.array([first]), np.array([second]), np.array([[weight]]), 1e12)[0, 0])
    low, high = sorted((first, second))
    assert low * (1 - 1e-9) <= mixed <= high * (1 + 1e-9)
    assert (
        float(steps.mix_sources(np.array([first]), np.array([second]), np.zeros((1, 1)), 20)[0, 0]) == first
    )
    capped = float(steps.mix_sources(np.array([first]), np.array([second]), np.ones((1, 1)), 20)[0, 0])
    assert 1 / 20.001 <= capped / first <= 20.001


def test_cells_keep_their_quantiles() -> None:
    z = Draws(200_000, seed=1).normal("z", (1,))
    drawn = steps.lognormal(z, np.array([10.0]), np.array([1.0]), np.array([40.0]))
    assert np.quantile(drawn, (0.1, 0.5, 0.9)) == pytest.approx([1, 10, 40], rel=0.03)
    assert (steps.lognormal(z, np.array([0.0]), np.array([0.0]), np.array([5.0])) == 0).all()


@settings(deadline=None, max_examples=60)
@given(seeds, st.floats(0.01, 0.99))
def test_triangular_quantiles_invert_the_distribution(seed: int, p: float) -> None:
    low, mode, high = np.sort(np.random.default_rng(seed).uniform(0, 10, 3))
    x = float(triangular(np.array(p), low, mode, high))
    below = (x - low) ** 2 / ((high - low) * (mode - low)) if x <= mode else None
    above = 1 - (high - x) ** 2 / ((high - low) * (high - mode)) if x > mode else None
    assert (below if below is not None else above) == pytest.approx(p, abs=1e-9)
    assert float(triangular(np.array(p), 4.0, 4.0, 4.0)) == 4


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1000), st.integers(1, 50), st.integers(0, 60))
def test_part_of_the_draws_is_a_part(seed: int, length: int, first: int) -> None:
    whole = Draws(120, seed)
    part = whole.part(first, first + length)
    for shape in ((), (3,), (2, 5)):
        assert (part.uniform("x", shape) == whole.uniform("x", shape)[first : first + length]).all()
    again = part.part(0, 1)
    assert (again.uniform("x", (3,)) == whole.uniform("x", (3,))[first : first + 1]).all()
