"""What trade is worth by what is bought at home: the formula of Arkolakis, Costinot and Rodriguez-Clare.

    one sector     W = pi_nn^(-1 / (gamma theta)),            pi_nn the share bought at home, new over old
    many sectors   log(P_s / w) = sum_k inverse(1 - G)[s,k] log(pi_nn_k) / theta_k,   W = prod_s (w/P_s)^f_s

Sources: Arkolakis, Costinot and Rodriguez-Clare (2012), "New Trade Models, Same Old Gains?", American
Economic Review 102(1); with sectors and materials Costinot and Rodriguez-Clare (2014), Handbook of
International Economics 4, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from serai import html
from serai.axes import Array, Axis, as_float, refuse_cells
from serai.equilibrium.baseline import Baseline
from serai.equilibrium.multisector_baseline import MultiSectorBaseline
from serai.equilibrium.shock import Shock
from serai.equilibrium.trade_capital import balanced, solve
from serai.errors import InputError, Problem

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class AcrEquilibrium:
    """Gains from trade by the formula, in the world of trade alone.

    Parameters
    ----------
    economies : names.
    real_income : (N,), new over old, by the formula.
    home_share_before, home_share_after : (N,), with sectors (N, S), what is bought at home over what is
        bought, in the balanced base year and after the shock.
    trade : (N exporter, N importer), with sectors (S, N, N), money, after the shock.
    """

    economies: Axis
    real_income: Array
    home_share_before: Array
    home_share_after: Array
    trade: Array

    def _repr_html_(self) -> str:
        columns = {"real_income, %": html.percent(self.real_income)}
        if self.home_share_before.ndim == 1:
            columns |= {
                "home share before": self.home_share_before,
                "home share after": self.home_share_after,
            }
        return html.largest(self.economies.names, columns, "gains by the formula, trade alone")


def acr_welfare(baseline: Baseline | MultiSectorBaseline, home_share: Any) -> Array:
    """Real income, new over old, from new shares bought at home: (N,).

    Parameters
    ----------
    baseline : the base year; its flows give the old shares. Capital, deficits and tariffs play no part.
    home_share : the new shares, one number, (N,) or with sectors (N, S); 1 is autarky, so that the gains from
        trade are `1 - acr_welfare(baseline, 1)`.

    Raises
    ------
    InputError : shares outside 0 to 1, and sectors that are bought but not at home, where the formula has no
        value.

    Examples
    --------
    Their own example: the United States bought 93 percent at home in 2000; with a trade elasticity of 5 the
    whole of its trade was worth 1.4 percent.

    >>> world = Baseline.from_flows([[93.0, 7.0], [7.0, 193.0]], ["USA", "rest"], trade_elasticity=5)
    >>> [round(float(loss), 3) for loss in 1 - acr_welfare(world, 1)]
    [0.014, 0.007]
    """
    _refuse_draws(baseline)
    old = home_shares(baseline)
    new = as_float("home_share", np.broadcast_to(home_share, old.shape), old.shape, "shares bought at home")
    axes = (baseline.economies, baseline.sectors) if isinstance(baseline, MultiSectorBaseline) else ()
    refuse_cells(
        "home_share",
        new,
        ~((new > 0) & (new <= 1)),
        axes or (baseline.economies,),
        "a share bought at home lies outside 0 to 1",
        "Give more than 0 and at most 1.",
    )
    if not isinstance(baseline, MultiSectorBaseline):
        power = -1 / (baseline.value_added_share * baseline.trade_elasticity)
        return np.asarray((new / old) ** power)
    used = baseline.base().spending[0].T > 0
    refuse_cells(
        "flows",
        old,
        used & (old <= 0),
        axes,
        "the sector is bought but nothing of it at home, so that the formula has no value",
        "Merge it with another sector, or use solve.",
    )
    cheaper = np.log(np.where(used, new / np.where(used, old, 1), 1)) / baseline.theta
    inputs = np.swapaxes(baseline.base().inputs[0], 1, 2)  # (N, S output, S input)
    price = np.linalg.solve(np.eye(inputs.shape[1]) - inputs, cheaper[:, :, np.newaxis])[:, :, 0]
    return np.asarray(np.exp(-(baseline.final_share * price).sum(axis=1)))


def solve_acr(baseline: Baseline | MultiSectorBaseline, shock: Shock) -> AcrEquilibrium:
    """Gains from a change of trade costs abroad by the formula, with shares from the world of trade alone.

    The base year without capital movements, deficits and tariff revenue is solved exactly; from the new
    shares bought at home the formula gives real income. In that world it is the exact answer, and the
    difference from `solve` on the world as it is says what capital, deficits and tariffs add.

    Parameters
    ----------
    baseline : the base year. With tariffs it is refused: the formula leaves their revenue out.
    shock : trade costs between economies; costs at home stay.

    Examples
    --------
    >>> world = Baseline.from_flows([[90.0, 10.0], [10.0, 90.0]], ["JPN", "KAZ"], trade_elasticity=5)
    >>> result = solve_acr(world, Shock(trade_cost=np.array([[1.0, 0.9], [0.9, 1.0]])))
    >>> result.real_income.round(4).tolist()
    [1.0135, 1.0135]
    """
    _refuse_draws(baseline)
    _refuse_shock(baseline, shock)
    tariff = baseline.tariff if isinstance(baseline, MultiSectorBaseline) else None
    if tariff is not None and (tariff != 0).any():
        reason = "the base year has tariffs, whose revenue the formula leaves out"
        raise InputError(Problem(reason, "Use solve, or a baseline without tariffs.", field="tariff"))
    base = balanced(replace(baseline, holdings=None, capital_income=None))
    trade = solve(base, shock).trade
    after = _at_home(trade)
    return AcrEquilibrium(baseline.economies, acr_welfare(base, after), home_shares(base), after, trade)


def home_shares(baseline: Baseline | MultiSectorBaseline) -> Array:
    """What is bought at home over what is bought, (N,) or with sectors (N, S); 1 where nothing is bought."""
    return _at_home(baseline.flows if isinstance(baseline, MultiSectorBaseline) else baseline.trade)


def _at_home(flows: Array) -> Array:
    bought, home = flows.sum(axis=-2), np.diagonal(flows, axis1=-2, axis2=-1)
    share = np.divide(home, bought, out=np.ones_like(bought), where=bought > 0)
    return np.asarray(share.T)


def _refuse_draws(baseline: Baseline | MultiSectorBaseline) -> None:
    if baseline.draws is not None:
        raise InputError(Problem("the baseline has a draw axis", "Take one world at a time."))


def _refuse_shock(baseline: Baseline | MultiSectorBaseline, shock: Shock) -> None:
    """Everything but trade costs between economies."""
    for name in ("openness", "productivity", "labour", "transfer", "tariff"):
        if getattr(shock, name) is not None:
            reason = f"{name} changes, which shares bought at home do not show"
            raise InputError(Problem(reason, "Only trade_cost may change here; use solve.", field=name))
    if shock.trade_cost is not None:
        home = np.diagonal(np.asarray(shock.trade_cost, dtype=float), axis1=-2, axis2=-1)
        refuse_cells(
            "trade_cost",
            home,
            np.abs(home - 1) > _TOLERANCE,
            (baseline.economies,),
            "the cost of trade at home changes, which shares bought at home do not show",
            "Leave 1 on the diagonal; use solve for changes at home.",
        )
