"""Words that stand for several countries, as a study defines them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from serai.records.base import NO_GROUPS, Groups, alpha2


def groups_of(folder: Path) -> Groups:
    """The groups of a study folder: the code of its region, and every `[groups]` entry that lists countries.

    A folder without `study.toml` has none. One whose `study.toml` cannot be read gives None: then nobody can
    tell a group from a misspelt country, and the file itself is what has to be mended first.
    """
    file = folder / "study.toml"
    if not file.is_file():
        return NO_GROUPS
    try:
        about = tomllib.loads(file.read_text(encoding="utf-8"))
        region, named = dict(about.get("region", {})), dict(about.get("groups", {}))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError, ValueError):
        return None
    if region.get("code"):
        named[region["code"]] = region.get("economies")
    return {str(word): tuple(codes) for word, codes in named.items() if _countries(codes)}


def _countries(codes: Any) -> bool:
    return isinstance(codes, list) and all(isinstance(code, str) and alpha2(code) for code in codes)
