"""What all records share: frozen, no unknown fields, and messages a person can act on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any

from babel.core import Locale, get_global
from babel.numbers import list_currencies
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from serai.dates import first_day
from serai.errors import Problem, suggestion
from serai.shown import fields_html

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[-+]\d{2}:\d{2})")

_ADDRESS = re.compile(r"https?://\S+")

Groups = Mapping[str, tuple[str, ...]] | None
"""Words that stand for several countries -> their codes; None where nobody can tell. A study says which."""

NO_GROUPS: Groups = {}


class Record(BaseModel):
    """A frozen record. Unknown fields are refused, so a misspelt name never disappears in silence."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        str_strip_whitespace=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )

    def _repr_html_(self) -> str:
        """Its fields as a table, in a notebook."""
        return fields_html(self, type(self).__name__)


class StandardRecord(Record):
    """A record of a published standard: its own field names, and what we do not model kept in `extra`."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, str_strip_whitespace=False)


class FieldError(ValueError):
    """What is wrong between fields of one record, and the field to look at."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


def _is_date(text: str) -> str:
    first_day(text)
    return text


def _is_instant(text: str) -> str:
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        raise ValueError("not a date-time. Write it as 2025-12-20T00:00:00Z") from None
    if _INSTANT.fullmatch(text) is None:
        raise ValueError("a date-time needs its time and zone. Write it as 2025-12-20T00:00:00Z")
    return text


def _is_currency(code: str) -> str:
    if code not in _currencies():
        raise ValueError(f"not an ISO 4217 currency. {suggestion(code, _currencies())}")
    return code


def _is_address(text: str) -> str:
    if _ADDRESS.fullmatch(text) is None:
        raise ValueError("not an address of a page. Write it with http:// or https:// and without blanks")
    return text


def in_groups(groups: Groups) -> dict[str, Groups]:
    """The context of `Model.model_validate(fields, context=in_groups(groups))`."""
    return {"groups": groups}


def _groups(info: ValidationInfo) -> Groups:
    return (info.context or {}).get("groups", NO_GROUPS)


def _expanded(codes: Any, info: ValidationInfo) -> Any:
    """Groups replaced by their members, in order and without repeats."""
    if not isinstance(codes, list | tuple) or not all(isinstance(code, str) for code in codes):
        return codes
    groups = _groups(info) or {}
    return list(dict.fromkeys(member for code in codes for member in groups.get(code.strip(), (code,))))


def _is_country(code: str, info: ValidationInfo) -> str:
    groups = _groups(info)
    if alpha2(code) is None and groups is not None:
        named = f", or a group of the study: {', '.join(groups)}" if groups else ""
        raise ValueError(f"not an ISO 3166 three-letter country code. Write codes such as KAZ{named}")
    return code


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


@lru_cache(maxsize=1)
def _territories() -> dict[str, str]:
    aliases = get_global("territory_aliases")
    known = Locale("en").territories.keys() - {"ZZ", "EU", "EZ", "UN", "XA", "XB"}
    return {
        k: v[0] for k, v in aliases.items() if len(k) == 3 and k.isalpha() and len(v) == 1 and v[0] in known
    }


def alpha2(code: str) -> str | None:
    """The two-letter code of a country (`KAZ` -> `KZ`), or None when there is none."""
    return _territories().get(code)


def alpha3(code: str) -> str | None:
    """The three-letter code of a country (`KZ` -> `KAZ`), or None when there is none."""
    return _by_alpha2().get(code)


@lru_cache(maxsize=1)
def _by_alpha2() -> dict[str, str]:
    current = {"DE": "DEU", "FR": "FRA", "RU": "RUS"}
    return {two: three for three, two in _territories().items()} | current


Text = Annotated[str, StringConstraints(min_length=1)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^\S+$")]
PartialDate = Annotated[
    str, AfterValidator(_is_date), Field(json_schema_extra={"examples": ["2025-12-20", "2025"]})
]
DateTime = Annotated[str, AfterValidator(_is_instant)]
Currency = Annotated[str, AfterValidator(_is_currency)]
Country = Annotated[str, AfterValidator(_is_country)]
Countries = Annotated[tuple[Country, ...], BeforeValidator(_expanded)]
"""Countries, each once; a group of the study stands for its members."""
Address = Annotated[str, AfterValidator(_is_address)]


def problems_of(
    error: ValidationError, *, file: str | None = None, row: int | str | None = None
) -> list[Problem]:
    """A pydantic error as problems: path to the field, what was wrong, what would be right."""
    return [_problem(detail, file, row) for detail in error.errors()]


def _problem(detail: ErrorDetails, file: str | None, row: int | str | None) -> Problem:
    path = "/".join(str(part) for part in detail["loc"] if part != "function-wrap")
    kind, message = detail["type"], detail["msg"].removeprefix("Value error, ")
    context: dict[str, Any] = detail.get("ctx", {})
    value: object = detail["input"]
    if isinstance(wrong := context.get("error"), FieldError):
        path = f"{path}/{wrong.field}".strip("/")
    if kind == "missing":
        return Problem("a required value is missing", "Fill it in.", file, row, path)
    if kind == "extra_forbidden":
        return Problem("there is no such field", "Remove it, or correct its name.", file, row, path)
    if kind == "literal_error":
        choices = [choice.strip(" '") for choice in str(context["expected"]).replace(" or ", ",").split(",")]
        return Problem(
            "this is not one of the choices", suggestion(str(value), choices), file, row, path, value
        )
    if isinstance(value, dict | list | tuple | BaseModel):
        value = None
    reason, _, remedy = message.partition(". ")
    return Problem(
        reason, remedy or "See `serai schema` for what this field takes.", file, row, path or None, value
    )
