"""Projects that are worth more together: the programme chosen again with the value of sets of projects.

    choose_together(programme, value, projects) -> Together

`value` says what any set of the interacting projects brings, for example through the network and the
equilibrium. A second-order picture of it around the present set (marginal and pairwise values) enters the
mixed-integer programme; the set that comes out is valued truly, excluded from the next round, and the picture
is drawn again around the best set so far. It ends when all sets are excluded, or when several rounds in a row
bring nothing better. For each set that was valued the rest of the programme is the best that there is, so no
set is lost by being excluded. The value of a set is that of its projects at the most that may be taken; of a
smaller share the value alone counts pro rata.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
import pandas as pd

from serai.axes import Array
from serai.errors import InputError, Problem, UnknownNameError
from serai.programme.conflict import conflict
from serai.programme.model import ALWAYS, Model, Row
from serai.programme.portfolio import Programme
from serai.programme.solver import solve
from serai.shown import Shown

Set = frozenset[str]
Value = Callable[[Set], float]

PATIENCE = 8
"""Rounds without a better set after which the search ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Together(Shown):
    """The programme with its interactions.

    Parameters
    ----------
    chosen : the interacting projects in it.
    columns : the whole choice, as columns of the programme's model.
    objective_usd_m : of the whole, with the true value of the set.
    joint_usd_m : the value of the set. alone_usd_m, marginal_usd_m : of each interacting project by itself,
        and what the set gains by it (of one outside: what it would gain).
    pairs_usd_m : what two projects of the set bring together beyond each alone.
    rounds, valued : how often the programme was solved, and how many sets were valued.
    stable : the search ended by itself, not at `most_rounds`.
    """

    chosen: Set
    columns: Array = field(repr=False)
    objective_usd_m: float
    joint_usd_m: float
    alone_usd_m: dict[str, float]
    marginal_usd_m: dict[str, float]
    pairs_usd_m: dict[tuple[str, str], float]
    rounds: int
    valued: int
    stable: bool

    @property
    def interaction_usd_m(self) -> float:
        """The value of the set less the sum of its projects' values alone."""
        return self.joint_usd_m - sum(self.alone_usd_m[name] for name in self.chosen)

    def tidy(self) -> pd.DataFrame:
        """One row a project: alone, marginal, whether it is chosen."""
        return pd.DataFrame(
            {
                "project": list(self.alone_usd_m),
                "chosen": [name in self.chosen for name in self.alone_usd_m],
                "alone_usd_m": list(self.alone_usd_m.values()),
                "marginal_usd_m": [self.marginal_usd_m[name] for name in self.alone_usd_m],
                "unit": "USD m, net present value",
                "basis": "computed",
                "source": "value of sets of projects",
            }
        )

    def summary(self) -> str:
        """In two lines."""
        ended = "until no better set came" if self.stable else "until the last round allowed"
        return (
            f"{len(self.chosen)} of {len(self.alone_usd_m)} interacting projects chosen in {self.rounds} "
            f"rounds, {ended}; {self.valued} sets valued\n"
            f"together {self.joint_usd_m:,.1f} USD m, of which {self.interaction_usd_m:,.1f} by interaction"
        )


def choose_together(
    programme: Programme, value: Value, projects: Sequence[str], *, most_rounds: int = 100
) -> Together:
    """Choose again with interactions.

    Parameters
    ----------
    programme : chosen without them; its rules hold.
    value : million USD of net present benefit of a set of the interacting projects, costs included; it takes
        the place of their own values. The empty set must be worth nothing.
    projects : the interacting ones.

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
    while rounds < most_rounds and stale < PATIENCE and search.open:
        before = search.best
        search.step(search.chosen)
        rounds, stale = rounds + 1, 0 if search.best > before else stale + 1
    if not search.valued:
        raise conflict(programme.model, programme.rules.solver.time_limit_s)
    chosen = search.chosen
    joint = worth(chosen)
    return Together(
        chosen=chosen,
        columns=search.columns,
        objective_usd_m=search.best,
        joint_usd_m=joint,
        alone_usd_m={name: worth(frozenset([name])) for name in projects},
        marginal_usd_m={name: _marginal(worth, chosen, name) for name in projects},
        pairs_usd_m={
            (a, b): worth(frozenset([a, b])) - worth(frozenset([a])) - worth(frozenset([b]))
            for a, b in combinations(sorted(chosen), 2)
        },
        rounds=rounds,
        valued=len(worth.seen),
        stable=rounds < most_rounds,
    )  # fmt: skip


def _marginal(worth: Value, chosen: Set, name: str) -> float:
    return worth(chosen | {name}) - worth(chosen - {name})


class Known:
    """A value that is asked once for each set."""

    def __init__(self, value: Value) -> None:
        self.value = value
        self.seen: dict[Set, float] = {}

    def __call__(self, chosen: Set) -> float:
        if chosen not in self.seen:
            self.seen[chosen] = float(self.value(chosen))
        return self.seen[chosen]


class Search:
    """The best choice so far, and the sets that have been valued with the best rest around them."""

    def __init__(self, programme: Programme, worth: Known, projects: tuple[str, ...]) -> None:
        self.model, self.rules = programme.model, programme.rules
        self.worth, self.projects = worth, projects
        self.most = self.rules.partial.most if self.rules.partial else 1
        self.valued: list[Set] = []
        self.chosen: Set = frozenset()
        self.best, self.columns, self.open = -np.inf, np.empty(0), True

    def step(self, around: Set) -> None:
        """Solve with the picture around a set, and value what comes out."""
        _, singles, pairs = expansion(self.worth, self.projects, around)
        model = self._with(singles, pairs)
        answer = solve(model, self.rules.solver.gap, self.rules.solver.time_limit_s)
        if answer.state == "infeasible":
            self.open = False
            return
        layout = self.model.layout
        starts = np.flatnonzero(answer.columns[: layout.project.size] > 1 / 2)
        found = frozenset(layout.projects[layout.project[s]].id for s in starts) & set(self.projects)
        pictured = sum(singles[name] for name in found)
        pictured += sum(extra for pair, extra in pairs.items() if found >= set(pair))
        true = answer.value - pictured + self.worth(found)
        self.valued.append(found)
        if true > self.best:
            self.best, self.chosen = true, found
            self.columns = answer.columns[: self.model.gain.size]

    def _with(self, singles: dict[str, float], pairs: dict[tuple[str, str], float]) -> Model:
        """The model with the picture's values, a column for each pair, and without the sets valued."""
        layout, gain = self.model.layout, self.model.gain.copy()
        for name in self.projects:
            starts = layout.starts(name)
            most = np.where(layout.partial[starts], self.most, 1)
            gain[layout.level[starts]] = singles[name] * layout.later[starts] / most
        kept = {pair: extra for pair, extra in pairs.items() if extra != 0}
        rows: list[Row] = []
        for number, pair in enumerate(kept):
            rows += self._pair(gain.size + number, pair)
        rows += [self._excluded(valued) for valued in self.valued]
        size = len(kept)
        return replace(self.model, gain=gain).with_columns(
            gain=np.array(list(kept.values()), dtype=float),
            whole=np.zeros(size),
            low=np.zeros(size),
            high=np.ones(size),
            rows=rows,
        )

    def _pair(self, column: int, pair: tuple[str, str]) -> Iterable[Row]:
        """A column that is 1 exactly where both projects start."""
        first, second = (self.model.layout.starts(name) for name in pair)
        for starts in (first, second):
            yield Row(ALWAYS, np.append(starts, column), np.append(-np.ones(starts.size), 1.0), -np.inf, 0)
        both = np.concatenate([first, second])
        yield Row(ALWAYS, np.append(both, column), np.append(np.ones(both.size), -1.0), -np.inf, 1)

    def _excluded(self, valued: Set) -> Row:
        """Some project must be in or out that was not."""
        columns = [self.model.layout.starts(name) for name in self.projects]
        signs = [
            np.full(c.size, -1.0 if name in valued else 1.0)
            for name, c in zip(self.projects, columns, strict=True)
        ]
        return Row(ALWAYS, np.concatenate(columns), np.concatenate(signs), 1 - len(valued), np.inf)


def expansion(
    worth: Value, projects: Sequence[str], around: Set
) -> tuple[float, dict[str, float], dict[tuple[str, str], float]]:
    """The second-order picture of a set function around a set.

    With f the value and flips counted from the set, f(around) + sum of the differences of single flips + sum
    of the second differences of pairs of flips, written out as a constant, a number for each project that is
    in, and one for each pair of which both are in.
    """
    base = worth(around)
    sign = {name: -1 if name in around else 1 for name in projects}
    single = {name: worth(around ^ {name}) - base for name in projects}
    constant = base + sum(single[name] for name in around & set(projects))
    linear = {name: sign[name] * single[name] for name in projects}
    pairs: dict[tuple[str, str], float] = {}
    for a, b in combinations(projects, 2):
        second = worth(around ^ {a, b}) - single[a] - single[b] - base
        # the product of two flips, each x or 1 - x
        pairs[a, b] = sign[a] * sign[b] * second
        if a in around and b in around:
            constant += second
        if a in around:
            linear[b] += sign[b] * second
        if b in around:
            linear[a] += sign[a] * second
    return constant, linear, pairs
