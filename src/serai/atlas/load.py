"""The tables of the base year, read and validated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serai.atlas.rules import check_tables
from serai.atlas.schema import NETWORK_TABLES, TABLES, read_schema
from serai.atlas.validate import read_table
from serai.axes import Array, Axis
from serai.draws import Uncertain
from serai.errors import InputError, Problem, Problems, UnknownNameError, suggestion
from serai.memo import Memo
from serai.provenance import Source, read_cards, sha256
from serai.shown import Shown

HERE = Path(__file__).parent
VALUE = {"trade": "value_usd_m", "fdi": "stock_usd_m", "transfers": "value_usd_m", "pairs": "distance_km"}
SIDES = {
    "trade": ("exporter", "importer"),
    "fdi": ("owner", "host"),
    "transfers": ("payer", "recipient"),
    "pairs": ("origin", "destination"),
}
APPLIED = ("trade", "customs_union")


def load(tables: Mapping[str, Path | str] | Path | str | None = None) -> Atlas:
    """The packaged tables, any of them replaced by a CSV of the same schema.

    Parameters
    ----------
    tables : table name -> CSV file, or a folder whose `<table>.csv` files replace the packaged ones.

    Raises
    ------
    InputError : every problem in every table, with file, row (line of the file), field, value and remedy.
    UnknownNameError : a table that does not exist.

    Examples
    --------
    >>> atlas = load()
    >>> len(atlas.economies), atlas.names["KAZ"]
    (76, 'Kazakhstan')
    >>> round(float(atlas.figure("gdp")[atlas.economies.index("KAZ")]) / 1000, 1)
    262.6
    """
    paths = table_paths(TABLES, tables)
    problems = Problems()
    schemas = {name: read_schema(name) for name in TABLES}
    cards = read_cards(HERE / "cards")
    contents: dict[str, bytes] = {}
    frames: dict[str, pd.DataFrame] = {}
    for name, path in paths.items():
        try:
            contents[name] = path.read_bytes()
        except OSError as error:
            problems.add(
                f"the table {name} cannot be read: {error.strerror}", "Give a CSV file.", file=str(path)
            )
            continue
        frame = read_table(name, contents[name], str(path), schemas[name], problems)
        if frame is not None:
            frames[name] = frame
    check_tables(frames, {name: str(path) for name, path in paths.items()}, schemas, cards, problems)
    problems.raise_if_any()
    economies = frames["economies"]
    return Atlas(
        economies=Axis("economy", tuple(economies["economy"])),
        names=dict(zip(economies["economy"], economies["name"], strict=True)),
        tables=frames,
        sources=cards,
        hashes={name: sha256(content) for name, content in contents.items()},
        files={name: str(path) for name, path in paths.items()},
    )


@dataclass(frozen=True, eq=False)
class Atlas(Shown):
    """The base year: economies, figures, flows, stocks, ties and parameters, each row with its basis.

    Parameters
    ----------
    economies : the N economies in order; the rest of the world, ROW, is the last.
    names : code -> name in English.
    tables : table name -> data frame, as in the CSV, numbers as numbers.
    sources : source card by key.
    hashes : sha256 of the bytes of each table.
    files : where each table was read.
    """

    economies: Axis
    names: dict[str, str]
    tables: dict[str, pd.DataFrame]
    sources: dict[str, Source]
    hashes: dict[str, str]
    files: dict[str, str]

    def table(self, name: str) -> pd.DataFrame:
        """A copy of one table."""
        return self._table(name).copy()

    def figure(self, variable: str, column: str = "value") -> Array:
        """One figure of every economy, shape (N,); NaN where the table has none."""
        rows = self._table("figures")
        rows = rows[rows["variable"] == variable]
        if rows.empty:
            raise UnknownNameError("figure", variable, sorted(set(self._table("figures")["variable"])))
        return np.asarray(rows.set_index("economy")[column].reindex(list(self.economies)), dtype=float)

    def matrix(self, table: str, flow: str | None = None, column: str | None = None) -> Array:
        """One column of a table of pairs as an (N, N) array; NaN where the table has no row.

        Parameters
        ----------
        table : `trade`, `fdi`, `transfers` or `pairs`. Rows of the array are exporters, owners, payers,
            origins.
        flow : for `trade`: `goods`, `services`, `gold` or `domestic`.
        column : by default the value in million USD (for `pairs` the distance in km).
        """
        if table not in SIDES:
            raise UnknownNameError("table of pairs", table, SIDES)
        rows = self._table(table)
        if table == "trade":
            known = ("goods", "services", "gold", "domestic")
            if flow not in known:
                raise UnknownNameError("flow", str(flow), known)
            rows = rows[rows["flow"] == flow]
        field = column or VALUE[table]
        if field not in rows.columns:
            raise UnknownNameError(f"column of {table}", field, list(rows.columns))
        return self._grid(rows, *SIDES[table], np.asarray(rows[field], dtype=float))

    def basis(self, table: str, flow: str | None = None) -> NDArray[np.str_]:
        """How each cell of a table of pairs is known, shape (N, N); empty where there is no row."""
        rows = self._table(table)
        rows = rows if flow is None else rows[rows["flow"] == flow]
        cells = np.full((len(self.economies), len(self.economies)), "", dtype="U12")
        first, second = (self._places(rows[side]) for side in SIDES[table])
        cells[first, second] = rows["basis"].to_numpy(dtype=str)
        return cells

    def parameter(self, name: str) -> Uncertain:
        """A constant of the world with its distribution and source."""
        known = _PARAMETERS.of(self, "parameters", lambda: _parameters(self._table("parameters")))
        if name not in known:
            raise UnknownNameError("parameter", name, list(known))
        return known[name]

    @property
    def focus(self) -> tuple[str, ...]:
        """The economies that a study is about; those of Central Asia unless the table marks others."""
        economies = self._table("economies")
        marked = tuple(economies["economy"][economies["focus"] == 1])
        return marked or self.group("central_asia") or tuple(self.economies)

    def group(self, name: str) -> tuple[str, ...]:
        """Codes of `central_asia`, `eu27`, `asean`, `conduit`, a region, or an agreement's members."""
        economies = self._table("economies")
        if name in ("central_asia", "eu27", "asean", "conduit"):
            return tuple(economies["economy"][economies[name] == 1])
        if name in set(economies["region"]):
            return tuple(economies["economy"][economies["region"] == name])
        members = self._table("agreements")
        if name in set(members["agreement"]):
            return tuple(members["member"][members["agreement"] == name])
        known = ["central_asia", "eu27", "asean", "conduit", *dict.fromkeys(economies["region"])]
        raise UnknownNameError("group", name, [*known, *dict.fromkeys(members["agreement"])])

    def agreements(
        self, switches: Mapping[str, bool] | None = None, members: Mapping[str, tuple[str, ...]] | None = None
    ) -> NDArray[np.bool_]:
        """Who shares a trade agreement in force, shape (N, N), symmetric, false on the diagonal.

        Parameters
        ----------
        switches : agreement -> on or off, over the table's `on`.
        members : agreement -> economies that join it (or form it: a new key is allowed).
        """
        rows = self._table("agreements")
        wanted = dict(switches or {})
        joined = dict(members or {})
        for name in wanted:
            if name not in set(rows["agreement"]) | set(joined):
                raise UnknownNameError("agreement", name, list(dict.fromkeys(rows["agreement"])))
        shared = np.zeros((len(self.economies), len(self.economies)), dtype=bool)
        in_force = rows[rows["kind"].isin(APPLIED)]
        for label, group in in_force.groupby("agreement", sort=False):
            name = str(label)
            inside = (*group["member"], *joined.pop(name, ()))
            if wanted.get(name, bool(group["on"].iloc[0])):
                places = self.economies.indices(inside)
                shared[np.ix_(places, places)] = True
        for name, inside in joined.items():
            if wanted.get(name, True):
                places = self.economies.indices(inside)
                shared[np.ix_(places, places)] = True
        np.fill_diagonal(shared, False)
        return shared

    def row(self, key: str) -> dict[str, Any]:
        """One row by its stable key, for example `atlas/trade/goods/KAZ/UZB`, with its line in the file."""
        parts = key.split("/")
        if len(parts) < 3 or parts[0] != "atlas" or parts[1] not in TABLES:
            raise UnknownNameError("row", key, [f"atlas/{name}/..." for name in TABLES])
        rows = self._table(parts[1])
        keys = [column.name for column in read_schema(parts[1]) if column.role == "key"]
        wanted = "/".join(parts[2:])
        joined = rows[keys[0]].astype(str)
        for column in keys[1:]:
            joined = joined + "/" + rows[column].astype(str)
        at = np.flatnonzero((joined == wanted).to_numpy())
        if not at.size:
            raise UnknownNameError("row", key, (f"atlas/{parts[1]}/{k}" for k in joined))
        record = {str(k): _plain(v) for k, v in rows.iloc[int(at[0])].items()}
        return {"key": key, "file": self.files[parts[1]], "line": int(at[0]) + 2, **record}

    def _table(self, name: str) -> pd.DataFrame:
        if name not in self.tables:
            raise UnknownNameError("table", name, list(self.tables))
        return self.tables[name]

    def _places(self, codes: pd.Series) -> NDArray[np.intp]:
        return np.asarray(pd.Index(self.economies.names).get_indexer(pd.Index(codes)))

    def _grid(self, rows: pd.DataFrame, first: str, second: str, values: Array) -> Array:
        grid = np.full((len(self.economies), len(self.economies)), np.nan)
        grid[self._places(rows[first]), self._places(rows[second])] = values
        return grid


_PARAMETERS = Memo[dict[str, Uncertain]]()


def _parameters(rows: pd.DataFrame) -> dict[str, Uncertain]:
    """Constants of the world by name."""
    return {str(row["parameter"]): _uncertain(row) for row in rows.to_dict("records")}


def _uncertain(row: Mapping[str, Any]) -> Uncertain:
    low, high = (None if np.isnan(row[end]) else float(row[end]) for end in ("low", "high"))
    return Uncertain(
        str(row["parameter"]),
        float(row["value"]),
        low,
        high,
        shape=row["shape"],
        coverage=float(row["coverage"]),
        unit=row["unit"],
        basis=row["basis"],
        source=row["source"],
    )


@cache
def outlines(name: str = "region") -> dict[str, Any]:
    """Shapes for maps as GeoJSON: `region` (with lakes) or `world`. Borders are drawn de facto."""
    path = HERE / "tables" / f"{name}.geojson"
    if not path.is_file():
        raise UnknownNameError("map", name, ("region", "world"))
    shapes: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return shapes


def table_paths(
    names: tuple[str, ...], tables: Mapping[str, Path | str] | Path | str | None
) -> dict[str, Path]:
    """Where each table is read: the packaged file, or the one that replaces it."""
    given = _replacements(tables)
    return {name: given.get(name, HERE / "tables" / f"{name}.csv") for name in names}


def _replacements(tables: Mapping[str, Path | str] | Path | str | None) -> dict[str, Path]:
    if tables is None:
        return {}
    known = (*TABLES, *NETWORK_TABLES)
    if isinstance(tables, str | Path):
        folder = Path(tables)
        if not folder.is_dir():
            raise InputError(
                Problem("there is no such folder", "Give a folder with tables.", file=str(folder))
            )
        problems, found = Problems(str(folder)), {path.stem: path for path in sorted(folder.glob("*.csv"))}
        for name in found.keys() - set(known):
            problems.add(f"there is no table called {name}", suggestion(name, known), file=str(found[name]))
        problems.raise_if_any()
        return found
    for name in tables:
        if name not in known:
            raise UnknownNameError("table", name, known)
    return {name: Path(path) for name, path in tables.items()}


def _plain(value: Any) -> Any:
    """A cell as plain Python, None for a blank."""
    if value is pd.NA or value == "" or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
