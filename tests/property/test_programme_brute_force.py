"""Random small portfolios with every kind of rule, against all choices tried one by one.

The rules are written down again here, plainly, as slacks of a plan (zero or more where the rule is kept).
One project may be taken in part; every slack is linear in its share, so the best share of a plan lies where
one of them becomes zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portfolio_cases import project, rules
from serai.draws import Draws
from serai.programme import Prospect, Rules, RulesConflictError, choose
from serai.programme.prospect import sample

Plan = Mapping[str, tuple[int, float]]
"""Project -> year it starts, share taken."""

YEARS = (2026, 2027)
NAMES = tuple("abcde")
RATE = 0.09
SMALL = 1e-7
DRAWS = Draws(8, seed=3)


@st.composite
def portfolios(draw: st.DrawFn) -> tuple[list[Prospect], Rules]:
    names = NAMES[: draw(st.integers(3, 5))]
    large = draw(st.sampled_from([*names, None]))
    tail = large is None and draw(st.booleans())
    projects = [
        project(
            name,
            amount=draw(st.integers(1, 9)),
            value=draw(st.integers(-3, 12)),
            spread=draw(st.integers(1, 5)) if tail else 0,
            cost_usd_m=100 if name == large else 1,
            countries=draw(st.sampled_from([("KAZ",), ("UZB",), ("KAZ", "UZB")])),
            area=draw(st.sampled_from(["green", "people"])),
            sector=draw(st.sampled_from(["energy.solar", "energy", "education"])),
            sponsors=draw(st.sampled_from([(), ("X",), ("X", "Y")])),
            instrument=draw(st.sampled_from(["loan", "grant"])),
            sovereign=draw(st.booleans()),
            quality=draw(st.sampled_from([(0.2, 0.4), (0.5, 0.5), (0.6, 1)])),
            gates=draw(st.sampled_from(["clear", "clear", "clear", "open", "excluded"])),
            first_start=draw(st.sampled_from([2026, 2026, 2027])),
            last_start=draw(st.sampled_from([2026, 2027, 2027])),
            profile=draw(st.sampled_from([(1,), (0.5, 0.5), (0.2, 0.3, 0.5)])),
            overlap=draw(st.sampled_from(["", "", "w"])),
        )
        for name in names
    ]
    some: dict[str, Any] = {}
    if large:
        some["partial"] = {"from_usd_m": 50, "least": 0.25, "most": 0.75}
    if tail:
        some["objective"] = {"kind": "mean_cvar", "weight": 0.4, "tail": 0.25}
    amount = st.integers(4, 30)
    limits = st.sampled_from([("area", "people"), ("country", "UZB"), ("sector", "energy"), ("sponsor", "X")])
    for kind in ("floor", "cap"):
        field, value = draw(limits)
        present = {
            "area": {p.area for p in projects},
            "country": {c for p in projects for c in p.countries},
            "sector": {p.sector.split(".")[0] for p in projects},
            "sponsor": {s for p in projects for s in p.sponsors},
        }[field]
        if value in present and draw(st.booleans()):
            size = {"share": draw(st.sampled_from([0.1, 0.5]))} if draw(st.booleans()) else {"usd_m": 3}
            some[kind] = [{field: value, **size}]
    two = st.permutations(names).map(lambda order: list(order[:2]))
    for kind in ("exclusion", "either_or", "package"):
        if draw(st.integers(0, 3)) == 0:
            some[kind] = [{"projects": draw(two)}]
    if draw(st.booleans()):
        first, second = draw(two)
        some["precedence"] = [{"project": first, "needs": second}]
    picked = draw(two)
    if draw(st.integers(0, 3)) == 0:
        some["lock"] = [
            {
                "project": picked[0],
                "why": "test",
                **({"start_year": 2027} if draw(st.booleans()) else {}),
            }
        ]
    if draw(st.integers(0, 3)) == 0:
        some["bar"] = [{"project": picked[1], "why": "test"}]
    if draw(st.booleans()):
        some["ceiling"] = [{"country": "KAZ", "usd_m": draw(amount), "basis": "assumed", "source": "test"}]
    budget: dict[str, Any] = {}
    if draw(st.booleans()):
        budget["yearly_usd_m"] = [draw(amount), draw(amount)]
    if draw(st.booleans()) and any(p.instrument == "loan" for p in projects):
        budget["instruments_usd_m"] = {"loan": draw(amount)}
    quality = {"counts": draw(st.sampled_from(["low", "middle", "high"])), "open_gates": "allow"}
    quality["open_gates"] = draw(st.sampled_from(["allow", "bar"]))
    least = {"least_weighted": 0.5} if draw(st.booleans()) else {}
    return projects, rules(
        draw(amount),
        window={"first_year": 2026, "years": 2},
        budget=budget,
        quality={**quality, **least},
        **some,
    )


def slacks(plan: Plan, projects: Mapping[str, Prospect], given: Rules) -> Iterator[tuple[str, float]]:
    """Each rule's name and how much room a plan leaves it."""

    def amount(name: str) -> float:
        return projects[name].stake.amount_usd_m.value * plan[name][1]  # type: ignore[attr-defined]

    def total(part: Any) -> float:
        return sum(amount(name) * float(part(projects[name])) for name in plan)

    everything = total(lambda _: 1)
    yield "budget.total", given.budget.total_usd_m - everything
    for name, limit in given.budget.instruments_usd_m.items():
        yield f"budget.{name}", limit - total(lambda p, name=name: p.instrument == name)
    for year, limit in zip(YEARS, given.budget.yearly_usd_m, strict=False):
        spent = sum(
            amount(name) * projects[name].profile[year - start]
            for name, (start, _) in plan.items()
            if 0 <= year - start < len(projects[name].profile)
        )
        yield f"budget.{year}", limit - spent
    for rule in given.ceiling:
        owed = total(lambda p, c=rule.country: p.sovereign * (c in p.countries) / len(p.countries))
        yield f"debt.{rule.country}", rule.usd_m - owed
    for kind, sign in (("floor", 1), ("cap", -1)):
        for limit in getattr(given, kind):
            field, value = limit.of
            inside = total(
                {
                    "area": lambda p, v=value: p.area == v,
                    "country": lambda p, v=value: (v in p.countries) / len(p.countries),
                    "sector": lambda p, v=value: p.sector == v or p.sector.startswith(v + "."),
                    "sponsor": lambda p, v=value: v in p.sponsors,
                }[field]
            )
            edge = limit.usd_m if limit.usd_m is not None else limit.share * everything
            yield f"{kind}.{limit.key}", sign * (inside - edge)
    for n, rule in enumerate(given.precedence, start=1):
        if rule.project in plan:
            early = plan[rule.needs][0] <= plan[rule.project][0] if rule.needs in plan else False
            yield f"precedence.{n}", float(early) - 1
    for n, group in enumerate(given.exclusion, start=1):
        yield f"exclusion.{n}", 1 - sum(p in plan for p in group.projects)
    for n, group in enumerate(given.either_or, start=1):
        yield f"either_or.{n}", -abs(1 - sum(p in plan for p in group.projects))
    for n, group in enumerate(given.package, start=1):
        yield f"package.{n}", -float(len({p in plan for p in group.projects}) > 1)
    yield "overlap.w", 1 - sum(projects[name].overlap == "w" for name in plan)
    for lock in given.lock:
        right = lock.project in plan and plan[lock.project][0] == (lock.start_year or plan[lock.project][0])
        yield f"lock.{lock.project}", float(right) - 1
    for bar in given.bar:
        yield f"bar.{bar.project}", -float(bar.project in plan)
    refused = ["excluded", "open"] if given.quality.open_gates == "bar" else ["excluded"]
    for state in refused:
        yield f"gates.{state}", -float(sum(projects[name].gates == state for name in plan))
    if given.quality.least_weighted is not None:
        low_high = {"low": (1, 0), "middle": (0.5, 0.5), "high": (0, 1)}[given.quality.counts]
        yield (
            "quality.least",
            total(
                lambda p: (
                    p.quality[0] * low_high[0] + p.quality[1] * low_high[1] - given.quality.least_weighted
                )  # type: ignore[operator]
            ),
        )


def shares(
    plan: dict[str, tuple[int, float]], large: str | None, projects: Mapping[str, Prospect], given: Rules,
    names: set[str] | None = None,
) -> list[float] | None:  # fmt: skip
    """The ends of the shares of the large project that keep all rules (or those named); None: none does."""

    def room(share: float) -> dict[str, float]:
        at = {**plan, large: (plan[large][0], share)} if large in plan else plan
        return {n: s for n, s in slacks(at, projects, given) if names is None or n in names}

    if large not in plan:
        return [1] if min(room(1).values(), default=0) >= -SMALL else None
    assert given.partial is not None
    low, high = given.partial.least, given.partial.most
    at_low, at_high = room(low), room(high)
    ends = [low, high]
    for name, a in at_low.items():
        b = at_high[name]
        if a < -SMALL and b < -SMALL:
            return None
        if (a < -SMALL) != (b < -SMALL):
            crossing = low + (high - low) * a / (a - b)
            ends = [max(ends[0], crossing), ends[1]] if a < -SMALL else [ends[0], min(ends[1], crossing)]
    return ends if ends[0] <= ends[1] + SMALL else None


def plans(projects: Mapping[str, Prospect]) -> Iterator[dict[str, tuple[int, float]]]:
    options = [[None, *(y for y in YEARS if p.first_start <= y <= p.last_start)] for p in projects.values()]
    for years in product(*options):
        yield {name: (year, 1.0) for name, year in zip(projects, years, strict=True) if year is not None}


def brute_force(projects: Mapping[str, Prospect], given: Rules) -> float | None:
    """The best objective of all plans; None when no plan keeps the rules."""
    worth = dict(zip(projects, sample(list(projects.values()), DRAWS).value_usd_m, strict=True))
    large = next((name for name, p in projects.items() if p.cost_usd_m == 100), None)
    found: list[float] = []
    for plan in plans(projects):
        for share in shares(plan, large, projects, given) or []:
            values = sum(
                (
                    worth[name] * (share if name == large else 1) * (1 + RATE) ** (2026 - year)
                    for name, (year, _) in plan.items()
                ),
                np.zeros(DRAWS.count),
            )
            worst = np.sort(values)[: DRAWS.count // 4].mean()
            mix = given.objective.weight or 0
            found.append(float((1 - mix) * values.mean() + mix * worst))
    return max(found, default=None)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(portfolios())
def test_the_best_of_all_choices(case: tuple[list[Prospect], Rules]) -> None:
    prospects, given = case
    projects = {p.id: p for p in prospects}
    large = next((name for name, p in projects.items() if p.cost_usd_m == 100), None)
    best = brute_force(projects, given)
    if best is None:
        with pytest.raises(RulesConflictError) as caught:
            choose(prospects, given, DRAWS)
        named = set(caught.value.rules)
        assert named

        def possible(names: set[str]) -> bool:
            return any(shares(plan, large, projects, given, names) is not None for plan in plans(projects))

        assert not possible(named)
        assert all(possible(named - {rule}) for rule in named)
        return
    found = choose(prospects, given, DRAWS)
    plan = {pick.project.id: (pick.start_year, pick.share) for pick in found.picks}
    assert all(room >= -1e-5 for _, room in slacks(plan, projects, given))
    assert found.answer.value == pytest.approx(best, abs=1e-5)
    assert found.answer.bound >= found.answer.value
    if given.objective.kind == "mean":
        assert found.mean_usd_m == pytest.approx(best, abs=1e-5)
