"""Financiers and the money that moves."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from serai.dates import first_day
from serai.records.base import Address, Countries, Currency, FieldError, Key, PartialDate, Record, Text

TransactionType = Literal["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"]
"""IATI 2.03 TransactionType."""

PLEDGE, COMMITMENT, DISBURSEMENT = "12", "2", "3"


class Financier(Record):
    """Someone who may pay: instruments, limits, mandate."""

    id: Key
    name: Text
    home: tuple[Text, ...] = ()
    """Country codes, or `multilateral`."""
    type: Text
    """Kind of institution."""
    sectors: tuple[Text, ...] = ()
    """What it finances, in its words."""
    countries: Countries = ()
    """Countries where it lends; `eligibility` says how this is known."""
    instruments: tuple[Text, ...] = ()
    ticket_min_usd_m: Annotated[float, Field(ge=0)] | None = None
    """Smallest deal."""
    ticket_max_usd_m: Annotated[float, Field(ge=0)] | None = None
    """Largest deal."""
    ticket_basis: str = ""
    """published, observed (smallest and largest deal seen) or none."""
    annual_volume_usd_m: Annotated[float, Field(ge=0)] | None = None
    annual_volume_basis: str = ""
    annual_volume_note: str = ""
    pricing_note: str = ""
    pricing_basis: str = ""
    eligibility: str = ""
    """How the countries are known; what is assumed."""
    sources: tuple[Address, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        low, high = self.ticket_min_usd_m, self.ticket_max_usd_m
        if low is not None and high is not None and low > high:
            reason = f"the smallest deal {low:g} exceeds the largest {high:g}. Swap or correct them"
            raise FieldError("ticket_min_usd_m", reason)
        return self


class Transaction(Record):
    """Money that was pledged (12), committed (2), disbursed (3), ... ; types as in IATI 2.03."""

    id: Key
    project: str = ""
    """The project it belongs to, where it does."""
    commitment: str = ""
    """The commitment of the ledger that it follows, where it does."""
    type: TransactionType
    """IATI transaction type: 12 pledge, 2 commitment, 3 disbursement, 4 expenditure, ..."""
    date: PartialDate
    """When it happened."""
    amount: float
    """Negative for a reversal."""
    currency: Currency
    value_date: PartialDate | None = None
    """The date of the exchange rate."""
    payer: str = ""
    payee: str = ""
    flow_type: str = ""
    """IATI flow type: 10 ODA, 20 other official, 30 private, ..."""
    title: str = ""
    sources: tuple[Address, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _not_future(self) -> Self:
        if self.type in (DISBURSEMENT, "4") and first_day(self.date) > date.today():
            raise FieldError(
                "date", f"a disbursement in the future ({self.date}). Record it as a pledge or a commitment"
            )
        return self
