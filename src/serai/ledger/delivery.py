"""What happened to promises: scores, the ladder from pledge to money, lateness with an interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from scipy import stats

from serai.dates import first_day, last_day
from serai.errors import UnknownNameError
from serai.ledger.totals import FACETS
from serai.money import Exchange
from serai.records import Assessment, Commitment, Milestone, Transaction
from serai.records.finance import COMMITMENT, DISBURSEMENT, PLEDGE
from serai.shown import Rows, Shown


@dataclass(frozen=True, slots=True)
class Delivery(Shown):
    """Delivery of one group of commitments.

    Parameters
    ----------
    group : the value of the facet.
    commitments, assessed : how many there are, and how many were judged.
    score : mean of -1, 0, 1 over those judged; None where none was.
    share : (score + 1) / 2.
    share_low, share_high : the share if every unjudged commitment had failed, or had been delivered.
    """

    group: str
    commitments: int
    assessed: int
    score: float | None
    share: float | None
    share_low: float
    share_high: float


def delivery(
    commitments: Sequence[Commitment], assessments: Sequence[Assessment], by: str = "partner", *, as_of: date
) -> Rows[Delivery]:
    """Scores by any facet of `totals`; the latest judgement of a commitment up to `as_of` counts.

    What was never judged is not scored zero: it widens the range instead.
    """
    facet = _facet(by)
    latest: dict[str, Assessment] = {}
    for judged in sorted(assessments, key=lambda a: a.date):
        if first_day(judged.date) <= as_of:
            latest[judged.commitment] = judged
    groups: dict[str, list[Commitment]] = {}
    for c in commitments:
        if c.kind not in ("stock", "count"):
            groups.setdefault(facet(c), []).append(c)
    return Rows(_delivery(name, members, latest) for name, members in groups.items())


def share_of_score(score: float) -> float:
    """The share that a mean score from -1 to 1 stands for.

    >>> round(100 * share_of_score(0.67), 1)
    83.5
    """
    return (score + 1) / 2


def _facet(name: str) -> Callable[[Commitment], str]:
    if name not in FACETS:
        raise UnknownNameError("facet", name, FACETS)
    return FACETS[name]


def _delivery(name: str, members: Sequence[Commitment], latest: dict[str, Assessment]) -> Delivery:
    scores = [latest[c.id].score for c in members if c.id in latest]
    unknown = len(members) - len(scores)
    ends = [share_of_score((sum(scores) + unknown * worst) / len(members)) for worst in (-1, 1)]
    if not scores:
        return Delivery(name, len(members), 0, None, None, *ends)
    mean = sum(scores) / len(scores)
    return Delivery(name, len(members), len(scores), mean, share_of_score(mean), *ends)


@dataclass(frozen=True, slots=True)
class Rung(Shown):
    """One rung of the money ladder: transactions of a payer and type, USD at the rates of their dates."""

    payer: str
    type: str
    name: str
    usd: float
    transactions: int
    share_of_above: float | None
    """This rung over the one above it; None on the first, and where nothing is on record for either."""


LADDER = ((PLEDGE, "pledge"), (COMMITMENT, "commitment"), (DISBURSEMENT, "disbursement"))


def ladder(transactions: Sequence[Transaction], exchange: Exchange) -> Rows[Rung]:
    """Pledged, committed, disbursed by payer (IATI transaction types 12, 2, 3)."""
    sums: dict[str, dict[str, list[float]]] = {}
    for t in transactions:
        usd = exchange.convert(t.amount, t.currency, t.value_date or t.date).value
        sums.setdefault(t.payer, {}).setdefault(t.type, []).append(usd)
    rungs = []
    for payer, types in sums.items():
        above: float | None = None
        for code, name in LADDER:
            usd = sum(types.get(code, []))
            share = usd / above if above and code in types else None
            rungs.append(Rung(payer, code, name, usd, len(types.get(code, [])), share))
            above = usd
    return Rows(rungs)


@dataclass(frozen=True, slots=True)
class Lateness(Shown):
    """How often due dates are missed.

    Parameters
    ----------
    met, late, missed, unseen, open : met by its date; met after it; known to be missed; past its date with
        no outcome found; not due yet.
    rate : the chance of missing a date, posterior median from known outcomes; None where there are none.
    rate_low, rate_high : 5 % if every unseen one was met, 95 % if every unseen one was missed.
    next_late_low, next_late_high : the same for how many of the open ones will be late (Beta-binomial).
    """

    group: str
    met: int
    late: int
    missed: int
    unseen: int
    open: int
    rate: float | None
    rate_low: float
    rate_high: float
    next_late_low: int
    next_late_high: int


def lateness(
    milestones: Iterable[Milestone],
    *,
    as_of: date,
    commitments: Sequence[Commitment] = (),
    by: str | None = None,
    prior: tuple[float, float] = (1 / 2, 1 / 2),
) -> Rows[Lateness]:
    """Missed dates with an interval, for all or by a facet of the commitments they belong to.

    With the Jeffreys prior Beta(1/2, 1/2) the chance of missing a date has a Beta posterior, and the number
    missed among those still open is Beta-binomial. What was not seen widens the interval both ways. A date
    given as a month or a year is missed only when that month or year is over.
    """
    groups: dict[str, list[str]] = {}
    facet = None if by is None else _facet(by)
    by_id = {c.id: c for c in commitments}
    for milestone in milestones:
        name = "all"
        if facet is not None:
            name = facet(by_id[milestone.commitment]) if milestone.commitment in by_id else "no commitment"
        groups.setdefault(name, []).append(state(milestone, as_of))
    return Rows(_lateness(name, states, prior) for name, states in groups.items())


def horizons(
    commitments: Iterable[Commitment], assessments: Sequence[Assessment], milestones: Sequence[Milestone] = ()
) -> tuple[Milestone, ...]:
    """The stated horizons of commitments as milestones, for `lateness`; without those that have one.

    A commitment is met on the day when it is first judged delivered (score 1), and missed when it is judged
    not delivered (score -1) after its horizon.
    """
    found = []
    for c in commitments:
        if c.due is None or c.kind in ("stock", "count", "disbursement"):
            continue
        first, last = first_day(c.due), last_day(c.due)
        if any(m.commitment == c.id and first <= last_day(m.due) <= last for m in milestones):
            continue
        judged = [a for a in assessments if a.commitment == c.id]
        met = min((a.date for a in judged if a.score == 1), default=None)
        missed = any(a.score == -1 and first_day(a.date) > last for a in judged)
        owner = "; ".join(c.parties)
        found.append(
            Milestone(
                id=f"{c.id}-horizon",
                commitment=c.id,
                title=c.summary,
                owner=owner,
                due=c.due,
                met=met,
                missed=missed and met is None,
                sources=c.sources,
            )
        )
    return tuple(found)


def state(milestone: Milestone, as_of: date) -> str:
    """`met`, `late`, `missed`, `unseen` or `open` on a day."""
    due = last_day(milestone.due)
    if milestone.met is not None and first_day(milestone.met) <= as_of:
        return "met" if first_day(milestone.met) <= due else "late"
    if milestone.missed:
        return "missed"
    return "unseen" if due < as_of else "open"


def _lateness(name: str, states: Sequence[str], prior: tuple[float, float]) -> Lateness:
    met, late, missed, unseen, waiting = (
        states.count(s) for s in ("met", "late", "missed", "unseen", "open")
    )
    a, b = prior[0] + late + missed, prior[1] + met
    best, worst = (a, b + unseen), (a + unseen, b)
    known = met + late + missed
    return Lateness(
        name,
        met,
        late,
        missed,
        unseen,
        waiting,
        float(stats.beta.median(a, b)) if known else None,
        float(stats.beta.ppf(0.05, *best)),
        float(stats.beta.ppf(0.95, *worst)),
        int(stats.betabinom.ppf(0.05, waiting, *best)) if waiting else 0,
        int(stats.betabinom.ppf(0.95, waiting, *worst)) if waiting else 0,
    )
