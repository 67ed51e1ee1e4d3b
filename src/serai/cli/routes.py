"""Verb of the corridors: routes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serai.cli.common import DrawsOption, JsonOption, LanguageOption, SeedOption, StudyOption, app, print_json

if TYPE_CHECKING:
    from serai.atlas import Atlas
    from serai.corridors.itinerary import Itinerary
    from serai.corridors.network import Network

PERCENT = 100


@app.command()
def routes(
    origin: Annotated[str, typer.Argument(help="A place (ALA) or an economy (KAZ: its main place).")],
    destination: Annotated[str, typer.Argument(help="A place or an economy.")],
    cargo: Annotated[
        str, typer.Option("--class", help="Class of goods: machinery, consumer, food, materials, ores.")
    ] = "machinery",
    scenario: Annotated[
        str | None,
        typer.Option("--scenario", help="A scenario of the study: the network after its measures."),
    ] = None,
    opened: Annotated[
        list[str] | None, typer.Option("--open", help="A planned project or link that is in use; repeat.")
    ] = None,
    closed: Annotated[
        list[str] | None, typer.Option("--close", help="A link or project that is not in use; repeat.")
    ] = None,
    cut: Annotated[
        list[str] | None,
        typer.Option("--cut", help="CROSSING=SHARE: this share of its hours and fees goes away; repeat."),
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, max=20, help="How many ways at most.")] = 5,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with a map.")] = None,
    study: StudyOption = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    lang: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Ways between two places: km, days, USD, border hours, changes of gauge, CO2, and how likely each is."""
    from serai.atlas import load
    from serai.brief.words import words
    from serai.corridors.costs import find_cargo, read_cargo
    from serai.corridors.itinerary import find_routes
    from serai.draws import Draws
    from serai.errors import InputError, Problem
    from serai.scenario.after import network_after
    from serai.scenario.freight import network_tables, study_network
    from serai.study import read_study

    written = words(lang)
    inputs = read_study(study)
    if html is not None and inputs.borders:
        remedy = "Leave --html out, or take borders.csv away and use the network of the atlas."
        raise InputError(Problem("a network of border rows has no map", remedy, file="borders.csv"))
    atlas = load(inputs.tables)
    if not inputs.has_borders:
        remedy = 'Add borders.csv, or places and links in tables/ with network = "atlas" in study.toml.'
        raise InputError(Problem("the study has no network, so it has no routes", remedy, file="study.toml"))
    tables = network_tables(inputs, atlas)
    base = study_network(inputs, atlas) if scenario is None else network_after(inputs, atlas, scenario)
    network = _as_wanted(base, opened, closed, cut)
    goods = find_cargo(cargo, read_cargo(tables, atlas.parameter))
    found = find_routes(
        network,
        goods,
        origin,
        destination,
        eta=atlas.parameter("routing_elasticity").value,
        alike=atlas.parameter("route_dissimilarity").value,
        overlap=atlas.parameter("route_overlap_cap").value,
        draws=Draws(draws, seed),
        count=count,
    )
    names = dict(zip(tables.frames["places"]["place"], tables.frames["places"]["name"], strict=True))
    if html is not None:
        from serai.brief.route_map import route_page

        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(route_page(network, tables, found, goods.title, written), encoding="utf-8")
    if as_json:
        print_json(_plain(origin, destination, goods.name, network, found, names))
        return
    for text in _table(found, names):
        typer.echo(text)
    typer.echo(
        f"Chosen with a routing elasticity of {atlas.parameter('routing_elasticity').value:g} between "
        f"different means and of {_alike(atlas):g} between like ones, for {goods.title.lower()}; "
        f"days are p10/p50/p90 of {draws} shipments."
    )
    if html is not None:
        typer.echo(f"Open {html}")


def _alike(atlas: Atlas) -> float:
    """The routing elasticity between ways of the same means."""
    between, alike = (atlas.parameter(name).value for name in ("routing_elasticity", "route_dissimilarity"))
    return round(between / alike)


def _as_wanted(
    network: Network, opened: list[str] | None, closed: list[str] | None, cut: list[str] | None
) -> Network:
    """The network with what the options change."""
    network = network.opened(*(opened or ())).closed(*(closed or ()))
    for text in cut or ():
        name, share = _cut(text)
        left = 1 - share
        network = network.scaled(network.edges(crossings=[name]), hours=left, usd=left)
    return network


def _cut(text: str) -> tuple[str, float]:
    from serai.errors import InputError, Problem

    name, _, share = text.partition("=")
    try:
        value = float(share)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        remedy = "Write CROSSING=SHARE with a share from 0 to 1, for example dostyk-rail=0.5."
        raise InputError(Problem("not a cut", remedy, field="--cut", value=text))
    return name, value


def _table(found: tuple[Itinerary, ...], names: dict[str, str]) -> list[str]:
    lines = []
    for number, way in enumerate(found, start=1):
        low, middle, high = way.days
        lines.append(
            f"{number}. {way.share * PERCENT:.0f} %  {', '.join(way.modes)}  {way.km:,.0f} km  "
            f"{low:.0f}/{middle:.0f}/{high:.0f} days  USD {way.usd_per_teu:,.0f} per TEU  "
            f"borders {way.border_hours:.0f} h  changes of gauge {way.gauge_changes}  "
            f"{way.kg_co2_per_tonne:.0f} kg CO2 per tonne"
        )
        shown = [names.get(place, place) for place in way.places if not place.startswith("s_")]
        lines.append(f"   {' - '.join(shown)}")
        if way.crossings:
            lines.append(f"   crosses {', '.join(way.crossings)}")
    return lines


def _plain(
    origin: str,
    destination: str,
    cargo: str,
    network: Network,
    found: tuple[Itinerary, ...],
    names: dict[str, str],
) -> dict[str, Any]:
    ways = []
    for way in found:
        fields = asdict(way)
        low, middle, high = fields.pop("days")
        edges = fields.pop("edges")
        fields |= {"days_p10": low, "days_p50": middle, "days_p90": high}
        fields["links"] = [network.graph.names[edge] for edge in edges]
        fields["names"] = [names.get(place, place) for place in way.places]
        ways.append(fields)
    return {"origin": origin, "destination": destination, "class": cargo, "routes": ways}
