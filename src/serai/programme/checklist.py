"""The quality checklist as data: criteria, questions, gates, categories, and answers to them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path

from serai.axes import Axis
from serai.errors import Problems, UnknownNameError, suggestion
from serai.programme.parameters import table
from serai.programme.project import STAGE_OF_STATUS, STAGES, Project


@dataclass(frozen=True, slots=True)
class Criterion:
    """One of the ten criteria, and the G20 principle for quality infrastructure it belongs to."""

    key: str
    title: str
    principle: int
    meaning: str


@dataclass(frozen=True, slots=True)
class Question:
    """One element of the checklist.

    Parameters
    ----------
    key, title : its name.
    standard, element : `CoST IDS core` 1 to 39, `CoST IDS sustainability` 1.1 to 5.11, or `serai`.
    criterion : the criterion it counts for, with `weight`.
    oc4ids_fields : where OC4IDS 0.9.5 carries it, as paths.
    stage : from which stage of a project it is due.
    scope : `all`, or the kind of project that it is asked of.
    """

    key: str
    title: str
    standard: str
    element: str
    criterion: str
    oc4ids_fields: tuple[str, ...]
    stage: str
    scope: str
    weight: float


@dataclass(frozen=True, slots=True)
class Gate:
    """A question whose answer below `fails_below` excludes a project of category `applies_to`."""

    key: str
    title: str
    question: str
    applies_to: str
    fails_below: float
    reason: str


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


@dataclass(frozen=True)
class Checklist:
    """Criteria, questions and gates that agree with each other."""

    criteria: tuple[Criterion, ...]
    questions: tuple[Question, ...]
    gates: tuple[Gate, ...]

    @cached_property
    def axis(self) -> Axis:
        return Axis("criterion", tuple(criterion.key for criterion in self.criteria))

    @cached_property
    def by_key(self) -> dict[str, Question]:
        return {question.key: question for question in self.questions}

    def due(self, project: Project, stage: str | None = None) -> tuple[Question, ...]:
        """The questions asked of a project of this kind up to a stage, by default the stage it is at."""
        last = STAGES.index(STAGE_OF_STATUS[project.status] if stage is None else _known_stage(stage))
        scopes = project.scopes | {"all"}
        return tuple(q for q in self.questions if STAGES.index(q.stage) <= last and q.scope in scopes)


@cache
def standard_checklist() -> Checklist:
    """Ten criteria under the six G20 principles; the 39 and 78 elements of CoST IDS and six of our own.

    >>> len(standard_checklist().questions)
    123
    """
    return Checklist(
        tuple(
            Criterion(row["key"], row["title"], int(row["principle"]), row["meaning"])
            for row in table("criteria")
        ),
        tuple(
            Question(
                row["key"],
                row["title"],
                row["standard"],
                row["element"],
                row["criterion"],
                tuple(row["oc4ids_fields"].split("; ")),
                row["stage"],
                row["scope"],
                float(row["weight"]),
            )
            for row in table("questions")
        ),
        tuple(
            Gate(
                row["key"],
                row["title"],
                row["question"],
                row["applies_to"],
                float(row["fails_below"]),
                row["reason"],
            )
            for row in table("gates")
        ),
    )


def _known_stage(stage: str) -> str:
    if stage not in STAGES:
        raise UnknownNameError("stage", stage, STAGES)
    return stage


def possible_categories(project: Project, answers: Iterable[Answer] = ()) -> tuple[str, ...]:
    """The environmental categories (A, B, C, FI) that a project may get from JICA or JBIC.

    A published category decides. Else the sector says which are likely; the lender has the last word.
    """
    for answer in answers:
        if answer.question == "environmental_impact_category" and answer.finding:
            return (answer.finding,)
    if project.intermediary:
        return ("FI",)
    likely = {row["sector"]: row["category"] for row in table("categories")}
    return tuple(likely.get(project.sector, "A or B or C").split(" or "))


def read_answers(source: Path | Iterable[Mapping[str, str]], file: str = "answers.csv") -> tuple[Answer, ...]:
    """Answers from a CSV file or from rows of text; every number that is none is reported."""
    problems = Problems(str(source) if isinstance(source, Path) else file)
    rows = (
        csv.DictReader(source.read_text(encoding="utf-8").splitlines())
        if isinstance(source, Path)
        else source
    )
    answers: list[Answer] = []
    for line, row in enumerate(rows, start=2):
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
