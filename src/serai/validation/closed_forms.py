"""Results that need no data: closed forms on made-up worlds, documented examples, SMAA of `thrombo`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from serai.axes import Array, Axis
from serai.draws import Draws
from serai.equilibrium import Baseline, Shock, balanced, exposure, solve
from serai.programme import internal_rates, modified_rate, present_value
from serai.programme.smaa import rank_shares
from serai.programme.weights import uniform_weights
from serai.validation.check import largest

SIZE, SEEDS, THETAS = 8, (1, 2, 3), (0.8, 5.0, 12.0)
EVENTS = {"heparin": ((20, 116), (40, 96), (1, 135)), "enoxaparin": ((8, 121), (32, 97), (5, 124))}
WORST_TO_BEST = ((0.25, 0.0), (0.4, 0.15), (0.1, 0.0))
DRAWS = 100_000


def flows(size: int, seed: int) -> Array:
    """Trade of lognormal economies under gravity with home bias."""
    random = np.random.default_rng(seed)
    gdp = 1e4 * np.exp(random.standard_normal(size))
    trade = 0.5 * np.outer(gdp, gdp) / gdp.sum() / np.exp(0.5 * random.standard_normal((size, size)))
    np.fill_diagonal(trade, gdp)
    return np.asarray(trade)


def klr_exposure(_: Path) -> dict[str, float]:
    """Largest gap to the closed form over nine made-up worlds."""
    income, welfare = [], []
    for theta in THETAS:
        for seed in SEEDS:
            world = balanced(Baseline.from_flows(flows(SIZE, seed), trade_elasticity=theta))
            found, (w, u) = exposure(solve(world)), klr_closed_form(world.trade, theta)
            income.append(found.income - w)
            welfare.append(found.welfare - u)
    return {"exposure of income": largest(income), "exposure of welfare": largest(welfare)}


def klr_closed_form(trade: Array, theta: float) -> tuple[Array, Array]:
    """Kleinman, Liu and Redding (2024): exposure of nominal income (W) and of welfare (U) to productivity.

    With S[n,i] the share of exporter i in the spending of n and T[i,n] the share of importer n in the sales
    of i: M = T S - I, V = (T + theta T S)/(theta + 1), W = -theta/(theta + 1) (I - V + ones y')^-1 M,
    U = (I - S) W + S.
    """
    share = (trade / trade.sum(axis=0)).T
    sales = trade / trade.sum(axis=1, keepdims=True)
    size = trade.sum(axis=1) / trade.sum()
    one = np.eye(len(trade))
    through = (sales + theta * sales @ share) / (theta + 1)
    system = one - through + np.outer(np.ones(len(size)), size)
    income = -theta / (theta + 1) * np.linalg.solve(system, sales @ share - one)
    return income, (one - share) @ income + share


def acr_formula(_: Path) -> dict[str, float]:
    """Largest relative gap of real income to the formula, without capital and deficits."""
    gaps = []
    for theta in THETAS:
        for seed in SEEDS:
            random = np.random.default_rng(100 + seed)
            gamma = random.uniform(0.4, 0.9, SIZE)
            world = Baseline.from_flows(flows(SIZE, seed), trade_elasticity=theta, value_added_share=gamma)
            tau = np.exp(0.1 * random.standard_normal((SIZE, SIZE)))
            np.fill_diagonal(tau, 1)
            base = solve(world, Shock(), deficits="none")
            after = solve(world, Shock(trade_cost=tau), deficits="none")
            own = _own(after.trade) / _own(base.trade)
            gaps.append(after.real_income / own ** (-1 / (theta * gamma)) - 1)
    return {"real income, relative": largest(gaps)}


def _own(trade: Array) -> Array:
    return np.asarray(np.diag(trade) / trade.sum(axis=0))


def financial(_: Path) -> dict[str, float]:
    """Documented examples of numpy-financial, and the rates of a flow that has two."""
    two = internal_rates([-100, 230, -132]).rates
    several = internal_rates([-5, 10.5, 1, -8, 1]).rates
    return {
        "npv(.08, -40000, 5000, 8000, 12000, 30000)": float(
            present_value([-40_000, 5_000, 8_000, 12_000, 30_000], 0.08)
        ),
        "mirr(-100, 39, 59, 55, 20; .10, .12)": float(modified_rate([-100, 39, 59, 55, 20], 0.10, 0.12)),
        "irr(-100, 39, 59, 55, 20)": internal_rates([-100, 39, 59, 55, 20]).rates[0],
        "irr(-100, 0, 0, 74)": internal_rates([-100, 0, 0, 74]).rates[0],
        "irr(-100, 230, -132), lower": two[0],
        "irr(-100, 230, -132), upper": two[-1],
        "irr(-5, 10.5, 1, -8, 1), number of rates": len(several),
        "irr(-5, 10.5, 1, -8, 1), the one printed": several[1],
    }


def smaa_thrombo(_: Path) -> dict[str, float]:
    """First-rank acceptability and central weights; 100,000 draws beside the package's 10,000."""
    scores = thrombo_scores(DRAWS, np.random.default_rng(20))
    weights = uniform_weights(Draws(DRAWS, seed=4), Axis("criterion", ("proximal", "distal", "bleeding")))
    ranks, central = rank_shares(np.einsum("dac,dc->da", scores, weights), weights)
    numbers = {f"{name} first": float(ranks[place, 0]) for place, name in enumerate(EVENTS)}
    for place, name in enumerate(EVENTS):
        for at, criterion in enumerate(("proximal", "distal", "bleeding")):
            numbers[f"{name} central weight of {criterion}"] = float(central[place, at])
    return numbers


def thrombo_scores(count: int, random: np.random.Generator) -> Array:
    """Partial values, shape (draws, alternatives, criteria), from the distributions behind the package."""
    columns = [
        [
            (worst - random.beta(*counts, count)) / (worst - best)
            for counts, (worst, best) in zip(by, WORST_TO_BEST, strict=True)
        ]
        for by in EVENTS.values()
    ]
    return np.array(columns).transpose(2, 0, 1)
