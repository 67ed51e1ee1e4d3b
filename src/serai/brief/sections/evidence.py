"""Section 8: sources, assumptions, the steps that made the base year, and the manifest."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from serai.atlas import World
from serai.brief.document import BASIS_WORDS, Desk, Section, Table
from serai.brief.numbers import Number
from serai.brief.sections.ladder import input_words


def evidence_section(desk: Desk, world: World, manifest: Mapping[str, object]) -> Section:
    """Everything a reader needs to check or to doubt the numbers."""
    _ = desk.words._
    table = assumptions(desk)
    finding = desk.prose(
        "{sources} sources and {inputs} uncertain inputs stand behind this page; every number leads back to them.",
        sources=len(desk.atlas.sources),
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
            sources(desk),
            manifest_table(desk, manifest),
        ),
    )


def legend(desk: Desk) -> Markup:
    """How numbers look, by basis."""
    _ = desk.words._
    items = [
        Markup('<li><span class="num {}">12.3</span> {}</li>').format(basis, _(words))
        for basis, words in BASIS_WORDS.items()
        if basis not in ("mirrored", "estimated")
    ]
    return Markup('<figure class="legend"><h3>{}</h3><ul>{}</ul></figure>').format(
        _("How to read a number"), Markup("").join(items)
    )


def assumptions(desk: Desk) -> Table:
    """Every uncertain input: value, range, unit, basis, source."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for name, row in sorted(desk.results.rows.items()):
        f = desk.words.figure
        digits = 3 if abs(row.value) < 10 else 0
        span = "" if row.low is None or row.high is None else f"{f(row.low, digits)} – {f(row.high, digits)}"
        key = node_key(desk, name)
        desk.numbers.add(
            Number(f"input/{name}", name, row.value, "plain", row.basis, row.low, row.high, made_from=(key,))
        )
        cells.append(
            [
                input_words(desk, name),
                desk.number(desk.numbers[f"input/{name}"], interval=False),
                span,
                row.unit,
                _(row.shape),
                _(BASIS_WORDS.get(row.basis, row.basis)),
                row.source,
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
    for step in world.steps:
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
        largest = sorted(moved, key=lambda code: -abs(moved[code]))[:3]
        cells.append(
            [
                _(step.name.replace("_", " ").capitalize()),
                step.reason,
                desk.number(number),
                ", ".join(desk.name(c) for c in largest),
            ]
        )
        data += [{"step": step.name, "economy": code, "moved_usd_m": value} for code, value in moved.items()]
    return Table(
        "steps",
        _("How the base year was made"),
        [_("Step"), _("Why"), _("Moved in all"), _("Most for")],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({2}),
        note=_("Nothing is balanced silently: each step is named, and what it moved is in the file."),
    )


def checks(desk: Desk, world: World) -> Table:
    """The base year beside reported figures."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for check in world.checks:
        data.append(
            {"check": check.name, "economy": check.economy, "found": check.found, "expected": check.expected}
        )
        if check.economy not in (*desk.study.about.region.economies, *desk.study.lead.economies):
            continue
        key = f"base_year/check/{check.name}/{check.economy}"
        line: list[Markup | str] = [_(check.name.capitalize()), desk.name(check.economy)]
        for what, value, basis in (
            ("found", check.found, "computed"),
            ("expected", check.expected, "reported"),
        ):
            number = Number(f"{key}/{what}", check.name, value, "ratio", basis, made_from=("base_year",))
            line.append(desk.number(desk.numbers.add(number)))
        cells.append(line)
    return Table(
        "checks",
        _("The base year beside reported figures"),
        [_("Check"), _("Economy"), _("Here, share of GDP"), _("Should be, share of GDP")],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({2, 3}),
    )


def sources(desk: Desk) -> Table:
    """All source cards."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    for card in desk.atlas.sources.values():
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
    data = pd.DataFrame(
        [{f: getattr(card, f) for f in card.__dataclass_fields__} for card in desk.atlas.sources.values()]
    )
    return Table(
        "sources",
        _("Sources"),
        [_("Title"), _("Producer"), _("Date"), _("Licence"), _("Address")],
        cells,
        data,
    )


def manifest_table(desk: Desk, manifest: Mapping[str, object]) -> Table:
    """Seed, draws, versions, convergence."""
    _ = desk.words._
    rows = [(k, str(v)) for k, v in manifest.items() if not isinstance(v, dict | list)]
    return Table(
        "manifest",
        _("Manifest"),
        [_("What"), _("Value")],
        [[_(k.replace("_", " ")), v] for k, v in rows],
        pd.DataFrame(rows, columns=["what", "value"]),
        note=_("run.json holds the fingerprints of all inputs and outputs; “serai verify” checks them."),
    )
