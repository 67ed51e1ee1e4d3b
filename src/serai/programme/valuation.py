"""A project's yearly amounts as a function of its drivers, and the choices behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from serai.axes import Array
from serai.draws import Uncertain
from serai.errors import InputError, Problem, UnknownNameError
from serai.programme.benefits import Channel, channel_of, yearly
from serai.programme.cashflow import InternalRates, internal_rates, modified_rate, payback, present_value
from serai.programme.flows import Drivers, Flows, yearly_flows
from serai.programme.loan import Loan, debt_service
from serai.programme.overruns import FatTail, cost_overrun, fixed
from serai.programme.parameters import class_of, cost_bases, discount_rates, reference_classes, table
from serai.programme.project import STAGE_OF_STATUS, Project

Driver = Uncertain | FatTail

AS_PLANNED = {"cost_overrun_pct": 0, "time_overrun_pct": 0, "benefit_realised": 1}
"""What the sponsor's own figures take for granted."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose costs and benefits count, each as a share from 0 to 1.

    Parameters
    ----------
    costs, benefits, carbon : of the project's own amounts.
    grants : of the costs that foreign grants pay.
    loans : of what foreign lenders pay in and get back; 0 where they are part of the standing.
    """

    key: str
    costs: float
    benefits: float
    carbon: float
    grants: float
    loans: float = 0


@dataclass(frozen=True, slots=True)
class Assumptions:
    """The choices behind an appraisal; those that change the answer have no default.

    Parameters
    ----------
    discount : whose discount rate, a key of `tables/discount_rates.csv`.
    standing : `world`, `host`, or a `Standing` of one's own (Japan's share is not published for most).
    grant_share : share of the capital cost that foreign grants pay; by default all of it where the published
        cost is a grant, else none.
    loan : a foreign loan; it matters to those who borrow, not to the world.
    gain : a yearly gain from the corridors and the equilibrium, million USD at full use.
    channel : insist on one benefit channel.
    """

    discount: str
    standing: str | Standing
    grant_share: float | None = None
    loan: Loan | None = None
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
class Valuation:
    """A project's flows as a function of its drivers."""

    kind: str
    channel: Channel
    drivers: Mapping[str, Driver]
    ramp_years: float
    discount: Uncertain
    standing: Standing
    grant_share: float
    loan: Loan | None

    @property
    def rate(self) -> float:
        return self.discount.value / 100

    @property
    def central(self) -> dict[str, Array]:
        """Every driver at its central value, shape (1,)."""
        return {name: np.array([driver.value]) for name, driver in self.drivers.items()}

    def uncertain(self) -> list[str]:
        """Names of the drivers that are not known."""
        return [
            name
            for name, driver in self.drivers.items()
            if isinstance(driver, FatTail) or driver.shape != "fixed"
        ]

    def flows(self, at: Drivers) -> Flows:
        """Amounts that count for this standing, shape (draws, years)."""
        benefit, carbon = self._yearly(at)
        all_flows = yearly_flows(at, benefit, carbon, self.ramp_years)
        paid = 1 - self.grant_share * (1 - self.standing.grants)
        counted = Flows(
            capital=all_flows.capital * paid * self.standing.costs,
            upkeep=all_flows.upkeep * self.standing.costs,
            benefit=all_flows.benefit * self.standing.benefits,
            carbon=all_flows.carbon * self.standing.carbon,
            debt=all_flows.debt,
        )
        if self.loan is None or self.standing.loans == 0:
            return counted
        return self._financed(self.loan, counted, all_flows, at)

    def _financed(self, loan: Loan, counted: Flows, all_flows: Flows, at: Drivers) -> Flows:
        """The same with the loan, which outlives the project or not."""
        estimate = all_flows.capital / (1 + at["cost_overrun_pct"][:, np.newaxis] / 100)
        drawn = estimate * loan.share
        service = debt_service(drawn, loan)
        longer = ((0, 0), (0, loan.years))
        return Flows(
            capital=np.pad(counted.capital, longer),
            upkeep=np.pad(counted.upkeep, longer),
            benefit=np.pad(counted.benefit, longer),
            carbon=np.pad(counted.carbon, longer),
            debt=(service - np.pad(drawn, longer)) * self.standing.loans,
        )

    def net(self, at: Drivers) -> Array:
        return self.flows(at).net

    def enpv(self, at: Drivers, rate: float | None = None) -> Array:
        return present_value(self.net(at), self.rate if rate is None else rate)

    def full_use(self, at: Drivers) -> Array:
        """Benefit of a year of full use as it turns out, carbon apart, million USD, shape (draws,)."""
        return np.asarray(self._yearly(at)[0] * at["benefit_realised"])

    def worth(self, at: Drivers) -> Worth:
        flows = self.flows(at)
        net = flows.net[0]
        costs = float(present_value(flows.costs, self.rate)[0])
        gains = float(present_value(flows.gains, self.rate)[0])
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
        costs = present_value(plan.costs, self.rate)
        return at["benefit_cost_ratio"] * costs / present_value(plan.benefit, self.rate), nothing


def valuation(project: Project, assumptions: Assumptions) -> Valuation:
    """The model of a project: its reference class, channel, drivers and whose amounts count."""
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
    lent = assumptions.loan.share if assumptions.loan is not None else 0
    if grants < 0 or grants + lent > 1:
        raise InputError(
            Problem(
                "grants and loan pay no share of the cost",
                "Give shares of zero or more that sum to at most one.",
                field="grant_share",
                value=(grants, lent),
            )
        )
    return Valuation(
        kind, channel, drivers, known.of("ramp_years", kind).value, discount_rates().of(assumptions.discount),
        _standing(assumptions.standing), grants, assumptions.loan,
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
    return Standing(
        chosen, *(float(row[name]) for name in ("costs", "benefits", "carbon", "grants", "loans"))
    )
