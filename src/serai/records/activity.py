"""An activity of the International Aid Transparency Initiative, standard 2.03.

Each part holds what serai uses. Where the XML said more than these fields (a second language, a vocabulary,
a disbursement channel), the part keeps the whole element in `kept`, and that is what is written back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from serai.dates import first_day
from serai.records.base import Currency, Record, Text
from serai.records.finance import TransactionType

DISBURSED = ("3", "4")


def _is_day(text: str) -> str:
    first_day(text)
    if len(text) != 10:
        raise ValueError("not a full date. Write it as 2025-12-20")
    return text


Day = Annotated[str, AfterValidator(_is_day)]
Percentage = Annotated[float, Field(ge=0, le=100)]


class Part(Record):
    """A part of an activity."""

    model_config = ConfigDict(str_strip_whitespace=False)

    kept: str = ""
    """The whole element, where it says more than the fields."""


class Organisation(Part):
    name: str = ""
    ref: str = ""
    """Identifier in the register of organisations."""
    type: str = ""
    """IATI OrganisationType."""
    role: Literal["", "1", "2", "3", "4"] = ""
    """IATI OrganisationRole: 1 funding, 2 accountable, 3 extending, 4 implementing."""


class Description(Part):
    text: str
    type: str = ""
    """IATI DescriptionType: 1 general, 2 objectives, 3 target groups, 4 other."""


class ActivityDate(Part):
    type: Literal["1", "2", "3", "4"]
    """IATI ActivityDateType: 1 planned start, 2 actual start, 3 planned end, 4 actual end."""
    date: Day


class Country(Part):
    code: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    """ISO 3166 two letters."""
    percentage: Percentage | None = None


class Sector(Part):
    code: Text
    vocabulary: str = ""
    """IATI SectorVocabulary; blank is the five-digit one of the OECD."""
    percentage: Percentage | None = None


class Money(Part):
    value: float
    currency: Currency | None = None
    """Blank takes the default currency of the activity."""
    value_date: Day
    """The date of the exchange rate."""


class Budget(Money):
    type: Literal["", "1", "2"] = ""
    """1 original, 2 revised."""
    status: Literal["", "1", "2"] = ""
    """1 indicative, 2 committed."""
    start: Day
    end: Day

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end < self.start:
            raise ValueError(
                f"the budget ends ({self.end}) before it starts ({self.start}). Correct one of the two"
            )
        return self


class ActivityTransaction(Money):
    type: TransactionType
    """IATI TransactionType: 12 pledge, 2 commitment, 3 disbursement, ..."""
    date: Day
    description: str = ""
    provider: str = ""
    provider_ref: str = ""
    receiver: str = ""
    receiver_ref: str = ""
    flow_type: str = ""
    """IATI FlowType."""

    @model_validator(mode="after")
    def _not_future(self) -> Self:
        if self.type in DISBURSED and first_day(self.date) > date.today():
            raise ValueError(
                f"a disbursement in the future ({self.date}). Report it as planned or as a commitment"
            )
        return self


class Activity(Record):
    """One activity: who, what, where, when, and the money."""

    model_config = ConfigDict(str_strip_whitespace=False)

    identifier: Text
    reporting_org: Organisation
    title: Description
    descriptions: Annotated[tuple[Description, ...], Field(min_length=1)]
    organisations: Annotated[tuple[Organisation, ...], Field(min_length=1)]
    """Participating organisations."""
    status: Literal["1", "2", "3", "4", "5", "6"]
    """IATI ActivityStatus: 1 pipeline, 2 implementation, 3 finalisation, 4 closed, 5 cancelled, 6 suspended.
    """
    dates: Annotated[tuple[ActivityDate, ...], Field(min_length=1)]
    countries: tuple[Country, ...] = ()
    sectors: tuple[Sector, ...] = ()
    budgets: tuple[Budget, ...] = ()
    transactions: tuple[ActivityTransaction, ...] = ()
    attributes: Mapping[str, str] = {}
    """Attributes of the activity: default-currency, hierarchy, last-updated-datetime, the language."""
    other: tuple[str, ...] = ()
    """Elements that serai does not use, whole."""

    @property
    def default_currency(self) -> str | None:
        """The currency of amounts that name none."""
        return self.attributes.get("default-currency")

    @model_validator(mode="after")
    def _has_currency(self) -> Self:
        if self.default_currency is None:
            for name, rows in (("transaction", self.transactions), ("budget", self.budgets)):
                bare = [str(i) for i, row in enumerate(rows, 1) if row.currency is None]
                if bare:
                    raise ValueError(
                        f"an amount without currency ({name} {', '.join(bare)}). Name it there, or as the "
                        "default-currency of the activity"
                    )
        return self
