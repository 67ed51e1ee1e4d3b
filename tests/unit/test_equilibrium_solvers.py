"""The solvers on small problems whose answers are known."""

from __future__ import annotations

import numpy as np

from serai.equilibrium._solvers.anderson import Anderson
from serai.equilibrium._solvers.newton import Newton


class Arctangent:
    """arctan(x) = 0: a full Newton step from beyond 1.39 overshoots further each time."""

    def residual(self, state):
        return np.arctan(state)

    def jacobian(self, state):
        return (1 / (1 + state**2))[:, :, np.newaxis]


class Lines:
    """matrix x = right, a stack of worlds."""

    def __init__(self, matrix, right):
        self.matrix, self.right = matrix, right

    def residual(self, state):
        return (self.matrix @ state[:, :, np.newaxis])[:, :, 0] - self.right

    def jacobian(self, _state):
        return self.matrix

    def take(self, worlds):
        return Lines(self.matrix[worlds], self.right[worlds])


def test_the_line_search_tames_an_overshooting_step():
    found = Newton(longest=np.inf).solve(Arctangent(), np.array([[10.0]]))
    assert abs(found.state[0, 0]) < 1e-12
    assert found.iterations[0] < 20


def test_a_singular_jacobian_is_reported():
    problem = Lines(np.array([[[1.0, 1], [1, 1]]]), np.array([[1.0, 2]]))
    found = Newton().solve(problem, np.zeros((1, 2)))
    assert found.singular[0]
    assert found.residual[0] > 1


def test_mixing_solves_every_world_of_a_stack_with_one_inverse():
    random = np.random.default_rng(0)
    matrix = 3 * np.eye(6) + 0.4 * random.standard_normal((20, 6, 6))
    right = random.standard_normal((20, 6))
    found = Anderson().solve(Lines(matrix, right), np.zeros((20, 6)), np.eye(6) / 3)
    np.testing.assert_allclose(
        found.state, np.linalg.solve(matrix, right[:, :, np.newaxis])[:, :, 0], atol=1e-11
    )
    assert found.iterations.max() <= 15


def test_a_world_that_does_not_settle_is_marked_and_the_others_are_not():
    matrix = np.stack([np.eye(2), np.zeros((2, 2)), 1.1 * np.eye(2)])
    found = Anderson(steps=10).solve(Lines(matrix, np.ones((3, 2))), np.zeros((3, 2)), np.eye(2))
    assert np.isinf(found.residual[1])
    assert found.residual[[0, 2]].max() <= 1e-12


def test_a_world_ends_where_it_settled_however_long_the_others_take() -> None:
    """Worlds are let go in groups; what is kept of each is what it had when it settled."""
    random, noise = np.random.default_rng(1), np.logspace(-9, -1, 12)[:, np.newaxis, np.newaxis]
    matrix = np.eye(4) + noise * random.standard_normal((12, 4, 4))
    right = random.standard_normal((12, 4))
    together = Anderson().solve(Lines(matrix, right), np.zeros((12, 4)), np.eye(4))
    alone = [Anderson().solve(Lines(matrix[[w]], right[[w]]), np.zeros((1, 4)), np.eye(4)) for w in range(12)]
    assert len(set(together.iterations.tolist())) > 2
    np.testing.assert_array_equal(together.iterations, [found.iterations[0] for found in alone])
    np.testing.assert_allclose(together.state, [found.state[0] for found in alone], rtol=0, atol=1e-14)
