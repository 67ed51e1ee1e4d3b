"""Advanced Guide to Trade Policy Analysis (Yotov and others 2016): chapter 1, tables 1 to 3; chapter 2.

The specifications are those of `serai validate`; the expected numbers are read from the list of targets.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from serai.gravity import GravityFit
from serai.validation import agtpa
from serai.validation.agtpa import LAGS, STANDARD, TABLE_1, TABLE_2, TABLE_3

PRINTED = 5.5e-4


@pytest.fixture(scope="module")
def targets(validation_data: Path) -> dict[str, Any]:
    return dict(json.loads((validation_data / "targets.json").read_text(encoding="utf-8")))


def _printed(fit: GravityFit, name: str, expected: list[float]) -> None:
    assert fit.coefficient(name) == pytest.approx(expected[0], abs=PRINTED), name
    assert fit.std_error(name) == pytest.approx(expected[1], abs=PRINTED), name


@pytest.mark.parametrize("column", TABLE_1)
def test_table_1_traditional_gravity(validation_data: Path, targets: dict[str, Any], column: str) -> None:
    table = targets["agtpa_ch1_table1"]
    at = table["cols"].index(column)
    fit = agtpa.fit(validation_data, TABLE_1[column])
    assert fit.n_obs == table["N"][at]
    for name, row in zip(STANDARD, ("ln_dist", "cntg", "lang", "clny"), strict=True):
        _printed(fit, name, table[row][at])


@pytest.mark.parametrize("column", TABLE_2)
def test_table_2_distance_puzzle(column: str, targets: dict[str, Any], validation_data: Path) -> None:
    found = agtpa.distance_change(agtpa.fit(validation_data, TABLE_2[column]))
    assert found == pytest.approx(targets["agtpa_ch1_table2_distance_puzzle"][column], abs=PRINTED)


@pytest.mark.parametrize("column", [name for name in TABLE_3 if name != "INTRA"])
def test_table_3_trade_agreements(column: str, targets: dict[str, Any], validation_data: Path) -> None:
    table = targets["agtpa_ch1_table3_rta"]
    fit = agtpa.fit(validation_data, TABLE_3[column])
    _printed(fit, "rta", table["rta"][table["cols"].index(column)])
    if column == "LEAD":
        _printed(fit, "rta_lead4", table["rta_lead4"])
    if column in ("PHSNG", "GLBZN"):
        for name in LAGS[1:]:
            _printed(fit, name, table[name][("PHSNG", "GLBZN").index(column)])
        total, error = fit.combine(dict.fromkeys(LAGS, 1.0))
        expected = table[f"total_{column.lower()}"]
        assert total == pytest.approx(expected[0], abs=PRINTED)
        assert error == pytest.approx(expected[1], abs=PRINTED)
    if column == "GLBZN":
        for year, expected in table["intl_border_glbzn"].items():
            _printed(fit, f"C(year)[{year}.0]:international", expected)
        assert list(fit.collinear) == ["C(year)[2006.0]:international"]


def test_table_3_with_domestic_trade_follows_the_published_program(validation_data: Path) -> None:
    """The column INTRA: see differences.md."""
    _printed(agtpa.fit(validation_data, TABLE_3["INTRA"]), "rta", [0.409, 0.069])


def test_chapter_2_coefficients_to_seven_digits(validation_data: Path, targets: dict[str, Any]) -> None:
    found, expected = agtpa.chapter_2_coefficients(validation_data), targets["ch2_app1_ppml"]
    for name in ("ln_dist", "cntg", "intl_brdr"):
        assert found[name] == pytest.approx(expected[name], abs=6e-7), name
    errors = [round(found[f"{name} (s.e.)"], 7) for name in ("ln_dist", "cntg", "intl_brdr")]
    assert errors == pytest.approx([0.0501494, 0.1073719, 0.1193816], abs=2e-7)
