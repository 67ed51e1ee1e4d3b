"""What a measure needs to know of the world: names, goods shares, routes, agreements, drawn parameters."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from serai.axes import Array, Axis
from serai.draws import Draws, Uncertain
from serai.errors import InputError, Problem, suggestion
from serai.records.scenario import Effect
from serai.scenario.borders import OUTSIDE
from serai.scenario.frictions import Frictions
from serai.scenario.transport import EdgeChange, Way


@dataclass(frozen=True)
class Names:
    """Turns the words of a study (codes, groups, partners, `region`, `outside`, `world`) into positions."""

    economies: Axis
    groups: Mapping[str, tuple[str, ...]]

    def codes(self, words: Iterable[str], *, borders: bool = False) -> list[str]:
        """The codes behind the words, without repeats; with `borders` the place `outside` is one of them."""
        found: dict[str, None] = {}
        for word in words:
            if borders and word == OUTSIDE:
                found[OUTSIDE] = None
                continue
            for code in self.groups.get(word, (word,)):
                if code not in self.economies:
                    remedy = suggestion(code, [*self.groups, *self.economies])
                    raise InputError(Problem(f"there is no economy or group {code!r}", remedy))
                found[code] = None
        return list(found)

    def positions(self, words: Iterable[str]) -> list[int]:
        """Positions on the axis of economies, in the order of the words and without repeats."""
        return self.economies.indices(self.codes(words))

    def block(self, rows: Iterable[str], columns: Iterable[str]) -> Array:
        """1 where the row is in `rows` and the column in `columns`; never on the diagonal. Shape (N, N)."""
        block = np.zeros((len(self.economies), len(self.economies)))
        block[np.ix_(self.positions(rows), self.positions(columns))] = 1
        np.fill_diagonal(block, 0)
        return block

    def mask(self, first: Iterable[str], second: Iterable[str]) -> Array:
        """1 where a pair has one side in each set, in either direction; never on the diagonal. (N, N)."""
        first, second = tuple(first), tuple(second)
        return np.maximum(self.block(first, second), self.block(second, first))


@dataclass
class Inputs:
    """The uncertain inputs of a chunk of draws, sampled once each by name.

    `table` has the rows of parameters and assumptions. `used` collects what was sampled, for variance shares
    and for the path of a number.
    """

    draws: Draws
    table: Mapping[str, Uncertain]
    frictions: Frictions = field(default_factory=lambda: Frictions({}))
    used: dict[str, Array] = field(default_factory=dict)
    rows: dict[str, Uncertain] = field(default_factory=dict)

    def sample(self, name: str, uncertain: Uncertain | None = None) -> Array:
        """Draws of a parameter (by name) or of an uncertain input of the study, shape (draws,)."""
        if name not in self.used:
            row = uncertain or self._row(name)
            self.used[name] = self.draws.sample(row)
            self.rows[name] = row
        return self.used[name]

    def effect(self, key: str, effect: Effect) -> Array:
        """Draws of an effect: a parameter, an estimate, or the study's own number under `key`."""
        if effect.parameter is not None:
            return self.sample(effect.parameter)
        if effect.estimate is not None:
            name = f"estimate/{effect.estimate}"
            if name not in self.used:
                self.used[name] = self.frictions.sample(effect.estimate, self.draws)
            return self.used[name]
        return self.sample(key, effect.uncertain(key))

    def _row(self, name: str) -> Uncertain:
        try:
            return self.table[name]
        except KeyError:
            raise InputError(
                Problem(f"there is no parameter {name!r}", suggestion(name, self.table), field="parameter")
            ) from None


@dataclass(frozen=True)
class Context:
    """The world as the measures see it, for one chunk of draws.

    Attributes
    ----------
    names : positions of economies and groups.
    goods_share : (N, N) or (draws, N, N), the part of each flow that crosses borders as goods.
    way : routes, and what a change of edges does to the cost of goods.
    beyond : the sides of borders that the word `outside` stands for.
    depth : (draws, N, N), how deep an agreement is in force today, 0 to 1.
    members : agreement -> (N,), 1 for members of it today.
    inputs : the drawn parameters.
    gains : gains found before; many scenarios change the network alike.
    """

    names: Names
    goods_share: Array
    way: Way
    beyond: tuple[str, ...]
    depth: Array
    members: Mapping[str, Array]
    inputs: Inputs
    gains: dict[bytes, Array] = field(default_factory=dict)

    def gain(self, change: EdgeChange) -> Array:
        """exp(-trade elasticity * change of cost) of goods after a change of edges, (draws, N, N)."""
        key = hashlib.blake2b(change.key).digest()
        if key not in self.gains:
            self.gains[key] = self.way.gain(change, self.inputs.sample("trade_elasticity"))
        return self.gains[key]
