"""What money costs: published terms where there are any, else the range of the financier's kind."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import numpy as np

from serai.broker.market import Kind, Price
from serai.programme.loan import Loan, debt_service
from serai.programme.parameters import Constants, read_constants


@cache
def parameters() -> Constants:
    """Rates and ranges of prices: `tables/parameters.csv`."""
    text = (files("serai.broker") / "tables" / "parameters.csv").read_text(encoding="utf-8")
    rows = tuple(csv.DictReader(text.splitlines()))
    return read_constants(rows, "parameter", "place", "parameters.csv")


def price_of_kind(kind: Kind) -> Price:
    """The range of a kind of financier: what stands in where no terms are published."""
    row = parameters().of("present_value", kind)
    low, high = (row.value if end is None else end for end in (row.low, row.high))
    return Price(row.value, low, high, row.basis, row.source)


def present_value(loan: Loan, rate_pct: float | None = None) -> float:
    """What a dollar lent is paid back with, discounted: 1 minus the grant element.

    Parameters
    ----------
    rate_pct : of discounting; the unified rate of IMF and World Bank by default.

    Examples
    --------
    >>> round(present_value(Loan(1, 5, years=20, grace_years=5), rate_pct=5), 6)
    1.0
    """
    rate = parameters().of("reference_rate").value if rate_pct is None else rate_pct
    service = debt_service(np.array([[1.0]]), loan)[0]
    return float(service @ (1 + rate / 100) ** -np.arange(len(service)))


def grant_share(price: float) -> float:
    """The share of grants that makes a mix of grants and this money concessional; 0 when it already is.

    Parameters
    ----------
    price : present value of what is paid back for a dollar of the money that is not a grant.

    Examples
    --------
    >>> round(grant_share(0.65), 6), grant_share(0.5)
    (0.0, 0.0)
    """
    wanted = 1 - parameters().of("concessional_grant_element").value
    return max(0.0, 1 - wanted / price) if price > 0 else 0.0
