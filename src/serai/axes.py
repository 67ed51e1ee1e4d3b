"""Labelled axes and shape checks: the same words for the same mistakes everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serai.errors import InputError, Problem, Problems, UnknownNameError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Axis:
    """Names along one dimension of an array, in order and without repeats.

    >>> economies = Axis("economy", ("JPN", "KAZ"))
    >>> economies.index("KAZ")
    1
    """

    kind: str
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        seen: set[str] = set()
        problems = Problems()
        for place, name in enumerate(self.names):
            if name in seen:
                problems.add(
                    f"the {self.kind} {name} appears twice",
                    f"Keep one entry for each {self.kind}.",
                    row=f"position {place}",
                    field=self.kind,
                    value=name,
                )
            seen.add(name)
        problems.raise_if_any()

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.names)}

    def index(self, name: str) -> int:
        """Position of a name; an unknown one raises `UnknownNameError` with the nearest."""
        try:
            return self._places[name]
        except KeyError:
            raise UnknownNameError(self.kind, name, self.names) from None

    def indices(self, names: Sequence[str]) -> list[int]:
        return [self.index(name) for name in names]

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self._places


def as_float(name: str, value: Any, shape: tuple[int, ...], meaning: str) -> Array:
    """`value` as a float array whose last axes have `shape`; a leading draw axis is allowed.

    Raises `InputError` naming the argument when the shape or the type is wrong.
    """
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InputError(
            Problem(f"{name} is not numeric", f"Give {meaning}.", field=name, value=type(value).__name__)
        ) from None
    extra = array.ndim - len(shape)
    if extra not in (0, 1) or array.shape[extra:] != shape:
        raise InputError(
            Problem(
                f"{name} has shape {array.shape}",
                f"Give {meaning}, shape {shape} (a leading draw axis is allowed).",
                field=name,
            )
        )
    return array


def refuse_cells(
    name: str, array: Array, bad: NDArray[np.bool_], axes: Sequence[Axis], reason: str, remedy: str
) -> None:
    """Raise `InputError` that lists every cell where `bad` is true, by label."""
    if not bad.any():
        return
    problems = Problems()
    for cell in np.argwhere(bad):
        labels = [axis.names[i] for axis, i in zip(axes, cell[-len(axes) :], strict=True)]
        problems.add(reason, remedy, row=" > ".join(labels), field=name, value=float(array[tuple(cell)]))
    problems.raise_if_any()
