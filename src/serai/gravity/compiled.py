"""Whether the compiled kernels may be used, and how they come to be.

`compile_kernels` (on the command line `serai compile`) fills numba's cache and writes a marker: the hash of
the source, the processor, the versions, and the cache's files. Without a marker that fits, the NumPy kernels
run, so that nobody ever waits for a compiler.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import platform
import sys
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from serai.errors import MissingExtraError
from serai.gravity import kernels as numpy_kernels
from serai.provenance import sha256

SOURCE = Path(__file__).with_name("loops_numba.py")
WORTH_IT = 100_000


def best_kernels(cells: int) -> ModuleType:
    """The kernels for a panel of so many cells: compiled ones if they are ready and the panel is large."""
    if "serai.gravity.kernels_numba" not in sys.modules and (cells < WORTH_IT or not ready()):
        return numpy_kernels
    return numpy_kernels if cells < WORTH_IT else importlib.import_module("serai.gravity.kernels_numba")


def compile_kernels() -> Path:
    """Compile, fill the cache and write the marker; returns the marker's path.

    Raises
    ------
    MissingExtraError : numba is not installed.
    """
    if importlib.util.find_spec("numba") is None:
        raise MissingExtraError("numba", "fast")
    module: Any = importlib.import_module("serai.gravity.kernels_numba")
    path = marker_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**_circumstances(), "files": module.cache_files()}, indent=2)
    temporary = path.with_suffix(".part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
    ready.cache_clear()
    return path


@lru_cache(maxsize=1)
def ready() -> bool:
    """Whether the marker fits the source, the processor and the versions, and the cache is still there."""
    try:
        marker = json.loads(marker_path().read_text(encoding="utf-8"))
        files = marker.pop("files")
        return bool(marker == _circumstances() and files and all(Path(name).is_file() for name in files))
    except (OSError, ValueError, KeyError, AttributeError, metadata.PackageNotFoundError):
        return False


def marker_path() -> Path:
    """Where the marker is: `$SERAI_CACHE`, or serai's folder in the user's cache."""
    home = os.environ.get("SERAI_CACHE")
    if home:
        return Path(home) / "compiled.json"
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "serai" / "compiled.json"


def _circumstances() -> dict[str, str]:
    return {
        "source": sha256(SOURCE.read_bytes()),
        "processor": _processor(),
        "python": platform.python_version(),
        "numba": metadata.version("numba"),
        "numpy": metadata.version("numpy"),
    }


def _processor() -> str:
    """The processor's name and abilities, as numba's cache distinguishes them."""
    path = Path("/proc/cpuinfo")
    if path.is_file():
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        wanted = [line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))]
        return sha256("\n".join(sorted(set(wanted))).encode())
    return f"{platform.machine()} {platform.processor()}"
