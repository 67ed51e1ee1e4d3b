"""Activities in and out as XML of the International Aid Transparency Initiative, standard 2.03.

A file is read as a stream, one activity in memory at a time. What serai does not model is kept as XML, both
inside a transaction and beside it, and written back in the order that the standard asks for. Comments and
processing instructions are not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from serai.errors import InputError, MissingExtraError, Problem
from serai.exchange.iati_elements import activity_fields, element_of
from serai.exchange.limits import DEFAULT, MIB, Limits, check_file
from serai.exchange.progress import Progress, Watched
from serai.exchange.standards import IATI, standard_file, standards_folder
from serai.records.activity import Activity
from serai.records.base import problems_of

try:
    from lxml import etree
except ImportError:
    raise MissingExtraError("lxml", "exchange") from None

VERSION = "2.03"
SAFE = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
WHOLE = 10 * MIB
"""Files up to here are validated as one tree, which knows lines; larger ones as a stream."""

TIDY = {"remove_comments": True, "remove_pis": True, "remove_blank_text": True}


class Place(NamedTuple):
    """An activity or the problems that keep it out, and where it stands."""

    number: int
    line: int
    activity: Activity | None
    problems: tuple[Problem, ...]


def stream_iati(path: Path, limits: Limits = DEFAULT, progress: Progress | None = None) -> Iterator[Place]:
    """Each activity of a file in turn; a bad one comes with its problems and does not stop the stream.

    `progress` is called with the file's name, the bytes read and the bytes there are.

    Raises `InputError` for a file that is no IATI 2 activity file, that declares a document type (entities
    are how XML is made to explode or to read other files), or that is not well formed.
    """
    check_file(path, limits.xml_bytes)
    for number, element in enumerate(_activities(path, progress), 1):
        line = element.sourceline or 0
        try:
            yield Place(number, line, Activity.model_validate(activity_fields(element)), ())
        except ValidationError as error:
            name = (element.findtext("iati-identifier") or f"activity {number}").strip()
            found = problems_of(error, file=path.name, row=f"line {line} ({name})")
            yield Place(number, line, None, tuple(found))


def read_iati(
    path: Path,
    limits: Limits = DEFAULT,
    standards: Path | None = None,
    *,
    progress: Progress | None = None,
) -> tuple[Activity, ...]:
    """All activities of a file, or `InputError` with every problem and its line.

    Parameters
    ----------
    standards : folder of the standards; by default the one that `SERAI_STANDARDS` names. With it the file is
        validated against the published schema first.
    progress : as in `stream_iati`.
    """
    folder = standards_folder(standards)
    problems = [] if folder is None else list(xsd_problems(path, folder, limits))
    found = tuple(each_activity(path, problems, limits, progress))
    if problems:
        raise InputError(problems)
    return found


def each_activity(
    path: Path, problems: list[Problem], limits: Limits = DEFAULT, progress: Progress | None = None
) -> Iterator[Activity]:
    """The good activities of a file, one in memory at a time.

    What is wrong, an identifier given twice included, is added to `problems`; after `limits.problems` of them
    reading stops.
    """
    lines: dict[str, int] = {}
    for place in stream_iati(path, limits, progress):
        problems += place.problems
        if place.activity is not None:
            first = lines.setdefault(place.activity.identifier, place.line)
            if first != place.line:
                reason, remedy = f"the identifier is already in line {first}", "Give each activity its own."
                problems.append(Problem(reason, remedy, path.name, f"line {place.line}", "id"))
            yield place.activity
        if len(problems) >= limits.problems:
            break


def write_iati(
    path: Path,
    activities: Iterable[Activity],
    *,
    generated: datetime | None = None,
    standards: Path | None = None,
) -> None:
    """Write activities one by one; the file appears whole or not at all.

    With a folder of the standards it is validated against the published schema before it gets its name.
    """
    generated = generated or datetime.now(UTC)
    whole = path.with_name(path.name + ".part")
    try:
        with etree.xmlfile(str(whole), encoding="utf-8") as stream:
            stream.write_declaration()
            stamp = generated.isoformat(timespec="seconds").replace("+00:00", "Z")
            with stream.element("iati-activities", {"version": VERSION, "generated-datetime": stamp}):
                for activity in activities:
                    stream.write("\n")
                    stream.write(_element(activity))
        folder = standards_folder(standards)
        problems = [] if folder is None else list(xsd_problems(whole, folder))
        if problems:
            raise InputError(problems)
        whole.replace(path)
    finally:
        whole.unlink(missing_ok=True)


def xsd_problems(path: Path, folder: Path, limits: Limits = DEFAULT) -> Iterator[Problem]:
    """What the published schema says about a file; with lines, unless it is too large for one tree."""
    check_file(path, limits.xml_bytes)
    schema = _schema(standard_file(folder, IATI, "iati-activities-schema.xsd"))
    whole = path.stat().st_size <= WHOLE
    with path.open("rb") as file:
        log = _log_of_tree(file, schema, path) if whole else _log_of_stream(file, schema, path)
    for entry in log[: limits.problems]:
        remedy = "Correct it to what the standard takes."
        row = f"line {entry.line}" if entry.line else None
        yield Problem(f"the IATI schema says: {entry.message[:300]}", remedy, path.name, row)


def _log_of_tree(file: Any, schema: Any, path: Path) -> list[Any]:
    """Errors with their lines; a stream does not know them."""
    try:
        tree = etree.parse(file, etree.XMLParser(**SAFE))
    except etree.XMLSyntaxError as error:
        return list(error.error_log)
    _refuse_doctype(tree.getroot(), path)
    schema.validate(tree)
    return list(schema.error_log)


def _log_of_stream(file: Any, schema: Any, path: Path) -> list[Any]:
    events = etree.iterparse(file, events=("start", "end"), schema=schema, **SAFE)
    with suppress(etree.XMLSyntaxError):  # the log says it, with everything before it
        for number, (event, element) in enumerate(events):
            if number == 0:
                _refuse_doctype(element, path)
            if event == "end" and element.tag == "iati-activity":
                _forget(element)
    return list(events.error_log)


@lru_cache(maxsize=2)
def _schema(path: Path) -> Any:
    return etree.XMLSchema(etree.parse(str(path)))


def _element(activity: Activity) -> Any:
    try:
        return element_of(activity)
    except ValueError as error:
        reason = f"a text that XML cannot hold: {error}"
        raise InputError(Problem(reason, "Remove its control characters.", row=activity.identifier)) from None


def _activities(path: Path, progress: Progress | None) -> Iterator[Any]:
    with path.open("rb") as opened:
        file = Watched(opened, path, progress) if progress else opened
        try:
            for number, (event, element) in enumerate(
                etree.iterparse(file, events=("start", "end"), **SAFE, **TIDY)
            ):
                if number == 0:
                    _refuse_doctype(element, path)
                    _refuse_root(element, path)
                if event == "end" and element.tag == "iati-activity":
                    yield element
                    _forget(element)
        except etree.XMLSyntaxError as error:
            row = f"line {error.lineno}" if error.lineno else None
            raise InputError(
                Problem(f"not well-formed XML: {error.msg}", "Export it again.", path.name, row)
            ) from None


def _forget(element: Any) -> None:
    """Free an activity and everything before it; only the root stays."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def _refuse_doctype(element: Any, path: Path) -> None:
    if element.getroottree().docinfo.doctype:
        raise InputError(
            Problem(
                "the file declares a document type",
                "IATI files have none; remove the <!DOCTYPE>.",
                file=path.name,
            )
        )


def _refuse_root(element: Any, path: Path) -> None:
    version = element.get("version", "")
    if element.tag != "iati-activities":
        reason, value = "not an IATI activity file", element.tag
    elif not version.startswith("2."):
        reason, value = "not a file of IATI 2", version
    else:
        return
    raise InputError(
        Problem(reason, "Give an iati-activities file of version 2.03.", file=path.name, value=value)
    )
