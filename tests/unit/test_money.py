"""Dated rates, constant prices, every conversion shown; what has no rate is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import serai
from serai.errors import InputError, UnknownNameError
from serai.money import Exchange, Rate, read_exchange

TOKYO = Path(serai.__file__).parent / "studies" / "tokyo"

YEN = (
    Rate("JPY per USD", "2024", 150.0, "published", "table"),
    Rate("JPY per USD", "2025", 160.0, "published", "table"),
    Rate("JPY per USD", "2025-12", 157.0, "implied", "press"),
    Rate("USD per EUR", "2025", 1.25, "published", "table"),
)


def test_the_most_precise_rate_that_covers_the_date_is_used() -> None:
    exchange = Exchange(YEN)
    assert exchange.convert(15_700, "JPY", "2025-12-20").value == pytest.approx(100)
    assert exchange.convert(16_000, "JPY", "2025-06").value == pytest.approx(100)
    assert exchange.convert(15_000, "JPY", "2024").value == pytest.approx(100)


def test_both_ways_of_quoting_and_crossing_through_the_dollar() -> None:
    exchange = Exchange(YEN)
    assert exchange.convert(100, "EUR", "2025").value == pytest.approx(125)
    crossed = exchange.convert(100, "EUR", "2025-03", to="JPY")
    assert crossed.value == pytest.approx(100 * 1.25 * 160)
    assert len(crossed.steps) == 2
    assert exchange.convert(7, "USD", "1990").steps == ("no conversion",)


def test_a_carried_rate_says_so_and_a_far_one_is_refused() -> None:
    exchange = Exchange(YEN, carry_days=31)
    assert "carried 30 days" in exchange.convert(1, "JPY", "2026-01-30").steps[0]
    assert exchange.rate("JPY", "2026-01-30")[0].when == "2025-12"
    with pytest.raises(InputError, match="no rate of JPY within 31 days of 2026-03-01"):
        exchange.convert(1, "JPY", "2026-03-01")
    with pytest.raises(InputError, match="within 0 days"):
        Exchange(YEN, carry_days=0).convert(1, "JPY", "2026-01")
    with pytest.raises(UnknownNameError, match="JPX"):
        exchange.convert(1, "JPX", "2025")


def test_constant_prices_convert_first_and_deflate_then() -> None:
    exchange = Exchange(YEN, prices={2015: 100.0, 2025: 130.0}, prices_source="index")
    found = exchange.constant(16_000, "JPY", "2025-06", 2015)
    assert found.value == pytest.approx(100 * 100 / 130)
    assert found.unit == "USD of 2015"
    assert "x 0.7692" in found.steps[-1]
    assert "16" in str(found)
    with pytest.raises(InputError, match="no price level for 1999"):
        exchange.constant(1, "USD", "1999", 2015)


def test_packaged_rates_are_the_published_ones() -> None:
    exchange = read_exchange(TOKYO / "rates.csv", TOKYO / "prices.csv")
    assert exchange.rate("JPY", "2022")[0].value == pytest.approx(131.4589)
    assert exchange.rate("EUR", "2023")[0].usd_per_unit == pytest.approx(1.0817)
    assert exchange.rate("KZT", "2020")[0].value == pytest.approx(412.953)
    assert exchange.convert(3e12, "JPY", "2025-12-20").value == pytest.approx(19.1e9, rel=1e-3)
    assert exchange.convert(12e9, "EUR", "2025-04-04").value == pytest.approx(13.2e9)
    assert exchange.prices[2015] == 100
    assert exchange.prices[2023] == pytest.approx(125.65, abs=0.01)
    assert all(rate.source for rate in exchange.rates)


def test_every_bad_row_of_a_table_is_named(tmp_path: Path) -> None:
    rates = tmp_path / "rates.csv"
    rates.write_text(
        "quote,when,value,low,high,basis,source\n"
        "JPY,2025,157,,,implied,press\n"
        "EUR per KZT,2025,1,,,implied,press\n"
        "JPY per USD,2025-13,157,,,implied,press\n"
        'JPY per USD,2025,"157,5",,,implied,press\n'
        "JPY per USD,2025,-1,,,implied,\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        read_exchange(rates)
    places = {(p.row, p.field) for p in caught.value.problems}
    assert places == {(2, "quote"), (3, "quote"), (4, "when"), (5, "value"), (6, "value"), (6, "source")}


def test_a_table_that_is_not_there_or_lacks_a_column(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"rates\.csv: there is no such file"):
        read_exchange(tmp_path / "rates.csv")
    (tmp_path / "rates.csv").write_text("quote,when,rate\n", encoding="utf-8")
    (tmp_path / "prices.csv").write_bytes("year,index,source\n2020,1,год\n".encode("cp1251"))
    with pytest.raises(InputError) as caught:
        read_exchange(tmp_path / "rates.csv", tmp_path / "prices.csv")
    found = {(p.file, p.field) for p in caught.value.problems}
    assert {("rates.csv", "value"), ("rates.csv", "basis"), ("rates.csv", "source")} <= found


def test_bad_prices_are_named(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("quote,when,value,basis,source\n", encoding="utf-8")
    (tmp_path / "prices.csv").write_text(
        "year,index,source\n2020,100,a\n2020,101,a\n21,1,a\n2022,0,a\n", "utf-8"
    )
    with pytest.raises(InputError) as caught:
        read_exchange(tmp_path / "rates.csv", tmp_path / "prices.csv")
    assert [(p.row, p.field) for p in caught.value.problems] == [(3, "year"), (4, "year"), (5, "index")]
