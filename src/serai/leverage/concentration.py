"""How concentrated an economy's partners are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from serai.axes import Array, Axis
from serai.errors import InputError, Problem
from serai.shown import Shown


@dataclass(frozen=True, slots=True)
class Concentration(Shown):
    """The partners of one economy in one kind of tie.

    Parameters
    ----------
    economy, tie : who, and `exports`, `imports`, `fdi` or `remittances`.
    index : Hirschman's index, from near 0 (many equal partners) to 1 (a single one).
    alike : how many equal partners would give the same index.
    first, first_share : the largest partner and its share.
    total_usd_m : what the shares are shares of.
    """

    economy: str
    tie: str
    index: float
    alike: float
    first: str
    first_share: float
    total_usd_m: float


def hirschman(values: Array) -> Array:
    """Hirschman's index of concentration along the last axis: the root of the sum of squared shares.

    NaN where nothing flows. Source: Hirschman, A. O. (1945), National Power and the Structure of Foreign
    Trade, chapter 6, here from 0 to 1.

    Examples
    --------
    >>> float(hirschman(np.array([25.0, 25.0, 25.0, 25.0])))
    0.5
    """
    amounts = np.asarray(values, dtype=float)
    if (amounts < 0).any() or np.isnan(amounts).any():
        raise InputError(Problem("an amount is negative or missing", "Give amounts of zero or more."))
    total = amounts.sum(axis=-1, keepdims=True)
    share = np.divide(amounts, total, out=np.full(amounts.shape, np.nan), where=total > 0)
    return np.asarray(np.sqrt((share**2).sum(axis=-1)))


def concentration(
    economies: Axis,
    ties: Mapping[str, Array],
    dependants: Sequence[str],
    unions: Mapping[str, Sequence[str]],
    unnamed: Sequence[str] = (),
) -> list[Concentration]:
    """Hirschman's index of each economy in each kind of tie.

    Parameters
    ----------
    ties : name -> (N source, N dependant), money; what stays inside an economy is left out.
    unions : name -> economies that act as one partner, such as a customs union.
    unnamed : economies that are many in truth, such as the rest of the world: left out of the shares.
    """
    names, sums = _merged(economies, unions, unnamed)
    found: list[Concentration] = []
    for tie, table in ties.items():
        for code in dependants:
            place = economies.index(code)
            column = table[:, place].copy()
            column[place] = 0
            amounts = sums @ column
            if amounts.sum() <= 0:
                continue
            index = float(hirschman(amounts))
            top = int(amounts.argmax())
            share, total = float(amounts[top] / amounts.sum()), float(amounts.sum())
            found.append(Concentration(code, tie, index, 1 / index**2, names[top], share, total))
    return found


def _merged(
    economies: Axis, unions: Mapping[str, Sequence[str]], unnamed: Sequence[str]
) -> tuple[list[str], Array]:
    """Partner names, and the (partners, N) matrix that adds economies up to them."""
    owner = {code: name for name, codes in unions.items() for code in codes}
    kept = [code for code in economies if code not in unnamed]
    names = list(dict.fromkeys(owner.get(code, code) for code in kept))
    sums = np.zeros((len(names), len(economies)))
    for code in kept:
        sums[names.index(owner.get(code, code)), economies.index(code)] = 1
    return names, sums
