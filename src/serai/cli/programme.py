"""Verbs of the programme: choose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serai.cli.common import (
    DrawsOption,
    JsonOption,
    SeedOption,
    StudyArgument,
    WorkersOption,
    app,
    fields,
    print_json,
    progress,
)

if TYPE_CHECKING:
    import pandas as pd

    from serai.programme import CoreIndex, Programme, Ranking, RulePrice, Together

MARK = "choose.json"
"""The file by which a folder is known to hold an earlier result of this verb."""


@app.command()
def choose(
    study: StudyArgument = None,
    core: Annotated[
        int, typer.Option("--core", min=0, help="Draws of the core index; 0 leaves it out.")
    ] = 50,
    core_gap: Annotated[
        float, typer.Option("--core-gap", min=0, help="The gap at which a draw of it counts as solved.")
    ] = 0.03,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="Keep finished draws here; a second run goes on.")
    ] = None,
    prices: Annotated[bool, typer.Option(help="The price of each rule.")] = True,
    frontier: Annotated[
        bool, typer.Option("--frontier", help="Benefit against budget, quality and the floor for people.")
    ] = False,
    together: Annotated[
        bool,
        typer.Option("--together/--alone", help="Count what projects on the network bring to each other."),
    ] = True,
    draws: DrawsOption = 300,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="A folder for the tables and the JSON.")] = None,
    as_json: JsonOption = False,
) -> None:
    """The programme: which projects, when and how much, what each rule costs, how sure each choice is."""
    from serai.atlas import load
    from serai.draws import Draws
    from serai.executors import executor, one_thread
    from serai.programme import RulesConflictError, acts, acts_data, core_index, ranking, rule_prices
    from serai.programme.plan import choose_study
    from serai.study import read_study

    if out is not None:
        _refuse_foreign(out)
    inputs = read_study(study)
    atlas = load(inputs.tables)
    with one_thread():
        try:
            chosen = choose_study(inputs, atlas, Draws(draws, seed), together=together)
        except RulesConflictError as error:
            if as_json:
                print_json({"feasible": False, "conflict": list(error.rules), "text": str(error)})
            typer.echo(f"serai: {error}", err=True)
            raise typer.Exit(1) from None
        programme, joint, run = chosen.programme, chosen.together, executor(workers)
        priced = rule_prices(programme, run) if prices else ()
        with progress("Choosing again in each draw", core) as advance:
            sure = (
                core_index(
                    programme, count=core, gap=core_gap, checkpoint=checkpoint, executor=run, progress=advance
                )
                if core
                else None
            )
        shortcut = ranking(programme, chosen.value)
        more = _frontiers(programme, run) if frontier else {}
    tables = _tables(programme, priced, sure, more)
    if joint is not None:
        tables["together"] = joint.tidy()
    tables["acts"] = acts_data(acts([p.project for p in programme.picks], inputs, atlas))
    result = _json(programme, shortcut, sure, tables)
    result["together"] = None if joint is None else _joint(joint)
    if out is not None:
        _write(out, tables, result)
    if as_json:
        print_json(result)
        return
    typer.echo(_text(programme, priced, sure, shortcut, more))
    if joint is not None:
        typer.echo("\n" + joint.summary())
        typer.echo(joint.tidy().drop(columns=["unit", "basis", "source"]).to_string(index=False))
    if out is not None:
        typer.echo(f"written: {out}", err=True)


def _frontiers(programme: Programme, run: Any) -> dict[str, pd.DataFrame]:
    """The three frontiers, on grids around the rules as they are."""
    from serai.programme import budget_frontier, floor_frontier, quality_frontier
    from serai.programme.plan import quality_levels

    return {
        "budget_frontier": budget_frontier(programme, [0.25, 0.5, 0.75, 1, 1.25, 1.5], run),
        "quality_frontier": quality_frontier(programme, quality_levels(programme), run),
        "people_floor": floor_frontier(programme, "people", [0, 0.02, 0.05, 0.1, 0.2], run),
    }


def _joint(found: Together) -> dict[str, Any]:
    """How the projects on the network interact; project by project it is a table."""
    return {
        "projects": sorted(found.chosen),
        "joint_usd_m": found.joint_usd_m,
        "alone_usd_m": found.joint_usd_m - found.interaction_usd_m,
        "interaction_usd_m": found.interaction_usd_m,
        "pairs": [
            {"first": a, "second": b, "extra_usd_m": extra} for (a, b), extra in found.pairs_usd_m.items()
        ],
        "rounds": found.rounds,
        "sets_valued": found.valued,
        "stable": found.stable,
    }


def _tables(
    programme: Programme,
    priced: tuple[RulePrice, ...],
    sure: CoreIndex | None,
    more: dict[str, pd.DataFrame],
) -> dict[str, pd.DataFrame]:
    from serai.programme import prices_table

    tables = {
        "programme": programme.tidy(),
        "spending": programme.spending(),
        "left_out": programme.left_out(),
        **{f"by_{what}": programme.by(what) for what in ("area", "country", "sector", "instrument")},
    }
    if priced:
        tables["rule_prices"] = prices_table(priced)
    if sure is not None:
        tables["core_index"] = sure.tidy()
    return {**tables, **more}


def _json(
    programme: Programme, shortcut: Ranking, sure: CoreIndex | None, tables: dict[str, pd.DataFrame]
) -> dict[str, Any]:
    answer = programme.answer
    return {
        "feasible": True,
        "objective_usd_m": answer.value,
        "bound_usd_m": answer.bound,
        "gap": answer.gap,
        "tolerance": programme.rules.solver.gap,
        "seconds": round(answer.seconds, 2),
        "solved": answer.state == "solved",
        "projects": len(programme.picks),
        "amount_usd_m": programme.amount_usd_m,
        "net_benefit_usd_m": fields(programme.value),
        "quality": programme.quality,
        "regret_usd_m": None if sure is None else fields(sure.regret),
        "benefit_cost_ranking": {
            "mean_lost_usd_m": shortcut.mean_lost_usd_m,
            "rules_broken": list(shortcut.broken),
        },
        "tables": {name: table.to_dict("records") for name, table in tables.items()},
    }


def _text(
    programme: Programme,
    priced: tuple[RulePrice, ...],
    sure: CoreIndex | None,
    shortcut: Ranking,
    more: dict[str, pd.DataFrame],
) -> str:
    shown = ["project", "start_year", "share", "amount_usd_m", "mean_usd_m", "low", "high", "label", "basis"]
    table = programme.tidy()[shown]
    if sure is not None:
        index = dict(zip(sure.tidy()["project"], sure.tidy()["estimate"], strict=True))
        table = table.assign(core=[index[project] for project in table["project"]])
    lines = [programme.summary(), "", table.to_string(index=False, float_format=_short)]
    lines += ["", programme.spending().to_string(index=False, float_format=_short)]
    if priced:
        dear = [p for p in priced if p.estimate > 0]
        lines += ["", "the price of each rule, USD m (what the gaps leave open):"]
        lines += [f"  {p.rule}: {p.estimate:,.0f} ({p.low:,.0f} to {p.high:,.0f})" for p in dear]
        lines.append(f"  {len(priced) - len(dear)} further rules: nothing within the tolerance")
    if sure is not None:
        lines += ["", sure.summary()]
    lines += ["", shortcut.summary()]
    for name, frontier in more.items():
        lines += ["", name.replace("_", " "), frontier.to_string(index=False, float_format=_short)]
    return "\n".join(lines)


def _short(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def _refuse_foreign(out: Path) -> None:
    from serai.errors import InputError, Problem

    if out.exists() and not out.is_dir():
        raise InputError(Problem("the output is a file", "Give a folder with --out.", file=str(out)))
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).exists():
        raise InputError(
            Problem(
                "the output folder holds something else",
                "Choose another with --out; nothing was written.",
                file=str(out),
            )
        )


def _write(out: Path, tables: dict[str, pd.DataFrame], result: dict[str, Any]) -> None:
    """All files, made beside their place and moved in together; what was there before goes last."""
    import shutil
    import tempfile

    from serai.brief.write import to_json

    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        for name, table in tables.items():
            table.to_csv(staging / f"{name}.csv", index=False, lineterminator="\n", float_format="%.8g")
        (staging / MARK).write_text(to_json(result), encoding="utf-8")
        staging.chmod(0o755)
        if out.exists():
            shutil.rmtree(out)
        staging.replace(out)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
