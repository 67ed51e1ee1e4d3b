"""Where partners' projects meet, by name, and what nobody from outside is named for."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from serai.brief.document import Desk, Table
from serai.brief.numbers import Number
from serai.brief.words import N_
from serai.leverage import Leverage

NON_OVERLAP = N_("non-overlap of two partners' projects, 0 to 1")


def overlap_table(desk: Desk, found: Leverage) -> Table:
    """How different the lead's projects are from those of each other partner."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    for pair in found.overlap:
        key = f"leverage/overlap/{pair.first}>{pair.second}"
        low, _mid, high = pair.by_chance
        numbers = [
            desk.numbers.add(
                Number(
                    f"{key}/{what}",
                    N_(NON_OVERLAP),
                    value,
                    "score",
                    "reported",
                    made_from=("study/presence",),
                )
            )
            for what, value in (
                ("both", pair.by_both),
                ("sector", pair.by_sector),
                ("country", pair.by_country),
            )
        ]
        chance = _(
            "{low} to {high}",
            low=desk.words.figure(low, 2, signed=False),
            high=desk.words.figure(high, 2, signed=False),
        )
        reading = _("as by chance")
        if pair.by_both > high:
            reading = _("further apart than by chance")
        elif pair.by_both < low:
            reading = _("closer than by chance")
        joint = Number(
            f"{key}/joint",
            N_("projects of the pipeline with parties of both"),
            float(len(pair.joint)),
            "count",
            "reported",
            made_from=("study/presence",),
        )
        cells.append(
            [
                desk.name(pair.second),
                str(pair.projects[1]),
                *(desk.number(n) for n in numbers),
                chance,
                reading,
                desk.number(desk.numbers.add(joint)),
            ]
        )
    return Table(
        "overlap",
        _("How far {lead}'s projects lie from the others'", lead=desk.name(desk.study.lead.id)),
        [
            _("Partner"),
            _("Its projects"),
            _("Sector and country"),
            _("Sector alone"),
            _("Country alone"),
            _("By chance"),
            _("Reading"),
            _("Joint projects"),
        ],
        cells,
        pd.DataFrame([_overlap_row(pair) for pair in found.overlap]),
        numeric=frozenset({1, 2, 3, 4, 5, 7}),
        note=_(
            "0: the same mix, 1: nothing in common; projects count alike, since half of them have no published cost. By chance: the 5th to 95th percentile if both had picked as many projects at random from the pipeline. {lead} is named in {count} projects. A partner that no project names is left out: that is what the pipeline's sources say, not that it is absent.",
            lead=desk.name(desk.study.lead.id),
            count=found.overlap[0].projects[0],
        ),
    )


def _overlap_row(pair: object) -> dict[str, object]:
    fields = ("first", "second", "projects", "by_sector", "by_country", "by_both", "by_chance", "joint")
    return {name: getattr(pair, name) for name in fields}


def named_table(desk: Desk, found: Leverage) -> Table:
    """Joint and adjacent projects by name."""
    _ = desk.words._
    titles = {project.id: project.title or project.id for project in desk.study.records.projects}
    rows = [(pair.second, _("joint"), titles[name], "") for pair in found.overlap for name in pair.joint]
    rows += [
        (pair.second, _("adjacent"), titles[own], titles[other])
        for pair in found.overlap
        for own, other in pair.adjacent
    ]
    rows.sort(key=lambda row: [pair.second for pair in found.overlap].index(row[0]))
    return Table(
        "joint_adjacent",
        _("Joint and adjacent projects, by name"),
        [
            _("With"),
            _("How"),
            _("Project of {lead}", lead=desk.name(desk.study.lead.id)),
            _("Project of the partner"),
        ],
        [[desk.name(row[0]), *row[1:]] for row in rows],
        pd.DataFrame(rows, columns=["partner", "how", "project", "other_project"]),
        folded=True,
        note=_("Adjacent: the same country and sector. Complementarity is claimed for these and no others."),
    )


def gaps_table(desk: Desk, found: Leverage) -> Table:
    """Candidates that nobody from outside is named for, and empty cells."""
    _ = desk.words._
    by_id = {project.id: project for project in desk.study.records.projects}
    rows = [
        (
            by_id[name].title or name,
            desk.words.series([desk.economy(code) for code in by_id[name].countries]),
            desk.words.series([sector_words(desk, sector) for sector in by_id[name].sector or ()]),
        )
        for name in found.gaps.projects
    ]
    empty: dict[str, list[str]] = {}
    for sector, code in found.gaps.cells:
        empty.setdefault(sector, []).append(desk.name(code))
    words = desk.words._("; ").join(
        f"{sector_words(desk, sector)}: {desk.words.series(codes)}" for sector, codes in empty.items()
    )
    return Table(
        "gaps",
        _("What nobody from outside is named for"),
        [_("Project"), _("Countries"), _("Sector")],
        [list(row) for row in rows],
        pd.DataFrame(rows, columns=["project", "countries", "sector"]),
        folded=True,
        note=_("Without any candidate project: {cells}.", cells=words) if words else "",
    )


SECTORS = {
    "communications": N_("communications"),
    "economy": N_("economy"),
    "education": N_("education"),
    "energy": N_("energy"),
    "energy.biomass": N_("biomass"),
    "energy.hydropower": N_("hydropower"),
    "energy.solar": N_("solar power"),
    "energy.wind": N_("wind power"),
    "governance": N_("governance"),
    "health": N_("health"),
    "naturalResources": N_("natural resources"),
    "naturalResources.floodProtection": N_("flood protection"),
    "transport": N_("transport"),
    "transport.air": N_("air transport"),
    "transport.lowCarbon": N_("low-carbon transport"),
    "transport.rail": N_("railways"),
    "transport.road": N_("roads"),
    "transport.urban": N_("urban transport"),
    "transport.water": N_("ports and shipping"),
    "waterAndWaste": N_("water and waste"),
}
"""Codes of sectors of OC4IDS that projects of the studies carry, in words."""


def sector_words(desk: Desk, code: str) -> str:
    """A sector in the reader's language; a code without words keeps its own."""
    return desk.words._(SECTORS.get(code, code))
