"""The programme under other rules: budgets, quality, floors. Each line is solved again, with its gap.

budget_frontier(programme, scales)        benefit against budget
quality_frontier(programme, levels)       benefit against the least mean quality
floor_frontier(programme, area, shares)   benefit against a floor, and what is missing to meet it in full
quality_pays(programme)                   what the quality rule costs, and when it would pay
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from serai.axes import Array
from serai.draws import Interval, Uncertain, interval
from serai.executors import Executor, Serial
from serai.programme.parameters import parameters
from serai.programme.portfolio import Programme, otherwise
from serai.programme.rules import Limit, Rules


def budget_frontier(
    programme: Programme,
    scales: Sequence[float],
    executor: Executor | None = None,
    *,
    gap: float | None = None,
) -> pd.DataFrame:
    """Net benefit when every budget is scaled: total, by year and by instrument.

    Parameters
    ----------
    gap : at which a line counts as solved; that of the rules by default.

    Returns
    -------
    A row for each scale: budget_usd_m, projects, amount_usd_m, value, bound; NaN where no programme obeys.
    """
    rules = [_with_budget(programme.rules, scale) for scale in scales]
    order = [int(place) for place in np.argsort(scales, kind="stable")]
    answers = _eased(list(_all(programme, rules, executor, gap)), order)
    found = zip(scales, rules, answers, strict=True)
    return pd.DataFrame(
        [
            {"scale": scale, "budget_usd_m": each.budget.total_usd_m, **_row(answer)}
            for scale, each, answer in found
        ]
    )


def quality_frontier(
    programme: Programme,
    levels: Sequence[float],
    executor: Executor | None = None,
    *,
    gap: float | None = None,
) -> pd.DataFrame:
    """Net benefit when the least mean quality is set to each level; NaN where no programme reaches it.

    `gap` is that at which a line counts as solved; that of the rules by default.
    """
    rules = [_with_quality(programme.rules, level) for level in levels]
    order = [int(place) for place in np.argsort(levels, kind="stable")[::-1]]
    found = _eased(list(_all(programme, rules, executor, gap)), order)
    return pd.DataFrame(
        [
            {"least_weighted": level, "quality": _quality(answer), **_row(answer)}
            for level, answer in zip(levels, found, strict=True)
        ]
    )


def floor_frontier(
    programme: Programme, area: str, shares: Sequence[float], executor: Executor | None = None
) -> pd.DataFrame:
    """Net benefit when an area must have each share of the programme.

    Returns
    -------
    A row for each share: projects, amount_usd_m, value, bound, area_usd_m (what the area gets), and
    missing_usd_m: how much more there would have to be in the area to meet the share without making the
    programme smaller than it is without any floor for it.
    """
    rules = programme.rules
    asked = [_with_floor(rules, area, None), *(_with_floor(rules, area, share) for share in shares)]
    order = [1 + int(place) for place in np.argsort(shares, kind="stable")[::-1]]
    free, *answers = _eased(list(_all(programme, asked, executor)), [*order, 0])
    size = float("nan") if free is None else free.amount_usd_m
    layout = programme.model.layout
    inside = np.array([p.area == area for p in layout.projects])
    open_now = float(layout.amounts[inside].sum())
    rows = []
    for share, found in zip(shares, answers, strict=True):
        got = float("nan") if found is None else sum(
            pick.amount_usd_m for pick in found.picks if pick.project.area == area
        )  # fmt: skip
        missing = max(0.0, (share * size - open_now) / (1 - share)) if share < 1 else float("inf")
        rows.append({"share": share, **_row(found), "area_usd_m": got, "missing_usd_m": missing})
    return pd.DataFrame(rows).assign(open_usd_m=open_now)


@dataclass(frozen=True, slots=True, eq=False)
class QualityPays:
    """The programme with the quality rule beside the one without: quality against quantity.

    Parameters
    ----------
    cost_usd_m : net benefit without the rule less with it, shape (draws,).
    quality_with, quality_without : weighted by amount.
    break_even_points : percentage points of mean overrun that the rule must take off the programme to pay
        for itself, shape (draws,); NaN when the programme under the rule is empty.
    assumed : what is assumed of the effect; its range includes zero.
    """

    with_rule: Programme
    without_rule: Programme
    cost_usd_m: Array
    break_even_points: Array
    assumed: Uncertain

    @property
    def cost(self) -> Interval:
        return interval(self.cost_usd_m)

    @property
    def break_even(self) -> Interval:
        """Where it includes zero, the draws do not tell whether the rule costs anything."""
        return interval(self.break_even_points)

    def summary(self) -> str:
        """In two lines, without a verdict."""
        cost, even = self.cost, self.break_even
        lines = (
            f"quality {self.with_rule.quality:.3f} with the rule ({len(self.with_rule.picks)} projects), "
            f"{self.without_rule.quality:.3f} without ({len(self.without_rule.picks)}); the rule costs "
            f"{cost.estimate:,.0f} USD m ({cost.low:,.0f} to {cost.high:,.0f})",
            f"it pays from {even.estimate:.1f} points of mean overrun saved ({even.low:.1f} to "
            f"{even.high:.1f}); assumed are {self.assumed.value:g} ({self.assumed.low:g} to "
            f"{self.assumed.high:g}), so nothing is decided",
        )
        return "\n".join(lines)


def quality_pays(programme: Programme, least: float) -> QualityPays | None:
    """Compare the programme under a least mean quality with the one without; None when one does not exist.

    Where the rule takes e points off the mean overrun of what is chosen under it, it saves e / 100 of that
    amount, so it pays from e = 100 (V without - V with) / amount with.
    """
    strict = otherwise(programme, _with_quality(programme.rules, least))
    free = otherwise(programme, _with_quality(programme.rules, None))
    if strict is None or free is None:
        return None
    cost = free.value_usd_m - strict.value_usd_m
    amount = strict.amount_usd_m
    even = 100 * cost / amount if amount else np.full_like(cost, np.nan)
    return QualityPays(strict, free, cost, even, parameters().of("quality_overrun_effect"))


def _all(
    programme: Programme, rules: Iterable[Rules], executor: Executor | None, gap: float | None = None
) -> Iterator[Programme | None]:
    """The programmes under each set of rules."""
    coarse = [
        one if gap is None or one == programme.rules else _with_gap(one, max(gap, one.solver.gap))
        for one in rules
    ]
    yield from (executor or Serial()).map(partial(otherwise, programme), coarse)


def _eased(found: list[Programme | None], order: Sequence[int]) -> list[Programme | None]:
    """Programmes under rules from the strictest to the loosest, in the order given.

    What obeys a stricter rule obeys a looser one: where the solver stopped short of it, it is taken over.
    """
    best: Programme | None = None
    for place in order:
        here = found[place]
        if best is not None and (here is None or here.answer.value < best.answer.value):
            bound = best.answer.bound if here is None else max(here.answer.bound, best.answer.value)
            value = best.answer.value
            gap = (bound - value) / abs(value) if value else 0
            found[place] = replace(best, answer=replace(best.answer, bound=bound, gap=gap))
        best = found[place]
    return found


def _with_gap(rules: Rules, gap: float) -> Rules:
    return rules.model_copy(update={"solver": rules.solver.model_copy(update={"gap": gap})})


def _with_budget(rules: Rules, scale: float) -> Rules:
    budget = rules.budget
    scaled = budget.model_copy(
        update={
            "total_usd_m": budget.total_usd_m * scale,
            "yearly_usd_m": tuple(limit * scale for limit in budget.yearly_usd_m),
            "instruments_usd_m": {k: limit * scale for k, limit in budget.instruments_usd_m.items()},
        }
    )
    return rules.model_copy(update={"budget": scaled})


def _with_floor(rules: Rules, area: str, share: float | None) -> Rules:
    """The same with this floor for an area, in the place of the one it has."""
    floors: list[Limit] = []
    for floor in rules.floor:
        if floor.of != ("area", area):
            floors.append(floor)
        elif share is not None:
            floors.append(Limit(area=area, share=share))
            share = None
    if share is not None:
        floors.append(Limit(area=area, share=share))
    return rules.model_copy(update={"floor": tuple(floors)})


def _with_quality(rules: Rules, least: float | None) -> Rules:
    return rules.model_copy(update={"quality": rules.quality.model_copy(update={"least_weighted": least})})


def _quality(found: Programme | None) -> float:
    return float("nan") if found is None else found.quality


def _row(found: Programme | None) -> dict[str, float]:
    if found is None:
        return {"projects": 0, **dict.fromkeys(("amount_usd_m", "value", "bound"), float("nan"))}
    return {
        "projects": len(found.picks),
        "amount_usd_m": found.amount_usd_m,
        "value": found.answer.value,
        "bound": found.answer.bound,
    }
