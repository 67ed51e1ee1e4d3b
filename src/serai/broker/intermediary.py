"""The intermediary's counterfactual: what a broker between two regions would change, and what it would need.

    iota[o,h] = exp((b_language language + b_ties ties + share b_distance log(near[o,h])) / eps)
    near[o,h] = d[o,h] / sqrt(d[o,o] d[h,h])
    phi[o,h]  = max(1, m k iota[o,b] iota[b,h] / iota[o,h])

iota is the information part alone of the estimated frictions of investment: 1 is what an economy knows of
itself. Through a broker b two steps replace one, less its margin m. k is what the broker would have to be
better than its distances and languages say: k = 1 is the estimate, the break-even is where anything changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from serai.axes import Array, Axis
from serai.equilibrium import Baseline, Equilibrium, Shock, solve_draws
from serai.equilibrium.trade_capital import Deficits, Wealth
from serai.errors import InputError, Problem
from serai.shown import Shown

_LEVELS = np.linspace(0, 1.5, 31)  # log points of investment between two economies
_DOUBLE = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Counterfactual(Shown):
    """One broker between two regions. No such three-way project is known: a counterfactual.

    Parameters
    ----------
    broker : its name. wealth : the closure.
    stock : ([draws,]) change of the stock of investment between the regions, both ways, million USD, at the
        broker's estimated frictions.
    first, second, own : ([draws,]) change of real income of the two regions and of the broker, million USD.
    break_even : ([draws,]) log points of investment that the broker would have to add beyond what its
        distances, languages and past ties say for the first pair to change at all; 0 where one does now.
    """

    broker: str
    wealth: str
    stock: Array
    first: Array
    second: Array
    own: Array
    break_even: Array


def information(
    distance: Array,
    language: Array,
    ties: Array,
    coefficients: Mapping[str, Array | float],
    elasticity: Array | float,
    share: Array | float,
) -> Array:
    """iota above: the information part of openness to capital, ([draws,] N, N); 1 at home.

    Parameters
    ----------
    distance : (N, N), km, the inner distance on the diagonal. language, ties : (N, N), 0 or 1.
    coefficients : `distance`, `language`, `ties`: log points of investment, each () or (draws,).
    elasticity : of capital, () or (draws,). share : of the effect of distance that is information.

    Raises
    ------
    InputError : a distance that is missing, zero or negative.
    """
    if not (distance > 0).all():
        raise InputError(
            Problem("a distance is missing or not positive", "Give kilometres.", field="distance")
        )
    inner = np.diagonal(distance)
    apart = np.log(distance / np.sqrt(np.outer(inner, inner)))
    known = [np.asarray(coefficients[name])[..., None, None] for name in ("distance", "language", "ties")]
    part, epsilon = np.asarray(share)[..., None, None], np.asarray(elasticity)[..., None, None]
    home = np.eye(len(distance), dtype=bool)
    points = (
        part * known[0] * apart + known[1] * np.where(home, 0, language) + known[2] * np.where(home, 0, ties)
    )
    return np.asarray(np.exp(points / epsilon))


def through(
    iota: Array, economies: Axis, broker: Sequence[str], margin: Array | float, factor: Array | float = 1.0
) -> Array:
    """m k iota[o,b] iota[b,h] / iota[o,h], ([draws,] N, N), through the best member of the broker."""
    best: Array = np.zeros_like(iota)
    for b in economies.indices(broker):
        steps = iota[..., :, b, None] * iota[..., b, None, :]
        steps[..., b, :] = steps[..., :, b] = 0  # nobody needs a broker to reach the broker
        best = np.maximum(best, steps)
    scale = np.asarray(margin) * np.asarray(factor)
    return np.asarray(scale[..., None, None] * best / iota)


def opened(ratio: Array, economies: Axis, first: Sequence[str], second: Sequence[str]) -> Shock:
    """The shock: pairs between the two regions become as open as through the broker, where that is more."""
    between = np.zeros((len(economies), len(economies)), dtype=bool)
    rows, columns = economies.indices(first), economies.indices(second)
    between[np.ix_(rows, columns)] = between[np.ix_(columns, rows)] = True
    return Shock(openness=np.where(between, np.maximum(ratio, 1), 1.0))


def break_even(
    ratio: Array, economies: Axis, first: Sequence[str], second: Sequence[str], elasticity: Array | float
) -> Array:
    """Log points of investment from which the first pair between the regions would change, ([draws])."""
    rows, columns = economies.indices(first), economies.indices(second)
    best = np.maximum(
        ratio[..., rows, :][..., columns].max(axis=(-1, -2)),
        ratio[..., columns, :][..., rows].max(axis=(-1, -2)),
    )
    return np.asarray(np.asarray(elasticity) * np.maximum(0, -np.log(best)))


def intermediate(
    baseline: Baseline,
    iota: Array,
    brokers: Mapping[str, Sequence[str]],
    first: Sequence[str],
    second: Sequence[str],
    *,
    margin: Array | float,
    wealth: Wealth = "fixed",
    deficits: Deficits = "fixed",
) -> list[Counterfactual]:
    """The counterfactual of every candidate, the lowest break-even first.

    Parameters
    ----------
    baseline : with or without draws; its holdings are what brokers could add to: zeros stay zero.
    iota : ([draws,] N, N), see `information`. brokers : name -> economies.
    first, second : the two regions; a broker in one of them serves the pairs of its own region too.
    margin : what is left after the broker's margin, above 0 and at most 1, () or (draws,).

    Raises
    ------
    InputError : a margin outside 0 to 1, a world without holdings.
    """
    if not ((np.asarray(margin) > 0) & (np.asarray(margin) <= 1)).all():
        raise InputError(
            Problem("the margin leaves less than nothing or more than all", "Give above 0, at most 1.")
        )
    if baseline.holdings is None:
        raise InputError(Problem("capital is immobile in this world", "Give holdings.", field="holdings"))
    axis = baseline.economies
    spent = baseline.expenditure - (1 - baseline.value_added_share) * baseline.output
    found = []
    for name, codes in brokers.items():
        ratio = through(iota, axis, codes, margin)
        limit = break_even(ratio, axis, first, second, baseline.capital_elasticity)
        shock = opened(ratio, axis, first, second)
        if shock.openness is None or (shock.openness == 1).all():
            none = np.zeros(
                limit.shape
            )  # two steps cost more than one everywhere: the world is that of today
            found.append(Counterfactual(name, wealth, none, none, none, none, limit))
            continue
        stock, income = _solved(baseline, shock, first, second, wealth, deficits)
        gained = (income - 1) * spent
        one, other, own = (
            np.asarray(gained[..., axis.indices(group)].sum(axis=-1)) for group in (first, second, codes)
        )
        more = stock - _between(baseline.holdings, axis, first, second)
        found.append(Counterfactual(name, wealth, more, one, other, own, limit))
    return sorted(found, key=lambda row: float(np.median(row.break_even)))


def effect_to_double(
    baseline: Baseline,
    first: Sequence[str],
    second: Sequence[str],
    *,
    wealth: Wealth = "fixed",
    deficits: Deficits = "fixed",
) -> float:
    """Log points of investment on every pair between two regions that double the stock between them.

    One world, no draws; NaN when 1.5 log points do not double it (zeros stay zero).
    """
    axis, size = baseline.economies, len(baseline.economies)
    ratio = np.exp(_LEVELS / float(baseline.capital_elasticity))[:, None, None] * np.ones((size, size))
    stock, _ = _solved(baseline, opened(ratio, axis, first, second), first, second, wealth, deficits)
    grown = stock / stock[0]
    return float(np.interp(_DOUBLE, grown, _LEVELS, right=np.nan))


def _solved(
    baseline: Baseline,
    shock: Shock,
    first: Sequence[str],
    second: Sequence[str],
    wealth: Wealth,
    deficits: Deficits,
) -> tuple[Array, Array]:
    """The stock between the regions, ([draws]), and real income of all, ([draws,] N)."""
    alone = baseline.draws is None and shock.draws is None
    if alone:
        shock = Shock.compose([shock, Shock(transfer=np.zeros((1, len(baseline.economies))))])

    def reduce(result: Equilibrium) -> dict[str, Array]:
        assert result.fdi is not None
        return {
            "stock": _between(result.fdi, baseline.economies, first, second),
            "income": result.real_income,
        }

    solved = solve_draws(baseline, shock, wealth=wealth, deficits=deficits, reduce=reduce)
    stock, income = solved["stock"], solved["income"]
    return (stock[0], income[0]) if alone else (stock, income)


def _between(holdings: Array, axis: Axis, first: Sequence[str], second: Sequence[str]) -> Array:
    """Stocks between two regions, both ways, ([draws])."""
    rows, columns = axis.indices(first), axis.indices(second)
    one, other = holdings[..., rows, :][..., columns], holdings[..., columns, :][..., rows]
    return np.asarray(one.sum(axis=(-1, -2)) + other.sum(axis=(-1, -2)))
