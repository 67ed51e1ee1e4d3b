"""What sets of projects bring beyond each project's own value: a second-order picture, as numbers.

The value of a set of interacting projects is a function that no row of a linear programme can hold. Around
one set it is pictured by a constant, a number for each project that is in, and one for each pair of which
both are in: exact for that set and for all that differ from it by one project or two. `constraints` turns the
picture into columns and rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from serai.axes import Array

Set = frozenset[str]
Value = Callable[[Set], float]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Million USD of net present benefit.

    Parameters
    ----------
    around : the set it is drawn around.
    constant : what the empty set would have by the picture.
    singles : of each interacting project that is in, at the most that may be taken of it; they take the place
        of the projects' own values.
    pairs : what two projects that are both in bring more (or less).
    credits : of each project of `around`, its part of what the set brings beyond the projects' own values.
    """

    around: Set
    constant: float
    singles: Mapping[str, float]
    pairs: Mapping[Pair, float]
    credits: Mapping[str, float]

    @property
    def gains(self) -> Array:
        """What its columns bring: each pair, and the constant."""
        return np.array([*self.pairs.values(), self.constant], dtype=float)

    def value(self, chosen: Iterable[str]) -> float:
        """Of the interacting projects among some, by the picture."""
        inside = {name for name in chosen if name in self.singles}
        together = sum(extra for pair, extra in self.pairs.items() if inside.issuperset(pair))
        return self.constant + sum(self.singles[name] for name in inside) + together


def draw_picture(worth: Value, projects: Sequence[str], around: Set, tolerance: float) -> Picture:
    """The picture of a value of sets around one of them.

    Parameters
    ----------
    tolerance : pairs so small that all of them together stay below this share of the largest single value
        are left out; what they bring to `around` is put into the constant, so the picture stays exact there.
    """
    constant, singles, pairs = expansion(worth, projects, around)
    least = tolerance * max(map(abs, singles.values()), default=0)
    small: set[Pair] = set()
    total = 0.0
    for pair in sorted(pairs, key=lambda pair: abs(pairs[pair])):
        total += abs(pairs[pair])
        if total > least:
            break
        small.add(pair)
    kept = {pair: extra for pair, extra in pairs.items() if pair not in small}
    constant += sum(extra for pair, extra in pairs.items() if pair not in kept and around.issuperset(pair))
    joint = joint_values(worth, around)
    alone = {name: worth(frozenset([name])) for name in around}
    return Picture(around, constant, singles, kept, {name: joint[name] - alone[name] for name in around})


def joint_values(worth: Value, chosen: Set) -> dict[str, float]:
    """The value of a set, credited to its projects; the parts add up to it.

    Each gets the mean of its value alone and at the margin, which is the Shapley value (1953) where no three
    projects interact beyond their pairs; what is left over is spread by the size of each one's interaction.
    """
    names = sorted(chosen)
    alone = {name: worth(frozenset([name])) for name in names}
    marginal = {name: marginal_value(worth, chosen, name) for name in names}
    middle = {name: (alone[name] + marginal[name]) / 2 for name in names}
    left = worth(chosen) - sum(middle.values())
    sizes = {name: abs(marginal[name] - alone[name]) for name in names}
    total = sum(sizes.values())
    return {name: middle[name] + left * (sizes[name] / total if total else 1 / len(names)) for name in names}


def marginal_value(worth: Value, chosen: Set, name: str) -> float:
    """What a set gains by one of its projects; of one outside: what it would gain."""
    return worth(chosen | {name}) - worth(chosen - {name})


def expansion(
    worth: Value, projects: Sequence[str], around: Set
) -> tuple[float, dict[str, float], dict[Pair, float]]:
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
    pairs: dict[Pair, float] = {}
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
