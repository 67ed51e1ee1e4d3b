"""Which commitments share money: trees of `part_of` and the graph of `overlaps`, made complete.

What is said of a part holds for its whole: if A overlaps a part of B, it overlaps B. What is said of a whole
holds for its parts, unless a part is named: if A overlaps B, it may hold money of any part of B; but when
the ledger also says which part, the others are free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serai.errors import InputError, Problem
from serai.records import Commitment

MOST_PAIRS = 5_000_000


@dataclass(frozen=True, slots=True)
class Sharing:
    """Parameters
    ----------
    parent : shape (n,), place of the commitment that contains each, or -1.
    pairs : shape (m, 2), places of commitments that may share money, each pair once, smaller first.
    """

    parent: NDArray[np.int64]
    pairs: NDArray[np.int64]


def sharing(commitments: Sequence[Commitment]) -> Sharing:
    """Parents and pairs of a whole ledger; identifiers are known and free of cycles (see `references`)."""
    place = {c.id: i for i, c in enumerate(commitments)}
    parent = np.array([-1 if c.part_of is None else place[c.part_of] for c in commitments], dtype=np.int64)
    stated = {tuple(sorted((i, place[o]))) for i, c in enumerate(commitments) for o in c.overlaps}
    trees = _Trees(parent)
    pairs: set[tuple[int, int]] = set()
    for a, b in stated:
        if trees.related(a, b):
            continue
        pairs.update(_sorted(x, y) for x in trees.up(a) for y in trees.up(b) if not trees.related(x, y))
        below_a, below_b = trees.down(a), trees.down(b)
        if len(pairs) + len(below_a) * len(below_b) > MOST_PAIRS:
            reason = f"{commitments[a].id} and {commitments[b].id} overlap and have too many parts to compare"
            raise InputError(
                Problem(reason, "State the overlap between the parts that share money.", field="overlaps")
            )
        finer = any((x, y) != (a, b) and _sorted(x, y) in stated for x in below_a for y in below_b)
        if not finer:
            pairs.update(_sorted(x, y) for x in below_a for y in below_b)
    pairs.update(_sorted(i, x) for i in range(len(commitments)) if parent[i] >= 0 for x in trees.up(i)[1:])
    return Sharing(parent, np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2))


def upper(high: NDArray[np.float64], parent: NDArray[np.int64]) -> float:
    """The sum in which parts never add to their whole.

    A whole counts as its own amount or, where its parts add up to more, as their sum (the ledger then
    contradicts itself and `conflicts` says so).

    Parameters
    ----------
    high : shape (n,), zero where no amount is known.
    parent : shape (n,), -1 for a root.
    """
    below = np.zeros(high.size)
    for i in _leaves_first(parent):
        worth = max(high[i], below[i])
        if parent[i] >= 0:
            below[parent[i]] += worth
        below[i] = worth
    return float(below[parent < 0].sum())


def among(parent: NDArray[np.int64], members: NDArray[np.int64]) -> NDArray[np.int64]:
    """Parents within a selection, as places in it: the nearest whole that is selected, or -1."""
    new = np.full(parent.size, -1, dtype=np.int64)
    new[members] = np.arange(members.size)
    found = np.full(members.size, -1, dtype=np.int64)
    for i, member in enumerate(members.tolist()):
        whole = int(parent[member])
        while whole >= 0 and new[whole] < 0:
            whole = int(parent[whole])
        found[i] = -1 if whole < 0 else new[whole]
    return found


def _leaves_first(parent: NDArray[np.int64]) -> list[int]:
    depth = np.zeros(parent.size, dtype=np.int64)
    whole = parent.copy()
    while (whole >= 0).any():
        inside = whole >= 0
        depth[inside] += 1
        whole[inside] = parent[whole[inside]]
    return np.argsort(-depth, kind="stable").tolist()  # type: ignore[no-any-return]


def _sorted(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


class _Trees:
    def __init__(self, parent: NDArray[np.int64]) -> None:
        self.parent = parent.tolist()
        self.children: dict[int, list[int]] = {}
        for child, whole in enumerate(self.parent):
            if whole >= 0:
                self.children.setdefault(whole, []).append(child)

    def up(self, node: int) -> list[int]:
        """The node and all that contain it."""
        found = [node]
        while self.parent[found[-1]] >= 0:
            found.append(self.parent[found[-1]])
        return found

    def down(self, node: int) -> list[int]:
        """The node and all its parts."""
        found = [node]
        for member in found:
            found += self.children.get(member, [])
        return found

    def related(self, a: int, b: int) -> bool:
        """Whether one contains the other."""
        return a in self.up(b) or b in self.up(a)
