"""Section 1: the programme: how many projects, how much, which areas and countries, what quality, how sure."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from serai.brief.document import Chart, Desk, Section, Table
from serai.brief.gantt import schedule
from serai.brief.maps import choropleth, map_frame, map_points, shapes_of
from serai.brief.numbers import Number
from serai.brief.sections.interaction import (
    acts_table,
    budget_table,
    interactions,
    joint_numbers,
    quality_table,
)
from serai.brief.sections.rules import AREA_WORDS, comparisons, people_floor, rule_table
from serai.brief.words import N_
from serai.programme import Pick
from serai.programme.plan import Plan
from serai.programme.prospect import PRIOR

SHOWN, SHORT = 24, 46
LABELS = {
    PRIOR: N_("ranked by sector prior"),
    "appraised by power": N_("appraised by power"),
    "appraised by people": N_("appraised by people"),
    "appraised by given": N_("by network and equilibrium, effect assumed"),
}
ASSUMED = (PRIOR, "appraised by given")
"""Labels of projects whose benefit, or whose effect on the network, is an assumption."""
ROOTS = ("programme/projects", "programme/rules", "programme/parameters")


def programme_section(desk: Desk, plan: Plan | None) -> Section | None:
    """The programme, its schedule, map, rules and tests; None for a study without rules."""
    if plan is None:
        return None
    _ = desk.words._
    _nodes(desk)
    numbers = headline_numbers(desk, plan)
    picks = plan.programme.picks
    priors = sum(pick.project.label == PRIOR for pick in picks)
    finding = desk.prose(
        "{count} of {all} projects, {amount} of a budget of {budget}, promise a net benefit of {value}. {priors} of them have no data of their own and are ranked by what their sector brings on average, so none is called best.",
        count=len(picks),
        all=len(plan.programme.model.layout.projects),
        amount=numbers["amount"],
        budget=numbers["budget"],
        value=desk.plain(numbers["value"]),
        priors=priors,
    )
    if plan.together is not None and plan.together.chosen:
        joint = joint_numbers(desk, plan.together)
        finding += " " + desk.prose(
            "{some} of them are works on the network, whose effects are assumed: together they bring {joint}, in which {interaction} is what they add to or take from each other.",
            some=len(plan.together.chosen),
            joint=joint["joint"],
            interaction=joint["interaction"],
        )
    parts: list[Chart | Table | Markup] = [
        schedule_chart(desk, plan),
        *programme_map(desk, plan),
        by_area(desk, plan),
        rule_table(desk, plan),
        people_floor(desk, plan),
        budget_table(desk, plan),
        quality_table(desk, plan),
        comparisons(desk, plan),
        acts_table(desk, plan),
        left_out(desk, plan),
    ]
    together = interactions(desk, plan)
    if together is not None:
        parts.insert(3, together)
    return Section("programme", _("Programme"), _("The programme"), finding, parts)


def headline_numbers(desk: Desk, plan: Plan) -> dict[str, Number]:
    """The numbers of the finding and of the opening."""
    programme = plan.programme
    numbers = {
        "value": desk.numbers.drawn(
            "programme/value",
            N_("net present benefit of the programme"),
            programme.value_usd_m,
            "usd_million",
            made_from=ROOTS,
            basis="estimated",
        )
    }
    plain = {
        "amount": (N_("open amount that the programme takes"), programme.amount_usd_m, "usd_million"),
        "budget": (N_("budget of the partner's participation"), _budget(plan), "usd_million"),
        "count": (N_("projects chosen"), float(len(programme.picks)), "count"),
        "quality": (N_("quality of the programme, weighted by amount"), programme.quality, "score"),
    }
    for key, (label, value, unit) in plain.items():
        basis = "assumed" if key == "budget" else "computed"
        made = ("programme/rules",) if key == "budget" else ROOTS
        numbers[key] = desk.numbers.add(Number(f"programme/{key}", label, value, unit, basis, made_from=made))
    return numbers


def schedule_chart(desk: Desk, plan: Plan) -> Chart:
    """When the largest projects start and how long their money is spent; the table has all of them."""
    _ = desk.words._
    picks = plan.programme.picks
    index = dict(zip((p.id for p in plan.programme.model.layout.projects), plan.core.index, strict=True))
    rows = [
        {
            "label": _short(pick.project.name),
            "area": _(AREA_WORDS.get(pick.project.area, pick.project.area)),
            "start": pick.start_year,
            "end": pick.start_year + len(pick.project.profile),
        }
        for pick in picks[:SHOWN]
    ]
    data = pd.DataFrame(rows, columns=["label", "area", "start", "end"])
    years = plan.programme.rules.years
    picture = desk.draw(
        schedule(data, window=(years[0], years[-1] + 1), words=[_(w) for w in AREA_WORDS.values()])
    )
    table = Table(
        "programme",
        _("All projects of the programme"),
        [
            _("Project"),
            _("Area"),
            _("Starts"),
            _("Share"),
            _("Amount"),
            _("Net benefit"),
            _("Chosen in draws"),
            _("How it is valued"),
        ],
        [_pick_row(desk, pick, float(index[pick.project.id])) for pick in picks],
        plan.programme.tidy().assign(core_index=[index[pick.project.id] for pick in picks]),
        numeric=frozenset({2, 3, 4, 5, 6}),
        note=_(
            "Amount: what is open, after what others have agreed to pay and what works under way have spent (an assumed share). Net benefit: median and 5th to 95th percentile; the programme counts means, which are higher where the range is skewed. Chosen in draws: the share of {draws} draws in which the project would be chosen if the draw were known, each solved to within {gap} percent. A project ranked by sector prior has what projects of its sector bring on average, and of its own only its cost; one on the network has its part of what the chosen ones bring together.",
            draws=len(plan.core.best_usd_m),
            gap=3,
        ),
        folded=True,
    )
    spending = plan.programme.spending()
    peak = spending.iloc[:-1].sort_values("amount_usd_m").iloc[-1]
    return Chart(
        "schedule",
        desk.prose("Most is spent in {year}; the yearly budgets spread the rest", year=str(peak["year"])),
        _("Years in which the money is spent, the {count} largest of {all} projects", count=len(rows), all=len(picks)),
        _("Source: the pages named in the projects of the study; rules of the study. Start years are the model's choice."),
        picture.wide,
        picture.narrow,
        _("A bar for each project from the year it starts"),
        table,
    )  # fmt: skip


def _pick_row(desk: Desk, pick: Pick, core: float) -> list[Markup | str]:
    _ = desk.words._
    key = pick.project.id
    basis = {"imputed": "imputed", "assumed": "assumed"}.get(pick.project.cost_basis, "reported")
    amount = desk.numbers.add(
        Number(
            f"programme/{key}/amount",
            N_("open amount taken"),
            pick.amount_usd_m,
            "usd_million",
            basis,
            made_from=ROOTS,
        )
    )
    found = pick.value_usd_m
    value = desk.numbers.add(
        Number(
            f"programme/{key}/value",
            N_("net benefit of the share taken"),
            found.estimate,
            "usd_million",
            "assumed" if pick.project.label in ASSUMED else "estimated",
            found.low,
            found.high,
            made_from=ROOTS,
        )
    )
    share = desk.numbers.add(
        Number(
            f"programme/{key}/share",
            N_("share of the open amount"),
            pick.share,
            "ratio",
            "computed",
            made_from=ROOTS,
        )
    )
    chosen = desk.numbers.add(
        Number(
            f"programme/{key}/core",
            N_("share of draws in which it is chosen"),
            core,
            "ratio",
            "computed",
            made_from=ROOTS,
        )
    )
    return [
        pick.project.name,
        _(AREA_WORDS.get(pick.project.area, pick.project.area)),
        str(pick.start_year),
        desk.number(share),
        desk.number(amount),
        desk.number(value),
        desk.number(chosen),
        _(LABELS[pick.project.label]),
    ]  # fmt: skip


def programme_map(desk: Desk, plan: Plan) -> list[Chart]:
    """The economies of the region, coloured by the amount that they get."""
    _ = desk.words._
    codes = desk.study.about.region.economies
    table = plan.programme.by("country").set_index("country")
    total = plan.programme.amount_usd_m
    shares: dict[str, Number] = {}
    counts: dict[str, int] = {}
    for code in codes:
        amount = float(table["amount_usd_m"].get(code, 0))
        counts[code] = int(table["projects"].get(code, 0))
        shares[code] = desk.numbers.add(
            Number(
                f"programme/country/{code}/share",
                N_("share of the programme's amount"),
                amount / total if total else 0.0,
                "ratio",
                "computed",
                made_from=ROOTS,
            )
        )
    shapes = shapes_of(codes)
    if shapes is None:
        return []
    spots = map_points(shapes, codes)
    data = pd.DataFrame(
        {
            "economy": codes,
            "value": [shares[code].estimate * 100 for code in codes],
            "projects": [counts[code] for code in codes],
            "text": [
                f"{desk.name(code)}\n{desk.words.quantity(shares[code])[0]} ({counts[code]})"
                for code in codes
            ],
            "lon": [spots[code][0] for code in codes],
            "lat": [spots[code][1] for code in codes],
        }
    )
    picture = desk.draw(
        choropleth(shapes, data, legend=_("Share of the programme, %"), frame=map_frame(shapes, codes))
    )
    ranked = sorted(codes, key=lambda code: -shares[code].estimate)
    chart = Chart(
        "programme_map",
        desk.prose(
            "{first} gets most of the programme, {share}; {last} least, {least}",
            first=desk.name(ranked[0]),
            share=shares[ranked[0]],
            last=desk.name(ranked[-1]),
            least=shares[ranked[-1]],
        ),
        _("Share of the amount chosen, percent; in brackets the number of projects. A project in several countries is split evenly."),
        _("Shapes: Natural Earth. Borders are drawn as the data source has them and say nothing about their status. "),
        picture.wide,
        picture.narrow,
        _("Map of the region coloured by share of the programme"),
        Table(
            "programme_map",
            _("The programme by country"),
            [_("Economy"), _("Projects"), _("Share of the amount")],
            [[desk.name(code), str(counts[code]), desk.number(shares[code])] for code in ranked],
            data[["economy", "projects", "value"]],
            numeric=frozenset({1, 2}),
        ),
    )  # fmt: skip
    return [chart]


def by_area(desk: Desk, plan: Plan) -> Table:
    """Areas: how many projects, how much, which share."""
    _ = desk.words._
    found = plan.programme.by("area")
    cells: list[list[Markup | str]] = []
    for row in found.to_dict("records"):
        share = desk.numbers.add(
            Number(
                f"programme/area/{row['area']}/share",
                N_("share of the programme's amount"),
                float(row["share"]),
                "ratio",
                "computed",
                made_from=ROOTS,
            )
        )
        amount = desk.numbers.add(
            Number(
                f"programme/area/{row['area']}/amount",
                N_("amount of an area"),
                float(row["amount_usd_m"]),
                "usd_million",
                "computed",
                made_from=ROOTS,
            )
        )
        name = _(AREA_WORDS.get(str(row["area"]), str(row["area"])))
        cells.append([name, str(row["projects"]), desk.number(amount), desk.number(share)])
    return Table(
        "programme_areas",
        _("The programme by area"),
        [_("Area"), _("Projects"), _("Amount"), _("Share")],
        cells,
        found,
        numeric=frozenset({1, 2, 3}),
        note=_("Quality of the programme, weighted by amount: {quality}.", quality=desk.words.figure(plan.programme.quality, 3)),
    )  # fmt: skip


def left_out(desk: Desk, plan: Plan) -> Table:
    """Why projects were not chosen, with their number."""
    _ = desk.words._
    found = plan.programme.left_out()
    counts = found["why"].value_counts()
    return Table(
        "left_out",
        _("Projects that were not chosen"),
        [_("Why"), _("Projects")],
        [[_(_reason(str(why))), str(count)] for why, count in counts.items()],
        found,
        numeric=frozenset({1}),
    )


REASONS = (
    N_("a gate excludes it"),
    N_("a gate is not answered"),
    N_("nothing is open: its money is spent or agreed"),
    N_("too little is open to decide about"),
    N_("cannot start within the window"),
    N_("costs more than the whole budget"),
    N_("contained in another choice"),
    N_("expected to bring less than it costs"),
    N_("others bring more within the rules"),
    N_("barred"),
)


def _reason(why: str) -> str:
    """The reason without the name of the project or group behind it."""
    return next((reason for reason in REASONS if why.startswith(reason)), why)


def _nodes(desk: Desk) -> None:
    desk.numbers.node(
        "programme/projects",
        "projects, their costs and financing",
        [],
        {"file": "projects.csv, financing.csv"},
    )
    desk.numbers.node("programme/rules", "rules of the programme", [], {"file": "rules.toml"})
    desk.numbers.node("programme/parameters", "constants of the appraisal", [], {"folder": "programme/tables"})  # fmt: skip


def _budget(plan: Plan) -> float:
    return plan.programme.rules.budget.total_usd_m


def _short(name: str) -> str:
    return name if len(name) <= SHORT else name[: SHORT - 1].rstrip() + "…"


def sentence(desk: Desk, plan: Plan | None) -> tuple[Markup, str] | None:
    """The programme in one sentence for the opening, with the chart that proves it."""
    if plan is None:
        return None
    numbers = headline_numbers(desk, plan)
    areas: Sequence[str] = [str(area) for area in plan.programme.by("area")["area"]]
    return desk.prose(
        "Within the rules, {count} projects for {amount} promise most: a net benefit of {value}, mostly {area}; most are ranked by what their sector brings on average, not by data of their own.",
        count=len(plan.programme.picks),
        amount=numbers["amount"],
        value=desk.plain(numbers["value"]),
        area=desk.words._(AREA_WORDS.get(areas[0], areas[0])).lower() if areas else "",
    ), "chart-schedule"  # fmt: skip
