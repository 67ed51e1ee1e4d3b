"""A record as a row of cells and back: the one codec behind CSV files and workbooks.

Headers are paths, as in the spreadsheets of OC4IDS: `budget/amount/currency`. A list of words is one cell
with semicolons; a list of objects is one cell of JSON. Nothing is guessed: `1.234,56` is refused, a blank
cell is a missing value and never zero.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from serai.errors import Problem, suggestion
from serai.records.base import NO_GROUPS, Groups, Record, in_groups, problems_of
from serai.records.project import RENAMED

R = TypeVar("R", bound=Record)

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_DANGEROUS = re.compile(r"'*[=+\-@\t\r]")
_UNFIT = re.compile("[^\\t\\n\\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CURRENCY_WORD = re.compile(r"[A-Z]{3}\b|[$€¥£₸₽]")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    header : the path of the field, such as `budget/amount/currency`.
    kind : `text`, `number`, `integer`, `yes_no`, `words` (a list) or `json`.
    choices : the words that are allowed, where they are few.
    required : a blank is refused.
    help : what goes into it.
    """

    header: str
    kind: str
    choices: tuple[str, ...]
    required: bool
    help: str

    @property
    def is_extra(self) -> bool:
        """Whether it holds fields of a standard that serai does not model."""
        return self.path[-1] == "extra"

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.header.split("/"))


@lru_cache(maxsize=64)
def columns(model: type[Record]) -> tuple[Column, ...]:
    """The columns of a record's table, in the order of its fields."""
    return tuple(_columns(model, ()))


def read_row(
    model: type[R], cells: Mapping[str, str], *, file: str | None, row: int | str, groups: Groups = NO_GROUPS
) -> R | list[Problem]:
    """A record from a row (header -> text), or all problems of the row.

    `groups` are the words for several countries that the study knows.
    """
    problems: list[Problem] = []
    fields: dict[str, Any] = {}
    for column in columns(model):
        text = cells.get(column.header, "").strip()
        if text == "":
            continue
        try:
            _put(fields, column.path, parse(column, text))
        except ValueError as error:
            reason, _, remedy = str(error).partition(". ")
            problems.append(Problem(reason, remedy, file, row, column.header, text))
    try:
        record = model.model_validate(fields, context=in_groups(groups))
    except ValidationError as error:
        seen = {problem.field for problem in problems}
        for problem in problems_of(error, file=file, row=row):
            found = _by_column(model, problem)
            if found.field not in seen:
                problems.append(found)
                seen.add(found.field)
        return problems
    return problems or record


def write_row(record: Record) -> dict[str, str]:
    """The cells of a record, header -> text. An empty text or list is blank where that is its default."""
    fields = record.model_dump(mode="json", by_alias=True, exclude_none=True)
    said = record.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    cells: dict[str, str] = {}
    for column in columns(type(record)):
        value = _extra(record, column.path) if column.is_extra else _get(fields, column.path)
        empty = value in ([], {}, "") and _get(said, column.path) is None
        cells[column.header] = "" if empty else render(column, value)
    return cells


def parse(column: Column, text: str) -> Any:
    """The value of a cell; `ValueError` says what was wrong and, after the first full stop, what is right."""
    match column.kind:
        case "number":
            return number(text)
        case "integer":
            value = number(text)
            if value != int(value):
                raise ValueError("not a whole number. Write it without decimals")
            return int(value)
        case "yes_no":
            if text.lower() not in ("yes", "no", "true", "false"):
                raise ValueError("neither yes nor no. Write yes or no")
            return text.lower() in ("yes", "true")
        case "words":
            words = _json(text) if text.startswith("[") else [word.strip() for word in text.split(";")]
            return [word for word in words if word != ""]
        case "json":
            return _json(text)
    return _unguard(text)


def number(text: str) -> float:
    """A number written with digits and a decimal point; anything else is refused, never guessed.

    >>> number("1234.5")
    1234.5
    """
    if _NUMBER.fullmatch(text):
        return float(text)
    if text.startswith("#"):
        raise ValueError("a formula that ended in an error. Correct the formula, or type the value")
    currencies = _CURRENCY_WORD.findall(text)
    if len(set(currencies)) > 1:
        raise ValueError(
            "two currencies in one cell. Give one amount and its currency, the other in a row of its own"
        )
    if currencies:
        raise ValueError(
            "a currency inside the number. Write the number alone and the code in the currency column"
        )
    if re.fullmatch(r"[-+]?[\d.,'\s\u00a0\u202f]+", text):
        raise ValueError(
            "this number can be read in two ways. Write digits with a point for decimals and nothing between "
            "thousands, such as 1234.56"
        )
    raise ValueError("not a number. Write digits, with a point for decimals")


def render(column: Column, value: Any) -> str:
    """The text of a value, so that `parse` gives it back."""
    if value is None:
        return ""
    match column.kind:
        case "number" | "integer":
            return _digits(value)
        case "yes_no":
            return "yes" if value else "no"
        case "words":
            plain = (
                value != []
                and all(_guard(word) == word and ";" not in word for word in value)
                and value[0][0] != "["
            )
            return "; ".join(value) if plain else json.dumps(value)
        case "json":
            return json.dumps(value)
    return _guard(str(value))


def header_problems(
    headers: Sequence[str], model: type[Record], file: str, row: int | str = 1
) -> list[Problem]:
    """What is wrong with the headers of a table: unknown, twice, or a required one missing."""
    known = {column.header: column for column in columns(model)}
    problems = [_unknown_header(header, known, file, row) for header in headers if header not in known]
    twice = {header for header in headers if headers.count(header) > 1}
    problems += [
        Problem("the column appears twice", "Keep one.", file, row, header) for header in sorted(twice)
    ]
    table = file.rpartition("sheet ")[2].removesuffix(".csv")
    remedy = f"Add it; `serai schema {table}` lists all."
    problems += [
        Problem("a required column is missing", remedy, file, row, column.header)
        for column in known.values()
        if column.required and column.header not in headers
    ]
    return problems


def _unknown_header(header: str, known: Mapping[str, Column], file: str, row: int | str) -> Problem:
    """A column that there is not; one that has another name now is told so."""
    above, _, last = header.rpartition("/")
    now = f"{above}/{RENAMED[last]}" if last in RENAMED else ""
    if now in known:
        return Problem(f"this column is called {now} now", "Rename it.", file, row, header)
    return Problem("there is no such column", suggestion(header, known), file, row, header or "(blank)")


def _columns(model: type[BaseModel], path: tuple[str, ...]) -> list[Column]:
    found: list[Column] = []
    for name, field in model.model_fields.items():
        here = (*path, field.alias or name)
        kind, choices, nested = _kind(field.annotation)
        if nested is not None:
            found += _columns(nested, here)
        else:
            required = field.is_required() and not path
            found.append(Column("/".join(here), kind, choices, required, field.description or ""))
    return found


def _kind(annotation: Any) -> tuple[str, tuple[str, ...], type[BaseModel] | None]:
    """kind, choices and, for a record inside a record, its model."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        inner = [part for part in get_args(annotation) if part is not type(None)]
        return _kind(inner[0]) if len(inner) == 1 else ("json", (), None)
    if origin is Literal:
        values = get_args(annotation)
        kind = "integer" if all(isinstance(value, int) for value in values) else "text"
        return kind, tuple(str(value) for value in values), None
    if origin is tuple:
        item, choices, nested = _kind(get_args(annotation)[0])
        return ("json", (), None) if nested is not None or item != "text" else ("words", choices, None)
    if origin is not None:
        return "json", (), None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "record", (), annotation
    return {float: "number", int: "integer", bool: "yes_no", str: "text"}.get(annotation, "json"), (), None


def _put(fields: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for part in path[:-1]:
        fields = fields.setdefault(part, {})
    fields[path[-1]] = value


def _get(fields: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        if not isinstance(fields, Mapping) or part not in fields:
            return None
        fields = fields[part]
    return fields


def _extra(record: BaseModel, path: tuple[str, ...]) -> Any:
    at: Any = record
    for part in path[:-1]:
        name = next(name for name, f in type(at).model_fields.items() if part in (name, f.alias))
        at = getattr(at, name)
        if at is None:
            return None
    return at.extra or None


def _by_column(model: type[Record], problem: Problem) -> Problem:
    """Point at the column rather than at an item of its list."""
    headers = {column.header for column in columns(model)}
    parts = (problem.field or "").split("/")
    while parts and "/".join(parts) not in headers:
        parts.pop()
    where = "/".join(parts) or problem.field
    return Problem(problem.reason, problem.remedy, problem.file, problem.row, where, problem.value)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"not valid JSON ({error}). Correct it, or leave the cell as exported") from None


def _digits(value: float | int | str) -> str:
    value = float(value)
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _guard(text: str) -> str:
    """A text as a cell, so that it survives CSV and XML and no spreadsheet runs it as a formula.

    What could be a formula gets an apostrophe; what a cell cannot hold becomes a JSON string in quotes.
    """
    if text == "" or text[0] == '"' or text != text.strip() or _UNFIT.search(text):
        return json.dumps(text)
    return f"'{text}" if _DANGEROUS.match(text) else text


def _unguard(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text[1:] if _GUARDED.match(text) else text
