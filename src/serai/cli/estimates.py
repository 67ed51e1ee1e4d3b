"""Verbs of gravity: fit, compile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from serai.cli.common import JsonOption, app, print_json


@app.command()
def fit(
    panel: Annotated[Path, typer.Argument(help="A CSV or Parquet file, one row a pair (and year).")],
    flow: Annotated[str, typer.Option("--flow", help="The column of flows or stocks.")],
    covariates: Annotated[
        list[str],
        typer.Option("--covariates", help="A column or an expression such as log(distance); repeat."),
    ],
    effects: Annotated[
        list[str] | None,
        typer.Option(
            "--effects", help="exporter-year, importer-year, pair, exporter, importer, year; repeat."
        ),
    ] = None,
    exporter: Annotated[str, typer.Option(help="The column of exporters or owners.")] = "exporter",
    importer: Annotated[str, typer.Option(help="The column of importers or hosts.")] = "importer",
    year: Annotated[
        str, typer.Option(help="The column of years; an empty text for a cross-section.")
    ] = "year",
    cluster: Annotated[str, typer.Option(help="pair, exporter, importer, or heteroskedastic.")] = "pair",
    bias_correction: Annotated[
        bool, typer.Option("--bias-correction", help="Weidner and Zylkin (2021).")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Gravity by PPML with fixed effects: coefficients and standard errors."""
    from serai.gravity import fit_gravity

    chosen = effects or (["exporter-year", "importer-year", "pair"] if year else ["exporter", "importer"])
    result = fit_gravity(
        panel,
        flow=flow,
        covariates=covariates,
        effects=tuple(chosen),
        exporter=exporter,
        importer=importer,
        year=year or None,
        cluster=cluster,
        bias_correction=bias_correction,
    )
    if as_json:
        dropped = {"n_obs": result.n_obs, "n_dropped": result.n_dropped, "status": result.status}
        print_json({"rows": result.tidy().to_dict("records"), **dropped})
        return
    typer.echo(result.summary())


@app.command(name="compile")
def compile_() -> None:
    """Compile the fast kernels of gravity and of draws once, so that nothing waits for a compiler later.

    Needs serai[fast].
    """
    from serai.equilibrium import compile_draws
    from serai.gravity import compile_kernels

    for path in (compile_kernels(), compile_draws()):
        typer.echo(str(path))
