"""From tables to a world that adds up, in named steps. Nothing is balanced silently.

    sources disagree      two sources of one flow are mixed in logs, by draw; the centre is the chosen one
    imputed flows         cells with a range are drawn inside it
    conduits              FDI beyond a host's capital is passed on to where the host itself invests
    capital abroad        an owner holds no more abroad than it has capital at home
    holdings              foreign capital never exceeds the host's; own capital is the rest
    gold out              gold leaves trade and stays in the balance as a fixed export
    re-exports            a hub's imports beyond its absorption go to their likely final markets
    world discrepancy     current accounts are made to add up to zero
    balances              trade is scaled to current accounts net of capital income, transfers and gold
    domestic sales        ICIO where known, else GDP times a ratio less exports

The deficit that follows is the one the equilibrium takes: minus the current account plus transfers and gold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from serai.atlas import steps
from serai.atlas.load import Atlas
from serai.atlas.world import Check, Step, World
from serai.axes import Array
from serai.draws import Draws, triangular
from serai.errors import InputError, Problems

REST = "ROW"
SMALL_USD_M = 1e-9
BLOCK = 50
NINETIETH = 0.9


def reconcile(atlas: Atlas, draws: Draws | None = None) -> World:
    """The base year as a closed world.

    Parameters
    ----------
    atlas : the tables.
    draws : how many worlds to draw; without it the world of central values. `draws.part(a, b)` gives draws
        a to b of a longer run, the same worlds whatever the cut.

    Returns
    -------
    World. Steps and checks always describe the central world.

    Raises
    ------
    InputError : tables that cannot be reconciled, or an identity that still fails by more than the tolerance
        (0.1 % of GDP), with economy and size.

    Examples
    --------
    >>> from serai.atlas import load
    >>> world = reconcile(load())
    >>> world.trade.shape
    (76, 76)
    >>> [step.name for step in world.steps][:2]
    ['conduits', 'capital abroad']
    """
    book = _Book(atlas)
    central = _walk(book, _Numbers(None))
    checks = _checks(book, central)
    if draws is None:
        return _world(book, central, checks, lambda array: array[0], {})
    drawn = _in_blocks(book, draws, central.factors)
    return _world(book, drawn, checks, lambda array: array, _inputs(book, central, drawn), steps_of=central)


def _in_blocks(book: _Book, draws: Draws, start: Array) -> _Track:
    """The draws in blocks that fit the processor's cache; the cut changes no number."""
    blocks = [
        _walk(book, _Numbers(draws.part(first, min(first + BLOCK, draws.count))), start)
        for first in range(0, draws.count, BLOCK)
    ]
    arrays = {name: np.concatenate([getattr(block, name) for block in blocks]) for name in _ARRAYS}
    scalars = {name: np.concatenate([block.scalars[name] for block in blocks]) for name in blocks[0].scalars}
    return _Track(**arrays, steps=[], scalars=scalars)


class _Book:
    """The tables as arrays, without draws."""

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        self.axis = atlas.economies
        self.count = len(self.axis)
        self.off = ~np.eye(self.count, dtype=bool)
        self.gdp = atlas.figure("gdp")
        self.capital_share = atlas.figure("capital_share")
        self.goods, self.goods_low, self.goods_high = self._three("trade", "goods")
        self.services, self.services_low, self.services_high = self._three("trade", "services")
        self.gold, self.gold_low, self.gold_high = self._three("trade", "gold")
        self.domestic = np.diagonal(atlas.matrix("trade", "domestic")).copy()
        level = atlas.parameter("icio_goods_level").value
        other = atlas.matrix("trade", "goods", "other_value") * level
        corrected = atlas.basis("trade", "goods") == "corrected"
        self.disputed = self.off & np.isfinite(other) & (other > 0) & (self.goods > 0) & ~corrected
        self.other = other
        self.fdi, self.fdi_low, self.fdi_high = self._three("fdi", None)
        self.fdi_cap = self._undisclosed()
        self.transfers, self.transfers_low, self.transfers_high = self._three("transfers", None)
        self.hubs = atlas.table("reexports")
        self.five = self.axis.indices([c for c in atlas.group("central_asia") if c in self.axis])

    def _three(self, table: str, flow: str | None) -> tuple[Array, Array, Array]:
        """Value, low, high with zeros where the table has no row and the value where it has no range."""
        value, low, high = (self.atlas.matrix(table, flow, column) for column in (None, "low", "high"))
        own = np.eye(self.count, dtype=bool)
        value = np.where(own | np.isnan(value), 0.0, value)
        return value, np.where(np.isnan(low) | own, value, low), np.where(np.isnan(high) | own, value, high)

    def _undisclosed(self) -> Array:
        """An imputed cell cannot exceed all that its owner leaves undisclosed."""
        imputed = self.atlas.basis("fdi") == "imputed"
        total = np.where(imputed, self.fdi, 0.0).sum(axis=1, keepdims=True)
        return np.where(imputed, np.maximum(total, self.fdi), np.inf)

    def range_of(self, variable: str) -> tuple[Array, Array, Array]:
        value, low, high = (self.atlas.figure(variable, column) for column in ("value", "low", "high"))
        return value, np.where(np.isnan(low), value, low), np.where(np.isnan(high), value, high)

    def scalar(self, name: str) -> float:
        return self.atlas.parameter(name).value


class _Numbers:
    """Uncertain inputs: their centre once, or their draws."""

    def __init__(self, draws: Draws | None) -> None:
        self.draws = draws
        self.count = 1 if draws is None else draws.count

    def normal(self, name: str, size: int) -> Array:
        return np.zeros((1, size)) if self.draws is None else self.draws.normal(f"atlas/{name}", (size,))

    def cells(self, name: str, value: Array, low: Array, high: Array) -> Array:
        """A matrix whose cells with a range are drawn inside it, (d, N, N)."""
        result = np.broadcast_to(value, (self.count, *value.shape)).copy()
        if self.draws is not None:
            at = (high > low) & (value > 0)
            z = self.normal(name, int(at.sum()))
            result[:, at] = steps.lognormal(z, value[at], low[at], high[at])
        return result

    def triangle(self, name: str, value: Array, low: Array, high: Array, *, together: bool = False) -> Array:
        """Triangular draws of a vector, (d, size); `together`: all move with one number."""
        value, low, high = (np.atleast_1d(np.asarray(v, dtype=float)) for v in (value, low, high))
        if self.draws is None:
            return value[None, :].copy()
        shape = (1,) if together else (value.size,)
        return triangular(self.draws.uniform(f"atlas/{name}", shape), low, value, high)

    def parameter(self, atlas: Atlas, name: str) -> Array:
        uncertain = atlas.parameter(name)
        return np.array([uncertain.value]) if self.draws is None else self.draws.sample(uncertain)


@dataclass
class _Track:
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


_ARRAYS = (
    "trade", "holdings", "value_added_share", "current_account", "capital_income", "transfers", "gold", "factors",
)  # fmt: skip


def _walk(book: _Book, numbers: _Numbers, start: Array | None = None) -> _Track:
    done: list[Step] = []
    scalars: dict[str, Array] = {}
    holdings, income = _holdings(book, numbers, done, scalars)
    net_transfers = _transfers(book, numbers)
    goods = _goods(book, numbers)
    goods, gold = _gold_out(book, numbers, goods, done)
    account = _current_accounts(book, numbers)
    absorption = book.gdp - account + income + net_transfers
    goods = _reexports(book, numbers, goods, absorption, done, scalars)
    services = numbers.cells("services", book.services, book.services_low, book.services_high)
    flows = (goods + services) * book.off
    account = _close_accounts(book, account, flows, done)
    net_gold = gold.sum(axis=-1) - gold.sum(axis=-2)
    trade, factors = _balances(book, flows, account - income - net_transfers - net_gold, start, done)
    trade, share = _domestic_sales(book, numbers, trade, gold, done, scalars)
    return _Track(trade, holdings, share, account, income, net_transfers, net_gold, factors, done, scalars)


def _holdings(book: _Book, numbers: _Numbers, done: list[Step], scalars: dict[str, Array]) -> tuple[Array, Array]:
    """Cells of one host are drawn around their values, then held to the host's total."""
    ratio = numbers.triangle("capital_output_ratio", *book.range_of("capital_output_ratio"), together=True)
    scalars["capital_output_ratio"] = _mean(book, ratio)
    capital = ratio * book.gdp
    foreign = np.minimum(numbers.cells("fdi", book.fdi, book.fdi_low, book.fdi_high), book.fdi_cap)
    totals = book.fdi.sum(axis=0)
    spread = np.full(book.count, book.scalar("fdi_total_factor"))
    foreign = steps.hold_totals(foreign, steps.lognormal(numbers.normal("fdi_totals", book.count), totals, totals / spread, totals * spread))
    scalars["fdi_stocks"] = foreign[:, :, book.five].sum(axis=(-2, -1))
    cap, before = book.scalar("foreign_capital_cap"), foreign
    foreign = steps.look_through(foreign, capital, cap)
    key = ("atlas/parameters/foreign_capital_cap",)
    reason = f"FDI beyond {cap:.0%} of a host's capital passes through it: it is assigned to where the host invests"
    _note(book, done, "conduits", reason, _moved(before, foreign), key)
    limit, before = book.scalar("capital_abroad_cap"), foreign
    foreign = steps.capital_abroad(foreign, capital, limit)
    reason = f"FDI beyond {limit:g} times the capital at home is paid for by others, who are not known: it is cut off"
    _note(book, done, "capital abroad", reason, _moved(before, foreign), ("atlas/parameters/capital_abroad_cap",))
    holdings, excess = steps.own_capital(foreign, capital, cap)
    _note(book, done, "holdings", f"what foreign capital is left beyond {cap:.0%} of the host's capital is cut off", excess[0], key)
    return holdings, steps.net_capital_income(holdings, book.capital_share, book.gdp)


def _transfers(book: _Book, numbers: _Numbers) -> Array:
    """What each economy receives less what it pays, (d, N); each recipient's transfers move together."""
    payers, recipients = np.nonzero(book.transfers)
    cells = (payers, recipients)
    value, low, high = book.transfers[cells], book.transfers_low[cells], book.transfers_high[cells]
    drawn = value[None, :]
    if numbers.draws is not None:
        u = numbers.draws.uniform("atlas/transfers", (book.count,))
        drawn = triangular(u[:, recipients], low, value, high)
    incidence = np.zeros((payers.size, book.count))
    incidence[np.arange(payers.size), recipients] = 1.0
    incidence[np.arange(payers.size), payers] = -1.0
    return np.asarray(drawn @ incidence)


def _goods(book: _Book, numbers: _Numbers) -> Array:
    """Goods with imputed cells drawn and disputed cells mixed."""
    goods = numbers.cells("goods", book.goods, book.goods_low, book.goods_high)
    if numbers.draws is not None:
        at = book.disputed
        lean = book.atlas.parameter("trade_source_lean")
        weight = lean.quantile(numbers.draws.uniform("atlas/trade_sources", (int(at.sum()),)))
        goods[:, at] = steps.mix_sources(book.goods[at], book.other[at], weight, book.scalar("source_gap_cap"))
    return goods


def _gold_out(book: _Book, numbers: _Numbers, goods: Array, done: list[Step]) -> tuple[Array, Array]:
    """Gold is drawn as a share of the recorded flow, so that it never exceeds it."""
    at = book.gold > 0
    recorded = book.goods[at]
    shares = numbers.triangle("gold", book.gold[at] / recorded, book.gold_low[at] / recorded, book.gold_high[at] / recorded)
    gold = np.zeros_like(goods)
    gold[:, at] = shares * goods[:, at]
    moved = gold[0].sum(axis=0) + gold[0].sum(axis=1)
    keys = tuple(
        f"atlas/trade/gold/{book.axis.names[i]}/{book.axis.names[n]}" for i, n in zip(*np.nonzero(at), strict=True)
    )
    _note(book, done, "gold out", "gold is taken out of trade and kept in the balance as a fixed export", moved, keys)
    return goods - gold, gold


def _current_accounts(book: _Book, numbers: _Numbers) -> Array:
    value, low, high = book.range_of("current_account")
    half = np.where(np.isfinite(high - low), high - low, 0.0) / 2
    z = numbers.normal("current_account", book.count)
    spread = half / float(special.ndtri(NINETIETH))
    return np.asarray((value + z * spread) * book.gdp)


def _reexports(
    book: _Book, numbers: _Numbers, goods: Array, absorption: Array, done: list[Step], scalars: dict[str, Array]
) -> Array:
    for code in dict.fromkeys(book.hubs["hub"]):
        rows = book.hubs[book.hubs["hub"] == code]
        hub, name = book.axis.index(str(code)), f"retained_imports_{code}"
        limit = numbers.parameter(book.atlas, name)
        scalars[name] = limit
        shares = numbers.triangle(f"reexports_{code}", *(rows[c].to_numpy() for c in ("share", "low", "high")))
        shares = shares / shares.sum(axis=-1, keepdims=True)
        excess = np.maximum(0.0, goods[:, :, hub].sum(axis=-1) - limit * absorption[:, hub])
        markets = np.array(book.axis.indices(list(rows["market"])))
        keep = (rows["own_return"] == "keep").to_numpy()
        before = goods
        goods, dropped = steps.reroute(goods, hub, excess, markets, shares, keep)
        reason = (
            f"goods imports of {book.atlas.names[code]} beyond {limit[0]:.0%} of absorption are sent on to their likely "
            f"final markets; USD {dropped[0] / 1e3:,.0f} bn that would return to its origin leaves the table"
        )
        keys = (f"atlas/parameters/{name}", *(f"atlas/reexports/{code}/{m}" for m in rows["market"]))
        _note(book, done, f"re-exports of {code}", reason, _moved(before, goods), keys)
    return goods


def _close_accounts(book: _Book, account: Array, flows: Array, done: list[Step]) -> Array:
    weight = flows.sum(axis=-1) + flows.sum(axis=-2)
    weight = weight / weight.sum(axis=-1, keepdims=True)
    spread = account.sum(axis=-1, keepdims=True) * weight
    reason = (
        f"reported current accounts add up to USD {account[0].sum() / 1e3:,.0f} bn; the sum is taken off in "
        "proportion to trade"
    )
    _note(book, done, "world discrepancy", reason, np.abs(spread[0]), ())
    return account - spread


def _balances(book: _Book, flows: Array, target: Array, start: Array | None, done: list[Step]) -> tuple[Array, Array]:
    if not np.isfinite(target).all() or not np.isfinite(flows).all():
        raise AssertionError("tables were validated and hold finite numbers")
    try:
        trade, factors = steps.balance(flows, target, start)
    except (ArithmeticError, np.linalg.LinAlgError):
        raise _unbalanced(book, flows, target) from None
    reason = (
        "exports and imports of each economy are scaled by one factor so that trade agrees with its current account "
        "net of capital income, remittances and gold"
    )
    keys = tuple(f"atlas/figures/current_account/{code}" for code in book.axis)
    _note(book, done, "balances", reason, _moved(flows, trade), keys)
    return trade, factors


def _unbalanced(book: _Book, flows: Array, target: Array) -> InputError:
    problems = Problems(book.atlas.files["trade"])
    gap = np.abs(flows[0].sum(axis=-1) - flows[0].sum(axis=-2) - target[0]) / book.gdp
    for place in np.argsort(-gap)[:5]:
        problems.add(
            f"trade of {book.axis.names[place]} cannot be scaled to its current account",
            "Check its exports, imports, current account and transfers.",
            field="value_usd_m", value=f"gap of {gap[place]:.1%} of GDP",
        )  # fmt: skip
    return InputError(problems)


def _domestic_sales(
    book: _Book, numbers: _Numbers, trade: Array, gold: Array, done: list[Step], scalars: dict[str, Array]
) -> tuple[Array, Array]:
    ratio = numbers.triangle("gross_output_ratio", *book.range_of("gross_output_ratio"), together=True)
    scalars["gross_output_ratio"] = _mean(book, ratio)
    exports = trade.sum(axis=-1) + gold.sum(axis=-1)
    rest = ratio * book.gdp - exports
    known = np.isfinite(book.domestic)
    sales = np.where(known, book.domestic, rest)
    floor = np.maximum(book.scalar("domestic_floor") * book.gdp, book.gdp - trade.sum(axis=-1) + SMALL_USD_M)
    raised = np.maximum(floor - sales, 0.0)
    own = np.arange(book.count)
    trade = trade.copy()
    trade[:, own, own] = sales + raised
    reason = "domestic sales are raised where output would not cover value added or the stated floor"
    _note(book, done, "domestic sales", reason, raised[0], ("atlas/parameters/domestic_floor",))
    return trade, book.gdp / trade.sum(axis=-1)


def _checks(book: _Book, track: _Track) -> tuple[Check, ...]:
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
                "Correct the rows of this economy, or add a step.", field=check.name, value=check.economy,
            )  # fmt: skip
    for i in np.flatnonzero((np.diagonal(track.trade[0]) <= 0) | (np.diagonal(track.holdings[0]) <= 0)):
        problems.add("no domestic sales or no own capital", "Check output, exports and FDI.", value=book.axis.names[i])
    problems.raise_if_any()
    return checks


def _inputs(book: _Book, central: _Track, drawn: _Track) -> dict[str, Array]:
    """Scalar inputs as drawn; a matrix is summed up by its total over the five, as a ratio to the centre."""
    five = book.five

    def total(track: _Track) -> Array:
        flows = track.trade * book.off
        return np.asarray(flows[:, five, :].sum(axis=(-2, -1)) + flows[:, :, five].sum(axis=(-2, -1)))

    summaries = {
        "trade_and_balances": total(drawn) / total(central),
        "gold": drawn.gold[:, five].sum(axis=-1) / central.gold[:, five].sum(axis=-1),
        "remittances": drawn.transfers[:, five].sum(axis=-1) / central.transfers[:, five].sum(axis=-1),
        "fdi_stocks": drawn.scalars.pop("fdi_stocks") / central.scalars["fdi_stocks"],
    }
    return {f"atlas/{name}": values for name, values in {**drawn.scalars, **summaries}.items()}


def _world(book: _Book, track: _Track, checks: tuple[Check, ...], shape: object, inputs: dict[str, Array],
           steps_of: _Track | None = None) -> World:  # fmt: skip
    pick = shape  # squeezes the leading axis of the central world
    assert callable(pick)
    return World(
        economies=book.axis,
        trade=pick(track.trade),
        holdings=pick(track.holdings),
        capital_share=book.capital_share,
        value_added_share=pick(track.value_added_share),
        gdp=book.gdp,
        population=book.atlas.figure("population"),
        current_account=pick(track.current_account),
        capital_income=pick(track.capital_income),
        net_transfers=pick(track.transfers),
        net_gold=pick(track.gold),
        transfers=book.transfers,
        basis=_basis(book.atlas),
        steps=tuple((steps_of or track).steps),
        checks=checks,
        inputs=inputs,
    )


def _basis(atlas: Atlas) -> dict[str, dict[str, float]]:
    trade, fdi = atlas.table("trade"), atlas.table("fdi")
    flows = {str(name): rows.rename(columns={"value_usd_m": "v"}) for name, rows in trade.groupby("flow")}
    flows["fdi"] = fdi.rename(columns={"stock_usd_m": "v"})
    shares: dict[str, dict[str, float]] = {}
    for name, rows in flows.items():
        by: pd.Series[float] = rows.groupby("basis")["v"].sum()
        shares[name] = {str(k): float(v) for k, v in (by / by.sum()).items()}
    return shares


def _mean(book: _Book, values: Array) -> Array:
    """The mean over the five: how far a common draw moved them."""
    return np.asarray(values[:, book.five].mean(axis=-1))


def _moved(before: Array, after: Array) -> Array:
    change = np.abs(after[0] - before[0])
    return np.asarray(change.sum(axis=0) + change.sum(axis=1))


def _note(book: _Book, done: list[Step], name: str, reason: str, moved: Array, keys: tuple[str, ...]) -> None:
    order: NDArray[np.intp] = np.argsort(-moved, kind="stable")
    by_economy = {book.axis.names[i]: float(moved[i]) for i in order if moved[i] > SMALL_USD_M}
    done.append(Step(name, reason, by_economy, float(moved.sum()), keys))
