"""From the records of a study to the projects that quality and appraisal read."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date

from serai import records
from serai.errors import InputError
from serai.exchange.csv import read_csv
from serai.programme.answers import Answer, Waiver, read_answers
from serai.programme.project import Project, read_projects
from serai.programme.rows import Row
from serai.records.inputs import WaiverRow
from serai.records.references import check_known
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
    InputError : a project without a sector or status, a size or an answer that makes no sense or names no
        project of the study, with its row.
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
    _refuse_unknown(study, "sizes.csv", ((row["project"], row["project"]) for row in sizes))
    _refuse_unknown(study, "answers.csv", ((str(n), a.project) for n, a in enumerate(answers, 2)))
    return found, tuple(answer for answer in answers if answer.project in known)


def waivers(study: Study) -> tuple[Waiver, ...]:
    """Gates that somebody answers for, from `waivers.csv` of the study; none where there is no such file.

    Raises
    ------
    InputError : a waiver without reason, name or day, or of a project that the study does not have.
    """
    file = study.path / "waivers.csv"
    rows = read_csv(file, WaiverRow) if file.exists() else ()
    _refuse_unknown(study, file.name, ((row.project, row.project) for row in rows))
    context = {record.id for record in study.records.projects if record.serai.use == "context"}
    return tuple(
        Waiver(row.project, row.gate, row.reason, row.name, date.fromisoformat(row.day))
        for row in rows
        if row.project not in context
    )


def _refuse_unknown(study: Study, file: str, named: Iterable[tuple[str, str]]) -> None:
    known = [project.id for project in study.records.projects]
    problems = check_known(named, known, kind="project", field="project", file=file)
    if problems:
        raise InputError(problems)
