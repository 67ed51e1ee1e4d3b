"""The compiled kernels: the same sums, and used only when the marker fits."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from serai.gravity import compiled, kernels

numba_kernels = pytest.importorskip("serai.gravity.kernels_numba")
SHAPE = (5, 4, 3)


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    weights = random.uniform(0, 2, SHAPE) * (random.random(SHAPE) > 0.2)
    total = weights.sum(axis=2)
    return {
        "weights": weights,
        "inverse": np.divide(1, total, out=np.zeros_like(total), where=total > 0),
        "a": random.normal(size=(2, 5, 3)),
        "c": random.normal(size=(2, 4, 3)),
        "pair": random.normal(size=(2, 5, 4)),
        "x": random.normal(size=(2, *SHAPE)),
        "beta": np.array([0.3, -0.2]),
        "flow": random.uniform(1, 2, (5, 4)),
        "base": (weights > 0).astype(float),
    }


def _close(one: object, other: object) -> None:
    for left, right in zip(one, other, strict=True):  # type: ignore[call-overload]
        if left is None or right is None:
            assert left is right
        else:
            np.testing.assert_allclose(left, right, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("want", ["a", "c", "ac"])
def test_projection(arrays: dict[str, np.ndarray], paired: bool, want: str) -> None:
    inverse = arrays["inverse"] if paired else None
    totals = arrays["weights"].sum(axis=1), arrays["weights"].sum(axis=0)
    for a, c in ((arrays["a"], arrays["c"]), (None, arrays["c"]), (arrays["a"], None)):
        _close(*(m.project(arrays["weights"], inverse, a, c, want, totals) for m in (kernels, numba_kernels)))


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("masked", [True, False])
def test_expected_flows(arrays: dict[str, np.ndarray], paired: bool, masked: bool) -> None:
    results, flows = [], []
    for module in (kernels, numba_kernels):
        out = np.empty(SHAPE)
        results.append(
            module.expected(
                arrays["base"] if masked else None, arrays["a"][0], arrays["c"][0], arrays["x"],
                arrays["beta"],
                arrays["flow"] if paired else None, out,
            )
        )  # fmt: skip
        flows.append(out)
    _close(*results)
    np.testing.assert_allclose(*flows, rtol=1e-12)


def test_sums_products_and_scores(arrays: dict[str, np.ndarray]) -> None:
    w, x, a, c = (arrays[name] for name in ("weights", "x", "a", "c"))
    for pair in (arrays["pair"], None):
        left = kernels.residuals(x, a, c, pair, slice(None))
        products = np.einsum("kijt,lijt,ijt->kl", left, left, w)
        np.testing.assert_allclose(kernels.cross_products(w, x, a, c, pair), products, atol=1e-12)
        _close(*([m.pair_scores(w, x, a, c, pair)] for m in (kernels, numba_kernels)))
        both = kernels.scores(w, x, a, c, pair).sum(axis=3)
        np.testing.assert_allclose(kernels.pair_scores(w, x, a, c, pair), both, atol=1e-12)
    effect = a[:, :, None] + c[:, None]
    np.testing.assert_allclose(kernels.pair_sums(w, a, c), (w * effect).sum(axis=3), atol=1e-12)


@pytest.mark.parametrize("paired", [True, False])
def test_moments_are_those_of_what_pairs_leave(arrays: dict[str, np.ndarray], paired: bool) -> None:
    w, x = arrays["weights"], arrays["x"]
    inverse = arrays["inverse"] if paired else None
    left = x - ((w * x).sum(axis=3) * inverse)[..., None] if paired else x
    want = (
        (w * left).sum(axis=2), (w * left).sum(axis=1), (w * x).sum(axis=3),
        np.einsum("kijt,lijt,ijt->kl", left, left, w),
    )  # fmt: skip
    for module in (kernels, numba_kernels):
        _close(module.moments(w, x, inverse), want)
    w = w * (arrays["flow"] / np.where(w.sum(axis=2) > 0, w.sum(axis=2), 1))[..., None]
    for module in (kernels, numba_kernels):
        known = w.sum(axis=2) if paired else None
        zero = np.zeros_like(arrays["beta"])
        made = module.expected(
            w, 0 * arrays["a"][0], 0 * arrays["c"][0], x, zero, known, np.empty(SHAPE), True
        )
        own = np.divide(1, w.sum(axis=2), out=np.zeros(SHAPE[:2]), where=w.sum(axis=2) > 0)
        _close(made.moments, kernels.moments(w, x, own if paired else None))


def test_totals_and_measures(arrays: dict[str, np.ndarray]) -> None:
    w, x = arrays["weights"], arrays["x"]
    for got, axis in zip(kernels.totals(w), (1, 0, 2), strict=True):
        np.testing.assert_allclose(got, w.sum(axis=axis), atol=1e-13)
    products, squares, size = kernels.measure(x, w)
    np.testing.assert_allclose(products, np.einsum("kijt,ijt->k", x, w))
    np.testing.assert_allclose(squares, np.einsum("kijt,kijt->k", x, x))
    np.testing.assert_array_equal(size, np.abs(x).max(axis=(1, 2, 3)))


def test_sums_after_elimination(arrays: dict[str, np.ndarray]) -> None:
    w, inverse, a, c = (arrays[name] for name in ("weights", "inverse", "a", "c"))
    totals = w.sum(axis=1), w.sum(axis=0)
    block = np.random.default_rng(1).normal(size=(5, 3, 3))
    by_i = kernels.project(w, inverse, None, c, "a", totals)[0]
    assert by_i is not None
    own = a - np.einsum("its,ris->rit", block, by_i)
    by_j = kernels.project(w, inverse, own, c, "c", totals)[1]
    for module in (kernels, numba_kernels):
        _close(module.reduced(w, inverse, block, a, c), (by_j, own))
    both = [m.outer_products(w, inverse) for m in (kernels, numba_kernels)]
    _close(*both)
    for got, letter in zip(both[0], "ij", strict=True):
        np.testing.assert_allclose(got, np.einsum(f"ijt,ijs,ij->{letter}ts", w, w, inverse), atol=1e-13)


@pytest.mark.parametrize("masked", [True, False])
def test_expected_flows_of_effects_alone(arrays: dict[str, np.ndarray], masked: bool) -> None:
    """Without coefficients the exponential is a product; it must be the same number."""
    base = arrays["base"] if masked else None
    a, c = arrays["a"][0], arrays["c"][0]
    flow = np.exp(a[:, None] + c[None]) * (arrays["base"] if masked else 1.0)
    want = flow * (arrays["flow"] / flow.sum(axis=2))[:, :, None]
    for module in (kernels, numba_kernels):
        out = np.empty(SHAPE)
        effect, by_i, by_j, _ = module.expected(base, a, c, arrays["x"], np.zeros(2), arrays["flow"], out)
        np.testing.assert_allclose(out, want, rtol=1e-12)
        np.testing.assert_allclose(np.exp(effect), arrays["flow"] / flow.sum(axis=2), rtol=1e-12)
        np.testing.assert_allclose(by_i, want.sum(axis=1), rtol=1e-12)
        np.testing.assert_allclose(by_j, want.sum(axis=0), rtol=1e-12)
    for known, total in ((arrays["flow"], want), (None, flow)):
        by_i, by_j = kernels.margins(base, np.exp(a), np.exp(c), known)
        np.testing.assert_allclose(by_i, total.sum(axis=1), rtol=1e-12)
        np.testing.assert_allclose(by_j, total.sum(axis=0), rtol=1e-12)


def test_the_marker_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAI_CACHE", str(tmp_path))
    compiled.ready.cache_clear()
    assert not compiled.ready()
    path = compiled.compile_kernels()
    assert path == tmp_path / "compiled.json"
    assert compiled.ready()
    assert compiled.best_kernels(compiled.WORTH_IT).__name__ == "serai.gravity.kernels_numba"
    assert compiled.best_kernels(100) is kernels
    marker = json.loads(path.read_text())
    for change in (
        {"source": "other"},
        {"processor": "other"},
        {"numba": "0"},
        {"files": ["/nowhere.nbi"]},
        {"files": []},
    ):
        path.write_text(json.dumps(marker | change))
        compiled.ready.cache_clear()
        assert not compiled.ready(), change
    path.write_text("not json")
    compiled.ready.cache_clear()
    assert not compiled.ready()
    compiled.ready.cache_clear()
