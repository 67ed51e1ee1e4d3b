"""Weighted least squares on the effects of a gravity panel, without writing the dummies down.

The panel is a grid [exporter, importer, year], so that the products of the effects' dummies with anything
are sums along an axis. Pair effects are eliminated exactly (their normal equations are diagonal), then the
exporter side (one small block an exporter), and what remains, the importer side or the years, is solved by
conjugate gradients preconditioned with its own blocks. Eliminating the exporter side first halves the number
of steps.
"""

from __future__ import annotations

from types import ModuleType
from typing import Protocol

import numpy as np

from serai.axes import Array
from serai.gravity import kernels as numpy_kernels
from serai.gravity.effects import EffectPlan
from serai.gravity.kernels import Moments, reciprocal
from serai.gravity.layout import Layout, over_kind
from serai.gravity.parts import in_parts

MOST_STEPS = 1000
SMALL = 1 << 13


class Linear(Protocol):
    """The equations of the unknowns that conjugate gradients solve, and what follows from these unknowns."""

    def __call__(self, unknowns: Array, first: Array | None = None) -> tuple[Array, Array]: ...


class Normal:
    """The normal equations of the effects under given weights.

    Parameters
    ----------
    weights : zero or more, shape (I, J, T); zero where there is no observation.
    plan : which effects there are.
    kernels : the module that does the sums.
    sums : the weights summed over importers (I, T), exporters (J, T) and years (I, J), where they are known.

    Unknowns are rows of a flat array (R, size): exporter side, importer side, years. Pair effects are not
    among them; `pair_means` gives them back.
    """

    def __init__(
        self,
        weights: Array,
        plan: EffectPlan,
        kernels: ModuleType = numpy_kernels,
        sums: tuple[Array, Array, Array] | None = None,
    ) -> None:
        self.weights, self.plan = weights, plan
        self.kernels = numpy_kernels if plan.pair == "symmetric" else kernels
        self.layout = layout = Layout(plan, weights.shape)
        self.size_a, self.size_c, self.years, self.size = (
            layout.size_a,
            layout.size_c,
            layout.years,
            layout.size,
        )
        self.by_i, self.by_j, by_pair = numpy_kernels.totals(weights) if sums is None else sums
        both_ways = by_pair + by_pair.T if plan.pair == "symmetric" else by_pair
        self.inverse = reciprocal(both_ways) if plan.pair != "none" else None
        self.eliminate = self.size_a > 0 and self.size > self.size_a and plan.pair != "symmetric"
        if self.eliminate and self.size_c:
            self._shares()
        # Below this a squared residual is rounding error of the largest flows; going on would only follow it.
        self.floor = float(self.by_i.sum()) * np.finfo(float).eps ** 2
        self._invert_blocks()

    def moments(self, x: Array) -> Moments:
        """Weighted sums of variables (R, I, J, T), less pair means, under these weights."""
        if self.plan.pair != "symmetric":
            result: Moments = self.kernels.moments(self.weights, x, self.inverse)
            return result
        by_i, by_j, by_pair, gram = numpy_kernels.moments(self.weights, x, None)
        mean = self._mean(by_pair)
        by_i -= np.matmul(mean[:, :, None, :], self.weights)[:, :, 0, :]
        by_j -= numpy_kernels.over_exporters(self.weights, mean)
        return Moments(by_i, by_j, by_pair, gram - np.einsum("kij,lij->kl", mean, by_pair))

    def right_hand(self, moments: Moments) -> Array:
        """Right-hand sides (R, size) of variables with these moments."""
        return self.layout.flat(moments.by_i, moments.by_j)

    def solve(self, rhs: Array, start: Array, tolerance: Array) -> tuple[Array, Array, int]:
        """Effects (R, size) that solve the normal equations, what they leave of `rhs`, and the steps taken.

        `tolerance`, shape (R,), is in the unit of the effects: the largest error of any effect, as the
        preconditioner sees it. So a country with tiny flows counts as much as one with large flows.
        """
        if self.size == 0 or rhs.shape[0] == 0:
            return start, np.zeros_like(rhs), 0
        if not self.eliminate:
            residual = rhs - self._full(start)[0] if start.any() else rhs.copy()
            nothing = np.empty((rhs.shape[0], 0))
            answer, _, left, steps = self._gradients(residual, start, nothing, tolerance, self._full)
            return answer, left, steps
        cut = self.size_a
        image, ahead = self._reduced(start[:, cut:], self._solve_a(rhs[:, :cut]))
        answer, ahead, left, steps = self._gradients(
            rhs[:, cut:] - image, start[:, cut:], ahead, tolerance, self._reduced
        )
        whole = np.concatenate([ahead, answer], axis=1)
        return whole, np.concatenate([np.zeros_like(ahead), left], axis=1), steps

    def reach(self, rhs: Array) -> float:
        """Roughly how far a right-hand side (size,) moves the effects: its solution block by block."""
        blocks = ((self.block_a, self.size_a), (self.block_c, self.size_c), (self.block_y, self.years))
        at, most = 0, 0.0
        for block, size in blocks:
            if block is not None and size:
                most = max(most, float(np.abs(_times(block, rhs[None, at : at + size])).max()))
            at += size
        return most

    def pair_means(self, by_pair: Array, unknowns: Array) -> Array | None:
        """Pair effects (R, I, J) of variables with weighted sums `by_pair` and effects `unknowns`."""
        if self.inverse is None:
            return None
        return self._mean(by_pair - self._pair_sums(*self.layout.parts(unknowns)))

    def residual_products(self, x: Array, by_pair: Array, unknowns: Array) -> tuple[Array | None, Array]:
        """Pair means (K, I, J) of variables' projections, and cross products (K, K) of what is left."""
        pair = self.pair_means(by_pair, unknowns) if x.shape[0] else None
        a, c = self.layout.parts(unknowns)
        return pair, np.asarray(self.kernels.cross_products(self.weights, x, a, c, pair))

    def _mean(self, by_pair: Array) -> Array:
        assert self.inverse is not None
        if self.plan.pair == "symmetric":
            by_pair = by_pair + by_pair.swapaxes(-1, -2)
        return np.asarray(by_pair * self.inverse)

    def _pair_sums(self, a: Array, c: Array) -> Array:
        return np.asarray(self.kernels.pair_sums(self.weights, a, c))

    def _project(self, a: Array | None, c: Array | None, want: str) -> tuple[Array | None, Array | None]:
        if self.plan.pair != "symmetric":
            result: tuple[Array | None, Array | None] = self.kernels.project(
                self.weights, self.inverse, a, c, want, (self.by_i, self.by_j)
            )
            return result
        assert a is not None
        assert c is not None
        mean = self._mean(self._pair_sums(a, c))
        by_i, by_j = numpy_kernels.project(self.weights, None, a, c, want, (self.by_i, self.by_j))
        assert by_i is not None
        assert by_j is not None
        by_i -= np.matmul(mean[:, :, None, :], self.weights)[:, :, 0, :]
        by_j -= numpy_kernels.over_exporters(self.weights, mean)
        return by_i, by_j

    def _full(self, unknowns: Array, first: Array | None = None) -> tuple[Array, Array]:
        """All equations, where no side is eliminated."""
        del first
        a, c = self.layout.parts(unknowns)
        return self.layout.flat(*self._project(a, c, "ac")), np.empty((unknowns.shape[0], 0))

    def _rest_effects(self, rest: Array) -> Array:
        padded = np.concatenate([np.zeros((rest.shape[0], self.size_a)), rest], axis=1)
        return self.layout.parts(padded)[1]

    def _reduced(self, unknowns: Array, first: Array | None = None) -> tuple[Array, Array]:
        """The equations of the rest, and the exporter side solved for it from its own solution `first`."""
        c = self._rest_effects(unknowns)
        count, (count_i, _, years) = c.shape[0], self.weights.shape
        assert self.block_a is not None
        if self.block_a.ndim == 3 and self.plan.pair == "directed":
            own = np.zeros((count, count_i, years)) if first is None else first.reshape(count, count_i, years)
            by_j, own = self.kernels.reduced(self.weights, self.inverse, self.block_a, own, c)
            return self.layout.flat(None, by_j), own.reshape(count, self.size_a)
        by_i, _ = self._project(None, c, "a")
        side = -self._solve_a(self.layout.flat(by_i, None))
        if first is not None:
            side += first
        a = np.zeros((count, count_i, years))
        a += side.reshape(count, *self.layout.shape_a)
        return self.layout.flat(None, self._project(a, c, "c")[1]), side

    def _invert_blocks(self) -> None:
        """Inverses of the diagonal blocks: dense where pair effects couple the years, else a number each."""
        directed, dense = self.plan.pair == "directed", self.inverse is not None
        outer_a, outer_c, outer_y = self._outer_products() if dense else (None, None, None)
        self.block_a: Array | None = None
        self.block_c: Array | None = None
        self.block_y: Array | None = None
        if self.size_a:
            total = over_kind(self.by_i[None], self.plan.exporter).reshape(self.layout.shape_a)
            self.block_a = reciprocal(total) if outer_a is None else _inverse(total, outer_a, directed)
        if self.size_c:
            total = over_kind(self.by_j[None], self.plan.importer).reshape(self.layout.shape_c)
            self.block_c = reciprocal(total) if outer_c is None else _inverse(total, outer_c, directed)
        if self.years:
            total = self.by_j.sum(axis=0)[None]
            self.block_y = reciprocal(total) if outer_y is None else _inverse(total, outer_y, directed)

    def _outer_products(self) -> tuple[Array | None, Array | None, Array | None]:
        """Outer products of weights by year over the weight of the pair: by exporter, importer, all."""
        kinds = (self.plan.exporter, self.plan.importer)
        assert self.inverse is not None
        if "yearly" not in kinds and not self.years:
            return None, None, None
        outer_a, outer_c = self.kernels.outer_products(self.weights, self.inverse)
        return (
            outer_a if kinds[0] == "yearly" else None,
            outer_c if kinds[1] == "yearly" else None,
            outer_a.sum(axis=0)[None] if self.years else None,
        )

    def _drop_null(self, residual: Array) -> None:
        """Take rounding errors out of the directions that no right-hand side has, in place.

        What moves between exporter, importer and pair effects is not identified; steps that way would grow
        until they cost digits. The error is taken where the weights, and so the errors, are largest.
        """
        if not self.eliminate or not self.size_c:
            return
        part = residual[:, : self.size_c].reshape(residual.shape[0], *self.layout.shape_c)
        if self.plan.pair == "directed":
            part -= part.sum(axis=2, keepdims=True) * self.share_of_years
        axes = (1,) if "yearly" == self.plan.exporter == self.plan.importer else (1, 2)
        part -= part.sum(axis=axes, keepdims=True) * self.share_of_importers

    def _shares(self) -> None:
        weights = over_kind(self.by_j[None], self.plan.importer).reshape(self.layout.shape_c)
        by_year = "yearly" == self.plan.exporter == self.plan.importer
        self.share_of_years = weights * reciprocal(weights.sum(axis=1, keepdims=True))
        total = weights.sum(axis=0, keepdims=True) if by_year else weights.sum(keepdims=True)
        self.share_of_importers = weights * reciprocal(total)

    def _solve_a(self, rhs: Array) -> Array:
        assert self.block_a is not None
        return _times(self.block_a, rhs)

    def _precondition(self, residual: Array) -> Array:
        parts, at = [], 0
        whole = ((self.block_a, self.size_a), (self.block_c, self.size_c), (self.block_y, self.years))
        for block, size in whole[1:] if self.eliminate else whole:
            if size:
                assert block is not None
                parts.append(_times(block, residual[:, at : at + size]))
                at += size
        return np.concatenate(parts, axis=1)

    def _gradients(
        self, residual: Array, start: Array, side: Array, tolerance: Array, apply: Linear
    ) -> tuple[Array, Array, Array, int]:
        """Preconditioned conjugate gradients, several right-hand sides at once; those done leave.

        `residual` is what `start` leaves of the right-hand sides, `side` the eliminated unknowns that follow
        from it. Returns the unknowns, the eliminated ones, what is left of the right-hand sides, the steps.
        """
        answer, follows, left = start.copy(), side.copy(), residual.copy()
        active = np.arange(residual.shape[0])
        x = start.copy()
        self._drop_null(residual)
        z = self._precondition(residual)
        direction = z.copy()
        product = np.einsum("rn,rn->r", residual, z)
        for step in range(MOST_STEPS):
            done = (np.abs(z).max(axis=1) <= tolerance[active]) | (product <= self.floor)
            if done.any():
                answer[active[done]], follows[active[done]] = x[done], side[done]
                left[active[done]] = residual[done]
                on = ~done
                active = active[on]
                if not active.size:
                    return answer, follows, left, step
                x, side, residual, direction = x[on], side[on], residual[on], direction[on]
                product, z = product[on], z[on]
            image, along = apply(direction)
            curve = np.einsum("rn,rn->r", direction, image)
            ahead = np.divide(product, curve, out=np.zeros_like(curve), where=curve > 0)[:, None]
            x += ahead * direction
            side = side + ahead * along
            residual -= ahead * image
            self._drop_null(residual)
            z = self._precondition(residual)
            new = np.einsum("rn,rn->r", residual, z)
            direction *= np.divide(new, product, out=np.zeros_like(new), where=product > 0)[:, None]
            direction += z
            product = new
        answer[active], follows[active], left[active] = x, side, residual
        return answer, follows, left, MOST_STEPS


def _times(block: Array, rhs: Array) -> Array:
    """Block inverses, dense (m, T, T) or diagonal (m, T), times right-hand sides (R, m * T)."""
    count = rhs.shape[0]
    if block.ndim == 2:
        return np.asarray(rhs.reshape(count, *block.shape) * block).reshape(rhs.shape)
    parts = rhs.reshape(count, *block.shape[:2], 1)
    return np.asarray(np.matmul(block, parts)).reshape(rhs.shape)


def _inverse(total: Array, outer: Array, sums_to_zero: bool) -> Array:
    """Inverses of diag(total) - outer, shape (m, T, T).

    With directed pair effects each row sums to zero, so the diagonal is taken from the rest of the row: no
    digits are lost where one flow dwarfs the others. The matrix is then singular in the direction of a
    constant, which is added back: the inverse is right for every right-hand side that sums to zero. A trace
    of identity keeps finite what only single years of pairs cover.
    """
    if outer.size <= SMALL:
        return _inverse_of(total, outer, sums_to_zero)
    inverse = np.empty(outer.shape)

    def work(_: int, low: int, high: int) -> None:
        inverse[low:high] = _inverse_of(total[low:high], outer[low:high], sums_to_zero)

    in_parts(total.shape[0], work)
    return inverse


def _inverse_of(total: Array, outer: Array, sums_to_zero: bool) -> Array:
    years = total.shape[1]
    diagonal = np.arange(years)
    block = -outer
    block[:, diagonal, diagonal] = 0.0
    own = -block.sum(axis=2) if sums_to_zero else total - outer[:, diagonal, diagonal]
    own = np.where(own > 0, own, 0.0)
    root = np.sqrt(own)
    scale = reciprocal(root)
    block *= scale[:, :, None]
    block *= scale[:, None, :]
    constant = root / np.sqrt(np.maximum(own.sum(axis=1, keepdims=True), np.finfo(float).tiny))
    block += constant[:, :, None] * constant[:, None, :]
    block[:, diagonal, diagonal] += 1 + years * TRACE
    inverse = np.linalg.inv(block)
    inverse *= scale[:, :, None]
    inverse *= scale[:, None, :]
    return np.asarray(inverse)


TRACE = float(np.finfo(float).eps) * 2**10
