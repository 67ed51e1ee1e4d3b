"""Totals on random ledgers: against brute force over all readings, and laws that every ledger obeys."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serai.ledger import totals
from serai.money import Exchange
from serai.records import Commitment

RATES = Exchange(())


def commitment(
    number: int, amount: float | None, part_of: int | None, overlaps: tuple[int, ...]
) -> Commitment:
    return Commitment(
        id=f"c{number}",
        format="bilateral",
        date="2025",
        level="summit",
        partner="JPN",
        parties=("Japan",),
        direction="JPN>C5",
        summary="a promise",
        areas=("all",),
        kind="pledge",
        amount=amount,
        currency=None if amount is None else "USD",
        countries=("KAZ",),
        grade="C",
        part_of=None if part_of is None else f"c{part_of}",
        overlaps=tuple(f"c{o}" for o in overlaps if o != number),
        sources=("https://example.org",),
    )


@st.composite
def ledgers(draw: st.DrawFn) -> list[Commitment]:
    n = draw(st.integers(1, 8))
    rows = []
    for i in range(n):
        amount = draw(st.one_of(st.none(), st.integers(0, 50)))
        whole = draw(st.one_of(st.none(), st.integers(0, i - 1))) if i else None
        overlaps = tuple(draw(st.lists(st.integers(0, n - 1), max_size=2, unique=True)))
        rows.append(commitment(i, amount, whole, overlaps))
    return rows


def total(rows: list[Commitment]) -> tuple[float, float]:
    found = totals(rows, RATES).rows
    return (found[0].low, found[0].high) if found[0].counted_high else (0.0, 0.0)


def wholes(rows: list[Commitment]) -> dict[str, set[str]]:
    """Each commitment with itself and all that contain it."""
    by_id = {c.id: c for c in rows}
    up = {}
    for c in rows:
        chain, at = {c.id}, c
        while at.part_of:
            at = by_id[at.part_of]
            chain.add(at.id)
        up[c.id] = chain
    return up


def may_share(rows: list[Commitment], a: str, b: str) -> bool:
    """The definition, word by word, apart from how the code finds it."""
    up = wholes(rows)
    if a in up[b] or b in up[a]:
        return True
    stated = {frozenset((c.id, o)) for c in rows for o in c.overlaps}
    stated = {s for s in stated if len(s) == 2}
    stated = {s for s in stated if not any(x in up[y] for x in s for y in s - {x})}

    def below(x: str) -> set[str]:
        return {c.id for c in rows if x in up[c.id]}

    for pair in stated:
        for x, y in (tuple(pair), tuple(pair)[::-1]):
            if a in up[x] and b in up[y]:
                return True
            if a in below(x) and b in below(y):
                finer = any(
                    frozenset((p, q)) in stated and (p, q) != (x, y) for p in below(x) for q in below(y)
                )
                if not finer:
                    return True
    return False


def brute_low(rows: list[Commitment]) -> float:
    known = [c for c in rows if c.amount is not None]
    joined = {frozenset((a.id, b.id)) for a, b in combinations(known, 2) if may_share(rows, a.id, b.id)}
    best = 0.0
    for size in range(len(known) + 1):
        for chosen in combinations(known, size):
            if not any(frozenset((a.id, b.id)) in joined for a, b in combinations(chosen, 2)):
                best = max(best, sum(c.amount or 0.0 for c in chosen))
    return best


def brute_high(rows: list[Commitment], whole: str | None = None) -> float:
    """The sum over the roots of the larger of a whole and the sum of its parts."""
    return sum(max(c.amount or 0.0, brute_high(rows, c.id)) for c in rows if c.part_of == whole)


@given(ledgers())
@settings(max_examples=120, deadline=None)
def test_both_ends_against_brute_force(rows: list[Commitment]) -> None:
    assert total(rows) == pytest.approx((brute_low(rows), brute_high(rows)))


@given(ledgers())
@settings(max_examples=50, deadline=None)
def test_every_commitment_is_accounted_for(rows: list[Commitment]) -> None:
    by_id = {c.id: c for c in rows}
    for row in totals(rows, RATES).rows:
        out_low = {r.id for r in row.left_out if r.end in ("both", "lower")}
        out_high = {r.id for r in row.left_out if r.end in ("both", "upper")}
        everyone = {c.id for c in rows}
        assert set(row.counted_low) | out_low | set(row.without_amount) == everyone
        assert set(row.counted_high) | out_high | set(row.without_amount) == everyone
        assert not set(row.counted_low) & out_low
        assert not set(row.counted_high) & out_high
        if row.counted_high:
            assert row.low == sum(by_id[i].amount or 0 for i in row.counted_low)
            assert row.high == sum(by_id[i].amount or 0 for i in row.counted_high)
            assert row.low <= row.high


@given(ledgers(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_order_of_rows_does_not_matter(rows: list[Commitment], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert total(shuffled) == total(rows)


@given(ledgers(), st.data())
@settings(max_examples=30, deadline=None)
def test_one_more_overlap_never_raises_the_lower_end_of_loose_rows(
    rows: list[Commitment], data: st.DataObject
) -> None:
    loose = [c.model_copy(update={"part_of": None}) for c in rows]
    first, second = data.draw(st.sampled_from(loose)), data.draw(st.sampled_from(loose))
    if first.id == second.id:
        return
    joined = [c.model_copy(update={"overlaps": (*c.overlaps, second.id)}) if c is first else c for c in loose]
    assert total(joined)[0] <= total(loose)[0]
    assert total(joined)[1] == total(loose)[1]
