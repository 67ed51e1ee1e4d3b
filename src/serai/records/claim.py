"""A statement of a source article, and the rule by which the study judges it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from serai.records.base import Record

Relation = Literal["above", "below"]


class Condition(Record):
    """One thing that must hold: a number of the brief lies above or below a bound, or another number."""

    number: str = Field(description="the key of a number of the brief")
    relation: Relation
    than: float | None = Field(default=None, description="the bound, in the unit of the number")
    than_number: str | None = Field(default=None, description="the key of the number to compare with")

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.than is None) == (self.than_number is None):
            raise ValueError("a condition compares with one thing. Give either `than` or `than_number`")
        return self


class Claim(Record):
    """A statement in our own words, what tests it, and what follows from the test.

    A claim is judged by its conditions. It carries `magnitude_only` instead where the sign of its number is
    forced by an assumption or by the structure of the model, and `not_testable` where no data at hand can
    decide. With none of the three it is not yet tested.
    """

    id: str
    statement: str
    by: str
    tested_by: str
    rule: str = Field(default="", description="when it counts as supported, in words")
    conditions: tuple[Condition, ...] = ()
    magnitude_only: str = Field(default="", description="why its sign is no finding")
    not_testable: str = Field(default="", description="why no data at hand decide it")
    number: str | None = Field(default=None, description="the key of the number shown beside it")
    finding: str = Field(default="", description="a sentence with {number}, or with names of `figures`")
    figures: dict[str, str] = Field(default={}, description="name in the finding -> key of a number")
    would_change: str = Field(default="", description="what would change the verdict")

    @model_validator(mode="after")
    def _one_way_to_judge(self) -> Self:
        ways = sum(map(bool, (self.conditions, self.magnitude_only, self.not_testable)))
        if ways > 1:
            raise ValueError("a claim is judged in one way. Keep conditions, magnitude_only or not_testable")
        if self.conditions and not self.rule:
            raise ValueError("a rule without words. Say in `rule` when the claim counts as supported")
        if ways and not self.would_change:
            raise ValueError("a verdict that nothing could change. Say in `would_change` what would")
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of all numbers that the claim hangs on."""
        named = [self.number, *self.figures.values()]
        tested = [key for c in self.conditions for key in (c.number, c.than_number)]
        return tuple(dict.fromkeys(key for key in (*named, *tested) if key is not None))
