"""Scenarios as records: what a study's TOML files may say, word by word.

A scenario is a list of measures. Each measure acts through one channel only, has an effect with a range and
a source (or the word `assumed`), and says whether the law as it stands allows it. Fields that do not exist
are errors, never ignored.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from serai.draws import Uncertain
from serai.records.base import Record

Channel = Literal["trade_cost", "openness", "productivity", "labour", "people"]
Basis = Literal["reported", "mirrored", "carried", "corrected", "imputed", "assumed", "estimated"]


class Effect(Record):
    """A number that drives a measure, with its range; or the name of one that is known already.

    Either `parameter` alone (a row of the atlas or an assumption of the study), or `estimate` alone (a
    coefficient of the study's own estimates, such as `trade/agreement`), or `value` with `unit`, `basis`
    and `source` (and `low`, `high`, `shape` when
    it is uncertain).
    """

    parameter: str | None = None
    estimate: str | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    shape: Literal["fixed", "lognormal", "normal", "triangular", "uniform"] = "fixed"
    coverage: float = Field(default=0.8, gt=0, lt=1)
    unit: str = ""
    basis: Basis = "assumed"
    source: str = ""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Effect:
        if sum(x is not None for x in (self.parameter, self.estimate, self.value)) != 1:
            raise ValueError("give one of `parameter` (a row of the atlas), `estimate` or `value`")
        if self.value is not None and not (self.unit and self.source):
            raise ValueError("a value of one's own needs `unit` and `source` (or the word assumed as source)")
        if self.shape != "fixed" and (self.low is None or self.high is None):
            raise ValueError(f"an effect that is {self.shape} needs `low` and `high`")
        return self

    def refuse_outside_one(self, field: str) -> None:
        """A share lies between 0 and 1; someone who writes 50 probably means half."""
        for end in (self.value, self.low, self.high):
            if end is not None and not 0 <= end <= 1:
                hint = f" Did you mean {end / 100:g}?" if 1 < end <= 100 else ""
                raise ValueError(f"`{field}` is a share from 0 to 1, not {end:g}: 0.5 means half.{hint}")

    def uncertain(self, name: str) -> Uncertain:
        """The same as a named uncertain input. Only for an effect with its own value."""
        assert self.value is not None
        return Uncertain(
            name,
            self.value,
            self.low,
            self.high,
            self.shape,
            self.coverage,
            self.unit,
            self.basis,
            self.source,
        )


SHARES = ("cut", "depth", "share")


class MeasureBase(Record):
    """What all measures share."""

    name: str = Field(min_length=3)
    feasibility: str = Field(min_length=3, description="what the law as it stands says about it")
    note: str = ""

    @model_validator(mode="after")
    def _shares(self) -> MeasureBase:
        for field in SHARES:
            effect = getattr(self, field, None)
            if isinstance(effect, Effect):
                effect.refuse_outside_one(field)
        return self


class BorderHours(MeasureBase):
    """Waiting time and fees at the borders between two sets of economies fall by a share.

    `cut` is the share of hours and fees that goes away (0 to 1).
    """

    kind: Literal["border_hours"]
    between: tuple[str, ...] = Field(min_length=1)
    also: tuple[str, ...] = Field(default=(), description="the other side; empty means the same set")
    crossings: tuple[str, ...] = Field(
        default=(),
        description="crossings of the network, `name` or `name/exporter>importer`; empty: all of them",
    )
    cut: Effect
    channel: Literal["trade_cost"] = "trade_cost"


class Customs(MeasureBase):
    """Controls at all borders of some economies, with anyone, take a share of hours less; fees stay."""

    kind: Literal["customs"]
    economies: tuple[str, ...] = Field(min_length=1)
    cut: Effect
    channel: Literal["trade_cost"] = "trade_cost"


class Link(MeasureBase):
    """Links open, or become faster. Names are links or projects of the network.

    `cut` is the share of the hours on the links of `faster` that goes away.
    """

    kind: Literal["link"]
    opens: tuple[str, ...] = ()
    faster: tuple[str, ...] = ()
    cut: Effect | None = None
    channel: Literal["trade_cost"] = "trade_cost"

    @model_validator(mode="after")
    def _something(self) -> Link:
        if not (self.opens or self.faster):
            raise ValueError("name links or projects in `opens` or `faster`")
        if bool(self.faster) != (self.cut is not None):
            raise ValueError("`faster` and `cut` come together")
        return self


class AtPlaces(MeasureBase):
    """What hubs, changes of gauge and ports share: at some places a share of hours and money goes away."""

    places: tuple[str, ...] = Field(min_length=1, description="places of the network")
    cut: Effect
    channel: Literal["trade_cost"] = "trade_cost"


class Agreement(MeasureBase):
    """A trade agreement of some depth among its members, where none as deep is in force.

    `effect` is the estimated effect of a full agreement on the log of trade; `depth` is the share of it that
    this agreement brings. A pair that already has an agreement gains only what is missing to `depth`.
    """

    kind: Literal["agreement"]
    form: Literal["free_trade_area", "customs_union", "wto"]
    members: tuple[str, ...] = Field(min_length=1)
    partners: tuple[str, ...] = Field(default=(), description="the other side; empty means among the members")
    effect: Effect
    depth: Effect
    channel: Literal["trade_cost"] = "trade_cost"


class Hub(AtPlaces):
    """Logistics hubs: changing mode or gauge there takes a share of hours and money less."""

    kind: Literal["hub"]
    channel: Literal["trade_cost"] = "trade_cost"


class Gauge(AtPlaces):
    """Changes of gauge, on rail alone, take a share of hours and money less."""

    kind: Literal["gauge"]
    channel: Literal["trade_cost"] = "trade_cost"


class Port(AtPlaces):
    """Ports: the change between ships and land takes a share of hours and money less."""

    kind: Literal["port"]
    channel: Literal["trade_cost"] = "trade_cost"


class FreeZone(MeasureBase):
    """A free zone: a share of the hosts' goods trade crosses its borders without hours or fees."""

    kind: Literal["free_zone"]
    hosts: tuple[str, ...] = Field(min_length=1)
    partners: tuple[str, ...] = Field(min_length=1)
    share: Effect
    channel: Literal["trade_cost"] = "trade_cost"


class Investment(MeasureBase):
    """Investment becomes easier from owners to hosts.

    `effect` is the effect on the log of the stock of direct investment; `depth` is the share of it that
    this measure brings.
    """

    kind: Literal["investment"]
    owners: tuple[str, ...] = Field(min_length=1)
    hosts: tuple[str, ...] = Field(min_length=1)
    effect: Effect
    depth: Effect
    channel: Literal["openness"] = "openness"


class Skills(MeasureBase):
    """Effective labour grows by a share."""

    kind: Literal["skills"]
    economies: tuple[str, ...] = Field(min_length=1)
    growth: Effect
    channel: Literal["labour"] = "labour"


class People(MeasureBase):
    """People exchange: training places, volunteers, language courses of some owners in some hosts.

    It acts on the skills of people and on what both sides know of each other: `skills` is the growth of
    effective labour of the hosts; `investment` and `trade` are the effects of full information on the log of
    the owners' direct investment in the hosts and of goods traded with them, both ways, such as the
    coefficients of a common language among the study's estimates; `depth` is the share of the two that the
    exchange brings. No published effect is known: a range of one's own says `assumed`.
    """

    kind: Literal["people"]
    owners: tuple[str, ...] = Field(min_length=1)
    hosts: tuple[str, ...] = Field(min_length=1)
    skills: Effect | None = None
    investment: Effect | None = None
    trade: Effect | None = None
    depth: Effect | None = None
    channel: Literal["people"] = "people"

    @model_validator(mode="after")
    def _something(self) -> People:
        informs = self.investment is not None or self.trade is not None
        if self.skills is None and not informs:
            raise ValueError("give `skills`, `investment` or `trade`")
        if informs != (self.depth is not None):
            raise ValueError("`depth` comes with `investment` or `trade`, and they with it")
        return self


class Productivity(MeasureBase):
    """Productivity grows by a share (power, mining, digital services)."""

    kind: Literal["productivity"]
    economies: tuple[str, ...] = Field(min_length=1)
    growth: Effect
    channel: Literal["productivity"] = "productivity"


Measure = Annotated[
    BorderHours
    | Customs
    | Link
    | Hub
    | Gauge
    | Port
    | Agreement
    | FreeZone
    | Investment
    | Skills
    | People
    | Productivity,
    Field(discriminator="kind"),
]


class Scenario(Record):
    """One rung of a ladder or one variant of it.

    `builds_on` names the scenario whose measures it contains; its own come on top.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=3)
    label: str = Field(min_length=2, max_length=28, description="a short name for charts")
    question: str = Field(min_length=3)
    rung: int = Field(ge=0)
    builds_on: str | None = None
    variant_of: str | None = Field(default=None, description="the scenario whose effect this one replaces")
    legal: Literal["possible_now", "needs_treaty", "needs_accession", "conflicts"] = "possible_now"
    measure: tuple[Measure, ...] = ()
