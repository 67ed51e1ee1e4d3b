"""SMAA-2 against every number that the R package smaa prints for its data set `thrombo`.

The package ships 10,000 drawn measurements. Here they are drawn again, a hundred times 10,000, from the
distributions behind them (van Valkenhoef and others 2012; published as the thrombolytics example of
drugis/mcda-elicitation-web): events as beta distributions, partial values linear and falling over the ranges
given there. So the hundred sets show the sampling error of each printed number, with no formula assumed, and
the printed set must look like one of them: cell by cell, and all cells together. See differences.md.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from serai.axes import Axis
from serai.draws import Draws
from serai.programme.smaa import confidence_factors, rank_shares
from serai.programme.weights import uniform_weights
from serai.validation.closed_forms import thrombo_scores

CRITERIA = Axis("criterion", ("proximal", "distal", "bleeding"))
FIXED = np.array([0.5, 0.2, 0.3])
SIZE, SETS = 10_000, 100
STANDARD_ERRORS = 4

PRINTED = {
    "first, heparin": 0.3504,
    "first, enoxaparin": 0.6496,
    "central weight, heparin, proximal": 0.1865097,
    "central weight, heparin, distal": 0.2772205,
    "central weight, heparin, bleeding": 0.5362698,
    "central weight, enoxaparin, proximal": 0.4073100,
    "central weight, enoxaparin, distal": 0.3641477,
    "central weight, enoxaparin, bleeding": 0.2285423,
    "confidence, heparin": 0.6682,
    "confidence, enoxaparin": 0.8956,
    "first at fixed weights, heparin": 0.1279,
    "value, heparin, mean": 0.5895,
    "value, heparin, 1st quartile": 0.4879,
    "value, heparin, median": 0.5885,
    "value, heparin, 3rd quartile": 0.6950,
    "value, enoxaparin, mean": 0.6584,
    "value, enoxaparin, 1st quartile": 0.5974,
    "value, enoxaparin, median": 0.6690,
    "value, enoxaparin, 3rd quartile": 0.7309,
}
IMPLIED = (
    "first, enoxaparin",
    "central weight, heparin, bleeding",
    "central weight, enoxaparin, bleeding",
)
"""Cells that follow from others: two shares, or three weights, add up to one."""


@pytest.fixture(scope="module")
def sets():
    """Every cell in each set, shape (sets, cells)."""
    rng = np.random.default_rng(20)
    weights = uniform_weights(Draws(SETS * SIZE, seed=4), CRITERIA).reshape(SETS, SIZE, 3)
    return np.array([cells(thrombo_scores(SIZE, rng), weights[k]) for k in range(SETS)])


def cells(scores, weights):
    """What the package prints, in the order of `PRINTED`."""
    values = np.einsum("dac,dc->da", scores, weights)
    ranks, central = rank_shares(values, weights)
    fixed, _ = rank_shares(scores @ FIXED, np.tile(FIXED, (SIZE, 1)))
    spread = [(v.mean(), *np.quantile(v, [0.25, 0.5, 0.75])) for v in values.T]
    confidence = confidence_factors(scores, central)
    return np.concatenate([ranks[:, 0], central.ravel(), confidence, fixed[:1, 0], *spread])


@pytest.mark.parametrize("name", PRINTED)
def test_a_printed_number_lies_within_four_joint_standard_errors(sets, name):
    ours = sets[:, list(PRINTED).index(name)]
    error = ours.std(ddof=1) * np.sqrt(1 + 1 / SETS)
    assert abs(PRINTED[name] - ours.mean()) < STANDARD_ERRORS * error


def test_all_printed_numbers_together_look_like_one_of_our_sets(sets):
    """Hotelling's test: cells move together, so a small error in several shows where none shows alone."""
    kept = [place for place, name in enumerate(PRINTED) if name not in IMPLIED]
    ours, printed = sets[:, kept], np.array(list(PRINTED.values()))[kept]
    away = printed - ours.mean(axis=0)
    distance = away @ np.linalg.solve(np.cov(ours.T) * (1 + 1 / SETS), away)
    free = len(kept)
    chance = stats.f.sf(distance * (SETS - free) / (free * (SETS - 1)), free, SETS - free)
    assert chance > 0.001


def test_the_error_of_a_set_is_that_of_ten_thousand_draws(sets):
    """The sets are neither alike nor wilder than a share of 10,000 draws may be."""
    share = sets[:, 0]
    assert share.std(ddof=1) == pytest.approx(np.sqrt(0.35 * 0.65 / SIZE), rel=0.25)


def test_the_printed_weights_are_means_of_one_uniform_sample():
    """Shares times central weights give back the mean of all weights: a third each, within its error."""
    shares = np.array([PRINTED["first, heparin"], PRINTED["first, enoxaparin"]])
    central = np.array([v for k, v in PRINTED.items() if k.startswith("central")]).reshape(2, 3)
    error = np.sqrt(1 / 18 / SIZE)
    assert shares @ central == pytest.approx([1 / 3] * 3, abs=STANDARD_ERRORS * error)
