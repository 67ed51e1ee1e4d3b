"""Bilateral FDI stocks, end of 2021."""

from __future__ import annotations

import numpy as np
import pandas as pd
from tools.build_atlas.common import Raw

BASIS = {"reported": "reported", "carried": "carried", "imputed": "imputed", "residual": "computed"}
HOST_REPORTED = {("JPN", "KAZ"): (5800.0, "host_fdi")}


def build(raw: Raw) -> pd.DataFrame:
    """Every owner and host; negative positions count as zero, the range of each cell follows its basis."""
    matrix = raw.csv("fdi_matrix/fdi_pairs.csv.gz", keep_default_na=False, na_values=[""])
    matrix = matrix.sort_values(["home", "host"]).reset_index(drop=True)
    factor = {
        "reported": raw.parameter("fdi_reported_factor"),
        "carried": raw.parameter("fdi_carried_factor"),
        "imputed": raw.parameter("fdi_imputed_factor"),
        "computed": raw.parameter("fdi_carried_factor"),
    }
    basis = matrix["basis"].map(BASIS)
    value = matrix["stock_usd_mn"].clip(lower=0.0)
    spread = basis.map(factor).astype(float)
    other = [
        HOST_REPORTED.get(pair, (np.nan, "")) for pair in zip(matrix["home"], matrix["host"], strict=True)
    ]
    raw_negative = matrix["cdis_raw_usd_mn"] < 0
    return pd.DataFrame(
        {
            "owner": matrix["home"],
            "host": matrix["host"],
            "stock_usd_m": value,
            "low": value / spread,
            "high": value * spread,
            "year": 2021,
            "source_year": matrix["source_year"].astype("Int64"),
            "basis": basis,
            "source": "cdis",
            "other_value": [o[0] for o in other],
            "other_source": [o[1] for o in other],
            "note": np.where(raw_negative, "negative position set to zero", ""),
        }
    )
