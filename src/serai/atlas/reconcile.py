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

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from serai.atlas import steps
from serai.atlas.checks import ARRAYS, Track, check
from serai.atlas.inputs import Book, Numbers
from serai.atlas.load import Atlas
from serai.atlas.world import Check, Step, World
from serai.axes import Array
from serai.draws import Draws, triangular
from serai.errors import InputError, Problems
from serai.memo import Memo

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
    book, central, checks = _CENTRAL.of(atlas, "central", lambda: _central(atlas))
    if draws is None:
        return _world(book, central, checks, lambda array: array[0], {})
    drawn = _in_blocks(book, draws, central.factors)
    return _world(book, drawn, checks, lambda array: array, _inputs(book, central, drawn), steps_of=central)


_CENTRAL: Memo[tuple[Book, Track, tuple[Check, ...]]] = Memo()


def _central(atlas: Atlas) -> tuple[Book, Track, tuple[Check, ...]]:
    book = Book(atlas)
    central = _walk(book, Numbers(None))
    return book, central, check(book, central)


def _in_blocks(book: Book, draws: Draws, start: Array) -> Track:
    """The draws in blocks that fit the processor's cache; the cut changes no number."""
    blocks = [
        _walk(book, Numbers(draws.part(first, min(first + BLOCK, draws.count))), start)
        for first in range(0, draws.count, BLOCK)
    ]
    arrays = {name: np.concatenate([getattr(block, name) for block in blocks]) for name in ARRAYS}
    scalars = {name: np.concatenate([block.scalars[name] for block in blocks]) for name in blocks[0].scalars}
    return Track(**arrays, steps=[], scalars=scalars)


def _walk(book: Book, numbers: Numbers, start: Array | None = None) -> Track:
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
    return Track(trade, holdings, share, account, income, net_transfers, net_gold, factors, done, scalars)


def _holdings(
    book: Book, numbers: Numbers, done: list[Step], scalars: dict[str, Array]
) -> tuple[Array, Array]:
    """Cells of one host are drawn around their values, then held to the host's total."""
    ratio = numbers.triangle("capital_output_ratio", *book.range_of("capital_output_ratio"), together=True)
    scalars["capital_output_ratio"] = _mean(book, ratio)
    capital = ratio * book.gdp
    foreign = np.minimum(numbers.cells("fdi", book.fdi, book.fdi_low, book.fdi_high), book.fdi_cap)
    foreign = steps.hold_totals(foreign, _host_totals(book, numbers))
    scalars["fdi_stocks"] = foreign[:, :, book.focus].sum(axis=(-2, -1))
    cap, before = book.scalar("foreign_capital_cap"), foreign
    foreign = steps.look_through(foreign, capital, cap)
    key = ("atlas/parameters/foreign_capital_cap",)
    reason = f"FDI beyond {cap:.0%} of a host's capital passes through it and is assigned to where it invests"
    _note(book, done, "conduits", reason, _moved(before, foreign), key)
    limit, before = book.scalar("capital_abroad_cap"), foreign
    foreign = steps.capital_abroad(foreign, capital, limit)
    reason = f"FDI beyond {limit:g} times the capital at home is paid for by owners not known: it is cut off"
    _note(
        book,
        done,
        "capital abroad",
        reason,
        _moved(before, foreign),
        ("atlas/parameters/capital_abroad_cap",),
    )
    holdings, excess = steps.own_capital(foreign, capital, cap)
    _note(
        book,
        done,
        "holdings",
        f"what foreign capital is left beyond {cap:.0%} of the host's capital is cut off",
        excess[0],
        key,
    )
    return holdings, steps.net_capital_income(holdings, book.capital_share, book.gdp)


def _host_totals(book: Book, numbers: Numbers) -> Array:
    """The sum over owners, drawn towards the host's own total and around it, (d, N)."""
    totals = np.broadcast_to(book.fdi.sum(axis=0), (numbers.count, book.count))
    if numbers.draws is not None:
        lean = book.atlas.parameter("fdi_total_lean")
        weight = lean.quantile(numbers.draws.uniform("atlas/fdi_total_lean", (book.count,)))
        totals = steps.mix_sources(totals[0], book.inward, weight, book.scalar("source_gap_cap"))
    spread = book.scalar("fdi_total_factor")
    z = numbers.normal("fdi_totals", book.count)
    return steps.lognormal(z, totals, totals / spread, totals * spread)


def _transfers(book: Book, numbers: Numbers) -> Array:
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


def _goods(book: Book, numbers: Numbers) -> Array:
    """Goods with imputed cells drawn and disputed cells mixed."""
    goods = numbers.cells("goods", book.goods, book.goods_low, book.goods_high)
    if numbers.draws is not None:
        at = book.disputed
        lean = book.atlas.parameter("trade_source_lean")
        weight = lean.quantile(numbers.draws.uniform("atlas/trade_sources", (int(at.sum()),)))
        goods[:, at] = steps.mix_sources(
            book.goods[at], book.other[at], weight, book.scalar("source_gap_cap")
        )
    return goods


def _gold_out(book: Book, numbers: Numbers, goods: Array, done: list[Step]) -> tuple[Array, Array]:
    """Gold is drawn as a share of the recorded flow, so that it never exceeds it."""
    at = book.gold > 0
    recorded = book.goods[at]
    shares = numbers.triangle(
        "gold", book.gold[at] / recorded, book.gold_low[at] / recorded, book.gold_high[at] / recorded
    )
    gold = np.zeros_like(goods)
    gold[:, at] = shares * goods[:, at]
    moved = gold[0].sum(axis=0) + gold[0].sum(axis=1)
    keys = tuple(
        f"atlas/trade/gold/{book.axis.names[i]}/{book.axis.names[n]}"
        for i, n in zip(*np.nonzero(at), strict=True)
    )
    _note(
        book,
        done,
        "gold out",
        "gold is taken out of trade and kept in the balance as a fixed export",
        moved,
        keys,
    )
    return goods - gold, gold


def _current_accounts(book: Book, numbers: Numbers) -> Array:
    value, low, high = book.range_of("current_account")
    half = np.where(np.isfinite(high - low), high - low, 0.0) / 2
    z = numbers.normal("current_account", book.count)
    spread = half / float(special.ndtri(NINETIETH))
    return np.asarray((value + z * spread) * book.gdp)


def _reexports(
    book: Book,
    numbers: Numbers,
    goods: Array,
    absorption: Array,
    done: list[Step],
    scalars: dict[str, Array],
) -> Array:
    for code in dict.fromkeys(book.hubs["hub"]):
        rows = book.hubs[book.hubs["hub"] == code]
        hub, name = book.axis.index(str(code)), f"retained_imports_{code}"
        limit = numbers.parameter(book.atlas, name)
        scalars[name] = limit
        shares = numbers.triangle(
            f"reexports_{code}", *(rows[c].to_numpy() for c in ("share", "low", "high"))
        )
        shares = shares / shares.sum(axis=-1, keepdims=True)
        excess = np.maximum(0.0, goods[:, :, hub].sum(axis=-1) - limit * absorption[:, hub])
        markets = np.array(book.axis.indices(list(rows["market"])))
        keep = (rows["own_return"] == "keep").to_numpy()
        before = goods
        goods, dropped = steps.reroute(goods, hub, excess, markets, shares, keep)
        reason = (
            f"goods imports of {book.atlas.names[code]} beyond {limit[0]:.0%} of absorption are sent on to "
            f"likely final markets; USD {dropped[0] / 1e3:,.0f} bn that would return home are left out"
        )
        keys = (f"atlas/parameters/{name}", *(f"atlas/reexports/{code}/{m}" for m in rows["market"]))
        _note(book, done, f"re-exports of {code}", reason, _moved(before, goods), keys)
    return goods


def _close_accounts(book: Book, account: Array, flows: Array, done: list[Step]) -> Array:
    weight = flows.sum(axis=-1) + flows.sum(axis=-2)
    weight = weight / weight.sum(axis=-1, keepdims=True)
    spread = account.sum(axis=-1, keepdims=True) * weight
    reason = (
        f"reported current accounts add up to USD {account[0].sum() / 1e3:,.0f} bn; the sum is taken off in "
        "proportion to trade"
    )
    keys = tuple(f"atlas/figures/current_account/{code}" for code in book.axis)
    _note(book, done, "world discrepancy", reason, np.abs(spread[0]), keys)
    return np.asarray(account - spread)


def _balances(
    book: Book, flows: Array, target: Array, start: Array | None, done: list[Step]
) -> tuple[Array, Array]:
    if not np.isfinite(target).all() or not np.isfinite(flows).all():
        raise AssertionError("tables were validated and hold finite numbers")
    try:
        trade, factors = steps.balance(flows, target, start)
    except (ArithmeticError, np.linalg.LinAlgError):
        raise _unbalanced(book, flows, target) from None
    reason = (
        "exports and imports of each economy are scaled by one factor so that trade agrees with its current "
        "account net of capital income, remittances and gold"
    )
    keys = tuple(f"atlas/figures/current_account/{code}" for code in book.axis)
    _note(book, done, "balances", reason, _moved(flows, trade), keys)
    return trade, factors


def _unbalanced(book: Book, flows: Array, target: Array) -> InputError:
    problems = Problems(book.atlas.files["trade"])
    gap = np.abs(flows[0].sum(axis=-1) - flows[0].sum(axis=-2) - target[0]) / book.gdp
    for place in np.argsort(-gap)[:5]:
        problems.add(
            f"trade of {book.axis.names[place]} cannot be scaled to its current account",
            "Check its exports, imports, current account and transfers.",
            field="value_usd_m",
            value=f"gap of {gap[place]:.1%} of GDP",
        )
    return InputError(problems)


def _domestic_sales(
    book: Book, numbers: Numbers, trade: Array, gold: Array, done: list[Step], scalars: dict[str, Array]
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


def _inputs(book: Book, central: Track, drawn: Track) -> dict[str, Array]:
    """Scalar inputs as drawn; a matrix by its total over the study's economies, over the centre."""
    focus = book.focus

    def total(track: Track) -> Array:
        flows = track.trade * book.off
        return np.asarray(flows[:, focus, :].sum(axis=(-2, -1)) + flows[:, :, focus].sum(axis=(-2, -1)))

    sums = {
        "trade_and_balances": (total(drawn), total(central)),
        "gold": (drawn.gold[:, focus].sum(axis=-1), central.gold[:, focus].sum(axis=-1)),
        "remittances": (drawn.transfers[:, focus].sum(axis=-1), central.transfers[:, focus].sum(axis=-1)),
        "fdi_stocks": (drawn.scalars.pop("fdi_stocks"), central.scalars["fdi_stocks"]),
    }
    ratios = {name: now / middle for name, (now, middle) in sums.items() if middle.any()}
    return {f"atlas/{name}": values for name, values in {**drawn.scalars, **ratios}.items()}


def _world(
    book: Book,
    track: Track,
    checks: tuple[Check, ...],
    shape: object,
    inputs: dict[str, Array],
    steps_of: Track | None = None,
) -> World:
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


def _mean(book: Book, values: Array) -> Array:
    """The mean over the economies of the study: how far a common draw moved them."""
    return np.asarray(values[:, book.focus].mean(axis=-1))


def _moved(before: Array, after: Array) -> Array:
    change = np.abs(after[0] - before[0])
    return np.asarray(change.sum(axis=0) + change.sum(axis=1))


def _note(book: Book, done: list[Step], name: str, reason: str, moved: Array, keys: tuple[str, ...]) -> None:
    order: NDArray[np.intp] = np.argsort(-moved, kind="stable")
    by_economy = {book.axis.names[i]: float(moved[i]) for i in order if moved[i] > SMALL_USD_M}
    done.append(Step(name, reason, by_economy, float(moved.sum()), keys))
