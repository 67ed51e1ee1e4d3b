"""The study's own estimates: what enters them, and how their covariance reaches the draws."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from serai.atlas import load
from serai.draws import Draws
from serai.errors import InputError
from serai.records.scenario import Effect
from serai.scenario.context import Inputs
from serai.scenario.frictions import Frictions, estimate_frictions, friction_panel
from serai.study import read_study, reference_study

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def frictions() -> Frictions:
    return estimate_frictions(read_study(), load())


def test_imputed_cells_the_rest_of_the_world_and_home_sales_stay_out() -> None:
    study, atlas = read_study(), load()
    for estimate in study.about.estimate:
        panel = friction_panel(estimate, study, atlas)
        first, second = panel.columns[:2]
        assert not panel.isna().any().any()
        assert "ROW" not in {*panel[first], *panel[second]}
        assert (panel[first] != panel[second]).all()
        rows = atlas.table(estimate.table)
        allowed = rows[rows["basis"].isin(estimate.bases)]
        assert len(panel) <= len(allowed)
    fdi = friction_panel(study.about.estimate[1], study, atlas)
    assert not ((fdi["owner"] == "JPN") & (fdi["host"] == "KAZ")).any(), (
        "imputed: it came out of such an equation"
    )


def test_agreements_switched_off_do_not_count() -> None:
    study, atlas = read_study(), load()
    panel = friction_panel(study.about.estimate[0], study, atlas).set_index(["exporter", "importer"])
    assert panel.loc[("KAZ", "KGZ"), "agreement"] == 1
    assert panel.loc[("KAZ", "JPN"), "agreement"] == 0
    assert panel.loc[("TUR", "UZB"), "agreement"] == 0, "they share ECOTA alone, which is off"


def test_estimates_are_where_the_literature_has_them(frictions: Frictions) -> None:
    trade = frictions.fits["trade"]
    found = dict(zip(trade.names, trade.coefficients, strict=True))
    assert -1.1 < found["log(distance_km)"] < -0.5
    assert 0.1 < found["contiguity"] < 0.9
    assert trade.n_obs > 5000


def test_draws_follow_the_covariance_of_the_fit(frictions: Frictions) -> None:
    draws = Draws(20_000, seed=1)
    fit = frictions.fits["fdi"]
    drawn = np.stack([frictions.sample(f"fdi/{name}", draws) for name in fit.names], axis=1)
    scale = np.sqrt(np.diag(fit.vcov))
    np.testing.assert_allclose((drawn.mean(axis=0) - fit.coefficients) / scale, 0, atol=0.03)
    correlation = fit.vcov / np.outer(scale, scale)
    np.testing.assert_allclose(np.corrcoef(drawn.T), correlation, atol=0.03)
    assert stats.kstest((drawn[:, 0] - fit.coefficients[0]) / scale[0], "norm").pvalue > 1e-3


def test_a_measure_takes_an_estimate_once_for_all(frictions: Frictions) -> None:
    inputs = Inputs(Draws(5, 1), {}, frictions)
    effect = Effect(estimate="trade/agreement")
    first = inputs.effect("a", effect)
    assert inputs.effect("b", effect) is first
    assert "estimate/trade/agreement" in inputs.used
    with pytest.raises(InputError, match=r"Did you mean trade/agreement\?"):
        inputs.effect("c", Effect(estimate="trade/agreements"))
    with pytest.raises(InputError, match="there is no estimate"):
        inputs.effect("c", Effect(estimate="flows/agreement"))


def test_the_deciding_regression_is_what_the_raw_figures_give(raw_data: Path, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("attraction", ROOT / "tools" / "attraction.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main(raw_data, tmp_path / "attraction.csv")
    again = pd.read_csv(tmp_path / "attraction.csv")
    shipped = pd.read_csv(reference_study() / "attraction.csv")
    pd.testing.assert_frame_equal(again, shipped, rtol=1e-6)
