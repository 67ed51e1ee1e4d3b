"""The tables of the corridor network, read and checked.

Places and links make the map, crossings and terminals hold the time and money that is lost between links,
`economy_places` says where the goods of an economy start and end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from serai.atlas.load import HERE, table_paths
from serai.atlas.schema import NETWORK_TABLES, read_schema
from serai.atlas.validate import line_of, read_table
from serai.errors import Problems, suggestion
from serai.provenance import Source, read_cards, sha256
from serai.shown import Shown

OPEN = "open"  # a border between two members of a union without controls
LAND = ("road", "rail")
SUM_TO_ONE = 1e-6


@dataclass(frozen=True, eq=False)
class NetworkTables(Shown):
    """Places, links, crossings, terminals, projects, the places of each economy, cargo and published facts.

    Attributes
    ----------
    frames : table name -> data frame, as in the CSV, numbers as numbers.
    sources : source card by key.
    hashes : sha256 of the bytes of each table.
    files : where each table was read.
    """

    frames: dict[str, pd.DataFrame]
    sources: dict[str, Source]
    hashes: dict[str, str]
    files: dict[str, str]

    def table(self, name: str) -> pd.DataFrame:
        """A copy of one table."""
        return self.frames[name].copy()

    def rows(self, name: str) -> list[Any]:
        """The rows of one table as named tuples."""
        return list(self.frames[name].itertuples(index=False))


def load_network(
    tables: Mapping[str, Path | str] | Path | str | None = None, economies: Iterable[str] | None = None
) -> NetworkTables:
    """The packaged network, any table of it replaced by a CSV of the same schema.

    Parameters
    ----------
    tables : table name -> CSV file, or a folder whose `<table>.csv` files replace the packaged ones. Tables
        of the base year in it are left to `serai.atlas.load`.
    economies : codes that must each have a place; by default those of the packaged atlas.

    Raises
    ------
    InputError : every problem in every table, with file, row, field, value and remedy.

    Examples
    --------
    >>> tables = load_network()
    >>> links = tables.table("links").set_index("link")
    >>> float(links.loc["rail:ALT-ALA", "km"])
    331.0
    """
    paths = table_paths(NETWORK_TABLES, tables)
    problems = Problems()
    cards = read_cards(HERE / "cards")
    frames: dict[str, pd.DataFrame] = {}
    contents: dict[str, bytes] = {}
    for name, path in paths.items():
        contents[name] = path.read_bytes()
        frame = read_table(name, contents[name], str(path), read_schema(name), problems)
        if frame is not None:
            frames[name] = frame
    problems.raise_if_any()
    files = {name: str(path) for name, path in paths.items()}
    known = list(economies) if economies is not None else _packaged_economies()
    _check(frames, files, cards, known, problems)
    problems.raise_if_any()
    hashes = {name: sha256(content) for name, content in contents.items()}
    return NetworkTables(frames, cards, hashes, files)


def _packaged_economies() -> list[str]:
    return list(pd.read_csv(HERE / "tables" / "economies.csv", keep_default_na=False)["economy"])


def _check(
    frames: dict[str, pd.DataFrame],
    files: dict[str, str],
    cards: Mapping[str, Source],
    economies: list[str],
    problems: Problems,
) -> None:
    """Rules across columns and tables; each names the rows and the fix."""
    places = list(frames["places"]["place"])
    for name, frame in frames.items():
        for column in read_schema(name):
            known = {"economy": economies, "source": list(cards)}.get(column.type)
            if known is not None:
                _known(frame[column.name], column.name, known, column.type, files[name], problems)
    for name, field in (
        ("links", "origin"),
        ("links", "destination"),
        ("terminals", "place"),
        ("economy_places", "place"),
        ("corridor_facts", "origin"),
        ("corridor_facts", "destination"),
    ):
        _known(frames[name][field], field, places, "place", files[name], problems)
    via = frames["corridor_facts"]["via"].str.split().explode().fillna("").str.split(":").str[0]
    _known(via, "via", places, "place", files["corridor_facts"], problems)
    named = frames["corridors"]
    for field, known in (
        ("crossings", list(dict.fromkeys(frames["crossings"]["crossing"]))),
        ("links", list(frames["links"]["link"])),
    ):
        words = named[field].str.split().explode().fillna("")
        _known(words, field, known, field.removesuffix("s"), files["corridors"], problems)
    projects = list(frames["network_projects"]["project"])
    _known(frames["links"]["project"], "project", projects, "project", files["links"], problems)
    crossings = [*dict.fromkeys(frames["crossings"]["crossing"]), OPEN]
    _known(frames["links"]["crossing"], "crossing", crossings, "crossing", files["links"], problems)
    if len(problems):
        return
    _codes(frames["places"], economies, files["places"], problems)
    _gauges(frames, files["links"], problems)
    _borders(frames, files, problems)
    _both_directions(frames["crossings"], files["crossings"], problems)
    _terminals(frames, files["terminals"], problems)
    _weights(frames["economy_places"], economies, files["economy_places"], problems)
    _effects(frames["network_projects"], files["network_projects"], problems)


def _effects(projects: pd.DataFrame, file: str, problems: Problems) -> None:
    """A project that is still to come opens links, or says what it changes on those that are there."""
    for at, row in enumerate(_rows(projects)):
        changes = [row.hours_left, row.km_saved, row.added_mt]
        if row.effect != "opens" and row.status != "done" and pd.isna(changes).all():
            problems.add(
                f"{row.project} {row.effect} and says not by how much",
                "Give hours_left, km_saved or added_mt, or opens.",
                file=file,
                row=line_of(at),
                field="effect",
                value=row.project,
            )


def _known(cells: pd.Series, field: str, known: list[str], kind: str, file: str, problems: Problems) -> None:
    for at in np.flatnonzero((~cells.isin(known) & (cells != "")).to_numpy()):
        value = str(cells.iloc[at])
        problems.add(
            f"there is no {kind} {value}",
            suggestion(value, known),
            file=file,
            row=line_of(int(cells.index[int(at)])),
            field=field,
            value=value,
        )


def _codes(places: pd.DataFrame, economies: list[str], file: str, problems: Problems) -> None:
    """A place that bears the code of an economy lies in it: the code stands for both."""
    for at, row in enumerate(_rows(places)):
        if row.place in economies and row.economy != row.place:
            problems.add(
                f"{row.place} is the code of another economy",
                "Give the place another code.",
                file=file,
                row=line_of(at),
                field="place",
                value=row.place,
            )


def _gauges(frames: dict[str, pd.DataFrame], file: str, problems: Problems) -> None:
    """A railway has one gauge, and both of its ends have that gauge."""
    links = frames["links"]
    gauges = {
        p: set(str(g).split("/")) for p, g in zip(*_columns(frames["places"], "place", "gauges"), strict=True)
    }
    for at, row in enumerate(_rows(links)):
        if row.mode != "rail":
            continue
        gauge = "" if pd.isna(row.gauge) else str(int(row.gauge))
        if not gauge:
            problems.add(
                "a railway without a gauge",
                "Give its gauge in mm.",
                file=file,
                row=line_of(at),
                field="gauge",
            )
            continue
        for end in (row.origin, row.destination):
            if gauge not in gauges[end]:
                have = "/".join(sorted(gauges[end])) or "none"
                problems.add(
                    f"a railway of {gauge} mm ends at {end}, which has {have}: two gauges, no change",
                    f"Add the gauge to {end} in places.csv and the change of gauge to terminals.csv.",
                    file=file,
                    row=line_of(at),
                    field="gauge",
                    value=row.link,
                )


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False))


def _columns(frame: pd.DataFrame, *names: str) -> list[list[str]]:
    return [list(frame[name]) for name in names]


def _borders(frames: dict[str, pd.DataFrame], files: dict[str, str], problems: Problems) -> None:
    """A link over land between two economies says how the border is crossed, and by whom."""
    economy = dict(zip(*_columns(frames["places"], "place", "economy"), strict=True))
    crossings = frames["crossings"]
    sides = {c: set(rows["exporter"]) | set(rows["importer"]) for c, rows in crossings.groupby("crossing")}
    for at, row in enumerate(_rows(frames["links"])):
        ends = {economy[row.origin], economy[row.destination]}
        where: dict[str, Any] = {"file": files["links"], "row": line_of(at), "field": "crossing"}
        if row.mode in LAND and len(ends) == 2 and not row.crossing:
            problems.add(
                f"{row.link} joins {' and '.join(sorted(ends))} and has no crossing",
                f"Name a crossing of crossings.csv, or {OPEN} for a border without controls.",
                **where,
            )
        elif row.crossing not in ("", OPEN) and sides[row.crossing] != ends:
            problems.add(
                f"{row.crossing} lies between {' and '.join(sorted(sides[row.crossing]))}, "
                f"the link between {' and '.join(sorted(ends))}",
                "Name the crossing between the economies of both ends.",
                value=row.crossing,
                **where,
            )


def _both_directions(crossings: pd.DataFrame, file: str, problems: Problems) -> None:
    """Both directions of a crossing, and both of its sides in each."""
    for name, rows in crossings.groupby("crossing", sort=False):
        sides = sorted(set(rows["exporter"]) | set(rows["importer"]))
        first = line_of(int(rows.index[0]))
        if len(sides) != 2:
            problems.add(
                f"{name} has {len(sides)} economies", "A crossing lies between two.", file=file, row=first
            )
            continue
        have = set(zip(rows["exporter"], rows["importer"], rows["side"], strict=True))
        for exporter, importer in (sides, sides[::-1]):
            missing = [side for side in sides if (exporter, importer, side) not in have]
            if len(missing) == 2:
                problems.add(
                    f"{name} can be used in one direction only: nothing from {exporter} to {importer}",
                    "Add the hours of the way back, marked imputed where they are not reported.",
                    file=file,
                    row=first,
                    field="exporter, importer",
                    value=f"{exporter}/{importer}",
                )
            elif missing:
                problems.add(
                    f"{name} from {exporter} to {importer} has no hours of the post of {missing[0]}",
                    "Add them, marked imputed where they are not reported: goods pass both posts.",
                    file=file,
                    row=first,
                    field="side",
                    value=missing[0],
                )


def _terminals(frames: dict[str, pd.DataFrame], file: str, problems: Problems) -> None:
    for at, row in enumerate(_rows(frames["terminals"])):
        where: dict[str, Any] = {"file": file, "row": line_of(at)}
        if not row.hours_low <= row.hours <= row.hours_high:
            problems.add(
                "the hours lie outside their range",
                "Give hours_low <= hours <= hours_high.",
                field="hours",
                value=float(row.hours),
                **where,
            )
        for mode, gauge, field in (
            (row.from_mode, row.from_gauge, "from_gauge"),
            (row.to_mode, row.to_gauge, "to_gauge"),
        ):
            if (mode == "rail") == pd.isna(gauge):
                remedy = "Give the gauge of a railway, and none for other modes."
                problems.add("a gauge is missing or out of place", remedy, field=field, **where)


def _weights(table: pd.DataFrame, economies: list[str], file: str, problems: Problems) -> None:
    totals = table.groupby("economy")["weight"].sum()
    for code in economies:
        if code not in totals.index:
            problems.add(
                f"{code} has no place on the network",
                "Add the places where its goods start and end, with weights that add up to 1.",
                file=file,
                field="economy",
                value=code,
            )
    for name, total in totals.items():
        if abs(total - 1) > SUM_TO_ONE:
            problems.add(
                f"the weights of {name} add up to {total:g}",
                "They must add up to 1.",
                file=file,
                field="weight",
                value=float(total),
            )
