"""Who finances what in a study: its projects' needs beside its financiers with mandates and terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from serai.broker.allocation import Financing, allocate
from serai.broker.market import Kind, Lender, Price
from serai.broker.needs import Open, chosen_needs, open_needs, programme_needs
from serai.broker.terms import parameters, present_value, price_of_kind
from serai.errors import InputError, Problem, Problems, suggestion
from serai.exchange.csv import read_csv
from serai.programme import Programme
from serai.programme.loan import Loan
from serai.records import Financier, Record
from serai.records.base import Country, Key, Text, alpha2
from serai.study import Study

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


def match(study: Study, programme: Programme | Path | None = None) -> tuple[Financing, Open]:
    """Who finances what in a study: the open amounts of a programme, or all there are.

    Parameters
    ----------
    programme : the chosen programme, such as `study_programme` gives it; None takes every open amount with a
        published cost. Or a JSON file `{"projects": [{"id": ..., "open_usd_m": ...}, ...]}`; instead of
        `open_usd_m` an `amount` with `currency` and `date`, converted at the study's rates. The
        `choose.json` that `serai choose` writes will do as it is.

    Raises
    ------
    InputError : mandates or terms that name nothing, financiers without any, a project that the study does
        not have, a currency without a rate; all at once.
    """
    if programme is None:
        found = open_needs(study)
    elif isinstance(programme, Programme):
        found = programme_needs(study, programme)
    else:
        found = chosen_needs(study, programme)
    return allocate(found.needs, lenders(study)), found


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
        home=tuple(code for code in row.home if alpha2(code)),
    )


def _limit(row: Financier) -> tuple[float | None, str]:
    """What a financier can lend over the horizon: its yearly volume times the years, else one deal."""
    if row.annual_volume_usd_m is not None:
        years = parameters().of("horizon_years").value
        return row.annual_volume_usd_m * years, f"{row.annual_volume_basis} volume of a year, times {years:g}"
    if row.ticket_max_usd_m is not None:
        return row.ticket_max_usd_m, "one deal of the largest size seen"
    return None, "not known"


def _read(study: Study, name: str, model: type[Any]) -> Sequence[Any]:
    file = study.path / name
    return read_csv(file, model) if file.exists() else ()
