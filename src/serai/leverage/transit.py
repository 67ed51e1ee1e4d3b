"""Dependence on passage: what an economy loses when another lets none of its goods through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from serai.axes import Array, Axis
from serai.equilibrium import Baseline, Shock
from serai.equilibrium.trade_capital import Deficits, Wealth
from serai.leverage.cuts import TRANSIT, cut
from serai.leverage.dependence import real_incomes
from serai.scenario.passage import Passage
from serai.shown import Shown

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class TransitDependence(Shown):
    """Whose land the goods of each economy cross, and what it loses without.

    Parameters
    ----------
    dependants, through : names, D and J.
    share : (D, J), of the value of all goods but gold that the economy trades; NaN on itself.
    on_network : (D,), the share of that value whose way is known; the rest (pipelines first) crosses nobody.
    loss : wealth -> (D, J), share of real income lost when passage is denied to the economy's goods in trade
        with third ones; its trade with the one that closes goes on. NaN on itself.
    """

    dependants: Axis
    through: Axis
    share: Array
    on_network: Array
    loss: Mapping[str, Array]

    def tidy(self) -> pd.DataFrame:
        """One row for each pair: the share of trade, and the loss under each closure, in percent."""
        import pandas as pd

        rows = [
            {
                "economy": economy,
                "through": name,
                "share": 100 * float(self.share[d, j]),
                **{f"loss_{wealth}": 100 * float(table[d, j]) for wealth, table in self.loss.items()},
                "unit": "percent of goods trade; percent of real income",
                "basis": "computed",
            }
            for d, economy in enumerate(self.dependants)
            for j, name in enumerate(self.through)
            if not np.isnan(self.share[d, j])
        ]
        columns = [
            "economy",
            "through",
            "share",
            *(f"loss_{wealth}" for wealth in self.loss),
            "unit",
            "basis",
        ]
        return pd.DataFrame(rows, columns=columns)


def transit_dependence(
    baseline: Baseline,
    found: Passage,
    wealth: Sequence[Wealth] = ("fixed", "steady"),
    *,
    deficits: Deficits = "fixed",
) -> TransitDependence:
    """Exact losses of real income from a closed way, pair by pair.

    Parameters
    ----------
    baseline : one world, no draws. found : whose land goods cross, and the costs without; groups that nothing
        crosses are left out.
    """
    crossed = [name for j, name in enumerate(found.through) if np.nan_to_num(found.share[:, j]).any()]
    columns = found.through.indices(crossed)
    share = found.share[:, columns]
    pairs = [(int(d), int(j)) for d, j in np.argwhere(np.nan_to_num(share) > 0)]
    shocks = [
        cut(
            baseline.economies,
            found.economies.names[d],
            found.members[crossed[j]],
            TRANSIT,
            route=found.denied[crossed[j]],
        )
        for d, j in pairs
    ]
    own = baseline.economies.indices(found.economies.names)
    loss: dict[str, Array] = {}
    for closure in wealth:
        before = real_incomes(baseline, [Shock()], closure, deficits)[0]
        table = np.where(np.isnan(share), np.nan, 0.0)
        after_each = real_incomes(baseline, shocks, closure, deficits) if shocks else ()
        for (d, j), after in zip(pairs, after_each, strict=True):
            table[d, j] = 1 - after[own[d]] / before[own[d]]
        loss[closure] = table
    return TransitDependence(found.economies, Axis("through", tuple(crossed)), share, found.on_network, loss)
