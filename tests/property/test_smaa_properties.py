"""What must hold of SMAA-2 whatever the scores."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from serai.axes import Axis
from serai.draws import Draws
from serai.programme import smaa

DRAWS = Draws(300, seed=6)
SHAPES = st.tuples(st.integers(2, 6), st.integers(2, 4))
# few distinct scores, so that ties are common
SCORES = st.sampled_from((0.0, 0.25, 0.5, 0.75, 1.0))


@st.composite
def intervals(draw):
    shape = draw(SHAPES)
    ends = [draw(arrays.arrays(float, shape, elements=SCORES)) for _ in range(2)]
    return np.minimum(*ends), np.maximum(*ends)


def ranked(low, high, order=None):
    count, criteria = low.shape
    order = list(range(count)) if order is None else order
    projects = Axis("project", tuple(f"p{i}" for i in order))
    return smaa(
        low[order], high[order], projects, Axis("criterion", tuple(f"c{k}" for k in range(criteria))), DRAWS
    )


@given(intervals())
@settings(max_examples=60, deadline=None)
def test_every_project_has_one_rank_and_every_rank_one_project(scores):
    result = ranked(*scores)
    assert np.allclose(result.ranks.sum(axis=0), 1)
    assert np.allclose(result.ranks.sum(axis=1), 1)
    assert (result.ranks >= 0).all()
    assert np.allclose(result.expected_rank.sum(), sum(range(1, len(result.alternatives) + 1)))


@given(intervals())
@settings(max_examples=60, deadline=None)
def test_central_weights_are_weights_and_average_to_all_weights(scores):
    result = ranked(*scores)
    known = np.isfinite(result.central_weights).all(axis=1)
    assert (known == (result.first > 0)).all()
    assert np.allclose(result.central_weights[known].sum(axis=1), 1)
    assert ((result.confidence[known] >= 0) & (result.confidence[known] <= 1)).all()


@given(intervals(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_projects_does_not_matter(scores, random):
    order = list(range(len(scores[0])))
    random.shuffle(order)
    straight, shuffled = ranked(*scores), ranked(*scores, order)
    assert np.allclose(shuffled.ranks, straight.ranks[order])


@given(intervals())
@settings(max_examples=60, deadline=None)
def test_a_project_better_everywhere_never_ranks_behind(scores):
    low, high = scores
    low, high = low.copy(), high.copy()
    high[1] = np.minimum(high[1], low[0])
    low[1] = np.minimum(low[1], high[1])
    result = ranked(low, high)
    assert result.expected_rank[0] <= result.expected_rank[1] + 1e-9
