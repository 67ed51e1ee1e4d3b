"""A sweep as a page: a heat map of every outcome over two axes, lines over one; the looks of the brief."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from serai.atlas import load
from serai.brief.charts import LONG_RUN, MEDIUM_RUN, Picture, draw, whiskers
from serai.brief.charts_grid import Panel, heat_panels, lines
from serai.brief.document import Chart, Table, few_draws, framed
from serai.brief.words import N_, Words, words
from serai.brief.write import environment, inlined
from serai.errors import UnknownNameError
from serai.records.grid import GridAxis
from serai.scenario.sweep_block import OUTCOMES, REGION
from serai.scenario.sweep_files import keep_page
from serai.scenario.sweep_result import Sweep
from serai.study import Study, read_study

PAGE = "sweep.html"
RUNS = {"fixed": N_("Medium run"), "steady": N_("Long run")}
IN_PROSE = {"fixed": N_("medium run"), "steady": N_("long run")}
CHANGES = {
    "real_income": N_("Real income"),
    "real_gdp": N_("Real GDP"),
    "real_gni": N_("Real national income"),
    "gain": N_("Gain of real income"),
    "exports": N_("Exports"),
    "inward_fdi": N_("Direct investment from outside"),
}
UNITS = {"percent": N_("percent"), "USD million a year": N_("USD million a year")}
SIGNIFICANT = 3
FEWEST, MOST = 6, 17
"""Figures of a point of an axis; 17 write every number in full."""


@dataclass(frozen=True)
class SweepPage:
    """A sweep ready to be read.

    Attributes
    ----------
    finding : where the region gains most, and how much.
    sections : the title of a scenario and its charts.
    varied : what the grid sets. failures : the cells without an answer, with the reason.
    warning : what to know where the draws are few; else empty.
    """

    kicker: str
    question: str
    finding: str
    sections: Sequence[tuple[str, Sequence[Chart]]]
    varied: Table
    failures: Sequence[str]
    note: str
    warning: str
    version: str
    words: Words = field(repr=False)

    def html(self) -> str:
        """The page as one text: no file, no network."""
        found = environment(self.words)
        return found.get_template("sweep.html.j2").render(
            page=self, language=self.words.language, **inlined(found)
        )

    def _repr_html_(self) -> str:
        """The whole page inside a notebook, apart from the notebook's own style."""
        return framed(self.html(), self.kicker)


def sweep_page(
    found: Sweep, study: Study | Path | str | None = None, *, who: str = REGION, language: str = "en"
) -> SweepPage:
    """Lay a sweep out as a page.

    Parameters
    ----------
    found : what `serai.sweep` returned.
    study : the study it was made from; the reference study by default.
    who : the region, an economy of it or a partner.
    language : en, ja or ru.

    Raises
    ------
    UnknownNameError : an economy that is not in the results, or a language without a catalogue.

    Examples
    --------
    >>> import serai
    >>> found = serai.sweep(None, "union_and_borders", draws=100)  # doctest: +SKIP
    >>> Path("sweep.html").write_text(sweep_page(found).html())  # doctest: +SKIP
    """
    names = list(dict.fromkeys(found.quantiles["who"]))
    if who not in names:
        raise UnknownNameError("economy of the sweep", who, names)
    inputs = study if isinstance(study, Study) else read_study(study)
    writer = _Writer(found, inputs, who, words(language))
    w, made = writer.words, found.manifest
    of_grid = w._("{cells} cells, {draws} draws each", cells=len(found.grid.cells), draws=made["draws"])
    return SweepPage(
        kicker=f"{w._(inputs.about.title)}: {w._(found.grid.title)}",
        question=w._(found.grid.question),
        finding=writer.finding("real_income", found.grid.scenarios),
        sections=[(writer.scenario(s), writer.charts(s)) for s in found.grid.scenarios],
        varied=writer.varied(),
        failures=[str(failure) for failure in found.failures],
        note=f"{of_grid}. {found.cite()}.",
        warning=few_draws(w, made["draws"]),
        version=str(made["version"]),
        words=w,
    )


def write_sweep_page(page: SweepPage, folder: Path) -> Path:
    """Write the page beside the results of its sweep, under the name that `serai verify` knows."""
    return keep_page(folder, PAGE, page.html().encode())


@dataclass(frozen=True)
class _Writer:
    """A sweep, the names in it and the reader's language."""

    found: Sweep
    study: Study
    who: str
    words: Words

    @property
    def axes(self) -> tuple[GridAxis, ...]:
        return self.found.grid.axis

    def name(self) -> str:
        if self.who == REGION:
            return self.words._(self.study.about.region.name)
        partner = {p.id: p.name for p in self.study.about.partner}
        known = load(self.study.tables).names
        return self.words.economy(self.who, partner.get(self.who, known.get(self.who, self.who)))

    def scenario(self, name: str) -> str:
        return self.words._(self.study.scenario(name).title)

    def rows(self, outcome: str, scenarios: Sequence[str]) -> pd.DataFrame:
        """What is shown: one outcome of one economy."""
        rows = self.found.quantiles
        return rows[
            (rows["outcome"] == outcome) & (rows["who"] == self.who) & rows["scenario"].isin(scenarios)
        ]

    def finding(self, outcome: str, scenarios: Sequence[str]) -> str:
        """Between which ends the medians of an outcome lie, and where the largest is."""
        _, rows = self.words._, self.rows(outcome, scenarios).dropna(subset=["estimate"])
        what, unit = _(CHANGES[outcome]), _(UNITS[OUTCOMES[outcome]])
        if rows.empty:
            return _("{what} of {name}: no cell has an answer", what=what, name=self.name())
        digits = _digits(rows)
        best = rows.iloc[int(rows["estimate"].to_numpy().argmax())]
        low, high = (
            self.words.figure(v, digits, signed=True)
            for v in (rows["estimate"].min(), rows["estimate"].max())
        )
        place = ", ".join(f"{axis.name} {self.point(axis, best[axis.name])}" for axis in self.axes)
        run = _(IN_PROSE[str(best["wealth"])])
        where = [self.scenario(str(best["scenario"])), run] if len(scenarios) > 1 else [run]
        return _(
            "{what} of {name}: {low} to {high} {unit}, the most at {place} ({run})",
            what=what,
            name=self.name(),
            low=low,
            high=high,
            unit=unit,
            place=place,
            run=self.words.series(where),
        )

    def point(self, axis: GridAxis, value: float | str) -> str:
        """A point of an axis as it is labelled."""
        if axis.labels:
            return self.words._(str(value))
        return _told_apart(self.words, axis.values)[float(value)]

    def charts(self, scenario: str) -> list[Chart]:
        return [self.chart(scenario, outcome) for outcome in OUTCOMES]

    def chart(self, scenario: str, outcome: str) -> Chart:
        """One outcome over the grid: panels for each closure and each point of a third axis."""
        _, rows = self.words._, self.rows(outcome, [scenario])
        key = f"{scenario}_{outcome}"
        digits = _digits(rows)
        shown = pd.DataFrame([{**row, **self.said(row, digits)} for row in rows.to_dict("records")])
        picture = self.picture(shown, _(UNITS[OUTCOMES[outcome]]))
        parts = [_("Change in {unit}", unit=_(UNITS[OUTCOMES[outcome]])), self.how()]
        return Chart(
            key,
            self.finding(outcome, [scenario]),
            "; ".join(parts),
            _("Source: serai, computed from the study and its grid. {cite}.", cite=self.found.cite()),
            picture.wide,
            picture.narrow,
            _("Heat map") if len(self.axes) > 1 else _("Values along an axis"),
            self.table(key, scenario, outcome, shown),
            year=self.scenario(scenario),
        )

    def how(self) -> str:
        """How to read the chart."""
        _, draws = self.words._, self.found.manifest["draws"]
        if len(self.axes) > 1:
            return _(
                "median of {draws} draws; 5th to 95th percentile in small figures where there is room, where a pointer rests, and in the table; blue: a gain, red: a loss, white: none, grey: no answer",
                draws=draws,
            )
        return _("dot: median of {draws} draws; band or line: 5th to 95th percentile", draws=draws)

    def said(self, row: Mapping[Any, Any], digits: int) -> dict[str, str]:
        """A cell in words: its median, its interval, both with where it stands."""
        run = self.words._(RUNS[str(row["wealth"])])
        place = ", ".join(f"{axis.name} {self.point(axis, row[axis.name])}" for axis in self.axes)
        low, middle, high = (float(row[c]) for c in ("low", "estimate", "high"))
        if not math.isfinite(middle):
            none = self.words._("no answer")
            return {"text": none, "spread": "", "tip": f"{place}, {run}: {none}", "kind": run}
        text = self.words.figure(middle, digits, signed=True)
        spread = self.words._(
            "{low} to {high}", low=self.words.figure(low, digits), high=self.words.figure(high, digits)
        )
        return {"text": text, "spread": spread, "tip": f"{place}, {run}: {text} ({spread})", "kind": run}

    def picture(self, shown: pd.DataFrame, unit: str) -> Picture:
        """The chart that fits the number of axes."""
        _, (first, *others) = self.words._, self.axes
        title, language = _(first.title), self.words.language
        kinds = [_(RUNS[wealth]) for wealth in self.found.grid.wealth]
        if others:
            second = others[0]
            panels = [
                Panel(", ".join(names), self.placed(rows, second)) for names, rows in self.panels(shown)
            ]
            points = [[self.point(axis, p) for p in _points(axis)] for axis in (first, second)]
            make = heat_panels(panels, rows=points[0], columns=points[1], down=title, across=_(second.title))
            return draw(make, language, tips=True)
        if first.labels:
            order = [self.point(first, point) for point in first.points]
            table = shown.assign(label=[self.point(first, p) for p in shown[first.name]])
            colours = dict(zip(kinds, (MEDIUM_RUN, LONG_RUN), strict=False))
            return draw(whiskers(table, order=order, axis_title=unit, kinds=colours), language)
        table = shown.assign(place=shown[first.name].astype(float))
        return draw(lines(table, order=kinds, across=title, unit=unit), language, tips=True)

    def panels(self, shown: pd.DataFrame) -> list[tuple[list[str], pd.DataFrame]]:
        """A panel for each closure and each point of the third and further axes: its names and its rows."""
        further = self.axes[2:]
        found: list[tuple[list[str], pd.DataFrame]] = []
        for wealth, points in product(self.found.grid.wealth, product(*map(_points, further))):
            rows = shown[shown["wealth"] == wealth]
            names = [self.words._(RUNS[wealth])]
            for axis, point in zip(further, points, strict=True):
                rows = rows[rows[axis.name] == point]
                names.append(f"{axis.name} {self.point(axis, point)}")
            found.append((names, rows))
        return found

    def placed(self, rows: pd.DataFrame, second: GridAxis) -> pd.DataFrame:
        first = self.axes[0]
        return rows.assign(
            row=[self.point(first, point) for point in rows[first.name]],
            column=[self.point(second, point) for point in rows[second.name]],
        )[["row", "column", "estimate", "text", "spread", "tip"]]

    def table(self, key: str, scenario: str, outcome: str, shown: pd.DataFrame) -> Table:
        """The cells that the picture shows; the download has every economy."""
        _, every = self.words._, self.found.quantiles
        data = every[(every["scenario"] == scenario) & (every["outcome"] == outcome)]
        named = [axis.name for axis in self.axes]
        cells = [
            [
                *(self.point(axis, row[axis.name]) for axis in self.axes),
                *(str(row[c]) for c in ("kind", "text", "spread", "solved")),
            ]
            for row in shown.to_dict("records")
        ]
        header = [*named, _("Closure"), _("Median"), _("5th to 95th percentile"), _("Draws with an answer")]
        right = range(len(named) + 1, len(header))
        title = f"{_(CHANGES[outcome])}, {self.name()}, {_(UNITS[OUTCOMES[outcome]])}"
        return Table(key, title, header, cells, data, numeric=frozenset(right), whole=True)

    def varied(self) -> Table:
        """What the grid sets, and to what."""
        _, grid = self.words._, self.found.grid
        rows = [
            [axis.name, _(axis.title), effect, "; ".join(told[v] for v in values)]
            for axis in grid.axis
            for effect, values in axis.moved.items()
            for told in [_told_apart(self.words, values)]
        ]
        same = (_("held"), _("the same in every cell"))
        rows += [[*same, name, self.words.shortest(value)] for name, value in grid.hold.items()]
        data = pd.DataFrame(rows, columns=["axis", "title", "effect", "values"])
        header = [_("Axis"), _("What it is"), _("Effect"), _("Values")]
        note = _(
            "What the grid sets is exact; everything else keeps its range and is drawn. All cells see the same draws."
        )
        return Table("varied", _("What was varied"), header, rows, data, note=note, whole=True)


def _points(axis: GridAxis) -> Sequence[float | str]:
    """The points of an axis as they stand in the results."""
    return axis.labels or axis.values


@cache
def _told_apart(words: Words, values: tuple[float, ...]) -> dict[float, str]:
    """The text of each value: no more figures than it takes to tell the values apart."""
    texts: dict[float, str] = {}
    for figures in range(FEWEST, MOST + 1):
        texts = {value: words.shortest(value, figures) for value in values}
        if len(set(texts.values())) == len(texts):
            break
    return texts


def _digits(rows: pd.DataFrame) -> int:
    """Decimals that give the largest figure, of the medians and the ends, its significant figures."""
    largest = float(rows[["low", "estimate", "high"]].abs().max().max())
    if not largest > 0:
        return 0
    return min(6, max(0, SIGNIFICANT - 1 - math.floor(math.log10(largest))))
