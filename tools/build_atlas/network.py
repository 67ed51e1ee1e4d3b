"""The corridor network: places, links, crossings, terminals, planned projects, and who trades from where.

The raw tables hold the region and its gates; `curated/network/` adds the rest of the world (coordinates of
well-known cities and ports, land links by great circle times the circuity measured in the region, sea lanes
drawn by hand) and says which link crosses which border.
"""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
from tools.build_atlas import osm_lines
from tools.build_atlas.common import CURATED, Raw
from tools.build_atlas.economies import EU27

FOLDER = CURATED / "network"
EARTH_KM = 6371.0088
CIRCUITY = {"rail": 1.18, "road": 1.13}  # medians of the links that were measured in the region
ISO3 = {
    "AF": "AFG", "AM": "ARM", "AZ": "AZE", "CN": "CHN", "DE": "DEU", "GE": "GEO", "HU": "HUN", "ID": "IDN",
    "IN": "IND", "IR": "IRN", "JP": "JPN", "KG": "KGZ", "KR": "KOR", "KZ": "KAZ", "MY": "MYS", "PH": "PHL",
    "PK": "PAK", "PL": "POL", "RO": "ROU", "RU": "RUS", "SG": "SGP", "TH": "THA", "TJ": "TJK", "TM": "TKM",
    "TR": "TUR", "UZ": "UZB", "VN": "VNM",
}  # fmt: skip
KINDS = {
    "logistics_hub": "logistics", "dry_port_bcp": "dry_port", "planned_hub": "logistics", "hub": "logistics",
    "planned_bcp": "border", "bcp_road": "border", "bcp_rail": "border", "bcp": "border",
    "planned_seaport": "seaport", "rail_gauge_change": "junction", "rail_junction": "junction",
}  # fmt: skip
GAUGES = {"TOR": "1435", "KBL": "1520", "KHL": "1520/1676", "NAJ": "1520/1435"}  # assumed for planned lines
TERMINALS_AT_BORDERS = {"HAI", "SKH", "AST_IR", "BRE"}
NO_TERMINAL = {"border", "junction", "sea_lane"}
RENAMED = {"TUR": "CRZ", "KOR": "KDY"}  # Turkmenabat and Korday: the raw codes are those of economies
REPLACED = {"rail:MOW-BRE", "rail:BRE-DUI", "rail:KAP-BUD", "rail:SEM-ALA", "road:URC-NZH"}
FERRY = "sea_caspian"
OPEN = "open"
PLACES = ["place", "name", "economy", "lat", "lon", "kind", "gauges", "status", "basis", "source", "note"]


def places(raw: Raw) -> pd.DataFrame:
    """Cities, ports, border posts and points at sea where lanes meet."""
    nodes = raw.csv("corridors/nodes.csv", keep_default_na=False)
    here = pd.DataFrame(
        {
            "place": nodes["id"].replace(RENAMED),
            "name": nodes["name"],
            "economy": nodes["iso2"].map(ISO3),
            "lat": nodes["lat"].astype(float),
            "lon": nodes["lon"].astype(float),
            "kind": nodes["type"].replace(KINDS),
            "gauges": [GAUGES.get(i, g) for i, g in zip(nodes["id"], nodes["rail_gauge_mm"], strict=True)],
            "status": nodes["status"],
            "source": "corridors",
            "note": "",
        }
    )
    far = pd.read_csv(FOLDER / "places.csv", keep_default_na=False).assign(source="serai")
    sea = pd.read_csv(FOLDER / "sea_points.csv").assign(kind="sea_lane", source="serai")
    table = pd.concat([here, far, sea], ignore_index=True).fillna("")
    table["kind"] = table["kind"].replace(KINDS)
    table["status"] = table["status"].replace("", "existing")
    table["basis"] = "assumed"
    used = _railway_places(raw)
    table["gauges"] = [
        g.replace("-", "") if p in used else "" for p, g in zip(table["place"], table["gauges"], strict=True)
    ]
    return table[PLACES]


def _railway_places(raw: Raw) -> set[str]:
    rail = pd.concat([_raw_links(raw), pd.read_csv(FOLDER / "links.csv")])
    rail = rail[rail["mode"] == "rail"]
    return {*rail["from"], *rail["to"]}


def _raw_links(raw: Raw) -> pd.DataFrame:
    """The raw links without the sea, which is drawn anew, and without those that were cut in two."""
    table = raw.csv("corridors/links.csv", keep_default_na=False)
    table["id"] = table["id"].str.removesuffix("*").str.replace(FERRY, "ferry")
    sea = (table["mode"] == "sea") & ~table["id"].str.startswith("ferry")
    table = table[~sea & ~table["id"].isin(REPLACED)].copy()
    table.loc[table["id"].str.startswith("ferry"), "mode"] = "ferry"
    for old, new in RENAMED.items():
        table["id"] = table["id"].str.replace(rf"\b{old}\b", new, regex=True)
        table[["from", "to"]] = table[["from", "to"]].replace(old, new)
    return table


def links(raw: Raw) -> pd.DataFrame:
    """Stretches of road, rail, sea and ferry between two places; each serves both directions."""
    at = places(raw).set_index("place")
    rows = [_raw_link(row) for _, row in _raw_links(raw).iterrows()]
    rows += [_far_link(row, at) for _, row in pd.read_csv(FOLDER / "links.csv").iterrows()]
    rows += [_lane(row, at) for _, row in pd.read_csv(FOLDER / "sea_lanes.csv").iterrows()]
    table = pd.DataFrame(rows)
    table["gauge"] = [
        _gauge(at, row.origin, row.destination) if row.mode == "rail" else np.nan
        for row in table.itertuples()
    ]
    crossing = {link: row.crossing for row in border_posts().itertuples() for link in row.links.split("|")}
    project, planned = _projects_of_links()
    table["crossing"] = [_crossing_of(row, crossing, at) for row in table.itertuples()]
    table["project"] = table["link"].map(project).fillna("")
    table["status"] = np.where(table["link"].isin(planned), "planned", "existing")
    table["gauge"] = table["gauge"].astype("Int64")
    _check_names(table, crossing, project)
    table["capacity_mt"] = [_capacity(link) for link in table["link"]]
    columns = "link mode origin destination km gauge capacity_mt status project crossing narrow basis source"
    return table[[*columns.split(), "url", "note"]].sort_values("link").reset_index(drop=True)


def _crossing_of(row: object, crossing: dict[str, str], at: pd.DataFrame) -> str:
    """The crossing of a link; `open` where two members of a union without controls meet."""
    sides = {str(at.loc[end, "economy"]) for end in (row.origin, row.destination)}
    if row.link in crossing:
        return crossing[row.link]
    if row.mode in ("sea", "ferry") or len(sides) == 1:
        return ""
    if sides <= set(EU27) or sides <= {"RUS", "BLR"}:
        return OPEN
    raise ValueError(f"{row.link} crosses a border and has no crossing")


def _check_names(table: pd.DataFrame, crossing: dict[str, str], project: dict[str, str]) -> None:
    known = set(table["link"])
    for kind, names in (("crossings", crossing), ("projects", project)):
        if missing := set(names) - known:
            raise ValueError(f"curated/network/{kind}.csv names links that do not exist: {sorted(missing)}")
    if not table["link"].is_unique:
        raise ValueError(f"links twice: {sorted(table['link'][table['link'].duplicated()])}")


def _capacity(link: str) -> float:
    """Limits that are published: Saryagash at full capacity, Baku-Tbilisi-Kars, the ports of the Caspian."""
    known = pd.read_csv(FOLDER / "capacities.csv").set_index("link")["capacity_mt"]
    return float(known.get(link, np.nan))


def _projects_of_links() -> tuple[dict[str, str], set[str]]:
    of: dict[str, str] = {}
    planned: set[str] = set()
    for row in pd.read_csv(FOLDER / "projects.csv").itertuples():
        for link in row.links.split("|"):
            of[link] = row.project
            if row.effect == "opens":
                planned.add(link)
    return of, planned


def _raw_link(row: pd.Series) -> dict[str, object]:
    method = row["km_method"]
    basis, source = {
        "network": ("computed", "osm_network"),
        "reported": ("reported", "corridors"),
        "great_circle": ("imputed", "corridors"),
        "fallback_circuity": ("imputed", "corridors"),
        "short_link": ("imputed", "corridors"),
    }[method]
    if "from memory" in row["source"] or "assumed" in row["source"]:
        basis = "assumed"
    url = next(iter(re.findall(r"https?://[^\s,;)]+", row["source"])), "")
    note = row["note"] if method != "fallback_circuity" else "great circle times median circuity"
    return {
        "link": row["id"],
        "mode": row["mode"],
        "origin": row["from"],
        "destination": row["to"],
        "km": float(row["km"]),
        "narrow": 0,
        "basis": basis,
        "source": source,
        "url": url,
        "note": note,
    }


def _far_link(row: pd.Series, at: pd.DataFrame) -> dict[str, object]:
    ends = row["from"], row["to"]
    given = np.isfinite(row["km"])
    km = row["km"] if given else CIRCUITY[row["mode"]] * great_circle_km(*_points(at, ends))
    note = "" if pd.isna(row["note"]) else row["note"]
    how = "" if given else "great circle times median circuity of the region"
    return {
        "link": f"{row['mode']}:{ends[0]}-{ends[1]}",
        "mode": row["mode"],
        "origin": ends[0],
        "destination": ends[1],
        "km": round(float(km)),
        "narrow": 0,
        "basis": "reported" if given else "imputed",
        "source": "corridors" if given else "serai",
        "url": "",
        "note": "; ".join(part for part in (how, note) if part),
    }


def _lane(row: pd.Series, at: pd.DataFrame) -> dict[str, object]:
    points = lane_points(row, at)
    km = sum(great_circle_km(a, b) for a, b in pairwise(points))
    return {
        "link": f"sea:{row['from']}-{row['to']}",
        "mode": "sea",
        "origin": row["from"],
        "destination": row["to"],
        "km": round(km),
        "narrow": int(row["narrow"]),
        "basis": "computed",
        "source": "serai",
        "url": "",
        "note": "along a lane drawn by hand",
    }


def lane_points(row: pd.Series, at: pd.DataFrame) -> list[tuple[float, float]]:
    """(lon, lat) of a sea lane from end to end, longitudes without jumps over the date line."""
    first, last = _points(at, (row["from"], row["to"]))
    between = [] if pd.isna(row["via"]) else [_pair(text) for text in str(row["via"]).split(";")]
    points = [first]
    for lon, lat in [*between, last]:
        turn = round((lon - points[-1][0]) / 360)
        points.append((lon - 360 * turn, lat))
    return points


def _pair(text: str) -> tuple[float, float]:
    lon, lat = text.split()
    return float(lon), float(lat)


def _points(at: pd.DataFrame, ends: tuple[str, str]) -> list[tuple[float, float]]:
    return [(float(at.loc[end, "lon"]), float(at.loc[end, "lat"])) for end in ends]


def great_circle_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    lon, lat = np.radians(np.array([a, b])).T
    h = np.sin((lat[1] - lat[0]) / 2) ** 2 + np.cos(lat).prod() * np.sin((lon[1] - lon[0]) / 2) ** 2
    return float(2 * EARTH_KM * np.arcsin(np.sqrt(h)))


def _gauge(at: pd.DataFrame, origin: str, destination: str) -> int:
    """The gauge that both ends have; where they share several, that of the first."""
    first, second = (str(at.loc[end, "gauges"]).split("/") for end in (origin, destination))
    shared = [gauge for gauge in first if gauge in second and gauge]
    if not shared:
        raise ValueError(f"{origin} and {destination} share no gauge")
    return int(shared[0])


def lines(raw: Raw) -> pd.DataFrame:
    """The line of each link, "lon lat" pairs: lanes as drawn, others from `osm_lines` or straight."""
    at, every = places(raw).set_index("place"), links(raw)
    lanes = {
        f"sea:{row['from']}-{row['to']}": lane_points(row, at)
        for _, row in pd.read_csv(FOLDER / "sea_lanes.csv").iterrows()
    }
    traced = osm_lines.trace(raw, every, at)
    rows = []
    for row in every.itertuples():
        straight = _points(at, (row.origin, row.destination))
        points = lanes.get(row.link) or traced.get(row.link) or straight
        source = "osm_network" if row.link in traced else "serai"
        basis = "computed" if row.link in traced else "assumed"
        text = ";".join(f"{lon:.2f} {lat:.2f}" for lon, lat in points)
        rows.append({"link": row.link, "line": text, "basis": basis, "source": source})
    return pd.DataFrame(rows)


def terminals(raw: Raw) -> pd.DataFrame:
    """Where goods change mode or gauge: hours and USD a tonne, the same both ways."""
    at, every = places(raw).set_index("place"), links(raw)
    hubs = set(economy_places()["place"])
    rules = pd.read_csv(FOLDER / "terminal_rules.csv", keep_default_na=False)
    known = pd.read_csv(FOLDER / "terminals_known.csv", keep_default_na=False).set_index(["place", "change"])
    rows = []
    for place, sides in _sides(every, hubs).items():
        kind = at.loc[place, "kind"]
        for first, second in combinations(sorted(sides), 2):
            change = "gauge" if first[0] == second[0] else f"{first[0]}-{second[0]}"
            if change != "gauge" and kind in NO_TERMINAL and place not in TERMINALS_AT_BORDERS | hubs:
                continue
            rule = rules[rules["change"] == change].iloc[0].to_dict()
            if (place, change) in known.index:
                rule |= {k: v for k, v in known.loc[(place, change)].to_dict().items() if v != ""}
            rows.append({"place": place, **_ends(first, second), **rule})
    columns = (
        "place from_mode from_gauge to_mode to_gauge hours hours_low hours_high usd_per_tonne containers"
    )
    table = pd.DataFrame(rows)[[*columns.split(), "basis", "source", "url", "note"]]
    for column in ("hours", "hours_low", "hours_high", "usd_per_tonne"):
        table[column] = table[column].astype(float)
    return table.sort_values(["place", "from_mode", "from_gauge", "to_mode", "to_gauge"]).reset_index(
        drop=True
    )


def _sides(every: pd.DataFrame, hubs: set[str]) -> dict[str, set[tuple[str, str]]]:
    """Place -> its (mode, gauge); where an economy trades from there is a road to the door."""
    sides: dict[str, set[tuple[str, str]]] = {}
    for row in every.itertuples():
        gauge = "" if pd.isna(row.gauge) else str(row.gauge)
        for end in (row.origin, row.destination):
            sides.setdefault(end, set()).add((row.mode, gauge))
    for place in hubs:
        sides[place].add(("road", ""))
    return sides


def _ends(first: tuple[str, str], second: tuple[str, str]) -> dict[str, str]:
    return {
        "from_mode": first[0],
        "from_gauge": first[1],
        "to_mode": second[0],
        "to_gauge": second[1],
    }


def haul_rates(raw: Raw) -> pd.DataFrame:
    """USD per tonne-km by economy and mode: the latest reported cost per 500 km and 20 t."""
    table = raw.csv("corridors/cpmm_country_tfi.csv", keep_default_na=False)
    table = table[table["iso2"] != "CAREC"].sort_values("year").drop_duplicates(["iso2", "mode"], keep="last")
    rates = pd.DataFrame(
        {
            "economy": table["iso2"].map(ISO3 | {"AF": "AFG"}),
            "mode": table["mode"],
            "usd_per_tonne_km": table["tfi3_usd_per_500km_20t"].astype(float) / (500 * 20),
            "year": table["year"],
            "basis": "reported",
            "source": "cpmm",
            "url": table["source"],
            "note": "payments at borders included",
        }
    )
    return rates.sort_values(["economy", "mode"]).reset_index(drop=True)


def economy_places() -> pd.DataFrame:
    """The places that stand for an economy, with weights that add up to 1."""
    table = pd.read_csv(FOLDER / "economy_places.csv", keep_default_na=False)
    table["weight"] = table["weight"].astype(float)
    return table.assign(basis="assumed", source="serai")[
        ["economy", "place", "weight", "basis", "source", "note"]
    ]


def projects(raw: Raw) -> pd.DataFrame:
    """Lines and ports that are planned or being built, with opening year, capacity and cost."""
    table = pd.read_csv(FOLDER / "projects.csv", keep_default_na=False)
    pages = raw.csv("corridors/projects.csv", keep_default_na=False).set_index("id")
    table["url"] = [pages.loc[i, "source"].split(" ; ")[0] for i in table["source_id"]]
    for column in ("capacity_mt", "capex_usd_m", "hours_left", "km_saved", "added_mt"):
        table[column] = pd.to_numeric(table[column])
    columns = "project name effect opening_year year_low year_high status capacity_mt capex_usd_m"
    columns += " hours_left km_saved added_mt"
    done = table["status"] == "done"
    table = table.assign(basis=np.where(done, "reported", "assumed"), source="corridors")
    return table[[*columns.split(), "basis", "source", "url", "note"]]


def corridors() -> pd.DataFrame:
    """Corridors by the crossings or links that make a route one of theirs."""
    table = pd.read_csv(FOLDER / "corridors.csv", keep_default_na=False).assign(
        basis="assumed", source="serai"
    )
    return table[["corridor", "name", "crossings", "links", "basis", "source", "note"]]


def cargo() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "cargo.csv", keep_default_na=False)


def pipelines() -> pd.DataFrame:
    """The part of goods that goes by pipeline or tanker, for economies that the table of sectors lumps."""
    return pd.read_csv(FOLDER / "pipelines.csv", keep_default_na=False)


def facts() -> pd.DataFrame:
    """What was published about the time that goods take, to calibrate on and to be compared with."""
    return pd.read_csv(FOLDER / "facts.csv", keep_default_na=False)


def border_posts() -> pd.DataFrame:
    """The crossings with the names of their posts in the corridor monitoring."""
    return pd.read_csv(FOLDER / "crossings.csv", keep_default_na=False)
