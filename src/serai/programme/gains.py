"""What works on the network bring a year: measures through network and equilibrium, in million USD.

WorksWorld.of(study, atlas, works)          the world at its middle values, with the routes the works open
network_gains(study, atlas, standing)       the yearly gain of each project of effects.csv, for its appraisal
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from serai.atlas import Atlas, reconcile
from serai.axes import Array, Axis
from serai.draws import Middle, Uncertain
from serai.equilibrium import Baseline, Shock, solve_draws
from serai.programme.effects import ProjectEffect, Works, network_effects
from serai.records.scenario import Link
from serai.scenario.context import Context
from serai.scenario.evaluate import baseline, context, prepare
from serai.scenario.freight import study_transport
from serai.scenario.measures import shock
from serai.study import Study

HOST = "host"


@dataclass(frozen=True, slots=True, eq=False)
class WorksWorld:
    """The world at the middle of every uncertain input.

    Attributes
    ----------
    absorption : (N,), million USD a year that real income stands for.
    deficits : the study's closure of trade balances.
    """

    economies: Axis
    base: Baseline
    seen: Context
    absorption: Array
    deficits: Literal["fixed", "proportional", "none"]

    @classmethod
    def of(cls, study: Study, atlas: Atlas, works: Iterable[Works]) -> WorksWorld:
        """Lay it out, with the routes over every link that some of the works open."""
        opened = [name for work in works if isinstance(work, Link) for name in work.opens]
        middle = Middle(1, 0)
        job = prepare(study, atlas, middle, [], study_transport(study, atlas, opened))
        world = reconcile(atlas)
        seen = context(job, middle, world)
        drawn = baseline(world, seen.inputs)
        base = replace(
            drawn,
            trade_elasticity=drawn.trade_elasticity.reshape(()),
            capital_elasticity=drawn.capital_elasticity.reshape(()),
        )
        absorption = np.asarray(base.expenditure - (1 - base.value_added_share) * base.output)
        return cls(atlas.economies, base, seen, absorption.reshape(-1), study.about.settings.deficits)

    @classmethod
    def of_study(cls, study: Study, atlas: Atlas) -> WorksWorld | None:
        """The world of all works in `effects.csv`; None when there are none."""
        effects = network_effects(study)
        return cls.of(study, atlas, [effect.measure for effect in effects]) if effects else None

    def gain(self, works: Sequence[tuple[str, Works]]) -> Array:
        """Real income with the works built whole, (N,), million USD a year more; capital is fixed.

        `works` are pairs of a key, which names their uncertain inputs, and the measure.
        """
        return np.asarray(self.gains([works])[0])

    def gains(self, sets: Sequence[Sequence[tuple[str, Works]]]) -> Array:
        """The same of several sets of works side by side, (sets, N)."""
        costs = [shock(works, self.seen).trade_cost for works in sets]
        found = solve_draws(
            self.base,
            Shock(trade_cost=np.concatenate([cost for cost in costs if cost is not None])),
            deficits=self.deficits,
            keep=("real_income",),
            throw=True,
            threads=1,
        )
        return np.asarray((found.real_income - 1) * self.absorption)


def network_gains(
    study: Study, atlas: Atlas, standing: str = "world", world: WorksWorld | None = None
) -> dict[str, Uncertain]:
    """The yearly gain of each project of `effects.csv` by itself, as an input of its appraisal.

    Parameters
    ----------
    standing : `host` counts the gain of the project's own countries, anything else that of all economies.
    world : `WorksWorld.of_study`, where it is at hand.

    Returns
    -------
    project -> gain in million USD at full use. The range is that of the cut in `effects.csv`, with
    everything else at its middle; a link that opens has none.

    Raises
    ------
    InputError : effects that make no sense.
    """
    world = world or WorksWorld.of_study(study, atlas)
    if world is None:
        return {}
    economies = world.economies
    places = {project.id: project.countries for project in study.records.projects}
    effects = network_effects(study)
    ends = [_ends(effect) for effect in effects]
    solved = iter(world.gains([works for each in ends for works in each]))
    found = {}
    for effect, each in zip(effects, ends, strict=True):
        own = places[effect.project] if standing == HOST else economies
        counted = economies.indices([code for code in own if code in economies])
        found[effect.project] = _gain(effect, [float(next(solved)[counted].sum()) for _ in each])
    return found


def _ends(effect: ProjectEffect) -> list[list[tuple[str, Works]]]:
    """The works at the value of the cut, and at both ends of its range."""
    cuts = dict.fromkeys(cut for cut in (effect.cut, effect.low, effect.high))
    steps = [
        effect.model_copy(update={"cut": cut, "low": None, "high": None}) for cut in cuts if cut is not None
    ]
    return [[(f"gains/{step.project}/{step.cut}", step.measure)] for step in steps or [effect]]


def _gain(effect: ProjectEffect, yearly: Sequence[float]) -> Uncertain:
    low, high = min(yearly), max(yearly)
    return Uncertain(
        f"gain:{effect.project}",
        yearly[0],
        low if low < high else None,
        high if low < high else None,
        shape="triangular" if low < high else "fixed",
        unit="million USD a year",
        basis=effect.basis,
        source=f"network and equilibrium; {effect.source}",
    )
