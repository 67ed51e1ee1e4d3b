"""Does integration with neighbours attract investors from outside? The panel and the estimate.

A host integrates when agreements with its neighbours widen the market that a plant there can reach. The
equation explains the stock that owners *outside* the host's agreements hold there,

    E[stock] = exp(owner-year + pair + b log reach(host, year) + host controls)

without host-year effects, which would absorb what is asked. `b` is the elasticity of outsiders' investment to
market reach: own output plus the output of agreement partners, weighted by distance. Leads test whether
investment comes first; conduits, through which money only passes, are taken out in a second sample.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from serai import html
from serai.axes import Array
from serai.errors import InputError, Problem, Problems, UnknownNameError
from serai.gravity.fit import fit_gravity
from serai.gravity.result import GravityFit

IN_FORCE = ("base_treaty", "accession", "consolidated", "protocol or amendment")
PANEL_COLUMNS = ("owner", "host", "year", "stock", "log_reach", "log_output", "outsider")


@dataclass(frozen=True, slots=True)
class Attraction:
    """The estimates that decide the claim.

    Parameters
    ----------
    fits : name of the specification -> fit; the first is the main one.
    dropped : rows of the positions that could not be used, by reason.
    """

    fits: dict[str, GravityFit]
    dropped: dict[str, int]

    def tidy(self) -> pd.DataFrame:
        """One row a specification and covariate, as in `GravityFit.tidy`."""
        parts = [fit.tidy().assign(specification=name, n_obs=fit.n_obs) for name, fit in self.fits.items()]
        table = pd.concat(parts, ignore_index=True)
        return table[["specification", *(c for c in table.columns if c != "specification")]]

    def _repr_html_(self) -> str:
        return html.frame(self.tidy(), "integration and investment from outside")


def agreements_in_force(treaties: pd.DataFrame, codes: dict[int, str]) -> pd.DataFrame:
    """The first year in which two economies had a trade agreement in force.

    Parameters
    ----------
    treaties : DESTA's member list: `entry_type`, `entryforceyear` and numeric members `c1`, `c2`, ...
    codes : ISO numeric -> ISO alphabetic code.

    Returns
    -------
    Columns one, other, since; both directions of each pair. Negotiations and treaties not in force are left
    out, withdrawals are not undone: DESTA lists them by treaty, and another treaty usually remains.
    """
    members = [c for c in treaties.columns if c.startswith("c") and c[1:].isdigit()]
    valid = treaties[treaties["entry_type"].isin(IN_FORCE) & treaties["entryforceyear"].notna()]
    since: dict[tuple[str, str], int] = {}
    for year, row in zip(valid["entryforceyear"], valid[members].to_numpy(float), strict=True):
        names = [codes[int(code)] for code in row[np.isfinite(row)] if int(code) in codes]
        for one in names:
            for other in names:
                if one != other:
                    since[one, other] = min(int(year), since.get((one, other), int(year)))
    keys = sorted(since)
    return pd.DataFrame(
        {"one": [k[0] for k in keys], "other": [k[1] for k in keys], "since": [since[k] for k in keys]}
    )


def market_reach(
    output: pd.DataFrame,
    distance: pd.DataFrame,
    agreements: pd.DataFrame,
    years: Sequence[int],
    decay: float = 1.0,
) -> pd.DataFrame:
    """The market that each economy reaches freely: its own output and its partners', weighted by distance.

    `reach = output_h + sum over partners k of output_k (own distance / distance to k)^decay`.

    Parameters
    ----------
    output : columns economy, year, output (at constant prices).
    distance : columns one, other, km; with each economy's distance to itself.
    agreements : columns one, other, since, as from `agreements_in_force`.
    years : which years.
    decay : how fast distance discounts a partner's market.

    Returns
    -------
    Columns economy, year, reach, output; economies without output or distances in a year are left out.
    """
    wide = output.pivot(index="economy", columns="year", values="output").reindex(columns=list(years))
    names = [n for n in wide.index if n in set(distance.loc[distance["one"] == distance["other"], "one"])]
    wide = wide.loc[names]
    km = _square(distance, "km", names)
    since = _square(agreements, "since", names)
    own = np.diag(km)
    closeness = (own[:, None] / km) ** decay
    np.fill_diagonal(closeness, 0.0)
    rows = []
    for year in years:
        size = wide[year].to_numpy(float)
        partners = np.where(
            (since <= year) & np.isfinite(closeness) & np.isfinite(size)[None], closeness, 0.0
        )
        reach = size + partners @ np.nan_to_num(size)
        rows.append(pd.DataFrame({"economy": names, "year": year, "reach": reach, "output": size}))
    return pd.concat(rows, ignore_index=True).dropna()


def attraction_panel(
    positions: pd.DataFrame, reach: pd.DataFrame, agreements: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Owner, host and year with the stock and what explains it.

    Parameters
    ----------
    positions : columns owner, host, year, stock; one row each.
    reach : as from `market_reach`.
    agreements : as from `agreements_in_force`; an owner with an agreement with the host in any year of the
        panel is no outsider.

    Returns
    -------
    the panel (`PANEL_COLUMNS`), and counts of rows left out by reason: a stock that is missing is not zero,
    and a negative one (a loan back to the owner exceeds the stake) cannot enter a Poisson equation.
    """
    for name in ("owner", "host", "year", "stock"):
        if name not in positions.columns:
            raise UnknownNameError("column", name, [str(c) for c in positions.columns])
    known = positions[positions["owner"] != positions["host"]]
    dropped = {"confidential or missing stock": int(known["stock"].isna().sum())}
    known = known[known["stock"].notna()]
    dropped["negative stock"] = int((known["stock"] < 0).sum())
    known = known[known["stock"] >= 0]
    hosts = reach.rename(columns={"economy": "host"})
    panel = known.merge(hosts, on=["host", "year"], how="left", validate="many_to_one")
    dropped["host without output or distance"] = int(panel["reach"].isna().sum())
    panel = panel[panel["reach"].notna()]
    last = int(panel["year"].max()) if len(panel) else 0
    allied = set(
        map(tuple, agreements.loc[agreements["since"] <= last, ["one", "other"]].to_numpy().tolist())
    )
    insider = [pair in allied for pair in zip(panel["owner"], panel["host"], strict=True)]
    panel = panel.assign(
        log_reach=np.log(panel["reach"]),
        log_output=np.log(panel["output"]),
        outsider=~np.array(insider, dtype=bool),
    )
    return panel[list(PANEL_COLUMNS)].reset_index(drop=True), dropped


def add_leads(panel: pd.DataFrame, reach: pd.DataFrame, years: int) -> pd.DataFrame:
    """The panel with `log_reach_lead<years>`, the host's later reach; rows without one are dropped."""
    later = reach[["economy", "year", "reach"]].assign(year=reach["year"] - years)
    later = later.rename(columns={"economy": "host", "reach": "later"})
    merged = panel.merge(later, on=["host", "year"], how="inner", validate="many_to_one")
    merged[f"log_reach_lead{years}"] = np.log(merged["later"])
    return merged.drop(columns="later")


def estimate_attraction(
    panel: pd.DataFrame,
    reach: pd.DataFrame,
    conduits: Collection[str],
    *,
    controls: Sequence[str] = ("log_output",),
    more: Sequence[str] = (),
    shares: pd.DataFrame | None = None,
    lead: int = 2,
    dropped: dict[str, int] | None = None,
) -> Attraction:
    """The elasticity of outsiders' investment to integration, in five specifications or more.

    Standard errors are clustered by host and by owner, since integration varies by host.

    Parameters
    ----------
    panel, dropped : as from `attraction_panel`; further columns may serve as controls.
    reach : as from `market_reach`, for the leads.
    conduits : economies through which investment passes, as owner or host.
    controls : covariates of the host beside its reach.
    more : further covariates of the host, for specifications of their own, without the rows that lack one.
        What does not vary over time, such as governance in a single year, the pair effects absorb.
    shares : columns economy, year, share, as from `integration.intra_regional_share`: the other measure of
        integration, with the main one again on the rows where it is known.
    lead : years ahead for the test of anticipation.
    """
    problems = Problems()
    for name in (*PANEL_COLUMNS, *controls, *more):
        if name not in panel.columns:
            problems.add(f"the panel has no column {name}", "Build it with attraction_panel.", field=name)
    problems.raise_if_any()
    outside = panel[panel["outsider"]]
    if outside.empty:
        raise InputError(Problem("no owner is an outsider", "Check the agreements.", field="outsider"))
    straight = outside[~outside["owner"].isin(list(conduits)) & ~outside["host"].isin(list(conduits))]
    own = ["log_reach", *controls]
    ahead = [*own, f"log_reach_lead{lead}"]
    fits = {
        "outsiders": _fit(outside, own),
        "outsiders, without conduits": _fit(straight, own),
        "outsiders, without controls": _fit(outside, ["log_reach"]),
        "outsiders, with lead": _fit(add_leads(outside, reach, lead), ahead),
        "outsiders, without conduits, with lead": _fit(add_leads(straight, reach, lead), ahead),
    }
    if more:
        for name, sample in (("outsiders", outside), ("outsiders, without conduits", straight)):
            fits[f"{name}, more controls"] = _fit(sample.dropna(subset=list(more)), [*own, *more])
    if shares is not None:
        share = ["log_share", *controls]
        for name, sample in (("outsiders", outside), ("outsiders, without conduits", straight)):
            known = add_shares(sample, shares)
            fits[f"{name}, intra-regional trade"] = _fit(known, share)
            fits[f"{name}, where trade is known"] = _fit(known, own)
        if more:
            known = add_shares(outside, shares).dropna(subset=list(more))
            fits["outsiders, intra-regional trade, more controls"] = _fit(known, [*share, *more])
    return Attraction(fits, dict(dropped or {}))


def add_shares(panel: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """The panel with `log_share`, of the host's trade with its region; rows without one are dropped."""
    hosts = shares[["economy", "year"]].rename(columns={"economy": "host"})
    hosts["log_share"] = np.log(shares["share"])
    return panel.merge(hosts, on=["host", "year"], how="inner", validate="many_to_one")


def _fit(panel: pd.DataFrame, covariates: Sequence[str]) -> GravityFit:
    return fit_gravity(
        panel, flow="stock", covariates=covariates, effects=("exporter-year", "pair"), exporter="owner",
        importer="host", cluster=("importer", "exporter"),
    )  # fmt: skip


def _square(table: pd.DataFrame, value: str, names: Sequence[str]) -> Array:
    """Values by pair as a matrix; missing pairs are NaN."""
    wide = table.pivot(index="one", columns="other", values=value)
    return wide.reindex(index=list(names), columns=list(names)).to_numpy(float)
