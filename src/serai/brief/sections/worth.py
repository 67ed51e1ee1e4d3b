"""Section 1, what projects are worth: value, chance, rate of return, what tips it, when quality pays."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from serai.brief.document import Desk, Table
from serai.brief.numbers import Number
from serai.brief.words import N_
from serai.programme import Appraisal, Project, Switch, compare


def appraisals(desk: Desk, own: Sequence[Appraisal], by_prior: int, projects: Sequence[Project]) -> Table:
    """Projects with data of their own; the rest are counted, not ranked."""
    _ = desk.words._
    names = {p.id: p.name for p in projects}
    cells: list[list[Markup | str]] = []
    for appraisal in sorted(own, key=lambda a: -a.enpv.estimate / a.cost_usd_m):
        found = appraisal.enpv
        basis = (
            "assumed" if appraisal.channel.name == "given" else "estimated"
        )  # the effect on the network is
        number = desk.numbers.add(
            Number(
                f"projects/{appraisal.project}/enpv",
                N_("economic net present value"),
                found.estimate,
                "usd_million",
                basis,
                found.low,
                found.high,
                made_from=(f"project/{appraisal.project}", "programme/parameters"),
            )
        )
        desk.numbers.node(
            f"project/{appraisal.project}", names[appraisal.project], [], {"file": "projects.csv"}
        )
        chance = desk.numbers.add(
            Number(
                f"projects/{appraisal.project}/chance",
                N_("chance that it is worth its cost"),
                appraisal.chance_positive,
                "ratio",
                basis,
                made_from=(f"projects/{appraisal.project}/enpv",),
            )
        )
        words = {"power": _("power"), "people": _("people"), "given": _("equilibrium")}[
            appraisal.channel.name
        ]
        cells.append(
            [
                names[appraisal.project],
                words,
                desk.number(number),
                desk.number(chance),
                _rate(desk, appraisal),
                _tips(desk, appraisal),
                desk.number(_break_even(desk, appraisal)),
            ]
        )
    desk.numbers.node(
        "programme/parameters", "constants of the appraisal", [], {"folder": "programme/tables"}
    )
    return Table(
        "appraisals",
        _("What projects with data of their own are worth"),
        [
            _("Project"),
            _("Benefit"),
            _("Net present value"),
            _("Chance of a gain"),
            _("Rate of return"),
            _("Cost at which it is worth nothing"),
            _("Overrun that quality must save"),
        ],
        cells,
        _data(own),
        numeric=frozenset({2, 3, 4, 5, 6}),
        note=_(
            "Economic value to the world at 9 percent real, in order of value for each dollar of cost; cost overruns as the reference class fared. {count} more have a cost but no data of their own: a sector's average would only repeat itself, so they are not listed here (they are in the output of serai appraise). Rate of return and tipping cost are those of the central case. Last column: a higher standard costs more to build; it pays when it saves at least that share of the estimate in overruns.",
            count=by_prior,
        ),
    )


def _rate(desk: Desk, appraisal: Appraisal) -> Markup | str:
    """The internal rate of the central case, or how many there are."""
    rates = appraisal.central.rates
    if rates.only is None:
        return (
            desk.words.n_("{count} rate", "{count} rates", rates.count)
            if rates.count
            else desk.words._("none")
        )
    number = Number(
        f"projects/{appraisal.project}/eirr",
        N_("economic internal rate of return, central case"),
        rates.only,
        "ratio",
        "estimated",
        made_from=(f"projects/{appraisal.project}/enpv",),
    )
    return desk.number(desk.numbers.add(number))


def _tips(desk: Desk, appraisal: Appraisal) -> Markup | str:
    """The whole cost at which the central case is worth nothing."""
    tipping = tipping_cost(appraisal)
    if not math.isfinite(tipping.switching):
        return desk.words._("none in reach")
    number = Number(
        f"projects/{appraisal.project}/tipping_cost",
        N_("cost before overruns at which the central case is worth nothing"),
        tipping.switching,
        "usd_million",
        "estimated",
        made_from=(f"projects/{appraisal.project}/enpv",),
    )
    return desk.number(desk.numbers.add(number))


def _break_even(desk: Desk, appraisal: Appraisal) -> Number:
    return desk.numbers.add(
        Number(
            f"projects/{appraisal.project}/quality_break_even",
            N_("share of the estimate that a higher standard must save in overruns to pay"),
            appraisal.quality_break_even_points / 100,
            "ratio",
            "assumed",
            made_from=("programme/parameters",),
        )
    )


def tipping_cost(appraisal: Appraisal) -> Switch:
    """The switching value of the cost."""
    return next(switch for switch in appraisal.switches if switch.driver == "cost_usd_m")


def _data(own: Sequence[Appraisal]) -> pd.DataFrame:
    if not own:
        return pd.DataFrame()
    more = {
        a.project: {
            "internal_rates": a.central.rates.count,
            "mirr_pct": 100 * a.central.mirr,
            "payback_years": a.central.payback_years,
            "tipping_cost_usd_m": tipping_cost(a).switching,
            "quality_break_even_points": a.quality_break_even_points,
        }
        for a in own
    }
    return compare(own).join(pd.DataFrame.from_dict(more, orient="index"), on="project")
