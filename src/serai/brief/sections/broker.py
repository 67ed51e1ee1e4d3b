"""Section 5, second half: the region and another, with and without an intermediary; soft power."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

from serai.brief.charts import whiskers
from serai.brief.document import Chart, Desk, Section, Table
from serai.brief.numbers import Number
from serai.brief.sections.ladder import values, wealth_words
from serai.brief.words import N_
from serai.broker import Counterfactual, Intermediaries, Tie, study_intermediaries
from serai.broker.people import trained
from serai.draws import Draws
from serai.scenario.evaluate import WEALTH

DRAWS = 50
BASE = ("base_year", "broker/margin", "broker/information")


def broker_section(desk: Desk) -> Section | None:
    """Ties today, the counterfactual of every candidate, what soft power would need; None without candidates."""
    seed, count = desk.results.draws.seed, desk.results.draws.count
    found = study_intermediaries(desk.study, desk.atlas, Draws(min(DRAWS, count), seed))
    if found is None:
        return None
    _ = desk.words._
    for name, label in (
        ("margin", "the intermediary's margin"),
        ("information", "the information part of distance"),
    ):
        desk.numbers.node(
            f"broker/{name}", label, [], {"file": "broker/tables/parameters.csv", "basis": "assumed"}
        )
    best = found.rows["fixed"][0]
    lead = desk.study.lead.id
    message = (
        N_(
            "Between {region} and {other} no project joins a third party today. On estimated frictions {best} comes closest to being of use as an intermediary; {lead} would have to add {need} log points of investment beyond its distances and languages before anything changed, against {language} for a common language. A counterfactual."
        )
        if not found.joint
        else N_(
            "Between {region} and {other} some projects join a third party today. On estimated frictions {best} comes closest to being of use as an intermediary; {lead} would have to add {need} log points of investment beyond its distances and languages before anything changed, against {language} for a common language. A counterfactual."
        )
    )
    row = next((r for r in found.rows["fixed"] if r.broker == lead), best)
    finding = desk.prose(
        message,
        region=_(desk.study.about.region.name),
        other=_(found.other),
        best=desk.name(best.broker),
        lead=desk.name(row.broker),
        need=need(desk, row),
        language=language(desk, found),
    )
    parts: list[Chart | Table | Markup] = [
        candidates_chart(desk, found),
        with_and_without(desk, found),
        ties_table(desk, found),
        *([named_ties(desk, found)] if found.ties else []),
        *([adjacent_table(desk, found)] if found.adjacent else []),
        people_table(desk, found),
    ]
    return Section("broker", _("Broker"), _("The broker: with and without an intermediary"), finding, parts)


def need(desk: Desk, row: Counterfactual) -> Number:
    """The break-even effect of one candidate."""
    return desk.numbers.drawn(
        f"broker/{row.broker}/break_even",
        N_("log points of investment that the intermediary would have to add before anything changes"),
        row.break_even,
        "plain",
        made_from=BASE,
        sources=("model",),
    )


def language(desk: Desk, found: Intermediaries) -> Number:
    return desk.numbers.drawn(
        "broker/language",
        N_("estimated effect of a common language on investment, log points"),
        found.language,
        "plain",
        basis="estimated",
        made_from=("atlas/fdi", "atlas/pairs"),
    )


def candidates_chart(desk: Desk, found: Intermediaries) -> Chart:
    """The break-even of every candidate beside the effect of a common language."""
    _ = desk.words._
    rows: list[dict[str, object]] = []
    cells: list[list[Markup | str]] = []
    yardstick = _("a common language")
    for row in found.rows["fixed"]:
        number = need(desk, row)
        rows.append(
            {"label": desk.name(row.broker), "kind": _("needed"), "broker": row.broker} | values(number)
        )
        cells.append([desk.name(row.broker), desk.number(number)])
    rows.append({"label": yardstick, "kind": _("estimated"), "broker": ""} | values(language(desk, found)))
    cells.append([yardstick, desk.number(language(desk, found))])
    data = pd.DataFrame(rows)
    picture = desk.draw(
        whiskers(
            data,
            order=list(data["label"]),
            axis_title=_("Log points of investment"),
            kinds={_("needed"): "#0b5c8a", _("estimated"): "#d97706"},
        )
    )
    table = Table(
        "brokers",
        _("What each intermediary would have to add"),
        [_("Candidate"), _("Log points")],
        cells,
        data.drop(columns=["label", "kind"]),
        numeric=frozenset({1}),
    )
    best = found.rows["fixed"][0]
    return Chart(
        "brokers",
        desk.prose(
            "{best} would have to add least to be of use between the two regions: {need} log points",
            best=desk.name(best.broker),
            need=need(desk, best),
        ),
        _(
            "What an intermediary would have to add beyond its distances, languages and past ties before the first pair of economies changed, log points of investment; dot: median, line: 5th to 95th percentile"
        ),
        _("Source: serai, computed from the study's own estimate of investment frictions."),
        picture.wide,
        picture.narrow,
        _("Dots with intervals for each candidate"),
        table,
        _(
            "A counterfactual. Through an intermediary two short steps replace one long one, less a margin; distance counts against the size of the economies, which favours large neighbours. How much of the effect of distance is information is assumed, with its range."
        ),
    )


def with_and_without(desk: Desk, found: Intermediaries) -> Table:
    """What changes at the estimated frictions, both closures."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    labels = {
        "stock": N_("change of the stock of investment between the regions"),
        "first": N_("change of the region's real income a year"),
        "second": N_("change of the other region's real income a year"),
        "own": N_("change of the intermediary's real income a year"),
    }
    for wealth in WEALTH:
        for row in found.rows[wealth]:
            numbers = {
                what: desk.numbers.drawn(
                    f"broker/{row.broker}/{what}/{wealth}",
                    label,
                    getattr(row, what),
                    "usd_million_change",
                    made_from=(*BASE, f"closure/{wealth}"),
                    sources=("model",),
                )
                for what, label in labels.items()
            }
            cells.append(
                [
                    desk.name(row.broker),
                    wealth_words(desk, wealth),
                    *(desk.number(n) for n in numbers.values()),
                ]
            )
            data += [
                {"broker": row.broker, "wealth": wealth, "what": k} | values(n) for k, n in numbers.items()
            ]
    region = _(desk.study.about.region.name)
    return Table(
        "intermediaries",
        _("With the intermediary against without, at the estimated frictions"),
        [
            _("Intermediary"),
            _("Horizon"),
            _("Investment between the regions"),
            region,
            _(found.other),
            _("The intermediary"),
        ],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({2, 3, 4, 5}),
        folded=True,
        note=_(
            "Zeros: two steps through it cost more than one, in every draw. Pairs without any investment today stay without: the model opens what is there."
        ),
    )


def ties_table(desk: Desk, found: Intermediaries) -> Table:
    """Investment and trade between the regions today, and what would double the first."""
    _ = desk.words._
    imputed = desk.numbers.add(
        Number(
            "broker/imputed",
            N_("share of the investment between the regions that no side reports"),
            found.imputed,
            "ratio",
            "reported",
            made_from=("atlas/fdi",),
        )
    )
    rows = [
        (
            _("Trade between the regions, both ways"),
            desk.numbers.drawn(
                "broker/trade",
                N_("trade between the regions"),
                found.trade,
                "usd_million",
                made_from=("base_year",),
                basis="corrected",
            ),
        ),
        (
            _("Investment between the regions, both ways"),
            desk.numbers.drawn(
                "broker/stock",
                N_("investment between the regions"),
                found.stock,
                "usd_million",
                made_from=("base_year",),
                basis="imputed",
            ),
        ),
        (_("Of which no side reports"), imputed),
    ]
    for wealth in WEALTH:
        number = Number(
            f"broker/to_double/{wealth}",
            N_("log points on every pair that would double the investment between the regions"),
            found.to_double[wealth],
            "plain",
            "computed",
            sources=("model",),
            made_from=("base_year", f"closure/{wealth}"),
        )
        label = _(
            "Log points on every pair that would double it, {horizon}", horizon=wealth_words(desk, wealth)
        )
        rows.append((label, desk.numbers.add(number)))
    return Table(
        "broker_ties",
        _("{region} and {other} today", region=_(desk.study.about.region.name), other=_(found.other)),
        [_("What"), _("Number")],
        [[label, desk.number(number)] for label, number in rows],
        pd.DataFrame([{"what": number.key} | values(number) for _label, number in rows]),
        numeric=frozenset({1}),
        note=_(
            "Projects of the pipeline that join a third party and an economy of the other region: {count}.",
            count=len(found.joint),
        ),
    )


MILLIONS = re.compile(r"([A-Z]{3}) m")
NO_BREAK, SPACE = "\u2011", "\u00a0"
KINDS = {
    "trade": N_("trade"),
    "target": N_("target"),
    "investment": N_("investment"),
    "logistics": N_("logistics"),
    "agreement": N_("agreement"),
    "finance": N_("finance"),
    "digital": N_("digital"),
    "diplomacy": N_("diplomacy"),
    "nothing_found": N_("looked for"),
}
STATES = {
    "fact": N_("reported"),
    "claim": N_("claimed by one side"),
    "target": N_("a target"),
    "agreement": N_("signed"),
    "deal": N_("a deal"),
    "preparation": N_("prepared"),
    "talks": N_("talks"),
    "finding": N_("not found"),
}


def named_ties(desk: Desk, found: Intermediaries) -> Table:
    """Every tie on record, deals first."""
    _ = desk.words._
    order = ["deal", "preparation", "agreement", "fact", "claim", "target", "talks", "finding"]
    rows = sorted(found.ties, key=lambda tie: order.index(tie.status))
    return Table(
        "named_ties",
        _(
            "What joins {region} and {other} on record",
            region=_(desk.study.about.region.name),
            other=_(found.other),
        ),
        [_("Between"), _("Kind"), _("What"), _("Amount"), _("Dated"), _("State")],
        [
            [
                f"{_side(desk, found, tie.others)} – {_side(desk, found, tie.hosts)}",
                _(KINDS[tie.kind]),
                tie.fact,
                _amount(desk, tie),
                (tie.date or "").replace("-", NO_BREAK),
                _(STATES[tie.status]),
            ]
            for tie in rows
        ],
        pd.DataFrame([tie.model_dump() for tie in rows]),
        numeric=frozenset({3}),
        folded=True,
        note=_(
            "As the pages read say, in our words; amounts differ in kind and are never added. The addresses are in the data of the table."
        ),
    )


def adjacent_table(desk: Desk, found: Intermediaries) -> Table:
    """The lead's projects beside deals of the other region, by name."""
    _ = desk.words._
    titles = {project.id: project.title or project.id for project in desk.study.records.projects}
    facts = {tie.id: tie for tie in found.ties}
    cells = [
        [titles[key], _side(desk, found, facts[tie].others), facts[tie].fact] for tie, key in found.adjacent
    ]
    return Table(
        "adjacent_ties",
        _(
            "Where a project of {lead} lies beside a deal of the other region",
            lead=desk.name(desk.study.lead.id),
        ),
        [_("Project"), _("Beside"), _("What")],
        cells,
        pd.DataFrame(found.adjacent, columns=["tie", "project"]),
        note=_("Adjacent: the same country and sector; nothing says that the two know of each other."),
    )


def _side(desk: Desk, found: Intermediaries, words: Sequence[str]) -> str:
    """Economies by name; the other region and the region by theirs."""
    _ = desk.words._
    named = {"region": _(desk.study.about.region.name)}
    return desk.words.series(
        [
            named[word] if word in named else desk.name(word) if word in desk.atlas.names else _(found.other)
            for word in words
        ]
    )


def _amount(desk: Desk, tie: Tie) -> Markup | str:
    if tie.value is None:
        return ""
    digits = 0 if tie.value == int(tie.value) else 1
    value = desk.words.figure(tie.value, digits, signed=False)
    currency = MILLIONS.fullmatch(tie.unit or "")
    if currency is None:
        return f"{value} {tie.unit}".replace(" ", SPACE)
    return desk.words._("{currency} {value} m", currency=currency[1], value=value).replace(" ", SPACE)


def people_table(desk: Desk, found: Intermediaries) -> Table:
    """The effect that people exchange would need; nothing says what it has."""
    _ = desk.words._
    rows: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    lead = desk.name(desk.study.lead.id)
    tongues = {"investment": found.language, "trade": found.trade_language}
    for wealth in WEALTH:
        needed = found.people[wealth]
        line: list[Markup | str] = [wealth_words(desk, wealth)]
        for what, label in NEEDED.items():
            value = getattr(needed, what)
            data.append({"wealth": wealth, "what": what, "needed": value, "gain": needed.gain})
            tongue = tongues.get(what)
            line.append(
                _("no effect would do")
                if math.isnan(value)
                else desk.number(_needed(desk, f"{what}/{wealth}", label, value, wealth))
                if tongue is None
                else desk.prose(
                    "{points} ({times} times a common language)",
                    points=_needed(desk, f"{what}/{wealth}", label, value, wealth),
                    times=desk.words.figure(value / float(np.median(tongue)), 1, signed=False),
                )
            )
        line.append(_("not testable"))
        rows.append(line)
    skills = found.people["fixed"].skills
    return Table(
        "people",
        _(
            "Soft power: what people exchange would have to do to be worth {gain} % of the region's real income",
            gain=desk.words.figure(100 * found.people["fixed"].gain, 1, signed=False),
        ),
        [
            _("Horizon"),
            _("Through skills alone"),
            _("Through {lead}'s investors alone, log points", lead=lead),
            _("Through trade with {lead} alone, log points", lead=lead),
            _("Verdict"),
        ],
        rows,
        pd.DataFrame(data),
        numeric=frozenset({1, 2, 3}),
        note=""
        if math.isnan(skills)
        else desk.prose(
            PEOPLE_NOTE,
            courses=_share(
                desk,
                "courses",
                N_("share of those who work that courses would have to reach"),
                skills,
                "course",
            ),
            degrees=_share(
                desk,
                "degrees",
                N_("share of those who work that degrees would have to reach"),
                skills,
                "degree",
            ),
            reached=_reached(desk, found),
            lead=lead,
        ),
    )


NEEDED = {
    "skills": N_("growth of effective labour that would be needed"),
    "investment": N_("log points of the lead's investment that would be needed"),
    "trade": N_("log points of trade with the lead that would be needed"),
}
PEOPLE_NOTE = N_(
    "Training places, volunteers and language courses act on the skills of people and on what investors and traders know. No source gives any of these effects, so none is assumed; the table gives the effect that would be needed. For the skills alone courses would have to reach {courses} of those who work, or degrees {degrees}, at an assumed schooling and its published return; {lead}'s projects of the pipeline are to train {reached} people. Capital that is only better informed earns its return for its owner: the region keeps little of it."
)


def _needed(desk: Desk, key: str, label: str, value: float, wealth: str) -> Number:
    unit = "ratio" if key.startswith("skills") else "plain"
    made = ("base_year", f"closure/{wealth}")
    return desk.numbers.add(
        Number(f"people/{key}", label, value, unit, "computed", sources=("model",), made_from=made)
    )


def _share(desk: Desk, key: str, label: str, growth: float, schooling: str) -> Number:
    desk.numbers.node(
        "programme/schooling",
        "years of schooling and their return",
        [],
        {"file": "programme/tables/parameters.csv"},
    )
    made = ("people/skills/fixed", "programme/schooling")
    return desk.numbers.add(
        Number(f"people/{key}", label, trained(growth, schooling), "ratio", "assumed", made_from=made)
    )


def _reached(desk: Desk, found: Intermediaries) -> Number:
    label = N_(
        "people whom the lead's projects of the pipeline are to train, as far as numbers are published"
    )
    desk.numbers.node("study/sizes", "sizes of projects", [], {"file": "sizes.csv"})
    return desk.numbers.add(
        Number("people/reached", label, found.reached, "count", "reported", made_from=("study/sizes",))
    )
