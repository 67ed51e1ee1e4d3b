"""What frictions cost: structural gravity for trade and investment.

effects.py      which fixed effects, and which absorb others
panel.py        a data frame or file, checked and laid on the grid
kernels.py      sums over the grid (compiled.py: the same for numba)
absorb.py       least squares on the effects
collinear.py    covariates that cannot be told apart
ppml.py         Poisson pseudo-maximum likelihood
ols.py          least squares on logarithms
separation.py   observations without information
inference.py    standard errors
bias.py         Weidner and Zylkin's corrections
fit.py          all of it in order: `fit_gravity`
result.py       `GravityFit`; levels.py and present.py show it
specification.py  RESET
dynamics.py     lags and leads
many.py         many industries: `fit_gravity_by`
"""

from serai.gravity.compiled import compile_kernels
from serai.gravity.dynamics import add_lags
from serai.gravity.fit import fit_gravity
from serai.gravity.many import GravityFits, fit_gravity_by
from serai.gravity.present import Comparison, compare
from serai.gravity.result import GravityFit
from serai.gravity.specification import Reset, reset_test

__all__ = [
    "Comparison",
    "GravityFit",
    "GravityFits",
    "Reset",
    "add_lags",
    "compare",
    "compile_kernels",
    "fit_gravity",
    "fit_gravity_by",
    "reset_test",
]
