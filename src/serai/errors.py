"""What can go wrong, as one tree.

    SeraiError
    ├── InputError          what the user gave is wrong: every problem with file, row, field, reason, remedy
    ├── UnknownNameError    a name that does not exist; suggests the nearest
    ├── SolveError          a model did not reach an answer; carries the status and its remedy
    ├── RunError            a run folder is missing, damaged or does not follow from its inputs
    └── MissingExtraError   an optional package is not installed; says the exact install line

Every message says what happened, which rows, and what to do.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass


class SeraiError(Exception):
    """The base of everything that serai raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input.

    Parameters
    ----------
    reason : what was wrong, in words.
    remedy : what would be right.
    file, row, field, value : where it is; `row` counts lines of the file, the header is line 1.
    """

    reason: str
    remedy: str
    file: str | None = None
    row: int | str | None = None
    field: str | None = None
    value: object = None

    def __str__(self) -> str:
        places = [self.file, None if self.row is None else f"row {self.row}", self.field]
        where = ", ".join(str(place) for place in places if place is not None)
        found = "" if self.value is None else f" (found {self.value!r})"
        return f"{where}{': ' if where else ''}{self.reason}{found}. {self.remedy}"

    def as_dict(self) -> dict[str, object]:
        """The fields that are known, for `--json`."""
        return {k: v for k, v in asdict(self).items() if v is not None}


class InputError(SeraiError):
    """Input that is refused, with all its problems at once, not only the first."""

    shown = 20

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(self._text())

    def __reduce__(self) -> tuple[type[InputError], tuple[object, ...]]:
        return type(self), (self.problems,)

    def _text(self) -> str:
        lines = [str(problem) for problem in self.problems[: self.shown]]
        if len(self.problems) == 1:
            return lines[0]
        more = len(self.problems) - len(lines)
        lines = [f"{len(self.problems)} problems:", *(f"  {line}" for line in lines)]
        return "\n".join([*lines, f"  and {more} more"] if more else lines)


class Problems:
    """Collects problems and raises them together.

    >>> problems = Problems("trade.csv")
    >>> problems.add("a flow is negative", "Flows are zero or more.", row=7, field="value_usd_m", value=-3.0)
    >>> len(problems)
    1
    """

    def __init__(self, file: str | None = None) -> None:
        self.file = file
        self._found: list[Problem] = []

    def add(
        self,
        reason: str,
        remedy: str,
        *,
        row: int | str | None = None,
        field: str | None = None,
        value: object = None,
        file: str | None = None,
    ) -> None:
        self._found.append(Problem(reason, remedy, file or self.file, row, field, value))

    def extend(self, problems: Iterable[Problem]) -> None:
        self._found.extend(problems)

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found)

    def raise_if_any(self) -> None:
        if self._found:
            raise InputError(self._found)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to a misspelt one, or None when none is close; of equals, the same start.

    >>> nearest("KAX", ["JPN", "KAZ", "LKA"])
    'KAZ'
    """
    by_lower = {candidate.lower(): candidate for candidate in known}
    wanted = name.lower()
    found = difflib.get_close_matches(wanted, by_lower, n=8, cutoff=0.5)

    def likeness(candidate: str) -> tuple[float, int]:
        same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(candidate, wanted, strict=False))
        return difflib.SequenceMatcher(None, candidate, wanted).ratio(), len(list(same))

    return by_lower[max(found, key=likeness)] if found else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """A remedy for a name that does not exist: the nearest known one, or the list.

    >>> suggestion("KAX", ["JPN", "KAZ"])
    'Did you mean KAZ?'
    """
    candidates = list(known)
    if not candidates:
        return "There is none."
    near = nearest(name, candidates)
    if near is not None:
        return f"Did you mean {near}?"
    listed = ", ".join(candidates[:12]) + (", ..." if len(candidates) > 12 else "")
    return f"Known: {listed}."


class UnknownNameError(SeraiError, LookupError):
    """A name that does not exist."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        super().__init__(f"There is no {kind} called {name!r}. {suggestion(name, self.known)}")

    def __reduce__(self) -> tuple[type[UnknownNameError], tuple[object, ...]]:
        return type(self), (self.kind, self.name, self.known)


class SolveError(SeraiError):
    """A model that did not reach an answer."""

    def __init__(self, status: str, remedy: str, detail: str = "") -> None:
        self.status, self.remedy, self.detail = status, remedy, detail
        super().__init__(". ".join(part.rstrip(".") for part in (status, detail, remedy) if part) + ".")

    def __reduce__(self) -> tuple[type[SolveError], tuple[object, ...]]:
        return type(self), (self.status, self.remedy, self.detail)


class RunError(SeraiError):
    """A run folder that is missing, damaged, or does not follow from its inputs."""


class MissingExtraError(SeraiError, ImportError):
    """An optional package that is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed. Run: pip install 'serai[{extra}]'")
