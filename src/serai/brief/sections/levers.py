"""Which lever is worth most: slopes at the base year, ranked, and how far they carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

from serai.axes import Array
from serai.brief import measurements as m
from serai.brief.charts import LONG_RUN, MEDIUM_RUN, whiskers
from serai.brief.document import Chart, Desk, Section, Table
from serai.brief.numbers import Number
from serai.brief.sections.ladder import wealth_words
from serai.brief.words import N_
from serai.scenario.borders import OUTSIDE
from serai.scenario.evaluate import WEALTH
from serai.scenario.levers import Levers, named, ranked_pairs
from serai.scenario.policy import BorderPolicy, best_border_hours

SHOWN = 10
HOURS = 24  # a round number to share out; `serai levers --optimal` takes any other


def levers_section(desk: Desk) -> Section:
    """Trade costs pair by pair, openness pair by pair, and first order beside exact."""
    _ = desk.words._
    ground, levers = desk.ground, desk.levers
    pairs = ranked_pairs(ground, levers)
    best = best_border_hours(ground, HOURS)
    first, second = pairs[0]
    finding = desk.prose(
        "One percent off the cost of trade is worth most to the region between {first} and {second}: {gain} a year.",
        first=desk.name(first),
        second=desk.name(second),
        gain=desk.plain(pair_gain(desk, levers, "fixed", first, second)),
    )
    return Section(
        "levers",
        _("Levers"),
        _("Which lever is worth most"),
        finding,
        (
            pairs_chart(desk, levers, pairs[:SHOWN]),
            *([openness_table(desk, levers)] if m.fdi_known(desk, "outside", m.REGION) else []),
            *([] if best is None else [border_table(desk, best)]),
            first_order_table(desk, levers),
        ),
    )


def pair_gain(desk: Desk, levers: Levers, wealth: str, first: str, second: str) -> Number:
    """What one percent off the cost of trade of a pair, both ways, is worth to the region."""
    label = N_("first-order worth of one percent off the cost of trade, both ways")
    return _slope(desk, f"trade/{first}/{second}", wealth, label, levers.pair(wealth, first, second))


def opening_gain(desk: Desk, levers: Levers, wealth: str, owner: str, host: str) -> Number:
    """What a host one percent more open to an owner's capital is worth to the region."""
    label = N_("first-order worth of one percent more openness to capital")
    return _slope(desk, f"openness/{owner}/{host}", wealth, label, levers.opening(wealth, owner, host))


def _slope(desk: Desk, what: str, wealth: str, label: str, values: Array) -> Number:
    made = (f"closure/{wealth}", "base_year")
    elasticities = ("atlas/parameters/trade_elasticity", "atlas/parameters/capital_elasticity")
    return desk.numbers.drawn(
        f"levers/{what}/{wealth}",
        label,
        values,
        "usd_million",
        made_from=(*made, *elasticities),
        sources=("model",),
    )


def pairs_chart(desk: Desk, levers: Levers, pairs: Sequence[tuple[str, str]]) -> Chart:
    """The pairs whose trade costs matter most."""
    _ = desk.words._
    rows: list[dict[str, object]] = []
    cells: list[list[Markup | str]] = []
    labels = [f"{desk.name(first)} – {desk.name(second)}" for first, second in pairs]
    for label, (first, second) in zip(labels, pairs, strict=True):
        line: list[Markup | str] = [label]
        for wealth in WEALTH:
            number = pair_gain(desk, levers, wealth, first, second)
            rows.append(
                {
                    "label": label,
                    "kind": wealth_words(desk, wealth),
                    "first": first,
                    "second": second,
                    "wealth": wealth,
                    "estimate": number.estimate,
                    "low": number.low,
                    "high": number.high,
                    "unit": "USD million a year for one percent",
                    "basis": "computed",
                }
            )
            line.append(desk.number(number))
        cells.append(line)
    data = pd.DataFrame(rows)
    kinds = {wealth_words(desk, w): c for w, c in zip(WEALTH, (MEDIUM_RUN, LONG_RUN), strict=True)}
    picture = desk.draw(whiskers(data, order=labels, axis_title=_("USD million a year"), kinds=kinds))
    inside = set(desk.study.about.region.economies)
    within = sum(first in inside and second in inside for first, second in pairs)
    table = Table(
        "lever_pairs",
        _("One percent off the cost of trade: worth to the region, USD a year"),
        [_("Pair, both ways"), _("Medium run"), _("Long run")],
        cells,
        data.drop(columns=["label", "kind"]),
        numeric=frozenset({1, 2}),
    )
    return Chart(
        "lever_pairs",
        desk.words.n_(
            "Of the {shown} pairs whose trade costs are worth most to the region, {count} lies inside it",
            "Of the {shown} pairs whose trade costs are worth most to the region, {count} lie inside it",
            within,
            shown=len(pairs),
        ),
        _(
            "Worth to the region's real income of one percent off the cost of trade of a pair, both ways, from the base year, to first order; USD million a year; dot: median, line: 5th to 95th percentile of {draws} draws",
            draws=levers.draws,
        ),
        _("Source: serai, computed from the sources listed at the end."),
        picture.wide,
        picture.narrow,
        _("Dots with intervals for each pair"),
        table,
        _(
            "A first-order worth says where a percent counts most, not what a percent costs to get: large partners lead because trade with them is large."
        ),
    )


def openness_table(desk: Desk, levers: Levers) -> Table:
    """The pairs of owner and host whose openness matters most."""
    _ = desk.words._
    hosts = desk.study.about.region.economies
    pairs = [(owner, host) for owner in named(levers.economies) for host in hosts if owner != host]
    pairs.sort(key=lambda pair: -float(np.median(np.abs(levers.opening("steady", *pair)))))
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for owner, host in pairs[:SHOWN]:
        numbers = [opening_gain(desk, levers, wealth, owner, host) for wealth in WEALTH]
        cells.append([f"{desk.name(owner)} → {desk.name(host)}", *(desk.number(n) for n in numbers)])
        data += [
            {
                "owner": owner,
                "host": host,
                "wealth": wealth,
                "estimate": number.estimate,
                "low": number.low,
                "high": number.high,
                "unit": "USD million a year for one percent",
                "basis": "computed",
            }
            for wealth, number in zip(WEALTH, numbers, strict=True)
        ]
    return Table(
        "lever_openness",
        _("One percent more openness to an owner's capital: worth to the region, USD a year"),
        [_("Owner → host"), _("Medium run"), _("Long run")],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({1, 2}),
        note=_("Ranked by the size of the long-run worth. Slopes at the base year, to first order."),
        folded=True,
    )


def border_table(desk: Desk, best: BorderPolicy) -> Table:
    """Where a day of border hours is best taken off."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for place in np.argsort(-best.first_order_usd_m, kind="stable"):
        pair, off, share = best.borders[place], float(best.hours_off[place]), float(best.chosen[place])
        row: dict[str, object] = {
            "first": pair[0],
            "second": pair[1],
            "hours_today": float(best.hours_today[place]),
            "hours_off": off,
            "first_hour_usd_m": float(best.first_order_usd_m[place]),
            "chosen_share_of_draws": share,
            "basis": "computed",
        }
        data.append(row)
        if off > 0 or share > 0:
            cells.append([" – ".join(_side(desk, code) for code in pair), *_border_numbers(desk, row)])
    chosen = [" – ".join(_side(desk, c) for c in best.borders[k]) for k in np.flatnonzero(best.hours_off > 0)]
    return Table(
        "border_policy",
        desk.prose(
            "{hours} hours off borders are best spent on {borders}: {medium} a year, in the long run {long}",
            hours=round(best.budget_hours),
            borders=desk.words.listing(chosen),
            medium=desk.plain(border_gain(desk, best, "fixed")),
            long=desk.plain(border_gain(desk, best, "steady")),
        ),
        [
            _("Border, both ways"),
            _("Hours today"),
            _("Hours off"),
            _("First hour, USD a year"),
            _("Share of draws in which slopes choose it"),
        ],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({1, 2, 3, 4}),
        note=_(
            "The best amounts under a budget of hours, found by exact solves in the world of medians (best of {starts} starts; slopes could add nothing more); fees fall in proportion to hours. Worth: exact, over the draws of this section. What an hour costs to take off is not known here, and is taken to be the same everywhere; each border goes at most to zero.",
            starts=best.policy.starts,
        ),
    )


def _side(desk: Desk, code: str) -> str:
    return desk.words._("all others") if code == OUTSIDE else desk.name(code)


def _border_numbers(desk: Desk, row: Mapping[str, object]) -> list[Markup | str]:
    key = f"levers/border/{row['first']}/{row['second']}"
    made = ("base_year", "closure/fixed", "atlas/parameters/value_of_day_pct")
    shown = (
        ("hours_today", N_("hours at the border today"), "plain", "reported"),
        ("hours_off", N_("hours off in the best programme"), "plain", "computed"),
        ("first_hour_usd_m", N_("first-order worth of one hour off the border"), "usd_million", "computed"),
        (
            "chosen_share_of_draws",
            N_("share of draws in which slopes choose the border"),
            "ratio",
            "computed",
        ),
    )
    return [
        desk.number(
            desk.numbers.add(
                Number(
                    f"{key}/{what}", label, float(str(row[what])), unit, basis, None, None, ("model",), made
                )
            )
        )
        for what, label, unit, basis in shown
    ]


def border_gain(desk: Desk, best: BorderPolicy, wealth: str) -> Number:
    """What the best programme of border hours is worth to the region."""
    return desk.numbers.drawn(
        f"levers/border_policy/{wealth}",
        N_("worth of the best programme of border hours"),
        best.gain[wealth],
        "usd_million",
        made_from=(f"closure/{wealth}", "base_year", "atlas/parameters/value_of_day_pct"),
        sources=("model",),
    )


def first_order_table(desk: Desk, levers: Levers) -> Table:
    """Every scenario by slopes alone beside its exact effect, on the same draws."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for scenario in desk.study.scenarios:
        if not scenario.measure:
            continue
        line: list[Markup | str] = [_(scenario.title)]
        for wealth in WEALTH:
            slopes = first_order(desk, levers, scenario.id, wealth)
            exact = m.gain(desk, scenario.id, wealth, m.REGION)
            line += [desk.number(slopes, interval=False), desk.number(exact, interval=False)]
            data += [
                {
                    "scenario": scenario.id,
                    "wealth": wealth,
                    "kind": kind,
                    "estimate": number.estimate,
                    "low": number.low,
                    "high": number.high,
                    "unit": "USD million a year",
                    "basis": "computed",
                }
                for kind, number in (("first_order", slopes), ("exact", exact))
            ]
        cells.append(line)
    return Table(
        "first_order",
        _("First order beside exact: real income of the region, USD a year"),
        [
            _("Scenario"),
            _("Medium run, first order"),
            _("Medium run, exact"),
            _("Long run, first order"),
            _("Long run, exact"),
        ],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({1, 2, 3, 4}),
        note=_(
            "First order adds up slopes at the base year times the size of every measure. It leaves out that cheaper trade grows, and that measures act on each other: the larger the change, the more it falls short. Everything else in this brief is exact."
        ),
        folded=True,
    )


def first_order(desk: Desk, levers: Levers, scenario: str, wealth: str) -> Number:
    """What a scenario is worth to the region by slopes alone."""
    return desk.numbers.drawn(
        f"levers/scenario/{scenario}/{wealth}/first_order",
        N_("first-order change of real income a year"),
        levers.first_order[scenario, wealth],
        "usd_million",
        made_from=(f"scenario/{scenario}", f"closure/{wealth}", "base_year"),
        sources=("model",),
    )
