"""The compiled search over draws: the same answers in as many steps, used only when its marker fits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from equilibrium_worlds import flows, off_diagonal, shares, world
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


@pytest.mark.parametrize("deficits", ["fixed", "proportional", "none"])
@pytest.mark.parametrize("name", WORLDS)
def test_the_same_numbers_in_as_many_steps(
    name: str, deficits: Any, calls: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = ["real_income", "wage", "rental", "trade", "fdi"]
    ours = solve_draws(WORLDS[name], SHOCK, deficits=deficits, keep=keep, chunk=3)
    assert calls
    monkeypatch.setattr(_search, "ready", lambda: False)
    plain = solve_draws(WORLDS[name], SHOCK, deficits=deficits, keep=keep, chunk=3)
    for outcome in keep:
        np.testing.assert_allclose(ours[outcome], plain[outcome], rtol=1e-10, err_msg=outcome)
    np.testing.assert_array_equal(ours.iterations, plain.iterations)
    np.testing.assert_array_equal(ours.status, plain.status)


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


def test_equations_it_does_not_know_are_left_to_numpy(calls: list[int]) -> None:
    solve_draws(WORLDS["everything drawn"], SHOCK, wealth="steady")
    still = Baseline.from_flows(TRADE, trade_elasticity=np.array([4.0, 5.0]))
    solve_draws(still, Shock(trade_cost=off_diagonal(SIZE, 0.9)))
    assert not calls


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
