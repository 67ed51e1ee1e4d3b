"""The sectoral world: where energy and minerals come from, and what losing or adding a source is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from serai import html
from serai.atlas import Atlas
from serai.axes import Array, Axis
from serai.draws import Draws, variance_shares
from serai.equilibrium import MultiSectorBaseline, Shock, gradient, settled, solve, solve_draws
from serai.scenario.sector_flows import drawn_flows, table

RAW = ("B05", "B06", "B07", "B08")  # coal, oil and gas, metal ores, other minerals
VALUE_ADDED = "value_added"
SET = "theta_"
SECTOR_DRAWS = 30  # each takes a solve with sectors for every question of the section


@dataclass(frozen=True)
class SectorWorld:
    """The sectoral base year with drawn flows and trade elasticities.

    Attributes
    ----------
    observed : the flows as in the tables, before they were made consistent.
    bases : name of a published set of elasticities -> base year; all else is the same in all.
    drawn : the base year by draw: flows as sources disagree about them, elasticities between the published
        sets; without draws the flows of `bases` under each published set.
    names : sector -> its name in English.
    """

    observed: MultiSectorBaseline
    bases: dict[str, MultiSectorBaseline]
    drawn: MultiSectorBaseline
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
    def _cuts(self) -> dict[tuple[tuple[str, ...], str, tuple[str, ...]], Array]:
        """Cuts that were solved: each is asked for by several tables."""
        return {}

    @property
    def theta(self) -> Array:
        """Trade elasticities, (draws, S)."""
        return self.drawn.theta

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
        key = (tuple(sellers), buyer, tuple(sectors))
        if key not in self._cuts:
            self._cuts[key] = self.changed(sellers, buyer, np.inf, sectors)
        return self._cuts[key]

    def changed(
        self, sellers: Sequence[str], buyer: str, ratio: float, sectors: Sequence[str] = RAW
    ) -> Array:
        """Change of real income of every economy when some trade changes its cost, (draws, N)."""
        cost = np.ones_like(self.observed.flows)
        cells = np.ix_(
            self.sectors.indices(sectors), self.economies.indices(sellers), [self.economies.index(buyer)]
        )
        cost[cells] = ratio
        return solve_draws(self.drawn, Shock(trade_cost=cost), keep=["real_income"]).real_income - 1

    def slopes(self, economy: str, seller: str, buyer: str) -> Array:
        """Percent of an economy's real income for one percent cheaper trade by sector: (draws, S)."""
        i, n = self.economies.index(seller), self.economies.index(buyer)
        worlds = (self.draw(number) for number in range(len(self.theta)))
        return np.array([-gradient(solve(w), economy).trade_cost[:, i, n] for w in worlds])

    def draw(self, number: int) -> MultiSectorBaseline:
        """One of the drawn base years."""
        drawn = self.drawn
        own = drawn.flows.ndim > self.observed.flows.ndim
        flows = {"flows": drawn.flows[number], "final_share": drawn.final_share[number]} if own else {}
        return replace(drawn, theta=drawn.theta[number], **flows)

    def drivers(
        self, outcome: Array, sellers: Sequence[str], buyer: str, sectors: Sequence[str] = RAW
    ) -> dict[str, float]:
        """The share of the variance of an outcome, (draws,), that flows and elasticities explain.

        A table enters by one number: flows by what the buyer spends on these sectors of the sellers, over all
        that it buys from anyone; elasticities by their mean log, weighted by what it buys of each sector.
        """
        place, kinds = self.economies.index(buyer), self.sectors.indices(sectors)
        bought = self.drawn.flows[..., place]
        part = bought[..., kinds, :][..., self.economies.indices(sellers)].sum(axis=(-2, -1))
        total = bought.sum(axis=(-2, -1))
        weights = self.imports(buyer, sectors).sum(axis=1)
        inputs = {
            "sector_elasticities": np.log(self.theta[:, kinds]) @ (weights / weights.sum()),
            "sector_flows": np.broadcast_to(np.log(part / total), outcome.shape),
        }
        return variance_shares(outcome, inputs)

    def _repr_html_(self) -> str:
        low, middle, high = np.quantile(self.theta, (0.05, 0.5, 0.95), axis=0)
        columns = {"output, million USD": self.observed.output.sum(axis=0)}
        columns |= {"elasticity, median": middle, "5 %": low, "95 %": high}
        names = [self.names[code] for code in self.sectors.names]
        return html.largest(
            names, columns, f"{len(self.economies)} economies, {len(self.theta)} draws", "sector"
        )


def sector_world(atlas: Atlas, draws: Draws | None = None) -> SectorWorld:
    """The sectoral base year from the tables of the atlas, with the first draws of flows and elasticities.

    A draw takes two of the published sets and a point between them, in logs: nobody knows which set is right,
    and the truth need not be one of them. Without draws each published set stands for one.

    Flows are drawn where sources disagree and where the split by sector is imputed (`sector_flows.py`).

    World-average technology does not fit every economy: where a sector would use more of an input than the
    economy buys, its final demand is taken as zero and the base year is solved anew with these shares of
    final demand, deficits kept: every drawn base year by itself, in the same way. `moved` says how much of
    the flows that moves.
    """
    sectors, inputs = atlas.table("sectors"), atlas.table("sector_inputs")
    kinds = Axis("sector", tuple(sectors["sector"]))
    places = Axis("economy", tuple(dict.fromkeys(atlas.table("sector_trade")["importer"])))
    flows, tariff = (
        np.nan_to_num(table(atlas, kinds, places, column)) for column in ("value_usd_m", "tariff")
    )
    shares = inputs.pivot(index="input", columns="output", values="share")[list(kinds)]
    share, added = shares.loc[list(kinds)].to_numpy(), shares.loc[VALUE_ADDED].to_numpy()
    observed = MultiSectorBaseline.from_flows(
        flows,
        places,
        kinds,
        input_share=np.broadcast_to(share / share.sum(axis=0), (len(places), *share.shape)),
        value_added_share=np.broadcast_to(added, (len(places), len(kinds))),
        theta=1.0,
        tariff=tariff,
        final_share=final_shares(flows, tariff, share, added),
    )
    sets = [column for column in sectors.columns if column.startswith(SET)]
    published = sectors[sets].to_numpy(dtype=float).T
    middle = replace(observed, theta=np.median(published, axis=0))
    base = settled(middle)
    bases = {
        name.removeprefix(SET): replace(base, theta=theta)
        for name, theta in zip(sets, published, strict=True)
    }
    names = dict(zip(sectors["sector"], sectors["name"], strict=True))
    if draws is None:
        return SectorWorld(observed, bases, replace(base, theta=published), names)
    first = draws.part(0, min(SECTOR_DRAWS, draws.count))
    moved = drawn_flows(atlas, observed, first)
    final = final_shares(moved, tariff, share, added)
    drawn = settled(replace(middle, flows=moved, final_share=final))
    return SectorWorld(observed, bases, replace(drawn, theta=drawn_between(published, first)), names)


def final_shares(flows: Array, tariff: Array, share: Array, added: Array) -> Array:
    """Shares of sectors in what is bought beyond materials, none below zero: ([draws,] N, S).

    flows : ([draws,] S, N, N). share : (S input, S output), in materials. added : (S,), over output.
    """
    materials = share @ ((1 - added)[:, np.newaxis] * flows.sum(axis=-1))
    final = np.maximum((flows * (1 + tariff)).sum(axis=-2) - materials, 0)
    return np.asarray(np.swapaxes(final / final.sum(axis=-2, keepdims=True), -1, -2))


def drawn_between(sets: Array, draws: Draws) -> Array:
    """Elasticities between pairs of sets, (sets, S) -> (draws, S): geometric means with drawn weights."""
    first, second, weight = (draws.uniform(f"sector_elasticities/{name}") for name in ("one", "other", "mix"))
    one, other = (np.log(sets)[np.floor(u * len(sets)).astype(int)] for u in (first, second))
    return np.asarray(np.exp(one + weight[:, np.newaxis] * (other - one)))
