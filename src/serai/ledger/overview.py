"""For the opening page and the country sheet: the timeline, and one country."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from serai.dates import first_day
from serai.errors import UnknownNameError
from serai.exchange.folder import Tables
from serai.ledger.conflicts import Conflict, conflicts
from serai.ledger.due import Due, due
from serai.ledger.totals import Total, totals
from serai.money import Exchange
from serai.records import Commitment, Format, Meeting, Project
from serai.shown import Shown


@dataclass(frozen=True, slots=True)
class Moment:
    """One point of the timeline; `from_memory` marks what no address supports yet."""

    date: str
    format: str
    partner: str
    title: str
    place: str
    level: str
    state: str
    from_memory: bool
    sources: tuple[str, ...]


def timeline(formats: Sequence[Format], meetings: Sequence[Meeting]) -> tuple[Moment, ...]:
    """The founding and the meetings of all formats, in order of date."""
    partner = {f.id: f.partner for f in formats}
    founded = [
        Moment(f.since, f.id, f.partner, f.name, "", "founded", "held", f.basis == "from memory", f.sources)
        for f in formats
    ]
    met = [
        Moment(
            m.date,
            m.format,
            partner[m.format],
            m.title,
            m.place,
            m.level,
            m.state,
            m.basis == "from memory",
            m.sources,
        )
        for m in meetings
    ]
    return tuple(sorted(founded + met, key=lambda m: (first_day(m.date), m.format, m.level != "founded")))


@dataclass(frozen=True, slots=True)
class CountrySheet(Shown):
    """What a minister is told about one country; gains come from the model and are added by the brief.

    Parameters
    ----------
    own : commitments that name this country alone; `shared` those that name others too.
    totals : ranges of `own`, by direction and kind.
    projects : its projects, candidates first, dearest first; a project of several countries is among them.
    cost_by_basis : million USD by what the cost covers; bases are not added together.
    unpriced : projects without a published cost.
    due, conflicts : what falls due, and where sources disagree.
    questions : what is open, in sentences: figures, amounts, claims, costs, owners; then what is past its
        date, the latest first.
    """

    country: str
    own: tuple[Commitment, ...]
    shared: tuple[Commitment, ...]
    totals: tuple[Total, ...]
    projects: tuple[Project, ...]
    cost_by_basis: dict[str, float]
    unpriced: tuple[str, ...]
    due: tuple[Due, ...]
    conflicts: tuple[Conflict, ...]
    questions: tuple[str, ...]


def country_sheet(
    tables: Tables, exchange: Exchange, country: str, *, as_of: date, region: Collection[str] = ()
) -> CountrySheet:
    """The facts of one country, such as `KAZ`; none where nothing about a country of the region is on record.

    Raises `UnknownNameError` when no commitment and no project of the study names it, nor the region.
    """
    known = set(region)
    known |= {code for c in tables.commitments for code in c.economies}
    known |= {code for p in tables.projects for code in p.countries}
    if country not in known:
        raise UnknownNameError("country", country, sorted(known))
    mine = [c for c in tables.commitments if country in c.economies]
    own = tuple(c for c in mine if c.economies == (country,))
    ids = {c.id for c in mine}
    projects = sorted(
        (p for p in tables.projects if country in p.countries),
        key=lambda p: (not p.is_candidate, -(p.cost_usd_m or 0)),
    )
    milestones = [
        m for m in tables.milestones if m.commitment in ids or m.project in {p.id for p in projects}
    ]
    owed = due(mine, milestones, as_of=as_of)
    clashes = tuple(c for c in conflicts(tables.reports, tables.commitments) if c.commitment in ids)
    found = totals(tables.commitments, exchange, where=lambda c: c.economies == (country,))
    return CountrySheet(
        country,
        own,
        tuple(c for c in mine if c.economies != (country,)),
        found.rows,
        tuple(projects),
        _cost_by_basis(projects),
        tuple(p.id for p in projects if p.is_candidate and p.cost_usd_m is None),
        owed,
        clashes,
        tuple(_questions(own, projects, owed, clashes)),
    )


def _cost_by_basis(projects: Sequence[Project]) -> dict[str, float]:
    """Candidates only, and of projects that contain one another only the dearest."""
    sums: dict[str, float] = {}
    groups: dict[str, Project] = {}
    for p in projects:
        if not p.is_candidate or p.cost_usd_m is None:
            continue
        name = p.serai.overlap_group or p.id
        if name not in groups or p.cost_usd_m > (groups[name].cost_usd_m or 0):
            groups[name] = p
    for p in groups.values():
        basis = str(p.serai.cost_basis)
        sums[basis] = sums.get(basis, 0.0) + (p.cost_usd_m or 0.0)
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def _questions(
    own: Sequence[Commitment], projects: Sequence[Project], owed: Sequence[Due], clashes: Sequence[Conflict]
) -> list[str]:
    questions: list[str] = []
    widest: dict[tuple[str, str], Conflict] = {}
    for clash in sorted(clashes, key=lambda c: -c.ratio):
        widest.setdefault((clash.fact, clash.quantity), clash)
    questions += [_which(clash) for clash in widest.values()]
    silent = [
        c.id for c in own if c.amount is None and c.kind in ("pledge", "memorandum", "contract", "commitment")
    ]
    if silent:
        questions.append("How much is promised? No amount was published for " + ", ".join(silent) + ".")
    claims = [c.id for c in own if c.grade == "D"]
    if claims:
        questions.append("What stands behind the claim? One side's word only: " + ", ".join(claims) + ".")
    unpriced = [p for p in projects if p.is_candidate and p.cost_usd_m is None]
    if unpriced:
        questions.append(f"What do they cost? {len(unpriced)} candidate projects have no published cost.")
    ownerless = [p for p in projects if p.is_candidate and not p.serai.sponsor]
    if ownerless:
        questions.append(f"Who owns them? {len(ownerless)} candidate projects name no sponsor.")
    late = [row for row in owed if row.state != "open"]
    questions += [f"{row.owner}: was this done? {row.what} (due {row.due})" for row in reversed(late)]
    return questions


def _which(clash: Conflict) -> str:
    """One question a fact: its readings in short, and which to take meanwhile."""
    values = " or ".join(_compact(reading.value) for reading in clash.readings)
    return (
        f"Which figure is right for {clash.quantity}: {clash.unit} {values}? "
        f"Meanwhile {_compact(clash.suggested)}: {clash.reason}"
    )


def _compact(value: float) -> str:
    for power, word in ((12, " trillion"), (9, " bn"), (6, " m")):
        if abs(value) >= 10**power:
            return f"{value / 10**power:,.4g}{word}"
    return f"{value:,.6g}"
