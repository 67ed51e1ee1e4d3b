"""What the brief reads off the results: one function a quantity, each for all draws at once."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from serai.atlas.load import SIDES
from serai.axes import Array
from serai.brief.document import Desk
from serai.brief.numbers import Number
from serai.brief.words import N_
from serai.scenario.evaluate import Outcome

REGION = "region"
TENTH = 10
MOST_ROWS = 30


def outcome(desk: Desk, scenario: str, wealth: str) -> Outcome:
    return desk.results.outcomes[scenario, wealth]


def relative(desk: Desk, values: Array, who: str) -> Array:
    """A change (draws, N) for one economy, partner or the region, weighted by base absorption: (draws,)."""
    weights = desk.results.absorption * _membership(desk, who)
    return np.asarray((values * weights).sum(axis=1) / weights.sum(axis=1))


def money(desk: Desk, values: Array, who: str) -> Array:
    """A relative change (draws, N) in million USD of base absorption: (draws,)."""
    return np.asarray((values * desk.results.absorption * _membership(desk, who)).sum(axis=1))


def real_income(desk: Desk, scenario: str, wealth: str, who: str) -> Number:
    """The change of real income of an economy, a partner or the region."""
    values = relative(desk, outcome(desk, scenario, wealth).real_income, who)
    return _solved(
        desk, scenario, wealth, who, "real_income", N_("change of real income"), values, "ratio_change"
    )


def real_gdp(desk: Desk, scenario: str, wealth: str, who: str) -> Number:
    values = relative(desk, outcome(desk, scenario, wealth).real_gdp, who)
    return _solved(desk, scenario, wealth, who, "real_gdp", N_("change of real GDP"), values, "ratio_change")


def real_gni(desk: Desk, scenario: str, wealth: str, who: str) -> Number:
    values = relative(desk, outcome(desk, scenario, wealth).real_gni, who)
    return _solved(
        desk,
        scenario,
        wealth,
        who,
        "real_gni",
        N_("change of real national income"),
        values,
        "ratio_change",
    )


def gain(desk: Desk, scenario: str, wealth: str, who: str) -> Number:
    """The same change in money of the base year, a year."""
    values = money(desk, outcome(desk, scenario, wealth).real_income, who)
    return _solved(
        desk, scenario, wealth, who, "gain", N_("change of real income a year"), values, "usd_million"
    )


def step_gain(desk: Desk, scenario: str, wealth: str, who: str) -> Number:
    """What a rung adds to the one it builds on, a year."""
    values = money(desk, outcome(desk, scenario, wealth).real_income, who)
    before = desk.study.scenario(scenario).builds_on
    if before is not None and desk.study.scenario(before).measure:
        values = values - money(desk, outcome(desk, before, wealth).real_income, who)
    return _solved(
        desk, scenario, wealth, who, "added_gain", N_("what this rung adds a year"), values, "usd_million"
    )


def trade_change(desk: Desk, scenario: str, wealth: str, exporters: str, importers: str) -> Number:
    """The change of trade between two groups; inside a group, domestic sales of an economy do not count."""
    base = _flow(desk, desk.results.base_trade, exporters, importers)
    new = _flow(desk, outcome(desk, scenario, wealth).trade, exporters, importers)
    who = f"{exporters}>{importers}"
    return _solved(
        desk,
        scenario,
        wealth,
        who,
        "trade",
        N_("change of the value of trade"),
        new / base - 1,
        "ratio_change",
    )


def fdi_change(desk: Desk, scenario: str, wealth: str, owners: str, hosts: str) -> Number:
    """The change of the stock of direct investment of one group in another."""
    who = f"{owners}>{hosts}"
    if not fdi_known(desk, owners, hosts):
        key = f"ladder/{scenario}/{wealth}/{who}/fdi"
        return _not_known(desk, key, N_("change of the stock of direct investment"), "ratio_change")
    base = _flow(desk, desk.results.base_fdi, owners, hosts)
    new = _flow(desk, outcome(desk, scenario, wealth).fdi, owners, hosts)
    return _solved(
        desk,
        scenario,
        wealth,
        who,
        "fdi",
        N_("change of the stock of direct investment"),
        new / base - 1,
        "ratio_change",
    )


def base_trade(desk: Desk, exporters: str, importers: str) -> Number:
    values = _flow(desk, desk.results.base_trade, exporters, importers)
    return desk.numbers.drawn(
        f"base/trade/{exporters}>{importers}",
        N_("trade in goods and services in the base year"),
        values,
        "usd_million",
        basis=_base_basis(desk, "trade", exporters, importers),
        made_from=("base_year", *_rows(desk, "trade", exporters, importers, ("goods/", "services/"))),
        sources=_sources(desk, "trade", exporters, importers),
    )


def base_fdi(desk: Desk, owners: str, hosts: str) -> Number:
    key = f"base/fdi/{owners}>{hosts}"
    if not fdi_known(desk, owners, hosts):
        return _not_known(desk, key, N_("stock of direct investment in the base year"), "usd_million")
    values = _flow(desk, desk.results.base_fdi, owners, hosts)
    return desk.numbers.drawn(
        key,
        N_("stock of direct investment in the base year"),
        values,
        "usd_million",
        basis=_base_basis(desk, "fdi", owners, hosts),
        made_from=("base_year", *_rows(desk, "fdi", owners, hosts, ("",))),
        sources=_sources(desk, "fdi", owners, hosts),
    )


def fdi_known(desk: Desk, owners: str, hosts: str) -> bool:
    """Is any direct investment of one group in another on record? Without, capital is taken as immobile."""
    return bool((_flow(desk, desk.results.base_fdi, owners, hosts) > 0).any())


def _not_known(desk: Desk, key: str, label: str, unit: str) -> Number:
    return desk.numbers.add(Number(key, label, math.nan, unit, "assumed", made_from=("atlas/fdi",)))


def intra_share(desk: Desk) -> Number:
    """The share of the region's trade that stays inside it, in the base year."""
    flows = desk.results.base_trade
    inside = _flow(desk, flows, REGION, REGION)
    rows = _group_rows(desk, REGION)
    everything = flows[:, rows, :].sum(axis=(1, 2)) - _own(flows, rows)
    return desk.numbers.drawn(
        "base/trade/intra_share",
        N_("share of the region's exports that stay in the region"),
        inside / everything,
        "ratio",
        basis="imputed",
        made_from=("base_year", "atlas/trade"),
        sources=_sources(desk, "trade", REGION, REGION),
    )


def _base_basis(desk: Desk, table: str, owners: str, hosts: str) -> str:
    """The basis of an aggregate: reported and reconciled, unless a tenth of its value is known less well."""
    basis = desk.atlas.basis(table, "goods" if table == "trade" else None)
    value = np.nan_to_num(desk.atlas.matrix(table, "goods" if table == "trade" else None))
    block = np.ix_(_membership(desk, owners) > 0, _membership(desk, hosts) > 0)
    return weakest(basis[block], value[block])


def weakest(basis: NDArray[np.str_], value: Array) -> str:
    """The weakest basis that holds at least a tenth of the value of some cells."""
    order = ("assumed", "imputed", "carried", "mirrored")
    for name in order:
        if value[basis == name].sum() * TENTH > value.sum():
            return name
    return "corrected"


def _rows(desk: Desk, table: str, first: str, second: str, flows: tuple[str, ...]) -> tuple[str, ...]:
    """Keys of the rows behind a flow between two groups; the whole table when they are too many to list."""
    pairs = [(a, b) for a in _codes(desk, first) for b in _codes(desk, second) if a != b]
    if len(pairs) * len(flows) > MOST_ROWS:
        return (f"atlas/{table}",)
    return tuple(f"atlas/{table}/{flow}{a}/{b}" for flow in flows for a, b in pairs)


def _sources(desk: Desk, table: str, first: str, second: str) -> tuple[str, ...]:
    """The source cards that the rows of a table between two groups name."""
    rows = desk.atlas.tables[table]
    one, other = SIDES[table]
    inside = rows[one].isin(_codes(desk, first)) & rows[other].isin(_codes(desk, second))
    return tuple(sorted(set(rows.loc[inside, "source"]) & set(desk.atlas.sources)))


def _codes(desk: Desk, who: str) -> tuple[str, ...]:
    return tuple(np.array(desk.results.economies.names)[_membership(desk, who) > 0])


def _membership(desk: Desk, who: str) -> Array:
    """(N,) 1 for the economies behind a code, a partner's id or `region`."""
    economies = desk.results.economies
    member = np.zeros(len(economies))
    if who == REGION:
        member[economies.indices(desk.study.about.region.economies)] = 1
    elif who in desk.results.groups:
        return np.asarray(desk.results.sums[desk.results.groups.index(who)])
    else:
        member[economies.index(who)] = 1
    return member


def _group_rows(desk: Desk, who: str) -> list[int]:
    if who == REGION:
        return desk.results.groups.indices(desk.study.about.region.economies)
    if who == "outside":
        inside = set(desk.study.about.region.economies)
        return [n for n, name in enumerate(desk.results.groups) if name not in inside]
    return [desk.results.groups.index(who)]


def _flow(desk: Desk, flows: Array, first: str, second: str) -> Array:
    """The flow from one group of groups to another, without what stays inside one economy: (draws,)."""
    rows, columns = _group_rows(desk, first), _group_rows(desk, second)
    total = flows[:, rows][:, :, columns].sum(axis=(1, 2))
    return np.asarray(total - _own(flows, [r for r in rows if r in columns]))


def _own(flows: Array, rows: list[int]) -> Array:
    return np.asarray(flows[:, rows, rows].sum(axis=1))


def _solved(
    desk: Desk, scenario: str, wealth: str, who: str, what: str, label: str, values: Array, unit: str
) -> Number:
    return desk.numbers.drawn(
        f"ladder/{scenario}/{wealth}/{who}/{what}",
        label,
        values,
        unit,
        made_from=(f"scenario/{scenario}", f"closure/{wealth}", "base_year"),
        sources=("model",),
    )
