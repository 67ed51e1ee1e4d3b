"""What a study does not have, what the brief therefore leaves out, and how to add it."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from serai.brief import measurements as m
from serai.brief.document import Desk, Section, Table
from serai.brief.words import N_
from serai.study import Study

RECORDS = (
    (
        "commitments",
        N_("What was promised and what happened: no commitments are on record."),
        N_("commitments.csv, formats.csv, meetings.csv and rates.csv"),
    ),
    (
        "projects",
        N_("A programme: no projects are on record."),
        N_("projects.csv, sizes.csv and answers.csv"),
    ),
    ("rules.toml", N_("A programme: no rules say what it must obey."), N_("rules.toml")),
    (
        "financiers",
        N_("Financing: no financiers are on record."),
        N_("financiers.csv, mandates.csv and terms.csv"),
    ),
    ("brokers.csv", N_("A broker: no candidates are named."), N_("brokers.csv")),
    ("claims.toml", N_("Claims: no statements are to be tested."), N_("claims.toml")),
    (
        "attraction.csv",
        N_("Whether integration draws investment: no regression of this region decides it."),
        N_("attraction.csv"),
    ),
)


def missing_table(desk: Desk) -> Table | None:
    """A row for everything that is missing; None for a study that has it all."""
    _ = desk.words._
    rows = [*_base_year(desk), *((_(what), _(files)) for what, files in _records(desk.study))]
    if not rows:
        return None
    return Table(
        "missing",
        _("What this study does not have, and how to add it"),
        [_("What is left out, and why"), _("Add to the study's folder")],
        [list(row) for row in rows],
        pd.DataFrame(rows, columns=["missing", "add"]),
        note=_("“serai schema” prints the fields of every file; the reference study has an example of each."),
    )


def missing_section(desk: Desk, table: Table) -> Section:
    """The same as the opening of a study without any record."""
    finding = desk.prose(
        "{count} things are not in this study, so parts of a full brief are left out; no number stands for them.",
        count=len(table.rows),
    )
    return Section("missing", desk.words._("Missing"), desk.words._("What is not here"), finding, (table,))


def immobile(desk: Desk) -> list[str]:
    """Economies of the region whose direct investment nobody reports: their capital stays at home."""
    codes = desk.study.about.region.economies
    return [
        code
        for code in codes
        if not m.fdi_known(desk, "outside", code) and not m.fdi_known(desk, code, "outside")
    ]


def _base_year(desk: Desk) -> list[tuple[Markup | str, str]]:
    """Of the base year: borders, direct investment, remittances and gold."""
    _ = desk.words._
    rows: list[tuple[Markup | str, str]] = []
    if not desk.study.has_borders:
        what = _(
            "Corridors: no network of this region is packaged, so no number counts hours and fees at borders."
        )
        rows.append((what, _("borders.csv; or places, links, crossings and terminals in tables/")))
    codes = immobile(desk)
    if codes:
        names = desk.words.listing([desk.name(code) for code in codes])
        what = _(
            "Investment: that of {names} is not known, in or out. Their capital is taken as immobile.",
            names=names,
        )
        rows.append((what, _("their rows in tables/fdi.csv")))
        what = _(
            "Remittances and gold of {names} are not known: what they pay for is counted as other deficits or as goods.",
            names=names,
        )
        rows.append((what, _("their rows in tables/transfers.csv, and gold in tables/trade.csv")))
    return rows


def _records(study: Study) -> list[tuple[str, str]]:
    have = {
        "commitments": bool(study.records.commitments),
        "projects": bool(study.records.projects),
        "financiers": bool(study.records.financiers),
        "claims.toml": bool(study.claims),
        "attraction.csv": bool(study.deciding),
    }
    return [
        (what, files) for name, what, files in RECORDS if not have.get(name, (study.path / name).exists())
    ]
