"""Poisson pseudo-maximum likelihood on the grid [exporter, importer, year].

Pair effects are concentrated out: for any value of the rest they have a closed form. A few sweeps of
proportional fitting start the exporter and importer effects, then Newton steps on everything together, each
solved by `absorb.Normal` only as tightly as the step deserves.

A Newton step tells whether the estimate exists. Along a direction that separates observations (Correia,
Guimaraes and Zylkin 2019) the weighted mean of the exact step in the linear index is -1, so a step smaller
than one everywhere is a proof that nothing is separated, and the costly search runs only when the steps stay
large.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from serai.axes import Array
from serai.errors import SolveError
from serai.gravity import kernels as numpy_kernels
from serai.gravity.absorb import Normal
from serai.gravity.collinear import ABSORBED, Rank, inverse, partial_out, sort_out
from serai.gravity.effects import EffectPlan
from serai.gravity.kernels import Moments
from serai.gravity.layout import Layout

SWEEPS = 3
MOST_ITERATIONS = 100
PATIENCE = 7
CLOSE = 5e-6
TIGHT = 1e-9
SHARP = 1e-7
LOOSE = 1e-2
ROUGH = 3 * LOOSE


@dataclass(frozen=True, slots=True)
class Equation:
    """What is estimated, as arrays on the grid.

    Parameters
    ----------
    plan : the effects.
    y : flow times weight, shape (I, J, T), zero where there is no observation.
    base : weight times exp(offset), zero where there is no observation; None is one everywhere.
    x : covariates (K, I, J, T), finite everywhere.
    """

    plan: EffectPlan
    y: Array
    base: Array | None
    x: Array

    @property
    def used(self) -> Array:
        """One where there is an observation, else zero."""
        return np.ones_like(self.y) if self.base is None else (self.base > 0).astype(float)


@dataclass(frozen=True, slots=True)
class PoissonFit:
    """A fitted equation.

    Parameters
    ----------
    beta : coefficients, shape (K,), of the covariates that `rank` keeps.
    rank : which covariates were estimated, and which could not be.
    unknowns : exporter side, importer side and year effects, flat, see `absorb.Layout`.
    pair : pair effects, shape (I, J).
    mu : expected flows times weights, shape (I, J, T).
    partial : effects of each covariate's projection (K, size), and pair means (K, I, J) or None.
    bread : inverse of the weighted cross products of the covariates' residuals, shape (K, K).
    iterations, steps : Newton steps, and the conjugate-gradient steps inside them.
    suspect : it ended because separation is likely, not because it converged.
    """

    beta: Array
    rank: Rank
    unknowns: Array
    pair: Array
    mu: Array
    partial: tuple[Array, Array | None]
    bread: Array
    iterations: int
    steps: int
    suspect: bool


@dataclass(slots=True)
class _State:
    """The point that Newton's method has reached; moments where they were made on the way."""

    beta: Array
    unknowns: Array
    pair: Array
    mu: Array
    by_i: Array
    by_j: Array
    moments: Moments | None
    likelihood: float = -np.inf


def fit_poisson(
    equation: Equation,
    kernels: ModuleType = numpy_kernels,
    *,
    start: PoissonFit | None = None,
    patience: int = PATIENCE,
) -> PoissonFit:
    """Estimate the coefficients and effects.

    Parameters
    ----------
    equation : the data; covariates best centred and of unit size.
    kernels : the module that does the sums.
    start : an earlier fit to start from.
    patience : Newton steps after which large steps make the fit `suspect` of separation and end it.

    Raises
    ------
    SolveError : no convergence, or steps that do not raise the likelihood.
    """
    problem = _Problem(equation, kernels)
    state = problem.start(start)
    rank = Rank(tuple(range(equation.x.shape[0])), (), ()) if start is None else start.rank
    gamma = np.zeros((len(rank.kept), problem.layout.size))
    steps = 0
    for iteration in range(1, MOST_ITERATIONS + 1):
        normal = Normal(state.mu, equation.plan, kernels, problem.sums(state))
        moments = state.moments or normal.moments(problem.x)
        gradient, rhs = problem.gradient(state), normal.right_hand(moments)
        far = normal.reach(gradient) if iteration > 1 or start is not None else 1.0
        # The next step is about the square of this one: neither the effects' own solution nor, times this
        # step, the error of the projections needs to be smaller.
        tolerance = float(np.clip(far * min(far / 20, ROUGH), TIGHT / 10, ROUGH))
        projected = float(np.clip(far / 3, SHARP, ROUGH))
        gamma, ahead, left, taken = _projections(normal, rhs, gradient, gamma, tolerance, projected)
        steps += taken
        cross = _cross_products(moments, rhs, gamma, left)
        if iteration == 1 and start is None and len(problem.rank(cross, loosely=True).kept) < len(rank.kept):
            gamma, ahead, left, taken = _projections(normal, rhs, gradient, gamma, TIGHT, TIGHT)
            _, cross = normal.residual_products(problem.x, moments.by_pair, gamma)
            rank = problem.rank(cross)
            keep = list(rank.kept)
            problem.restrict(keep)
            state.beta, gamma, cross = state.beta[keep], gamma[keep], cross[np.ix_(keep, keep)]
            moments = moments.some(keep)
        score = problem.x_y - moments.by_pair.sum(axis=(1, 2)) - gamma @ gradient
        change = inverse(cross) @ score
        size = problem.move(state, change, ahead - change @ gamma)
        if not np.isfinite(size):
            raise SolveError(
                "the estimate ran away",
                "Flows more than nine orders of magnitude apart lose their digits, and so do "
                "covariates that the effects nearly explain: check the extremes",
                f"at Newton step {iteration}",
            )
        done = size <= CLOSE and tolerance <= TIGHT and projected <= CLOSE
        suspect = not done and iteration >= patience and size > LOOSE and problem.zeros
        if done or suspect:
            pair = normal.pair_means(moments.by_pair, gamma)
            return PoissonFit(
                state.beta, rank, state.unknowns, state.pair, state.mu, (gamma, pair),
                inverse(cross),
                iteration, steps, suspect,
            )  # fmt: skip
    raise SolveError(
        "no convergence",
        "Look for flows more than nine orders of magnitude apart, and for nearly collinear covariates",
        f"after {MOST_ITERATIONS} Newton steps",
    )


class _Problem:
    """The equation with what does not change between steps: totals of flows by effect."""

    def __init__(self, equation: Equation, kernels: ModuleType) -> None:
        self.equation, self.kernels = equation, kernels
        self.plan, self.x = equation.plan, equation.x
        self.layout = Layout(equation.plan, equation.y.shape)
        y = equation.y
        self.zeros = bool(
            (y.size if equation.base is None else np.count_nonzero(equation.base.swapaxes(1, 2)))
            > np.count_nonzero(y.swapaxes(1, 2))
        )
        by_i, by_j, self.y_pair = numpy_kernels.totals(y)
        self.target = self.layout.flat(by_i[None], by_j[None])[0]
        if self.plan.pair == "symmetric":
            self.y_pair = self.y_pair + self.y_pair.T
        self.x_y, self.squares, self.reach = numpy_kernels.measure(self.x, y)

    def restrict(self, keep: list[int]) -> None:
        if len(keep) < self.x.shape[0]:
            self.x, self.x_y, self.reach = self.x[keep], self.x_y[keep], self.reach[keep]

    def start(self, earlier: PoissonFit | None) -> _State:
        if earlier is not None:
            self.restrict(list(earlier.rank.kept))
            return self.evaluate(earlier.beta.copy(), earlier.unknowns.copy(), earlier.mu, True)
        beta = np.zeros(self.x.shape[0])
        if not self.plan.any:
            base = self.equation.y.size if self.equation.base is None else self.equation.base.sum()
            beta[0] = np.log(self.equation.y.sum() / base)
        unknowns, mu = np.zeros(self.layout.size), np.empty_like(self.equation.y)
        for part in self.layout.slices() * SWEEPS:
            fitted = self.layout.flat(*self.margins(beta, unknowns, mu))[0, part]
            ratio = np.divide(self.target[part], fitted, out=np.ones_like(fitted), where=fitted > 0)
            unknowns[part] += np.log(ratio, out=np.zeros_like(ratio), where=ratio > 0)
        return self.evaluate(beta, unknowns, mu, True)

    def margins(self, beta: Array, unknowns: Array, mu: Array) -> tuple[Array, Array]:
        """Sums (1, I, T) and (1, J, T) of expected flows; for effects alone no cell is written."""
        if self.plan.pair == "symmetric" or beta.any():
            state = self.evaluate(beta, unknowns, mu)
            return state.by_i[None], state.by_j[None]
        known = self.y_pair if self.plan.pair == "directed" else None
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            a, c = (np.exp(part[0]) for part in self.layout.parts(unknowns[None]))
            by_i, by_j = numpy_kernels.margins(self.equation.base, a, c, known)
        return by_i[None], by_j[None]

    def evaluate(self, beta: Array, unknowns: Array, out: Array, wanted: bool = False) -> _State:
        """Expected flows and log-likelihood at a point; `out` receives the flows."""
        a, c = self.layout.parts(unknowns[None])
        symmetric = self.plan.pair == "symmetric"
        kernels = numpy_kernels if symmetric else self.kernels
        known = self.y_pair if self.plan.pair == "directed" else None
        wanted = wanted and not symmetric
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            pair, by_i, by_j, moments = kernels.expected(
                self.equation.base, a[0], c[0], self.x, beta, known, out, wanted
            )
        if symmetric:
            total = numpy_kernels.over_years(out)
            total = total + total.T
            factor = np.divide(self.y_pair, total, out=np.ones_like(total), where=total > 0)
            pair = np.log(factor, out=np.zeros_like(factor), where=factor > 0)
            out *= factor[:, :, None]
            by_i, by_j, _ = numpy_kernels.totals(out)
        halves = 2 if symmetric else 1
        fixed = self.target @ unknowns + (self.y_pair * pair).sum() / halves + self.x_y @ beta
        likelihood = float(fixed) - float(by_i.sum())
        return _State(beta, unknowns, pair, out, by_i, by_j, moments, likelihood)

    def sums(self, state: _State) -> tuple[Array, Array, Array]:
        """Expected flows over importers, exporters and years; pairs fit their totals exactly."""
        directed = self.plan.pair == "directed"
        return state.by_i, state.by_j, self.y_pair if directed else numpy_kernels.over_years(state.mu)

    def gradient(self, state: _State) -> Array:
        """The score of the effects."""
        return np.asarray(self.target - self.layout.flat(state.by_i[None], state.by_j[None])[0])

    def move(self, state: _State, change: Array, ahead: Array) -> float:
        """Take a Newton step, halved until the likelihood rises; returns a bound on the index's change."""
        before = (state.beta, state.unknowns, state.pair, state.likelihood)
        slack = abs(before[3]) * CLOSE**2
        moved = sum(np.abs(ahead[part]).max(initial=0.0) for part in self.layout.slices())
        moved += (np.abs(change) * self.reach).sum()
        new, halving = state, 0
        for halving in range(30):
            beta, unknowns = before[0] + change / 2**halving, before[1] + ahead / 2**halving
            new = self.evaluate(beta, unknowns, state.mu, wanted=moved > CLOSE)
            if new.likelihood >= before[3] - slack and np.isfinite(new.likelihood):
                break
        for name in ("beta", "unknowns", "pair", "by_i", "by_j", "moments", "likelihood"):
            setattr(state, name, getattr(new, name))
        return float(moved + 2**halving * np.abs(state.pair - before[2]).max(initial=0.0))

    def rank(self, cross: Array, loosely: bool = False) -> Rank:
        """Which covariates can be told apart, from the cross products of their residuals."""
        own = self.squares / self.equation.y.size * self.y_pair.sum()
        if loosely:
            return sort_out(cross, own, LOOSE, LOOSE, lambda _: True)
        return sort_out(cross, own, absorbed=self._absorbed)

    def _absorbed(self, k: int) -> bool:
        """The same without the weights, for covariates that vary only where flows are tiny."""
        used, x = self.equation.used, self.x[k : k + 1]
        _, left = partial_out(Normal(used, self.plan), x, TIGHT / 10)
        return bool(left[0, 0] <= ABSORBED * (used * x[0] ** 2).sum())


def _projections(
    normal: Normal, right_hand: Array, gradient: Array, gamma: Array, tolerance: float, projected: float
) -> tuple[Array, Array, Array, int]:
    """Effects of the covariates' projections (K, size) and of the score (size,), solved together.

    Also returns what the projections leave of their right-hand sides, and the steps.
    """
    rhs = np.concatenate([right_hand, gradient[None]])
    start = np.concatenate([gamma, np.zeros((1, gamma.shape[1]))])
    limits = np.append(np.full(rhs.shape[0] - 1, projected), tolerance)
    solved, left, steps = normal.solve(rhs, start, limits)
    return solved[:-1], solved[-1], left[:-1], steps


def _cross_products(moments: Moments, rhs: Array, gamma: Array, left: Array) -> Array:
    """Cross products (K, K) of what projections leave of the covariates, without another look at these.

    An error of `gamma` enters squared, since `left`, what it leaves of its equations, is taken into account.
    """
    cross = moments.gram - rhs @ gamma.T - gamma @ left.T
    return np.asarray((cross + cross.T) / 2)
