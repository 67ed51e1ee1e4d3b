"""Rules across columns and tables. Each is a function that names the offending rows and the fix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from serai.atlas.schema import Column
from serai.atlas.validate import line_of
from serai.errors import Problems, suggestion
from serai.provenance import Source

FIGURES = (
    "gdp",
    "population",
    "capital_share",
    "capital_output_ratio",
    "gross_output_ratio",
    "current_account",
)
POSITIVE = ("gdp", "population", "capital_output_ratio", "gross_output_ratio")
REST = "ROW"
SUM_TO_ONE = 1e-6


def check_tables(
    frames: Mapping[str, pd.DataFrame],
    files: Mapping[str, str],
    schemas: Mapping[str, tuple[Column, ...]],
    cards: Mapping[str, Source],
    problems: Problems,
) -> None:
    """Rules that look across columns and tables: codes, cards, pairs and figures that must be there."""
    economies = list(frames["economies"]["economy"]) if "economies" in frames else []
    if not economies:
        return
    if economies[-1] != REST:
        problems.add(
            f"the last economy is not {REST}",
            f"Add the rest of the world as {REST} in the last row, so that the world closes.",
            file=files["economies"],
            field="economy",
            value=economies[-1],
        )
    for name, frame in frames.items():
        for column in schemas[name]:
            if column.type == "economy":
                _known(frame, column, economies, "economy", files[name], problems)
            if column.type == "source":
                _known(frame, column, list(cards), "source card", files[name], problems)
    _figures(frames, economies, files, problems)
    _pairs(frames, economies, files, problems)
    _shares(frames, files, problems)


def _known(
    frame: pd.DataFrame, column: Column, known: list[str], kind: str, file: str, problems: Problems
) -> None:
    cells = frame[column.name]
    wrong = ~cells.isin(known).to_numpy() & (cells != "").to_numpy()
    for place in np.flatnonzero(wrong):
        value = str(cells.iloc[place])
        problems.add(
            f"there is no {kind} {value}",
            suggestion(value, known),
            file=file,
            row=line_of(place),
            field=column.name,
            value=value,
        )


def _figures(
    frames: Mapping[str, pd.DataFrame], economies: list[str], files: Mapping[str, str], problems: Problems
) -> None:
    if "figures" not in frames:
        return
    table = frames["figures"]
    have = set(zip(table["variable"], table["economy"], strict=True))
    for variable in FIGURES:
        for code in economies:
            if (variable, code) not in have:
                problems.add(
                    f"{code} has no {variable}",
                    "Add a row; missing is never zero.",
                    file=files["figures"],
                    field="variable",
                    value=f"{variable}/{code}",
                )
    wrong = table["variable"].isin(POSITIVE) & (table["value"] <= 0)
    for place in np.flatnonzero(wrong.to_numpy()):
        _figure(table, place, "not positive", "Give a number above zero.", files, problems)
    share = (table["variable"] == "capital_share") & ~table["value"].between(0, 1, inclusive="left")
    for place in np.flatnonzero((share & table["value"].notna()).to_numpy()):
        _figure(
            table, place, "a capital share outside 0 to 1", "Give a share of value added.", files, problems
        )


def _figure(
    table: pd.DataFrame,
    place: int | np.integer[Any],
    reason: str,
    remedy: str,
    files: Mapping[str, str],
    problems: Problems,
) -> None:
    row = table.iloc[place]
    problems.add(
        f"{row['variable']} of {row['economy']}: {reason}",
        remedy,
        file=files["figures"],
        row=line_of(place),
        field="value",
        value=float(row["value"]),
    )


def _pairs(
    frames: Mapping[str, pd.DataFrame], economies: list[str], files: Mapping[str, str], problems: Problems
) -> None:
    """Every ordered pair must be there: goods, services, FDI, ties."""
    off = {(a, b) for a in economies for b in economies if a != b}
    wanted: list[tuple[str, str, str | None, Iterable[tuple[str, str]]]] = []
    if "trade" in frames:
        flows = frames["trade"]
        for flow in ("goods", "services"):
            rows = flows[flows["flow"] == flow]
            wanted.append(
                (
                    "trade",
                    "exporter, importer",
                    flow,
                    off - set(zip(rows["exporter"], rows["importer"], strict=True)),
                )
            )
        _diagonals(flows, files["trade"], problems)
    for name, first, second in (("fdi", "owner", "host"), ("pairs", "origin", "destination")):
        if name in frames:
            rows = frames[name]
            wanted.append(
                (name, f"{first}, {second}", None, off - set(zip(rows[first], rows[second], strict=True)))
            )
    for name, field, kind, missing in wanted:
        for pair in sorted(missing):
            what = f"{kind} from" if kind else name
            problems.add(
                f"the pair is missing: {what} {pair[0]} to {pair[1]}",
                "Add a row; a zero flow is written as 0.",
                file=files[name],
                field=field,
                value="/".join(pair),
            )


def _diagonals(flows: pd.DataFrame, file: str, problems: Problems) -> None:
    own = (flows["exporter"] == flows["importer"]).to_numpy()
    domestic = (flows["flow"] == "domestic").to_numpy()
    rest = (flows["exporter"] == REST).to_numpy() & (flows["flow"] == "goods").to_numpy()
    for place in np.flatnonzero((own != domestic) & ~rest):
        remedy = "Domestic sales have the flow `domestic` and one economy on both sides."
        problems.add(
            "a flow to oneself" if own[place] else "domestic sales between two economies",
            remedy,
            file=file,
            row=line_of(place),
            field="flow",
            value=str(flows["flow"].iloc[place]),
        )


def _shares(frames: Mapping[str, pd.DataFrame], files: Mapping[str, str], problems: Problems) -> None:
    if "reexports" not in frames or frames["reexports"].empty:
        return
    totals = frames["reexports"].groupby("hub")["share"].sum()
    for hub, total in totals.items():
        if abs(total - 1) > SUM_TO_ONE:
            problems.add(
                f"the market shares of {hub} add up to {total:g}",
                "They must add up to 1.",
                file=files["reexports"],
                field="share",
                value=float(total),
            )
