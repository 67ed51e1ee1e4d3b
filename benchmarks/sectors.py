"""Speed of the equilibrium with sectors, of slopes and of exposure.

    python -m benchmarks.sectors

Minimum of several runs on synthetic worlds; growth with the number of economies and of sectors at the end.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.equilibrium import fastest, synthetic
from serai.atlas import load
from serai.axes import Array
from serai.draws import Draws
from serai.equilibrium import (
    Baseline,
    Shock,
    exposure,
    gradient,
    gradient_draws,
    settled,
    solve,
    solve_draws,
)
from serai.scenario import sectors as study_sectors
from serai.scenario.sector_flows import drawn_flows

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from equilibrium_worlds import sector_world

DRAWS = 1000


def cheaper(size: int, sectors: int, seed: int = 0) -> Array:
    """Trade costs up to a fifth lower, at random."""
    cost = np.exp(-0.2 * np.random.default_rng(seed).random((sectors, size, size)))
    cost[:, np.arange(size), np.arange(size)] = 1
    return cost


def main() -> None:
    """Print one line a case: what, milliseconds, target."""
    print(f"{'case':54} {'ms':>8} {'target':>7}")
    for size, sectors, target in ((31, 40, 50), (40, 40, 50), (76, 28, 60)):
        base, shock = sector_world(size, sectors, 1), Shock(trade_cost=cheaper(size, sectors))
        result = solve(base, shock)
        seconds = fastest(lambda b=base, s=shock: solve(b, s), 5)
        line(f"{size} economies, {sectors} sectors ({result.iterations} steps)", seconds, target)
        free = Shock(tariff=base.tariff_to(0.0))
        line("  free trade: every tariff to zero", fastest(lambda b=base, s=free: solve(b, s), 5), target)
        slope = fastest(lambda r=result: gradient(r, "1"), 5)
        line("  gradient", slope, 3e3 * seconds)
    _draws()
    _one_sector()
    for size in (50, 100, 200, 400, 1000):
        base = Baseline.from_flows(synthetic(size)[0], trade_elasticity=5)
        seconds = fastest(lambda b=base, n=size: solve(b, Shock(trade_cost=cheaper(n, 1)[0])), 3)
        line(f"one sector, {size} economies", seconds)
    for sectors in (1, 2, 5, 10, 20, 40, 60):
        base, shock = sector_world(40, sectors, 1), Shock(trade_cost=cheaper(40, sectors))
        line(f"40 economies, {sectors} sectors", fastest(lambda b=base, s=shock: solve(b, s), 3))


def _draws() -> None:
    """Draws of synthetic worlds, and of the packaged one with its flows drawn, balanced and settled."""
    random = np.random.default_rng(2)
    for size, sectors in ((16, 28), (40, 40)):
        base, shock = sector_world(size, sectors, 1), Shock(trade_cost=cheaper(size, sectors))
        theta = base.theta * np.exp(random.normal(0, 0.2, (DRAWS, sectors)))
        drawn = replace(base, theta=theta)
        seconds = fastest(lambda d=drawn, s=shock: solve_draws(d, s), 1)
        line(f"{DRAWS} draws, {size} economies, {sectors} sectors", seconds, 40e3)
    atlas, observed = load(), study_sectors.sector_world(load()).observed
    first = Draws(DRAWS, 1)
    seconds = fastest(lambda: drawn_flows(atlas, observed, first), 1)
    line(f"{DRAWS} draws of the packaged flows by sector", seconds)
    flows = drawn_flows(atlas, observed, first)
    line("  settled", fastest(lambda: settled(replace(observed, theta=np.full(28, 4.0), flows=flows)), 1))


def _one_sector() -> None:
    trade, holdings, alpha, gamma = synthetic(76)
    shares = {"capital_share": alpha, "value_added_share": gamma}
    capital = Baseline.from_flows(
        trade, trade_elasticity=5, capital_elasticity=3, holdings=holdings, **shares
    )
    shock = Shock(trade_cost=cheaper(76, 1)[0])
    drawn = Baseline.from_flows(
        trade,
        trade_elasticity=5 * np.exp(np.random.default_rng(0).normal(0, 0.2, DRAWS)),
        capital_elasticity=3,
        holdings=holdings,
        **shares,
    )
    for wealth in ("fixed", "steady"):
        result = solve(capital, shock, wealth=wealth)
        once = fastest(lambda w=wealth: solve(capital, shock, wealth=w), 10)
        line(f"trade and capital, 76 economies, {wealth}", once, 3)
        line("  gradient", fastest(lambda r=result: gradient(r, "1"), 5), 1e3 * once)
        line("  exposure, all economies", fastest(lambda r=result: exposure(r), 2))
        seconds = fastest(lambda w=wealth: gradient_draws(drawn, "1", wealth=w), 1)
        line(f"  gradient, {DRAWS} draws", seconds)


def line(name: str, seconds: float, target: float | None = None) -> None:
    """One line of the table."""
    print(f"{name:54} {1e3 * seconds:8.1f} {'' if target is None else f'{target:7.0f}'}")


if __name__ == "__main__":
    main()
