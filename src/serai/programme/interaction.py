"""Projects that are worth more together: the programme chosen again with the value of sets of projects.

    choose_together(programme, value, projects) -> Together

`value` says what any set of the interacting projects brings, for example through the network and the
equilibrium. A second-order picture of it around the present set (marginal and pairwise values) enters the
mixed-integer programme; the set that comes out is valued truly, excluded from the next round, and the picture
is drawn again around the best set so far. It ends when all sets are excluded, or when several rounds in a row
bring nothing better. For each set that was valued the rest of the programme is the best that there is, so no
set is lost by being excluded. At last the programme is chosen once more with the picture around the best set:
it is stable when that set comes out again. The value of a set is that of its projects at the most that may be
taken; of a smaller share the own value alone counts pro rata.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
import pandas as pd

from serai.axes import Array
from serai.errors import InputError, Problem, UnknownNameError
from serai.programme.conflict import conflict
from serai.programme.constraints import build
from serai.programme.model import ALWAYS, Layout, Model, Row
from serai.programme.picture import Picture, Set, Value, draw_picture, joint_values, marginal_value
from serai.programme.portfolio import Programme
from serai.programme.portfolio import programme as programme_of
from serai.programme.solver import Answer, solve
from serai.shown import Shown

PATIENCE = 8
"""Rounds without a better set after which the search ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Together(Shown):
    """The programme with its interactions.

    Parameters
    ----------
    programme : the whole choice; its model has the picture around the chosen set, so that what-if questions,
        prices of rules and the core index know of the interactions.
    chosen : the interacting projects in it.
    joint_usd_m : the value of the set.
    alone_usd_m, marginal_usd_m : of each interacting project by itself, and what the set gains by it (of one
        outside: what it would gain).
    credit_usd_m : of each chosen one, its part of the joint value; they add up to it.
    pairs_usd_m : what two projects of the set bring together beyond each alone.
    rounds, valued : how often the programme was solved, and how many sets were valued.
    stable : choosing again with the values around the chosen set gives the same set.
    """

    programme: Programme
    chosen: Set
    joint_usd_m: float
    alone_usd_m: dict[str, float]
    marginal_usd_m: dict[str, float]
    credit_usd_m: dict[str, float]
    pairs_usd_m: dict[tuple[str, str], float]
    rounds: int
    valued: int
    stable: bool

    @property
    def objective_usd_m(self) -> float:
        """Of the whole, with the true value of the set."""
        return self.programme.answer.value

    @property
    def columns(self) -> Array:
        """The whole choice, as columns of starts and shares."""
        return self.programme.answer.columns[: self.programme.model.layout.columns]

    @property
    def interaction_usd_m(self) -> float:
        """The value of the set less the sum of its projects' values alone."""
        return self.joint_usd_m - sum(self.alone_usd_m[name] for name in self.chosen)

    def tidy(self) -> pd.DataFrame:
        """One row a project: alone, marginal, its part of the joint value, whether it is chosen."""
        projects = {p.id: p for p in self.programme.model.layout.projects}
        names = list(self.alone_usd_m)
        return pd.DataFrame(
            {
                "project": names,
                "name": [projects[name].name for name in names],
                "chosen": [name in self.chosen for name in names],
                "alone_usd_m": list(self.alone_usd_m.values()),
                "marginal_usd_m": [self.marginal_usd_m[name] for name in names],
                "joint_usd_m": [self.credit_usd_m.get(name, np.nan) for name in names],
                "unit": "USD m, net present value",
                "basis": "computed",
                "source": "value of sets of projects",
            }
        )

    def summary(self) -> str:
        """In two lines."""
        ended = "chosen again with the values around it" if self.stable else "not stable yet"
        return (
            f"{len(self.chosen)} of {len(self.alone_usd_m)} interacting projects chosen in {self.rounds} "
            f"rounds, {ended}; {self.valued} sets valued\n"
            f"together {self.joint_usd_m:,.1f} USD m, of which {self.interaction_usd_m:,.1f} by interaction"
        )


def choose_together(
    programme: Programme,
    value: Value,
    projects: Sequence[str],
    *,
    most_rounds: int = 100,
    patience: int = PATIENCE,
) -> Together:
    """Choose again with interactions.

    Parameters
    ----------
    programme : chosen without them; its rules hold.
    value : million USD of net present benefit of a set of the interacting projects, costs included; it takes
        the place of their own values. The empty set must be worth nothing.
    projects : the interacting ones.
    most_rounds, patience : rounds in all, and rounds without a better set, after which the search ends.

    Raises
    ------
    UnknownNameError : a project that the programme does not know.
    InputError : a value of the empty set.
    RulesConflictError : the rules leave no choice.
    """
    known = programme.model.layout.places
    for name in projects:
        if name not in known:
            raise UnknownNameError("project", name, known)
    worth = Known(value)
    if worth(frozenset()) != 0:
        raise InputError(Problem("the empty set has a value", "Give 0 for it.", field="value"))
    search = Search(programme, worth, tuple(projects))
    start = frozenset(pick.project.id for pick in programme.picks) & set(projects)
    search.step(start)
    rounds, stale = 1, 0
    while rounds < most_rounds and stale < patience and search.open:
        before = search.best
        search.step(search.chosen)
        rounds, stale = rounds + 1, 0 if search.best > before else stale + 1
    if not search.valued:
        raise conflict(programme.model, programme.rules.solver.time_limit_s)
    final, more, stable = search.settle(max(most_rounds - rounds, 1))
    chosen = search.chosen
    return Together(
        programme=final,
        chosen=chosen,
        joint_usd_m=worth(chosen),
        alone_usd_m={name: worth(frozenset([name])) for name in projects},
        marginal_usd_m={name: marginal_value(worth, chosen, name) for name in projects},
        credit_usd_m=joint_values(worth, chosen),
        pairs_usd_m={
            (a, b): worth(frozenset([a, b])) - worth(frozenset([a])) - worth(frozenset([b]))
            for a, b in combinations(sorted(chosen), 2)
        },
        rounds=rounds + more,
        valued=len(worth.seen),
        stable=stable,
    )


class Known:
    """A value that is asked once for each set."""

    def __init__(self, value: Value) -> None:
        self.value = value
        self.seen: dict[Set, float] = {}

    def prepare(self, sets: Iterable[Set]) -> None:
        """Let a value that can do several sets side by side do so."""
        several = getattr(self.value, "prepare", None)
        if several is not None:
            several([chosen for chosen in sets if chosen not in self.seen])

    def __call__(self, chosen: Set) -> float:
        if chosen not in self.seen:
            self.seen[chosen] = float(self.value(chosen))
        return self.seen[chosen]


@dataclass(slots=True, eq=False)
class Search:
    """The best choice so far, and the sets that have been valued with the best rest around them."""

    programme: Programme
    worth: Known
    projects: tuple[str, ...]
    valued: list[Set] = field(default_factory=list)
    chosen: Set = frozenset()
    best: float = -np.inf
    open: bool = True

    @property
    def layout(self) -> Layout:
        return self.programme.model.layout

    def step(self, around: Set) -> None:
        """Solve with the picture around a set, and value what comes out."""
        picture = self._picture(around)
        answer = self._solved(self._pictured(picture), [self._excluded(one) for one in self.valued])
        if answer.state == "infeasible":
            self.open = False
            return
        found = self._set(answer)
        true = answer.value - picture.value(found) + self.worth(found)
        self.valued.append(found)
        if true > self.best:
            self.best, self.chosen = true, found

    def settle(self, most: int) -> tuple[Programme, int, bool]:
        """Choose with the picture around the best set until that set comes out again, at most so many times.

        Sets that were valued and found worse are left out: the picture is not exact for them. Returns the
        programme, how often it was solved, and whether the best set came out.
        """
        for rounds in range(1, most + 1):
            picture = self._picture(self.chosen)
            model = self._pictured(picture)
            answer = self._solved(model, [self._excluded(one) for one in self.valued if one != self.chosen])
            found = self._set(answer)
            if found == self.chosen:
                return programme_of(model, answer), rounds, True
            self.valued.append(found)
            true = answer.value - picture.value(found) + self.worth(found)
            if true > self.best:
                self.best, self.chosen = true, found
        model = self._pictured(self._picture(self.chosen))
        return programme_of(model, self._solved(model, self._exactly(self.chosen))), most + 1, False

    def _picture(self, around: Set) -> Picture:
        flips = [frozenset(some) for size in range(3) for some in combinations(self.projects, size)]
        self.worth.prepare([around ^ some for some in flips])
        return draw_picture(self.worth, self.projects, around, self.programme.rules.solver.gap)

    def _pictured(self, picture: Picture) -> Model:
        return build(replace(self.layout, picture=picture))

    def _solved(self, model: Model, rows: Iterable[Row]) -> Answer:
        solver = self.programme.rules.solver
        return solve(replace(model, rows=(*model.rows, *rows)), solver.gap, solver.time_limit_s)

    def _set(self, answer: Answer) -> Set:
        """The interacting projects of an answer."""
        layout = self.layout
        starts = np.flatnonzero(answer.columns[: layout.project.size] > 1 / 2)
        return frozenset(layout.projects[layout.project[s]].id for s in starts) & set(self.projects)

    def _exactly(self, chosen: Set) -> Iterable[Row]:
        """These interacting projects and no others."""
        for name in self.projects:
            columns, one = self.layout.starts(name), float(name in chosen)
            yield Row(ALWAYS, columns, np.ones(columns.size), one, one)

    def _excluded(self, valued: Set) -> Row:
        """Some project must be in or out that was not."""
        columns = [self.layout.starts(name) for name in self.projects]
        signs = [
            np.full(c.size, -1.0 if name in valued else 1.0)
            for name, c in zip(self.projects, columns, strict=True)
        ]
        return Row(ALWAYS, np.concatenate(columns), np.concatenate(signs), 1 - len(valued), np.inf)
