"""The network as a scenario leaves it, for those who ask about routes rather than incomes."""

from __future__ import annotations

from dataclasses import replace

from serai.atlas import Atlas, reconcile
from serai.corridors.network import Network
from serai.draws import Middle
from serai.scenario.evaluate import context, prepare
from serai.scenario.measures import changes
from serai.study import Study


def network_after(study: Study, atlas: Atlas, scenario: str) -> Network:
    """The network of a study after all measures of a scenario, every uncertain effect at its median.

    Congestion apart: hours do not answer to traffic.

    Raises
    ------
    UnknownNameError : for a scenario that the study does not have.
    """
    middle = Middle(1, 0)
    measures = study.measures(scenario)
    job = prepare(study, atlas, middle, [scenario])
    edges = changes(measures, context(job, middle, reconcile(atlas))).edges
    network = job.transport.network
    hours, usd = edges.hours[0], edges.usd[0]
    return replace(
        network,
        hours=network.hours * hours,
        hours_low=network.hours_low * hours,
        hours_high=network.hours_high * hours,
        usd=network.usd * usd,
        open=network.open | edges.opened,
        capacity=network.capacity + edges.room,
    )
