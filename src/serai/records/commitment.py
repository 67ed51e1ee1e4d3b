"""A commitment: a promise, a signature, or one side's claim about them."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from serai.dates import first_day, last_day
from serai.records.base import Address, Countries, Currency, FieldError, Key, PartialDate, Record, Text

Kind = Literal[
    "target",
    "policy",
    "claimed_total",
    "pledge",
    "memorandum",
    "contract",
    "commitment",
    "disbursement",
    "stock",
    "count",
]
Area = Literal["green", "connectivity", "people", "all"]
Grade = Literal["A", "B", "C", "D"]
Level = Literal[
    "summit",
    "ministerial",
    "forum",
    "bilateral",
    "institution",
    "company",
    "business",
    "treaty",
    "leader",
    "project",
]
Qualifier = Literal["exact", "about", "at_least", "at_most"]

STAGE: dict[str, str] = {
    "target": "announced",
    "policy": "announced",
    "claimed_total": "announced",
    "pledge": "announced",
    "memorandum": "signed",
    "contract": "signed",
    "commitment": "signed",
    "disbursement": "delivered",
}
"""Where a kind stands between a word and money. A stock or a count stands nowhere on this ladder."""

GRADES: dict[str, str] = {
    "A": "official text or office",
    "B": "two independent sources",
    "C": "one source",
    "D": "a leader's remark, or one side's claim",
}


def _is_direction(text: str) -> str:
    if text != "joint" and re.fullmatch(r"[A-Z0-9]+>[A-Z0-9]+", text) is None:
        raise ValueError(
            "who pays whom is written payer>payee, such as JPN>C5. Write joint where it is not stated"
        )
    return text


Direction = Annotated[str, AfterValidator(_is_direction)]


class Commitment(Record):
    """One row of the ledger.

    Amounts of different `kind` or `direction` are never added. `part_of` names the commitment that contains
    this one; `overlaps` names those that may hold some of the same money. A range is given by `amount_low`
    and `amount_high`; without them the amount is its own range.
    """

    id: Key
    """Short name, unique in the file."""
    format: Key
    """The format in which it was made (a row of formats), or `bilateral`."""
    date: PartialDate
    """When it was made: year, month or day."""
    level: Level
    """Who made it."""
    partner: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]+$")]
    """The side outside the region: code of a country, a union or a bank (JPN, EU, EBRD)."""
    parties: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Who made it, by name."""
    direction: Direction
    """Who pays whom, as payer>payee (codes of countries or groups); `joint` where it is not stated."""
    summary: Text
    """What was promised, in one line."""
    areas: Annotated[tuple[Area, ...], Field(min_length=1)]
    """Priority areas; `all` where it is not tied to one."""
    kind: Kind
    """What sort of promise; kinds are never added together."""
    kind_reported: str = ""
    """The word the source uses."""
    amount: Annotated[float, Field(ge=0)] | None = None
    """Money in `currency`, or a number of `unit`; blank where none was published."""
    amount_low: Annotated[float, Field(ge=0)] | None = None
    """Lower end, where the source gives a range."""
    amount_high: Annotated[float, Field(ge=0)] | None = None
    """Upper end, where the source gives a range."""
    qualifier: Qualifier = "exact"
    """How the source qualifies the amount: above, up to, about."""
    currency: Currency | None = None
    """ISO 4217; required with an amount of money."""
    unit: str = ""
    """What a count counts; only for `count`."""
    starts: PartialDate | None = None
    """Start of the horizon."""
    due: PartialDate | None = None
    """End of the horizon: when it is due."""
    horizon: str = ""
    """The horizon in the source's words where it is no date."""
    countries: Annotated[Countries, Field(min_length=1)]
    """Countries it concerns; a group of the study, such as the code of its region, stands for its members."""
    status: str = ""
    """What is known about it."""
    grade: Grade
    """A official, B two independent sources, C one source, D one side's claim."""
    part_of: Key | None = None
    """The commitment that contains this one."""
    overlaps: tuple[Key, ...] = ()
    """Commitments that may hold some of the same money."""
    sources: Annotated[tuple[Address, ...], Field(min_length=1)]
    """Addresses."""
    note: str = ""
    """Corrections and judgements, with their reason."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.amount is None and (self.amount_low is not None or self.amount_high is not None):
            raise FieldError(
                "amount", "a range without an amount. Give the amount (the middle, or the figure quoted)"
            )
        if self.amount is not None:
            self._check_amount(self.amount)
        if self.part_of == self.id or self.id in self.overlaps:
            field = "part_of" if self.part_of == self.id else "overlaps"
            raise FieldError(field, "a commitment cannot contain or overlap itself. Name another one")
        if self.starts and self.due and last_day(self.due) < first_day(self.starts):
            raise FieldError(
                "due", f"it is due ({self.due}) before it starts ({self.starts}). Correct one of the two"
            )
        if "all" in self.areas and len(self.areas) > 1:
            raise FieldError("areas", "`all` stands alone. Name the areas, or only `all`")
        return self

    def _check_amount(self, amount: float) -> None:
        if self.kind == "count" and (self.currency or not self.unit):
            raise FieldError("unit", "a count has a unit and no currency. Say what is counted in `unit`")
        if self.kind != "count" and self.currency is None:
            raise FieldError("currency", "an amount without currency. Give the ISO 4217 code")
        if not self.low <= amount <= self.high:
            raise FieldError(
                "amount",
                f"the amount lies outside its range {self.low:g} to {self.high:g}. Correct one of them",
            )

    @property
    def low(self) -> float:
        """Lower end of the amount; NaN where none is known."""
        return self._end(self.amount_low)

    @property
    def high(self) -> float:
        """Upper end of the amount; NaN where none is known."""
        return self._end(self.amount_high)

    def _end(self, end: float | None) -> float:
        if end is not None:
            return end
        return float("nan") if self.amount is None else self.amount

    @property
    def stage(self) -> str | None:
        """`announced`, `signed`, `delivered`, or None for a stock or a count."""
        return STAGE.get(self.kind)

    @property
    def economies(self) -> tuple[str, ...]:
        """The countries it concerns."""
        return self.countries
