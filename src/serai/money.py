"""Money: dated exchange rates, constant prices, and every conversion in words.

A rate holds for the day, month or year it is dated with. Nothing is converted without one: a date that no
rate covers takes the nearest within a stated number of days and says so, or is refused.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from serai.dates import first_day, last_day
from serai.errors import InputError, Problem, Problems, UnknownNameError

BASE = "USD"
CARRY_DAYS = 366
RATE_COLUMNS = ("quote", "when", "value", "basis", "source")
PRICE_COLUMNS = ("year", "index", "source")


@dataclass(frozen=True, slots=True)
class Rate:
    """One exchange rate.

    Parameters
    ----------
    quote : how it is read, such as `JPY per USD` or `USD per EUR`; one side is USD.
    when : the day, month or year it holds for.
    value, low, high : the rate and, where sources differ, its range.
    basis, source : how it is known and from where.
    """

    quote: str
    when: str
    value: float
    basis: str
    source: str
    low: float | None = None
    high: float | None = None

    @property
    def currency(self) -> str:
        """The side of the quote that is not USD."""
        first, second = self.quote.split(" per ")
        return second if first == BASE else first

    @property
    def usd_per_unit(self) -> float:
        """USD for one unit of the currency."""
        return self.value if self.quote.startswith(BASE) else 1 / self.value


@dataclass(frozen=True, slots=True)
class Conversion:
    """An amount, what it became, and every step between them."""

    amount: float
    currency: str
    when: str
    value: float
    unit: str
    steps: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.currency} {self.amount:,.0f} ({self.when}) = {self.unit} {self.value:,.0f}: "
            + "; ".join(self.steps)
        )


@dataclass(frozen=True, slots=True)
class Exchange:
    """Exchange rates and a price index: what it takes to lay amounts side by side.

    Parameters
    ----------
    rates : any number of rates; of those that cover a date the most precise is used.
    prices : year -> US price level (any base); needed only for constant prices.
    carry_days : a date without a rate takes the nearest one within this many days; 0 refuses.

    Examples
    --------
    >>> exchange = Exchange((Rate("JPY per USD", "2025-12", 157.0, "implied", "press"),))
    >>> round(exchange.convert(3e12, "JPY", "2025-12-20").value / 1e9, 1)
    19.1
    """

    rates: tuple[Rate, ...]
    prices: Mapping[int, float] = field(default_factory=dict)
    prices_source: str = ""
    carry_days: int = CARRY_DAYS
    _by_currency: dict[str, list[Rate]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        table: dict[str, list[Rate]] = {}
        for rate in self.rates:
            table.setdefault(rate.currency, []).append(rate)
        object.__setattr__(self, "_by_currency", table)

    def convert(self, amount: float, currency: str, when: str, to: str = BASE) -> Conversion:
        """An amount in another currency, at the rates of its date.

        Raises
        ------
        UnknownNameError : there is no rate of this currency at all.
        InputError : no rate within `carry_days` of the date.
        """
        value, steps = amount, []
        if currency != to:
            for code, into in ((currency, True), (to, False)):
                if code == BASE:
                    continue
                rate, gap = self.rate(code, when)
                value = value * rate.usd_per_unit if into else value / rate.usd_per_unit
                steps.append(_words(rate, gap))
        return Conversion(amount, currency, when, value, to, tuple(steps) or ("no conversion",))

    def constant(self, amount: float, currency: str, when: str, prices_of: int) -> Conversion:
        """An amount in USD at the prices of a year: first the exchange rate of its date, then US prices."""
        nominal = self.convert(amount, currency, when)
        year = first_day(when).year
        missing = [y for y in (year, prices_of) if y not in self.prices]
        if missing:
            known = f"{min(self.prices)} to {max(self.prices)}" if self.prices else "none"
            reason = f"there is no price level for {missing[0]}"
            raise InputError(
                Problem(reason, f"Add it to the price table (years known: {known}).", value=missing[0])
            )
        factor = self.prices[prices_of] / self.prices[year]
        step = f"US prices {year} to {prices_of} x {factor:.4f} ({self.prices_source or 'price table'})"
        steps = (*(s for s in nominal.steps if s != "no conversion"), step)
        return Conversion(amount, currency, when, nominal.value * factor, f"{BASE} of {prices_of}", steps)

    def rate(self, currency: str, when: str) -> tuple[Rate, int]:
        """The rate used for a date, and how many days it was carried (0 where it covers the date)."""
        known = self._by_currency.get(currency)
        if known is None:
            raise UnknownNameError("exchange rate", currency, sorted(self._by_currency))
        start, end = first_day(when), last_day(when)
        gap, _, best = min(((_gap(r, start, end), _span(r), r) for r in known), key=lambda found: found[:2])
        if gap > self.carry_days:
            reason = f"no rate of {currency} within {self.carry_days} days of {when}"
            raise InputError(
                Problem(f"{reason}; the nearest is of {best.when}", "Add one to the table of rates.")
            )
        return best, gap


def _gap(rate: Rate, start: date, end: date) -> int:
    """Days between the period of a rate and a period; 0 where they share a day."""
    return max(0, (first_day(rate.when) - end).days, (start - last_day(rate.when)).days)


def _span(rate: Rate) -> int:
    return (last_day(rate.when) - first_day(rate.when)).days


def _words(rate: Rate, gap: int) -> str:
    carried = f", carried {gap} days" if gap else ""
    return f"{rate.value:g} {rate.quote} of {rate.when}{carried} ({rate.basis}: {rate.source})"


def read_exchange(rates: Path, prices: Path | None = None, carry_days: int = CARRY_DAYS) -> Exchange:
    """Rates (`quote,when,value,low,high,basis,source`) and prices (`year,index,basis,source`) from CSV files.

    Raises `InputError` with every bad row of both files, or with the file that is not there.
    """
    problems = Problems()
    for path, columns in ((rates, RATE_COLUMNS), (prices, PRICE_COLUMNS)):
        if path is not None:
            _check_header(path, columns, problems)
    problems.raise_if_any()
    table = [rate for line, row in _rows(rates) if (rate := _rate(row, line, rates.name, problems))]
    index, source = ({}, "") if prices is None else _prices(prices, problems)
    problems.raise_if_any()
    return Exchange(tuple(table), index, source, carry_days)


def _check_header(path: Path, columns: tuple[str, ...], problems: Problems) -> None:
    if not path.is_file():
        remedy = f"Add it, with the columns {', '.join(columns)}."
        problems.add("there is no such file", remedy, file=path.name)
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header = next(csv.reader(stream), [])
    except UnicodeDecodeError:
        problems.add("the file is not UTF-8", "Save it as CSV UTF-8.", file=path.name)
        return
    for name in columns:
        if name not in header:
            problems.add(
                "a column is missing", f"Give {', '.join(columns)}.", file=path.name, row=1, field=name
            )


def _rows(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        for row in reader:
            yield reader.line_num, {k: (v or "").strip() for k, v in row.items() if k}


def _rate(row: dict[str, str], line: int, file: str, problems: Problems) -> Rate | None:
    before = len(problems)
    sides = row.get("quote", "").split(" per ")
    if len(sides) != 2 or BASE not in sides or sides[0] == sides[1]:
        remedy = "Write JPY per USD, or USD per EUR; one side is USD."
        problems.add("not a quote", remedy, file=file, row=line, field="quote", value=row.get("quote"))
    try:
        first_day(row.get("when", ""))
    except ValueError as error:
        reason, _, remedy = str(error).partition(". ")
        problems.add(reason, remedy, file=file, row=line, field="when", value=row.get("when"))
    numbers: dict[str, float | None] = {}
    for name in ("value", "low", "high"):
        text = row.get(name, "")
        numbers[name] = (
            None if text == "" and name != "value" else _positive(text, name, line, file, problems)
        )
    if not row.get("source"):
        problems.add("a rate without source", "Say where it is from.", file=file, row=line, field="source")
    value = numbers["value"]
    if len(problems) > before or value is None:
        return None
    basis, source = row.get("basis", ""), row["source"]
    return Rate(row["quote"], row["when"], value, basis, source, numbers["low"], numbers["high"])


def _prices(path: Path, problems: Problems) -> tuple[dict[int, float], str]:
    index: dict[int, float] = {}
    sources: dict[str, None] = {}
    for line, row in _rows(path):
        value = _positive(row.get("index", ""), "index", line, path.name, problems)
        year = row.get("year", "")
        if not (year.isdigit() and len(year) == 4) or int(year) in index:
            remedy = "Each year once, four digits."
            problems.add(
                "not a year, or a second row for it",
                remedy,
                file=path.name,
                row=line,
                field="year",
                value=year,
            )
        elif value is not None:
            index[int(year)] = value
            sources[row.get("source", "")] = None
    return index, "; ".join(filter(None, sources))


def _positive(text: str, name: str, line: int, file: str, problems: Problems) -> float | None:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if 0 < value < float("inf"):
        return value
    problems.add(
        "not a positive number", "Write digits with a point.", file=file, row=line, field=name, value=text
    )
    return None
