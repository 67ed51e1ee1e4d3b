"""Speed of choosing: 60, 200 and 1,000 projects with all rules, the core index of 100, the reference study.

    python -m benchmarks.programme

The rival in the same run is HiGHS asked once about the whole problem. Times are the fastest of several runs,
on one thread.
"""

from __future__ import annotations

import time

import numpy as np

from serai.atlas import load
from serai.draws import Draws, Uncertain
from serai.executors import one_thread
from serai.programme import KnownStake, Programme, Prospect, Rules, choose, core_index
from serai.programme import solver as solver_module
from serai.programme.plan import choose_study
from serai.scenario.freight import study_transport
from serai.study import read_study

AREAS, COUNTRIES = ("green", "connectivity", "people"), ("KAZ", "KGZ", "TJK", "TKM", "UZB")
SECTORS = ("energy.wind", "transport.road", "education", "waterAndWaste", "health")
RUNS, PLENTY = 2, 10**9


def main() -> None:
    """Print a small table."""
    draws = Draws(50, seed=1)
    print(f"{'projects':>9}{'gap':>8}{'seconds':>9}{'asked once: gap':>17}{'seconds':>9}")
    with one_thread():
        for count in (60, 200, 1000):
            projects, rules = case(count)
            ours = [timed(projects, rules, draws) for _ in range(RUNS)]
            large = solver_module.LARGE
            solver_module.LARGE = PLENTY
            plain = [timed(projects, rules, draws) for _ in range(RUNS)]
            solver_module.LARGE = large
            (gap, seconds), (gap_once, once) = min(ours, key=lambda r: r[1]), min(plain, key=lambda r: r[1])
            print(f"{count:>9}{gap:>8.2%}{seconds:>9.2f}{gap_once:>17.2%}{once:>9.2f}")
        projects, rules = case(100)
        programme = choose(projects, rules, Draws(300, seed=1))
        for gap in (0.01, 0.03):
            start, worked = time.perf_counter(), time.process_time()
            found = core_index(programme, gap=gap)
            seconds, worked = time.perf_counter() - start, time.process_time() - worked
            widest = np.nanmax((found.bound_usd_m - found.best_usd_m) / np.abs(found.best_usd_m))
            print(
                f"core index, 100 projects, 300 draws, one process: {seconds:.1f} s "
                f"({worked:.1f} s of a core), gap at most {widest:.1%}"
            )
        reference()


def reference() -> None:
    """The reference study with interactions, its routes at hand: the fastest of several runs."""
    study = read_study()
    atlas = load(study.tables)
    study_transport(study, atlas)
    seconds = []
    for _ in range(RUNS):
        start = time.process_time()
        found = choose_study(study, atlas, Draws(200, seed=1))
        seconds.append(time.process_time() - start)
    assert found.together is not None
    print(
        f"reference study with interactions: {min(seconds):.1f} s of a core, {found.together.rounds} rounds, "
        f"{found.together.valued} sets of projects, gap {found.programme.answer.gap:.2%}"
    )


def timed(projects: list[Prospect], rules: Rules, draws: Draws) -> tuple[float, float]:
    """Gap and seconds of one choice."""
    start = time.perf_counter()
    found: Programme = choose(projects, rules, draws)
    return found.answer.gap, time.perf_counter() - start


def case(count: int) -> tuple[list[Prospect], Rules]:
    """Random projects like those of the reference study, and every kind of rule."""
    rng = np.random.default_rng(count)
    amounts = rng.lognormal(4.5, 1.3, count).round(1)
    projects = [_project(n, float(amount), rng) for n, amount in enumerate(amounts)]
    total = 0.4 * float(amounts.sum())
    names = [p.id for p in projects]
    some = {
        "window": {"first_year": 2026, "years": 5},
        "worth": {"discount": "adb", "standing": "world"},
        "budget": {
            "total_usd_m": total,
            "yearly_usd_m": [total / 5] * 5,
            "instruments_usd_m": {"oda_loan": total / 3, "grant": total / 10},
        },
        "partial": {"from_usd_m": float(np.quantile(amounts, 0.95)), "least": 0.05, "most": 0.5},
        "quality": {"counts": "middle", "open_gates": "allow", "least_weighted": 0.5},
        "objective": {"kind": "mean"},
        "solver": {"gap": 0.01, "time_limit_s": 30},
        "ceiling": [
            {"country": c, "usd_m": total / 8, "basis": "assumed", "source": "benchmark"} for c in COUNTRIES
        ],
        "floor": [
            *({"area": area, "share": 0.15} for area in AREAS),
            *({"country": country, "share": 0.05} for country in COUNTRIES),
        ],
        "cap": [
            {"country": "UZB", "share": 0.4},
            {"sponsor": "S0", "share": 0.2},
            {"sector": "energy", "share": 0.4},
        ],
        "precedence": [{"project": names[k], "needs": names[k + 1]} for k in range(0, count // 5, 4)],
        "exclusion": [{"projects": names[k : k + 2]} for k in range(count // 5, count // 3, 4)],
        "either_or": [{"projects": names[count // 2 : count // 2 + 3]}],
        "package": [{"projects": names[-2:]}],
        "lock": [{"project": names[-5], "why": "benchmark"}],
        "bar": [{"project": names[-7], "why": "benchmark"}],
    }  # fmt: skip
    return projects, Rules.model_validate(some)


def _project(number: int, amount: float, rng: np.random.Generator) -> Prospect:
    low = float(rng.uniform(0.1, 0.5))
    value = amount * float(rng.normal(0.3, 0.4))
    first = int(rng.integers(2026, 2029))
    years = int(rng.integers(1, 5))
    spread = (value - amount / 2, value + amount / 2, "normal")
    stake = KnownStake(Uncertain(f"a{number}", amount), Uncertain(f"v{number}", value, *spread))
    return Prospect(
        id=f"p{number}",
        name=f"Project {number}",
        stake=stake,
        cost_usd_m=amount,
        countries=(COUNTRIES[int(rng.integers(5))],),
        area=AREAS[int(rng.choice(3, p=[0.45, 0.35, 0.2]))],
        sector=SECTORS[int(rng.integers(5))],
        sponsors=(f"S{int(rng.integers(12))}",),
        instrument=("oda_loan", "export_credit", "grant")[int(rng.choice(3, p=[0.4, 0.5, 0.1]))],
        sovereign=bool(rng.random() < 0.4),
        quality=(low, low + 0.4),
        gates="open",
        first_start=first,
        last_start=2030,
        profile=(1 / years,) * years,
    )


if __name__ == "__main__":
    main()
