"""Every public result of the equilibrium, gravity and scenario packages shows itself in a notebook."""

from __future__ import annotations

import dataclasses
import inspect
import pkgutil
import re
from collections.abc import Callable
from html import escape
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pytest
from gravity_world import world as gravity_panel

from equilibrium_worlds import flows, sector_flows, shares
from serai import equilibrium as eq
from serai import gravity, html, scenario
from serai.axes import Axis
from serai.draws import Draws
from serai.equilibrium import Baseline, Instrument, MultiSectorBaseline, Shock, solve, solve_draws
from serai.gravity.attraction import Attraction
from serai.gravity.bias import BiasCorrection
from serai.scenario.central import Central
from serai.scenario.coupling import Coupled, LinkValues
from serai.scenario.evaluate import Evaluation, Outcome
from serai.scenario.frictions import Frictions
from serai.scenario.levers import Levers
from serai.scenario.policy import BorderPolicy
from serai.scenario.sectors import SectorWorld
from serai.scenario.transit import Transit

NAMES = ["<JPN>", "KAZ & co", "CHN"]
TRADE, HOLDINGS = flows(3)
WORLD = Baseline.from_flows(
    TRADE, NAMES, trade_elasticity=5, capital_elasticity=3, holdings=HOLDINGS, **shares(3)
)
SECTORS = MultiSectorBaseline.from_flows(economies=NAMES, sectors=["<ore>", "cars"], **sector_flows(3, 2))
CHEAPER = Shock(trade_cost=np.where(np.eye(3) > 0, 1, 0.9))
SOLVED, SOLVED_SECTORS = solve(WORLD, CHEAPER), solve(SECTORS, CHEAPER)
DRAWN = dataclasses.replace(WORLD, trade_elasticity=np.array([4.0, 5.0, 6.0]))
HOUR = Instrument("<hour>", Shock(trade_cost=np.array([[1, 0.99, 1], [1, 1, 1], [1, 1, 1.0]])), most=3)
OUTCOME = Outcome(
    *(np.full((2, 3), 0.01) for _ in range(3)), *(np.ones((2, 2, 2)) for _ in range(2)),
    np.zeros(2, dtype=np.int64), np.full(2, 1e-13),
)  # fmt: skip


def some(kind: Any, **given: Any) -> Any:
    """A result with the given fields and nothing in the others."""
    blank = {field.name: None for field in dataclasses.fields(kind)}
    return kind(**(blank | given))


def fit() -> Any:
    panel = gravity_panel(seed=1)
    return gravity.fit_gravity(panel, flow="flow", covariates=["x"], effects=("exporter", "importer"))


def fits() -> Any:
    panel = gravity_panel(seed=1)
    both = pd.concat([panel.assign(industry="<a>"), panel.assign(industry="b")])
    return gravity.fit_gravity_by(
        both, by="industry", flow="flow", covariates=["x"], effects=("exporter", "importer")
    )


AXIS = Axis("economy", tuple(NAMES))
CASES: dict[str, Callable[[], Any]] = {
    "Equilibrium": lambda: SOLVED,
    "MultiSectorEquilibrium": lambda: SOLVED_SECTORS,
    "SolvedDraws": lambda: solve_draws(DRAWN, CHEAPER),
    "SolvedDraws, tables": lambda: solve_draws(DRAWN, CHEAPER, keep=["trade"]),
    "AcrEquilibrium": lambda: eq.solve_acr(WORLD, CHEAPER),
    "ConditionalEquilibrium": lambda: eq.solve_conditional(WORLD, CHEAPER),
    "Decomposition": lambda: eq.decompose(SOLVED_SECTORS),
    "Exposure": lambda: eq.exposure(SOLVED),
    "FirstOrder": lambda: eq.solve_first_order(WORLD, CHEAPER),
    "Gradient": lambda: eq.gradient(SOLVED, NAMES[0]),
    "Gradient, sectors": lambda: eq.gradient(SOLVED_SECTORS, NAMES[0]),
    "Gradient, draws": lambda: eq.gradient_draws(DRAWN, NAMES[0]),
    "Lever": lambda: eq.rank_levers(SOLVED, NAMES[0])[0],
    "OptimalPolicy": lambda: eq.optimal_policy(WORLD, [HOUR], NAMES[0]),
    "GravityFit": fit,
    "Comparison": lambda: gravity.compare([fit()], ["<one>"]),
    "GravityFits": fits,
    "IndustryFit": lambda: next(iter(fits().fits.values())),
    "Reset": lambda: gravity.reset_test(fit()),
    "Attraction": lambda: some(Attraction, fits={"outsiders": fit()}),
    "BiasCorrection": lambda: BiasCorrection(np.ones(1), np.eye(1), np.ones(1), np.eye(1), "exact"),
    "Coupled": lambda: some(Coupled, equilibrium=SOLVED, rounds=4),
    "Central": lambda: some(Central, equilibrium=SOLVED),
    "Outcome": lambda: OUTCOME,
    "Evaluation": lambda: some(
        Evaluation, outcomes={("<cut>", "fixed"): OUTCOME}, absorption=np.ones((2, 3)), draws=Draws(2, 1)
    ),
    "Frictions": lambda: Frictions({"<trade>": fit()}),
    "Levers": lambda: some(Levers, economies=AXIS, trade={"fixed": np.ones((2, 3, 3))}),
    "BorderPolicy": lambda: some(
        BorderPolicy, budget_hours=24.0, borders=(("<JPN>", "CHN"),), hours_off=np.ones(1),
        hours_today=np.ones(1), first_order_usd_m=np.ones(1),
    ),
    "SectorWorld": lambda: SectorWorld(
        SECTORS, {}, dataclasses.replace(SECTORS, theta=np.ones((2, 2))), {"<ore>": "<Ore>", "cars": "Cars"}
    ),
    "Transit": lambda: Transit(("<JPN>",), *[np.ones(1)] * 4, ("x",), ("y",), *[np.ones(1)] * 2),
}  # fmt: skip
UNNAMED = {"SolvedDraws, tables", "Gradient, draws", "Reset", "BiasCorrection", "Outcome", "GravityFit",
           "IndustryFit", "Attraction"}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_result_shows_itself(name: str) -> None:
    shown = CASES[name]()._repr_html_()
    assert shown.startswith("<table>")
    assert shown.count("<tr>") == shown.count("</tr>") <= html.MOST + 7  # tables of fits have facts below
    assert not re.search(r"://|<script|src=|<(?=one|JPN|ore|hour|cut|trade|a>)", shown)
    assert ("&lt;" in shown) == (name not in UNNAMED)


def test_the_table_of_links_is_their_tidy_table(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pd.DataFrame({"name": ["<post>"], "worth_usd_m": [1.5]})
    monkeypatch.setattr(LinkValues, "tidy", lambda _: rows)
    assert '<td align="right">1.5</td>' in some(LinkValues)._repr_html_()


def test_numbers_are_those_of_the_result_the_largest_first() -> None:
    shown = SOLVED._repr_html_()
    change = 100 * (SOLVED.real_income - 1)
    first = int(np.abs(change).argmax())
    cells = shown.split("<tbody>")[1].split("</tr>")[0]
    assert cells.startswith(f"<tr><td>{escape(NAMES[first])}</td>")
    assert f'<td align="right">{change[first]:.4g}</td>' in cells
    assert "real_income, %" in shown
    assert "every market clears" in shown


def test_a_long_table_says_how_much_it_leaves_out() -> None:
    shown = html.largest([str(n) for n in range(40)], {"x, %": np.arange(40.0)}, "many")
    assert "and 28 more rows" in shown
    assert shown.index(">39<") < shown.index(">38<")
    assert ">27<" not in shown
    assert "<td>a</td>" in html.largest(["a"], {"x": np.array([np.nan])}, "none")


def test_no_public_result_is_forgotten() -> None:
    inputs = {"Baseline", "Instrument", "MultiSectorBaseline", "Shock", "Status"}
    public = [getattr(package, name) for package in (eq, gravity) for name in package.__all__]
    results = {kind for kind in public if inspect.isclass(kind) and kind.__name__ not in inputs}
    for module in pkgutil.iter_modules(scenario.__path__):
        name = f"serai.scenario.{module.name}"
        own = [kind for kind in vars(import_module(name)).values() if getattr(kind, "__module__", "") == name]
        results |= {kind for kind in own if inspect.isclass(kind) and hasattr(kind, "tidy")}
    assert len(results) > 15
    assert [kind.__name__ for kind in results if not hasattr(kind, "_repr_html_")] == []
