"""What estimates of a kind of project have turned into: distributions of the reference class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from serai.axes import Array
from serai.draws import Uncertain
from serai.errors import InputError, Problem
from serai.programme.parameters import reference_classes


@dataclass(frozen=True, slots=True)
class FatTail:
    """Cost overrun in per cent: a bounded body and, for some projects, an exponential tail.

    The published facts of a class are its mean, the share of projects in the tail, and the tail's mean. The
    body is the symmetric triangle whose mean makes the whole mean come out; the tail starts at `start` and
    falls off exponentially. All three facts are met exactly; the shapes between are ours.

    Parameters
    ----------
    name : stream of random numbers.
    value : the mean.
    share : probability of the tail, 0 to 1.
    tail_mean, start : mean of the tail and where it starts.
    spread : half-width of the body.

    Examples
    --------
    >>> rail = cost_overrun("rail", "a line")
    >>> round(float(rail.quantile(np.linspace(0.0005, 0.9995, 1000)).mean()))
    39
    """

    name: str
    value: float
    share: float
    tail_mean: float
    start: float
    spread: float

    @property
    def body_mean(self) -> float:
        return (self.value - self.share * self.tail_mean) / (1 - self.share)

    def quantile(self, probability: Array | float) -> Array:
        """The overrun below which a project stays with this probability; any shape of array."""
        p = np.asarray(probability, dtype=float)
        half = min(self.spread, self.start - self.body_mean)
        inside = np.clip(p / (1 - self.share), 0, 1)
        rising, falling = np.sqrt(2 * inside) - 1, 1 - np.sqrt(2 * (1 - inside))
        body = self.body_mean + half * np.where(inside < 1 / 2, rising, falling)
        left = np.clip((1 - p) / self.share, np.finfo(float).tiny, 1) if self.share else np.ones(p.shape)
        tail = self.start - (self.tail_mean - self.start) * np.log(left)
        return np.where(p < 1 - self.share, body, tail)


def cost_overrun(reference_class: str, project: str) -> FatTail:
    """The cost overrun of a class as one project draws it, independent of other projects'."""
    known = reference_classes()
    percent = {
        name: known.of(name, reference_class).value
        for name in (
            "mean_overrun_pct",
            "tail_share_pct",
            "tail_mean_pct",
            "tail_start_pct",
            "body_spread_pct",
        )
    }
    overrun = FatTail(
        name=f"cost_overrun_pct:{project}",
        value=percent["mean_overrun_pct"],
        share=percent["tail_share_pct"] / 100,
        tail_mean=percent["tail_mean_pct"],
        start=percent["tail_start_pct"],
        spread=percent["body_spread_pct"],
    )
    if not (0 <= overrun.share < 1 and overrun.tail_mean >= overrun.start >= overrun.body_mean):
        raise InputError(
            Problem(
                "the mean, the tail's share and the tail's mean contradict each other",
                "The body's mean must lie below the start of the tail.",
                file="reference_classes.csv",
                field=reference_class,
                value=percent,
            )
        )
    return overrun


def fixed(name: str, value: float, unit: str = "", basis: str = "reported", source: str = "") -> Uncertain:
    """A driver that is known."""
    return Uncertain(name, value, unit=unit, basis=basis, source=source)
