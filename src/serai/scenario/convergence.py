"""How many draws the results of a study would need: its region's real income, scenario by scenario."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from serai.axes import Array
from serai.convergence import Convergence, convergence
from serai.scenario.evaluate import Evaluation
from serai.scenario.measures import PERCENT
from serai.study import Study


def region_convergence(results: Evaluation, study: Study) -> dict[tuple[str, str], Convergence]:
    """(scenario, wealth) -> percentiles of the change of the region's real income, percent, with errors."""
    member = results.economies.indices(study.about.region.economies)
    weights = results.absorption[:, member]

    def change(real_income: Array) -> Array:
        return np.asarray(PERCENT * (real_income[:, member] * weights).sum(axis=1) / weights.sum(axis=1))

    return {
        key: convergence(change(outcome.real_income))
        for key, outcome in results.outcomes.items()
        if outcome.real_income.any()
    }


def least_settled(found: Mapping[tuple[str, str], Convergence]) -> Convergence:
    """The one whose percentiles are known least well, relative to the width of its interval."""
    return max(found.values(), key=lambda each: each.share)
