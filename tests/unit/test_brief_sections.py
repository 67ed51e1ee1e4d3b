"""The page as a reader meets it: eight sections, each opened by its finding; every chart complete."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from markupsafe import Markup

from serai.brief.chapters import CHAPTERS, chapters, in_order
from serai.brief.document import BASIS_WORDS, Brief, Chart, Section
from serai.brief.numbers import Numbers
from serai.brief.sections import corridors as corridors_module
from serai.brief.sections.claims import claims_section
from serai.brief.sections.ladder import input_words
from serai.brief.write import render
from serai.records.claim import Claim
from serai.scenario.coupling import Coupling, bottlenecks, exact_values, link_values

EIGHT = ("programme", "integration", "corridors", "partners", "broker", "ledger", "claims", "sources")
UNITS = re.compile(r"percent|%|USD|tonnes|log |share|Share|from 0 to 1|schedule|years?\b", re.IGNORECASE)
STYLE = Path(__file__).parents[2] / "src" / "serai" / "brief" / "templates" / "style.css"


@pytest.fixture(scope="module")
def page(brief: Brief) -> str:
    return render(brief)


def test_the_eight_sections_stand_in_order_and_in_the_navigation(page: str) -> None:
    numbered = re.findall(r'<section id="(\w+)"[^>]*>\s*<p class="count" aria-hidden="true">(\d)</p>', page)
    assert numbered == [(name, str(n)) for n, name in enumerate(EIGHT, start=1)]
    nav = page.split("<nav", 1)[1].split("</nav>")[0]
    assert re.findall(r'href="#(\w+)"', nav) == ["answer", "summit", *EIGHT]
    assert page.index('id="answer"') < page.index('id="summit"') < page.index('id="programme"')


def test_every_section_and_every_part_opens_with_its_finding(page: str, brief: Brief) -> None:
    opened = re.findall(
        r'<section id="(\w+)"[^>]*>(?:\s*<p class="count"[^>]*>\d</p>)?\s*<h[23][^>]*>[^<].*?</h[23]>\s*'
        r'<p class="finding">(.+?)</p>',
        page.split("</section>", 1)[1],  # the answer comes first and is its own finding
        re.DOTALL,
    )
    assert [name for name, _finding in opened] == [section.id for section in brief.sections]
    for name, finding in opened:
        assert len(re.sub(r"<[^>]+>", "", finding)) > 30, name


def test_every_written_part_has_a_place_among_the_eight(brief: Brief) -> None:
    placed = {name for group in CHAPTERS for name in group} | {"summit", "missing"}
    assert {section.id for section in brief.sections} <= placed
    made = chapters(brief.sections)
    assert [chapter.number for chapter in made] == [None, 1, 2, 3, 4, 5, 6, 7, 8]


def test_a_part_without_a_place_comes_before_the_sources() -> None:
    parts = [Section(name, "", "", "") for name in ("sources", "odd", "ledger")]
    assert [section.id for section in in_order([*parts, None])] == ["ledger", "odd", "sources"]


class Figures(HTMLParser):
    """What each chart of a page has, by its id."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self.open: list[str] = []
        self.into = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "figure" and given.get("class") == "chart":
            self.open = [given["id"]]
            self.found[given["id"]] = {}
        if not self.open:
            return
        chart = self.found[self.open[0]]
        if tag in ("h3", "h4", "figcaption") or given.get("class") in ("subtitle", "year"):
            self.into = given.get("class", "") if tag in ("p", "span") else tag[0].replace("f", "source")
        if tag == "table":
            chart["table"] = "yes"
        if tag == "a" and "download" in given:
            chart[given["download"].rsplit(".", 1)[1]] = given["href"][:40]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("h3", "h4", "figcaption", "p", "span") and self.into != "year":
            self.into = "" if tag != "span" else self.into
        elif self.into == "year" and tag == "span":
            self.into = ""
        if tag == "figure":
            self.open = []

    def handle_data(self, data: str) -> None:
        if self.open and self.into:
            chart = self.found[self.open[0]]
            chart[self.into] = chart.get(self.into, "") + data


def test_every_chart_says_finding_unit_year_and_source_with_table_and_downloads(page: str) -> None:
    charts = Figures(page).found
    assert len(charts) >= 12
    for name, chart in charts.items():
        assert len(chart["h"].strip()) > 15, f"{name}: a title that says something"
        assert UNITS.search(chart["subtitle"]), f"{name}: no unit in “{chart['subtitle']}”"
        assert re.search(r"\b(19|20)\d\d\b", chart["year"]), f"{name}: no year"
        assert re.match(r"Source|Shapes", chart["source"].strip()), f"{name}: {chart['source'][:60]}"
        assert chart["table"] == "yes", f"{name}: no table"
        assert chart["csv"].startswith("data:text/csv"), name
        assert chart["svg"].startswith("data:image/svg"), name


def test_the_legend_shows_every_basis_and_those_that_are_guessed_look_different(page: str) -> None:
    legend = page.split('id="legend"', 1)[1].split("</figure>")[0]
    style = STYLE.read_text(encoding="utf-8")
    for basis in BASIS_WORDS:
        assert f'class="num {basis}"' in legend, basis
    rules = {
        basis: re.search(rf"\.num\.{basis}[^{{]*{{([^}}]*)}}", style)
        for basis in ("imputed", "assumed", "estimated", "carried", "computed")
    }
    looks = {basis: rule[1].strip() for basis, rule in rules.items() if rule}
    assert len(set(looks.values())) == len(looks) == len(rules)
    assert 'href="#legend"' in page.split("</section>")[0], "the legend is one click from the answer"


def test_long_tables_are_printed_by_their_first_rows_and_say_where_the_rest_is(page: str) -> None:
    notes = re.findall(r'<p class="print">The first 12 of (\d+) rows; all are in tables/(\w+)\.csv</p>', page)
    assert {name for _count, name in notes} >= {"assumptions", "sources"}
    assert all(int(count) > 14 for count, _name in notes)
    assert page.count('<table class="long">') == len(notes)
    claims = page.split('id="table-claims"')[1].split("</table>")[0]
    assert claims.count("<tr>") == 21
    assert "long" not in claims.split(">", 2)[1]


def test_the_doubt_is_traced_to_an_input_with_a_name_and_its_share(brief: Brief) -> None:
    chart = _chart(brief, "drivers")
    headline = brief.desk.study.about.settings.headline
    rows = chart.table.data.query("scenario == @headline and name != 'other'")
    first = rows.loc[rows["share"].idxmax()]
    title = Markup(chart.title).striptags()
    assert input_words(brief.desk, first["name"]) in title
    assert brief.desk.words.quantity(brief.desk.numbers[f"drivers/{headline}/{first['name']}"])[0] in title
    assert ("most of the doubt" in title.lower()) == (first["share"] > 0.5)


def test_the_finding_on_corridors_gives_what_its_ranking_is_by(brief: Brief) -> None:
    section = next(section for section in brief.sections if section.id == "corridors")
    rows = _chart(brief, "bottlenecks").table.data.query("kind == 'whole'")
    top = rows.loc[rows["estimate"].idxmax(), "name"]
    keys = re.findall(r'data-key="([^"]+)"', str(section.finding))
    assert len(keys) == 3
    desk = brief.desk
    world = Coupling.of(desk.study, desk.atlas, desk.levers.transport)
    posts = dict(zip(*bottlenecks(desk.levers.transport), strict=True))
    gain = exact_values(link_values(world, desk.study.about.region.economies), [posts[top]])[0]
    number = desk.numbers[f"corridors/{top}/exact"]
    assert number.estimate == pytest.approx(gain, rel=1e-9)
    said = Markup(section.finding).striptags().split("the region would gain ")[1]
    assert said.startswith(desk.words.quantity(number)[0])
    assert gain > rows["estimate"].max(), "goods that change their route add to the slope"
    assert all(top in key.replace("&gt;", ">").replace("&#39;", "'") for key in keys), (top, keys)


def test_the_link_that_gains_most_is_told_by_figures_that_differ(brief: Brief) -> None:
    def told(today: list[float], after: list[float]) -> str:
        table = pd.DataFrame({"link": ["a", "b"][: len(today)], "today": today, "traffic": after})
        return corridors_module._where_more_travels(brief.desk, table, {})

    assert told([0.2, 3], [0.45, 3]) == "a: from 0.2 to 0.5 million tonnes a year, the largest gain"
    assert told([31, 900], [87, 900.4]) == "a: from 31 to 87 million tonnes a year, the largest gain"
    assert told([5.1, 2], [5.1, 1]) == told([], []) == "No link of the region would carry more"


def test_the_claims_say_nothing_of_verdicts_that_there_are_not(brief: Brief) -> None:
    plain = {"conditions": (), "magnitude_only": "", "not_testable": "", "number": None, "figures": {}}
    tested = next(claim for claim in brief.desk.study.claims if claim.not_testable and not claim.figures)
    untested = tested.model_copy(update={**plain, "id": "C0", "finding": ""})

    def finding(*claims: Claim) -> str:
        numbers = Numbers(dict(brief.desk.numbers.by_key), dict(brief.desk.numbers.nodes))
        study = replace(brief.desk.study, claims=claims)
        section = claims_section(replace(brief.desk, study=study, numbers=numbers))
        assert section is not None
        return Markup(section.finding).striptags()

    assert "1 not testable, 1 not yet tested." in finding(tested, untested)
    assert finding(tested).endswith("and 1 not testable.")


def test_tables_name_sectors_steps_and_facts_in_words(brief: Brief) -> None:
    tables = brief.tables()
    for key in ("gaps", "steps", "conflicts"):
        for row in tables[key].rows:
            for cell in row[1:] if key == "gaps" else row[:1]:
                text = Markup(cell).striptags()
                assert not re.search(r"[a-z]\.[a-z]|[a-z][A-Z]|Re-exports of [a-z]", text), (key, text)
    assert not re.search(r"[a-z][A-Z]", str(tables["gaps"].note))


def _chart(brief: Brief, key: str) -> Chart:
    parts = (part for section in brief.sections for part in section.parts)
    return next(part for part in parts if isinstance(part, Chart) and part.key == key)
