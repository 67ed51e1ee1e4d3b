"""Derive the ledger and project files of the reference study from the raw figures, with every edit noted.

    python tools/build_study.py [RAW_FOLDER] [OUT_FOLDER]

Raw rows are put into our schema; `tools/study_edits/` holds the corrections (each with its note), the rows
that were added, and what the raw files do not have: formats, meetings, reports, assessments, milestones.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from serai.broker.ties import Tie
from serai.exchange.cells import read_row
from serai.exchange.csv import read_csv, write_csv
from serai.exchange.groups import groups_of
from serai.records import (
    Assessment,
    Commitment,
    Financier,
    Financing,
    Format,
    Meeting,
    Milestone,
    Project,
    Record,
    Report,
    Transaction,
)

ROOT = Path(__file__).resolve().parent.parent
EDITS = Path(__file__).resolve().parent / "study_edits"
STUDY = ROOT / "src" / "serai" / "studies" / "tokyo"
R = TypeVar("R", bound=Record)
Row = dict[str, str]

CODES = {"CA": "C5", "JP": "JPN", "US": "USA", "CN": "CHN", "RU": "RUS", "IN": "IND"}
AREAS = {
    "green_resilience": "green",
    "green": "green",
    "human_capital": "people",
    "connectivity": "connectivity",
}
PARTIES = {"CN": "China", "KGZ": "Kyrgyzstan", "UZB": "Uzbekistan"}
PARTNERS = {
    "JP": "JPN",
    "EU": "EU",
    "US": "USA",
    "CN": "CHN",
    "RU": "RUS",
    "KR": "KOR",
    "IN": "IND",
    "GC": "GCC",
}
MIRRORS = ("squidsite02.com", "tsdianying02.cn", "boasorte.bizwww.theasset.com", "daily8.com")
FINANCIERS = {
    "JBIC": "jbic",
    "NEXI": "nexi",
    "JICA": "jica-loan",
    "MOFA/JICA grant": "jp-grant",
    "MOFA grant": "jp-grant",
    "JICA/MOFA grant": "jp-grant",
    "ADB": "adb",
    "EBRD": "ebrd",
    "World Bank": "world-bank",
    "World Bank/IDA": "world-bank",
    "AIIB": "aiib",
    "IsDB": "isdb",
    "EIB": "eib",
    "EDB": "edb",
    "IFC": "ifc",
    "GCF": "gcf",
    "OPEC Fund": "opec-fund",
    "Saudi Fund": "saudi-fund",
    "Abu Dhabi Fund for Development": "adfd",
    "KfW": "kfw",
    "KfW IPEX": "kfw",
    "Korea EDCF": "kexim-edcf",
    "US EXIM": "us-exim",
    "China Development Bank + China Exim": "china-cdb-exim",
    "China Exim": "china-cdb-exim",
    "SMBC": "jp-private-banks",
    "Norinchukin": "jp-private-banks",
    "DEG": "deg-proparco",
    "Proparco": "deg-proparco",
}
DISCUSSED = ("interest", "expected", "discuss", "intend", "plan", "negotiation", "considered", "preparation")
DISCUSSED += ("study", "advis", "stakeholder", "mention", "letter of interest")


def main() -> None:
    raw = Path(
        sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SERAI_DATA", ROOT.parent / "shared" / "data")
    )
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else STUDY
    build(raw, out)


def build(raw: Path, out: Path) -> None:
    """Write every file of the study that this tool owns."""
    projects = rows(raw / "pipeline" / "projects.csv")
    write_csv(out / "commitments.csv", commitments(rows(raw / "commitments" / "commitments.csv")), Commitment)
    write_csv(out / "projects.csv", made(Project, map(project, projects)), Project)
    write_csv(out / "financing.csv", made(Financing, (f for p in projects for f in financing(p))), Financing)
    write_csv(
        out / "financiers.csv",
        made(Financier, map(financier, rows(raw / "pipeline" / "financiers.csv"))),
        Financier,
    )
    loans = rows(raw / "public_claims_facts" / "jica_loans_sample.csv")
    write_csv(
        out / "transactions.csv", made(Transaction, map(loan, range(1, 1 + len(loans)), loans)), Transaction
    )
    links = rows(raw / "pipeline" / "asean_links.csv")
    write_csv(out / "ties.csv", made(Tie, map(tie, links)), Tie)
    write_rows(out / "rates.csv", "quote when value low high basis source", rates(raw))
    write_rows(out / "prices.csv", "year index basis source", prices(raw))
    for name, model in (
        ("formats", Format),
        ("meetings", Meeting),
        ("reports", Report),
        ("assessments", Assessment),
        ("milestones", Milestone),
    ):
        write_csv(out / f"{name}.csv", read_csv(EDITS / f"{name}.csv", model), model)


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def made(model: type[R], cells: Iterable[Row]) -> list[R]:
    return [_one(model, row) for row in cells]


def _one(model: type[R], row: Row) -> R:
    record = read_row(model, row, file=model.__name__, row=row.get("id", "?"), groups=groups_of(STUDY))
    if isinstance(record, list):
        raise SystemExit("\n".join(map(str, record)))
    return record


def commitments(raw: list[Row]) -> list[Commitment]:
    """Raw rows in our schema, corrected, with the added rows after the row they are part of."""
    table = {row["id"]: commitment(row) for row in raw}
    for edit in rows(EDITS / "commitments.csv"):
        row = table[edit["id"]]
        if edit["field"] != "note":
            row[edit["field"]] = edit["value"]
        row["note"] = " ".join(filter(None, (row.get("note", ""), edit["note"])))
    added = rows(EDITS / "commitments_added.csv")
    ordered = [row for key in table for row in (table[key], *(a for a in added if a["part_of"] == key))]
    return made(Commitment, ordered)


def commitment(row: Row) -> Row:
    starts, due, words = horizon(row["horizon"])
    money = row["kind"] != "count"
    return {
        "id": row["id"],
        "format": row["format"].removesuffix("/bilateral"),
        "date": row["date"],
        "level": {"stock": "leader"}.get(row["level"], row["level"]),
        "partner": PARTNERS[row["id"].split("-")[0]],
        "parties": "; ".join(PARTIES.get(name, name) for name in split(row["party"])),
        "direction": direction(row["direction"]),
        "summary": row["summary"],
        "areas": "; ".join(AREAS.get(area, area) for area in row["priority_area"].split("/")),
        "kind": row["kind"],
        "kind_reported": row["kind_as_reported"],
        "amount": row["amount"],
        "currency": row["currency"] if money else "",
        "unit": "" if money else row["currency"],
        "starts": starts,
        "due": due,
        "horizon": words,
        "countries": row["countries"],
        "status": row["status_evidence"],
        "grade": row["grade"],
        "part_of": row["part_of"],
        "overlaps": row["overlaps"],
        "sources": row["source"],
    }


def split(party: str) -> list[str]:
    if party == "EU (Team Europe)":
        return [party]
    return [name.removesuffix(" etc.").strip() for name in re.split(r"[+/]", party)]


def direction(text: str) -> str:
    if text == "joint" or text.startswith("->"):
        return "joint"
    return ">".join(CODES.get(side, side) for side in text.split("->"))


def horizon(text: str) -> tuple[str, str, str]:
    """Start, end, and the words where it is no date."""
    years = re.fullmatch(r"(\d{4})(-(\d{4})?)?", text)
    if years:
        start, dash, end = years.groups()
        return start, (end or "") if dash else start, ""
    return "", "", "" if text in ("open", "n/a", "stock") else text


def project(row: Row) -> Row:
    addresses = addresses_of(row["source_url"])
    mirrored = [name for name in MIRRORS if name in row["source_url"]]
    return {
        "id": row["id"],
        "title": row["name"],
        "description": row["description"],
        "status": row["status"],
        "sector": row["sector"],
        "serai/countries": row["countries"],
        "serai/area": row["area"],
        "serai/cost_usd_m": row["cost_usd_m"],
        "serai/cost_printed": row["cost_original"],
        "serai/cost_basis": row["cost_basis"],
        "serai/cost_note": row["cost_note"],
        "serai/start_year": row["start_year"],
        "serai/end_year": row["end_year"],
        "serai/sponsor": row["sponsor"],
        "serai/capacity": row["capacity_effect"],
        "serai/lead_link": row["japan_link"],
        "serai/lead_role": row["japan_role"],
        "serai/sources": "; ".join(addresses),
        "serai/source_date": row["source_date"],
        "serai/confidence": row["confidence"],
        "serai/use": row["study_use"],
        "serai/overlap_group": row["overlap_group"],
        "serai/note": "An address is a copy of a news page: replace it with the original."
        if mirrored
        else "",
    }


def addresses_of(text: str) -> list[str]:
    return [a for part in re.split(r"\s*;\s+|\s+;\s*", text) if (a := part.strip()).startswith("http")]


PARTS = {
    "NEXI cover about 425 (both plants)": [("nexi", "NEXI", "", "agreed")],
    "NEXI cover": [("nexi", "NEXI", "", "agreed")],
    "EBRD 141.6 + guaranteed 25": [("ebrd", "EBRD", "166.6", "agreed")],
    "Japan-EBRD Cooperation Fund and EBRD 3.9": [
        ("", "Japan-EBRD Cooperation Fund and EBRD", "3.9", "agreed")
    ],
    "Japan grant EUR 0.95 m (plan)": [("jp-grant", "Japan grant", "", "discussed")],
    "JBIC meetings mention it": [("jbic", "JBIC", "", "discussed")],
    "OPEC Fund/Kuwait/Abu Dhabi about 100": [("", "OPEC Fund, Kuwait and Abu Dhabi", "100", "agreed")],
}
"""Cells that do not read as `name amount`: financier, name, amount, state; the words are kept beside them."""


def financing(row: Row) -> list[Row]:
    """The financiers' cell of a project, a row each; what is not a plain `name amount` stays as printed."""
    parts = [part.strip() for part in re.split(r";\s*(?![^()]*\))", row["financiers"]) if part.strip()]
    found = [(part, read) for part in parts for read in PARTS.get(part) or [_part(part)]]
    return [
        {
            "project": row["id"],
            "financier": key,
            "name": name,
            "amount_usd_m": amount,
            "state": state,
            "printed": "" if part in (name, f"{name} {amount}") else part,
        }
        for part, (key, name, amount, state) in found
    ]


def _part(part: str) -> tuple[str, str, str, str]:
    plain = re.fullmatch(r"(.+?) (?:about )?(\d+(?:\.\d+)?)(?: \((.*)\))?", part)
    name = plain[1] if plain else re.sub(r"\s*(\(.*\)|about .*|considered|cover considered)$", "", part)
    amount = plain[2] if plain else ""
    text = part.lower()
    if "reported" in text:
        state = "reported"
    elif any(word in text for word in DISCUSSED):
        state = "discussed"
    else:
        state = "agreed" if amount else "named"
    return FINANCIERS.get(name, ""), name, amount, state


def financier(row: Row) -> Row:
    countries = re.findall(r"\b(?:KAZ|KGZ|TJK|TKM|UZB)\b", row["countries_eligible"])
    words = row["countries_eligible"] if re.search(r"[a-z]", row["countries_eligible"]) else ""
    return {
        "id": row["id"],
        "name": row["name"],
        "home": row["home"],
        "type": row["type"],
        "sectors": row["sectors"],
        "countries": "; ".join(dict.fromkeys(countries)),
        "instruments": row["instruments"],
        "ticket_min_usd_m": row["ticket_min_usd_m"],
        "ticket_max_usd_m": row["ticket_max_usd_m"],
        "ticket_basis": row["ticket_basis"],
        "annual_volume_usd_m": row["annual_volume_usd_m"],
        "annual_volume_basis": row["annual_volume_basis"],
        "annual_volume_note": row["annual_volume_note"],
        "pricing_note": row["pricing_note"],
        "pricing_basis": row["pricing_basis"],
        "eligibility": "; ".join(filter(None, (row["eligibility_basis"], words))),
        "sources": "; ".join(addresses_of(row["source_url"])),
    }


def loan(place: int, row: Row) -> Row:
    scale, currency = {"JPY bn": (10**9, "JPY"), "USD mn": (10**6, "USD")}[row["unit"]]
    year, *rest = row["signed"].split(" ", 1)
    return {
        "id": f"JICA-{place:02d}",
        "type": "2",
        "date": year,
        "amount": str(round(float(row["amount"]) * scale)),
        "currency": currency,
        "payer": "JICA",
        "payee": {"UZB": "Uzbekistan", "KGZ": "Kyrgyzstan"}[row["country"]],
        "flow_type": "10",
        "title": row["project"],
        "sources": row["url"],
        "note": "Date as told in an interview." if rest else "",
    }


TIE_KINDS = {"trade route": "logistics", "gap": "nothing_found"}
TIE_STATUS = {
    "project": "deal",
    "agreed": "deal",
    "signed": "agreement",
    "memorandum": "agreement",
    "proposal": "talks",
}
ON_SITE = {
    "AS-03": ("transport.air", ""),
    "AS-06": ("energy.solar", "kg-ysykkol1-solar"),
    "AS-07": ("energy", ""),
    "AS-08": ("energy", ""),
    "AS-17": ("transport.water", ""),
    "AS-19": ("economy", ""),
    "AS-20": ("economy", ""),
    "AS-21": ("communications", ""),
}
"""Sector (ours, from the words of the row) and project of the pipeline of what is a deal at one place."""


def tie(row: Row) -> Row:
    sector, key = ON_SITE.get(row["id"], ("", ""))
    _, _, end = row["date"].rpartition("-") if re.fullmatch(r"\d{4}-\d{4}", row["date"]) else ("", "", "")
    addresses = addresses_of(row["source_url"])
    return {
        "id": row["id"],
        "others": row["asean_iso3"].replace("ALL", "asean"),
        "hosts": row["ca_iso3"].replace("ALL", "region").replace(";", "; "),
        "kind": TIE_KINDS.get(row["kind"], row["kind"]),
        "fact": row["fact"],
        "value": row["value"],
        "unit": row["unit"],
        "date": end or row["date"],
        "status": TIE_STATUS.get(row["status"], row["status"]),
        "sector": sector,
        "project": key,
        "sources": "; ".join(addresses),
        "note": "" if addresses else row["source_url"],
    }


EWN = "External Wealth of Nations (Lane and Milesi-Ferretti), December 2022: period average"
EWN_ROWS = {"CHN": "CNY", "IND": "INR", "JPN": "JPY", "KAZ": "KZT", "KGZ": "KGS", "KOR": "KRW", "RUS": "RUB"}
EWN_ROWS |= {"TJK": "TJS", "TKM": "TMT", "UZB": "UZS"}


def rates(raw: Path) -> list[Row]:
    """Yearly averages 2004-2021 of the External Wealth of Nations, then `study_edits/rates.csv`."""
    found = []
    with gzip.open(raw / "ewn_2022" / "ewn_1970_2021.csv.gz", "rt", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            code, value = EWN_ROWS.get(row["iso3"]), row["Exchange rate (period avg)"]
            if row["Country"] == "Euro Area":
                code = "EUR"
            if code and value and int(row["Year"]) >= 2004:
                rate = {"quote": f"{code} per USD", "when": row["Year"], "value": f"{float(value):.6g}"}
                found.append(rate | {"basis": "published", "source": EWN})
    found += rows(EDITS / "rates.csv")
    return sorted(found, key=lambda rate: (re.sub("USD| per ", "", rate["quote"]), rate["when"]))


def prices(raw: Path) -> list[Row]:
    """The US GDP deflator, 2015 = 100: World Bank figures to 2023, then the growth given."""
    with gzip.open(raw / "wdi_gdp" / "wdi_gdp_current_usd.csv.gz", "rt", encoding="utf-8") as stream:
        current = {
            r["year"]: float(r["gdp_current_usd"])
            for r in csv.DictReader(stream)
            if r["Country Code"] == "USA"
        }
    constant = {
        row["Year"]: float(row["GDP_constant2015USD"])
        for row in rows(raw / "wdi_gdp" / "wdi_gdp_constant2015usd.csv")
        if row["CountryCode_ISO3"] == "USA"
    }
    level = {
        year: current[year] / constant[year]
        for year in sorted(current)
        if year >= "2000" and year in constant
    }
    scale = 100 / level["2015"]
    source = "World Bank WDI: GDP in current over constant 2015 USD, United States"
    found = [
        {"year": year, "index": f"{value * scale:.2f}", "basis": "computed", "source": source}
        for year, value in level.items()
    ]
    for row in rows(EDITS / "prices_growth.csv"):
        index = float(found[-1]["index"]) * (1 + float(row["growth_pct"]) / 100)
        found.append(
            {"year": row["year"], "index": f"{index:.2f}", "basis": row["basis"], "source": row["source"]}
        )
    return found


def write_rows(path: Path, header: str, found: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header.split(), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


if __name__ == "__main__":
    main()
