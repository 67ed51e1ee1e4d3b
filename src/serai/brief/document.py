"""The parts of a brief: prose with numbers in it, tables, charts, sections."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape as attribute
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import Markup, escape

from serai.atlas import Atlas
from serai.brief.numbers import Number, Numbers
from serai.brief.words import N_, Words, filled
from serai.draws import LEAST_DRAWS
from serai.scenario.evaluate import Evaluation
from serai.scenario.levers import Ground, Levers, levers_on
from serai.study import Study

if TYPE_CHECKING:
    from serai.brief.charts import Picture


@dataclass(frozen=True)
class Desk:
    """What a writer of sections has at hand: the results, the words, the register of numbers."""

    study: Study
    atlas: Atlas
    results: Evaluation
    words: Words
    numbers: Numbers

    @cached_property
    def atlas_parameters(self) -> frozenset[str]:
        """Names of the rows of the atlas's parameters."""
        return frozenset(self.atlas.table("parameters")["parameter"])

    @cached_property
    def levers(self) -> Levers:
        """Slopes of the region's real income by every lever."""
        return levers_on(self.ground)

    @cached_property
    def ground(self) -> Ground:
        """The base years of the first draws, for slopes."""
        return Ground.of(self.study, self.atlas, self.results.draws)

    def prose(self, message: str, **parts: object) -> Markup:
        """A translated sentence with numbers, links and names in it; everything else is escaped."""
        shown = {name: self.number(p) if isinstance(p, Number) else escape(p) for name, p in parts.items()}
        text = escape(self.words._(message))
        return Markup(filled(text, shown)) if shown else text

    def prose_n(self, one: str, many: str, count: int, **parts: object) -> Markup:
        """As `prose`, for a sentence whose form depends on a count, which is `{count}` in it."""
        shown = {name: self.number(p) if isinstance(p, Number) else escape(p) for name, p in parts.items()}
        text: str = self.words.translations.ungettext(one, many, count)
        return Markup(filled(escape(text), {"count": escape(self.words.figure(count, 0)), **shown}))

    def plain(self, number: Number) -> Markup:
        """A number without a plus sign, for sentences whose verb already says that it grows."""
        return self.number(number, signed=False)

    def number(self, number: Number, *, interval: bool = True, signed: bool | None = None) -> Markup:
        """A number as it looks everywhere: its basis decides the look, its key leads to its path."""
        main, spread = self.words.quantity(number, signed=signed, interval=interval)
        basis = self.words._(BASIS_WORDS[number.basis])
        span = Markup('<span class="num {basis}" data-key="{key}" title="{title}">{main}').format(
            basis=number.basis, key=number.key, title=f"{self.words._(number.label)} ({basis})", main=main
        )
        if spread:
            span += Markup(" <wbr><small>({spread})</small>").format(spread=spread)
        return span + Markup("</span>")

    def name(self, code: str) -> str:
        """The name of an economy or a partner in the reader's language."""
        for partner in self.study.about.partner:
            if partner.id == code:
                return self.words.economy(code, partner.name)
        return self.economy(code)

    def economy(self, code: str) -> str:
        """The name of an economy alone, whatever partners it belongs to; a code without a name stays."""
        if code == "rest":
            return self.words._("Rest of the world")
        return self.words.economy(code, self.atlas.names.get(code, code))

    def draw(self, make: Callable[[int], Any]) -> Picture:
        """A chart at both widths, its axes in the figures of the reader's language."""
        from serai.brief.charts import draw  # workers are forked before: charts would make each larger

        return draw(make, self.words.language)


def few_draws(w: Words, draws: int) -> str:
    """What a reader must know where the draws are too few for an interval; empty where they are enough."""
    if draws >= LEAST_DRAWS:
        return ""
    return w.n_(
        "Only {count} draw: that is no range of what is uncertain. Take at least {least} draws to read an interval.",
        "Only {count} draws: too few for a 5th and a 95th percentile, which are then little more than the smallest and the largest draw. Take at least {least} draws to read an interval.",
        draws,
        least=w.figure(LEAST_DRAWS, 0),
    )


def study_economies(desk: Desk) -> set[str]:
    """The economies that a study shows: those of the region and those behind its partners."""
    partners = [partner.id for partner in desk.study.about.partner]
    return {*desk.study.about.region.economies, *(c for p in partners for c in desk.results.members(p))}


BASIS_WORDS = {
    "reported": N_("reported"),
    "carried": N_("carried from another year"),
    "corrected": N_("reported, then reconciled in named steps"),
    "mirrored": N_("reported by the other side"),
    "imputed": N_("imputed"),
    "assumed": N_("assumed"),
    "estimated": N_("estimated"),
    "calibrated": N_("calibrated"),
    "computed": N_("computed by the model"),
}


def whole_dates(cell: Markup | str) -> Markup | str:
    """A cell of plain text whose dates do not break at the end of a line.

    >>> whole_dates("signed 2025-12-10"), whole_dates("in 2025")
    (Markup('signed <span class="date">2025-12-10</span>'), 'in 2025')
    """
    if isinstance(cell, Markup) or not _DATE.search(cell):
        return cell
    return Markup(_DATE.sub(r'<span class="date">\g<0></span>', str(escape(cell))))


def unbroken(text: str) -> str:
    """A text for a document whose dates do not break at the end of a line.

    >>> unbroken("2025-12-10") == "2025\N{NON-BREAKING HYPHEN}12\N{NON-BREAKING HYPHEN}10"
    True
    """
    return _DATE.sub(lambda found: found[0].replace("-", "\N{NON-BREAKING HYPHEN}"), text)


_DATE = re.compile(r"\b\d{4}-\d{2}(?:-\d{2})?\b")


@dataclass(frozen=True)
class Table:
    """A table as it is read: a header, rows of cells that may hold marked-up numbers, and its data.

    `folded` tables open on demand and are not printed; of long ones the first rows are, unless `whole`.
    `data` is what goes to `tables/<key>.csv`: plain numbers with units and bases in columns of their own.
    """

    key: str
    title: Markup | str
    header: Sequence[str]
    rows: Sequence[Sequence[Markup | str]]
    data: pd.DataFrame
    note: Markup | str = ""
    numeric: frozenset[int] = frozenset()
    folded: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Chart:
    """A picture at two widths, its table, and what a reader must know to trust it.

    `year` says what time it describes where that is not what the rest of its section describes.
    """

    key: str
    title: Markup | str
    subtitle: str
    source: str
    wide: str
    narrow: str
    alt: str
    table: Table
    note: Markup | str = ""
    year: str = ""

    def said(self, words: Words, year: str) -> Markup:
        """The line below the title: what is shown, and of which year, where the chart does not say one itself."""
        parts = {
            "subtitle": escape(self.subtitle.rstrip(".。")),
            "year": Markup('<span class="year">{}</span>').format(whole_dates(self.year or year)),
        }
        return Markup(filled(words._("{subtitle}. {year}."), parts))


@dataclass(frozen=True)
class Section:
    """One section: its finding first, then the proof."""

    id: str
    short: str
    title: str
    finding: Markup | str
    parts: Sequence[Chart | Table | Markup] = ()


@dataclass(frozen=True)
class Brief:
    """A whole brief, ready to be written."""

    title: str
    question: str
    verdict: Markup
    answer: Sequence[tuple[Markup, str]]
    sections: Sequence[Section]
    desk: Desk
    manifest: dict[str, object] = field(default_factory=dict)

    def tables(self) -> dict[str, Table]:
        """Every table by key, those behind charts included."""
        found: dict[str, Table] = {}
        for section in self.sections:
            for part in section.parts:
                table = part.table if isinstance(part, Chart) else part
                if isinstance(table, Table):
                    found[table.key] = table
        return found

    @property
    def warning(self) -> str:
        """What stands above the answer when the draws are too few for its intervals; else empty."""
        return few_draws(self.desk.words, self.desk.results.draws.count)

    def to_excel(self, out: Path | str) -> Path:
        """The brief as a workbook: the answer, every table, every number with its path, the sources."""
        from serai.brief.workbook import write_workbook

        return write_workbook(self, Path(out))

    def to_word(self, out: Path | str) -> Path:
        """The brief as a Word document: the same words, pictures and tables."""
        from serai.brief.report import write_report

        return write_report(self, Path(out))

    def _repr_html_(self) -> str:
        """The whole page inside a notebook, apart from the notebook's own style."""
        from serai.brief.write import render

        return framed(render(self), self.title)


def framed(page: str, title: str) -> str:
    """A page inside another, such as a notebook."""
    return (
        f'<iframe srcdoc="{attribute(page)}" title="{attribute(title)}" width="100%" height="800"></iframe>'
    )
