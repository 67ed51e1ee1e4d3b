"""The seven problems of OR-Library's mknap1: what is chosen is worth the published optimum.

A resource of the problem is a year of the window here: each project spends its needs year by year.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from portfolio_cases import project, rules
from serai.draws import Draws
from serai.programme import choose

OPTIMA = (3800, 8706.1, 4015, 6120, 12400, 10618, 16537)


def _problems() -> Iterator[tuple[float, np.ndarray, np.ndarray, np.ndarray]]:
    numbers = iter(map(float, (Path(__file__).parent / "mknap1.txt").read_text().split()))
    for _ in range(int(next(numbers))):
        items, resources, optimum = int(next(numbers)), int(next(numbers)), next(numbers)
        values = np.array([next(numbers) for _ in range(items)])
        needs = np.array([[next(numbers) for _ in range(items)] for _ in range(resources)])
        yield optimum, values, needs, np.array([next(numbers) for _ in range(resources)])


def test_the_file_prints_the_optima_that_were_published() -> None:
    assert tuple(optimum for optimum, *_ in _problems()) == OPTIMA


@pytest.mark.parametrize("number", range(7))
def test_optimum(number: int) -> None:
    optimum, values, needs, limits = list(_problems())[number]
    total = needs.sum(axis=0)
    projects = [
        project(f"item-{n}", total[n], values[n], profile=tuple(needs[:, n] / total[n]))
        for n in range(values.size)
    ]
    yearly = {"yearly_usd_m": [float(limit) for limit in limits]}
    found = choose(
        projects,
        rules(float(total.sum()), budget=yearly, window={"first_year": 2026, "years": limits.size}),
        Draws(1, seed=1),
    )
    assert found.answer.state == "solved"
    assert found.answer.value == pytest.approx(optimum, abs=1e-6)
    assert found.answer.bound == pytest.approx(optimum, rel=1e-6)
    assert found.model.broken(found.answer.columns) == ()
