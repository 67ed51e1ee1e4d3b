"""Caliendo and Parro (2015), Table 2: the tariff cuts of NAFTA, every printed digit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from serai.equilibrium import MultiSectorEquilibrium, Shock, balanced, solve
from serai.validation.nafta import MEMBERS, Nafta, cuts, nafta, printed, with_deficits


@pytest.fixture(scope="module")
def case(validation_data: Path) -> Nafta:
    return nafta(validation_data)


@pytest.fixture(scope="module")
def targets(validation_data: Path) -> dict[str, Any]:
    return dict(json.loads((validation_data / "targets.json").read_text())["cp2015_nafta_table2"])


def _compare(result: MultiSectorEquilibrium, table: dict[str, dict[str, float]]) -> None:
    for member, found in printed(result).items():
        assert {key: round(value, 2) for key, value in found.items()} == table[member], member


def test_table_2_without_deficits_every_digit(case: Nafta, targets: dict[str, Any]) -> None:
    _compare(cuts(balanced(case.world), case), targets["zero_deficit"])


def test_table_2_with_deficits_every_digit(case: Nafta, targets: dict[str, Any]) -> None:
    _compare(with_deficits(case), targets["with_deficit"])


def test_the_exact_change_of_real_income_stands_beside_the_papers_welfare(
    case: Nafta, targets: dict[str, Any]
) -> None:
    result = cuts(balanced(case.world), case)
    for member, expected in targets["exact_real_income_change_measured_here_pct"].items():
        found = 100 * (result.real_income[result.economies.index(MEMBERS[member])] - 1)
        assert round(float(found), 3) == expected, member


def test_flows_that_do_not_satisfy_the_identities_are_not_solved_silently(case: Nafta) -> None:
    with pytest.raises(Exception, match="settled"):
        solve(case.world, Shock(tariff=case.world.tariff_to(case.tariff)))
