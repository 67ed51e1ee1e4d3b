"""Writes docs/validation.md from a run of every check: `python -m tools.describe_validation [FOLDER]`."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path

from serai.validation import CHECKS, Outcome, Report, Row, validate
from serai.validation.check import FAIL, LEFT_OUT

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "validation.md"
TINY = 1e-4
"""Gaps that may be as large as this only are shown as 'below' their tolerance: their digits are noise."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("SERAI_VALIDATION", ROOT.parent / "shared" / "validation")
    options.add_argument("folder", nargs="?", type=Path, default=Path(default), help="the validation files")
    report = validate(options.parse_args().folder)
    broken = [o.check for o in report.outcomes if o.verdict in (FAIL, LEFT_OUT)]
    if broken:
        options.error(f"the page shows every check; these failed or were left out: {', '.join(broken)}")
    PAGE.write_text(page(report), encoding="utf-8")
    print(PAGE.relative_to(ROOT))


def page(report: Report) -> str:
    """The whole page as Markdown; no timings, so that two runs give the same text."""
    parts = [_opening(report), *(_section(outcome) for outcome in report.outcomes)]
    return "\n".join(parts).rstrip() + "\n"


def _opening(report: Report) -> str:
    lines = [
        "# Published results beside ours",
        "",
        "<!-- Written by `python -m tools.describe_validation`; edit that file, not this one. -->",
        "",
        "Every number below came out of the run that wrote this page. `serai validate` runs the same checks:",
        "without data those that need none, with `--data FOLDER` (or the variable `SERAI_VALIDATION`) all",
        "whose files are in the folder; what is left out is said. The data behind the papers are not part of",
        "serai. A number passes within about half a unit of the last printed digit. Where we differ on",
        "purpose, the difference itself is on record, and a number that leaves it fails.",
        "",
        "    serai validate",
        "    serai validate --data FOLDER --only caliendo-parro",
        "",
        "| check | compared with | numbers | verdict |",
        "|---|---|---|---|",
    ]
    for outcome in report.outcomes:
        link = f"[{outcome.check}](#{outcome.check})"
        lines.append(f"| {link} | {outcome.reference} | {len(outcome.rows)} | {outcome.verdict} |")
    return "\n".join([*lines, ""])


def _section(outcome: Outcome) -> str:
    check = next(check for check in CHECKS if check.name == outcome.check)
    needs = ", ".join(f"`{name}`" for name in check.files[:2]) + (", ..." if len(check.files) > 2 else "")
    lines = [f"## {outcome.check}", "", f"{outcome.reference}: {outcome.what}.", ""]
    lines += [f"Needs {needs or 'no data'}. The same comparison as a test: `{check.tests}`.", ""]
    lines += ["| quantity | published | ours | same within | verdict |", "|---|---|---|---|---|"]
    for row in outcome.rows:
        cells = (row.quantity, _number(row.published), _ours(row), _number(row.tolerance), row.verdict)
        lines.append(f"| {' | '.join(cells)} |")
    notes = dict.fromkeys((row.note, row.verdict) for row in outcome.rows if row.note)
    for note, _ in notes:
        about = ", ".join(row.quantity for row in outcome.rows if row.note == note)
        lines += ["", f"{about}: {note}."]
    return "\n".join([*lines, ""])


def _ours(row: Row) -> str:
    """Our number, to a digit more than was printed; a gap that is noise as an upper bound."""
    if row.published == 0 and 0 < row.tolerance < TINY and abs(row.ours) <= row.tolerance:
        return f"below {row.tolerance:g}"
    digits = max(0, math.ceil(-math.log10(row.tolerance))) if row.tolerance else 0
    return f"{row.ours + 0.0:.{digits}f}"


def _number(value: float) -> str:
    return f"{value:.10g}"


if __name__ == "__main__":
    main()
