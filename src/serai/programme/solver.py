"""HiGHS, asked twice: first about the few columns that matter, then, if the gap is still too wide, about all.

The problem without whole numbers gives a bound and, by its reduced costs, the columns whose value is hardly
in doubt. With those held, what is left is solved in a moment. If that is within the tolerance of the bound,
it is the answer. If not, columns whose reduced cost exceeds the distance to the bound cannot change in any
better answer and are held for good (reduced-cost fixing), and HiGHS solves the rest. Both ways the gap and
the bound are proven.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from serai.axes import Array
from serai.errors import SolveError
from serai.programme.model import Model

State = Literal["solved", "stopped", "infeasible"]

LARGE = 200
"""Whole-number columns from which two questions are quicker than one."""
IN_DOUBT = 120
"""Columns left free at first: those with the smallest reduced costs."""
FIRST_NODES = 500
"""Branches of the first question: a count, not a time, so that the answer is the same on any machine."""
_INFEASIBLE = 2  # scipy.optimize.milp and linprog: status of a problem without an answer
TINY = 1e-9
DIGITS = 7
"""Digits of the largest gain that the solver sees, and as many places of the others."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What the solver found. columns : empty when there is no choice that obeys all rows.

    state : `solved` within the tolerance, `stopped` by the time limit, or `infeasible`.
    gap : (bound - value) over the size of the value; zero when both are the same.
    """

    state: State
    columns: Array
    value: float
    bound: float
    gap: float
    seconds: float


def solve(model: Model, gap: float, time_limit_s: float) -> Answer:
    """Maximise.

    Raises
    ------
    SolveError : no choice was found in the time, or the solver failed.
    """
    if model.gain.size == 0:
        return _without_columns(model)
    coarse, slack = _coarse(model)
    return _exactly(model, _search(coarse, gap, time_limit_s), slack, gap)


def _coarse(model: Model) -> tuple[Model, float]:
    """The model with gains in round amounts, and the most that rounding can hide of the best answer.

    The last digits of a gain differ from machine to machine; without them every machine goes the same way
    through the branches and ends with the same programme.
    """
    largest = float(np.abs(model.gain).max())
    bounded = np.isfinite(model.low) & np.isfinite(model.high)
    if largest == 0:
        return model, 0.0
    digits = DIGITS - 1 - int(np.floor(np.log10(largest)))
    gain = np.where(bounded, np.round(model.gain, digits), model.gain)
    hidden = np.where(bounded, model.gain - gain, 0)
    low, high = (
        np.where(bounded, hidden * np.where(bounded, ends, 0), 0) for ends in (model.low, model.high)
    )
    return replace(model, gain=gain), float(np.maximum(low, high).sum())


def _exactly(model: Model, answer: Answer, slack: float, gap: float) -> Answer:
    """An answer to the coarse question, with its value and a bound in the exact gains."""
    if answer.state == "infeasible":
        return answer
    value = float(model.gain @ answer.columns)
    found = _told(answer.columns, value, answer.bound + slack if slack else max(answer.bound, value), 0, gap)
    return replace(found, state=answer.state, seconds=answer.seconds)


def _search(model: Model, gap: float, time_limit_s: float) -> Answer:
    started = time.perf_counter()
    if model.whole.sum() < LARGE or not model.gain.any():
        return _answer(model, _highs(model, gap, time_limit_s), started, gap)
    relaxed = relax(model)
    if relaxed is None:
        return _nothing(started)
    first = _first(model, relaxed, gap, started, time_limit_s)
    if first is None:
        return _answer(model, _highs(model, gap, _left(time_limit_s, started)), started, gap)
    if first.state == "solved":
        return first
    return _better(first, _rest(model, relaxed, first, gap, _left(time_limit_s, started)), started, gap)


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """The problem without whole numbers. reduced : size of the reduced cost of each column."""

    value: float
    columns: Array
    reduced: Array


def relax(model: Model) -> Relaxed | None:
    """The best when every project may be taken in any part; None when even that obeys no rows."""
    matrix, low, high = _matrix(model)
    equal = low == high
    above, below = np.isfinite(high) & ~equal, np.isfinite(low) & ~equal
    found: Any = linprog(  # type: ignore[call-overload]
        -model.gain,
        A_ub=sparse.vstack([matrix[above], -matrix[below]]) if (above | below).any() else None,
        b_ub=np.concatenate([high[above], -low[below]]) if (above | below).any() else None,
        A_eq=matrix[equal] if equal.any() else None,
        b_eq=high[equal] if equal.any() else None,
        bounds=np.column_stack([model.low, model.high]),
        method="highs",
    )
    if found.status == _INFEASIBLE:
        return None
    if found.x is None:
        raise SolveError("the problem without whole numbers has no answer", "Check the rules.", found.message)
    reduced = np.abs(found.lower.marginals + found.upper.marginals)
    return Relaxed(-float(found.fun), np.asarray(found.x), reduced)


def _first(model: Model, relaxed: Relaxed, gap: float, started: float, time_limit_s: float) -> Answer | None:
    """The best with all columns held but those in doubt; None when nothing is found that way."""
    whole = model.whole > 0
    broken = np.abs(relaxed.columns - np.round(relaxed.columns)) > TINY
    free = broken | ~whole
    free[np.argsort(relaxed.reduced, kind="stable")[:IN_DOUBT]] = True
    few = _held(model, ~free, relaxed.columns)
    found = _highs(few, gap / 2, time_limit_s, must=False, nodes=FIRST_NODES)
    if found is None or found.x is None:
        return None
    columns = np.where(whole, np.round(found.x), found.x)
    return _told(columns, float(model.gain @ columns), relaxed.value, started, gap)


def _rest(model: Model, relaxed: Relaxed, first: Answer, gap: float, seconds: float) -> Answer:
    """The whole problem, with the columns held that no better answer can change."""
    distance = relaxed.value - first.value
    settled = (relaxed.reduced > distance + TINY * abs(relaxed.value)) & (model.whole > 0)
    found = _highs(_held(model, settled, relaxed.columns), gap, seconds, must=False)
    if found is None or found.x is None:
        return first
    columns = np.where(model.whole > 0, np.round(found.x), found.x)
    bound = min(relaxed.value, -float(found.mip_dual_bound))
    return _told(columns, float(model.gain @ columns), bound, 0, gap)


def _better(first: Answer, second: Answer, started: float, gap: float) -> Answer:
    """The better of two answers, with the bound of the second: what it left out cannot beat the first."""
    best = first if first.value > second.value else second
    return _told(best.columns, best.value, max(second.bound, best.value), started, gap)


def _held(model: Model, held: Any, at: Array) -> Model:
    low, high = np.where(held, np.round(at), model.low), np.where(held, np.round(at), model.high)
    return replace(model, low=low, high=high)


def _told(columns: Array, value: float, bound: float, started: float, gap: float) -> Answer:
    bound = max(value, bound)
    distance = (bound - value) / abs(value) if value else float(bound > 0)
    state: State = "solved" if distance <= gap + TINY else "stopped"
    return Answer(state, columns, value, bound, distance, time.perf_counter() - started)


def _answer(model: Model, found: Any, started: float, gap: float) -> Answer:
    if found is None:
        return _nothing(started)
    columns = np.where(model.whole > 0, np.round(found.x), found.x)
    value = float(model.gain @ columns)
    bound = -float(found.mip_dual_bound) if model.whole.any() else value
    return _told(columns, value, bound, started, gap)


def _nothing(started: float) -> Answer:
    return Answer("infeasible", np.empty(0), np.nan, np.nan, np.nan, time.perf_counter() - started)


def _left(time_limit_s: float, started: float) -> float:
    return max(time_limit_s - (time.perf_counter() - started), TINY)


def _highs(
    model: Model, gap: float, time_limit_s: float, *, must: bool = True, nodes: int | None = None
) -> Any:
    """What HiGHS answers; None when no choice obeys the rows."""
    matrix, low, high = _matrix(model)
    options: Any = {"mip_rel_gap": gap, "time_limit": time_limit_s}
    if nodes is not None:
        options["node_limit"] = nodes
    with _stdout_kept():
        found = milp(
            -model.gain,
            integrality=model.whole.astype(np.int64),
            bounds=Bounds(model.low, model.high),
            constraints=[LinearConstraint(matrix, low, high)] if model.rows else [],
            options=options,
        )
    if found.status == _INFEASIBLE:
        return None
    if found.x is None and must:
        raise SolveError(
            "the solver found no programme",
            "Allow more time (solver.time_limit_s) or fewer rules.",
            f"{found.message} in {time_limit_s:.1f} s",
        )
    return found


def _matrix(model: Model) -> tuple[Any, Array, Array]:
    """Rows as a sparse matrix with their lower and upper ends."""
    sizes = [row.columns.size for row in model.rows]
    columns = [row.columns for row in model.rows] or [np.empty(0, dtype=np.int64)]
    weights = [row.weights for row in model.rows] or [np.empty(0)]
    matrix = sparse.csr_array(
        (np.concatenate(weights), (np.repeat(np.arange(len(sizes)), sizes), np.concatenate(columns))),
        shape=(len(sizes), model.gain.size),
    )
    low, high = (np.array([getattr(row, end) for row in model.rows], dtype=float) for end in ("low", "high"))
    return matrix, low, high


@contextmanager
def _stdout_kept() -> Iterator[None]:
    """HiGHS prints notes to itself to standard output, where results belong: they go nowhere."""
    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _without_columns(model: Model) -> Answer:
    """No project can start at all: the empty programme, if the rules allow it."""
    nothing = np.empty(0)
    if model.broken(nothing):
        return _nothing(time.perf_counter())
    return Answer("solved", nothing, 0, 0, 0, 0)
