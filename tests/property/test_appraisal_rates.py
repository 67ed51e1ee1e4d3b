"""Internal rates against an independent route, on flows nobody chose."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from serai.programme import internal_rates, present_value
from serai.programme.overruns import cost_overrun
from serai.programme.parameters import reference_classes

AMOUNTS = st.lists(st.integers(-500, 500), min_size=2, max_size=14).filter(any)
CLASSES = reference_classes().places("mean_overrun_pct")


@given(AMOUNTS)
@settings(max_examples=150, deadline=None)
def test_every_rate_makes_the_flow_worth_nothing(amounts):
    size = sum(map(abs, amounts))
    for rate in internal_rates(amounts).rates:
        growth = max(1 / (1 + rate), 1) ** len(amounts)
        assert abs(float(present_value(amounts, rate))) <= 1e-6 * size * growth


@given(AMOUNTS)
@settings(max_examples=150, deadline=None)
def test_the_sign_changes_only_at_the_rates_found(amounts):
    """Between two neighbouring rates nothing changes sign, and at a rate of odd multiplicity it does."""
    found = internal_rates(amounts)
    points = np.array([1 / (1 + rate) for rate in reversed(found.rates)])
    edges = np.r_[0, points, (points[-1] if points.size else 1) * 2 + 1]
    values = np.polynomial.Polynomial(np.trim_zeros(np.array(amounts, dtype=float), "f"))
    signs = []
    for left, right in pairwise(edges):
        inside = np.linspace(left, right, 25)[1:-1]
        seen = np.sign(values(inside))
        certain = np.abs(values(inside)) > 1e-9 * np.abs(values.coef).sum() * np.maximum(inside, 1) ** len(
            amounts
        )
        assert len(set(seen[certain])) <= 1
        signs.append(seen[certain][0] if certain.any() else None)
    for many, (before, after) in zip(reversed(found.multiplicities), pairwise(signs), strict=True):
        if before is not None and after is not None:
            assert (before != after) == (many % 2 == 1)


@given(st.sampled_from(CLASSES))
@settings(max_examples=len(CLASSES), deadline=None)
def test_overruns_reproduce_the_facts_of_their_class(name):
    overrun = cost_overrun(name, "p")
    drawn = overrun.quantile((np.arange(200_000) + 0.5) / 200_000)
    assert (np.diff(drawn) >= 0).all()
    assert drawn.min() > -100, "no project costs less than nothing"
    tail = drawn >= overrun.start
    assert np.isclose(drawn.mean(), overrun.value, atol=0.1)
    assert np.isclose(tail.mean(), overrun.share, atol=1e-4)
    assert np.isclose(drawn[tail].mean(), overrun.tail_mean, rtol=1e-3)
