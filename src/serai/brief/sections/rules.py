"""Section 1: what the rules cost, what a floor for people takes, and how the programme does against others."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from markupsafe import Markup

from serai.brief.document import Desk, Table
from serai.brief.numbers import Number
from serai.brief.words import N_
from serai.draws import interval
from serai.programme import prices_table
from serai.programme.parameters import discount_rates, parameters
from serai.programme.plan import PEOPLE, Plan

ROOTS = ("programme/projects", "programme/rules", "programme/parameters")
AREA_WORDS = {"green": N_("Green"), "connectivity": N_("Connectivity"), "people": N_("People")}
KINDS = {
    "budget": N_("Budget"),
    "debt": N_("Debt ceiling"),
    "floor": N_("Floor"),
    "cap": N_("Cap"),
    "precedence": N_("Precedence"),
    "exclusion": N_("Exclusion"),
    "either_or": N_("Either-or"),
    "package": N_("Package"),
    "overlap": N_("Overlap"),
    "lock": N_("Locked"),
    "bar": N_("Barred"),
    "gates": N_("Gates"),
    "quality": N_("Quality"),
}


def rule_table(desk: Desk, plan: Plan) -> Table:
    """Rules that cost something, the dearest first."""
    _ = desk.words._
    dear = [price for price in plan.prices if price.estimate > 0]
    cells: list[list[Markup | str]] = []
    for price in dear:
        number = desk.numbers.add(
            Number(
                f"programme/price/{price.rule}",
                N_("what a rule costs: the range is what the solver's gaps leave open"),
                price.estimate,
                "usd_million",
                "computed",
                price.low,
                price.high,
                made_from=ROOTS,
            )
        )
        cells.append([rule_words(desk, price.rule), desk.number(number)])
    return Table(
        "rule_prices",
        _("What each rule costs"),
        [_("Rule"), _("Net benefit that it costs")],
        cells,
        prices_table(plan.prices),
        numeric=frozenset({1}),
        note=_(
            "How much more the best programme would bring without the rule, on the mean of the draws; the range is what the solver leaves open. {count} further rules cost nothing within the solver's tolerance of {gap} percent. The ceilings, floors and caps are assumptions of the study: whoever sets them reads here what they cost.",
            count=len(plan.prices) - len(dear),
            gap=desk.words.shortest(plan.programme.rules.solver.gap * 100),
        ),
    )


def rule_words(desk: Desk, rule: str) -> str:
    """A rule's name for readers: `floor.people` -> `Floor: people`, `debt.UZB` -> `Debt ceiling: Uzbekistan`."""
    kind, _, rest = rule.partition(".")
    field, _, name = rest.rpartition(".")
    if field == "country" or kind == "debt":
        name = desk.name(name)
    elif kind == "quality":
        return desk.words._("Least mean quality")
    elif kind == "precedence":
        return desk.words._("One project needs another")
    return f"{desk.words._(KINDS[kind])}: {desk.words._(AREA_WORDS[name]).lower() if name in AREA_WORDS else desk.words._(name)}"


def people_floor(desk: Desk, plan: Plan) -> Table:
    """What floors for people cost, and what is missing to meet them."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    for row in plan.people.to_dict("records"):
        key = f"{row['share'] * 100:.0f}"
        shown: list[Markup | str] = [_("{value} %", value=key)]
        for field, label in (
            ("value", N_("mean net benefit under the floor")),
            ("amount_usd_m", N_("amount of the programme under the floor")),
            ("missing_usd_m", N_("projects for people that are missing")),
        ):
            if math.isnan(float(row[field])):
                shown.append(_("none"))
                continue
            number = Number(
                f"programme/people/{key}/{field}", label, float(row[field]), "usd_million", "computed", made_from=ROOTS
            )  # fmt: skip
            shown.append(desk.number(desk.numbers.add(number)))
        cells.append(shown)
    known = float(plan.people["open_usd_m"].iloc[0]) if len(plan.people) else 0.0
    return Table(
        "people_floor",
        _("What a floor for people takes"),
        [_("At least"), _("Mean net benefit"), _("Size of the programme"), _("Missing projects for people")],
        cells,
        plan.people,
        numeric=frozenset({0, 1, 2, 3}),
        note=_(
            "Open in projects for people: USD {known} m. A higher floor does not bring more of them, it shrinks the rest. Missing: how much more there would have to be for the share to hold without making the programme smaller than it is without a floor. The floor of the study is an assumption; the largest that costs little is found here.",
            known=desk.words.figure(known, 0),
        ),
    )


def comparisons(desk: Desk, plan: Plan) -> Table:
    """The programme against others: the list by ratio, no quality rule, each draw known in advance."""
    _ = desk.words._
    rows: list[tuple[str, str, Number, str]] = []
    shortcut = plan.shortcut
    lost = Number(
        "programme/shortcut",
        N_("what the list in order of benefit-cost ratio loses"),
        shortcut.mean_lost_usd_m,
        "usd_million",
        "computed",
        shortcut.lost.low,
        shortcut.lost.high,
        made_from=ROOTS,
    )
    broken = desk.words.series([rule_words(desk, rule) for rule in shortcut.broken]) or _("none")
    rows.append(
        (
            "shortcut",
            _("Projects taken in order of their benefit-cost ratio, under the same budgets, lose on average"),
            lost,
            _("and break these rules: {rules}", rules=broken),
        )
    )
    regret = interval(plan.core.regret_usd_m)
    rows.append(
        (
            "regret",
            _("Regret: who knew the draw in advance would gain more by"),
            Number(
                "programme/regret",
                N_("regret of the programme"),
                regret.estimate,
                "usd_million",
                "computed",
                regret.low,
                regret.high,
                made_from=ROOTS,
            ),
            _("nobody does; it says what better appraisals could be worth at most"),
        )
    )
    if plan.quality is not None:
        cost, even, assumed = plan.quality.cost, plan.quality.break_even, plan.quality.assumed
        rows.append(
            (
                "quality",
                _("Quality over quantity: the quality rule costs, draw by draw"),
                Number(
                    "programme/quality_cost",
                    N_("net benefit without the quality rule less with it"),
                    cost.estimate,
                    "usd_million",
                    "computed",
                    cost.low,
                    cost.high,
                    made_from=ROOTS,
                ),
                _(
                    "it pays from {even} points of mean overrun saved ({low} to {high}); assumed are {value} ({from_} to {to}), which includes zero: no verdict",
                    even=desk.words.figure(even.estimate, 1),
                    low=desk.words.figure(even.low, 1),
                    high=desk.words.figure(even.high, 1),
                    value=desk.words.shortest(assumed.value),
                    from_=desk.words.shortest(float(str(assumed.low))),
                    to=desk.words.shortest(float(str(assumed.high))),
                ),
            )
        )
    rows.append(_exchange(desk, plan))
    data = pd.DataFrame(
        [
            {
                "test": key,
                "estimate": n.estimate,
                "low": n.low,
                "high": n.high,
                "unit": "share" if n.unit == "ratio" else "USD m",
            }
            for key, _words, n, _note in rows
        ]
    )
    answer = plan.programme.answer
    return Table(
        "programme_tests",
        _("The programme against others"),
        [_("Comparison"), _("Number"), _("What to make of it")],
        [[words, desk.number(desk.numbers.add(number)), note] for _key, words, number, note in rows],
        data,
        numeric=frozenset({1}),
        note=_(
            "The programme is solved to a gap of {gap} percent: no choice within the rules brings more than USD {bound} m on average.",
            gap=desk.words.shortest(answer.gap * 100, 2),
            bound=desk.words.figure(answer.bound, 0),
        ),
    )


def _exchange(desk: Desk, plan: Plan) -> tuple[str, str, Number, str]:
    """Soft power: by how much the region's effective labour must grow for the exchange of people to pay.

    The amount for people, spread over a working life at the discount rate, over the region's GDP.
    """
    _ = desk.words._
    spent = sum(pick.amount_usd_m for pick in plan.programme.picks if pick.project.area == PEOPLE)
    rate = discount_rates().of(plan.programme.rules.worth.discount).value / 100
    years = parameters().of("working_years").value
    yearly = spent * rate / (1 - (1 + rate) ** -years)
    region = desk.results.economies.indices(desk.study.about.region.economies)
    gdp = float(np.median(desk.results.gdp[:, region].sum(axis=1)))
    needed = Number(
        "programme/exchange",
        N_("growth of the region's effective labour at which its projects for people pay"),
        yearly / gdp,
        "ratio",
        "computed",
        made_from=ROOTS,
    )
    return (
        "exchange",
        _("Soft power: projects for people pay from a growth of the region's effective labour by"),
        needed,
        _(
            "No source measures what training places, volunteers or language courses do to skills or to trade and investment across borders: not testable. This is the effect that it would need to matter."
        ),
    )
