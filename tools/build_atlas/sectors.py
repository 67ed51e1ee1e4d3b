"""The world by sector: ICIO's 28 sectors for groups of economies, four of the five split off by imputation.

Flows are those of ICIO 2022 with the tariffs of 2021, added up to groups. ICIO shows Kazakhstan alone of the
five. The other four are taken out of the rest of the world: totals of their trade by partner from the table
`trade` of this atlas, sectors in the proportions of the rest of the world's own flows with that partner.
Technology is the world average of input-output tables of 2014, the same for all economies.

What is not certain stands beside each value. Reported goods: BACI's total of the pair, in ICIO's proportions,
as the second source. Imputed sectors: a range from the error that the same imputation makes for economies
that ICIO does show. Imputed services: the range of the table `trade`.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from tools.build_atlas.common import Raw

YEAR, TARIFF_YEAR, TECHNOLOGY_YEAR, OTHER_YEAR = 2022, 2021, 2014, 2023
REST = "ROW"
EU = [
    "AUT",
    "BEL",
    "BGR",
    "CYP",
    "CZE",
    "DEU",
    "DNK",
    "ESP",
    "EST",
    "FIN",
    "FRA",
    "GRC",
    "HRV",
    "HUN",
    "IRL",
    "ITA",
    "LTU",
    "LUX",
    "LVA",
    "MLT",
    "NLD",
    "POL",
    "PRT",
    "ROU",
    "SVK",
    "SVN",
    "SWE",
]
ASEAN = ["BRN", "IDN", "KHM", "LAO", "MMR", "MYS", "PHL", "SGP", "THA", "VNM"]
GROUPS = {
    "KAZ": ["KAZ"],
    "JPN": ["JPN"],
    "CHN": ["CHN", "HKG"],
    "KOR": ["KOR"],
    "RUS": ["RUS"],
    "TUR": ["TUR"],
    "EU": EU,
    "USA": ["USA"],
    "ASEAN": ASEAN,
    "AUS": ["AUS"],
    "GULF": ["ARE", "SAU"],
}
SPLIT = ["KGZ", "TJK", "TKM", "UZB"]
ORDER = ["KAZ", *SPLIT, "JPN", "CHN", "KOR", "RUS", "TUR", "EU", "USA", "ASEAN", "AUS", "GULF", REST]
SHOWN = ["KAZ", "RUS", "TUR", "KOR", "AUS", "JPN"]  # economies on which the imputation is tried out
RANGE = (0.1, 0.9)
SERVICES = "SERV"
# ICIO sector: name, and the codes of the input-output table whose technology it takes.
SECTORS: dict[str, tuple[str, list[int]]] = {
    "A01": ("Crops and animals", [1]),
    "A02": ("Forestry", [2]),
    "A03": ("Fishing", [3]),
    "B05": ("Coal", [4]),
    "B06": ("Oil and gas", [4]),
    "B07": ("Metal ores", [4]),
    "B08": ("Other minerals", [4]),
    "B09": ("Mining support", [4]),
    "C10T12": ("Food, drink, tobacco", [5]),
    "C13T15": ("Textiles and clothes", [6]),
    "C16": ("Wood", [7]),
    "C17_18": ("Paper and printing", [8, 9]),
    "C19": ("Refined petroleum", [10]),
    "C20": ("Chemicals", [11]),
    "C21": ("Pharmaceuticals", [12]),
    "C22": ("Rubber and plastics", [13]),
    "C23": ("Glass, cement, ceramics", [14]),
    "C24A": ("Iron and steel", [15]),
    "C24B": ("Other metals", [15]),
    "C25": ("Metal products", [16]),
    "C26": ("Electronics", [17]),
    "C27": ("Electrical equipment", [18]),
    "C28": ("Machinery", [19]),
    "C29": ("Motor vehicles", [20]),
    "C301": ("Ships", [21]),
    "C302T309": ("Other transport equipment", [21]),
    "C31T33": ("Furniture, other, repair", [22]),
    SERVICES: ("Services, energy supply, building", list(range(23, 51))),
}


def flows(raw: Raw, trade: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    """Sales by sector, exporter and importer, million USD before tariffs, and applied tariffs."""
    value, duty = _groups(raw)
    places = {name: ORDER.index(name) for name in ORDER}
    imputed = np.zeros(value.shape, dtype=bool)
    totals = _totals(trade) | _domestic(trade, figures)
    rest = places[REST]
    source = value.copy()
    goods = np.array([name != SERVICES for name in SECTORS])
    for exporter, importer in ((a, b) for a in ORDER for b in ORDER if a in SPLIT or b in SPLIT):
        i, n = places[exporter], places[importer]
        model = source[:, rest if exporter in SPLIT else i, rest if importer in SPLIT else n]
        rate = duty[:, rest if exporter in SPLIT else i, rest if importer in SPLIT else n]
        for kind, part in (("goods", goods), ("services", ~goods)):
            total = totals.get((kind, exporter, importer), 0.0)
            if exporter == importer:
                continue
            value[part, i, n] = total * model[part] / model[part].sum()
        if exporter == importer:
            home = source[:, rest, rest]
            value[:, i, n] = totals["domestic", exporter, importer] * home / home.sum()
        duty[:, i, n] = 0 if exporter == importer else rate
        imputed[:, i, n] = True
    split = [places[name] for name in SPLIT]
    others = [places[name] for name in ORDER if name not in SPLIT and name != REST]
    value[:, rest, others] -= value[:, split][:, :, others].sum(axis=1)
    value[:, others, rest] -= value[:, others][:, :, split].sum(axis=2)
    value[:, rest, rest] -= value[:, split][:, :, [*split, rest]].sum(axis=(1, 2))
    value[:, rest, rest] -= value[:, rest][:, split].sum(axis=1)
    if value.min() < -1e-6:
        raise ValueError("the four are larger than the rest of the world that holds them")
    low, high = _ranges(source, value, imputed, goods, trade)
    other = _second_source(value, imputed, goods, trade)
    sector, i, n = np.nonzero(value > 0)
    names, codes = np.array(ORDER), np.array(list(SECTORS))
    second = np.isfinite(other[sector, i, n])
    return pd.DataFrame(
        {
            "sector": codes[sector],
            "exporter": names[i],
            "importer": names[n],
            "value_usd_m": value[sector, i, n],
            "low": low[sector, i, n],
            "high": high[sector, i, n],
            "tariff": duty[sector, i, n],
            "year": YEAR,
            "basis": np.where(imputed[sector, i, n], "imputed", "reported"),
            "source": "icio",
            "other_value": other[sector, i, n],
            "other_year": pd.array(np.where(second, OTHER_YEAR, None), dtype="Int64"),
            "other_source": np.where(second, "baci", ""),
        }
    )


def technology(raw: Raw) -> pd.DataFrame:
    """Share of each input in spending on materials, world average; and of value added in output."""
    made, added, materials = _world_table(raw)
    sold = _groups(raw)[0].sum(axis=(1, 2))
    of = {code: [c - 1 for c in codes] for code, (_, codes) in SECTORS.items()}
    rows = []
    for output, columns in of.items():
        spent = (materials[:, columns] * ((1 - added) * made)[columns]).sum(axis=1)
        share = np.array([_part(spent, of, code, sold) for code in of])
        value_added = float((added * made)[columns].sum() / made[columns].sum())
        for code, number in zip(of, share / share.sum(), strict=True):
            rows.append((code, output, number))
        rows.append(("value_added", output, value_added))
    table = pd.DataFrame(rows, columns=["input", "output", "share"])
    return table.assign(year=TECHNOLOGY_YEAR, basis="imputed", source="wiod")


def names(raw: Raw) -> pd.DataFrame:
    """Sectors with their names and the trade elasticities of eight published sets."""
    sets = raw.csv("icio28_2011_2022/trade_elasticities_by_sector.csv").set_index("sector")
    sets = sets.rename(index={"Services (aggregate)": SERVICES}).loc[list(SECTORS)]
    table = pd.DataFrame({"sector": list(SECTORS), "name": [name for name, _ in SECTORS.values()]})
    for column in sorted(sets.columns):
        table[f"theta_{column.lower()}"] = sets[column].to_numpy()
    return table.assign(basis="reported", source="sector_elasticities")


def _part(spent: np.ndarray, of: dict[str, list[int]], code: str, sold: np.ndarray) -> float:
    """What goes to one sector; sectors that share a row of the input-output table share it by their sales."""
    codes = list(of)
    same = [place for place, other in enumerate(codes) if of[other] == of[code]]
    return float(spent[of[code]].sum() * sold[codes.index(code)] / sold[same].sum())


@cache
def _groups(raw: Raw) -> tuple[np.ndarray, np.ndarray]:
    """Values and tariffs (S, groups, groups), the four of the five still inside the rest."""
    table = pd.read_parquet(raw.folder / "icio28_2011_2022/icio28_trade_tariff_2011_2022.parquet")
    where = {code: group for group, codes in GROUPS.items() for code in codes}
    table = table[table["year"] == YEAR].astype({"sector": str, "exporter": str, "importer": str})
    table["sector"] = table["sector"].replace({"Services (aggregate)": SERVICES})
    for side in ("exporter", "importer"):
        table[side] = table[side].map(where).fillna(REST)
    table["value"] = table["value_musd"].astype(float)
    table["duty"] = table["value"] * table["tariff"].astype(float)
    added = table.groupby(["sector", "exporter", "importer"])[["value", "duty"]].sum()
    index = pd.MultiIndex.from_product([list(SECTORS), ORDER, ORDER])
    value, duty = (
        added[column].reindex(index).fillna(0).to_numpy().reshape(len(SECTORS), len(ORDER), len(ORDER))
        for column in ("value", "duty")
    )
    rates = np.divide(duty, value, out=np.zeros_like(duty), where=value > 0)
    rates[:, np.arange(len(ORDER)), np.arange(len(ORDER))] = 0
    return np.maximum(value, 0), rates


def _second_source(
    value: np.ndarray, imputed: np.ndarray, goods: np.ndarray, trade: pd.DataFrame
) -> np.ndarray:
    """BACI's total of the goods of a pair, without gold, in the proportions of ICIO's sectors; else NaN."""
    known = trade[~((trade["flow"] == "goods") & trade["basis"].isin(["imputed", "assumed"]))]
    totals = _totals(known)
    other = np.full(value.shape, np.nan)
    for i, exporter in enumerate(ORDER):
        for n, importer in enumerate(ORDER):
            total = totals.get(("goods", exporter, importer), 0.0)
            shown = goods & ~imputed[:, i, n]
            if i != n and total > 0 and value[shown, i, n].sum() > 0:
                other[shown, i, n] = total * value[shown, i, n] / value[shown, i, n].sum()
    return other


def _ranges(
    source: np.ndarray, value: np.ndarray, imputed: np.ndarray, goods: np.ndarray, trade: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """10th and 90th percentile of imputed cells; NaN where a cell is reported."""
    sold, bought, home = _errors(source, goods)
    split = np.isin(ORDER, SPLIT)
    low, high = np.full(value.shape, np.nan), np.full(value.shape, np.nan)
    for place, (bounds, end) in enumerate(((low, "low"), (high, "high"))):
        scale = np.where(split[:, np.newaxis], sold[place], bought[place])
        scale = np.where(np.eye(len(ORDER), dtype=bool), home[place], scale)
        bounds[:] = np.where(imputed, value * scale, np.nan)
        table = trade[trade["flow"] == "services"]
        drawn = _totals(table.assign(value_usd_m=table[end].fillna(table["value_usd_m"])))
        for (flow, exporter, importer), total in drawn.items():
            i, n = (ORDER.index(code) for code in (exporter, importer))
            if flow == "services" and i != n and imputed[~goods, i, n].all():
                bounds[~goods, i, n] = total
    return low, high


def _errors(source: np.ndarray, goods: np.ndarray) -> list[tuple[float, float]]:
    """Percentiles of the true over the imputed share of a sector: in goods sold, bought, in sales at home.

    The imputation is tried on economies that ICIO shows: their flows in the proportions of the rest of the
    world's with the same partner. Each cell counts by the share that is imputed to it.
    """
    rest = ORDER.index(REST)
    shown = [ORDER.index(name) for name in SHOWN]
    partners = [p for p, code in enumerate(ORDER) if code not in (REST, *SPLIT)]
    sold = [(source[goods, i, p], source[goods, rest, p]) for i in shown for p in partners if p != i]
    bought = [(source[goods, p, i], source[goods, p, rest]) for i in shown for p in partners if p != i]
    home = [(source[:, i, i], source[:, rest, rest]) for i in shown]
    return [_percentiles(pairs) for pairs in (sold, bought, home)]


def _percentiles(pairs: list[tuple[np.ndarray, np.ndarray]]) -> tuple[float, float]:
    true, imputed = (np.concatenate([pair[k] / pair[k].sum() for pair in pairs]) for k in (0, 1))
    ratio, weight = true[imputed > 0] / imputed[imputed > 0], imputed[imputed > 0]
    order = np.argsort(ratio)
    reached = np.cumsum(weight[order]) / weight.sum()
    low, high = (float(ratio[order][np.searchsorted(reached, p)]) for p in RANGE)
    return low, high


def _totals(trade: pd.DataFrame) -> dict[tuple[str, str, str], float]:
    """Goods without gold, services and domestic sales between the groups and the four, million USD."""
    where = {code: group for group, codes in GROUPS.items() for code in codes}
    where |= {code: code for code in SPLIT}
    table = trade[trade["flow"].isin(["goods", "services", "gold", "domestic"])].copy()
    for side in ("exporter", "importer"):
        table[side] = table[side].map(where).fillna(REST)
    sums = table.groupby(["flow", "exporter", "importer"])["value_usd_m"].sum().to_dict()
    for (flow, exporter, importer), gold in list(sums.items()):
        if flow == "gold":
            sums["goods", exporter, importer] -= gold
    return sums


def _domestic(trade: pd.DataFrame, figures: pd.DataFrame) -> dict[tuple[str, str, str], float]:
    """Domestic sales of the four: gross output, GDP times its ratio, less exports other than gold."""
    figure = figures.set_index(["economy", "variable"])["value"]
    sign = trade["flow"].map({"goods": 1.0, "services": 1.0, "gold": -1.0}).fillna(0)
    exports = (trade["value_usd_m"] * sign).groupby(trade["exporter"]).sum()
    return {
        ("domestic", code, code): figure[code, "gdp"] * figure[code, "gross_output_ratio"] - exports[code]
        for code in SPLIT
    }


def _world_table(raw: Raw) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the world: output (50,), value added over output (50,), shares of inputs (50 input, 50 output)."""
    folder = "wiod2014_kite/"
    spent = raw.csv(folder + "expenditure.csv").set_index(["country", "sector"])["value"]
    share = pd.read_parquet(raw.folder / folder / "trade_share.parquet")
    bought = spent.reindex(pd.MultiIndex.from_arrays([share["destination"], share["sector"]])).to_numpy()
    share["sold"] = share["value"] * bought
    made = share.groupby(["origin", "sector"])["sold"].sum().unstack().sort_index(axis=1)
    added = raw.csv(folder + "factor_share.csv").pivot(index="country", columns="sector", values="value")
    added = added.loc[made.index, made.columns]
    inputs = pd.read_parquet(raw.folder / folder / "intermediate_share.parquet")
    inputs = inputs.pivot(index=["country", "input"], columns="output", values="value")
    paid = ((1 - added) * made).fillna(0)
    codes = list(made.columns)
    table = sum(
        inputs.loc[country].loc[codes, codes].fillna(0).to_numpy() * paid.loc[country].to_numpy()
        for country in made.index
    )
    total = made.sum(axis=0).to_numpy()
    return total, 1 - paid.sum(axis=0).to_numpy() / total, table / table.sum(axis=0)
