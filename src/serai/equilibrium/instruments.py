"""Instruments of policy: what one unit of each does to the world, what it costs, how far it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from serai.axes import Array
from serai.equilibrium.adjoint import Gradient
from serai.equilibrium.shock import Shock
from serai.errors import Problems
from serai.shown import Shown

RATIOS = ("trade_cost", "openness", "productivity", "labour", "tariff")


@dataclass(frozen=True, slots=True, eq=False)
class Instrument(Shown):
    """A direction in which policy can move the world; `amount` units of it raise its ratios to that power.

    Parameters
    ----------
    name : what it is called.
    shock : ratios at one unit, any of trade_cost, openness, productivity, labour and tariff, without draws.
    most : the largest amount, finite. least : the smallest, 0 by default.
    unit_cost : what one unit takes of the budget, zero or more.

    Examples
    --------
    An hour off a border that adds half a percent to the cost of trade, of which twelve can go:

    >>> hour = Shock(trade_cost=np.array([[1.0, 0.995], [1.0, 1.0]]))
    >>> border = Instrument("JPN > KAZ", hour, most=12)
    >>> float(border.at(2).trade_cost[0, 1].round(6))
    0.990025
    """

    name: str
    shock: Shock
    most: float
    least: float = 0.0
    unit_cost: float = 1.0

    def at(self, amount: float) -> Shock:
        """The shock of an amount."""
        return applied([self], np.array([amount]))


def applied(instruments: Sequence[Instrument], amounts: Array) -> Shock:
    """All instruments together, amounts (K,): their logs add."""
    powers = [
        Shock(**{name: np.exp(amount * np.log(ratio)) for name, ratio in _ratios(instrument.shock).items()})
        for instrument, amount in zip(instruments, amounts, strict=True)
        if amount != 0
    ]
    return Shock.compose(powers)


def slope_of(instrument: Instrument, slopes: Gradient) -> float:
    """What one more unit of an instrument adds to the outcome, to first order."""
    total = 0.0
    for name, ratio in _ratios(instrument.shock).items():
        table = getattr(slopes, name)
        if name == "productivity" and table.ndim > ratio.ndim:
            table = table.sum(axis=1)
        elif table.ndim > ratio.ndim:
            table = table.sum(axis=0)
        total += float((table * np.log(ratio)).sum())
    return total


def refuse_instruments(instruments: Sequence[Instrument], budget: float | None) -> None:
    """Instruments that do not exist, go nowhere, or cannot be paid for."""
    problems = Problems("instruments")
    if not instruments:
        problems.add("there is no instrument", "Give at least one.", field="instruments")
    names = [instrument.name for instrument in instruments]
    for instrument in instruments:
        for reason, remedy, field, value in _problems(instrument, names):
            problems.add(reason, remedy, row=instrument.name, field=field, value=value)
    problems.raise_if_any()
    if budget is not None:
        least = sum(instrument.least * instrument.unit_cost for instrument in instruments)
        if not np.isfinite(budget) or budget < least:
            problems.add(
                f"the smallest amounts alone take {least:g} of the budget",
                "Give a finite budget of at least that, or lower `least`.",
                field="budget",
                value=budget,
            )
    problems.raise_if_any()


def _problems(instrument: Instrument, names: Sequence[str]) -> list[tuple[str, str, str, object]]:
    found: list[tuple[str, str, str, object]] = []
    least, most, cost = instrument.least, instrument.most, instrument.unit_cost
    if names.count(instrument.name) > 1:
        found.append(("the name appears twice", "Give each instrument its own.", "name", instrument.name))
    if not (np.isfinite([least, most]).all() and least <= most):
        found.append(("its amounts have no finite range", "Give least <= most.", "most", f"{least}..{most}"))
    if not (np.isfinite(cost) and cost >= 0):
        found.append(("its unit cost is negative or not a number", "Give zero or more.", "unit_cost", cost))
    if instrument.shock.transfer is not None:
        found.append(("transfers are not ratios", "Leave transfers out of instruments.", "transfer", None))
    ratios = _ratios(instrument.shock)
    if instrument.shock.transfer is None and not any((ratio != 1).any() for ratio in ratios.values()):
        found.append(("it changes nothing", "Give ratios that are not all 1.", "shock", None))
    for name, ratio in ratios.items():
        if not (np.isfinite(ratio) & (ratio > 0)).all():
            found.append(
                (
                    "a ratio is not a positive, finite number",
                    "A pair cannot be closed by degrees.",
                    name,
                    None,
                )
            )
    return found


def _ratios(shock: Shock) -> dict[str, Array]:
    given = {field.name: getattr(shock, field.name) for field in fields(Shock) if field.name in RATIOS}
    return {name: np.asarray(ratio, dtype=float) for name, ratio in given.items() if ratio is not None}
