"""Backward through the closure of deficits: the same for one sector and for many."""

from __future__ import annotations

from serai.axes import Array


def absorption_slopes(
    spread: Array | None, income: Array, base_income: Array, bar: Array
) -> tuple[Array, Array]:
    """From slopes by what is absorbed to slopes by income and by the money of transfers, (worlds, N) each.

    `spread` is absorption over income of each economy where deficits move with income, None where they are
    fixed sums of money.
    """
    if spread is None:
        return bar, bar
    total = (spread * income).sum(axis=1, keepdims=True)
    scale = income.sum(axis=1, keepdims=True) / total
    pooled = (bar * spread * income).sum(axis=1, keepdims=True) / total
    by_income = scale * spread * bar + pooled * (1 - scale * spread)
    return by_income, scale * income * (bar - pooled) / base_income
