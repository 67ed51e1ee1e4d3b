"""The two sides of a study: open amounts of its projects, its financiers with mandates and terms."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from serai.broker.allocation import Financing, allocate
from serai.broker.market import Kind, Lender, Need, Price
from serai.broker.terms import parameters, present_value, price_of_kind
from serai.errors import InputError, Problem, Problems, UnknownNameError, suggestion
from serai.exchange.csv import read_csv
from serai.programme.loan import Loan
from serai.programme.presence import read_presence
from serai.records import Financier, Project, Record
from serai.records.base import Country, Key, Text
from serai.study import Study

WHOLE = ("total", "estimate", "lower_bound", "phase")
"""Bases of a published cost that say what the thing costs, not what one lender gives."""
PROMISED = ("agreed", "reported")
ONE_YEAR = "no largest deal is known: a year's volume"


class Mandate(Record):
    """What the table of financiers does not say in words a machine can use: a row of `mandates.csv`."""

    financier: Key
    kind: Kind
    sectors: tuple[Text, ...] = ()
    tied_to: tuple[Text, ...] = ()
    """Economies whose parties a project must have; blank: untied or not known."""
    tied_basis: Literal["published", "assumed", ""] = ""
    own: Literal["yes", ""] = ""
    """Pays for its own projects only."""
    only: tuple[Key, ...] = ()
    """Its own projects."""
    note: str = ""


class Terms(Record):
    """Published terms of a financier: a row of `terms.csv`."""

    financier: Key
    countries: tuple[Country, ...] = ()
    """Where they hold; blank: everywhere."""
    rate_pct: Annotated[float, Field(ge=0)]
    maturity_years: Annotated[int, Field(gt=0)]
    grace_years: Annotated[int, Field(ge=0)]
    basis: Text
    source: Text


@dataclass(frozen=True, slots=True)
class Open:
    """What projects still need, and why nothing can be said of the others.

    Parameters
    ----------
    needs : projects with an open amount. left_out : project -> why it has none.
    """

    needs: tuple[Need, ...]
    left_out: Mapping[str, str]


def match(study: Study, programme: Path | None = None) -> tuple[Financing, Open]:
    """Who finances what in a study: all open amounts, or those of a programme.

    Parameters
    ----------
    programme : a JSON file `{"projects": [{"id": ..., "open_usd_m": ...}, ...]}`; instead of `open_usd_m` an
        `amount` with `currency` and `date`, converted at the study's rates. The `choose.json` that
        `serai choose` writes will do as it is.

    Raises
    ------
    InputError : mandates or terms that name nothing, financiers without any, a project that the study does
        not have, a currency without a rate; all at once.
    """
    found = open_needs(study)
    if programme is not None:
        found = chosen_needs(study, programme)
    return allocate(found.needs, lenders(study)), found


def open_needs(study: Study) -> Open:
    """The open amounts of a study's candidate projects.

    Open is the published cost less what is agreed or reported. Where the published figure is one loan or
    grant, or none is published, nothing is guessed: the project is left out, with the reason. Of rows that
    contain one another only the largest counts.
    """
    largest: dict[str, Project] = {}
    for project in study.records.projects:
        group = project.serai.overlap_group
        if group and project.is_candidate and (project.cost_usd_m or 0) >= (_cost(largest.get(group))):
            largest[group] = project
    needs, left_out = [], {}
    for project in study.records.projects:
        if not project.is_candidate:
            continue
        group = project.serai.overlap_group
        reason = _no_amount(project)
        if reason is None and group and largest[group].id != project.id:
            reason = f"it is part of, or contains, {largest[group].id}"
        given = sum(row.amount_usd_m or 0.0 for row in _rows(study, project.id) if row.state in PROMISED)
        left = (project.cost_usd_m or 0.0) - given
        if reason is None and left <= 0:
            reason = "what is agreed covers the published cost"
        if reason is not None:
            left_out[project.id] = reason
            continue
        needs.append(
            _need(study, project, left, f"{project.serai.cost_basis}, less USD {given:,.1f} m agreed")
        )
    return Open(tuple(needs), left_out)


def chosen_needs(study: Study, file: Path) -> Open:
    """The open amounts of a programme from a JSON file; see `match`."""
    problems = Problems(file.name)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        rows = _listed(content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = 'Give {"projects": [{"id": ..., "open_usd_m": ...}]}.'
        raise InputError(Problem(f"not a programme: {error}", remedy, file=file.name)) from None
    by_id = {project.id: project for project in study.records.projects}
    needs = []
    for number, row in enumerate(rows, start=1):
        name = str(row.get("id", "")) if isinstance(row, dict) else ""
        if name not in by_id:
            remedy = suggestion(name, by_id)
            problems.add("there is no such project", remedy, row=f"project {number}", field="id", value=name)
            continue
        amount = _amount(study, row, name, problems)
        if amount is not None:
            needs.append(_need(study, by_id[name], amount, "as the programme says"))
    problems.raise_if_any()
    return Open(tuple(needs), {})


def _listed(content: Any) -> list[Any]:
    """The projects of a programme file, its own list or the table of `serai choose`."""
    if isinstance(content, dict) and "tables" in content:
        chosen = content["tables"]["programme"]
        return [{"id": row["project"], "open_usd_m": row["amount_usd_m"]} for row in chosen]
    rows = content["projects"] if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise TypeError("projects is no list")
    return rows


def lenders(study: Study) -> tuple[Lender, ...]:
    """The financiers of a study with their mandates (`mandates.csv`) and published terms (`terms.csv`)."""
    known = {row.id: row for row in study.records.financiers}
    if not known:
        raise InputError(Problem("the study has no financiers", "Add financiers.csv.", file="financiers.csv"))
    mandates = _read(study, "mandates.csv", Mandate)
    terms = _read(study, "terms.csv", Terms)
    problems = Problems()
    for file, rows in (("mandates.csv", mandates), ("terms.csv", terms)):
        for line, row in enumerate(rows, start=2):
            if row.financier not in known:
                remedy = suggestion(row.financier, known)
                problems.add(
                    "there is no such financier",
                    remedy,
                    file=file,
                    row=line,
                    field="financier",
                    value=row.financier,
                )
    by_name = {row.financier: row for row in mandates}
    for name in known:
        if name not in by_name:
            problems.add("a financier without a mandate", "Add a row.", file="mandates.csv", value=name)
    projects = {project.id for project in study.records.projects}
    for mandate in mandates:
        for name in mandate.only:
            if name not in projects:
                remedy = suggestion(name, projects)
                problems.add(
                    "there is no such project", remedy, file="mandates.csv", field="only", value=name
                )
    prices: dict[str, dict[str, Price]] = {}
    for line, term in enumerate(terms, start=2):
        if term.grace_years >= term.maturity_years:
            problems.add(
                "no year is left to repay in",
                "Give fewer years of grace.",
                file="terms.csv",
                row=line,
                field="grace_years",
            )
            continue
        loan = Loan(1, term.rate_pct, term.maturity_years, term.grace_years)
        value = present_value(loan)
        price = Price(value, value, value, term.basis, term.source)
        prices.setdefault(term.financier, {}).update(dict.fromkeys(term.countries or ("",), price))
    problems.raise_if_any()
    return tuple(_lender(known[name], by_name[name], prices.get(name, {})) for name in known)


def _lender(row: Financier, mandate: Mandate, prices: Mapping[str, Price]) -> Lender:
    """One financier. A smallest deal that was only seen binds nobody; the largest one seen is a cap."""
    limit, basis = _limit(row)
    return Lender(
        id=row.id,
        name=row.name,
        kind=mandate.kind,
        limit_usd_m=limit,
        limit_basis=basis,
        ticket_min_usd_m=row.ticket_min_usd_m if row.ticket_basis == "published" else None,
        ticket_max_usd_m=row.annual_volume_usd_m if row.ticket_max_usd_m is None else row.ticket_max_usd_m,
        ticket_basis=row.ticket_basis if row.ticket_max_usd_m is not None else ONE_YEAR,
        countries=tuple(row.countries),
        sectors=mandate.sectors,
        prices={**({} if mandate.kind == "insurance" else {"": price_of_kind(mandate.kind)}), **prices},
        tied_to=mandate.tied_to,
        only=frozenset(mandate.only) if mandate.own else None,
        guarantees=mandate.kind == "insurance" or any("guarantee" in word for word in row.instruments),
    )


def _limit(row: Financier) -> tuple[float | None, str]:
    """What a financier can lend over the horizon: its yearly volume times the years, else one deal."""
    if row.annual_volume_usd_m is not None:
        years = parameters().of("horizon_years").value
        return row.annual_volume_usd_m * years, f"{row.annual_volume_basis} volume of a year, times {years:g}"
    if row.ticket_max_usd_m is not None:
        return row.ticket_max_usd_m, "one deal of the largest size seen"
    return None, "not known"


def _need(study: Study, project: Project, amount: float, note: str) -> Need:
    known = [row.financier for row in _rows(study, project.id) if row.financier]
    present = [row for row in read_presence(study) if row.project == project.id]
    return Need(
        project.id,
        project.title or project.id,
        amount,
        project.countries,
        tuple(project.sector or ()),
        tuple(dict.fromkeys(known)),
        tuple(dict.fromkeys(row.partner for row in present)),
        any(row.role == "investor" for row in present),
        note,
    )


def _amount(study: Study, row: Mapping[str, Any], name: str, problems: Problems) -> float | None:
    """An open amount in million USD; problems are collected."""
    if "open_usd_m" in row:
        value = row["open_usd_m"]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        problems.add("not an amount", "Give million USD.", row=name, field="open_usd_m", value=value)
        return None
    try:
        amount, currency, when = float(row["amount"]), str(row["currency"]), str(row["date"])
        return study.money.convert(amount, currency, when).value / 10**6
    except KeyError as error:
        problems.add(
            "an open amount is missing",
            "Give open_usd_m, or amount, currency and date.",
            row=name,
            field=str(error),
        )
    except UnknownNameError as error:
        problems.add(
            str(error), "Add the rate to rates.csv.", row=name, field="currency", value=row["currency"]
        )
    except (TypeError, ValueError) as error:
        problems.add(
            f"not an amount: {error}", "Give a number.", row=name, field="amount", value=row["amount"]
        )
    except InputError as error:
        problems.extend(error.problems)
    return None


def _no_amount(project: Project) -> str | None:
    """Why a project has no open amount; None when its published cost is that of the whole."""
    if project.cost_usd_m is None:
        return "no cost is published"
    if project.serai.cost_basis not in WHOLE:
        return f"the published figure is {project.serai.cost_basis}: one part of the money, not the cost"
    return None


def _cost(project: Project | None) -> float:
    return 0.0 if project is None else project.cost_usd_m or 0.0


def _rows(study: Study, project: str) -> list[Any]:
    return [row for row in study.records.financing if row.project == project]


def _read(study: Study, name: str, model: type[Any]) -> Sequence[Any]:
    file = study.path / name
    return read_csv(file, model) if file.exists() else ()


def unused(found: Financing) -> Iterable[str]:
    """Financiers that end without a deal."""
    return [lender.id for p, lender in enumerate(found.lenders) if not (found.amounts[p] > 0).any()]
