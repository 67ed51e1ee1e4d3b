"""What a project is worth: ENPV, rates of return, what would tip the answer, and how sure it is.

    appraise(project, assumptions, draws) -> Appraisal

Three views of one model: as planned (no overrun, all benefits come), as its reference class fares (overruns
and shortfalls at their published means), and in draws. A project is worth what its one benefit channel says
(`benefits`), to those whose costs and benefits are counted (`Standing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import optimize

from serai.axes import Array
from serai.draws import Draws, Interval, Uncertain, interval, variance_shares
from serai.errors import InputError, Problem, UnknownNameError
from serai.programme.benefits import Channel, channel_of, yearly
from serai.programme.cashflow import (
    InternalRates,
    internal_rates,
    modified_rate,
    payback,
    present_value,
    sign_changes,
    single_rate,
)
from serai.programme.flows import Drivers, Flows, yearly_flows
from serai.programme.overruns import FatTail, cost_overrun, fixed
from serai.programme.parameters import (
    class_of,
    cost_bases,
    discount_rates,
    parameters,
    reference_classes,
    table,
)
from serai.programme.project import STAGE_OF_STATUS, Project

Driver = Uncertain | FatTail


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose costs and benefits count, each as a share from 0 to 1.

    Parameters
    ----------
    costs, benefits, carbon : of the project's own amounts.
    grants : of the costs that foreign grants pay.
    """

    key: str
    costs: float
    benefits: float
    carbon: float
    grants: float


@dataclass(frozen=True, slots=True)
class Assumptions:
    """The choices behind an appraisal; those that change the answer have no default.

    Parameters
    ----------
    discount : whose discount rate, a key of `tables/discount_rates.csv`.
    standing : `world`, `host`, or a `Standing` of one's own (Japan's share is not published for most).
    grant_share : share of the capital cost that foreign grants pay; by default all of it where the published
        cost is a grant, else none.
    gain : a yearly gain from the corridors and the equilibrium, million USD at full use.
    channel : insist on one benefit channel.
    """

    discount: str
    standing: str | Standing
    grant_share: float | None = None
    gain: Uncertain | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Worth:
    """One case. Money is million USD of the price year of the cost, valued at the first year of spending.

    Parameters
    ----------
    rates : all internal rates; MIRR stands in when `rates.only` is None.
    payback_years : undiscounted; NaN when never.
    """

    enpv_usd_m: float
    rates: InternalRates
    mirr: float
    payback_years: float
    benefit_cost_ratio: float


@dataclass(frozen=True, slots=True)
class Switch:
    """The value of a driver at which the ENPV of the central case is zero; NaN where none is in reach."""

    driver: str
    central: float
    switching: float
    unit: str

    @property
    def change_pct(self) -> float:
        return 100 * (self.switching / self.central - 1) if self.central else float("nan")


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the tornado: ENPV with one driver at its 10th and 90th percentile, the others central."""

    driver: str
    low: float
    high: float
    enpv_at_low_usd_m: float
    enpv_at_high_usd_m: float
    unit: str

    @property
    def width(self) -> float:
        return abs(self.enpv_at_high_usd_m - self.enpv_at_low_usd_m)


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What one project is worth under stated assumptions.

    Parameters
    ----------
    channel : the benefit channel; its basis says how far the answer is the project's own.
    planned, central : as the sponsor plans it, and at the reference class's means.
    enpv_usd_m, eirr : draws, shape (draws,); EIRR is NaN in draws with no or several internal rates.
    several_rates : share of draws whose flows change sign more than once.
    variance : share of the variance of ENPV by driver.
    quality_break_even_points : percentage points of mean overrun that a higher standard must save to pay
        its assumed extra cost.
    """

    project: str
    reference_class: str
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
    model = _model(project, assumptions)
    sampled = {name: driver.quantile(draws.uniform(driver.name)) for name, driver in model.drivers.items()}
    central = {name: np.array([driver.value]) for name, driver in model.drivers.items()}
    planned = central | {name: np.array([float(value)]) for name, value in AS_PLANNED.items()}
    net = model.net(sampled)
    enpv = present_value(net, model.rate)
    return Appraisal(
        project=project.id,
        reference_class=model.kind,
        channel=model.channel,
        assumptions=assumptions,
        discount=model.discount,
        planned=model.worth(planned),
        central=model.worth(central),
        enpv_usd_m=enpv,
        eirr=single_rate(net),
        several_rates=float((sign_changes(net) > 1).mean()),
        switches=tuple(_switch(model, name, central) for name in model.varied()),
        tornado=_tornado(model, central),
        variance=variance_shares(enpv, {name: sampled[name] for name in model.varied()}),
        quality_break_even_points=_quality_break_even(model),
    )


AS_PLANNED = {"cost_overrun_pct": 0, "time_overrun_pct": 0, "benefit_realised": 1}
"""What the sponsor's own figures take for granted."""


@dataclass(frozen=True, slots=True)
class _Model:
    """A project's flows as a function of its drivers."""

    kind: str
    channel: Channel
    drivers: Mapping[str, Driver]
    ramp_years: float
    discount: Uncertain
    standing: Standing
    grant_share: float

    @property
    def rate(self) -> float:
        return self.discount.value / 100

    def varied(self) -> list[str]:
        """Drivers that are not known, and the cost."""
        return [
            name
            for name, driver in self.drivers.items()
            if name == "cost_usd_m" or isinstance(driver, FatTail) or driver.shape != "fixed"
        ]

    def flows(self, at: Drivers) -> Flows:
        """Amounts that count for this standing, shape (draws, years)."""
        benefit, carbon = self._yearly(at)
        all_flows = yearly_flows(at, benefit, carbon, self.ramp_years)
        paid = 1 - self.grant_share * (1 - self.standing.grants)
        return Flows(
            capital=all_flows.capital * paid * self.standing.costs,
            upkeep=all_flows.upkeep * self.standing.costs,
            benefit=all_flows.benefit * self.standing.benefits,
            carbon=all_flows.carbon * self.standing.carbon,
        )

    def net(self, at: Drivers) -> Array:
        return self.flows(at).net

    def enpv(self, at: Drivers, rate: float | None = None) -> Array:
        return present_value(self.net(at), self.rate if rate is None else rate)

    def worth(self, at: Drivers) -> Worth:
        flows = self.flows(at)
        net = flows.net[0]
        costs = float(present_value(flows.capital + flows.upkeep, self.rate)[0])
        gains = float(present_value(flows.benefit + flows.carbon, self.rate)[0])
        return Worth(
            enpv_usd_m=gains - costs,
            rates=internal_rates(net),
            mirr=float(modified_rate(net, self.rate, self.rate)),
            payback_years=payback(net),
            benefit_cost_ratio=gains / costs if costs else float("inf"),
        )

    def _yearly(self, at: Drivers) -> tuple[Array, Array]:
        if self.channel.name != "prior":
            return yearly(self.channel, at)
        as_planned = {**at, **{name: np.full_like(at["cost_usd_m"], v) for name, v in AS_PLANNED.items()}}
        nothing = np.zeros_like(at["cost_usd_m"])
        plan = yearly_flows(as_planned, nothing + 1, nothing, self.ramp_years)
        costs = present_value(plan.capital + plan.upkeep, self.rate)
        return at["benefit_cost_ratio"] * costs / present_value(plan.benefit, self.rate), nothing


def _model(project: Project, assumptions: Assumptions) -> _Model:
    kind = class_of(project.sector, project.reference_class)
    channel = channel_of(project, assumptions.gain, assumptions.channel)
    known = reference_classes()

    def own(name: str) -> Uncertain:
        """A constant of the class as this project draws it."""
        return replace(known.of(name, kind), name=f"{name}:{project.id}")

    finished = STAGE_OF_STATUS[project.status] == "completion"
    drivers: dict[str, Driver] = {
        "cost_usd_m": _total_cost(project),
        "cost_overrun_pct": fixed("cost_overrun_pct", 0, "%") if finished else cost_overrun(kind, project.id),
        "construction_years": _planned_years(project) or own("construction_years"),
        "time_overrun_pct": fixed("time_overrun_pct", 0, "%") if finished else own("time_overrun_pct"),
        "upkeep_pct": own("upkeep_pct"),
        "benefit_realised": own("benefit_realised"),
        "life_years": own("life_years"),
        "carbon_price": fixed("carbon_price", 0),
        **channel.drivers,
    }
    if "working_years" in drivers:
        drivers["life_years"] = drivers.pop("working_years")
    grants = assumptions.grant_share
    if grants is None:
        grants = float(project.cost_basis == "grant_only")
    if not 0 <= grants <= 1:
        raise InputError(
            Problem("the share of grants is no share", "Give 0 to 1.", field="grant_share", value=grants)
        )
    return _Model(
        kind, channel, drivers, known.of("ramp_years", kind).value, discount_rates().of(assumptions.discount),
        _standing(assumptions.standing), grants,
    )  # fmt: skip


def _total_cost(project: Project) -> Uncertain:
    """The whole cost, from a published amount that may be only a part of it."""
    assert project.cost_usd_m is not None
    assert project.cost_basis is not None
    share, cost = cost_bases().of(project.cost_basis), project.cost_usd_m
    name = f"cost_usd_m:{project.id}"
    if share.low is None or share.high is None:
        return fixed(name, cost / share.value, "USD m")
    return replace(
        share, name=name, value=cost / share.value, low=cost / share.high, high=cost / share.low, unit="USD m"
    )


def _planned_years(project: Project) -> Uncertain | None:
    if project.start_year is None or project.end_year is None:
        return None
    years = max(project.end_year - project.start_year, 1)
    return fixed(f"construction_years:{project.id}", years, "years")


def _standing(chosen: str | Standing) -> Standing:
    if isinstance(chosen, Standing):
        return chosen
    rows = {row["key"]: row for row in table("standings")}
    if chosen not in rows:
        raise UnknownNameError("standing", chosen, rows)
    row = rows[chosen]
    return Standing(chosen, *(float(row[name]) for name in ("costs", "benefits", "carbon", "grants")))


SCAN_POINTS = 120
SCAN_TIMES = 30
"""A switching value is sought from a thirtieth of a driver to thirty times it."""


def _switch(model: _Model, name: str, central: Drivers) -> Switch:
    driver = model.drivers[name]
    if name.endswith("overrun_pct"):
        points = np.linspace(-99, 100 * SCAN_TIMES, SCAN_POINTS)
    else:
        points = driver.value * np.geomspace(1 / SCAN_TIMES, SCAN_TIMES, SCAN_POINTS)
    at = {key: np.full(SCAN_POINTS, value[0]) for key, value in central.items()}
    signs = np.sign(model.enpv({**at, name: points}))
    crossings = np.flatnonzero(signs[1:] * signs[:-1] < 0)
    found = float("nan")
    if crossings.size:
        near = crossings[np.abs(points[crossings] - driver.value).argmin()]
        found = float(optimize.brentq(lambda x: _at(model, central, name, x), points[near], points[near + 1]))
    return Switch(name, float(central[name][0]), found, _unit(driver))


def _at(model: _Model, central: Drivers, name: str, value: float) -> float:
    return float(model.enpv({**central, name: np.array([value])})[0])


def _tornado(model: _Model, central: Drivers) -> tuple[Bar, ...]:
    """Bars, the widest first; the discount rate at the ends of its range, which is a choice."""
    bars = []
    for name in model.varied():
        driver = model.drivers[name]
        low, high = driver.quantile(np.array([1 / 10])), driver.quantile(np.array([9 / 10]))
        if low < high:
            at_low, at_high = (float(model.enpv({**central, name: end})[0]) for end in (low, high))
            bars.append(Bar(name, float(low[0]), float(high[0]), at_low, at_high, _unit(driver)))
    least, most = model.discount.low, model.discount.high
    if least is not None and most is not None:
        at_low, at_high = (float(model.enpv(central, rate / 100)[0]) for rate in (least, most))
        bars.append(Bar("discount_rate", least, most, at_low, at_high, model.discount.unit))
    return tuple(sorted(bars, key=lambda bar: bar.width, reverse=True))


def _unit(driver: Driver) -> str:
    return driver.unit if isinstance(driver, Uncertain) else "% of estimate"


def _quality_break_even(model: _Model) -> float:
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
