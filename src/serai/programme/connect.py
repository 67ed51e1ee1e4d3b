"""From the records of a study to the projects that quality and appraisal read."""

from __future__ import annotations

import csv
from collections.abc import Iterable

from serai import records
from serai.programme.answers import Answer, read_answers
from serai.programme.project import Project, read_projects
from serai.programme.rows import Row
from serai.study import Study


def from_records(found: Iterable[records.Project], sizes: Iterable[Row] = ()) -> tuple[Project, ...]:
    """Projects of a study, with their sizes.

    Parameters
    ----------
    found : records; the first of several sectors decides.
    sizes : rows of the study's `sizes.csv`.

    Raises
    ------
    InputError : a record without a sector or a status.
    """
    return read_projects([_row(record) for record in found], sizes)


def _row(record: records.Project) -> dict[str, str]:
    more = record.serai
    cells: dict[str, object] = {
        "id": record.id,
        "name": record.title,
        "countries": ";".join(more.countries),
        "sector": record.sector[0] if record.sector else None,
        "status": record.status,
        "cost_usd_m": more.cost_usd_m,
        "cost_basis": more.cost_basis,
        "start_year": more.start_year,
        "end_year": more.end_year,
    }
    return {name: "" if cell is None else str(cell) for name, cell in cells.items()}


def candidates(study: Study) -> tuple[tuple[Project, ...], tuple[Answer, ...]]:
    """The candidate projects of a study with their sizes, and the answers about them.

    Reads `sizes.csv` and `answers.csv` of the study, where they exist. Projects that are context only
    (finished, a programme's total) are left out, and so are answers about them.

    Raises
    ------
    InputError : a project without a sector or status, a size or an answer that makes no sense, with its row.
    """
    sizes_file, answers_file = study.path / "sizes.csv", study.path / "answers.csv"
    sizes: list[Row] = []
    if sizes_file.exists():
        with sizes_file.open(encoding="utf-8", newline="") as stream:
            sizes = list(csv.DictReader(stream))
    chosen = [record for record in study.records.projects if record.serai.use != "context"]
    found = from_records(chosen, [row for row in sizes if row["project"] in {r.id for r in chosen}])
    known = {project.id for project in found}
    answers = read_answers(answers_file) if answers_file.exists() else ()
    return found, tuple(answer for answer in answers if answer.project in known)
