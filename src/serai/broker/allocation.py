"""Who finances what: the stable allocation, the cheapest beside it, and what stability costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array
from serai.broker.market import Lender, Need, obstacles, refuse_market
from serai.broker.stable import NEVER, blocking_pairs, stable_allocation
from serai.broker.transport import cheapest, most
from serai.errors import InputError, Problem
from serai.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

Liking = Callable[[Need, Lender], tuple[float, ...]]
"""How much a side likes the other: smaller is better, compared from the left."""


@dataclass(frozen=True, slots=True, eq=False)
class Financing(Shown):
    """Who pays how much for what. Money in million USD.

    Parameters
    ----------
    needs, lenders : R projects and P financiers, in the order of every table.
    amounts : (P, R), the stable allocation. cheapest : (P, R), the cheapest that funds each project alike.
    allowed : (P, R), who may pay for what. why_not : (lender, project) -> reasons.
    prices : (P, R), present value of what is paid back for a dollar; NaN where not allowed.
    blocking : pairs that would rather deal with each other; a stable allocation has none.
    most : the most that any allocation could place, stable or not.
    small : pairs taken out because all that was left to them was below the smallest deal.
    """

    needs: tuple[Need, ...]
    lenders: tuple[Lender, ...]
    amounts: Array
    cheapest: Array
    allowed: NDArray[np.bool_]
    why_not: dict[tuple[str, str], tuple[str, ...]]
    prices: Array
    blocking: tuple[tuple[str, str], ...]
    most: float
    small: tuple[tuple[str, str], ...]

    @property
    def gap(self) -> Array:
        """(R,) what each project still lacks."""
        return np.asarray(np.array([need.open_usd_m for need in self.needs]) - self.amounts.sum(axis=0))

    def placed_by(self, economies: Sequence[str]) -> float:
        """What financiers of some economies place."""
        return float(self.amounts[self._of(economies)].sum())

    def most_by(self, economies: Sequence[str]) -> float:
        """The most that financiers of some economies could place, were they asked before all others."""
        own = self._of(economies)
        supply, demand, capacity = _limits(self.needs, self.lenders)
        return most(supply[own], demand, capacity[own], self.allowed[own])

    def _of(self, economies: Sequence[str]) -> list[int]:
        return [p for p, lender in enumerate(self.lenders) if set(lender.home) & set(economies)]

    @property
    def cost(self) -> float:
        """Present value of what the stable allocation is paid back with."""
        return float(np.nansum(np.where(self.amounts > 0, self.amounts * self.prices, 0)))

    @property
    def price_of_stability(self) -> float:
        """How much more the stable allocation costs than the cheapest that funds each project alike."""
        cheap = float(np.nansum(np.where(self.cheapest > 0, self.cheapest * self.prices, 0)))
        return self.cost - cheap

    def summary(self) -> str:
        """What is placed, in one line."""
        wanted = sum(need.open_usd_m for need in self.needs)
        return (
            f"USD {self.amounts.sum():,.0f} m of {wanted:,.0f} m placed with {len(self.lenders)} financiers "
            f"({int((self.amounts > 0).sum())} deals); stability costs USD {self.price_of_stability:,.0f} m"
        )

    def tidy(self) -> pd.DataFrame:
        """The term sheet, `terms`."""
        return self.terms()

    def book(self) -> pd.DataFrame:
        """Each financier: placed, limit, number of deals, and why it has no project where it has none."""
        import pandas as pd

        rows = []
        for p, lender in enumerate(self.lenders):
            deals = self.amounts[p] > 0
            rows.append(
                {
                    "financier": lender.id,
                    "kind": lender.kind,
                    "limit_usd_m": lender.limit_usd_m,
                    "limit_basis": lender.limit_basis,
                    "placed_usd_m": float(self.amounts[p].sum()),
                    "deals": int(deals.sum()),
                    "projects": "; ".join(
                        need.id for need, deal in zip(self.needs, deals, strict=True) if deal
                    ),
                    "eligible_projects": int(self.allowed[p].sum()),
                }
            )
        return pd.DataFrame(rows)

    def terms(self) -> pd.DataFrame:
        """The term sheet: a row for each project and financier with an amount."""
        import pandas as pd

        rows = []
        for r, need in enumerate(self.needs):
            for p, lender in enumerate(self.lenders):
                if self.amounts[p, r] > 0:
                    price = lender.price(need.countries)
                    rows.append(
                        {
                            "project": need.id,
                            "financier": lender.id,
                            "amount_usd_m": float(self.amounts[p, r]),
                            "present_value": price.present_value,
                            "low": price.low,
                            "high": price.high,
                            "price_basis": price.basis,
                            "cheapest_usd_m": float(self.cheapest[p, r]),
                        }
                    )
        columns = [
            "project",
            "financier",
            "amount_usd_m",
            "present_value",
            "low",
            "high",
            "price_basis",
            "cheapest_usd_m",
        ]
        return pd.DataFrame(rows, columns=columns)

    def gaps(self) -> pd.DataFrame:
        """Projects that still lack money: how much, and who could have paid."""
        import pandas as pd

        rows = [
            {
                "project": need.id,
                "open_usd_m": need.open_usd_m,
                "gap_usd_m": float(gap),
                "eligible_financiers": int(self.allowed[:, r].sum()),
                "why": "nobody may pay for it"
                if not self.allowed[:, r].any()
                else "limits and deal sizes are used up",
            }
            for r, (need, gap) in enumerate(zip(self.needs, self.gap, strict=True))
            if gap > _NOTHING_SMALL * max(1.0, need.open_usd_m)
        ]
        columns = ["project", "open_usd_m", "gap_usd_m", "eligible_financiers", "why"]
        return pd.DataFrame(rows, columns=columns)

    def explain(self, lender: str, project: str) -> tuple[str, ...]:
        """Why a financier may not pay for a project; empty when it may."""
        return self.why_not.get((lender, project), ())


_NOTHING_SMALL = 1e-9  # of an amount: rounding
_LAST = (float("inf"),)  # how a side likes one with whom it may not deal


def allocate(
    programme: Sequence[Need],
    financiers: Sequence[Lender],
    *,
    project_likes: Liking | None = None,
    lender_likes: Liking | None = None,
) -> Financing:
    """Lay out who finances what so that no pair would rather deal with each other.

    Projects choose among financiers, cheapest money first; financiers choose among projects. Of all stable
    allocations the one that projects like best is returned. A financier's deal below its smallest ticket is
    taken out and the rest allocated anew, until every deal is one that it makes.

    Parameters
    ----------
    programme : open amounts of projects. financiers : who may pay.
    project_likes, lender_likes : how each side ranks the other; by default `by_price` and `by_ties`. Equal
        ones are told apart by their names.

    Raises
    ------
    InputError : negative amounts, names that appear twice, nobody with money; all at once.

    Examples
    --------
    >>> from serai.broker import Lender, Need, Price
    >>> price = {"": Price(0.6, 0.6, 0.6, "published", "example")}
    >>> bank = Lender("bank", "A bank", "mdb", 50.0, "published", None, None, "none", ("KGZ",), (), price)
    >>> found = allocate([Need("road", "A road", 80.0, ("KGZ",), ("transport.road",))], [bank])
    >>> found.amounts.tolist(), found.gap.tolist()
    ([[50.0]], [30.0])
    """
    refuse_market(programme, financiers)
    needs, lenders = tuple(programme), tuple(financiers)
    why_not = {
        (lender.id, need.id): reasons
        for lender in lenders
        for need in needs
        if (reasons := obstacles(need, lender))
    }
    allowed = np.array([[(lender.id, need.id) not in why_not for need in needs] for lender in lenders])
    supply, demand, capacity = _limits(needs, lenders)
    wish_n, wish_l = project_likes or by_price, lender_likes or by_ties
    of_needs = _ranks(
        [[wish_n(n, x) if (x.id, n.id) not in why_not else _LAST for x in lenders] for n in needs],
        [lender.id for lender in lenders],
    )
    of_lenders = _ranks(
        [[wish_l(n, x) if (x.id, n.id) not in why_not else _LAST for n in needs] for x in lenders],
        [need.id for need in needs],
    )
    amounts, kept, small = _whole_tickets(
        supply, demand, capacity, of_needs, of_lenders, allowed, lenders, needs
    )
    ranks = np.where(kept.T, of_needs, NEVER), np.where(kept.T, of_lenders.T, NEVER)
    blocking = blocking_pairs(amounts.T, demand, supply, capacity.T, *ranks)
    prices = np.array(
        [
            [
                lender.price(need.countries).present_value if kept[p, r] else np.nan
                for r, need in enumerate(needs)
            ]
            for p, lender in enumerate(lenders)
        ]
    )
    cheap = cheapest(supply, amounts.sum(axis=0), capacity, np.nan_to_num(prices), kept, amounts)
    return Financing(
        needs,
        lenders,
        amounts,
        cheap.amounts,
        kept,
        why_not,
        prices,
        tuple((lenders[p].id, needs[r].id) for r, p in blocking),
        most(supply, demand, capacity, kept),
        small,
    )


def _limits(needs: Sequence[Need], lenders: Sequence[Lender]) -> tuple[Array, Array, Array]:
    """What each financier has (P,), each project needs (R,), and each pair can place (P, R)."""
    supply = np.array([lender.limit_usd_m or 0.0 for lender in lenders])
    demand = np.array([need.open_usd_m for need in needs])
    tickets = np.array(
        [np.inf if lender.ticket_max_usd_m is None else lender.ticket_max_usd_m for lender in lenders]
    )
    return supply, demand, np.minimum(np.minimum(tickets, supply)[:, np.newaxis], demand[np.newaxis, :])


def by_price(need: Need, lender: Lender) -> tuple[float, ...]:
    """Projects: who is at the table already, then the cheapest money."""
    return (float(lender.id not in need.known), lender.price(need.countries).present_value)


def by_ties(need: Need, lender: Lender) -> tuple[float, ...]:
    """Financiers: projects they are named for already, then the closest to the mandate, then the largest."""
    exact = any(sector in lender.sectors for sector in need.sectors)
    return (float(lender.id not in need.known), float(not exact), -need.open_usd_m)


def _ranks(likings: Sequence[Sequence[tuple[float, ...]]], names: Sequence[str]) -> NDArray[np.int64]:
    """Places in the order of liking, row by row; equal ones by name."""
    table = np.empty((len(likings), len(names)), dtype=np.int64)
    for row, liking in enumerate(likings):
        order = sorted(range(len(names)), key=lambda place: (liking[place], names[place]))
        table[row, order] = np.arange(len(names))
    return table


def _whole_tickets(
    supply: Array,
    demand: Array,
    capacity: Array,
    of_needs: NDArray[np.int64],
    of_lenders: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    lenders: Sequence[Lender],
    needs: Sequence[Need],
) -> tuple[Array, NDArray[np.bool_], tuple[tuple[str, str], ...]]:
    """Stable amounts (P, R) without a deal below its financier's smallest ticket; pairs kept and dropped."""
    least = np.array([lender.ticket_min_usd_m or 0.0 for lender in lenders])[:, np.newaxis]
    kept = allowed.copy()
    dropped: list[tuple[str, str]] = []
    while True:
        ranks = np.where(kept.T, of_needs, NEVER), np.where(kept.T, of_lenders.T, NEVER)
        amounts = stable_allocation(demand, supply, capacity.T, *ranks).T
        short = (amounts > 0) & (amounts < least * (1 - _NOTHING_SMALL))
        if not short.any():
            return amounts, kept, tuple(dropped)
        share = np.where(short, amounts / np.maximum(least, 1), np.inf)
        for r in (int(place) for place in np.flatnonzero(short.any(axis=0))):
            p = int(share[:, r].argmin())
            kept[p, r] = False
            dropped.append((lenders[p].id, needs[r].id))


def refuse_unfinanceable(financing: Financing) -> None:
    """`InputError` naming every project that no financier may touch, with the reasons of each financier."""
    problems = [
        Problem(
            "no financier may pay for this project",
            "; ".join(
                f"{lender.id}: {', '.join(financing.explain(lender.id, need.id))}"
                for lender in financing.lenders
            ),
            row=need.id,
        )
        for r, need in enumerate(financing.needs)
        if not financing.allowed[:, r].any()
    ]
    if problems:
        raise InputError(problems)
