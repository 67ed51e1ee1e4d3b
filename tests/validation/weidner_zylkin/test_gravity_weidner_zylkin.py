"""Weidner and Zylkin (2021): the manufacturing example, three-way, to six decimals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from serai.gravity import GravityFit
from serai.validation.panels import three_way


@pytest.fixture(scope="module")
def target(validation_data: Path) -> dict[str, float]:
    text = (validation_data / "targets.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["weidner_zylkin_manuf_three_way"])


@pytest.fixture(scope="module")
def fit(validation_data: Path) -> GravityFit:
    return three_way(validation_data)


def test_estimate_and_clustered_error(fit: GravityFit, target: dict[str, float]) -> None:
    assert fit.bias is not None
    assert fit.bias.uncorrected[0] == pytest.approx(target["fta"], abs=5e-7)
    assert fit.bias.uncorrected_vcov[0, 0] ** 0.5 == pytest.approx(target["se"], abs=5e-7)


def test_bias_and_adjusted_error(fit: GravityFit, target: dict[str, float]) -> None:
    assert fit.bias is not None
    assert fit.bias.bias[0] == pytest.approx(target["bias"], abs=5e-7)
    assert fit.coefficients[0] == pytest.approx(target["corrected"], abs=5e-7)
    assert fit.std_errors[0] == pytest.approx(target["se_adj"], abs=5e-7)
    assert fit.bias.leverage == "exact"
