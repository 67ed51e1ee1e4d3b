"""Which projects deserve a closer look: the checklist, the gates, the red flags, and the ranking.

An unanswered question is an interval from 0 to 1, never a zero. A criterion's score is the weighted mean of
the answers to its questions, so it is an interval too, and SMAA ranks with the interval.

Projects are compared on the questions of one stage, by default those due before money is committed. Asking
each project only what is due at its own stage would put the vaguest first: the less is asked of a project,
the less of it is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serai.axes import Array, Axis
from serai.draws import Draws
from serai.errors import InputError, Problem
from serai.programme.answers import Answer, Waiver, check_answers
from serai.programme.checklist import Checklist, Question, possible_categories, standard_checklist
from serai.programme.gates import GateResult, gate_result
from serai.programme.project import Project
from serai.programme.red_flags import STATES, Flag, red_flag_titles, red_flags
from serai.programme.smaa import Acceptability, smaa
from serai.programme.weights import uniform_weights
from serai.shown import frame_html


@dataclass(frozen=True, eq=False)
class Screening:
    """What the checklist says of a set of projects.

    Parameters
    ----------
    projects, criteria : names along the axes.
    low, high : scores, shape (projects, criteria).
    answered, asked : numbers of questions up to the stage compared, shape (projects, criteria).
    answers : number of all answers, whatever their stage, shape (projects,).
    open_questions : project -> open question -> the width of the criterion's score that it would close.
    gates, flags : one result for each project and rule.
    categories : possible environmental categories of each project.
    eligible : projects that no gate excludes, in order.
    ranking : SMAA-2 of the eligible ones; None when fewer than two are.
    weights : mean weights of the criteria behind the ranking, shape (criteria,).
    """

    projects: Axis
    criteria: Axis
    low: Array
    high: Array
    answered: NDArray[np.int64]
    asked: NDArray[np.int64]
    answers: NDArray[np.int64]
    open_questions: Mapping[str, Mapping[str, float]]
    gates: tuple[GateResult, ...]
    flags: tuple[Flag, ...]
    categories: Mapping[str, tuple[str, ...]]
    eligible: Axis
    ranking: Acceptability | None
    weights: Array
    checklist: Checklist

    @cached_property
    def quality(self) -> tuple[Array, Array]:
        """Weighted scores of the projects at the mean weights, lower and upper, shape (projects,)."""
        return np.asarray(self.low @ self.weights), np.asarray(self.high @ self.weights)

    def state(self, project: str) -> str:
        """`excluded`, `open` (a gate waits for an answer) or `clear`."""
        states = {result.state for result in self.gates if result.project == project}
        return "excluded" if "failed" in states else "open" if "open" in states else "clear"

    def tidy(self) -> pd.DataFrame:
        """One row for each project and criterion, with the interval and how much of it is known."""
        names = [(project, criterion) for project in self.projects for criterion in self.criteria]
        return pd.DataFrame(
            {
                "project": [project for project, _ in names],
                "criterion": [criterion for _, criterion in names],
                "estimate": ((self.low + self.high) / 2).ravel(),
                "low": self.low.ravel(),
                "high": self.high.ravel(),
                "answered": self.answered.ravel(),
                "asked": self.asked.ravel(),
                "unit": "share of what is asked",
                "basis": np.where(self.answered.ravel() > 0, "reported", "unknown"),
                "source": "answers, each with its own address",
            }
        )

    def overview(self) -> pd.DataFrame:
        """One row a project: state, category, quality interval, answers, flags, expected rank."""
        low, high = self.quality
        rank = dict(zip(self.eligible, self.ranking.expected_rank, strict=True)) if self.ranking else {}
        raised = [flag.project for flag in self.flags if flag.state == "raised"]
        return pd.DataFrame(
            {
                "project": self.projects.names,
                "state": [self.state(project) for project in self.projects],
                "category": [" or ".join(self.categories[project]) for project in self.projects],
                "low": low,
                "high": high,
                "answered": self.answered.sum(axis=1),
                "asked": self.asked.sum(axis=1),
                "answers": self.answers,
                "flags": [raised.count(project) for project in self.projects],
                "expected_rank": [rank.get(project, np.nan) for project in self.projects],
            }
        )

    def flag_counts(self) -> pd.DataFrame:
        """One row a rule: at how many projects it is raised, not raised, or cannot be checked."""
        seen = Counter((flag.rule, flag.state) for flag in self.flags)
        titles = red_flag_titles()
        rows = [
            {"rule": rule, "title": titles[rule], **{state: seen[rule, state] for state in STATES}}
            for rule in dict.fromkeys(flag.rule for flag in self.flags)
        ]
        return pd.DataFrame(rows, columns=["rule", "title", *STATES])

    def _repr_html_(self) -> str:
        return frame_html(self.overview(), self.summary().partition("\n")[0])

    def cite(self) -> str:
        """The standards behind the checklist."""
        return (
            "G20 Principles for Quality Infrastructure Investment (2019); CoST Infrastructure Data Standard; "
            "Open Contracting for Infrastructure Data Standard 0.9.5; JICA Guidelines for Environmental and "
            "Social Considerations; Lahdelma and Salminen (2001)"
        )

    def summary(self) -> str:
        """The screening in a few lines."""
        table = self.overview()
        counts = table["state"].value_counts()
        lines = [
            f"{len(table)} projects: {counts.get('clear', 0)} clear, "
            f"{counts.get('open', 0)} with an open gate, {counts.get('excluded', 0)} excluded",
            f"{table['answered'].sum():,} of {table['asked'].sum():,} questions answered "
            f"({table['answered'].sum() / max(table['asked'].sum(), 1):.0%}); "
            f"{(table['answers'] >= MANY).sum()} projects have {MANY} or more answers",
            f"{table['flags'].sum()} red flags at {(table['flags'] > 0).sum()} projects",
        ]
        return "\n".join(lines)


MANY = 10
"""Answers from which a project counts as looked into, in summaries."""

COMPARED_AT = "preparation"
"""The stage whose questions all projects are compared on: the last before contracts are let."""


def screen(
    projects: Sequence[Project],
    answers: Iterable[Answer],
    checklist: Checklist | None = None,
    *,
    draws: Draws,
    waivers: Iterable[Waiver] = (),
    weights: Array | None = None,
    stage: str | None = COMPARED_AT,
) -> Screening:
    """Score, gate, flag and rank projects by what is known of them.

    Parameters
    ----------
    projects : at least one; identifiers may not repeat.
    answers : at most one for each project and question.
    checklist : the questions; by default `standard_checklist()`.
    draws : for the ranking.
    waivers : gates that somebody answers for.
    weights : draws of the criteria's weights, shape (draws, criteria); by default uniform over all.
    stage : the stage up to which all projects are asked; None asks each up to the stage it is at, which
        makes a report on each but no fair ranking.

    Returns
    -------
    Screening

    Raises
    ------
    InputError : answers or waivers that name nothing known, lie outside 0 to 1 or lack evidence.
    """
    checklist = checklist or standard_checklist()
    answers, waivers = tuple(answers), tuple(waivers)
    if not projects:
        raise InputError(
            Problem("there is no project to screen", "Add one, in projects.csv.", field="projects")
        )
    names = Axis("project", tuple(project.id for project in projects))
    check_answers(answers, waivers, projects, checklist)
    given: dict[str, dict[str, Answer]] = {name: {} for name in names}
    for answer in answers:
        given[answer.project][answer.question] = answer

    asked_of = {p.id: checklist.due(p, stage) for p in projects}
    low, high, answered, asked = _scores(asked_of, given, checklist)
    categories = {p.id: possible_categories(p, _category(given[p.id])) for p in projects}
    gates = tuple(
        gate_result(gate, p, given[p.id], categories[p.id], waivers)
        for p in projects
        for gate in checklist.gates
    )
    excluded = {result.project for result in gates if result.state == "failed"}
    eligible = Axis("project", tuple(name for name in names if name not in excluded))
    weights = uniform_weights(draws, checklist.axis) if weights is None else weights
    places = names.indices(eligible.names)
    ranking = (
        smaa(low[places], high[places], eligible, checklist.axis, draws, weights=weights)
        if len(eligible) > 1
        else None
    )
    return Screening(
        projects=names,
        criteria=checklist.axis,
        low=low,
        high=high,
        answered=answered,
        asked=asked,
        answers=np.array([len(given[name]) for name in names]),
        open_questions={name: _open(asked_of[name], given[name]) for name in names},
        gates=gates,
        flags=tuple(flag for p in projects for flag in red_flags(p, given[p.id], categories[p.id])),
        categories=categories,
        eligible=eligible,
        ranking=ranking,
        weights=weights.mean(axis=0),
        checklist=checklist,
    )


def compliance_share(scores: Array | Sequence[float]) -> float:
    """Scores of -1 (not done), 0 (in part) and +1 (done) as a share of full compliance.

    Source: the G20 Research Group's convention, (mean + 1) / 2.

    >>> compliance_share([1, 1, 0])
    0.8333333333333333
    """
    values = np.asarray(scores, dtype=float)
    if not (values.size and (np.abs(values) <= 1).all()):
        raise InputError(Problem("a score lies outside -1 to +1", "Give -1, 0 or +1.", field="scores"))
    return float((values.mean() + 1) / 2)


def _scores(
    asked_of: Mapping[str, tuple[Question, ...]],
    given: Mapping[str, Mapping[str, Answer]],
    checklist: Checklist,
) -> tuple[Array, Array, NDArray[np.int64], NDArray[np.int64]]:
    """Intervals and counts by project and criterion; where nothing is asked the interval is 0 to 1."""
    shape = (len(asked_of), len(checklist.axis))
    low, high, total = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    answered, asked = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for i, (project, questions) in enumerate(asked_of.items()):
        for question in questions:
            k = checklist.axis.index(question.criterion)
            answer = given[project].get(question.key)
            asked[i, k] += 1
            answered[i, k] += answer is not None
            total[i, k] += question.weight
            low[i, k] += question.weight * (answer.low if answer else 0)
            high[i, k] += question.weight * (answer.high if answer else 1)
    nothing = total == 0
    total[nothing], high[nothing] = 1, 1
    return low / total, high / total, answered, asked


def _category(given: Mapping[str, Answer]) -> str:
    """The environmental category that a lender has published, or nothing."""
    answer = given.get("environmental_impact_category")
    return answer.finding if answer is not None else ""


def _open(questions: Sequence[Question], given: Mapping[str, Answer]) -> dict[str, float]:
    """Open questions and the width of the criterion's score that each would close."""
    weight: dict[str, float] = {}
    for question in questions:
        weight[question.criterion] = weight.get(question.criterion, 0) + question.weight
    return {q.key: q.weight / weight[q.criterion] for q in questions if q.key not in given}
