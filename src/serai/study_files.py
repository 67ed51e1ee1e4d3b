"""Every file of a study folder as JSON Schema: what its fields are called and what they take."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from serai.broker.counterfactual import Candidate
from serai.broker.study import Mandate, Terms
from serai.broker.ties import Tie
from serai.errors import UnknownNameError
from serai.programme.effects import ProjectEffect
from serai.programme.presence import Presence
from serai.programme.rules import Rules
from serai.records import RECORDS, Record
from serai.records.grid import Grid
from serai.records.inputs import AnswerRow, PriceRow, RateRow, SizeRow, WaiverRow
from serai.records.scenario import Scenario
from serai.study import Border, Claims, Deciding, Same, StudyFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"

FILES: dict[str, type[Record]] = {
    "study.toml": StudyFile,
    "scenarios/*.toml": Scenario,
    "sweeps/*.toml": Grid,
    "claims.toml": Claims,
    "rules.toml": Rules,
    "borders.csv": Border,
    **{f"{table}.csv": model for table, model in RECORDS.items()},
    "answers.csv": AnswerRow,
    "sizes.csv": SizeRow,
    "waivers.csv": WaiverRow,
    "same.csv": Same,
    "mandates.csv": Mandate,
    "terms.csv": Terms,
    "presence.csv": Presence,
    "brokers.csv": Candidate,
    "ties.csv": Tie,
    "effects.csv": ProjectEffect,
    "rates.csv": RateRow,
    "prices.csv": PriceRow,
    "attraction.csv": Deciding,
}
"""File of a study folder -> what it holds, or what a row of it holds."""


def study_schema(name: str | None = None) -> dict[str, Any]:
    """JSON Schema (2020-12) of one file of a study, or of the whole folder: an object with a property a file.

    Parameters
    ----------
    name : the file with or without its ending, such as `borders`; None takes all.

    Raises `UnknownNameError` with the nearest name.

    >>> study_schema("borders")["properties"]["hours"]["minimum"]
    0
    """
    if name is not None:
        return {"$schema": DIALECT, **TypeAdapter(_model(name)).json_schema(by_alias=True)}
    references, schema = models_json_schema([(m, "validation") for m in FILES.values()], by_alias=True)
    files = {file: references[model, "validation"] for file, model in FILES.items()}
    listed = {f: {"type": "array", "items": r} if f.endswith(".csv") else r for f, r in files.items()}
    return {"$schema": DIALECT, "title": "serai study", "type": "object", "properties": listed, **schema}


def _model(name: str) -> type[Record]:
    by_name = {**FILES, **{file.partition(".")[0].removesuffix("/*"): model for file, model in FILES.items()}}
    if name not in by_name:
        raise UnknownNameError("file of a study", name, [n for n in by_name if n not in FILES])
    return by_name[name]
