"""effects.csv: what projects do to the network, as measures of the same kinds as in scenarios."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationError

from serai.errors import Problems, suggestion
from serai.exchange.csv import read_csv
from serai.records import Record
from serai.records.scenario import BorderHours, Customs, Gauge, Hub, Link, Port
from serai.study import Study

FILE = "effects.csv"


Works = BorderHours | Customs | Gauge | Hub | Link | Port
KINDS: dict[str, type[Works]] = {
    "border_hours": BorderHours,
    "customs": Customs,
    "gauge": Gauge,
    "hub": Hub,
    "link": Link,
    "port": Port,
}
LAW = "works; no treaty is needed"


class ProjectEffect(Record):
    """One row of effects.csv: what a project does to the network, as a measure of a scenario does.

    The columns are those of the measures: `between`, `also` and `crossings` for hours at borders, `economies`
    for customs, `places` for hubs, ports and changes of gauge, `opens` and `faster` for links.
    """

    project: str
    kind: Literal["border_hours", "customs", "gauge", "hub", "link", "port"]
    between: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    crossings: tuple[str, ...] = ()
    economies: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    faster: tuple[str, ...] = ()
    cut: float | None = Field(
        default=None, ge=0, le=1, description="share of hours (and fees) that goes away"
    )
    low: float | None = Field(default=None, ge=0, le=1)
    high: float | None = Field(default=None, ge=0, le=1)
    basis: Literal["reported", "estimated", "assumed"]
    source: str = Field(min_length=3)

    @property
    def measure(self) -> Works:
        """The measure of the whole works.

        Raises `pydantic.ValidationError` for a row that makes none: a hub without places, a cut without
        links that become faster.
        """
        kind = KINDS[self.kind]
        targets = {name: getattr(self, name) for name in TARGETS if getattr(self, name)}
        spread = {} if self.low is None else {"low": self.low, "high": self.high, "shape": "triangular"}
        effect = {
            "value": self.cut, **spread,
            "unit": "share of hours", "basis": self.basis, "source": self.source,
        }  # fmt: skip
        cut = {} if self.cut is None else {"cut": effect}
        return kind.model_validate(
            {"kind": self.kind, "name": self.project, "feasibility": LAW, **targets, **cut}
        )


TARGETS = ("between", "also", "crossings", "economies", "places", "opens", "faster")


def read_effects(study: Study) -> tuple[ProjectEffect, ...]:
    """The effects of a study; none when it has no such file.

    Raises
    ------
    InputError : all at once: bad cells, projects that the study does not have, two rows for one project, a
        hub without a share, a range that does not hold the value.
    """
    file = study.path / FILE
    if not file.exists():
        return ()
    found = read_csv(file, ProjectEffect)
    known = [project.id for project in study.records.projects]
    names = [effect.project for effect in found]
    problems = Problems(FILE)
    for effect in found:
        name = effect.project
        if name not in known:
            problems.add("there is no such project", suggestion(name, known), field="project", value=name)
        if names.count(name) > 1:
            problems.add("a project acts through one channel", "Keep one row.", field="project", value=name)
        try:
            _ = effect.measure
        except ValidationError as error:
            for found_wrong in error.errors():
                cell = str(found_wrong["loc"][0]) if found_wrong["loc"] else "kind"
                remedy = f"Give what a measure of kind {effect.kind} takes; see docs/study.md."
                problems.add(found_wrong["msg"], remedy, field=cell, value=name)
        if effect.cut is not None and not (effect.low or 0) <= effect.cut <= (
            effect.cut if effect.high is None else effect.high
        ):
            problems.add(
                "the cut lies outside its range", "Give low <= cut <= high.", field="cut", value=name
            )
    problems.raise_if_any()
    return found
