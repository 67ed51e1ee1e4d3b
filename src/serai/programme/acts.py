"""What a programme does to the network and to economies: the measures of its projects, as one scenario.

    acts(projects, study, atlas) -> what each project does, and what that rests on
    as_scenario(projects, study, atlas) -> Scenario
    with_scenario(study, scenario) -> the study with one scenario more

Works on the network are rows of `effects.csv`, built whole: a railway in parts carries nothing. A project
without a row acts by the general assumption for its sector, if there is one: a share of its yearly benefit at
full use is output of its host (productivity) or income of its labour (skills). Over the size of the economy
that is the growth that the measure asks for: one percent more productivity is worth one percent of gross
output to first order (Hulten 1978), one percent more effective labour one percent of labour's income.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from serai.atlas import Atlas, reconcile
from serai.errors import InputError, Problem
from serai.programme.effects import LAW, ProjectEffect, Works, read_effects
from serai.programme.open_amounts import AppraisedStake
from serai.programme.prospect import Prospect
from serai.records.scenario import Effect, Productivity, Scenario, Skills
from serai.scenario.evaluate import central_baseline
from serai.study import Study

ID = "programme"
GENERAL = "acts by a general assumption for its sector, not by data of its own"


@dataclass(frozen=True, slots=True)
class Act:
    """What one project does.

    Parameters
    ----------
    general : by the general assumption for its sector.
    measures : of a scenario; several where it lies in several countries.
    basis, source : of the row of `effects.csv`.
    """

    project: str
    general: bool
    basis: str
    source: str
    measures: tuple[Works | Productivity | Skills, ...]


def acts(projects: Iterable[Prospect], study: Study, atlas: Atlas) -> tuple[Act, ...]:
    """What each project does; those of which nothing is assumed are left out.

    Raises
    ------
    InputError : effects that make no sense.
    """
    effects = read_effects(study)
    own = {effect.project: effect for effect in effects if not effect.general}
    sizes = _sizes(atlas)
    found = []
    for project in projects:
        effect = own.get(project.id) or _general(effects, project.sector)
        if effect is not None:
            measures = _measures(effect, project, sizes)
            found.append(Act(project.id, effect.general, effect.basis, effect.source, measures))
    return tuple(found)


def acts_data(found: Iterable[Act]) -> pd.DataFrame:
    """One row a measure: project, kind, economies, growth or share with its range, basis, source."""
    columns = [
        "project",
        "general",
        "kind",
        "economies",
        "estimate",
        "low",
        "high",
        "unit",
        "basis",
        "source",
    ]
    rows = []
    for act in found:
        for measure in act.measures:
            effect = getattr(measure, "growth", None) or getattr(measure, "cut", None)
            number = (
                (None, None, None, "opens", act.basis, act.source)
                if effect is None
                else (effect.value, effect.low, effect.high, effect.unit, effect.basis, effect.source)
            )
            economies = ";".join(getattr(measure, "economies", ()))
            rows.append((act.project, act.general, measure.kind, economies, *number))
    return pd.DataFrame(rows, columns=columns)


def as_scenario(projects: Iterable[Prospect], study: Study, atlas: Atlas) -> Scenario:
    """The measures of all projects as one scenario, `programme`, that builds on nothing.

    Raises
    ------
    InputError : effects that make no sense; a study that has a scenario of this name.
    """
    if any(scenario.id == ID for scenario in study.scenarios):
        reason = "the study has a scenario named like its chosen programme"
        raise InputError(Problem(reason, "Give it another id.", field="id", value=ID))
    return Scenario(
        id=ID,
        title="The chosen programme",
        label="Chosen programme",
        question="What do the chosen projects do to the network and to economies?",
        rung=0,
        measure=tuple(measure for act in acts(projects, study, atlas) for measure in act.measures),
    )


def with_scenario(study: Study, scenario: Scenario) -> Study:
    """The same study with one scenario more: routes over the links that it opens are found too."""
    return replace(study, scenarios=(*study.scenarios, scenario))


Sizes = Mapping[str, Mapping[str, float]]
"""Kind of measure -> economy -> million USD a year that one hundred percent of growth is worth."""


def _sizes(atlas: Atlas) -> Sizes:
    base = central_baseline(reconcile(atlas), atlas)
    labour = (1 - base.capital_share) * base.value_added_share * base.output
    names = base.economies.names
    return {
        "productivity": dict(zip(names, map(float, base.output), strict=True)),
        "skills": dict(zip(names, map(float, np.broadcast_to(labour, base.output.shape)), strict=True)),
    }


def _general(effects: Iterable[ProjectEffect], sector: str) -> ProjectEffect | None:
    """The narrowest assumption that covers a sector."""
    covering = [effect for effect in effects if effect.covers(sector)]
    return max(covering, key=lambda effect: len(effect.sector), default=None)


def _measures(
    effect: ProjectEffect, project: Prospect, sizes: Sizes
) -> tuple[Works | Productivity | Skills, ...]:
    note = GENERAL if effect.general else ""
    if effect.on_network:
        return (effect.measure.model_copy(update={"name": project.name, "note": note}),)
    assert isinstance(project.stake, AppraisedStake)
    model = project.stake.model
    hosts = [country for country in project.countries if country in sizes[effect.kind]]
    benefit = float(model.full_use(model.central)[0]) / max(len(hosts), 1)
    kind: type[Productivity] | type[Skills] = Skills if effect.kind == "skills" else Productivity
    return tuple(
        kind.model_validate(
            {
                "kind": effect.kind,
                "name": project.name,
                "feasibility": LAW,
                "note": note,
                "economies": (host,),
                "growth": _growth(effect, benefit / sizes[effect.kind][host]),
            }
        )
        for host in hosts
    )


def _growth(effect: ProjectEffect, whole: float) -> Effect:
    """Growth as a share, where a reach of one is worth `whole`."""
    assert effect.reach is not None
    ranged = effect.low is not None and effect.high is not None
    return Effect(
        value=effect.reach * whole,
        low=effect.low * whole if effect.low is not None and ranged else None,
        high=effect.high * whole if effect.high is not None and ranged else None,
        shape="triangular" if ranged else "fixed",
        unit="share",
        basis=effect.basis,
        source=effect.source,
    )
