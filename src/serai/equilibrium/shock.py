"""What changes: ratios new over old, and how changes stack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array, Axis, as_float, refuse_cells
from serai.equilibrium._linear import pick
from serai.equilibrium.baseline import draw_count
from serai.errors import InputError, Problem

_MEANINGS = {
    "trade_cost": "ratios of trade costs, exporter by importer",
    "openness": "ratios of openness to capital, owner by host",
    "productivity": "ratios of productivity, one for each economy",
    "labour": "ratios of effective labour, one for each economy",
    "transfer": "money received from abroad, one for each economy, adding up to zero",
}

_RANKS = {"trade_cost": 2, "openness": 2, "productivity": 1, "labour": 1, "transfer": 1}


@dataclass(frozen=True, slots=True, eq=False)
class Shock:
    """What changes, as ratios new over old; None changes nothing. A leading draw axis is allowed.

    Parameters
    ----------
    trade_cost : (N exporter, N importer), positive; `inf` closes the pair.
    openness : (N owner, N host), openness of the host to the owner's capital; 0 closes the pair.
    productivity, labour : (N,), positive.
    transfer : (N,), money of the base year received from abroad (negative: given), adding up to zero; it
        is added to the trade deficit.

    Examples
    --------
    Measures stack: their ratios multiply, their transfers add.

    >>> import numpy as np
    >>> cheaper = Shock(trade_cost=np.array([[1.0, 0.9], [0.9, 1.0]]))
    >>> skilled = Shock(labour=np.array([1.0, 1.02]), trade_cost=np.array([[1.0, 0.5], [1.0, 1.0]]))
    >>> float((cheaper * skilled).trade_cost[0, 1])
    0.45
    """

    trade_cost: Array | None = None
    openness: Array | None = None
    productivity: Array | None = None
    labour: Array | None = None
    transfer: Array | None = None

    def __mul__(self, other: Shock) -> Shock:
        if not isinstance(other, Shock):
            return NotImplemented
        return Shock.compose([self, other])

    @classmethod
    def compose(cls, shocks: Sequence[Shock]) -> Shock:
        """All the shocks at once: ratios multiply, transfers add; an empty sequence changes nothing."""
        stacked: dict[str, Array | None] = {}
        for field in fields(cls):
            given = [
                np.asarray(value, dtype=float)
                for s in shocks
                if (value := getattr(s, field.name)) is not None
            ]
            if not given:
                continue
            if field.name == "transfer":
                stacked[field.name] = reduce(np.add, given)
            else:
                stacked[field.name] = reduce(np.multiply, given)
        return cls(**stacked)

    @property
    def draws(self) -> int | None:
        """The length of the draw axis, or None when no ratio has one."""
        return draw_count(self.draw_lengths())

    def draw_lengths(self) -> dict[str, int | None]:
        """The length of the draw axis of each ratio given; None without one."""
        arrays = {name: getattr(self, name) for name in _MEANINGS}
        return {
            name: len(a) if np.ndim(a) > _RANKS[name] else None for name, a in arrays.items() if a is not None
        }

    def stack(self, rows: slice = slice(None)) -> Shock:
        """Some draws, with a leading axis on every ratio; ratios without draws are shared."""
        return self._each(lambda name, a: a[np.newaxis] if a.ndim == _RANKS[name] else a[rows])

    def take(self, worlds: NDArray[np.intp]) -> Shock:
        """Some worlds of a stacked shock."""
        return self._each(lambda _, array: pick(array, worlds))

    def _each(self, change: Callable[[str, Array], Array]) -> Shock:
        arrays = {name: getattr(self, name) for name in _MEANINGS}
        return Shock(
            **{name: change(name, np.asarray(a, float)) for name, a in arrays.items() if a is not None}
        )

    def checked(self, economies: Axis, *, capital: bool) -> Shock:
        """The same shock as float arrays that fit the economies; `InputError` names the bad cells.

        `capital` says whether capital is mobile: openness without mobile capital is refused.
        """
        size = len(economies)
        arrays: dict[str, Array] = {}
        for name, meaning in _MEANINGS.items():
            value = getattr(self, name)
            if value is None:
                continue
            array = as_float(name, value, (size,) * _RANKS[name], meaning)
            _refuse_outside(name, array, economies)
            arrays[name] = array
        if "openness" in arrays and not capital:
            raise InputError(
                Problem(
                    "openness changes but the baseline has no holdings of capital",
                    "Give holdings and capital_elasticity to Baseline.from_flows, or leave openness out.",
                    field="openness",
                )
            )
        return Shock(**arrays)


def _refuse_outside(name: str, array: Array, economies: Axis) -> None:
    axes = (economies,) * _RANKS[name]
    if name == "transfer":
        refuse_cells(name, array, ~np.isfinite(array), axes, "a transfer is not a number", "Give money.")
        total, size = array.sum(axis=-1), np.abs(array).sum(axis=-1)
        if (np.abs(total) > np.sqrt(np.finfo(float).eps) * size).any():
            raise InputError(
                Problem(
                    "transfers do not add up to zero over the world",
                    "What one economy receives another gives: enter the giver with a minus.",
                    field=name,
                    value=float(total.flat[np.abs(total).argmax()]),
                )
            )
        return
    allowed = {
        "trade_cost": (array > 0, "a trade cost is a positive ratio; inf closes the pair"),
        "openness": ((array >= 0) & np.isfinite(array), "openness is a ratio of zero or more, and finite"),
    }.get(name, ((array > 0) & np.isfinite(array), f"{name} is a positive, finite ratio"))
    refuse_cells(name, array, ~allowed[0], axes, allowed[1], "Give new over old: 1 changes nothing.")
