"""How sure each choice is: the share of draws in which a project is chosen, and the regret of the programme.

In each draw the programme is chosen again as if that draw were known. By default the amounts stay as planned
and what they bring is drawn; with drawn amounts the budgets bind differently in each draw too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serai.axes import Array
from serai.draws import Interval, interval
from serai.executors import Executor, Serial
from serai.programme.checkpoint import Checkpoint
from serai.programme.constraints import build
from serai.programme.model import Layout
from serai.programme.portfolio import Programme, benefit
from serai.programme.prospect import Sampled
from serai.programme.rules import Objective
from serai.programme.solver import solve
from serai.provenance import sha256
from serai.shown import Shown


@dataclass(frozen=True, slots=True, eq=False)
class CoreIndex(Shown):
    """Choices draw by draw. D draws, P projects.

    Parameters
    ----------
    programme : the recommended one.
    chosen : (D, P), whether a project is chosen.
    best_usd_m, bound_usd_m : (D,), the best net benefit found and its bound; NaN in draws without an answer.
    regret_usd_m : (D,), what the recommended programme brings less than the best of the draw; NaN where it
        breaks the rules of that draw (only with drawn amounts).
    """

    programme: Programme
    chosen: NDArray[np.bool_]
    best_usd_m: Array
    bound_usd_m: Array
    regret_usd_m: Array

    @property
    def index(self) -> Array:
        """Share of the draws with an answer in which each project is chosen, shape (P,)."""
        answered = np.isfinite(self.best_usd_m)
        return np.asarray(self.chosen[answered].mean(axis=0)) if answered.any() else np.zeros(0)

    @property
    def regret(self) -> Interval:
        """5th, 50th and 95th percentile over the draws whose rules the programme keeps."""
        return interval(self.regret_usd_m)

    def tidy(self) -> pd.DataFrame:
        """One row a project, the surest first: core index, whether it is recommended, how it is valued."""
        picked = {pick.project.id for pick in self.programme.picks}
        projects = self.programme.model.layout.projects
        table = pd.DataFrame(
            {
                "project": [p.id for p in projects],
                "name": [p.name for p in projects],
                "estimate": self.index,
                "unit": "share of draws",
                "recommended": [p.id in picked for p in projects],
                "label": [p.label for p in projects],
                "basis": "computed",
                "source": f"{len(self.best_usd_m)} draws",
            }
        )
        return table.sort_values("estimate", ascending=False, kind="stable", ignore_index=True)

    def summary(self) -> str:
        """The index in three lines."""
        sure, never = int((self.index == 1).sum()), int((self.index == 0).sum())
        regret, answered = self.regret, int(np.isfinite(self.best_usd_m).sum())
        return (
            f"{answered} of {len(self.best_usd_m)} draws have an answer: {sure} projects chosen in all of "
            f"them, {never} in none, {self.index.size - sure - never} in some\n"
            f"regret of the recommended programme: {regret.estimate:,.0f} USD m "
            f"({regret.low:,.0f} to {regret.high:,.0f})"
        )


def core_index(
    programme: Programme,
    *,
    count: int | None = None,
    amounts_drawn: bool = False,
    gap: float | None = None,
    checkpoint: Path | None = None,
    executor: Executor | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> CoreIndex:
    """Choose again in each draw.

    Parameters
    ----------
    programme : the recommended one; its draws are used.
    count : the first so many of them; all by default.
    amounts_drawn : draw the open amounts too.
    gap : at which each draw counts as solved; that of the rules by default.
    checkpoint : a file to which finished draws are written, and from which an interrupted run goes on.
    executor, progress : where to run, and what to call with the number of draws done.

    Raises
    ------
    InputError : a checkpoint of other inputs.
    """
    layout = programme.model.layout
    number = min(count or layout.sampled.value_usd_m.shape[1], layout.sampled.value_usd_m.shape[1])
    tolerance = programme.rules.solver.gap if gap is None else gap
    job = Job(layout, programme.answer.columns, not amounts_drawn, tolerance)
    kept = Checkpoint(checkpoint, job.fingerprint()) if checkpoint is not None else None
    found: dict[int, Mapping[str, Any]] = {} if kept is None else dict(kept.done)
    missing = [draw for draw in range(number) if draw not in found]
    progress(number - len(missing))
    for draw, piece in zip(
        missing, (executor or Serial()).map(partial(choose_in_draw, job), missing), strict=True
    ):
        found[draw] = piece
        if kept is not None:
            kept.add(draw, piece)
        progress(1)
    chosen = np.zeros((number, len(layout.projects)), dtype=bool)
    for draw in range(number):
        chosen[draw, found[draw]["chosen"]] = True
    best, bound, regret = (
        np.array([np.nan if found[draw][name] is None else found[draw][name] for draw in range(number)])
        for name in ("best", "bound", "regret")
    )
    return CoreIndex(programme, chosen, best, bound, regret)


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What a worker needs: the layout, the recommended choice, and how to draw."""

    layout: Layout
    recommended: Array
    planned: bool
    gap: float

    def fingerprint(self) -> str:
        """Of everything that the choices depend on."""
        layout = self.layout
        arrays = (layout.sampled.amount_usd_m, layout.sampled.value_usd_m, self.recommended)
        parts = [array.tobytes() for array in arrays]
        parts.append(layout.rules.model_dump_json().encode())
        parts.append(repr([(p, self.planned, self.gap) for p in layout.projects]).encode())
        parts.append(repr(layout.picture).encode())
        return sha256(b"".join(parts))


def choose_in_draw(job: Job, draw: int) -> dict[str, Any]:
    """The best choice of one draw, and the regret of the recommended one; None for what has no answer."""
    sampled: Sampled = job.layout.sampled.draw(draw, planned=job.planned)
    rules = job.layout.rules.model_copy(update={"objective": Objective(kind="mean")})
    model = build(replace(job.layout, rules=rules, sampled=sampled))
    answer = solve(model, job.gap, rules.solver.time_limit_s)
    if answer.state == "infeasible":
        return {"chosen": [], "best": None, "bound": None, "regret": None}
    recommended = job.recommended[: model.gain.size]  # without the columns of a tail
    regret = None
    if not model.broken(recommended):
        regret = answer.value - float(benefit(model, recommended)[0])
    starts = answer.columns[: model.layout.project.size] > 1 / 2
    chosen = sorted({int(place) for place in model.layout.project[starts]})
    return {"chosen": chosen, "best": answer.value, "bound": answer.bound, "regret": regret}
