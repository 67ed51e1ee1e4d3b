"""The levers worth most: every lever's first-order gain, ranked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from serai import html
from serai.axes import Array
from serai.equilibrium.adjoint import Gradient, gradient
from serai.equilibrium.multisector import MultiSectorEquilibrium
from serai.equilibrium.result import Equilibrium
from serai.errors import UnknownNameError

KINDS = ("trade_cost", "tariff", "openness", "productivity", "labour")


@dataclass(frozen=True, slots=True)
class Lever:
    """One lever and what a move of one percent in its better direction is worth, to first order.

    Parameters
    ----------
    kind : trade_cost, tariff (one plus the rate), openness, productivity or labour.
    names : exporter and importer, owner and host, or the economy; with sectors the sector comes first.
    gain_pct : percent of the outcome for one percent of the lever, always zero or more.
    direction : -1 when the lever should fall, as trade costs do, else 1.
    """

    kind: str
    names: tuple[str, ...]
    gain_pct: float
    direction: int

    def _repr_html_(self) -> str:
        row = [self.kind, " > ".join(self.names), self.gain_pct, self.direction]
        return html.table(["kind", "lever", "gain, % for 1 %", "direction"], [row], "a lever, to first order")


def rank_levers(
    equilibrium: Equilibrium | MultiSectorEquilibrium | Gradient,
    outcome: str | Mapping[str, float] | Array | None = None,
    *,
    measure: str = "real_income",
    kinds: Collection[str] = ("trade_cost", "openness"),
    at_home: bool = False,
    most: int | None = 20,
) -> list[Lever]:
    """Levers in the order of their gain per percent.

    Parameters
    ----------
    equilibrium : a solved world, or the gradient already taken there.
    outcome, measure : as in `gradient`.
    kinds : which levers: trade_cost, tariff, openness, productivity, labour.
    at_home : whether costs and openness inside an economy count; they are no matter of borders.
    most : so many at most; None for all.

    Examples
    --------
    >>> from serai.equilibrium import Baseline, solve
    >>> world = Baseline.from_flows([[90.0, 10.0], [10.0, 90.0]], ["JPN", "KAZ"], trade_elasticity=5)
    >>> rank_levers(solve(world), "KAZ")[0].names
    ('JPN', 'KAZ')
    """
    for kind in kinds:
        if kind not in KINDS:
            raise UnknownNameError("kind of lever", kind, KINDS)
    if isinstance(equilibrium, Gradient):
        slopes = equilibrium
    else:
        slopes = gradient(equilibrium, {} if outcome is None else outcome, measure=measure)
    found = [lever for kind in KINDS if kind in kinds for lever in _levers(slopes, kind, at_home)]
    return sorted(found, key=lambda lever: -lever.gain_pct)[:most]


def _levers(slopes: Gradient, kind: str, at_home: bool) -> list[Lever]:
    table = getattr(slopes, kind)
    if table is None:
        return []
    economies = slopes.economies.names
    sectors = None if slopes.sectors is None else slopes.sectors.names
    if kind == "openness" or (sectors is None and kind != "tariff"):
        axes = [economies] * np.ndim(table)
    elif kind == "productivity":
        axes, table = [sectors or (), economies], np.asarray(table).T
    else:
        axes = [economies] if kind == "labour" else [sectors or (), economies, economies]
    pairs = kind in ("trade_cost", "tariff", "openness")
    levers = []
    for cell, slope in np.ndenumerate(table):
        if slope == 0 or (pairs and not at_home and cell[-1] == cell[-2]):
            continue
        names = tuple(axis[place] for axis, place in zip(axes, cell, strict=True))
        levers.append(Lever(kind, names, abs(float(slope)), 1 if slope > 0 else -1))
    return levers
