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
"""

from serai.gravity.fit import fit_gravity
from serai.gravity.present import Comparison, compare
from serai.gravity.result import GravityFit

__all__ = ["Comparison", "GravityFit", "compare", "fit_gravity"]
