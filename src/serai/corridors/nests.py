"""Which routes are alike: those that go by the same means.

Routes of one nest replace each other readily (a second railway beside the first), routes of two nests less
(a railway and a way with a ferry). So a route like one that is there already takes its goods and brings
little that is new, and a first railway where there was none brings more: the nested logit (McFadden 1978).
"""

from __future__ import annotations

import numpy as np

from serai.corridors.graph import Indices
from serai.corridors.network import Network
from serai.corridors.paths import Routes

WATER = ("ferry", "sea")


def main_means(network: Network, routes: Routes) -> Indices:
    """The nest of each route, (K,): over the Caspian or not, over the ocean or not, on land mostly by road.

    Numbers from 0; the same means have the same number in every pair.
    """
    haul = network.kind == "haul"

    def km(mode: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.asarray(routes.uses @ np.where(haul & (network.mode == mode), network.km, 0))

    ferry, sea = (km(mode) > 0 for mode in WATER)
    by_road = km("road") > km("rail")
    return np.asarray(4 * ferry + 2 * sea + by_road, dtype=np.int64)
