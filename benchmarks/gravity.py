"""PPML against pyfixest: the same data, the same process, data frame in and standard errors out.

    python -m benchmarks.gravity            the main table (N = 200, T = 15 and 30)
    python -m benchmarks.gravity growth     time and memory as the panel grows
    python -m benchmarks.gravity small      small panels, cross-sections, two-way
    python -m benchmarks.gravity industries many industries from Parquet
    python -m benchmarks.gravity penppml    the real panel of 316,317 rows (SERAI_VALIDATION)

Minimum of five runs on each side, alternating, after one that is not counted. Both estimate with pair
clusters and G / (G - 1).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from serai.executors import Processes, Serial
from serai.gravity import compiled, fit_gravity, fit_gravity_by
from serai.gravity import kernels as numpy_kernels

RUNS = 5
THREE_WAY = "exporter^year + importer^year + exporter^importer"


def easy(economies: int, years: int, regressors: int, seed: int = 1) -> pd.DataFrame:
    """Mild effects, no zeros."""
    return _panel(economies, years, regressors, seed, spread=0.5, zeros=0.0)


def hard(economies: int, years: int, regressors: int, seed: int = 1) -> pd.DataFrame:
    """Strong effects and 30 % zeros."""
    return _panel(economies, years, regressors, seed, spread=2.0, zeros=0.3)


def _panel(
    economies: int, years: int, regressors: int, seed: int, spread: float, zeros: float
) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    shape = (economies, economies, years)
    drift = [np.cumsum(random.normal(0, 0.2, (economies, years)), axis=1) for _ in range(2)]
    exporter, importer = (random.normal(0, spread, (economies, 1)) + d for d in drift)
    x = (random.random((regressors, *shape)) < 0.3) + 0.3 * random.normal(size=(regressors, *shape))
    pair = random.normal(0, spread, (economies, economies, 1))
    index = exporter[:, None] + importer[None] + pair + 0.2 * x.sum(axis=0)
    flow = np.exp(index) * random.gamma(1.0, 1.0, shape) * (random.random(shape) >= zeros)
    i, j, t = np.indices(shape).reshape(3, -1)
    names = np.array([f"E{k:03d}" for k in range(economies)])
    table = {"exporter": names[i], "importer": names[j], "year": 1990 + t, "trade": flow.ravel()}
    table |= {f"x{k}": x[k].ravel() for k in range(regressors)}
    return pd.DataFrame(table)


def _ours(panel: Any, names: list[str], kernels: str, effects: list[str] | None = None) -> Any:
    import serai.gravity.fit as module

    chosen = (lambda _: numpy_kernels) if kernels == "numpy" else compiled.best_kernels
    module.best_kernels = chosen  # type: ignore[assignment]
    more = {"effects": effects} if effects else {}
    return fit_gravity(panel, flow="trade", covariates=names, **more)


def _theirs(panel: pd.DataFrame, names: list[str], effects: str = THREE_WAY, pair: str = "pair") -> Any:
    import pyfixest

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pyfixest.fepois(
            f"trade ~ {' + '.join(names)} | {effects}",
            panel,
            vcov={"CRV1": pair},
            ssc=pyfixest.ssc(k_adj=False),
        )


def _race(runners: dict[str, Callable[[], Any]], runs: int = RUNS) -> dict[str, tuple[float, Any]]:
    best: dict[str, tuple[float, Any]] = {}
    for run in range(runs + 1):
        for name, runner in runners.items():
            start = time.perf_counter()
            result = runner()
            took = time.perf_counter() - start
            if run and took < best.get(name, (np.inf, None))[0]:
                best[name] = (took, result)
    return best


def _compare(
    label: str, panel: pd.DataFrame, effects: list[str] | None = None, formula: str = THREE_WAY
) -> None:
    names = [c for c in panel.columns if c.startswith("x")]
    with_pair = panel.assign(pair=panel["exporter"].str.cat(panel["importer"]))
    runners: dict[str, Callable[[], Any]] = {
        "numpy": lambda: _ours(panel, names, "numpy", effects),
        "numba": lambda: _ours(panel, names, "numba", effects),
        "pyfixest": lambda: _theirs(with_pair, names, formula),
    }
    if not compiled.ready():
        del runners["numba"]
    best = _race(runners)
    rival = best["pyfixest"]
    apart = max(
        np.abs(fit.coefficients - rival[1].coef().to_numpy()).max()
        for k, (_, fit) in best.items()
        if k != "pyfixest"
    )
    parts = [f"{k} {t:7.3f} s ({rival[0] / t:5.1f} x)" for k, (t, _) in best.items() if k != "pyfixest"]
    print(
        f"{label:34s} pyfixest {rival[0]:7.3f} s   {'   '.join(parts)}   coefficients apart {apart:.0e}",
        flush=True,
    )


def main_table() -> None:
    for years in (15, 30):
        for regressors in (1, 5):
            for make in (easy, hard):
                _compare(f"N=200 T={years} K={regressors} {make.__name__}", make(200, years, regressors))


def small() -> None:
    two, three = ["exporter-year", "importer-year"], None
    cases = [
        ("N=10 T=5 three-way", hard(10, 5, 1), three, THREE_WAY),
        ("N=30 T=10 three-way", hard(30, 10, 1), three, THREE_WAY),
        ("N=60 cross-section", hard(60, 1, 2), ["exporter", "importer"], "exporter + importer"),
        ("N=200 cross-section", hard(200, 1, 2), ["exporter", "importer"], "exporter + importer"),
        ("N=70 T=6 two-way", hard(70, 6, 4), two, "exporter^year + importer^year"),
        ("N=200 T=15 two-way", hard(200, 15, 1), two, "exporter^year + importer^year"),
        ("N=200 T=15 exporter importer year", hard(200, 15, 1), ["exporter", "importer", "year"],
         "exporter + importer + year"),
    ]  # fmt: skip
    for label, panel, effects, formula in cases:
        _compare(label, panel, effects, formula)


GROWTH = ((100, 30), (200, 30), (300, 30), (200, 10), (200, 20), (200, 40))


def growth() -> None:
    """Both paths as the panel grows, each size in a process of its own, for its peak memory."""
    print(
        "| N | T | cells | "
        + " | ".join(f"{k}: first, s | warm, s | peak, MB" for k in ("NumPy", "numba"))
        + " |"
    )
    print("|" + "---|" * 9, flush=True)
    for economies, years in GROWTH:
        cells = [one(economies, years, 1, kind) for kind in ("numpy", "numba")]
        row = " | ".join(f"{c['first']:.2f} | {c['warm']:.2f} | {c['peak']:.0f}" for c in cells)
        print(f"| {economies} | {years} | {economies**2 * years:,} | {row} |", flush=True)


def one(economies: int, years: int, regressors: int, kind: str) -> dict[str, float]:
    """First call in a new process, the best of the next five, and peak memory, from a Parquet file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "panel.parquet"
        maker = [sys.executable, "-c", MAKE, str(economies), str(years), str(regressors), str(path)]
        subprocess.run(maker, check=True)
        runner = [sys.executable, "-c", RUN, kind, str(path), str(regressors)]
        done = subprocess.run(runner, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


MAKE = """
import sys
from benchmarks.gravity import hard
hard(*(int(a) for a in sys.argv[1:4])).to_parquet(sys.argv[4])
"""

# serai is imported inside the clock; the benchmark's own imports are not part of what is measured.
RUN = """
import json, sys, time
kind, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
names = [f"x{k}" for k in range(count)]
def peak():
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]) / 1024
def once():
    start = time.perf_counter()
    if kind == "pyfixest":
        import pandas, pyfixest
        panel = pandas.read_parquet(path)
        panel["pair"] = panel.exporter.str.cat(panel.importer)
        pyfixest.fepois(
            f"trade ~ {' + '.join(names)} | exporter^year + importer^year + exporter^importer",
            panel, vcov={"CRV1": "pair"},
        )
    else:
        import serai.gravity.fit as fit
        if kind == "numpy":
            from serai.gravity import kernels
            fit.best_kernels = lambda cells: kernels
        fit.fit_gravity(path, flow="trade", covariates=names)
    return time.perf_counter() - start
first, most = once(), peak()
print(json.dumps({"first": first, "peak": most, "warm": min(once() for _ in range(5))}))
"""


def industries(count: int = 50, economies: int = 200, years: int = 15) -> None:
    """A dataset like ITPD-E: industries x economies x economies x years, on disk, one industry in memory."""
    with tempfile.TemporaryDirectory() as folder:
        for k in range(count):
            part = Path(folder) / f"industry={k:03d}"
            part.mkdir()
            hard(economies, years, 1, seed=k).to_parquet(part / "part.parquet")
        for executor in (Serial(), Processes(2)):
            start = time.perf_counter()
            result = fit_gravity_by(folder, by="industry", executor=executor, flow="trade", covariates=["x0"])
            took = time.perf_counter() - start
            print(f"{type(executor).__name__}: {len(result.fits)} industries in {took:.1f} s", flush=True)


def penppml() -> None:
    folder = Path(
        os.environ.get("SERAI_VALIDATION", Path(__file__).resolve().parents[2] / "shared" / "validation")
    )
    panel = pd.read_parquet(folder / "penppml" / "trade_1964_2016.parquet")
    panel = panel.rename(columns={"exp": "exporter", "imp": "importer", "time": "year", "export": "trade"})
    provisions = [c for c in panel.columns if "_prov_" in c]
    keys = ["exporter", "importer", "year", "trade"]
    for count in (1, 5, 16):
        chosen = panel[[*keys, *provisions[:count]]].rename(
            columns=dict(zip(provisions, [f"x{k}" for k in range(16)], strict=True))
        )
        _compare(f"penppml K={count}", chosen.astype({"exporter": str, "importer": str}))


def main() -> None:
    what = sys.argv[1] if len(sys.argv) > 1 else "main"
    if what == "one":
        print(one(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]))
        return
    {"main": main_table, "growth": growth, "small": small, "industries": industries, "penppml": penppml}[
        what
    ]()


if __name__ == "__main__":
    main()
