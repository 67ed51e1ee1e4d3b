"""Docstrings as they are written here, into what Sphinx reads.

Ours are plain text: backticks around code, equations set in by four spaces, doctests, and sections in the
style of numpy whose items are `name : what it is`. Nothing else has a meaning, so an asterisk in a sentence
stays an asterisk.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from sphinx.application import Sphinx

SECTIONS = ("Parameters", "Attributes", "Returns", "Raises", "Examples", "Notes")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", _process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _process(_app: Sphinx, _what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    lines[:] = plain(lines)


def plain(lines: list[str]) -> list[str]:
    """The lines of a docstring as reStructuredText."""
    made: list[str] = []
    section = ""
    doctest = False
    for before, line in pairwise(["", *_titled(lines)]):
        if line.startswith("\0"):
            section = line[1:]
            made += ["", f".. rubric:: {section}", ""]
        elif not line.strip():
            doctest = False
            made.append("")
        elif doctest or line.lstrip().startswith(">>>"):
            doctest = True
            made.append(line)
        elif line.startswith("    "):
            indented_text = bool(section) and section != "Examples"
            if not before.strip() and not indented_text:
                made += [".. code-block:: text", ""]
            made.append(_escaped(line) if indented_text else line)
        elif section in ("Parameters", "Attributes", "Raises") and " : " in line:
            name, _, text = line.partition(" : ")
            names = ", ".join(f"`{part.strip(' `')}`" for part in name.split(","))
            made += ["", names, f"    {_escaped(text)}"]
        else:
            made.append(_escaped(line))
    return made


def _titled(lines: list[str]) -> list[str]:
    """The lines with each underlined title of a section folded into one that starts with a null."""
    found: list[str] = []
    for line in lines:
        if found and re.fullmatch(r"-{3,}", line.strip()) and found[-1].strip() in SECTIONS:
            found[-1] = "\0" + found[-1].strip()
        else:
            found.append(line)
    return found


def _escaped(line: str) -> str:
    """What is not between backticks, with the marks of reStructuredText taken literally."""
    parts = line.split("`")
    return "`".join(
        part if place % 2 else re.sub(r"([*|\\]|_(?!\w))", r"\\\1", part) for place, part in enumerate(parts)
    )
