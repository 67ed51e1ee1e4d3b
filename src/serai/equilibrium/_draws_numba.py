"""The search over draws with numba: every closure, one world after the other.

The equations of `_market.py` and `_capital.py` and the mixing of `_solvers/anderson.py`, each world in the
cache of its core from the first step to the last. Same answers to the tolerance of the search. Rows are
filled up to a whole number of vectors, so that no loop has a rest.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from serai.equilibrium._vectors_numba import exponentials, logarithms

IMMOBILE, IMMOBILE_STEADY, MOBILE, MOBILE_STEADY = range(4)
LANES = 16
ROWS = 7  # of `base`

_A1, _A2, _A3 = "float64[::1]", "float64[:,::1]", "float64[:,:,::1]"
_FAST = {"reassoc", "contract", "nsz", "arcp"}
_RIDGE = 1e-12
_WORK = 10


@numba.njit(f"void({_A1}, {_A2}, {_A1})", cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _across(vector: Any, matrix: Any, out: Any) -> None:
    """out = vector @ matrix, four rows at a time; columns beyond the matrix are zeros."""
    rows, width = matrix.shape
    whole = rows - rows % 4
    out[:] = 0.0
    for i in range(0, whole, 4):
        a, b, c, d = vector[i], vector[i + 1], vector[i + 2], vector[i + 3]
        for n in range(width):
            out[n] += a * matrix[i, n] + b * matrix[i + 1, n] + c * matrix[i + 2, n] + d * matrix[i + 3, n]
    for i in range(whole, rows):
        for n in range(width):
            out[n] += vector[i] * matrix[i, n]


@numba.njit(f"void({_A2}, {_A1}, {_A1})", cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _along(matrix: Any, vector: Any, out: Any) -> None:
    """out = matrix @ vector, four rows at a time; rows beyond the matrix are zeros."""
    rows, width = matrix.shape
    whole = rows - rows % 4
    for i in range(0, whole, 4):
        a = b = c = d = 0.0
        for n in range(width):
            a += matrix[i, n] * vector[n]
            b += matrix[i + 1, n] * vector[n]
            c += matrix[i + 2, n] * vector[n]
            d += matrix[i + 3, n] * vector[n]
        out[i], out[i + 1], out[i + 2], out[i + 3] = a, b, c, d
    for i in range(whole, rows):
        a = 0.0
        for n in range(width):
            a += matrix[i, n] * vector[n]
        out[i] = a
    out[rows:] = 0.0


@numba.njit(
    f"void(int64, {_A2}, {_A2}, float64, float64, {_A2}, float64, boolean, {_A1}, {_A1}, {_A2})",
    cache=True, nogil=True, fastmath=_FAST, error_model="numpy",
)  # fmt: skip
def residual(closure: Any, sourcing: Any, capital: Any, theta: Any, epsilon: Any, base: Any, world: Any,
             spreads: Any, state: Any, out: Any, work: Any) -> None:  # fmt: skip
    """Excess demands of one world; `base` rows: alpha, gamma, log z, Y L, D' or spread, K, log L.

    `capital` is G of `_capital.py`, in the long run its inverse, and is not read when capital is immobile.
    """
    size, width = sourcing.shape
    alpha, gamma, log_z, output, deficit, owned, log_l = (
        base[0], base[1], base[2], base[3], base[4], base[5], base[6],
    )  # fmt: skip
    weight, reach, price, made, rent, value, earned, spent, logs, demand = (
        work[0], work[1], work[2], work[3], work[4], work[5], work[6], work[7], work[8], work[9],
    )  # fmt: skip
    for n in range(width):
        logs[n] = -theta * state[n]
    exponentials(logs, weight)
    _across(weight, sourcing, reach)
    logarithms(reach, price)
    price[size:] = 0.0  # nothing reaches a place that is only there to fill the row
    for n in range(width):
        price[n] = -price[n] / theta
        made[n] = (state[n] - (1 - gamma[n]) * price[n] + log_z[n]) / gamma[n]  # cost of value added, in logs
    if closure == IMMOBILE:
        for n in range(width):
            logs[n] = made[n] - alpha[n] * log_l[n]
    elif closure == IMMOBILE_STEADY:
        for n in range(width):
            logs[n] = (made[n] - alpha[n] * price[n]) / (1 - alpha[n])
    elif closure == MOBILE:
        for n in range(width):
            logs[n] = epsilon * state[width + n]
        exponentials(logs, rent)
        _along(capital, rent, value)
        logarithms(value, earned)
        for n in range(width):
            logs[n] = earned[n] / epsilon
        exponentials(logs, earned)
        for n in range(width):
            earned[n] *= owned[n]
            logs[n] = (made[n] - alpha[n] * state[width + n]) / (1 - alpha[n])
    else:
        for n in range(width):
            logs[n] = epsilon * price[n]
        exponentials(logs, value)
        _along(capital, value, rent)
        logarithms(rent, earned)
        for n in range(width):
            rental = 0.0 if alpha[n] <= 0 else earned[n] / epsilon
            logs[n] = (made[n] - alpha[n] * rental) / (1 - alpha[n])
    exponentials(logs, made)
    total = 0.0
    for n in range(size):
        made[n] *= output[n]
        total += made[n]
    if closure == MOBILE_STEADY:
        for n in range(width):
            logs[n] = alpha[n] * gamma[n] * made[n] / rent[n]
        _across(logs, capital, earned)
        for n in range(width):
            earned[n] *= value[n]
    elif closure != MOBILE:
        for n in range(width):
            earned[n] = alpha[n] * gamma[n] * made[n]
    income, wanted = 0.0, 0.0
    for n in range(size):
        spent[n] = (1 - alpha[n]) * gamma[n] * made[n] + earned[n]
        income += spent[n]
        wanted += deficit[n] * spent[n]
    scale = income / wanted
    for n in range(size):
        absorbed = scale * deficit[n] * spent[n] if spreads else spent[n] + deficit[n]
        spent[n] = ((1 - gamma[n]) * made[n] + absorbed) / reach[n]
    spent[size:] = 0.0
    _along(sourcing, spent, demand)
    for n in range(width):
        logs[n] = weight[n] * demand[n] / made[n]
    logarithms(logs, spent)
    drift = np.log(total / world)
    for n in range(size):
        out[n] = spent[n] + drift
    out[size:] = 0.0
    if closure != MOBILE:
        return
    for n in range(size):
        logs[n] = earned[n] / value[n]
    _across(logs, capital, demand)
    for n in range(width):
        logs[n] = rent[n] * demand[n] / (alpha[n] * gamma[n] * made[n])
    logarithms(logs, spent)
    for n in range(size):
        out[width + n] = state[width + n] if alpha[n] <= 0 else spent[n]


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


@numba.njit(f"void({_A2}, {_A2})", cache=True, nogil=True, error_model="numpy")
def _fill(rows: Any, filled: Any) -> None:
    for i in range(rows.shape[0]):
        for n in range(rows.shape[1]):
            filled[i, n] = rows[i, n]


@numba.njit(
    f"void(int64, {_A3}, {_A3}, {_A1}, {_A1}, {_A3}, {_A1}, boolean, {_A2}, {_A1}, float64, float64, int64,"
    f" int64, {_A2}, {_A1}, int64[::1])",
    cache=True, nogil=True, fastmath=_FAST, error_model="numpy",
)  # fmt: skip
def search(closure: Any, sourcing: Any, capital: Any, theta: Any, epsilon: Any, base: Any, world_output: Any,
           spreads: Any, downhill: Any, start: Any, tolerance: Any, step_tolerance: Any, memory: Any,
           steps: Any, states: Any, errors: Any, iterations: Any) -> None:  # fmt: skip
    """Anderson mixing for every world, as `Anderson.solve`; infinite errors where it did not settle.

    `base`, `downhill` (transposed), `start` and `states` come filled up to whole vectors, the tables do not.
    """
    size, width, unknowns = sourcing.shape[1], base.shape[2], start.shape[0]
    work, gap, step, last_state, last_step = (
        np.zeros((_WORK, width)), np.empty(unknowns), np.empty(unknowns), np.empty(unknowns),
        np.empty(unknowns),
    )  # fmt: skip
    flows, stocks = np.zeros((size, width)), np.zeros((size, width))
    changes, moves = np.zeros((memory, unknowns)), np.zeros((memory, unknowns))
    gram, scaled, weights = np.zeros((memory, memory)), np.empty((memory, memory)), np.empty(memory)
    for w in range(states.shape[0]):
        b = min(w, len(base) - 1)
        if w < len(sourcing):
            _fill(sourcing[w], flows)
        if w < len(capital):
            _fill(capital[w], stocks)
        state, seen = states[w], 0
        state[:] = start
        errors[w] = np.inf
        for count in range(steps + 1):
            residual(closure, flows, stocks, theta[w], epsilon[w], base[b], world_output[w], spreads, state,
                     gap, work)  # fmt: skip
            iterations[w] = count
            largest, longest = 0.0, 0.0
            for u in range(unknowns):
                largest = max(largest, abs(gap[u])) if np.isfinite(gap[u]) else np.inf
                if largest == np.inf:
                    break
            if largest == np.inf:
                break
            _across(gap, downhill, step)
            for u in range(unknowns):
                longest = max(longest, abs(step[u]))
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
                state[u] += step[u]
            for m in range(known):
                for u in range(unknowns):
                    state[u] -= weights[m] * moves[m, u]


def cache_files() -> list[str]:
    """The index files of numba's cache for the compiled loops."""
    functions: tuple[Any, ...] = (
        exponentials, logarithms, residual, search, _across, _along, _fill, _weights,
    )  # fmt: skip
    return sorted(str(function._cache._cache_file._index_path) for function in functions)
