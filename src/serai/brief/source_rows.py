"""Rows of the files behind a run: those of the study, then those of the package that no study replaces.

A file has the key `file/NAME`, its row on line 12 `file/NAME/12`. Only files that the run was made from are
read.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import serai
from serai.provenance import sha256

PREFIX = "file/"
NAMING = (
    "id",
    "project",
    "financier",
    "commitment",
    "format",
    "partner",
    "party",
    "payer",
    "owner",
    "fact",
    "question",
    "parameter",
)
"""Columns whose values stand in the keys of numbers."""

LISTED = 60  # rows of a file that are listed with it


class SourceFiles:
    """The files that a run was made from.

    Parameters
    ----------
    study : the folder of the study.
    manifest : of the run; says which files and which fingerprints they had.
    """

    def __init__(self, study: Path, manifest: Mapping[str, Any]) -> None:
        own = {name: (study / name, digest) for name, digest in manifest["study_files"].items()}
        package = Path(serai.__file__).parent
        others = {name: (package / name, d) for name, d in manifest.get("package_files", {}).items()}
        self._files: dict[str, tuple[Path, str]] = {**others, **own}
        self._rows: dict[str, dict[int, dict[str, str]]] = {}

    def of(self, node: Mapping[str, Any]) -> list[str]:
        """The keys of the files that a node names in `file` or `folder`."""
        named = [name.strip() for name in str(node.get("file") or "").split(",") if name.strip()]
        if node.get("folder"):
            named += [name for name in self._files if name.startswith(f"{node['folder']}/")]
        return [PREFIX + name for name in named if name in self._files]

    def naming(self, file: str, key: str) -> dict[str, str]:
        """The rows of a file that name a part of a number's key: key -> label."""
        words = set(re.split("[/>]", key))
        rows = self._table(file.removeprefix(PREFIX))
        return {
            f"{file}/{line}": _label(row)
            for line, row in rows.items()
            if any(row.get(column) in words for column in NAMING if row.get(column))
        }

    def find(self, key: str) -> dict[str, Any] | None:
        """A file, or a row of one; None when the run was not made from it."""
        name = key.removeprefix(PREFIX)
        if not key.startswith(PREFIX):
            return None
        if name in self._files:
            return self._file(name)
        name, _, line = name.rpartition("/")
        if name not in self._files or not line.isdigit() or int(line) not in self._table(name):
            return None
        row = {column: text for column, text in self._table(name)[int(line)].items() if text}
        return {"label": f"line {line} of {name}", "file": name, "line": int(line), **row}

    def _file(self, name: str) -> dict[str, Any]:
        path, digest = self._files[name]
        rows = self._table(name)
        content = path.read_bytes() if path.is_file() else b""
        found: dict[str, Any] = {"label": f"the file {name}", "sha256": digest}
        if sha256(content) != digest:
            return found | {"changed": "the file at hand is not the one that the run was made from"}
        if name.endswith(".toml"):
            return found | tomllib.loads(content.decode())
        back = [f"{PREFIX}{name}/{line}" for line in list(rows)[:LISTED]] if len(rows) <= LISTED else []
        return found | {"rows": len(rows), "made_from": back}

    @cached_property
    def names(self) -> list[str]:
        """The keys of all files."""
        return [PREFIX + name for name in self._files]

    def label(self, key: str) -> str:
        """A few words for a key of ours."""
        found = self.find(key)
        return "" if found is None else _label(found) if "line" in found else str(found["label"])

    def _table(self, name: str) -> dict[int, dict[str, str]]:
        """The rows of a CSV file by line."""
        if name not in self._rows:
            path = self._files[name][0] if name in self._files else Path()
            readable = name.endswith(".csv") and path.is_file()
            self._rows[name] = dict(_lines(path)) if readable else {}
        return self._rows[name]


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with the line on which it ends."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        for row in reader:
            yield reader.line_num, {str(k): str(v) for k, v in row.items() if k is not None}


def _label(row: Mapping[str, Any]) -> str:
    """What a row is about: the first of its naming columns, and its words."""
    words = [str(row[c]) for c in (*NAMING, "title", "name") if row.get(c)]
    return "row: " + ", ".join(dict.fromkeys(words))[:80]
