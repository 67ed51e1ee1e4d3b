"""What the ranking hangs on, and which question to ask next."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from serai.axes import Array
from serai.draws import Draws
from serai.errors import InputError, Problem
from serai.programme.quality import Screening

DIGITS = 12
"""Scores closer than this many decimals are equal, so that rounding makes no order."""


def criterion_sensitivity(screening: Screening) -> pd.DataFrame:
    """How the order of the eligible projects changes when one criterion is left out, or counts for more.

    Scores are the middles of the intervals and weights their means, so that this is exact.

    Returns
    -------
    One row a criterion: `agreement` (Kendall's tau between the order with and without it), `reversed_pairs`
    (share), `leader_without`, `mover` and `places_moved` (who moves most; blank where nobody does), and
    `lower_switch` and `upper_switch`: the nearest weights of the criterion, the others kept in proportion, at
    which another project leads; NaN where none does.
    """
    places = screening.projects.indices(screening.eligible.names)
    scores = ((screening.low + screening.high) / 2)[places]
    base = np.round(scores @ screening.weights, DIGITS)
    order = stats.rankdata(-base)
    rows = []
    for k, criterion in enumerate(screening.criteria):
        others = np.delete(screening.weights, k) / np.delete(screening.weights, k).sum()
        rest = np.round(np.delete(scores, k, axis=1) @ others, DIGITS)
        without = stats.rankdata(-rest)
        moved = without - order
        mover = int(np.abs(moved).argmax())
        rows.append(
            {
                "criterion": criterion,
                "weight": screening.weights[k],
                "agreement": stats.kendalltau(base, rest).statistic,
                "reversed_pairs": _reversed(base, rest),
                "leader_without": screening.eligible.names[int(rest.argmax())],
                "mover": screening.eligible.names[mover] if moved[mover] else "",
                "places_moved": moved[mover],
                **_switches(scores[:, k], rest, float(screening.weights[k])),
            }
        )
    return pd.DataFrame(rows).sort_values("reversed_pairs", ascending=False, ignore_index=True)


def question_values(screening: Screening, places: int) -> pd.DataFrame:
    """What each open question about each project is worth before choosing the best `places` projects.

    The decision is to take the projects with the highest expected quality. An answer, uniform between 0 and
    1, moves its project's quality by at most h either way; d is the distance to the place that decides. The
    expected gain of asking first is (h - |d|)^2 / 4h, the chance that the choice changes (h - |d|) / 2h. An
    unanswered gate of a chosen project is worth the next project's quality times the chance of failing.
    Choosing all projects leaves nothing to decide.

    Returns
    -------
    One row for each project and open question, and one for each project and criterion (`question` is `all`:
    ask everything open in it), with `gain` (in quality, 0 to 1) and `chance`; the most valuable first.
    """
    if not 1 <= places < len(screening.eligible):
        raise InputError(
            Problem(
                "the number of places decides nothing",
                "Give at least 1 and fewer than the eligible projects.",
                field="places",
                value=places,
            )
        )
    members = screening.projects.indices(screening.eligible.names)
    middle = (screening.low + screening.high)[members] / 2 @ screening.weights
    ordered = np.sort(middle)[::-1]
    last_in, first_out = ordered[places - 1], ordered[places]
    order = np.argsort(-middle, kind="stable")
    chosen = set(order[:places].tolist())
    rows: list[dict[str, object]] = []
    for place, name in enumerate(screening.eligible):
        distance = middle[place] - (first_out if place in chosen else last_in)
        open_now = screening.open_questions[name]
        for question, share in open_now.items():
            k = screening.criteria.index(screening.checklist.by_key[question].criterion)
            reach = share * screening.weights[k] / 2
            rows.append(_row(name, question, screening.criteria.names[k], distance, reach))
        for k, criterion in enumerate(screening.criteria):
            width = screening.high[members[place], k] - screening.low[members[place], k]
            rows.append(_row(name, "all", criterion, distance, width * screening.weights[k] / 2))
        if place in chosen:
            for gate in screening.checklist.gates:
                if _is_open(screening, name, gate.key):
                    rows.append(
                        {
                            "project": name,
                            "question": gate.question,
                            "criterion": f"gate: {gate.key}",
                            "gain": gate.fails_below * first_out,
                            "chance": gate.fails_below,
                        }
                    )
    return pd.DataFrame(rows).sort_values("gain", ascending=False, kind="stable", ignore_index=True)


def round_values(screening: Screening, places: int, draws: Draws) -> pd.DataFrame:
    """What it is worth to ask one question of every eligible project before choosing the best `places`.

    Returns
    -------
    One row a question: `projects` (where it is open), `gain` (expected rise of the mean quality of the
    chosen, 0 to 1) and `changed` (mean number of places that change hands); the most valuable first.
    """
    members = screening.projects.indices(screening.eligible.names)
    middle = (screening.low + screening.high)[members] / 2 @ screening.weights
    before = np.argsort(-middle, kind="stable")[:places]
    rows = []
    for question in screening.checklist.questions:
        weight = screening.weights[screening.criteria.index(question.criterion)]
        reach = np.array(
            [screening.open_questions[n].get(question.key, 0) * weight for n in screening.eligible]
        )
        if not reach.any():
            continue
        answers = np.stack([draws.uniform(f"answer:{question.key}:{n}") for n in screening.eligible], axis=1)
        after = middle + reach * (answers - answers.dtype.type(1) / 2)
        picked = np.argpartition(-after, places - 1, axis=1)[:, :places]
        gain = np.take_along_axis(after, picked, axis=1).sum(axis=1) - after[:, before].sum(axis=1)
        kept = np.isin(picked, before).sum(axis=1)
        rows.append(
            {
                "question": question.key,
                "title": question.title,
                "criterion": question.criterion,
                "projects": int((reach > 0).sum()),
                "gain": float(gain.mean() / places),
                "changed": float(places - kept.mean()),
            }
        )
    return pd.DataFrame(rows).sort_values("gain", ascending=False, kind="stable", ignore_index=True)


def _row(project: str, question: str, criterion: str, distance: float, reach: float) -> dict[str, object]:
    short = max(reach - abs(distance), 0)
    gain, chance = (short**2 / (4 * reach), short / (2 * reach)) if reach > 0 else (0, 0)
    return {"project": project, "question": question, "criterion": criterion, "gain": gain, "chance": chance}


def _is_open(screening: Screening, project: str, gate: str) -> bool:
    return any((r.project, r.gate, r.state) == (project, gate, "open") for r in screening.gates)


def _reversed(base: Array, other: Array) -> float:
    """The share of pairs whose order is the other way round."""
    one, two = np.sign(base[:, None] - base), np.sign(other[:, None] - other)
    pairs = base.size * (base.size - 1)
    return float((one * two < 0).sum() / pairs) if pairs else 0.0


def _switches(own: Array, rest: Array, weight: float) -> dict[str, float]:
    """Weights nearest below and above the present one at which the leader changes."""
    leader = int((weight * own + (1 - weight) * rest).argmax())
    gap, slope = rest[leader] - rest, (own[leader] - own) - (rest[leader] - rest)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = -gap / slope
    crossing = crossing[np.isfinite(crossing) & (crossing > 0) & (crossing < 1)]
    below, above = crossing[crossing < weight], crossing[crossing > weight]
    return {
        "lower_switch": float(below.max()) if below.size else float("nan"),
        "upper_switch": float(above.min()) if above.size else float("nan"),
    }
