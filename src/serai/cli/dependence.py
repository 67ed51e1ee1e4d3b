"""The verb leverage: who depends on whom, what a programme changes in that, who is where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

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
    from serai.axes import Array
    from serai.leverage import Leverage, Programme, TransitDependence

PLAN_DRAWS = 200
SHOWN_FROM = 1
"""Percent of goods trade: smaller shares are in the JSON."""


@app.command()
def leverage(
    study: StudyArgument = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            "--scenario", help="A scenario that counts as the lead's programme; the lead's own by default."
        ),
    ] = None,
    no_programme: Annotated[
        bool, typer.Option("--no-programme", help="Without the chosen programme of projects.")
    ] = False,
    draws: DrawsOption = 30,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Dependence (exact and first order), transit, leverage added, displacement, overlap, gaps."""
    from serai.atlas import load
    from serai.cli.finance import chosen_programme
    from serai.draws import Draws
    from serai.executors import one_thread
    from serai.leverage import study_leverage
    from serai.study import read_study

    inputs = read_study(study)
    known("scenario", scenario, [s.id for s in inputs.scenarios if s.measure])
    atlas = load(inputs.tables)
    picked = None if no_programme else chosen_programme(inputs, atlas, Draws(PLAN_DRAWS, seed))
    with one_thread():
        chosen = None if picked is None else picked.as_scenario(inputs, atlas)
        found = study_leverage(inputs, atlas, Draws(draws, seed), scenario, chosen=chosen)
    if as_json:
        print_json(_json(found))
        return
    regional = inputs.about.region.economies
    typer.echo("Loss of real income, percent, when trade, capital and remittances with a partner stop:")
    typer.echo(f"  medium run; median and 5th to 95th percentile of {draws} draws (seed {seed})")
    typer.echo(_grid(found.drawn.loss["together"], regional, found.drawn.partners.names, spread=True))
    for wealth, table in found.exact.items():
        for channel, loss in table.loss.items():
            cut = {"together": "all", "together_and_transit": "all and transit"}.get(
                channel, f"{channel} alone"
            )
            typer.echo(f"\n  {cut}, wealth {wealth}, central values:")
            typer.echo(_grid(loss, regional, table.partners.names))
    if inputs.on_network:
        _print_transit(found.transit)
    exposure = found.exact["fixed"].exposure
    if exposure is not None:
        typer.echo("\nFirst order: percent of real income for one percent of the partner's productivity:")
        typer.echo(_grid(exposure / 100, regional, found.drawn.partners.names, digits=3))
    for change in found.programmes:
        typer.echo(f"\n{change.scenario}, on top of {change.before or 'today'}:")
        typer.echo(_displaced(change))
        for wealth, added in change.added.items():
            typer.echo(f"  leverage added, percentage points of real income, wealth {wealth} (median):")
            typer.echo(_grid(added, regional, found.drawn.partners.names, digits=4))
    _print_overlap(found)


def _grid(
    values: Array, rows: tuple[str, ...], columns: tuple[str, ...], *, spread: bool = False, digits: int = 2
) -> str:
    """Shares as a table in percent, the middle of the draws where there are any."""
    import numpy as np
    import pandas as pd

    drawn = values.reshape(-1, *values.shape[-2:])
    known = np.asarray(np.isfinite(drawn).any(axis=0))
    low, middle, high = (
        np.round(100 * np.nanquantile(np.where(known, drawn, 0), q, axis=0), digits) + 0.0
        for q in (0.05, 0.5, 0.95)
    )

    def cell(d: int, p: int) -> str:
        if not known[d, p]:
            return "not known"
        text = f"{middle[d, p]:.{digits}f}"
        return f"{text} ({low[d, p]:.{digits}f} to {high[d, p]:.{digits}f})" if spread else text

    cells = [[cell(d, p) for p in range(len(columns))] for d in range(len(rows))]
    return str(pd.DataFrame(cells, rows, columns).to_string())


def _displaced(programme: Programme) -> str:
    import numpy as np
    import pandas as pd

    rows = []
    for wealth, found in programme.displaced.items():
        for p, partner in enumerate(found.partners):
            row: dict[str, object] = {"partner": partner, "wealth": wealth}
            for name in ("exports", "imports", "fdi"):
                values = getattr(found, name)
                if values is not None:
                    row[f"{name}, %"] = f"{100 * np.nanmedian(values[..., p]):+.3f}"
            row["sign of others' fdi"] = "structure" if found.forced else "open"
            rows.append(row)
    return str(pd.DataFrame(rows).to_string(index=False))


def _print_transit(found: TransitDependence) -> None:
    """Shares of trade that cross other economies, and what a closed way costs."""
    import pandas as pd

    typer.echo("\nTransit: percent of goods trade that crosses another economy by land, and the loss of")
    typer.echo("real income, percent, when it lets no goods of the economy pass; central values")
    known = ", ".join(f"{e} {100 * s:.0f}" for e, s in zip(found.dependants, found.on_network, strict=True))
    typer.echo(
        f"  percent of goods trade whose way is known (the rest goes by pipeline or is not routed): {known}"
    )
    rows = found.tidy().drop(columns=["unit", "basis"]).sort_values("share", ascending=False)
    shown: pd.DataFrame = rows[rows["share"] >= SHOWN_FROM]
    typer.echo(shown.to_string(index=False, float_format=lambda value: f"{value:.2f}"))


def _print_overlap(found: Leverage) -> None:
    for pair in found.overlap:
        low, _middle, high = pair.by_chance
        typer.echo(
            f"\n{pair.first} and {pair.second} ({pair.projects[0]} and {pair.projects[1]} projects): "
            f"non-overlap {pair.by_both:.2f} by sector and country (by chance {low:.2f} to {high:.2f}), "
            f"{pair.by_sector:.2f} by sector, {pair.by_country:.2f} by country"
        )
        for name in pair.joint:
            typer.echo(f"  joint: {name}")
        for own, other in pair.adjacent:
            typer.echo(f"  adjacent: {own} and {other}")
    if not found.gaps.projects:
        return
    typer.echo(f"\n{len(found.gaps.projects)} candidates without a named outside party or financier:")
    typer.echo("  " + ", ".join(found.gaps.projects))
    typer.echo(
        "without any candidate: " + ", ".join(f"{sector} in {code}" for sector, code in found.gaps.cells)
    )


def _json(found: Leverage) -> dict[str, Any]:
    rows = [row for table in found.exact.values() for row in table.tidy().to_dict("records")]
    programmes = []
    for programme in found.programmes:
        entry: dict[str, Any] = {
            "scenario": programme.scenario,
            "title": programme.title,
            "before": programme.before,
        }
        for wealth, table in programme.displaced.items():
            entry[wealth] = {
                "partners": table.partners.names,
                "leverage_added": programme.added[wealth].tolist(),
                "exports": table.exports.tolist(),
                "imports": table.imports.tolist(),
                "fdi": None if table.fdi is None else table.fdi.tolist(),
                "sign_is_structure": table.forced,
            }
        programmes.append(entry)
    return {
        "dependence": rows,
        "transit": found.transit.tidy().to_dict("records"),
        "goods_on_network": dict(
            zip(found.transit.dependants, found.transit.on_network.tolist(), strict=True)
        ),
        "dependence_drawn": found.drawn.tidy().to_dict("records"),
        "concentration": [fields(row) for row in found.concentration],
        "programmes": programmes,
        "overlap": [fields(row) for row in found.overlap],
        "gaps": fields(found.gaps),
    }
