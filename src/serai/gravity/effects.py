"""Which fixed effects a gravity equation has, and which of them absorb others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from serai.errors import UnknownNameError

EFFECTS = (
    "exporter",
    "importer",
    "year",
    "exporter-year",
    "importer-year",
    "pair",
    "symmetric pair",
)


@dataclass(frozen=True, slots=True)
class EffectPlan:
    """The effects that remain once nested ones are dropped.

    On the grid [exporter, importer, year] an effect is constant along some axes. Exporter-year effects
    absorb exporter and year effects, pair effects absorb exporter, importer and symmetric pair effects.

    Parameters
    ----------
    asked : the effects as the user named them.
    exporter, importer : `none`, `fixed` (one an economy) or `yearly` (one an economy and year).
    year : whether year effects remain.
    pair : `none`, `directed` (i to n differs from n to i) or `symmetric`.
    """

    asked: tuple[str, ...]
    exporter: str
    importer: str
    year: bool
    pair: str

    @property
    def any(self) -> bool:
        return bool(self.kept)

    @property
    def kept(self) -> tuple[str, ...]:
        """The effects that remain, by name."""
        names = []
        for side, kind in (("exporter", self.exporter), ("importer", self.importer)):
            if kind != "none":
                names.append(side if kind == "fixed" else f"{side}-year")
        names += ["year"] * self.year
        if self.pair != "none":
            names.append("pair" if self.pair == "directed" else "symmetric pair")
        return tuple(names)

    @property
    def by_year(self) -> bool:
        return self.year or "yearly" in (self.exporter, self.importer)


def plan_effects(asked: Sequence[str]) -> EffectPlan:
    """Drop the effects that others absorb.

    >>> plan_effects(["exporter", "exporter-year", "pair"]).kept
    ('exporter-year', 'pair')
    """
    for name in asked:
        if name not in EFFECTS:
            raise UnknownNameError("effect", name, EFFECTS)
    pair = "directed" if "pair" in asked else "symmetric" if "symmetric pair" in asked else "none"

    def side(name: str) -> str:
        if f"{name}-year" in asked:
            return "yearly"
        return "fixed" if name in asked and pair != "directed" else "none"

    exporter, importer = side("exporter"), side("importer")
    year = "year" in asked and "yearly" not in (exporter, importer)
    return EffectPlan(tuple(asked), exporter, importer, year, pair)
