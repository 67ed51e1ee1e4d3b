"""What a base year with sectors must satisfy: every bad cell is refused by name."""

from __future__ import annotations

import numpy as np

from serai.axes import Array, Axis, refuse_cells
from serai.errors import InputError, Problem

_SHARES_TOLERANCE = 1e-6  # shares are often printed with six digits


def refuse_numbers(
    economies: Axis,
    sectors: Axis,
    flows: Array,
    theta: Array,
    tariff: Array | None,
    alpha: Array,
    epsilon: Array,
    holdings: Array | None,
) -> None:
    """Numbers outside their range."""
    cell, pair = (sectors, economies, economies), (economies, economies)
    refuse_cells(
        "flows", flows, ~(np.isfinite(flows) & (flows >= 0)), cell,
        "a flow is negative or not a number", "Give money, zero or more; a missing figure is not a zero.",
    )  # fmt: skip
    refuse_cells(
        "theta", theta, ~((theta > 0) & np.isfinite(theta)), (sectors,),
        "an elasticity is not a positive number", "Elasticities are above zero.",
    )  # fmt: skip
    if tariff is not None:
        refuse_cells(
            "tariff", tariff, ~((tariff > -1) & np.isfinite(tariff)), cell,
            "a tariff is -100 percent or less, or not a number", "Give rates: 0.05 is 5 percent.",
        )  # fmt: skip
        refuse_cells(
            "tariff", tariff, (tariff != 0) & np.eye(len(economies), dtype=bool), cell,
            "a tariff on domestic sales", "Tariffs are paid at the border: give 0 on the diagonal.",
        )  # fmt: skip
    refuse_cells(
        "capital_share", alpha, ~((alpha >= 0) & (alpha < 1)), (economies,),
        "a capital share lies outside 0 to 1", "Give 0 or more and less than 1.",
    )  # fmt: skip
    if not (epsilon > 0).all():
        raise InputError(
            Problem(
                "capital_elasticity is not positive",
                "Elasticities are above zero.",
                field="capital_elasticity",
            )
        )
    if holdings is not None:
        refuse_cells(
            "holdings", holdings, ~(np.isfinite(holdings) & (holdings >= 0)), pair,
            "a holding is negative or not a number", "Give money, zero or more.",
        )  # fmt: skip


def refuse_shares(economies: Axis, sectors: Axis, flows: Array, inputs: Array, added: Array) -> None:
    """Shares outside their range, and sectors that produce from nothing or from more than everything."""
    makes = np.swapaxes(flows.sum(axis=-1) > 0, -1, -2)
    makes = makes if makes.ndim == 2 else makes.any(axis=0)
    names = (economies, sectors)
    refuse_cells(
        "value_added_share", added, makes & ~((added > 0) & (added <= 1)), names,
        "a value-added share lies outside 0 to 1", "Give more than 0 and at most 1.",
    )  # fmt: skip
    refuse_cells(
        "input_share", inputs, ~((inputs >= 0) & np.isfinite(inputs)), (economies, sectors, sectors),
        "an input share is negative or not a number", "Give shares, zero or more.",
    )  # fmt: skip
    total = inputs.sum(axis=1)
    uses = makes & (added < 1)
    refuse_cells(
        "input_share", total, uses & (total <= 0), names,
        "a sector has output and no inputs", "Give its input shares, or set its value_added_share to 1.",
    )  # fmt: skip
    refuse_cells(
        "input_share", total, uses & (np.abs(total - 1) > _SHARES_TOLERANCE), names,
        "input shares do not add up to 1 over inputs", "Divide each column by its sum, if you mean that.",
    )  # fmt: skip
    refuse_cells(
        "flows", makes.any(axis=1).astype(float), ~makes.any(axis=1), (economies,),
        "the economy makes nothing", "Put gross output minus exports on the diagonals.",
    )  # fmt: skip


def refuse_final(economies: Axis, sectors: Axis, final: Array) -> None:
    refuse_cells(
        "final_share", final, ~((final >= 0) & np.isfinite(final)), (economies, sectors),
        "a share of final demand is negative or not a number", "Give shares, zero or more.",
    )  # fmt: skip
    total = final.sum(axis=-1)
    refuse_cells(
        "final_share", total, np.abs(total - 1) > _SHARES_TOLERANCE, (economies,),
        "shares of final demand do not add up to 1", "Divide them by their sum, if that is what you mean.",
    )  # fmt: skip


def refuse_holdings(economies: Axis, holdings: Array | None, alpha: Array) -> None:
    """Hosts without capital and owners without any that earns."""
    if holdings is None:
        return
    for stock, reason in (
        (holdings.sum(axis=0), "the column of a host is empty though it pays capital income"),
        (holdings.sum(axis=1), "the row of an owner holds nothing"),
    ):
        refuse_cells(
            "holdings", stock, (stock <= 0) & (alpha > 0), (economies,),
            reason, "Give what is held, at home first, or set its capital_share to 0.",
        )  # fmt: skip
