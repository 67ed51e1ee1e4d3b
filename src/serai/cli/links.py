"""Verb of the network: links."""

from __future__ import annotations

from typing import Annotated

import typer

from serai.cli.common import JsonOption, StudyArgument, app, print_json


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
    as_json: JsonOption = False,
) -> None:
    """The bottlenecks worth most to the region: border posts, ports, changes of gauge."""
    from serai.atlas import load
    from serai.executors import one_thread
    from serai.scenario.coupling import Coupling, bottlenecks, exact_values, link_values
    from serai.scenario.freight import edge_titles
    from serai.study import read_study

    inputs = read_study(study)
    atlas = load(inputs.tables)
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
