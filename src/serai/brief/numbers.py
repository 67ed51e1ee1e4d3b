"""Every number of the brief: its key, its interval, its unit, its basis, and what it was made from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from serai.axes import Array
from serai.draws import interval
from serai.errors import UnknownNameError

BASES = (
    "reported",
    "carried",
    "corrected",
    "mirrored",
    "imputed",
    "assumed",
    "estimated",
    "calibrated",
    "computed",
)


@dataclass(frozen=True, slots=True)
class Number:
    """One number as it is shown.

    Attributes
    ----------
    key : its address, such as `ladder/unified_fta/fixed/KAZ/real_income`.
    label : what it is, in words.
    estimate, low, high : the number; low and high are the 5th and 95th percentile of the draws, or None.
    unit : `ratio` and `ratio_change` (0.01 is one percent), `usd_million`, `effect` (log points), `count`, `plain`.
    basis : how it is known. sources : keys of source cards.
    made_from : keys one step back: rows, parameters, scenarios, other numbers.
    """

    key: str
    label: str
    estimate: float
    unit: str
    basis: str
    low: float | None = None
    high: float | None = None
    sources: tuple[str, ...] = ()
    made_from: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        fields = asdict(self)
        return {k: (None if isinstance(v, float) and not math.isfinite(v) else v) for k, v in fields.items()}

    @property
    def sign_known(self) -> bool:
        """Does the interval leave no doubt about the sign?"""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass
class Numbers:
    """All numbers of a brief, and the nodes between them and the sources.

    A node is a step of the path that is no number itself: a scenario, a measure, a step of the base year, a
    row of a table. It has a label, the keys it was made from, and its fields.
    """

    by_key: dict[str, Number] = field(default_factory=dict)
    nodes: dict[str, dict[str, object]] = field(default_factory=dict)

    def add(self, number: Number) -> Number:
        if number.key in self.by_key and self.by_key[number.key] != number:
            raise ValueError(f"two different numbers under one key: {number.key}")
        if number.basis not in BASES:
            raise UnknownNameError("basis", number.basis, BASES)
        self.by_key[number.key] = number
        return number

    def drawn(
        self,
        key: str,
        label: str,
        values: Array,
        unit: str,
        *,
        made_from: Iterable[str],
        sources: Iterable[str] = (),
        basis: str = "computed",
    ) -> Number:
        """A number from its draws: median with the 5th and 95th percentile."""
        found = interval(values)
        return self.add(
            Number(
                key,
                label,
                found.estimate,
                unit,
                basis,
                found.low,
                found.high,
                tuple(sources),
                tuple(made_from),
            )
        )

    def node(
        self, key: str, label: str, made_from: Iterable[str] = (), fields: Mapping[str, object] | None = None
    ) -> str:
        self.nodes[key] = {"label": label, "made_from": list(made_from), **(fields or {})}
        return key

    def __getitem__(self, key: str) -> Number:
        try:
            return self.by_key[key]
        except KeyError:
            raise UnknownNameError("number", key, self.by_key) from None
