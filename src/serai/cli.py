"""The command line: verbs named after the stages.

Results go to standard output, progress to standard error. Exit codes: 0 success, 1 the answer is no (an
invalid study, no solution), 2 wrong use. Everything heavy is imported inside the verb that needs it, so
that `serai --help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serai import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(
    name="serai",
    help="Plan regional trade-and-investment partnerships with numbers that can be checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

StudyArgument = Annotated[Path | None, typer.Argument(help="A study folder; the reference study by default.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
DrawsOption = Annotated[int, typer.Option("--draws", min=1, help="How many draws.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="The seed of the draws.")]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes; one a core by default. Changes no number.")
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


@app.command()
def brief(
    study: StudyArgument = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The run folder; build/<study> by default.")
    ] = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    lang: Annotated[str, typer.Option("--lang", help="Language of the page: en, ja or ru.")] = "en",
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """The whole pipeline: brief.html, brief.json, tables/*.csv, run.json."""
    from serai.brief.write import check_out, data, write
    from serai.pipeline import make_brief
    from serai.study import read_study

    inputs = read_study(study)
    folder = out or Path("build") / inputs.about.id
    check_out(folder)
    with _progress("Solving scenarios", draws) as advance:
        made = make_brief(inputs, draws=draws, seed=seed, language=lang, workers=workers, progress=advance)
    write(made, folder)
    if as_json:
        _print_json({"out": str(folder), **data(made), "manifest": made.manifest})
        return
    typer.echo(str(made.verdict.striptags()))
    typer.echo("")
    for number, (text, _section) in enumerate(made.answer, start=1):
        typer.echo(f"{number}. {text.striptags()}")
    typer.echo("")
    typer.echo(f"Open {folder / 'brief.html'}")


@app.command()
def new(folder: Annotated[Path, typer.Argument(help="The folder to make.")]) -> None:
    """A study of one's own, copied from the reference, comments included."""
    from serai.study import new_study

    made = new_study(folder)
    typer.echo(f"Made {made}. Edit study.toml and scenarios/*.toml, then: serai check {made}")


@app.command()
def check(study: StudyArgument = None, as_json: JsonOption = False) -> None:
    """Validate every file of a study; errors carry file, line or row, field, reason, remedy."""
    from serai.atlas import load
    from serai.draws import Draws
    from serai.programme import candidates
    from serai.scenario.evaluate import check_names, prepare
    from serai.study import read_study

    inputs = read_study(study)
    atlas = load(inputs.tables)
    check_names(inputs, atlas)
    prepare(inputs, atlas, Draws(1, 1))
    projects, answers = candidates(inputs)
    summary = {
        "study": inputs.about.id,
        "scenarios": [s.id for s in inputs.scenarios],
        "borders": len(inputs.borders),
        "commitments": len(inputs.records.commitments),
        "projects": len(inputs.records.projects),
        "candidates": len(projects),
        "answers": len(answers),
        "claims": len(inputs.claims),
        "tables_replaced": sorted(inputs.tables),
    }
    if as_json:
        _print_json({"valid": True, **summary})
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
    from serai.draws import Draws
    from serai.executors import executor, one_thread
    from serai.scenario.evaluate import evaluate, refuse_unsolved, tidy
    from serai.study import read_study

    inputs = read_study(study)
    _known("scenario", scenario, [s.id for s in inputs.scenarios])
    with _progress("Solving scenarios", draws) as advance, one_thread():
        results = evaluate(
            inputs,
            load(inputs.tables),
            Draws(draws, seed),
            scenarios=scenario,
            executor=executor(workers),
            progress=advance,
        )
    refuse_unsolved(results)
    table = tidy(results, inputs)
    if as_json:
        _print_json({"rows": table.to_dict("records")})
        return
    typer.echo(table.to_string(index=False, float_format=lambda v: f"{v:.4g}"))


@app.command()
def screen(
    study: StudyArgument = None,
    project: Annotated[str | None, typer.Option("--project", help="One project in full.")] = None,
    ask: Annotated[int, typer.Option("--ask", min=0, help="How many questions to ask next.")] = 10,
    places: Annotated[int, typer.Option("--places", min=1, help="How many projects will be chosen.")] = 30,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Quality of the projects: what is known, gates, red flags, what to ask next."""
    from serai.draws import Draws
    from serai.programme import candidates, round_values
    from serai.programme import screen as screen_projects
    from serai.study import read_study

    projects, answers = candidates(read_study(study))
    _known("project", None if project is None else [project], [p.id for p in projects])
    found = screen_projects(projects, answers, draws=Draws(draws, seed))
    if project is not None:
        rows = [row for row in found.tidy().to_dict("records") if row["project"] == project]
        given = [_fields(a) for a in answers if a.project == project]
        still_open = sorted(found.open_questions[project])
        result: dict[str, Any] = {"project": project, "state": found.state(project)}
        result |= {"scores": rows, "answers": given, "open": still_open}
        if as_json:
            _print_json(result)
            return
        typer.echo(f"{project}: {result['state']}; {len(given)} answers, {len(still_open)} questions open")
        for answer in given:
            typer.echo(f"  {answer['question']}: {answer['low']:g} to {answer['high']:g}  {answer['url']}")
        typer.echo("open: " + ", ".join(still_open))
        return
    next_questions = round_values(found, min(places, len(found.eligible) - 1), Draws(200, seed)).head(ask)
    flags = [_fields(flag) for flag in found.flags if flag.state == "raised"]
    if as_json:
        overview = found.overview().to_dict("records")
        _print_json({"projects": overview, "flags": flags, "ask_next": next_questions.to_dict("records")})
        return
    typer.echo(found.summary())
    typer.echo(found.overview().sort_values("answered", ascending=False).head(20).to_string(index=False))
    for flag in flags:
        typer.echo(f"red flag: {flag['project']}: {flag['rule']}: {flag['why']}")
    typer.echo(f"ask next, before choosing {places}:")
    typer.echo(next_questions.to_string(index=False))


@app.command()
def appraise(
    study: StudyArgument = None,
    discount: Annotated[str, typer.Option("--discount", help="A row of the discount rates.")] = "adb",
    standing: Annotated[str, typer.Option("--standing", help="Whose costs and benefits count.")] = "world",
    project: Annotated[str | None, typer.Option("--project", help="One project in full.")] = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
) -> None:
    """What projects are worth: ENPV, rates of return, switching values, overruns of the reference class."""
    from serai.draws import Draws
    from serai.programme import Assumptions, candidates, compare, unappraisable
    from serai.programme import appraise as value
    from serai.study import read_study

    projects, _answers = candidates(read_study(study))
    _known("project", None if project is None else [project], [p.id for p in projects])
    chosen = [p for p in projects if project in (None, p.id)]
    left_out = {p.id: why for p in chosen if (why := unappraisable(p)) is not None}
    assumptions = Assumptions(discount, standing)
    with _progress("Appraising", len(chosen)) as advance:
        found = []
        for each in chosen:
            if each.id not in left_out:
                found.append(value(each, assumptions, Draws(draws, seed)))
            advance(1)
    if as_json:
        rows = compare(found).to_dict("records") if found else []
        detail = found[0].tidy().to_dict("records") if project is not None and found else None
        _print_json(
            {"discount": discount, "standing": standing, "rows": rows, "detail": detail, "left_out": left_out}
        )
        return
    typer.echo(f"discount rate: {discount}; standing: {standing}")
    if project is not None and found:
        typer.echo(found[0].summary())
    elif found:
        typer.echo(compare(found).to_string(index=False, float_format=lambda v: f"{v:.4g}"))
    for name, why in left_out.items():
        typer.echo(f"{name}: {why}")


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
        _print_json({"rows": result.tidy().to_dict("records"), **dropped})
        return
    typer.echo(result.summary())


@app.command(name="compile")
def compile_() -> None:
    """Compile the fast kernels of gravity once, so that no fit waits for a compiler (needs serai[fast])."""
    from serai.gravity import compile_kernels

    typer.echo(str(compile_kernels()))


@app.command()
def explain(
    run: Annotated[Path, typer.Argument(help="A run folder, or its brief.json.")],
    key: Annotated[str, typer.Argument(help="The key of a number, a node or a row of the atlas.")],
    as_json: JsonOption = False,
) -> None:
    """Where a number comes from, one step back."""
    from serai.brief.explain import explain as path_of

    found = path_of(run, key)
    if as_json:
        _print_json(found.as_dict())
        return
    typer.echo(found.key)
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
    study: Annotated[Path | None, typer.Option("--study", help="The study it was made from.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Does this run still follow from these inputs? Exit code 1 when it does not."""
    from serai.brief.explain import verify as compare

    verdict = compare(run, study)
    if as_json:
        _print_json({"holds": verdict.holds, "changed": dict(verdict.changed)})
    elif verdict.holds:
        typer.echo(f"{run} follows from its inputs.")
    else:
        typer.echo(f"{run} does not follow from the inputs at hand:")
        for name, what in verdict.changed.items():
            typer.echo(f"  {name}: {what}")
    if not verdict.holds:
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; expected errors become a message and an exit code, never a traceback."""
    from serai.errors import InputError, SeraiError, UnknownNameError

    wants_json = "--json" in sys.argv
    try:
        app()
    except InputError as error:
        if wants_json:
            _print_json({"valid": False, "problems": [p.as_dict() for p in error.problems]})
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


def _print_json(value: Any) -> None:
    from serai.brief.write import to_json

    sys.stdout.write(to_json(value))


def _fields(record: Any) -> dict[str, Any]:
    """The fields of a small frozen record, for printing."""
    from dataclasses import asdict

    return asdict(record)


def _known(kind: str, chosen: list[str] | None, known: list[str]) -> None:
    from serai.errors import UnknownNameError

    for name in chosen or ():
        if name not in known:
            raise UnknownNameError(kind, name, known)


@contextmanager
def _progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.advance(task, done)


if __name__ == "__main__":
    main()
