"""What data and the model folders say in English, marked here so that the catalogues have it."""

from __future__ import annotations

import re

from serai.brief.words import N_, Words

FIGURE = re.compile(r"[A-Z]{2,}-\d+|\b[a-z][\w-]*(?:\.[a-z][\w-]*)+|\d[\d,]*(?:\.\d+)?")
"""An identifier of a record, the name of a site, or a figure: what a reason fills in."""

REASONS = (
    N_("FDI beyond {1}% of a host's capital passes through it and is assigned to where it invests"),
    N_("FDI beyond {1} times the capital at home is paid for by owners not known: it is cut off"),
    N_("what foreign capital is left beyond {1}% of the host's capital is cut off"),
    N_("gold is taken out of trade and kept in the balance as a fixed export"),
    N_(
        "goods imports of Kyrgyzstan beyond {1}% of absorption are sent on to likely final markets; USD {2} bn that would return home are left out"
    ),
    N_(
        "goods imports of Hong Kong SAR beyond {1}% of absorption are sent on to likely final markets; USD {2} bn that would return home are left out"
    ),
    N_("reported current accounts add up to USD {1} bn; the sum is taken off in proportion to trade"),
    N_(
        "exports and imports of each economy are scaled by one factor so that trade agrees with its current account net of capital income, remittances and gold"
    ),
    N_("domestic sales are raised where output would not cover value added or the stated floor"),
    N_("its parts are counted instead"),
    N_("its parts add up to more and are counted"),
    N_("part of {1}"),
    N_("may be counted in {1}"),
    N_("may be counted in {1}, {2}"),
    N_("{1} publishers against {2}"),
    N_("no source is better supported; taken first, keep both in mind"),
    N_("{1} is off by a power of ten, a slip of the decimal point or of a word for large numbers"),
    N_("the parts are stated one by one; look for a part that is named twice"),
    N_("no cost is published"),
    N_("the published figure is debt_only: one part of the money, not the cost"),
    N_("the published figure is grant_only: one part of the money, not the cost"),
    N_("the published figure is loan_only: one part of the money, not the cost"),
    N_("the published figure is partial: one part of the money, not the cost"),
    N_("what is agreed covers the published cost"),
    N_("{1} USD m per km against {2} to {3} (roads)"),
)
"""Reasons given by the base year, the ledger and the choice of projects; `{1}`, `{2}` stand for figures."""

NAMES = (
    *(N_("Conduits"), N_("Capital abroad"), N_("Holdings"), N_("Gold out")),
    *(N_("World discrepancy"), N_("Balances"), N_("Domestic sales")),
    *(N_("effect"), N_("share"), N_("EBRD"), N_("GCC")),
    *(N_("fixed"), N_("lognormal"), N_("normal"), N_("triangular"), N_("uniform")),
    *(N_("% of the goods' value per day"), N_("USD per tonne"), N_("change of the log of trade")),
    *(
        N_("elasticity of capital to return"),
        N_("elasticity of the shares of routes of different means to generalised cost"),
    ),
    N_("payments at borders over those of the table"),
    N_("elasticity between routes of different means over that between routes alike"),
    *(N_("elasticity of trade to cost"), N_("log FDI stock"), N_("log trade")),
    *(N_("claimed total"), N_("count"), N_("contract"), N_("policy"), N_("memorandum"), N_("commitment")),
    *(N_("target"), N_("stock"), N_("grant"), N_("loan"), N_("investment"), N_("agreement")),
    *(N_("connectivity"), N_("people"), N_("green"), N_("all")),
    *(N_("overdue"), N_("due"), N_("coming"), N_("missed"), N_("open"), N_("unseen"), N_("late"), N_("met")),
    *(N_("held"), N_("scheduled"), N_("postponed"), N_("cancelled"), N_("unknown")),
    *(N_("completion"), N_("implementation"), N_("identification"), N_("preparation"), N_("completed")),
    *(N_("loan only"), N_("partial"), N_("programme"), N_("total"), N_("debt only"), N_("grant only")),
    *(N_("energy"), N_("transport"), N_("health"), N_("education"), N_("industry"), N_("water")),
    *(N_("lower bound"), N_("phase"), N_("estimate")),
    *(N_("study"), N_("study path"), N_("version"), N_("python"), N_("seed"), N_("draws"), N_("solves")),
    *(N_("solves converged"), N_("largest residual"), N_("other"), N_("change of mode")),
    *(N_("change of gauge"), N_("rail"), N_("road"), N_("new rail")),
)
"""Names of steps, shapes, units, kinds, states and fields that a page shows."""


def said(words: Words, text: str) -> str:
    """A reason in the reader's language; one that the catalogues do not know stays as it is.

    >>> from serai.brief.words import words
    >>> said(words("ru"), "part of EU-01")
    'часть EU-01'
    """
    known = words._(text)
    if known != text:
        return known
    found = FIGURE.findall(text)
    places = iter(range(1, len(found) + 1))
    message = FIGURE.sub(lambda _: f"{{{next(places)}}}", text)
    sentence = words._(message)
    if sentence == message:
        parts = text.split("; ")
        return words._("; ").join(said(words, part) for part in parts) if len(parts) > 1 else text
    return sentence.format("", *(_shown(words, figure) for figure in found))


def _shown(words: Words, figure: str) -> str:
    if not figure[0].isdigit():
        return figure
    plain = figure.replace(",", "")
    return words.figure(float(plain), len(plain.partition(".")[2]))
