"""What the steps leave behind, and the identities that it must keep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from serai.atlas.inputs import Book
from serai.atlas.world import Check, Step
from serai.axes import Array
from serai.errors import Problem, Problems, UnknownNameError


@dataclass
class Track:
    """What the steps leave behind."""

    trade: Array
    holdings: Array
    value_added_share: Array
    current_account: Array
    capital_income: Array
    transfers: Array
    gold: Array
    factors: Array
    steps: list[Step]
    scalars: dict[str, Array]


ARRAYS = (
    "trade",
    "holdings",
    "value_added_share",
    "current_account",
    "capital_income",
    "transfers",
    "gold",
    "factors",
)


def check(book: Book, track: Track) -> tuple[Check, ...]:
    """Identities of the central world; one that fails by more than the tolerance is refused."""
    trade = track.trade[0] * book.off
    balance = trade.sum(axis=1) - trade.sum(axis=0)
    account = balance + track.capital_income[0] + track.transfers[0] + track.gold[0]
    output = track.value_added_share[0] * track.trade[0].sum(axis=1)
    pairs = {"current account": (account, track.current_account[0]), "value added": (output, book.gdp)}
    checks = tuple(
        Check(name, code, float(found[i] / book.gdp[i]), float(expected[i] / book.gdp[i]))
        for name, (found, expected) in pairs.items()
        for i, code in enumerate(book.axis)
    )
    problems = Problems()
    for check in checks:
        if abs(check.gap) > book.scalar("identity_tolerance"):
            problems.add(
                f"{check.name} of {check.economy} is off by {check.gap:.2%} of GDP",
                "Correct the rows of this economy, or add a step.",
                field=check.name,
                value=check.economy,
            )
    for i in np.flatnonzero((np.diagonal(track.trade[0]) <= 0) | (np.diagonal(track.holdings[0]) <= 0)):
        problems.add(
            "no domestic sales or no own capital", "Check output, exports and FDI.", value=book.axis.names[i]
        )
    problems.extend(_short_of_output(book, track))
    problems.extend(_stretched(book, track))
    problems.extend(_beside_its_ratio(book, track))
    problems.raise_if_any()
    return checks


def _short_of_output(book: Book, track: Track) -> list[Problem]:
    """Economies whose exports and value added exceed their output: no domestic sales would be left."""
    raised = next(step.moved_usd_m for step in track.steps if step.name == "domestic sales")
    return [
        Problem(
            f"output of {code} does not cover its exports and value added: domestic sales would be "
            f"USD {usd_m:,.0f} m too low",
            "Correct its exports, domestic sales, GDP or gross-output ratio.",
            book.atlas.files["trade"],
            _line(book, f"atlas/trade/domestic/{code}/{code}"),
            "value_usd_m",
            code,
        )
        for code, usd_m in raised.items()
        if usd_m > book.scalar("identity_tolerance") * book.gdp[book.axis.index(code)]
    ]


def _stretched(book: Book, track: Track) -> list[Problem]:
    """Economies whose trade would have to be scaled beyond what errors of record can explain."""
    factors = np.exp(np.abs(track.factors[0] - np.median(track.factors[0])))
    cap = book.scalar("balance_factor_cap")
    return [
        Problem(
            f"exports and imports of {book.axis.names[place]} do not add up with its current account: "
            f"they would have to be scaled {factors[place]:.1f} times (at most {cap:g})",
            "Correct its trade, current account, capital income or transfers.",
            book.atlas.files["figures"],
            _line(book, f"atlas/figures/current_account/{book.axis.names[place]}"),
            "current_account",
            book.axis.names[place],
        )
        for place in np.flatnonzero(factors > cap)
    ]


def _beside_its_ratio(book: Book, track: Track) -> list[Problem]:
    """Economies whose sales at home and abroad add up to something far from GDP times the output ratio."""
    ratio = book.atlas.figure("gross_output_ratio")
    gap = track.trade[0].sum(axis=1) / book.gdp / ratio
    cap = book.scalar("output_gap_cap")
    return [
        Problem(
            f"sales of {code} at home and abroad add up to {gap[place]:.2f} times its output "
            f"(GDP times the gross-output ratio; at most {cap:g} times, either way)",
            "Correct its domestic sales, exports, GDP or gross-output ratio.",
            book.atlas.files["trade"],
            _line(book, f"atlas/trade/domestic/{code}/{code}"),
            "value_usd_m",
            code,
        )
        for place, code in enumerate(book.axis)
        if abs(np.log(gap[place])) > np.log(cap)
    ]


def _line(book: Book, key: str) -> int | None:
    """The line of a row in its file, where there is one."""
    try:
        return int(book.atlas.row(key)["line"])
    except UnknownNameError:
        return None
