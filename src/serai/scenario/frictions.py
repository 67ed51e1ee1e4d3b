"""What frictions cost in the base year: the study's own gravity estimates, and draws of their coefficients.

Each estimate is a cross-section of the atlas: flows or stocks between economies on distance, borders,
language, past ties and agreements, with exporter and importer effects. Imputed cells are left out: they came
out of such an equation, and would return what was put in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from serai import html
from serai.atlas import Atlas
from serai.axes import Array
from serai.draws import Draws
from serai.errors import InputError, Problem, suggestion
from serai.gravity import GravityFit, fit_gravity
from serai.memo import Memo
from serai.study import Estimate, Study

SIDES = {"trade": ("exporter", "importer", "value_usd_m"), "fdi": ("owner", "host", "stock_usd_m")}
REST = "ROW"


@dataclass(frozen=True)
class Frictions:
    """The estimates of a study, by id."""

    fits: dict[str, GravityFit]

    def sample(self, name: str, draws: Draws) -> Array:
        """Draws of one coefficient, `estimate/covariate`, shape (draws,).

        The coefficients of one estimate are drawn together from its covariance, so two measures that use two
        of them stay consistent.
        """
        estimate, _, covariate = name.partition("/")
        if estimate not in self.fits:
            raise _unknown(name, self.names())
        fit = self.fits[estimate]
        if covariate not in fit.names:
            raise _unknown(name, self.names())
        root = np.linalg.cholesky(fit.vcov)
        noise = draws.normal(f"estimate/{estimate}", (len(fit.names),))
        drawn = fit.coefficients + noise @ root.T
        return np.asarray(drawn[:, list(fit.names).index(covariate)])

    def names(self) -> list[str]:
        """Every coefficient that a measure may name."""
        return [f"{estimate}/{covariate}" for estimate, fit in self.fits.items() for covariate in fit.names]

    def _repr_html_(self) -> str:
        rows = [
            [name, term, float(value), float(error)]
            for name, fit in self.fits.items()
            for term, value, error in zip(fit.names, fit.coefficients, fit.std_errors, strict=True)
        ]
        return html.table(["estimate", "covariate", "log points", "std. error"], rows, "what frictions cost")


def estimate_frictions(study: Study, atlas: Atlas) -> Frictions:
    """Fit every estimate that the study asks for on the atlas."""
    key = repr((study.about.estimate, study.about.settings.agreements_off))
    return _FITTED.of(
        atlas, key, lambda: Frictions({e.id: _fit(e, study, atlas) for e in study.about.estimate})
    )


_FITTED: Memo[Frictions] = Memo()


def friction_panel(estimate: Estimate, study: Study, atlas: Atlas) -> pd.DataFrame:
    """The rows of one estimate: both sides, the flow, the columns of the pairs table and `agreement`."""
    first, second, value = SIDES[estimate.table]
    flows = atlas.table(estimate.table)
    if estimate.flow is not None:
        flows = flows[flows["flow"] == estimate.flow]
    flows = flows[flows["basis"].isin(estimate.bases) & (flows[first] != flows[second])]
    flows = flows[(flows[first] != REST) & (flows[second] != REST)]
    pairs = atlas.table("pairs").rename(columns={"origin": first, "destination": second})
    off = dict.fromkeys(study.about.settings.agreements_off, False)
    shared = atlas.agreements(off)
    rows, columns = (atlas.economies.indices(list(pairs[side])) for side in (first, second))
    pairs["agreement"] = shared[rows, columns].astype(float)
    pairs = pairs.drop(columns=["basis", "source"])
    panel = flows[[first, second, value]].merge(pairs, on=[first, second], how="left")
    return panel.reset_index(drop=True)


def _fit(estimate: Estimate, study: Study, atlas: Atlas) -> GravityFit:
    first, second, value = SIDES[estimate.table]
    return fit_gravity(
        friction_panel(estimate, study, atlas),
        flow=value,
        covariates=list(estimate.covariates),
        effects=("exporter", "importer"),
        exporter=first,
        importer=second,
        year=None,
    )


def _unknown(name: str, known: list[str]) -> InputError:
    return InputError(Problem(f"there is no estimate {name!r}", suggestion(name, known), field="estimate"))
