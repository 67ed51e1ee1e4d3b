"""How far a reader is, told to whoever wants to know: a command line, a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TypeVar

T = TypeVar("T")

Progress = Callable[[str, int, int], None]
"""Called with what is read (a file or a sheet), how much is done, and how much there is."""

EVERY = 1000
PIECE = 1 << 18


def counted(items: Sequence[T], name: str, progress: Progress | None) -> Iterator[tuple[int, T]]:
    """The items with their numbers from 0, as `enumerate`; every thousandth and the end are told."""
    for number, item in enumerate(items):
        if progress and number % EVERY == 0:
            progress(name, number, len(items))
        yield number, item
    if progress:
        progress(name, len(items), len(items))


def report(lines: Iterable[str], path: Path, progress: Progress | None) -> Iterator[str]:
    """The lines of a text file; how many of its bytes they take is told from time to time."""
    total, done = path.stat().st_size, 0
    for number, line in enumerate(lines):
        if progress and number % EVERY == 0:
            progress(path.name, min(done, total), total)
        done += len(line.encode())
        yield line
    if progress:
        progress(path.name, total, total)


class Watched:
    """A binary file that tells how many bytes were read."""

    def __init__(self, file: IO[bytes], path: Path, progress: Progress) -> None:
        self.file, self.path, self.progress = file, path, progress
        self.total, self.done = path.stat().st_size, 0

    def read(self, size: int = -1) -> bytes:
        """Read as the file does."""
        piece = self.file.read(size)
        if self.done // PIECE != (self.done + len(piece)) // PIECE or len(piece) < size:
            self.progress(self.path.name, min(self.done + len(piece), self.total), self.total)
        self.done += len(piece)
        return piece
