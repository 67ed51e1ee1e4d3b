"""Where hours at borders are best taken off: the optimal policy under a budget of hours.

An instrument is an hour off one border, both ways, its fees falling in proportion; what it does to costs is
read off the measure `border_hours`, so that borders act here exactly as in a scenario.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from serai import html
from serai.atlas import reconcile
from serai.axes import Array
from serai.draws import Middle
from serai.equilibrium import Baseline, Instrument, OptimalPolicy, Shock, gradient_draws, optimal_policy
from serai.equilibrium._solvers.projected_gradient import Feasible
from serai.records.scenario import BorderHours, Effect
from serai.scenario.evaluate import WEALTH, Job
from serai.scenario.levers import Ground
from serai.scenario.measures import shock


@dataclass(frozen=True)
class BorderPolicy:
    """The best way to take some hours off borders, for the region's real income.

    Attributes
    ----------
    budget_hours : hours to take off in all; an hour both ways at one border counts once.
    borders : B pairs of neighbours. hours_today : (B,), the shorter of both directions.
    hours_off : (B,), the best amounts in the middle world, wealth fixed.
    first_order_usd_m : (B,), what the first hour is worth a year there. chosen : (B,), the share of draws in
        which the best hours by slopes include this border.
    gain : wealth -> (draws,), million USD a year of the whole programme, solved in every draw.
    first_order_gain : (draws,), the same by slopes, wealth fixed.
    policy : the search in the middle world: gap, starts, shadow price.
    """

    budget_hours: float
    borders: tuple[tuple[str, str], ...]
    hours_today: Array
    hours_off: Array
    first_order_usd_m: Array
    chosen: Array
    gain: dict[str, Array]
    first_order_gain: Array
    policy: OptimalPolicy

    def _repr_html_(self) -> str:
        columns = {
            "hours off": self.hours_off,
            "hours today": self.hours_today,
            "first hour, million USD a year": self.first_order_usd_m,
        }
        names = [" – ".join(pair) for pair in self.borders]
        return html.largest(names, columns, f"the best way to take {self.budget_hours:g} hours off", "border")


def best_border_hours(ground: Ground, budget_hours: float) -> BorderPolicy | None:
    """Where to take `budget_hours` off the region's borders; None for a study without borders.

    The best amounts are found in the world of medians by exact solves; the draws of `ground` say how much
    they are worth and how often slopes agree.

    Raises
    ------
    InputError : a budget that is negative or not a number.
    """
    job = ground.job
    borders = border_pairs(job)
    if not borders:
        return None
    middle = Ground.under(job, Middle(1, job.draws.seed), reconcile(job.atlas))
    hours = np.array(list(borders.values()))
    instruments = [
        Instrument(" – ".join(pair), Shock(trade_cost=np.exp(log[0])), most=borders[pair])
        for pair, log in hour_off(middle, borders).items()
    ]
    best = optimal_policy(
        _first(middle.base), instruments, middle.weights[0], budget=budget_hours, deficits=middle.deficits
    )
    logs = list(hour_off(ground, borders).values())
    slopes = gradient_draws(ground.base, ground.weights, deficits=ground.deficits)
    by_hour = np.stack([(slopes.trade_cost * log).sum(axis=(1, 2)) for log in logs], axis=1)
    feasible = Feasible(hours, budget_hours)
    programme = np.exp(sum(amount * log for amount, log in zip(best.amounts, logs, strict=True)))
    return BorderPolicy(
        budget_hours=budget_hours,
        borders=tuple(borders),
        hours_today=hours,
        hours_off=best.amounts,
        first_order_usd_m=best.base_slopes,
        chosen=np.mean([feasible.best(slope * hours)[0] > 0 for slope in by_hour], axis=0),
        gain={wealth: ground.exact_gain(Shock(trade_cost=programme), wealth) for wealth in WEALTH},
        first_order_gain=by_hour @ best.amounts,
        policy=best,
    )


def border_pairs(job: Job) -> dict[tuple[str, str], float]:
    """Neighbours with open borders, and the hours that can go: those of the shorter direction.

    The hours of a border are the mean of its crossings.
    """
    network = job.transport.network
    edges = np.flatnonzero((network.kind == "border") & network.open)
    found: dict[tuple[str, str], list[float]] = {}
    for edge in edges:
        exporter, importer = network.crossings[network.crossing[edge]].split("/")[1].split(">")
        found.setdefault((exporter, importer), []).append(float(network.hours[edge]))
    hours = {sides: float(np.mean(each)) for sides, each in found.items()}
    inside = set(job.study.about.region.economies)
    pairs: dict[tuple[str, str], float] = {}
    for a, b in hours:
        if a in inside and (b, a) in hours and (b, a) not in pairs:
            pairs[a, b] = min(hours[a, b], hours[b, a])
    return {pair: left for pair, left in pairs.items() if left > 0}


def hour_off(ground: Ground, borders: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], Array]:
    """What an hour off each border does to the log of trade costs: border -> (draws, N, N)."""
    return {pair: np.log(_without(ground, *pair)) / left for pair, left in borders.items()}


def _without(ground: Ground, first: str, second: str) -> Array:
    """Ratios of trade costs without the hours and fees of one border, (draws, N, N)."""
    whole = Effect(value=1, unit="share of hours and fees", basis="assumed", source="all of it")
    name = f"{first} – {second}"
    measure = BorderHours(
        kind="border_hours", name=name, feasibility="not asked", between=(first,), also=(second,), cut=whole
    )
    cost = shock([(f"policy/{name}", measure)], ground.seen).trade_cost
    assert cost is not None  # the measure acts through trade costs
    return cost


def _first(base: Baseline) -> Baseline:
    """The one draw of a base year as a world without draws."""
    return replace(
        base,
        **{
            name: getattr(base, name)[0] for name, length in base.draw_lengths().items() if length is not None
        },
    )
