"""Verbs of projects: screen, appraise."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from serai.cli.common import (
    DrawsOption,
    JsonOption,
    SeedOption,
    StudyArgument,
    app,
    fields,
    known,
    print_json,
    progress,
)


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
    """Quality of the projects: what is known, gates, red flags, what the order hangs on, what to ask next."""
    from serai.draws import Draws
    from serai.programme import candidates, criterion_sensitivity, round_values, waivers
    from serai.programme import screen as screen_projects
    from serai.study import read_study

    inputs = read_study(study)
    projects, answers = candidates(inputs)
    known("project", None if project is None else [project], [p.id for p in projects])
    found = screen_projects(projects, answers, waivers=waivers(inputs), draws=Draws(draws, seed))
    if project is not None:
        rows = [row for row in found.tidy().to_dict("records") if row["project"] == project]
        given = [fields(a) for a in answers if a.project == project]
        still_open = sorted(found.open_questions[project])
        result: dict[str, Any] = {"project": project, "state": found.state(project)}
        checks = [fields(flag) for flag in found.flags if flag.project == project]
        gates = [fields(gate) for gate in found.gates if gate.project == project]
        result |= {"scores": rows, "answers": given, "open": still_open, "gates": gates, "flags": checks}
        if as_json:
            print_json(result)
            return
        typer.echo(f"{project}: {result['state']}; {len(given)} answers, {len(still_open)} questions open")
        for answer in given:
            typer.echo(f"  {answer['question']}: {answer['low']:g} to {answer['high']:g}  {answer['url']}")
        typer.echo("open: " + ", ".join(still_open))
        for gate in gates:
            typer.echo(f"gate {gate['gate']}: {gate['state']}: {gate['why']}")
        for check in checks:
            typer.echo(f"red flag {check['rule']}: {check['state']}: {check['why']}")
        return
    next_questions = round_values(found, min(places, len(found.eligible) - 1), Draws(200, seed)).head(ask)
    flags = [fields(flag) for flag in found.flags if flag.state == "raised"]
    sensitivity, counts = criterion_sensitivity(found), found.flag_counts()
    if as_json:
        print_json(
            {
                "projects": found.overview().to_dict("records"),
                "flags": flags,
                "flag_counts": counts.to_dict("records"),
                "sensitivity": sensitivity.to_dict("records"),
                "ask_next": next_questions.to_dict("records"),
            }
        )
        return
    typer.echo(found.summary())
    typer.echo(found.overview().sort_values("answered", ascending=False).head(20).to_string(index=False))
    typer.echo("\nred flags, at how many projects:")
    typer.echo(counts.drop(columns="rule").to_string(index=False))
    for flag in flags:
        typer.echo(f"red flag: {flag['project']}: {flag['rule']}: {flag['why']}")
    typer.echo("\nwhat the order hangs on: without each criterion in turn")
    shown = ["criterion", "reversed_pairs", "leader_without", "mover", "places_moved"]
    typer.echo(sensitivity[shown].to_string(index=False, float_format=lambda v: f"{v:.3g}"))
    typer.echo(f"\nask next, before choosing {places}:")
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
    from dataclasses import replace

    from serai.atlas import load
    from serai.draws import Draws
    from serai.errors import InputError, Problem
    from serai.executors import one_thread
    from serai.programme import (
        Assumptions,
        candidates,
        compare,
        network_effects,
        network_gains,
        unappraisable,
    )
    from serai.programme import appraise as value
    from serai.study import read_study

    inputs = read_study(study)
    projects, _answers = candidates(inputs)
    known("project", None if project is None else [project], [p.id for p in projects])
    if not projects:
        reason, remedy = (
            "the study has no candidate projects to appraise",
            "Add projects.csv, a row a project",
        )
        raise InputError(Problem(reason, f"{remedy}.", file="projects.csv"))
    chosen = [p for p in projects if project in (None, p.id)]
    left_out = {p.id: why for p in chosen if (why := unappraisable(p)) is not None}
    assumptions = Assumptions(discount, standing)
    with progress("Appraising", len(chosen)) as advance, one_thread():
        through = {effect.project for effect in network_effects(inputs)} & {p.id for p in chosen}
        gains = network_gains(inputs, load(inputs.tables), standing) if through else {}
        found = []
        for each in chosen:
            if each.id not in left_out:
                choices = replace(assumptions, gain=gains.get(each.id))
                found.append(value(each, choices, Draws(draws, seed)))
            advance(1)
    if as_json:
        rows = compare(found).to_dict("records") if found else []
        result: dict[str, Any] = {"discount": discount, "standing": standing, "rows": rows}
        result |= {"detail": None, "left_out": left_out}
        if project is not None and found:
            result["detail"] = found[0].tidy().to_dict("records")
            result |= {"switches": [fields(s) for s in found[0].switches]}
            result |= {"tornado": [fields(b) for b in found[0].tornado], "variance": dict(found[0].variance)}
        print_json(result)
        return
    typer.echo(f"discount rate: {discount}; standing: {standing}")
    if project is not None and found:
        typer.echo(found[0].report())
    elif found:
        typer.echo(compare(found).to_string(index=False, float_format=lambda v: f"{v:.4g}"))
    for name, why in left_out.items():
        typer.echo(f"{name}: {why}")
