"""Projects in and out as JSON of the Open Contracting for Infrastructure Data Standard 0.9.5.

Fields of the standard that serai does not use are kept on each record and written back where they were.
What the standard cannot say stands under `serai`, which other readers may ignore.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from serai.errors import InputError, MissingExtraError, Problem
from serai.exchange.limits import DEFAULT, Limits, check_file
from serai.exchange.progress import Progress, counted
from serai.exchange.standards import OC4IDS, standard_file, standards_folder
from serai.records import Project
from serai.records.base import NO_GROUPS, Groups, in_groups, problems_of
from serai.records.project import Budget, Document, Location, Organization, Value
from serai.records.references import check_unique

VERSION = "0.9"
PACKAGE_FIELDS = ("uri", "publishedDate", "version", "publisher", "license", "publicationPolicy")


def read_oc4ids(
    path: Path,
    limits: Limits = DEFAULT,
    standards: Path | None = None,
    *,
    groups: Groups = NO_GROUPS,
    progress: Progress | None = None,
) -> tuple[Project, ...]:
    """The projects of a project package, of a list, or of a single project.

    Parameters
    ----------
    path : a JSON file.
    standards : folder of the standards; by default the one that `SERAI_STANDARDS` names. With it the file is
        validated against the published schema first.
    groups : words for several countries -> their codes (see `serai.exchange.groups`).
    progress : called with the file's name, the projects done and the projects there are.

    Raises
    ------
    InputError : every problem, with the place in the document.
    """
    check_file(path, limits.file_bytes)
    document = _load(path)
    projects = _projects(document, path.name)
    folder = standards_folder(standards)
    problems = [] if folder is None else schema_problems(projects, folder, path.name)
    found: list[Project] = []
    for number, fields in counted(projects, path.name, progress):
        try:
            found.append(Project.model_validate(fields, context=in_groups(groups)))
        except ValidationError as error:
            problems += problems_of(error, file=path.name, row=f"projects/{number}")
    problems += check_unique([p.id for p in found], path.name)
    if problems:
        raise InputError(problems)
    return tuple(found)


def write_oc4ids(
    path: Path,
    projects: Sequence[Project],
    *,
    uri: str,
    publisher: str,
    published: datetime | None = None,
    standards: Path | None = None,
) -> None:
    """Write a project package.

    Parameters
    ----------
    uri, publisher : what identifies the package, and who publishes it.
    published : when; now, if not given.
    standards : as in `read_oc4ids`; with it the package is validated before it is written.
    """
    published = published or datetime.now(UTC)
    package = {
        "uri": uri,
        "publishedDate": published.isoformat().replace("+00:00", "Z"),
        "version": VERSION,
        "publisher": {"name": publisher},
        "projects": [as_json(project) for project in projects],
    }
    folder = standards_folder(standards)
    if folder is not None:
        problems = schema_problems(package["projects"], folder, path.name)
        if problems:
            raise InputError(problems)
    whole = path.with_name(path.name + ".part")
    whole.write_text(json.dumps(package, ensure_ascii=False, indent=1), encoding="utf-8")
    whole.replace(path)


def as_json(project: Project) -> dict[str, Any]:
    """A project as OC4IDS JSON: camel case, blanks left out."""
    fields = project.model_dump(mode="json", by_alias=True, exclude_none=True)
    extension = project.serai.model_dump(mode="json", exclude_defaults=True)
    if extension:
        fields["serai"] = extension
    else:
        fields.pop("serai", None)
    return fields


def with_standard_fields(project: Project) -> Project:
    """The project with fields of the standard filled from our extension where they are blank.

    The cost in USD becomes the budget, countries become locations, sponsors parties, sources documents: so
    that a reader who knows only the standard sees them. Dates stay under `serai`: a year is no date-time.
    """
    own = project.serai
    fields: dict[str, Any] = {}
    if project.budget is None and own.cost_usd_m is not None and own.cost_basis in ("total", "estimate"):
        fields["budget"] = Budget(amount=Value(amount=own.cost_usd_m * 1e6, currency="USD"))
    if not project.locations and own.countries:
        fields["locations"] = tuple(Location(id=code, description=code) for code in project.countries)
    if not project.parties and own.sponsor:
        named = enumerate(own.sponsor, 1)
        fields["parties"] = tuple(Organization(id=f"{project.id}-party-{n}", name=name) for n, name in named)
    if not project.documents and own.sources:
        pages = enumerate(own.sources, 1)
        fields["documents"] = tuple(Document(id=f"{project.id}-source-{n}", url=url) for n, url in pages)
    return project.model_copy(update=fields)


def refused_by_schema(
    projects: Sequence[Project], file: str, standards: Path | None = None
) -> dict[str, list[Problem]]:
    """Projects that the published schema refuses, with why; none where no download of it is named."""
    folder = standards_folder(standards)
    found: dict[str, list[Problem]] = {}
    for problem in schema_problems(map(as_json, projects), folder, file) if folder else ():
        place = int(str(problem.row).partition("/")[2])
        found.setdefault(projects[place].id, []).append(problem)
    return found


def schema_problems(projects: Iterable[Any], folder: Path, file: str) -> list[Problem]:
    """What the published schema says about each project; `format` of dates and addresses included."""
    try:
        from jsonschema import Draft4Validator, FormatChecker
    except ImportError:
        raise MissingExtraError("jsonschema", "exchange") from None
    schema = json.loads(standard_file(folder, OC4IDS, "project-schema.json").read_text(encoding="utf-8"))
    validator = Draft4Validator(schema, format_checker=FormatChecker())
    return [
        Problem(
            f"the OC4IDS schema says: {error.message[:300]}",
            "Correct the value to what the standard takes.",
            file,
            f"projects/{number}",
            "/".join(str(part) for part in error.absolute_path) or None,
        )
        for number, project in enumerate(projects)
        for error in sorted(validator.iter_errors(project), key=lambda e: list(map(str, e.absolute_path)))
    ]


def _load(path: Path) -> Any:
    try:
        return json.loads(
            path.read_bytes().decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except UnicodeDecodeError as error:
        reason = f"the file is not UTF-8 (byte {error.start})"
        raise InputError(Problem(reason, "Save it as UTF-8.", file=path.name)) from None
    except json.JSONDecodeError as error:
        reason = f"not JSON: {error.msg}"
        raise InputError(
            Problem(reason, "Correct it there.", path.name, error.lineno, f"column {error.colno}")
        ) from None
    except RecursionError:
        raise InputError(
            Problem("the JSON is nested too deep", "Check where it is from.", file=path.name)
        ) from None
    except ValueError as error:
        raise InputError(Problem(str(error), "Correct it.", file=path.name)) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {twice!r} is given twice in one object")
    return fields


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number that JSON knows")


def _projects(document: Any, file: str) -> list[Any]:
    found = document.get("projects", [document]) if isinstance(document, dict) else document
    if not isinstance(found, list) or not all(isinstance(project, dict) for project in found):
        reason = "neither a project package, nor a list of projects, nor a project"
        raise InputError(Problem(reason, "A package has a list `projects`.", file=file))
    return found
