"""Section 5, first half: who would finance the programme, what is still missing, and what would help."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from serai.brief.document import Chart, Desk, Section, Table
from serai.brief.flows import Flow, sankey
from serai.brief.numbers import Number
from serai.brief.said import said
from serai.brief.words import N_
from serai.broker import Financing, match, suggestions
from serai.programme import Programme
from serai.scenario.evaluate import study_names

SHOWN_LENDERS = 8
MADE_FROM = ("study/financiers", "study/financing", "study/projects")
LABEL = 48  # letters of a financier's name in a chart


def financing_section(desk: Desk, programme: Programme | None = None) -> Section | None:
    """The stable allocation of the chosen programme; None for a study without financiers or mandates.

    Without a programme it is that of every open amount with a published cost.
    """
    if not desk.study.records.financiers or not (desk.study.path / "mandates.csv").exists():
        return None
    _ = desk.words._
    found, opened = match(desk.study, programme)
    for name, label in (
        ("financiers", "financiers with mandates and terms"),
        ("financing", "who pays for what"),
    ):
        desk.numbers.node(f"study/{name}", label, [], {"file": f"{name}.csv"})
    desk.numbers.node("study/projects", "projects with published costs", [], {"file": "projects.csv"})
    total = sum(need.open_usd_m for need in found.needs)
    finding = desk.prose(
        ALL_OPEN if programme is None else OF_PROGRAMME,
        total=_number(desk, "open", N_("open amounts to be financed"), total),
        count=len(found.needs),
        placed=_number(desk, "placed", N_("placed by the stable allocation"), float(found.amounts.sum())),
        gap=_number(desk, "gap", N_("open amounts that nobody fills"), float(found.gap.sum())),
        lead=desk.name(desk.study.lead.id),
        own=_most_own(desk, found),
    )
    parts: list[Chart | Table | Markup] = [
        flow_chart(desk, found, chosen=programme is not None),
        stability_table(desk, found),
        *([] if programme is None else [everything_table(desk, found)]),
        *([gap_table(desk, found)] if len(found.gaps()) else []),
        book_table(desk, found),
        suggestion_table(desk, found),
        terms_table(desk, found),
        *([left_out_table(desk, opened.left_out)] if programme is None else []),
    ]
    return Section("financing", _("Financing"), _("Financing: who could pay for what"), finding, parts)


OF_PROGRAMME = N_(
    "Of the {total} that the chosen programme takes in {count} projects, the financiers on record could place {placed} without any two preferring another deal; {gap} stays without money. Financiers of {lead} alone could place at most {own} of it."
)
ALL_OPEN = N_(
    "Of {total} still open in {count} projects with a published cost, the financiers on record could place {placed} without any two preferring another deal; {gap} stays without money even if they gave all they lend in five years. Financiers of {lead} alone could place at most {own} of it."
)


def _own_codes(desk: Desk) -> list[str]:
    return study_names(desk.study, desk.atlas).codes(desk.study.lead.economies)


def _most_own(desk: Desk, found: Financing) -> Number:
    most = found.most_by(_own_codes(desk))
    return _number(desk, "most_own", N_("the most that the lead's own financiers could place"), most)


def _number(
    desk: Desk, key: str, label: str, value: float, unit: str = "usd_million", basis: str = "computed"
) -> Number:
    return desk.numbers.add(Number(f"financing/{key}", label, value, unit, basis, made_from=MADE_FROM))


def flow_chart(desk: Desk, found: Financing, *, chosen: bool) -> Chart:
    """From financiers to countries, with the gap."""
    _ = desk.words._
    placed = found.amounts.sum(axis=1)
    order = sorted(range(len(placed)), key=lambda p: -placed[p])
    named = {found.lenders[p].id for p in order[:SHOWN_LENDERS] if placed[p] > 0}
    others, gap_name = _("Other financiers"), _("Nobody yet")
    totals: dict[tuple[str, str], float] = {}
    for r, need in enumerate(found.needs):
        where = desk_name(desk, need.countries[0]) if len(need.countries) == 1 else _("Several countries")
        for p, lender in enumerate(found.lenders):
            who = _short(lender.name) if lender.id in named else others
            totals[who, where] = totals.get((who, where), 0.0) + float(found.amounts[p, r])
        totals[gap_name, where] = totals.get((gap_name, where), 0.0) + float(found.gap[r])
    flows = [Flow(a, b, value) for (a, b), value in totals.items() if value > 0]
    numbers: dict[str, str] = {}
    for side in ("source", "target"):
        for name in {getattr(flow, side) for flow in flows}:
            value = sum(flow.value for flow in flows if getattr(flow, side) == name)
            numbers[name] = desk.words.figure(value / 1000, 1, signed=False)
    short = {_short(x.name): x.id.upper().replace("-", " ") for x in found.lenders if x.id in named}
    picture = sankey(flows, numbers=numbers, quiet=[gap_name], short=short)
    data = pd.DataFrame([{"financier": f.source, "country": f.target, "usd_m": f.value} for f in flows])
    table = Table(
        "financing_flows",
        _("From financiers to countries"),
        [_("Financier"), _("Country"), _("USD million")],
        [[f.source, f.target, desk.words.figure(f.value, 0, signed=False)] for f in flows],
        data,
        numeric=frozenset({2}),
    )
    placed_number = _number(desk, "placed", N_("placed by the stable allocation"), float(found.amounts.sum()))
    return Chart(
        "financing",
        desk.prose("{placed} would find a financier, country by country", placed=placed_number),
        _("USD billion; the stable allocation of the chosen programme, over five years")
        if chosen
        else _(
            "USD billion; the stable allocation of open amounts of projects with a published cost, over five years"
        ),
        _("Source: serai, from the financiers and projects of the study."),
        picture.wide,
        picture.narrow,
        _("Flows of money from financiers to countries"),
        table,
        _(
            "An upper bound: it takes all that a financier lends in five years for these projects. Developers' own money is not published and would stand in for part of it."
        ),
    )


def stability_table(desk: Desk, found: Financing) -> Table:
    """What the allocation promises and costs."""
    _ = desk.words._
    rows = [
        (
            _("Placed"),
            _number(desk, "placed", N_("placed by the stable allocation"), float(found.amounts.sum())),
        ),
        (
            _("Of which by financiers of {lead}", lead=desk.name(desk.study.lead.id)),
            _number(
                desk,
                "placed_own",
                N_("placed by the lead's own financiers"),
                found.placed_by(_own_codes(desk)),
            ),
        ),
        (
            _("The most that they could place, asked before all others"),
            _most_own(desk, found),
        ),
        (
            _("The most that any allocation could place"),
            _number(desk, "most", N_("the most that limits allow"), found.most),
        ),
        (
            _("Worth of what is paid back"),
            _number(desk, "cost", N_("present value of repayments"), found.cost, basis="assumed"),
        ),
        (
            _("Price of stability: more than the cheapest would cost"),
            _number(
                desk,
                "price_of_stability",
                N_("stable less cheapest, for the same projects"),
                found.price_of_stability,
                basis="assumed",
            ),
        ),
        (
            _("Pairs that would rather deal with each other"),
            _number(desk, "blocking", N_("blocking pairs"), float(len(found.blocking)), "count"),
        ),
    ]
    return Table(
        "stability",
        _("What holds this together, and what that costs"),
        [_("What"), _("Number")],
        [[label, desk.number(number)] for label, number in rows],
        pd.DataFrame(
            [{"what": n.key, "value": n.estimate, "unit": n.unit, "basis": n.basis} for _label, n in rows]
        ),
        numeric=frozenset({1}),
        note=_(
            "Stable: no project and financier would both gain by dealing with each other instead. Projects prefer who is at the table already, then the cheapest money; financiers prefer projects they are named for, then the closest to their mandate, then the largest. Few terms are published: the other prices are ranges of the kind of financier, assumed."
        ),
    )


def everything_table(desk: Desk, found: Financing) -> Table:
    """The chosen programme beside all open amounts of the pipeline."""
    _ = desk.words._
    whole, _left = match(desk.study)
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for key, label, one in (
        ("", _("The chosen programme"), found),
        ("everything/", _("Every open amount with a published cost"), whole),
    ):
        numbers = {
            "open": (N_("open amounts to be financed"), sum(need.open_usd_m for need in one.needs)),
            "placed": (N_("placed by the stable allocation"), float(one.amounts.sum())),
            "gap": (N_("open amounts that nobody fills"), float(one.gap.sum())),
        }
        shown = {what: _number(desk, key + what, text, value) for what, (text, value) in numbers.items()}
        cells.append([label, str(len(one.needs)), *(desk.number(n) for n in shown.values())])
        data.append({"what": key.rstrip("/") or "programme", "projects": len(one.needs)})
        data[-1] |= {what: n.estimate for what, n in shown.items()} | {"unit": "USD million"}
    return Table(
        "financing_scope",
        _("The programme beside everything that is open"),
        [_("What"), _("Projects"), _("Open"), _("Placed"), _("Gap")],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({1, 2, 3, 4}),
        note=_(
            "The programme takes shares of open amounts, projects without a published cost among them; everything is the whole open amount wherever a cost is published, very large projects included."
        ),
    )


def gap_table(desk: Desk, found: Financing) -> Table:
    """Projects that still lack money."""
    _ = desk.words._
    names = {need.id: need.name for need in found.needs}
    bases = {need.id: need.basis for need in found.needs}
    data = found.gaps()
    words = {
        "nobody may pay for it": _("nobody may pay for it"),
        "limits and deal sizes are used up": _("limits and deal sizes are used up"),
    }
    cells: list[list[Markup | str]] = []
    for row in data.sort_values("gap_usd_m", ascending=False).to_dict("records"):
        key = str(row["project"])
        cells.append(
            [
                names[key],
                desk.number(
                    _number(
                        desk, f"{key}/open", N_("open amount"), float(row["open_usd_m"]), basis=bases[key]
                    )
                ),
                desk.number(
                    _number(desk, f"{key}/gap", N_("what no financier fills"), float(row["gap_usd_m"]))
                ),
                str(row["eligible_financiers"]),
                words[str(row["why"])],
            ]
        )
    return Table(
        "financing_gaps",
        _("Where money is missing"),
        [_("Project"), _("Open"), _("Gap"), _("Financiers that may pay"), _("Why")],
        cells,
        data,
        numeric=frozenset({1, 2, 3}),
    )


def book_table(desk: Desk, found: Financing) -> Table:
    """Each financier's book."""
    _ = desk.words._
    names = {lender.id: lender.name for lender in found.lenders}
    data = found.book().sort_values("placed_usd_m", ascending=False)
    cells: list[list[Markup | str]] = []
    for row in data.to_dict("records"):
        key, limit = str(row["financier"]), row["limit_usd_m"]
        known = limit is not None and limit == limit
        shown: Markup | str = _("not known")
        if known:
            basis = "reported" if str(row["limit_basis"]).startswith("published") else "assumed"
            shown = desk.number(
                _number(desk, f"{key}/limit", N_("what it can lend in five years"), float(limit), basis=basis)
            )
        placed = _number(desk, f"{key}/placed", N_("placed with projects"), float(row["placed_usd_m"]))
        cells.append(
            [names[key], shown, desk.number(placed), str(row["deals"]), str(row["eligible_projects"])]
        )
    return Table(
        "books",
        _("The book of each financier"),
        [_("Financier"), _("Limit"), _("Placed"), _("Deals"), _("Projects it may pay for")],
        cells,
        data,
        numeric=frozenset({1, 2, 3, 4}),
        folded=True,
        note=_(
            "Limit: the yearly volume on record, five times; where there is none, one deal of the largest size seen. Where neither is known the financier places nothing: missing is not unlimited."
        ),
    )


def suggestion_table(desk: Desk, found: Financing) -> Table:
    """Guarantees and grants that would help."""
    _ = desk.words._
    names = {need.id: need.name for need in found.needs}
    lenders = {lender.id: lender.name for lender in found.lenders}
    rows = suggestions(found)
    cells: list[list[Markup | str]] = []
    for row in rows:
        grant: Markup | str = ""
        if row.grant_usd_m > 0:
            number = _number(
                desk,
                f"{row.project}/grant",
                N_("grants that would make it concessional"),
                row.grant_usd_m,
                basis="assumed",
            )
            grant = desk.number(number)
        cells.append([names[row.project], grant, desk.words.series([lenders[g] for g in row.guarantors])])
    data = pd.DataFrame([{f: getattr(row, f) for f in row.__dataclass_fields__} for row in rows])
    return Table(
        "suggestions",
        _("Guarantees and blending that would help"),
        [_("Project"), _("Grants to be concessional"), _("Who could cover risk")],
        cells,
        data,
        numeric=frozenset({1}),
        folded=True,
        note=_(
            "Grants are counted for public projects only; cover where a private investor owns the project or money is missing."
        ),
    )


def terms_table(desk: Desk, found: Financing) -> Table:
    """The term sheet of each project."""
    _ = desk.words._
    names = {need.id: need.name for need in found.needs}
    lenders = {lender.id: lender.name for lender in found.lenders}
    data = found.terms()
    cells: list[list[Markup | str]] = []
    for row in data.to_dict("records"):
        key = f"{row['project']}/{row['financier']}"
        published = row["price_basis"] == "published"
        price = desk.numbers.add(
            Number(
                f"financing/{key}/price",
                N_("worth of what is paid back for a dollar"),
                float(row["present_value"]),
                "plain",
                "reported" if published else "assumed",
                None if published else float(row["low"]),
                None if published else float(row["high"]),
                made_from=MADE_FROM,
            )
        )
        amount = _number(desk, key, N_("amount in the stable allocation"), float(row["amount_usd_m"]))
        cells.append(
            [
                names[str(row["project"])],
                lenders[str(row["financier"])],
                desk.number(amount),
                desk.number(price),
            ]
        )
    return Table(
        "terms",
        _("Term sheets"),
        [_("Project"), _("Financier"), _("Amount"), _("Paid back for a dollar, present value")],
        cells,
        data,
        numeric=frozenset({2, 3}),
        folded=True,
    )


def left_out_table(desk: Desk, left_out: object) -> Table:
    """Candidates without an open amount, and why."""
    _ = desk.words._
    assert isinstance(left_out, dict)
    titles = {project.id: project.title or project.id for project in desk.study.records.projects}
    rows = [(titles[key], why) for key, why in left_out.items()]
    return Table(
        "no_open_amount",
        _("Candidates without an open amount"),
        [_("Project"), _("Why")],
        [[title, said(desk.words, why)] for title, why in rows],
        pd.DataFrame(rows, columns=["project", "why"]),
        folded=True,
    )


def desk_name(desk: Desk, code: str) -> str:
    return desk.economy(code)


def _short(name: str) -> str:
    return name if len(name) <= LABEL else name[: LABEL - 1].rstrip() + "…"
