"""What the verbs share: the application, common options, JSON, progress."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_SECONDS = 1
"""What is over sooner needs no bar."""

app = typer.Typer(
    name="serai",
    help="Plan regional trade-and-investment partnerships with numbers that can be checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

StudyArgument = Annotated[Path | None, typer.Argument(help="A study folder; the reference study by default.")]
StudyOption = Annotated[
    Path | None, typer.Option("--study", help="A study folder; the reference study by default.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]


def too_few(draws: int) -> int:
    """Says when draws are too few for an interval, on standard error; the numbers are given all the same."""
    from serai.draws import LEAST_DRAWS

    if draws < LEAST_DRAWS:
        counted = "1 draw is" if draws == 1 else f"{draws} draws are"
        typer.echo(f"serai: {counted} too few for an interval; take at least {LEAST_DRAWS}.", err=True)
    return draws


DrawsOption = Annotated[int, typer.Option("--draws", min=1, help="How many draws.", callback=too_few)]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="The seed of the draws.")]
LanguageOption = Annotated[str, typer.Option("--lang", help="Language of the page: en, ja or ru.")]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes; one a core by default. Changes no number.")
]


def print_json(value: Any) -> None:
    from serai.brief.write import to_json

    sys.stdout.write(to_json(value))


def fields(record: Any) -> dict[str, Any]:
    """The fields of a small frozen record, for printing; one without fields is shown as its text."""
    from dataclasses import asdict, is_dataclass

    if is_dataclass(record) and not isinstance(record, type):
        return asdict(record)
    return {"text": str(record)}


def known(kind: str, chosen: list[str] | None, names: list[str]) -> None:
    from serai.errors import UnknownNameError

    for name in chosen or ():
        if name not in names:
            raise UnknownNameError(kind, name, names)


@contextmanager
def reading(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on standard error for each file or sheet that is read; shown once it takes over a second."""
    import time

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    bar = Progress(*columns, console=Console(stderr=True))
    began = time.monotonic()
    tasks: dict[str, Any] = {}

    def advance(part: str, done: int, total: int) -> None:
        if part not in tasks:
            tasks[part] = bar.add_task(f"{title} {part}")
        bar.update(tasks[part], completed=done, total=total)
        if time.monotonic() - began > PATIENCE_SECONDS and not bar.live.is_started:
            bar.start()

    try:
        yield advance
    finally:
        if bar.live.is_started:
            bar.stop()


@contextmanager
def bytes_done(title: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on standard error of the bytes fetched."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def solves_done(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error with the time left; what an earlier run had done counts for no speed."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: list[Any] = []

        def advance(done: int, total: int) -> None:
            if not tasks:
                tasks.append(bar.add_task(title, total=total, completed=done))
            bar.update(tasks[0], completed=done)

        yield advance


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.advance(task, done)
