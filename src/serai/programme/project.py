"""What quality and appraisal need to know of a project: one flat, frozen row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from serai.errors import Problems, suggestion
from serai.programme.rows import Row, checked

COLUMNS = (
    "id",
    "name",
    "countries",
    "sector",
    "status",
    "cost_usd_m",
    "cost_basis",
    "start_year",
    "end_year",
)

STAGES = ("identification", "preparation", "procurement", "implementation", "completion")
STAGE_OF_STATUS = {
    "identification": "identification",
    "preparation": "preparation",
    "implementation": "implementation",
    "completion": "completion",
    "maintenance": "completion",
    "decommissioning": "completion",
    "decommissioned": "completion",
    "cancelled": "completion",
}
"""The last stage whose questions are due, by OC4IDS project status."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project as its sources describe it; None means that no source was found to say.

    Parameters
    ----------
    id, name : identifier and title.
    countries : ISO 3166 codes, the first one the host that pays wages and burns fuel.
    sector, status : OC4IDS 0.9.5 code lists.
    cost_usd_m, cost_basis : the published amount and what it is an amount of (`tables/cost_bases.csv`).
    start_year, end_year : agreement or start of works, and planned or actual end.
    reference_class : row of `tables/reference_classes.csv`; None takes the sector's.
    capacity_mw, energy_gwh, length_km, people : size, where published: power, energy a year, length, and
        people taught over the whole project.
    schooling : what they are taught, `course` or `degree`.
    scopes : which special questions apply: `works`, `climate_finance`.
    intermediary : money is lent on through banks.
    """

    id: str
    name: str
    countries: tuple[str, ...]
    sector: str
    status: str
    cost_usd_m: float | None = None
    cost_basis: str | None = None
    start_year: int | None = None
    end_year: int | None = None
    reference_class: str | None = None
    capacity_mw: float | None = None
    energy_gwh: float | None = None
    length_km: float | None = None
    people: float | None = None
    schooling: str | None = None
    scopes: frozenset[str] = frozenset({"works"})
    intermediary: bool = False


def read_projects(
    rows: Iterable[Row], sizes: Iterable[Row] = (), file: str = "projects.csv"
) -> tuple[Project, ...]:
    """Projects from rows of text: the pipeline's columns, and a row of sizes for each project.

    Parameters
    ----------
    rows : mappings with `id`, `name`, `countries`, `sector`, `status`, `cost_usd_m`, `cost_basis`,
        `start_year`, `end_year`; countries separated by semicolons; blank is unknown.
    sizes : mappings with `project`, `reference_class`, `capacity_mw`, `energy_gwh`, `length_km`,
        `people`, `schooling`, `scopes`, `intermediary`.
    file : the name that problems are reported under.

    Raises
    ------
    InputError : every number that is none, every unknown status, every repeated identifier.
    """
    problems = Problems(file)
    by_project = {row["project"]: row for row in checked(sizes, ["project"], "sizes.csv")}
    projects: dict[str, Project] = {}
    for line, row in enumerate(checked(rows, COLUMNS, file), start=2):
        cells = _Cells(row, by_project.get(row["id"], {}), line, problems)
        if row["id"] in projects:
            problems.add("a project appears twice", "Keep one row.", row=line, field="id", value=row["id"])
        for field in ("id", "countries", "sector"):
            if not row[field].strip():
                problems.add(
                    "a project lacks what it is sorted by", f"Give its {field}.", row=line, field=field
                )
        if row["status"] not in STAGE_OF_STATUS:
            remedy = suggestion(row["status"], STAGE_OF_STATUS)
            problems.add("the status is not in OC4IDS", remedy, row=line, field="status", value=row["status"])
        project = _project(row, cells)
        if project.start_year and project.end_year and project.end_year < project.start_year:
            years = f"{project.start_year} to {project.end_year}"
            problems.add(
                "a project ends before it starts",
                "Check both years.",
                row=line,
                field="end_year",
                value=years,
            )
        projects[project.id] = project
    problems.raise_if_any()
    return tuple(projects.values())


def _project(row: Row, cells: _Cells) -> Project:
    return Project(
        id=row["id"],
        name=row["name"],
        countries=tuple(row["countries"].split(";")),
        sector=row["sector"],
        status=row["status"],
        cost_usd_m=cells.number("cost_usd_m"),
        cost_basis=cells.text("cost_basis"),
        start_year=cells.year("start_year"),
        end_year=cells.year("end_year"),
        reference_class=cells.text("reference_class"),
        capacity_mw=cells.number("capacity_mw"),
        energy_gwh=cells.number("energy_gwh"),
        length_km=cells.number("length_km"),
        people=cells.number("people"),
        schooling=cells.text("schooling"),
        scopes=frozenset((cells.text("scopes") or "").split(";")) - {""},
        intermediary=cells.text("intermediary") == "yes",
    )


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of one project, from both tables, with their problems."""

    row: Row
    sizes: Row
    line: int
    problems: Problems

    def text(self, field: str) -> str | None:
        return (self.row.get(field) or self.sizes.get(field) or "").strip() or None

    def number(self, field: str) -> float | None:
        text = self.text(field)
        if text is None:
            return None
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not 0 <= value < float("inf"):
            self.problems.add(
                "not an amount",
                "Give a number of zero or more, with a point for decimals, or leave it blank.",
                row=self.line,
                field=field,
                value=text,
            )
            return None
        return value

    def year(self, field: str) -> int | None:
        text = self.text(field)
        if text is not None and not (text.isdecimal() and len(text) == len("2026")):
            self.problems.add("not a year", "Give four digits.", row=self.line, field=field, value=text)
            return None
        return None if text is None else int(text)
