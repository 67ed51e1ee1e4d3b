"""What joins the region and another today, by name: trade, deals, agreements, talks (`ties.csv`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from serai.atlas import Atlas
from serai.errors import Problems, suggestion
from serai.exchange.csv import read_csv
from serai.programme.presence import Presence
from serai.records import Project, Record
from serai.records.base import Address, Key, PartialDate, Text
from serai.scenario.evaluate import study_names
from serai.study import Study

FILE = "ties.csv"
Kind = Literal[
    "trade",
    "target",
    "investment",
    "logistics",
    "agreement",
    "finance",
    "digital",
    "diplomacy",
    "nothing_found",
]
Status = Literal["fact", "claim", "target", "agreement", "deal", "preparation", "talks", "finding"]


class Tie(Record):
    """One dated statement of a source; a row of `ties.csv`."""

    id: Key
    others: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Economies or groups of the other region."""
    hosts: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Economies of the region, or `region`."""
    kind: Kind
    fact: Text
    """What the source says, in own words."""
    value: float | None = None
    unit: str = ""
    date: PartialDate | None = None
    status: Status
    """How firm it is: a fact, one side's claim, a target, a signed paper, a deal, talks; or our finding."""
    sector: str = ""
    """Of a deal or project, as in projects.csv (OC4IDS)."""
    project: str = ""
    """The project of the study that it is."""
    sources: tuple[Address, ...] = ()
    """Addresses; only a finding of our own has none."""
    note: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Tie:
        if (self.value is None) != (not self.unit):
            raise ValueError("`value` and `unit` come together")
        if not self.sources and self.status != "finding":
            raise ValueError("give the address of the source; only a finding of one's own has none")
        return self


def read_ties(study: Study, atlas: Atlas) -> tuple[Tie, ...]:
    """The rows of `ties.csv`; none without the file.

    Raises
    ------
    InputError : bad cells, economies or projects that do not exist, an id twice; all at once.
    """
    file = study.path / FILE
    if not file.exists():
        return ()
    rows, names = read_csv(file, Tie), study_names(study, atlas)
    known, projects = [*names.groups, *names.economies], [project.id for project in study.records.projects]
    problems = Problems(FILE)
    for line, row in enumerate(rows, start=2):
        for field in ("others", "hosts"):
            for word in getattr(row, field):
                if word not in known:
                    reason = "there is no such economy or group"
                    problems.add(reason, suggestion(word, known), row=line, field=field, value=word)
        if row.project and row.project not in projects:
            remedy = suggestion(row.project, projects)
            problems.add("there is no such project", remedy, row=line, field="project", value=row.project)
    for name, count in Counter(row.id for row in rows).items():
        if count > 1:
            problems.add("an id appears twice", "Give each row its own.", field="id", value=name)
    problems.raise_if_any()
    return rows


def adjacent(
    ties: Iterable[Tie],
    projects: Sequence[Project],
    presence: Sequence[Presence],
    lead: str,
    hosts: Sequence[str],
) -> tuple[tuple[str, str], ...]:
    """Pairs of a tie with a sector and a project of the lead in the same country and sector.

    Parameters
    ----------
    lead : its id in `presence`. hosts : the economies that the word `region` stands for.
    """
    mine = {row.project for row in presence if row.partner == lead}
    own = [project for project in projects if project.id in mine]
    found = []
    for tie in ties:
        places = set(hosts) if "region" in tie.hosts else set(tie.hosts)
        found += [
            (tie.id, project.id)
            for project in own
            if tie.sector in (project.sector or ())
            and places & set(project.countries)
            and project.id != tie.project
        ]
    return tuple(found)
