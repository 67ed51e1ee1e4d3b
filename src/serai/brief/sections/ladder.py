"""Section 2: what integration is worth, rung by rung, economy by economy, with intervals."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from serai.brief import measurements as m
from serai.brief.charts import LONG_RUN, MEDIUM_RUN, stacked_shares, whiskers
from serai.brief.document import Chart, Desk, Section, Table, study_economies
from serai.brief.maps import choropleth, map_frame, map_points, shapes_of
from serai.brief.numbers import Number
from serai.brief.words import N_
from serai.draws import variance_shares
from serai.records.scenario import Scenario
from serai.scenario.evaluate import WEALTH

TOP_INPUTS = 7
HALF = 1 / 2
KEPT_IMPORTS = "atlas/retained_imports_"
INPUT_WORDS = {
    "agreement_effect_trade": N_("Effect of an agreement on trade"),
    "agreement_effect_fdi": N_("Effect of an agreement on investment"),
    "atlas/fdi_stocks": N_("Imputed investment stocks"),
    "atlas/trade_and_balances": N_("Trade where sources disagree"),
    "atlas/retained_imports_KGZ": N_("Imports that Kyrgyzstan keeps"),
    "atlas/retained_imports_HKG": N_("Imports that Hong Kong keeps"),
    "atlas/capital_output_ratio": N_("Capital for a unit of output"),
    "atlas/gross_output_ratio": N_("Output for a unit of GDP"),
    "border_hours": N_("Hours at borders"),
    "capital_elasticity": N_("Elasticity of capital"),
    "cis_fta_depth": N_("Depth of the CIS free-trade area"),
    "eaeu_depth": N_("Depth of the EAEU"),
    "estimate/fdi/agreement": N_("Agreement and investment, own estimate"),
    "estimate/trade/agreement": N_("Agreement and trade, own estimate"),
    "older_agreement_depth": N_("Depth of older agreements"),
    "trade_elasticity": N_("Elasticity of trade"),
    "routing_elasticity": N_("How readily goods change their route"),
    "cargo/machinery/usd_per_tonne": N_("Value of a tonne of machinery"),
    "cargo/consumer/usd_per_tonne": N_("Value of a tonne of consumer goods"),
    "cargo/food/usd_per_tonne": N_("Value of a tonne of food"),
    "cargo/materials/usd_per_tonne": N_("Value of a tonne of materials"),
    "cargo/ores/usd_per_tonne": N_("Value of a tonne of ores"),
    "cargo/coal/usd_per_tonne": N_("Value of a tonne of coal"),
    "border_fees": N_("Payments at borders"),
    "route_dissimilarity": N_("How unlike ways by different means are"),
    "value_of_day_pct": N_("Value of a day, % of the goods' value"),
}


def ladder_section(desk: Desk) -> Section:
    """The ladder for the region, the headline by economy, the map, all rungs by economy, the drivers."""
    _ = desk.words._
    headline, wealth = desk.study.about.settings.headline, desk.study.about.settings.headline_wealth
    whole = m.real_income(desk, headline, wealth, m.REGION)
    intra = m.intra_share(desk)
    finding = desk.prose(
        "{scenario} is worth {gain} of the region's real income: only {share} of its exports stay inside it today.",
        scenario=_(desk.study.scenario(headline).title),
        gain=desk.plain(whole),
        share=intra,
    )
    return Section(
        "integration",
        _("Integration"),
        _("What integration is worth"),
        finding,
        (
            ladder_chart(desk),
            *headline_map(desk),
            by_economy(desk),
            all_rungs(desk),
            forms(desk),
            drivers(desk),
            *([investment_by_closure(desk)] if m.fdi_known(desk, "outside", m.REGION) else []),
        ),
    )


def wealth_words(desk: Desk, wealth: str) -> str:
    """The two closures in plain words."""
    _ = desk.words._
    return {"fixed": _("medium run (wealth fixed)"), "steady": _("long run (wealth adjusts)")}[wealth]


def _rungs(desk: Desk) -> list[str]:
    return [s.id for s in desk.study.scenarios if s.measure]


def ladder_chart(desk: Desk) -> Chart:
    """Real income of the region at each rung, both closures."""
    _ = desk.words._
    rows: list[dict[str, object]] = []
    cells: list[list[Markup | str]] = []
    for scenario in (desk.study.scenario(name) for name in _rungs(desk)):
        line: list[Markup | str] = [_(scenario.title)]
        for wealth in WEALTH:
            number = m.real_income(desk, scenario.id, wealth, m.REGION)
            money = m.gain(desk, scenario.id, wealth, m.REGION)
            rows.append(
                _point(_(scenario.label), wealth_words(desk, wealth), number)
                | {"scenario": scenario.id, "wealth": wealth}
            )
            line += [desk.number(number), desk.number(money)]
        line.insert(1, desk.number(m.step_gain(desk, scenario.id, "fixed", m.REGION)))
        cells.append(line)
    data = pd.DataFrame(rows)
    wide = [_(desk.study.scenario(name).label) for name in _rungs(desk)]
    kinds = {wealth_words(desk, w): c for w, c in zip(WEALTH, (MEDIUM_RUN, LONG_RUN), strict=True)}
    picture = desk.draw(whiskers(data, order=wide, axis_title=_("Change of real income, %"), kinds=kinds))
    biggest = max(desk.study.ladder(), key=lambda name: m.step_gain(desk, name, "fixed", m.REGION).estimate)
    table = Table(
        "ladder",
        _("The ladder: real income of the region"),
        [
            _("Rung"),
            _("Adds, medium run, a year"),
            _("Medium run, %"),
            _("Medium run, USD a year"),
            _("Long run, %"),
            _("Long run, USD a year"),
        ],
        cells,
        data.drop(columns=["label", "kind"]),
        numeric=frozenset({1, 2, 3, 4, 5}),
    )
    title = desk.prose(
        "Up the ladder, “{rung}” adds most: {gain} a year on top of the rung below",
        rung=_(desk.study.scenario(biggest).label),
        gain=m.step_gain(desk, biggest, "fixed", m.REGION),
    )
    subtitle = _(
        "Change of real income of {region}, percent, each rung with all measures below it; dot: median, line: 5th to 95th percentile of {draws} draws",
        region=_(desk.study.about.region.name),
        draws=desk.results.draws.count,
    )
    return Chart(
        "ladder",
        title,
        subtitle,
        _model_source(desk),
        picture.wide,
        picture.narrow,
        _("Dots with intervals for each rung"),
        table,
    )


def headline_map(desk: Desk) -> list[Chart]:
    """The region coloured by gain; nothing where an economy has no shape."""
    _ = desk.words._
    headline, wealth = desk.study.about.settings.headline, desk.study.about.settings.headline_wealth
    codes = desk.study.about.region.economies
    numbers = {code: m.real_income(desk, headline, wealth, code) for code in codes}
    shapes = shapes_of(codes)
    if shapes is None:
        return []
    spots = map_points(shapes, codes)
    rows = [
        {
            "economy": code,
            "name": desk.name(code),
            "value": numbers[code].estimate * 100,
            "low": numbers[code].low * 100,  # type: ignore[operator]
            "high": numbers[code].high * 100,  # type: ignore[operator]
            "text": f"{desk.name(code)}\n{desk.words.quantity(numbers[code], interval=False)[0]}",
            "lon": spots[code][0],
            "lat": spots[code][1],
        }
        for code in codes
    ]
    data = pd.DataFrame(rows)
    ranked = sorted(codes, key=lambda code: -numbers[code].estimate)
    legend = _("Change of real income, %")
    picture = desk.draw(choropleth(shapes, data, legend=legend, frame=map_frame(shapes, codes)))
    cells: list[list[Markup | str]] = [[desk.name(code), desk.number(numbers[code])] for code in ranked]
    table = Table(
        "map",
        _("Change of real income by economy"),
        [_("Economy"), _(desk.study.scenario(headline).label)],
        cells,
        data[["economy", "name", "value", "low", "high"]],
        numeric=frozenset({1}),
    )
    title = desk.prose(
        "{first} gains most for its size, {last} least: {a} and {b}",
        first=desk.name(ranked[0]),
        last=desk.name(ranked[-1]),
        a=desk.plain(numbers[ranked[0]]),
        b=desk.plain(numbers[ranked[-1]]),
    )
    chart = Chart(
        "map",
        title,
        _(
            "{scenario}, {wealth}; percent of real income",
            scenario=_(desk.study.scenario(headline).title),
            wealth=wealth_words(desk, wealth),
        ),
        _(
            "Shapes: Natural Earth. Borders are drawn as the data source has them and say nothing about their status. "
        )
        + _model_source(desk),
        picture.wide,
        picture.narrow,
        _("Map of the region coloured by gain"),
        table,
    )
    return [chart]


def by_economy(desk: Desk) -> Chart:
    """Real income, GDP and national income of each economy in the headline scenario."""
    _ = desk.words._
    headline = desk.study.about.settings.headline
    wealth = desk.study.about.settings.headline_wealth
    measures = {
        "real_income": _("Real income"),
        "real_gdp": _("Real GDP"),
        "real_gni": _("Real national income"),
    }
    codes = [*desk.study.about.region.economies, m.REGION]
    rows: list[dict[str, object]] = []
    cells: list[list[Markup | str]] = []
    for code in codes:
        name = _(desk.study.about.region.name) if code == m.REGION else desk.name(code)
        line: list[Markup | str] = [name]
        for what, words in measures.items():
            number: Number = getattr(m, what)(desk, headline, wealth, code)
            rows.append(_point(name, words, number) | {"economy": code, "measure": what})
            line.append(desk.number(number))
        line.append(desk.number(m.gain(desk, headline, wealth, code)))
        cells.append(line)
    data = pd.DataFrame(rows)
    kinds = dict(zip(measures.values(), (MEDIUM_RUN, LONG_RUN, "#7c4d9e"), strict=True))
    order = [str(row[0]) for row in cells]
    picture = desk.draw(whiskers(data, order=order, axis_title=_("Change, %"), kinds=kinds))
    richest = max(codes[:-1], key=lambda code: m.gain(desk, headline, wealth, code).estimate)
    title = desk.prose(
        "In money, {name} gains most: {gain} a year",
        name=desk.name(richest),
        gain=m.gain(desk, headline, wealth, richest),
    )
    table = Table(
        "economies",
        _("Who gains in the headline scenario"),
        [_("Economy"), *measures.values(), _("Real income, USD a year")],
        cells,
        data.drop(columns=["label", "kind"]),
        numeric=frozenset({1, 2, 3, 4}),
        note=_(
            "Real income is what an economy can spend (absorption at constant prices); GDP is what it makes; national income is GDP plus what its capital abroad earns, minus what foreign capital earns inside."
        ),
    )
    return Chart(
        "economies",
        title,
        _(
            "{scenario}, {wealth}; percent; dot: median, line: 5th to 95th percentile",
            scenario=_(desk.study.scenario(headline).title),
            wealth=wealth_words(desk, wealth),
        ),
        _model_source(desk),
        picture.wide,
        picture.narrow,
        _("Dots with intervals for each economy"),
        table,
    )


def all_rungs(desk: Desk) -> Table:
    """Every rung by every economy, medium run and long run."""
    _ = desk.words._
    codes = [*desk.study.about.region.economies, m.REGION]
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for name in _rungs(desk):
        for wealth in WEALTH:
            short = _("medium run") if wealth == "fixed" else _("long run")
            line: list[Markup | str] = [_(desk.study.scenario(name).label), short]
            for code in codes:
                number = m.real_income(desk, name, wealth, code)
                line.append(desk.number(number, interval=False))
                data.append({"scenario": name, "wealth": wealth, "economy": code} | values(number))
            cells.append(line)
    header = [_("Rung"), _("Horizon"), *(desk.name(c) for c in codes[:-1]), _(desk.study.about.region.name)]
    return Table(
        "rungs",
        _("Every rung, every economy: change of real income (median; intervals in the file)"),
        header,
        cells,
        pd.DataFrame(data),
        numeric=frozenset(range(2, len(header))),
    )


def forms(desk: Desk) -> Table:
    """The legally distinct forms and what the law says about each rung."""
    _ = desk.words._
    legal = {
        "possible_now": _("possible now"),
        "needs_treaty": _("needs a treaty"),
        "needs_accession": _("needs accession"),
        "conflicts": _("conflicts with obligations"),
    }
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for scenario in (desk.study.scenario(name) for name in _rungs(desk)):
        added = m.step_gain(desk, scenario.id, "fixed", m.REGION)
        whole = m.real_income(desk, scenario.id, "fixed", m.REGION)
        words = " ".join(dict.fromkeys(_(measure.feasibility) for measure in scenario.measure))
        strictest = _strictest(desk, scenario)
        status = legal[scenario.legal]
        if strictest != scenario.legal:
            status = _("{own}; with the rungs below: {all}", own=status, all=legal[strictest])
        cells.append([_(scenario.title), status, desk.number(added), desk.number(whole), words])
        data.append(
            {
                "scenario": scenario.id,
                "legal": scenario.legal,
                "legal_with_rungs_below": strictest,
                "feasibility": words,
            }
            | {f"added_{k}": v for k, v in values(added).items()}
            | values(whole)
        )
    return Table(
        "feasibility",
        _("What the law as it stands allows"),
        [_("Rung"), _("Status"), _("Adds to the rung below, a year"), _("With all rungs below"), _("Why")],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({2, 3}),
        note=_("Medium run, the region's real income."),
    )


def _strictest(desk: Desk, scenario: Scenario) -> str:
    """The strictest legal status of a rung and all rungs it builds on."""
    order = ("possible_now", "needs_treaty", "needs_accession", "conflicts")
    chain = [scenario]
    while chain[-1].builds_on is not None:
        chain.append(desk.study.scenario(chain[-1].builds_on))
    return max((s.legal for s in chain), key=order.index)


def drivers(desk: Desk) -> Chart:
    """Which uncertain inputs the width of the intervals comes from."""
    _ = desk.words._
    rows: list[dict[str, object]] = []
    totals: dict[str, float] = {}
    for name in _rungs(desk):
        values = m.relative(desk, m.outcome(desk, name, "fixed").real_income, m.REGION)
        shares = variance_shares(values, _grouped_inputs(desk))
        for key, share in shares.items():
            totals[key] = totals.get(key, 0) + share
            rows.append(
                {"scenario": name, "label": _(desk.study.scenario(name).label), "name": key, "share": share}
            )
    kept = sorted((k for k in totals if k != "other"), key=lambda k: -totals[k])[:TOP_INPUTS]
    data = pd.DataFrame(rows)
    data["name"] = np.where(data["name"].isin(kept), data["name"], "other")
    data = data.groupby(["scenario", "label", "name"], sort=False)["share"].sum().reset_index()
    data["words"] = [input_words(desk, str(name)) for name in data["name"]]
    ranks = {name: n for n, name in enumerate([*kept, "other"])}
    data["rank"] = data["name"].map(ranks)
    order = [_(desk.study.scenario(name).label) for name in _rungs(desk)]
    picture = desk.draw(stacked_shares(data, order=order, axis_title=_("Share of the variance")))
    headline = desk.study.about.settings.headline
    for record in data.to_dict("records"):
        desk.numbers.add(_share_number(record))
    named = data[(data["scenario"] == headline) & (data["name"] != "other")]
    cells = _share_cells(desk, data, order)
    table = Table(
        "drivers",
        _("Share of the variance explained by each input"),
        [_("Rung"), *(input_words(desk, name) for name in ranks)],
        cells,
        data[["scenario", "name", "share"]],
        numeric=frozenset(range(1, len(ranks) + 1)),
        note=_(
            "“Everything else” holds interactions and inputs that are whole tables, such as the disagreement of sources on each flow."
        ),
    )
    return Chart(
        "drivers",
        _drivers_title(desk, named),
        _("Share of the variance of the region's real income that each uncertain input explains, medium run"),
        _model_source(desk),
        picture.wide,
        picture.narrow,
        _("Stacked bars of variance shares"),
        table,
    )


def _drivers_title(desk: Desk, named: pd.DataFrame) -> Markup | str:
    """The named input that explains most of the variance of the headline, and whether that is most of it."""
    if named.empty:
        return desk.words._("Share of the variance explained by each input")
    first = named.sort_values("share").iloc[-1]
    message = (
        N_("Most of the doubt in the headline comes from one input: “{name}”, {share}")
        if first["share"] > HALF
        else N_(
            "No single input explains half of the doubt in the headline; the largest is “{name}”, {share}"
        )
    )
    number = desk.numbers[f"drivers/{first['scenario']}/{first['name']}"]
    return desk.prose(message, name=str(first["words"]), share=number)


def investment_by_closure(desk: Desk) -> Table:
    """Outsiders' investment under both closures: the sign may be the closure's, not the world's."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for name in _rungs(desk):
        line: list[Markup | str] = [_(desk.study.scenario(name).title)]
        for wealth in WEALTH:
            number = m.fdi_change(desk, name, wealth, "outside", m.REGION)
            line.append(desk.number(number))
            data.append({"scenario": name, "wealth": wealth} | values(number))
        cells.append(line)
    return Table(
        "outside_investment",
        _("Outsiders' direct investment in the region"),
        [_("Rung"), _("Medium run"), _("Long run")],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({1, 2}),
        note=_(
            "Where the two columns differ in sign, the model does not decide: the sign comes from what is assumed about wealth. The estimate in the section on frictions has to. Where the long run is negative, more capital at home takes the place of foreign capital: that is what this closure says, not an observation."
        ),
    )


def _grouped_inputs(desk: Desk) -> dict[str, np.ndarray]:
    """Drawn inputs that are single numbers."""
    inputs = {name: values for name, values in desk.results.inputs.items() if values.ndim == 1}
    return {name: values for name, values in inputs.items() if _of_study(desk, name)}


def _of_study(desk: Desk, name: str) -> bool:
    """What a hub keeps of its imports belongs to a study that shows the hub."""
    code = name.removeprefix(KEPT_IMPORTS)
    return code == name or code in study_economies(desk)


def input_words(desk: Desk, name: str) -> str:
    """An input's name for people: of a measure's own number the measure's name."""
    _ = desk.words._
    if name == "other":
        return _("Everything else")
    if name.startswith("scenario/"):
        field = name.rsplit("/", 1)[1]
        scenario = desk.study.scenario(name.split("/")[1])
        return _("{rung}: {field}", rung=_(scenario.label), field=_(field.replace("_", " ")))
    return _(INPUT_WORDS.get(name, name.removeprefix("atlas/").replace("_", " ").capitalize()))


def _share_number(record: Mapping[Hashable, Any]) -> Number:
    return Number(
        f"drivers/{record['scenario']}/{record['name']}",
        N_("share of the variance explained"),
        float(record["share"]),
        "ratio",
        "computed",
        made_from=(f"ladder/{record['scenario']}/fixed/region/real_income",),
    )


def _share_cells(desk: Desk, data: pd.DataFrame, order: list[str]) -> list[list[Markup | str]]:
    names = list(dict.fromkeys(data.sort_values("rank")["name"]))
    cells: list[list[Markup | str]] = []
    for label in order:
        rows = data[data["label"] == label].set_index("name")
        scenario = str(rows["scenario"].iloc[0])
        keys = [f"drivers/{scenario}/{name}" for name in names]
        cells.append(
            [label, *(desk.number(desk.numbers[k]) if k in desk.numbers.by_key else "" for k in keys)]
        )
    return cells


def _point(label: str, kind: str, number: Number) -> dict[str, object]:
    return {"label": label, "kind": kind, **values(number)}


def values(number: Number) -> dict[str, object]:
    """Estimate and interval for a file: changes in percent, money in million USD, the unit beside them."""
    scale, unit = (100, "percent") if number.unit in ("ratio", "ratio_change") else (1, "USD million")
    ends = {"estimate": number.estimate, "low": number.low, "high": number.high}
    return {k: None if v is None else v * scale for k, v in ends.items()} | {
        "unit": unit,
        "basis": number.basis,
    }


def _model_source(desk: Desk) -> str:
    return desk.words._("Source: serai, computed from the sources listed at the end.")
