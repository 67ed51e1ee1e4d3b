"""Products over a stack of worlds; an axis of length 1 is shared by all worlds."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from serai.axes import Array

T = TypeVar("T", bound=np.generic)


def left(matrix: Array, vector: Array) -> Array:
    """Matrix times vector, for each world."""
    return np.asarray((matrix @ vector[:, :, np.newaxis])[:, :, 0])


def right(vector: Array, matrix: Array) -> Array:
    """Vector times matrix, for each world."""
    return np.asarray((vector[:, np.newaxis, :] @ matrix)[:, 0, :])


def rows(scale: Array, matrix: Array) -> Array:
    """Each row of a matrix times a number, for each world."""
    return scale[:, :, np.newaxis] * matrix


def turned(matrix: Array) -> Array:
    """The transpose, for each world."""
    return np.swapaxes(matrix, 1, 2)


def before(vector: Array, matrix: Array) -> Array:
    """Vector times matrix, for each world and sector."""
    return np.asarray((vector[:, :, np.newaxis, :] @ matrix)[:, :, 0, :])


def after(matrix: Array, vector: Array) -> Array:
    """Matrix times vector, for each world and sector."""
    return np.asarray((matrix @ vector[..., np.newaxis])[..., 0])


def used(inputs: Array, price: Array) -> Array:
    """sum over inputs of share times price: (worlds, S input, N) -> (worlds, S output, N)."""
    found = np.swapaxes(price, 1, 2)[:, :, np.newaxis, :] @ inputs
    return np.swapaxes(found[:, :, 0, :], 1, 2)


def using(inputs: Array, output: Array) -> Array:
    """sum over outputs of share times output: (worlds, S output, N) -> (worlds, S input, N)."""
    found = inputs @ np.swapaxes(output, 1, 2)[..., np.newaxis]
    return np.swapaxes(found[..., 0], 1, 2)


def pick(stack: NDArray[T], worlds: NDArray[np.intp]) -> NDArray[T]:
    """Some worlds of a stack; what all worlds share stays as it is."""
    return stack if len(stack) == 1 else stack[worlds]
