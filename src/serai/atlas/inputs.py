"""The tables as arrays, and their uncertain cells at the centre or by draw."""

from __future__ import annotations

from weakref import proxy

import numpy as np

from serai.atlas import steps
from serai.atlas.load import Atlas
from serai.axes import Array
from serai.draws import Draws, triangular


class Book:
    """The tables as arrays, without draws."""

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = proxy(atlas)  # a book may be kept beside its atlas, and must not keep it alive
        self.axis = atlas.economies
        self.count = len(self.axis)
        self.off = ~np.eye(self.count, dtype=bool)
        self.gdp = atlas.figure("gdp")
        self.capital_share = atlas.figure("capital_share")
        self.goods, self.goods_low, self.goods_high = self._three("trade", "goods")
        self.services, self.services_low, self.services_high = self._three("trade", "services")
        self.gold, self.gold_low, self.gold_high = self._three("trade", "gold")
        self.domestic = np.diagonal(atlas.matrix("trade", "domestic")).copy()
        level = atlas.parameter("icio_goods_level").value
        other = atlas.matrix("trade", "goods", "other_value") * level
        corrected = atlas.basis("trade", "goods") == "corrected"
        self.disputed = self.off & np.isfinite(other) & (other > 0) & (self.goods > 0) & ~corrected
        self.other = other
        self.fdi, self.fdi_low, self.fdi_high = self._three("fdi", None)
        self.fdi_cap = self._undisclosed()
        inward = atlas.figure("fdi_inward")
        owners = self.fdi.sum(axis=0)
        self.inward = np.where(np.isfinite(inward) & (inward > 0) & (owners > 0), inward, owners)
        self.transfers, self.transfers_low, self.transfers_high = self._three("transfers", None)
        self.hubs = atlas.table("reexports")
        self.focus = self.axis.indices(atlas.focus)

    def _three(self, table: str, flow: str | None) -> tuple[Array, Array, Array]:
        """Value, low, high with zeros where the table has no row and the value where it has no range."""
        value, low, high = (self.atlas.matrix(table, flow, column) for column in (None, "low", "high"))
        own = np.eye(self.count, dtype=bool)
        value = np.where(own | np.isnan(value), 0.0, value)
        return value, np.where(np.isnan(low) | own, value, low), np.where(np.isnan(high) | own, value, high)

    def _undisclosed(self) -> Array:
        """An imputed cell cannot exceed all that its owner leaves undisclosed."""
        imputed = self.atlas.basis("fdi") == "imputed"
        total = np.where(imputed, self.fdi, 0.0).sum(axis=1, keepdims=True)
        return np.where(imputed, np.maximum(total, self.fdi), np.inf)

    def range_of(self, variable: str) -> tuple[Array, Array, Array]:
        value, low, high = (self.atlas.figure(variable, column) for column in ("value", "low", "high"))
        return value, np.where(np.isnan(low), value, low), np.where(np.isnan(high), value, high)

    def scalar(self, name: str) -> float:
        return float(self.atlas.parameter(name).value)


class Numbers:
    """Uncertain inputs: their centre once, or their draws."""

    def __init__(self, draws: Draws | None) -> None:
        self.draws = draws
        self.count = 1 if draws is None else draws.count

    def normal(self, name: str, size: int) -> Array:
        return np.zeros((1, size)) if self.draws is None else self.draws.normal(f"atlas/{name}", (size,))

    def cells(self, name: str, value: Array, low: Array, high: Array) -> Array:
        """A matrix whose cells with a range are drawn inside it, (d, N, N)."""
        result = np.broadcast_to(value, (self.count, *value.shape)).copy()
        if self.draws is not None:
            at = (high > low) & (value > 0)
            z = self.normal(name, int(at.sum()))
            result[:, at] = steps.lognormal(z, value[at], low[at], high[at])
        return result

    def triangle(self, name: str, value: Array, low: Array, high: Array, *, together: bool = False) -> Array:
        """Triangular draws of a vector, (d, size); `together`: all move with one number."""
        value, low, high = (np.atleast_1d(np.asarray(v, dtype=float)) for v in (value, low, high))
        if self.draws is None:
            return value[None, :].copy()
        shape = (1,) if together else (value.size,)
        return triangular(self.draws.uniform(f"atlas/{name}", shape), low, value, high)

    def parameter(self, atlas: Atlas, name: str) -> Array:
        uncertain = atlas.parameter(name)
        return np.array([uncertain.value]) if self.draws is None else self.draws.sample(uncertain)
