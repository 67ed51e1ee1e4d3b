"""Derive the study's answers and project sizes from the pipeline's rows.

    python tools/build_answers.py ../shared/data/pipeline/projects.csv

Writes `answers.csv` and `sizes.csv` into the study. An answer is written only where the row itself says it,
and names the row, the fields and the address. What a row leaves open stays open: no sector typically having
an assessment, no financier typically asking for one, makes an answer here.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

STUDY = Path(__file__).resolve().parent.parent / "src" / "serai" / "studies" / "tokyo"
READ_ON = "2026-11-22"
COPIES = ("squidsite02.com", "tsdianying02.cn", "boasorte.bizwww.theasset.com", "daily8.com")
"""Sites that copy news pages of others; the original address is still to be found."""
Row = Mapping[str, str]
Found = tuple[float, str, str]
"""An answer's value, its finding and its note."""

ANSWER_FIELDS = ("project", "question", "low", "high", "evidence", "url", "dated", "grade", "finding", "note")
SIZE_FIELDS = (
    "project", "reference_class", "capacity_mw", "energy_gwh", "length_km", "people", "schooling", "scopes",
    "intermediary", "note",
)  # fmt: skip

CLASSES = {
    "transmission": """
        uz-distribution-pforr ca-caspian-green-corridor ca-casa-1000 tj-grid-reconnection
        tj-dushanbe-substation tm-grid-strengthening
    """,
    "buildings": """
        uz-clean-energy-buildings kz-border-checkpoints-37 uz-ptc-tashkent-logistics
        uz-dpworld-tashkent tm-turgundi-dryport ca-central-asia-industrial-centre uz-adb-skills
        tm-nursing-college kz-data-center-valley uz-datavolt-tas1 uz-datavolt-bukhara
        uz-datavolt-programme uz-isdb-smarted uz-renewables-training-centre kg-grid-training-centre
    """,
    "oil_gas": """
        uz-green-hydrogen-chirchik-p1 tm-kiyanly-urea tm-kiyanly-polymer tm-gas-to-gasoline-2
    """,
    "solar": """
        tj-masdar-renewables tm-hybrid-altyn-asyr
    """,
    "wind": """
        kg-shenzhen-solar-wind
    """,
    "nuclear": """
        uz-jizzakh-npp
    """,
    "tunnels": """
        uz-takhtakaracha-tunnel kg-bishkek-osh-tunnel
    """,
    "bridges": """
        kg-naryn-bridge
    """,
    "soft": """
        kz-aktau-customs-xray tj-spitamen-rail-xray kg-airport-atc uz-ktx-trains kg-bishkek-bus-ebrd
        kz-japan-medical-grant kg-tertiary-hospitals kg-hospital-equipment-2025
        kg-japan-irrigation-equipment uz-aral-afforestation kz-medical-isotopes ca-adb-build-bcp
    """,
}
"""Projects whose description says more than their sector: what is built or bought decides the class."""

WORKS = ("energy", "transport", "waterAndWaste", "naturalResources", "communications", "health")
PROMISES = re.compile(r"expected|discuss|interest|advis|study|intends|named as|considered|negotiation", re.I)


def main(pipeline: Path, folder: Path = STUDY) -> None:
    """Write both tables."""
    rows = list(_rows(pipeline))
    for name, text in (("answers.csv", answers_text(rows)), ("sizes.csv", sizes_text(rows))):
        (folder / name).write_text(text, encoding="utf-8")


def answers_text(rows: list[tuple[int, Row]]) -> str:
    """The table of answers, in the order of the pipeline and of the rules below."""
    return _csv(ANSWER_FIELDS, (answer for line, row in rows for answer in _answers(line, row)))


def sizes_text(rows: list[tuple[int, Row]]) -> str:
    """The table of sizes and reference classes."""
    return _csv(SIZE_FIELDS, (_sizes(row) for _, row in rows))


def _rows(pipeline: Path) -> Iterator[tuple[int, Row]]:
    reader = csv.DictReader(io.StringIO(pipeline.read_text(encoding="utf-8"), newline=""))
    for row in reader:
        yield reader.line_num, row


def _answers(line: int, row: Row) -> Iterator[tuple[object, ...]]:
    for question, (fields, rule) in RULES.items():
        found = rule(row)
        if found is None:
            continue
        value, finding, note = found
        dated = row["source_date"] or READ_ON
        if not row["source_date"]:
            note = "; ".join(filter(None, (note, "page undated, date of reading")))
        if any(site in row["source_url"] for site in COPIES):
            note = "; ".join(filter(None, (note, "an address is a copy of a news page")))
        evidence = f"projects.csv row {line}: {', '.join(fields)}"
        yield (row["id"], question, f"{value:g}", f"{value:g}", evidence, row["source_url"], dated,
               row["confidence"], finding, note)  # fmt: skip


def _says(field: str) -> Callable[[Row], Found | None]:
    return lambda row: (1, "", "") if row[field].strip() else None


def _subsector(row: Row) -> Found | None:
    return (1, row["sector"], "") if "." in row["sector"] else None


def _location(row: Row) -> Found | None:
    return (0.5, row["countries"], "country only") if row["countries"] else None


def _owner(row: Row) -> Found | None:
    if not row["sponsor"]:
        return None
    if re.match(r"Governments? of ", row["sponsor"]):
        return (0.5, row["sponsor"], "a government; the department is not named")
    return (1, row["sponsor"], "")


def _funding(row: Row) -> Found | None:
    if not row["financiers"]:
        return None
    firm = [part for part in row["financiers"].split(";") if not PROMISES.search(part)]
    if any(re.search(r"\d", part) for part in firm):
        return (1, row["financiers"], "")
    return (0.5, row["financiers"], "names without amounts" if firm else "not committed")


def _stage_funding(row: Row) -> Found | None:
    found = _funding(row)
    return (0.5, "", "implementation only") if found is not None and found[0] == 1 else None


def _budget(row: Row) -> Found | None:
    if not row["cost_usd_m"]:
        return None
    whole = row["cost_basis"] == "total"
    return (1 if whole else 0.5, row["cost_original"], "" if whole else f"the amount is {row['cost_basis']}")


def _stage_budget(row: Row) -> Found | None:
    whole = row["cost_usd_m"] and row["cost_basis"] == "total"
    return (0.5, row["cost_original"], "implementation only") if whole else None


def _approval(row: Row) -> Found | None:
    match = re.search(r"approv(?:al|ed)(?: of)? (?:[A-Z][a-z]+ )?20\d\d", row["cost_note"], re.I)
    return (0.5, match.group(0), "approval by the lender") if match else None


def _scope(row: Row) -> Found | None:
    text = row["capacity_effect"]
    return (1 if re.search(r"\d", text) else 0.5, text, "") if text else None


def _period(row: Row) -> Found | None:
    begun = row["status"] in ("implementation", "completion") and row["start_year"] and row["end_year"]
    return (0.5, f"{row['start_year']} to {row['end_year']}", "years only") if begun else None


def _completed_cost(row: Row) -> Found | None:
    done = row["status"] == "completion" and row["cost_basis"] == "total" and row["cost_usd_m"]
    return (1, row["cost_original"], "") if done else None


def _end(row: Row) -> Found | None:
    return (1, row["end_year"], "year only") if row["end_year"] else None


def _contractor(row: Row) -> Found | None:
    if row["japan_role"] != "contractor" or not row["japan_link"]:
        return None
    named = "not named" not in row["japan_link"]
    return (1 if named else 0.5, row["japan_link"], "" if named else "firms not named")


def _procurement(row: Row) -> Found | None:
    match = re.search(
        r"\buntied\b|STEP terms|\btied\b|in tender", row["cost_note"] + " " + row["description"]
    )
    return (0.5, match.group(0), "condition of procurement, not the method") if match else None


def _sources(row: Row) -> Found | None:
    hosts = sorted({urlsplit(url.strip()).netloc for url in row["source_url"].split(" ; ")})
    return (1, str(len(hosts)), "") if len(hosts) > 1 else None


def _people(row: Row) -> Found | None:
    match = re.search(r"[\d,]+ (?:people|places|children|schools)", row["capacity_effect"])
    return (1, match.group(0), "") if match else None


def _skills(row: Row) -> Found | None:
    text = f"{row['name']} {row['description']}"
    match = re.search(
        r"staff training|teacher training|technical training|training centres?|curricul\w+", text
    )
    return (1, match.group(0), "") if match else None


def _climate(row: Row) -> Found | None:
    match = re.search(r"climate-proof", row["description"], re.I)
    return (0.5, match.group(0), "named, not described") if match else None


RULES: dict[str, tuple[tuple[str, ...], Callable[[Row], Found | None]]] = {
    "project_name": (("name",), _says("name")),
    "project_description": (("description",), _says("description")),
    "sector": (("sector",), _says("sector")),
    "subsector": (("sector",), _subsector),
    "project_location": (("countries",), _location),
    "project_status_current": (("status",), _says("status")),
    "project_owner": (("sponsor",), _owner),
    "independent_sources": (("source_url",), _sources),
    "funding_sources": (("financiers",), _funding),
    "funding_source_for_preparation_implementation_and_maintenance": (("financiers",), _stage_funding),
    "project_budget": (("cost_usd_m", "cost_basis"), _budget),
    "budget_for_preparation_implementation_and_maintenance": (("cost_usd_m", "cost_basis"), _stage_budget),
    "project_budget_approval_date": (("cost_note",), _approval),
    "project_scope_main_output": (("capacity_effect",), _scope),
    "number_of_beneficiaries": (("capacity_effect",), _people),
    "capacity_transfer": (("name", "description"), _skills),
    "climate_measures": (("description",), _climate),
    "completion_date": (("end_year",), _end),
    "contract_start_date_and_contract_period_duration": (("start_year", "end_year"), _period),
    "contract_firm_s": (("japan_link", "japan_role"), _contractor),
    "procurement_process": (("cost_note", "description"), _procurement),
    "project_completion_cost": (("cost_usd_m", "cost_basis"), _completed_cost),
}
"""Question -> the fields of the row that answer it, and how."""


def _sizes(row: Row) -> tuple[object, ...]:
    given = [kind for kind, projects in CLASSES.items() if row["id"] in projects.split()]
    kind, text, sector = given[0] if given else "", row["capacity_effect"], row["sector"]
    shared = text.startswith("part of") or "to complete" in row["cost_note"]
    power = sector.startswith("energy") and kind != "transmission" and not shared
    line = sector.startswith(("transport.ro", "transport.ra", "transport.urban")) or kind == "transmission"
    people = re.match(r"([\d,]+) (?:people|places)", text) if sector == "education" else None
    scopes = ["works"] if sector.startswith(WORKS) else []
    if "GCF" in row["financiers"] or "Green Climate Fund" in row["financiers"] + row["sponsor"]:
        scopes.append("climate_finance")
    lent_on = re.search(r"on-lending|credit lines|wholesale lending", row["description"], re.I)
    return (
        row["id"], kind,
        _amount(r"^([\d,.]+) MW\b", text) if power else "",
        _energy(text) if power else "",
        _amount(r"^([\d,.]+) km\b", text) if line else "",
        people.group(1).replace(",", "") if people else "",
        ("degree" if "places" in text else "course") if people else "",
        ";".join(scopes), "yes" if lent_on else "",
        "the published size is not that of the published cost" if shared else "",
    )  # fmt: skip


def _amount(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match.group(1).replace(",", "") if match else ""


def _energy(text: str) -> str:
    match = re.search(r"(>?)([\d.,]+) ([GT])Wh/yr", text)
    if match is None or match.group(1):
        return ""
    value = float(match.group(2).replace(",", "")) * (1000 if match.group(3) == "T" else 1)
    return f"{value:g}"


def _csv(fields: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(fields)
    writer.writerows(rows)
    return out.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
