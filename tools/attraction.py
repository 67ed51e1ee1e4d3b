"""The deciding regression from the raw figures: do outsiders invest more where integration widens markets?

    python tools/attraction.py ../shared/data [table.csv]

Prints the table of specifications, and writes it where asked. Only the estimates leave the raw folder: the
positions of the IMF's Coordinated Direct Investment Survey are not ours to pass on.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from serai.gravity.attraction import (
    Attraction,
    agreements_in_force,
    attraction_panel,
    estimate_attraction,
    market_reach,
)
from serai.gravity.integration import intra_regional_share

# DESTA's list ends in 2020: later years would carry agreements forward unseen.
YEARS = range(2009, 2021)
# Conduits and sinks among the 24 offshore centres of Garcia-Bernardo, Fichtner, Takes and Heemskerk (2017),
# Scientific Reports 7, 6246, table 1; from memory, to be checked.
CONDUITS = (
    "NLD", "GBR", "CHE", "SGP", "IRL", "LUX", "HKG", "CYP", "MLT", "MUS", "VGB", "CYM", "BMU", "JEY", "LIE",
    "CUW", "GIB", "BHS", "BLZ", "SYC", "MHL", "WSM", "TWN", "LBR", "VCT", "GUY", "AIA", "MCO", "NRU",
)  # fmt: skip


# The price level is that of output over the dollar: the real exchange rate.
MORE = ("log_population", "human_capital", "log_price_level")


def main(folder: Path, out: Path | None = None) -> Attraction:
    wanted = ["ccode", "ccodealp", "ht_region"]
    codes = pd.read_csv(folder / "qog_wgi" / "qog_bas_cs_jan24.csv.gz", usecols=wanted)
    treaties = pd.read_csv(folder / "desta" / "DESTA_MEM.csv.gz", sep=";", encoding="latin-1")
    agreements = agreements_in_force(
        treaties, dict(zip(codes["ccode"].astype(int), codes["ccodealp"], strict=True))
    )
    output = pd.read_csv(folder / "wdi_gdp" / "wdi_gdp_constant2015usd.csv").rename(
        columns={"CountryCode_ISO3": "economy", "Year": "year", "GDP_constant2015USD": "output"}
    )
    distance = pd.read_csv(folder / "cepii_geodist" / "dist_cepii.csv.gz", na_values=["."]).rename(
        columns={"iso_o": "one", "iso_d": "other", "distw": "km"}
    )
    distance = distance[["one", "other", "km"]].replace({"ROM": "ROU"})
    reach = market_reach(output[["economy", "year", "output"]].dropna(), distance, agreements, YEARS)
    cells = folder / "cdis_outward_2009_2022" / "cdis_outward_2009_2022.csv.gz"
    positions = pd.read_csv(cells, usecols=["year", "home_iso", "host_iso", "usd_mn"])
    positions.columns = pd.Index(["year", "owner", "host", "stock"])
    positions = positions[~positions["host"].isin(["XXX", "WLD"]) & positions["year"].isin(list(YEARS))]
    panel, dropped = attraction_panel(positions, reach, agreements)
    panel = panel.merge(_controls(folder), on=["host", "year"], how="left", validate="many_to_one")
    regions = dict(zip(codes["ccodealp"], codes["ht_region"].astype(str), strict=True))
    shares = intra_regional_share(_trade(folder), regions)
    result = estimate_attraction(panel, reach, CONDUITS, more=MORE, shares=shares, dropped=dropped)
    table = result.tidy()
    print(table.drop(columns=["unit", "basis", "source"]).to_string(index=False))
    print("left out:", ", ".join(f"{count:,} {reason}" for reason, count in result.dropped.items()))
    if out is not None:
        table.to_csv(out, index=False, float_format="%.8g")
    return result


def _controls(folder: Path) -> pd.DataFrame:
    """Of each host and year, from the Penn World Table: people, schooling, prices."""
    table = pd.read_parquet(folder / "pwt1001" / "pwt1001_1990_2019.parquet")
    return pd.DataFrame(
        {
            "host": table["isocode"].astype(str),
            "year": table["year"].astype(int),
            "log_population": np.log(table["pop"]),
            "human_capital": table["hc"],
            "log_price_level": np.log(table["pl_gdpo"].where(table["pl_gdpo"] > 0)),
        }
    )


def _trade(folder: Path) -> pd.DataFrame:
    """Trade by pair and year, sectors added up; what only the rest of the world trades has no region."""
    path = folder / "icio28_2011_2022" / "icio28_trade_tariff_2011_2022.parquet"
    columns = ["year", "importer", "exporter", "value_musd"]
    table = pd.read_parquet(path, columns=columns).rename(columns={"value_musd": "value"})
    keys = ["exporter", "importer", "year"]
    return (
        table.groupby(keys, observed=True)["value"]
        .sum()
        .reset_index()
        .astype({"exporter": str, "importer": str})
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
