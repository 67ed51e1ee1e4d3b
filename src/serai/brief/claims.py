"""Verdicts on the statements of an article: a rule, the numbers it reads, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from serai.brief.numbers import Number
from serai.records.claim import Claim, Condition


class Verdict(StrEnum):
    """What can be said of a claim."""

    SUPPORTED = "supported"
    NOT_SUPPORTED = "not_supported"
    NOT_IDENTIFIED = "not_identified"
    NOT_TESTABLE = "not_testable"
    NOT_YET_TESTED = "not_yet_tested"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and why.

    Attributes
    ----------
    against : keys of numbers whose whole interval contradicts the claim.
    open : keys of numbers whose interval holds both answers.
    absent : keys of numbers that this brief does not have.
    """

    verdict: Verdict
    against: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def judge(claim: Claim, numbers: Mapping[str, Number]) -> Judgement:
    """Judge a claim by its rule.

    It is supported when every condition holds over the whole interval of its number, and not supported
    otherwise: some intervals contradict it, or they hold both answers. Which of the two it is stands in the
    result. A claim whose numbers are absent is not yet tested.
    """
    absent = tuple(key for key in claim.keys if key not in numbers)
    if absent:
        return Judgement(Verdict.NOT_YET_TESTED, absent=absent)
    if claim.not_testable:
        return Judgement(Verdict.NOT_TESTABLE)
    if claim.magnitude_only:
        return Judgement(Verdict.NOT_IDENTIFIED)
    if not claim.conditions:
        return Judgement(Verdict.NOT_YET_TESTED)
    answers = [(condition.number, holds(condition, numbers)) for condition in claim.conditions]
    against = tuple(key for key, answer in answers if answer is False)
    undecided = tuple(key for key, answer in answers if answer is None)
    verdict = Verdict.NOT_SUPPORTED if against or undecided else Verdict.SUPPORTED
    return Judgement(verdict, against, undecided)


def holds(condition: Condition, numbers: Mapping[str, Number]) -> bool | None:
    """Does a condition hold? None when the intervals leave it open; a bound that is reached does not hold."""
    low, high = _ends(numbers[condition.number])
    if condition.than_number is None:
        assert condition.than is not None
        other_low = other_high = condition.than
    else:
        other_low, other_high = _ends(numbers[condition.than_number])
    if condition.relation == "below":
        low, high, other_low, other_high = other_low, other_high, low, high
    if low > other_high:
        return True
    return False if high <= other_low else None


def _ends(number: Number) -> tuple[float, float]:
    low = number.estimate if number.low is None else number.low
    high = number.estimate if number.high is None else number.high
    return low, high
