"""Where a number comes from: source cards, hashes, the run manifest, the path of a number."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from serai.errors import Problems

BASES = (
    "reported",
    "mirrored",
    "carried",
    "corrected",
    "imputed",
    "assumed",
    "estimated",
    "calibrated",
    "computed",
)


@dataclass(frozen=True, slots=True)
class Source:
    """A source card: who made the figures, where, when, and under which licence."""

    key: str
    title: str
    producer: str
    citation: str
    url: str
    date: str
    licence: str
    licence_checked: bool
    note: str = ""


def read_cards(folder: Path) -> dict[str, Source]:
    """All source cards (`*.toml`) of a folder, by key; the key is the file's name."""
    problems = Problems()
    cards: dict[str, Source] = {}
    for path in sorted(folder.glob("*.toml")):
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
        try:
            cards[path.stem] = Source(key=path.stem, **fields)
        except TypeError as error:
            remedy = "A card has title, producer, citation, url, date, licence, licence_checked, note."
            problems.add(str(error), remedy, file=str(path))
    problems.raise_if_any()
    return cards


PACKAGED = ("*/tables/*.csv", "atlas/tables/*.geojson", "atlas/cards/*.toml")


@cache
def packaged() -> dict[str, str]:
    """The fingerprint of every data file inside the package that a study cannot replace, by its place.

    The tables of the atlas are not among them: a study may replace them, and a run names each by itself.
    """
    package = Path(__file__).parent
    files = sorted({file for pattern in PACKAGED for file in package.glob(pattern)})
    named = {file.relative_to(package).as_posix(): file for file in files}
    return {
        name: sha256(file.read_bytes())
        for name, file in named.items()
        if not (name.startswith("atlas/tables/") and file.suffix == ".csv")
    }


def sha256(content: bytes) -> str:
    """The fingerprint of some bytes."""
    return hashlib.sha256(content).hexdigest()
