"""What a project is worth: ENPV, rates of return, what would tip the answer, and how sure it is.

    appraise(project, assumptions, draws) -> Appraisal

Three views of one model: as planned (no overrun, all benefits come), as its reference class fares (overruns
and shortfalls at their published means), and in draws. A project is worth what its one benefit channel says
(`benefits`), to those whose costs and benefits are counted (`Standing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from serai.axes import Array
from serai.draws import Draws, Interval, Uncertain, interval, variance_shares
from serai.errors import InputError, Problem
from serai.programme.benefits import Channel
from serai.programme.cashflow import present_value, sign_changes, single_rate
from serai.programme.parameters import parameters
from serai.programme.project import Project
from serai.programme.sensitivity import Bar, Switch, switching_value, tornado
from serai.programme.valuation import AS_PLANNED, Assumptions, Valuation, Worth, valuation
from serai.shown import Shown


@dataclass(frozen=True, slots=True, eq=False)
class Appraisal(Shown):
    """What one project is worth under stated assumptions.

    Parameters
    ----------
    cost_usd_m : the whole cost before overruns.
    channel : the benefit channel; its basis says how far the answer is the project's own.
    planned, central : as the sponsor plans it, and at the reference class's means.
    enpv_usd_m, eirr : draws, shape (draws,); EIRR is NaN in draws with no or several internal rates.
        The share of draws with a rate is `eirr_exists` in `tidy()`.
    several_rates : share of draws whose flows change sign more than once.
    variance : share of the variance of ENPV by driver.
    quality_break_even_points : percentage points of mean overrun that a higher standard must save to pay
        its assumed extra cost.
    """

    project: str
    reference_class: str
    cost_usd_m: float
    channel: Channel
    assumptions: Assumptions
    discount: Uncertain
    planned: Worth
    central: Worth
    enpv_usd_m: Array = field(repr=False)
    eirr: Array = field(repr=False)
    several_rates: float
    switches: tuple[Switch, ...]
    tornado: tuple[Bar, ...]
    variance: Mapping[str, float]
    quality_break_even_points: float

    @property
    def enpv(self) -> Interval:
        return interval(self.enpv_usd_m)

    @property
    def chance_positive(self) -> float:
        """Share of draws with an ENPV above zero."""
        return float((self.enpv_usd_m > 0).mean())

    @property
    def label(self) -> str:
        """How the result may be spoken of."""
        return (
            "ranked by sector prior" if self.channel.name == "prior" else f"appraised by {self.channel.name}"
        )

    def tidy(self) -> pd.DataFrame:
        """The main results with range, unit, basis and source."""
        npv, known = self.enpv, self.eirr[np.isfinite(self.eirr)]
        rate = interval(100 * known) if known.size else Interval(np.nan, np.nan, np.nan)
        rows: list[tuple[str, float, float, float, str]] = [
            ("enpv", npv.estimate, npv.low, npv.high, "USD m"),
            ("eirr", rate.estimate, rate.low, rate.high, "% a year"),
            ("eirr_exists", float(np.isfinite(self.eirr).mean()), np.nan, np.nan, "share of draws"),
            ("chance_positive", self.chance_positive, np.nan, np.nan, "share of draws"),
            *(
                (f"{name}_{view}", value, np.nan, np.nan, unit)
                for view, worth in (("planned", self.planned), ("central", self.central))
                for name, value, unit in _named(worth)
            ),
            ("quality_break_even", self.quality_break_even_points, np.nan, np.nan, "points of overrun"),
        ]
        frame = pd.DataFrame(rows, columns=["quantity", "estimate", "low", "high", "unit"])
        return frame.assign(basis=self.channel.basis, source=self.channel.why)

    def cite(self) -> str:
        """Where the rate and the overruns come from."""
        return f"{self.discount.source}; Flyvbjerg and Gardner (2023), How Big Things Get Done"

    def summary(self) -> str:
        """The appraisal in a few lines."""
        npv, central = self.enpv, self.central
        only = central.rates.only
        rate = (
            f"EIRR {only:.1%}"
            if only is not None
            else f"{central.rates.count} internal rates, MIRR {central.mirr:.1%}"
        )
        rates = f"{self.discount.value:g} % ({self.assumptions.discount})"
        return "\n".join(
            (
                f"{self.project}: {self.label} ({self.channel.why})",
                f"  ENPV as planned {self.planned.enpv_usd_m:,.0f} USD m, as {self.reference_class} "
                f"projects fare {central.enpv_usd_m:,.0f} ({rate}), at {rates}",
                f"  draws: {npv.estimate:,.0f} USD m ({npv.low:,.0f} to {npv.high:,.0f}), "
                f"above zero in {self.chance_positive:.0%}",
            )
        )

    def report(self) -> str:
        """The appraisal in full: rates, payback, what tips it, what moves it most, when quality pays."""
        lines = [self.summary()]
        for view, worth in (("as planned", self.planned), ("reference class", self.central)):
            roots = ", ".join(f"{rate:.1%}" for rate in worth.rates.rates) or "none"
            lines.append(
                f"  {view}: internal rates {roots}; MIRR {worth.mirr:.1%}; "
                f"payback {worth.payback_years:.1f} years; benefit-cost ratio {worth.benefit_cost_ratio:.2f}"
            )
        lines.append("  worth nothing where one of these changes, the others central:")
        lines += [
            f"    {s.driver}: {s.switching:,.4g} (central {s.central:,.4g}) {s.unit}"
            if np.isfinite(s.switching)
            else f"    {s.driver}: nowhere in reach (central {s.central:,.4g}) {s.unit}"
            for s in self.switches
        ]
        lines.append("  ENPV (USD m) with one driver at its 10th and 90th percentile, the widest first:")
        lines += [
            f"    {b.driver} {b.low:,.4g} to {b.high:,.4g} {b.unit}: "
            f"{b.enpv_at_low_usd_m:,.0f} to {b.enpv_at_high_usd_m:,.0f}"
            for b in self.tornado
        ]
        lines.append(
            f"  a higher standard pays when it saves {self.quality_break_even_points:.1f} points of overrun"
        )
        return "\n".join(lines)


def unappraisable(project: Project) -> str | None:
    """Why a project cannot be appraised, or None when it can."""
    if not project.cost_usd_m:
        return "no published cost"
    if project.cost_basis is None:
        return "the source does not say what the published cost covers"
    return None


def appraise(project: Project, assumptions: Assumptions, draws: Draws) -> Appraisal:
    """Value a project.

    Raises
    ------
    InputError : a project without a published cost, or a benefit that would count twice.
    UnknownNameError : a discount rate, standing, channel or class that does not exist.

    Examples
    --------
    >>> wind = Project("w", "Wind", ("UZB",), "energy.wind", "preparation", 1100, "total", 2026, 2028,
    ...                capacity_mw=1000, energy_gwh=3500)
    >>> appraise(wind, Assumptions("adb", "world"), Draws(1000, seed=1)).central.rates.count
    1
    """
    reason = unappraisable(project)
    if reason is not None:
        raise InputError(
            Problem(
                f"{project.id} cannot be appraised: {reason}",
                "Add the cost and its basis, or leave it out.",
                field="cost_usd_m",
            )
        )
    model = valuation(project, assumptions)
    sampled = {name: driver.quantile(draws.uniform(driver.name)) for name, driver in model.drivers.items()}
    central = {name: np.array([driver.value]) for name, driver in model.drivers.items()}
    planned = central | {name: np.array([float(value)]) for name, value in AS_PLANNED.items()}
    net = model.net(sampled)
    enpv = present_value(net, model.rate)
    return Appraisal(
        project=project.id,
        reference_class=model.kind,
        cost_usd_m=model.drivers["cost_usd_m"].value,
        channel=model.channel,
        assumptions=assumptions,
        discount=model.discount,
        planned=model.worth(planned),
        central=model.worth(central),
        enpv_usd_m=enpv,
        eirr=single_rate(net),
        several_rates=float((sign_changes(net) > 1).mean()),
        switches=tuple(
            switching_value(model, name, central)
            for name in dict.fromkeys(["cost_usd_m", *model.uncertain()])
        ),
        tornado=tornado(model, central),
        variance=variance_shares(enpv, {name: sampled[name] for name in model.uncertain()}),
        quality_break_even_points=_quality_break_even(model),
    )


def compare(appraisals: Sequence[Appraisal]) -> pd.DataFrame:
    """Appraisals side by side, in order of the median ENPV for each dollar of cost.

    Only projects with data of their own are ranked; those valued by their sector's prior follow without a
    rank, because nothing of theirs but the cost enters.
    """
    rows = []
    for one in appraisals:
        npv, only = one.enpv, one.central.rates.only
        rows.append(
            {
                "project": one.project,
                "label": one.label,
                "basis": one.channel.basis,
                "enpv_usd_m": npv.estimate,
                "low": npv.low,
                "high": npv.high,
                "chance_positive": one.chance_positive,
                "eirr_pct": np.nan if only is None else 100 * only,
                "benefit_cost_ratio": one.central.benefit_cost_ratio,
                "enpv_per_cost": npv.estimate / one.cost_usd_m,
            }
        )
    table = pd.DataFrame(rows)
    table["own"] = table["basis"] != "assumed"
    table = table.sort_values(["own", "enpv_per_cost"], ascending=False, kind="stable", ignore_index=True)
    ranks = table["own"].cumsum().astype(float)
    return table.assign(rank=ranks.where(table["own"])).drop(columns="own")


def _quality_break_even(model: Valuation) -> float:
    """Points of overrun to save: cost (1 + q) (1 + overrun - e) = cost (1 + overrun), solved for e."""
    extra = parameters().of("quality_extra_cost").value / 100
    return float(100 * (1 + model.drivers["cost_overrun_pct"].value / 100) * extra / (1 + extra))


def _named(worth: Worth) -> list[tuple[str, float, str]]:
    only = worth.rates.only
    return [
        ("enpv", worth.enpv_usd_m, "USD m"),
        ("eirr", 100 * only if only is not None else float("nan"), "% a year"),
        ("internal_rates", worth.rates.count, "number"),
        ("mirr", 100 * worth.mirr, "% a year"),
        ("payback", worth.payback_years, "years"),
        ("benefit_cost_ratio", worth.benefit_cost_ratio, "ratio"),
    ]
