"""The command line: verbs named after the stages.

    common.py     the application, common options, JSON, progress
    study.py      brief, new, check, solve, explain, verify
    levers.py     levers
    sweeps.py     sweep
    projects.py   screen, appraise
    programme.py  choose
    records.py    ledger, due, country, import, export, schema
    estimates.py  fit, compile
    links.py      links
    routes.py     routes
    data.py       data list, data get, data import, data products
    validation.py validate
    dependence.py leverage
    finance.py    match, brokers

Results go to standard output, progress to standard error. Exit codes: 0 success, 1 the answer is no (an
invalid study, no solution), 2 wrong use. Everything heavy is imported inside the verb that needs it, so
that `serai --help` answers at once.
"""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer

from serai import __version__
from serai.cli import (
    data,
    dependence,
    estimates,
    finance,
    levers,
    links,
    programme,
    projects,
    records,
    routes,
    study,
    sweeps,
    validation,
)
from serai.cli.common import app, print_json

__all__ = [
    "app",
    "data",
    "dependence",
    "estimates",
    "finance",
    "levers",
    "links",
    "main",
    "programme",
    "projects",
    "records",
    "routes",
    "study",
    "sweeps",
    "validation",
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"serai {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Plan regional trade-and-investment partnerships with numbers that can be checked."""


def _stop(*_: object) -> None:
    """Being told to end is like Ctrl-C: what was begun is taken away."""
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line; expected errors become a message and an exit code, never a traceback."""
    from serai.errors import InputError, SeraiError, UnknownNameError

    wants_json = "--json" in sys.argv
    signal.signal(signal.SIGTERM, _stop)
    try:
        app()
    except InputError as error:
        if wants_json:
            print_json({"valid": False, "problems": [p.as_dict() for p in error.problems]})
        typer.echo(f"serai: {error}", err=True)
        sys.exit(1)
    except UnknownNameError as error:
        typer.echo(f"serai: {error}", err=True)
        sys.exit(2)
    except SeraiError as error:
        typer.echo(f"serai: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("serai: interrupted; nothing was written.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
