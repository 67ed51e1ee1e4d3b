"""The quality checklist as data: criteria, questions, gates and environmental categories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

from serai.axes import Axis
from serai.errors import Problems, UnknownNameError, suggestion
from serai.programme.parameters import table
from serai.programme.project import STAGE_OF_STATUS, STAGES, Project
from serai.programme.rows import Row, checked

QUESTION_COLUMNS = (
    "key", "title", "standard", "element", "criterion", "oc4ids_fields", "stage", "scope", "weight",
)  # fmt: skip
GATE_COLUMNS = ("key", "title", "question", "applies_to", "fails_below", "reason")


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
    return build_checklist(table("criteria"), table("questions"), table("gates"))


def build_checklist(criteria: Iterable[Row], questions: Iterable[Row], gates: Iterable[Row]) -> Checklist:
    """A checklist of one's own, from rows of text with the columns of the packaged tables.

    Raises
    ------
    InputError : a name that does not exist elsewhere in the checklist, a repeated key, a number that is none.
    """
    problems = Problems("checklist")
    made = Checklist(
        tuple(
            Criterion(row["key"], row["title"], int(_number(row, "principle", problems)), row["meaning"])
            for row in checked(criteria, ("key", "title", "principle", "meaning"), "criteria.csv")
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
                _number(row, "weight", problems),
            )
            for row in checked(questions, QUESTION_COLUMNS, "questions.csv")
        ),
        tuple(
            Gate(
                row["key"],
                row["title"],
                row["question"],
                row["applies_to"],
                _number(row, "fails_below", problems),
                row["reason"],
            )
            for row in checked(gates, GATE_COLUMNS, "gates.csv")
        ),
    )
    _check(made, problems)
    problems.raise_if_any()
    return made


def _check(made: Checklist, problems: Problems) -> None:
    named = {
        "criterion": [criterion.key for criterion in made.criteria],
        "question": [question.key for question in made.questions],
        "gate": [gate.key for gate in made.gates],
    }
    for kind, keys in named.items():
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            problems.add(f"a {kind} appears twice", "Keep one.", field=kind, value=key)
    for question in made.questions:
        for field, value, known in (
            ("criterion", question.criterion, named["criterion"]),
            ("stage", question.stage, STAGES),
        ):
            if value not in known:
                remedy = suggestion(value, known)
                problems.add(
                    f"the {field} does not exist", remedy, row=question.key, field=field, value=value
                )
        if question.weight <= 0:
            problems.add(
                "a question weighs nothing",
                "Give a weight above zero.",
                row=question.key,
                value=question.weight,
            )
    for gate in made.gates:
        if gate.question not in named["question"]:
            remedy = suggestion(gate.question, named["question"])
            problems.add(
                "a gate asks no question", remedy, row=gate.key, field="question", value=gate.question
            )


def _number(row: Row, field: str, problems: Problems) -> float:
    try:
        return float(row[field])
    except ValueError:
        problems.add("not a number", "Give a number.", row=row["key"], field=field, value=row[field])
        return 1


def _known_stage(stage: str) -> str:
    if stage not in STAGES:
        raise UnknownNameError("stage", stage, STAGES)
    return stage


def possible_categories(project: Project, published: str = "") -> tuple[str, ...]:
    """The environmental categories (A, B, C, FI) that a project may get from JICA or JBIC.

    A published category decides. Else the sector says which are likely; the lender has the last word.
    """
    if published:
        return (published,)
    if project.intermediary:
        return ("FI",)
    likely = {row["sector"]: row["category"] for row in table("categories")}
    return tuple(likely.get(project.sector, "A or B or C").split(" or "))
