"""What a planned line is worth: the time and money that it saves, and the choice that it adds.

A new line cuts the cost of some goods on their cheapest way. Beside that it is one more way to go: goods for
which it suits better than the cheapest (other days, other origins, other risks) take it, and the logit of
routes counts that as a gain. The first part is what a timetable shows; the second rests on the elasticities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from serai.axes import Array
from serai.equilibrium import Shock, solve
from serai.errors import UnknownNameError
from serai.scenario.coupling import Coupling, income_weights
from serai.scenario.transport import EdgeChange
from serai.shown import Rows, Shown


@dataclass(frozen=True, slots=True)
class Opening(Shown):
    """The worth of one project to some economies, million USD a year of real income, medium run.

    Attributes
    ----------
    project : its key.
    saved : with the cost of each pair of places that of its cheapest way.
    worth : with all ways, as everywhere else.
    """

    project: str
    saved: float
    worth: float

    @property
    def choice(self) -> float:
        """What further ways bring beside the cheapest."""
        return self.worth - self.saved


def opening_values(
    coupling: Coupling, outcome: str | Sequence[str], projects: Sequence[str]
) -> Rows[Opening]:
    """The worth of opening each project alone, by exact solves, congestion apart.

    Parameters
    ----------
    coupling : the world; its routes must know the projects (`study_transport(..., also=projects)`).
    outcome : economies whose real income counts.
    projects : links or projects of the network that are closed in the base, or change links of today.

    Raises
    ------
    UnknownNameError : for a project without a route in the world.
    """
    weights = income_weights(coupling.baseline, outcome)
    return Rows(_opening(coupling, weights, project) for project in projects)


def opening(coupling: Coupling, project: str) -> EdgeChange:
    """The network with one project done."""
    transport = coupling.way.transport
    network = transport.network
    planned = network.of([project]) & ~network.open
    if planned.any() and not (transport.routes.uses @ planned.astype(float)).any():
        known = [name for name in dict.fromkeys(network.projects.tolist()) if name]
        raise UnknownNameError("project with routes", project, known)
    return coupling.unchanged().with_projects(network, [project])


def _opening(coupling: Coupling, weights: Array, project: str) -> Opening:
    change = opening(coupling, project)
    costs = coupling.way.least_cost(change)
    saved, worth = (
        _gain(coupling, weights, cost)
        for cost in (coupling.cost_of_trade(costs), coupling.trade_cost(change))
    )
    return Opening(project, saved, worth)


def _gain(coupling: Coupling, weights: Array, trade_cost: Array) -> float:
    found = solve(
        coupling.baseline, Shock(trade_cost=trade_cost), wealth=coupling.wealth, deficits=coupling.deficits
    )
    return float(weights @ (np.asarray(found.real_income) - 1))
