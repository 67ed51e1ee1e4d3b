"""Large CSV files read piece by piece: plain, gzip or inside a zip, in bounded memory, every bad cell named.

Cells are read as text and turned into numbers here, so that a refused cell can be shown as it stands in the
file, with its line.
"""

from __future__ import annotations

import gzip
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from serai.axes import Array
from serai.errors import InputError, Problem, Problems, suggestion

BLOCK_BYTES = 1 << 20  # the reader of CSV looks up to some thirty blocks ahead
HEADER_BYTES = 1 << 20
MOST_PROBLEMS = 100
MOST_LETTERS = 2000
MOST_SHOWN = 60  # letters of a cell in a message
HEADER_LINES = 2  # the first row of data is line 2
BLANK = ("", "NA")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a file as text.

    Parameters
    ----------
    lines : the line of the file on which each row stands.
    cells : column -> texts without blanks around them.
    """

    lines: NDArray[np.int64]
    cells: Mapping[str, pa.Array]

    def __len__(self) -> int:
        return len(self.lines)

    def texts(self, column: str) -> pd.Series[str]:
        return pd.Series(self.cells[column].to_pylist(), dtype="str")

    def where(self, rows: NDArray[np.bool_]) -> Piece:
        """Some of the rows."""
        mask = pa.array(rows)
        return Piece(self.lines[rows], {name: cells.filter(mask) for name, cells in self.cells.items()})


@dataclass
class Reading:
    """One file being read: where it is, and what was found wrong so far.

    Whoever reads raises the problems at the end; as soon as there are `MOST_PROBLEMS` they are raised here.
    """

    path: Path
    file: str = ""
    problems: Problems = field(default_factory=Problems)
    skipped: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.file = self.file or self.path.name
        self.problems.file = self.file

    def refuse(self, piece: Piece, rows: NDArray[np.bool_], column: str, reason: str, remedy: str) -> None:
        """One problem for each marked row of a piece."""
        for place in np.flatnonzero(rows):
            self.problems.add(
                reason,
                remedy,
                row=int(piece.lines[place]),
                field=column,
                value=piece.cells[column][int(place)].as_py()[:MOST_SHOWN],
            )
            self._stop_at_most()

    def _stop_at_most(self) -> None:
        if len(self.problems) >= MOST_PROBLEMS:
            self.problems.add(
                f"more than {MOST_PROBLEMS} problems; reading stopped", "Check that it is the right file."
            )
            self.problems.raise_if_any()

    def numbers(self, piece: Piece, column: str, *, least: float | None = None, blank: bool = False) -> Array:
        """A column as numbers, NaN where refused; blanks and NA are NaN where `blank` allows them."""
        cells = piece.cells[column]
        missing = pc.is_in(cells, value_set=pa.array(BLANK))
        known = pc.if_else(missing, None, cells)
        try:
            values = pc.cast(known, pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            values = pd.to_numeric(pd.Series(known.to_pylist(), dtype=object), errors="coerce").to_numpy(
                float
            )
        empty = missing.to_numpy(zero_copy_only=False)
        if not blank:
            self.refuse(
                piece, empty, column, "the cell is blank", "Missing is never zero: leave the row out."
            )
        self.refuse(
            piece,
            ~empty & ~np.isfinite(values),
            column,
            "not a number",
            "Write digits with a point for decimals, and no separator of thousands.",
        )
        if least is not None:
            with np.errstate(invalid="ignore"):
                self.refuse(piece, values < least, column, f"less than {least:g}", "Correct the value.")
        return np.where(np.isfinite(values), values, np.nan)

    def whole(self, piece: Piece, column: str, least: int, most: int) -> NDArray[np.int64]:
        """A column as whole numbers between two bounds; the lower bound stands for what was refused."""
        values = self.numbers(piece, column)
        with np.errstate(invalid="ignore"):
            wrong = (values != np.floor(values)) | (values < least) | (values > most)
        wrong &= np.isfinite(values)
        self.refuse(piece, wrong, column, f"not a whole number from {least} to {most}", "Correct the value.")
        return np.where(np.isfinite(values) & ~wrong, values, least).astype(np.int64)

    def some(self, rows: int, what: str) -> None:
        """Refuse a file that holds nothing of what was asked for."""
        if not rows and not len(self.problems):
            self.problems.add(f"the file has no {what}", "Ask for a year that it has, or give another file.")
        self.problems.raise_if_any()

    def no_repeats(
        self, keys: Sequence[NDArray[np.int64]], names: str, lines: Sequence[NDArray[np.int64]] = ()
    ) -> None:
        """Each row has a key of its own.

        Parameters
        ----------
        keys : of every row in order, piece by piece; a copy is sorted.
        lines : on which each row stands; by default the rows are those of the file without a gap.
        """
        if not keys or self.skipped:
            return
        ordered = np.concatenate(keys)
        ordered.sort()
        if not (ordered[1:] == ordered[:-1]).any():
            return
        frame = pd.Series(np.concatenate(keys))
        first = frame.groupby(frame).transform("idxmin").to_numpy()
        line = np.concatenate(lines) if lines else np.arange(len(frame)) + HEADER_LINES
        for place in np.flatnonzero(frame.duplicated().to_numpy()):
            self.problems.add(
                f"the same {names} as in row {int(line[first[place]])}",
                "Keep one of the rows.",
                row=int(line[place]),
                field=names,
            )
            self._stop_at_most()


def pieces(
    reading: Reading,
    required: Sequence[str],
    optional: Sequence[str] = (),
    *,
    member: str | None = None,
    prefer: str | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[Piece]:
    """The rows of a CSV file, some megabytes at a time.

    Parameters
    ----------
    reading : collects problems, which the caller raises; a file without a usable row raises here.
    required, optional : the columns that are read; others are passed over.
    member : regular expression for the name of the file inside a zip.
    prefer : what to say when several members fit.
    """
    with opened(reading, member, prefer) as stream:
        some = False
        for piece in _pieces(reading, stream, required, optional, block_bytes):
            some = True
            yield piece
    if not some:
        reading.problems.raise_if_any()


@contextmanager
def opened(reading: Reading, member: str | None = None, prefer: str | None = None) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked on the way."""
    path = reading.path
    if not path.is_file():
        raise InputError(Problem("there is no such file", "Check the path.", file=str(path)))
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                name = _member(archive, reading, member, prefer)
                reading.file = reading.problems.file = f"{path.name}/{name}"
                with archive.open(name) as stream:
                    yield stream
        elif path.suffix == ".gz":
            with gzip.open(path) as stream:
                yield stream  # type: ignore[misc]
        else:
            with path.open("rb") as stream:
                yield stream
    except (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, RuntimeError, NotImplementedError) as error:
        reason = f"the archive is damaged or locked: {error}"
        raise InputError(Problem(reason, "Download it again.", file=reading.file)) from None


def _member(archive: zipfile.ZipFile, reading: Reading, pattern: str | None, prefer: str | None) -> str:
    names = [name for name in archive.namelist() if name.lower().endswith(".csv")]
    fitting = [name for name in names if pattern is None or re.search(pattern, name)]
    if len(fitting) == 1:
        return fitting[0]
    listed = ", ".join((fitting or names)[:8]) or "no CSV file"
    reason = "several files in the archive fit" if fitting else "no file in the archive fits"
    raise InputError(
        Problem(reason, f"{prefer or 'Unpack it and give one file.'} It holds {listed}.", file=reading.file)
    )


def header(reading: Reading, stream: IO[bytes]) -> list[str]:
    """The column names of the first line, without the byte-order mark; the stream moves to line 2."""
    line = stream.readline(HEADER_BYTES)
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        text = ""
    names = [name.strip().strip('"').strip() for name in text.split(",")]
    if names == [""] or len(line) == HEADER_BYTES:
        reason = "the file is empty, or its first line is no header of UTF-8 text"
        raise InputError(Problem(reason, "Download it again.", file=reading.file, row=1))
    return names


def _pieces(
    reading: Reading, stream: IO[bytes], required: Sequence[str], optional: Sequence[str], block_bytes: int
) -> Iterator[Piece]:
    names = header(reading, stream)
    _check_header(reading, names, required)
    wanted = [name for name in (*required, *optional) if name in names]

    def wrong_width(row: Any) -> str:
        reason = f"the row has {row.actual_columns} cells, the header {row.expected_columns}"
        line = None if row.number is None else int(row.number) + 1  # the header was read before
        reading.problems.add(reason, "Restore the row from the official file.", row=line)
        reading.skipped.append(line or 0)
        return "skip" if len(reading.problems) < MOST_PROBLEMS else "error"

    line = HEADER_LINES
    try:
        reader = pacsv.open_csv(
            pa.PythonFile(stream, mode="r"),
            read_options=pacsv.ReadOptions(use_threads=False, block_size=block_bytes, column_names=names),
            parse_options=pacsv.ParseOptions(ignore_empty_lines=False, invalid_row_handler=wrong_width),
            convert_options=pacsv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.string()),
                strings_can_be_null=False,
            ),
        )
        for batch in reader:
            cells = {name: pc.utf8_trim_whitespace(batch.column(name)) for name in wanted}
            lines = _lines(line, len(batch), reading.skipped)
            yield Piece(lines, cells)
            line = int(lines[-1]) + 1 if len(lines) else line
    except pa.ArrowInvalid as error:
        if not len(reading.problems):
            reason = (
                "the file has a header and no rows" if "Empty CSV" in str(error) else f"not a CSV: {error}"
            )
            reading.problems.add(reason, "Download it again.")


def _lines(first: int, count: int, skipped: Sequence[int]) -> NDArray[np.int64]:
    """Lines of the next rows, without those that were passed over."""
    lines = np.arange(first, first + count + len(skipped), dtype=np.int64)
    return lines[~np.isin(lines, skipped)][:count]


def _check_header(reading: Reading, names: Sequence[str], required: Sequence[str]) -> None:
    if len(names) == 1 and ";" in names[0]:
        reading.problems.add("the cells are separated by semicolons", "Give the official file.", row=1)
    else:
        for name in required:
            if name not in names:
                remedy = f"Give the official file; its columns are {', '.join(required)}. "
                near = suggestion(name, names) if sum(map(len, names)) < MOST_LETTERS else ""
                reading.problems.add("a column is missing", remedy + near, row=1, field=name)
        for name in sorted({name for name in names if names.count(name) > 1 and name in required}):
            reading.problems.add("the column appears twice", "Keep one.", row=1, field=name)
    reading.problems.raise_if_any()
