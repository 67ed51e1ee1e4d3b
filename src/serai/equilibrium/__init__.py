"""equilibrium: who gains what.

One sector with trade and capital: baseline + shock -> equilibrium.

    baseline.py        the world of the base year, checked
    shock.py           what changes, as ratios new over old; shocks compose
    trade_capital.py   `solve`, one world
    many_worlds.py     `solve_draws`, many worlds side by side
    conditional.py     outputs and expenditures fixed, multilateral resistances move
    result.py          `Equilibrium` and `SolvedDraws`: what comes back
    _base.py           the numbers of the base year that the equations use
    _search.py         which solver when, and why a search failed
    _outcome.py        from a solved state to the words of the result
    _market.py         the equations and their analytic Jacobian
    _capital.py        the capital side of the equations under each closure
    _adjustment.py     how prices adjust in tatonnement
    _linear.py         products over a stack of worlds
    _solvers/          Newton, Anderson over draws, damped tatonnement, one status enumeration
"""

from serai.equilibrium._solvers.status import Status
from serai.equilibrium.baseline import Baseline
from serai.equilibrium.conditional import ConditionalEquilibrium, solve_conditional
from serai.equilibrium.many_worlds import solve_draws
from serai.equilibrium.result import Equilibrium, SolvedDraws
from serai.equilibrium.shock import Shock
from serai.equilibrium.trade_capital import balanced, solve

__all__ = [
    "Baseline",
    "ConditionalEquilibrium",
    "Equilibrium",
    "Shock",
    "SolvedDraws",
    "Status",
    "balanced",
    "solve",
    "solve_conditional",
    "solve_draws",
]
