"""What could close a gap or soften a price: guarantees, and grants mixed into dearer money."""

from __future__ import annotations

from dataclasses import dataclass

from serai.broker.allocation import Financing
from serai.broker.market import outside_mandate
from serai.broker.terms import grant_share


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One project.

    Parameters
    ----------
    project : its id. gap_usd_m : what it lacks.
    price : present value of what is paid back for a dollar of what is placed.
    grant_usd_m : grants that would make what is placed concessional in place of as much of the other money;
        0 where a private investor owns it or it is concessional already.
    guarantors : who covers the risk of others' money and may do so here.
    """

    project: str
    gap_usd_m: float
    price: float
    grant_usd_m: float
    guarantors: tuple[str, ...]


def suggestions(financing: Financing) -> list[Suggestion]:
    """Guarantees for projects with a gap or a private owner, grants for public ones at market prices."""
    found = []
    for r, need in enumerate(financing.needs):
        amounts, gap = financing.amounts[:, r], max(0.0, float(financing.gap[r]))
        placed = float(amounts.sum())
        deals = [(float(a), float(financing.prices[p, r])) for p, a in enumerate(amounts) if a > 0]
        price = sum(a * cost for a, cost in deals) / placed if placed > 0 else float("nan")
        paid = sum(a for a, cost in deals if cost > 0)
        dear = sum(a * cost for a, cost in deals) / paid if paid > 0 else 0.0
        grants = 0.0 if need.private or not paid else max(0.0, placed * grant_share(dear) - (placed - paid))
        commercial = need.private or gap > 0
        guarantors = [
            lender.id
            for lender in financing.lenders
            if commercial and lender.guarantees and not outside_mandate(need, lender)
        ]
        if guarantors or grants > 0:
            found.append(Suggestion(need.id, gap, price, grants, tuple(guarantors)))
    return found
