"""A study folder read into frozen, validated inputs.

    study.toml            name, region, lead partner, other partners, settings
    scenarios/*.toml      one scenario a file
    borders.csv           optional: hours and fees at borders, for a region without a corridor network
    commitments.csv ...   what was promised, by whom, in which format; projects; meetings (see records/)
    attraction.csv        optional: the regression that decides whether integration draws investment
    claims.toml           statements of a source article and what tests each
    sweeps/*.toml         optional: grids of scenarios for `serai sweep`
    tables/*.csv          optional: replaces a table of the atlas, same schema

Everything wrong is reported at once, each with file, line or row, field, reason and remedy.
"""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from serai.errors import InputError, Problem, Problems, UnknownNameError, suggestion
from serai.exchange.csv import read_csv
from serai.exchange.folder import Tables, read_folder
from serai.money import Exchange, read_exchange
from serai.provenance import sha256
from serai.records import Record
from serai.records.claim import Claim
from serai.records.scenario import Effect, Scenario
from serai.shown import Shown

T = TypeVar("T", bound=Record)
R = TypeVar("R")

STUDY_FILES = ("*.toml", "scenarios/*.toml", "*.csv", "tables/*.csv")


class Region(Record):
    """The economies whose integration is studied."""

    name: str
    demonym: str
    code: str = Field(
        default="",
        pattern=r"^([A-Z][A-Z0-9]+)?$",
        description="a short word for all its economies, such as C5; records may use it for them",
    )
    economies: tuple[str, ...] = Field(min_length=2)


class Partner(Record):
    """One outside partner: an economy, or a named set of economies."""

    id: str
    name: str
    economies: tuple[str, ...] = Field(min_length=1)
    lead: bool = False


class Settings(Record):
    """What the model is told besides the data."""

    deficits: Literal["fixed", "proportional", "none"] = "fixed"
    headline: str = Field(description="the scenario whose numbers open the brief")
    headline_wealth: Literal["fixed", "steady"] = "fixed"
    agreements_off: tuple[str, ...] = ()
    network: Literal["atlas", "none"] = Field(
        default="atlas", description="the corridor network of the atlas, or none: then no border costs time"
    )
    as_of: date = Field(
        description="the day on which the pages of the study were read: what is late is late then"
    )


class Estimate(Record):
    """An estimate on the base year: which flows, which covariates, and the published row beside each."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    table: Literal["trade", "fdi"]
    flow: Literal["goods", "services"] | None = None
    bases: tuple[str, ...] = Field(min_length=1)
    covariates: tuple[str, ...] = Field(min_length=1)
    labels: tuple[str, ...] = Field(min_length=1)
    published: dict[str, str] = Field(default={}, description="covariate -> parameter of the atlas")


class Same(Record):
    """A project and the commitment that is the same thing."""

    project: str
    commitment: str


class Deciding(Record):
    """One coefficient of the regression of outsiders' investment on the host's market reach."""

    specification: str
    term: str
    estimate: float
    std_error: float = Field(gt=0)
    statistic: float
    p_value: float
    low: float
    high: float
    unit: str
    basis: Literal["estimated"]
    source: str
    n_obs: int


class Border(Record):
    """Hours and fees to cross from one economy into its neighbour."""

    exporter: str = Field(description="code of the economy that goods leave, or `outside`")
    importer: str = Field(description="code of the neighbour that they enter, or `outside`")
    hours: float = Field(ge=0, description="hours to cross, both sides together")
    hours_low: float = Field(ge=0, description="10th percentile")
    hours_high: float = Field(ge=0, description="90th percentile")
    fee_usd: float = Field(ge=0, description="USD a truck, both sides together")
    fee_low_usd: float = Field(ge=0, description="10th percentile")
    fee_high_usd: float = Field(ge=0, description="90th percentile")
    basis: Literal["reported", "carried", "imputed", "assumed"]
    source: str = Field(min_length=3)
    note: str = ""


class StudyFile(Record):
    """study.toml."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    title: str
    question: str
    source_article: str = ""
    region: Region
    partner: tuple[Partner, ...] = Field(min_length=1)
    groups: dict[str, tuple[str, ...]] = Field(default={})
    settings: Settings
    estimate: tuple[Estimate, ...] = ()
    depth: dict[str, str] = Field(
        default={}, description="agreement in force -> the assumption that says how deep"
    )
    assumptions: dict[str, Effect] = Field(default={})


class Claims(Record):
    claim: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Study(Shown):
    """A study, validated. `path` is where it was read from; `hashes` has the sha256 of each file."""

    path: Path
    about: StudyFile
    scenarios: tuple[Scenario, ...]
    borders: tuple[Border, ...]
    claims: tuple[Claim, ...]
    records: Tables
    deciding: tuple[Deciding, ...]
    exchange: Exchange | None
    same: tuple[Same, ...]
    tables: Mapping[str, Path]
    hashes: Mapping[str, str]

    @property
    def money(self) -> Exchange:
        """Exchange rates and prices; an error says which file is missing if there is money to convert."""
        if self.exchange is None and not (self.records.commitments or self.records.transactions):
            return Exchange(())
        if self.exchange is None:
            raise InputError(
                Problem(
                    "the study has no exchange rates",
                    "Add rates.csv (see the reference study).",
                    file="rates.csv",
                )
            )
        return self.exchange

    @property
    def on_network(self) -> bool:
        """Does the corridor network of the atlas carry the study's goods?"""
        return self.about.settings.network == "atlas" and not self.borders

    @property
    def has_borders(self) -> bool:
        """Do goods of the study lose time and money at borders, on the network or in rows of its own?"""
        return self.on_network or bool(self.borders)

    @property
    def lead(self) -> Partner:
        return next(partner for partner in self.about.partner if partner.lead)

    def scenario(self, name: str) -> Scenario:
        """One scenario by its id; `UnknownNameError` with the nearest for another."""
        for scenario in self.scenarios:
            if scenario.id == name:
                return scenario
        raise UnknownNameError("scenario", name, [scenario.id for scenario in self.scenarios])

    def ladder(self) -> tuple[str, ...]:
        """The chain of scenarios that leads to the highest rung, lowest first; variants are left out."""
        chain: list[str] = []
        name: str | None = max((s for s in self.scenarios if s.measure), key=lambda s: s.rung).id
        while name is not None:
            if self.scenario(name).measure:
                chain.append(name)
            name = self.scenario(name).builds_on
        return tuple(reversed(chain))

    def measures(self, name: str) -> tuple[tuple[str, Any], ...]:
        """All measures of a scenario with the keys of their rows, those it builds on first."""
        scenario = self.scenario(name)
        inherited = () if scenario.builds_on is None else self.measures(scenario.builds_on)
        own = ((f"scenario/{name}/measure/{n}", m) for n, m in enumerate(scenario.measure, start=1))
        return (*inherited, *own)


def reference_study() -> Path:
    """The folder of the study that comes with serai."""
    return Path(str(resources.files("serai") / "studies" / "tokyo"))


def read_study(path: Path | str | None = None) -> Study:
    """Read and validate a study folder; the reference study when no path is given.

    Raises
    ------
    InputError
        With every problem of every file: file, line or row, field, value, reason, remedy.
    """
    folder = reference_study() if path is None else Path(path)
    if not folder.is_dir():
        raise InputError(
            Problem(
                "there is no such study folder",
                "Give a folder, or make one: serai new DIR.",
                file=str(folder),
            )
        )
    problems = Problems()
    about = read_toml(folder, folder / "study.toml", StudyFile, problems)
    files = {
        file: scenario
        for file in sorted((folder / "scenarios").glob("*.toml"))
        if (scenario := read_toml(folder, file, Scenario, problems)) is not None
    }
    scenarios = tuple(files.values())
    rows = folder / "borders.csv"
    borders: tuple[Border, ...] = _read(partial(_borders, rows), (), problems) if rows.exists() else ()
    attraction = folder / "attraction.csv"
    deciding: tuple[Deciding, ...] = ()
    if attraction.exists():
        deciding = _read(partial(_deciding, attraction), (), problems)
    pairs = folder / "same.csv"
    same: tuple[Same, ...] = _read(partial(_same, pairs), (), problems) if pairs.exists() else ()
    rates, prices = folder / "rates.csv", folder / "prices.csv"
    exchange: Exchange | None = None
    if rates.exists():
        exchange = _read(partial(read_exchange, rates, prices if prices.exists() else None), None, problems)
    records = _read(partial(read_folder, folder), Tables(), problems)
    claims_file = folder / "claims.toml"
    claims = read_toml(folder, claims_file, Claims, problems) if claims_file.exists() else Claims()
    problems.raise_if_any()
    assert about is not None
    assert claims is not None
    _check(about, scenarios, problems)
    if about.settings.network == "none" and not borders:
        _check_borders(files, problems)
    _check_same(same, records, problems)
    problems.raise_if_any()
    ordered = tuple(sorted(scenarios, key=lambda s: s.rung))
    tables = {file.stem: file for file in sorted((folder / "tables").glob("*.csv"))}
    return Study(
        folder,
        about,
        ordered,
        borders,
        claims.claim,
        records,
        deciding,
        exchange,
        same,
        tables,
        _hashes(folder),
    )


def new_study(folder: Path) -> Path:
    """Copy the reference study, with its comments, into a folder that does not exist yet or is empty."""
    empty_folder(folder)
    staging = folder.parent / f".{folder.name}.part"
    shutil.rmtree(staging, ignore_errors=True)
    shutil.copytree(reference_study(), staging, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    if folder.exists():
        folder.rmdir()
    staging.rename(folder)
    about = folder / "study.toml"
    text = about.read_text(encoding="utf-8")
    about.write_text(
        text.replace(f'id = "{read_study().about.id}"', f'id = "{study_id(folder.name)}"', 1),
        encoding="utf-8",
    )
    return folder


def empty_folder(folder: Path) -> None:
    """Refuse a folder that holds something, or a file in its place."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            Problem("the folder is not empty", "Choose a new folder; nothing was written.", file=str(folder))
        )


def study_id(name: str) -> str:
    """The id of a study in a folder of some name.

    >>> study_id("East Africa 2")
    'east-africa-2'
    """
    return re.sub(r"[^a-z0-9_-]", "-", name.lower()).lstrip("-_0123456789") or "study"


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted({file for pattern in STUDY_FILES for file in folder.glob(pattern)})
    return {file.relative_to(folder).as_posix(): sha256(file.read_bytes()) for file in files}


def _check(about: StudyFile, scenarios: Iterable[Scenario], problems: Problems) -> None:
    """Rules that no single record can see."""
    known = {scenario.id: scenario for scenario in scenarios}
    if len(known) < len(tuple(scenarios)):
        problems.add("two scenarios have the same id", "Give each its own.", file="scenarios", field="id")
    said = False  # one message for a circle, not one for each scenario that leads into it
    for scenario in known.values():
        file = f"scenarios: {scenario.id}"
        if scenario.builds_on is not None and scenario.builds_on not in known:
            remedy = suggestion(scenario.builds_on, known)
            problems.add("builds on a scenario that does not exist", remedy, file=file, field="builds_on")
        elif _circular(scenario, known) and not said:
            said = True
            problems.add("builds on itself", "Break the circle.", file=file, field="builds_on")
    if about.settings.headline not in known:
        remedy = suggestion(about.settings.headline, known)
        problems.add("the headline is not a scenario", remedy, file="study.toml", field="settings.headline")
    for agreement, assumption in about.depth.items():
        if assumption not in about.assumptions:
            remedy = suggestion(assumption, about.assumptions)
            problems.add(
                "there is no such assumption",
                remedy,
                file="study.toml",
                field=f"depth.{agreement}",
                value=assumption,
            )
    ids = [partner.id for partner in about.partner]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        problems.add(
            "two partners have the same id",
            "Give each its own.",
            file="study.toml",
            field="partner.id",
            value=name,
        )
    if sum(partner.lead for partner in about.partner) != 1:
        problems.add(
            "a study has exactly one lead partner",
            "Set lead = true for one [[partner]].",
            file="study.toml",
            field="partner.lead",
        )


def _check_borders(files: Mapping[Path, Scenario], problems: Problems) -> None:
    """Where no border costs time, a measure at borders would do nothing and say so nowhere."""
    for file, scenario in files.items():
        text = file.read_text(encoding="utf-8")
        for number, measure in enumerate(scenario.measure, start=1):
            if measure.kind in AT_BORDERS:
                problems.add(
                    "the study has no borders that cost time: it has no corridor network and no borders.csv",
                    "Add borders.csv (see docs/howto/borders.md), or take the measure out.",
                    file=f"scenarios/{file.name}",
                    row=_line(text, ["measure", number - 1, "kind"]),
                    field=f"measure.{number}.kind",
                    value=measure.kind,
                )


AT_BORDERS = ("border_hours", "customs", "free_zone")
"""Kinds of measures that act on the hours and fees at borders alone."""


def _check_same(same: Iterable[Same], records: Tables, problems: Problems) -> None:
    """Both names of a pair exist."""
    for field, known in (
        ("project", [p.id for p in records.projects]),
        ("commitment", [c.id for c in records.commitments]),
    ):
        for pair in same:
            name = getattr(pair, field)
            if name not in known:
                problems.add(
                    f"there is no such {field}",
                    suggestion(name, known),
                    file="same.csv",
                    field=field,
                    value=name,
                )


def _circular(scenario: Scenario, known: Mapping[str, Scenario]) -> bool:
    seen = {scenario.id}
    while scenario.builds_on is not None and scenario.builds_on in known:
        scenario = known[scenario.builds_on]
        if scenario.id in seen:
            return True
        seen.add(scenario.id)
    return False


def _borders(file: Path) -> tuple[Border, ...]:
    return read_csv(file, Border)


def _same(file: Path) -> tuple[Same, ...]:
    return read_csv(file, Same)


def _deciding(file: Path) -> tuple[Deciding, ...]:
    return read_csv(file, Deciding)


def _read(read: Callable[[], R], empty: R, problems: Problems) -> R:
    """What a reader finds; its problems join the others of the study."""
    try:
        return read()
    except InputError as error:
        problems.extend(error.problems)
        return empty


def read_toml(folder: Path, file: Path, model: type[T], problems: Problems) -> T | None:
    name = file.relative_to(folder).as_posix()
    text = ""
    try:
        text = file.read_text(encoding="utf-8")
        return model.model_validate(tomllib.loads(text))
    except FileNotFoundError:
        problems.add("the file is missing", "Copy one from the reference study: serai new DIR.", file=name)
    except UnicodeDecodeError as error:
        problems.add("the file is not UTF-8 text", f"Save it as UTF-8 ({error}).", file=name)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        problems.add(str(error), "Correct the TOML.", file=name, row=int(line[1]) if line else None)
    except ValidationError as error:
        for found in error.errors():
            problems.extend([_problem(found, model, name, text)])
    return None


def _problem(found: Any, model: type[Record], name: str, text: str) -> Problem:
    """A pydantic error as one of our problems, with the line of the file where the field stands."""
    path = [part for part in found["loc"] if part not in _KINDS]
    counted = [part + 1 if isinstance(part, int) else part for part in path]  # from 1, as people count
    field = ".".join(map(str, counted))
    reason = found["msg"].removeprefix("Value error, ")
    remedy = "Correct the value."
    if found["type"] == "extra_forbidden":
        reason, remedy = "there is no such field", suggestion(str(path[-1]), _fields_near(model, path[:-1]))
    elif found["type"] == "missing":
        reason, remedy = "the field is missing", "Add it; the reference study has an example of each."
    elif found["type"] == "union_tag_invalid":
        reason = "there is no such kind of measure"
        remedy = suggestion(str(found["ctx"]["tag"]), sorted(_KINDS)) + " " + _no_tariff(found["ctx"]["tag"])
    value = found["input"] if not isinstance(found["input"], dict | list) else None
    return Problem(reason, remedy.strip(), name, _line(text, path), field, value)


_KINDS = frozenset(
    {
        "agreement",
        "border_hours",
        "customs",
        "free_zone",
        "gauge",
        "hub",
        "investment",
        "link",
        "people",
        "port",
        "productivity",
        "skills",
    }
)


def _no_tariff(kind: object) -> str:
    if "tariff" in str(kind):
        return "The one-sector model has no tariff revenue and takes no tariffs."
    return ""


def _fields_near(model: type[Record], path: list[Any]) -> list[str]:
    """Names of the fields where an unknown one was found; all names of the file's models if unsure."""
    schema = TypeAdapter(model).json_schema()
    definitions = [schema, *schema.get("$defs", {}).values()]
    if not path:
        definitions = definitions[:1]
    return sorted({name for definition in definitions for name in definition.get("properties", {})})


def _line(text: str, path: list[Any]) -> int | None:
    """The line on which a field of a TOML file most likely stands."""
    lines = text.splitlines()
    start = 0
    for place, part in enumerate(path):
        if isinstance(part, int):
            header = re.compile(rf"^\s*\[\[{re.escape(str(path[place - 1]))}\]\]")
            hits = [n for n, line in enumerate(lines) if header.match(line)]
            start = hits[part] if part < len(hits) else start
    for part in reversed(path):
        if isinstance(part, str):
            key = re.compile(
                rf"^\s*(\[+[^\]]*\b{re.escape(part)}\]+|{re.escape(part)}\s*=|.*[{{,]\s*{re.escape(part)}\s*=)"
            )
            for n, line in enumerate(lines[start:], start=start + 1):
                if key.match(line):
                    return n
    return start + 1 if lines else None
