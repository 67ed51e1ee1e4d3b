"""RESET: does the square of the fitted index still explain flows?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from serai import html
from serai.gravity.fit import estimate
from serai.gravity.result import GravityFit


@dataclass(frozen=True, slots=True)
class Reset:
    """Ramsey's test: the coefficient of the squared index, its statistic and two-sided p-value.

    A small p-value says that the equation is misspecified.
    """

    coefficient: float
    std_error: float
    statistic: float
    p_value: float

    def _repr_html_(self) -> str:
        row = ["squared index", self.coefficient, self.std_error, self.statistic, self.p_value]
        return html.table(
            ["", "estimate", "std. error", "z", "p"], [row], "RESET: a small p says misspecified"
        )


def reset_test(fit: GravityFit) -> Reset:
    """The heteroskedasticity-robust RESET test of Santos Silva and Tenreyro (2006).

    The equation is estimated again with the square of its fitted log flows as a covariate, with the same
    effects, clusters and convention.
    """
    index = np.log(fit.fitted)
    # Centred before squaring: with the effects present the test is the same, and digits are kept.
    square = (index - index.mean()) ** 2
    keep = [fit.panel.names.index(name) for name in fit.names if name in fit.panel.names]
    names = tuple(fit.panel.names[k] for k in keep)
    if not fit.plan.any:
        keep, names = [k for k, n in zip(keep, names, strict=True) if n != "constant"], names[1:]
    x = (*(fit.panel.x[k] for k in keep), square)
    panel = replace(fit.panel, names=(*names, "squared index"), x=x)
    again = estimate(panel, fit.plan, fit.cluster, False, fit.estimator, fit.small_sample)
    value, error = again.coefficient("squared index"), again.std_error("squared index")
    statistic = value / error
    return Reset(value, error, statistic, float(2 * special.ndtr(-abs(statistic))))
