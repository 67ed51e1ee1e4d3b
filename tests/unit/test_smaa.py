"""SMAA-2 where the answer is known in closed form, and its mistakes."""

from __future__ import annotations

import numpy as np
import pytest

from serai.axes import Axis
from serai.draws import Draws
from serai.errors import InputError
from serai.programme import ordered_weights, smaa, uniform_weights
from serai.programme.smaa import rank_shares

DRAWS = Draws(20_000, seed=8)
TWO = Axis("criterion", ("x", "y"))


def names(count):
    return Axis("project", tuple(f"p{i}" for i in range(count)))


def test_two_known_projects_split_the_weights_where_their_lines_cross():
    """p0 = 0.9 x + 0.2 y beats p1 = 0.2 x + 0.8 y where the weight of x exceeds 6/13."""
    result = smaa([[0.9, 0.2], [0.2, 0.8]], [[0.9, 0.2], [0.2, 0.8]], names(2), TWO, DRAWS)
    cut = 6 / 13
    assert result.first == pytest.approx([1 - cut, cut], abs=0.015)
    assert result.central_weights[0] == pytest.approx([(1 + cut) / 2, (1 - cut) / 2], abs=0.01)
    assert result.central_weights[1] == pytest.approx([cut / 2, 1 - cut / 2], abs=0.01)
    assert result.confidence.tolist() == [1, 1]


def test_ignorance_ranks_everything_alike():
    result = smaa(np.zeros((4, 2)), np.ones((4, 2)), names(4), TWO, DRAWS)
    assert result.ranks == pytest.approx(np.full((4, 4), 0.25), abs=0.015)
    assert result.expected_rank == pytest.approx([2.5] * 4, abs=0.05)


def test_ties_share_their_ranks_whatever_the_order():
    low = np.array([[0.5, 0.5], [0.7, 0.7], [0.5, 0.5], [0.5, 0.5]])
    result = smaa(low, low, names(4), TWO, Draws(100, seed=1))
    third = [0, 1 / 3, 1 / 3, 1 / 3]
    assert result.ranks == pytest.approx(np.array([third, [1, 0, 0, 0], third, third]))
    assert np.isnan(result.central_weights[0]).all()
    assert np.isnan(result.confidence[0])


def test_equal_projects_are_equal_to_the_last_bit():
    row = np.random.default_rng(0).random(30)
    criteria = Axis("criterion", tuple(f"c{k}" for k in range(30)))
    low = np.tile(row, (7, 1))
    result = smaa(low, low, names(7), criteria, Draws(50, seed=1))
    assert result.ranks == pytest.approx(np.full((7, 7), 1 / 7))


def test_another_project_moves_no_draw():
    low, high = np.array([[0.1, 0.2], [0.2, 0.1]]), np.array([[0.9, 0.8], [0.7, 1.0]])
    few = smaa(low, high, names(2), TWO, DRAWS)
    more = smaa(np.vstack([low, [[0, 0]]]), np.vstack([high, [[0, 0]]]), names(3), TWO, DRAWS)
    assert more.ranks[:2, :2] == pytest.approx(few.ranks, abs=1e-12)


def test_order_and_least_weights():
    weights = ordered_weights(DRAWS, Axis("criterion", ("a", "b", "c")), ["c", "a", "b"])
    assert (weights[:, 2] >= weights[:, 0]).all()
    assert (weights[:, 0] >= weights[:, 1]).all()
    assert weights.mean(axis=0) == pytest.approx([5 / 18, 2 / 18, 11 / 18], abs=0.01)  # rank-order centroid
    floored = uniform_weights(DRAWS, TWO, least={"x": 0.6})
    assert floored[:, 0].min() >= 0.6
    assert floored.sum(axis=1) == pytest.approx(np.ones(DRAWS.count))
    assert floored[:, 0].mean() == pytest.approx(0.8, abs=0.01)


def test_uniform_weights_are_uniform_over_the_simplex():
    weights = uniform_weights(DRAWS, Axis("criterion", ("a", "b", "c")))
    assert weights.mean(axis=0) == pytest.approx([1 / 3] * 3, abs=0.01)
    assert weights.var(axis=0) == pytest.approx([1 / 18] * 3, rel=0.05)
    assert (weights[:, 0] < 0.5).mean() == pytest.approx(0.75, abs=0.015)


def test_tidy_and_summary():
    result = smaa([[0.2, 0.2], [0.9, 0.9]], [[0.3, 0.3], [0.9, 0.9]], names(2), TWO, DRAWS)
    assert result.tidy()["alternative"].tolist() == ["p1", "p0"]
    assert result.best(2) == pytest.approx([1, 1])
    assert "p1: mean rank 1.0, first in 100.0%" in result.summary()


@pytest.mark.parametrize(
    ("low", "high", "reason"),
    [
        ([[0.5, np.nan], [0, 0]], [[1, 1], [1, 1]], "no interval"),
        ([[0.5, 0.9], [0, 0]], [[1, 0.2], [1, 1]], "no interval"),
        ([[0.5, 0], [0, 0]], [[1.5, 1], [1, 1]], "no interval"),
        ([[0.5, 0]], [[1, 1]], "shape"),
    ],
)
def test_bad_scores_are_refused_by_label(low, high, reason):
    with pytest.raises(InputError, match=reason):
        smaa(low, high, names(2), TWO, DRAWS)


def test_bad_weights_are_refused():
    known = [[0.5, 0.5], [0.4, 0.4]]
    with pytest.raises(InputError, match="do not sum to one"):
        smaa(known, known, names(2), TWO, DRAWS, weights=np.full((DRAWS.count, 2), 0.4))
    with pytest.raises(InputError, match="wrong shape"):
        smaa(known, known, names(2), TWO, DRAWS, weights=np.full((3, 2), 0.5))
    with pytest.raises(InputError, match="do not fit"):
        uniform_weights(DRAWS, TWO, least={"x": 0.7, "y": 0.4})
    with pytest.raises(InputError, match="every criterion once"):
        ordered_weights(DRAWS, TWO, ["x"])


def test_blocks_make_no_difference():
    """More draws than one block holds, against one pass over all."""
    rng = np.random.default_rng(5)
    values, weights = rng.random((1300, 4)), rng.dirichlet([1, 1], 1300)
    ranks, central = rank_shares(values, weights)
    order = (-values).argsort(axis=1)
    assert ranks == pytest.approx(np.array([[(order[:, r] == a).mean() for r in range(4)] for a in range(4)]))
    assert central[2] == pytest.approx(weights[order[:, 0] == 2].mean(axis=0))


def test_an_interval_is_drawn_over_its_whole_width():
    """p0 is known to be 0.5; p1 lies anywhere in 0.2 to 0.6: it is first in a quarter of the draws."""
    result = smaa([[0.5], [0.2]], [[0.5], [0.6]], names(2), Axis("criterion", ("x",)), DRAWS)
    assert result.first == pytest.approx([0.75, 0.25], abs=0.012)
    assert result.confidence == pytest.approx([0.75, 0.25], abs=0.05)
