"""Verbs of validation: validate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from serai.cli.common import JsonOption, app, print_json, progress


@app.command()
def validate(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", help="The folder of validation files; the variable SERAI_VALIDATION by default."
        ),
    ] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="One check; repeat.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Published results and rivals beside our own numbers. Exit code 1 when any is neither the same nor a
    documented difference."""
    from dataclasses import asdict

    from serai.executors import one_thread
    from serai.validation import CHECKS
    from serai.validation import validate as run

    with progress("Checking", len(only or CHECKS)) as advance, one_thread():
        report = run(data, only, progress=advance)
    if as_json:
        checks = [
            {"verdict": outcome.verdict, **asdict(outcome)}
            | {"rows": [{"verdict": row.verdict, **asdict(row)} for row in outcome.rows]}
            for outcome in report.outcomes
        ]
        print_json({"holds": report.holds, "checks": checks})
    else:
        typer.echo(report.summary())
    if not report.holds:
        raise typer.Exit(1)
