"""From the records of a study to what may be chosen: open amounts, instruments, earliest starts.

The open amount of a project is its whole cost less what its financiers have agreed to pay, times the share
of the rest that nobody has agreed to pay (`tables/stages.csv`, by status). Its net benefit is the project's
net present value times the open amount over the cost: who pays a part is credited with that part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

import numpy as np

from serai import records
from serai.axes import Array
from serai.draws import COVERAGE, Draws, Uncertain
from serai.programme.connect import candidates
from serai.programme.parameters import (
    Constants,
    class_of,
    cost_bases,
    parameters,
    read_constants,
    reference_classes,
    table,
)
from serai.programme.project import Project
from serai.programme.prospect import PRIOR, Prospect
from serai.programme.quality import Screening
from serai.programme.rules import Rules, refuse
from serai.programme.valuation import Assumptions, Valuation, valuation
from serai.shown import Rows
from serai.study import Study

AGREED = ("agreed", "reported")
"""States of financing that count as agreed: named or discussed money is not."""

NO_GAINS: Mapping[str, Uncertain] = MappingProxyType({})
FEWEST = 3
"""Costs from which a class is large enough to say what another project of it may cost."""


@dataclass(frozen=True, slots=True, eq=False)
class AppraisedStake:
    """The open amount of an appraised project, and the part of its net present value that goes with it.

    Parameters
    ----------
    agreed_usd_m : what financiers have agreed to pay.
    open_share : of the rest.
    """

    model: Valuation
    agreed_usd_m: float
    open_share: Uncertain

    def sample(self, draws: Draws) -> tuple[Array, Array]:
        at = {
            name: driver.quantile(draws.uniform(driver.name)) for name, driver in self.model.drivers.items()
        }
        cost = at["cost_usd_m"]
        amount = np.maximum(cost - self.agreed_usd_m, 0) * draws.sample(self.open_share)
        return amount, self.model.enpv(at) * amount / cost


def study_prospects(
    study: Study, rules: Rules, screening: Screening, gains: Mapping[str, Uncertain] = NO_GAINS
) -> Rows[Prospect]:
    """The candidates of a study as prospects.

    Parameters
    ----------
    rules : for the window, the discount rate and whose benefits count.
    screening : for quality and gates.
    gains : yearly gains through network and equilibrium of the projects that have one (`network_gains`); they
        take the place of any other benefit.

    Raises
    ------
    InputError : a candidate without an area.
    """
    projects, _ = candidates(study)
    found = {record.id: record for record in study.records.projects}
    priced = [project for project in projects if project.cost_usd_m and project.cost_basis]
    # the mean of all weights that nobody has ruled out is the same for every criterion: no draw enters
    low, high = screening.low.mean(axis=1), screening.high.mean(axis=1)
    quality = {p: (float(low[n]), float(high[n])) for n, p in enumerate(screening.projects)}
    return Rows(
        _prospect(
            project,
            found[project.id],
            study,
            rules,
            _valued(project, rules, priced, gains.get(project.id)),
            quality[project.id],
            screening.state(project.id),
        )
        for project in projects
    )


def _prospect(
    project: Project,
    record: records.Project,
    study: Study,
    rules: Rules,
    valued: tuple[Valuation, str],
    quality: tuple[float, float],
    gates: str,
) -> Prospect:
    model, basis = valued
    cost = model.drivers["cost_usd_m"].value
    instrument, sovereign = _instrument(record, cost)
    first, last = _starts(project, study, rules)
    region = study.about.region.economies
    if record.area is None:
        raise refuse(
            f"{project.id} has no priority area", "Give green, connectivity or people.", "serai/area"
        )
    return Prospect(
        id=project.id,
        name=project.name,
        stake=AppraisedStake(
            model,
            _agreed(study).get(project.id, 0),
            replace(_stages().of("open_share", project.status), name=f"open_share:{project.id}"),
        ),
        cost_usd_m=cost,
        countries=tuple(c for c in record.countries if c in region) or record.countries,
        area=record.area,
        sector=project.sector,
        sponsors=tuple(_company(name) for name in record.serai.sponsor),
        instrument=instrument,
        sovereign=sovereign,
        quality=quality,
        gates=gates,
        first_start=first,
        last_start=last,
        profile=_profile(model),
        overlap=record.serai.overlap_group,
        label=PRIOR if model.channel.name == "prior" else f"appraised by {model.channel.name}",
        cost_basis=basis,
    )


def _valued(
    project: Project, rules: Rules, priced: Sequence[Project], gain: Uncertain | None
) -> tuple[Valuation, str]:
    """The appraisal model and what its cost rests on; a missing cost is an interval of the class."""
    assumptions = Assumptions(rules.worth.discount, rules.worth.standing, gain=gain)
    if project.cost_usd_m and project.cost_basis:
        return valuation(project, assumptions), cost_bases().of(project.cost_basis).basis
    cost = missing_cost(project, priced)
    model = valuation(replace(project, cost_usd_m=cost.value, cost_basis="estimate"), assumptions)
    return replace(model, drivers={**model.drivers, "cost_usd_m": cost}), "imputed"


def missing_cost(project: Project, priced: Sequence[Project]) -> Uncertain:
    """What a project without a published cost may cost: an interval of its reference class.

    Its size times the class's cost for each unit where both are known; else the middle 80 % of the published
    costs of its class (of all projects where the class has fewer than three).
    """
    kind, name = class_of(project.sector, project.reference_class), f"cost_usd_m:{project.id}"
    classes = reference_classes()
    size = {"USD m per MW": project.capacity_mw, "USD m per km": project.length_km}
    if classes.has("unit_cost_usd_m", kind):
        unit = classes.of("unit_cost_usd_m", kind)
        known = size.get(unit.unit)
        if known and unit.low is not None and unit.high is not None:
            return replace(
                unit, name=name, value=unit.value * known, low=unit.low * known, high=unit.high * known,
                unit="USD m", basis="imputed", source=f"{known:g} times {unit.unit} of {kind}",
            )  # fmt: skip
    costs = [p.cost_usd_m for p in priced if class_of(p.sector, p.reference_class) == kind]
    source = f"the middle of the published costs of {len(costs)} projects of the class {kind}"
    if len(costs) < FEWEST:
        costs = [p.cost_usd_m for p in priced]
        source = f"the middle of the published costs of all {len(costs)} projects: too few of {kind}"
    if not costs:
        raise refuse(
            f"{project.id} has no cost and no other project has one", "Give a cost.", "cost_usd_m", project.id
        )
    tail = (1 - COVERAGE) / 2
    low, middle, high = (float(np.quantile(np.array(costs, dtype=float), q)) for q in (tail, 1 / 2, 1 - tail))
    return Uncertain(name, middle, low, high, "lognormal", COVERAGE, "USD m", "imputed", source)


def _profile(model: Valuation) -> tuple[float, ...]:
    """Even spending over the years of construction."""
    years = max(round(float(model.drivers["construction_years"].value)), 1)
    return (1 / years,) * years


def _starts(project: Project, study: Study, rules: Rules) -> tuple[int, int]:
    """The first and last year of the window in which participation may begin.

    Not before the project itself, nor before it is prepared (`lead_years`); in works under way not in the
    year they end.
    """
    lead = round(_stages().of("lead_years", project.status).value)
    first = max(rules.years[0], study.about.settings.as_of.year + lead, project.start_year or 0)
    last = rules.years[-1]
    if project.status == "implementation" and project.end_year is not None:
        last = min(last, max(project.end_year - 1, first))
    return first, last


def _agreed(study: Study) -> Mapping[str, float]:
    """What the financiers of each project have agreed to pay, million USD, where amounts are published."""
    found: dict[str, float] = {}
    for row in study.records.financing:
        if row.state in AGREED and row.amount_usd_m is not None:
            found[row.project] = found.get(row.project, 0) + row.amount_usd_m
    return found


def _instrument(record: records.Project, cost_usd_m: float) -> tuple[str, bool]:
    """How the partner would take part, and whether a government borrows: by role, sponsor, then sector."""
    rows = {(row["kind"], row["key"]): row for row in table("participation")}
    role = rows.get(("role", record.serai.lead_role or ""))
    sponsors = " ".join(record.serai.sponsor[:1]).split()
    sponsor = rows.get(("sponsor", sponsors[0].removesuffix("s") if sponsors else ""))
    sector = record.sector[0] if record.sector else ""
    row = role or sponsor or rows.get(("sector", sector)) or rows.get(("sector", sector.split(".")[0]))
    if row is None:
        raise refuse(
            f"{record.id} has a sector without an instrument",
            "Add it to participation.csv.",
            "sector",
            sector,
        )
    if row["instrument"] == "oda_loan" and cost_usd_m <= parameters().of("grant_most").value:
        return "grant", False
    return row["instrument"], row["sovereign"] == "1"


def _company(name: str) -> str:
    """A sponsor without its share and what stands in brackets: `Sumitomo 20.2%` -> `Sumitomo`."""
    return re.sub(r"\s*(\(.*?\)|[\d.]+\s*%)\s*$", "", name).strip()


@cache
def _stages() -> Constants:
    return read_constants(table("stages"), "parameter", "status", "stages.csv")
