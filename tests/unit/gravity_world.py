"""Small panels and a slow, plain estimator to compare with: dummies written out, dense Newton."""

from __future__ import annotations

import numpy as np
import pandas as pd

KEYS = {
    "exporter": ("exporter",),
    "importer": ("importer",),
    "year": ("year",),
    "exporter-year": ("exporter", "year"),
    "importer-year": ("importer", "year"),
    "pair": ("exporter", "importer"),
}


def world(economies: int = 6, years: int = 4, seed: int = 0, holes: float = 0.0) -> pd.DataFrame:
    """A panel with covariates x and z, flows with noise, and weights w."""
    random = np.random.default_rng(seed)
    i, j, t = np.indices((economies, economies, years)).reshape(3, -1)
    kept = random.random(i.size) >= holes
    i, j, t = i[kept], j[kept], t[kept]
    x, z = random.normal(size=(2, i.size))
    index = (
        random.normal(size=(economies, years))[i, t] + random.normal(size=(economies, years))[j, t] + 0.4 * x
    )
    names = np.array([f"E{k}" for k in range(economies)])
    return pd.DataFrame(
        {
            "exporter": names[i], "importer": names[j], "year": 2000 + t, "x": x, "z": z,
            "flow": np.exp(index) * random.gamma(2.0, 0.5, i.size), "w": random.uniform(0.5, 2.0, i.size),
        }
    )  # fmt: skip


def plain_ppml(
    panel: pd.DataFrame, covariates: list[str], effects: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and fitted flows by Newton steps on a dense design with every dummy."""
    parts = [panel[covariates].to_numpy(float)]
    for effect in effects:
        label = panel[list(KEYS[effect])].astype(str).agg("|".join, axis=1)
        parts.append(pd.get_dummies(label).to_numpy(float))
    design = np.concatenate([*parts, np.ones((len(panel), 1))], axis=1)
    flow = panel["flow"].to_numpy(float)
    index = np.log(flow + flow.mean())
    for _ in range(60):
        mu = np.exp(index)
        root = np.sqrt(mu)
        target = index + (flow - mu) / mu
        beta, *_ = np.linalg.lstsq(design * root[:, None], target * root, rcond=1e-12)
        index = design @ beta
    return beta[: len(covariates)], np.exp(index)
