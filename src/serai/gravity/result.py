"""The result of a gravity estimate: numbers first, then what one asks of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from serai.axes import Array
from serai.draws import Draws
from serai.errors import InputError, Problem, Problems, UnknownNameError
from serai.gravity import present, quality
from serai.gravity.bias import BiasCorrection
from serai.gravity.effects import EffectPlan
from serai.gravity.levels import effect_table, linear_effects
from serai.gravity.panel import Codes, Panel, read_like

CITATION = (
    "Santos Silva and Tenreyro (2006), The log of gravity, Review of Economics and Statistics 88(4); "
    "Correia, Guimaraes and Zylkin (2020), Fast Poisson estimation with high-dimensional fixed effects, "
    "Stata Journal 20(1)"
)


@dataclass(frozen=True, slots=True)
class Dropped:
    """Rows that were left out: why, and their positions in the panel, shape (m,)."""

    reason: str
    rows: Codes


@dataclass(frozen=True, slots=True, repr=False)
class GravityFit:
    """A fitted gravity equation.

    Parameters
    ----------
    names : covariates that were estimated, K of them.
    coefficients : shape (K,), in log points for a unit of the covariate; bias-corrected when asked.
    vcov : their covariance, shape (K, K), clusters and convention as in `cluster` and `small_sample`.
    n_obs : observations used.
    dropped : rows left out, by reason.
    collinear : covariates left out because others explain them, with the reason.
    fitted : expected flows of the observations used, in their order (`sample_rows` says which they are).
    iterations, status : Newton steps and what ended them.
    estimator, effect_names, cluster, clusters, small_sample : what was done; `clusters` counts them.
    bias : the Weidner-Zylkin correction and the estimate before it, or None.
    panel, unknowns, pair, level, plan, rows : the panel that was used and the effects as solved.
    """

    names: tuple[str, ...]
    coefficients: Array
    vcov: Array
    n_obs: int
    dropped: tuple[Dropped, ...]
    collinear: dict[str, str]
    fitted: Array
    iterations: int
    status: str
    estimator: str
    effect_names: tuple[str, ...]
    cluster: tuple[str, ...]
    clusters: dict[str, int]
    small_sample: str
    bias: BiasCorrection | None
    panel: Panel = field(repr=False)
    unknowns: Array = field(repr=False)
    pair: Array = field(repr=False)
    level: float
    plan: EffectPlan
    rows: int

    @property
    def std_errors(self) -> Array:
        """Standard errors, shape (K,)."""
        return np.sqrt(np.diag(self.vcov))

    @property
    def pseudo_r2(self) -> float:
        """McFadden's for PPML, R squared of the logarithms for least squares."""
        if self.estimator == "ols":
            return quality.squares(self.panel.flow, self.fitted, self._weight())[1]
        return quality.pseudo_r2(self.panel.flow, self.fitted, self._weight())

    @property
    def deviance(self) -> float:
        """Twice the log-likelihood lost against a perfect fit; for least squares the sum of squares."""
        if self.estimator == "ols":
            return quality.squares(self.panel.flow, self.fitted, self._weight())[0]
        return quality.deviance(self.panel.flow, self.fitted, self._weight())

    @property
    def n_dropped(self) -> dict[str, int]:
        """Rows left out, counted by reason."""
        return {part.reason: int(part.rows.size) for part in self.dropped}

    @property
    def sample_rows(self) -> Codes:
        """Positions in the panel of the observations used."""
        gone = np.zeros(self.rows, dtype=bool)
        for part in self.dropped:
            gone[part.rows] = True
        return np.flatnonzero(~gone)

    def coefficient(self, name: str) -> float:
        """One coefficient by name."""
        return float(self.coefficients[self._place(name)])

    def std_error(self, name: str) -> float:
        """One standard error by name."""
        return float(self.std_errors[self._place(name)])

    def combine(self, weights: dict[str, float]) -> tuple[float, float]:
        """A linear combination of coefficients and its standard error, for example a total effect."""
        vector = np.zeros(len(self.names))
        for name, weight in weights.items():
            vector[self._place(name)] = weight
        return float(vector @ self.coefficients), float(np.sqrt(vector @ self.vcov @ vector))

    def tidy(self, coverage: float = 0.95) -> pd.DataFrame:
        """One row a covariate: estimate, std_error, statistic, p_value, low, high, unit, basis, source."""
        z = special.ndtri((1 + coverage) / 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = self.coefficients / self.std_errors
        return pd.DataFrame(
            {
                "term": list(self.names),
                "estimate": self.coefficients,
                "std_error": self.std_errors,
                "statistic": statistic,
                "p_value": 2 * special.ndtr(-np.abs(statistic)),
                "low": self.coefficients - z * self.std_errors,
                "high": self.coefficients + z * self.std_errors,
                "unit": "log points",
                "basis": "estimated",
                "source": f"{self.estimator}, {', '.join(self.effect_names) or 'constant'}",
            }
        )

    def effects(self, reference: str | None = None) -> pd.DataFrame:
        """The fixed effects in log points, one row each, with the reference level that identifies them.

        Parameters
        ----------
        reference : the importer whose effects are zero; by default the one with the largest flows.
        """
        return effect_table(self.panel, self.plan, self.unknowns, self.pair, self.level, reference)

    def sample(self, count: int, seed: int) -> Array:
        """Draws from the estimate's normal distribution, shape (count, K).

        The same seed gives the same first draws whatever the count.
        """
        values, vectors = np.linalg.eigh(self.vcov)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        normal = Draws(count, seed).normal("gravity:" + ",".join(self.names), (len(self.names),))
        return np.asarray(self.coefficients + normal @ root.T)

    def predict(self, new: Any) -> Array:
        """Expected flows for other rows, which need the covariates and known effects.

        Raises
        ------
        InputError : rows whose effects were not estimated.
        """
        table = read_like(self.panel, new)
        log_flow = self._covariates(table) @ self.coefficients + self._own_effects(table)
        if table.offset is not None:
            log_flow = log_flow + table.offset
        return np.exp(log_flow)

    def trade_cost(self, names: Sequence[str], elasticity: float, year: Any = None) -> pd.DataFrame:
        """The trade costs that some covariates imply, as a factor: exp(-x b / elasticity).

        Parameters
        ----------
        names : covariates that stand for costs, for example distance and borders.
        elasticity : the elasticity of flows to costs, positive.
        year : which year of the sample; by default its last.

        Returns
        -------
        Exporters by importers; pairs that are not in the sample that year are missing.
        """
        if not elasticity > 0:
            raise InputError(
                Problem("the elasticity is not positive", "Give the elasticity as a positive number.",
                        field="elasticity", value=elasticity)
            )  # fmt: skip
        places = [self._place(name) for name in names]
        years = self.panel.years
        if year is not None and year not in years:
            raise UnknownNameError("year", str(year), [str(y) for y in years])
        at = len(years) - 1 if year is None else years.index(year)
        columns = [self.panel.names.index(self.names[k]) for k in places]
        i, j, t = self.panel.places
        here = t == at
        matrix = np.full(self.panel.shape[:2], np.nan)
        x = np.stack([self.panel.x[k][here] for k in columns], axis=1)
        index = x @ self.coefficients[places]
        matrix[i[here], j[here]] = np.exp(-index / elasticity)
        return pd.DataFrame(matrix, index=list(self.panel.exporters), columns=list(self.panel.importers))

    def summary(self) -> str:
        """The fit as text."""
        return present.summary(self)

    def cite(self) -> str:
        """What to cite for this estimate."""
        more = "; Weidner and Zylkin (2021), Journal of International Economics 132" if self.bias else ""
        return CITATION + more

    def _repr_html_(self) -> str:
        return present.fit_html(self)

    def __repr__(self) -> str:
        return self.summary()

    def _weight(self) -> Array:
        return np.ones(self.n_obs) if self.panel.weights is None else self.panel.weights

    def _place(self, name: str) -> int:
        if name not in self.names:
            if name in self.collinear:
                raise InputError(Problem(f"{name} was not estimated", self.collinear[name], field=name))
            raise UnknownNameError("covariate", name, self.names)
        return self.names.index(name)

    def _covariates(self, table: Panel) -> Array:
        columns = dict(zip(table.names, table.x, strict=True))
        columns["constant"] = np.ones(table.flow.size)
        return np.stack([columns[name] for name in self.names], axis=1)

    def _own_effects(self, table: Panel) -> Array:
        values = linear_effects(self.panel, self.plan, self.unknowns, self.pair, self.level, table)
        unknown = np.isnan(values)
        problems = Problems(table.file)
        for row in np.flatnonzero(unknown)[:100]:
            problems.add(
                "the effects of this flow were not estimated",
                "Predict only economies, pairs and years of the sample.",
                row=str(table.labels[row]),
            )
        problems.raise_if_any()
        return values
