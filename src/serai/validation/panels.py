"""Published estimates on public panels: Weidner and Zylkin (2021); the separation examples of ppmlhdfe."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from serai.gravity import GravityFit, fit_gravity
from serai.gravity.separation import separated
from serai.validation.check import largest

MANUFACTURES = "weidner_zylkin/manuf_panel.parquet"
SEPARATION = tuple(f"separation/{number:02d}.csv" for number in range(1, 19))


@lru_cache(maxsize=1)
def manufactures(folder: Path) -> pd.DataFrame:
    """The panel of Weidner and Zylkin: 65 countries, manufactures."""
    return pd.read_parquet(folder / MANUFACTURES)


@lru_cache(maxsize=1)
def three_way(folder: Path) -> GravityFit:
    """Free-trade agreements with three-way effects, corrected for incidental parameters."""
    return fit_gravity(
        manufactures(folder),
        flow="trade",
        covariates="fta",
        exporter="isoexp",
        importer="isoimp",
        bias_correction=True,
    )


def weidner_zylkin(folder: Path) -> dict[str, float]:
    """The estimate, its bias and both standard errors."""
    found = three_way(folder)
    assert found.bias is not None
    return {
        "fta": float(found.bias.uncorrected[0]),
        "fta (s.e.)": float(found.bias.uncorrected_vcov[0, 0] ** 0.5),
        "bias": float(found.bias.bias[0]),
        "fta corrected": float(found.coefficients[0]),
        "fta corrected (s.e.)": float(found.std_errors[0]),
    }


def separation(folder: Path) -> dict[str, float]:
    """In how many of the 18 files each flag is the published one, and the flags that differ in all."""
    wrong = [int((ours != theirs).sum()) for ours, theirs in (flags(folder / name) for name in SEPARATION)]
    return {"files with every flag the same": wrong.count(0), "flags that differ": largest([sum(wrong)])}


def flags(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Which observations of an example are separated: ours, published."""
    table = pd.read_csv(path)
    x = table[[c for c in table if str(c).startswith("x")]].to_numpy(float)
    groups = [pd.factorize(table[c])[0].astype(np.int64) for c in table if str(c).startswith("id")]
    ours = np.asarray(separated(table["y"].to_numpy(float), x, groups), dtype=bool)
    return ours, table["separated"].to_numpy(bool)
