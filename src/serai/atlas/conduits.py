"""Looking through conduits: capital that only passes through an economy counts for who stands behind it.

Stocks by immediate investor list what a holding company in the Netherlands or Hong Kong owns as Dutch or Hong
Kong capital. A conduit's holdings abroad are therefore handed on to those who own capital in the conduit, in
proportion, as in an absorbing Markov chain (Casella 2019, Transnational Corporations 26(1); Damgaard, Elkjaer
and Johannesen 2019, IMF WP/19/274). What passes through leaves the conduit's own inward stock, so nothing is
counted twice. Totals by host outside the conduits do not change.
"""

from __future__ import annotations

import numpy as np

from serai.axes import Array


def look_through(foreign: Array, conduits: list[int], share: Array) -> Array:
    """Foreign holdings by ultimate owner.

    Parameters
    ----------
    foreign : (draws, N owner, N host), zero diagonal, by immediate owner.
    conduits : positions of the conduits.
    share : (draws,), the part of what could pass through (the smaller of inward and outward stock) that does.

    Returns
    -------
    (draws, N, N), zero diagonal. What an economy owns in itself through a conduit becomes its own capital.

    Examples
    --------
    >>> import numpy as np
    >>> stocks = np.zeros((1, 3, 3))
    >>> stocks[0, 0, 1], stocks[0, 1, 2] = 10, 10  # the first owns the second, which owns the third
    >>> look_through(stocks, [1], np.ones(1))[0].tolist()
    [[0.0, 0.0, 10.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    if not conduits:
        return foreign
    c = np.asarray(conduits)
    inward, outward = foreign.sum(axis=1)[:, c], foreign.sum(axis=2)[:, c]
    could = np.minimum(inward, outward)
    passed = share[:, None] * np.divide(could, outward, out=np.zeros_like(could), where=outward > 0)
    owners = np.divide(foreign[:, :, c], inward[:, None, :], out=np.zeros_like(foreign[:, :, c]), where=inward[:, None, :] > 0)
    behind = _behind(owners, passed, c)
    own = foreign.copy()
    own[:, c, :] = 0
    ultimate = own + np.swapaxes(behind, 1, 2) @ foreign[:, c, :]
    left = 1 - np.divide(passed * outward, inward, out=np.zeros_like(inward), where=inward > 0)
    ultimate[:, :, c] *= left[:, None, :]
    diagonal = np.arange(foreign.shape[-1])
    ultimate[:, diagonal, diagonal] = 0
    return ultimate


def _behind(owners: Array, passed: Array, conduits: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Array:
    """Who stands behind a dollar that each conduit holds abroad: (draws, conduits, N), rows adding up to one."""
    draws, size, count = owners.shape
    hands_on = passed[:, :, None] * np.swapaxes(owners, 1, 2)
    keeps = np.zeros((draws, count, size))
    keeps[:, np.arange(count), conduits] = 1 - passed
    outside = hands_on.copy()
    outside[:, :, conduits] = 0
    return np.asarray(np.linalg.solve(np.eye(count) - hands_on[:, :, conduits], keeps + outside))
