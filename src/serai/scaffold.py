"""A study of any region, made from the packaged tables: economies and partners in, a folder out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from serai.atlas import Atlas, load, reconcile
from serai.atlas.load import HERE
from serai.atlas.wider import known_economies, missing_data, open_out, wider
from serai.errors import Problem, Problems, suggestion
from serai.records.base import alpha2
from serai.scenario.evaluate import check_names
from serai.study import empty_folder, read_study, study_id

GROUPS = {
    "EUU": ("EU", "European Union", "eu27"),
    "EU": ("EU", "European Union", "eu27"),
    "ASEAN": ("ASEAN", "ASEAN", "asean"),
}
"""What may stand for a group of economies as a partner -> its id, its name, the group of the atlas."""
FEWEST = 2
DIGITS = "%.7g"


@dataclass(frozen=True, slots=True)
class Outside:
    """One partner: its id, its name, and the codes or groups of the atlas behind it."""

    id: str
    name: str
    economies: tuple[str, ...]


def new_region(
    folder: Path, economies: Sequence[str], partners: Sequence[str], name: str | None = None
) -> Path:
    """Make a study folder for a region, with rungs, assumptions and a base year in which all have a name.

    Parameters
    ----------
    folder : where it goes; it does not exist yet or is empty.
    economies : three-letter codes, two or more: any that the packaged tables know, `known_economies`.
    partners : codes, or EUU for the European Union and ASEAN; the first is the lead.
    name : what sentences call the region; `the region` by default.

    Returns
    -------
    The folder. It holds study.toml, scenarios/*.toml and the tables that differ from the packaged ones.

    Raises
    ------
    InputError
        Codes that do not exist (with the nearest) or have no data (with what is missing), a partner inside
        the region, fewer than two economies, a base year that does not add up. Nothing is left behind.

    Examples
    --------
    >>> new_region(Path("mercosur"), ["ARG", "BRA", "PRY", "URY"], ["EUU", "CHN"])  # doctest: +SKIP
    """
    empty_folder(folder)
    region = tuple(code.strip().upper() for code in economies)
    outside = _partners(partners, region)
    _check(region, outside)
    atlas = load()
    named = [code for code in (*region, *(c for p in outside for c in p.economies)) if code in wider().codes]
    tables = open_out(atlas, named, region)
    staging = folder.parent / f".{folder.name}.part"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        for file, text in _files(folder.name, region, outside, name, atlas, tables).items():
            (staging / file).parent.mkdir(parents=True, exist_ok=True)
            (staging / file).write_text(text, encoding="utf-8")
        (staging / "tables").mkdir()
        for table, rows in tables.items():
            rows.to_csv(
                staging / "tables" / f"{table}.csv", index=False, lineterminator="\n", float_format=DIGITS
            )
        made = read_study(staging)
        base = load(made.tables)
        check_names(made, base)
        reconcile(base)
        if folder.exists():
            folder.rmdir()
        staging.rename(folder)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return folder


def _partners(words: Sequence[str], region: Sequence[str]) -> list[Outside]:
    """Each word as a partner; of a group the members of the region are left out, and its name says so."""
    atlas, found = load(), []
    names = known_economies()
    for word in (word.strip().upper() for word in words):
        if word not in GROUPS:
            found.append(Outside(word, names.get(word, word), (word,)))
            continue
        key, title, group = GROUPS[word]
        members = atlas.group(group)
        others = tuple(code for code in members if code not in region)
        whole = len(others) == len(members)
        found.append(
            Outside(key, title if whole else f"{title}, other members", (group,) if whole else others)
        )
    return found


def _check(region: Sequence[str], outside: Sequence[Outside]) -> None:
    """Every problem with the codes at once."""
    problems = Problems()
    if len(region) < FEWEST:
        problems.add(
            "a region needs two economies or more",
            "Give codes with commas.",
            field="economies",
            value=",".join(region),
        )
    if not outside:
        problems.add("a study needs a partner", "Give codes; the first is the lead.", field="partners")
    singles = [p.id for p in outside if p.economies == (p.id,)]
    for field, codes in (("economies", region), ("partners", singles)):
        beside = list(load().economies)
        for code in dict.fromkeys(codes):
            problems.extend(_of_code(field, code, beside))
        for code in sorted({code for code in codes if list(codes).count(code) > 1}):
            problems.add(f"{code} is named twice", "Name it once.", field=field, value=code)
    for code in singles:
        if code in region:
            remedy = "A partner stands outside the region: leave it in one of them."
            problems.add(f"{code} is in the region and a partner", remedy, field="partners", value=code)
    problems.raise_if_any()


def _of_code(field: str, code: str, beside: Iterable[str]) -> list[Problem]:
    """What is wrong with one code: it does not exist, or too little is known of it."""
    names = known_economies()
    if code not in names:
        if alpha2(code) is not None:
            reason = f"{code} has no data: output and goods trade of 2023 are missing"
            return [Problem(reason, "Leave it out; the rest of the world holds it.", field=field, value=code)]
        near = suggestion(code, [*names, *GROUPS])
        return [Problem("there is no such economy", near, field=field, value=code)]
    if code not in wider().codes:
        return []
    lacks = missing_data(code, beside)
    if not lacks:
        return []
    reason = f"{code} has no data: {', '.join(lacks)} missing"
    return [Problem(reason, "Leave it out; the rest of the world holds it.", field=field, value=code)]


def _files(
    folder: str,
    region: Sequence[str],
    outside: Sequence[Outside],
    name: str | None,
    atlas: Atlas,
    tables: dict[str, pd.DataFrame],
) -> dict[str, str]:
    """The text of study.toml and of each scenario."""
    environment = Environment(
        loader=PackageLoader("serai", "studies/region"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["toml"] = lambda value: json.dumps(value, ensure_ascii=False)
    names = known_economies()
    opened = [names[code] for code in (*region, *(p.id for p in outside)) if code in wider().codes]
    network = not opened and set(region) <= _with_crossings()
    capital = any(code not in wider().codes for code in region)
    called = name or "the region"
    listed = _listing([names[code] for code in region])
    facts = {
        "id": study_id(folder),
        "title": name or listed,
        "name": called,
        "demonym": "regional",
        "question": f"What would deeper integration of {name or listed} be worth, and to whom?",
        "economies": list(region),
        "partners": outside,
        "outside": [code for partner in outside for code in partner.economies],
        "opened": opened,
        "network": network,
        "capital": capital,
        "below": "open" if network else "today",
        "agreements": _in_force(region, tables.get("agreements", atlas.table("agreements"))),
        "as_of": date.today().isoformat(),
    }
    wanted = ["study.toml", "scenarios/00_today.toml"]
    wanted += ["scenarios/10_faster.toml", "scenarios/20_open.toml"] if network else []
    wanted += [f"scenarios/{file}.toml" for file in ("30_agreement", "31_agreement_own", "40_partners")]
    if capital and not all(code in wider().codes for code in outside[0].economies):
        wanted += ["scenarios/50_lead.toml", "scenarios/51_lead_optimistic.toml"]
    return {file: environment.get_template(f"{file}.j2").render(**facts) for file in wanted}


def _listing(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _with_crossings() -> set[str]:
    """Economies with a border crossing on the packaged network."""
    table = pd.read_csv(HERE / "tables" / "crossings.csv", usecols=["exporter", "importer"])
    return {*table["exporter"], *table["importer"]}


def _in_force(region: Sequence[str], table: pd.DataFrame) -> list[dict[str, object]]:
    """Trade agreements on record between economies of the region."""
    rows = table[
        table["kind"].isin(["trade", "customs_union"]) & (table["on"] == 1) & table["member"].isin(region)
    ]
    return [
        {"key": key, "name": group["name"].iloc[0], "members": sorted(group["member"]), "union": union}
        for key, group in rows.groupby("agreement", sort=True)
        if len(group) >= FEWEST
        for union in [bool((group["kind"] == "customs_union").any())]
    ]
