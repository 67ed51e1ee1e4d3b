"""Speed of the one-sector equilibrium: single worlds and 1,000 draws.

    python -m benchmarks.equilibrium

Minimum of several runs; the world is synthetic (lognormal economies, gravity, home bias in trade and in
capital), or the packaged base year where it exists.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import numpy as np

from serai.axes import Array
from serai.equilibrium import Baseline, Shock, _compiled, _search, solve, solve_draws
from serai.equilibrium.trade_capital import Wealth

DRAWS = 1000


def synthetic(size: int, seed: int = 0) -> tuple[Array, Array, Array, Array]:
    """Trade, holdings, capital shares and value-added shares of a world under gravity."""
    random = np.random.default_rng(seed)
    gdp = 1e4 * np.exp(1.5 * random.standard_normal(size))
    distance = np.exp(0.6 * random.standard_normal((size, size)))
    distance = np.sqrt(distance * distance.T)
    pairs = np.outer(gdp, gdp) / gdp.sum() / distance
    trade = 0.3 * pairs * np.exp(0.5 * random.standard_normal((size, size)))
    np.fill_diagonal(trade, gdp)
    holdings = 0.3 * pairs * np.exp(random.standard_normal((size, size)))
    np.fill_diagonal(holdings, 3 * gdp)
    return trade, holdings, random.uniform(0.3, 0.5, size), random.uniform(0.4, 0.7, size)


def fastest(action: Callable[[], object], runs: int) -> float:
    """Seconds of the fastest of several runs."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> None:
    """Print one line a case: what, milliseconds, target, residual."""
    random = np.random.default_rng(1)
    print(f"{'case':44} {'ms':>8} {'target':>7}  {'residual':>9}  steps")
    trade, holdings, alpha, gamma = synthetic(76)
    capital = Baseline.from_flows(
        trade,
        trade_elasticity=5,
        capital_elasticity=3,
        capital_share=alpha,
        value_added_share=gamma,
        holdings=holdings,
    )
    for wealth, target in (("fixed", 3), ("steady", 3)):
        report(
            f"trade and capital, 76 economies, {wealth}",
            capital,
            _cheaper(76, random, capital=True),
            target,
            wealth=wealth,
        )
    for size, target in ((100, 2), (500, 20)):
        armington = Baseline.from_flows(synthetic(size)[0], trade_elasticity=5)
        report(f"Armington, {size} economies", armington, _cheaper(size, random, capital=False), target)

    drawn = Baseline.from_flows(
        _drawn(random, trade, 0.2), trade_elasticity=_drawn(random, 5.0, 0.2),
        capital_elasticity=_drawn(random, 3.0, 0.5), capital_share=alpha, value_added_share=gamma,
        holdings=_drawn(random, holdings, 0.3),
    )  # fmt: skip
    shocks = Shock(
        trade_cost=np.exp(-0.1 * random.random((DRAWS, 76, 76))),
        openness=np.exp(0.1 * random.random((DRAWS, 76, 76))),
    )
    for wealth, target in (("fixed", 600), ("steady", 2000)):
        for threads in (1, 2):
            _draws(drawn, shocks, wealth, threads, target)
    if _compiled.ready():
        for wealth, targets in (("fixed", (600, 200)), ("steady", (2000, 600))):
            _compiled_beside_numpy(drawn, shocks, wealth, targets)
    else:
        print("the compiled search over draws is not ready: run `serai compile` (needs serai[fast])")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _draws(drawn: Baseline, shocks: Shock, wealth: Wealth, threads: int, target: int) -> None:
    """A line for all draws, with whatever search is ready."""
    seconds = fastest(lambda: solve_draws(drawn, shocks, wealth=wealth, threads=threads), 5)
    result = solve_draws(drawn, shocks, wealth=wealth)
    name = f"{DRAWS} draws, 76 economies, {wealth}, {threads} threads"
    worst = np.nanmax(result.residual[result.converged])
    print(
        f"{name:44} {1e3 * seconds:8.0f} {target:7}  {worst:9.1e}  {result.iterations.mean():.1f}"
        f"  solved {int(result.converged.sum())}"
    )


def _compiled_beside_numpy(drawn: Baseline, shocks: Shock, wealth: Wealth, targets: tuple[int, int]) -> None:
    """Both searches in the same run: seconds, processor seconds, and their ratio.

    Half the processor time is what two idle cores take; the wall clock counts what else runs there.
    """
    wall: dict[bool, float] = {}
    processor: dict[bool, float] = {}
    ready = _search.ready
    try:
        for compiled in (False, True, False, True):
            _search.ready = lambda compiled=compiled: compiled
            start = time.process_time()
            seconds = fastest(lambda: solve_draws(drawn, shocks, wealth=wealth), 3)
            spent = (time.process_time() - start) / 3
            wall[compiled] = min(seconds, wall.get(compiled, seconds))
            processor[compiled] = min(spent, processor.get(compiled, spent))
    finally:
        _search.ready = ready
    for compiled, target in zip((False, True), targets, strict=True):
        name = f"{DRAWS} draws, {wealth}, {'compiled' if compiled else 'NumPy'}"
        each = f"processor {processor[compiled]:.2f} s, half {500 * processor[compiled]:.0f} ms"
        print(f"{name:44} {1e3 * wall[compiled]:8.0f} {target:7}  {each}")
    print(f"{'  NumPy over compiled, processor time':44} {processor[False] / processor[True]:8.2f}")


def report(name: str, baseline: Baseline, shock: Shock, target: int, *, wealth: str = "fixed") -> None:
    """Time one solve and print its line."""
    result = solve(baseline, shock, wealth=wealth)
    seconds = fastest(lambda: solve(baseline, shock, wealth=wealth), 20)
    print(f"{name:44} {1e3 * seconds:8.2f} {target:7}  {result.residual:9.1e}  {result.iterations}")


def _cheaper(size: int, random: np.random.Generator, *, capital: bool) -> Shock:
    cost = np.exp(-0.2 * random.random((size, size)))
    np.fill_diagonal(cost, 1)
    return Shock(trade_cost=cost, openness=np.exp(0.2 * random.random((size, size))) if capital else None)


def _drawn(random: np.random.Generator, value: Array | float, scale: float) -> Array:
    return np.asarray(value * np.exp(scale * random.standard_normal((DRAWS, *np.shape(value)))))


if __name__ == "__main__":
    main()
