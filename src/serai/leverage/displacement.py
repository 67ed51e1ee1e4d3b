"""What a programme changes between the region and its partners: leverage added, and who is displaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from serai.axes import Array, Axis
from serai.equilibrium import Baseline, Equilibrium, Shock, solve_draws
from serai.equilibrium.trade_capital import Deficits, Wealth
from serai.leverage.dependence import dependence
from serai.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

FLOWS = ("exports", "imports", "fdi")


@dataclass(frozen=True, slots=True, eq=False)
class Displacement(Shown):
    """Changes of what partners trade with a region and hold in it, new over old minus one.

    Parameters
    ----------
    partners : names, P. wealth : the closure.
    exports : ([draws,] P), what the partner sells to the region. imports : what it buys there.
    fdi : ([draws,] P), the stock that it holds in the region; None when capital is immobile.
    real_income : ([draws,] P), of the partner, its economies weighted by what they spend.
    region : ([draws,]), real income of the region, weighted likewise.
    forced : whether the closure forces the sign of others' `fdi`, structure and not a finding: with wealth
        fixed, capital that one partner brings in lowers the return to all others.
    """

    partners: Axis
    wealth: str
    exports: Array
    imports: Array
    fdi: Array | None
    real_income: Array
    region: Array
    forced: bool

    def tidy(self) -> pd.DataFrame:
        """One row a partner and flow: the change in percent, 50th, 5th and 95th percentile over draws."""
        import pandas as pd

        flows = {"exports": self.exports, "imports": self.imports, "fdi": self.fdi}
        rows = []
        for name, values in {**flows, "real_income": self.real_income}.items():
            if values is None:
                continue
            for place, partner in enumerate(self.partners):
                low, middle, high = np.nanquantile(100 * values[..., place], (0.05, 0.5, 0.95))
                rows.append({"partner": partner, "flow": name, "estimate": middle, "low": low, "high": high})
        return pd.DataFrame(rows).assign(unit="percent", wealth=self.wealth, basis="computed")


def displacement(
    baseline: Baseline,
    programme: Shock,
    region: Sequence[str],
    partners: Mapping[str, Sequence[str]],
    *,
    before: Shock | None = None,
    wealth: Wealth = "fixed",
    deficits: Deficits = "fixed",
) -> Displacement:
    """What a programme changes in each partner's ties with the region.

    Parameters
    ----------
    baseline : the base year, with or without draws. programme : what it changes.
    region, partners : economies; partner -> economies.
    before : what has changed already; the programme comes on top of it and is compared with it.

    Examples
    --------
    >>> from serai.equilibrium import Baseline
    >>> world = Baseline.from_flows([[90.0, 10.0], [10.0, 90.0]], ["JPN", "KAZ"], trade_elasticity=5)
    >>> cheaper = Shock(trade_cost=np.array([[1.0, 0.9], [0.9, 1.0]]))
    >>> found = displacement(world, cheaper, ["KAZ"], {"Japan": ["JPN"]})
    >>> bool(found.exports[0] > 0)
    True
    """
    start = before or Shock()
    sums = _memberships(baseline.economies, [region, *partners.values()])
    steps = (start, Shock.compose([start, programme]))
    old, new = (_flows(baseline, shock, sums, wealth, deficits) for shock in steps)
    changes = {name: new[name] / old[name] - 1 for name in old}
    return Displacement(
        partners=Axis("partner", tuple(partners)),
        wealth=wealth,
        exports=changes["exports"],
        imports=changes["imports"],
        fdi=changes.get("fdi"),
        real_income=changes["income"][..., 1:],
        region=changes["income"][..., 0],
        forced=wealth == "fixed" and only_openness(programme),
    )


def only_openness(programme: Shock) -> bool:
    """Does a programme change nothing but openness to capital?"""
    others = (programme.trade_cost, programme.productivity, programme.labour, programme.transfer)
    neutral = (1.0, 1.0, 1.0, 0.0)
    quiet = all(a is None or bool((a == value).all()) for a, value in zip(others, neutral, strict=True))
    return quiet and programme.openness is not None


def leverage_added(
    baseline: Baseline,
    programme: Shock,
    dependants: Sequence[str],
    partners: Mapping[str, Sequence[str]],
    *,
    remittances: Array | None = None,
    before: Shock | None = None,
    channel: str = "together",
    wealth: Wealth = "fixed",
    deficits: Deficits = "fixed",
    without: Array | None = None,
) -> Array:
    """The exact loss from losing each partner, with the programme minus without it: ([draws,] D, P).

    Shares of real income: 0.01 says that the programme makes the economy lose one percent more without that
    partner; negative, that it depends on it less. `without` is the loss without the programme, where it is
    known already.
    """

    def lost(shock: Shock) -> Array:
        found = dependence(
            baseline,
            dependants,
            partners,
            remittances=remittances,
            channels=[channel],
            shock=shock,
            wealth=wealth,
            deficits=deficits,
            first_order=False,
        )
        return found.loss[channel]

    start = before or Shock()
    return np.asarray(lost(Shock.compose([start, programme])) - (lost(start) if without is None else without))


def _memberships(economies: Axis, groups: Sequence[Sequence[str]]) -> Array:
    """(groups, N), 1 where an economy belongs to a group."""
    sums = np.zeros((len(groups), len(economies)))
    for row, codes in enumerate(groups):
        sums[row, economies.indices(codes)] = 1
    return sums


def _flows(
    baseline: Baseline, shock: Shock, sums: Array, wealth: Wealth, deficits: Deficits
) -> dict[str, Array]:
    """Flows between the region (the first group) and each partner, and the income of each group."""
    alone = baseline.draws is None and shock.draws is None
    if alone:
        shock = Shock.compose([shock, Shock(transfer=np.zeros((1, len(baseline.economies))))])
    spent = baseline.expenditure - (1 - baseline.value_added_share) * baseline.output

    def reduce(result: Equilibrium) -> dict[str, Array]:
        trade = sums @ result.trade @ sums.T
        kept = {"exports": trade[:, 1:, 0], "imports": trade[:, 0, 1:], "ratio": result.real_income}
        if result.fdi is not None:
            kept["fdi"] = (sums @ result.fdi @ sums.T)[:, 1:, 0]
        return kept

    solved = solve_draws(baseline, shock, wealth=wealth, deficits=deficits, reduce=reduce)
    kept = dict(solved.values)
    kept["income"] = (kept.pop("ratio") * spent) @ sums.T
    return {name: array[0] if alone else array for name, array in kept.items()}
