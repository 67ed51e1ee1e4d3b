"""Section 6, what happened: judgements, the ladder from pledge to payment, missed dates, what falls due."""

from __future__ import annotations

from datetime import date

import pandas as pd
from markupsafe import Markup

from serai.brief.document import Desk, Table
from serai.brief.numbers import Number
from serai.brief.sections.summit import link
from serai.brief.words import N_
from serai.ledger import delivery, due, horizons, ladder, lateness
from serai.ledger.delivery import Rung

MILLION = 1_000_000
COMING_DAYS = 730


def delivery_table(desk: Desk, as_of: date, by: str = "partner") -> Table:
    """Scores by partner or area; what was never judged widens the range."""
    _ = desk.words._
    found = delivery(desk.study.records.commitments, desk.study.records.assessments, by, as_of=as_of)
    key, named = ("delivery", party) if by == "partner" else (f"delivery_by_{by}", _area)
    cells: list[list[Markup | str]] = []
    for row in found:
        if row.share is None:
            shown: Markup | str = _("never judged")
        else:
            shown = desk.number(
                desk.numbers.add(
                    Number(
                        f"ledger/{key}/{row.group}".replace(" ", "_"),
                        N_("share delivered, from judgements"),
                        row.share,
                        "ratio",
                        "reported",
                        row.share_low,
                        row.share_high,
                        made_from=("study/assessments",),
                    )
                )
            )
        cells.append(
            [
                named(desk, row.group),
                str(row.commitments),
                str(row.assessed),
                shown,
            ]
        )
    desk.numbers.node("study/assessments", "judgements of delivery", [], {"file": "assessments.csv"})
    return Table(
        key,
        _("Delivery by partner, as far as anybody judged it")
        if by == "partner"
        else _("Delivery by area, as far as anybody judged it"),
        [_("Partner") if by == "partner" else _("Area"), _("Commitments"), _("Judged"), _("Share delivered")],
        cells,
        pd.DataFrame(
            [
                {
                    by: r.group,
                    "commitments": r.commitments,
                    "judged": r.assessed,
                    "share": r.share,
                    "low": r.share_low,
                    "high": r.share_high,
                }
                for r in found
            ]
        ),
        numeric=frozenset({1, 2, 3}),
        folded=by != "partner",
        note=_(
            "Score −1, 0 or +1 for each commitment; the share is (mean + 1) / 2. The range takes everything never judged as failed, or as delivered. Stocks and counts promise nothing and are left out."
        ),
    )


def due_table(desk: Desk, as_of: date) -> Table:
    """What is past its date or falls due within two years."""
    _ = desk.words._
    records = desk.study.records
    rows = due(
        records.commitments,
        records.milestones,
        records.meetings,
        records.formats,
        as_of=as_of,
        within_days=COMING_DAYS,
    )
    return Table(
        "due",
        _("Past its date, or due within two years of {date}", date=as_of.isoformat()),
        [_("Due"), _("State"), _("Days"), _("Who"), _("What"), _("Source")],
        [
            [
                r.due,
                _(r.state),
                _days(desk, r.days),
                owner(desk, r.owner),
                r.what,
                link(desk, r.sources[0] if r.sources else ""),
            ]
            for r in rows
        ],
        pd.DataFrame(
            [
                {"due": r.due, "state": r.state, "days": r.days, "owner": r.owner, "what": r.what, "id": r.id}
                for r in rows
            ]
        ),
        note=_("“unseen”: the date has passed and no outcome was found."),
    )


def money_ladder(desk: Desk) -> Table:
    """Pledged, committed, paid by payer, from transactions; a rung without any is unknown, not zero."""
    _ = desk.words._
    found = ladder(desk.study.records.transactions, desk.study.money)
    names = {"pledge": _("pledge"), "commitment": _("commitment"), "disbursement": _("disbursement")}
    desk.numbers.node("study/transactions", "money by date", [], {"file": "transactions.csv"})
    return Table(
        "money_ladder",
        _("From pledge to payment, by payer"),
        [_("Payer"), _("Step"), _("Transactions"), _("Money"), _("Share of the step above")],
        [[r.payer, names[r.name], str(r.transactions), _paid(desk, r), _share(desk, r)] for r in found],
        pd.DataFrame(
            [
                {
                    "payer": r.payer,
                    "step": r.name,
                    "transactions": r.transactions,
                    "usd": r.usd if r.transactions else None,
                    "share_of_above": r.share_of_above,
                }
                for r in found
            ]
        ),
        numeric=frozenset({2, 3, 4}),
        note=_(
            "USD at the rates of each date. A step without transactions is not on record; it is not read as zero."
        ),
    )


def lateness_table(desk: Desk, as_of: date) -> Table:
    """Dates met, late, missed, unseen and open by partner, and the chance of missing one."""
    _ = desk.words._
    records = desk.study.records
    dates = [*records.milestones, *horizons(records.commitments, records.assessments, records.milestones)]
    found = [
        *lateness(dates, as_of=as_of),
        *lateness(dates, as_of=as_of, commitments=records.commitments, by="partner"),
    ]
    cells: list[list[Markup | str]] = []
    for row in found:
        number = desk.numbers.add(
            Number(
                f"ledger/lateness/{row.group}".replace(" ", "_"),
                N_("chance of missing a date"),
                (row.rate_low + row.rate_high) / 2 if row.rate is None else row.rate,
                "ratio",
                "estimated",
                row.rate_low,
                row.rate_high,
                made_from=("study/milestones",),
            )
        )
        shown = desk.number(number) if row.rate is not None else _unknown(desk, number)
        name = _("all") if row.group == "all" else party(desk, row.group)
        counts = [str(n) for n in (row.met, row.late, row.missed, row.unseen, row.open)]
        cells.append([name, *counts, shown])
    desk.numbers.node("study/milestones", "dates and their outcomes", [], {"file": "milestones.csv"})
    return Table(
        "lateness",
        _("Dates met and missed, by partner"),
        [
            _("Partner"),
            _("Met"),
            _("Late"),
            _("Missed"),
            _("Unseen"),
            _("Open"),
            _("Chance of missing a date"),
        ],
        cells,
        pd.DataFrame(
            [
                {
                    "partner": r.group,
                    "met": r.met,
                    "late": r.late,
                    "missed": r.missed,
                    "unseen": r.unseen,
                    "open": r.open,
                    "rate": r.rate,
                    "low": r.rate_low,
                    "high": r.rate_high,
                }
                for r in found
            ]
        ),
        numeric=frozenset({1, 2, 3, 4, 5, 6}),
        folded=True,
        note=_(
            "The range takes every date whose outcome nobody saw as met, or as missed. With so few outcomes known it says little, and says so."
        ),
    )


def party(desk: Desk, code: str) -> str:
    """A partner's name in the reader's language; a party without a code keeps its own."""
    if code == desk.study.about.region.code:
        return desk.words._(desk.study.about.region.name)
    known = {p.id for p in desk.study.about.partner} | set(desk.atlas.names)
    return desk.name(code) if code in known else desk.words._(code)


def owner(desk: Desk, named: str) -> str:
    """Who owes a thing: partners and economies in the reader's language, others as the record names them.

    Several stand one after the other, `India; China`, and `Korea and the five` is a partner with the region.
    """
    codes = {name: code for code, name in desk.atlas.names.items()}
    codes |= {partner.name: partner.id for partner in desk.study.about.partner}
    shown = []
    for one in named.split("; "):
        alone, _five, rest = one.partition(" and the five")
        name = party(desk, codes.get(alone, alone))
        both = _five and not rest
        shown.append(desk.words._("{partner} and the five", partner=name) if both else name)
    return desk.words._("; ").join(shown)


def _area(desk: Desk, words: str) -> str:
    if words == "all":
        return desk.words._("all areas")
    return desk.words.series([desk.words._(word) for word in words.split("; ")])


def _days(desk: Desk, days: int) -> str:
    """How far off, or how long past."""
    if days < 0:
        return desk.words.n_("{count} day over", "{count} days over", -days)
    return desk.words.n_("in {count} day", "in {count} days", days)


def _paid(desk: Desk, rung: Rung) -> Markup | str:
    if not rung.transactions:
        return desk.words._("none on record")
    number = Number(
        f"ledger/money/{rung.payer}/{rung.name}".replace(" ", "_"),
        N_("money by step, at the rates of each date"),
        rung.usd / MILLION,
        "usd_million",
        "reported",
        made_from=("study/transactions",),
    )
    return desk.number(desk.numbers.add(number))


def _share(desk: Desk, rung: Rung) -> Markup | str:
    if rung.share_of_above is None:
        return desk.words._("unknown")
    number = Number(
        f"ledger/money/{rung.payer}/{rung.name}/share".replace(" ", "_"),
        N_("share of the step above"),
        rung.share_of_above,
        "ratio",
        "reported",
        made_from=("study/transactions",),
    )
    return desk.number(desk.numbers.add(number))


def _unknown(desk: Desk, number: Number) -> str:
    """A chance without any known outcome: only its range."""
    return desk.words._("unknown ({spread})", spread=desk.words.quantity(number)[1])
