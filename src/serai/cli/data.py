"""Verbs of data: data list, data get, data import, data products."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serai.cli.common import JsonOption, app, fields, print_json

if TYPE_CHECKING:
    from serai.atlas.sources import Extract

data = typer.Typer(
    name="data",
    help="Public data sets: list and fetch them, and lay their official files over the tables of a study.",
    no_args_is_help=True,
)
app.add_typer(data)

YEARLY = ("gravity", "itpd", "cdis", "icio", "wdi")

YearOption = Annotated[int | None, typer.Option("--year", min=1900, max=2100, help="The year to read.")]


@data.command(name="list")
def list_(as_json: JsonOption = False) -> None:
    """The data sets that serai knows: what they are, where, how large, under which licence."""
    from serai.atlas.sources.download import datasets

    known = datasets().values()
    if as_json:
        print_json({"rows": [fields(entry) for entry in known]})
        return
    for entry in known:
        size = f", {entry.megabytes:,.0f} MB" if entry.megabytes else ""
        where = entry.url or f"by hand from {entry.page}"
        checked = f"sha256 {entry.sha256_from}" if entry.sha256 else "no hash known"
        typer.echo(f"{entry.name:<9} {entry.title}{size}; {entry.licence}; {checked}\n          {where}")


@data.command()
def get(
    name: Annotated[str, typer.Argument(help="A data set of `serai data list`.")],
    out: Annotated[Path, typer.Option("--out", help="The folder it goes to.")] = Path("data"),
    again: Annotated[bool, typer.Option("--again", help="Fetch it though it is there.")] = False,
    unverified: Annotated[
        bool, typer.Option("--unverified", help="Keep a file whose hash is not the one on record.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch a public data set over https: hash-checked, resumed where an earlier attempt stopped."""
    from serai.atlas.sources.download import dataset, download
    from serai.cli.common import bytes_done

    wanted = dataset(name)
    try:
        with bytes_done(wanted.file or name) as advance:
            done = download(wanted, out, again=again, unverified=unverified, progress=advance)
    except KeyboardInterrupt:
        typer.echo(
            f"serai: interrupted; what came is kept in {out}, and the same command goes on from there.",
            err=True,
        )
        raise typer.Exit(130) from None
    if as_json:
        print_json({**fields(done), "path": str(done.path)})
        return
    typer.echo(str(done))
    typer.echo(f"licence: {wanted.licence}; {wanted.page}")
    if wanted.reader:
        typer.echo(f"next: serai data import {wanted.reader} {done.path} --year YEAR --out STUDY/tables")


@data.command(name="import")
def import_(
    name: Annotated[str, typer.Argument(help="baci, gravity, itpd, cdis, icio, wdi.")],
    file: Annotated[
        Path | None,
        typer.Argument(help="The official file, or its zip; without one, wdi asks the World Bank."),
    ] = None,
    year: YearOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="The folder of tables that takes it, such as STUDY/tables; else a preview."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Lay an official file over the tables of a study: what it adds and changes; then write."""
    from serai.atlas.sources import propose, write

    found = propose(_read(name, file, year), out)
    written = write(found, out) if out is not None else ()
    if as_json:
        tables = [{k: v for k, v in fields(change).items() if k != "cells"} for change in found.tables]
        result: dict[str, Any] = {"file": found.extract.file, "sha256": found.extract.sha256}
        result |= {"rows_read": found.extract.rows_read, "left_out": found.extract.left_out}
        result |= {"tables": tables, "notes": found.warnings, "written": [str(path) for path in written]}
        print_json(result)
        return
    typer.echo(found.summary())
    for path in written:
        typer.echo(f"Wrote {path}")
    if not written:
        typer.echo("Nothing was written. Add --out STUDY/tables to write it.")


@data.command()
def products(
    file: Annotated[Path, typer.Argument(help="A BACI file of one year, or the zip of a release.")],
    product: Annotated[
        list[str],
        typer.Option(
            "--product", help="Two, four or six digits of the HS, or a set such as rare_earths; repeat."
        ),
    ],
    year: YearOption = None,
    exporter: Annotated[list[str] | None, typer.Option("--exporter", help="Such as KAZ; repeat.")] = None,
    importer: Annotated[list[str] | None, typer.Option("--importer", help="Such as JPN; repeat.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A CSV file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Trade in single products from a BACI file, such as the rare earths."""
    from serai.atlas.sources import read_baci_products

    rows = read_baci_products(file, product, year=year)
    for side, wanted in (("exporter", exporter), ("importer", importer)):
        if wanted:
            rows = rows[rows[side].isin(wanted)]
    if out is not None:
        whole = out.with_name(out.name + ".part")
        rows.to_csv(whole, index=False, lineterminator="\n")
        whole.replace(out)
        typer.echo(f"Wrote {out}: {len(rows):,} rows", err=as_json)
    if as_json:
        print_json({"rows": rows.to_dict("records")})
    elif out is None:
        typer.echo(rows.sort_values("value_usd_m", ascending=False).to_string(index=False))


def _read(name: str, file: Path | None, year: int | None) -> Extract:
    """The extract of a file by the name of its data set."""
    from serai.atlas import sources
    from serai.errors import UnknownNameError

    if name not in ("baci", *YEARLY):
        raise UnknownNameError("reader", name, ("baci", *YEARLY))
    if name in YEARLY and year is None:
        raise typer.BadParameter(f"say which year of {name} to read", param_hint="--year")
    if name == "wdi" and file is None:
        assert year is not None
        return sources.fetch_wdi(year=year)
    if file is None:
        raise typer.BadParameter("give the official file", param_hint="FILE")
    if name == "baci":
        return sources.read_baci(file, year=year)
    extract: Extract = getattr(sources, f"read_{name}")(file, year=year)
    return extract
