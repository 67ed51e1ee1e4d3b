"""The search over draws with numba: trade and mobile capital, wealth fixed, one world after the other.

The equations of `_market.py` and `_capital.py` and the mixing of `_solvers/anderson.py`, each world in the
cache of its core from the first step to the last. Same answers to the tolerance of the search.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

_A1, _A2, _A3 = "float64[::1]", "float64[:,::1]", "float64[:,:,::1]"
_FAST = {"reassoc", "contract", "nsz", "arcp"}
_RIDGE = 1e-12


@numba.njit(
    f"void({_A2}, {_A2}, float64, float64, {_A2}, float64, boolean, {_A1}, {_A1}, {_A2})",
    cache=True, nogil=True, fastmath=_FAST, error_model="numpy",
)  # fmt: skip
def residual(sourcing: Any, opened: Any, theta: Any, epsilon: Any, base: Any, world: Any, spreads: Any,
             state: Any, out: Any, work: Any) -> None:  # fmt: skip
    """Excess demands of one world; `base` rows: alpha, gamma, log z, Y L, D' or spread, K."""
    size = sourcing.shape[0]
    alpha, gamma, log_z, output, deficit, owned = base[0], base[1], base[2], base[3], base[4], base[5]
    weight, reach, made, rent, asked, supply, spent = (
        work[0], work[1], work[2], work[3], work[4], work[5], work[6],
    )  # fmt: skip
    for n in range(size):
        weight[n] = np.exp(-theta * state[n])
        rent[n] = np.exp(epsilon * state[size + n])
        reach[n] = 0.0
        supply[n] = 0.0
    for i in range(size):
        for n in range(size):
            reach[n] += weight[i] * sourcing[i, n]
    total = 0.0
    for n in range(size):
        price = -np.log(reach[n]) / theta
        added = (state[n] - (1 - gamma[n]) * price + log_z[n]) / gamma[n]
        made[n] = output[n] * np.exp((added - alpha[n] * state[size + n]) / (1 - alpha[n]))
        total += made[n]
    income, wanted = 0.0, 0.0
    for o in range(size):
        value = 0.0
        for h in range(size):
            value += opened[o, h] * rent[h]
        earned = owned[o] * np.exp(np.log(value) / epsilon)
        asked[o] = earned / value
        spent[o] = (1 - alpha[o]) * gamma[o] * made[o] + earned
        income += spent[o]
        wanted += deficit[o] * spent[o]
    for o in range(size):
        for h in range(size):
            supply[h] += opened[o, h] * asked[o]
    for n in range(size):
        absorbed = income / wanted * deficit[n] * spent[n] if spreads else spent[n] + deficit[n]
        spent[n] = ((1 - gamma[n]) * made[n] + absorbed) / reach[n]
    drift = np.log(total / world)
    for i in range(size):
        demand = 0.0
        for n in range(size):
            demand += sourcing[i, n] * spent[n]
        out[i] = np.log(weight[i] * demand / made[i]) + drift
        paid = alpha[i] * gamma[i] * made[i]
        out[size + i] = state[size + i] if alpha[i] <= 0 else np.log(rent[i] * supply[i] / paid)


@numba.njit(
    f"void({_A2}, {_A2}, {_A1}, int64, {_A2}, {_A1})",
    cache=True, nogil=True, fastmath=_FAST, error_model="numpy",
)  # fmt: skip
def _weights(gram: Any, changes: Any, step: Any, known: Any, scaled: Any, weights: Any) -> None:
    """The mix of past changes closest to the step: a small symmetric system, scaled, by elimination."""
    for m in range(known):
        product = 0.0
        for u in range(step.shape[0]):
            product += changes[m, u] * step[u]
        weights[m] = product / np.sqrt(gram[m, m])
        for k in range(known):
            scaled[m, k] = gram[m, k] / np.sqrt(gram[m, m] * gram[k, k])
        scaled[m, m] += _RIDGE
    for m in range(known):
        for k in range(m + 1, known):
            ratio = scaled[k, m] / scaled[m, m]
            for j in range(m, known):
                scaled[k, j] -= ratio * scaled[m, j]
            weights[k] -= ratio * weights[m]
    for m in range(known - 1, -1, -1):
        for j in range(m + 1, known):
            weights[m] -= scaled[m, j] * weights[j]
        weights[m] /= scaled[m, m]
    for m in range(known):
        weights[m] /= np.sqrt(gram[m, m])


@numba.njit(
    f"void({_A3}, {_A3}, {_A1}, {_A1}, {_A3}, {_A1}, boolean, {_A2}, {_A1}, float64, float64, int64, int64,"
    f" {_A2}, {_A1}, int64[::1])",
    cache=True, nogil=True, fastmath=_FAST, error_model="numpy",
)  # fmt: skip
def search(sourcing: Any, opened: Any, theta: Any, epsilon: Any, base: Any, world_output: Any, spreads: Any,
           downhill: Any, start: Any, tolerance: Any, step_tolerance: Any, memory: Any, steps: Any,
           states: Any, errors: Any, iterations: Any) -> None:  # fmt: skip
    """Anderson mixing for every world, as `Anderson.solve`; infinite errors where it did not settle."""
    size = sourcing.shape[1]
    unknowns = 2 * size
    work, gap, step, last_state, last_step = (
        np.empty((7, size)), np.empty(unknowns), np.empty(unknowns), np.empty(unknowns), np.empty(unknowns),
    )  # fmt: skip
    changes, moves = np.zeros((memory, unknowns)), np.zeros((memory, unknowns))
    gram, scaled, weights = np.zeros((memory, memory)), np.empty((memory, memory)), np.empty(memory)
    for w in range(states.shape[0]):
        a, g, b = min(w, len(sourcing) - 1), min(w, len(opened) - 1), min(w, len(base) - 1)
        state, seen = states[w], 0
        state[:] = start
        errors[w] = np.inf
        for count in range(steps + 1):
            residual(sourcing[a], opened[g], theta[w], epsilon[w], base[b], world_output[w], spreads, state,
                     gap, work)  # fmt: skip
            iterations[w] = count
            largest, longest = 0.0, 0.0
            for u in range(unknowns):
                largest = max(largest, abs(gap[u])) if np.isfinite(gap[u]) else np.inf
                if largest == np.inf:
                    break
            if largest == np.inf:
                break
            for u in range(unknowns):
                moved = 0.0
                for v in range(unknowns):
                    moved += downhill[u, v] * gap[v]
                step[u] = moved
                longest = max(longest, abs(moved))
            if largest <= tolerance and longest <= step_tolerance:
                errors[w] = largest
                break
            if count == steps:
                break
            if count > 0:
                place = seen % memory
                for u in range(unknowns):
                    changes[place, u] = step[u] - last_step[u]
                    moves[place, u] = state[u] - last_state[u] + changes[place, u]
                seen += 1
                for m in range(min(seen, memory)):
                    product = 0.0
                    for u in range(unknowns):
                        product += changes[m, u] * changes[place, u]
                    gram[m, place] = product
                    gram[place, m] = product
            last_state[:] = state
            last_step[:] = step
            known = min(seen, memory)
            _weights(gram, changes, step, known, scaled, weights)
            for u in range(unknowns):
                moved = step[u]
                for m in range(known):
                    moved -= weights[m] * moves[m, u]
                state[u] += moved


def cache_files() -> list[str]:
    """The index files of numba's cache for the compiled loops."""
    functions: tuple[Any, ...] = (residual, search, _weights)
    return sorted(str(function._cache._cache_file._index_path) for function in functions)
