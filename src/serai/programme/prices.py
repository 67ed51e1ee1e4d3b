"""What each rule costs: how much more the best programme would bring without it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pandas as pd

from serai.executors import Executor, Serial
from serai.programme.model import Model
from serai.programme.portfolio import Programme, answer_near
from serai.programme.solver import relax
from serai.shown import Rows, Shown


@dataclass(frozen=True, slots=True)
class RulePrice(Shown):
    """The price of one rule, million USD of the objective.

    Parameters
    ----------
    estimate : best found without the rule less best found with it, never below zero.
    low, high : what the gaps of the two leave open.
    """

    rule: str
    estimate: float
    low: float
    high: float


def rule_prices(programme: Programme, executor: Executor | None = None) -> Rows[RulePrice]:
    """The price of every rule, the dearest first.

    A rule whose removal does not raise the bound of the problem without whole numbers by more than the
    tolerance is not solved again: its price is zero up to `high`.
    """
    each = (executor or Serial()).map(
        partial(_price, programme, relaxed(programme.model)), programme.model.rules
    )
    return Rows(sorted(each, key=lambda price: -price.estimate))


def prices_table(prices: tuple[RulePrice, ...]) -> pd.DataFrame:
    """One row a rule."""
    rows = [(p.rule, p.estimate, p.low, p.high) for p in prices]
    table = pd.DataFrame(rows, columns=["rule", "estimate", "low", "high"])
    return table.assign(unit="USD m, net present value", basis="computed", source="rules.toml")


def _price(programme: Programme, with_all: float, rule: str) -> RulePrice:
    answer, solver = programme.answer, programme.rules.solver
    fewer = programme.model.without(rule)
    bound = relaxed(fewer)
    if bound - with_all <= solver.gap * abs(answer.value):
        return RulePrice(rule, 0, 0, max(0, bound - answer.value))
    better = answer_near(programme, fewer, programme.rules)
    return RulePrice(
        rule,
        max(0, better.value - answer.value),
        max(0, better.value - answer.bound),
        max(0, better.bound - answer.value),
    )


def relaxed(model: Model) -> float:
    """The most that the objective can be when projects may be taken in any part."""
    found = relax(model)
    assert found is not None, "a model that has an answer has one without whole numbers"
    return found.value
