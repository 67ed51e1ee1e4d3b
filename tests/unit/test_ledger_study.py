"""The ledger of the reference study against sums that a person can do by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import serai
from serai.errors import UnknownNameError
from serai.exchange.folder import Tables, read_folder
from serai.ledger import (
    Total,
    conflicts,
    country_sheet,
    delivery,
    due,
    economies_of,
    entries,
    grid,
    timeline,
    totals,
    touching,
)
from serai.ledger.conflicts import stated_range
from serai.ledger.delivery import share_of_score
from serai.money import Exchange, read_exchange

TOKYO = Path(serai.__file__).parent / "studies" / "tokyo"
TODAY = date(2026, 11, 23)
REGION = ("KAZ", "KGZ", "TJK", "TKM", "UZB")


@pytest.fixture(scope="module")
def tables() -> Tables:
    return read_folder(TOKYO)


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    return read_exchange(TOKYO / "rates.csv", TOKYO / "prices.csv")


def one(tables: Tables, exchange: Exchange, direction: str, kind: str) -> Total:
    rows = totals(tables.commitments, exchange).rows
    (found,) = (t for t in rows if (t["direction"], t["kind"]) == (direction, kind))
    return found


BY_HAND = {
    ("JPN>C5", "target"): (3_000_000 / 157, 3_000_000 / 157),
    ("EU>C5", "target"): (10_820 + 2_750 + 7_040 + 110, 13_200 + 10_820),
    ("EBRD>C5", "target"): (7_700, 8_800),
    ("joint with JPN", "claimed_total"): (3_700 + 12_000, 3_700 + 12_000),
    ("joint with CHN", "claimed_total"): (25_000, 25_000),
    ("UZB>USA", "pledge"): (35_000, 35_000),
    ("KAZ>USA", "contract"): (7_000 + 4_200 + 3_000 + 200, 7_000 + 4_200 + 5_000 + 200),
    ("UZB>USA", "contract"): (8_000, 8_000),
    ("USA>KAZ", "contract"): (1_100, 1_100),
    ("joint with USA", "memorandum"): (3_700 + 250, 3_700 + 250),
    ("joint with CHN", "contract"): (4_700, 4_700),
    ("CHN>C5", "pledge"): (1_500 / 7.2, 1_500 / 7.2),
    ("IND>C5", "pledge"): (1_000, 1_000),
    ("JPN>TKM", "contract"): (1_300, 1_300),
    ("JPN>KGZ", "commitment"): (44, 44),
    ("JPN>KAZ", "commitment"): (719 / 157 + 6.8, 719 / 157 + 6.8),
    ("JPN>TJK", "commitment"): (1_341 / 157, 1_341 / 157),
    ("KAZ>JPN", "contract"): (12_500 / 513, 12_500 / 513),
    ("EU>C5", "memorandum"): (1_470 * 1.082, 1_470 * 1.082),
    ("EBRD>KAZ", "memorandum"): (1_500 * 1.082, 1_500 * 1.082),
    ("joint with JPN", "stock"): (20_000, 20_000),
    ("JPN>UZB", "stock"): (5_000, 5_000),
    ("RUS>C5", "stock"): (20_000, 20_000),
}
"""Million USD, lower and upper end."""


def test_totals_match_the_sums_by_hand(tables: Tables, exchange: Exchange) -> None:
    rows = totals(tables.commitments, exchange).rows
    money = {
        (t["direction"], t["kind"]): (t.low / 1e6, t.high / 1e6)
        for t in rows
        if t.unit == "USD" and t.counted_high
    }
    assert money.keys() == BY_HAND.keys()
    for key, ends in BY_HAND.items():
        assert money[key] == pytest.approx(ends), key


def test_the_european_package_and_the_forum_before_it(tables: Tables, exchange: Exchange) -> None:
    europe = one(tables, exchange, "EU>C5", "target")
    assert europe.counted_high == ("EU-01", "EU-06")
    assert europe.counted_low == ("EU-03", "EU-04", "EU-05", "EU-06")
    reasons = {row.id: (row.end, row.reason) for row in europe.left_out}
    assert reasons["EU-02"] == ("both", "part of EU-01")
    grants = one(tables, exchange, "JPN>KGZ", "commitment")
    assert grants.counted_low == grants.counted_high == ("JP-11",), "a whole worth its parts stands for them"
    assert reasons["EU-01"] == ("lower", "its parts are counted instead")


def test_documents_are_counted_apart_from_money(tables: Tables, exchange: Exchange) -> None:
    rows = totals(tables.commitments, exchange).rows
    (documents,) = (t for t in rows if t.unit == "documents")
    assert (documents.low, documents.high) == (158, 169)


def test_facets_cut_without_splitting(tables: Tables, exchange: Exchange) -> None:
    by_country = totals(tables.commitments, exchange, by=("country",)).rows
    kgz = [t for t in by_country if t["country"] == "KGZ; UZB"]
    assert [t["kind"] for t in kgz] == ["contract"]
    assert sum(len(t.counted_high) + len(t.without_amount) for t in by_country) + sum(
        sum(r.end != "lower" for r in t.left_out) for t in by_country
    ) == len(tables.commitments)
    with pytest.raises(UnknownNameError, match="Did you mean country"):
        totals(tables.commitments, exchange, by=("countri",))


def test_constant_prices_are_said_in_the_unit(tables: Tables, exchange: Exchange) -> None:
    rows = totals(tables.commitments, exchange, prices_of=2023).rows
    (india,) = (t for t in rows if t["direction"] == "IND>C5")
    assert india.unit == "USD of 2023"
    assert india.low == pytest.approx(1e9 * exchange.prices[2023] / exchange.prices[2020])


def test_summary_and_table_show_what_was_left_out(tables: Tables, exchange: Exchange) -> None:
    found = totals(tables.commitments, exchange)
    assert "EU-02 not added: part of EU-01" in found.summary()
    assert any("carried" in words for words in found.conversions)
    table = found.tidy()
    assert table["commitments"].sum() == len(tables.commitments)


def test_thirty_trillion_is_found_and_explained(tables: Tables) -> None:
    found = conflicts(tables.reports, tables.commitments)
    assert found[0].ratio == pytest.approx(10)
    yen = next(c for c in found if c.unit == "JPY")
    assert yen.suggested == 3e12
    assert "power of ten" in yen.reason
    assert "redcensor.com" in yen.reason
    railway = next(c for c in found if c.fact == "cku-railway-cost")
    assert (railway.suggested, round(railway.ratio, 2)) == (4.7e9, 1.7)
    assert [c.ratio for c in found] == sorted((c.ratio for c in found), reverse=True)


def test_what_agrees_within_rounding_is_no_conflict(tables: Tables) -> None:
    facts = {c.fact for c in conflicts(tables.reports, tables.commitments)}
    assert "tokyo-documents" not in facts  # 158, and more than 150
    assert "naryn-bridge" not in facts  # about 20 million, and 20.5


@pytest.mark.parametrize(
    ("value", "bound", "expected"),
    [
        (3e12, "exact", (2.5e12, 3.5e12)),
        (158, "exact", (157.5, 158.5)),
        (150, "at_least", (145, float("inf"))),
        (4.7e9, "at_most", (float("-inf"), 4.75e9)),
        (2.5, "exact", (2.45, 2.55)),
        (0, "exact", (-0.5, 0.5)),
    ],
)
def test_printed_digits_state_a_range(value: float, bound: str, expected: tuple[float, float]) -> None:
    assert stated_range(value, bound) == pytest.approx(expected)


def test_g20_scores_turn_into_shares() -> None:
    assert 100 * share_of_score(0.67) == pytest.approx(83.5)
    assert 100 * share_of_score(-0.33) == pytest.approx(33.5)


def test_delivery_never_scores_what_was_not_judged(tables: Tables) -> None:
    by_partner = {d.group: d for d in delivery(tables.commitments, tables.assessments, as_of=TODAY)}
    assert by_partner["USA"].score is None
    assert (by_partner["USA"].share_low, by_partner["USA"].share_high) == (0, 1)
    assert by_partner["GCC"].share_low == by_partner["GCC"].share_high == 0.5
    japan = by_partner["JPN"]
    assert (japan.commitments, japan.assessed) == (22, 1)
    assert (japan.share_low, japan.share_high) == pytest.approx((0.5 / 22, 21.5 / 22))
    before = delivery(tables.commitments, tables.assessments, as_of=date(2026, 1, 1))
    assert sum(d.assessed for d in before) == 0


def test_what_is_due(tables: Tables) -> None:
    rows = due(tables.commitments, tables.milestones, tables.meetings, as_of=TODAY)
    by_id = {row.id: row for row in rows}
    assert by_id["GC-01-summit"].state == "missed"
    assert by_id["JP-13-output"].state == "unseen"
    assert by_id["JP-13-output"].days == -54
    assert by_id["JP-01"].state == "open"
    assert "JP-14" not in by_id, "its last milestone carries the date"
    assert [r.days for r in rows] == sorted(r.days for r in rows)
    near = due(tables.commitments, tables.milestones, tables.meetings, as_of=TODAY, within_days=365)
    assert {r.id for r in near} < set(by_id)
    assert max(r.days for r in near) <= 365


def test_a_meeting_touches_the_members_of_its_format_only(tables: Tables) -> None:
    small = tables.formats[0].model_copy(update={"members": ("KAZ",)})
    changed = replace(tables, formats=(small, *tables.formats[1:]))
    held = next(m for m in tables.meetings if m.format == small.id)
    planned = held.model_copy(update={"state": "scheduled", "date": "2027"})
    rows = due(meetings=[planned], as_of=TODAY)
    assert [touching(changed, [code])(row) for row in rows for code in ("KAZ", "KGZ")] == [True, False]
    assert {"KAZ", "KGZ"} <= economies_of(tables)


def test_grid_counts_the_rows_with_japan(tables: Tables) -> None:
    rows = entries(tables, REGION, partner="JPN", named="Japan")
    cells = grid(rows, REGION)
    assert len(cells) == 6 * 4 * 3
    where = {key: (cell.country, cell.area, cell.stage) for cell in cells for key in cell.entries}
    assert where["commitment/JP-11-1"] == ("KGZ", "connectivity", "signed")
    assert where["commitment/JP-01"] == ("region", "all", "announced")
    assert "commitment/JP-11" not in where, "it gives way to its four parts"
    assert not {f"commitment/{key}" for key in ("JP-07", "JP-18", "JP-19", "US-09")} & set(where)
    assert not [cell for cell in cells if cell.stage == "delivered" and cell.entries]


def test_timeline_starts_in_2004_and_is_ordered(tables: Tables) -> None:
    moments = timeline(tables.formats, tables.meetings)
    assert (moments[0].date, moments[0].level) == ("2004-08-28", "founded")
    assert [m.date[:4] for m in moments] == sorted(m.date[:4] for m in moments)
    assert any(m.from_memory for m in moments)
    assert all(m.sources or m.from_memory for m in moments)


def test_country_sheet_of_kazakhstan(tables: Tables, exchange: Exchange) -> None:
    sheet = country_sheet(tables, exchange, "KAZ", as_of=TODAY)
    assert {"JP-08", "JP-12", "US-01"} <= {c.id for c in sheet.own}
    assert "JP-01" in {c.id for c in sheet.shared}
    assert all("KAZ" in p.countries for p in sheet.projects)
    assert sheet.projects[0].is_candidate
    priced = [p for p in sheet.projects if p.is_candidate and p.cost_usd_m is not None]
    assert sum(sheet.cost_by_basis.values()) <= sum(p.cost_usd_m or 0 for p in priced)
    assert any("Pavlodar" in q for q in sheet.questions)
    assert any("published cost" in q for q in sheet.questions)
    with pytest.raises(UnknownNameError, match="Did you mean KAZ"):
        country_sheet(tables, exchange, "KAX", as_of=TODAY)
