"""The verb levers: what one percent of each friction is worth, and the best way to take hours off borders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from serai.cli.common import DrawsOption, JsonOption, SeedOption, StudyArgument, app, print_json

if TYPE_CHECKING:
    from serai.scenario.levers import Ground
    from serai.scenario.policy import BorderPolicy


@app.command()
def levers(
    study: StudyArgument = None,
    most: Annotated[int, typer.Option("--most", min=1, help="How many pairs to list.")] = 10,
    optimal: Annotated[
        float | None,
        typer.Option("--optimal", min=0, help="Also: where so many hours are best taken off borders."),
    ] = None,
    draws: DrawsOption = 30,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Which lever is worth most to the region: pairs, first order beside exact; the best border hours."""
    from serai.atlas import load
    from serai.draws import Draws
    from serai.executors import one_thread
    from serai.scenario.levers import Ground
    from serai.scenario.policy import best_border_hours
    from serai.study import read_study

    inputs = read_study(study)
    with one_thread():
        ground = Ground.of(inputs, load(inputs.tables), Draws(draws, seed))
        rows = _ranked(ground, most)
        best = None if optimal is None else best_border_hours(ground, optimal)
    if as_json:
        print_json({"pairs": rows, "optimal": None if best is None else _programme(best)})
        return
    typer.echo(
        f"One percent off the cost of trade, both ways: worth to the region, USD million a year ({seed=})."
    )
    typer.echo(f"{'':12} {'medium run':>24} {'long run':>24}")
    typer.echo(f"{'pair':12} {'first order':>12}{'exact':>12} {'first order':>12}{'exact':>12}")
    for row in rows:
        figures = [
            row[f"{wealth}_{kind}"] for wealth in ("fixed", "steady") for kind in ("first_order", "exact")
        ]
        typer.echo(
            f"{row['pair']:12} {figures[0]:12.2f}{figures[1]:12.2f} {figures[2]:12.2f}{figures[3]:12.2f}"
        )
    if optimal is not None:
        typer.echo("")
        if best is None:
            typer.echo(
                "Best border hours: no border of the region costs time in this study. Add borders.csv."
            )
        else:
            _print(best)


def _ranked(ground: Ground, most: int) -> list[dict[str, Any]]:
    """The pairs worth most, medians over draws."""
    import numpy as np

    from serai.scenario.levers import exact_pairs, levers_on, ranked_pairs

    found = levers_on(ground)
    pairs = ranked_pairs(ground, found)[:most]
    exact = exact_pairs(ground, pairs)
    return [
        {
            "pair": f"{first} – {second}",
            **{
                f"{wealth}_{kind}": float(np.median(values))
                for wealth in exact
                for kind, values in (
                    ("first_order", found.pair(wealth, first, second)),
                    ("exact", exact[wealth][first, second]),
                )
            },
            "unit": "USD million a year",
        }
        for first, second in pairs
    ]


def _programme(best: BorderPolicy) -> dict[str, Any]:
    from serai.draws import interval

    rows = zip(
        best.borders, best.hours_today, best.hours_off, best.first_order_usd_m, best.chosen, strict=True
    )
    return {
        "budget_hours": best.budget_hours,
        "borders": [
            {
                "border": f"{a} – {b}",
                "hours_today": today,
                "hours_off": off,
                "first_hour_usd_m": worth,
                "chosen_share": chosen,
            }
            for (a, b), today, off, worth, chosen in rows
        ],
        "gain_usd_m": {
            wealth: dict(zip(("low", "estimate", "high"), (v.low, v.estimate, v.high), strict=True))
            for wealth, values in best.gain.items()
            for v in (interval(values),)
        },
        "first_order_usd_m": interval(best.first_order_gain).estimate,
        "next_hour_usd_m": best.policy.shadow_price,
        "gap_usd_m": best.policy.gap,
        "starts": best.policy.starts,
    }


def _print(best: BorderPolicy) -> None:
    found = _programme(best)
    typer.echo(
        f"Best use of {best.budget_hours:g} hours off the region's borders, both ways, fees in proportion:"
    )
    typer.echo(
        f"{'border':16} {'hours today':>12} {'hours off':>10} {'first hour, USD m':>18} {'in draws':>9}"
    )
    for row in sorted(found["borders"], key=lambda row: -row["first_hour_usd_m"]):
        typer.echo(
            f"{row['border']:16} {row['hours_today']:12.1f} {row['hours_off']:10.1f} "
            f"{row['first_hour_usd_m']:18.1f} {row['chosen_share']:9.0%}"
        )
    for wealth, words in (("fixed", "medium run"), ("steady", "long run")):
        gain = found["gain_usd_m"][wealth]
        typer.echo(
            f"Worth to the region, {words}: USD {gain['estimate']:,.0f} million a year "
            f"({gain['low']:,.0f} to {gain['high']:,.0f})."
        )
    typer.echo(
        f"First order {found['first_order_usd_m']:,.0f}; one more hour {found['next_hour_usd_m']:,.1f}; "
        f"what slopes could still add {max(found['gap_usd_m'], 0):.1e}, best of {found['starts']} starts."
    )
