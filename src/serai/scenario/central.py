"""A scenario at the middle of every uncertain input: one world, with the traffic of every edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from serai import html
from serai.atlas import Atlas, reconcile
from serai.axes import Array
from serai.draws import Middle
from serai.equilibrium import Equilibrium, Shock, solve
from serai.scenario.coupling import MILLION, Coupling, edge_table
from serai.scenario.evaluate import context, prepare
from serai.scenario.measures import changes, shock
from serai.scenario.transport import EdgeChange, Transport
from serai.study import Study


@dataclass(frozen=True, slots=True, eq=False)
class Central:
    """One scenario in one world.

    Attributes
    ----------
    coupling : the world before.
    edges : what is left of each edge, and what opens.
    equilibrium : the equilibrium after all measures, medium run.
    usd_m : (C, E), traffic by class, million USD a year. tonnes : (E,), all classes.
    """

    coupling: Coupling
    edges: EdgeChange
    equilibrium: Equilibrium
    usd_m: Array
    tonnes: Array

    def _repr_html_(self) -> str:
        columns = {"real_income, %": html.percent(self.equilibrium.real_income)}
        return html.largest(self.equilibrium.economies.names, columns, "every uncertain input at its median")


def central(study: Study, atlas: Atlas, scenario: str, transport: Transport | None = None) -> Central:
    """Solve one scenario with every uncertain input at its median, congestion apart."""
    middle = Middle(1, 0)
    job = prepare(study, atlas, middle, [scenario], transport)
    seen = context(job, middle, reconcile(atlas))
    total = changes(study.measures(scenario), seen)
    change = shock(study.measures(scenario), seen)
    coupling = Coupling.of(study, atlas, job.transport)
    found = solve(
        coupling.baseline,
        Shock(*(None if ratio is None else ratio[0] for ratio in _ratios(change))),
        wealth="fixed",
        deficits=study.about.settings.deficits,
    )
    theta = coupling.theta
    goods = coupling.goods * np.exp(-theta * total.goods_cost[0])
    goods = goods / (goods + 1 - coupling.goods)
    usd_m = edge_table(coupling.way, goods, theta, total.edges, found.trade[np.newaxis])[:, 0]
    return Central(coupling, total.edges, found, usd_m, (usd_m * MILLION / coupling.way.values).sum(axis=0))


def _ratios(change: Shock) -> tuple[Array | None, ...]:
    return change.trade_cost, change.openness, change.productivity, change.labour
