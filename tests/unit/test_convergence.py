"""Standard errors of percentiles: against another implementation, theory and repetition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats.mstats import mjci

from serai.convergence import ENOUGH, PERCENTILES, convergence, quantile_error
from serai.draws import Draws
from serai.scenario.convergence import least_settled, region_convergence


@pytest.mark.parametrize("count", [11, 100, 1000])
def test_errors_of_the_median_are_those_of_scipy(count: int) -> None:
    """scipy places the order statistic one lower, which a thousand draws do not see."""
    values = np.sort(np.random.default_rng(0).lognormal(size=count))
    ours = [quantile_error(values, p) for p in PERCENTILES]
    theirs = mjci(values, PERCENTILES)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=5 / count)
    if count == 1000:
        np.testing.assert_allclose(ours, theirs, rtol=0.1)


def test_errors_are_those_of_theory_for_a_normal() -> None:
    count = 20_000
    values = np.sort(np.random.default_rng(1).standard_normal(count))
    theory = [np.sqrt(p * (1 - p) / count) / norm.pdf(norm.ppf(p)) for p in PERCENTILES]
    np.testing.assert_allclose([quantile_error(values, p) for p in PERCENTILES], theory, rtol=0.2)


def test_errors_are_the_spread_over_many_runs() -> None:
    """Four hundred runs of 500 skewed draws: how far percentiles scatter is what one run says."""
    runs = np.random.default_rng(2).lognormal(0, 0.7, (400, 500))
    scatter = np.quantile(runs, PERCENTILES, axis=1).std(axis=1)
    said = np.mean([convergence(run).errors for run in runs], axis=0)
    np.testing.assert_allclose(said, scatter, rtol=0.15)


def test_the_draws_that_are_needed_are_enough() -> None:
    values = np.exp(Draws(20_000, 3).normal("x"))
    few = convergence(values[:50])
    assert not few.enough
    assert few.share > ENOUGH
    again = convergence(values[: int(1.5 * few.needed)])
    assert again.enough
    assert again.share < ENOUGH


def test_draws_without_an_answer_and_without_spread() -> None:
    values = np.arange(100.0)
    holes = np.concatenate([values, [np.nan, np.nan]])
    assert convergence(holes) == convergence(values)
    flat = convergence(np.ones(50))
    assert flat.enough
    assert flat.share == 0
    assert np.isnan(quantile_error(np.ones(1), 0.5))


def test_the_region_of_a_study(brief) -> None:
    desk = brief.desk
    found = region_convergence(desk.results, desk.study)
    assert ("unified_fta", "fixed") in found
    number = desk.numbers["ladder/unified_fta/fixed/region/real_income"]
    mine = found["unified_fta", "fixed"]
    assert (mine.low, mine.estimate, mine.high) == pytest.approx(
        (number.low * 100, number.estimate * 100, number.high * 100)
    )
    assert least_settled(found).share == max(each.share for each in found.values())
    table = brief.tables()["convergence"].data
    assert set(table["scenario"]) == {scenario for scenario, _ in found}
    assert brief.manifest["convergence"]["draws_needed"] == max(e.needed for e in found.values())
