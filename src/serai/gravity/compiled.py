"""Which kernels a panel gets: NumPy's, or the compiled ones where `serai compile` made them ready."""

from __future__ import annotations

import importlib
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from serai.compiled import Kernels
from serai.gravity import kernels as numpy_kernels

MODULE = "serai.gravity.kernels_numba"
KERNELS = Kernels("compiled", Path(__file__).with_name("loops_numba.py"), MODULE)
WORTH_IT = 100_000


def best_kernels(cells: int) -> ModuleType:
    """The kernels for a panel of so many cells: compiled ones if they are ready and the panel is large."""
    if MODULE not in sys.modules and (cells < WORTH_IT or not ready()):
        return numpy_kernels
    return numpy_kernels if cells < WORTH_IT else importlib.import_module(MODULE)


def compile_kernels() -> Path:
    """Compile, fill the cache and write the marker; returns the marker's path.

    Raises
    ------
    MissingExtraError : numba is not installed.
    """
    path = KERNELS.compile()
    ready.cache_clear()
    return path


@lru_cache(maxsize=1)
def ready() -> bool:
    """Whether the compiled kernels may be used; looked up once."""
    return KERNELS.ready()
