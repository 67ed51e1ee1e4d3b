"""What breaking the ties between an economy and a partner is, as a shock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from serai.axes import Array, Axis
from serai.equilibrium import Shock
from serai.errors import InputError, Problem, Problems, UnknownNameError

CHANNELS = ("trade", "capital", "remittances", "together")
TRANSIT, ALL_TRANSIT = "transit", "together_and_transit"

_PARTS = {
    "trade": ("trade",),
    "capital": ("capital",),
    "remittances": ("remittances",),
    "together": ("trade", "capital", "remittances"),
    TRANSIT: (TRANSIT,),
    ALL_TRANSIT: ("trade", "capital", "remittances", TRANSIT),
}


def cut(
    economies: Axis,
    dependant: str,
    partner: Sequence[str],
    channel: str,
    *,
    remittances: Array | None = None,
    route: Array | None = None,
    capital: bool = True,
) -> Shock:
    """The shock that closes one channel between an economy and the economies of a partner, both ways.

    Parameters
    ----------
    economies : the axis of the world.
    dependant, partner : whose ties break; an economy that is the dependant itself is left out of the partner.
    channel : `trade` (costs become infinite), `capital` (openness becomes zero), `remittances` (they stop),
        `together`, all three; `transit`, the partner's transport links alone; `together_and_transit`.
    remittances : ([draws,] N payer, N recipient), money of the base year.
    route : ([draws,] N, N), trade costs when the partner's transport links are closed, new over old; only the
        dependant's own row and column are used: it is the one that is shut out.
    capital : whether capital is mobile; where it is not, no capital is cut.

    Raises
    ------
    UnknownNameError : a channel or an economy that does not exist.
    InputError : a channel whose figures are not given.
    """
    if channel not in _PARTS:
        raise UnknownNameError("channel", channel, _PARTS)
    own = economies.index(dependant)
    others = [place for place in economies.indices(partner) if place != own]
    shocks: list[Shock] = []
    for part in _PARTS[channel]:
        if part == "trade":
            shocks.append(Shock(trade_cost=_between(len(economies), own, others, np.inf)))
        elif part == "capital" and capital:
            shocks.append(Shock(openness=_between(len(economies), own, others, 0.0)))
        elif part == "remittances" and remittances is not None:
            shocks.append(Shock(transfer=_stopped(remittances, own, others)))
        elif part == TRANSIT:
            shocks.append(Shock(trade_cost=_shut_out(channel, route, own)))
    return Shock.compose(shocks)


def refuse_partners(
    economies: Axis,
    dependants: Sequence[str],
    partners: Mapping[str, Sequence[str]],
    channels: Sequence[str],
    remittances: Array | None,
    routes: Mapping[str, Array] | None,
) -> None:
    """Everything that would make a table of dependence meaningless, all at once."""
    problems = Problems()
    for field, codes in (
        ("dependants", list(dependants)),
        *((f"partners.{k}", v) for k, v in partners.items()),
    ):
        for code in codes:
            if code not in economies:
                problems.add("there is no such economy", "Use its code.", field=field, value=code)
        if not codes:
            problems.add("there is no economy in it", "Name at least one, or leave it out.", field=field)
    for name, codes in partners.items():
        for code in dependants:
            if set(codes) == {code}:
                problems.add(
                    "an economy cannot depend on itself",
                    "Leave it out of one side.",
                    field=f"partners.{name}",
                    value=code,
                )
    for channel in channels:
        if channel not in _PARTS:
            problems.add(
                "there is no such channel", f"Known: {', '.join(_PARTS)}.", field="channels", value=channel
            )
        elif TRANSIT in _PARTS[channel]:
            for name in partners:
                if name not in (routes or {}):
                    problems.add(
                        "no trade costs without the partner's transport links",
                        "Give routes[partner], or leave transit out.",
                        field="routes",
                        value=name,
                    )
        elif channel == "remittances" and remittances is None:
            problems.add(
                "no remittances are given", "Give them, or leave the channel out.", field="remittances"
            )
    problems.raise_if_any()


def _between(size: int, own: int, others: Sequence[int], ratio: float) -> Array:
    """Ones, and the ratio in every cell between the two sides."""
    table = np.ones((size, size))
    table[own, others] = table[others, own] = ratio
    return table


def _stopped(remittances: Array, own: int, others: Sequence[int]) -> Array:
    """What each economy receives less when the two sides stop paying each other, ([draws,] N)."""
    net = remittances[..., others, own] - remittances[..., own, others]
    change = np.zeros(remittances.shape[:-1])
    change[..., others] = net
    change[..., own] = -net.sum(axis=-1)
    return change


def _shut_out(channel: str, route: Array | None, own: int) -> Array:
    """The costs of the dependant's own trade without the links; those of all others stay."""
    if route is None:
        raise InputError(Problem(f"{channel} needs the costs without the partner's links", "Give route."))
    cost = np.ones_like(route)
    cost[..., own, :], cost[..., :, own] = route[..., own, :], route[..., :, own]
    cost[..., own, own] = 1
    return cost
