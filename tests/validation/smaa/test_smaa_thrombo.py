"""SMAA-2 against the results printed by the R package smaa for its data set `thrombo`.

The package ships 10,000 drawn measurements; here they are drawn again, and more of them, from the
distributions behind them (van Valkenhoef and others 2012; published as the thrombolytics example of
drugis/mcda-elicitation-web): events as beta distributions, partial values linear and falling over the ranges
given there. The printed shares carry the sampling error of 10,000 draws, so that is the tolerance, four
standard errors wide.
"""

from __future__ import annotations

import numpy as np
import pytest

from serai.axes import Axis
from serai.draws import Draws
from serai.programme.smaa import confidence_factors, rank_shares
from serai.programme.weights import uniform_weights
from serai.validation.closed_forms import thrombo_scores

CRITERIA = Axis("criterion", ("proximal", "distal", "bleeding"))
PRINTED_DRAWS = 10_000
COUNT = 100_000


@pytest.fixture(scope="module")
def scores():
    return thrombo_scores(COUNT)


@pytest.fixture(scope="module")
def weights():
    return uniform_weights(Draws(COUNT, seed=4), CRITERIA)


@pytest.fixture(scope="module")
def result(scores, weights):
    return rank_shares(np.einsum("dac,dc->da", scores, weights), weights)


def error(share):
    return 4 * np.sqrt(share * (1 - share) * (1 / PRINTED_DRAWS + 1 / COUNT))


def test_rank_acceptabilities(result):
    ranks, _ = result
    assert ranks[0] == pytest.approx([0.3504, 0.6496], abs=error(0.3504))
    assert ranks[1] == pytest.approx([0.6496, 0.3504], abs=error(0.3504))


def test_central_weights(result):
    _, central = result
    printed = np.array([[0.1865097, 0.2772205, 0.5362698], [0.4073100, 0.3641477, 0.2285423]])
    spread = 0.24  # a weight's standard deviation under the uniform distribution over the triangle
    wins = np.array([[0.3504], [0.6496]]) * PRINTED_DRAWS
    assert (np.abs(central - printed) < 4 * spread / np.sqrt(wins)).all()


def test_confidence_factors_at_the_printed_central_weights(scores):
    printed = np.array([[0.1865097, 0.2772205, 0.5362698], [0.4073100, 0.3641477, 0.2285423]])
    found = confidence_factors(scores, printed)
    assert found == pytest.approx([0.6682, 0.8956], abs=error(0.6682))


def test_fixed_weights(scores):
    fixed = np.tile([0.5, 0.2, 0.3], (COUNT, 1))
    ranks, _ = rank_shares(scores @ fixed[0], fixed)
    assert ranks[0, 0] == pytest.approx(0.1279, abs=error(0.1279))


def test_mean_values(scores, weights):
    values = np.einsum("dac,dc->da", scores, weights).mean(axis=0)
    assert values == pytest.approx([0.5895, 0.6584], abs=4 * 0.15 / np.sqrt(PRINTED_DRAWS))
