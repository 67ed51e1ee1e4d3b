"""What changes: ratios new over old, and how changes stack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
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
    "tariff": "ratios of one plus the tariff, sector by exporter by importer",
}

_RANKS = {"trade_cost": 2, "openness": 2, "productivity": 1, "labour": 1, "transfer": 1, "tariff": 2}
_BY_SECTOR = ("trade_cost", "productivity", "tariff")  # these may differ between sectors


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
    tariff : (S, N exporter, N importer), new 1 + tariff over old 1 + tariff; only a world with sectors takes
        tariffs, see `MultiSectorBaseline.tariff_to`.

    With sectors `trade_cost` may also be (S, N, N) and `productivity` (N, S); without a sector axis they hold
    for all sectors. There a draw axis comes before the sector axis, which may then have length 1.

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
    tariff: Array | None = None

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

    def draw_lengths_stacked(self) -> dict[str, int]:
        """The length of the first axis of each ratio of a stacked shock."""
        arrays = {name: getattr(self, name) for name in _MEANINGS}
        return {name: len(a) for name, a in arrays.items() if a is not None}

    def stack(self, rows: slice = slice(None)) -> Shock:
        """Some draws, with a leading axis on every ratio; ratios without draws are shared."""
        return self._each(lambda name, a: a[np.newaxis] if a.ndim == _RANKS[name] else a[rows])

    def with_sector_axis(self) -> Shock:
        """A stacked shock of one sector, as that of a world with sectors."""
        cost, productivity = self.trade_cost, self.productivity
        return replace(
            self,
            trade_cost=None if cost is None else cost[:, np.newaxis],
            productivity=None if productivity is None else productivity[:, np.newaxis],
        )

    def take(self, worlds: NDArray[np.intp]) -> Shock:
        """Some worlds of a stacked shock."""
        return self._each(lambda _, array: pick(array, worlds))

    def _each(self, change: Callable[[str, Array], Array]) -> Shock:
        arrays = {name: getattr(self, name) for name in _MEANINGS}
        return Shock(
            **{name: change(name, np.asarray(a, float)) for name, a in arrays.items() if a is not None}
        )

    def checked_sectors(self, economies: Axis, sectors: Axis, *, capital: bool) -> Shock:
        """The shock for a world with sectors: every array with a draw axis, and a sector axis where it can.

        Both have length 1 where nothing is given; productivity becomes (draws, S, N), as the equations need
        it. `InputError` names the bad cells.
        """
        plain = {name: getattr(self, name) for name in _MEANINGS if name not in _BY_SECTOR}
        stacked = Shock(**plain).checked(economies, capital=capital).stack()
        arrays = {name: a for name in plain if (a := getattr(stacked, name)) is not None}
        for name in _BY_SECTOR:
            value = getattr(self, name)
            if value is not None:
                arrays[name] = _with_sectors(name, value, economies, sectors)
        return Shock(**arrays)

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
        if "tariff" in arrays:
            raise InputError(
                Problem(
                    "tariffs change in a world of one sector, which has no tariff revenue",
                    "Use a MultiSectorBaseline, or enter the change of cost as trade_cost.",
                    field="tariff",
                )
            )
        if "openness" in arrays and not capital:
            raise InputError(
                Problem(
                    "openness changes but the baseline has no holdings of capital",
                    "Give holdings and capital_elasticity to Baseline.from_flows, or leave openness out.",
                    field="openness",
                )
            )
        return Shock(**arrays)


def _with_sectors(name: str, value: object, economies: Axis, sectors: Axis) -> Array:
    """A ratio as (draws, sectors, ...), draws and sectors of length 1 where it has none."""
    rank, size, count = _RANKS[name], len(economies), len(sectors)
    array = np.asarray(value, dtype=float)
    if name == "productivity":
        known = {1: (size,), 2: (size, count), 3: (size, count)}
        wanted = "(N,), (N, S) or (draws, N, S)"
    else:
        known = {rank: (size, size), rank + 1: (count, size, size), rank + 2: (count, size, size)}
        wanted = "(N, N), (S, N, N) or (draws, S, N, N)"
    shape = known.get(array.ndim)
    fits = shape is not None and all(
        given in ({length, 1} if place == _sector_place(name, len(shape)) else {length})
        for place, (given, length) in enumerate(zip(array.shape[-len(shape) :], shape, strict=True))
    )
    if not fits:
        raise InputError(
            Problem(
                f"{name} has shape {array.shape}",
                f"Give {_MEANINGS[name]}: {wanted} with N = {size}, S = {count}.",
                field=name,
            )
        )
    if array.ndim == rank:
        array = array[..., np.newaxis] if name == "productivity" else array[np.newaxis]
    if array.ndim == rank + 1:
        array = array[np.newaxis]
    if name == "productivity":
        array = np.swapaxes(array, 1, 2)
    _refuse_outside(name, array, economies, sectors)
    return array


def _sector_place(name: str, axes: int) -> int:
    """Where the sector axis is among the last axes, which may have length 1; -1 when there is none."""
    if axes == _RANKS[name]:
        return -1
    return 1 if name == "productivity" else 0


def _refuse_outside(name: str, array: Array, economies: Axis, sectors: Axis | None = None) -> None:
    axes = (economies,) * _RANKS[name]
    if sectors is not None:
        given = array.shape[-len(axes) - 1] == len(sectors)
        axes = (sectors if given else Axis("sector", ("all sectors",)), *axes)
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
    zero, infinite, reason = _RANGES.get(name, (False, False, f"{name} is a positive, finite ratio"))
    least, largest = array.min(initial=np.inf), array.max(initial=0)  # two passes; NaN fails both
    if (least >= 0 if zero else least > 0) and (infinite or largest < np.inf):
        return
    allowed = ((array >= 0) if zero else (array > 0)) & (np.isfinite(array) | infinite)
    refuse_cells(name, array, ~allowed, axes, reason, "Give new over old: 1 changes nothing.")


_RANGES = {  # whether zero and infinity are allowed, and what to say otherwise
    "tariff": (False, False, "one plus a tariff is a positive, finite ratio"),
    "trade_cost": (False, True, "a trade cost is a positive ratio; inf closes the pair"),
    "openness": (True, False, "openness is a ratio of zero or more, and finite"),
}
