"""What would tip an appraisal, and which driver moves it most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from serai.draws import Uncertain
from serai.programme.flows import Drivers
from serai.programme.valuation import Driver, Valuation


@dataclass(frozen=True, slots=True)
class Switch:
    """The value of a driver at which the ENPV of the central case is zero; NaN where none is in reach."""

    driver: str
    central: float
    switching: float
    unit: str

    @property
    def change_pct(self) -> float:
        return 100 * (self.switching / self.central - 1) if self.central else float("nan")


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the tornado: ENPV with one driver at its 10th and 90th percentile, the others central."""

    driver: str
    low: float
    high: float
    enpv_at_low_usd_m: float
    enpv_at_high_usd_m: float
    unit: str

    @property
    def width(self) -> float:
        return abs(self.enpv_at_high_usd_m - self.enpv_at_low_usd_m)


SCAN_POINTS = 120
SCAN_TIMES = 30
"""A switching value is sought from a thirtieth of a driver to thirty times it."""


def switching_value(model: Valuation, name: str, central: Drivers) -> Switch:
    """The nearest value of one driver at which the central case is worth nothing."""
    driver = model.drivers[name]
    if name.endswith("overrun_pct"):
        points = np.linspace(-99, 100 * SCAN_TIMES, SCAN_POINTS)
    else:
        points = driver.value * np.geomspace(1 / SCAN_TIMES, SCAN_TIMES, SCAN_POINTS)
    at = {key: np.full(SCAN_POINTS, value[0]) for key, value in central.items()}
    signs = np.sign(model.enpv({**at, name: points}))
    crossings = np.flatnonzero(signs[1:] * signs[:-1] < 0)
    found = float("nan")
    if crossings.size:
        near = crossings[np.abs(points[crossings] - driver.value).argmin()]
        found = float(optimize.brentq(lambda x: _at(model, central, name, x), points[near], points[near + 1]))
    return Switch(name, float(central[name][0]), found, _unit(driver))


def _at(model: Valuation, central: Drivers, name: str, value: float) -> float:
    return float(model.enpv({**central, name: np.array([value])})[0])


def tornado(model: Valuation, central: Drivers) -> tuple[Bar, ...]:
    """Bars, the widest first; the discount rate at the ends of its range, which is a choice."""
    bars = []
    for name in model.uncertain():
        driver = model.drivers[name]
        low, high = driver.quantile(np.array([1 / 10])), driver.quantile(np.array([9 / 10]))
        at_low, at_high = (float(model.enpv({**central, name: end})[0]) for end in (low, high))
        bars.append(Bar(name, float(low[0]), float(high[0]), at_low, at_high, _unit(driver)))
    least, most = model.discount.low, model.discount.high
    if least is not None and most is not None:
        at_low, at_high = (float(model.enpv(central, rate / 100)[0]) for rate in (least, most))
        bars.append(Bar("discount_rate", least, most, at_low, at_high, model.discount.unit))
    return tuple(sorted(bars, key=lambda bar: bar.width, reverse=True))


def _unit(driver: Driver) -> str:
    return driver.unit if isinstance(driver, Uncertain) else "% of estimate"
