"""Rules that ask for a second look, one function each. A rule that lacks its data says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from serai.programme.answers import Answer
from serai.programme.parameters import class_of, cost_bases, reference_classes, table
from serai.programme.project import Project

STATES = ("raised", "not raised", "cannot be checked")


@cache
def red_flag_titles() -> dict[str, str]:
    """Rule -> its name for readers, from `tables/red_flags.csv`."""
    return {row["key"]: row["title"] for row in table("red_flags")}


@dataclass(frozen=True, slots=True)
class Flag:
    """One rule at one project.

    Parameters
    ----------
    rule : key in `tables/red_flags.csv`.
    state : `raised`, `not raised`, or `cannot be checked`.
    why : what was found and what it was compared with, or what is missing.
    """

    project: str
    rule: str
    state: str
    why: str


def red_flags(project: Project, answers: Mapping[str, Answer], categories: Sequence[str]) -> tuple[Flag, ...]:
    """All rules at one project; `answers` by question."""
    return (
        cost_per_unit(project),
        single_bidder(project, answers),
        owner_undisclosed(project, answers),
        no_environmental_assessment(project, answers, categories),
        fast_schedule(project),
    )


def cost_per_unit(project: Project) -> Flag:
    """The cost for each MW or km against the range of the reference class.

    A cost that covers only a part of the project can be too high, never too low.
    """
    rule = "cost_per_unit"
    kind, size, unit = class_of(project.sector, project.reference_class), project.capacity_mw, "MW"
    if size is None:
        size, unit = project.length_km, "km"
    if project.cost_usd_m is None or project.cost_basis is None or not size:
        return Flag(project.id, rule, "cannot be checked", "no published cost or size")
    if not reference_classes().has("unit_cost_usd_m", kind):
        return Flag(project.id, rule, "cannot be checked", f"no reference range for {kind}")
    reference = reference_classes().of("unit_cost_usd_m", kind)
    if not reference.unit.endswith(unit):
        return Flag(
            project.id, rule, "cannot be checked", f"the size is in {unit}, the reference in {reference.unit}"
        )
    assert reference.low is not None
    assert reference.high is not None
    cost = project.cost_usd_m / size
    whole = cost_bases().of(project.cost_basis).shape == "fixed"
    text = f"{cost:.2f} {reference.unit} against {reference.low:g} to {reference.high:g} ({kind})"
    if cost > reference.high or (whole and cost < reference.low):
        return Flag(project.id, rule, "raised", text)
    if not whole:
        return Flag(project.id, rule, "cannot be checked", f"{text}, but the cost is {project.cost_basis}")
    return Flag(project.id, rule, "not raised", text)


def single_bidder(project: Project, answers: Mapping[str, Answer]) -> Flag:
    """One firm tendered, by the finding of the question on the number of firms."""
    answer = answers.get("number_of_firms_tendering")
    if answer is None or not answer.finding.isdecimal():
        return Flag(project.id, "single_bidder", "cannot be checked", "the number of firms is not known")
    state = "raised" if int(answer.finding) == 1 else "not raised"
    return Flag(project.id, "single_bidder", state, f"firms tendering: {answer.finding}")


def owner_undisclosed(project: Project, answers: Mapping[str, Answer]) -> Flag:
    """The owner was asked for and is not public; silence alone raises nothing."""
    answer = answers.get("project_owner")
    if answer is None:
        return Flag(project.id, "owner_undisclosed", "cannot be checked", "no source read names the owner")
    state = "raised" if answer.high == 0 else "not raised"
    return Flag(project.id, "owner_undisclosed", state, answer.note or answer.evidence)


def no_environmental_assessment(
    project: Project, answers: Mapping[str, Answer], categories: Sequence[str]
) -> Flag:
    """A project that may be category A and publishes no assessment."""
    rule, answer = "no_environmental_assessment", answers.get("environmental_impact")
    if "A" not in categories:
        return Flag(project.id, rule, "not raised", f"category {' or '.join(categories)}")
    if answer is None:
        return Flag(project.id, rule, "cannot be checked", "no source read says whether there is one")
    return Flag(project.id, rule, "raised" if answer.high == 0 else "not raised", answer.evidence)


def fast_schedule(project: Project) -> Flag:
    """The time planned against the fastest of the class; whole years can hide up to one more."""
    rule, kind = "fast_schedule", class_of(project.sector, project.reference_class)
    if project.start_year is None or project.end_year is None:
        return Flag(project.id, rule, "cannot be checked", "no published start or end")
    fastest = reference_classes().of("construction_years", kind).low
    assert fastest is not None
    longest = project.end_year - project.start_year + 1
    text = f"at most {longest} years planned, the fastest of {kind} took {fastest:g}"
    return Flag(project.id, rule, "raised" if longest < fastest else "not raised", text)
