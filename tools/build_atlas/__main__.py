"""Build every table: `python -m tools.build_atlas [--data FOLDER] [--out FOLDER]`."""

from __future__ import annotations

import argparse
from pathlib import Path

from tools.build_atlas import (
    borders,
    capital,
    crossings,
    economies,
    network,
    policy,
    sectors,
    shapes,
    trade,
    wider,
)
from tools.build_atlas.common import TABLES, Raw, data_folder, write

from serai.executors import one_thread


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tools.build_atlas", description=__doc__)
    options.add_argument("--data", type=Path, default=data_folder(), help="the raw figures")
    options.add_argument("--out", type=Path, default=TABLES, help="where the tables go")
    chosen = options.parse_args()
    if not chosen.data.is_dir():
        options.error(f"{chosen.data} is not a folder; set SERAI_DATA or give --data")
    raw = Raw(chosen.data)
    flows = trade.build(raw)
    figures = economies.figures(raw)
    hours = borders.hours(raw)
    tables = {
        "economies": economies.names(raw),
        "figures": figures,
        "trade": flows.table,
        "fdi": capital.build(raw),
        "pairs": policy.pairs(raw),
        "agreements": policy.agreements(raw),
        "border_hours": hours,
        "transfers": borders.transfers(raw),
        "reexports": borders.reexports(),
        "sectors": sectors.names(raw),
        "sector_trade": sectors.flows(raw, flows.table, figures),
        "sector_inputs": sectors.technology(raw),
        "parameters": borders.parameters(flows.parameters),
        "places": network.places(raw),
        "links": network.links(raw),
        "crossings": crossings.crossings(hours),
        "terminals": network.terminals(raw),
        "haul_rates": network.haul_rates(raw),
        "network_lines": network.lines(raw),
        "network_projects": network.projects(raw),
        "economy_places": network.economy_places(),
        "corridors": network.corridors(),
        "cargo": network.cargo(),
        "pipelines": network.pipelines(),
        "corridor_facts": network.facts(),
        **wider.build(raw),
    }
    for name, table in tables.items():
        write(table, chosen.out / f"{name}.csv")
        print(f"{name:<13} {len(table):>6} rows")
    for name, count in shapes.build(raw, chosen.out).items():
        print(f"{name:<13} {count:>6} shapes")


if __name__ == "__main__":
    with one_thread():  # the least squares of gravity are small: threads would cost more than they give
        main()
