"""The programme of a study with all that is asked of it: prices, core index, floors, quality, shortcut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from serai.atlas import Atlas
from serai.draws import Draws
from serai.executors import Executor
from serai.programme.connect import candidates
from serai.programme.core import CoreIndex, core_index
from serai.programme.open_amounts import study_prospects
from serai.programme.portfolio import Programme, choose
from serai.programme.prices import RulePrice, rule_prices
from serai.programme.quality import screen
from serai.programme.ranking import Ranking, ranking
from serai.programme.rules import FILE, read_rules
from serai.programme.whatif import QualityPays, floor_frontier, quality_pays
from serai.study import Study

PEOPLE = "people"
PERCENT_FLOORS = (0, 5, 10, 20)
"""Floors for people, per cent of the programme, that are tried: the article asks for a fifth."""
CORE_GAP_PERCENT = 3
"""The gap at which a draw of the core index counts as solved: it asks who is chosen, not for the dollar."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What there is to say of a study's programme.

    Parameters
    ----------
    people : `floor_frontier` of the area people; empty when no project is in it.
    quality : the programme with and without the quality rule; None when there is no such rule.
    """

    programme: Programme
    prices: tuple[RulePrice, ...]
    core: CoreIndex
    people: pd.DataFrame
    quality: QualityPays | None
    shortcut: Ranking


def study_programme(study: Study, atlas: Atlas, draws: Draws) -> Programme | None:
    """The default programme of a study; None for a study without rules.

    Raises
    ------
    InputError, RulesConflictError, SolveError : as `choose`.
    """
    del atlas
    if not (study.path / FILE).exists():
        return None
    rules = read_rules(study)
    return choose(study_prospects(study, rules, screen(*candidates(study), draws=draws)), rules, draws)


def plan(
    study: Study,
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
    rules = read_rules(study)
    screening = screen(*candidates(study), draws=draws)
    programme = choose(study_prospects(study, rules, screening), rules, draws)
    people = [p for p in programme.model.layout.projects if p.area == PEOPLE]
    least = rules.quality.least_weighted
    return Plan(
        programme=programme,
        prices=rule_prices(programme, executor),
        core=core_index(
            programme, count=core, gap=CORE_GAP_PERCENT / 100, executor=executor, progress=progress
        ),
        people=floor_frontier(programme, PEOPLE, [percent / 100 for percent in PERCENT_FLOORS], executor)
        if people
        else pd.DataFrame(),
        quality=None if least is None else quality_pays(programme, least),
        shortcut=ranking(programme),
    )
