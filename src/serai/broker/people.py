"""Soft power: people exchange acts on skills and on information; what effect it would need to matter.

No source gives the effect of training places, volunteers or language courses on either, so none is assumed:
the question is turned round. In a scenario the same is the measure `people`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from serai.axes import Array
from serai.broker.terms import parameters as rates
from serai.equilibrium import Baseline, Shock, solve_draws
from serai.equilibrium.trade_capital import Deficits, Wealth
from serai.errors import InputError, Problem
from serai.programme.parameters import parameters
from serai.shown import Shown

_SKILL_STEPS = np.linspace(0, 0.02, 21)  # growth of effective labour
_INFORMATION_STEPS = np.linspace(0, 4, 41)  # log points of investment, or of trade
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Needed(Shown):
    """The effect that people exchange would need for a stated gain.

    Parameters
    ----------
    gain : the gain asked for, as a share of the region's real income. wealth : the closure.
    skills : growth of effective labour in the region; NaN beyond the largest tried.
    investment, trade : log points of the lead's investment in the region, and of trade with it both ways; NaN
        when no size tried gives the gain.
    investment_gain, trade_gain : shares of real income that the largest size tried gives.
    """

    gain: float
    wealth: str
    skills: float
    investment: float
    trade: float
    investment_gain: float
    trade_gain: float


def gain_that_matters() -> float:
    """The gain that people exchange is asked about, a share of the region's real income."""
    return rates().of("people_gain").value


def trained(growth: float, schooling: str) -> float:
    """The share of those who work that must be reached for a growth of effective labour.

    Parameters
    ----------
    growth : 0.001 is a tenth of a percent.
    schooling : `course` or `degree`, which says how many years of schooling each gains.

    Examples
    --------
    >>> trained(0.0018, "degree")  # two years at nine percent each
    0.01
    """
    known = parameters()
    per_person = known.of("schooling_return").value / PERCENT * known.of("schooling_years", schooling).value
    return growth / per_person


def people_exchange(
    baseline: Baseline,
    lead: Sequence[str],
    region: Sequence[str],
    *,
    skills: float = 0.0,
    investment: float = 0.0,
    trade: float = 0.0,
) -> Shock:
    """People exchange as a shock: more effective labour, and a region and a lead that know each other better.

    Parameters
    ----------
    skills : growth of effective labour, 0.01 is one percent.
    investment : log points of the lead's investment in the region at unchanged returns.
    trade : log points of trade between them, both ways, at unchanged prices.
    """
    sizes = (np.array([size]) for size in (skills, investment, trade))
    return _shock(baseline, lead, region, *sizes).take(np.array([0]))


def needed_effect(
    baseline: Baseline,
    lead: Sequence[str],
    region: Sequence[str],
    gain: float,
    *,
    wealth: Wealth = "fixed",
    deficits: Deficits = "fixed",
) -> Needed:
    """How large each channel alone would have to be for a gain of the region's real income.

    Parameters
    ----------
    baseline : one world, no draws. gain : a share of real income, above zero.

    Raises
    ------
    InputError : a gain of zero or less.
    """
    if not gain > 0:
        raise InputError(
            Problem("no gain is asked for", "Give a share above zero.", field="gain", value=gain)
        )
    none = np.zeros(1)

    def gains(*sizes: Array) -> Array:
        return _gains(baseline, _shock(baseline, lead, region, *sizes), region, wealth, deficits)

    skilled = gains(_SKILL_STEPS, none, none)
    invested, traded = gains(none, _INFORMATION_STEPS, none), gains(none, none, _INFORMATION_STEPS)
    return Needed(
        gain,
        wealth,
        _first_above(skilled, _SKILL_STEPS, gain),
        _first_above(invested, _INFORMATION_STEPS, gain),
        _first_above(traded, _INFORMATION_STEPS, gain),
        float(invested[-1]),
        float(traded[-1]),
    )


def _shock(
    baseline: Baseline,
    lead: Sequence[str],
    region: Sequence[str],
    skills: Array,
    investment: Array,
    trade: Array,
) -> Shock:
    """One shock for each size; channels of one size hold for all."""
    axis, size = baseline.economies, len(baseline.economies)
    inside, owners = axis.indices(region), axis.indices(lead)
    count = max(len(skills), len(investment), len(trade))
    labour = np.ones((count, size))
    labour[:, inside] = 1 + skills[:, None]
    openness, cost = np.ones((count, size, size)), np.ones((count, size, size))
    every = range(count)
    better = np.exp(investment / float(baseline.capital_elasticity))[:, None, None]
    openness[np.ix_(every, owners, inside)] = better
    nearer = np.exp(-trade / float(baseline.trade_elasticity))[:, None, None]
    cost[np.ix_(every, owners, inside)] = cost[np.ix_(every, inside, owners)] = nearer
    return Shock(labour=labour, openness=openness, trade_cost=cost)


def _gains(
    baseline: Baseline, shock: Shock, region: Sequence[str], wealth: Wealth, deficits: Deficits
) -> Array:
    """The region's real income against today for each size."""
    spent = baseline.expenditure - (1 - baseline.value_added_share) * baseline.output
    inside = baseline.economies.indices(region)
    solved = solve_draws(baseline, shock, wealth=wealth, deficits=deficits, keep=["real_income"])
    return np.asarray(np.average(solved["real_income"][:, inside], axis=1, weights=spent[inside]) - 1)


def _first_above(gains: Array, sizes: Array, wanted: float) -> float:
    """Where a curve first reaches a gain; NaN when it never does."""
    above = np.flatnonzero(gains >= wanted)
    if not above.size:
        return float("nan")
    place = int(above[0])
    if place == 0:
        return float(sizes[0])
    low, high = gains[place - 1], gains[place]
    return float(sizes[place - 1] + (sizes[place] - sizes[place - 1]) * (wanted - low) / (high - low))
