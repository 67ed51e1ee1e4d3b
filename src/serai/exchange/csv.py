"""Tables of records as CSV: UTF-8, comma, a header of field paths, `#` for comment lines at the top."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TypeVar

from serai.errors import InputError, Problem
from serai.exchange.cells import columns, header_problems, read_row, write_row
from serai.exchange.limits import DEFAULT, Limits, check_file
from serai.exchange.places import Place, Places, key_of
from serai.exchange.progress import Progress, report
from serai.records.base import NO_GROUPS, Groups, Record

R = TypeVar("R", bound=Record)


def read_csv(
    path: Path,
    model: type[R],
    limits: Limits = DEFAULT,
    *,
    groups: Groups = NO_GROUPS,
    progress: Progress | None = None,
    places: Places | None = None,
) -> tuple[R, ...]:
    """All records of a file; `InputError` lists every bad cell with its line.

    Parameters
    ----------
    path : a UTF-8 file (a byte-order mark is accepted) whose header names the fields.
    model : the record of each row, such as `Commitment`.
    groups : words for several countries -> their codes (see `serai.exchange.groups`).
    progress : called with the file's name, the bytes read and the bytes there are.
    places : filled with where each record stands, under its table (the file's name) and identifier.

    Examples
    --------
    >>> from serai.records import Commitment
    >>> from serai.study import reference_study
    >>> read_csv(reference_study() / "commitments.csv", Commitment)[0].id
    'JP-01'
    """
    check_file(path, limits.file_bytes)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        try:
            counted = report(stream, path, progress)
            found = list(_read(counted, model, path.name, limits, groups))
        except UnicodeDecodeError as error:
            raise InputError(
                Problem(
                    f"the file is not UTF-8 (byte {error.start})", "Save it as CSV UTF-8.", file=path.name
                )
            ) from None
        except csv.Error as error:
            raise InputError(
                Problem(f"not a CSV file: {error}", "Save it as comma-separated CSV.", file=path.name)
            ) from None
    if places is not None:
        for line, record in found:
            places.setdefault((path.stem, key_of(path.stem, record)), Place(path.name, line, {}))
    return tuple(record for _, record in found)


def write_csv(path: Path, records: Iterable[Record], model: type[Record]) -> None:
    """Write records, without columns that are blank throughout. The file appears whole or not at all."""
    rows = [write_row(record) for record in records]
    used = [c.header for c in columns(model) if c.required or any(row[c.header] for row in rows)]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, used, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    whole = path.with_name(path.name + ".part")
    whole.write_text(text.getvalue(), encoding="utf-8", newline="")
    whole.replace(path)


def _read(
    stream: Iterable[str], model: type[R], file: str, limits: Limits, groups: Groups
) -> Iterable[tuple[int, R]]:
    lines = _bounded(stream, file, limits)
    comments, first = _past_comments(lines)
    reader = csv.reader(chain(first, lines), strict=True)
    headers = [header.strip() for header in next(reader, [])]
    if len(headers) == 1 and ";" in headers[0]:
        raise InputError(
            Problem(
                "the cells are separated by semicolons", "Save it as comma-separated CSV.", file, comments + 1
            )
        )
    problems = header_problems(headers, model, file)
    if problems:
        raise InputError(problems)
    records: list[tuple[int, R]] = []
    for cells in reader:
        line = comments + reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if len(records) >= limits.rows:
            problems.append(Problem(f"more than {limits.rows} rows", "Split the file.", file, line))
        elif len(cells) != len(headers):
            reason = f"the row has {len(cells)} cells, the header {len(headers)}"
            problems.append(Problem(reason, "Put quotes around texts with commas.", file, line))
        else:
            cells_by_name = dict(zip(headers, cells, strict=True))
            got = read_row(model, cells_by_name, file=file, row=line, groups=groups)
            if isinstance(got, list):
                problems += got
            else:
                records.append((line, got))
        if len(problems) >= limits.problems or len(records) > limits.rows:
            break
    if problems:
        raise InputError(problems)
    return records


def _past_comments(lines: Iterator[str]) -> tuple[int, list[str]]:
    """The number of comment lines at the top, and the first line after them."""
    for comments, text in enumerate(lines):
        if not text.startswith("#"):
            return comments, [text]
    return 0, []


def _bounded(stream: Iterable[str], file: str, limits: Limits) -> Iterator[str]:
    for line, text in enumerate(stream, 1):
        if len(text) > limits.cell_chars * 10:
            raise InputError(Problem("the line is too long", "Check that it is a CSV file.", file, line))
        yield text
