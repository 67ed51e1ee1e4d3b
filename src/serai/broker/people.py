"""Soft power: people exchange acts on skills and on information; what effect it would need to matter.

No source gives the effect of training places, volunteers or language courses on either, so none is assumed:
the question is turned round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from serai.axes import Array
from serai.equilibrium import Baseline, Shock, solve_draws
from serai.equilibrium.trade_capital import Deficits, Wealth
from serai.errors import InputError, Problem
from serai.shown import Shown

_SKILL_STEPS = np.linspace(0, 0.02, 21)  # growth of effective labour
_INFORMATION_STEPS = np.linspace(0, 4, 41)  # log points of investment


@dataclass(frozen=True, slots=True)
class Needed(Shown):
    """The effect that people exchange would need for a stated gain.

    Parameters
    ----------
    gain : the gain asked for, as a share of the region's real income. wealth : the closure.
    skills : growth of effective labour in the region; NaN beyond the largest tried.
    information : log points of the lead's investment in the region; NaN when no size tried gives the gain.
    information_gain : share of real income that the largest size tried gives.
    """

    gain: float
    wealth: str
    skills: float
    information: float
    information_gain: float


def people_exchange(
    baseline: Baseline,
    lead: Sequence[str],
    region: Sequence[str],
    *,
    skills: float = 0.0,
    information: float = 0.0,
) -> Shock:
    """People exchange as a shock: more effective labour, and a region better known to the lead's investors.

    Parameters
    ----------
    skills : growth of effective labour, 0.01 is one percent.
    information : log points of the lead's investment in the region at unchanged returns.
    """
    return _shock(baseline, lead, region, np.array([skills]), np.array([information])).take(np.array([0]))


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
    skilled = _gains(baseline, _shock(baseline, lead, region, _SKILL_STEPS, none), region, wealth, deficits)
    informed = _gains(
        baseline, _shock(baseline, lead, region, none, _INFORMATION_STEPS), region, wealth, deficits
    )
    return Needed(
        gain,
        wealth,
        _first_above(skilled, _SKILL_STEPS, gain),
        _first_above(informed, _INFORMATION_STEPS, gain),
        float(informed[-1]),
    )


def _shock(
    baseline: Baseline, lead: Sequence[str], region: Sequence[str], skills: Array, information: Array
) -> Shock:
    axis, size = baseline.economies, len(baseline.economies)
    inside, owners = axis.indices(region), axis.indices(lead)
    labour, openness = np.ones((len(skills), size)), np.ones((len(information), size, size))
    labour[:, inside] = 1 + skills[:, None]
    better = np.exp(information / float(baseline.capital_elasticity))
    openness[np.ix_(range(len(information)), owners, inside)] = better[:, None, None]
    count = max(len(skills), len(information))
    return Shock(
        labour=np.broadcast_to(labour, (count, size)), openness=np.broadcast_to(openness, (count, size, size))
    )


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
