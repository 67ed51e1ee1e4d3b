"""Lateness, the money ladder and conflicts inside the ledger, on small made-up records."""

from __future__ import annotations

from datetime import date

import pytest
from scipy import stats

from serai.ledger import conflicts, due, horizons, lateness
from serai.ledger.delivery import ladder, state
from serai.money import Exchange, Rate
from serai.records import Assessment, Commitment, Milestone, Report, Transaction

TODAY = date(2026, 11, 23)


def milestone(due: str, met: str | None = None, *, missed: bool = False) -> Milestone:
    return Milestone(id=f"m-{due}-{met}", title="a step", owner="someone", due=due, met=met, missed=missed)


@pytest.mark.parametrize(
    ("due", "met", "missed", "expected"),
    [
        ("2026-01-31", "2026-01-31", False, "met"),
        ("2026-01-31", "2026-02-01", False, "late"),
        ("2026", "2026-06", False, "met"),
        ("2026", None, False, "open"),
        ("2026-11", None, False, "open"),
        ("2026-11-22", None, False, "unseen"),
        ("2025", None, True, "missed"),
        ("2026-10", "2026-12", False, "unseen"),
    ],
)
def test_states(due: str, met: str | None, missed: bool, expected: str) -> None:
    assert state(milestone(due, met, missed=missed), TODAY) == expected


def test_lateness_is_the_beta_posterior_and_its_prediction() -> None:
    rows = [milestone(f"2025-{m:02d}", f"2025-{m:02d}") for m in range(1, 8)]
    rows += [
        milestone("2025-08", "2025-10"),
        milestone("2025-09", missed=True),
        milestone("2025-10", missed=True),
    ]
    rows += [milestone(f"2027-{m:02d}") for m in range(1, 6)]
    (found,) = lateness(rows, as_of=TODAY)
    assert (found.met, found.late, found.missed, found.unseen, found.open) == (7, 1, 2, 0, 5)
    assert found.rate == pytest.approx(stats.beta.median(3.5, 7.5))
    assert (found.rate_low, found.rate_high) == pytest.approx(stats.beta.interval(0.9, 3.5, 7.5))
    assert (found.next_late_low, found.next_late_high) == tuple(stats.betabinom.interval(0.9, 5, 3.5, 7.5))


def test_what_was_not_seen_widens_the_interval_both_ways() -> None:
    known = [milestone("2025-01", "2025-01"), milestone("2025-02", missed=True)]
    unseen = [milestone("2025-03"), milestone("2025-04")]
    (narrow,), (wide,) = lateness(known, as_of=TODAY), lateness(known + unseen, as_of=TODAY)
    assert wide.rate == narrow.rate
    assert wide.rate_low < narrow.rate_low < narrow.rate_high < wide.rate_high
    (nothing,) = lateness(unseen, as_of=TODAY)
    assert nothing.rate is None


def transaction(kind: str, amount: float, when: str = "2025", payer: str = "JICA") -> Transaction:
    return Transaction(
        id=f"t{kind}{amount}", type=kind, date=when, amount=amount, currency="JPY", payer=payer
    )


def test_ladder_from_pledge_to_money() -> None:
    exchange = Exchange((Rate("JPY per USD", "2025", 100.0, "published", "table"),))
    rows = [transaction("12", 1000), transaction("2", 600), transaction("3", 200), transaction("3", -50)]
    rungs = ladder([*rows, transaction("3", 70, payer="ADB")], exchange)
    by_rung = {(r.payer, r.name): r for r in rungs}
    assert [by_rung["JICA", n].usd for n in ("pledge", "commitment", "disbursement")] == pytest.approx(
        [10, 6, 1.5]
    )
    assert by_rung["JICA", "commitment"].share_of_above == pytest.approx(0.6)
    assert by_rung["JICA", "disbursement"].share_of_above == pytest.approx(0.25)
    assert by_rung["ADB", "disbursement"].share_of_above is None


def report(
    value: float, publisher: str, when: str = "2025", *, official: bool = False, unit: str = "USD"
) -> Report:
    return Report(
        fact="f",
        quantity="cost",
        value=value,
        unit=unit,
        date=when,
        source=f"https://{publisher}.example.org",
        publisher=publisher,
        official=official,
    )


def test_an_official_figure_beats_many_and_numbers_beat_one() -> None:
    (found,) = conflicts([report(100, "a"), report(100, "b"), report(163, "office", official=True)])
    assert (found.suggested, found.ratio) == (163, pytest.approx(1.63))
    (found,) = conflicts([report(163, "a"), report(163, "a"), report(101, "b"), report(101, "c")])
    assert found.suggested == 101, "two pages of one publisher are one voice"
    (found,) = conflicts([report(163, "a", "2024"), report(101, "b", "2025")])
    assert found.suggested == 101
    assert "latest" in found.reason


def test_different_units_are_not_compared() -> None:
    assert conflicts([report(163, "a"), report(101, "b", unit="EUR")]) == ()


def commitment(key: str, amount: float, part_of: str | None = None) -> Commitment:
    return Commitment(
        id=key,
        format="bilateral",
        date="2025",
        level="summit",
        partner="EU",
        parties=("EU",),
        direction="EU>C5",
        summary="s",
        areas=("all",),
        kind="target",
        amount=amount,
        currency="EUR",
        countries=("KAZ",),
        grade="C",
        part_of=part_of,
        sources=("https://example.org",),
    )


def test_parts_that_exceed_their_whole_are_a_conflict() -> None:
    rows = [commitment("w", 1200), commitment("a", 700, "w"), commitment("b", 900, "w")]
    (found,) = conflicts([], rows)
    assert (found.fact, found.ratio) == ("w", pytest.approx(1600 / 1200))
    assert conflicts([], [commitment("w", 1200), commitment("a", 700, "w"), commitment("b", 500, "w")]) == ()


def judged(key: str, score: int, when: str) -> Assessment:
    return Assessment.model_validate(
        {
            "id": f"{key}-{when}",
            "commitment": key,
            "date": when,
            "score": score,
            "evidence": "e",
            "by": "study",
        }
    )


def test_horizons_of_commitments_count_as_due_dates() -> None:
    rows = [commitment(key, 1).model_copy(update={"due": "2025"}) for key in "abcd"]
    rows += [commitment("open", 1), commitment("ahead", 1).model_copy(update={"due": "2030"})]
    scores = [judged("a", 1, "2025-06"), judged("b", 1, "2026-02"), judged("c", -1, "2026-03")]
    found = {m.commitment: state(m, TODAY) for m in horizons(rows, scores)}
    assert found == {"a": "met", "b": "late", "c": "missed", "d": "unseen", "ahead": "open"}
    step = Milestone(id="s", commitment="d", title="t", owner="o", due="2025-07")
    assert "d" not in {m.commitment for m in horizons(rows, scores, [step])}


def test_lateness_by_a_facet_of_the_commitment() -> None:
    rows = [commitment("a", 1), commitment("b", 1).model_copy(update={"partner": "JPN"})]
    steps = [
        Milestone(id="1", commitment="a", title="t", owner="o", due="2025-01", met="2025-01"),
        Milestone(id="2", commitment="b", title="t", owner="o", due="2025-01", missed=True),
        Milestone(id="3", title="t", owner="o", due="2027"),
    ]
    found = {r.group: r for r in lateness(steps, as_of=TODAY, commitments=rows, by="partner")}
    assert found.keys() == {"EU", "JPN", "no commitment"}
    assert (found["EU"].met, found["JPN"].missed, found["no commitment"].open) == (1, 1, 1)
    assert found["JPN"].rate is not None
    assert found["EU"].rate is not None
    assert found["JPN"].rate > found["EU"].rate


def test_a_day_is_over_only_when_the_next_begins() -> None:
    assert date(2026, 11, 23) == TODAY
    assert state(milestone("2026-11-23"), TODAY) == "open"
    assert state(milestone("2026-11-22"), TODAY) == "unseen"


def test_a_poor_judgement_before_the_horizon_misses_nothing_yet() -> None:
    rows = [commitment(key, 1).model_copy(update={"due": "2025"}) for key in "ab"]
    early, late = judged("a", -1, "2025-06"), judged("b", -1, "2026-01-01")
    assert {m.commitment: m.missed for m in horizons(rows, [early, late])} == {"a": False, "b": True}


def test_money_is_converted_at_the_rate_of_its_value_date() -> None:
    rates = (
        Rate("JPY per USD", "2024", 100.0, "published", "t"),
        Rate("JPY per USD", "2025", 200.0, "published", "t"),
    )
    paid = transaction("3", 1000, "2025").model_copy(update={"value_date": "2024"})
    rung = {r.name: r for r in ladder([paid], Exchange(rates))}["disbursement"]
    assert rung.usd == pytest.approx(10)


def test_a_stock_and_what_was_paid_are_owed_by_nobody() -> None:
    stock = commitment("stock", 1).model_copy(update={"kind": "stock", "due": "2027"})
    paid = commitment("paid", 1).model_copy(update={"kind": "disbursement", "due": "2027"})
    target = commitment("target", 1).model_copy(update={"due": "2027"})
    assert [row.id for row in due([stock, paid, target], as_of=TODAY)] == ["target"]


def test_figures_whose_ranges_touch_agree() -> None:
    """3 claims 2.5 to 3.5 and 4 claims 3.5 to 4.5; 5 claims nothing below 4.5."""
    assert conflicts([report(3, "a"), report(4, "b")]) == ()
    assert len(conflicts([report(3, "a"), report(5, "b")])) == 1
