"""The verbs of the broker: match, brokers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
)

if TYPE_CHECKING:
    from serai.atlas import Atlas
    from serai.draws import Draws
    from serai.programme import Programme
    from serai.study import Study


@app.command("match")
def match_projects(
    study: StudyArgument = None,
    programme: Annotated[
        Path | None,
        typer.Option("--programme", help="A programme from a file (JSON) instead of the chosen one."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every open amount with a published cost, chosen or not.")
    ] = False,
    project: Annotated[
        str | None, typer.Option("--project", help="One project: who pays, who may not and why.")
    ] = None,
    draws: DrawsOption = 200,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Who finances the chosen programme: stable and cheapest allocation, books, gaps, suggestions."""
    from serai.atlas import load
    from serai.broker import match, suggestions
    from serai.draws import Draws
    from serai.scenario.evaluate import study_names
    from serai.study import read_study

    if everything and programme is not None:
        raise typer.BadParameter("Give --programme or --all, not both.")
    inputs = read_study(study)
    atlas = load(inputs.tables)
    given = everything or programme is not None
    chosen = None if given else chosen_programme(inputs, atlas, Draws(draws, seed))
    found, opened = match(inputs, programme or chosen)
    whose = "all open amounts" if chosen is None else "the chosen programme"
    whose = whose if programme is None else programme.name
    home = study_names(inputs, atlas).codes(inputs.lead.economies)
    own, most_own = found.placed_by(home), found.most_by(home)
    known("project with an open amount", None if project is None else [project], [n.id for n in found.needs])
    if as_json:
        print_json(
            {
                "needs": whose,
                "open_usd_m": sum(need.open_usd_m for need in found.needs),
                "placed_usd_m": float(found.amounts.sum()),
                "placed_by_lead_usd_m": own,
                "most_by_lead_usd_m": most_own,
                "gap_usd_m": float(found.gap.sum()),
                "most_usd_m": found.most,
                "price_of_stability_usd_m": found.price_of_stability,
                "blocking_pairs": found.blocking,
                "terms": found.terms().to_dict("records"),
                "book": found.book().to_dict("records"),
                "gaps": found.gaps().to_dict("records"),
                "suggestions": [fields(row) for row in suggestions(found)],
                "why_not": [
                    {"financier": who, "project": what, "reasons": why}
                    for (who, what), why in found.why_not.items()
                ],
                "left_out": dict(opened.left_out),
            }
        )
        return
    if project is not None:
        terms = found.terms()
        typer.echo(terms[terms["project"] == project].to_string(index=False))
        for lender in found.lenders:
            for why in found.explain(lender.id, project):
                typer.echo(f"not {lender.id}: {why}")
        return
    total = sum(need.open_usd_m for need in found.needs)
    typer.echo(
        f"{whose}: {len(found.needs)} projects with USD {total:,.0f} m open; {found.amounts.sum():,.0f} "
        f"placed ({own:,.0f} by financiers of {inputs.lead.name}, who could place {most_own:,.0f}), "
        f"{found.most:,.0f} is the most that limits allow; blocking pairs: {len(found.blocking)}."
    )
    typer.echo(
        f"What is paid back is worth {found.cost:,.0f}; stability costs {found.price_of_stability:,.0f}.\n"
        "Limits are whole volumes of five years: an upper bound. Prices without published terms are assumed."
    )
    shown = ["financier", "kind", "limit_usd_m", "limit_basis", "placed_usd_m", "deals", "eligible_projects"]
    typer.echo("\nbooks:\n" + found.book()[shown].to_string(index=False, float_format=lambda v: f"{v:,.1f}"))
    gaps = found.gaps()
    typer.echo(
        "\ngaps:\n" + gaps.to_string(index=False, float_format=lambda v: f"{v:,.1f}")
        if len(gaps)
        else "\ngaps: none"
    )
    typer.echo("\nsuggestions:")
    for row in suggestions(found):
        parts = [f"gap USD {row.gap_usd_m:,.0f} m"] if row.gap_usd_m > 0 else []
        parts += (
            [f"USD {row.grant_usd_m:,.0f} m of grants would make it concessional"]
            if row.grant_usd_m > 0
            else []
        )
        parts += [f"cover from {', '.join(row.guarantors)}"] if row.guarantors else []
        typer.echo(f"  {row.project}: {'; '.join(parts)}")
    typer.echo(f"\n{len(opened.left_out)} candidates are not in it (reasons: --json).")


def chosen_programme(study: Study, atlas: Atlas, draws: Draws) -> Programme | None:
    """The default programme of a study; None without rules."""
    from serai.executors import one_thread
    from serai.programme.plan import study_programme
    from serai.programme.rules import FILE

    if not (study.path / FILE).exists():
        return None
    with one_thread():
        return study_programme(study, atlas, draws)


@app.command()
def brokers(
    study: StudyArgument = None, draws: DrawsOption = 100, seed: SeedOption = 1, as_json: JsonOption = False
) -> None:
    """Who could stand between the region and another: a counterfactual for every candidate; soft power."""
    from serai.atlas import load
    from serai.broker import study_intermediaries
    from serai.draws import Draws, interval
    from serai.errors import InputError, Problem
    from serai.executors import one_thread
    from serai.study import read_study

    inputs = read_study(study)
    with one_thread():
        found = study_intermediaries(inputs, load(inputs.tables), Draws(draws, seed))
    if found is None:
        raise InputError(
            Problem(
                "the study names no brokers",
                "Add brokers.csv and an [[estimate]] of table fdi.",
                file="brokers.csv",
            )
        )
    rows = [
        {"broker": row.broker, "wealth": wealth}
        | {
            f"{name}_{end}": getattr(interval(getattr(row, name)), end)
            for name in ("break_even", "stock", "first", "second", "own")
            for end in ("low", "estimate", "high")
        }
        for wealth, table in found.rows.items()
        for row in table
    ]
    if as_json:
        people = [fields(row) for row in found.people.values()]
        print_json(
            {"other": found.other, "rows": rows, "to_double": dict(found.to_double), "imputed": found.imputed}
            | {"joint_projects": found.joint, "people_exchange": people}
            | {"people_reached": found.reached}
            | {"ties": [tie.model_dump() for tie in found.ties], "adjacent": found.adjacent}
        )
        return
    typer.echo(
        f"A counterfactual: {len(found.joint)} projects join a candidate, the region and {found.other} today."
    )
    typer.echo("break-even: log points of investment beyond what distances, languages and past ties give")
    typer.echo(
        f"{'broker':8} {'wealth':7} {'break-even':>22} {'stock, USD m':>26} {'region, USD m a year':>26}"
    )
    for r in rows:
        spans = [
            f"{r[k + '_estimate']:.{d}f} ({r[k + '_low']:.{d}f} to {r[k + '_high']:.{d}f})"
            for k, d in (("break_even", 2), ("stock", 0), ("first", 1))
        ]
        typer.echo(f"{r['broker']:8} {r['wealth']:7} {spans[0]:>22} {spans[1]:>26} {spans[2]:>26}")
    typer.echo(
        f"on record between the two: {len(found.ties)} ties (--json); adjacent to the lead's projects:"
    )
    facts = {tie.id: tie.fact for tie in found.ties}
    for tie, name in found.adjacent:
        typer.echo(f"  {name}: {facts[tie]}")
    language = interval(found.language)
    typer.echo(
        f"beside them, a common language: {language.estimate:.2f} ({language.low:.2f} to {language.high:.2f})"
    )
    for wealth, need in found.people.items():
        typer.echo(
            f"people exchange, wealth {wealth}: for {need.gain:.1%} of real income "
            f"{need.skills:.2%} more effective labour, or "
            f"{need.investment:.1f} log points of investment, or {need.trade:.2f} of trade "
            "(not testable: no source gives its effect)"
        )
