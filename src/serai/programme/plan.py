"""The programme of a study with all that is asked of it: prices, core index, floors, quality, shortcut."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from serai.atlas import Atlas
from serai.draws import Draws, Uncertain
from serai.errors import Problems, UnknownNameError, suggestion
from serai.executors import Executor
from serai.programme.acts import Act, acts
from serai.programme.connect import candidates
from serai.programme.core import CoreIndex, core_index
from serai.programme.gains import WorksWorld, network_gains
from serai.programme.interaction import Together, choose_together
from serai.programme.open_amounts import study_prospects
from serai.programme.parameters import class_of
from serai.programme.portfolio import Programme, choose
from serai.programme.prices import RulePrice, rule_prices
from serai.programme.quality import Screening, screen
from serai.programme.ranking import Ranking, ranking
from serai.programme.rules import FILE, Rules, check_rules, read_rules
from serai.programme.together import EquilibriumValue, equilibrium_value
from serai.programme.whatif import (
    QualityPays,
    budget_frontier,
    floor_frontier,
    quality_frontier,
    quality_pays,
)
from serai.shown import Shown
from serai.study import Study

PEOPLE = "people"
PATIENCE = 1
"""Rounds without a better set of interacting projects after which a study's search ends."""
PERCENT_FLOORS = (0, 5, 10, 20)
"""Floors for people, per cent of the programme, that are tried: the article asks for a fifth."""
PERCENT_BUDGETS = (50, 75, 100, 125, 150)
QUALITY_LEVELS = 5
FRONTIER_GAP_PERCENT = 3
"""The gap at which a line of a frontier counts as solved."""
CORE_GAP_PERCENT = 3
"""The gap at which a draw of the core index counts as solved: it asks who is chosen, not for the dollar."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What there is to say of a study's programme.

    Parameters
    ----------
    budgets, qualities : `budget_frontier` and `quality_frontier`.
    people : `floor_frontier` of the area people; empty when no project is in it.
    quality : the programme with and without the quality rule; None when there is no such rule.
    together : how the projects on the network interact; None when there are none.
    gains : what each of them gains a year by itself.
    acts : what the chosen projects do to the network and to economies.
    """

    programme: Programme
    prices: tuple[RulePrice, ...]
    core: CoreIndex
    budgets: pd.DataFrame
    qualities: pd.DataFrame
    people: pd.DataFrame
    quality: QualityPays | None
    shortcut: Ranking
    together: Together | None
    gains: Mapping[str, Uncertain]
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Chosen(Shown):
    """The programme of a study, and how its projects on the network interact; see `Plan`.

    value : of sets of those projects.
    """

    programme: Programme
    together: Together | None
    value: EquilibriumValue | None
    gains: Mapping[str, Uncertain]


def study_programme(study: Study, atlas: Atlas, draws: Draws) -> Programme | None:
    """The chosen programme of a study: see `choose_study`; None for a study without rules."""
    return choose_study(study, atlas, draws).programme if (study.path / FILE).exists() else None


def choose_study(
    study: Study, atlas: Atlas, draws: Draws, *, together: bool = True, patience: int = PATIENCE
) -> Chosen:
    """Choose the programme of a study, projects on the network by what sets of them bring together.

    Parameters
    ----------
    draws : of amounts and benefits.
    together : with what projects on the network bring to each other; else each counts by itself.
    patience : rounds without a better set of interacting projects after which the search ends.

    Raises
    ------
    InputError, RulesConflictError, SolveError : as `choose`; a study without rules.
    """
    rules, screening = _checked(study, draws)  # before anything that takes its time
    world = WorksWorld.of_study(study, atlas)
    gains = network_gains(study, atlas, rules.worth.standing, world)
    alone = choose(study_prospects(study, rules, screening, gains), rules, draws)
    if world is None or not together:
        return Chosen(alone, None, None, gains)
    value = equilibrium_value(alone, study, world, draws)
    if not value.projects:
        return Chosen(alone, None, None, gains)
    found = choose_together(alone, value, value.projects, patience=patience)
    return Chosen(found.programme, found, value, gains)


def check_programme(study: Study) -> None:
    """Refuse candidates and rules that `choose_study` would refuse before it solves anything.

    Raises
    ------
    InputError : candidates of a sector without a reference class; rules that name nothing known or are wrong.
    """
    problems = Problems("projects.csv")
    for project in candidates(study)[0]:
        try:
            class_of(project.sector, project.reference_class)
        except UnknownNameError as error:
            field = "sector" if project.reference_class is None else "reference_class"
            value = project.reference_class or project.sector
            reason = f"there is no {error.kind} of this name"
            problems.add(reason, suggestion(value, error.known), row=project.id, field=field, value=value)
    problems.raise_if_any()
    if (study.path / FILE).exists():
        _checked(study, Draws(1, 1))


def _checked(study: Study, draws: Draws) -> tuple[Rules, Screening]:
    """The rules of a study and the screening of its candidates, when the two go together."""
    rules = read_rules(study)
    screening = screen(*candidates(study), draws=draws)
    check_rules(rules, study_prospects(study, rules, screening))
    return rules, screening


def plan(
    study: Study,
    atlas: Atlas,
    draws: Draws,
    *,
    core: int,
    executor: Executor | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Plan | None:
    """Choose, price and test; None for a study without rules.

    Parameters
    ----------
    draws : of amounts and benefits.
    core : how many of them the core index solves again.

    Raises
    ------
    InputError, RulesConflictError, SolveError : as `choose`.
    """
    if not (study.path / FILE).exists():
        return None
    chosen = choose_study(study, atlas, draws)
    programme = chosen.programme
    people = [p for p in programme.model.layout.projects if p.area == PEOPLE]
    least = programme.rules.quality.least_weighted
    return Plan(
        programme=programme,
        prices=rule_prices(programme, executor),
        core=core_index(
            programme, count=core, gap=CORE_GAP_PERCENT / 100, executor=executor, progress=progress
        ),
        budgets=budget_frontier(
            programme,
            [percent / 100 for percent in PERCENT_BUDGETS],
            executor,
            gap=FRONTIER_GAP_PERCENT / 100,
        ),
        qualities=quality_frontier(
            programme, quality_levels(programme), executor, gap=FRONTIER_GAP_PERCENT / 100
        ),
        people=floor_frontier(programme, PEOPLE, [percent / 100 for percent in PERCENT_FLOORS], executor)
        if people
        else pd.DataFrame(),
        quality=None if least is None else quality_pays(programme, least),
        shortcut=ranking(programme, chosen.value),
        together=chosen.together,
        gains=chosen.gains,
        acts=acts([pick.project for pick in programme.picks], study, atlas),
    )


def quality_levels(programme: Programme) -> list[float]:
    """Levels of the least mean quality, from what the programme keeps up to that of its best project."""
    rule = programme.rules.quality
    start = programme.quality if rule.least_weighted is None else rule.least_weighted
    best = max((p.score(rule.counts) for p in programme.model.layout.projects), default=start)
    steps = QUALITY_LEVELS + 1  # the last is that of one project alone
    return [start + (best - start) * step / steps for step in range(QUALITY_LEVELS)]
