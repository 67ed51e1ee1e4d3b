"""A project, in the words of OC4IDS 0.9.5; what that standard cannot say is under `serai`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from serai.records.base import (
    Address,
    Countries,
    Currency,
    DateTime,
    FieldError,
    Key,
    PartialDate,
    Record,
    StandardRecord,
    Text,
)

Status = Literal[
    "identification",
    "preparation",
    "implementation",
    "completion",
    "maintenance",
    "decommissioning",
    "decommissioned",
    "cancelled",
]
CostBasis = Literal[
    "total",
    "debt_only",
    "loan_only",
    "grant_only",
    "phase",
    "partial",
    "lower_bound",
    "estimate",
    "programme",
]
RENAMED = {"japan_link": "lead_link", "japan_role": "lead_role"}
"""Fields of the extension by their old names: they were those of one partner."""
LeadRole = Literal[
    "investor_or_partner",
    "oda_lender",
    "contractor",
    "offtaker",
    "grant_donor",
    "trust_fund",
    "interest_only",
]


class _Open(StandardRecord):
    """Keeps the fields of the standard that we do not model, and gives them back where they were."""

    extra: Annotated[Mapping[str, Any], Field(exclude=True)] = {}
    """Fields of the standard that serai does not use; kept and written back out."""

    @model_validator(mode="wrap")
    @classmethod
    def _keep(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(value, Mapping):
            return handler(value)
        names = {f.alias or name for name, f in cls.model_fields.items()} | set(cls.model_fields)
        kept = {k: v for k, v in value.items() if k not in names}
        known = {k: v for k, v in value.items() if k in names}
        if kept:
            known["extra"] = {**known.get("extra", {}), **kept}
        return handler(known)

    @model_serializer(mode="wrap")
    def _give_back(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {**handler(self), **self.extra}


class Value(_Open):
    """Money."""

    amount: float | None = None
    currency: Currency | None = None

    @model_validator(mode="after")
    def _has_currency(self) -> Self:
        if self.amount is not None and self.currency is None:
            raise FieldError("currency", "an amount without currency. Give the ISO 4217 code")
        return self


class Period(_Open):
    """Dates of the standard: full date-times. A year alone stands under `serai`."""

    start_date: DateTime | None = None
    end_date: DateTime | None = None
    max_extent_date: DateTime | None = None
    duration_in_days: int | None = None


class OrganizationReference(_Open):
    name: str | None = None
    id: str | None = None


class Organization(OrganizationReference):
    roles: tuple[str, ...] | None = None


class Location(_Open):
    id: str
    description: str | None = None


class Document(_Open):
    id: str
    document_type: str | None = None
    title: str | None = None
    description: str | None = None
    url: str | None = None
    date_published: DateTime | None = None


class Budget(_Open):
    amount: Value | None = None
    request_date: DateTime | None = None
    approval_date: DateTime | None = None


class Extension(Record):
    """What OC4IDS cannot say about a project."""

    countries: Countries = ()
    """Where it is."""
    area: Literal["green", "connectivity", "people"] | None = None
    """Priority area."""
    cost_usd_m: Annotated[float, Field(ge=0)] | None = None
    """The published cost in million USD, at the rate named in `cost_note`."""
    cost_printed: str = ""
    """The cost as the source prints it."""
    cost_basis: CostBasis | None = None
    """What the cost covers. Different bases are not added blindly."""
    cost_note: str = ""
    start_year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    """Agreement or start of works, as seen."""
    end_year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    sponsor: tuple[Text, ...] = ()
    capacity: str = ""
    """What it adds, in the source's units."""
    lead_link: str = ""
    """How the lead partner of the study is involved, in words."""
    lead_role: LeadRole | None = None
    """What the lead partner of the study is in the project."""
    sources: tuple[Address, ...] = ()
    source_date: PartialDate | None = None
    confidence: Literal["high", "medium", "low"] | None = None
    """high: official address or two; medium: one news address; low: weak page."""
    use: Literal["candidate", "context"] | None = None
    """May enter the portfolio, or is context (finished, a programme's total, outside the programme)."""
    overlap_group: str = ""
    """Rows with the same word contain one another."""
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, given: Any) -> Any:
        for old, new in RENAMED.items():
            if isinstance(given, Mapping) and old in given:
                raise FieldError(old, f"this field is called {new} now. Rename it")
        return given

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.start_year and self.end_year and self.end_year < self.start_year:
            raise FieldError(
                "end_year",
                f"it ends ({self.end_year}) before it starts ({self.start_year}). Correct one of the two",
            )
        if self.cost_usd_m is not None and self.cost_basis is None:
            reason = "a cost without its basis. Say what it covers: total, loan_only, estimate, ..."
            raise FieldError("cost_basis", reason)
        return self


class Project(_Open):
    """An infrastructure or cooperation project (OC4IDS 0.9.5 with our extension `serai`)."""

    id: Text
    """Unique identifier."""
    title: str | None = None
    description: str | None = None
    status: Status | None = None
    """OC4IDS projectStatus."""
    type: Literal["construction", "rehabilitation", "replacement", "expansion", "naturalResource"] | None = (
        None
    )
    """OC4IDS projectType."""
    sector: tuple[Text, ...] | None = None
    """OC4IDS projectSector, such as transport.rail."""
    purpose: str | None = None
    updated: DateTime | None = None
    period: Period | None = None
    asset_lifetime: Period | None = None
    budget: Budget | None = None
    public_authority: OrganizationReference | None = None
    parties: tuple[Organization, ...] | None = None
    locations: tuple[Location, ...] | None = None
    documents: tuple[Document, ...] | None = None
    serai: Extension = Extension()
    """What the standard cannot say."""

    @property
    def countries(self) -> tuple[str, ...]:
        """Where it is."""
        return self.serai.countries

    @property
    def area(self) -> str | None:
        """Priority area."""
        return self.serai.area

    @property
    def cost_usd_m(self) -> float | None:
        """The published cost, million USD; None where none is published. Look at `serai.cost_basis`."""
        return self.serai.cost_usd_m

    @property
    def is_candidate(self) -> bool:
        """May enter the portfolio."""
        return self.serai.use == "candidate"


class Financing(Record):
    """One financier's part in a project, as published."""

    project: Key
    financier: str = ""
    """The financier (a row of financiers), where it is one of them."""
    name: Text
    """The name as printed."""
    amount_usd_m: Annotated[float, Field(ge=0)] | None = None
    """Blank where no amount was published."""
    state: Literal["agreed", "reported", "named", "discussed"]
    """`reported`: by the press; `named`: beside the project, without amount; `discussed`: not agreed yet."""
    printed: str = ""
    """The words of the source where they say more."""
