"""Section 6: promised, signed, delivered as ranges without double counting; conflicts; what falls due."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from serai.brief.charts import whiskers
from serai.brief.document import Chart, Desk, Section, Table
from serai.brief.numbers import Number
from serai.brief.said import said
from serai.brief.sections.delivery import delivery_table, due_table, lateness_table, money_ladder, party
from serai.brief.words import N_
from serai.ledger import Total, Totals, conflicts, totals

MILLION = 1_000_000
CHARTED = 14
FACTS = {
    "tokyo-target": N_("Target of the Tokyo summit"),
    "cku-railway-cost": N_("Cost of the China-Kyrgyzstan-Uzbekistan railway"),
}
"""Facts about which sources disagree, in words."""


def ledger_section(desk: Desk) -> Section | None:
    """Totals, conflicts, delivery and due dates; None for a study without commitments or rates."""
    records, exchange = desk.study.records, desk.study.exchange
    if not records.commitments or exchange is None:
        return None
    _ = desk.words._
    found = totals(records.commitments, exchange)
    lead = desk.study.lead.id
    ours = [t for t in found.rows if t.unit == "USD" and t["direction"].startswith(f"{lead}>")]
    signed = [t for t in ours if t["kind"] in ("contract", "commitment") and t.high == t.high]
    target = next((t for t in ours if t["kind"] == "target"), None)
    if target is None:
        finding = desk.prose("Kinds of promises and directions of payment are never added together.")
    else:
        top = max(signed, key=lambda t: t.high) if signed else None
        finding = desk.prose(
            "{lead}'s target is {target}.", lead=desk.name(lead), target=_number(desk, target)
        )
        if top is not None:
            finding += " " + desk.prose(
                "Of what is signed with {lead} as payer, the largest total is {largest} ({direction}: {kind}).",
                lead=desk.name(lead),
                largest=_number(desk, top),
                direction=direction_words(desk, top),
                kind=_kind(desk, top),
            )
        if not any(t["kind"] == "disbursement" for t in ours):
            finding += " " + desk.prose("No payment is on record.")
    as_of = desk.study.about.settings.as_of
    parts: list[Chart | Table | Markup] = [
        totals_chart(desk, found),
        not_added(desk, found),
        conflicts_table(desk),
    ]
    parts += [delivery_table(desk, as_of), delivery_table(desk, as_of, "area")]
    parts += [money_ladder(desk), lateness_table(desk, as_of), due_table(desk, as_of)]
    return Section("ledger", _("Ledger"), _("Promised, signed, delivered"), finding, parts)


def totals_chart(desk: Desk, found: Totals) -> Chart:
    """Money by direction and kind, the largest first."""
    _ = desk.words._
    money = [t for t in found.rows if t.unit == "USD"]
    priced = sorted((t for t in money if t.high == t.high), key=lambda t: -t.high)
    rows: list[dict[str, object]] = []
    cells: list[list[Markup | str]] = []
    for total in priced:
        number = _number(desk, total)
        rows.append(
            {
                "label": f"{direction_words(desk, total)}: {_kind(desk, total)}",
                "kind": "total",
                "direction": total["direction"],
                "kind_of_promise": total["kind"],
                "estimate": (total.low + total.high) / 2 / MILLION / 1000,
                "low": total.low / MILLION / 1000,
                "high": total.high / MILLION / 1000,
                "unit": "USD billion",
                "counted_low": "; ".join(total.counted_low),
                "counted_high": "; ".join(total.counted_high),
            }
        )
        without = str(len(total.without_amount)) if total.without_amount else ""
        cells.append(
            [
                direction_words(desk, total),
                _kind(desk, total),
                desk.number(number),
                desk.words.series(total.counted_high),
                without,
            ]
        )
    data = pd.DataFrame(rows)
    shown = data.head(CHARTED)
    picture = desk.draw(whiskers(shown, order=list(shown["label"]), axis_title=_("USD billion")))
    blank = sum(len(t.without_amount) for t in found.rows)
    table = Table(
        "totals",
        _("Totals by who pays whom and by kind"),
        [_("Who pays whom"), _("Kind"), _("Total"), _("Rows in the upper end"), _("Without amount")],
        cells,
        data.drop(columns=["label", "kind"]),
        numeric=frozenset({2, 4}),
        note=_(
            "Upper end: the sum without parts of what is already in. Lower end: the largest sum of rows that share no money with each other. {blank} rows name no amount and are not read as zero.",
            blank=blank,
        ),
    )
    top = priced[0]
    return Chart(
        "totals",
        desk.prose(
            "The largest single figure is a {kind} ({direction}), not money: {total}",
            kind=_kind(desk, top),
            direction=direction_words(desk, top),
            total=_number(desk, top),
        )
        if top["kind"] in ("pledge", "target", "claimed_total", "stock")
        else desk.prose("Totals by direction and kind"),
        _(
            "USD billion at the rates of each date; line: from what surely differs to the plain sum; kinds and directions are never added together"
        ),
        _("Source: the ledger of the study; each row names its pages."),
        picture.wide,
        picture.narrow,
        _("Ranges of totals by direction and kind"),
        table,
    )


def not_added(desk: Desk, found: Totals) -> Table:
    """What was left out of a total, at which end, and why."""
    _ = desk.words._
    rows = [(total, left) for total in found.rows for left in total.left_out]
    ends = {"lower": _("lower end"), "both": _("both ends"), "upper": _("upper end")}
    return Table(
        "not_added",
        _("What was not added, and why"),
        [_("Row"), _("Total"), _("End"), _("Reason")],
        [
            [
                left.id,
                f"{direction_words(desk, t)}: {_kind(desk, t)}",
                ends.get(left.end, left.end),
                _reason(desk, left.reason, left.because),
            ]
            for t, left in rows
        ],
        pd.DataFrame(
            [
                {
                    "row": left.id,
                    "direction": t["direction"],
                    "kind": t["kind"],
                    "end": left.end,
                    "reason": left.reason,
                    "because": "; ".join(left.because),
                }
                for t, left in rows
            ]
        ),
        folded=True,
    )


def conflicts_table(desk: Desk) -> Table:
    """Sources that disagree about one fact."""
    _ = desk.words._
    found = conflicts(desk.study.records.reports, desk.study.records.commitments)
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for conflict in found:
        values = sorted({reading.value for reading in conflict.readings})
        ratio = desk.numbers.add(
            Number(
                f"ledger/conflict/{conflict.fact}/{conflict.quantity}/{conflict.unit}",
                N_("ratio of the readings of one fact"),
                conflict.ratio,
                "plain",
                "computed",
                made_from=("study/reports",),
            )
        )
        shown = " / ".join(_plain_figure(desk, v) for v in values)
        suggested = _plain_figure(desk, conflict.suggested)
        cells.append(
            [
                _(FACTS.get(conflict.fact, conflict.fact.replace("-", " ").capitalize())),
                f"{shown} {conflict.unit}",
                desk.number(ratio),
                suggested,
                said(desk.words, conflict.reason),
            ]
        )
        data.append(
            {
                "fact": conflict.fact,
                "unit": conflict.unit,
                "ratio": conflict.ratio,
                "readings": "; ".join(map(str, values)),
                "suggested": conflict.suggested,
                "reason": conflict.reason,
            }
        )
    desk.numbers.node("study/reports", "what each page printed", [], {"file": "reports.csv"})
    return Table(
        "conflicts",
        _("Sources that disagree"),
        [_("Fact"), _("Readings"), _("Ratio"), _("Suggested"), _("Why")],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({2, 3}),
    )


def _number(desk: Desk, total: Total) -> Number:
    key = f"ledger/total/{total['direction']}/{total['kind']}".replace(" ", "_")
    if key in desk.numbers.by_key:
        return desk.numbers.by_key[key]
    for name in total.counted_high:
        if f"commitment/{name}" not in desk.numbers.nodes:
            row = next(c for c in desk.study.records.commitments if c.id == name)
            desk.numbers.node(
                f"commitment/{name}", row.summary, [], {"source": row.sources[0], "stage": row.stage}
            )
    spread = total.high != total.low
    return desk.numbers.add(
        Number(
            key,
            N_("total without double counting"),
            (total.low + total.high) / 2 / MILLION,
            "usd_million",
            "reported",
            total.low / MILLION if spread else None,
            total.high / MILLION if spread else None,
            made_from=tuple(f"commitment/{name}" for name in total.counted_high),
        )
    )


def direction_words(desk: Desk, total: Total) -> str:
    """Who pays whom, in the reader's language."""
    words = total["direction"]
    if words.startswith("joint with "):
        return desk.words._("joint with {partner}", partner=party(desk, words.removeprefix("joint with ")))
    return " → ".join(party(desk, code) for code in words.split(">"))


def _kind(desk: Desk, total: Total) -> str:
    return desk.words._(total["kind"].replace("_", " "))


def _reason(desk: Desk, reason: str, because: Sequence[str]) -> str:
    missing = [name for name in because if name not in reason]
    shown = said(desk.words, reason)
    return f"{shown} ({desk.words.series(missing)})" if missing else shown


def _plain_figure(desk: Desk, value: float) -> str:
    if value >= 1000 * MILLION:
        return desk.words._("{value} bn", value=desk.words.trimmed(value / 1000 / MILLION, 1))
    return desk.words.figure(value, 0 if float(value).is_integer() else 2)
