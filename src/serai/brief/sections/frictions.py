"""What frictions go with in the base year, beside what is published; and the regression that decides a claim."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from serai.brief.charts import LONG_RUN, MEDIUM_RUN, whiskers
from serai.brief.document import Chart, Desk, Section, Table
from serai.brief.numbers import Number
from serai.brief.sections.sectors import sectors_reported
from serai.brief.words import N_
from serai.draws import Uncertain, half_width
from serai.study import Deciding, Estimate

NINETY = 9 / 10  # the coverage of intervals everywhere in the brief: 5th to 95th percentile
WIDER = 11 / 10  # the example that puts an elasticity into words: a market reach wider by a tenth
REACH, SHARE = "log_reach", "log_share"
TREATIES: tuple[str, ...] = ("cdis", "desta", "wdi")
TRADE: tuple[str, ...] = ("cdis", "icio", "qog", "wdi")


def frictions_section(desk: Desk) -> Section | None:
    """The study's own estimates beside published ones; None for a study without estimates."""
    parts: list[Chart | Table | Markup] = [estimates_chart(desk, e) for e in desk.study.about.estimate]
    if any(row.term == SHARE for row in desk.study.deciding):
        parts.insert(0, share_table(desk))
    if desk.study.deciding:
        parts.insert(0, deciding_chart(desk))
    if not parts:
        return None
    _ = desk.words._
    return Section(
        "frictions",
        _("Frictions"),
        _("What frictions cost, and what draws investment"),
        _finding(desk),
        parts,
    )


def deciding_number(desk: Desk, row: Deciding) -> Number:
    """What a market reach wider, or a share higher, by a tenth goes with, in percent of outsiders' stock."""
    key = f"estimate/attraction/{row.specification}".replace(", ", "/").replace(" ", "_")
    known = desk.numbers.by_key.get(key)
    if known is not None:
        return known
    spread = half_width(NINETY) * row.std_error
    low, middle, high = (WIDER ** (row.estimate + s) - 1 for s in (-spread, 0, spread))
    node = desk.numbers.node(
        f"study/attraction/{row.specification}", f"{row.term}: {row.specification}", [], row.model_dump()
    )
    sources = TRADE if row.term == SHARE else TREATIES
    label = (
        N_("outsiders' investment where the intra-regional share of trade is a tenth higher")
        if row.term == SHARE
        else N_("outsiders' investment where market reach is a tenth wider")
    )
    return desk.numbers.add(
        Number(key, label, middle, "ratio_change", "estimated", low, high, sources, (node,))
    )


def main_deciding(desk: Desk) -> Number | None:
    """The deciding estimate in its main specification; None when the study has none."""
    rows = [row for row in desk.study.deciding if row.term == REACH]
    return deciding_number(desk, rows[0]) if rows else None


def _finding(desk: Desk) -> Markup:
    main = main_deciding(desk)
    if main is None:
        return desk.prose("The study's own estimates stand beside published ones.")
    if main.sign_known:
        return desk.prose(
            "Where agreements make a host's market a tenth wider, outsiders' investment differs by {effect}.",
            effect=main,
        )
    return desk.prose(
        "Where agreements make a host's market a tenth wider, outsiders' investment does not differ by anything that can be told from zero: {effect}.",
        effect=main,
    )


def deciding_chart(desk: Desk) -> Chart:
    """The elasticity of outsiders' investment to market reach, by specification."""
    _ = desk.words._
    rows = [row for row in desk.study.deciding if row.term == REACH]
    numbers = [deciding_number(desk, row) for row in rows]
    points = [
        {
            "label": _(row.specification.capitalize()),
            "kind": "estimated",
            "specification": row.specification,
            "estimate": n.estimate * 100,
            "low": (n.low or 0) * 100,
            "high": (n.high or 0) * 100,
            "elasticity": row.estimate,
            "std_error": row.std_error,
            "observations": row.n_obs,
            "unit": "percent",
            "basis": "estimated",
        }
        for row, n in zip(rows, numbers, strict=True)
    ]
    data = pd.DataFrame(points)
    picture = desk.draw(
        whiskers(data, order=list(data["label"]), axis_title=_("Change of outsiders' stock, %"))
    )
    table = Table(
        "deciding",
        _("Does integration with neighbours draw outsiders' investment?"),
        [
            _("Specification"),
            _("Market reach a tenth wider"),
            _("Elasticity"),
            _("Standard error"),
            _("Observations"),
        ],
        _deciding_cells(desk, rows),
        data.drop(columns=["label", "kind"]),
        numeric=frozenset({1, 2, 3, 4}),
        note=_(
            "Outward positions of the IMF's survey, 2009 to 2020, of owners outside the host's agreements; owner-year and pair effects; reach: own output plus that of agreement partners by distance; control: the host's output. Standard errors clustered by host and owner. Where a lead is added, the reach of two years later enters too: if it matters, reach is not the cause. More controls: the host's population, schooling and price level, to 2019. Where trade is known: the hosts and years of the trade table, for comparison with the other measure."
        ),
    )
    unsure = [n for n in numbers[:2] if not n.sign_known]
    title = (
        desk.prose("With controls, the effect of market reach on outsiders cannot be told from zero")
        if len(unsure) == len(numbers[:2])
        else desk.prose("Market reach and outsiders' investment: the main estimate is {n}", n=numbers[0])
    )
    return Chart(
        "deciding",
        title,
        _(
            "Change of outsiders' stock of investment in a host whose market reach is a tenth wider, percent; line: 90 percent interval"
        ),
        _(
            "Source: serai, estimated on IMF, DESTA, World Bank and CEPII figures; only estimates are shipped."
        ),
        picture.wide,
        picture.narrow,
        _("Dots with intervals by specification"),
        table,
        year=_("Positions of 2009 to 2020"),
    )


def share_table(desk: Desk) -> Table:
    """The same regression with another measure of integration: the share of trade that stays in the region."""
    _ = desk.words._
    rows = [row for row in desk.study.deciding if row.term == SHARE]
    kept = ["specification", "estimate", "std_error", "n_obs", "unit", "basis"]
    inside = sectors_reported(desk, list(desk.study.about.region.economies))
    return Table(
        "deciding_share",
        _("The same question with another measure: trade within the region"),
        [
            _("Specification"),
            _("Share a tenth higher"),
            _("Elasticity"),
            _("Standard error"),
            _("Observations"),
        ],
        _deciding_cells(desk, rows),
        pd.DataFrame([row.model_dump() for row in rows])[kept],
        numeric=frozenset({1, 2, 3, 4}),
        note=_(
            "Integration measured by what is traded, not by what is agreed: the share of a host's exports and imports, goods and services, that is with economies of its own region, 2011 to 2020, for the economies of the trade table (of the region: {shown}). Everything else as in the chart. The share moves with all that moves trade, investment included, so it shows what goes together, not what causes what.",
            shown=desk.words.listing([desk.name(code) for code in inside]) or _("none"),
        ),
    )


def _deciding_cells(desk: Desk, rows: list[Deciding]) -> list[list[Markup | str]]:
    _ = desk.words._
    return [
        [
            _(row.specification.capitalize()),
            desk.number(deciding_number(desk, row)),
            desk.words.figure(row.estimate, 3, signed=True),
            desk.words.figure(row.std_error, 3),
            desk.words.figure(row.n_obs, 0),
        ]
        for row in rows
    ]


def estimates_chart(desk: Desk, estimate: Estimate) -> Chart:
    """One estimate of the study beside the published rows of the atlas."""
    _ = desk.words._
    own, published = _("estimated here"), _("published, used in the scenarios")
    fit = desk.results.frictions.fits[estimate.id]
    rows: list[dict[str, object]] = []
    cells: list[list[Markup | str]] = []
    for covariate, label in zip(estimate.covariates, estimate.labels, strict=True):
        place = list(fit.names).index(covariate)
        number = _own(desk, estimate, covariate, fit.coefficients[place], fit.std_errors[place])
        rows.append(_point(_(label), own, covariate, number))
        line: list[Markup | str] = [_(label), desk.number(number)]
        name = estimate.published.get(covariate)
        if name is None:
            line.append("")
        else:
            beside = _published(desk, desk.atlas.parameter(name))
            rows.append(_point(_(label), published, covariate, beside))
            line.append(desk.number(beside))
        cells.append(line)
    data = pd.DataFrame(rows)
    order = [_(label) for label in estimate.labels]
    kinds = {own: MEDIUM_RUN, published: LONG_RUN}
    picture = desk.draw(
        whiskers(data, order=order, axis_title=_("Effect on the log of the flow"), kinds=kinds)
    )
    agreement = (
        desk.numbers[f"estimate/{estimate.id}/agreement"] if "agreement" in estimate.covariates else None
    )
    title = (
        desk.prose(
            "{what}: a trade agreement goes with {effect} in the log of the flow",
            what=_(estimate.title),
            effect=agreement,
        )
        if agreement is not None
        else _(estimate.title)
    )
    table = Table(
        f"estimates_{estimate.id}",
        _(estimate.title),
        [_("Friction"), _("Estimated here"), _("Published")],
        cells,
        data.drop(columns=["label", "kind"]),
        numeric=frozenset({1, 2}),
        note=_(
            "{count} pairs, {dropped} dropped; PPML with exporter and importer effects; standard errors clustered by pair, {convention}.",
            count=desk.words.figure(fit.n_obs, 0),
            dropped=sum(fit.n_dropped.values()),
            convention=fit.small_sample,
        ),
    )
    return Chart(
        f"estimates_{estimate.id}",
        title,
        _("Effect on the log of the flow in a cross-section of the base year; line: 90 percent interval"),
        _("Source: serai, estimated on the atlas; published: see the uncertain inputs below."),
        picture.wide,
        picture.narrow,
        _("Dots with intervals for each friction"),
        table,
        note=_(
            "A tenth in the log is about ten percent. Comparing countries is not watching pairs over time: the effect of agreements here and the published one answer different questions."
        ),
    )


def _own(desk: Desk, estimate: Estimate, covariate: str, value: float, error: float) -> Number:
    spread = half_width(NINETY) * error
    node = desk.numbers.node(
        f"study/estimates/{estimate.id}", estimate.title, [f"atlas/{estimate.table}", "atlas/pairs", "atlas/agreements"],
        estimate.model_dump(),
    )  # fmt: skip
    return desk.numbers.add(
        Number(
            f"estimate/{estimate.id}/{covariate}",
            N_("effect on the log of the flow, estimated here"),
            float(value),
            "effect",
            "estimated",
            float(value - spread),
            float(value + spread),
            ("serai",),
            (node,),
        )
    )


def _published(desk: Desk, row: Uncertain) -> Number:
    low, high = (float(q) for q in row.quantile(np.array([(1 - NINETY) / 2, (1 + NINETY) / 2])))
    return desk.numbers.add(
        Number(
            f"published/{row.name}",
            N_("effect on the log of the flow, published"),
            row.value,
            "effect",
            row.basis,
            low,
            high,
            (row.source,),
            (f"atlas/parameters/{row.name}",),
        )
    )


def _point(label: str, kind: str, covariate: str, number: Number) -> dict[str, object]:
    return {
        "label": label,
        "kind": kind,
        "covariate": covariate,
        "estimate": number.estimate,
        "low": number.low,
        "high": number.high,
        "unit": "log points",
        "basis": number.basis,
    }
