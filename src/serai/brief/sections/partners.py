"""Section 4: what the partners gain, and what happens to their trade with and investment in the region."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from serai.brief import measurements as m
from serai.brief.charts import LONG_RUN, MEDIUM_RUN, whiskers
from serai.brief.document import Chart, Desk, Section, Table
from serai.brief.sections.ladder import values, wealth_words
from serai.brief.words import N_
from serai.leverage import lead_scenarios
from serai.scenario.evaluate import WEALTH


def partners_section(desk: Desk) -> Section:
    """Gains of partners, their ties with the region today and after, and the lead's facilitation."""
    _ = desk.words._
    headline = desk.study.about.settings.headline
    lead = desk.study.lead.id
    gain = m.gain(desk, headline, "fixed", lead)
    message = (
        N_(
            "Integration of the region changes {lead}'s own real income by {gain} a year; its exports to the region change by {exports}."
        )
        if gain.sign_known
        else N_(
            "What {lead} itself gains from the region's integration cannot be told from zero ({gain} a year); its exports to the region change by {exports}."
        )
    )
    finding = desk.prose(
        message,
        lead=desk.name(lead),
        gain=gain,
        exports=m.trade_change(desk, headline, "fixed", lead, m.REGION),
    )
    return Section(
        "partners",
        _("Partners"),
        _("Partners: who gains with the region"),
        finding,
        (
            partner_gains(desk),
            ties_today(desk),
            trade_shifts(desk),
            *([facilitation(desk)] if lead_scenarios(desk.study) else []),
        ),
    )


def _partners(desk: Desk) -> list[str]:
    return [partner.id for partner in desk.study.about.partner]


def partner_gains(desk: Desk) -> Chart:
    """Real income of each partner in money, headline scenario, both closures."""
    _ = desk.words._
    headline = desk.study.about.settings.headline
    rows: list[dict[str, object]] = []
    cells: list[list[Markup | str]] = []
    for code in _partners(desk):
        line: list[Markup | str] = [desk.name(code)]
        for wealth in WEALTH:
            number = m.gain(desk, headline, wealth, code)
            share = m.real_income(desk, headline, wealth, code)
            rows.append(
                {
                    "label": desk.name(code),
                    "kind": wealth_words(desk, wealth),
                    "partner": code,
                    "wealth": wealth,
                    "estimate": number.estimate,
                    "low": number.low,
                    "high": number.high,
                    "unit": "USD million a year",
                }
            )
            line += [desk.number(number), desk.number(share, interval=False)]
        cells.append(line)
    data = pd.DataFrame(rows)
    kinds = {wealth_words(desk, w): c for w, c in zip(WEALTH, (MEDIUM_RUN, LONG_RUN), strict=True)}
    picture = desk.draw(
        whiskers(
            data,
            order=[desk.name(c) for c in _partners(desk)],
            axis_title=_("USD million a year"),
            kinds=kinds,
        )
    )
    best = max(_partners(desk), key=lambda code: abs(m.gain(desk, headline, "fixed", code).estimate))
    table = Table(
        "partners",
        _("Real income of the partners"),
        [_("Partner"), _("Medium run, USD"), _("Medium run, %"), _("Long run, USD"), _("Long run, %")],
        cells,
        data.drop(columns=["label", "kind"]),
        numeric=frozenset({1, 2, 3, 4}),
    )
    return Chart(
        "partners",
        desk.prose(
            "Of the partners, {name} is moved most: {gain} a year",
            name=desk.name(best),
            gain=m.gain(desk, headline, "fixed", best),
        ),
        _(
            "{scenario}; change of real income, USD million a year; dot: median, line: 5th to 95th percentile",
            scenario=_(desk.study.scenario(headline).title),
        ),
        _("Source: serai, computed from the sources listed at the end."),
        picture.wide,
        picture.narrow,
        _("Dots with intervals for each partner"),
        table,
    )


def ties_today(desk: Desk) -> Table:
    """Trade and investment of each partner with the region in the base year."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for code in _partners(desk):
        numbers = {
            "exports_to_region": m.base_trade(desk, code, m.REGION),
            "imports_from_region": m.base_trade(desk, m.REGION, code),
            "fdi_in_region": m.base_fdi(desk, code, m.REGION),
        }
        cells.append([desk.name(code), *(desk.number(n) for n in numbers.values())])
        data += [
            {
                "partner": code,
                "what": what,
                "estimate": n.estimate,
                "low": n.low,
                "high": n.high,
                "unit": "USD million",
                "basis": n.basis,
            }
            for what, n in numbers.items()
        ]
    return Table(
        "ties",
        _("Ties with the region in the base year"),
        [
            _("Partner"),
            _("Sells to the region"),
            _("Buys from the region"),
            _("Direct investment in the region"),
        ],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({1, 2, 3}),
        note=_(
            "Goods and services. Direct investment: capital that only passes through a conduit is handed on to those behind it, in a named step; the reported rows count the immediate investor. The interval is the disagreement of sources, and for imputed cells the error of imputation. A dotted line marks what is imputed: the survey keeps those cells confidential."
        ),
    )


def trade_shifts(desk: Desk) -> Table:
    """How each partner's exports to the region and stock in it change, at the headline and at the top."""
    _ = desk.words._
    shown = list(dict.fromkeys([desk.study.about.settings.headline, desk.study.ladder()[-1]]))
    header = [_("Partner")]
    for name in shown:
        label = _(desk.study.scenario(name).label)
        header += [
            _("{label}: exports to the region", label=label),
            _("{label}: investment, medium run", label=label),
            _("{label}: investment, long run", label=label),
        ]
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for code in _partners(desk):
        line: list[Markup | str] = [desk.name(code)]
        for name in shown:
            numbers = {
                "exports": m.trade_change(desk, name, "fixed", code, m.REGION),
                "fdi_fixed": m.fdi_change(desk, name, "fixed", code, m.REGION),
                "fdi_steady": m.fdi_change(desk, name, "steady", code, m.REGION),
            }
            line += [desk.number(n) for n in numbers.values()]
            data += [
                {"partner": code, "scenario": name, "what": what} | values(n) for what, n in numbers.items()
            ]
        cells.append(line)
    return Table(
        "shifts",
        _("What changes between the partners and the region"),
        header,
        cells,
        pd.DataFrame(data),
        numeric=frozenset(range(1, len(header))),
        note=_(
            "With wealth fixed, more capital from one partner always means less from the others: that is how this closure is built, not a finding. The long run stands beside it."
        ),
    )


def facilitation(desk: Desk) -> Table:
    """What the lead partner's own facilitation adds, at the effect the data support and at a published one."""
    _ = desk.words._
    lead = desk.study.lead
    own = lead_scenarios(desk.study)
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for name in own:
        before = desk.study.scenario(name).builds_on
        for wealth in WEALTH:
            numbers = (
                m.step_gain(desk, name, wealth, m.REGION),
                m.step_gain(desk, name, wealth, lead.id),
                m.fdi_change(desk, name, wealth, lead.id, m.REGION),
            )
            cells.append(
                [
                    _(desk.study.scenario(name).title),
                    wealth_words(desk, wealth),
                    *(desk.number(n) for n in numbers),
                ]
            )
            data.append(
                {
                    "scenario": name,
                    "wealth": wealth,
                    "builds_on": before,
                    **{
                        f"{what}_{k}": v
                        for what, n in zip(("region", "lead", "stock"), numbers, strict=True)
                        for k, v in values(n).items()
                    },
                }
            )
    return Table(
        "facilitation",
        _("{lead}'s investment facilitation on top", lead=desk.name(lead.id)),
        [
            _("Scenario"),
            _("Horizon"),
            _("Added for the region, a year"),
            _("Added for {lead}, a year", lead=desk.name(lead.id)),
            _("Its stock in the region, against today"),
        ],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({2, 3, 4}),
        note=_(
            "Within pairs of countries, agreements have barely moved investment; the optimistic row takes an effect from a cross-section of countries instead. A long-run loss of the region there is the work of the closure: capital drawn in from one partner lowers the return to all, and wealth at home adjusts; it is not a finding about {lead}.",
            lead=desk.name(lead.id),
        ),
    )
