"""What a solve returns: one world, or what is kept of many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from serai import html
from serai.axes import Array, Axis
from serai.equilibrium._solvers.status import Status
from serai.errors import UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

    from serai.equilibrium._market import Market

RATIOS = (
    "wage",
    "rental",
    "price_index",
    "reward",
    "wealth",
    "real_income",
    "real_gdp",
    "real_gni",
    "real_wage",
)
LEVELS = ("trade", "holdings_income", "fdi")


@dataclass(frozen=True, slots=True, eq=False)
class Equilibrium:
    """The world after a shock. World output is the numeraire. NaN where no equilibrium was found.

    Arrays carry a leading draw axis when they come from a chunk of `solve_draws`.

    Parameters
    ----------
    economies : names, in the order of every array.
    wage, rental, price_index : (N,), ratios new over old.
    reward, wealth : (N,), ratios of the return to an owner's wealth (v) and of the wealth itself (a).
    real_income : (N,), expenditure net of materials over the price index: absorption, what the trade
        literature calls welfare. Under `steady` it is long-run income, not welfare.
    real_gdp : (N,), value added made at home over the price index.
    real_gni : (N,), income of the residents, from capital abroad too, over the price index.
    real_wage : (N,), wage over the price index.
    trade : (N exporter, N importer), money of the base year in units of world output.
    holdings_income : (N owner, N host), capital income, same money.
    fdi : (N owner, N host), capital stocks at base-year prices; None when capital is immobile.
    status, residual, iterations : how the solve ended, its largest relative excess demand, its steps.
    market_residual : (N,), the largest excess demand of each economy.
    market, state : the equations and their solution, for `gradient` and `decompose`; None over draws.
    """

    economies: Axis
    wage: Array
    rental: Array
    price_index: Array
    reward: Array
    wealth: Array
    real_income: Array
    real_gdp: Array
    real_gni: Array
    real_wage: Array
    trade: Array
    holdings_income: Array
    fdi: Array | None
    status: Status | NDArray[np.int64]
    residual: float | Array
    iterations: int | NDArray[np.int64]
    market_residual: Array
    market: Market | None = None
    state: Array | None = None

    @property
    def converged(self) -> bool | NDArray[np.bool_]:
        """Whether the numbers are an equilibrium."""
        return self.status <= Status.CONVERGED_BY_TATONNEMENT

    def tidy(self) -> pd.DataFrame:
        """One row for each economy and outcome, ratios only: economy, outcome, estimate, unit.

        With draws: estimate, low and high are the 50th, 5th and 95th percentile.
        """
        return tidy_ratios(self.economies, {name: getattr(self, name) for name in RATIOS})

    def summary(self, most: int = 10) -> str:
        """The economies that gain and lose most, in words and percent of real income."""
        if not isinstance(self.status, Status):
            return f"{self.status.size} draws, {int(np.sum(self.converged))} solved"
        head = f"{self.status.text}; largest residual {self.residual:.1e} after {self.iterations} steps"
        if not self.status.converged:
            return f"{head}. {self.status.remedy}. Residuals: {worst(self.economies, self.market_residual)}."
        order = np.argsort(-np.abs(self.real_income - 1))[:most]
        width = max(len(self.economies.names[i]) for i in order)
        lines = [f"{'':{width}}  real income  real GDP  real GNI  (percent)"]
        for i in order:
            income, gdp, gni = (100 * (a[i] - 1) for a in (self.real_income, self.real_gdp, self.real_gni))
            lines.append(f"{self.economies.names[i]:{width}}  {income:+11.3f}  {gdp:+8.3f}  {gni:+8.3f}")
        return "\n".join([head, *lines])

    def _repr_html_(self) -> str:
        return notebook(self)


@dataclass(frozen=True, slots=True, eq=False)
class SolvedDraws:
    """What is kept of many worlds.

    Parameters
    ----------
    economies : names.
    values : name -> array with a leading draw axis; also reached as attributes. NaN marks a draw without an
        equilibrium.
    status, residual, iterations : (draws,). compiled : (draws,), whether compiled code found the answer;
        the others were found by NumPy, with the same numbers.
    """

    economies: Axis
    values: Mapping[str, Array]
    status: NDArray[np.int64]
    residual: Array
    iterations: NDArray[np.int64]
    compiled: NDArray[np.bool_]

    def __getattr__(self, name: str) -> Array:
        if name.startswith("__") or name in self.__slots__:
            raise AttributeError(name)
        try:
            return self[name]
        except UnknownNameError as error:
            raise AttributeError(str(error)) from None

    def __getitem__(self, name: str) -> Array:
        if name not in self.values:
            raise UnknownNameError("kept outcome (name it in `keep`)", name, self.values)
        return self.values[name]

    @property
    def converged(self) -> NDArray[np.bool_]:
        """(draws,), whether each draw is an equilibrium."""
        return np.asarray(self.status <= Status.CONVERGED_BY_TATONNEMENT)

    def statuses(self) -> dict[Status, int]:
        """How many draws ended in each way."""
        codes, counts = np.unique(self.status, return_counts=True)
        return {Status(int(code)): int(count) for code, count in zip(codes, counts, strict=True)}

    def tidy(self) -> pd.DataFrame:
        """Percentiles 50, 5 and 95 over draws of every kept outcome that has one number an economy."""
        size = len(self.economies)
        return tidy_ratios(self.economies, {k: v for k, v in self.values.items() if v.shape[1:] == (size,)})

    def summary(self) -> str:
        """How the draws ended."""
        parts = [f"{count} x {status.text}" for status, count in self.statuses().items()]
        return f"{self.status.size} draws: {'; '.join(parts)}; searched by {self.searched_by}"

    @property
    def searched_by(self) -> str:
        """Which code searched: compiled code, NumPy, or how many draws by each."""
        fast = int(self.compiled.sum())
        if fast in (0, self.compiled.size):
            return "compiled code" if fast else "NumPy"
        return f"compiled code ({fast}) and NumPy ({self.compiled.size - fast})"

    def _repr_html_(self) -> str:
        size = len(self.economies)
        if any(array.shape[1:] == (size,) for array in self.values.values()):
            return html.frame(self.tidy(), self.summary())
        rows = [[name, array.shape] for name, array in self.values.items()]
        return html.table(["kept", "shape"], rows, self.summary())


def worst(economies: Axis, residual: Array, most: int = 5) -> str:
    """The economies where the largest residuals sit."""
    order = np.argsort(-np.where(np.isfinite(residual), np.abs(residual), np.inf))[:most]
    return ", ".join(f"{economies.names[i]} ({residual[i]:.1e})" for i in order)


def notebook(found: Any) -> str:
    """An equilibrium of one or of many sectors as a short HTML table, the largest gains and losses first."""
    if not isinstance(found.status, Status):
        return html.frame(found.tidy(), f"{found.status.size} draws, {int(np.sum(found.converged))} solved")
    head = f"{found.status.text}; largest residual {found.residual:.1e} after {found.iterations} steps"
    names = ("real_income", "real_gdp", "real_gni", "real_wage", "price_index")
    columns = {f"{name}, %": html.percent(getattr(found, name)) for name in names}
    return html.largest(found.economies.names, columns, head)


def tidy_ratios(economies: Axis, outcomes: Mapping[str, Array]) -> pd.DataFrame:
    import pandas as pd

    tables = []
    for name, array in outcomes.items():
        table: dict[str, Any] = {"economy": economies.names, "outcome": name}
        if array.ndim == 1:
            table |= {"estimate": array}
        else:
            low, middle, high = np.nanquantile(array, (0.05, 0.5, 0.95), axis=0)
            table |= {"estimate": middle, "low": low, "high": high}
        tables.append(pd.DataFrame(table | {"unit": "ratio to base"}))
    return pd.concat(tables, ignore_index=True)
