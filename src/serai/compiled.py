"""Whether compiled kernels may be used, and how they come to be: one mechanism for all of them.

Compiling fills numba's cache and writes a marker: the hash of the source, the processor, the versions, and
the cache's files. Without a marker that fits, the NumPy code runs, so that nobody ever waits for a compiler.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from serai.errors import MissingExtraError
from serai.provenance import sha256


@dataclass(frozen=True, slots=True)
class Kernels:
    """A module of compiled kernels.

    Parameters
    ----------
    marker : the name of its marker. source : the file whose functions are compiled.
    module : what to import; it has `cache_files()`, the index files of numba's cache.
    helpers : files whose functions are compiled into those of `source`.
    """

    marker: str
    source: Path
    module: str
    helpers: tuple[Path, ...] = ()

    def compile(self) -> Path:
        """Compile, fill the cache and write the marker; returns the marker's path.

        Raises
        ------
        MissingExtraError : numba is not installed.
        """
        if importlib.util.find_spec("numba") is None:
            raise MissingExtraError("numba", "fast")
        module: Any = importlib.import_module(self.module)
        path = self.path()
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({**self._circumstances(), "files": module.cache_files()}, indent=2)
        temporary = path.with_suffix(".part")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
        return path

    def ready(self) -> bool:
        """Whether the marker fits the source, the processor and the versions, and the cache is there."""
        try:
            marker = json.loads(self.path().read_text(encoding="utf-8"))
            files = marker.pop("files")
            fits = marker == self._circumstances()
            return bool(fits and files and all(Path(name).is_file() for name in files))
        except (OSError, ValueError, KeyError, AttributeError, metadata.PackageNotFoundError):
            return False

    def path(self) -> Path:
        """Where the marker is: `$SERAI_CACHE`, or serai's folder in the user's cache."""
        home = os.environ.get("SERAI_CACHE")
        if home:
            return Path(home) / f"{self.marker}.json"
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        return Path(cache) / "serai" / f"{self.marker}.json"

    def _circumstances(self) -> dict[str, str]:
        return {
            "source": sha256(b"".join(path.read_bytes() for path in (self.source, *self.helpers))),
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
