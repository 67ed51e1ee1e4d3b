"""What a fit can be asked: tables, effects, predictions, draws, trade costs, comparison, RESET, lags."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import special

from serai.errors import InputError, UnknownNameError
from serai.gravity import GravityFit, add_lags, compare, fit_gravity, reset_test
from serai.gravity.present import stars
from unit.gravity_world import world

THREE = ["exporter-year", "importer-year", "pair"]


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    return world(6, 4, seed=20, holes=0.1)


@pytest.fixture(scope="module")
def fit(panel: pd.DataFrame) -> GravityFit:
    return fit_gravity(panel, flow="flow", covariates=["x", "z"])


def test_tidy_has_the_common_vocabulary(fit: GravityFit) -> None:
    table = fit.tidy()
    assert {"estimate", "low", "high", "unit", "basis", "source"} <= set(table.columns)
    np.testing.assert_allclose((table["high"] - table["low"]) / 2, 1.959964 * fit.std_errors, rtol=1e-6)
    assert table["p_value"].between(0, 1).all()


@pytest.mark.parametrize(
    "effects",
    [
        THREE,
        ["exporter-year", "importer-year"],
        ["exporter", "importer"],
        ["exporter", "importer", "year"],
        ["exporter-year", "importer-year", "symmetric pair"],
        ["pair", "year"],
        ["exporter-year", "pair"],
        ["year"],
    ],
)
def test_effects_add_up_to_the_fitted_flows(panel: pd.DataFrame, effects: list[str]) -> None:
    fit = fit_gravity(panel, flow="flow", covariates=["x", "z"], effects=effects)
    table = fit.effects()
    used = panel.iloc[fit.sample_rows]
    total = used[["x", "z"]].to_numpy() @ fit.coefficients
    for effect, rows in table.groupby("effect"):
        keys = [c for c in ("exporter", "importer", "year") if rows[c].notna().all()]
        left = used[["exporter", "importer", "year"]].copy()
        if effect == "symmetric pair":
            names = np.sort(left[["exporter", "importer"]].to_numpy(str), axis=1)
            left["exporter"], left["importer"] = names[:, 0], names[:, 1]
        found = left.merge(rows[[*keys, "estimate"]], on=keys, how="left", validate="many_to_one")
        assert found["estimate"].notna().all()
        total = total + found["estimate"].to_numpy(float)
    np.testing.assert_allclose(np.exp(total), fit.fitted, rtol=1e-8)
    assert table["reference"].notna().all()


def test_effects_of_the_reference_are_zero(panel: pd.DataFrame) -> None:
    fit = fit_gravity(panel, flow="flow", covariates="x", effects=["exporter-year", "importer-year"])
    table = fit.effects(reference="E3")
    own = table[(table["effect"] == "importer-year") & (table["importer"] == "E3")]
    assert len(own) == 4
    assert own["estimate"].to_numpy(float) == pytest.approx(np.zeros(4), abs=1e-12)
    assert "E3" in table["reference"].iloc[0]
    with pytest.raises(UnknownNameError, match="E4"):
        fit.effects(reference="E44")


def test_predict_gives_the_fitted_flows_back(panel: pd.DataFrame, fit: GravityFit) -> None:
    used = panel.iloc[fit.sample_rows]
    np.testing.assert_allclose(fit.predict(used), fit.fitted, rtol=1e-9)
    more = used.assign(x=used["x"] + 1)
    np.testing.assert_allclose(fit.predict(more) / fit.fitted, np.exp(fit.coefficient("x")), rtol=1e-9)


def test_predict_without_effects_and_with_an_offset(panel: pd.DataFrame) -> None:
    shifted = panel.assign(o=np.linspace(0, 1, len(panel)))
    fit = fit_gravity(shifted, flow="flow", covariates="x", effects=[], offset="o")
    np.testing.assert_allclose(fit.predict(shifted), fit.fitted, rtol=1e-9)


def test_predict_refuses_effects_it_never_saw(panel: pd.DataFrame, fit: GravityFit) -> None:
    stranger = panel.iloc[:3].assign(exporter="NEW")
    with pytest.raises(InputError, match="effects of this flow were not estimated"):
        fit.predict(stranger)


def test_sample_has_the_estimates_moments_and_a_stable_start(fit: GravityFit) -> None:
    draws = fit.sample(20_000, seed=3)
    np.testing.assert_allclose(draws.mean(axis=0), fit.coefficients, atol=4 * fit.std_errors.max() / 141)
    np.testing.assert_allclose(np.cov(draws.T), fit.vcov, rtol=0.06, atol=0.03 * fit.vcov.max())
    np.testing.assert_array_equal(fit.sample(10, seed=3), draws[:10])


def test_trade_cost_is_the_index_over_the_elasticity(panel: pd.DataFrame, fit: GravityFit) -> None:
    costs = fit.trade_cost(["x"], elasticity=5.0, year=2002)
    row = panel[(panel["year"] == 2002)].iloc[4]
    expected = np.exp(-row["x"] * fit.coefficient("x") / 5)
    assert costs.loc[row["exporter"], row["importer"]] == pytest.approx(expected)
    absent = panel[panel["year"] == 2002].pivot(index="exporter", columns="importer", values="x").isna()
    assert (costs.isna() == absent).to_numpy().all()
    with pytest.raises(InputError, match="positive"):
        fit.trade_cost(["x"], elasticity=-5.0)
    with pytest.raises(UnknownNameError):
        fit.trade_cost(["y"], elasticity=5.0)


def test_combine_is_the_delta_method(fit: GravityFit) -> None:
    value, error = fit.combine({"x": 1.0, "z": -2.0})
    weights = np.array([1.0, -2.0])
    assert value == pytest.approx(weights @ fit.coefficients)
    assert error == pytest.approx(np.sqrt(weights @ fit.vcov @ weights))


def test_compare_in_text_html_and_latex(panel: pd.DataFrame, fit: GravityFit) -> None:
    other = fit_gravity(panel, flow="flow", covariates="x", effects=["exporter", "importer"], estimator="ols")
    table = compare([fit, other], names=["three-way", "OLS"])
    text = str(table)
    assert "three-way" in text
    assert f"({fit.std_error('x'):.3f})" in text
    assert f"{other.n_obs:,}" in text
    assert table.html().count("<tr>") == 1 + len(table.estimates) + len(table.facts)
    assert r"\begin{tabular}{lcc}" in table.latex()
    assert "R2" not in table.latex()


def test_summary_states_the_convention_and_what_was_dropped(fit: GravityFit) -> None:
    assert "G/(G-1), no adjustment for parameters" in fit.summary()
    assert "dropped" in fit.summary()
    assert "<table>" in fit._repr_html_()
    assert "Correia" in fit.cite()


def test_stars_follow_the_p_value() -> None:
    assert [stars(value, 1.0) for value in (1.0, 1.7, 2.0, 2.6)] == ["", "*", "**", "***"]
    assert stars(-3.0, 1.0) == "***"
    assert stars(1.0, 0.0) == ""


def test_deviance_and_pseudo_r2_by_their_definitions(panel: pd.DataFrame, fit: GravityFit) -> None:
    flow, mu = panel["flow"].to_numpy()[fit.sample_rows], fit.fitted
    lost = 2 * (flow * np.log(flow / mu) - (flow - mu)).sum()
    full = (flow * np.log(mu) - mu - special.gammaln(flow + 1)).sum()
    null = (flow * np.log(flow.mean()) - flow.mean() - special.gammaln(flow + 1)).sum()
    assert fit.deviance == pytest.approx(lost)
    assert fit.pseudo_r2 == pytest.approx(1 - full / null)


def test_least_squares_as_the_dense_fit(panel: pd.DataFrame) -> None:
    effects = ["exporter-year", "importer-year"]
    fit = fit_gravity(
        panel, flow="flow", covariates=["x", "z"], effects=effects, estimator="ols", weights="w"
    )
    dummies = [pd.get_dummies(panel[s] + panel["year"].astype(str)) for s in ("exporter", "importer")]
    design = np.concatenate([panel[["x", "z"]], *dummies], axis=1).astype(float)
    root, logs = np.sqrt(panel["w"].to_numpy()), np.log(panel["flow"].to_numpy())
    beta, *_ = np.linalg.lstsq(design * root[:, None], logs * root)
    np.testing.assert_allclose(fit.coefficients, beta[:2], rtol=1e-9)
    np.testing.assert_allclose(np.log(fit.fitted), design @ beta, atol=1e-9)
    left = (panel["w"] * (logs - np.average(logs, weights=panel["w"])) ** 2).sum()
    assert fit.deviance == pytest.approx((panel["w"] * (logs - design @ beta) ** 2).sum())
    assert fit.pseudo_r2 == pytest.approx(1 - fit.deviance / left)


def test_reset_finds_a_wrong_functional_form() -> None:
    panel = world(30, 1, seed=21)
    right = fit_gravity(panel, flow="flow", covariates="x", effects=["exporter-year", "importer-year"])
    wrong = fit_gravity(panel, flow="flow", covariates="z", effects=["exporter", "importer"])
    bent = panel.assign(flow=np.exp(0.4 * panel["x"] ** 2))
    bent_fit = fit_gravity(bent, flow="flow", covariates="x", effects=["exporter-year", "importer-year"])
    assert reset_test(right).p_value > 0.01
    assert np.isfinite(reset_test(wrong).p_value)
    assert reset_test(bent_fit).p_value < 0.01


def test_lags_and_leads_stay_inside_the_pair() -> None:
    panel = world(3, 5, seed=22).sample(frac=1, random_state=0)
    out = add_lags(panel, "x", [2, -1])
    for _, group in out.sort_values("year").groupby(["exporter", "importer"]):
        np.testing.assert_array_equal(group["x_lag2"].to_numpy()[2:], group["x"].to_numpy()[:-2])
        np.testing.assert_array_equal(group["x_lead1"].to_numpy()[:-1], group["x"].to_numpy()[1:])
        assert group["x_lag2"].isna().sum() == 2
    with pytest.raises(UnknownNameError, match="Did you mean"):
        add_lags(panel, "xx", [1])
    with pytest.raises(InputError, match="repeat"):
        add_lags(pd.concat([panel, panel.iloc[:1]]), "x", [1])
    with pytest.raises(InputError, match="the covariate is missing"):
        fit_gravity(out, flow="flow", covariates="x_lag2")
