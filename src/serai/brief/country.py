"""Two pages to hand to a minister: what a country gains, what it was promised, its projects, what is open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from serai.atlas import load
from serai.brief import measurements as m
from serai.brief.country_docx import write_docx
from serai.brief.document import Desk, few_draws, whole_dates
from serai.brief.numbers import Number, Numbers
from serai.brief.sections.delivery import owner, party
from serai.brief.sections.ledger import direction_words
from serai.brief.words import N_, Words, words
from serai.brief.write import quoted
from serai.draws import Draws
from serai.errors import UnknownNameError
from serai.executors import executor, one_thread
from serai.ledger import CountrySheet, Total, country_sheet
from serai.scenario.evaluate import evaluate, refuse_unsolved
from serai.study import read_study

MOST_TOTALS, MOST_PROJECTS, MOST_PROMISES, MOST_QUESTIONS = 6, 10, 12, 8
MILLION = 1_000_000
Rows = Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class CountryBrief:
    """A country sheet ready to be read: every block is a title, a header and rows of text."""

    name: str
    title: str
    lead: str
    blocks: Sequence[tuple[str, tuple[str, ...], Rows]]
    questions: Sequence[str]
    note: str
    numbers: Sequence[Number]
    words: Words

    def text(self) -> str:
        """As plain text."""
        lines = [self.title, "", self.lead, ""]
        for title, header, rows in self.blocks:
            lines += [title, "  " + " | ".join(header), *("  " + " | ".join(row) for row in rows), ""]
        lines += [
            self.words._("Open questions"),
            *(f"  - {question}" for question in self.questions),
            "",
            self.note,
        ]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, object]:
        blocks = [
            {"title": t, "rows": [dict(zip(h, row, strict=True)) for row in rows]}
            for t, h, rows in self.blocks
        ]
        numbers = [number.as_dict() for number in self.numbers]
        return {
            "name": self.name,
            "lead": self.lead,
            "blocks": blocks,
            "questions": list(self.questions),
            "note": self.note,
            "numbers": numbers,
        }


def country_brief(
    study: Path | None, code: str, *, draws: int = 200, seed: int = 1, language: str = "en"
) -> CountryBrief:
    """The sheet of one country of the study's region.

    Raises `UnknownNameError` for a code outside the region, with the nearest, and for a language without a
    catalogue.
    """
    written = words(language)
    inputs = read_study(study)
    if code not in inputs.about.region.economies:
        raise UnknownNameError("country of the region", code, inputs.about.region.economies)
    atlas = load(inputs.tables)
    with one_thread():
        results = evaluate(inputs, atlas, Draws(draws, seed), executor=executor())
    refuse_unsolved(results)
    return country_from(Desk(inputs, atlas, results, written, Numbers()), code)


def country_from(desk: Desk, code: str) -> CountryBrief:
    """The sheet of a country from results that are there; its numbers are added to those of the desk."""
    inputs, w, drawn = desk.study, desk.words, desk.results.draws
    about = inputs.about
    sheet = country_sheet(
        inputs.records,
        inputs.money,
        code,
        as_of=about.settings.as_of,
        region=about.region.economies,
    )
    name = desk.name(code)
    headline = inputs.about.settings.headline
    gain = m.gain(desk, headline, "fixed", code)
    share = m.real_income(desk, headline, "fixed", code)
    lead = w._(
        "{scenario} is worth {money} a year to {name} in the medium run, {share} of its real income.",
        scenario=w._(inputs.scenario(headline).title),
        money=_plain(w, gain),
        name=name,
        share=_plain(w, share),
    )
    blocks = [
        _gains(desk, code),
        _totals(desk, sheet),
        _promises(desk, sheet),
        _due(desk, sheet),
        _projects(desk, sheet),
    ]
    note = w._(
        "Ranges are the 5th to the 95th percentile of {draws} draws, seed {seed}; promises as read on {date}. Promises of different kinds are never added. Evidence: A official, B two independent sources, C one source, D one side's claim. Computed with serai from the study “{study}”; not a forecast.",
        draws=drawn.count,
        seed=drawn.seed,
        date=w.date(inputs.about.settings.as_of),
        study=inputs.about.id,
    )
    note = " ".join(part for part in (few_draws(w, drawn.count), note) if part)
    title = w._("{name}: gains, promises, projects, open questions", name=name)
    return CountryBrief(
        name, title, lead, blocks, _asked(w, sheet), note, tuple(desk.numbers.by_key.values()), w
    )


def write_country(sheet: CountryBrief, out: Path) -> Path:
    """Write a sheet as `.html` or `.docx`, both two A4 pages; whole or not at all."""
    part = out.with_name(f".{out.name}.part")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        if out.suffix == ".docx":
            write_docx(sheet, part)
        else:
            part.write_text(_html(sheet), encoding="utf-8")
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return out


def _gains(desk: Desk, code: str) -> tuple[str, tuple[str, ...], Rows]:
    _ = desk.words._
    rows = [
        (
            _(desk.study.scenario(name).title),
            _plain(desk.words, m.real_income(desk, name, "fixed", code)),
            _plain(desk.words, m.gain(desk, name, "fixed", code)),
            _plain(desk.words, m.real_income(desk, name, "steady", code)),
        )
        for name in desk.study.ladder()
    ]
    header = (_("With all rungs up to"), _("Medium run"), _("USD a year"), _("Long run"))
    return _("What integration is worth to it"), header, rows


def _totals(desk: Desk, sheet: CountrySheet) -> tuple[str, tuple[str, ...], Rows]:
    """Totals of promises that name this country alone, the lead partner's first; no total is split."""
    _ = desk.words._
    lead = desk.study.lead.id
    priced = sorted(
        (t for t in sheet.totals if t.unit == "USD" and math.isfinite(t.high)),
        key=lambda t: (lead not in t["direction"], -t.high),
    )
    rows = [
        (
            direction_words(desk, t),
            _(t["kind"].replace("_", " ")),
            _plain(desk.words, _total(t)),
            str(len(t.counted_high)),
            str(len(t.without_amount)),
        )
        for t in priced[:MOST_TOTALS]
    ]
    header = (_("Who pays whom"), _("Kind"), _("Total"), _("Rows in it"), _("Rows without amount"))
    title = _("Promised to it alone, without double counting")
    return _counted(desk.words, title, len(rows), len(priced)), header, rows


def _total(total: Total) -> Number:
    spread = total.high != total.low
    return Number(
        f"country/total/{total['direction']}/{total['kind']}",
        N_("total without double counting"),
        (total.low + total.high) / 2 / MILLION,
        "usd_million",
        "reported",
        total.low / MILLION if spread else None,
        total.high / MILLION if spread else None,
    )


def _counted(w: Words, title: str, shown: int, there: int) -> str:
    """A title that says how much of what is there is shown."""
    return title if shown == there else w._("{title} ({shown} of {all})", title=title, shown=shown, all=there)


def _asked(w: Words, sheet: CountrySheet) -> tuple[str, ...]:
    """The open questions, as many as fit, and how many more there are."""
    shown, more = sheet.questions[:MOST_QUESTIONS], len(sheet.questions) - MOST_QUESTIONS
    if more <= 0:
        return shown
    return (*shown, w._("And {count} more of what is past its date: serai due --country.", count=more))


def _promises(desk: Desk, sheet: CountrySheet) -> tuple[str, tuple[str, ...], Rows]:
    w, _ = desk.words, desk.words._
    every = sorted([*sheet.own, *sheet.shared], key=lambda c: c.date, reverse=True)
    newest = every[:MOST_PROMISES]
    rows = [
        (
            c.date,
            w.series([party(desk, name) for name in c.parties]),
            c.summary,
            _(c.kind.replace("_", " ")),
            _amount(desk.words, c.amount, c.currency),
            c.grade,
        )
        for c in newest
    ]
    header = (_("Date"), _("By"), _("What"), _("Kind"), _("Amount"), _("Evidence"))
    return _counted(desk.words, _("Promises, newest first"), len(rows), len(every)), header, rows


def _due(desk: Desk, sheet: CountrySheet) -> tuple[str, tuple[str, ...], Rows]:
    _ = desk.words._
    rows = [(d.due, _(d.state), owner(desk, d.owner), d.what) for d in sheet.due]
    return _("Due, and past its date"), (_("Due"), _("State"), _("Who"), _("What")), rows


def _projects(desk: Desk, sheet: CountrySheet) -> tuple[str, tuple[str, ...], Rows]:
    """The projects, with their link to the lead partner where any has one."""
    _, lead = desk.words._, desk.study.lead.id
    linked = any(p.serai.lead_link for p in sheet.projects)
    rows = [
        (
            p.title or p.id,
            _(p.status) if p.status else _("not published"),
            _("not published")
            if p.cost_usd_m is None
            else f"{_('USD {value} m', value=desk.words.figure(p.cost_usd_m, 0))} ({_(str(p.serai.cost_basis).replace('_', ' '))})",
            *((_(p.serai.lead_link),) if linked else ()),
        )
        for p in sheet.projects[:MOST_PROJECTS]
    ]
    header = (
        _("Project"),
        _("State"),
        _("Cost, and what it covers"),
        *((_("Link to {lead}", lead=desk.name(lead)),) if linked else ()),
    )
    title = _("Projects, candidates first, then by cost")
    return _counted(desk.words, title, len(rows), len(sheet.projects)), header, rows


def _plain(w: Words, number: Number) -> str:
    main, spread = w.quantity(number, signed=False)
    return f"{main} ({spread})" if spread else main


def _amount(w: Words, amount: float | None, currency: str | None) -> str:
    if amount is None:
        return w._("none published")
    if currency is None:
        return w.figure(amount, 0)
    if amount >= 1000 * MILLION:
        if w.language == "ja":  # counts in hundreds of millions
            return w._(
                "{currency} {value} hundred million",
                currency=currency,
                value=w.figure(amount / MILLION / 100, 0),
            )
        return w._(
            "{currency} {value} bn", currency=currency, value=_short_figure(w, amount / MILLION / 1000)
        )
    return w._("{currency} {value} m", currency=currency, value=_short_figure(w, amount / MILLION))


def _short_figure(w: Words, value: float) -> str:
    return w.figure(value, 0 if value >= 10 or float(value).is_integer() else 1)


def _html(sheet: CountryBrief) -> str:
    environment = Environment(loader=PackageLoader("serai.brief"), autoescape=True, undefined=StrictUndefined)
    loader = environment.loader
    assert loader is not None
    style = Markup(loader.get_source(environment, "style.css")[0])
    environment.globals["_"] = sheet.words._
    environment.filters["quoted"] = lambda cell: whole_dates(quoted(cell, sheet.words.language))
    return environment.get_template("country.html.j2").render(
        sheet=sheet, style=style, language=sheet.words.language
    )
