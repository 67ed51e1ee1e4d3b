"""Costs and benefits of a project year by year: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from serai.axes import Array

Drivers = Mapping[str, Array]
"""Name of a driver -> its values, shape (draws,)."""


@dataclass(frozen=True, slots=True)
class Flows:
    """Yearly amounts in million USD, each of shape (draws, years), zero or more.

    `debt` is what lenders get back less what they pay in, so it starts below zero.
    """

    capital: Array
    upkeep: Array
    benefit: Array
    carbon: Array
    debt: Array

    @property
    def costs(self) -> Array:
        return self.capital + self.upkeep + self.debt

    @property
    def gains(self) -> Array:
        return self.benefit + self.carbon

    @property
    def net(self) -> Array:
        return self.gains - self.costs


def yearly_flows(at: Drivers, benefit_usd_m: Array, carbon_mt: Array, ramp_years: float) -> Flows:
    """Spread a project over its years.

    Capital is spent evenly over construction, which lasts as long as planned plus the overrun; use rises
    evenly over the ramp from the day it opens, then stays full to the end of its life. Years may be broken.

    Parameters
    ----------
    at : `cost_usd_m`, `cost_overrun_pct`, `construction_years`, `time_overrun_pct`, `upkeep_pct` (of the
        estimated cost, a year in use), `benefit_realised`, `life_years`, `carbon_price`; shape (draws,).
    benefit_usd_m, carbon_mt : a year at full use, shape (draws,).
    ramp_years : years to full use.
    """
    opening = at["construction_years"] * (1 + at["time_overrun_pct"] / 100)
    year = np.arange(int(np.ceil((opening + at["life_years"]).max())))
    opens, life = opening[:, np.newaxis], at["life_years"][:, np.newaxis]
    built = np.clip(opens - year, 0, 1) / opens
    age_before, age_after = np.clip(year - opens, 0, life), np.clip(year + 1 - opens, 0, life)
    use = _full_years(age_after, ramp_years) - _full_years(age_before, ramp_years)
    realised = use * at["benefit_realised"][:, np.newaxis]
    cost, price = at["cost_usd_m"][:, np.newaxis], at["carbon_price"][:, np.newaxis]
    return Flows(
        capital=cost * (1 + at["cost_overrun_pct"][:, np.newaxis] / 100) * built,
        upkeep=cost * at["upkeep_pct"][:, np.newaxis] / 100 * (age_after - age_before),
        benefit=benefit_usd_m[:, np.newaxis] * realised,
        carbon=carbon_mt[:, np.newaxis] * price * realised,
        debt=np.zeros_like(use),
    )


def _full_years(age: Array, ramp_years: float) -> Array:
    """Years of full use that a project of this age has given: the integral of the ramp."""
    if ramp_years == 0:
        return age
    return np.where(age < ramp_years, age**2 / (2 * ramp_years), age - ramp_years / 2)
