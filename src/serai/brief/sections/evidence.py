"""Section 8: sources, assumptions, the steps that made the base year, and the manifest."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from markupsafe import Markup

from serai.atlas import World
from serai.brief import measurements as m
from serai.brief.document import BASIS_WORDS, Desk, Section, Table, study_economies
from serai.brief.numbers import Number
from serai.brief.said import said
from serai.brief.sections.ladder import input_words, wealth_words
from serai.brief.words import N_
from serai.convergence import ENOUGH, Convergence
from serai.provenance import Source
from serai.scenario.convergence import least_settled, region_convergence
from serai.scenario.measures import PERCENT

HUB = "re-exports of "
NO_BREAK = "\N{NO-BREAK SPACE}"
SAMPLE = 12.3  # a number of the key to the looks of numbers
TABLES = {
    "trade": ("exporter", "importer"),
    "fdi": ("owner", "host"),
    "pairs": ("origin", "destination"),
    "figures": ("economy",),
    "agreements": ("member",),
}


def evidence_section(desk: Desk, world: World, manifest: Mapping[str, object]) -> Section:
    """Everything a reader needs to check or to doubt the numbers."""
    _ = desk.words._
    table = assumptions(desk)
    finding = desk.prose(
        "{sources} sources and {inputs} uncertain inputs stand behind this page; every number leads back to them.",
        sources=len(cards_shown(desk)),
        inputs=len(table.rows),
    )
    return Section(
        "sources",
        _("Sources"),
        _("Sources, assumptions, manifest"),
        finding,
        (
            legend(desk),
            table,
            steps(desk, world),
            checks(desk, world),
            *convergence_part(desk),
            sources(desk),
            manifest_table(desk, manifest),
        ),
    )


def legend(desk: Desk) -> Markup:
    """How numbers look, by basis."""
    _ = desk.words._
    items = [
        Markup('<li><span class="num {}">{}</span> {}</li>').format(
            basis, desk.words.figure(SAMPLE, 1), _(words)
        )
        for basis, words in BASIS_WORDS.items()
    ]
    return Markup('<figure class="legend" id="legend"><h3>{}</h3><ul>{}</ul></figure>').format(
        _("How to read a number"), Markup("").join(items)
    )


def assumptions(desk: Desk) -> Table:
    """Every uncertain input: value, range, unit, basis, source."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for name, row in sorted(desk.results.rows.items()):
        trimmed = desk.words.trimmed
        digits = 3 if abs(row.value) < 10 else 0
        span = (
            ""
            if row.low is None or row.high is None
            else f"{trimmed(row.low, digits)} – {trimmed(row.high, digits)}".replace(" ", NO_BREAK)
        )
        key = node_key(desk, name)
        desk.numbers.add(
            Number(f"input/{name}", name, row.value, "plain", row.basis, row.low, row.high, made_from=(key,))
        )
        cells.append(
            [
                input_words(desk, name),
                desk.number(desk.numbers[f"input/{name}"], interval=False),
                span,
                _(row.unit),
                _(row.shape),
                _(BASIS_WORDS.get(row.basis, row.basis)),
                _source(desk, row.source),
            ]
        )
        data.append(
            {
                "input": name,
                "value": row.value,
                "low": row.low,
                "high": row.high,
                "unit": row.unit,
                "shape": row.shape,
                "coverage": row.coverage,
                "basis": row.basis,
                "source": row.source,
            }
        )
    return Table(
        "assumptions",
        _("Uncertain inputs"),
        [_("Input"), _("Value"), _("Range"), _("Unit"), _("Shape"), _("Basis"), _("Source")],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({1, 2}),
        note=_(
            "Ranges of lognormal and normal inputs hold the central 80 percent; those of the other shapes are their ends."
        ),
    )


def node_key(desk: Desk, name: str) -> str:
    """The key of the row that an input was drawn from."""
    if name in desk.atlas_parameters:
        return f"atlas/parameters/{name}"
    if name in desk.study.about.assumptions:
        return f"study/assumptions/{name}"
    return name.rsplit("/", 1)[0] if name.startswith("scenario/") else "base_year"


def steps(desk: Desk, world: World) -> Table:
    """What was moved to make the base year, step by step."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    ours = study_economies(desk)
    for step in world.steps:
        if step.name.startswith(HUB) and step.name.removeprefix(HUB) not in ours:
            continue
        moved = step.moved_usd_m
        number = desk.numbers.add(
            Number(
                f"base_year/step/{step.name}/moved",
                _("moved"),
                step.total_usd_m,
                "usd_million",
                "computed",
                made_from=(f"base_year/step/{step.name}",),
            )
        )
        largest = sorted(ours & moved.keys(), key=lambda code: -abs(moved[code]))[:3]
        cells.append(
            [
                _step_words(desk, step.name),
                said(desk.words, step.reason),
                desk.number(number),
                desk.words.series([desk.name(c) for c in largest]),
            ]
        )
        data += [{"step": step.name, "economy": code, "moved_usd_m": value} for code, value in moved.items()]
    return Table(
        "steps",
        _("How the base year was made"),
        [_("Step"), _("Why"), _("Moved in all"), _("Most for, of the study's economies")],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({2}),
        note=_(
            "Nothing is balanced silently: each step is named, and what it moved is in the file. Re-exports through hubs outside the study are left to the manifest."
        ),
    )


def _step_words(desk: Desk, name: str) -> str:
    """The name of a step; the economy of a hub by its name."""
    if name.startswith(HUB):
        return desk.words._("Re-exports of {economy}", economy=desk.name(name.removeprefix(HUB)))
    return desk.words._(name.replace("_", " ").capitalize())


def checks(desk: Desk, world: World) -> Table:
    """Current accounts as reported, as used, and as the base year has them."""
    _ = desk.words._
    reported = dict(zip(desk.atlas.economies, desk.atlas.figure("current_account"), strict=True))
    shown = (*desk.study.about.region.economies, *desk.study.lead.economies)
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for check in world.checks:
        if check.name != "current account":
            continue
        given = float(reported[check.economy])
        data.append(
            {
                "economy": check.economy,
                "reported": given,
                "base_year": check.found,
                "difference": check.found - given,
                "unit": "share of GDP",
            }
        )
        if check.economy not in shown:
            continue
        line: list[Markup | str] = [desk.name(check.economy)]
        made = {
            "reported": (given, "carried", (f"atlas/figures/current_account/{check.economy}",)),
            "base_year": (check.found, "computed", ("base_year",)),
            "difference": (check.found - given, "computed", ("base_year/step/world discrepancy",)),
        }
        for what, (value, basis, keys) in made.items():
            number = Number(
                f"base_year/check/{check.economy}/{what}",
                N_("current account"),
                value,
                "ratio_change",
                basis,
                made_from=keys,
            )
            line.append(desk.number(desk.numbers.add(number)))
        cells.append(line)
    return Table(
        "checks",
        _("Current accounts: reported, and in the base year, share of GDP"),
        [_("Economy"), _("Reported"), _("Base year"), _("Difference")],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({1, 2, 3}),
        note=_(
            "Reported current accounts of the world do not add up to zero; the difference is taken off in proportion to trade. All other identities hold exactly, or the tables would have been refused."
        ),
    )


def convergence_part(desk: Desk) -> list[Table]:
    """How well so many draws know the percentiles; nothing when no scenario changes anything."""
    found = region_convergence(desk.results, desk.study)
    return [_convergence_table(desk, found)] if found else []


def _convergence_table(desk: Desk, found: Mapping[tuple[str, str], Convergence]) -> Table:
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for (scenario, wealth), each in found.items():
        gain = m.real_income(desk, scenario, wealth, m.REGION)
        errors = [
            desk.number(_error(desk, f"{gain.key}/{name}_error", error, gain.key))
            for name, error in zip(("low", "estimate", "high"), each.errors, strict=True)
        ]
        title = _(desk.study.scenario(scenario).label)
        cells.append(
            [title, wealth_words(desk, wealth), desk.number(gain), *errors, desk.words.figure(each.needed, 0)]
        )
        data.append(
            {
                "scenario": scenario,
                "wealth": wealth,
                **{f: getattr(each, f) for f in ("draws", "low", "estimate", "high")},
                **dict(zip(("low_error", "estimate_error", "high_error"), each.errors, strict=True)),
                "draws_needed": each.needed,
                "unit": "percent of real income",
            }
        )
    worst = least_settled(found)
    needed = max(each.needed for each in found.values())
    share = Number(
        "convergence/largest", _LARGEST, worst.share, "ratio", "computed", made_from=("base_year",)
    )
    return Table(
        "convergence",
        desk.prose(
            "With {draws} draws no percentile of the region's real income is off by more than {share} of its interval's width (one standard error); {limit} percent would take about {needed}",
            draws=desk.results.draws.count,
            share=desk.number(desk.numbers.add(share)),
            limit=round(PERCENT * ENOUGH),
            needed=desk.words.figure(needed, 0),
        ),
        [
            _("Scenario"),
            _("Run"),
            _("Real income of the region"),
            _("Error of the 5th percentile"),
            _("Error of the median"),
            _("Error of the 95th percentile"),
            _("Draws needed"),
        ],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({2, 3, 4, 5, 6}),
        note=_(
            "Standard errors after Maritz and Jarrett (1978), from the number of draws alone: what the ranges of the inputs leave out is not in them."
        ),
        folded=True,
    )


_LARGEST = N_("largest standard error over the width of its interval")


def _error(desk: Desk, key: str, percent: float, of: str) -> Number:
    label = N_("standard error of a percentile, from the number of draws")
    return desk.numbers.add(Number(key, label, percent / PERCENT, "ratio", "computed", made_from=(of,)))


def sources(desk: Desk) -> Table:
    """All source cards."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    shown = cards_shown(desk)
    for card in shown:
        address = (
            Markup('<a href="{0}" rel="noopener noreferrer">{1}</a>').format(card.url, card.url.split("/")[2])
            if card.url.startswith("http")
            else card.url
        )
        licence = (
            card.licence
            if card.licence_checked
            else _("{licence} (from memory: check)", licence=card.licence)
        )
        cells.append([card.title, card.producer, card.date, licence, address])
    data = pd.DataFrame([{f: getattr(card, f) for f in card.__dataclass_fields__} for card in shown])
    return Table(
        "sources",
        _("Sources"),
        [_("Title"), _("Producer"), _("Date"), _("Licence"), _("Address")],
        cells,
        data,
        note=_(
            "From memory: the terms were not read at their page when the figures were taken; read them before passing the data on."
        ),
    )


def cards_shown(desk: Desk) -> list[Source]:
    """The source cards behind the study: all on the corridor network, else those of its own rows and inputs."""
    cards = desk.atlas.sources
    if desk.study.on_network:
        return list(cards.values())
    ours = study_economies(desk)
    used = {source for number in desk.numbers.by_key.values() for source in number.sources}
    used |= {row.source for row in desk.results.rows.values()}
    for name, sides in TABLES.items():
        table = desk.atlas.table(name)
        inside = np.logical_and.reduce([table[side].isin(ours) for side in sides])
        used |= set(table.loc[inside, "source"])
    return [card for key, card in cards.items() if key in used]


def manifest_table(desk: Desk, manifest: Mapping[str, object]) -> Table:
    """Seed, draws, versions, convergence."""
    _ = desk.words._
    rows = [
        (k, _plain_value(v)) for k, v in manifest.items() if v is not None and not isinstance(v, dict | list)
    ]
    failed = int(str(manifest["solves"])) - int(str(manifest["solves_converged"]))
    return Table(
        "manifest",
        _("Manifest"),
        [_("What"), _("Value")],
        [[_(k.replace("_", " ")), v] for k, v in rows],
        pd.DataFrame(rows, columns=["what", "value"]),
        note=_(
            "{failed} of all solves have no answer (no positive wealth restores the long run) and are left out of the intervals. run.json holds the fingerprints of all inputs and outputs; “serai verify” checks them.",
            failed=failed,
        )
        if failed
        else _("run.json holds the fingerprints of all inputs and outputs; “serai verify” checks them."),
    )


def _plain_value(value: object) -> str:
    """A value of the manifest; a small remainder in two figures."""
    return f"{value:.1e}" if isinstance(value, float) else str(value)


def _source(desk: Desk, source: str) -> str:
    """The title behind the key of a source card; other text as it is."""
    card = desk.atlas.sources.get(source)
    return said(desk.words, source) if card is None else f"{card.title} ({card.date})"
