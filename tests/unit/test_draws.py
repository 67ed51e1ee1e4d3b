"""Named draws: quantiles, independence of count and order, variance shares."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from serai.draws import Draws, Uncertain, interval, variance_shares
from serai.errors import InputError, UnknownNameError

RANGES = [
    Uncertain("a", 5.0, 3.8, 6.6, "lognormal"),
    Uncertain("b", 0.05, -0.078, 0.178, "normal"),
    Uncertain("c", 0.5, 0.3, 0.7, "triangular"),
    Uncertain("d", 1.13, 1.1, 1.16, "uniform"),
]


@pytest.mark.parametrize("uncertain", RANGES[:2], ids=lambda u: u.shape)
def test_a_range_holds_the_central_eighty_percent(uncertain: Uncertain) -> None:
    assert uncertain.quantile(0.5) == pytest.approx(uncertain.value)
    assert uncertain.quantile(0.1) == pytest.approx(uncertain.low)
    assert uncertain.quantile(0.9) == pytest.approx(uncertain.high)


def test_triangular_and_uniform_agree_with_scipy() -> None:
    p = np.linspace(0.01, 0.99, 25)
    triangular = stats.triang(c=(0.4 - 0.2) / 0.7, loc=0.2, scale=0.7)
    np.testing.assert_allclose(Uncertain("t", 0.4, 0.2, 0.9, "triangular").quantile(p), triangular.ppf(p))
    np.testing.assert_allclose(
        Uncertain("u", 2.0, 1.0, 3.0, "uniform").quantile(p), stats.uniform(1, 2).ppf(p)
    )


@given(st.sampled_from(RANGES), st.floats(0.001, 0.998), st.floats(0.0001, 0.001))
def test_quantiles_rise(uncertain: Uncertain, p: float, step: float) -> None:
    assert uncertain.quantile(p) < uncertain.quantile(p + step)


def test_an_input_does_not_move_when_another_is_added_or_more_are_drawn() -> None:
    few, many = Draws(10, seed=3), Draws(500, seed=3)
    np.testing.assert_array_equal(few.uniform("theta"), many.uniform("theta")[:10])
    np.testing.assert_array_equal(few.normal("m", (4, 2)), many.normal("m", (4, 2))[:10])
    assert not np.allclose(many.uniform("theta"), many.uniform("epsilon"))
    assert not np.allclose(many.uniform("theta"), Draws(500, seed=4).uniform("theta"))
    assert abs(np.corrcoef(many.uniform("theta"), many.uniform("epsilon"))[0, 1]) < 0.15


@given(st.integers(0, 40), st.integers(1, 20))
def test_a_part_is_a_slice_of_the_whole(first: int, length: int) -> None:
    whole = Draws(60, seed=1)
    part = whole.part(first, first + length)
    np.testing.assert_array_equal(part.uniform("x", (3,)), whole.uniform("x", (3,))[first : first + length])


def test_interval_is_the_fifth_to_the_ninety_fifth_percentile_without_failed_draws() -> None:
    values = np.append(np.arange(101.0), np.nan)
    found = interval(values)
    assert (found.low, found.estimate, found.high) == (5.0, 50.0, 95.0)


def test_variance_shares_of_a_linear_outcome_are_the_squares_of_its_weights() -> None:
    draws = Draws(4000, seed=1)
    inputs = {name: draws.normal(name) for name in ("a", "b", "c")}
    shares = variance_shares(3 * inputs["a"] + 4 * inputs["b"], inputs)
    assert shares["a"] == pytest.approx(9 / 25, abs=0.03)
    assert shares["b"] == pytest.approx(16 / 25, abs=0.03)
    assert shares["c"] < 0.01
    assert sum(shares.values()) == pytest.approx(1)


def test_what_no_input_explains_is_called_other() -> None:
    draws = Draws(4000, seed=1)
    inputs = {"a": draws.normal("a"), "still": np.ones(4000)}
    shares = variance_shares(inputs["a"] + draws.normal("hidden"), inputs)
    assert shares["other"] == pytest.approx(0.5, abs=0.05)
    assert shares["still"] == 0
    assert variance_shares(np.ones(4000), inputs) == {"a": 0, "still": 0, "other": 0}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"value": 1.0, "shape": "normal"}, "without a range"),
        ({"value": 9.0, "low": 1.0, "high": 2.0, "shape": "uniform"}, "outside its own range"),
        ({"value": 1.0, "low": -1.0, "high": 2.0, "shape": "lognormal"}, "positive range"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Uncertain("x", **fields)  # type: ignore[arg-type]


def test_a_misspelt_shape_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean lognormal"):
        Uncertain("x", 1.0, 0.5, 2.0, "lognorml")
