"""All records as JSON Schema: what the files, the database and the pages take."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from serai.errors import UnknownNameError
from serai.records.base import Record
from serai.records.commitment import Commitment
from serai.records.evidence import Assessment, Milestone, Report
from serai.records.finance import Financier, Transaction
from serai.records.meeting import Format, Meeting
from serai.records.project import Financing, Project

RECORDS: dict[str, type[Record]] = {
    "assessments": Assessment,
    "commitments": Commitment,
    "financiers": Financier,
    "financing": Financing,
    "formats": Format,
    "meetings": Meeting,
    "milestones": Milestone,
    "projects": Project,
    "reports": Report,
    "transactions": Transaction,
}
"""Table name -> record model; the tables of a study folder and the sheets of a workbook."""


def model_of(table: str) -> type[Record]:
    """The record model of a table; `UnknownNameError` with the nearest name where there is none."""
    if table not in RECORDS:
        raise UnknownNameError("table", table, RECORDS)
    return RECORDS[table]


def json_schema(table: str | None = None) -> dict[str, Any]:
    """JSON Schema (2020-12) of one table's record, or of all of them.

    >>> json_schema("commitments")["title"]
    'Commitment'
    """
    if table is not None:
        return TypeAdapter(model_of(table)).json_schema(by_alias=True)
    _, schema = models_json_schema([(model, "validation") for model in RECORDS.values()], by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "serai records", **schema}
