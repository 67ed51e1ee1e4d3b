"""What all builders share: where the raw figures are, the economies, how a table is written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent.parent
TABLES = ROOT / "src" / "serai" / "atlas" / "tables"
CURATED = Path(__file__).resolve().parent / "curated"
REST = "ROW"
DIGITS = 7

# The same economy under other codes in single sources.
ALIASES = {"ROM": "ROU", "SER": "SRB", "ZAR": "COD", "TMP": "TLS", "PAL": "PSE", "BUR": "MMR"}


def data_folder() -> Path:
    """The raw figures: SERAI_DATA, or `shared/data` beside the checkout."""
    return Path(os.environ.get("SERAI_DATA", ROOT.parent / "shared" / "data"))


@dataclass(frozen=True)
class Raw:
    """The raw files, read once each."""

    folder: Path

    def csv(self, name: str, **options: object) -> pd.DataFrame:
        return pd.read_csv(self.folder / name, **options)  # type: ignore[call-overload]

    @cached_property
    def economies(self) -> list[str]:
        """The 75 economies in the order of their codes, without the rest of the world."""
        return sorted(self.csv("assembled_region/economies.csv", keep_default_na=False)["iso3"])

    @cached_property
    def axis(self) -> list[str]:
        return [*self.economies, REST]

    @cached_property
    def gdp_2023(self) -> pd.Series:
        """GDP 2023 of 194 economies, million USD."""
        table = self.csv("baci2023_matrix/countries_gdp_2023.csv", keep_default_na=False)
        return table.set_index("iso3")["gdp_usd"].astype(float) / 1e6

    @cached_property
    def rest(self) -> list[str]:
        """The economies that make up the rest of the world; Taiwan, which BACI lacks here, is added apart."""
        return sorted(set(self.gdp_2023.index) - set(self.economies))

    @cached_property
    def gdp_growth(self) -> pd.Series:
        """GDP 2023 over GDP 2022 in current dollars, by economy."""
        table = self.csv("wdi_gdp/wdi_gdp_current_usd.csv.gz", keep_default_na=False)
        table["gdp_current_usd"] = pd.to_numeric(table["gdp_current_usd"], errors="coerce")
        wide = table.pivot(index="Country Code", columns="year", values="gdp_current_usd")
        return (wide[2023] / wide[2022]).dropna()

    @cached_property
    def pwt(self) -> pd.DataFrame:
        table = pd.read_parquet(self.folder / "pwt1001/pwt1001_1990_2019.parquet")
        return table[table["year"] == 2019].set_index("isocode").sort_index()

    @cached_property
    def ewn(self) -> pd.DataFrame:
        return self.csv("ewn_2022/ewn_1970_2021.csv.gz")

    @cached_property
    def distances(self) -> pd.DataFrame:
        table = self.csv("cepii_geodist/dist_cepii.csv.gz")
        for side in ("iso_o", "iso_d"):
            table[side] = table[side].replace(ALIASES)
        for column in table.columns.drop(["iso_o", "iso_d"]):
            table[column] = pd.to_numeric(table[column], errors="coerce")
        table["distw"] = table["distw"].fillna(table["dist"])
        table = table.set_index(["iso_o", "iso_d"])
        back = table.swaplevel().rename_axis(["iso_o", "iso_d"])
        return table.combine_first(back[~back.index.isin(table.index)])  # one direction of ZAF-KAZ is absent

    def parameter(self, name: str) -> float:
        rows = pd.read_csv(CURATED / "parameters.csv").set_index("parameter")
        return float(rows.loc[name, "value"])


def write(table: pd.DataFrame, path: Path) -> None:
    """One tidy CSV: seven significant digits, blank for what does not apply, line feeds everywhere."""
    tidy = table.copy()
    for column in tidy.columns:
        if tidy[column].dtype.kind == "f":
            tidy[column] = [text(value) for value in tidy[column]]
    path.parent.mkdir(parents=True, exist_ok=True)
    tidy.to_csv(path, index=False, lineterminator="\n")


def text(value: float) -> str:
    return "" if not np.isfinite(value) else f"{value:.{DIGITS}g}".replace("e+0", "e").replace("e+", "e")
