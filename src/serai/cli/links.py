"""Verb of the network: links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from serai.cli.common import JsonOption, StudyArgument, app, print_json

if TYPE_CHECKING:
    from serai.atlas import Atlas
    from serai.study import Study


@app.command()
def links(
    study: StudyArgument = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many rows.")] = 10,
    hauls: Annotated[
        bool, typer.Option("--hauls", help="Lines as well, not only border posts and terminals.")
    ] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Solve the world without each row, beside the first order.")
    ] = False,
    openings: Annotated[
        bool,
        typer.Option("--openings", help="Planned lines instead: their worth, time and money saved, choice."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """The bottlenecks worth most to the region: border posts, ports, changes of gauge; or planned lines."""
    from serai.atlas import load
    from serai.errors import InputError, Problem
    from serai.executors import one_thread
    from serai.scenario.coupling import Coupling, bottlenecks, exact_values, link_values
    from serai.scenario.freight import edge_titles
    from serai.study import read_study

    inputs = read_study(study)
    if not inputs.has_borders:
        raise InputError(
            Problem(
                "the study has no network, so it has no bottlenecks",
                'Add borders.csv, or places and links in tables/ with network = "atlas" in study.toml.',
                file="study.toml",
            )
        )
    atlas = load(inputs.tables)
    if openings:
        _openings(inputs, atlas, as_json=as_json)
        return
    with one_thread():
        world = Coupling.of(inputs, atlas)
        values = link_values(world, inputs.about.region.economies)
        table = values.tidy()
        table = (table if hauls else table[table["kind"] != "haul"]).head(top).reset_index(drop=True)
        titles = edge_titles(inputs, atlas)
        table.insert(1, "title", [titles.get(name, name) for name in table["name"]])
        if exact:
            known = dict(zip(*bottlenecks(world.way.transport), strict=True))
            table["exact_usd_m"] = exact_values(values, [known[name] for name in table["name"]])
    if as_json:
        print_json({"rows": table.to_dict("records")})
        return
    shown = {
        "title": "where",
        "hours": "hours",
        "usd_per_tonne": "USD/t",
        "hour_usd_m": "an hour less",
        "worth_usd_m": "all of it",
        "exact_usd_m": "exact",
    }
    columns = [name for name in shown if name in table]
    typer.echo(
        "Worth to the region's real income, USD million a year, first order, both directions together."
    )
    text = table[columns].rename(columns=shown).to_string(index=False, float_format=lambda x: f"{x:,.1f}")
    typer.echo(text)
    typer.echo("Central values. With intervals: serai brief.")


def _openings(study: Study, atlas: Atlas, *, as_json: bool) -> None:
    """Every planned line opened alone, most valuable first."""
    from serai.atlas.network import load_network
    from serai.executors import one_thread
    from serai.scenario.coupling import Coupling
    from serai.scenario.freight import planned, study_transport
    from serai.scenario.openings import opening_values

    lines = () if study.borders else planned(study, atlas)
    with one_thread():
        world = Coupling.of(study, atlas, study_transport(study, atlas, lines))
        found = opening_values(world, study.about.region.economies, lines)
    table = load_network(study.tables, atlas.economies).table("network_projects").set_index("project")
    rows = [
        {
            "project": one.project,
            "name": str(table.loc[one.project, "name"]),
            "opening_year": int(str(table.loc[one.project, "opening_year"])),
            "worth_usd_m": one.worth,
            "saved_usd_m": one.saved,
            "choice_usd_m": one.choice,
        }
        for one in sorted(found, key=lambda one: -one.worth)
    ]
    if as_json:
        print_json({"rows": rows})
        return
    if not rows:
        typer.echo("The network of this study has no planned lines.")
        return
    typer.echo("Planned lines, each opened alone: worth to the region's real income, USD million a year.")
    for row in rows:
        typer.echo(
            f"{row['name']:<45} {row['opening_year']}  worth {row['worth_usd_m']:8,.1f}  "
            f"saved {row['saved_usd_m']:8,.1f}  choice {row['choice_usd_m']:8,.1f}"
        )
    typer.echo(
        "Saved: time and money on the cheapest way of each pair. Choice: what further ways bring beside it."
    )
