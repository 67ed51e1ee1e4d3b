"""Where finished blocks are kept: in memory, or in a folder that a later run takes up.

    sweep.json           what the sweep is made from; when it is whole, what came out
    draws/*.parquet      one file a finished block: a row for each cell, closure, draw and economy
    summary.csv          percentiles over draws, when it is whole
    sweep.html           the page of it, when the verb or `write_sweep_page` has written one

A block is written under another name and renamed, so that a file that is there is whole.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from serai.axes import Axis
from serai.errors import InputError, Problem, RunError
from serai.executors import alive
from serai.provenance import sha256
from serai.records.grid import Cell, Grid
from serai.scenario.sweep_block import OUTCOMES, Block, Solved
from serai.scenario.sweep_result import Sweep, summarised

ABOUT, BLOCKS, SUMMARY = "sweep.json", "draws", "summary.csv"
OURS = b"serai"  # our entry in the metadata of a Parquet file


class Memory:
    """Blocks in memory."""

    def __init__(self, grid: Grid, who: Axis, about: Mapping[str, Any]) -> None:
        self.grid, self.who, self.about = grid, who, about
        self._kept: dict[Block, Solved] = {}

    def __contains__(self, block: Block) -> bool:
        return block in self._kept

    def add(self, block: Block, solved: Solved) -> None:
        """Keep a finished block."""
        self._kept[block] = solved

    def close(self, blocks: Sequence[Block]) -> Sweep:
        """The result, once all blocks are there."""
        parts = [table(self.grid, self.who, block, self._kept[block]) for block in blocks]
        return summarised(self.grid, self.who, self.about, blocks, self._kept.__getitem__, parts)


class Folder:
    """Blocks in a folder.

    Raises
    ------
    InputError : the folder holds something other than a sweep.
    RunError : it holds a sweep of other inputs; says what changed.
    """

    def __init__(
        self, path: Path, grid: Grid, who: Axis, about: Mapping[str, Any], blocks: Sequence[Block]
    ) -> None:
        self.path, self.grid, self.who, self.about = path, grid, who, about
        self._mark = str(about["fingerprint"])
        self._check()
        path.mkdir(parents=True, exist_ok=True)
        self._tidy_up()
        if not (path / ABOUT).exists():
            _write(path / ABOUT, _json(self.about))
        (path / BLOCKS).mkdir(exist_ok=True)
        self._done = {block for block in blocks if self._whole(block)}

    def __contains__(self, block: Block) -> bool:
        return block in self._done

    def add(self, block: Block, solved: Solved) -> None:
        """Keep a finished block: its file is there as a whole or not at all."""
        from pyarrow import BufferOutputStream, parquet

        rows = table(self.grid, self.who, block, solved)
        said = {"fingerprint": self._mark, "failed": {str(k): why for k, why in solved.failed.items()}}
        sink = BufferOutputStream()
        parquet.write_table(rows.replace_schema_metadata({OURS: json.dumps(said)}), sink, compression="zstd")
        _write(self._file(block), sink.getvalue().to_pybytes())
        self._done.add(block)

    def close(self, blocks: Sequence[Block]) -> Sweep:
        """Write the summary and what came out; the result."""
        found = summarised(self.grid, self.who, self.about, blocks, self._read, self.path / BLOCKS)
        text = found.quantiles.to_csv(index=False, lineterminator="\n", float_format="%.10g")
        _write(self.path / SUMMARY, text.encode())
        files = [self.path / SUMMARY, *(self._file(block) for block in blocks)]
        made = {f.relative_to(self.path).as_posix(): sha256(f.read_bytes()) for f in files}
        outputs = made | self._pages()
        _write(self.path / ABOUT, _json({**found.manifest, "outputs": outputs}))
        return found

    def _pages(self) -> dict[str, str]:
        """Pages of an earlier run of this very sweep, with the hashes of what it wrote."""
        known = _about(self.path).get("outputs", {})
        return {
            name: digest
            for name, digest in known.items()
            if name.endswith(".html") and (self.path / name).exists()
        }

    def _check(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise InputError(Problem("the output is a file", "Give a folder.", file=str(self.path)))
        if not self.path.exists() or all(_part_of(file) for file in self.path.iterdir()):
            return
        if not (self.path / ABOUT).exists():
            reason, remedy = "the output folder holds something other than a sweep", "Choose another"
            raise InputError(Problem(reason, f"{remedy}; nothing was written.", file=str(self.path)))
        before = _about(self.path)
        changed = differences(before, self.about)
        if changed:
            listed = "; ".join(f"{name} {what}" for name, what in changed.items())
            raise RunError(
                f"{self.path} holds a sweep of other inputs ({listed}). "
                "Give another folder, or delete this one to begin again."
            )

    def _tidy_up(self) -> None:
        """Take away what a killed run was writing."""
        for file in self.path.rglob("*.part"):
            process = _part_of(file)
            if process and not alive(process):
                file.unlink(missing_ok=True)

    def _whole(self, block: Block) -> bool:
        """Whether a block is there, whole, and of these inputs."""
        from pyarrow import ArrowException, parquet

        try:
            about = parquet.read_metadata(self._file(block))
        except (OSError, ArrowException):
            return False
        said = json.loads((about.metadata or {}).get(OURS, b"{}"))
        rows = block.size * len(self.grid.wealth) * len(self.who)
        return bool(said.get("fingerprint") == self._mark and about.num_rows == rows)

    def _read(self, block: Block) -> Solved:
        from pyarrow import parquet

        rows = parquet.read_table(self._file(block))
        shape = (block.last - block.first, len(self.grid.wealth), block.stop - block.start, len(self.who))
        values = np.stack([rows[name].to_numpy().reshape(shape) for name in OUTCOMES], axis=-1)
        status = rows["status"].to_numpy().reshape(shape)[..., 0].astype(np.int64)
        failed = json.loads(rows.schema.metadata[OURS])["failed"]
        return Solved(values, status, {int(cell): why for cell, why in failed.items()})

    def _file(self, block: Block) -> Path:
        return self.path / BLOCKS / f"{block.number:06}.parquet"


def keep_page(folder: Path, name: str, content: bytes) -> Path:
    """Write a page beside the results of a finished sweep; its hash joins theirs."""
    about = read_sweep(folder)
    _write(folder / name, content)
    outputs = {**about["outputs"], name: sha256(content)}
    _write(folder / ABOUT, _json({**about, "outputs": outputs}))
    return folder / name


def _write(file: Path, content: bytes) -> None:
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)


def table(grid: Grid, who: Axis, block: Block, solved: Solved) -> Any:
    """A block as a pyarrow table: a row for each cell, closure, draw and economy, in this order."""
    import pyarrow as pa

    cells = grid.cells[block.first : block.last]
    draws = np.arange(block.start, block.stop)
    shape = solved.values.shape[:-1]

    def along(values: Sequence[Any] | np.ndarray[Any, Any], axis: int) -> Any:
        """A column that varies along one axis of the block."""
        of = [1] * len(shape)
        of[axis] = -1
        places = np.broadcast_to(np.arange(len(values)).reshape(of), shape).reshape(-1)
        if isinstance(values, np.ndarray):
            return pa.array(values[places])
        names = list(dict.fromkeys(values))
        codes = np.array([names.index(value) for value in values], dtype=np.int32)
        return pa.DictionaryArray.from_arrays(codes[places], names)

    status = np.broadcast_to(solved.status[..., np.newaxis], shape).reshape(-1)
    columns = {
        "cell": along(np.array([cell.number for cell in cells], dtype=np.int32), 0),
        "scenario": along([cell.scenario for cell in cells], 0),
        **{axis.name: along(points(n, cells, grid), 0) for n, axis in enumerate(grid.axis)},
        "wealth": along(list(grid.wealth), 1),
        "draw": along(draws.astype(np.int32), 2),
        "who": along(list(who), 3),
        "status": pa.array(status.astype(np.int8)),
        **{name: pa.array(solved.values[..., n].reshape(-1)) for n, name in enumerate(OUTCOMES)},
    }  # fmt: skip
    return pa.table(columns)


def points(place: int, cells: Sequence[Cell], grid: Grid) -> Sequence[str] | np.ndarray[Any, Any]:
    """Where cells stand on an axis: its values as numbers, or its labels."""
    axis = grid.axis[place]
    if axis.labels:
        return [cell.points[place] for cell in cells]
    return np.array([cell.settings[str(axis.effect)] for cell in cells])


KINDS = {"study_files": "study", "atlas_tables": "atlas", "grid": "grid"}
FIELDS = ("study", "draws", "seed", "version", "block")
DECIDING = (*KINDS, *FIELDS)
"""Entries of the manifest that the numbers depend on."""


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """What two sweeps were made from differently, in words."""
    found: dict[str, str] = {}
    for kind, label in KINDS.items():
        old, new = before.get(kind, {}), now[kind]
        for name in [*old, *(name for name in new if name not in old)]:
            if old.get(name) != new.get(name):
                what = "is new" if name not in old else "is gone" if name not in new else "changed"
                found[f"{label}: {name}"] = what
    for field in FIELDS:
        if before.get(field) != now[field]:
            found[field] = f"was {before.get(field)}, is {now[field]}"
    return found


def read_sweep(folder: Path) -> dict[str, Any]:
    """What a finished sweep says of itself; `RunError` when it is damaged or not finished."""
    about = _about(folder)
    if "outputs" not in about:
        raise RunError(f"{folder} holds a sweep that is not finished. The command that began it goes on.")
    return about


def _about(folder: Path) -> dict[str, Any]:
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except ValueError as error:
        raise RunError(f"{folder / ABOUT} is damaged ({error}). {_BEGIN_AGAIN}") from None
    if not isinstance(about, dict) or not {*DECIDING, "fingerprint"} <= set(about):
        raise RunError(f"{folder / ABOUT} is damaged. {_BEGIN_AGAIN}")
    return about


_BEGIN_AGAIN = "Give another folder, or delete this one."


def _part_of(file: Path) -> int:
    """The process that writes or wrote an unfinished file of ours; 0 for any other file."""
    found = re.fullmatch(r"\..+\.(\d+)\.part", file.name)
    return int(found[1]) if found else 0


def _json(about: Mapping[str, Any]) -> bytes:
    return (json.dumps(about, ensure_ascii=False, indent=1) + "\n").encode()
