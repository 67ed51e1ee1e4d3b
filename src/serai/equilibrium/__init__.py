"""equilibrium: who gains what.

Baseline + shock -> equilibrium: one sector with trade and capital, or many with tariffs and materials.

    baseline.py        the world of the base year, checked
    shock.py           what changes, as ratios new over old; shocks compose
    trade_capital.py   `solve`, one world
    many_worlds.py     `solve_draws`, many worlds side by side
    multisector_baseline.py, multisector.py   the same with sectors
    many_sector_worlds.py   `solve_draws` with sectors
    adjoint.py         `gradient`: slopes of an outcome by every lever, one transposed solve
    gradient_draws.py  the same at the base year for many draws
    levers.py          `rank_levers`: the levers worth most, to first order
    instruments.py     what one unit of a policy does, what it costs, how far it goes
    optimal_policy.py  `optimal_policy`: the best amounts under bounds and a budget
    exposure.py        who is exposed to whose productivity, to first order
    decompose.py       where a change of real income comes from
    conditional.py     outputs and expenditures fixed, multilateral resistances move
    result.py          `Equilibrium` and `SolvedDraws`: what comes back
    acr.py             the welfare formula of Arkolakis, Costinot and Rodriguez-Clare
    first_order.py     a shock by slopes alone
    _base.py           the numbers of the base year that the equations use
    _compiled.py, _draws_numba.py, _vectors_numba.py   the search over draws by compiled code, where ready
    _search.py         which solver when, and why a search failed
    _outcome.py        from a solved state to the words of the result
    _market.py         the equations and their analytic Jacobian
    _capital.py        the capital side of the equations under each closure
    _adjustment.py     how prices adjust in tatonnement
    _sector_base.py, _sector_market.py   the base year and the equations with sectors
    _market_pullback.py, _pullback.py   the equations read backwards, with one sector and with many
    _linear.py         products over a stack of worlds
    _solvers/          Newton, Anderson over draws, tatonnement, projected gradient; one status enumeration
"""

from serai.equilibrium._compiled import compile_draws, draws_searched_by
from serai.equilibrium._solvers.status import Status
from serai.equilibrium.acr import AcrEquilibrium, acr_welfare, solve_acr
from serai.equilibrium.adjoint import Gradient, gradient
from serai.equilibrium.baseline import Baseline
from serai.equilibrium.conditional import ConditionalEquilibrium, solve_conditional
from serai.equilibrium.decompose import Decomposition, decompose
from serai.equilibrium.exposure import Exposure, exposure
from serai.equilibrium.first_order import FirstOrder, solve_first_order
from serai.equilibrium.gradient_draws import gradient_draws
from serai.equilibrium.instruments import Instrument
from serai.equilibrium.levers import Lever, rank_levers
from serai.equilibrium.many_worlds import solve_draws
from serai.equilibrium.multisector import MultiSectorEquilibrium, settled
from serai.equilibrium.multisector_baseline import MultiSectorBaseline
from serai.equilibrium.optimal_policy import OptimalPolicy, optimal_policy
from serai.equilibrium.result import Equilibrium, SolvedDraws
from serai.equilibrium.shock import Shock
from serai.equilibrium.trade_capital import balanced, solve

__all__ = [
    "AcrEquilibrium",
    "Baseline",
    "ConditionalEquilibrium",
    "Decomposition",
    "Equilibrium",
    "Exposure",
    "FirstOrder",
    "Gradient",
    "Instrument",
    "Lever",
    "MultiSectorBaseline",
    "MultiSectorEquilibrium",
    "OptimalPolicy",
    "Shock",
    "SolvedDraws",
    "Status",
    "acr_welfare",
    "balanced",
    "compile_draws",
    "decompose",
    "draws_searched_by",
    "exposure",
    "gradient",
    "gradient_draws",
    "optimal_policy",
    "rank_levers",
    "settled",
    "solve",
    "solve_acr",
    "solve_conditional",
    "solve_draws",
    "solve_first_order",
]
