"""Constants of the world, read from `tables/`: each a row with value, range, unit, basis, source."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from serai.draws import Uncertain
from serai.errors import Problems, UnknownNameError
from serai.programme.rows import Row, checked

COLUMNS = ("value", "low", "high", "unit", "basis", "source")


def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a packaged table, as text."""
    path = files("serai.programme") / "tables" / f"{name}.csv"
    return tuple(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@dataclass(frozen=True, slots=True)
class Constants:
    """Rows of one table by name and, where they have one, by place or class.

    >>> str(parameters().of("carbon_price").unit)
    'USD per t CO2e (2024 prices)'
    """

    kind: str
    rows: Mapping[tuple[str, str], Uncertain]

    def of(self, name: str, place: str = "") -> Uncertain:
        """The constant of a name, at a place or of a class."""
        try:
            return self.rows[name, place]
        except KeyError:
            known = [n if not p else f"{n} of {p}" for n, p in self.rows]
            raise UnknownNameError(self.kind, f"{name} of {place}" if place else name, known) from None

    def has(self, name: str, place: str = "") -> bool:
        return (name, place) in self.rows

    def places(self, name: str) -> tuple[str, ...]:
        return tuple(place for known, place in self.rows if known == name)


@cache
def parameters() -> Constants:
    """Prices, emission factors, wages: `tables/parameters.csv`."""
    return read_constants(table("parameters"), "parameter", "place", "parameters.csv")


@cache
def reference_classes() -> Constants:
    """Overruns, times, lives and unit costs by class: `tables/reference_classes.csv`."""
    return read_constants(table("reference_classes"), "parameter", "class", "reference_classes.csv")


@cache
def discount_rates() -> Constants:
    """Discount rates by who uses them, in per cent: `tables/discount_rates.csv`."""
    return read_constants(table("discount_rates"), "key", None, "discount_rates.csv")


@cache
def cost_bases() -> Constants:
    """Which share of the total a published cost is: `tables/cost_bases.csv`."""
    return read_constants(table("cost_bases"), "cost_basis", None, "cost_bases.csv")


def class_of(sector: str, given: str | None = None) -> str:
    """The reference class of a project: its own where given, else that of its sector."""
    known = reference_classes().places("mean_overrun_pct")
    if given is not None:
        if given not in known:
            raise UnknownNameError("reference class", given, known)
        return given
    by_sector = {row["sector"]: row["class"] for row in table("sectors")}
    if sector not in by_sector:
        raise UnknownNameError("sector with a reference class", sector, by_sector)
    return by_sector[sector]


def read_constants(rows: Iterable[Row], name_field: str, place_field: str | None, file: str) -> Constants:
    """Constants from rows of text; every number that is none is reported.

    The shape is that of the row, else triangular where a range is given, else fixed.
    """
    problems = Problems(file)
    found: dict[tuple[str, str], Uncertain] = {}
    columns = [name_field, *([place_field] if place_field else []), *COLUMNS]
    for line, row in enumerate(checked(rows, columns, file), start=2):
        name, place = row[name_field], row[place_field] if place_field else ""
        if (name, place) in found:
            problems.add("a constant appears twice", "Keep one row.", row=line, field=name_field, value=name)
        try:
            value = float(row["value"])
            low, high = (float(row[end]) if row[end] else None for end in ("low", "high"))
        except ValueError as error:
            problems.add(str(error), "Give value, low and high as numbers.", row=line, field="value")
            continue
        found[name, place] = Uncertain(
            name=f"{name}:{place}" if place else name,
            value=value,
            low=low,
            high=high,
            shape=row.get("shape") or ("fixed" if low is None else "triangular"),
            unit=row["unit"],
            basis=row["basis"],
            source=row["source"],
        )
    problems.raise_if_any()
    return Constants(file.removesuffix(".csv").replace("_", " "), found)
