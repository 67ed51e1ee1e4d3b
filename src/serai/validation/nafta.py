"""Caliendo and Parro (2015), Estimates of the Trade and Welfare Effects of NAFTA, Table 2."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from serai.axes import Array
from serai.equilibrium import (
    MultiSectorBaseline,
    MultiSectorEquilibrium,
    Shock,
    balanced,
    decompose,
    settled,
    solve,
)

DATA = "cp2015/nafta_1993.npz"
MEMBERS = {"Mexico": "Mexico", "Canada": "Canada", "USA": "United States"}


@dataclass(frozen=True)
class Nafta:
    """The data of 1993 as observed, and tariffs with those among the members of 2005."""

    world: MultiSectorBaseline
    tariff: Array


@lru_cache(maxsize=1)
def nafta(folder: Path) -> Nafta:
    """The world of the paper, built as its authors do."""
    data = np.load(folder / DATA)
    names = [str(name) for name in data["economies"]]
    flows = np.swapaxes(data["imports"], 1, 2).copy()
    exports = flows.sum(axis=2)
    output = np.maximum(data["gross_output"], exports)
    sector, place = np.indices(output.shape)
    flows[sector, place, place] = output - exports
    before, after = (np.swapaxes(data[f"tariff_{year}_pct"], 1, 2) / 100 for year in (1993, 2005))
    # One input share of one sector of Canada is -0.0008: it is set to zero and its column rescaled.
    inputs = np.maximum(data["io_share"], 0)
    total = inputs.sum(axis=1, keepdims=True)
    inputs = inputs / np.where(total > 0, total, 1)
    added = data["value_added_share"].T
    materials = np.einsum("nsk,nk,kn->sn", inputs, 1 - added, output)
    final = np.maximum((flows * (1 + before)).sum(axis=1) - materials, 0)
    world = MultiSectorBaseline.from_flows(
        flows,
        names,
        input_share=inputs,
        value_added_share=added,
        theta=data["theta"],
        tariff=before,
        final_share=(final / final.sum(axis=0)).T,
    )
    places = world.economies.indices(list(MEMBERS.values()))
    inside = np.zeros((len(names), len(names)), dtype=bool)
    inside[np.ix_(places, places)] = True
    return Nafta(world, np.where(inside, after, before))


def cuts(base: MultiSectorBaseline, case: Nafta, transfer: Array | None = None) -> MultiSectorEquilibrium:
    """The tariff cuts from a base."""
    return solve(base, Shock(tariff=base.tariff_to(case.tariff), transfer=transfer))


def with_deficits(case: Nafta) -> MultiSectorEquilibrium:
    """The paper keeps deficits as shares of world value added; here they are money of world output, so the
    small change of the one against the other is handed over as transfers."""
    base = settled(case.world)
    result = cuts(base, case)
    for _ in range(2):
        added = (base.value_added_share * result.sector_output).sum()
        shift = added / (base.value_added_share * base.output).sum() - 1
        result = cuts(base, case, shift * (base.deficit - base.deficit.mean()))
    return result


def table_2(folder: Path) -> dict[str, float]:
    """Welfare, its two parts and real wages of the three members, percent, without and with deficits."""
    case = nafta(folder)
    cases = {"without deficits": cuts(balanced(case.world), case), "with deficits": with_deficits(case)}
    return {
        f"{member} {name}, {label}": value
        for label, result in cases.items()
        for member, parts in printed(result).items()
        for name, value in parts.items()
    }


def printed(result: MultiSectorEquilibrium) -> dict[str, dict[str, float]]:
    """What Table 2 prints of each member, percent, not rounded."""
    parts = decompose(result).net_changes
    rows = {}
    for member, name in MEMBERS.items():
        place = result.economies.index(name)
        terms, volume = (float(parts[key][place]) for key in ("terms_of_trade", "volume_of_trade"))
        rows[member] = {
            "tot": 100 * terms,
            "vot": 100 * volume,
            "welfare": 100 * (terms + volume),
            "realwage": 100 * (float(result.real_wage[place]) - 1),
        }
    return rows
