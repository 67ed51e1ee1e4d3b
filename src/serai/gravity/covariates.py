"""Covariates: formulaic terms over the columns, as numbers by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from serai.axes import Array
from serai.errors import InputError, Problem, Problems
from serai.gravity.reading import MISSING, all_finite, refuse


@dataclass(frozen=True, slots=True)
class Columns:
    """A formula of nothing but the names of columns: no formula library is loaded for it."""

    names: tuple[str, ...]


def parse(covariates: Sequence[str]) -> tuple[Any, list[str]]:
    """The formula, and the columns it uses."""
    if not covariates:
        return None, []
    if all(name.isidentifier() for name in covariates):
        formula: Any = Columns(tuple(dict.fromkeys(covariates)))
    else:
        formula = _formula(covariates)
    return formula, variables_of(formula)


def variables_of(formula: Any) -> list[str]:
    """The columns that a formula, as `parse` or `compute` give it, uses."""
    if formula is None:
        return []
    if isinstance(formula, Columns):
        return sorted(formula.names)
    return sorted(str(name) for name in getattr(formula, "formula", formula).required_variables)


def _formula(covariates: Sequence[str]) -> Any:
    from formulaic import Formula  # a tenth of a second and 25 MB that bare columns do not need
    from formulaic.errors import FormulaicError

    try:
        formula = Formula("0 + " + " + ".join(covariates), _ordering="none")
        formula.required_variables  # noqa: B018 (what it cannot understand shows here)
        return formula
    except (FormulaicError, SyntaxError) as error:
        raise InputError(
            Problem(
                f"the covariates {', '.join(covariates)} are not a formula: {first_line(error)}",
                "Write column names and expressions over them, for example log(distance) or rta:C(year).",
                field="covariates",
            )
        ) from None


def compute(
    formula: Any, frame: pd.DataFrame, labels: pd.Index, problems: Problems
) -> tuple[tuple[str, ...], tuple[Array, ...], Any]:
    """The names of the covariates, their values (n,) each, and the formula as understood, for other rows."""
    if formula is None:
        return (), (), None
    names, x, spec = _columns(formula, frame) or _evaluate(formula, frame)
    for name, column in zip(names, x, strict=True):
        if all_finite(column):
            continue
        refuse(problems, labels, None, np.isnan(column), name, "the covariate is missing", MISSING)
        refuse(
            problems, labels, column, np.isinf(column), name,
            "the covariate is infinite", "A logarithm of zero is not a number: give a positive value.",
        )  # fmt: skip
    return names, x, spec


def _columns(formula: Any, frame: pd.DataFrame) -> tuple[tuple[str, ...], tuple[Array, ...], Any] | None:
    """A formula of nothing but columns of numbers, taken from the frame as they are; else None."""
    if not isinstance(formula, Columns):
        return None
    columns = [frame[name] for name in formula.names]
    if not all(isinstance(own.dtype, np.dtype) and own.dtype.kind in "fiu" for own in columns):
        return None
    return formula.names, tuple(own.to_numpy(dtype=float) for own in columns), formula


def _evaluate(formula: Any, frame: pd.DataFrame) -> tuple[tuple[str, ...], tuple[Array, ...], Any]:
    from formulaic.errors import FormulaicError

    if isinstance(formula, Columns):
        formula = _formula(formula.names)
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            matrix = formula.get_model_matrix(frame, context={}, na_action="ignore")
    except FormulaicError as error:
        raise InputError(
            Problem(
                f"the covariates cannot be computed: {first_line(error)}",
                "Check the expression.",
                field="covariates",
            )
        ) from None
    names = tuple(str(name) for name in matrix.columns)
    x = tuple(matrix.iloc[:, place].to_numpy(dtype=float) for place in range(len(names)))
    return names, x, matrix.model_spec


def refuse_text(
    frame: pd.DataFrame,
    covariates: Sequence[str],
    variables: Sequence[str],
    labels: pd.Index,
    problems: Problems,
) -> None:
    """Text in a covariate that is used as a number."""
    plain = {
        part.strip() for term in covariates for part in term.replace("*", ":").replace("+", ":").split(":")
    }
    for name in variables:
        column = frame[name]
        text = not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))
        if not text or name not in plain or isinstance(column.dtype, pd.CategoricalDtype):
            continue
        numbers = pd.to_numeric(column, errors="coerce")
        wrong = (numbers.isna() & column.notna()).to_numpy()
        if wrong.all():
            problems.add(
                "the covariate holds text, not numbers",
                f"Write C({name}) to use it as categories.",
                field=name,
                value=str(column.iloc[0]) if len(column) else None,
            )
        elif not wrong.any():
            problems.add(
                "the covariate holds numbers written as text",
                f"Convert it with pandas.to_numeric, or write C({name}) to use it as categories.",
                field=name,
            )
        else:
            refuse(
                problems, labels, column.to_numpy(), wrong, name,
                "this is text, not a number", f"Give a number, or write C({name}) for categories.",
            )  # fmt: skip


def first_line(error: Exception) -> str:
    return str(error).split("\n", maxsplit=1)[0].rstrip(".")
