"""The candidates of a study as intermediaries between its region and another, and its soft power."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from serai.atlas import Atlas, reconcile
from serai.axes import Array
from serai.broker.intermediary import Counterfactual, effect_to_double, information, intermediate
from serai.broker.people import Needed, gain_that_matters, needed_effect
from serai.broker.terms import parameters
from serai.broker.ties import Tie, adjacent, read_ties
from serai.draws import Draws
from serai.equilibrium import Baseline
from serai.errors import Problems, suggestion
from serai.exchange.csv import read_csv
from serai.programme import candidates
from serai.programme.presence import read_presence
from serai.records import Record
from serai.records.base import Text
from serai.scenario.evaluate import WEALTH, baseline, central_baseline, context, prepare, study_names
from serai.scenario.frictions import Frictions
from serai.study import Study

COVARIATES = {"distance": "log(distance_km)", "language": "common_language", "ties": "colony"}


class Candidate(Record):
    """A row of `brokers.csv`: who could stand between the region and another, and which that other is."""

    name: Text
    role: Literal["candidate", "region"]
    economies: tuple[Text, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Intermediaries:
    """Every candidate, with and without which.

    Parameters
    ----------
    other : name of the other region. codes : its economies.
    stock, trade : (draws,), investment and trade between the regions today, both ways, million USD.
    imputed : share of that stock which is imputed.
    rows : wealth -> counterfactuals, the lowest break-even first.
    language : (draws,), the estimated effect of a common language, log points of investment: a yardstick.
    to_double : wealth -> log points on every pair that would double the stock.
    joint : projects with a candidate and an economy of the other region together, by name.
    ties : what joins the two regions today. adjacent : of these and the lead's projects in the same country
        and sector, by name.
    people : wealth -> what people exchange would need. reached : people whom the lead's projects of the
        pipeline are to train, as far as numbers are published.
    trade_language : (draws,), the effect of a common language on trade; None without such an estimate.
    """

    other: str
    codes: tuple[str, ...]
    stock: Array
    trade: Array
    imputed: float
    rows: Mapping[str, Sequence[Counterfactual]]
    language: Array
    to_double: Mapping[str, float]
    joint: tuple[str, ...]
    ties: tuple[Tie, ...]
    adjacent: tuple[tuple[str, str], ...]
    people: Mapping[str, Needed]
    reached: float
    trade_language: Array | None


def study_intermediaries(study: Study, atlas: Atlas, draws: Draws) -> Intermediaries | None:
    """The counterfactual of every candidate of `brokers.csv`; None without it or an estimate of investment.

    Raises
    ------
    InputError : economies that do not exist, no other region or several.
    """
    named = read_brokers(study, atlas)
    estimate, traded = (
        next((e.id for e in study.about.estimate if e.table == table), None) for table in ("fdi", "trade")
    )
    if named is None or estimate is None:
        return None
    names = study_names(study, atlas)
    other, brokers = named
    region, codes = study.about.region.economies, tuple(names.codes(other.economies))
    world = reconcile(atlas, draws)
    seen = context(prepare(study, atlas, draws), draws, world)
    base = baseline(world, seen.inputs)
    coefficients = {k: seen.inputs.frictions.sample(f"{estimate}/{v}", draws) for k, v in COVARIATES.items()}
    share, margin = (draws.sample(parameters().of(name)) for name in ("information_share", "margin"))
    iota = information(*_pairs(atlas), coefficients, base.capital_elasticity, share)
    deficits = study.about.settings.deficits
    rows = {
        wealth: intermediate(
            base, iota, brokers, region, codes, margin=margin, wealth=wealth, deficits=deficits
        )
        for wealth in WEALTH
    }
    middle, gain = central_baseline(reconcile(atlas), atlas), gain_that_matters()
    presence = read_presence(study)
    mine = {row.project for row in presence if row.partner == study.lead.id}
    lead, ties = names.codes(study.lead.economies), read_ties(study, atlas)
    return Intermediaries(
        other.name,
        codes,
        _both_ways(base.holdings, base, region, codes),
        _both_ways(base.trade, base, region, codes),
        _imputed(atlas, region, codes),
        {str(wealth): found for wealth, found in rows.items()},
        coefficients["language"],
        {w: effect_to_double(middle, region, codes, wealth=w, deficits=deficits) for w in WEALTH},
        _joint(study, [code for group in brokers.values() for code in group], codes),
        ties,
        adjacent(ties, study.records.projects, presence, study.lead.id, region),
        {w: needed_effect(middle, lead, region, gain, wealth=w, deficits=deficits) for w in WEALTH},
        sum(project.people or 0 for project in candidates(study)[0] if project.id in mine),
        _language(seen.inputs.frictions, traded, draws),
    )


def _language(frictions: Frictions, estimate: str | None, draws: Draws) -> Array | None:
    """The effect of a common language in an estimate; None where it is not among the covariates."""
    name = f"{estimate}/{COVARIATES['language']}"
    return frictions.sample(name, draws) if name in frictions.names() else None


def read_brokers(study: Study, atlas: Atlas) -> tuple[Candidate, dict[str, tuple[str, ...]]] | None:
    """The other region of `brokers.csv` and the economies of each candidate; None without the file."""
    path = study.path / "brokers.csv"
    if not path.exists():
        return None
    rows, file, names = read_csv(path, Candidate), path.name, study_names(study, atlas)
    problems = Problems(file)
    for line, row in enumerate(rows, start=2):
        for word in row.economies:
            if word not in names.groups and word not in names.economies:
                remedy = suggestion(word, [*names.groups, *names.economies])
                problems.add(
                    "there is no such economy or group", remedy, row=line, field="economies", value=word
                )
    others = [row for row in rows if row.role == "region"]
    if len(others) != 1:
        problems.add("there is not exactly one other region", "Give one row the role region.", field="role")
    if not any(row.role == "candidate" for row in rows):
        problems.add("there is no candidate", "Give at least one row the role candidate.", field="role")
    problems.raise_if_any()
    return others[0], {r.name: tuple(names.codes(r.economies)) for r in rows if r.role == "candidate"}


def _pairs(atlas: Atlas) -> tuple[Array, Array, Array]:
    """Distance, language and past ties of every pair, (N, N) each."""
    table, order = atlas.table("pairs"), list(atlas.economies)
    wide = (
        table.pivot(index="origin", columns="destination", values=name).reindex(index=order, columns=order)
        for name in ("distance_km", "common_language", "colony")
    )
    distance, language, ties = (frame.to_numpy(dtype=float) for frame in wide)
    return distance, language, ties


def _both_ways(flows: Array | None, base: Baseline, first: Sequence[str], second: Sequence[str]) -> Array:
    """What flows between two regions, both ways, for each draw."""
    assert flows is not None
    rows, columns = base.economies.indices(first), base.economies.indices(second)
    one = flows[..., rows, :][..., columns].sum(axis=(-1, -2))
    return np.asarray(one + flows[..., columns, :][..., rows].sum(axis=(-1, -2)))


def _imputed(atlas: Atlas, first: Sequence[str], second: Sequence[str]) -> float:
    """The share of the stock between two regions that no side reports."""
    table = atlas.table("fdi")
    one = table["owner"].isin(first) & table["host"].isin(second)
    both = table[one | (table["owner"].isin(second) & table["host"].isin(first))]
    total = float(both["stock_usd_m"].sum())
    return float(both.loc[both["basis"] == "imputed", "stock_usd_m"].sum()) / total if total > 0 else 0.0


def _joint(study: Study, brokers: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Projects in which a candidate and an economy of the other region are named together."""
    partners = {partner.id for partner in study.about.partner}
    parties: dict[str, set[str]] = {}
    for row in read_presence(study):
        parties.setdefault(row.project, set()).add(row.partner)
    outside = {*brokers, *partners} - set(others)
    return tuple(sorted(name for name, who in parties.items() if who & set(others) and who & outside))
