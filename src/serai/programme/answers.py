"""Answers to the checklist, each with its evidence and date, and waivers of its gates."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from serai.errors import Problems, suggestion
from serai.programme.checklist import Checklist
from serai.programme.project import Project
from serai.programme.rows import Row, checked

COLUMNS = ("project", "question", "low", "high", "evidence", "url", "dated", "grade")
GRADES = ("high", "medium", "low")
DATED = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source says to one question about one project.

    Parameters
    ----------
    project, question : identifiers.
    low, high : between 0 (no) and 1 (yes); equal where the source is clear.
    evidence : where it stands: the row and field of a table, or a page of a document.
    url, dated : address and date of the source (a year, a month or a day).
    grade : high, medium or low: how good the source is.
    finding : what was found, where it is more than yes or no (a category, a number of bidders).
    note : why the answer is partial.
    """

    project: str
    question: str
    low: float
    high: float
    evidence: str
    url: str
    dated: str
    grade: str
    finding: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A gate that somebody answers for: the reason and the name are required."""

    project: str
    gate: str
    reason: str
    name: str
    day: date


def read_answers(source: Path | Iterable[Row], file: str = "answers.csv") -> tuple[Answer, ...]:
    """Answers from a CSV file or from rows of text; every number that is none is reported."""
    problems = Problems(str(source) if isinstance(source, Path) else file)
    rows = (
        csv.DictReader(source.read_text(encoding="utf-8").splitlines())
        if isinstance(source, Path)
        else source
    )
    answers: list[Answer] = []
    for line, row in enumerate(checked(rows, COLUMNS, problems.file or file), start=2):
        try:
            low, high = float(row["low"]), float(row["high"])
        except ValueError as error:
            problems.add(str(error), "Give low and high between 0 and 1.", row=line, field="low, high")
            continue
        answers.append(
            Answer(
                row["project"],
                row["question"],
                low,
                high,
                row["evidence"],
                row["url"],
                row["dated"],
                row["grade"],
                row.get("finding", ""),
                row.get("note", ""),
            )
        )
    problems.raise_if_any()
    return tuple(answers)


def check_answers(
    answers: Iterable[Answer], waivers: Iterable[Waiver], projects: Iterable[Project], checklist: Checklist
) -> None:
    """Refuse answers and waivers that name nothing known, lie outside 0 to 1, or lack their evidence."""
    problems = Problems("answers")
    known = [project.id for project in projects]
    seen: set[tuple[str, str]] = set()
    for place, answer in enumerate(answers):
        for field, value, names in (
            ("project", answer.project, known),
            ("question", answer.question, checklist.by_key),
        ):
            if value not in names:
                problems.add(
                    f"the {field} does not exist",
                    suggestion(value, names),
                    row=place,
                    field=field,
                    value=value,
                )
        if not 0 <= answer.low <= answer.high <= 1:
            problems.add(
                "an answer lies outside 0 to 1",
                "Give 0 <= low <= high <= 1.",
                row=place,
                field=answer.question,
                value=(answer.low, answer.high),
            )
        for field, text in (("evidence", answer.evidence), ("url", answer.url), ("dated", answer.dated)):
            if not text.strip():
                problems.add(
                    f"an answer has no {field}",
                    "Say where it stands and when it was said, or leave it out.",
                    row=place,
                    field=field,
                    value=f"{answer.project}, {answer.question}",
                )
        if answer.dated.strip() and not DATED.fullmatch(answer.dated):
            problems.add(
                "a date is none",
                "Write 2026, 2026-03 or 2026-03-31.",
                row=place,
                field="dated",
                value=answer.dated,
            )
        if answer.grade not in GRADES:
            remedy = suggestion(answer.grade, GRADES)
            problems.add("a grade does not exist", remedy, row=place, field="grade", value=answer.grade)
        if (answer.project, answer.question) in seen:
            problems.add(
                "a question is answered twice",
                "Keep one answer; put the other into its note.",
                row=place,
                field="question",
                value=f"{answer.project}, {answer.question}",
            )
        seen.add((answer.project, answer.question))
    gates = [gate.key for gate in checklist.gates]
    for place, waiver in enumerate(waivers):
        for field, value, names in (("project", waiver.project, known), ("gate", waiver.gate, gates)):
            if value not in names:
                problems.add(
                    f"the {field} of a waiver does not exist",
                    suggestion(value, names),
                    row=place,
                    field=field,
                    value=value,
                    file="waivers",
                )
        for field, text in (("reason", waiver.reason), ("name", waiver.name)):
            if not text.strip():
                problems.add(
                    f"a waiver has no {field}",
                    "A waived gate needs a reason and the name of who answers for it.",
                    row=place,
                    field=field,
                    file="waivers",
                )
    problems.raise_if_any()
