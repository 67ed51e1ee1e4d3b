"""The programme beside the usual shortcut: take projects in order of their benefit-cost ratio.

The shortcut fills the budgets and breaks no ceiling, exclusion or gate; floors, shares and quality it does
not know. It is compared with the best programme under the same limits, so the difference is the method's
alone, and with the recommended programme, whose further rules it breaks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from serai.axes import Array
from serai.draws import Interval, interval
from serai.programme.constraints import build
from serai.programme.model import Model
from serai.programme.picture import Value
from serai.programme.portfolio import Programme, benefit, programme
from serai.programme.solver import Answer, solve

IGNORED = ("floor.", "cap.", "quality.", "lock.", "either_or.", "package.", "precedence.")
"""Rules that a list in order of ratios does not know."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The shortcut's programme.

    Parameters
    ----------
    ranked : its projects. best : the best programme under the same limits.
    broken : rules of the full set that it breaks.
    lost_usd_m : what it brings less than the best under the same limits, shape (draws,).
    """

    ranked: Programme
    best: Programme
    broken: tuple[str, ...]
    lost_usd_m: Array

    @property
    def lost(self) -> Interval:
        return interval(self.lost_usd_m)

    @property
    def mean_lost_usd_m(self) -> float:
        """The mean difference: both are chosen by the mean."""
        return float(self.lost_usd_m.mean())

    def summary(self) -> str:
        """In two lines."""
        lines = [
            f"in order of benefit-cost ratio: {len(self.ranked.picks)} projects, mean net benefit "
            f"{self.ranked.mean_usd_m:,.0f} USD m; the best under the same limits brings "
            f"{self.mean_lost_usd_m:,.0f} more",
            "the list breaks " + (", ".join(self.broken) if self.broken else "no rule"),
        ]
        return "\n".join(lines)


def ranking(recommended: Programme, value: Value | None = None) -> Ranking:
    """Take projects in order of their ratio while limits allow, each whole and as early as it can start.

    Parameters
    ----------
    value : of sets of interacting projects, where the recommended programme was chosen with one: both lists
        are valued by it, not by the picture around another set.

    The ratio is that of the means: what comes back over what is paid. Ties are broken by name; projects that
    bring back less than they cost are not taken.
    """
    model = recommended.model
    limits = model.only(name for name in model.rules if not name.startswith(IGNORED))
    plain = build(replace(model.layout, picture=None)).only(limits.rules)
    columns = limits.completed(_fill(plain)[: model.layout.columns])
    solver = recommended.rules.solver
    answer = solve(limits, solver.gap, solver.time_limit_s)
    best = programme(limits, answer)
    listed = float(model.gain @ columns)
    taken = Answer("stopped", columns, listed, answer.bound, (answer.bound - listed) / abs(listed or 1), 0)
    return Ranking(
        programme(limits, taken),
        best,
        tuple(name for name in model.broken(columns) if name),
        _worth(limits, answer.columns, value) - _worth(limits, columns, value),
    )


def _worth(model: Model, columns: Array, value: Value | None) -> Array:
    """The benefit of a choice in each draw, its interacting projects at the true value of their set."""
    found, picture, layout = benefit(model, columns), model.layout.picture, model.layout
    if value is None or picture is None:
        return found
    started = layout.project[columns[: layout.project.size] > 1 / 2]
    inside = frozenset({layout.projects[place].id for place in started} & set(picture.singles))
    return found - picture.value(inside) + value(inside)


def _fill(model: Model) -> Array:
    """The columns of the list, taken one after the other."""
    layout = model.layout
    columns, high = np.zeros(model.gain.size), np.array([row.high for row in model.rows])
    sizes = [row.columns.size for row in model.rows]
    matrix = sparse.csc_array(
        (
            np.concatenate([row.weights for row in model.rows]),
            (np.repeat(np.arange(len(sizes)), sizes), np.concatenate([row.columns for row in model.rows])),
        ),
        shape=(len(sizes), columns.size),
    )
    used = np.zeros(len(sizes))
    most = layout.rules.partial.most if layout.rules.partial else 1
    amounts = np.where(layout.amounts > 0, layout.amounts, np.inf)
    ratios = 1 + layout.alone / amounts  # benefits over the amount that the programme pays
    for place in sorted(
        np.flatnonzero(ratios >= 1), key=lambda place: (-ratios[place], layout.projects[place].id)
    ):
        for start in np.flatnonzero(layout.project == place):
            one = np.zeros(columns.size)
            one[start] = 1
            if layout.partial[start]:
                one[layout.level[start]] = most
            after = used + matrix @ one
            if (after <= high + np.abs(high) * np.finfo(float).eps * 4).all():
                columns, used = columns + one, after
                break
    return columns
