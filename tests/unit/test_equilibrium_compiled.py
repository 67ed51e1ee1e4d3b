"""The compiled search over draws: the same answers in as many steps, used only when its marker fits."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equilibrium_worlds import flows, off_diagonal, shares, world
from serai.compiled import Kernels
from serai.equilibrium import Baseline, Shock, Status, _compiled, _search, solve, solve_draws

pytest.importorskip("numba")
DRAWS, SIZE = 7, 6
RANDOM = np.random.default_rng(3)
TRADE, HOLDINGS = flows(SIZE)


def noise(shape: tuple[int, ...], spread: float) -> Any:
    return np.exp(spread * RANDOM.standard_normal((DRAWS, *shape)))


WORLDS = {
    "everything drawn": Baseline.from_flows(
        TRADE * noise((SIZE, SIZE), 0.1),
        trade_elasticity=5 * noise((), 0.2),
        capital_elasticity=3 * noise((), 0.3),
        holdings=HOLDINGS * noise((SIZE, SIZE), 0.2),
        **shares(SIZE),
    ),
    "one base year": world(SIZE),
    "a host without capital income": world(SIZE, capital_share=np.array([0.3, 0.4, 0.0, 0.3, 0.4, 0.5])),
    "capital does not move": Baseline.from_flows(
        TRADE * noise((SIZE, SIZE), 0.1), trade_elasticity=5 * noise((), 0.2), **shares(SIZE)
    ),
    "trade alone": Baseline.from_flows(TRADE, trade_elasticity=5 * noise((), 0.2)),
}
SHOCK = Shock(
    trade_cost=noise((SIZE, SIZE), 0.1),
    openness=noise((SIZE, SIZE), 0.1),
    labour=noise((SIZE,), 0.05),
    productivity=noise((SIZE,), 0.05),
)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The compiled search is ready; how often it ran."""
    seen: list[int] = []

    def counted(market: Any, *rest: Any) -> Any:
        seen.append(market.worlds)
        return _compiled.search_compiled(market, *rest)

    monkeypatch.setattr(_search, "ready", lambda: True)
    monkeypatch.setattr(_search, "search_compiled", counted)
    return seen


CASES = [
    (name, wealth, deficits)
    for name in WORLDS
    for wealth in ("fixed", "steady")
    for deficits in ("fixed", "proportional", "none")
    if not (name == "a host without capital income" and wealth == "steady")  # no long run: see the next test
]


@pytest.mark.parametrize(("name", "wealth", "deficits"), CASES)
def test_the_same_numbers_in_as_many_steps(
    name: str, wealth: Any, deficits: Any, calls: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    mobile = WORLDS[name].holdings is not None
    shock = SHOCK if mobile else replace(SHOCK, openness=None)
    keep = ["real_income", "wage", "rental", "wealth", "trade", *(["fdi"] if mobile else [])]

    def drawn() -> Any:
        return solve_draws(WORLDS[name], shock, wealth=wealth, deficits=deficits, keep=keep, chunk=3)

    ours = drawn()
    assert calls
    assert ours.compiled.all()
    assert ours.summary().endswith("searched by compiled code")
    monkeypatch.setattr(_search, "ready", lambda: False)
    plain = drawn()
    assert not plain.compiled.any()
    assert plain.summary().endswith("searched by NumPy")
    for outcome in keep:
        np.testing.assert_allclose(ours[outcome], plain[outcome], rtol=1e-10, err_msg=outcome)
    np.testing.assert_array_equal(ours.iterations, plain.iterations)
    np.testing.assert_array_equal(ours.status, plain.status)


@pytest.mark.usefixtures("calls")
def test_a_world_without_a_long_run_ends_as_with_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    given = WORLDS["a host without capital income"], SHOCK
    ours = solve_draws(*given, wealth="steady")
    monkeypatch.setattr(_search, "ready", lambda: False)
    plain = solve_draws(*given, wealth="steady")
    np.testing.assert_array_equal(ours.status, plain.status)
    np.testing.assert_allclose(ours.real_income, plain.real_income, rtol=1e-10)


def test_a_draw_that_does_not_settle_is_searched_for_by_itself(calls: list[int]) -> None:
    cost = np.ones((4, SIZE, SIZE))
    cost[2] = off_diagonal(SIZE, 4.0)
    found = solve_draws(world(SIZE), Shock(trade_cost=cost), deficits="proportional")
    alone = solve(world(SIZE), Shock(trade_cost=cost[2]), deficits="proportional")
    assert calls
    assert found.converged.all()
    np.testing.assert_allclose(found.real_income[2], alone.real_income, rtol=1e-9)
    gift = np.zeros((4, SIZE))
    gift[1, 0], gift[1, 1] = -1e7, 1e7
    broke = solve_draws(world(SIZE), Shock(transfer=gift))
    assert broke.status[1] != Status.CONVERGED
    assert np.isnan(broke.real_income[1]).all()
    np.testing.assert_allclose(broke.real_income[[0, 2, 3]], 1, atol=1e-9)


@pytest.mark.usefixtures("calls")
def test_worlds_in_blocks_are_left_to_numpy_and_the_result_says_so() -> None:
    """Two draws to a chunk: of the last two one is cut into blocks, so that NumPy takes both."""
    cost, openness = np.ones((4, SIZE, SIZE)), np.ones((4, SIZE, SIZE))
    cost[3] = off_diagonal(SIZE, np.inf)
    openness[3] = off_diagonal(SIZE, 0.0)
    found = solve_draws(world(SIZE), Shock(trade_cost=cost, openness=openness), deficits="none", chunk=2)
    assert found.converged.all()
    assert found.compiled.tolist() == [True, True, False, False]
    assert found.searched_by == "compiled code (2) and NumPy (2)"


@pytest.mark.parametrize("scale", [1e-3, 1.0, 300.0])
def test_exponentials_and_logarithms_of_vectors_are_those_of_numpy(scale: float) -> None:
    from serai.equilibrium._vectors_numba import exponentials, logarithms

    values = scale * np.random.default_rng(0).uniform(-2, 2, 4096)
    out = np.empty_like(values)
    exponentials(values, out)
    np.testing.assert_allclose(out, np.exp(values), rtol=2e-15)
    logarithms(np.exp(values), out)
    np.testing.assert_allclose(out, np.log(np.exp(values)), rtol=2e-15, atol=1e-300)


def test_exponentials_and_logarithms_at_the_edges() -> None:
    from serai.equilibrium._vectors_numba import exponentials, logarithms

    values = np.array([-np.inf, -800.0, 0.0, 800.0, np.inf, np.nan])
    out = np.empty_like(values)
    exponentials(values, out)
    np.testing.assert_array_equal(out, [0, 0, 1, np.inf, np.inf, np.nan])
    logarithms(np.array([-1.0, 0.0, 1.0, np.inf, np.nan, 1e-320]), out)
    np.testing.assert_array_equal(out, [np.nan, np.nan, 0, np.nan, np.nan, np.nan])


def test_the_marker_knows_the_files_that_are_compiled_in(tmp_path: Path) -> None:
    """A change of a helper makes the marker stale too."""
    source, helper = tmp_path / "source.py", tmp_path / "helper.py"
    source.write_text("one")
    helper.write_text("two")
    kernels = Kernels("x", source, "serai.errors", helpers=(helper,))
    before = kernels._circumstances()
    helper.write_text("three")
    assert kernels._circumstances() != before
    assert {path.name for path in _compiled.KERNELS.helpers} == {"_vectors_numba.py"}


def test_the_marker_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAI_CACHE", str(tmp_path))
    _compiled.ready.cache_clear()
    assert not _compiled.ready()
    path = _compiled.compile_draws()
    assert path == tmp_path / "equilibrium.json"
    assert _compiled.ready()
    marker = json.loads(path.read_text())
    for change in ({"source": "other"}, {"processor": "other"}, {"numba": "0"}, {"files": ["/nowhere.nbi"]}):
        path.write_text(json.dumps(marker | change))
        _compiled.ready.cache_clear()
        assert not _compiled.ready(), change
    _compiled.ready.cache_clear()
