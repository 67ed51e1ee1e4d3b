"""What a project brings each year at full use, through one channel only.

    given   a yearly gain from the corridors and the equilibrium; it replaces users' savings
    power   energy at the value of electricity, and carbon avoided on the grid
    people  years of schooling at their return in earnings
    prior   the sector's benefit-cost ratio: nothing of the project's own enters, so it is `assumed`

Two channels would count one gain twice, so asking for two is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from serai.axes import Array
from serai.draws import Uncertain
from serai.errors import InputError, Problem, UnknownNameError
from serai.programme.overruns import fixed
from serai.programme.parameters import class_of, parameters, reference_classes
from serai.programme.project import Project

CHANNELS = ("given", "power", "people", "prior")
HOURS = 24 * 365
RENEWABLE = ("solar", "wind", "hydro_dams")
"""Classes whose power replaces the grid's own mix; a gas plant needs a fuel balance that no source gives."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel with the drivers it needs.

    Parameters
    ----------
    name : one of `CHANNELS`.
    drivers : what its yearly benefit is made of, by short name.
    basis : `computed`, `estimated` or `assumed`.
    why : what it rests on, in words.
    """

    name: str
    drivers: Mapping[str, Uncertain]
    basis: str
    why: str


def channel_of(project: Project, gain: Uncertain | None = None, wanted: str | None = None) -> Channel:
    """The channel of a project: the gain given, else what its published size allows, else the prior.

    Parameters
    ----------
    gain : yearly gain in million USD at full use.
    wanted : insist on one channel.

    Raises
    ------
    InputError : a gain beside another channel, or a channel that lacks its data.
    """
    if wanted is not None and wanted not in CHANNELS:
        raise UnknownNameError("benefit channel", wanted, CHANNELS)
    if gain is not None and wanted not in (None, "given"):
        raise InputError(
            Problem(
                f"{project.id} would count its benefit twice",
                f"Give the gain or ask for {wanted}, not both: a project has one benefit channel.",
                field="channel",
                value=wanted,
            )
        )
    builders = {
        "given": lambda: _given(gain),
        "power": lambda: _power(project),
        "people": lambda: _people(project),
    }
    for name in builders if wanted is None else [wanted] if wanted in builders else []:
        channel = builders[name]()
        if channel is not None:
            return channel
        if wanted is not None:
            raise InputError(
                Problem(
                    f"{project.id} lacks what the channel {wanted} needs",
                    "given: a gain; power: capacity or energy of a renewable; people: people and schooling.",
                    field="channel",
                    value=wanted,
                )
            )
    return _prior(project)


def yearly(channel: Channel, at: Mapping[str, Array]) -> tuple[Array, Array]:
    """Benefit in million USD and carbon avoided in million tonnes, a year at full use.

    Parameters
    ----------
    at : values of the channel's drivers, shape (draws,). The prior has no yearly amount of its own.
    """
    if channel.name == "given":
        return at["gain"], np.zeros_like(at["gain"])
    if channel.name == "power":
        energy_twh = at["energy_gwh"] / 1000 if "energy_gwh" in at else _energy_twh(at)
        return energy_twh * at["power_value"], energy_twh * at["grid_factor"]
    if channel.name == "people":
        wages = at["people"] * at["yearly_earnings"] / 1000
        return wages * at["schooling_years"] * at["schooling_return"] / 100, np.zeros_like(wages)
    raise UnknownNameError("channel with a yearly amount", channel.name, CHANNELS)


def _energy_twh(at: Mapping[str, Array]) -> Array:
    return at["capacity_mw"] * at["capacity_factor_pct"] / 100 * HOURS / 1000 / 1000


def _given(gain: Uncertain | None) -> Channel | None:
    if gain is None:
        return None
    return Channel("given", {"gain": gain}, "computed", gain.source or "yearly gain given")


def _power(project: Project) -> Channel | None:
    kind = class_of(project.sector, project.reference_class)
    place = project.countries[0]
    if kind not in RENEWABLE or not parameters().has("grid_factor", place):
        return None
    drivers = {
        "power_value": parameters().of("power_value"),
        "grid_factor": parameters().of("grid_factor", place),
        "carbon_price": parameters().of("carbon_price"),
    }
    if project.energy_gwh:
        drivers["energy_gwh"] = fixed(f"energy_gwh:{project.id}", project.energy_gwh, "GWh a year")
        return Channel("power", drivers, "estimated", "published energy, assumed prices")
    if project.capacity_mw:
        drivers["capacity_mw"] = fixed(f"capacity_mw:{project.id}", project.capacity_mw, "MW")
        factor = reference_classes().of("capacity_factor_pct", kind)
        drivers["capacity_factor_pct"] = replace(factor, name=f"capacity_factor_pct:{project.id}")
        return Channel(
            "power", drivers, "estimated", "published capacity, class's capacity factor, assumed prices"
        )
    return None


def _people(project: Project) -> Channel | None:
    place = project.countries[0]
    if not (project.people and project.schooling and parameters().has("yearly_earnings", place)):
        return None
    drivers = {
        "people": fixed(f"people:{project.id}", project.people, "people"),
        "schooling_years": parameters().of("schooling_years", project.schooling),
        "schooling_return": parameters().of("schooling_return"),
        "yearly_earnings": parameters().of("yearly_earnings", place),
        "working_years": parameters().of("working_years"),
    }
    return Channel(
        "people", drivers, "estimated", "published numbers of people, assumed schooling and return"
    )


def _prior(project: Project) -> Channel:
    kind = class_of(project.sector, project.reference_class)
    ratio = replace(
        reference_classes().of("benefit_cost_ratio", kind), name=f"benefit_cost_ratio:{project.id}"
    )
    return Channel(
        "prior", {"benefit_cost_ratio": ratio}, "assumed", f"sector prior of {kind}: no data of its own"
    )
