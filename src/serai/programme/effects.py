"""What projects do to the network and to economies, row by row of effects.csv, as measures of scenarios.

A row names a project, or a sector: then it is the general assumption for the projects of that sector that
have no row of their own.
"""

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
ON_ECONOMIES = ("productivity", "skills")


class ProjectEffect(Record):
    """One row of effects.csv: what a project, or every project of a sector, does as a measure of a scenario.

    The columns are those of the measures: `between`, `also` and `crossings` for hours at borders, `economies`
    for customs, `places` for hubs, ports and changes of gauge, `opens` and `faster` for links. Productivity
    and skills take `reach`: the share of the project's yearly benefit by which the output of its host, or the
    income of its labour, grows.
    """

    project: str = ""
    sector: str = Field(default="", description="instead of a project: all of this sector without a row")
    kind: Literal["border_hours", "customs", "gauge", "hub", "link", "port", "productivity", "skills"]
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
    reach: float | None = Field(
        default=None, ge=0, le=1, description="share of the yearly benefit that shows in the host's economy"
    )
    low: float | None = Field(default=None, ge=0, le=1)
    high: float | None = Field(default=None, ge=0, le=1)
    basis: Literal["reported", "estimated", "assumed"]
    source: str = Field(min_length=3)

    @property
    def general(self) -> bool:
        """Does it stand for a whole sector?"""
        return bool(self.sector)

    @property
    def on_network(self) -> bool:
        return self.kind not in ON_ECONOMIES

    def covers(self, sector: str) -> bool:
        """Is it the general assumption for a sector? A sector stands for its subsectors."""
        return self.general and (sector == self.sector or sector.startswith(f"{self.sector}."))

    @property
    def measure(self) -> Works:
        """The measure of the whole works on the network.

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
    problems = Problems(FILE)
    _check_names(found, [project.id for project in study.records.projects], problems)
    for effect in found:
        _check_measure(effect, problems)
        value = effect.cut if effect.on_network else effect.reach
        word = "cut" if effect.on_network else "reach"
        top = value if effect.high is None else effect.high
        if value is not None and top is not None and not (effect.low or 0) <= value <= top:
            name = effect.project or effect.sector
            problems.add(
                f"the {word} lies outside its range", f"Give low <= {word} <= high.", field=word, value=name
            )
    problems.raise_if_any()
    return found


def network_effects(study: Study) -> tuple[ProjectEffect, ...]:
    """The effects of projects on the network."""
    return tuple(effect for effect in read_effects(study) if effect.on_network)


def _check_names(found: tuple[ProjectEffect, ...], known: list[str], problems: Problems) -> None:
    """Every row names a project of the study or a sector, each once."""
    names = [effect.project or effect.sector for effect in found]
    for effect, name in zip(found, names, strict=True):
        if bool(effect.project) == bool(effect.sector):
            problems.add(
                "a row names a project or a sector", "Give one of the two.", field="project", value=name
            )
        elif effect.project and name not in known:
            problems.add("there is no such project", suggestion(name, known), field="project", value=name)
        if names.count(name) > 1:
            problems.add("a project acts through one channel", "Keep one row.", field="project", value=name)


def _check_measure(effect: ProjectEffect, problems: Problems) -> None:
    """A row has what a measure of its kind takes, and nothing else."""
    name = effect.project or effect.sector
    remedy = f"Give what a measure of kind {effect.kind} takes; see docs/study.md."
    if not effect.on_network:
        if effect.reach is None:
            problems.add("the share of the benefit is missing", remedy, field="reach", value=name)
        for field in ("cut", *TARGETS):
            if getattr(effect, field):
                problems.add(f"{effect.kind} takes no {field}", remedy, field=field, value=name)
        return
    if effect.reach is not None:
        problems.add("works on the network take a cut", remedy, field="reach", value=name)
    if effect.general:
        problems.add("works on the network belong to a project", remedy, field="sector", value=name)
        return
    try:
        _ = effect.measure
    except ValidationError as error:
        for found_wrong in error.errors():
            cell = str(found_wrong["loc"][0]) if found_wrong["loc"] else "kind"
            problems.add(found_wrong["msg"], remedy, field=cell, value=name)
