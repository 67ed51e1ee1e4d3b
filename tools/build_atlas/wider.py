"""The economies inside the rest of the world, one by one: a study of another region takes them out of it.

Goods are those of BACI 2023. A pair that BACI lacks is not zero: it is filled with a gravity estimate over
all pairs, and marked. Services, direct investment and remittances of these economies are not known pair by
pair.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd
from tools.build_atlas import economies, policy
from tools.build_atlas.common import REST, Raw
from tools.build_atlas.trade import SMALLEST_RATIO, Gravity

NAMES = {
    "CIV": "Côte d'Ivoire",
    "COD": "Congo, Democratic Republic",
    "COG": "Congo, Republic",
    "MAC": "Macao SAR",
    "STP": "São Tomé and Príncipe",
}
FIGURES = ("_gdp", "_capital", "_output_ratio", "_current_account", "_logistics", "_governance")


class WiderRaw(Raw):
    """The same raw files, with the members of the rest of the world as the economies."""

    @cached_property
    def economies(self) -> list[str]:
        return list(Raw(self.folder).rest)


class WholeRaw(Raw):
    """The same raw files, with every economy that has output and distances."""

    @cached_property
    def economies(self) -> list[str]:
        known = set(self.distances.index.get_level_values(0))
        return sorted(code for code in self.gdp_2023.index if code in known)


def build(raw: Raw) -> dict[str, pd.DataFrame]:
    """The four tables of the wider world."""
    return {
        "wider_figures": figures(raw),
        "wider_economies": names(raw),
        "wider_trade": trade(raw),
        "wider_pairs": pairs(raw),
        "wider_agreements": agreements(raw),
    }


def names(raw: Raw) -> pd.DataFrame:
    """Name and region of each."""
    listed = pd.read_json(raw.folder / "mledoze_countries/countries_min.json").set_index("iso3")
    own = raw.csv("baci2023_matrix/countries_gdp_2023.csv", keep_default_na=False).set_index("iso3")
    rows = [
        {
            "economy": code,
            "name": NAMES.get(code)
            or (listed["name"][code] if code in listed.index else own["CountryName"][code]),
            "region": listed["subregion"].get(code) or "Elsewhere",
            "basis": "reported",
            "source": "baci",
        }
        for code in raw.rest
    ]
    return pd.DataFrame(rows)


def figures(raw: Raw) -> pd.DataFrame:
    """The same figures as for the economies shown by name, as far as they are known."""
    wider = WiderRaw(raw.folder)
    rows: list[dict[str, object]] = []
    for build_one in FIGURES:
        rows += getattr(economies, build_one)(wider)
    rows += _population(wider)
    table = pd.DataFrame([row for row in rows if row["economy"] != REST])
    columns = ["variable", "economy", "value", "low", "high", "unit", "year", "basis", "source", "note"]
    return table[columns].sort_values(["variable", "economy"]).reset_index(drop=True)


def _population(raw: Raw) -> list[dict[str, object]]:
    qog = raw.csv("qog_wgi/qog_bas_cs_jan24.csv.gz", usecols=["ccodealp", "wdi_pop"])
    people = qog.dropna().drop_duplicates("ccodealp").set_index("ccodealp")["wdi_pop"] / 1e6
    rows = []
    for code in raw.economies:
        for source, table, year in (("qog", people, 2020), ("pwt", raw.pwt["pop"], 2019)):
            if code in table.index and np.isfinite(table[code]):
                rows.append(
                    economies._row("population", code, float(table[code]), "million", year, "carried", source)
                )
                break
    return rows


def pairs(raw: Raw) -> pd.DataFrame:
    """Distance and ties of each with every other economy, one row a pair."""
    table = raw.distances
    everyone = sorted({*raw.economies, *raw.rest})
    rows = []
    for origin in raw.rest:
        for destination in everyone:
            again = destination in raw.rest and destination < origin
            if again or (origin, destination) not in table.index:
                continue
            ties = table.loc[(origin, destination)]
            rows.append(
                {
                    "origin": origin,
                    "destination": destination,
                    "distance_km": float(ties["distw"]),
                    **{new: int(ties[old]) for old, new in policy.TIES.items()},
                    "basis": "reported",
                    "source": "geodist",
                }
            )
    found = pd.DataFrame(rows)
    return found[found["distance_km"].notna()].reset_index(drop=True)


def trade(raw: Raw) -> pd.DataFrame:
    """Goods with every other economy, both ways."""
    table = raw.csv("baci2023_matrix/baci_hs22_2023_totals.csv.gz", keep_default_na=False)
    known = table.set_index(["iso_o", "iso_d"])["export_kusd"].astype(float) / 1e3
    whole = WholeRaw(raw.folder)
    wider = set(raw.rest)
    seen = known[[w in wider or d in wider for w, d in known.index]]
    rows = pd.DataFrame(
        {
            "exporter": seen.index.get_level_values(0),
            "importer": seen.index.get_level_values(1),
            "value_usd_m": seen.to_numpy(),
            "low": np.nan,
            "high": np.nan,
            "basis": "reported",
            "source": "baci",
        }
    )
    filled = _fills(whole, known, wider)
    return pd.concat([rows, filled]).sort_values(["exporter", "importer"]).reset_index(drop=True)


def _fills(raw: Raw, known: pd.Series, wider: set[str]) -> pd.DataFrame:
    """Pairs that BACI lacks: the fit times the 10th, 50th and 90th percentile of observed over fitted among
    the pairs with the nearest fit."""
    gravity = Gravity(raw, known)
    codes = np.array(gravity.codes)
    inside = np.isin(codes, sorted(wider))
    absent = ~gravity.mask & (inside[:, None] | inside[None, :]) & ~np.eye(len(codes), dtype=bool)
    fit = np.log(gravity.fitted[gravity.mask])
    order = np.argsort(fit, kind="stable")
    ratio = np.maximum(gravity.observed / gravity.fitted[gravity.mask], SMALLEST_RATIO)[order]
    wanted = gravity.fitted[absent]
    near = np.searchsorted(fit[order], np.log(wanted)) - gravity.neighbours // 2
    start = np.clip(near, 0, len(fit) - gravity.neighbours)
    cut = np.quantile(
        np.lib.stride_tricks.sliding_window_view(ratio, gravity.neighbours), [0.1, 0.5, 0.9], axis=1
    )
    first, second = np.nonzero(absent)
    low, middle, high = wanted * cut[:, start]
    return pd.DataFrame(
        {
            "exporter": codes[first],
            "importer": codes[second],
            "value_usd_m": middle,
            "low": low,
            "high": high,
            "basis": "imputed",
            "source": "serai",
        }
    )


def agreements(raw: Raw) -> pd.DataFrame:
    """Agreements in which one of them is a member: one row an agreement, all members in a cell."""
    whole = WholeRaw(raw.folder)
    listed = policy.agreements(whole)
    wider = set(raw.rest)
    rows = []
    for key, group in listed.groupby("agreement", sort=True):
        members = sorted(group["member"])
        if not wider & set(members) or str(key).startswith("wto"):
            continue
        first = group.iloc[0]
        rows.append(
            {"agreement": key, **first[["name", "kind", "status", "since", "on", "reason"]].to_dict()}
            | {"members": " ".join(members), "basis": first["basis"], "source": first["source"]}
        )
    return pd.DataFrame(rows)
