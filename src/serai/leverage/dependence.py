"""Who depends on whom: what an economy loses without a partner, exactly and to first order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from serai.axes import Array, Axis
from serai.draws import interval
from serai.equilibrium import Baseline, Shock, exposure, solve, solve_draws
from serai.equilibrium.baseline import draw_count
from serai.equilibrium.trade_capital import Deficits, Wealth
from serai.leverage.cuts import CHANNELS, cut, refuse_partners
from serai.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

_STACKED = 256  # worlds solved in one stack: their shocks take N x N numbers each, twice


@dataclass(frozen=True, slots=True, eq=False)
class Dependence(Shown):
    """What each economy loses when its ties with each partner are cut.

    Parameters
    ----------
    dependants, partners : names, D and P.
    wealth : the closure, `fixed` or `steady`.
    loss : channel -> ([draws,] D, P), share of the dependant's real income that is lost; negative is a gain,
        NaN where the world has no equilibrium without these ties.
    partner_loss : the same for the partner, its economies weighted by what they spend: who loses more of its
        income holds less leverage.
    exposure : (D, P), percent of the dependant's real income for one percent of productivity of all
        economies of the partner (Kleinman, Liu and Redding 2024), to first order; None with draws.
    """

    dependants: Axis
    partners: Axis
    wealth: str
    loss: Mapping[str, Array]
    partner_loss: Mapping[str, Array]
    exposure: Array | None

    def of(self, channel: str, dependant: str, partner: str) -> Array:
        """One cell: () or (draws,)."""
        return np.asarray(
            self.loss[channel][..., self.dependants.index(dependant), self.partners.index(partner)]
        )

    def tidy(self) -> pd.DataFrame:
        """One row for each channel and pair: the loss, the partner's own, in percent."""
        import pandas as pd

        rows = []
        for channel, table in self.loss.items():
            for d, dependant in enumerate(self.dependants):
                for p, partner in enumerate(self.partners):
                    row: dict[str, object] = {"channel": channel, "economy": dependant, "partner": partner}
                    row |= _percentiles(table[..., d, p])
                    row["partner_estimate"] = 100 * float(np.median(self.partner_loss[channel][..., d, p]))
                    rows.append(
                        row | {"wealth": self.wealth, "unit": "percent of real income", "basis": "computed"}
                    )
        return pd.DataFrame(rows)


def dependence(
    baseline: Baseline,
    dependants: Sequence[str],
    partners: Mapping[str, Sequence[str]],
    *,
    remittances: Array | None = None,
    routes: Mapping[str, Array] | None = None,
    channels: Sequence[str] | None = None,
    shock: Shock | None = None,
    wealth: Wealth = "fixed",
    deficits: Deficits = "fixed",
    first_order: bool = True,
) -> Dependence:
    """Exact losses of real income from cutting the ties between each economy and each partner.

    Trade costs become infinite, openness to capital zero and remittances stop, between the economy and all
    economies of the partner; the whole world is solved anew for each pair and channel.

    Parameters
    ----------
    baseline : the base year; with a draw axis every pair is solved for every draw.
    dependants : whose losses. partners : name -> economies cut together.
    remittances : ([draws,] N payer, N recipient), million USD; without them only trade and capital stop.
    routes : partner -> ([draws,] N, N), trade costs, new over old, once the partner's transport links are
        closed: what a corridor network gives. Adds the channels `transit` (the links alone, for the
        dependant's own trade) and `together_and_transit`.
    channels : some of `CHANNELS`, and the two of transit where `routes` are given; all that have figures by
        default.
    shock : what has changed before the ties are cut, such as a programme.
    wealth, deficits : the closures, as in `solve`.
    first_order : whether to add the exposures, one transposed solve; not with draws or after a shock.

    Raises
    ------
    InputError : unknown economies or channels, an economy as its own partner, missing figures; all at once.

    Examples
    --------
    >>> from serai.equilibrium import Baseline
    >>> world = Baseline.from_flows([[90.0, 10.0], [10.0, 90.0]], ["JPN", "KAZ"], trade_elasticity=5)
    >>> found = dependence(world, ["KAZ"], {"Japan": ["JPN"]}, channels=["trade"])
    >>> round(float(found.of("trade", "KAZ", "Japan")), 4)  # 1 - 0.9 ** (1 / 5)
    0.0209
    """
    chosen = tuple(channels) if channels is not None else _default_channels(baseline, remittances, routes)
    refuse_partners(baseline.economies, dependants, partners, chosen, remittances, routes)
    pairs = [(d, p) for d in dependants for p in partners]
    before = real_incomes(baseline, [shock or Shock()], wealth, deficits)
    weights = _absorption(baseline)
    loss: dict[str, Array] = {}
    partner_loss: dict[str, Array] = {}
    for channel in chosen:
        shocks = [
            Shock.compose(
                [
                    *([] if shock is None else [shock]),
                    cut(
                        baseline.economies,
                        d,
                        partners[p],
                        channel,
                        remittances=remittances,
                        route=(routes or {}).get(p),
                        capital=baseline.holdings is not None,
                    ),
                ]
            )
            for d, p in pairs
        ]
        left = 1 - real_incomes(baseline, shocks, wealth, deficits) / before
        own, other = _sides(baseline.economies, left, weights, pairs, partners)
        shape = (*own.shape[1:], len(dependants), len(partners))
        loss[channel] = np.moveaxis(own, 0, -1).reshape(shape)
        partner_loss[channel] = np.moveaxis(other, 0, -1).reshape(shape)
    return Dependence(
        Axis("economy", tuple(dependants)),
        Axis("partner", tuple(partners)),
        wealth,
        loss,
        partner_loss,
        _exposures(baseline, dependants, partners, wealth)
        if first_order and baseline.draws is None and shock is None
        else None,
    )


def _default_channels(
    baseline: Baseline, remittances: Array | None, routes: Mapping[str, Array] | None
) -> tuple[str, ...]:
    """Every channel that there are figures for."""
    known = {"trade", "together"}
    known |= set() if baseline.holdings is None else {"capital"}
    known |= set() if remittances is None else {"remittances"}
    return (*(c for c in CHANNELS if c in known), *(("transit", "together_and_transit") if routes else ()))


def real_incomes(baseline: Baseline, shocks: Sequence[Shock], wealth: Wealth, deficits: Deficits) -> Array:
    """Real income over its base for each shock: (shocks, [draws,] N); all worlds are solved in stacks."""
    count = draw_count({**baseline.draw_lengths(), **Shock.compose(shocks).draw_lengths()})
    size = len(baseline.economies)
    worlds = count or 1
    length = max(1, _STACKED // worlds)
    found = []
    for start in range(0, len(shocks), length):
        part = shocks[start : start + length]
        solved = solve_draws(
            _repeated(baseline, len(part)),
            _stacked(part, size, worlds),
            wealth=wealth,
            deficits=deficits,
            keep=["real_income"],
        )
        found.append(np.asarray(solved.real_income).reshape(len(part), worlds, size))
    everything = np.concatenate(found)
    return everything[:, 0] if count is None else everything


def _repeated(baseline: Baseline, times: int) -> Baseline:
    """A baseline whose draws come as many times after each other; what has no draws is shared."""
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(baseline, name)] * times)
        for name, length in baseline.draw_lengths().items()
        if length is not None
    }
    return replace(baseline, **arrays)


def _stacked(shocks: Sequence[Shock], size: int, worlds: int) -> Shock:
    """Shocks after each other along the draw axis, each for as many worlds as there are draws."""
    square, line = np.ones((size, size)), np.ones(size)
    nothing: dict[str, Array] = {"trade_cost": square, "openness": square, "productivity": line}
    nothing |= {"labour": line, "transfer": np.zeros(size)}
    given: dict[str, Array] = {}
    for name, neutral in nothing.items():
        arrays = [getattr(shock, name) for shock in shocks]
        if any(array is not None for array in arrays):
            full = [neutral if array is None else array for array in arrays]
            given[name] = np.concatenate([np.broadcast_to(a, (worlds, *neutral.shape)) for a in full])
    return Shock(**(given or {"transfer": np.zeros((len(shocks) * worlds, size))}))


def _absorption(baseline: Baseline) -> Array:
    """What each economy spends beyond materials, in the middle of the draws, (N,)."""
    spent = np.asarray(baseline.expenditure - (1 - baseline.value_added_share) * baseline.output)
    return np.asarray(np.median(spent.reshape(-1, spent.shape[-1]), axis=0))


def _sides(
    economies: Axis,
    lost: Array,
    weights: Array,
    pairs: Sequence[tuple[str, str]],
    partners: Mapping[str, Sequence[str]],
) -> tuple[Array, Array]:
    """Of all losses (pairs, [draws,] N): the dependant's own and the partner's, (pairs, [draws])."""
    own = np.stack([lost[m, ..., economies.index(d)] for m, (d, _) in enumerate(pairs)])
    other = []
    for m, (d, p) in enumerate(pairs):
        places = economies.indices([code for code in partners[p] if code != d])
        other.append(np.average(lost[m][..., places], axis=-1, weights=weights[places]))
    return own, np.stack(other)


def _exposures(
    baseline: Baseline,
    dependants: Sequence[str],
    partners: Mapping[str, Sequence[str]],
    wealth: Wealth,
) -> Array:
    """First-order exposure to all economies of each partner, (D, P); elasticities add up.

    Deficits are proportional to income here: held fixed in units of world output they would gain in worth
    with every growing economy, and whoever lives on remittances would seem exposed to all of them.
    """
    welfare = exposure(solve(baseline, wealth=wealth, deficits="proportional")).welfare
    rows = baseline.economies.indices(dependants)
    columns = [baseline.economies.indices(codes) for codes in partners.values()]
    return np.stack([welfare[rows][:, places].sum(axis=1) for places in columns], axis=1)


def _percentiles(values: Array) -> dict[str, object]:
    """The estimate in percent, with its interval when there are draws."""
    if values.ndim == 0:
        return {"estimate": 100 * float(values)}
    found = interval(values)
    return {"estimate": 100 * found.estimate, "low": 100 * found.low, "high": 100 * found.high}
