"""What lies between two economies: distance, border, language, agreements."""

from __future__ import annotations

import numpy as np
import pandas as pd
from tools.build_atlas.common import CURATED, REST, Raw
from tools.build_atlas.economies import EU27

TIES = {"contig": "contiguity", "comlang_off": "common_language", "colony": "colony"}
LAST_YEAR = 2020
# Agreements that DESTA lists and that a later one, entered by hand, replaces or corrects.
REPLACED = {
    "54",
    "55",
    "58",
    "104",
    "191",
    "242",
    "244",
    "371",
    "434",
    "435",
    "717",
    "811",
    "997",
    "1040",
    "995",
}
MANY = 10  # an agreement that lists this many members of the EU counts for all 27


def pairs(raw: Raw) -> pd.DataFrame:
    """Every ordered pair of economies, the rest of the world by GDP-weighted means."""
    table = raw.distances
    weights = raw.gdp_2023[[c for c in raw.rest if (c, "KAZ") in table.index]]
    weights = weights / weights.sum()
    distance = table["distw"].unstack()
    inside, outside = raw.economies, list(weights.index)
    full = pd.DataFrame(index=raw.axis, columns=raw.axis, dtype=float)
    full.loc[inside, inside] = distance.loc[inside, inside]
    full.loc[inside, REST] = distance.loc[inside, outside].mul(weights, axis=1).sum(axis=1)
    full.loc[REST, inside] = distance.loc[outside, inside].mul(weights, axis=0).sum(axis=0)
    block = distance.loc[outside, outside].fillna(distance.loc[outside, outside].stack().median())
    full.loc[REST, REST] = float(weights @ block.to_numpy() @ weights)
    rows = []
    for origin in raw.axis:
        for destination in raw.axis:
            rest = REST in (origin, destination)
            ties = {
                new: 0 if rest else int(table.loc[(origin, destination), old]) for old, new in TIES.items()
            }
            rows.append(
                {
                    "origin": origin,
                    "destination": destination,
                    "distance_km": full.loc[origin, destination],
                    **ties,
                    "basis": "computed" if rest else "reported",
                    "source": "geodist",
                }
            )
    return pd.DataFrame(rows)


def agreements(raw: Raw) -> pd.DataFrame:
    """Agreement by member. `on` says whether the agreement counts as applied; a study can switch it."""
    curated = pd.read_csv(CURATED / "agreements.csv", keep_default_na=False)
    listed = curated.assign(member=curated["members"].str.split()).explode("member").drop(columns="members")
    listed["since"] = [_since(row) for row in listed.itertuples()]
    desta = pd.DataFrame(_desta(raw))
    table = pd.concat([listed, desta], ignore_index=True)
    table["since"] = table["since"].astype("Int64")
    columns = ["agreement", "name", "kind", "member", "status", "since", "on", "reason", "basis", "source"]
    table = table[table["member"].isin(raw.economies)][columns]
    return table.sort_values(["agreement", "member"]).reset_index(drop=True)


def _since(row: object) -> int | None:
    """The year of accession of a member where it differs from the agreement's: `KGZ:2015` in `later`."""
    later = dict(item.split(":") for item in str(row.later).split())
    year = later.get(row.member, row.since)
    return int(year) if str(year).strip() else None


def _desta(raw: Raw) -> list[dict[str, object]]:
    table = raw.csv("desta/DESTA_MEM.csv.gz", sep=";", dtype=str)
    members = [c for c in table.columns if c[0] == "c" and c[1:].isdigit()]
    codes = _numeric_codes(raw)
    year = pd.to_numeric(table["entryforceyear"], errors="coerce")
    table = table[table["entry_type"].isin(["base_treaty", "accession"]) & (year <= LAST_YEAR)]
    rows = []
    for treaty, parts in table.groupby("base_treaty", sort=True):
        base = parts[parts["entry_type"] == "base_treaty"]
        if treaty in REPLACED or base.empty:
            continue
        numbers = pd.unique(parts[members].to_numpy().ravel())
        inside = {codes[n] for n in numbers if isinstance(n, str) and n in codes}
        if len(inside & EU27) >= MANY:
            inside |= EU27
        if len(inside) < 2:
            continue
        rows += [
            {
                "agreement": f"desta_{treaty}",
                "name": base["name"].iloc[0],
                "kind": "trade",
                "member": member,
                "status": "member",
                "since": int(base["entryforceyear"].iloc[0]),
                "on": 1,
                "reason": "in force by 2020 as listed; later withdrawals are not known",
                "basis": "carried",
                "source": "desta",
            }
            for member in sorted(inside)
        ]
    return rows


def _numeric_codes(raw: Raw) -> dict[str, str]:
    qog = raw.csv("qog_wgi/qog_bas_cs_jan24.csv.gz", usecols=["ccode", "ccodealp"])
    table = {str(int(n)): a for n, a in zip(qog["ccode"], qog["ccodealp"], strict=True) if np.isfinite(n)}
    table |= {"344": "HKG", "158": "TWN"}
    return {number: code for number, code in table.items() if code in raw.economies}
