"""What a lender pays in and gets back, year by year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from serai.axes import Array
from serai.errors import Problems


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan towards the estimated cost; overruns are the borrower's own.

    Parameters
    ----------
    share : of the estimated capital cost, 0 to 1.
    interest_pct : a year, at constant prices like all amounts here.
    years, grace_years : from a disbursement to its last repayment, and the years in which only interest is
        paid. Principal is repaid in equal parts.
    """

    share: float
    interest_pct: float
    years: int
    grace_years: int

    def __post_init__(self) -> None:
        problems = Problems("loan")
        if not 0 <= self.share <= 1:
            problems.add("the share is no share", "Give 0 to 1.", field="share", value=self.share)
        if not 0 <= self.grace_years < self.years:
            problems.add(
                "the loan has no year to be repaid in",
                "Give more years than years of grace.",
                field="years, grace_years",
                value=(self.years, self.grace_years),
            )
        if not self.interest_pct >= 0:
            problems.add(
                "the interest is negative", "Give 0 or more.", field="interest_pct", value=self.interest_pct
            )
        problems.raise_if_any()


def debt_service(drawn: Array, loan: Loan) -> Array:
    """Interest and principal each year.

    Parameters
    ----------
    drawn : disbursements, shape (draws, years).

    Returns
    -------
    Array of shape (draws, years + loan.years): the last disbursement is repaid in the last year.

    Examples
    --------
    >>> debt_service(np.array([[90.0]]), Loan(1, 10, years=3, grace_years=0)).round(1).tolist()
    [[0.0, 39.0, 36.0, 33.0]]
    """
    count, years = drawn.shape
    paid_in = np.zeros((count, years + loan.years))
    paid_in[:, :years] = drawn
    principal = np.zeros_like(paid_in)
    part = drawn / (loan.years - loan.grace_years)
    for later in range(loan.grace_years + 1, loan.years + 1):
        principal[:, later : later + years] += part
    owed = (paid_in - principal).cumsum(axis=1)
    interest = np.zeros_like(owed)
    interest[:, 1:] = owed[:, :-1] * loan.interest_pct / 100
    return interest + principal
