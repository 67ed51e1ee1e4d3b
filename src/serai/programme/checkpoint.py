"""A file of finished pieces of a long run, so that it can be stopped and taken up again.

One line of JSON for each piece, behind a line that names what the run was made from. A line that was cut off
when a run was killed is done again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serai.errors import InputError, Problem


class Checkpoint:
    """Finished pieces by number, kept in a file as they come.

    Parameters
    ----------
    path : made when it does not exist.
    fingerprint : of everything that the numbers depend on.

    Raises
    ------
    InputError : the file belongs to other inputs.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        self.path = path
        self.done: dict[int, Mapping[str, Any]] = {}
        lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
        whole = lines[:-1]  # what follows the last line break was cut off
        if whole:
            self._check(whole[0], fingerprint)
            for line in whole[1:]:
                piece = json.loads(line)
                self.done[int(piece["piece"])] = piece
        kept = [json.dumps({"fingerprint": fingerprint}), *whole[1:]]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")

    def add(self, piece: int, found: Mapping[str, Any]) -> None:
        """Keep a finished piece."""
        self.done[piece] = {"piece": piece, **found}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(self.done[piece]) + "\n")

    def _check(self, line: str, fingerprint: str) -> None:
        try:
            known = json.loads(line).get("fingerprint")
        except (ValueError, AttributeError):
            known = None
        if known != fingerprint:
            raise InputError(
                Problem(
                    "the checkpoint was made from other projects, rules or draws",
                    "Give another file, or delete it to begin again.",
                    file=str(self.path),
                )
            )
