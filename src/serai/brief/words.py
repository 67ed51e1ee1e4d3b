"""Words and figures in the reader's language: gettext catalogues and CLDR formats."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path

from babel import Locale
from babel.core import get_global
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

from serai.brief.numbers import Number
from serai.errors import UnknownNameError

LANGUAGES = ("en", "ja", "ru")
DOMAIN = "serai"
MINUS = "\N{MINUS SIGN}"
_ENDS_WITH_STOP = re.compile(r"\.(?:</\w+>)*$")
_IN_BRACKETS = re.compile(r"(.+) \(([^()]+)\)")


def catalogue_folder() -> Path:
    """Where the catalogues are: `<language>/LC_MESSAGES/serai.po`, and the template `serai.pot`."""
    return Path(str(resources.files("serai") / "brief" / "locale"))


@dataclass(frozen=True)
class Words:
    """One language. `_` translates a sentence; the other methods write figures."""

    language: str
    translations: NullTranslations

    def __reduce__(self) -> tuple[Callable[[str], Words], tuple[str]]:
        """A language travels between processes by its name: its catalogue is where serai is."""
        return words, (self.language,)

    def _(self, message: str, **values: object) -> str:
        """A message in the reader's language, with its `{names}` filled in."""
        text: str = self.translations.ugettext(message) if message else ""
        return filled(text, values) if values else text

    def n_(self, one: str, many: str, count: int, **values: object) -> str:
        """A message whose form depends on a count, which is `{count}` in it (Russian has three forms)."""
        text: str = self.translations.ungettext(one, many, count)
        return text.format(count=self.figure(count, 0), **values)

    def listing(self, items: Sequence[str]) -> str:
        """`a, b and c`."""
        return format_list(list(items), locale=self.language) if items else ""

    def series(self, items: Sequence[str]) -> str:
        """`a, b, c`: side by side, without a word before the last."""
        return self._(", ").join(items)

    def economy(self, code: str, name: str) -> str:
        """The name of an economy: `name` in English, else by CLDR unless `locale/names.csv` says otherwise.

        >>> words("ru").economy("KGZ", "Kyrgyzstan"), words("ja").economy("KGZ", "Kyrgyzstan")
        ('Кыргызстан', 'キルギス')
        """
        if self.language == "en":
            return name
        found = _own_names().get((self.language, code)) or _territory(self.language, code)
        return found or self._(name)

    def place(self, title: str) -> str:
        """A place, a border crossing or a link by `locale/places.csv`; a place that is not in it keeps its name.

        >>> words("ru").place("Alashankou - Dostyk (rail)")
        'Алашанькоу – Достык (железная дорога)'
        """
        return self._place(title).replace(" - ", " \N{EN DASH} ")

    def _place(self, title: str) -> str:
        if self.language == "en" or not title:
            return title
        known = _places(self.language)
        if title in known:
            return known[title]
        inner = _IN_BRACKETS.fullmatch(title)
        if inner:
            return f"{self._place(inner[1])} ({self._place(inner[2])})"
        for between in (", ", " - ", " / ", "/"):
            if between in title:
                return between.join(self._place(part) for part in title.split(between))
        return self._(title)

    def date(self, day: date) -> str:
        """A day in full, as a reader writes it; in English as ISO 8601."""
        return day.isoformat() if self.language == "en" else format_date(day, "long", locale=self.language)

    def figure(self, value: float, digits: int, *, signed: bool = False) -> str:
        """A decimal number with a fixed number of digits after the point (below zero: rounded before it)."""
        if not math.isfinite(value):
            return self._("not known")
        pattern = "#,##0" + "." * (digits > 0) + "0" * digits
        text = str(
            format_decimal(abs(round(value, digits)), format=pattern, locale=Locale.parse(self.language))
        )
        if round(value, digits) == 0:
            return text
        return (MINUS if value < 0 else "+" if signed else "") + text

    def trimmed(self, value: float, digits: int) -> str:
        """As `figure`, without zeros at the end of a fraction: as many digits as say something."""
        while digits > 0 and round(value, digits) == round(value, digits - 1):
            digits -= 1
        return self.figure(value, digits)

    def shortest(self, value: float, figures: int = 6) -> str:
        """A number to some significant figures, without zeros at its end: 0.1, 25, 1,234.5."""
        if value == 0 or not math.isfinite(value):
            return self.figure(value, 0)
        return self.trimmed(value, max(0, figures - 1 - math.floor(math.log10(abs(value)))))

    def quantity(
        self, number: Number, *, signed: bool | None = None, interval: bool = True
    ) -> tuple[str, str]:
        """A number and its interval as two texts; the second is empty without an interval."""
        if not interval:
            number = replace(number, low=None, high=None)
        if not math.isfinite(number.estimate):
            return self._("not known"), ""
        shown, scale = _unit(number)
        change = number.unit in _CHANGES if signed is None else signed
        digits = _digits(number, scale)
        if self.language in _LARGE and shown == _BILLIONS[0]:
            shown, larger = _LARGE[self.language]
            digits, scale = digits + round(math.log10(scale / larger)), larger
        main = self._(shown, value=self.figure(number.estimate * scale, digits, signed=change))
        if number.low is None or number.high is None:
            return main, ""
        low = self.figure(number.low * scale, digits, signed=change)
        high = self.figure(number.high * scale, digits, signed=change)
        return main, self._("{low} to {high}", low=low, high=high)


def filled(text: str, values: Mapping[str, object]) -> str:
    """A message with its values; one that ends with a full stop of its own takes the place of the sentence's.

    >>> filled("Цель: {sum}.", {"sum": "19 млрд долл."})
    'Цель: 19 млрд долл.'
    """
    made = text.format(**values)
    for value in values.values():
        shown = str(value)
        if _ENDS_WITH_STOP.search(shown):
            made = re.sub(re.escape(shown) + r"\.(?!\.)", shown.replace("\\", r"\\"), made)
    return made


def N_(message: str) -> str:
    """Marks a message for the catalogues where it is only looked up later."""
    return message


# unit -> how the estimate is shown, by how much the stored number is multiplied
_UNITS: dict[str, tuple[str, float]] = {
    "ratio_change": (N_("{value} %"), 100),
    "ratio": (N_("{value} %"), 100),
    "usd_million": (N_("USD {value} m"), 1),
    "usd_million_change": (N_("USD {value} m"), 1),
    "count": (N_("{value}"), 1),
    "plain": (N_("{value}"), 1),
    "effect": (N_("{value}"), 1),
    "score": (N_("{value}"), 1),
}
_BILLIONS = (N_("USD {value} bn"), 1 / 1000)
# language -> what stands for a billion where the language counts otherwise
_LARGE = {"ja": (N_("USD {value} hundred million"), 1 / 100)}
_CHANGES = {"ratio_change", "usd_million_change", "effect"}
_FIGURES = 2  # figures shown of the smaller of an estimate and a quarter of its interval's width


def _unit(number: Number) -> tuple[str, float]:
    """How a number is shown and scaled; money from a billion on is shown in billions."""
    largest = max(abs(v) for v in (number.estimate, number.low or 0, number.high or 0))
    if number.unit in ("usd_million", "usd_million_change") and largest * _BILLIONS[1] >= 1:
        return _BILLIONS
    return _UNITS[number.unit]


def _digits(number: Number, scale: float) -> int:
    """Digits after the point so that an estimate has two figures, or as many as its interval deserves."""
    known = [
        v * scale for v in (number.estimate, number.low, number.high) if v is not None and math.isfinite(v)
    ]
    if not known or all(float(v).is_integer() for v in known):
        return 0
    size = max(abs(known[0]), (max(known) - min(known)) / 4)
    digits = max(0, min(3, _FIGURES - 1 - math.floor(math.log10(size)))) if size else 0
    nothing = number.unit.startswith("usd_million") and all(round(v, digits) == 0 for v in known)
    return 0 if nothing else digits


@cache
def words(language: str = "en") -> Words:
    """The words of a language. The catalogue is compiled when it is first asked for.

    Raises `UnknownNameError` for a language without a catalogue.
    """
    if language not in LANGUAGES:
        raise UnknownNameError("language", language, LANGUAGES)
    if language == "en":  # the messages themselves
        return Words(language, NullTranslations())
    with (catalogue_folder() / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as stream:
        catalogue = read_po(stream, locale=language, domain=DOMAIN)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Words(language, Translations(compiled, domain=DOMAIN))


@cache
def _own_names() -> dict[tuple[str, str], str]:
    """Names of economies that stand before those of CLDR: (language, code) -> name."""
    with (catalogue_folder() / "names.csv").open(encoding="utf-8", newline="") as stream:
        return {(row["language"], row["economy"]): row["name"] for row in csv.DictReader(stream)}


@cache
def _places(language: str) -> dict[str, str]:
    """Places that have a name of their own in a language."""
    with (catalogue_folder() / "places.csv").open(encoding="utf-8", newline="") as stream:
        return {row["name"]: row[language] for row in csv.DictReader(stream)}


@cache
def _territory(language: str, code: str) -> str | None:
    """The name that CLDR gives to an ISO 3166 alpha-3 code."""
    short = get_global("territory_aliases").get(code, [code])[0]
    name: str | None = Locale.parse(language).territories.get(short)
    return name
