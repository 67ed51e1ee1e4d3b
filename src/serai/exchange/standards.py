"""Where the published standards are, when a user has downloaded them.

Set `SERAI_STANDARDS` to a folder that holds `oc4ids-0.9.5/` and `iati-2.03/`. With it, files are validated in
full against the schemas, without the network. Without it our own models still refuse what matters.
"""

from __future__ import annotations

import os
from pathlib import Path

from serai.errors import InputError, Problem

SETTING = "SERAI_STANDARDS"
OC4IDS, IATI = "oc4ids-0.9.5", "iati-2.03"


def standards_folder(given: Path | None = None) -> Path | None:
    """The folder given, else the one that the setting names, else None.

    Raises `InputError` when a folder is named and does not exist: what was asked for is never skipped.
    """
    named = os.environ.get(SETTING)
    folder = given if given is not None or not named else Path(named)
    if folder is not None and not folder.is_dir():
        remedy = f"Correct {SETTING}, or unset it to go without full validation."
        raise InputError(Problem("there is no such folder of standards", remedy, file=str(folder)))
    return folder


def standard_file(folder: Path, *parts: str) -> Path:
    """One file of a standard; `InputError` says what is missing from the folder."""
    path = folder.joinpath(*parts)
    if not path.is_file():
        remedy = f"Download the standard and unpack it there; {SETTING} names the folder above {parts[0]}."
        raise InputError(Problem("a file of the standard is missing", remedy, file=str(path)))
    return path
