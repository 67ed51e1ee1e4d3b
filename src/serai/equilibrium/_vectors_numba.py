"""Exponentials and logarithms of whole vectors with numba, several numbers an instruction.

The processor's library takes one number at a time; these are plain arithmetic, which the compiler spreads
over its vectors. Both are exact to about two units in the last place.

    exp x = 2^k e^r,  k the whole number nearest to x / log 2,  |r| <= log(2) / 2,  e^r by its series
    log x = k log 2 + log m,  m from sqrt(1/2) to sqrt(2),  log m = 2 artanh((m - 1) / (m + 1)) by its series
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

_A1 = "float64[::1]"
_MANTISSA = 52
_BIAS = 1023 << _MANTISSA
_ROUND = 3 * 2.0 ** (_MANTISSA - 1)  # added and taken off again it rounds to a whole number
_ROUND_BITS = int(np.float64(_ROUND).view(np.int64))
_HALF_ROOT_BITS = int(np.float64(math.sqrt(0.5)).view(np.int64))
_FRACTION = (1 << _MANTISSA) - 1
_PER_LOG2 = 1 / math.log(2)
_LOG2 = math.ldexp(round(math.ldexp(math.log(2), 32)), -32)  # few digits: a multiple of it is exact
_LOG2_REST = (math.log(2) - _LOG2) + 2.3190468138462996e-17  # what is left, and what a float leaves of log 2
_LARGEST, _SMALLEST = 1023 * math.log(2), -1021 * math.log(2)
_TINY = float(np.finfo(float).tiny)
_E = tuple(1 / math.factorial(k) for k in range(14))
_L = tuple(2 / (2 * k + 1) for k in range(11))


@numba.njit("float64(float64)", cache=True, nogil=True, inline="always", error_model="numpy")
def _exp(x: Any) -> Any:
    shifted = x * _PER_LOG2 + _ROUND
    k = shifted - _ROUND
    r = x - k * _LOG2 - k * _LOG2_REST
    s = r * r
    q = s * s
    low = (_E[0] + r * _E[1]) + s * (_E[2] + r * _E[3])
    middle = (_E[4] + r * _E[5]) + s * (_E[6] + r * _E[7])
    high = (_E[8] + r * _E[9]) + s * (_E[10] + r * _E[11])
    power = low + q * (middle + q * (high + q * (_E[12] + r * _E[13])))
    bits = np.float64(shifted).view(np.int64)
    scale = np.int64((bits << _MANTISSA) + _BIAS).view(np.float64)
    found = power * scale
    found = 0.0 if x < _SMALLEST else found
    found = np.inf if x > _LARGEST else found
    return found if x == x else np.nan


@numba.njit("float64(float64)", cache=True, nogil=True, inline="always", error_model="numpy")
def _log(x: Any) -> Any:
    bits = np.float64(x).view(np.int64) - _HALF_ROOT_BITS
    whole = bits >> _MANTISSA
    m = np.int64((bits & _FRACTION) + _HALF_ROOT_BITS).view(np.float64)
    k = np.int64(whole + _ROUND_BITS).view(np.float64) - _ROUND
    t = (m - 1.0) / (m + 1.0)
    s = t * t
    q = s * s
    o = q * q
    low = (_L[0] + s * _L[1]) + q * (_L[2] + s * _L[3])
    high = (_L[4] + s * _L[5]) + q * (_L[6] + s * _L[7])
    series = low + o * (high + o * (_L[8] + s * _L[9] + q * _L[10]))
    found = k * _LOG2 + (t * series + k * _LOG2_REST)
    return found if x >= _TINY and x < np.inf else np.nan


@numba.njit(f"void({_A1}, {_A1})", cache=True, nogil=True, error_model="numpy")
def exponentials(values: Any, out: Any) -> None:
    """exp of every number; zero below the smallest, infinite above the largest, NaN of NaN."""
    for n in range(values.shape[0]):
        out[n] = _exp(values[n])


@numba.njit(f"void({_A1}, {_A1})", cache=True, nogil=True, error_model="numpy")
def logarithms(values: Any, out: Any) -> None:
    """log of every number; NaN where there is none that is finite."""
    for n in range(values.shape[0]):
        out[n] = _log(values[n])
