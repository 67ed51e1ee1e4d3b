"""Section 1: projects that are worth more or less together, and the programme under other budgets and standards."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from serai.brief.document import Desk, Table
from serai.brief.numbers import Number
from serai.brief.words import N_
from serai.programme import Together, acts_data
from serai.programme.plan import FRONTIER_GAP_PERCENT, Plan

ROOTS = ("programme/projects", "programme/rules", "programme/parameters", "programme/effects")


def interactions(desk: Desk, plan: Plan) -> Table | None:
    """What each project on the network is worth alone, at the margin and in the whole; None without any."""
    found = plan.together
    if found is None:
        return None
    _ = desk.words._
    desk.numbers.node("programme/effects", "effects of projects, all assumed", [], {"file": "effects.csv"})
    numbers = joint_numbers(desk, found)
    data = found.tidy()
    data = data.sort_values(["chosen", "marginal_usd_m"], ascending=False, kind="stable", ignore_index=True)
    return Table(
        "interactions",
        _("Projects on the network: worth alone and together"),
        [_("Project"), _("In the programme"), _("Alone"), _("At the margin"), _("Part of the joint value")],
        [_row(desk, row) for row in data.to_dict("records")],
        data,
        numeric=frozenset({2, 3, 4}),
        note=desk.prose(
            "Net benefit through network and equilibrium, for the part of the works that the programme pays for; every effect on the network is assumed. Alone: by itself. At the margin: what the chosen ones gain by it, or would gain. Together the chosen ones bring {joint}; that they act on one another adds {interaction} to it (a minus takes away): works in a row need one another, works at one border take each other's queue. The parts of the joint value add up to it: the mean of both columns, the rest by the size of the interaction. The programme was chosen again with these values until the same projects came out; {sets} sets of projects were solved.",
            joint=numbers["joint"],
            interaction=numbers["interaction"],
            sets=found.valued,
        ),
    )


def joint_numbers(desk: Desk, found: Together) -> dict[str, Number]:
    """What the chosen projects on the network bring together, and what of it their interaction is."""
    words = {
        "joint": (N_("net benefit of the chosen projects on the network together"), found.joint_usd_m),
        "interaction": (N_("what they bring beyond each by itself"), found.interaction_usd_m),
    }
    return {
        key: desk.numbers.add(
            Number(f"programme/together/{key}", label, value, "usd_million", "assumed", made_from=ROOTS)
        )
        for key, (label, value) in words.items()
    }


def _row(desk: Desk, row: Mapping[Any, Any]) -> list[Markup | str]:
    _ = desk.words._
    shown: list[Markup | str] = [str(row["name"]), _("yes") if row["chosen"] else _("no")]
    for field, label in (
        ("alone_usd_m", N_("net benefit of the project by itself")),
        ("marginal_usd_m", N_("what the chosen projects gain by it")),
        ("joint_usd_m", N_("its part of the joint value")),
    ):
        key = f"programme/together/{row['project']}/{field.removesuffix('_usd_m')}"
        shown.append(_amount(desk, key, label, row[field], "assumed") or _("none"))
    return shown


def _amount(desk: Desk, key: str, label: str, value: object, basis: str) -> Markup | None:
    """Million USD as a number of the brief; None where there is none."""
    amount = float(str(value))
    if math.isnan(amount):
        return None
    return desk.number(desk.numbers.add(Number(key, label, amount, "usd_million", basis, made_from=ROOTS)))


KINDS = {
    "link": N_("a link opens"),
    "border_hours": N_("hours at borders"),
    "customs": N_("hours of controls"),
    "hub": N_("a hub"),
    "gauge": N_("a change of gauge"),
    "port": N_("a port"),
    "productivity": N_("output of the host"),
    "skills": N_("income of labour"),
}


def acts_table(desk: Desk, plan: Plan) -> Table:
    """What the chosen projects do to the network and to economies, by kind."""
    _ = desk.words._
    counts = Counter((act.measures[0].kind, act.general) for act in plan.acts if act.measures)
    rows: list[list[Markup | str]] = [
        [
            _(KINDS[kind]),
            _("general, for the sector") if general else _("of the project"),
            str(count),
        ]
        for (kind, general), count in sorted(counts.items(), key=lambda item: (item[0][1], -item[1]))
    ]
    idle = len(plan.programme.picks) - sum(counts.values())
    if idle:
        rows.append([_("nothing that is modelled"), _("none"), str(idle)])
    return Table(
        "acts",
        _("What the chosen projects do in the model"),
        [_("They act on"), _("By an assumption"), _("Projects")],
        rows,
        acts_data(plan.acts),
        numeric=frozenset({2}),
        note=_(
            "Power, mines, digital services and plants raise the output of their host by their yearly benefit, schooling the income of its labour; the share that stays is assumed for each sector. Financing aside, this is how the programme enters dependence and displacement. Roads, water, health and cities do nothing in the model: no source says what."
        ),
        folded=True,
    )


def budget_table(desk: Desk, plan: Plan) -> Table:
    """Benefit against budget."""
    _ = desk.words._
    rows = [
        (
            _("{value} %", value=desk.words.figure(100 * float(row["scale"]), 0)),
            f"budget/{float(row['scale']):g}",
            row,
        )
        for row in plan.budgets.to_dict("records")
    ]
    return _frontier(
        desk,
        "budget_frontier",
        _("Benefit against budget"),
        _("Of all budgets"),
        rows,
        plan.budgets,
        _(
            "The programme chosen again with every budget scaled: in total, by year and by instrument; ceilings, floors and caps stay. Each is solved to within {gap} percent.",
            gap=FRONTIER_GAP_PERCENT,
        ),
    )


def quality_table(desk: Desk, plan: Plan) -> Table:
    """Benefit against the least mean quality."""
    _ = desk.words._
    rows = [
        (desk.words.figure(float(row["least_weighted"]), 3), f"least/{float(row['least_weighted']):.3f}", row)
        for row in plan.qualities.to_dict("records")
    ]
    return _frontier(
        desk,
        "quality_frontier",
        _("Benefit against quality"),
        _("Least mean quality"),
        rows,
        plan.qualities,
        _(
            "The programme chosen again under other rules of quality. The scores lie close together because most questions are unanswered, so a rule on the third digit prices ignorance more than quality. Each is solved to within {gap} percent.",
            gap=FRONTIER_GAP_PERCENT,
        ),
    )


def _frontier(
    desk: Desk,
    key: str,
    title: str,
    first: str,
    rows: Sequence[tuple[str, str, Mapping[Any, Any]]],
    data: pd.DataFrame,
    note: str,
) -> Table:
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    for words, name, row in rows:
        shown: list[Markup | str] = [words]
        for field, label in (
            ("value", N_("mean net benefit under another rule")),
            ("amount_usd_m", N_("size of the programme under another rule")),
        ):
            shown.append(
                _amount(desk, f"programme/{name}/{field}", label, row[field], "computed") or _("no programme")
            )
        shown.append(str(row["projects"]))
        cells.append(shown)
    return Table(
        key,
        title,
        [first, _("Mean net benefit"), _("Size of the programme"), _("Projects")],
        cells,
        data,
        numeric=frozenset({0, 1, 2, 3}),
        note=note,
        folded=True,
    )
