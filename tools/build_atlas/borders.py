"""Border hours, transfers, re-exports and the parameters of the world."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from tools.build_atlas.common import CURATED, Raw
from tools.build_atlas.economies import rest_gdp

ISO2 = {
    "AF": "AFG",
    "AZ": "AZE",
    "CN": "CHN",
    "GE": "GEO",
    "KG": "KGZ",
    "KZ": "KAZ",
    "MN": "MNG",
    "PK": "PAK",
    "TJ": "TJK",
    "TM": "TKM",
    "UZ": "UZB",
}
HOURS = [
    "economy",
    "place",
    "mode",
    "direction",
    "year",
    "hours",
    "cost_usd",
    "basis",
    "source",
    "url",
    "note",
]
# 'x h in 2021', '25.8 in 2021, 2.4 in 2020', '57.2 (2021)', '77.5 h / $5809 in 2021', '9.9 in 2021'
EARLIER = re.compile(r"(\d+(?:\.\d+)?)\s*(?:h)?(?:\s*/\s*\$(\d+(?:\.\d+)?))?\s*(?:in |\()(\d{4})")


def hours(raw: Raw) -> pd.DataFrame:
    """Hours and money that one crossing takes, as the corridor monitoring reports them."""
    crossings = raw.csv("corridors/border_crossings.csv", keep_default_na=False)
    rows = [row for _, crossing in crossings.iterrows() for row in _crossing(crossing)]
    averages = raw.csv("corridors/cpmm_country_tfi.csv", keep_default_na=False)
    rows += [
        _hours(
            a["iso2"],
            "all crossings",
            a["mode"],
            "all",
            a["year"],
            a["tfi1_hours"],
            a["tfi2_usd"],
            a["source"],
            "",
        )
        for _, a in averages.iterrows()
    ]
    table = pd.DataFrame(rows, columns=HOURS)
    table = table[table["hours"].notna() | table["cost_usd"].notna()]
    table = table.drop_duplicates(["economy", "place", "mode", "direction", "year"])
    order = ["economy", "place", "mode", "direction", "year"]
    return table.sort_values(order).reset_index(drop=True)


def _crossing(crossing: pd.Series) -> list[dict[str, object]]:
    place = crossing["name"]
    if "average" in place:
        place = "all crossings"
    common = (crossing["iso2_side"], place, crossing["mode"], crossing["direction"])
    now = _hours(
        *common,
        crossing["year"],
        crossing["hours"],
        crossing["cost_usd"],
        crossing["source"],
        crossing["note"],
    )
    earlier = [
        _hours(*common, year, value, cost, crossing["source"], "year before, printed on the same page")
        for value, cost, year in EARLIER.findall(crossing["note"])
        if year != str(crossing["year"])
    ]
    return [now, *earlier]


def _hours(
    iso2: str,
    place: str,
    mode: str,
    direction: str,
    year: object,
    value: object,
    cost: object,
    url: str,
    note: str,
) -> dict[str, object]:
    return {
        "economy": ISO2.get(iso2, "CAREC"),
        "place": place,
        "mode": mode,
        "direction": direction,
        "year": int(str(year)),
        "hours": _number(value),
        "cost_usd": _number(cost),
        "basis": "reported",
        "source": "cpmm",
        "url": url,
        "note": note,
    }


def _number(value: object) -> float:
    return float(str(value)) if str(value).strip() else np.nan


def transfers(raw: Raw) -> pd.DataFrame:
    """Remittances and official transfers from payer to recipient.

    What does not come from Russia is spread over the other economies by GDP, which is assumed.
    """
    shares = pd.read_csv(CURATED / "remittances.csv")
    gdp = raw.gdp_2023[raw.economies].copy()
    gdp["ROW"] = rest_gdp(raw)
    rows: list[dict[str, object]] = []
    for row in shares.itertuples():
        total = np.array([row.share_of_gdp, row.low, row.high]) * raw.gdp_2023[row.recipient]
        if row.russia > 0:
            part = total * [row.russia, row.russia_low, row.russia_high]
            rows.append(_transfer("RUS", row, part))
        others = gdp.drop([row.recipient, *(["RUS"] if row.russia > 0 else [])])
        others = others / others.sum()
        rest = total * [
            1 - row.russia,
            1 - (row.russia_high if row.russia else 0),
            1 - (row.russia_low if row.russia else 0),
        ]
        for payer, weight in others.items():
            rows.append(_transfer(str(payer), row, rest * weight, basis="assumed"))
    table = pd.DataFrame(rows)
    return table.sort_values(["recipient", "payer"]).reset_index(drop=True)


def _transfer(payer: str, row: object, amounts: np.ndarray, basis: str | None = None) -> dict[str, object]:
    return {
        "payer": payer,
        "recipient": row.recipient,
        "kind": row.kind,
        "value_usd_m": amounts[0],
        "low": amounts[1],
        "high": amounts[2],
        "year": 2023,
        "basis": basis or row.basis,
        "source": row.source,
        "note": row.note if basis is None else "payer not reported: spread by GDP",
    }


def reexports() -> pd.DataFrame:
    return pd.read_csv(CURATED / "reexports.csv")


def parameters(computed: list[dict[str, object]]) -> pd.DataFrame:
    stated = pd.read_csv(CURATED / "parameters.csv")
    table = pd.concat([stated, pd.DataFrame(computed)], ignore_index=True)
    for column in ("value", "low", "high", "coverage"):
        table[column] = table[column].astype(float)
    table["note"] = table["note"].fillna("")
    return table
