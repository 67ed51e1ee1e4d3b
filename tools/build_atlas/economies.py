"""Economies and their figures: output, people, capital, balances."""

from __future__ import annotations

import numpy as np
import pandas as pd
from tools.build_atlas.common import CURATED, REST, Raw

CENTRAL_ASIA = {"KAZ", "KGZ", "TJK", "TKM", "UZB"}
EU27 = {
    "AUT", "BEL", "BGR", "HRV", "CYP", "CZE", "DNK", "EST", "FIN", "FRA", "DEU", "GRC", "HUN", "IRL", "ITA",
    "LVA", "LTU", "LUX", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN", "ESP", "SWE",
}  # fmt: skip
ASEAN = {"BRN", "IDN", "KHM", "LAO", "MMR", "MYS", "PHL", "SGP", "THA", "VNM"}
CONDUITS = {"ARE", "CHE", "CYP", "HKG", "IRL", "LUX", "MLT", "NLD", "SGP"}
REGIONS = {
    "Central Asia": CENTRAL_ASIA,
    "Caucasus": {"ARM", "AZE", "GEO"},
    "East Asia": {"CHN", "HKG", "JPN", "KOR", "MNG"},
    "South-East Asia": ASEAN,
    "South Asia": {"AFG", "BGD", "IND", "LKA", "PAK"},
    "Middle East": {"ARE", "IRN", "ISR", "SAU", "TUR", "EGY"},
    "Eastern Europe": {"BLR", "MDA", "RUS", "UKR"},
    "Europe": EU27 | {"CHE", "GBR", "NOR"},
    "Americas": {"BRA", "CAN", "MEX", "USA"},
    "Oceania": {"AUS", "NZL"},
    "Africa": {"ZAF"},
    "Rest of the world": {REST},
}
NAMES = {
    "TUR": "Türkiye",
    "MMR": "Myanmar",
    "RUS": "Russia",
    "SVK": "Slovakia",
    "USA": "United States",
    "ARE": "United Arab Emirates",
    "HKG": "Hong Kong SAR",
    REST: "Rest of the world",
}
# PWT's capital of these is not credible: 9.2 and 5.4 times output.
CAPITAL_NOT_CREDIBLE = {"TJK", "TKM"}
BALANCE_YEARS = 2  # the balance of 2021 is carried to 2023
YEARS_OF_BALANCE = 3


def names(raw: Raw) -> pd.DataFrame:
    listed = raw.csv("assembled_region/economies.csv").set_index("iso3")["CountryName"].to_dict()
    region = {code: name for name, codes in REGIONS.items() for code in codes}
    rows = [
        {
            "economy": code,
            "name": NAMES.get(code, listed.get(code)),
            "region": region[code],
            "central_asia": int(code in CENTRAL_ASIA),
            "eu27": int(code in EU27),
            "asean": int(code in ASEAN),
            "conduit": int(code in CONDUITS),
            "basis": "reported" if code != REST else "computed",
            "source": "serai" if code == REST else "baci",
        }
        for code in raw.axis
    ]
    return pd.DataFrame(rows)


def figures(raw: Raw) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for build in (
        _gdp,
        _population,
        _capital,
        _output_ratio,
        _current_account,
        _inward,
        _logistics,
        _governance,
    ):
        rows += build(raw)
    columns = ["variable", "economy", "value", "low", "high", "unit", "year", "basis", "source", "note"]
    return pd.DataFrame(rows, columns=columns)


def taiwan_gdp(raw: Raw) -> float:
    """GDP of Taiwan 2021, million USD: BACI and WDI lack it."""
    rows = raw.ewn[(raw.ewn["iso3"] == "TWN") & (raw.ewn["Year"] == 2021)]
    return float(rows["GDP (US$)"].iloc[0])


def rest_gdp(raw: Raw) -> float:
    return float(raw.gdp_2023[raw.rest].sum()) + taiwan_gdp(raw)


def _row(
    variable: str,
    economy: str,
    value: float,
    unit: str,
    year: int,
    basis: str,
    source: str,
    low: float = np.nan,
    high: float = np.nan,
    note: str = "",
) -> dict[str, object]:
    return {
        "variable": variable,
        "economy": economy,
        "value": value,
        "low": low,
        "high": high,
        "unit": unit,
        "year": year,
        "basis": basis,
        "source": source,
        "note": note,
    }


def _gdp(raw: Raw) -> list[dict[str, object]]:
    rows = [_row("gdp", c, raw.gdp_2023[c], "USD m", 2023, "reported", "wdi") for c in raw.economies]
    note = f"{len(raw.rest)} economies, and Taiwan with its GDP of 2021"
    return [*rows, _row("gdp", REST, rest_gdp(raw), "USD m", 2023, "computed", "wdi", note=note)]


def _population(raw: Raw) -> list[dict[str, object]]:
    qog = raw.csv("qog_wgi/qog_bas_cs_jan24.csv.gz", usecols=["ccodealp", "wdi_pop"])
    people = qog.set_index("ccodealp")["wdi_pop"] / 1e6
    people = people[~people.index.duplicated()]
    rows = []
    for code in raw.economies:
        if code in people.index and np.isfinite(people[code]):
            rows.append(_row("population", code, people[code], "million", 2020, "carried", "qog"))
        else:
            rows.append(_row("population", code, raw.pwt["pop"][code], "million", 2019, "carried", "pwt"))
    both = people.combine_first(raw.pwt["pop"])
    rest = both[[c for c in [*raw.rest, "TWN"] if c in both.index]].sum()
    note = "the members whose population is known"
    return [*rows, _row("population", REST, rest, "million", 2020, "computed", "qog", note=note)]


def _capital(raw: Raw) -> list[dict[str, object]]:
    pwt = raw.pwt
    ratio = (pwt["cn"] * pwt["pl_n"]) / (pwt["cgdpo"] * pwt["pl_gdpo"])
    share = 1 - pwt["labsh"]
    known = ratio[[c for c in raw.economies if c in ratio.index and c not in CAPITAL_NOT_CREDIBLE]].dropna()
    spread = known.quantile([0.1, 0.5, 0.9]).tolist()
    shares = share[[c for c in raw.economies if c in share.index]].dropna()
    split = shares.quantile([0.1, 0.5, 0.9]).tolist()
    rows = []
    for code in raw.economies:
        rows.append(_capital_share(code, share, split))
    rest = [c for c in [*raw.rest, "TWN"] if c in share.index and np.isfinite(share[c])]
    weights = pd.Series({c: raw.gdp_2023.get(c, taiwan_gdp(raw)) for c in rest})
    mean = float((share[rest] * weights).sum() / weights.sum())
    rows.append(
        _row(
            "capital_share",
            REST,
            mean,
            "share of value added",
            2019,
            "computed",
            "pwt",
            mean * split[0] / split[1],
            mean * split[2] / split[1],
            "GDP-weighted mean of the members known, the spread of the sample",
        )
    )
    for code in raw.economies:
        rows.append(_capital_ratio(code, known, spread))
    rest = [c for c in [*raw.rest, "TWN"] if c in ratio.index and np.isfinite(ratio[c])]
    weights = pd.Series({c: raw.gdp_2023.get(c, taiwan_gdp(raw)) for c in rest})
    mean = float((ratio[rest] * weights).sum() / weights.sum())
    rows.append(
        _row(
            "capital_output_ratio",
            REST,
            mean,
            "years of GDP",
            2019,
            "computed",
            "pwt",
            mean * spread[0] / spread[1],
            mean * spread[2] / spread[1],
            "GDP-weighted mean of the members known, the spread of the sample",
        )
    )
    return rows


def _capital_share(code: str, share: pd.Series, split: list[float]) -> dict[str, object]:
    unit, year = "share of value added", 2019
    if code in share.index and np.isfinite(share[code]):
        return _row("capital_share", code, share[code], unit, year, "carried", "pwt")
    note = "median and 10th to 90th percentile of the economies with a labour share"
    return _row("capital_share", code, split[1], unit, year, "imputed", "pwt", split[0], split[2], note)


def _capital_ratio(code: str, known: pd.Series, spread: list[float]) -> dict[str, object]:
    unit, year = "years of GDP", 2019
    if code in known.index:
        return _row(
            "capital_output_ratio",
            code,
            known[code],
            unit,
            year,
            "carried",
            "pwt",
            note="cn * pl_n / (cgdpo * pl_gdpo)",
        )
    note = "median and 10th to 90th percentile of the economies with a credible ratio"
    return _row(
        "capital_output_ratio", code, spread[1], unit, year, "imputed", "pwt", spread[0], spread[2], note
    )


def _output_ratio(raw: Raw) -> list[dict[str, object]]:
    table = raw.csv("icio_ratios/icio_ratios_2022.csv", index_col=0)["go_gdp"]
    stated = pd.read_csv(CURATED / "parameters.csv").set_index("parameter").loc["gross_output_ratio"]
    middle, low, high = float(stated["value"]), float(stated["low"]), float(stated["high"])
    rows, unit = [], "gross output over GDP"
    for code in raw.economies:
        if code in table.index and np.isfinite(table[code]):
            rows.append(_row("gross_output_ratio", code, table[code], unit, 2022, "carried", "icio"))
        else:
            note = "the range of comparable economies"
            rows.append(
                _row("gross_output_ratio", code, middle, unit, 2022, "imputed", "serai", low, high, note)
            )
    outside = table[[c for c in table.index if c not in raw.economies and c != REST]].dropna()
    spread = outside.quantile([0.1, 0.5, 0.9]).tolist()
    note = "median and 10th to 90th percentile of the ICIO economies outside the 75"
    row = _row(
        "gross_output_ratio", REST, spread[1], unit, 2022, "imputed", "icio", spread[0], spread[2], note
    )
    return [*rows, row]


def _current_account(raw: Raw) -> list[dict[str, object]]:
    """The median ratio to GDP of the last three years known, with the spread of changes over two years:
    single years hold one-off gold and fuel trade (Cambodia 2021: -47 %)."""
    wide = raw.ewn.assign(ratio=raw.ewn["Current account balance"] / raw.ewn["GDP (US$)"])
    wide = wide.pivot_table(index="Year", columns="iso3", values="ratio")
    changes = wide.diff(BALANCE_YEARS).loc[2003:]
    rows, unit = [], "share of GDP"
    for code in raw.economies:
        last = wide[code].dropna() if code in wide else pd.Series(dtype=float)
        if last.empty:
            note = "no balance of payments at hand; the range of the median economy"
            width = float(changes.abs().quantile(0.8).median())
            rows.append(
                _row("current_account", code, 0.0, unit, 2021, "assumed", "serai", -width, width, note)
            )
            continue
        value, width = float(last.iloc[-YEARS_OF_BALANCE:].median()), float(changes[code].abs().quantile(0.8))
        note = "median of the last three years; 80 % range from its own two-year changes since 2001"
        rows.append(
            _row(
                "current_account",
                code,
                value,
                unit,
                int(last.index[-1]),
                "carried",
                "ewn",
                value - width,
                value + width,
                note,
            )
        )
    members = raw.ewn[(raw.ewn["Year"] == 2021) & raw.ewn["iso3"].isin([*raw.rest, "TWN"])]
    value = float(members["Current account balance"].sum() / members["GDP (US$)"].sum())
    width = float(changes.abs().quantile(0.8).median())
    note = "sum of the members known"
    return [
        *rows,
        _row(
            "current_account", REST, value, unit, 2021, "computed", "ewn", value - width, value + width, note
        ),
    ]


def _inward(raw: Raw) -> list[dict[str, object]]:
    """FDI totals as the host sees them, beside the sum over owners in the table fdi."""
    table = raw.csv("fdi_matrix/marginals.csv", keep_default_na=False, na_values=[""]).set_index("iso3")
    rows = []
    for code in raw.economies:
        own = table["inward_source"][code].startswith("CDIS")
        basis, source = ("reported", "cdis") if own else ("imputed", "ewn")
        note = "the host's own total" if own else "liabilities in External Wealth of Nations"
        value = table["inward_total_usd_mn"][code]
        rows.append(_row("fdi_inward", code, value, "USD m", 2021, basis, source, note=note))
    return rows


def _logistics(raw: Raw) -> list[dict[str, object]]:
    new = raw.csv("lpi_2007_2023/lpi_2023.csv").set_index("iso3")["LPI Score"]
    old = raw.csv("lpi_2007_2023/lpi_overall_2007_2018.csv").sort_values("year")
    old = old.groupby("iso3")[["lpi", "year"]].last()
    rows, unit = [], "score 1 to 5"
    for code in raw.economies:
        if code in new.index:
            rows.append(_row("logistics", code, new[code], unit, 2023, "reported", "lpi"))
        elif code in old.index:
            rows.append(
                _row("logistics", code, old["lpi"][code], unit, int(old["year"][code]), "carried", "lpi")
            )
    return rows


def _governance(raw: Raw) -> list[dict[str, object]]:
    table = raw.csv("qog_wgi/qog_bas_cs_jan24.csv.gz", usecols=["ccodealp", "wbgi_rle"]).dropna()
    scores = table.drop_duplicates("ccodealp").set_index("ccodealp")["wbgi_rle"]
    return [
        _row("rule_of_law", code, scores[code], "score about -2.5 to 2.5", 2020, "reported", "qog")
        for code in raw.economies
        if code in scores.index
    ]
