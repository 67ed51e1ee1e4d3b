"""Why no programme obeys all rules: a smallest set of rules that contradict each other."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from serai.errors import SolveError
from serai.programme.model import Model
from serai.programme.solver import solve

TRIED = (1, 2)
"""Sizes of sets that are all tried, when the first one found is larger."""


class RulesConflictError(SolveError):
    """Rules that no programme can obey together. rules : a smallest set of them found."""

    def __init__(self, rules: tuple[str, ...]) -> None:
        self.rules = rules
        if not rules:
            status = "the projects contradict each other before any rule"
        elif len(rules) == 1:
            status = f"no programme can obey the rule {rules[0]}"
        else:
            status = "no programme can obey these rules together: " + ", ".join(rules)
        remedy = "Loosen or remove any one of them" if len(rules) > 1 else "Loosen or remove it"
        super().__init__(status, remedy)

    def __reduce__(self) -> tuple[type[RulesConflictError], tuple[tuple[str, ...]]]:
        return type(self), (self.rules,)


def conflict(model: Model, time_limit_s: float) -> RulesConflictError:
    """A set of rules in conflict, none of which can be spared.

    Rules are left out one by one; one without which there is still no answer is not needed (a deletion
    filter; Chinneck 2008, Feasibility and Infeasibility in Optimization, section 6.2.1). What remains is
    irreducible. When it has more than two rules, all single rules and all pairs are tried as well, so a set
    of up to three is the smallest there is.
    """
    question = _without_aim(model)
    kept = list(model.rules)
    for rule in model.rules:
        fewer = [name for name in kept if name != rule]
        if not _feasible(question.only(fewer), time_limit_s):
            kept = fewer
    if len(kept) > TRIED[-1]:
        for size in TRIED:
            for some in combinations(model.rules, size):
                if not _feasible(question.only(some), time_limit_s):
                    return RulesConflictError(some)
    return RulesConflictError(tuple(kept))


def _without_aim(model: Model) -> Model:
    """The same columns and rows with nothing to maximise."""
    return Model(model.layout, np.zeros_like(model.gain), model.whole, model.low, model.high, model.rows)


def _feasible(model: Model, time_limit_s: float) -> bool:
    """Is there an answer? What cannot be told in the time counts as one: then a rule is kept, not dropped."""
    try:
        return solve(model, 0, time_limit_s).state != "infeasible"
    except SolveError:
        return True
