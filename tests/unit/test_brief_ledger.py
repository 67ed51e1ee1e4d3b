"""Section 6 of the brief says what the ledger computes: every cell beside the engine's own number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from serai.brief.document import Chart, Desk, Section, Table
from serai.brief.sections.ledger import ledger_section
from serai.ledger import conflicts, delivery, due, horizons, ladder, lateness, totals

MILLION = 1_000_000


@pytest.fixture(scope="module")
def section(desk: Desk) -> Section:
    found = ledger_section(desk)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def tables(section: Section) -> dict[str, Table]:
    parts = [part.table if isinstance(part, Chart) else part for part in section.parts]
    return {part.key: part for part in parts if isinstance(part, Table)}


def test_the_section_has_every_part_in_order(tables: dict[str, Table]) -> None:
    assert list(tables) == [
        "totals",
        "not_added",
        "conflicts",
        "delivery",
        "delivery_by_area",
        "money_ladder",
        "lateness",
        "due",
    ]
    for table in tables.values():
        assert all(len(row) == len(table.header) for row in table.rows), table.key


def test_every_total_is_the_ledgers_low_and_high(desk: Desk, tables: dict[str, Table]) -> None:
    found = totals(desk.study.records.commitments, desk.study.money)
    priced = [t for t in found.rows if t.unit == "USD" and t.high == t.high]
    data = tables["totals"].data
    assert len(data) == len(priced)
    assert list(data["high"]) == sorted(data["high"], reverse=True), "the largest first"
    for total in priced:
        row = data[(data["direction"] == total["direction"]) & (data["kind_of_promise"] == total["kind"])]
        assert float(row["low"].iloc[0]) == pytest.approx(total.low / MILLION / 1000)
        assert float(row["high"].iloc[0]) == pytest.approx(total.high / MILLION / 1000)
        number = desk.numbers.by_key[f"ledger/total/{total['direction']}/{total['kind']}".replace(" ", "_")]
        low = number.estimate if number.low is None else number.low
        high = number.estimate if number.high is None else number.high
        assert (low, high) == pytest.approx((total.low / MILLION, total.high / MILLION))
        assert number.unit == "usd_million"
        assert set(number.made_from) == {f"commitment/{name}" for name in total.counted_high}


def test_the_european_range_is_the_one_a_reader_adds_by_hand(tables: dict[str, Table]) -> None:
    row = tables["totals"].data.set_index(["direction", "kind_of_promise"]).loc[("EU>C5", "target")]
    assert (row["low"], row["high"]) == pytest.approx((20.72, 24.02))
    cells = next(cells for cells in tables["totals"].rows if "EU-01" in str(cells[3]))
    assert "USD 22 bn <wbr><small>(21 to 24)</small>" in str(cells[2]), cells


def test_the_finding_names_the_target_the_largest_signed_total_and_the_missing_payments(
    desk: Desk, section: Section
) -> None:
    text = str(section.finding)
    assert 'data-key="ledger/total/JPN&gt;C5/target"' in text
    assert f"USD {3_000_000 / 157 / 1000:.0f} bn" in text
    ours = [
        t
        for t in totals(desk.study.records.commitments, desk.study.money).rows
        if t.unit == "USD" and t["direction"].startswith("JPN>") and t.high == t.high
    ]
    top = max((t for t in ours if t["kind"] in ("contract", "commitment")), key=lambda t: t.high)
    assert f'data-key="ledger/total/{top["direction"].replace(">", "&gt;")}/{top["kind"]}"' in text
    assert "No payment is on record." in text


def test_what_was_not_added_is_listed_with_its_reason(desk: Desk, tables: dict[str, Table]) -> None:
    found = totals(desk.study.records.commitments, desk.study.money)
    left = [(x.id, t["direction"], t["kind"], x.end, x.reason) for t in found.rows for x in t.left_out]
    data = tables["not_added"].data
    assert left
    columns = ("row", "direction", "kind", "end", "reason")
    assert list(zip(*(data[c] for c in columns), strict=True)) == left


def test_conflicts_show_all_readings_and_the_suggested_one(desk: Desk, tables: dict[str, Table]) -> None:
    found = conflicts(desk.study.records.reports, desk.study.records.commitments)
    data = tables["conflicts"].data
    assert list(data["ratio"]) == [c.ratio for c in found]
    assert list(data["suggested"]) == [c.suggested for c in found]
    first = tables["conflicts"].rows[0]
    assert first[1] == "3,000 bn / 30,000 bn JPY"
    assert first[3] == "3,000 bn"
    assert "power of ten" in first[4]


@pytest.mark.parametrize(("key", "by"), [("delivery", "partner"), ("delivery_by_area", "area")])
def test_delivery_is_the_ledgers_and_what_nobody_judged_says_so(
    desk: Desk, tables: dict[str, Table], key: str, by: str
) -> None:
    records = desk.study.records
    found = delivery(records.commitments, records.assessments, by, as_of=desk.study.about.settings.as_of)
    table = tables[key]
    assert [tuple(row[1:3]) for row in table.rows] == [(str(d.commitments), str(d.assessed)) for d in found]
    assert list(table.data["low"]) == [d.share_low for d in found]
    assert list(table.data["high"]) == [d.share_high for d in found]
    for row, d in zip(table.rows, found, strict=True):
        if d.share is None:
            assert row[3] == "never judged"
        else:
            number = desk.numbers.by_key[f"ledger/{key}/{d.group}".replace(" ", "_")]
            assert (number.estimate, number.low, number.high) == (d.share, d.share_low, d.share_high)


def test_a_step_without_transactions_is_not_read_as_zero(desk: Desk, tables: dict[str, Table]) -> None:
    rungs = ladder(desk.study.records.transactions, desk.study.money)
    rows = tables["money_ladder"].rows
    assert [row[2] for row in rows] == [str(r.transactions) for r in rungs]
    for row, rung in zip(rows, rungs, strict=True):
        if rung.transactions:
            key = f"ledger/money/{rung.payer}/{rung.name}"
            assert desk.numbers.by_key[key].estimate == pytest.approx(rung.usd / MILLION)
        else:
            assert (row[3], row[4]) == ("none on record", "unknown")
            assert rung.share_of_above is None
    assert {row[3] == "none on record" for row in rows} == {True, False}
    empty = tables["money_ladder"].data.query("transactions == 0")
    assert empty["usd"].isna().all()


def test_missed_dates_and_their_chance(desk: Desk, tables: dict[str, Table]) -> None:
    records, as_of = desk.study.records, desk.study.about.settings.as_of
    dates = [*records.milestones, *horizons(records.commitments, records.assessments, records.milestones)]
    (everything,) = lateness(dates, as_of=as_of)
    first = tables["lateness"].rows[0]
    counts = (everything.met, everything.late, everything.missed, everything.unseen, everything.open)
    assert first[1:6] == [str(n) for n in counts]
    number = desk.numbers.by_key["ledger/lateness/all"]
    assert number.estimate == everything.rate
    assert (number.low, number.high) == (everything.rate_low, everything.rate_high)
    for row, rate in zip(tables["lateness"].rows, tables["lateness"].data["rate"], strict=True):
        assert str(row[6]).startswith("unknown (") == (rate != rate), "no estimate without an outcome"


def _until(days: int) -> str:
    counted = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    return f"{counted} over" if days < 0 else f"in {counted}"


def test_what_is_due_is_the_ledgers_in_order_with_the_days_left(desk: Desk, tables: dict[str, Table]) -> None:
    records, as_of = desk.study.records, desk.study.about.settings.as_of
    found = due(records.commitments, records.milestones, records.meetings, as_of=as_of, within_days=730)
    data = tables["due"].data
    assert list(data["id"]) == [r.id for r in found]
    assert list(data["state"]) == [r.state for r in found]
    words = [_until(r.days) for r in found]
    assert [row[2] for row in tables["due"].rows] == words
    assert {w.split()[-1] == "over" for w in words} == {True, False}
    assert [row[3] for row in tables["due"].rows] == [r.owner.replace("C5", "Central Asia") for r in found]


def test_a_study_without_commitments_or_rates_has_no_such_section(desk: Desk) -> None:
    bare = replace(desk.study, records=replace(desk.study.records, commitments=()))
    assert ledger_section(replace(desk, study=bare)) is None
    assert ledger_section(replace(desk, study=replace(desk.study, exchange=None))) is None
