"""Projects as IATI activities and back.

What the standard says goes into its elements; the whole project and its transactions go along in elements of
our own namespaces, which the standard allows and other readers skip. On the way back the standard's elements
win where someone changed them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from serai.errors import InputError, MissingExtraError, Problem
from serai.exchange.iati import each_activity, xsd_problems
from serai.exchange.limits import DEFAULT, Limits
from serai.exchange.oc4ids import as_json
from serai.exchange.progress import Progress
from serai.exchange.standards import standards_folder
from serai.records import Project, Transaction
from serai.records.activity import (
    Activity,
    ActivityDate,
    ActivityTransaction,
    Country,
    Description,
    Organisation,
    Sector,
)
from serai.records.base import NO_GROUPS, Groups, alpha2, alpha3, in_groups

try:
    from lxml import etree
except ImportError:
    raise MissingExtraError("lxml", "exchange") from None

NAMESPACE, MONEY = "urn:serai:project:1", "urn:serai:transactions:1"
OURS_ALONE = ("id", "commitment", "value_date", "sources", "note")
"""Fields of a transaction that its activity cannot say, or says less exactly."""

STATUS = {
    "identification": "1",
    "preparation": "1",
    "implementation": "2",
    "completion": "3",
    "maintenance": "4",
    "decommissioning": "4",
    "decommissioned": "4",
    "cancelled": "5",
}
"""OC4IDS projectStatus -> IATI ActivityStatus."""

OURS = {"1": "preparation", "2": "implementation", "3": "completion", "4": "maintenance"}
OURS |= {"5": "cancelled"}
"""The other way; a pipeline activity is in preparation, and 6 (suspended) has no word in OC4IDS."""

OWN_VOCABULARY = "99"
"""IATI SectorVocabulary of the reporting organisation: our sectors are those of OC4IDS."""

Reporter = Organisation


def activities_of(
    projects: Iterable[Project], reporter: Reporter, transactions: Sequence[Transaction] = ()
) -> tuple[Activity, ...]:
    """Projects as activities.

    Raises `InputError` naming each project without what the standard requires: a status, a title, a start,
    and full dates of its transactions. `expressible` tells them apart beforehand.
    """
    projects = tuple(projects)
    *_fit, problems = expressible(projects, transactions)
    if problems:
        raise InputError(problems)
    by_project: dict[str, list[Transaction]] = {}
    for t in transactions:
        by_project.setdefault(t.project, []).append(t)
    return tuple(_activity(p, reporter, by_project.get(p.id, [])) for p in projects)


def expressible(
    projects: Sequence[Project], transactions: Sequence[Transaction] = ()
) -> tuple[tuple[Project, ...], tuple[Transaction, ...], tuple[Problem, ...]]:
    """What the standard can say of these projects and their money, and a problem for each thing it cannot.

    A transaction needs its day and a project that goes out; one of a commitment alone belongs to no activity.
    """
    lacking = {p.id: found for p in projects if (found := _lacking(p))}
    fit = tuple(p for p in projects if p.id not in lacking)
    known = {p.id for p in fit}
    problems = [problem for found in lacking.values() for problem in found]
    dated: list[Transaction] = []
    for t in transactions:
        if t.project not in known:
            reason, remedy = "IATI needs the project of a transaction", "Name one that is exported."
            problems.append(Problem(reason, remedy, "transactions", t.id, "project", t.project))
        elif len(t.date) != 10:
            reason, remedy = "IATI needs the day of a transaction", "Fill it in."
            problems.append(Problem(reason, remedy, "transactions", t.id, "date", t.date))
        else:
            dated.append(t)
    return fit, tuple(dated), tuple(problems)


def read_iati_records(
    path: Path,
    limits: Limits = DEFAULT,
    standards: Path | None = None,
    *,
    groups: Groups = NO_GROUPS,
    progress: Progress | None = None,
) -> tuple[tuple[Project, ...], tuple[Transaction, ...]]:
    """Projects and transactions of an activity file; no more of it is in memory than one activity.

    Parameters as in `read_iati`. Raises `InputError` with every problem and its line, or when a table would
    have more than `limits.rows`.
    """
    folder = standards_folder(standards)
    problems = [] if folder is None else list(xsd_problems(path, folder, limits))
    projects: list[Project] = []
    money: list[Transaction] = []
    for activity in each_activity(path, problems, limits, progress):
        project = project_of(activity, groups=groups)
        projects.append(project)
        money += transactions_of(activity, project.id)
        if max(len(projects), len(money)) > limits.rows:
            reason = f"more than {limits.rows:,} records of one kind"
            problems.append(Problem(reason, "Split the file.", path.name, row=activity.identifier))
            break
    if problems:
        raise InputError(problems)
    return tuple(projects), tuple(money)


def project_of(activity: Activity, *, groups: Groups = NO_GROUPS) -> Project:
    """An activity as a project; title, description and status are those of the standard's elements."""
    extension = _extended(activity, NAMESPACE)
    fields: dict[str, Any]
    if extension is not None:
        fields = dict(extension)
    else:
        countries = [alpha3(c.code) or c.code for c in activity.countries]
        own = [s.code for s in activity.sectors if s.vocabulary == OWN_VOCABULARY]
        fields = {"id": activity.identifier, "serai": {"countries": countries}} | (
            {"sector": own} if own else {}
        )
    changed: dict[str, Any] = {"title": activity.title.text}
    if activity.descriptions[0].text != _description(fields):
        changed["description"] = activity.descriptions[0].text
    if STATUS.get(str(fields.get("status"))) != activity.status:
        changed["status"] = OURS.get(activity.status)
    return Project.model_validate(fields | changed, context=in_groups(groups))


def transactions_of(activity: Activity, project: str) -> tuple[Transaction, ...]:
    """The money of an activity as records of the ledger.

    One that went out from here and has the same type, date and amount gets its identifier and sources back.
    """
    ours: list[dict[str, Any]] = list(_extended(activity, MONEY) or ())
    found = []
    for number, t in enumerate(activity.transactions, 1):
        fields: dict[str, Any] = {
            "id": f"{activity.identifier}-{number}",
            "project": project,
            "type": t.type,
            "date": t.date,
            "amount": t.value,
            "currency": t.currency or activity.default_currency or "",
            "value_date": t.value_date,
            "payer": t.provider,
            "payee": t.receiver,
            "flow_type": t.flow_type,
            "title": t.description,
        }
        same = (f for f in ours if all(f[k] == fields[k] for k in ("type", "date", "amount", "currency")))
        if (mine := next(same, None)) is not None:
            ours.remove(mine)
            fields |= {name: mine[name] for name in OURS_ALONE}
        found.append(Transaction.model_validate(fields))
    return tuple(found)


def _lacking(project: Project) -> list[Problem]:
    """What the standard requires of an activity and this project does not have."""
    found = []
    if project.title is None or project.status is None:
        found.append(Problem("IATI needs a title and a status", "Fill them in.", row=project.id))
    if not _dates(project):
        found.append(
            Problem("IATI needs a start", "Fill in period/startDate or serai/start_year.", row=project.id)
        )
    return found


def _activity(project: Project, reporter: Reporter, transactions: Sequence[Transaction]) -> Activity:
    assert project.title is not None
    assert project.status is not None
    fields = as_json(project)
    codes = [(code, alpha2(code)) for code in project.countries]
    return Activity(
        identifier=project.id,
        reporting_org=reporter,
        title=Description(text=project.title),
        descriptions=(Description(text=_description(fields)),),
        organisations=_organisations(project, reporter),
        status=STATUS[project.status],  # type: ignore[arg-type]
        dates=_dates(project),
        countries=tuple(Country(code=two) for _, two in codes if two) if len(codes) == 1 else _equal(codes),
        sectors=_sectors(project.sector or ()),
        transactions=tuple(_transaction(t) for t in transactions),
        attributes={"default-currency": "USD"},
        other=(_extension(NAMESPACE, fields), *_money(transactions)),
    )


def _equal(codes: Sequence[tuple[str, str | None]]) -> tuple[Country, ...]:
    """Several countries need shares that add up to 100; how a project divides is not known, so they are equal
    and the extension holds the plain list."""
    known = [two for _, two in codes if two]
    share = round(100 / len(known), 2) if known else 0.0
    first = round(100 - share * (len(known) - 1), 2)
    return tuple(Country(code=two, percentage=share if place else first) for place, two in enumerate(known))


def _description(fields: dict[str, Any]) -> str:
    return str(fields.get("description") or fields.get("title"))


def _dates(project: Project) -> tuple[ActivityDate, ...]:
    found: list[ActivityDate] = []
    for kind, printed, year, day in (
        ("1", project.period and project.period.start_date, project.serai.start_year, "01-01"),
        ("3", project.period and project.period.end_date, project.serai.end_year, "12-31"),
    ):
        if printed:
            found.append(_date(kind, printed[:10]))
        elif year:
            words = "<narrative>The year is known, the day is not.</narrative>"
            kept = f'<activity-date iso-date="{year}-{day}" type="{kind}">{words}</activity-date>'
            found.append(_date(kind, f"{year}-{day}", kept))
    return tuple(found) if found and found[0].type == "1" else ()


def _date(kind: str, day: str, kept: str = "") -> ActivityDate:
    return ActivityDate.model_validate({"type": kind, "date": day, "kept": kept})


def _organisations(project: Project, reporter: Reporter) -> tuple[Organisation, ...]:
    named = [party.name for party in project.parties or () if party.name] or list(project.serai.sponsor)
    if not named:
        return (Organisation(name=reporter.name, ref=reporter.ref, type=reporter.type, role="2"),)
    return tuple(Organisation(name=name, role="4") for name in named)


def _sectors(codes: Sequence[str]) -> tuple[Sector, ...]:
    share = round(100 / len(codes), 2) if len(codes) > 1 else None
    rest = None if share is None else round(100 - share * (len(codes) - 1), 2)
    return tuple(
        Sector(code=code, vocabulary=OWN_VOCABULARY, percentage=share if place else rest)
        for place, code in enumerate(codes)
    )


def _transaction(t: Transaction) -> ActivityTransaction:
    return ActivityTransaction(
        type=t.type,
        date=t.date,
        value=t.amount,
        currency=t.currency,
        value_date=t.value_date if t.value_date and len(t.value_date) == 10 else t.date,
        description=t.title,
        provider=t.payer,
        receiver=t.payee,
        flow_type=t.flow_type,
    )


def _money(transactions: Sequence[Transaction]) -> tuple[str, ...]:
    return (_extension(MONEY, [t.model_dump(mode="json") for t in transactions]),) if transactions else ()


def _extended(activity: Activity, namespace: str) -> Any:
    """What an extension of ours holds; None where there is none."""
    found = next((e for e in activity.other if f'"{namespace}"' in e), None)
    return None if found is None else json.loads(etree.fromstring(found).text or "null")


def _extension(namespace: str, fields: Any) -> str:
    element = etree.Element(f"{{{namespace}}}{namespace.split(':')[2]}", nsmap={"serai": namespace})
    element.text = json.dumps(fields)
    return str(etree.tostring(element, method="c14n", exclusive=True).decode())
