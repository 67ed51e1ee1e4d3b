"""Who from outside is in which project: `presence.csv` of a study."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from serai.errors import Problems, suggestion
from serai.exchange.csv import read_csv
from serai.records import Record
from serai.records.base import Key, Text, alpha2
from serai.study import Study


class Presence(Record):
    """An outside party in a project."""

    project: Key
    partner: Text
    """A partner of the study, or the country code of another economy."""
    party: Text
    """Who, as the source names them."""
    role: Literal["investor", "lender", "donor", "contractor", "buyer"]
    basis: Literal["named", "assumed"]
    note: str = ""


def read_presence(study: Study) -> tuple[Presence, ...]:
    """Who is in which project: `presence.csv` of the study; empty without the file.

    Raises
    ------
    InputError : bad cells, projects or partners that do not exist, the same row twice; all at once.
    """
    file = study.path / "presence.csv"
    if not file.exists():
        return ()
    rows = read_csv(file, Presence)
    projects = [project.id for project in study.records.projects]
    partners = [partner.id for partner in study.about.partner]
    problems = Problems(file.name)
    for line, row in enumerate(rows, start=2):
        for field, value, known in (
            ("project", row.project, projects),
            ("partner", row.partner, partners),
        ):
            if value not in known and not (field == "partner" and alpha2(value)):
                problems.add(
                    f"there is no such {field}", suggestion(value, known), row=line, field=field, value=value
                )
    counts = Counter((row.project, row.partner, row.role) for row in rows)
    for project, partner, role in (key for key, count in counts.items() if count > 1):
        problems.add(
            f"{partner} is {role} of {project} twice", "Keep one row.", field="project", value=project
        )
    problems.raise_if_any()
    return rows
