"""The deciding regression from the raw figures: do outsiders invest more where integration widens markets?

    python tools/attraction.py ../shared/data [table.csv]

Prints the table of specifications, and writes it where asked. Only the estimates leave the raw folder: the
positions of the IMF's Coordinated Direct Investment Survey are not ours to pass on.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from serai.gravity.attraction import (
    Attraction,
    agreements_in_force,
    attraction_panel,
    estimate_attraction,
    market_reach,
)

# DESTA's list ends in 2020: later years would carry agreements forward unseen.
YEARS = range(2009, 2021)
# Conduits and sinks among the 24 offshore centres of Garcia-Bernardo, Fichtner, Takes and Heemskerk (2017),
# Scientific Reports 7, 6246, table 1; from memory, to be checked.
CONDUITS = (
    "NLD", "GBR", "CHE", "SGP", "IRL", "LUX", "HKG", "CYP", "MLT", "MUS", "VGB", "CYM", "BMU", "JEY", "LIE",
    "CUW", "GIB", "BHS", "BLZ", "SYC", "MHL", "WSM", "TWN", "LBR", "VCT", "GUY", "AIA", "MCO", "NRU",
)  # fmt: skip


def main(folder: Path, out: Path | None = None) -> Attraction:
    codes = pd.read_csv(folder / "qog_wgi" / "qog_bas_cs_jan24.csv.gz", usecols=["ccode", "ccodealp"])
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
    result = estimate_attraction(panel, reach, CONDUITS, dropped=dropped)
    table = result.tidy()
    print(table.drop(columns=["unit", "basis", "source"]).to_string(index=False))
    print("left out:", ", ".join(f"{count:,} {reason}" for reason, count in result.dropped.items()))
    if out is not None:
        table.to_csv(out, index=False, float_format="%.8g")
    return result


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
