"""Cost of a solve and of a gradient against the number of economies and of sectors.

    python -m benchmarks.scaling              prints the table
    python -m benchmarks.scaling --write      also docs/scaling.svg and the table in docs/scaling.md

Economies from 50 to 1,000 with one sector, economies and sectors from 1 to 60 with many. Minimum of several
runs on synthetic worlds; peak memory of a process of its own for each size.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.equilibrium import fastest, synthetic
from serai.axes import Array
from serai.equilibrium import Baseline, MultiSectorBaseline, Shock, gradient, solve

ROOT = Path(__file__).resolve().parents[1]
ECONOMIES = (50, 100, 200, 400, 700, 1000)
SECTORS = (1, 2, 5, 10, 20, 40, 60)
CASES = [
    *(("trade", size, 1) for size in ECONOMIES),
    *(("trade and capital", size, 1) for size in ECONOMIES),
    *(("10 sectors, by economies", size, 10) for size in (50, 100, 200, 400)),
    *(("40 economies, by sectors", 40, count) for count in SECTORS),
]

ABOVE = """# Cost against size

Milliseconds of one solve after a random fall of all trade costs by up to a fifth, and of the slopes of one
outcome by every lever, on synthetic worlds; peak memory of the whole process. Two cores, BLAS on one thread,
Python {version}. Written by `python -m benchmarks.scaling --write`; figures are the minimum of a few runs and
move with the machine, their growth does not.

![Milliseconds against economies and sectors](scaling.svg)

"""
BELOW = """
One sector makes and factors its Jacobian, N or (with capital) 2 N unknowns; with sectors neither the solve
nor the gradient ever makes a matrix of the size of the unknowns, so that memory grows with the flows alone.

A thousand draws of 76 economies with capital, wealth fixed, take 0.5 s of processor time with NumPy and 0.3 s
with `serai[fast]` after `serai compile` (`python -m benchmarks.equilibrium` measures both in one run), shared
among the cores. The compiled search knows every closure of wealth, capital and deficits; worlds cut into
blocks, and sectors, run in NumPy, and the result says which code searched (`searched_by`). A thousand draws
of 16 economies and 28 sectors take 3 s of processor time, 40 by 40 9 s.
"""


def sectoral(size: int, sectors: int, seed: int = 0) -> MultiSectorBaseline:
    """A balanced technology on gravity flows: materials are a third of final use in every sector."""
    random = np.random.default_rng(seed)
    trade = synthetic(size, seed)[0]
    weight = random.uniform(0.5, 1.5, (sectors, 1, 1))
    return MultiSectorBaseline.from_flows(
        trade * weight / weight.sum(),
        theta=random.uniform(3, 8, sectors),
        value_added_share=np.full((size, sectors), 0.75),
        input_share=np.full((size, sectors, sectors), 1 / sectors),
    )


def cheaper(size: int, seed: int = 0) -> Array:
    """Trade costs up to a fifth lower, at random."""
    cost = np.exp(-0.2 * np.random.default_rng(seed).random((size, size)))
    np.fill_diagonal(cost, 1)
    return cost


def measure(kind: str, size: int, sectors: int) -> dict[str, object]:
    """One row: milliseconds of a solve and of a gradient, steps, residual, peak memory."""
    base: Baseline | MultiSectorBaseline
    if sectors > 1 or kind.startswith("40"):
        base = sectoral(size, sectors)
    else:
        trade, holdings, alpha, gamma = synthetic(size)
        capital = {"holdings": holdings, "capital_share": alpha, "capital_elasticity": 3}
        base = Baseline.from_flows(
            trade, trade_elasticity=5, value_added_share=gamma, **(capital if "capital" in kind else {})
        )
    shock = Shock(trade_cost=cheaper(size))
    result = solve(base, shock)
    runs = 5 if size * sectors <= 2000 else 2
    return {
        "case": kind,
        "economies": size,
        "sectors": sectors,
        "solve_ms": 1e3 * fastest(lambda: solve(base, shock), runs),
        "gradient_ms": 1e3 * fastest(lambda: gradient(result, "1"), runs),
        "steps": result.iterations,
        "residual": result.residual,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def table() -> pd.DataFrame:
    """Every case, each in a process of its own."""
    rows = []
    for case in CASES:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.scaling", "--case", json.dumps(case)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=True,
        )
        rows.append(json.loads(done.stdout))
        print(line(rows[-1]), flush=True)
    return pd.DataFrame(rows)


def line(row: dict[str, object]) -> str:
    """One row as text."""
    return (
        f"{row['case']:26} {row['economies']:5} x {row['sectors']:<3} {row['solve_ms']:9.1f} "
        f"{row['gradient_ms']:9.1f} {row['steps']:4} {row['residual']:9.1e} {row['peak_mb']:7.0f}"
    )


def picture(rows: pd.DataFrame) -> str:
    """Milliseconds against size, on logarithmic axes, as SVG."""
    import altair as alt
    import vl_convert

    long = rows.melt(
        ["case", "economies", "sectors"], ["solve_ms", "gradient_ms"], "what", "milliseconds"
    ).replace({"solve_ms": "solve", "gradient_ms": "gradient"})
    by_sectors = long["case"].str.startswith("40")

    def chart(data: pd.DataFrame, by: str, title: str) -> alt.Chart:
        return (
            alt.Chart(data, title=title, width=330, height=260)
            .mark_line(point=True)
            .encode(
                x=alt.X(f"{by}:Q", scale=alt.Scale(type="log", nice=False), title=by.capitalize()),
                y=alt.Y("milliseconds:Q", scale=alt.Scale(type="log"), title="Milliseconds"),
                color=alt.Color("case:N", title=None),
                strokeDash=alt.StrokeDash(
                    "what:N", title=None, sort=["solve", "gradient"], legend=alt.Legend(symbolType="stroke")
                ),
            )
        )

    both = chart(long[~by_sectors], "economies", "Cost against economies") | chart(
        long[by_sectors], "sectors", "Cost against sectors, 40 economies"
    )
    return str(vl_convert.vegalite_to_svg(both.to_json()))


def page(rows: pd.DataFrame) -> str:
    """The page with the picture and the table."""
    lines = [
        *ABOVE.format(version=platform.python_version()).splitlines(),
        "| case | economies | sectors | solve, ms | gradient, ms | steps | residual | peak memory, MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.case} | {r.economies} | {r.sectors} | {r.solve_ms:.1f} | {r.gradient_ms:.1f} | {r.steps} "
        f"| {r.residual:.0e} | {r.peak_mb:.0f} |"
        for r in rows.itertuples()
    ]
    lines += BELOW.splitlines()
    return "\n".join([*lines, ""])


def main() -> None:
    """Print the table; write the page and the picture when asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--case")
    chosen = parser.parse_args(sys.argv[1:] if sys.argv[0].endswith("scaling.py") else [])
    if chosen.case:
        print(json.dumps(measure(*json.loads(chosen.case))))
        return
    print(f"{'case':26} {'size':11} {'solve ms':>9} {'grad ms':>9} steps  residual  peak MB")
    rows = table()
    if chosen.write:
        (ROOT / "docs" / "scaling.md").write_text(page(rows), encoding="utf-8")
        (ROOT / "docs" / "scaling.svg").write_text(picture(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
