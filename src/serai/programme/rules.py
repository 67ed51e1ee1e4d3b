"""What a programme must obey: the rules of a study as one frozen record, read from `rules.toml`.

    read_rules(study) -> Rules
    check_rules(rules, projects)    names that exist, no circles, nothing both locked and barred

Each rule has a name (`budget.total`, `floor.people`, `lock.tj-rogun`), under which its price is reported and
by which a conflict is explained. What changes the answer has no default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Literal

from pydantic import Field, model_validator

from serai.errors import InputError, Problem, Problems, suggestion
from serai.programme.prospect import Prospect
from serai.records import Record
from serai.study import Study, read_toml

FILE = "rules.toml"
Amount = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Several = Annotated[tuple[str, ...], Field(min_length=2)]


class Window(Record):
    """The years in which money may be committed."""

    first_year: Annotated[int, Field(ge=1900, le=2200)]
    years: Annotated[int, Field(ge=1, le=50)]


class Worth(Record):
    """Whose discount rate and whose costs and benefits: keys of the appraisal's tables."""

    discount: str
    standing: str


class Budget(Record):
    """Money of the partner's participation, public and private, million USD."""

    total_usd_m: Amount
    """Commitments, whenever they are spent."""
    yearly_usd_m: tuple[Amount, ...] = ()
    """Spending in each year of the window; none: no yearly budget."""
    instruments_usd_m: dict[str, Amount] = Field(default={})
    """Commitments by instrument; an instrument that is not named has no budget of its own."""
    least_usd_m: Amount = 0
    """The smallest amount worth a decision: projects of which less is open are left out."""


class Partial(Record):
    """Participation in a share of the open amount of large projects; all others are taken whole or not."""

    from_usd_m: Amount
    """The whole cost from which a project is large."""
    least: Annotated[float, Field(gt=0, le=1)]
    most: Annotated[float, Field(gt=0, le=1)]

    @model_validator(mode="after")
    def _order(self) -> Partial:
        if self.least > self.most:
            raise ValueError("`least` is above `most`")
        return self


class Ceiling(Record):
    """The most that a country's government may borrow for the programme."""

    country: str
    usd_m: Amount
    basis: Literal["reported", "estimated", "assumed"]
    source: Annotated[str, Field(min_length=3)]


class Limit(Record):
    """A floor or a cap on the amount chosen in an area, a country, a sector or of a sponsor.

    Either `share` (of the amount of the whole programme) or `usd_m`. A sector stands for its subsectors. The
    amount of a project in several countries is split evenly between those of the region.
    """

    area: str | None = None
    country: str | None = None
    sector: str | None = None
    sponsor: str | None = None
    share: Share | None = None
    usd_m: Amount | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Limit:
        if sum(value is not None for value in (self.area, self.country, self.sector, self.sponsor)) != 1:
            raise ValueError("give one of `area`, `country`, `sector` or `sponsor`")
        if (self.share is None) == (self.usd_m is None):
            raise ValueError("give one of `share` and `usd_m`")
        return self

    @property
    def of(self) -> tuple[str, str]:
        """What is limited: the field and its value."""
        for field in ("area", "country", "sector", "sponsor"):
            value = getattr(self, field)
            if value is not None:
                return field, value
        raise AssertionError("the validator lets no limit through without a field")

    @property
    def key(self) -> str:
        field, value = self.of
        return value if field == "area" else f"{field}.{value}"


class Precedence(Record):
    """A project that cannot start before another has started."""

    project: str
    needs: str
    why: str = ""


class Together(Record):
    """Projects that exclude one another, of which one must be taken, or that go together."""

    projects: Several
    why: str = ""


class Lock(Record):
    """A project that must be taken, with its reason."""

    project: str
    why: Annotated[str, Field(min_length=3)]
    start_year: int | None = None


class Bar(Record):
    """A project that may not be taken, with its reason."""

    project: str
    why: Annotated[str, Field(min_length=3)]


class Quality(Record):
    """Gates, and the least mean quality of the programme weighted by amount."""

    counts: Literal["low", "middle", "high"]
    """Which end of a project's interval counts."""
    open_gates: Literal["allow", "bar"]
    """What becomes of a project whose gates are not answered; one that fails a gate is always barred."""
    least_weighted: Share | None = None


class Objective(Record):
    """The mean net benefit, or a mixture of it with the mean of the worst draws (mean-CVaR).

    With weight w and tail t the objective is (1 - w) times the mean plus w times the mean of the worst share
    t of the draws.
    """

    kind: Literal["mean", "mean_cvar"]
    weight: Share | None = None
    tail: Annotated[float, Field(gt=0, le=1)] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Objective:
        if (self.kind == "mean_cvar") != (self.weight is not None and self.tail is not None):
            raise ValueError("`weight` and `tail` belong to mean_cvar, and to it alone")
        return self


class Solver(Record):
    """When to stop: the gap that counts as solved, and the time after which the best so far is given."""

    gap: Annotated[float, Field(ge=0, lt=1)]
    time_limit_s: Annotated[float, Field(gt=0)]


class Rules(Record):
    """All rules of a programme."""

    window: Window
    worth: Worth
    budget: Budget
    objective: Objective
    solver: Solver
    quality: Quality
    partial: Partial | None = None
    ceiling: tuple[Ceiling, ...] = ()
    floor: tuple[Limit, ...] = ()
    cap: tuple[Limit, ...] = ()
    precedence: tuple[Precedence, ...] = ()
    exclusion: tuple[Together, ...] = ()
    either_or: tuple[Together, ...] = ()
    package: tuple[Together, ...] = ()
    lock: tuple[Lock, ...] = ()
    bar: tuple[Bar, ...] = ()

    @model_validator(mode="after")
    def _years(self) -> Rules:
        given = len(self.budget.yearly_usd_m)
        if given not in (0, self.window.years):
            raise ValueError(f"{given} yearly budgets for {self.window.years} years. Give one for each year")
        return self

    @property
    def years(self) -> range:
        return range(self.window.first_year, self.window.first_year + self.window.years)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every project that a rule names, with the field that names it."""
        for n, order in enumerate(self.precedence, start=1):
            yield f"precedence.{n}.project", order.project
            yield f"precedence.{n}.needs", order.needs
        for kind in ("exclusion", "either_or", "package"):
            for n, group in enumerate(getattr(self, kind), start=1):
                yield from ((f"{kind}.{n}.projects", name) for name in group.projects)
        for kind in ("lock", "bar"):
            yield from (
                (f"{kind}.{n}.project", r.project) for n, r in enumerate(getattr(self, kind), start=1)
            )


def read_rules(study: Study) -> Rules:
    """The rules of a study.

    Raises
    ------
    InputError : every field that is missing, unknown or wrong, with its line; a study without rules.
    """
    if not any(project.is_candidate for project in study.records.projects):
        reason = "the study has no candidate projects, so there is no programme to choose"
        remedy = "Add projects.csv, a row a project, and rules.toml: what the programme must obey."
        raise InputError(Problem(reason, remedy, file="projects.csv"))
    problems = Problems()
    rules = read_toml(study.path, study.path / FILE, Rules, problems)
    problems.raise_if_any()
    assert rules is not None
    return rules


def check_rules(rules: Rules, projects: Sequence[Prospect]) -> None:
    """Refuse rules that cannot be meant.

    Raises
    ------
    InputError : names that no project has, one project both locked and barred, a circle of precedence, two
        rules under one name, a locked start outside the window; all at once.
    """
    problems = Problems(FILE)
    ids = [project.id for project in projects]
    repeated = sorted({name for name in ids if ids.count(name) > 1})
    for name in repeated:
        problems.add("a project appears twice", "Keep one.", file="projects", field="id", value=name)
    for field, name in rules.pairs():
        if name not in ids:
            problems.add("there is no such project", suggestion(name, ids), field=field, value=name)
    for check in (_limits, _circle, _locks, _repeated, _instruments):
        problems.extend(check(rules, projects))
    problems.raise_if_any()


def _limits(rules: Rules, projects: Sequence[Prospect]) -> Iterator[Problem]:
    """Areas, countries, sectors and sponsors that exist."""
    known: dict[str, Callable[[Prospect], Iterable[str]]] = {
        "area": lambda p: [p.area],
        "country": lambda p: p.countries,
        "sector": lambda p: [p.sector, p.sector.split(".")[0]],
        "sponsor": lambda p: p.sponsors,
    }
    for kind in ("floor", "cap"):
        for n, limit in enumerate(getattr(rules, kind), start=1):
            field, value = limit.of
            names = sorted({name for project in projects for name in known[field](project) if name})
            if value not in names:
                remedy = suggestion(value, names)
                yield Problem(
                    f"no project has this {field}", remedy, FILE, None, f"{kind}.{n}.{field}", value
                )


def _circle(rules: Rules, _: Sequence[Prospect]) -> Iterator[Problem]:
    needs: dict[str, set[str]] = {}
    for rule in rules.precedence:
        needs.setdefault(rule.project, set()).add(rule.needs)
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle = " needs ".join(reversed(error.args[1]))
        yield Problem("projects need one another in a circle", "Break it.", FILE, None, "precedence", circle)


def _locks(rules: Rules, _: Sequence[Prospect]) -> Iterator[Problem]:
    barred = {rule.project for rule in rules.bar}
    for n, lock in enumerate(rules.lock, start=1):
        if lock.project in barred:
            yield Problem(
                "a project is both locked and barred",
                "Keep one of the two.",
                FILE,
                None,
                f"lock.{n}",
                lock.project,
            )
        if lock.start_year is not None and lock.start_year not in rules.years:
            years = f"{rules.years[0]} to {rules.years[-1]}"
            field = f"lock.{n}.start_year"
            yield Problem(
                "the year lies outside the window", f"Give {years}.", FILE, None, field, lock.start_year
            )


def _repeated(rules: Rules, _: Sequence[Prospect]) -> Iterator[Problem]:
    names = [
        *(f"ceiling {rule.country}" for rule in rules.ceiling),
        *(f"floor {rule.key}" for rule in rules.floor),
        *(f"cap {rule.key}" for rule in rules.cap),
        *(f"lock {rule.project}" for rule in rules.lock),
        *(f"bar {rule.project}" for rule in rules.bar),
    ]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem("a rule is given twice", "Keep one.", FILE, None, name.split()[0], name)


def _instruments(rules: Rules, projects: Sequence[Prospect]) -> Iterator[Problem]:
    known = sorted({project.instrument for project in projects})
    for name in rules.budget.instruments_usd_m:
        if name not in known:
            field = "budget.instruments_usd_m"
            yield Problem(
                "no project takes this instrument", suggestion(name, known), FILE, None, field, name
            )


def refuse(reason: str, remedy: str, field: str, value: object = None) -> InputError:
    """An error of the rules' file."""
    return InputError(Problem(reason, remedy, FILE, None, field, value))
