"""Words and figures in the reader's language: gettext catalogues and CLDR formats."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

from serai.brief.numbers import Number
from serai.errors import UnknownNameError

LANGUAGES = ("en", "ja", "ru")
DOMAIN = "serai"
MINUS, THIN_SPACE = "\N{MINUS SIGN}", "\N{NARROW NO-BREAK SPACE}"


def catalogue_folder() -> Path:
    """Where the catalogues are: `<language>/LC_MESSAGES/serai.po`, and the template `serai.pot`."""
    return Path(str(resources.files("serai") / "brief" / "locale"))


@dataclass(frozen=True)
class Words:
    """One language. `_` translates a sentence; the other methods write figures."""

    language: str
    translations: NullTranslations

    def _(self, message: str, **values: object) -> str:
        """A message in the reader's language, with its `{names}` filled in."""
        text: str = self.translations.ugettext(message) if message else ""
        return text.format(**values) if values else text

    def listing(self, items: Sequence[str]) -> str:
        """`a, b and c`."""
        if len(items) < 2:
            return "".join(items)
        return self._("{first} and {last}", first=", ".join(items[:-1]), last=items[-1])

    def figure(self, value: float, digits: int, *, signed: bool = False) -> str:
        """A decimal number with a fixed number of digits after the point."""
        if not math.isfinite(value):
            return self._("not known")
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        text = str(
            format_decimal(abs(round(value, digits)), format=pattern, locale=Locale.parse(self.language))
        )
        if round(value, digits) == 0:
            return text
        return (MINUS if value < 0 else "+" if signed else "") + text

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
        main = self._(shown, value=self.figure(number.estimate * scale, digits, signed=change))
        if number.low is None or number.high is None:
            return main, ""
        low = self.figure(number.low * scale, digits, signed=change)
        high = self.figure(number.high * scale, digits, signed=change)
        return main, self._("{low} to {high}", low=low, high=high)


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
    return max(0, min(3, _FIGURES - 1 - math.floor(math.log10(size)))) if size else 0


def words(language: str = "en", *, complete: bool = False) -> Words:
    """The words of a language; an untranslated message stays English.

    Raises `UnknownNameError` for a language without a catalogue, and with `complete` also for one whose
    catalogue has no translations yet.
    """
    if language not in LANGUAGES:
        raise UnknownNameError("language", language, LANGUAGES)
    if complete and language != "en" and not _translated(language):
        raise UnknownNameError("translation", language, [x for x in LANGUAGES if x == "en" or _translated(x)])
    file = catalogue_folder() / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not file.exists():
        return Words(language, NullTranslations())
    with file.open("rb") as stream:
        catalogue = read_po(stream, locale=language, domain=DOMAIN)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Words(language, Translations(compiled, domain=DOMAIN))


def _translated(language: str) -> bool:
    """Does the catalogue of a language have any translation?"""
    file = catalogue_folder() / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not file.exists():
        return False
    with file.open("rb") as stream:
        return any(message.id and message.string for message in read_po(stream, locale=language))
