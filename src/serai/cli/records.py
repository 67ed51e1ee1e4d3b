"""Verbs of records: ledger, due, country, import, export, schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serai.cli.common import (
    DrawsOption,
    JsonOption,
    LanguageOption,
    StudyArgument,
    StudyOption,
    app,
    print_json,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serai.exchange.places import Places
    from serai.records.base import Groups

FORMATS = (".xlsx", ".json", ".xml", ".csv")
LISTED = 20
"""New records that an import names one by one in text; `--json` names all."""


@app.command()
def ledger(
    study: StudyArgument = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", help="party, partner, area, country, horizon, format, grade, stage; repeat."),
    ] = None,
    prices_of: Annotated[
        int | None, typer.Option("--prices-of", help="Constant US prices of a year.")
    ] = None,
    conversions: Annotated[
        bool, typer.Option("--conversions", help="Show every conversion of money.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Totals without double counting, conflicts between sources, delivery."""
    from serai.cli.common import fields
    from serai.ledger import conflicts, delivery, horizons, ladder, lateness, totals
    from serai.study import read_study

    inputs = read_study(study)
    records = inputs.records
    found = totals(records.commitments, inputs.money, tuple(by or ()), prices_of=prices_of)
    clashes = conflicts(records.reports, records.commitments)
    as_of = inputs.about.settings.as_of
    judged = delivery(records.commitments, records.assessments, as_of=as_of)
    areas = delivery(records.commitments, records.assessments, "area", as_of=as_of)
    rungs = ladder(records.transactions, inputs.money)
    dates = [*records.milestones, *horizons(records.commitments, records.assessments, records.milestones)]
    (missed,) = lateness(dates, as_of=as_of) or (None,)
    if as_json:
        print_json(
            {
                "totals": found.tidy().to_dict("records"),
                "not_added": [{"total": t.label, **fields(x)} for t in found.rows for x in t.left_out],
                "conflicts": [fields(c) for c in clashes],
                "delivery": [fields(d) for d in judged],
                "delivery_by_area": [fields(d) for d in areas],
                "money_ladder": [fields(r) for r in rungs],
                "lateness": None if missed is None else fields(missed),
                "conversions": [fields(c) for c in found.conversions],
            }
        )
        return
    typer.echo(found.summary())
    typer.echo("\nSources that disagree:")
    for line in map(str, clashes) if clashes else ("none on record",):
        typer.echo(f"  {line}")
    typer.echo("\nDelivery (score from -1 to 1, only what was judged):")
    named = [(row.group, row) for row in judged]
    named += [("all areas" if row.group == "all" else row.group, row) for row in areas]
    for name, row in named:
        score = "never judged" if row.score is None else f"{row.score:+.2f}, share {row.share:.0%}"
        typer.echo(f"  {name}: {row.commitments} commitments, {row.assessed} judged, {score}")
    typer.echo("\nFrom pledge to payment:")
    if not rungs:
        typer.echo("  no transactions on record")
    for rung in rungs:
        paid = f"USD {rung.usd / 1e6:,.0f} m" if rung.transactions else "none on record"
        share = "" if rung.share_of_above is None else f", {rung.share_of_above:.0%} of the step above"
        typer.echo(f"  {rung.payer}, {rung.name}: {paid}{share}")
    if missed is not None:
        typer.echo(
            f"\nDates: {missed.met} met, {missed.late} late, {missed.missed} missed, {missed.unseen} unseen, "
            f"{missed.open} open; chance of missing one {missed.rate_low:.0%} to {missed.rate_high:.0%}"
        )
    if conversions:
        typer.echo("\nConversions:")
        for conversion in found.conversions:
            typer.echo(f"  {conversion}")


@app.command()
def due(
    study: StudyArgument = None,
    within: Annotated[int | None, typer.Option("--within", min=0, help="Days ahead; all by default.")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="A day such as 2026-11-22; that of the study by default.")
    ] = None,
    owner: Annotated[
        list[str] | None, typer.Option("--owner", help="Only what this party owes (part of a name); repeat.")
    ] = None,
    country: Annotated[
        list[str] | None,
        typer.Option("--country", help="Only what touches this country, such as KAZ; repeat."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Who owes what by when, and what is past its date."""
    from serai.cli.common import fields, known
    from serai.ledger import due as owed
    from serai.ledger import economies_of, touching
    from serai.study import read_study

    inputs = read_study(study)
    day = inputs.about.settings.as_of if as_of is None else _day(as_of)
    records = inputs.records
    known("country", country, sorted(economies_of(records)))
    rows = owed(
        records.commitments,
        records.milestones,
        records.meetings,
        records.formats,
        as_of=day,
        within_days=within,
        where=touching(records, country) if country else None,
    )
    if owner:
        rows = type(rows)(r for r in rows if any(o.casefold() in r.owner.casefold() for o in owner))
    if owner and not rows:
        typer.echo("Nothing on record is owed by " + " or ".join(owner) + ".", err=True)
    if as_json:
        print_json({"as_of": day, "rows": [fields(row) for row in rows]})
        return
    if not (rows or owner):
        typer.echo("Nothing on record is due.", err=True)
    for row in rows:
        typer.echo(f"{row.due:<10}  {row.state:<7}  {row.owner}: {row.what}")


@app.command()
def country(
    code: Annotated[str, typer.Argument(help="A country of the region, such as KAZ.")],
    study: StudyOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="A file: .html (prints on two pages) or .docx.")
    ] = None,
    draws: DrawsOption = 200,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 1,
    lang: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Two pages to hand to a minister: promises, projects, gains, open questions."""
    from serai.brief.country import country_brief, write_country

    if out is not None and out.suffix not in (".html", ".docx"):
        raise typer.BadParameter("give a file that ends in .html or .docx", param_hint="--out")
    sheet = country_brief(study, code, draws=draws, seed=seed, language=lang)
    if out is not None:
        write_country(sheet, out)
    if as_json:
        print_json(sheet.as_dict())
    elif out is None:
        typer.echo(sheet.text())
    else:
        typer.echo(f"Wrote {out}")


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="XLSX, OC4IDS .json, IATI .xml, or <table>.csv.")],
    study: Annotated[Path, typer.Option("--study", help="The study folder that takes the records.")],
    write: Annotated[bool, typer.Option("--write", help="Write; without it nothing changes.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Lay a file beside the records of a study: what it would add, change and refuse; then write."""
    from serai.cli.common import fields
    from serai.errors import InputError
    from serai.exchange.folder import write_folder
    from serai.exchange.groups import groups_of
    from serai.exchange.preview import preview
    from serai.study import read_study

    inputs = read_study(study)
    places: Places = {}
    found = preview(inputs.records, _read(file, groups_of(study), places), places)
    problems = [problem.as_dict() for problem in found.refused]
    if as_json:
        print_json(
            {
                "added": dict(found.added),
                "changed": dict(found.changed),
                "changes": [fields(change) for change in found.changes],
                "refused": problems,
                "written": write and not problems,
            }
        )
    else:
        for table in found.added:
            added, changed = found.added[table], found.changed[table]
            typer.echo(
                f"{table}: {len(added)} added, {len(changed)} changed, {len(found.unchanged[table])} the same"
            )
            for line in _shown(added):
                typer.echo(f"  + {line}")
        for change in found.changes:
            typer.echo(f"  {change}")
    if problems and as_json:
        typer.echo(f"serai: {InputError(found.refused)}", err=True)
        raise typer.Exit(1)
    tables = found.accept()
    if write:
        touched = [t for t in found.added if found.added[t] or found.changed[t]]
        write_folder(study, tables, touched)
        if not as_json:
            typer.echo(f"Written: {', '.join(touched) or 'nothing'}")
    elif not as_json:
        typer.echo("Nothing was written. Add --write to write it.")


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="XLSX, OC4IDS .json, IATI .xml, or <table>.csv.")],
    study: StudyOption = None,
    table: Annotated[
        list[str] | None, typer.Option("--table", help="Only these tables (XLSX); all by default.")
    ] = None,
    template: Annotated[bool, typer.Option("--template", help="An empty workbook to fill in.")] = False,
    publisher: Annotated[
        str | None, typer.Option("--publisher", help="Who publishes (OC4IDS, IATI).")
    ] = None,
    uri: Annotated[str | None, typer.Option("--uri", help="What identifies the package (OC4IDS).")] = None,
    reporter: Annotated[
        str | None, typer.Option("--reporter", help="IATI identifier of the reporting organisation.")
    ] = None,
    leave_out: Annotated[
        bool,
        typer.Option("--leave-out", help="Leave out, by name, what the standard cannot take (OC4IDS, IATI)."),
    ] = False,
) -> None:
    """The records of a study as a workbook, OC4IDS, IATI or CSV."""
    from serai.brief.exporting import export_records
    from serai.study import read_study

    _known_ending(out)
    inputs = read_study(study)
    done = export_records(
        inputs.records,
        out,
        table=table,
        template=template,
        publisher=publisher,
        uri=uri,
        reporter=reporter,
        leave_out=leave_out,
    )
    typer.echo(f"Wrote {out}: {done.count} records")
    for line in done.left_out:
        typer.echo(f"  left out: {line}")


@app.command()
def schema(
    file: Annotated[
        str | None, typer.Argument(help="A file of a study, such as borders or commitments; all by default.")
    ] = None,
) -> None:
    """JSON Schema of every file of a study: the fields, what they take, which are required."""
    from serai.study_files import study_schema

    print_json(study_schema(file))


def _read(file: Path, groups: Groups, places: Places) -> dict[str, Any]:
    """Records by table from a file, by its ending; `groups` are the words for countries of the study."""
    from serai.cli.common import reading
    from serai.errors import InputError, Problem

    if not file.is_file():
        raise InputError(Problem("there is no such file", "Check the path.", file=str(file)))
    _known_ending(file)
    with reading("Reading") as progress:
        if file.suffix == ".xlsx":
            from serai.exchange.xlsx import read_workbook

            return dict(read_workbook(file, progress=progress, groups=groups, places=places))
        if file.suffix == ".json":
            from serai.exchange.oc4ids import read_oc4ids

            return {"projects": read_oc4ids(file, groups=groups, progress=progress)}
        if file.suffix == ".xml":
            from serai.exchange.iati_projects import read_iati_records

            projects, transactions = read_iati_records(file, groups=groups, progress=progress)
            return {"projects": projects, "transactions": transactions}
        from serai.exchange.csv import read_csv
        from serai.records.schema import model_of

        table = read_csv(file, model_of(file.stem), groups=groups, progress=progress, places=places)
        return {file.stem: table}


def _shown(names: Sequence[str]) -> list[str]:
    """Names for a reader: the first of them, and how many more there are."""
    more = len(names) - LISTED
    return [*names[:LISTED], *([f"and {more:,} more (--json names all)"] if more > 0 else [])]


def _known_ending(file: Path) -> None:
    from serai.errors import InputError, Problem

    if file.suffix not in FORMATS:
        reason = f"{file.suffix or 'no ending'} is not a format"
        raise InputError(Problem(reason, f"Give one of {', '.join(FORMATS)}.", file=str(file)))


def _day(text: str) -> Any:
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("give a day such as 2026-11-22", param_hint="--as-of") from None
