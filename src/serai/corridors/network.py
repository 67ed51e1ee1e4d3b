"""The network on which goods travel: a node is a place with a mode (and a gauge), time is lost on edges.

Line-haul, the two posts of a border, the change of mode and the change of gauge are edges; nothing is lost at
a node. Planned links are in the arrays too, closed, so that opening one changes no shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from serai.atlas.network import NetworkTables
from serai.axes import Array
from serai.corridors.costs import Cargo
from serai.corridors.graph import Graph
from serai.draws import Draws, Uncertain, half_width
from serai.errors import UnknownNameError
from serai.shown import Shown

Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]
Names = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Hubs:
    """The places that stand for an economy: H rows.

    Attributes
    ----------
    economy : (H,) codes.
    node : (H,) node of the road to the door of each place.
    weight : (H,), adding up to 1 for each economy.
    """

    economy: Names
    node: Indices
    weight: Array

    def of(self, code: str) -> tuple[Indices, Array]:
        """Nodes and weights of one economy."""
        here = self.economy == code
        if not here.any():
            raise UnknownNameError("economy on the network", code, sorted(set(self.economy.tolist())))
        return self.node[here], self.weight[here]


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What the projects of links that are there today change on them once they are done.

    Attributes
    ----------
    hours_left, money_left : (E,), the part of hours, and of money, length and emissions, that is left.
    added : (E,), tonnes a year of capacity in this direction.
    """

    hours_left: Array
    money_left: Array
    added: Array

    @classmethod
    def none(cls, edges: int) -> Upgrade:
        """Nothing changes."""
        return cls(np.ones(edges), np.ones(edges), np.zeros(edges))

    def only(self, where: Flags) -> Upgrade:
        """Of some edges, (E,)."""
        return Upgrade(
            np.where(where, self.hours_left, 1),
            np.where(where, self.money_left, 1),
            np.where(where, self.added, 0),
        )


@dataclass(frozen=True, slots=True)
class Network(Shown):
    """E directed edges with what each takes, in the state of a year or a scenario.

    Attributes
    ----------
    graph : the edges.
    node_place, node_mode : (V,), place and mode of each node; a node on a border carries the place behind it.
    kind : (E,), `haul`, `border`, `transfer` or `gauge`.
    mode : (E,), `road`, `rail`, `sea`, `ferry`; of a transfer the mode that goods change to.
    place : (E,), where a border or change is; of a haul the place where it ends.
    km : (E,) length.
    usd : (E,) USD per tonne of goods in containers; `money` has that of a class.
    hours, hours_low, hours_high : (E,), value and the ends of its central 80 %.
    variation : (E,), standard deviation over mean of the hours from shipment to shipment.
    kg_co2 : (E,) kg of CO2 per tonne.
    capacity : (E,) tonnes a year in this direction, half of what the link can carry; infinite where unknown.
    containers : (E,), whether containers can pass.
    open : (E,), False for planned and closed links.
    link, crossing, source : (E,) positions in `links`, `crossings`, `inputs`; -1 where there is none.
    links : names of links. crossings : `name/exporter>importer`. inputs : names of what is drawn.
    projects : (E,) name of the project that opens or changes the link.
    hubs : the places of each economy.
    tonnes_per_teu : to turn tonnes into TEU.
    upgrade : what projects change on links that are there today, once they are done.
    """

    graph: Graph
    node_place: Names
    node_mode: Names
    kind: Names
    mode: Names
    place: Names
    km: Array
    usd: Array
    hours: Array
    hours_low: Array
    hours_high: Array
    variation: Array
    kg_co2: Array
    capacity: Array
    containers: Flags
    open: Flags
    link: Indices
    crossing: Indices
    source: Indices
    links: tuple[str, ...]
    crossings: tuple[str, ...]
    inputs: tuple[str, ...]
    projects: Names
    hubs: Hubs
    tonnes_per_teu: float
    upgrade: Upgrade

    @classmethod
    def build(cls, tables: NetworkTables, parameter: Callable[[str], Uncertain]) -> Network:
        """The network of some tables, with the rates, speeds and factors of an atlas.

        Parameters
        ----------
        tables : from `serai.atlas.network.load_network`.
        parameter : name -> uncertain input, for example `serai.atlas.load().parameter`.

        Raises
        ------
        InputError : an economy that no open link joins to the others, with the nearest place that is joined.

        Examples
        --------
        >>> from serai.atlas import load
        >>> from serai.atlas.network import load_network
        >>> network = Network.build(load_network(), load().parameter)
        >>> sorted(set(network.kind.tolist()))
        ['border', 'gauge', 'haul', 'transfer']
        """
        from serai.corridors.building import build_network

        return build_network(tables, parameter)

    def cost(self, cargo: Cargo, hours: Array | None = None) -> Array:
        """Generalised cost of each edge for a class of cargo, (E,) or the leading shape of `hours` and (E,).

        Closed edges, and for containers the terminals that do not handle them, cost infinity.
        """
        time = self.hours if hours is None else hours
        cost = cargo.cost(self.money(cargo), time, time * self.variation)
        usable = self.open & (self.containers | (not cargo.containers))
        return np.where(usable, cost, np.inf)

    def money(self, cargo: Cargo) -> Array:
        """USD per tonne of each edge for a class of cargo, (E,): some pay less than containers by rail."""
        return self.usd * np.where(self.on_rails, cargo.rail_rate, 1)

    @property
    def on_rails(self) -> Flags:
        """Hauls over railways, (E,)."""
        return np.asarray((self.kind == "haul") & (self.mode == "rail"))

    def drawn_hours(self, draws: Draws) -> Array:
        """Hours of each edge, (count, E): every crossing, terminal and mode moves by its own number.

        The value is the median; each side of it has its own lognormal scale.
        """
        if not self.inputs:
            return np.tile(self.hours, (draws.count, 1))
        z = np.stack([draws.normal(f"network/{name}") for name in self.inputs], axis=1) / half_width()
        with np.errstate(divide="ignore", invalid="ignore"):
            up = np.where(self.hours > 0, np.log(self.hours_high / self.hours), 0)
            down = np.where(self.hours_low > 0, np.log(self.hours / self.hours_low), up)
        place = np.where(self.source >= 0, z[:, self.source], 0)
        return np.asarray(self.hours * np.exp(place * np.where(place < 0, down, up)))

    def edges(
        self,
        *,
        links: Iterable[str] = (),
        crossings: Iterable[str] = (),
        places: Iterable[str] = (),
        projects: Iterable[str] = (),
        kinds: Iterable[str] = (),
    ) -> Flags:
        """Which edges belong to all that is named, (E,).

        A crossing is named with its direction (`dostyk-rail/CHN>KAZ`) or without (`dostyk-rail`: both).
        `places` are where a border post, a change of mode or of gauge is.
        """
        chosen = np.ones(self.graph.edges, dtype=bool)
        both = [name.split("/")[0] for name in self.crossings]
        for field, wanted, known, ids in (
            ("link", links, self.links, self.link),
            ("crossing", crossings, (*self.crossings, *dict.fromkeys(both)), self.crossing),
        ):
            if names := list(wanted):
                _refuse_unknown(field, names, known)
                listed = self.links if field == "link" else self.crossings
                at = [i for i, name in enumerate(listed) if name in names or name.split("/")[0] in names]
                chosen &= np.isin(ids, at)
        for field, wanted, values in (
            ("place", places, self.place),
            ("project", projects, self.projects),
            ("kind of edge", kinds, self.kind),
        ):
            if names := list(wanted):
                _refuse_unknown(field, names, sorted(set(values.tolist()) - {""}))
                chosen &= np.isin(values, names)
        return chosen

    def opened(self, *names: str) -> Network:
        """With links, or all links of projects, in use, and projects on links of today done."""
        where = self.of(names)
        done = self.upgrade.only(where & self.open)
        return replace(
            self,
            open=self.open | where,
            hours=self.hours * done.hours_left,
            hours_low=self.hours_low * done.hours_left,
            hours_high=self.hours_high * done.hours_left,
            usd=self.usd * done.money_left,
            km=self.km * done.money_left,
            kg_co2=self.kg_co2 * done.money_left,
            capacity=self.capacity + done.added,
            upgrade=self.upgrade.only(~where),
        )

    def closed(self, *names: str) -> Network:
        """With links, or all links of projects, out of use."""
        return replace(self, open=self.open & ~self.of(names))

    def scaled(self, where: Flags, *, hours: float = 1.0, usd: float = 1.0) -> Network:
        """With the hours and the money of some edges multiplied: 0.5 leaves half."""
        left = np.where(where, hours, 1.0)
        return replace(
            self,
            hours=self.hours * left,
            hours_low=self.hours_low * left,
            hours_high=self.hours_high * left,
            usd=self.usd * np.where(where, usd, 1.0),
        )

    def between(self, first: Iterable[str], second: Iterable[str]) -> Flags:
        """Border edges with one economy in each set, in either direction, (E,)."""
        a, b = set(first), set(second)
        sides = [set(name.split("/")[1].split(">")) for name in self.crossings]
        at = [i for i, s in enumerate(sides) if any(x in a and (s - {x}) <= b for x in s)]
        return np.isin(self.crossing, at)

    def node(self, place: str, mode: str = "road") -> int:
        """The node of a place and mode (`rail 1520` with its gauge); by default the road to the door."""
        try:
            return self.graph.places.index(f"{place} {mode}")
        except ValueError:
            known = [name.removesuffix(f" {mode}") for name in self.graph.places if name.endswith(f" {mode}")]
            raise UnknownNameError(f"place with {mode}", place, known) from None

    @property
    def hours_sd(self) -> Array:
        """Standard deviation of the hours from shipment to shipment, (E,)."""
        return self.hours * self.variation

    def of(self, names: Iterable[str]) -> Flags:
        """The edges of links, or of all links of projects, (E,)."""
        chosen = np.zeros(self.graph.edges, dtype=bool)
        projects = set(self.projects.tolist()) - {""}
        for name in names:
            if name in projects:
                chosen |= self.projects == name
            else:
                _refuse_unknown("link or project", [name], [*projects, *self.links])
                chosen |= self.link == self.links.index(name)
        return chosen


def _refuse_unknown(kind: str, names: Iterable[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise UnknownNameError(kind, name, known)
