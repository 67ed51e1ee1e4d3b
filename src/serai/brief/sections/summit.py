"""The opening: what the summit announced, what was signed, what was delivered, and the formats around it.

Counts and rows only. Totals of money need the rules against double counting, so none is shown here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby

import pandas as pd
from markupsafe import Markup, escape

from serai.brief.document import Desk, Section, Table
from serai.brief.numbers import Number
from serai.brief.words import N_
from serai.ledger.grid import AREAS, EVERY_AREA, REGION_WIDE, STAGES, Cell, Entry, entries, grid

ROW_WORDS = {
    "announced": N_("rows announced"),
    "signed": N_("rows signed or under way"),
    "delivered": N_("rows delivered"),
}


def summit_section(desk: Desk) -> Section | None:
    """Countries by areas, the rows behind the counts, and the timeline of formats; None without any record."""
    if not (desk.study.records.commitments or desk.study.records.projects or desk.study.records.formats):
        return None
    rows = lead_entries(desk)
    delivered = _count(
        desk, [e for e in rows if e.stage == "delivered"], "summit/delivered", "rows delivered"
    )
    signed = _count(desk, [e for e in rows if e.stage == "signed"], "summit/signed", ROW_WORDS["signed"])
    announced = _count(
        desk, [e for e in rows if e.stage == "announced"], "summit/announced", ROW_WORDS["announced"]
    )
    finding = desk.prose(
        "On record with {lead}: {announced} announced, {signed} signed or under way, {delivered} delivered. These are counts of rows, not of money.",
        lead=desk.name(desk.study.lead.id),
        announced=announced,
        signed=signed,
        delivered=delivered,
    )
    parts: list[Table | Markup] = [counts_table(desk, rows), rows_behind(desk, rows)]
    if desk.study.records.formats:
        parts.append(formats_table(desk))
        parts.append(timeline(desk))
    return Section(
        "summit",
        desk.words._("Summit"),
        desk.words._(
            "{lead} and the region: announced, signed, delivered", lead=desk.name(desk.study.lead.id)
        ),
        finding,
        parts,
    )


def lead_entries(desk: Desk) -> Sequence[Entry]:
    """Commitments and projects that involve the lead partner, each at its stage and counted once."""
    study = desk.study
    lead = study.lead
    projects = [p for p in study.records.projects if p.serai.lead_role not in (None, "interest_only")]
    return entries(
        study.records,
        study.about.region.economies,
        partner=lead.id,
        named=lead.name,
        projects=projects,
        same={pair.project for pair in study.same},
    )


def counts_table(desk: Desk, rows: Sequence[Entry]) -> Table:
    """Counts by country and area: announced, signed, delivered."""
    _ = desk.words._
    found = grid(rows, desk.study.about.region.economies)
    cells: list[list[Markup | str]] = []
    for place, here in groupby(found, lambda cell: cell.country):
        line: list[Markup | str] = [_("The region as a whole") if place == REGION_WIDE else desk.name(place)]
        for _area, trio in groupby(here, lambda cell: cell.area):
            line.append(_trio(desk, [_number(desk, cell) for cell in trio]))
        cells.append(line)
    data = [{"economy": c.country, "area": c.area, "stage": c.stage, "count": len(c.entries)} for c in found]
    areas = area_words(desk)
    return Table(
        "summit",
        _("By country and area: announced / signed / delivered"),
        [_("Country"), *(areas[a] for a in (*AREAS, EVERY_AREA))],
        cells,
        pd.DataFrame(data),
        note=_(
            "Rows of the ledger and projects with a part of {lead}. A row that names two areas or two countries is counted in each; a row made of others gives way to its parts, and a project that is a commitment too is counted once. Signed: contracts, grants with an agreement, memoranda, projects under construction. Delivered: money paid or a project completed.",
            lead=desk.name(desk.study.lead.id),
        ),
        numeric=frozenset({1, 2, 3, 4}),
    )


def area_words(desk: Desk) -> dict[str, str]:
    _ = desk.words._
    return {
        "green": _("Environment, energy"),
        "connectivity": _("Connectivity"),
        "people": _("Human capital"),
        "all": _("Across areas"),
    }


def rows_behind(desk: Desk, rows: Sequence[Entry]) -> Table:
    """Every row that the grid counts, with its source."""
    _ = desk.words._
    stages = {"announced": _("announced"), "signed": _("signed"), "delivered": _("delivered")}
    areas = area_words(desk)
    cells: list[list[Markup | str]] = []
    for entry in sorted(rows, key=lambda e: (STAGES.index(e.stage), e.economies, e.date)):
        where = desk.words.series(
            [_("the region") if code == REGION_WIDE else desk.name(code) for code in entry.economies]
        )
        cells.append(
            [
                stages[entry.stage],
                where,
                desk.words.series([areas[a] for a in entry.areas]),
                entry.what,
                entry.date,
                entry.status,
                link(desk, entry.source),
            ]
        )
        desk.numbers.node(entry.key, entry.what, fields={"stage": entry.stage, "source": entry.source})
    data = pd.DataFrame(
        [
            {
                f: getattr(e, f) if not isinstance(getattr(e, f), tuple) else "; ".join(getattr(e, f))
                for f in Entry.__dataclass_fields__
            }
            for e in rows
        ]
    )
    return Table(
        "summit_rows",
        _("The rows behind the grid"),
        [_("Stage"), _("Where"), _("Area"), _("What"), _("Date"), _("Status"), _("Source")],
        cells,
        data,
        folded=True,
    )


def link(desk: Desk, address: str) -> Markup | str:
    """An address as a link that names its site."""
    if not address:
        return desk.words._("no source")
    site = address.split("/")[2].removeprefix("www.")
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(address, site)


def formats_table(desk: Desk) -> Table:
    """Who else meets the region, since when, and at what level."""
    _ = desk.words._
    meetings = defaultdict(list)
    for meeting in desk.study.records.meetings:
        meetings[meeting.format].append(meeting)
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for row in sorted(desk.study.records.formats, key=lambda f: f.since):
        held = [x for x in meetings[row.id] if x.state == "held"]
        summits = sorted(x.date for x in held if x.level == "summit")
        first = summits[0] if summits else _("none on record")
        basis = row.sources[0] if row.sources else ""
        cells.append(
            [
                _(row.name),
                row.since[:4],
                first,
                str(len(held)),
                link(desk, basis) if basis else _("from memory: check"),
            ]
        )
        data.append(
            {
                "format": row.id,
                "name": row.name,
                "since": row.since,
                "first_summit": summits[0] if summits else None,
                "meetings_held": len(held),
                "basis": row.basis,
            }
        )
    return Table(
        "formats",
        _("The formats with {region}", region=_(desk.study.about.region.name)),
        [_("Format"), _("Since"), _("First summit"), _("Meetings in our rows"), _("Source")],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({3}),
    )


def timeline(desk: Desk) -> Markup:
    """A plain list of meetings by year, newest last: readable without a picture."""
    _ = desk.words._
    formats = {f.id: f for f in desk.study.records.formats}
    lead = desk.study.lead.id
    items = []
    for meeting in sorted(desk.study.records.meetings, key=lambda x: x.date):
        row = formats[meeting.format]
        mark = ("lead" if row.partner == lead else "other") + ("" if meeting.state == "held" else " open")
        level = {"summit": _("summit"), "ministerial": _("ministers"), "forum": _("forum")}[meeting.level]
        state = "" if meeting.state == "held" else f" ({_(meeting.state)})"
        items.append(
            Markup(
                '<li class="{mark} {level_class}"><time>{date}</time> <b>{name}</b> {title}{state}</li>'
            ).format(
                mark=mark,
                level_class=meeting.level,
                date=meeting.date,
                name=desk.name(row.partner)
                if row.partner in {p.id for p in desk.study.about.partner}
                else _(row.name),
                title=f"{level}: {_(meeting.title)}",
                state=state,
            )
        )
    title = escape(_("The formats since {year}", year=min(f.since for f in formats.values())[:4]))
    return Markup('<figure class="timeline"><h3>{}</h3><ol>{}</ol></figure>').format(
        title, Markup("").join(items)
    )


def _count(desk: Desk, rows: Sequence[Entry], key: str, label: str) -> Number:
    made = tuple(e.key for e in rows) or (_record(desk),)
    return desk.numbers.add(Number(key, label, float(len(rows)), "count", "reported", made_from=made))


def _number(desk: Desk, cell: Cell) -> Number:
    key = f"summit/{cell.country}/{cell.area}/{cell.stage}"
    label = ROW_WORDS[cell.stage]
    made = cell.entries or (_record(desk),)
    return desk.numbers.add(Number(key, label, float(len(cell.entries)), "count", "reported", made_from=made))


def _record(desk: Desk) -> str:
    """The node of the whole record: a zero says that no row of it is of this kind."""
    files = {"file": "commitments.csv, projects.csv"}
    return desk.numbers.node("study/record", "the record of commitments and projects", [], files)


def _trio(desk: Desk, counts: Sequence[Number]) -> Markup:
    shown = [
        Markup('<span class="{}{}">{}</span>').format(
            stage, "" if number.estimate else " none", desk.number(number)
        )
        for stage, number in zip(STAGES, counts, strict=True)
    ]
    return Markup('<span class="trio">{}</span>').format(Markup(" / ").join(shown))
