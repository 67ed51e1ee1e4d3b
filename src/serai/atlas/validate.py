"""Rules that a table must keep. Each rule is a function that names the offending rows and the fix."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serai.atlas.schema import Column
from serai.errors import Problems, suggestion
from serai.provenance import BASES, Source

HEADER_LINES = 2  # the first row of data is line 2
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
FIGURES = ("gdp", "population", "capital_share", "capital_output_ratio", "gross_output_ratio", "current_account")
POSITIVE = ("gdp", "population", "capital_output_ratio", "gross_output_ratio")
REST = "ROW"
Texts = pd.DataFrame


def read_table(name: str, content: bytes, file: str, schema: tuple[Column, ...], problems: Problems) -> pd.DataFrame:
    """One CSV as a data frame with numbers as numbers; what is wrong goes to `problems`.

    A cell that is refused becomes NaN or blank, so that the other rules can still run.
    """
    texts = _texts(name, content, file, problems)
    if texts is None or not _columns(texts, file, schema, problems):
        return pd.DataFrame({column.name: _empty(column) for column in schema})
    frame = pd.DataFrame(index=texts.index)
    for column in schema:
        cells = texts[column.name] if column.name in texts else pd.Series("", index=texts.index, dtype="str")
        frame[column.name] = _typed(cells, column, file, problems)
    _unique(frame, file, schema, problems)
    _ranges(frame, file, problems)
    return frame


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


def _texts(name: str, content: bytes, file: str, problems: Problems) -> Texts | None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.add(f"not UTF-8 at byte {error.start}", "Save the table as CSV in UTF-8.", file=file)
        return None
    try:
        texts = pd.read_csv(
            io.StringIO(text), dtype="str", keep_default_na=False, na_filter=False, skip_blank_lines=False
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        found = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        if found:
            problems.add(
                f"{found[3]} fields instead of {found[1]}", "Quote a text that holds a comma; write decimals with a point.",
                file=file, row=int(found[2]),
            )  # fmt: skip
        else:
            problems.add(f"the table {name} is empty or not a CSV", "Start from the packaged table.", file=file)
        return None
    if texts.index.nlevels > 1 or not isinstance(texts.index, pd.RangeIndex):
        problems.add(
            "rows have more fields than the header", "Quote a text that holds a comma; write decimals with a point.", file=file, row=2
        )
        return None
    if texts.empty:
        problems.add(f"the table {name} has no rows", "Start from the packaged table.", file=file)
        return None
    return texts.fillna("").apply(lambda column: column.str.strip())


def _columns(texts: Texts, file: str, schema: tuple[Column, ...], problems: Problems) -> bool:
    known = [column.name for column in schema]
    if len(texts.columns) == 1 and ";" in texts.columns[0]:
        problems.add("the fields are separated by semicolons", "Save the table with commas.", file=file, row=1)
        return False
    before = len(problems)
    for name in texts.columns:
        if name not in known:
            problems.add("unknown column", suggestion(str(name), known), file=file, row=1, field=str(name))
    for column in schema:
        if column.required and column.name not in texts.columns:
            problems.add("a column is missing", f"Add it: {column.description}.", file=file, row=1, field=column.name)
    return len(problems) == before


def _typed(cells: pd.Series[str], column: Column, file: str, problems: Problems) -> pd.Series:
    blank = (cells == "").to_numpy()
    if column.required:
        _refuse(cells, blank, column, file, problems, "blank", f"Give {column.description}; missing is never zero.")
    if column.type in ("number", "integer", "flag"):
        return _numbers(cells, blank, column, file, problems)
    allowed = {"choice": column.allowed, "basis": BASES}.get(column.type)
    if allowed:
        wrong = ~blank & ~cells.isin(allowed).to_numpy()
        for place in np.flatnonzero(wrong):
            value = str(cells.iloc[place])
            problems.add(
                f"unknown {column.name}", suggestion(value, allowed), file=file, row=_line(place),
                field=column.name, value=value,
            )  # fmt: skip
    return cells


def _numbers(cells: pd.Series[str], blank: NDArray[np.bool_], column: Column, file: str, problems: Problems) -> pd.Series:
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    not_number = ~blank & ~np.isfinite(numbers)
    comma = not_number & cells.str.fullmatch(DECIMAL_COMMA.pattern).to_numpy(dtype=bool)
    _refuse(cells, comma, column, file, problems, "a decimal comma", "Write decimals with a point.")
    _refuse(cells, not_number & ~comma, column, file, problems, "not a finite number", f"Give a number ({column.unit}).")
    with np.errstate(invalid="ignore"):
        if column.low is not None:
            reason = "negative" if column.low == 0 else f"below {column.low:g}"
            _refuse(cells, numbers < column.low, column, file, problems, reason, f"Give {column.low:g} or more ({column.unit}).")
        if column.high is not None:
            _refuse(cells, numbers > column.high, column, file, problems, f"above {column.high:g}", f"Give at most {column.high:g}.")
        if column.type == "flag":
            _refuse(cells, np.isfinite(numbers) & ~np.isin(numbers, (0, 1)), column, file, problems, "not a flag", "Give 0 or 1.")
        if column.type == "integer":
            whole = np.isfinite(numbers) & (numbers != np.round(numbers))
            _refuse(cells, whole, column, file, problems, "not a whole number", f"Give a whole number ({column.unit}).")
    if column.type in ("integer", "flag") and np.isfinite(numbers).all():
        return pd.Series(numbers.astype(int), index=cells.index)
    if column.type == "integer":
        return pd.Series(np.where(np.isfinite(numbers), np.round(numbers), np.nan), index=cells.index).astype("Int64")
    return pd.Series(numbers, index=cells.index)


def _refuse(
    cells: pd.Series[str], wrong: NDArray[np.bool_], column: Column, file: str, problems: Problems, reason: str, remedy: str
) -> None:
    for place in np.flatnonzero(wrong):
        problems.add(reason, remedy, file=file, row=_line(place), field=column.name, value=str(cells.iloc[place]) or None)


def _unique(frame: pd.DataFrame, file: str, schema: tuple[Column, ...], problems: Problems) -> None:
    keys = [column.name for column in schema if column.role == "key"]
    again = frame.duplicated(keys).to_numpy()
    for place in np.flatnonzero(again):
        name = "/".join(str(frame[key].iloc[place]) for key in keys)
        same = (frame[keys] == frame[keys].iloc[place]).all(axis=1).to_numpy()
        problems.add(
            f"appears twice, first in row {_line(int(np.flatnonzero(same)[0]))}", "Keep one of the rows.",
            file=file, row=_line(place), field=", ".join(keys), value=name,
        )  # fmt: skip


def _ranges(frame: pd.DataFrame, file: str, problems: Problems) -> None:
    value = next((c for c in ("value", "value_usd_m", "stock_usd_m", "share") if c in frame), None)
    if value is None or "low" not in frame:
        return
    wrong = (frame["low"] > frame[value]) | (frame["high"] < frame[value]) | (frame["low"].isna() != frame["high"].isna())
    for place in np.flatnonzero(wrong.to_numpy(dtype=bool)):
        low, middle, high = (frame[c].iloc[place] for c in ("low", value, "high"))
        problems.add(
            f"the range {low:g} to {high:g} does not hold the value", "Give low <= value <= high, or leave both ends blank.",
            file=file, row=_line(place), field=value, value=float(middle),
        )  # fmt: skip


def _known(frame: pd.DataFrame, column: Column, known: list[str], kind: str, file: str, problems: Problems) -> None:
    cells = frame[column.name]
    wrong = ~cells.isin(known).to_numpy() & (cells != "").to_numpy()
    for place in np.flatnonzero(wrong):
        value = str(cells.iloc[place])
        problems.add(
            f"there is no {kind} {value}", suggestion(value, known), file=file, row=_line(place), field=column.name, value=value
        )


def _figures(frames: Mapping[str, pd.DataFrame], economies: list[str], files: Mapping[str, str], problems: Problems) -> None:
    if "figures" not in frames:
        return
    table = frames["figures"]
    have = set(zip(table["variable"], table["economy"], strict=True))
    for variable in FIGURES:
        for code in economies:
            if (variable, code) not in have:
                problems.add(
                    f"{code} has no {variable}", "Add a row; missing is never zero.", file=files["figures"],
                    field="variable", value=f"{variable}/{code}",
                )  # fmt: skip
    wrong = table["variable"].isin(POSITIVE) & (table["value"] <= 0)
    for place in np.flatnonzero(wrong.to_numpy()):
        _figure(table, place, "not positive", "Give a number above zero.", files, problems)
    share = (table["variable"] == "capital_share") & ~table["value"].between(0, 1, inclusive="left")
    for place in np.flatnonzero((share & table["value"].notna()).to_numpy()):
        _figure(table, place, "a capital share outside 0 to 1", "Give a share of value added.", files, problems)


def _figure(table: pd.DataFrame, place: int, reason: str, remedy: str, files: Mapping[str, str], problems: Problems) -> None:
    row = table.iloc[place]
    problems.add(
        f"{row['variable']} of {row['economy']}: {reason}", remedy, file=files["figures"], row=_line(place),
        field="value", value=float(row["value"]),
    )  # fmt: skip


def _pairs(frames: Mapping[str, pd.DataFrame], economies: list[str], files: Mapping[str, str], problems: Problems) -> None:
    """Every ordered pair must be there: goods, services, FDI, ties."""
    off = {(a, b) for a in economies for b in economies if a != b}
    wanted: list[tuple[str, str, str | None, Iterable[tuple[str, str]]]] = []
    if "trade" in frames:
        flows = frames["trade"]
        for flow in ("goods", "services"):
            rows = flows[flows["flow"] == flow]
            wanted.append(("trade", "exporter, importer", flow, off - set(zip(rows["exporter"], rows["importer"], strict=True))))
        _diagonals(flows, files["trade"], problems)
    for name, first, second in (("fdi", "owner", "host"), ("pairs", "origin", "destination")):
        if name in frames:
            rows = frames[name]
            wanted.append((name, f"{first}, {second}", None, off - set(zip(rows[first], rows[second], strict=True))))
    for name, field, flow, missing in wanted:
        for pair in sorted(missing):
            what = f"{flow} from" if flow else name
            problems.add(
                f"the pair is missing: {what} {pair[0]} to {pair[1]}", "Add a row; a zero flow is written as 0.",
                file=files[name], field=field, value="/".join(pair),
            )  # fmt: skip


def _diagonals(flows: pd.DataFrame, file: str, problems: Problems) -> None:
    own = (flows["exporter"] == flows["importer"]).to_numpy()
    domestic = (flows["flow"] == "domestic").to_numpy()
    rest = (flows["exporter"] == REST).to_numpy() & (flows["flow"] == "goods").to_numpy()
    for place in np.flatnonzero((own != domestic) & ~rest):
        remedy = "Domestic sales have the flow `domestic` and one economy on both sides."
        problems.add(
            "a flow to oneself" if own[place] else "domestic sales between two economies", remedy, file=file,
            row=_line(place), field="flow", value=str(flows["flow"].iloc[place]),
        )  # fmt: skip


def _shares(frames: Mapping[str, pd.DataFrame], files: Mapping[str, str], problems: Problems) -> None:
    if "reexports" not in frames or frames["reexports"].empty:
        return
    totals = frames["reexports"].groupby("hub")["share"].sum()
    for hub, total in totals.items():
        if abs(total - 1) > 1e-6:  # noqa: PLR2004
            problems.add(
                f"the market shares of {hub} add up to {total:g}", "They must add up to 1.", file=files["reexports"],
                field="share", value=float(total),
            )  # fmt: skip


def _line(place: int) -> int:
    return int(place) + HEADER_LINES


def _empty(column: Column) -> pd.Series:
    return pd.Series([], dtype="float" if column.type in ("number", "integer", "flag") else "str")
