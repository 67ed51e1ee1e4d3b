"""`fit_gravity` against a dense estimator, its options and its hard cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from serai.errors import InputError, SolveError, UnknownNameError
from serai.gravity import fit_gravity
from serai.gravity.absorb import Normal
from serai.gravity.effects import plan_effects
from serai.gravity.ppml import _cross_products
from unit.gravity_world import plain_ppml, world

THREE = ["exporter-year", "importer-year", "pair"]


@pytest.mark.parametrize(
    "effects",
    [
        THREE,
        ["exporter-year", "importer-year"],
        ["exporter", "importer"],
        ["exporter", "importer", "year"],
        ["exporter-year", "importer"],
        ["exporter", "importer-year"],
        ["exporter-year"],
        ["importer-year", "pair"],
        ["pair", "year"],
        ["pair"],
        ["year"],
        [],
    ],
)
@pytest.mark.parametrize("holes", [0.0, 0.2])
def test_any_effects_as_the_dense_estimator(effects: list[str], holes: float) -> None:
    panel = world(6, 4, seed=1, holes=holes)
    fit = fit_gravity(panel, flow="flow", covariates=["x", "z"], effects=effects)
    beta, fitted = plain_ppml(panel, ["x", "z"], effects)
    own = [fit.coefficient("x"), fit.coefficient("z")]
    np.testing.assert_allclose(own, beta, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(fit.fitted, fitted[fit.sample_rows], rtol=1e-6)


def test_symmetric_pairs_share_one_effect() -> None:
    panel = world(6, 4, seed=2, holes=0.1)
    label = [" ".join(sorted(p)) for p in zip(panel["exporter"], panel["importer"], strict=True)]
    fit = fit_gravity(
        panel, flow="flow", covariates="x", effects=["exporter-year", "importer-year", "symmetric pair"]
    )
    totals = pd.DataFrame({"pair": label, "flow": panel["flow"], "fitted": fit.fitted}).groupby("pair").sum()
    np.testing.assert_allclose(totals["fitted"], totals["flow"], rtol=1e-7)


def test_nested_effects_change_nothing() -> None:
    panel = world(seed=3)
    plain = fit_gravity(panel, flow="flow", covariates="x", effects=THREE)
    more = fit_gravity(
        panel, flow="flow", covariates="x", effects=[*THREE, "exporter", "year", "symmetric pair"]
    )
    assert more.coefficients == pytest.approx(plain.coefficients, abs=1e-12)
    assert more.effect_names == plain.effect_names


def test_rows_in_any_order_and_from_any_table(tmp_path: Path) -> None:
    panel = world(seed=4, holes=0.1)
    panel.to_csv(tmp_path / "panel.csv", index=False)
    panel.to_parquet(tmp_path / "panel.parquet")
    first = fit_gravity(panel, flow="flow", covariates=["x", "z"])
    others = (
        panel.sample(frac=1, random_state=1), pl.from_pandas(panel), pa.Table.from_pandas(panel),
        tmp_path / "panel.csv", str(tmp_path / "panel.parquet"), panel.astype({"exporter": "category"}),
    )  # fmt: skip
    for other in others:
        fit = fit_gravity(other, flow="flow", covariates=["x", "z"])
        np.testing.assert_allclose(fit.coefficients, first.coefficients, rtol=1e-9)
        np.testing.assert_allclose(fit.vcov, first.vcov, rtol=1e-7)


def test_weights_repeat_rows_and_offsets_shift_the_index() -> None:
    panel = world(5, 3, seed=5)
    twice = panel.assign(two=np.where(panel["exporter"] == "E1", 2.0, 1.0))
    weighted = fit_gravity(
        twice, flow="flow", covariates="x", effects=["exporter", "importer"], weights="two"
    )
    again = twice[twice["two"] == 2].assign(year=lambda d: d["year"] + 100)
    repeated = fit_gravity(
        pd.concat([panel, again]), flow="flow", covariates="x", effects=["exporter", "importer"]
    )
    assert weighted.coefficients == pytest.approx(repeated.coefficients, abs=1e-9)
    free = fit_gravity(panel, flow="flow", covariates=["x", "z"])
    fixed = fit_gravity(
        panel.assign(known=free.coefficient("z") * panel["z"]), flow="flow", covariates="x", offset="known"
    )
    assert fixed.coefficient("x") == pytest.approx(free.coefficient("x"), abs=1e-8)


def test_expressions_and_interactions() -> None:
    panel = world(seed=6).assign(distance=lambda d: np.exp(d["z"]))
    fit = fit_gravity(panel, flow="flow", covariates=["log(distance)", "x:C(year)"])
    by_hand = panel.assign(**{f"y{y}": panel["x"] * (panel["year"] == y) for y in range(2000, 2004)})
    other = fit_gravity(by_hand, flow="flow", covariates=["z", "y2000", "y2001", "y2002", "y2003"])
    assert fit.names[0] == "log(distance)"
    np.testing.assert_allclose(fit.coefficients, other.coefficients, rtol=1e-8)


def test_cross_section_needs_no_year() -> None:
    panel = world(7, 1, seed=7)
    fit = fit_gravity(
        panel.drop(columns="year"), flow="flow", covariates="x", effects=["exporter", "importer"]
    )
    beta, _ = plain_ppml(panel, ["x"], ["exporter", "importer"])
    assert fit.coefficients == pytest.approx(beta, abs=1e-9)
    with pytest.raises(InputError, match="no column year"):
        fit_gravity(panel.drop(columns="year"), flow="flow", covariates="x")


def test_collinear_covariates_are_named_and_left_out() -> None:
    panel = world(seed=8).assign(again=lambda d: 3 * d["x"] - 2 * d["z"])
    fit = fit_gravity(panel, flow="flow", covariates=["x", "z", "again"])
    assert list(fit.collinear) == ["again"]
    assert fit.names == ("x", "z")
    assert "again" in fit.summary()
    with pytest.raises(InputError, match="collinear"):
        fit.coefficient("again")


def test_nearly_collinear_covariates_keep_their_sum() -> None:
    panel = world(seed=8).assign(close=lambda d: d["x"] + 1e-3 * d["z"])
    fit = fit_gravity(panel, flow="flow", covariates=["x", "close"])
    plain = fit_gravity(panel, flow="flow", covariates=["x", "z"])
    assert fit.coefficient("close") * 1e-3 == pytest.approx(plain.coefficient("z"), rel=1e-6)
    assert fit.coefficients.sum() == pytest.approx(plain.coefficient("x"), rel=1e-6)


def test_a_covariate_that_the_effects_absorb_is_refused_by_name() -> None:
    panel = world(seed=9)
    panel["far"] = panel["exporter"].str[1].astype(float) * panel["importer"].str[1].astype(float)
    with pytest.raises(InputError, match="far: the covariate does not vary once the effects are taken out"):
        fit_gravity(panel, flow="flow", covariates=["x", "far"])


def test_separated_by_a_regressor() -> None:
    panel = world(6, 4, seed=10)
    rare = (panel["exporter"] == "E1") & (panel["importer"] == "E2") & (panel["year"] >= 2002)
    rare |= (panel["exporter"] == "E4") & (panel["importer"] == "E0") & (panel["year"] == 2001)
    panel = panel.assign(rare=rare.astype(float))
    panel.loc[rare, "flow"] = 0.0
    fit = fit_gravity(panel, flow="flow", covariates=["x", "rare"])
    clean = fit_gravity(panel[~rare], flow="flow", covariates=["x"])
    assert fit.n_dropped == {"separated by regressors": 3}
    assert fit.coefficient("x") == pytest.approx(clean.coefficient("x"), abs=1e-8)
    assert fit.collinear == {"rare": "varies only on separated observations"}
    assert sorted(fit.dropped[0].rows.tolist()) == np.flatnonzero(rare).tolist()


def test_separated_by_effects_together() -> None:
    """No single effect is all zero, yet one cell cannot be fitted: ppmlhdfe's file 02 as a cross-section."""
    panel = world(4, 1, seed=11)
    blocks = panel["exporter"].isin(["E0", "E1"]) == panel["importer"].isin(["E0", "E1"])
    bridge = (panel["exporter"] == "E0") & (panel["importer"] == "E3")
    panel = panel[blocks | bridge].assign(flow=lambda d: d["flow"].where(~bridge, 0.0))
    fit = fit_gravity(panel, flow="flow", covariates="x", effects=["exporter", "importer"])
    assert fit.n_dropped == {"separated by effects": 1}
    kept = panel.iloc[fit.sample_rows]
    beta, _ = plain_ppml(kept, ["x"], ["exporter", "importer"])
    assert fit.coefficients == pytest.approx(beta, abs=1e-7)


def test_all_zero_pairs_and_singletons_are_counted() -> None:
    panel = world(6, 4, seed=12)
    dead = (panel["exporter"] == "E1") & (panel["importer"] == "E2")
    alone = (panel["exporter"] == "E3") & (panel["importer"] == "E4") & (panel["year"] > 2000)
    panel.loc[dead, "flow"] = 0.0
    fit = fit_gravity(panel[~alone], flow="flow", covariates="x")
    assert fit.n_dropped == {"separated by effects": 4, "singleton": 1}
    assert fit.n_obs == len(panel) - 3 - 5


def test_an_economy_that_trades_with_one_partner_only() -> None:
    panel = world(6, 4, seed=13)
    hermit = (panel["exporter"] == "E3") & (panel["importer"] != "E1")
    hermit |= (panel["importer"] == "E3") & (panel["exporter"] != "E1")
    fit = fit_gravity(panel[~hermit], flow="flow", covariates="x")
    without = panel[(panel["exporter"] != "E3") & (panel["importer"] != "E3")]
    assert fit.coefficients == pytest.approx(
        fit_gravity(without, flow="flow", covariates="x").coefficients, abs=1e-8
    )


def test_flows_far_apart() -> None:
    panel = world(6, 4, seed=14)
    tiny = panel.assign(flow=panel["flow"].where(panel["exporter"] != "E2", panel["flow"] * 1e-12))
    without = panel[panel["exporter"] != "E2"]
    fit = fit_gravity(tiny, flow="flow", covariates="x")
    assert fit.coefficients == pytest.approx(
        fit_gravity(without, flow="flow", covariates="x").coefficients, abs=1e-8
    )
    apart = panel.assign(flow=panel["flow"] * np.where(panel["exporter"] == "E2", 1e-6, 1.0))
    apart.loc[apart["importer"] == "E4", "flow"] *= 1e6
    beta, _ = plain_ppml(apart, ["x"], THREE)
    assert fit_gravity(apart, flow="flow", covariates="x").coefficients == pytest.approx(beta, abs=1e-6)


def test_flows_too_far_apart_are_refused() -> None:
    panel = world(6, 4, seed=14)
    panel.loc[5, "flow"], panel.loc[9, "flow"] = 1e-12, 1e12
    with pytest.raises(SolveError, match="orders of magnitude"):
        fit_gravity(panel, flow="flow", covariates="x")


@pytest.mark.parametrize(
    ("economies", "years", "effects", "message"),
    [
        (2, 1, THREE, "no observation is left .4 singleton"),
        (2, 1, ["exporter", "importer"], "fit all 4 observations exactly"),
        (2, 2, THREE, "fit all 8 observations exactly"),
    ],
)
def test_too_small_to_say_anything(economies: int, years: int, effects: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fit_gravity(world(economies, years), flow="flow", covariates="x", effects=effects)


def test_two_economies_and_enough_years() -> None:
    panel = world(2, 6, seed=15)
    beta, _ = plain_ppml(panel, ["x"], THREE)
    assert fit_gravity(panel, flow="flow", covariates="x").coefficients == pytest.approx(beta, abs=1e-8)


def test_one_cluster_is_refused() -> None:
    panel = world().assign(all="one")
    with pytest.raises(InputError, match="only one cluster by all"):
        fit_gravity(panel, flow="flow", covariates="x", cluster="all")


@pytest.mark.parametrize("cluster", [None, (), ("heteroskedastic", "pair")])
def test_clusters_without_a_name_are_refused(cluster: Any) -> None:
    with pytest.raises(InputError, match="cluster is unclear"):
        fit_gravity(world(), flow="flow", covariates="x", cluster=cluster)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"flow": "flw"}, InputError, "Did you mean flow"),
        ({"covariates": "log(xx)"}, InputError, "no column xx"),
        ({"covariates": "log(x"}, InputError, "not a formula"),
        ({"effects": ["exporter-yaer"]}, UnknownNameError, "Did you mean exporter-year"),
        ({"cluster": "pear"}, InputError, "no column pear"),
        ({"estimator": "poisson"}, UnknownNameError, "estimator"),
        ({"small_sample": "stata"}, UnknownNameError, "convention"),
        ({"bias_correction": True, "cluster": "exporter"}, InputError, "pair clusters"),
        ({"bias_correction": True, "effects": ["pair"]}, InputError, "exporter-year and importer-year"),
        ({"year": None}, InputError, "no year"),
    ],
)
def test_wrong_options(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        fit_gravity(world(), **{"flow": "flow", "covariates": ["x"], **options})


def test_every_bad_row_is_reported_at_once() -> None:
    panel = world()
    panel.loc[3, "flow"], panel.loc[7, "flow"] = -1.0, np.nan
    panel.loc[9, "exporter"] = None
    with pytest.raises(InputError) as caught:
        fit_gravity(panel, flow="flow", covariates="x")
    found = {(p.row, p.field) for p in caught.value.problems}
    assert found == {(3, "flow"), (7, "flow"), (9, "exporter")}


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("x", np.nan, "row 4, x: the covariate is missing"),
        ("x", np.inf, "row 4, x: the covariate is infinite"),
        ("x", "many", "row 4, x: this is text"),
        ("flow", "n/a", "row 4, flow: this is text"),
        ("flow", np.inf, "row 4, flow: the value is infinite"),
        ("w", -1.0, "row 4, w: the weight is negative"),
    ],
)
def test_bad_values_name_their_row(column: str, value: object, message: str) -> None:
    panel = world().astype({column: object})
    panel.loc[4, column] = value
    if not isinstance(value, str):
        panel = panel.astype({column: float})
    with pytest.raises(InputError, match=message):
        fit_gravity(panel, flow="flow", covariates="x", weights="w")


def test_rows_of_files_count_the_header(tmp_path: Path) -> None:
    panel = world()
    panel.loc[0, "flow"] = -1.0
    panel.to_csv(tmp_path / "panel.csv", index=False)
    with pytest.raises(InputError, match=r"panel.csv, row 2, flow: the flow is negative"):
        fit_gravity(tmp_path / "panel.csv", flow="flow", covariates="x")


def test_duplicates_are_listed() -> None:
    panel = world()
    with pytest.raises(InputError, match="row 3, exporter, importer, year: this flow appears twice"):
        fit_gravity(pd.concat([panel, panel.iloc[[3]]]), flow="flow", covariates="x")


def test_numbers_as_text_are_refused_not_taken_for_categories() -> None:
    panel = world()
    with pytest.raises(InputError, match="numbers written as text"):
        fit_gravity(panel.assign(x=panel["x"].astype(str)), flow="flow", covariates="x")


def test_all_flows_zero() -> None:
    with pytest.raises(InputError, match="no observation is left"):
        fit_gravity(world().assign(flow=0.0), flow="flow", covariates="x")


def test_small_sample_conventions_by_name() -> None:
    panel = world(6, 4, seed=16)
    fits = {
        name: fit_gravity(
            panel, flow="flow", covariates="x", effects=["exporter", "importer"], small_sample=name
        )
        for name in ("none", "ppmlhdfe", "reghdfe", "regress")
    }
    plain = fits["none"].vcov[0, 0]
    n, clusters, k = 144, 36, 1 + 6 + 6 - 1
    assert fits["ppmlhdfe"].vcov[0, 0] / plain == pytest.approx(clusters / (clusters - 1))
    assert fits["regress"].vcov[0, 0] / plain == pytest.approx(clusters / (clusters - 1) * (n - 1) / (n - k))
    assert "ppmlhdfe" in fits["ppmlhdfe"].summary()


def test_two_cluster_dimensions_add_up() -> None:
    panel = world(12, 4, seed=19)
    options = {"flow": "flow", "covariates": "x", "effects": ["exporter-year"], "small_sample": "none"}
    parts = {c: fit_gravity(panel, cluster=c, **options).vcov for c in ("exporter", "importer", "pair")}
    both = fit_gravity(panel, cluster=["exporter", "importer"], **options)
    np.testing.assert_allclose(both.vcov, parts["exporter"] + parts["importer"] - parts["pair"], rtol=1e-10)
    assert both.clusters == {"exporter": 12, "importer": 12}


def test_a_variance_below_zero_is_refused_not_shown_as_zero() -> None:
    with pytest.raises(InputError, match="not positive"):
        fit_gravity(
            world(8, 4, seed=18), flow="flow", covariates="x", effects=["exporter-year"],
            cluster=["exporter", "importer"],
        )  # fmt: skip


def test_least_squares_drops_zeros_and_says_so() -> None:
    panel = world(6, 4, seed=17)
    panel.loc[[3, 40], "flow"] = 0.0
    fit = fit_gravity(panel, flow="flow", covariates="x", estimator="ols")
    assert fit.n_dropped == {"zero flow, which has no logarithm": 2}


def test_a_covariate_that_the_effects_nearly_explain_is_right_or_refused() -> None:
    """Where one part in a million of a covariate's variance is left the estimate is the same."""
    panel = world(8, 5, seed=3)
    by_year = panel.groupby(["exporter", "year"])["z"].transform("mean")
    plain = fit_gravity(panel, flow="flow", covariates=["x"])
    thin = fit_gravity(panel.assign(thin=by_year + 1e-3 * panel["x"]), flow="flow", covariates=["thin"])
    assert thin.coefficients[0] * 1e-3 == pytest.approx(plain.coefficients[0], rel=1e-9)
    assert thin.std_errors[0] * 1e-3 == pytest.approx(plain.std_errors[0], rel=1e-6)
    with pytest.raises(SolveError, match="covariates that the effects nearly explain"):
        fit_gravity(panel.assign(thin=by_year + 1e-5 * panel["x"]), flow="flow", covariates=["thin"])


@pytest.mark.parametrize("rows", [slice(None), slice(3, None)])
def test_a_covariate_far_from_zero_changes_no_digit_and_predicts(rows: slice) -> None:
    panel = world(8, 5, seed=4).iloc[rows]
    panel["far"] = panel["x"] + 1e5
    plain = fit_gravity(panel, flow="flow", covariates=["x"])
    far = fit_gravity(panel, flow="flow", covariates=["far"])
    np.testing.assert_allclose(far.coefficients, plain.coefficients, rtol=1e-8)
    np.testing.assert_allclose(far.std_errors, plain.std_errors, rtol=1e-8)
    np.testing.assert_allclose(far.predict(panel), far.fitted, rtol=1e-8)


@pytest.mark.parametrize("pair", [[], ["pair"], ["symmetric pair"]])
def test_cross_products_of_rough_projections_are_those_of_what_they_leave(pair: list[str]) -> None:
    random = np.random.default_rng(5)
    weights, x = random.uniform(0, 2, (7, 7, 4)), random.normal(size=(3, 7, 7, 4))
    normal = Normal(weights, plan_effects(["exporter-year", "importer-year", *pair]))
    moments = normal.moments(x)
    rhs = normal.right_hand(moments)
    gamma, left, _ = normal.solve(rhs, np.zeros_like(rhs), np.full(3, 1e-2))
    assert np.abs(left).max() > 1e-6
    made = _cross_products(moments, rhs, gamma, left)
    np.testing.assert_allclose(made, normal.residual_products(x, moments.by_pair, gamma)[1], rtol=1e-11)
