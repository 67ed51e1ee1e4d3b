"""Open amounts of projects and those who may pay: who may pay for what, and why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from serai.errors import Problems
from serai.shown import Shown

Kind = Literal["grant", "oda", "mdb", "export_credit", "dfi", "swf", "private", "insurance"]
KINDS: tuple[Kind, ...] = ("grant", "oda", "mdb", "export_credit", "dfi", "swf", "private", "insurance")
PUBLIC_ONLY: tuple[Kind, ...] = ("grant", "oda")
"""Kinds that pay for public projects only."""


@dataclass(frozen=True, slots=True)
class Need(Shown):
    """What a project still has to find.

    Parameters
    ----------
    id, name : of the project.
    open_usd_m : the amount that nobody has agreed to pay yet.
    countries, sectors : where it is and what it does (OC4IDS 0.9.5).
    known : financiers already named for it, agreed or not.
    parties : economies whose firms or agencies are in it, for money that is tied to them.
    private : owned by a private investor: grants and official development loans stay away.
    basis, note : how the open amount is known: `reported`, `imputed` where no cost is published, `assumed`.
    """

    id: str
    name: str
    open_usd_m: float
    countries: tuple[str, ...]
    sectors: tuple[str, ...]
    known: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    private: bool = False
    basis: str = "reported"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Price(Shown):
    """What a dollar of a lender's money costs whoever takes it.

    Parameters
    ----------
    present_value : of all that is paid back, for one dollar received: 0 is a grant, 1 the market rate.
    low, high, basis, source : how well that is known; `assumed` is the range of the lender's kind.
    """

    present_value: float
    low: float
    high: float
    basis: str
    source: str


@dataclass(frozen=True, slots=True)
class Lender(Shown):
    """Who may pay.

    Parameters
    ----------
    id, name, kind : see `KINDS`. Insurance covers others' money and lends none.
    limit_usd_m, limit_basis : what it can lend over the horizon, and how that is known; None: not known.
    ticket_min_usd_m, ticket_max_usd_m, ticket_basis : smallest and largest deal; None: not known.
    countries : where it lends. sectors : OC4IDS sectors or their first words; empty: all.
    prices : country -> price; the key "" holds elsewhere.
    tied_to : economies whose parties a project must have; empty: untied, or not known to be tied.
    only : projects that it pays for, such as a developer its own; None: any.
    guarantees : whether it also covers the risk of others' money.
    home : economies it belongs to; empty for multilateral ones.
    """

    id: str
    name: str
    kind: Kind
    limit_usd_m: float | None
    limit_basis: str
    ticket_min_usd_m: float | None
    ticket_max_usd_m: float | None
    ticket_basis: str
    countries: tuple[str, ...]
    sectors: tuple[str, ...]
    prices: Mapping[str, Price] = field(default_factory=dict)
    tied_to: tuple[str, ...] = ()
    only: frozenset[str] | None = None
    guarantees: bool = False
    home: tuple[str, ...] = ()

    def price(self, countries: Sequence[str]) -> Price:
        """The price for a project: of the first of its countries that has one of its own."""
        return next((self.prices[c] for c in countries if c in self.prices), self.prices[""])


def obstacles(need: Need, lender: Lender) -> tuple[str, ...]:
    """Why a lender may not pay for a project; empty when it may. Every reason, not only the first."""
    found: list[str] = []
    if need.private and lender.kind in PUBLIC_ONLY:
        found.append("a private investor owns the project")
    if lender.kind == "insurance":
        found.append("it insures others' money and lends none")
    if lender.limit_usd_m is None:
        found.append("no amount is known that it could lend")
    elif lender.limit_usd_m <= 0:
        found.append("it has no money left")
    found += outside_mandate(need, lender)
    if lender.ticket_min_usd_m is not None and need.open_usd_m < lender.ticket_min_usd_m:
        found.append(
            f"USD {need.open_usd_m:,.1f} m is below its smallest deal, USD {lender.ticket_min_usd_m:,.1f} m"
        )
    return tuple(found)


def outside_mandate(need: Need, lender: Lender) -> list[str]:
    """What of a project lies outside a financier's mandate, money apart."""
    found: list[str] = []
    if lender.only is not None and need.id not in lender.only:
        found.append("it pays for its own projects only")
    if not set(need.countries) & set(lender.countries):
        found.append(f"it does not lend in {', '.join(need.countries)}")
    if lender.sectors and not any(_covers(own, sector) for own in lender.sectors for sector in need.sectors):
        found.append(f"{', '.join(need.sectors)} is outside its mandate")
    if lender.tied_to and not set(lender.tied_to) & set(need.parties):
        found.append(f"its money is tied to parties from {', '.join(lender.tied_to)}")
    return found


def refuse_market(needs: Sequence[Need], lenders: Sequence[Lender]) -> None:
    """`InputError` with every amount that makes no sense and every name that appears twice."""
    problems = Problems()
    for kind, rows in (("project", needs), ("financier", lenders)):
        names = [row.id for row in rows]
        for name in sorted({name for name in names if names.count(name) > 1}):
            problems.add(f"a {kind} appears twice", "Keep one row.", field="id", value=name)
    if not needs:
        problems.add("there is no project to finance", "Name at least one with an open amount.")
    if not lenders:
        problems.add("there is no financier", "Name at least one.")
    for need in needs:
        if not 0 <= need.open_usd_m < float("inf"):
            problems.add(
                "an open amount is negative or not a number",
                "Give million USD, zero or more.",
                row=need.id,
                field="open_usd_m",
                value=need.open_usd_m,
            )
    for lender in lenders:
        for name in ("limit_usd_m", "ticket_min_usd_m", "ticket_max_usd_m"):
            value = getattr(lender, name)
            if value is not None and not 0 <= value < float("inf"):
                problems.add(
                    "a limit is negative or not a number",
                    "Give million USD, zero or more, or leave it out when it is not known.",
                    row=lender.id,
                    field=name,
                    value=value,
                )
        low, high = lender.ticket_min_usd_m, lender.ticket_max_usd_m
        if low is not None and high is not None and low > high:
            problems.add("the smallest deal exceeds the largest", "Swap them.", row=lender.id, value=low)
        if lender.kind not in KINDS:
            problems.add(
                "there is no such kind", f"One of {', '.join(KINDS)}.", row=lender.id, value=lender.kind
            )
        if "" not in lender.prices and lender.kind != "insurance":
            problems.add(
                "a financier without a price",
                "Give what its money costs, or the range of its kind.",
                row=lender.id,
            )
    if lenders and not any(lender.limit_usd_m for lender in lenders):
        problems.add("no financier has money", "Give at least one a limit above zero.", field="limit_usd_m")
    problems.raise_if_any()


@lru_cache(maxsize=4096)
def _covers(mandate: str, sector: str) -> bool:
    """Whether a mandate (`energy`, `energy.solar`) covers a sector."""
    return sector == mandate or sector.startswith(f"{mandate}.") or mandate.startswith(f"{sector}.")
