"""Verbs of a study: brief, new, check, solve, explain, verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from serai.cli.common import (
    DrawsOption,
    JsonOption,
    LanguageOption,
    SeedOption,
    StudyArgument,
    WorkersOption,
    app,
    fields,
    known,
    print_json,
    progress,
)


@app.command()
def brief(
    study: StudyArgument = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The run folder; build/<study> by default.")
    ] = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    lang: LanguageOption = "en",
    also: Annotated[
        list[str] | None,
        typer.Option("--also", help="xlsx or docx as well: brief.xlsx, brief.docx; may be given twice."),
    ] = None,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """The whole pipeline: brief.html, brief.json, tables/*.csv, run.json."""
    from serai.brief.words import words
    from serai.brief.write import EXTRAS, check_out, data, write
    from serai.pipeline import make_brief
    from serai.study import read_study

    inputs = read_study(study)
    folder = out or Path("build") / inputs.about.id
    check_out(folder, inputs.about.id)
    known("kind of file", also, list(EXTRAS))
    words(lang)
    with progress("Solving scenarios", draws) as advance:
        made = make_brief(inputs, draws=draws, seed=seed, language=lang, workers=workers, progress=advance)
    write(made, folder, also=also or ())
    if as_json:
        print_json({"out": str(folder), **data(made), "manifest": made.manifest})
        return
    typer.echo(str(made.verdict.striptags()))
    typer.echo("")
    for number, (text, _section) in enumerate(made.answer, start=1):
        typer.echo(f"{number}. {text.striptags()}")
    typer.echo("")
    if made.warning:
        typer.echo(made.warning)
    typer.echo(f"Open {folder / 'brief.html'}")


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    economies: Annotated[
        str | None, typer.Option("--economies", help="Codes of the region with commas, such as KEN,UGA,TZA.")
    ] = None,
    partners: Annotated[
        str | None,
        typer.Option("--partners", help="Codes of the partners, the lead first; EUU is the European Union."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help='What the region is called, such as "East Africa".')
    ] = None,
) -> None:
    """A study of one's own: of any region with --economies and --partners, else a copy of the reference."""
    from serai.scaffold import new_region
    from serai.study import new_study

    if economies is None and partners is None and name is None:
        made = new_study(folder)
        typer.echo(f"Made {made}. Edit study.toml and scenarios/*.toml, then: serai check {made}")
        return
    if economies is None or partners is None:
        raise typer.BadParameter("give --economies and --partners together", param_hint="--economies")
    made = new_region(folder, economies.split(","), partners.split(","), name)
    typer.echo(f"Made {made} from the packaged tables. Next: serai check {made}, then: serai brief {made}")


@app.command()
def check(study: StudyArgument = None, as_json: JsonOption = False) -> None:
    """Validate every file of a study; errors carry file, line or row, field, reason, remedy."""
    from serai.atlas import load, reconcile
    from serai.broker import lenders, read_brokers, read_ties
    from serai.draws import Draws
    from serai.programme import candidates, check_answers, standard_checklist, waivers
    from serai.programme.plan import check_programme
    from serai.programme.presence import read_presence
    from serai.scenario.evaluate import check_names, prepare
    from serai.scenario.grid import grid_files, read_grid
    from serai.study import read_study

    inputs = read_study(study)
    atlas = load(inputs.tables)
    check_names(inputs, atlas)
    grids = [read_grid(file, inputs) for file in grid_files(inputs).values()]
    prepare(inputs, atlas, Draws(1, 1))
    reconcile(atlas)
    projects, answers = candidates(inputs)
    check_answers(answers, waivers(inputs), projects, standard_checklist())
    check_programme(inputs)
    parties = read_presence(inputs)
    read_brokers(inputs, atlas)
    ties = read_ties(inputs, atlas)
    financiers = lenders(inputs) if (inputs.path / "mandates.csv").exists() else ()
    summary = {
        "study": inputs.about.id,
        "scenarios": [s.id for s in inputs.scenarios],
        "sweeps": [grid.id for grid in grids],
        "borders": len(inputs.borders),
        "commitments": len(inputs.records.commitments),
        "projects": len(inputs.records.projects),
        "candidates": len(projects),
        "answers": len(answers),
        "presence": len(parties),
        "financiers": len(financiers),
        "ties": len(ties),
        "claims": len(inputs.claims),
        "tables_replaced": sorted(inputs.tables),
    }
    if as_json:
        print_json({"valid": True, **summary})
        return
    typer.echo(f"{inputs.path} is valid.")
    for name, value in summary.items():
        typer.echo(f"  {name.replace('_', ' ')}: {', '.join(value) if isinstance(value, list) else value}")


@app.command()
def solve(
    study: StudyArgument = None,
    scenario: Annotated[
        list[str] | None, typer.Option("--scenario", help="One scenario; may be given several times.")
    ] = None,
    draws: DrawsOption = 200,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Scenarios through the equilibrium: changes by economy with 5th, 50th and 95th percentile."""
    from serai.atlas import load
    from serai.convergence import ENOUGH
    from serai.draws import Draws
    from serai.equilibrium import draws_searched_by
    from serai.executors import executor, one_thread
    from serai.scenario.convergence import least_settled, region_convergence
    from serai.scenario.evaluate import evaluate, overview, refuse_unsolved, tidy
    from serai.study import read_study

    inputs = read_study(study)
    known("scenario", scenario, [s.id for s in inputs.scenarios])
    with progress("Solving scenarios", draws) as advance, one_thread():
        results = evaluate(
            inputs,
            load(inputs.tables),
            Draws(draws, seed),
            scenarios=scenario,
            executor=executor(workers),
            progress=advance,
        )
    refuse_unsolved(results)
    settled = region_convergence(results, inputs)
    if as_json:
        summary = {f"{name}/{wealth}": fields(found) for (name, wealth), found in settled.items()}
        rows = tidy(results, inputs).to_dict("records")
        print_json({"rows": rows, "convergence": summary, "searched_by": draws_searched_by()})
        return
    typer.echo(f"Change of real income, percent; 5th to 95th percentile of {draws} draws (seed {seed}).")
    typer.echo(overview(results, inputs).to_string(index=False))
    if settled:
        worst = least_settled(settled)
        needed = max(found.needed for found in settled.values())
        typer.echo(
            f"Standard errors of the region's percentiles: at most {worst.share:.1%} of the interval's width "
            f"with {draws} draws; {ENOUGH:.0%} takes about {needed}."
        )
    typer.echo(f"Draws searched by {draws_searched_by()}.")
    typer.echo("Real GDP and national income as well: --json.")


@app.command()
def explain(
    run: Annotated[Path, typer.Argument(help="A run folder, or its brief.json.")],
    key: Annotated[str, typer.Argument(help="The key of a number, a node, a file or a row.")],
    whole: Annotated[
        bool, typer.Option("--all", help="All steps back, to the rows and assumptions at the end.")
    ] = False,
    study: Annotated[
        Path | None, typer.Option("--study", help="Where its study lies now, if it was moved.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Where a number comes from: one step back, or all."""
    from serai.brief.explain import Paths

    paths = Paths.of(run, study)
    found = paths.explain(key)
    if whole:
        trace = paths.trace(key)
        if as_json:
            print_json({"key": key, "steps": [list(step) for step in trace.steps], "ends": dict(trace.ends)})
            return
        for depth, back, label in trace.steps:
            typer.echo(f"{'  ' * depth}{back}   {label}")
        typer.echo(f"It rests on {len(trace.ends)} rows, files, estimates and assumptions.")
        return
    if as_json:
        print_json(found.as_dict())
        return
    typer.echo(found.key)
    if "shown" in found.fields:
        typer.echo(f"  {found.fields['label']}: {found.fields['shown']}")
    for name, value in found.fields.items():
        if value not in (None, "", [], {}):
            typer.echo(f"  {name}: {value}")
    if found.made_from:
        typer.echo("made from (explain any of these next):")
        for back, label in found.made_from.items():
            typer.echo(f"  {back}   {label}")
    for card in found.sources.values():
        typer.echo(f"source: {card['title']}, {card['producer']} ({card['date']}) {card['url']}")


@app.command()
def verify(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    study: Annotated[
        Path | None,
        typer.Option("--study", help="The study to compare with; the one it was made from by default."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Does this run still follow from these inputs? Exit code 1 when it does not."""
    from serai.brief.explain import verify as compare

    verdict = compare(run, study)
    if as_json:
        print_json({"holds": verdict.holds, "changed": dict(verdict.changed)})
    elif verdict.holds:
        typer.echo(f"{run} follows from its inputs.")
    else:
        typer.echo(f"{run} does not follow from the inputs at hand:")
        for name, what in verdict.changed.items():
            typer.echo(f"  {name}: {what}")
    if not verdict.holds:
        raise typer.Exit(1)
