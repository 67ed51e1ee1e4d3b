"""The sectoral world: where energy and minerals come from, and what losing or adding a source is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from serai.atlas import Atlas
from serai.axes import Array, Axis
from serai.draws import Draws
from serai.equilibrium import MultiSectorBaseline, Shock, gradient, settled, solve, solve_draws

RAW = ("B05", "B06", "B07", "B08")  # coal, oil and gas, metal ores, other minerals
VALUE_ADDED = "value_added"
SET = "theta_"
SECTOR_DRAWS = 30  # each takes a solve with sectors for every question of the section


@dataclass(frozen=True)
class SectorWorld:
    """The sectoral base year with drawn trade elasticities.

    Attributes
    ----------
    observed : the flows as in the tables, before they were made consistent.
    bases : name of a published set of elasticities -> base year; all else is the same in all.
    theta : (draws, S), elasticities drawn between the published sets, or the sets themselves.
    names : sector -> its name in English.
    """

    observed: MultiSectorBaseline
    bases: dict[str, MultiSectorBaseline]
    theta: Array
    names: dict[str, str]

    @property
    def economies(self) -> Axis:
        return self.observed.economies

    @property
    def sectors(self) -> Axis:
        return self.observed.sectors

    @cached_property
    def base(self) -> MultiSectorBaseline:
        """The base year under the first set; the flows are the same in all."""
        return next(iter(self.bases.values()))

    @cached_property
    def moved(self) -> float:
        """How much of the value of all flows moved when the base year was made consistent."""
        flows = self.observed.flows
        return float(np.abs(self.base.flows - flows).sum() / flows.sum() / 2)

    def imports(self, buyer: str, sectors: Sequence[str] = RAW) -> Array:
        """Observed imports of a buyer by sector and seller, (sectors, N), million USD; nothing from home."""
        place = self.economies.index(buyer)
        table = self.observed.flows[self.sectors.indices(sectors), :, place].copy()
        table[:, place] = 0
        return table

    def cut(self, sellers: Sequence[str], buyer: str, sectors: Sequence[str] = RAW) -> Array:
        """Change of real income of every economy when sellers stop selling to a buyer, (draws, N)."""
        return self.changed(sellers, buyer, np.inf, sectors)

    def changed(
        self, sellers: Sequence[str], buyer: str, ratio: float, sectors: Sequence[str] = RAW
    ) -> Array:
        """Change of real income of every economy when some trade changes its cost, (draws, N)."""
        cost = np.ones_like(self.observed.flows)
        cells = np.ix_(
            self.sectors.indices(sectors), self.economies.indices(sellers), [self.economies.index(buyer)]
        )
        cost[cells] = ratio
        drawn = replace(self.base, theta=self.theta)
        return solve_draws(drawn, Shock(trade_cost=cost), keep=["real_income"]).real_income - 1

    def slopes(self, economy: str, seller: str, buyer: str) -> Array:
        """Percent of an economy's real income for one percent cheaper trade by sector: (draws, S)."""
        i, n = self.economies.index(seller), self.economies.index(buyer)
        worlds = (replace(self.base, theta=theta) for theta in self.theta)
        return np.array([-gradient(solve(w), economy).trade_cost[:, i, n] for w in worlds])


def sector_world(atlas: Atlas, draws: Draws | None = None) -> SectorWorld:
    """The sectoral base year from the tables of the atlas, with the first draws of elasticities.

    A draw takes two of the published sets and a point between them, in logs: nobody knows which set is right,
    and the truth need not be one of them. Without draws each published set stands for one.

    World-average technology does not fit every economy: where a sector would use more of an input than the
    economy buys, its final demand is taken as zero and the base year is solved anew with these shares of
    final demand, deficits kept. `moved` says how much of the flows that moves.
    """
    sectors, trade, inputs = (atlas.table(n) for n in ("sectors", "sector_trade", "sector_inputs"))
    kinds = Axis("sector", tuple(sectors["sector"]))
    places = Axis("economy", tuple(dict.fromkeys(trade["importer"])))
    flows, tariff = np.zeros((2, len(kinds), len(places), len(places)))
    cells = (
        kinds.indices(list(trade["sector"])),
        places.indices(list(trade["exporter"])),
        places.indices(list(trade["importer"])),
    )
    flows[cells], tariff[cells] = trade["value_usd_m"], trade["tariff"]
    table = inputs.pivot(index="input", columns="output", values="share")[list(kinds)]
    share, added = table.loc[list(kinds)].to_numpy(), table.loc[VALUE_ADDED].to_numpy()
    used = (flows * (1 + tariff)).sum(axis=1) - share @ ((1 - added)[:, np.newaxis] * flows.sum(axis=2))
    final = np.maximum(used, 0)
    observed = MultiSectorBaseline.from_flows(
        flows,
        places,
        kinds,
        input_share=np.broadcast_to(share / share.sum(axis=0), (len(places), *share.shape)),
        value_added_share=np.broadcast_to(added, (len(places), len(kinds))),
        theta=1.0,
        tariff=tariff,
        final_share=(final / final.sum(axis=0)).T,
    )
    sets = [column for column in sectors.columns if column.startswith(SET)]
    middle = sectors[sets].median(axis=1).to_numpy(dtype=float)
    base = settled(replace(observed, theta=middle))
    bases = {
        column.removeprefix(SET): replace(base, theta=sectors[column].to_numpy(dtype=float))
        for column in sets
    }
    published = sectors[sets].to_numpy(dtype=float).T
    theta = published
    if draws is not None:
        theta = drawn_between(published, draws.part(0, min(SECTOR_DRAWS, draws.count)))
    return SectorWorld(observed, bases, theta, dict(zip(sectors["sector"], sectors["name"], strict=True)))


def drawn_between(sets: Array, draws: Draws) -> Array:
    """Elasticities between pairs of sets, (sets, S) -> (draws, S): geometric means with drawn weights."""
    first, second, weight = (draws.uniform(f"sector_elasticities/{name}") for name in ("one", "other", "mix"))
    one, other = (np.log(sets)[np.floor(u * len(sets)).astype(int)] for u in (first, second))
    return np.asarray(np.exp(one + weight[:, np.newaxis] * (other - one)))
