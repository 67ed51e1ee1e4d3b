"""Counts that some claims rest on: formats, meetings, memberships, parties. Each leads back to its rows."""

from __future__ import annotations

from collections.abc import Iterable

from serai.brief.document import Desk
from serai.brief.numbers import Number
from serai.brief.words import N_
from serai.records.meeting import Format, Meeting

FORMED = ("eaeu", "wto_members")
HELD, SUMMIT = "held", "summit"


def add_claim_facts(desk: Desk) -> None:
    """Register the counts; a study without formats, meetings or commitments has none of theirs."""
    _memberships(desk)
    if desk.study.records.formats:
        _formats(desk)
    if desk.study.records.commitments:
        _parties(desk)


def _formats(desk: Desk) -> None:
    records, lead = desk.study.records, desk.study.lead.id
    led = [row for row in records.formats if row.partner == lead]
    if led:
        first = min(row.since for row in led)
        earlier = [row for row in records.formats if row.partner != lead and row.since < first]
        _count(
            desk,
            "formats/earlier",
            N_("formats of others that began earlier"),
            earlier,
            [*led, *records.formats],
        )
    partner = {row.id: row.partner for row in records.formats}
    summits = sorted(
        (m for m in records.meetings if m.level == SUMMIT and m.state == HELD), key=lambda m: m.date
    )
    own = [m for m in summits if partner[m.format] == lead]
    if own:
        every = [m for m in records.meetings if partner[m.format] == lead]
        _count(
            desk,
            "formats/summits_before",
            N_("meetings of leaders in the same format before the last"),
            own[:-1],
            every,
        )
        areas = {
            area
            for row in records.commitments
            if row.partner == lead and row.date == own[-1].date and row.kind == "policy"
            for area in row.areas
            if area != "all"
        }
        rows = [f"commitment/{row.id}" for row in records.commitments if row.partner == lead]
        _add(desk, "formats/areas", N_("areas named at the last meeting of leaders"), len(areas), rows)
    for other in sorted({row.partner for row in records.formats} - {lead}):
        held = [m for m in summits if partner[m.format] == other]
        every = [m for m in records.meetings if partner[m.format] == other]
        _count(desk, f"formats/{other}/summits", N_("meetings of leaders held with the partner"), held, every)


def _parties(desk: Desk) -> None:
    """Rows of the lead in which another partner of the study is a party by name, and all rows of the lead."""
    lead = desk.study.lead.id
    others = {partner.name for partner in desk.study.about.partner if partner.id != lead}
    others |= {partner.id for partner in desk.study.about.partner if partner.id != lead}
    rows = [row for row in desk.study.records.commitments if row.partner == lead]
    shared = [row for row in rows if others & set(row.parties)]
    made_from = [_commitment(desk, row.id, row.summary, row.sources) for row in rows]
    _add(desk, "ledger/lead_rows", N_("rows of the lead in the ledger"), len(rows), made_from)
    _add(
        desk,
        "ledger/three_way",
        N_("rows of the lead with another partner as a party"),
        len(shared),
        made_from,
    )


def _memberships(desk: Desk) -> None:
    table = desk.atlas.table("agreements")
    region = desk.study.about.region.economies
    for agreement in FORMED:
        rows = table[(table["agreement"] == agreement) & (table["status"] == "member")]
        inside = [code for code in region if code in set(rows["member"])]
        _add(
            desk,
            f"memberships/{agreement}",
            N_("economies of the region that are members"),
            len(inside),
            ["atlas/agreements"],
        )


def _count(
    desk: Desk,
    key: str,
    label: str,
    counted: Iterable[Format | Meeting],
    looked_at: Iterable[Format | Meeting],
) -> None:
    made_from = []
    for row in looked_at:
        kind = "format" if isinstance(row, Format) else "meeting"
        what = row.name if isinstance(row, Format) else row.title
        made_from.append(desk.numbers.node(f"{kind}/{row.id}", what, fields=row.model_dump(mode="json")))
    _add(desk, key, label, len(list(counted)), made_from)


def _commitment(desk: Desk, name: str, what: str, sources: Iterable[str]) -> str:
    key = f"commitment/{name}"
    return key if key in desk.numbers.nodes else desk.numbers.node(key, what, fields={"source": [*sources]})


def _add(desk: Desk, key: str, label: str, value: int, made_from: Iterable[str]) -> None:
    path = tuple(dict.fromkeys(made_from))
    desk.numbers.add(Number(key, label, float(value), "count", "reported", made_from=path))
