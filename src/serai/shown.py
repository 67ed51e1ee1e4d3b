"""How results show themselves in a notebook: what they say in one line, and a table of what they hold.

Nothing but escaped text in a table: no style of its own, no script, no request to anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")

MOST_ROWS = 60
MOST_WORDS = 160
LARGE = 10_000
"""From here on a number is shown without decimals."""


class Shown:
    """A result that a notebook shows as a table: its `tidy()` where it has one, else its fields."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        tidy, summary = getattr(self, "tidy", None), getattr(self, "summary", None)
        said = str(summary()).partition("\n")[0] if summary else type(self).__name__
        return frame_html(tidy(), said) if tidy else fields_html(self, said)


class Rows(tuple[T, ...]):
    """A tuple of small records that a notebook shows as a table.

    Examples
    --------
    >>> Rows([1, 2]) == (1, 2)
    True
    """

    __slots__ = ()

    def tidy(self) -> pd.DataFrame:
        """One row a record, one column a field."""
        import pandas as pd

        return pd.DataFrame([_values(row) for row in self])

    def _repr_html_(self) -> str:
        kind = type(self[0]).__name__ if self else "nothing"
        return frame_html(self.tidy(), f"{len(self)} x {kind}" if self else "none")


def frame_html(frame: pd.DataFrame, caption: str = "", most: int = MOST_ROWS) -> str:
    """A data frame as an HTML table of at most so many rows; what is left out is counted.

    Examples
    --------
    >>> import pandas as pd
    >>> frame_html(pd.DataFrame({"a": ["<b>"]}), "one")
    '<table><caption>one</caption><thead><tr><th>a</th></tr></thead><tbody><tr><td>&lt;b&gt;</td></tr></tbody></table>'
    """
    names = [str(name) for name in frame.columns]
    rows = frame.head(most).itertuples(index=False, name=None)
    left = len(frame) - most
    return _table(names, rows, caption) + (f"<p>and {left:,} more rows: .tidy()</p>" if left > 0 else "")


def fields_html(record: Any, caption: str = "") -> str:
    """The fields of a record as an HTML table, one a row; tables inside it by their size."""
    return _table(("", ""), _values(record).items(), caption)


def _values(record: Any) -> Mapping[str, Any]:
    """Name -> value of the public fields of a dataclass or a model; anything else is a single value."""
    if is_dataclass(record) and not isinstance(record, type):
        return {f.name: getattr(record, f.name) for f in fields(record) if not f.name.startswith("_")}
    model: Mapping[str, Any] | None = getattr(type(record), "model_fields", None)
    return {name: getattr(record, name) for name in model} if model is not None else {"value": record}


def _table(names: Sequence[str], rows: Iterable[Iterable[Any]], caption: str) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    said = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{said}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    number = isinstance(value, float | int) and not isinstance(value, bool)
    return f'<td align="right">{_text(value)}</td>' if number else f"<td>{escape(_text(value))}</td>"


def _text(value: Any) -> str:
    """A value in a few words: numbers to four digits, nothing for what is missing, large things by size."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if LARGE <= abs(value) < math.inf else f"{value:.4g}"
    if hasattr(value, "shape"):
        return f"{type(value).__name__} of {' x '.join(map(str, value.shape))}" if value.shape else str(value)
    if isinstance(value, Mapping):
        return _shortened("; ".join(map(str, value)), len(value))
    if isinstance(value, tuple | list | frozenset | set):
        return _shortened("; ".join(map(_text, value)), len(value))
    return _shortened(str(value), 1)


def _shortened(text: str, count: int) -> str:
    if len(text) <= MOST_WORDS:
        return text
    return f"{count} entries" if count > 1 else f"{text[:MOST_WORDS]}…"
