"""Catalogues: complete, with the same names in braces. Pages in other languages: whole, the same figures."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pandas as pd
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from markupsafe import Markup

from serai.atlas import load, reconcile
from serai.brief.charts import draw, whiskers
from serai.brief.document import Brief, Desk, whole_dates
from serai.brief.labels import MOST_LABEL, NARROW, WIDE, legend_above, row_height, text_width, two_lines
from serai.brief.numbers import Number
from serai.brief.said import said
from serai.brief.words import LANGUAGES, catalogue_folder, filled, words
from serai.brief.write import data, render
from serai.broker import lenders
from serai.executors import one_thread
from serai.leverage import Leverage
from serai.pipeline import tell
from serai.programme import candidates
from serai.programme.plan import Plan

OTHERS = [language for language in LANGUAGES if language != "en"]
NAME = re.compile(r"{(\w+)}")
SCALES = {
    "en": {"USD": 1.0, "bn": 1000.0, "%": 0.01},
    "ja": {"百万ドル": 1.0, "億ドル": 100.0, "%": 0.01},
    "ru": {"млн долл.": 1.0, "млрд долл.": 1000.0, "%": 0.01},
}


def catalogue(language: str) -> Catalog:
    with (catalogue_folder() / language / "LC_MESSAGES" / "serai.po").open("rb") as stream:
        return read_po(stream, locale=language)


def forms(text: object) -> list[str]:
    return [text] if isinstance(text, str) else [str(form) for form in text or ()]  # type: ignore[attr-defined]


def messages(language: str) -> Iterator[Message]:
    return (message for message in catalogue(language) if message.id)


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_has_a_translation_that_somebody_made(language: str) -> None:
    found = catalogue(language)
    plural = found.num_plurals
    assert plural == {"ja": 1, "ru": 3}[language]
    missing = [
        message.id
        for message in messages(language)
        if not all(forms(message.string))
        or len(forms(message.string)) != (1 if isinstance(message.id, str) else plural)
    ]
    assert missing == []
    assert [message.id for message in messages(language) if message.fuzzy] == []
    with (catalogue_folder() / "serai.pot").open("rb") as stream:
        template = read_po(stream)
    assert {str(m.id) for m in template if m.id} <= {str(m.id) for m in messages(language)}


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_names_spaces_and_tags(language: str) -> None:
    for message in messages(language):
        one = forms(message.id)[-1]
        for text in forms(message.string):
            assert set(NAME.findall(text)) == set(NAME.findall(one)), one
            assert text.count("{") == text.count("}") == len(NAME.findall(text)), one
            assert not set("<>") & (set(text) - set(one)), f"a tag in the translation of {one!r}"
            assert "&amp;" not in text
            assert one in (", ", "; ") or text[:1].isspace() == one[:1].isspace(), one


def test_figures_are_those_of_the_language() -> None:
    ja, ru = words("ja"), words("ru")
    assert ru.figure(-1234.5, 1) == "\N{MINUS SIGN}1\N{NO-BREAK SPACE}234,5"
    assert ja.figure(1234.5, 1, signed=True) == "+1,234.5"
    assert [ru.n_("in {count} day", "in {count} days", n) for n in (1, 2, 5, 21)] == [
        "через 1 день",
        "через 2 дня",
        "через 5 дней",
        "через 21 день",
    ]
    assert ja.n_("in {count} day", "in {count} days", 3) == "あと3日"
    assert words().n_("in {count} day", "in {count} days", 1) == "in 1 day"
    assert ru.listing(["A", "B", "C"]) == "A, B и C"
    assert ja.listing(["A", "B", "C"]) == "A、B、C"
    assert words().trimmed(1200, 0) == "1,200"
    assert (ru.trimmed(0.25, 3), ru.shortest(1234.5)) == ("0,25", "1\N{NO-BREAK SPACE}234,5")


def test_money_is_counted_as_the_language_counts() -> None:
    number = Number("", "", 1294.0, "usd_million", "computed", 546.0, 2898.0)
    assert words("ja").quantity(number) == ("13億ドル", "5～29")
    assert words("ru").quantity(number) == ("1,3 млрд долл.", "от 0,5 до 2,9")
    small = Number("", "", 228.4, "usd_million", "computed", 39.0, 636.0)
    assert words("ja").quantity(small) == ("228百万ドル", "39～636")


def test_axes_are_written_as_in_the_language() -> None:
    table = pd.DataFrame([{"label": "日本", "kind": "a", "estimate": 0.5, "low": 0.1, "high": 1.1}])
    make = whiskers(table, order=["日本"], axis_title="")
    assert ">0,4<" in draw(make, "ru").wide
    assert ">0.4<" in draw(make, "ja").wide


@pytest.mark.parametrize(("width", "columns"), [(WIDE, 2), (NARROW, 1)])
def test_a_legend_starts_at_the_edge_of_the_picture_and_has_as_many_columns_as_fit(
    width: int, columns: int
) -> None:
    room = 120
    many = ["долгосрочно (богатство подстраивается)"] * 4
    assert legend_above(many, width, room).to_dict()["columns"] == columns
    assert legend_above(["a", "b", "c"], width, room).to_dict()["columns"] == 3
    assert legend_above(many, width, room).to_dict()["legendX"] == -room
    rows = len(many) // columns
    assert legend_above(many, width, room).to_dict()["legendY"] < -rows * 12


def test_rows_are_higher_where_a_label_takes_more_lines() -> None:
    short, long = ["Japan", "Korea"], ["Japan", "Outsiders, with more controls"]
    assert row_height(short, NARROW) < row_height(long, NARROW)
    assert row_height(short, WIDE) == row_height(long, WIDE)


def test_a_value_that_ends_with_a_stop_takes_the_place_of_the_stop_of_its_sentence() -> None:
    assert filled("Цель: {sum}.", {"sum": "19 млрд долл."}) == "Цель: 19 млрд долл."
    assert filled("Цель: {sum}.", {"sum": "<b>19 долл.</b>"}) == "Цель: <b>19 долл.</b>"
    assert filled("Цель: {sum}, не больше.", {"sum": "19 долл."}) == "Цель: 19 долл., не больше."
    assert filled("To {end}...", {"end": "etc."}) == "To etc...."
    assert filled("Of {count}.", {"count": 3}) == "Of 3."


def test_dates_of_cells_stay_whole() -> None:
    assert whole_dates("from 2025-12 on") == Markup('from <span class="date">2025-12</span> on')
    link = Markup('<a href="/2025-12-19">x</a>')
    assert whole_dates(link) == link
    assert "&lt;" in whole_dates("<2025-12-19>")


def test_places_have_names_in_the_language() -> None:
    assert words("ja").place("Alashankou - Dostyk (rail)") == "阿拉山口 – ドスティク (鉄道)"
    assert words("ru").place("Almaty, change of mode") == "Алматы, смена вида транспорта"
    assert words().place("Almaty, rail") == "Almaty, rail"
    assert words().place("Khorgos - Altynkol (rail)") == "Khorgos – Altynkol (rail)"
    assert words("ru").place("Svinesund (road)") == "Svinesund (автодорога)"


def test_names_of_economies_are_those_of_cldr_unless_the_table_says_otherwise() -> None:
    assert words("ru").economy("KAZ", "Kazakhstan") == "Казахстан"
    assert words("ru").economy("KGZ", "Kyrgyzstan") == "Кыргызстан"
    assert words("ja").economy("USA", "United States") == "米国"
    assert words().economy("TUR", "Türkiye") == "Türkiye"
    names = load().names
    for language in OTHERS:
        shown = {code: words(language).economy(code, name) for code, name in names.items()}
        assert [code for code, name in shown.items() if re.search("[A-Za-z]", name)] == []
        assert len(set(shown.values())) == len(shown)


def test_reasons_of_the_base_year_are_said_in_the_language() -> None:
    for step in reconcile(load()).steps:
        for language in OTHERS:
            text = said(words(language), step.reason)
            assert text != step.reason
            assert "{" not in text
            figures = [float(x.replace(",", "")) for x in re.findall(r"\d[\d,.]*\d|\d", step.reason)]
            shown = re.findall(r"\d+(?:[,.\N{NO-BREAK SPACE}]\d+)*", text)
            assert len(figures) == len(shown), text


def test_words_travel_between_processes_by_the_name_of_their_language() -> None:
    for language in LANGUAGES:
        assert pickle.loads(pickle.dumps(words(language))) is words(language)


def test_a_label_is_broken_between_characters_of_japanese_and_words_of_russian() -> None:
    room = MOST_LABEL[NARROW] - 24
    for label in ("日本の投資円滑化を加えた場合の効果", "Единый рынок: ВТО для всех"):
        lines = two_lines(label, room)
        assert len(lines) == 2
        assert "".join(lines).replace(" ", "") == label.replace(" ", "")
        assert max(map(text_width, lines)) <= room
    assert text_width("日本") > text_width("Japan") / 2


@pytest.fixture(scope="module")
def briefs(told: tuple[Brief, Plan | None, Leverage]) -> dict[str, Brief]:
    """The brief of the tests in every language, from the same results."""
    brief, *found = told
    desk, world = brief.desk, reconcile(brief.desk.atlas)
    with one_thread():
        others = {
            language: tell(desk.study, desk.atlas, desk.results, world, language, lambda: tuple(found))
            for language in OTHERS
        }
    return {"en": brief, **others}


@pytest.fixture(scope="module")
def pages(briefs: dict[str, Brief]) -> dict[str, str]:
    return {language: render(made) for language, made in briefs.items()}


class Text(HTMLParser):
    """Texts of a page with whether they are marked as English; numbers by key; tags that stay open."""

    VOID = frozenset(
        ("meta", "link", "br", "wbr", "img", "path", "rect", "circle", "line", "use", "input", "stop")
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, bool, str]] = []
        self.texts: list[tuple[bool, str]] = []
        self.numbers: dict[str, str] = {}
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        english = bool(self.open and self.open[-1][1]) or (tag != "html" and given.get("lang") == "en")
        for name in ("title", "aria-label"):
            if given.get(name):
                self.texts.append((english, str(given[name])))
        if tag not in self.VOID:
            key = given.get("data-key") or (self.open[-1][2] if self.open and tag != "small" else "")
            self.open.append((tag, english, key))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop()[0] != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] in ("script", "style"):
            return
        self.texts.append((bool(self.open and self.open[-1][1]), data))
        key = self.open[-1][2] if self.open else ""
        if key:
            self.numbers.setdefault(key, data.strip())


def read(page: str) -> Text:
    text = Text()
    text.feed(page)
    text.close()
    return text


def value(shown: str, language: str) -> tuple[float, float]:
    """A number as it is shown, and half a unit of its last digit."""
    scales = [scale for unit, scale in SCALES[language].items() if unit in shown]
    figure = re.search(r"[\d\N{NO-BREAK SPACE},.]*\d", shown)
    assert figure, shown
    plain = figure[0].replace("\N{NO-BREAK SPACE}", "")
    plain = plain.replace(",", ".") if language == "ru" else plain.replace(",", "")
    scale = max(scales, default=1.0) if "%" not in shown else 0.01
    half = 0.5 * 10.0 ** -len(plain.partition(".")[2])
    sign = -1 if "\N{MINUS SIGN}" in shown else 1
    return sign * float(plain) * scale, half * scale


def test_pages_are_whole(pages: dict[str, str]) -> None:
    for language, page in pages.items():
        assert f'<html lang="{language}">' in page
        assert read(page).wrong == [], language


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figures_of_a_page_are_those_of_the_numbers(
    language: str, pages: dict[str, str], briefs: dict[str, Brief]
) -> None:
    english = data(briefs["en"])["numbers"]
    shown = read(pages[language]).numbers
    assert len(shown) > 500
    assert set(shown) == set(read(pages["en"]).numbers)
    for key, text in shown.items():
        number = english[key]
        if number["estimate"] is None:
            continue
        figure, half = value(text, language)
        large = language == "ja" and "億" in text
        assert figure == pytest.approx(number["estimate"], abs=half * (10.1 if large else 1.01)), (key, text)


@pytest.mark.parametrize("language", OTHERS)
def test_the_axes_of_charts_are_written_as_in_the_language(language: str, pages: dict[str, str]) -> None:
    axes = re.findall(r"<text[^>]*>\N{MINUS SIGN}?(\d+[.,]\d{1,2})</text>", pages[language])
    assert len(axes) > 10
    mark = {"ja": ".", "ru": ","}[language]
    assert [axis for axis in axes if mark not in axis] == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_english_is_left_but_titles_of_records_and_sources(
    language: str, pages: dict[str, str], briefs: dict[str, Brief]
) -> None:
    known = own_words(briefs["en"].desk)
    assert [found for found in english(pages[language]) if not known(found)] == []


def english(page: str) -> list[str]:
    """Runs of three English words and more in the texts of a page."""
    run = re.compile(r"[A-Za-z][A-Za-z'’-]+(?:[ ,]+[A-Za-z][A-Za-z'’-]+){2,}…?")
    return [found for _marked, text in read(page).texts for found in run.findall(text)]


def own_words(desk: Desk) -> Callable[[str], bool]:
    """Does a text stand in a record of the study or in a source card? Pages show those as they are."""
    study = desk.study
    rows = [row.model_dump(mode="json") for table in RECORDS for row in getattr(study.records, table)]
    cards = [[card.title, card.producer, card.licence] for card in desk.atlas.sources.values()]
    lenders_ = [lender.name for lender in lenders(study)]
    projects = [project.name for project in candidates(study)[0]]
    ties = study.path / "ties.csv"
    noted = ties.read_text(encoding="utf-8") if ties.exists() else ""
    texts = plain(json.dumps([rows, cards, lenders_, projects, noted, ALLOWED], ensure_ascii=False))

    def found(text: str) -> bool:
        whole = plain(text.removesuffix("…"))
        whole = whole.rsplit(" ", 1)[0] if text.endswith("…") else whole
        return whole in texts or all(plain(part) in texts for part in text.removesuffix("…").split(", "))

    return found


def plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip()


RECORDS = ("projects", "commitments", "milestones", "reports", "meetings", "formats", "assessments")
ALLOWED = (
    "OpenStreetMap contributors, ODbL",
    "Maritz and Jarrett",
    "Larch, Piermartini, Yotov",
    "RCEP",
    "places, links, crossings",
)
"""Names that stay as they are in every language."""
