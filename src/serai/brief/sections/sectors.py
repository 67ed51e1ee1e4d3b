"""Supply chains as far as sectors reach: where the lead's energy and minerals come from, and what that is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from serai.axes import Array
from serai.brief.charts import whiskers
from serai.brief.document import Chart, Desk, Section, Table
from serai.brief.numbers import Number
from serai.brief.words import N_
from serai.scenario.measures import PERCENT
from serai.scenario.sectors import RAW, SectorWorld, sector_world

GROUPS = {
    "EU": N_("European Union"),
    "ASEAN": N_("ASEAN"),
    "GULF": N_("Saudi Arabia and the Emirates"),
    "ROW": N_("Rest of the world"),
}
REGION = "region"
TENTH_OFF = 9 / 10
SHOWN_SELLERS, SHOWN_SECTORS = 8, 10
RESTS_ON = (
    "atlas/sector_trade",
    "atlas/sector_inputs",
    "atlas/sectors",
    "atlas/parameters/trade_source_lean",
    "atlas/parameters/source_gap_cap",
    "atlas/parameters/icio_goods_level",
    "model",
)
SOURCES = ("icio", "baci", "wiod", "sector_elasticities", "model")
INPUTS = {
    "sector_elasticities": N_("Elasticities of trade by sector"),
    "sector_flows": N_("Flows where sources disagree or sectors are imputed"),
    "other": N_("Everything else"),
}


def sectors_section(desk: Desk) -> Section | None:
    """Sources, cuts, a new source, sectors; None when the sectoral world does not show the lead."""
    world = sector_world(desk.atlas, desk.results.draws)
    lead = desk.study.lead.economies[0]
    inside = [code for code in desk.study.about.region.economies if code in world.economies]
    if lead not in world.economies or not inside:
        return None
    _ = desk.words._
    largest = sellers(world, lead)[0]
    finding = desk.prose(
        "Of the energy and minerals that {lead} imports, {share} come from {seller} and {own} from {region}; losing {seller} would change {lead}'s real income by {loss}.",
        seller=name(desk, largest),
        lead=desk.name(lead),
        region=_(desk.study.about.region.name),
        share=import_share(desk, world, lead, [largest], largest),
        own=import_share(desk, world, lead, inside, REGION),
        loss=loss(desk, world, lead, [largest], largest),
    )
    parts: list[Chart | Table | Markup] = [
        cuts_chart(desk, world, lead, inside),
        drivers_table(desk, world, lead, inside),
        sources_table(desk, world, lead),
        new_source_table(desk, world, lead, inside),
    ]
    parts += [
        sector_table(desk, world, code, lead, inside) for code in (*sectors_reported(desk, inside), lead)
    ]
    return Section("supply", _("Supply chains"), _("Supply chains, as far as sectors show"), finding, parts)


def name(desk: Desk, code: str) -> str:
    """The name of an economy or of a group of the sectoral world."""
    return desk.words._(GROUPS[code]) if code in GROUPS else desk.name(code)


def sellers(world: SectorWorld, buyer: str) -> list[str]:
    """Who sells energy and minerals to a buyer, largest first; the rest of the world comes last."""
    total = world.imports(buyer).sum(axis=0)
    order = [world.economies.names[place] for place in np.argsort(-total) if total[place] > 0]
    return [code for code in order if code != "ROW"] + [code for code in order if code == "ROW"]


def import_share(desk: Desk, world: SectorWorld, buyer: str, codes: list[str], key: str) -> Number:
    """The share of some sellers in a buyer's imports of energy and minerals."""
    table = world.imports(buyer)
    part = table[:, world.economies.indices(codes)].sum() / table.sum()
    basis = "imputed" if key == REGION else "reported"
    label = N_("share of imports of energy and minerals")
    return desk.numbers.add(
        Number(
            f"supply/{buyer}/{key}/share",
            label,
            float(part),
            "ratio",
            basis,
            None,
            None,
            ("icio",),
            ("atlas/sector_trade",),
        )
    )


def loss(desk: Desk, world: SectorWorld, buyer: str, codes: list[str], key: str) -> Number:
    """What a buyer's real income changes by when sellers stop selling it energy and minerals."""
    known = desk.numbers.by_key.get(f"supply/{buyer}/{key}/cut")
    if known is not None:
        return known
    values = world.cut(codes, buyer)[:, world.economies.index(buyer)]
    label = N_("change of real income without its energy and minerals from there")
    return _range(desk, f"supply/{buyer}/{key}/cut", label, values)


def _range(desk: Desk, key: str, label: str, values: Array, unit: str = "ratio_change") -> Number:
    """The median over draws of elasticities, with the 5th and 95th percentile."""
    return desk.numbers.drawn(key, label, values, unit, made_from=RESTS_ON, sources=SOURCES)


def moved(desk: Desk, world: SectorWorld) -> Number:
    """How much of all flows moved when the base year was made consistent."""
    label = N_("share of the value of all flows that moved when the base year was made consistent")
    return desk.numbers.add(
        Number("supply/moved", label, world.moved, "ratio", "computed", None, None, SOURCES, RESTS_ON)
    )


def cuts_chart(desk: Desk, world: SectorWorld, lead: str, inside: list[str]) -> Chart:
    """The lead's real income without the energy and minerals of each seller."""
    _ = desk.words._
    shown = _shown_sellers(desk, world, lead, inside)
    rows: list[dict[str, object]] = []
    cells: list[list[Markup | str]] = []
    for key, label, codes in shown:
        share, number = (
            import_share(desk, world, lead, codes, key),
            loss(desk, world, lead, codes, key),
        )
        cells.append([label, desk.number(share), desk.number(number)])
        rows.append(
            {
                "label": label,
                "kind": "",
                "seller": key,
                "share": share.estimate,
                "estimate": number.estimate * PERCENT,
                "low": (number.low or 0) * PERCENT,
                "high": (number.high or 0) * PERCENT,
                "unit": "percent",
                "basis": "computed",
            }
        )
    data = pd.DataFrame(rows)
    picture = desk.draw(whiskers(data, order=list(data["label"]), axis_title=_("Change of real income, %")))
    table = Table(
        "supply_cuts",
        _("{lead} without the energy and minerals of a seller", lead=desk.name(lead)),
        [_("Seller"), _("Share of imports"), _("Real income of {lead}", lead=desk.name(lead))],
        cells,
        data.drop(columns=["label", "kind"]),
        numeric=frozenset({1, 2}),
    )
    return Chart(
        "supply_cuts",
        desk.prose(
            "Without the energy and minerals of {region}, {lead}'s real income would change by {loss}",
            region=_(desk.study.about.region.name),
            lead=desk.name(lead),
            loss=loss(desk, world, lead, inside, REGION),
        ),
        _(
            "Coal, oil, gas, metal ores and other minerals; everything else keeps trading and others may fill the gap; percent of real income; dot: median, line: 5th to 95th percentile of {draws} draws of flows, where sources disagree, and of trade elasticities between {sets} published sets",
            draws=len(world.theta),
            sets=len(world.bases),
        ),
        _("Source: serai, computed from the sources listed at the end."),
        picture.wide,
        picture.narrow,
        _("Dots with ranges for each seller"),
        table,
        _(
            "No rare-earth result: these tables show all metal ores as one sector, and a mine that cannot be replaced in a year weighs more than an average over the sector says. That needs data by product."
        ),
    )


def _shown_sellers(
    desk: Desk, world: SectorWorld, lead: str, inside: list[str]
) -> list[tuple[str, str, list[str]]]:
    """Key, name and economies of each seller that is cut off: the largest outside, and the region."""
    shown = [(code, name(desk, code), [code]) for code in sellers(world, lead) if code not in inside]
    return [*shown[:SHOWN_SELLERS], (REGION, desk.words._(desk.study.about.region.name), inside)]


def drivers_table(desk: Desk, world: SectorWorld, lead: str, inside: list[str]) -> Table:
    """How much of the doubt in each cut comes from flows, and how much from elasticities."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for key, label, codes in _shown_sellers(desk, world, lead, inside):
        values = world.cut(codes, lead)[:, world.economies.index(lead)]
        shares = world.drivers(values, codes, lead)
        line: list[Markup | str] = [label]
        for source in INPUTS:
            made_from = (f"supply/{lead}/{key}/cut",)
            words = N_("share of the variance explained")
            address = f"supply/{lead}/{key}/drivers/{source}"
            number = Number(address, words, shares[source], "ratio", "computed", made_from=made_from)
            line.append(desk.number(desk.numbers.add(number)))
            data.append({"seller": key, "name": source, "share": shares[source]})
        cells.append(line)
    return Table(
        "supply_drivers",
        _("Where the doubt in these numbers comes from: share of the variance"),
        [_("Seller"), *(_(words) for words in INPUTS.values())],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({1, 2, 3}),
        note=_(
            "From {draws} draws. Reported goods lie between two sources, sector by sector in the proportions of the first; imputed sectors are drawn in the range of the error that the same imputation makes where the truth is known. Every drawn world is balanced in the same way as the central one.",
            draws=len(world.theta),
        ),
        folded=True,
    )


def sources_table(desk: Desk, world: SectorWorld, lead: str) -> Table:
    """Imports by mineral and seller."""
    _ = desk.words._
    table = world.imports(lead)
    kinds = [_(world.names[code]) for code in RAW]
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for seller in sellers(world, lead):
        line: list[Markup | str] = [name(desk, seller)]
        for place, sector in enumerate(RAW):
            value = float(table[place, world.economies.index(seller)])
            line.append(desk.number(_flow(desk, sector, seller, lead, value)) if value else "–")
            data.append(
                {
                    "seller": seller,
                    "buyer": lead,
                    "sector": sector,
                    "value_usd_m": value,
                    "basis": _flow_basis(desk, sector, seller, lead) if value else "",
                }
            )
        cells.append(line)
    return Table(
        "supply_sources",
        _("Where {lead}'s energy and minerals come from", lead=desk.name(lead)),
        [_("Seller"), *kinds],
        cells,
        pd.DataFrame(data),
        numeric=frozenset(range(1, len(kinds) + 1)),
        note=desk.prose(
            "Flows as published. World-average technology does not fit every economy: making the base year consistent moved {moved} of the value of all flows.",
            moved=moved(desk, world),
        ),
        folded=True,
    )


def _flow(desk: Desk, sector: str, seller: str, buyer: str, value: float) -> Number:
    row = f"atlas/sector_trade/{sector}/{seller}/{buyer}"
    key = f"supply/flow/{sector}/{seller}/{buyer}"
    basis = _flow_basis(desk, sector, seller, buyer)
    label = N_("sales of a sector in the base year")
    return desk.numbers.add(Number(key, label, value, "usd_million", basis, None, None, ("icio",), (row,)))


def _flow_basis(desk: Desk, sector: str, seller: str, buyer: str) -> str:
    rows = desk.atlas.tables["sector_trade"]
    found = rows[(rows["sector"] == sector) & (rows["exporter"] == seller) & (rows["importer"] == buyer)]
    return str(found["basis"].iloc[0])


def new_source_table(desk: Desk, world: SectorWorld, lead: str, inside: list[str]) -> Table:
    """What a tenth off the cost of the region's energy and minerals for the lead is worth."""
    _ = desk.words._
    found = world.changed(inside, lead, TENTH_OFF)
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for code in (*inside, lead):
        number = _range(
            desk,
            f"supply/{lead}/tenth_off/{code}",
            N_("change of real income when the region's energy and minerals get a tenth cheaper"),
            found[:, world.economies.index(code)],
        )
        cells.append([desk.name(code), desk.number(number)])
        data.append(
            {
                "economy": code,
                "estimate": number.estimate,
                "low": number.low,
                "high": number.high,
                "unit": "ratio_change",
                "basis": "computed",
            }
        )
    return Table(
        "supply_new_source",
        _("Energy and minerals of the region a tenth cheaper to bring to {lead}", lead=desk.name(lead)),
        [_("Economy"), _("Change of real income")],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({1}),
        note=_(
            "Of the region sectors are reported for {shown}; all others are imputed. A source that sells nothing today stays at nothing: a mine that is not there cannot be made by a cheaper road.",
            shown=desk.words.listing([desk.name(code) for code in sectors_reported(desk, inside)])
            or _("none"),
        ),
        folded=True,
    )


def sectors_reported(desk: Desk, inside: list[str]) -> list[str]:
    """The economies of the region whose sectors are reported."""
    rows = desk.atlas.tables["sector_trade"]
    own = rows[(rows["exporter"] == rows["importer"]) & (rows["basis"] == "reported")]
    return [code for code in inside if code in set(own["exporter"])]


def sector_table(desk: Desk, world: SectorWorld, code: str, lead: str, inside: list[str]) -> Table:
    """The largest goods sectors of an economy: output, exports, and what one percent of trade cost is worth."""
    _ = desk.words._
    place = world.economies.index(code)
    other = lead if code != lead else inside[0]
    flows = world.observed.flows[:, place, :]
    output, exports = flows.sum(axis=1), flows.sum(axis=1) - flows[:, place]
    slopes = world.slopes(code, code, other) / PERCENT
    money = float(world.base.income[place] + world.base.deficit[place])
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for s in [int(s) for s in np.argsort(-exports)[:SHOWN_SECTORS]]:
        sector = world.sectors.names[s]
        key = f"sectors/{code}/{sector}"
        made = _reported(desk, f"{key}/output", N_("output of the sector"), output[s], sector)
        sold = _reported(desk, f"{key}/exports", N_("exports of the sector"), exports[s], sector)
        to = flows[s, world.economies.index(other)]
        there = _reported(desk, f"{key}/to/{other}", N_("exports of the sector to one partner"), to, sector)
        worth = _range(
            desk,
            f"{key}/lever/{other}",
            N_("first-order worth of one percent off the cost of selling there"),
            slopes[:, s] * money,
            "usd_million",
        )
        cells.append([_(world.names[sector]), *(desk.number(n) for n in (made, sold, there, worth))])
        data.append(
            {
                "economy": code,
                "sector": sector,
                "output_usd_m": made.estimate,
                "exports_usd_m": sold.estimate,
                "partner": other,
                "exports_to_partner_usd_m": there.estimate,
                "one_percent_worth_usd_m": worth.estimate,
            }
        )
    return Table(
        f"sectors_{code.lower()}",
        _("Sectors of {name} by exports", name=desk.name(code)),
        [
            _("Sector"),
            _("Output"),
            _("Exports"),
            _("Exports to {other}", other=desk.name(other)),
            _("One percent off the cost of selling there, USD a year"),
        ],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({1, 2, 3, 4}),
        folded=True,
    )


def _reported(desk: Desk, key: str, label: str, value: float, sector: str) -> Number:
    rows = ("atlas/sector_trade", f"atlas/sectors/{sector}")
    return desk.numbers.add(
        Number(key, label, float(value), "usd_million", "reported", None, None, ("icio",), rows)
    )
