"""Slopes by every lever against central differences of the exact system; ranks; exposure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from equilibrium_worlds import sector_world, world
from serai.axes import Array
from serai.equilibrium import (
    Baseline,
    Equilibrium,
    MultiSectorBaseline,
    MultiSectorEquilibrium,
    Shock,
    exposure,
    gradient,
    rank_levers,
    solve,
    solve_draws,
)
from serai.equilibrium._pullback import Seeds
from serai.equilibrium.adjoint import adjoint, equations
from serai.errors import InputError, UnknownNameError

STEP = 1e-4
MEASURES = ("real_income", "real_gdp", "real_gni", "real_wage", "wage", "price_index")


def _levers(random: np.random.Generator, base: Baseline | MultiSectorBaseline) -> dict[str, Array]:
    """A shock that moves everything, so that slopes are taken away from the base year."""
    size = len(base.economies)
    shape = (size, size)
    ratios = {
        "trade_cost": np.exp(-0.2 * random.random(shape)),
        "productivity": np.exp(0.1 * random.random(size)),
        "labour": np.exp(0.1 * random.random(size)),
    }
    if isinstance(base, MultiSectorBaseline):
        count = len(base.sectors)
        ratios["trade_cost"] = np.exp(-0.2 * random.random((count, *shape)))
        ratios["productivity"] = np.exp(0.1 * random.random((size, count)))
        ratios["tariff"] = np.exp(0.1 * random.random((count, *shape)) * (1 - np.eye(size)))
    if base.holdings is not None:
        ratios["openness"] = np.exp(0.2 * random.random(shape))
    return ratios


def _worlds() -> dict[str, Baseline | MultiSectorBaseline]:
    random = np.random.default_rng(0)
    stock = np.exp(random.random((5, 5))) * 1e3 + 1e5 * np.eye(5)
    capital = {
        "holdings": stock,
        "capital_share": random.uniform(0.2, 0.5, 5),
        "capital_elasticity": 2.5,
    }
    return {
        "one sector, capital moves": world(6, 1),
        "one sector, capital stays": world(6, 1, holdings=None, capital_elasticity=None),
        "one sector, an economy without capital income": world(
            6, 1, capital_share=np.array([0.3, 0.4, 0.0, 0.3, 0.4, 0.5])
        ),
        "sectors, tariffs": sector_world(5, 4, 1),
        "sectors, tariffs, capital moves": sector_world(5, 4, 1, **capital),
        "sectors, no tariffs in the base": sector_world(5, 4, 1, tariff=None),
    }


WORLDS = _worlds()


CASES = [
    (name, wealth, deficits)
    for name in WORLDS
    for wealth in ("fixed", "steady")
    for deficits in ("fixed", "proportional", "none")
    if not ("without capital income" in name and wealth == "steady")  # has no long run
]


@pytest.mark.parametrize(("name", "wealth", "deficits"), CASES)
def test_slopes_are_those_of_central_differences(name: str, wealth: Any, deficits: Any) -> None:
    base, random = WORLDS[name], np.random.default_rng(7)
    ratios, weights = _levers(random, base), random.random(len(base.economies))
    transfer = np.zeros(len(base.economies))

    def outcome(changed: dict[str, Array], moved: Array) -> dict[str, float]:
        result = solve(base, Shock(**changed, transfer=moved), wealth=wealth, deficits=deficits)
        return {m: float(weights @ np.log(getattr(result, m))) for m in MEASURES}

    result = solve(base, Shock(**ratios, transfer=transfer), wealth=wealth, deficits=deficits)
    slopes = {m: gradient(result, weights, measure=m) for m in MEASURES}
    for lever, table in ratios.items():
        for _ in range(2):
            cell = tuple(random.integers(0, length) for length in table.shape)
            up, down = (_moved(ratios, lever, cell, sign * STEP) for sign in (1, -1))
            high, low = outcome(up, transfer), outcome(down, transfer)
            for m in MEASURES:
                found = getattr(slopes[m], lever)[cell]
                assert found == pytest.approx((high[m] - low[m]) / (2 * STEP), abs=1e-7), (lever, m, cell)
    money = float(base.income.min()) * STEP
    handed = np.zeros(len(base.economies))
    handed[0], handed[1] = money, -money
    high, low = outcome(ratios, handed), outcome(ratios, -handed)
    for m in MEASURES:
        expected = (high[m] - low[m]) / (2 * STEP)
        assert slopes[m].transfer @ handed / STEP == pytest.approx(expected, abs=1e-7), m


def _moved(ratios: dict[str, Array], lever: str, cell: tuple[int, ...], step: float) -> dict[str, Array]:
    table = ratios[lever].copy()
    table[cell] *= np.exp(step)
    return ratios | {lever: table}


def test_slopes_in_a_world_cut_into_blocks() -> None:
    base = world(6, 1, holdings=None, capital_elasticity=None)
    inside = np.kron(np.eye(2), np.ones((3, 3)))
    cost = np.where(inside > 0, 0.9, np.inf)
    slopes = gradient(solve(base, Shock(trade_cost=cost), deficits="none"), "2")
    moved = [cost.copy(), cost.copy()]
    moved[0][0, 1] *= np.exp(STEP)
    moved[1][0, 1] *= np.exp(-STEP)
    high, low = (solve(base, Shock(trade_cost=tau), deficits="none").real_income[1] for tau in moved)
    assert slopes.trade_cost[0, 1] == pytest.approx(np.log(high / low) / (2 * STEP), abs=1e-7)
    np.testing.assert_allclose(slopes.trade_cost[3:, 3:], 0, atol=1e-10)


def test_of_a_big_system_the_slopes_are_the_same_by_iteration() -> None:
    """More unknowns than are ever factored: total slopes add up as they must."""
    base = sector_world(12, 30, 2)
    slopes = gradient(solve(base), {"1": 1.0})
    assert slopes.productivity.sum() == pytest.approx(_by_everything(base), abs=1e-7)


def _by_everything(base: MultiSectorBaseline) -> float:
    shocks = [Shock(productivity=np.full(12, np.exp(sign * STEP))) for sign in (1, -1)]
    high, low = (solve(base, shock).real_income[0] for shock in shocks)
    return float(np.log(high / low) / (2 * STEP))


def test_an_outcome_is_an_economy_weights_by_name_or_an_array() -> None:
    result = solve(world(4))
    by_name = gradient(result, "2").trade_cost
    np.testing.assert_array_equal(gradient(result, {"2": 1.0}).trade_cost, by_name)
    np.testing.assert_array_equal(gradient(result, np.array([0, 1.0, 0, 0])).trade_cost, by_name)


def test_what_has_no_slopes_is_refused() -> None:
    result = solve(world(4))
    with pytest.raises(UnknownNameError, match="real_income"):
        gradient(result, "1", measure="real_incom")
    with pytest.raises(UnknownNameError, match="economy"):
        gradient(result, "XXX")
    with pytest.raises(InputError, match="shape"):
        gradient(result, np.ones(3))
    with pytest.raises(UnknownNameError, match="kind of lever"):
        rank_levers(result, "1", kinds=["magic"])
    closed = np.where(np.eye(4) > 0, 1, np.inf)
    missed = solve(world(4, holdings=None, capital_elasticity=None), Shock(trade_cost=closed), throw=False)
    with pytest.raises(InputError, match="not found"):
        gradient(missed, "1")
    chunks: list[Equilibrium] = []
    solve_draws(
        world(4, trade_elasticity=np.array([4.0, 5.0])),
        reduce=lambda chunk: chunks.append(chunk) or {"wage": chunk.wage},  # type: ignore[func-returns-value]
    )
    with pytest.raises((InputError, ValueError)):
        gradient(chunks[0], "1")


def test_ranked_levers_are_the_largest_slopes() -> None:
    result = solve(world(5, 3))
    slopes = gradient(result, "1")
    first = rank_levers(result, "1", most=3)
    abroad = np.abs(np.where(np.eye(5) > 0, 0, slopes.trade_cost))
    openness = np.abs(np.where(np.eye(5) > 0, 0, slopes.openness))
    largest = np.sort(np.concatenate([abroad.ravel(), openness.ravel()]))[::-1][:3]
    np.testing.assert_allclose([lever.gain_pct for lever in first], largest)
    assert all(lever.names[0] != lever.names[1] for lever in first)
    cheapest = next(lever for lever in rank_levers(slopes, most=None) if lever.kind == "trade_cost")
    names = result.economies
    slope = slopes.trade_cost[names.index(cheapest.names[0]), names.index(cheapest.names[1])]
    assert cheapest.direction == np.sign(slope)


def test_a_step_along_the_best_lever_gains_what_it_says() -> None:
    base = sector_world(5, 4)
    best = rank_levers(solve(base), "2", kinds=["trade_cost"], most=1)[0]
    sector, seller, buyer = (
        base.sectors.index(best.names[0]),
        base.economies.index(best.names[1]),
        base.economies.index(best.names[2]),
    )
    cost = np.ones((4, 5, 5))
    cost[sector, seller, buyer] = 1 + best.direction / 1000
    gained = solve(base, Shock(trade_cost=cost)).real_income[1] - 1
    assert gained * 1000 == pytest.approx(best.gain_pct, rel=0.01)


@pytest.mark.parametrize("kind", ["tariff", "productivity", "labour", "openness"])
def test_every_kind_of_lever_is_named_by_its_axes(kind: str) -> None:
    base = WORLDS["sectors, tariffs, capital moves"]
    assert isinstance(base, MultiSectorBaseline)
    first = rank_levers(solve(base), "1", kinds=[kind], most=1)[0]
    axes: dict[str, list[Any]] = {
        "tariff": [base.sectors, base.economies, base.economies],
        "productivity": [base.sectors, base.economies],
        "labour": [base.economies],
        "openness": [base.economies, base.economies],
    }
    assert len(first.names) == len(axes[kind])
    assert all(name in axis for name, axis in zip(first.names, axes[kind], strict=True))


@pytest.mark.parametrize("name", WORLDS)
def test_exposure_is_the_slope_by_productivity(name: str) -> None:
    base = WORLDS[name]
    found = exposure(solve(base))
    for source in range(2):
        z = np.ones(len(base.economies))
        moved = []
        for sign in (1, -1):
            z[source] = np.exp(sign * STEP)
            moved.append(solve(base, Shock(productivity=z)))
        high, low = moved
        for matrix, measure in ((found.income, "wage"), (found.welfare, "real_income")):
            slope = np.log(getattr(high, measure) / getattr(low, measure)) / (2 * STEP)
            np.testing.assert_allclose(matrix[:, source], slope, atol=1e-7)
    if isinstance(base, MultiSectorBaseline):
        assert found.sector_welfare is not None
        np.testing.assert_allclose(found.sector_welfare.sum(axis=2), found.welfare)


@pytest.mark.parametrize("seed", range(11, 17))
@pytest.mark.parametrize("sectors", [1, 3])
def test_slopes_of_random_worlds(sectors: int, seed: int) -> None:
    """Other sizes, elasticities and flows, with capital and deficits; one direction through all levers."""
    random = np.random.default_rng(seed)
    size, deficits = int(random.integers(3, 7)), ("fixed", "proportional")[seed % 2]
    capital: dict[str, Any] = {
        "holdings": np.exp(random.random((size, size))) * 1e3 + 1e5 * np.eye(size),
        "capital_share": random.uniform(0.2, 0.5, size),
        "capital_elasticity": random.uniform(1, 5),
    }
    if sectors == 1:
        base: Baseline | MultiSectorBaseline = world(
            size, seed, trade_elasticity=random.uniform(1, 9), **capital
        )
    else:
        base = sector_world(size, sectors, seed, theta=random.uniform(1, 9, sectors), **capital)
    logs = {name: random.normal(0, 1, table.shape) for name, table in _levers(random, base).items()}
    if "tariff" in logs:
        logs["tariff"] *= 1 - np.eye(size)
    weights = random.random(size)

    def solved(step: float) -> Equilibrium | MultiSectorEquilibrium:
        shock = Shock(**{name: np.exp(step * table) for name, table in logs.items()})
        return solve(base, shock, deficits=deficits)  # type: ignore[arg-type, call-overload, no-any-return]

    middle, near, far = solved(0.0), (solved(STEP), solved(-STEP)), (solved(2 * STEP), solved(-2 * STEP))
    for measure in MEASURES:
        slopes = gradient(middle, weights, measure=measure)
        along = sum(float((getattr(slopes, name) * table).sum()) for name, table in logs.items())
        close, wide = (
            weights @ np.log(getattr(high, measure) / getattr(low, measure)) for high, low in (near, far)
        )
        exact = (8 * close - wide) / (12 * STEP)  # all levers move at once: fourth order
        assert along == pytest.approx(exact, abs=1e-7), measure


@pytest.mark.parametrize("wealth", ["fixed", "steady"])
@pytest.mark.parametrize("mobile", [True, False])
def test_one_sector_and_many_read_backwards_agree(mobile: bool, wealth: Any) -> None:
    """The slopes by the small Jacobian are those of the large system, which is written another way."""
    base = world(6, 1) if mobile else world(6, 1, holdings=None, capital_elasticity=None)
    result = solve(base, Shock(**_levers(np.random.default_rng(2), base)), wealth=wealth)
    weights = np.linspace(-1, 2, 6)
    small = gradient(result, weights)
    market, state = equations(result)
    at = market.point(state)
    large = adjoint(market, at, Seeds.of("real_income", weights[np.newaxis], at))
    np.testing.assert_allclose(small.trade_cost, large.by_trade_cost(market, at)[0, 0], atol=1e-10)
    np.testing.assert_allclose(small.productivity, large.productivity[0, 0], atol=1e-10)
    np.testing.assert_allclose(small.labour, large.labour[0], atol=1e-10)
    np.testing.assert_allclose(
        small.transfer - small.transfer[0], large.transfer[0] - large.transfer[0, 0], atol=1e-14
    )
    if mobile:
        assert small.openness is not None
        assert large.openness is not None
        np.testing.assert_allclose(small.openness, large.openness[0], atol=1e-10)
