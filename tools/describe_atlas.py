"""Writes docs/atlas.md from schema, tables and the reconciled world: `python -m tools.describe_atlas`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from serai.atlas import Atlas, World, load, reconcile
from serai.atlas.network import load_network
from serai.atlas.schema import NETWORK_TABLES, TABLES, read_schema

PAGE = Path(__file__).resolve().parent.parent / "docs" / "atlas.md"
SHOWN = ("KAZ", "KGZ", "TJK", "TKM", "UZB", "JPN", "CHN", "RUS", "ROW")
ABOUT = {
    "economies": "The 75 economies and the rest of the world, with the groups they belong to.",
    "figures": "One figure of one economy a row: output, people, capital, balances.",
    "trade": "Goods of 2023, the part of them that is gold, services and domestic sales.",
    "fdi": "FDI stocks, end of 2021, by immediate investor. Every Japanese position in the five is imputed.",
    "pairs": "Distance, borders, language and colonial ties.",
    "agreements": "Agreement by member, each with an on/off switch and the reason for it.",
    "border_hours": "Hours and payments at border crossings.",
    "transfers": "Remittances and aid from payer to recipient.",
    "reexports": "Where the imports of a hub beyond its absorption are taken to go.",
    "sectors": "The 28 sectors of ICIO, with eight published sets of trade elasticities.",
    "sector_trade": "Sales by sector between groups, and tariffs; of the five only Kazakhstan is reported.",
    "sector_inputs": "World-average technology by sector: inputs and value added, one for every economy.",
    "parameters": "Every constant of the world with range, distribution, source and whether it was checked.",
    "places": "Cities, ports and border posts of the corridor network, and points at sea where lanes meet.",
    "links": "Stretches of road, rail, sea and ferry between two places.",
    "crossings": "Hours and payments at each border crossing, by direction, side and year.",
    "terminals": "Where goods change mode or gauge.",
    "haul_rates": "What carriers charge, where an economy reports it; else the rates of `parameters` hold.",
    "network_lines": "The line of each link on a map, from OpenStreetMap (ODbL) where `source` says so.",
    "network_projects": "Lines and ports that are planned, being built or new.",
    "economy_places": "The places that stand for an economy. Far economies have one or a few gates.",
    "corridors": "Corridors, by the crossings or links that make a route one of theirs.",
    "cargo": "Classes of goods, what a tonne is worth, and whether a day of delay costs anything.",
    "pipelines": "The part of goods that goes by pipeline, where the table of sectors does not know it.",
    "corridor_facts": "What was published about days, prices and volumes; see the page corridors.md.",
}


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.relative_to(PAGE.parent.parent))


def page() -> str:
    """The whole page as Markdown."""
    atlas = load()
    world = reconcile(atlas)
    checks = _checks(atlas, world)
    parts = [
        _opening(),
        _tables(atlas),
        _network(),
        _replacing(),
        _steps(world),
        checks,
        _limits(),
        _sources(atlas),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _opening() -> str:
    return """# atlas: the base year as observed

<!-- Written by `python -m tools.describe_atlas`; edit that file, not this one. -->

Every number carries a `basis` (reported, mirrored, carried, corrected, imputed, assumed, estimated, computed)
and the key of a source card. Missing is never zero. Where two sources disagree both are kept, and the draws
move between them. Every row has a stable key, for example `atlas/trade/goods/KAZ/UZB`, which
`Atlas.row(key)` and `serai explain` resolve to the line of the file.

    from serai.atlas import load, reconcile
    atlas = load()
    world = reconcile(atlas)                                  # central values
    worlds = reconcile(atlas, Draws(1000, seed=1).part(0, 100))   # draws 0 to 99 of 1,000

`make atlas` derives the tables again from the raw figures; a test compares them with the packaged ones.
"""


def _tables(atlas: Atlas) -> str:
    text = ["## Tables", ""]
    for name in TABLES:
        text += _columns(name, len(atlas.table(name)))
    text += ["How the values are known, as shares of the money:", ""]
    shares = reconcile(atlas).basis
    kinds = sorted({kind for by in shares.values() for kind in by})
    text += ["| | " + " | ".join(kinds) + " |", "|---|" + "---|" * len(kinds)]
    for flow, by in shares.items():
        text.append(f"| {flow} | " + " | ".join(f"{by.get(kind, 0):.1%}" for kind in kinds) + " |")
    return "\n".join([*text, ""])


def _columns(name: str, rows: int) -> list[str]:
    text = [f"### {name}.csv", "", f"{ABOUT[name]} {rows:,} rows.", ""]
    text += ["| column | role | type | unit | required | meaning |", "|---|---|---|---|---|---|"]
    for column in read_schema(name):
        meaning = column.description + (f" ({', '.join(column.allowed)})" if column.allowed else "")
        required = "yes" if column.required else ""
        cells = (column.name, column.role, column.type, column.unit, required, meaning)
        text.append(f"| {' | '.join(cells)} |")
    return [*text, ""]


def _network() -> str:
    tables = load_network()
    text = ["## Tables of the corridor network", ""]
    text += [
        "`serai.load_network()` reads them, `serai.Network.build` makes the network; see corridors.md.",
        "",
    ]
    for name in NETWORK_TABLES:
        text += _columns(name, len(tables.table(name)))
    text += ["How the rows are known:", ""]
    shown = [name for name in NETWORK_TABLES if "basis" in tables.table(name)]
    counts = {name: tables.table(name)["basis"].value_counts() for name in shown}
    kinds = sorted({kind for by in counts.values() for kind in by.index})
    text += ["| | " + " | ".join(kinds) + " |", "|---|" + "---|" * len(kinds)]
    for name, by in counts.items():
        text.append(f"| {name} | " + " | ".join(f"{by.get(kind, 0)}" for kind in kinds) + " |")
    return "\n".join([*text, ""])


def _replacing() -> str:
    return """## Replacing a table

    atlas = load({"trade": "my_trade.csv"})      # or a folder with files named like the tables
    atlas = load("my_tables/")

The file must keep the columns above (UTF-8, commas, decimals with a point) and hold every ordered pair of
economies for goods, services, FDI and ties, and the six figures gdp, population, capital_share,
capital_output_ratio, gross_output_ratio and current_account for every economy. The last economy is ROW. All
problems are reported at once, each with file, row, field, value, reason and remedy; nothing is guessed.
"""


def _steps(world: World) -> str:
    text = [
        "## Steps from the tables to a world",
        "",
        "`reconcile` walks through named steps; each says what it moved (the sum over economies of the",
        "absolute changes of their flows or stocks). More happens in the draws only: cells with a range are",
        "drawn inside it; where BACI and ICIO disagree the two are mixed in logs (the centre is BACI); FDI",
        "totals are mixed likewise between the sum over owners (the centre) and the host's own total.",
        "",
        "| step | why | moved, USD bn | most for |",
        "|---|---|---|---|",
    ]
    for step in world.steps:
        most = ", ".join(f"{code} {value / 1e3:,.1f}" for code, value in list(step.moved_usd_m.items())[:4])
        text.append(f"| {step.name} | {step.reason} | {step.total_usd_m / 1e3:,.0f} | {most} |")
    return "\n".join([*text, ""])


def _checks(atlas: Atlas, world: World) -> str:
    recorded = sum(np.nan_to_num(atlas.matrix("trade", flow)) for flow in ("goods", "services"))
    np.fill_diagonal(recorded, 0)
    own = np.diagonal(world.holdings) / world.holdings.sum(axis=0)
    columns = {
        "GDP, USD bn": world.gdp / 1e3,
        "exports, recorded": recorded.sum(axis=1) / world.gdp,
        "exports": world.foreign_trade.sum(axis=1) / world.gdp,
        "imports, recorded": recorded.sum(axis=0) / world.gdp,
        "imports": world.foreign_trade.sum(axis=0) / world.gdp,
        "gold": world.net_gold / world.gdp,
        "capital income": world.capital_income / world.gdp,
        "transfers": world.net_transfers / world.gdp,
        "current account": world.current_account / world.gdp,
        "GNI": world.gni / world.gdp,
        "home share": world.home_share,
        "own capital": own,
        "value added in output": world.value_added_share,
    }
    text = [
        "## Does it look like the world?",
        "",
        "Shares of GDP except the last three. Exports and imports leave gold out; recorded ones hold it.",
        "",
        "| | " + " | ".join(columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    for code in SHOWN:
        at = world.economies.index(code)
        values = [f"{v[at]:,.1f}" if k.startswith("GDP") else f"{v[at]:.2f}" for k, v in columns.items()]
        text.append(f"| {world.economies.names[at]} | " + " | ".join(values) + " |")
    goods = np.nansum(atlas.matrix("trade", "goods"))
    worst = max(abs(check.gap) for check in world.checks)
    worst = 0.0 if worst < world.gdp.size * np.finfo(np.float32).eps else worst
    text += [
        "",
        f"World goods trade: USD {goods / 1e3:,.0f} bn, with trade inside ROW. "
        f"Largest gap of an identity: {worst:.1%} of GDP.",
        "",
    ]
    return "\n".join(text)


def _limits() -> str:
    return """## What to keep in mind

- Current accounts are those of 2019-2021 (median) carried to 2023 with the economy's own spread of changes.
- Capital income is what FDI stocks imply at the host's average return (too much for Laos and Malta);
  portfolio and debt income is not known.
- Holdings keep the immediate investor, except what exceeds a host's capital: that part is passed on to where
  the host invests. Counts by ultimate owner differ greatly and are not mixed in.
- Secondary income is known for remittances of 16 economies and assumed for Afghan aid; others have none.
- BACI holds USD 2.9 bn from the Gambia to Kazakhstan, more than the Gambia's GDP. It is kept inside the rest
  of the world; Kazakhstan's imports from there may be too large by that much.
- Flows of RUS, KOR, IRN and others that report in older nomenclatures with members of the rest of the world
  are absent from BACI's HS 2022 and not filled: ROW trades too little before the step `balances`.
- Outlines draw borders de facto and state no opinion on the legal status of any territory.
"""


def _sources(atlas: Atlas) -> str:
    text = ["## Source cards", ""]
    text += ["| key | title | producer | date | licence | checked |", "|---|---|---|---|---|---|"]
    for key, card in atlas.sources.items():
        checked = "yes" if card.licence_checked else "from memory"
        text.append(f"| {key} | {card.title} | {card.producer} | {card.date} | {card.licence} | {checked} |")
    return "\n".join([*text, ""])


if __name__ == "__main__":
    main()
