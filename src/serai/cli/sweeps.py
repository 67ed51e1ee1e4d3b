"""The verb sweep: a grid of scenarios times draws, in blocks that survive an interruption."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serai.cli.common import (
    DrawsOption,
    JsonOption,
    LanguageOption,
    SeedOption,
    WorkersOption,
    app,
    known,
    print_json,
    solves_done,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serai.executors import Executor

LOCAL = "local"


@app.command()
def sweep(
    study: Annotated[
        Path, typer.Argument(help="A study folder; left away, GRID is one of the reference study.")
    ],
    grid: Annotated[
        Path | None,
        typer.Argument(help="A grid: a TOML file, or the name of one in the study's folder sweeps."),
    ] = None,
    draws: DrawsOption = 200,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", help="The address of a Dask scheduler, or `local` to start one here."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The folder of the results; build/<study>-<grid> by default."),
    ] = None,
    who: Annotated[
        str, typer.Option("--who", help="Whose changes the page shows: region, or the code of an economy.")
    ] = "region",
    lang: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """A grid of scenarios: every cell for every draw. What was interrupted goes on where it stopped."""
    from serai.brief.sweep_page import sweep_page, write_sweep_page
    from serai.brief.words import words
    from serai.scenario.grid import read_grid
    from serai.scenario.sweep import sweep as run
    from serai.scenario.sweep_block import rows_of
    from serai.scenario.sweep_files import read_sweep
    from serai.study import read_study

    words(lang)
    inputs = read_study(None if grid is None else study)
    wanted = read_grid(study if grid is None else grid, inputs)
    known("economy of the sweep", [who], list(rows_of(inputs)))
    folder = out or Path("build") / f"{inputs.about.id}-{wanted.id}"
    seen = {"done": 0, "total": 0}
    try:
        with _executor(workers, cluster) as where, solves_done("Solving cells") as advance:

            def note(done: int, total: int) -> None:
                seen.update(done=done, total=total)
                advance(done, total)

            found = run(inputs, wanted, draws=draws, seed=seed, out=folder, executor=where, progress=note)
    except KeyboardInterrupt:
        kept = f"{seen['done']:,} of {seen['total']:,} solves are kept in {folder}"
        typer.echo(f"serai: interrupted; {kept}. The same command goes on from there.", err=True)
        raise typer.Exit(130) from None
    page = write_sweep_page(sweep_page(found, inputs, who=who, language=lang), folder)
    if as_json:
        print_json({"out": str(folder), "rows": found.quantiles.to_dict("records"), **read_sweep(folder)})
    else:
        typer.echo(found.summary())
        typer.echo(f"\nPercentiles: {folder / 'summary.csv'}; every draw: {folder / 'draws'} (Parquet).")
        typer.echo(f"Open {page}")
    if not found.quantiles["estimate"].notna().any():
        raise typer.Exit(1)


@contextmanager
def _executor(workers: int | None, cluster: str | None) -> Iterator[Executor]:
    """Processes of this machine, or a cluster."""
    from serai.executors import Dask, executor

    if cluster is None:
        yield executor(workers)
        return
    if workers is not None and cluster != LOCAL:
        raise typer.BadParameter("a cluster has the workers that it has", param_hint="--workers")
    where = Dask(workers=workers) if cluster == LOCAL else Dask.at(cluster)
    try:
        yield where
    finally:
        where.close()
