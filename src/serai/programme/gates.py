"""Gates: what excludes a project, unless somebody answers for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from serai.programme.answers import Answer, Waiver
from serai.programme.checklist import Gate
from serai.programme.project import Project


@dataclass(frozen=True, slots=True)
class GateResult:
    """A gate at one project.

    Parameters
    ----------
    state : `passed`, `failed`, `open` (no answer yet), `waived` or `not asked`.
    why : the answer, the waiver, or what is missing.
    """

    project: str
    gate: str
    state: str
    why: str


def gate_result(
    gate: Gate,
    project: Project,
    given: Mapping[str, Answer],
    categories: Sequence[str],
    waivers: Sequence[Waiver],
) -> GateResult:
    """One gate at one project; `given` by question, `categories` the possible ones."""

    def result(state: str, why: str) -> GateResult:
        return GateResult(project.id, gate.key, state, why)

    if gate.applies_to not in ("all", *categories):
        return result("not asked", f"category {' or '.join(categories)}")
    answer = given.get(gate.question)
    if answer is not None and answer.low >= gate.fails_below:
        return result("passed", answer.evidence)
    for waiver in waivers:
        if (waiver.project, waiver.gate) == (project.id, gate.key):
            return result("waived", f"{waiver.name}, {waiver.day.isoformat()}: {waiver.reason}")
    certain = gate.applies_to == "all" or tuple(categories) == (gate.applies_to,)
    if answer is not None and answer.high < gate.fails_below and certain:
        return result("failed", f"{gate.reason} ({answer.evidence})")
    return result(
        "open", "not answered" if answer is None else f"{gate.reason}, unless the category is lower"
    )
