"""Economies taken out of the rest of the world, so that a study of another region can show them by name.

Of each the packaged tables have output, people, capital, goods trade with every other economy, distances and
agreements. Services are shared out of those of the rest of the world by output. Direct investment is not
known: such an economy keeps its capital at home, and owns nothing abroad. What is taken out leaves the rest
of the world, whose totals stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations

import numpy as np
import pandas as pd

from serai.atlas.load import HERE, Atlas, load
from serai.atlas.rules import FIGURES, REST
from serai.atlas.schema import WIDER_TABLES, read_schema
from serai.atlas.validate import read_table
from serai.errors import InputError, Problem, Problems

NOT_KNOWN = "not known: its capital is taken as immobile"
SHARED = "share of the rest of the world by output"
WITH_GOODS = "goods times services over goods in trade of the rest of the world"
LEFT = "what the economies shown by name leave"
SUMS = ("gdp", "population")
FIGURE_WORDS = {"gdp": "output", "population": "population", "current_account": "current account"}


@dataclass(frozen=True, slots=True, eq=False)
class Wider:
    """The members of the rest of the world.

    Parameters
    ----------
    economies, figures, trade, pairs, agreements : the packaged tables.
    """

    economies: pd.DataFrame
    figures: pd.DataFrame
    trade: pd.DataFrame
    pairs: pd.DataFrame
    agreements: pd.DataFrame

    @property
    def codes(self) -> tuple[str, ...]:
        """Their three-letter codes."""
        return tuple(self.economies["economy"])


@cache
def wider() -> Wider:
    """The packaged members of the rest of the world.

    Examples
    --------
    >>> "KEN" in wider().codes
    True
    """
    problems = Problems()
    frames = {}
    for name in WIDER_TABLES:
        path = HERE / "tables" / f"{name}.csv"
        frame = read_table(name, path.read_bytes(), str(path), read_schema(name), problems)
        if frame is not None:
            frames[name.removeprefix("wider_")] = frame
    problems.raise_if_any()
    return Wider(**frames)


def missing_data(code: str, beside: Iterable[str]) -> list[str]:
    """What the tables lack to show a member of the rest of the world by name, in words.

    Parameters
    ----------
    code : its code.
    beside : the economies that it is to stand beside.
    """
    every = wider()
    have = set(every.figures.loc[every.figures["economy"] == code, "variable"])
    lacks = [FIGURE_WORDS.get(name, name.replace("_", " ")) for name in FIGURES if name not in have]
    far = [other for other in beside if other not in (code, REST) and (code, other) not in _ties()]
    if far:
        lacks.append("distances" if len(far) > 3 else f"distances to {', '.join(far)}")
    elif not (every.trade["exporter"] == code).any():
        lacks.append("trade")
    return lacks


def open_out(atlas: Atlas, codes: Sequence[str], focus: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The tables of a base year in which some members of the rest of the world stand by themselves.

    Parameters
    ----------
    atlas : the packaged base year.
    codes : members of the rest of the world; none leaves all tables but `economies` as they are.
    focus : the economies of the study: drawn inputs are summed up over them.

    Returns
    -------
    table name -> data frame, only those that change.

    Raises
    ------
    InputError : an economy that the tables know too little of, with what is missing.

    Examples
    --------
    >>> from serai.atlas import load
    >>> tables = open_out(load(), ["KEN", "UGA"], ["KEN", "UGA"])
    >>> len(tables["economies"])
    78
    """
    axis = [*(c for c in atlas.economies if c != REST), *sorted(codes), REST]
    problems = Problems()
    for code in codes:
        lacks = missing_data(code, axis)
        if lacks:
            problems.add(
                f"{code} has no {', '.join(lacks)} in the packaged tables",
                "Leave it out, or give the figures in tables/ of the study.",
                field="economies",
                value=code,
            )
    problems.raise_if_any()
    tables = {"economies": _economies(atlas, axis, focus)}
    if not codes:
        return tables
    opened = _Opened(atlas, tuple(codes), tuple(axis))
    return tables | {
        "figures": opened.figures(),
        "trade": opened.trade(),
        "fdi": opened.fdi(),
        "pairs": opened.pairs(),
        "agreements": opened.agreements(),
    }


def _economies(atlas: Atlas, axis: Sequence[str], focus: Sequence[str]) -> pd.DataFrame:
    table = pd.concat([atlas.table("economies"), wider().economies]).set_index("economy", drop=False)
    table = table.loc[list(axis)].reset_index(drop=True)
    flags = ["central_asia", "eu27", "asean", "conduit"]
    table[flags] = table[flags].fillna(0).astype(int)
    table["focus"] = table["economy"].isin(list(focus)).astype(int)
    return table


@cache
def _ties() -> frozenset[tuple[str, str]]:
    pairs = wider().pairs
    forward = set(zip(pairs["origin"], pairs["destination"], strict=True))
    return frozenset(forward | {(b, a) for a, b in forward})


@dataclass(frozen=True)
class _Opened:
    """The tables with some members taken out; `axis` is the new order, the rest of the world last."""

    atlas: Atlas
    codes: tuple[str, ...]
    axis: tuple[str, ...]

    @property
    def shown(self) -> list[str]:
        """The economies that had a name before."""
        return [code for code in self.atlas.economies if code != REST]

    @property
    def left(self) -> list[str]:
        """The members that stay in the rest of the world."""
        return [code for code in wider().codes if code not in self.codes]

    def output(self, codes: Iterable[str]) -> pd.Series[float]:
        """GDP of members, million USD."""
        rows = wider().figures
        gdp = rows[rows["variable"] == "gdp"].set_index("economy")["value"]
        return gdp.reindex(list(codes)).dropna()

    def figures(self) -> pd.DataFrame:
        """Figures of the members; sums of the rest of the world lose theirs, its ratios stay."""
        own = wider().figures
        own = own[own["economy"].isin(self.codes)]
        table = self.atlas.table("figures")
        for name in SUMS:
            at = (table["variable"] == name) & (table["economy"] == REST)
            taken = float(own.loc[own["variable"] == name, "value"].sum())
            table.loc[at, "value"] -= taken
            table.loc[at, "note"] = LEFT
        return pd.concat([table, own]).sort_values(["variable"], kind="stable").reset_index(drop=True)

    def trade(self) -> pd.DataFrame:
        """Goods and services of the members with everyone; the rest of the world keeps what is left."""
        table = self.atlas.table("trade")
        goods = self._goods(table)
        return pd.concat(
            [goods, self._services(table, goods), table[~table["flow"].isin(["goods", "services"])]]
        )

    def _goods(self, table: pd.DataFrame) -> pd.DataFrame:
        old = table[table["flow"] == "goods"].set_index(["exporter", "importer"], drop=False)
        flows = wider().trade
        known = flows[flows["basis"] == "reported"]
        named = flows[
            flows["exporter"].isin(self.axis)
            & flows["importer"].isin(self.axis)
            & (flows["exporter"].isin(self.codes) | flows["importer"].isin(self.codes))
        ].assign(flow="goods", year=int(old["year"].iloc[0]))
        taken = known[known["exporter"].isin(self.codes) | known["importer"].isin(self.codes)]
        rest = [
            self._with_rest(known, *sides) for sides in (("exporter", "importer"), ("importer", "exporter"))
        ]
        for first, second in (("exporter", "importer"), ("importer", "exporter")):
            sums = taken[taken[second].isin(self.codes)].groupby(first)["value_usd_m"].sum()
            for code, amount in sums.items():
                if code in self.shown:
                    _take(old, (code, REST) if first == "exporter" else (REST, code), float(amount))
        among = taken["exporter"].isin(wider().codes) & taken["importer"].isin(wider().codes)
        _take(old, (REST, REST), float(taken.loc[among, "value_usd_m"].sum()))
        return pd.concat([old.reset_index(drop=True), named, *rest], ignore_index=True)

    def _with_rest(self, known: pd.DataFrame, own: str, other: str) -> pd.DataFrame:
        """What each member sells to, or buys from, the members that stay in the rest of the world."""
        rows = known[known[own].isin(self.codes) & known[other].isin(self.left)]
        sums = rows.groupby(own)["value_usd_m"].sum().reindex(list(self.codes), fill_value=0.0)
        year = int(self.atlas.table("trade").query("flow == 'goods'")["year"].iloc[0])
        return pd.DataFrame(
            {own: sums.index, other: REST, "value_usd_m": sums.to_numpy(), "flow": "goods", "year": year}
        ).assign(basis="computed", source="baci", note=f"sum of {len(self.left)} economies; Taiwan not known")

    def _services(self, table: pd.DataFrame, goods: pd.DataFrame) -> pd.DataFrame:
        old = table[table["flow"] == "services"].set_index(["exporter", "importer"], drop=False)
        whole = float(self.atlas.figure("gdp")[-1])
        weight = self.output(self.codes) / whole
        factor, wide = (
            self.atlas.parameter(name).value for name in ("services_shared_factor", "services_goods_factor")
        )
        ratio = _services_over_goods(old, goods, self.shown)
        sold = goods.set_index(["exporter", "importer"])["value_usd_m"]
        year = int(old["year"].iloc[0])
        rows: list[dict[str, object]] = []
        for other in self.shown:
            for side in ((REST, other), (other, REST)):
                value = float(str(old.loc[side, "value_usd_m"]))
                for code in self.codes:
                    pair = tuple(code if name == REST else name for name in side)
                    rows.append(_row(pair, value * float(weight[code]), factor, "icio", SHARED))
                _scale(old, side, 1 - float(weight.sum()))
        for pair in permutations([*self.codes, REST], 2):
            rows.append(_row(pair, float(sold[pair]) * ratio, wide, "serai", WITH_GOODS))
        named = pd.DataFrame(rows).assign(flow="services", year=year, basis="imputed")
        return pd.concat([old.reset_index(drop=True), named], ignore_index=True)

    def fdi(self) -> pd.DataFrame:
        """Nothing to and from the members: what they hold and host is not known."""
        table = self.atlas.table("fdi")
        pairs = [
            (owner, host)
            for owner, host in permutations(self.axis, 2)
            if owner in self.codes or host in self.codes
        ]
        owners, hosts = zip(*pairs, strict=True)
        nothing = pd.DataFrame({"owner": owners, "host": hosts}).assign(
            stock_usd_m=0.0, low=0.0, high=0.0, year=int(table["year"].iloc[0]), basis="assumed"
        )
        return pd.concat([table, nothing.assign(source="serai", note=NOT_KNOWN)], ignore_index=True)

    def pairs(self) -> pd.DataFrame:
        """Ties in both directions; with the rest of the world the mean distance by output."""
        own = wider().pairs
        back = own.rename(columns={"origin": "destination", "destination": "origin"})
        both = pd.concat([own, back]).drop_duplicates(["origin", "destination"])
        inside = both["origin"].isin(self.axis) & both["destination"].isin(self.axis)
        weight = self.output(self.left)
        rows = []
        for code in self.codes:
            far = both[(both["origin"] == code) & both["destination"].isin(weight.index)]
            share = weight[far["destination"]].to_numpy()
            km = float(np.average(far["distance_km"], weights=share))
            ties = {"distance_km": km, "contiguity": 0, "common_language": 0, "colony": 0}
            for origin, destination in ((code, REST), (REST, code)):
                rows.append({"origin": origin, "destination": destination, **ties})
        rest = pd.DataFrame(rows).assign(basis="computed", source="geodist")
        return pd.concat([self.atlas.table("pairs"), both[inside], rest], ignore_index=True)

    def agreements(self) -> pd.DataFrame:
        """Memberships of the members, and of the others in agreements with them alone."""
        table = self.atlas.table("agreements")
        listed = wider().agreements.assign(member=lambda t: t["members"].str.split()).explode("member")
        listed = listed[listed["member"].isin(self.axis)][list(table.columns)]
        have = set(zip(table["agreement"], table["member"], strict=True))
        fresh = [pair not in have for pair in zip(listed["agreement"], listed["member"], strict=True)]
        return pd.concat([table, listed[fresh]]).sort_values(["agreement", "member"]).reset_index(drop=True)


def _take(table: pd.DataFrame, pair: tuple[str, str], amount: float) -> None:
    """Take an amount off a flow of the rest of the world; rounding may leave a speck below zero."""
    table.loc[pair, "value_usd_m"] = max(float(str(table.loc[pair, "value_usd_m"])) - amount, 0.0)
    table.loc[pair, ["low", "high"]] = np.nan
    table.loc[pair, ["basis", "note"]] = ["computed", LEFT]


def _scale(table: pd.DataFrame, pair: tuple[str, str], factor: float) -> None:
    for column in ("value_usd_m", "low", "high"):
        table.loc[pair, column] = float(str(table.loc[pair, column])) * factor
    table.loc[pair, "note"] = LEFT


def _row(pair: tuple[str, ...], value: float, factor: float, source: str, note: str) -> dict[str, object]:
    """One flow of services with its 80 % range."""
    exporter, importer = pair
    ends = {"value_usd_m": value, "low": value / factor, "high": value * factor}
    return {"exporter": exporter, "importer": importer, **ends, "source": source, "note": note}


def _services_over_goods(services: pd.DataFrame, goods: pd.DataFrame, shown: list[str]) -> float:
    """Services over goods in the trade between the rest of the world and the economies shown."""
    sold = goods.set_index(["exporter", "importer"])["value_usd_m"]
    sides = [pair for code in shown for pair in ((REST, code), (code, REST))]
    return float(services["value_usd_m"].loc[sides].sum() / sold.loc[sides].sum())


def known_economies() -> dict[str, str]:
    """Every economy that a study can name, code -> name."""
    named = {code: name for code, name in load().names.items() if code != REST}
    return {**named, **dict(zip(wider().economies["economy"], wider().economies["name"], strict=True))}


def refuse(problems: Iterable[Problem]) -> None:
    """Raise all problems together, if there are any."""
    found = tuple(problems)
    if found:
        raise InputError(found)
