"""Speed of leverage and broker: exact dependence, transit, stable allocation.

    python -m benchmarks.leverage

Minimum of several runs, seconds beside the target.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from serai.atlas import load, reconcile
from serai.broker import Lender, Need, Price, allocate
from serai.broker.market import KINDS
from serai.equilibrium import Baseline
from serai.leverage import dependence, study_passage, transit_dependence
from serai.scenario.freight import study_transport
from serai.study import read_study

SECTORS = (
    "energy.solar",
    "energy.wind",
    "transport.road",
    "transport.rail",
    "health",
    "education",
    "waterAndWaste",
)
COUNTRIES = ("KAZ", "KGZ", "TJK", "TKM", "UZB")


def fastest(action: Callable[[], object], runs: int) -> float:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def world() -> tuple[Baseline, np.ndarray]:
    base = reconcile(load())
    made = Baseline.from_flows(
        base.trade,
        base.economies.names,
        trade_elasticity=5.0,
        capital_elasticity=3.0,
        capital_share=base.capital_share,
        value_added_share=base.value_added_share,
        holdings=base.holdings,
    )
    return made, base.transfers


def market(projects: int, financiers: int, seed: int = 1) -> tuple[list[Need], list[Lender]]:
    """A market in which about a third of the pairs may be."""
    random = np.random.default_rng(seed)
    needs = [
        Need(
            f"p{n}",
            f"p{n}",
            float(random.lognormal(4, 1.2)),
            (random.choice(COUNTRIES),),
            (random.choice(SECTORS),),
        )
        for n in range(projects)
    ]
    lenders = []
    for n in range(financiers):
        value = float(random.uniform(0.4, 1.1))
        lenders.append(
            Lender(
                f"f{n}",
                f"f{n}",
                str(random.choice(KINDS[:-1])),  # type: ignore[arg-type]
                float(random.lognormal(6, 1)),
                "example",
                None,
                float(random.lognormal(4, 1)),
                "example",
                tuple(random.choice(COUNTRIES, 4, replace=False)),
                tuple(random.choice(SECTORS, 3, replace=False)),
                {"": Price(value, value, value, "example", "example")},
            )
        )
    return needs, lenders


def main() -> None:
    """Print one line a case: what, seconds, target."""
    base, remittances = world()
    region = read_study().about.region.economies
    partners = {code: (code,) for code in base.economies if code not in region}
    print(f"{'case':58} {'s':>7} {'target':>7}")

    def row(name: str, seconds: float, target: float) -> None:
        print(f"{name:58} {seconds:7.2f} {target:7.1f}")

    pairs = len(partners) * len(region)
    for wealth in ("fixed", "steady"):
        seconds = fastest(
            lambda wealth=wealth: dependence(base, region, partners, remittances=remittances, wealth=wealth),
            2,
        )
        row(f"dependence, {pairs} pairs x 4 channels, wealth {wealth}", seconds, 3.0)
    study = read_study()
    atlas = load(study.tables)
    routes = study_transport(study, atlas)
    ways = study_passage(study, atlas, routes)
    through = f"{len(ways.through)} economies and groups"
    row(f"whose land goods cross, {through}", fastest(lambda: study_passage(study, atlas, routes), 2), 1.0)
    for wealth in ("fixed", "steady"):
        seconds = fastest(lambda wealth=wealth: transit_dependence(base, ways, [wealth]), 2)
        row(f"loss without each of them, wealth {wealth}", seconds, 1.0)
    needs, lenders = market(1000, 200)
    found = allocate(needs, lenders)
    share = found.allowed.mean()
    name = f"allocate 1,000 x 200, {share:.0%} eligible, blocking {len(found.blocking)}"
    row(name, fastest(lambda: allocate(needs, lenders), 2), 5.0)


if __name__ == "__main__":
    main()
