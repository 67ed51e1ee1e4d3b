"""What several processes need is made by the first that asks, and read by the others."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock

T = TypeVar("T")


def make_once(folder: Path, name: str, make: Callable[[], T]) -> T:
    """What `make` gave or raised the first time. It stands whole in the folder or not at all."""
    file, part = folder / f"{name}.pickle", folder / f"{name}.part"
    with FileLock(folder / f"{name}.lock"):
        if file.exists():
            value, error = pickle.loads(file.read_bytes())
        else:
            value, error = _outcome(make)
            part.write_bytes(pickle.dumps((value, error)))
            part.replace(file)
    if error is not None:
        raise error
    return value  # type: ignore[no-any-return]


def _outcome(make: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """What it gives, and what it raises: with where; in words alone where it cannot travel."""
    try:
        return make(), None
    except Exception as error:  # noqa: BLE001 - it is raised wherever it is asked for
        said = "".join(traceback.format_exception(error))
        error.add_note(said)
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # noqa: BLE001
            return None, RuntimeError(said)
        return None, error
