"""A small world of trade over a small network, for tests of the chain between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from serai.axes import Axis
from serai.corridors import Graph
from serai.corridors.costs import Cargo
from serai.corridors.network import Hubs, Network, Upgrade
from serai.draws import Uncertain
from serai.equilibrium import Baseline
from serai.scenario.coupling import Coupling
from serai.scenario.transport import Transport, Way

ECONOMIES = Axis("economy", ("A", "B", "C", "D"))
CARGO = (
    Cargo("machinery", "Machinery", (), 5000.0, 0.01, 0.4, True, True),
    Cargo("ores", "Ores", (), 400.0, 0.0, 0.4, True, False),
)
VALUES = [Uncertain(c.name, c.value_usd_per_tonne, 0.5 * c.value_usd_per_tonne, 2000.0 * 5) for c in CARGO]
# a square A-B-C-D, the diagonal A-C by road and by rail, a planned link B-D
LINKS = ["A-B road", "B-C road", "C-D road", "D-A road", "A-C road", "A-C rail", "B-D rail"]
HOURS = [30.0, 45.0, 25.0, 60.0, 70.0, 90.0, 20.0]
USD = [40.0, 50.0, 35.0, 60.0, 80.0, 45.0, 20.0]


def network(capacity: float = np.inf, kind: str = "border") -> Network:
    """Both directions of each link one after the other; A-C rail has the capacity.

    As hauls roads and railways are different means; as borders all ways are alike.
    """
    ends = [tuple("ABCD".index(side) for side in name.split(" ")[0].split("-")) for name in LINKS]
    tail = np.array([x for a, b in ends for x in (a, b)])
    head = np.array([x for a, b in ends for x in (b, a)])
    twice = np.repeat(np.arange(len(LINKS)), 2)
    count = len(twice)
    names = tuple(f"{LINKS[n]} {'ABCD'[a]}>{'ABCD'[b]}" for n, a, b in zip(twice, tail, head, strict=True))
    hours, usd = np.array(HOURS)[twice], np.array(USD)[twice]
    hours[1::2] *= 1.1
    crossings = tuple(f"post-{n}/{'ABCD'[a]}>{'ABCD'[b]}" for n, a, b in zip(twice, tail, head, strict=True))
    return Network(
        graph=Graph(4, tail, head, names, tuple("ABCD")),
        node_place=np.array(list("ABCD")),
        node_mode=np.full(4, "road"),
        kind=np.full(count, kind),
        mode=np.array([LINKS[n].split(" ")[1] for n in twice]),
        place=np.array(list("ABCD"))[head],
        km=hours * 40,
        usd=usd,
        hours=hours,
        hours_low=hours / 2,
        hours_high=hours * 2,
        variation=np.full(count, 0.5),
        kg_co2=hours,
        capacity=np.where(twice == 5, capacity, np.inf),
        containers=np.ones(count, dtype=bool),
        open=twice != 6,
        link=twice,
        crossing=np.arange(count),
        source=twice,
        links=tuple(LINKS),
        crossings=crossings,
        inputs=tuple(LINKS),
        projects=np.where(twice == 6, "bridge", ""),
        hubs=Hubs(np.array(list("ABCD")), np.arange(4), np.ones(4)),
        tonnes_per_teu=10.0,
        upgrade=Upgrade.none(count),
    )


def transport(
    capacity: float = np.inf, kind: str = "border", cargo: tuple[Cargo, ...] = CARGO, **fields: Any
) -> Transport:
    """All routes of all pairs; machinery 60 % and ores 30 % of goods."""
    shares = np.stack([np.full((4, 4), 0.6), np.full((4, 4), 0.3)])
    words: dict[str, Any] = {"psi": 8.0, "k": 9, "overlap": 1.0, "projects": ("bridge",), **fields}
    return Transport.of(network(capacity, kind), ECONOMIES, cargo, VALUES, shares, **words)


def way(found: Transport, draws: int = 1, alike: float = 1) -> Way:
    """Routes of the base in some draws that differ in everything."""
    spread = np.linspace(1, 1.3, draws)
    hours = found.network.hours * spread[:, np.newaxis]
    values = np.array([c.value_usd_per_tonne for c in CARGO]) * spread[::-1, np.newaxis]
    return Way.of(found, hours, 8.0 * spread, values, spread, np.full(draws, alike), spread[::-1])


def coupling(
    capacity: float = np.inf, routes: Transport | None = None, alike: float = 1, **fields: Any
) -> Coupling:
    """Four economies with capital, materials and deficits."""
    rng = np.random.default_rng(7)
    trade = rng.uniform(50, 200, (4, 4)) + np.diag([900.0, 1500.0, 700.0, 1200.0])
    holdings = rng.uniform(50, 100, (4, 4)) + np.diag([2000.0, 4000.0, 1500.0, 3000.0])
    base = Baseline.from_flows(
        trade,
        ECONOMIES.names,
        trade_elasticity=5.0,
        capital_elasticity=3.0,
        capital_share=0.4,
        value_added_share=0.6,
        holdings=holdings,
    )
    goods = rng.uniform(0.4, 0.9, (4, 4))
    found = transport(capacity) if routes is None else routes
    return Coupling(base, way(found, alike=alike), goods, scale=0.15, power=4.0, **fields)
