"""What a way costs as a share of the value of the goods, by class of cargo.

    g = usd / value + value_of_day * (hours + reliability * sd) / 24

so that kappa = exp(sum g) along a way is what the goods cost on arrival over what they cost at the start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from serai.atlas.network import NetworkTables
from serai.axes import Array
from serai.draws import Uncertain
from serai.errors import UnknownNameError

HOURS_PER_DAY = 24
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Cargo:
    """One class of goods.

    Attributes
    ----------
    name : key, for example `machinery`.
    title : in words.
    sectors : sectors of the atlas that belong to it.
    value_usd_per_tonne : what a tonne is worth; infinite where it is not known (then money does not count).
    value_of_day : share of the value that a day of delay costs.
    reliability : worth of an hour of standard deviation over the worth of an hour.
    rail_rate : the part of the rate of a container that the class pays on railways; bulk goods pay less.
    on_network : False for pipelines and services: their costs stay as they are.
    containers : goes in containers, and so only over terminals that handle them.
    value_usd_per_teu : what a box of it is worth, empty and half-empty ones included; infinite, so no boxes,
        for what does not go in containers.
    """

    name: str
    title: str
    sectors: tuple[str, ...]
    value_usd_per_tonne: float
    value_of_day: float
    reliability: float
    on_network: bool
    containers: bool
    rail_rate: float = 1
    value_usd_per_teu: float = float("inf")

    def cost(self, usd_per_tonne: Array, hours: Array, hours_sd: Array) -> Array:
        """Generalised cost as a log share of the value; any shapes that broadcast.

        Examples
        --------
        >>> food = Cargo("food", "Food", ("A01",), 1000.0, 0.01, 0.5, True, True)
        >>> round(float(food.cost(np.array(50.0), np.array(48.0), np.array(24.0))), 6)
        0.075
        """
        days = (np.asarray(hours) + self.reliability * np.asarray(hours_sd)) / HOURS_PER_DAY
        return np.asarray(usd_per_tonne) / self.value_usd_per_tonne + self.value_of_day * days


def read_cargo(tables: NetworkTables, parameter: Callable[[str], Uncertain]) -> tuple[Cargo, ...]:
    """The classes of the table `cargo`, with the value of a day and of reliability of the atlas.

    Examples
    --------
    >>> from serai.atlas import load
    >>> from serai.atlas.network import load_network
    >>> [cargo.name for cargo in read_cargo(load_network(), load().parameter)][:3]
    ['machinery', 'consumer', 'food']
    """
    per_day = parameter("value_of_day_pct").value / PERCENT
    reliability = parameter("reliability_ratio").value
    per_teu = parameter("value_of_teu_usd").value
    return tuple(
        Cargo(
            row.cargo,
            row.name,
            tuple(row.sectors.split()),
            float("inf") if np.isnan(row.value_usd_per_tonne) else float(row.value_usd_per_tonne),
            per_day * float(row.time_sensitive),
            reliability,
            bool(row.on_network),
            bool(row.containers),
            float(row.rail_rate),
            float(per_teu) if row.containers else float("inf"),
        )
        for row in tables.rows("cargo")
    )


def find_cargo(name: str, known: Sequence[Cargo]) -> Cargo:
    """One class by its key; `UnknownNameError` with the nearest for another."""
    for cargo in known:
        if cargo.name == name:
            return cargo
    raise UnknownNameError("class of cargo", name, [cargo.name for cargo in known])
