"""Grids as records: which effects of which scenarios a sweep sets, and to which values.

A grid has axes; its cells are all combinations of their points, for each of its scenarios. An axis sets one
effect to a series of values, or, as a list of named points, several effects in step. What the grid does not
name keeps its range and is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from serai.records.base import Record

EffectKey = Annotated[
    str, StringConstraints(pattern=r"^scenario/[a-z][a-z0-9_]*/measure/[1-9][0-9]*/[a-z][a-z_]*$")
]
"""An effect of a measure: `scenario/ID/measure/NUMBER/FIELD`, as `serai explain` names it."""

COLUMNS = ("cell", "scenario", "wealth", "draw", "who", "outcome", "status", "solved", "unit", "basis")
"""Columns of the results, so no names for axes."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: a scenario with some effects set.

    Attributes
    ----------
    number : its place in the grid, from 0.
    points : the label of its point on each axis.
    settings : effect -> value, what is held in all cells included.
    """

    number: int
    scenario: str
    points: tuple[str, ...]
    settings: dict[str, float]


class GridAxis(Record):
    """One axis: `effect` with `values`, or a list of named points: `labels` with `effects`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="a column of the results")
    title: str = Field(min_length=3)
    effect: EffectKey | None = None
    values: tuple[float, ...] = Field(default=(), description="what the effect is set to, in its own unit")
    effects: dict[EffectKey, tuple[float, ...]] = Field(
        default={}, description="several effects that move in step, each with a value a label"
    )
    labels: tuple[str, ...] = Field(default=(), description="the names of the points")

    @model_validator(mode="after")
    def _whole(self) -> GridAxis:
        if self.name in COLUMNS:
            raise ValueError(f"`{self.name}` is a column of the results: give the axis another name")
        if (self.effect is None) == (not self.effects):
            raise ValueError("give `effect` with `values`, or `effects` with `labels`")
        if self.effects and (self.values or not self.labels):
            raise ValueError("`effects` has its values in it and takes `labels`, not `values`")
        if self.effect is not None and not self.values:
            raise ValueError("an `effect` takes one or more `values`")
        for effect, values in self.moved.items():
            if len(values) != len(self.points):
                raise ValueError(f"{effect} has {len(values)} values for {len(self.points)} labels")
        for point in self.points:
            if self.points.count(point) > 1:
                raise ValueError(f"the point {point} is there twice")
        return self

    @property
    def moved(self) -> dict[str, tuple[float, ...]]:
        """Effect -> its value at each point."""
        return dict(self.effects) if self.effect is None else {self.effect: self.values}

    @property
    def points(self) -> tuple[str, ...]:
        """The label of each point: a value in six figures, or in full where that does not tell two apart."""
        short = self.labels or tuple(f"{value:g}" for value in self.values)
        return short if len(set(short)) == len(short) else self.labels or tuple(map(str, self.values))


class Grid(Record):
    """A grid of scenarios.

    `hold` sets effects to one value in every cell. `wealth` says which closures are solved: `fixed` is the
    medium run, `steady` the long run.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=3)
    question: str = Field(min_length=3)
    scenarios: tuple[str, ...] = Field(min_length=1, description="the scenarios that are varied")
    wealth: tuple[Literal["fixed", "steady"], ...] = Field(default=("fixed", "steady"), min_length=1)
    hold: dict[EffectKey, float] = Field(default={}, description="effect -> its value in every cell")
    axis: tuple[GridAxis, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _apart(self) -> Grid:
        named = [axis.name for axis in self.axis]
        moved = [*self.hold, *(effect for axis in self.axis for effect in axis.moved)]
        for what, names in (
            ("axis", named),
            ("effect", moved),
            ("scenario", self.scenarios),
            ("closure", self.wealth),
        ):
            for name in names:
                if list(names).count(name) > 1:
                    raise ValueError(f"the {what} {name} is there twice")
        return self

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All cells: scenarios outermost, then the axes, the last one fastest."""
        return tuple(self._cells())

    def _cells(self) -> Iterator[Cell]:
        places = product(*(range(len(axis.points)) for axis in self.axis))
        for number, (scenario, at) in enumerate(product(self.scenarios, places)):
            settings = dict(self.hold)
            for axis, place in zip(self.axis, at, strict=True):
                settings |= {effect: values[place] for effect, values in axis.moved.items()}
            labels = tuple(axis.points[place] for axis, place in zip(self.axis, at, strict=True))
            yield Cell(number, scenario, labels, settings)
