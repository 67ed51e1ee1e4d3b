"""Trade between the 76: goods of 2023, gold apart, services and domestic sales brought to 2023.

Goods are BACI 2023 and sum to its 194 x 194 matrix. A pair that BACI lacks is filled, in this order, from
ICIO 2022 (both economies shown there), from the flow of 2016, or from a gravity estimate; each is marked
and has a range. Levels: ICIO money of 2022 is brought to 2023 with the nominal GDP growth of both sides;
filled goods are also multiplied by the ratio of BACI to ICIO over all pairs that both report.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from tools.build_atlas.common import CURATED, REST, Raw

COLUMNS = [
    "flow",
    "exporter",
    "importer",
    "value_usd_m",
    "low",
    "high",
    "year",
    "basis",
    "source",
    "other_value",
    "other_year",
    "other_source",
    "note",
]
GOODS = ("A", "B", "C")
SMALLEST_RATIO = 0.01
# No trade crosses this border; a trickle may pass through others.
CLOSED = {("AZE", "ARM"): (1.0, 0.1, 10.0)}


@dataclass(frozen=True)
class Flows:
    table: pd.DataFrame
    parameters: list[dict[str, object]]


def build(raw: Raw) -> Flows:
    icio = Icio(raw)
    goods, parameters = _goods(raw, icio)
    table = pd.concat(
        [goods, _gold(goods), _services(raw, icio, goods), _domestic(raw, icio)], ignore_index=True
    )
    for column in ("low", "high", "other_value"):
        table[column] = table[column].astype(float)
    table["other_year"] = table["other_year"].astype("Int64")
    for column in ("other_source", "note"):
        table[column] = table[column].fillna("")
    return Flows(table[COLUMNS], parameters)


class Icio:
    """ICIO 2022 by exporter and importer, million USD of 2022."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        table = pd.read_parquet(
            raw.folder / "icio28_2011_2022/icio28_trade_tariff_2011_2022.parquet",
            filters=[("year", "==", 2022)],
        )
        table = table.astype({"sector": str, "importer": str, "exporter": str, "value_musd": float})
        table["goods"] = table["sector"].str.startswith(GOODS)
        wide = table.pivot_table(
            index=["goods", "exporter"], columns="importer", values="value_musd", aggfunc="sum", observed=True
        )
        order = sorted(c for c in wide.columns if c != REST)
        self.shown = order
        self.codes = [*order, REST]
        self.goods = wide.loc[True].reindex(index=self.codes, columns=self.codes).fillna(0.0)
        self.services = wide.loc[False].reindex(index=self.codes, columns=self.codes).fillna(0.0)

    @cached_property
    def growth(self) -> pd.Series:
        """Nominal GDP growth 2022 to 2023; the median where unknown."""
        known = self.raw.gdp_growth
        return pd.Series({c: known.get(c, known.median()) for c in {*self.codes, *self.raw.axis}})

    def to_2023(self, exporter: str, importer: str) -> float:
        return float(np.sqrt(self.growth[exporter] * self.growth[importer]))

    @cached_property
    def members(self) -> list[str]:
        """Economies that ICIO has only inside its rest of the world."""
        everyone = [*self.raw.economies, *self.raw.rest]
        return [c for c in everyone if c not in self.shown]

    @cached_property
    def share(self) -> pd.DataFrame:
        """How ICIO's economies map into the 76: one row an ICIO economy, shares sum to one."""
        mapping = pd.DataFrame(0.0, index=self.codes, columns=self.raw.axis)
        gdp = self.raw.gdp_2023[self.members] / self.raw.gdp_2023[self.members].sum()
        for code in self.shown:
            mapping.loc[code, code if code in mapping.columns else REST] = 1.0
        for code, part in gdp.items():
            mapping.loc[REST, code if code in mapping.columns else REST] += part
        return mapping


def _goods(raw: Raw, icio: Icio) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    baci, corrected = _baci(raw)
    known = baci.set_index(["exporter", "importer"])["value_usd_m"]
    level = _level(raw, icio, known)
    fills = _fills(raw, icio, known, level)
    rows = []
    for exporter in raw.axis:
        for importer in raw.axis:
            pair = (exporter, importer)
            if exporter == importer and exporter != REST:
                continue
            row = {
                "flow": "goods",
                "exporter": exporter,
                "importer": importer,
                "year": 2023,
                "low": np.nan,
                "high": np.nan,
                "note": "",
            }
            if pair in known.index:
                row |= {"value_usd_m": known[pair], "basis": "reported", "source": "baci"}
                if pair in corrected:
                    row |= corrected[pair]
                elif REST in pair:
                    row |= _with_taiwan(pair, row, icio, level)
                elif exporter in icio.shown and importer in icio.shown:
                    row |= _other(icio, *pair)
            else:
                row |= fills[pair]
            rows.append(row)
    table = pd.DataFrame(rows)
    parameter = {
        "parameter": "icio_goods_level",
        "value": level,
        "low": np.nan,
        "high": np.nan,
        "shape": "fixed",
        "coverage": 1.0,
        "unit": "BACI 2023 over ICIO 2022",
        "basis": "computed",
        "source": "serai",
        "checked": 1,
        "note": "goods, all pairs that both report; ICIO is at basic prices and nets out re-exports",
    }
    return table, [parameter]


def _baci(raw: Raw) -> tuple[pd.DataFrame, dict[tuple[str, str], dict[str, object]]]:
    """BACI in million USD between the 76 (within the rest of the world: the sum), with its corrections."""
    table = raw.csv("baci2023_matrix/baci_hs22_2023_totals.csv.gz", keep_default_na=False)
    table["value_usd_m"] = table["export_kusd"].astype(float) / 1e3
    corrections = {}
    for fix in raw.csv("baci2023_matrix/overrides.csv").itertuples():
        at = (table["iso_o"] == fix.iso_o) & (table["iso_d"] == fix.iso_d)
        corrections[(fix.iso_o, fix.iso_d)] = {
            "value_usd_m": fix.export_kusd / 1e3,
            "basis": "corrected",
            "source": "kazakhstan_customs",
            "other_value": float(table.loc[at, "value_usd_m"].iloc[0]),
            "other_year": 2023,
            "other_source": "baci",
            "note": "BACI's value is not credible: the exporter's own figure is used, BACI's not mixed in",
        }
        table.loc[at, "value_usd_m"] = fix.export_kusd / 1e3
    inside = set(raw.economies)
    table["exporter"] = table["iso_o"].where(table["iso_o"].isin(inside), REST)
    table["importer"] = table["iso_d"].where(table["iso_d"].isin(inside), REST)
    summed = table.groupby(["exporter", "importer"], as_index=False)["value_usd_m"].sum()
    return summed, corrections


def _level(raw: Raw, icio: Icio, known: pd.Series) -> float:
    both = [c for c in icio.shown if c in raw.economies]
    baci = known.unstack().reindex(index=both, columns=both).to_numpy()
    other = icio.goods.loc[both, both].to_numpy()
    shared = np.isfinite(baci) & (other > 0) & ~np.eye(len(both), dtype=bool)
    return float(baci[shared].sum() / other[shared].sum())


def _other(icio: Icio, exporter: str, importer: str) -> dict[str, object]:
    value = float(icio.goods.loc[exporter, importer])
    if value <= 0:
        return {}
    return {"other_value": value, "other_year": 2022, "other_source": "icio"}


def _with_taiwan(
    pair: tuple[str, str], row: dict[str, object], icio: Icio, level: float
) -> dict[str, object]:
    """BACI as packaged lacks Taiwan: its flows of ICIO 2022 are added to the rest of the world."""
    exporter, importer = (("TWN" if code == REST else code) for code in pair)
    if pair == (REST, REST):
        note = "trade among the members; part of domestic sales of the rest of the world"
        return {"basis": "computed", "note": note}
    partner = importer if pair[0] == REST else exporter
    if partner not in icio.shown:
        return {"basis": "computed", "note": "sum of 119 economies; Taiwan not known"}
    added = float(icio.goods.loc[exporter, importer]) * icio.to_2023(exporter, importer) * min(level, 1.0)
    return {
        "value_usd_m": float(row["value_usd_m"]) + added,
        "basis": "computed",  # type: ignore[arg-type]
        "note": f"sum of 119 economies {float(row['value_usd_m']):.7g}; Taiwan from ICIO 2022 {added:.7g}",  # type: ignore[arg-type]
    }


def _fills(raw: Raw, icio: Icio, known: pd.Series, level: float) -> dict[tuple[str, str], dict[str, object]]:
    pairs = raw.csv("assembled_region/pairs.csv.gz", keep_default_na=False, na_values=[""])
    old = pairs.set_index(["iso_o", "iso_d"])["exp2016_usd"] / 1e6
    exports, imports = _growth_since_2016(known, old)
    gravity = Gravity(raw, known)
    found = {}
    for exporter in raw.economies:
        for importer in raw.economies:
            pair = (exporter, importer)
            if exporter == importer or pair in known.index:
                continue
            earlier = old.get(pair, np.nan)
            if exporter in icio.shown and importer in icio.shown:
                value = float(icio.goods.loc[pair]) * icio.to_2023(*pair) * level
                note = "absent from BACI: ICIO 2022 at the level of BACI 2023"
                found[pair] = _filled(
                    value, raw.parameter("goods_2022_factor"), 2022, "carried", "icio", note
                )
            elif np.isfinite(earlier):
                value = earlier * float(np.sqrt(exports[exporter] * imports[importer]))
                note = "absent from BACI: flow of 2016 with the growth of exporter and importer"
                found[pair] = _filled(
                    value, raw.parameter("goods_2016_factor"), 2016, "carried", "comtrade_2016", note
                )
            else:
                closed = CLOSED.get(pair)
                value, low, high = closed or gravity.predict(pair)
                note = "closed border" if closed else "absent from BACI and 2016: gravity on the pairs known"
                found[pair] = _filled(value, 1.0, 2023, "assumed" if closed else "imputed", "serai", note)
                found[pair] |= {"low": low, "high": high}
    return found


def _filled(value: float, factor: float, year: int, basis: str, source: str, note: str) -> dict[str, object]:
    return {
        "value_usd_m": value,
        "low": value / factor,
        "high": value * factor,
        "year": year,
        "basis": basis,
        "source": source,
        "note": note,
    }


def _growth_since_2016(known: pd.Series, old: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Growth 2016 to 2023 of each exporter and importer over the pairs known in both years."""
    both = pd.DataFrame({"new": known, "old": old}).dropna()
    both = both[both["old"] > 0]
    total = both.sum()
    world = total["new"] / total["old"]
    sums = [both.groupby(level=side).sum() for side in (0, 1)]
    codes = sorted(set(old.index.get_level_values(0)))
    growth = [(s["new"] / s["old"]).reindex(codes).fillna(world) for s in sums]
    return growth[0], growth[1]


class Gravity:
    """PPML of goods on exporter, importer, distance, border, language; fills pairs that no source has."""

    steps = 60
    neighbours = 300

    def __init__(self, raw: Raw, known: pd.Series) -> None:
        self.codes = raw.economies
        n = len(self.codes)
        self.place = {c: i for i, c in enumerate(self.codes)}
        pairs = raw.distances.reset_index().set_index(["iso_o", "iso_d"])
        index = pd.MultiIndex.from_product([self.codes, self.codes])
        ties = pairs.reindex(index)
        covariates = np.stack(
            [np.log(ties["distw"]), ties["contig"], ties["comlang_off"], ties["colony"]], axis=-1
        )
        self.covariates = covariates.reshape(n, n, -1)
        flows = known.reindex(index).to_numpy().reshape(n, n)
        self.mask = np.isfinite(flows) & ~np.eye(n, dtype=bool)
        self.beta, self.fitted = self._fit(np.where(self.mask, flows, 0.0))
        self.observed = flows[self.mask]

    def _fit(self, flows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        n = len(self.codes)
        rows, columns = np.nonzero(self.mask)
        y = flows[self.mask]
        design = np.zeros((y.size, 2 * n + self.covariates.shape[-1]))
        design[np.arange(y.size), rows] = 1.0
        design[np.arange(y.size), n + columns] = 1.0
        design[:, 2 * n :] = self.covariates[self.mask]
        mean = (y + y.mean()) / 2
        beta = np.zeros(design.shape[1])
        for _ in range(self.steps):
            eta = np.log(mean)
            weighted = design * mean[:, None]
            target = eta + (y - mean) / mean
            beta_new = np.linalg.lstsq(weighted.T @ design, weighted.T @ target, rcond=1e-12)[0]
            mean = np.exp(np.clip(design @ beta_new, -30, 30))
            if np.abs(beta_new - beta).max() < 1e-10:
                break
            beta = beta_new
        effects = beta[:n, None] + beta[n : 2 * n][None, :]
        return beta, np.exp(effects + self.covariates @ beta[2 * n :])

    def predict(self, pair: tuple[str, str]) -> tuple[float, float, float]:
        """Value, low and high: the fit times the median, 10th and 90th percentile of observed over fitted
        among the pairs with the nearest fit. Small flows are far below their fit, and uncertain."""
        fit = float(self.fitted[self.place[pair[0]], self.place[pair[1]]])
        near = np.argsort(np.abs(np.log(self.fitted[self.mask] / fit)), kind="stable")[: self.neighbours]
        ratio = np.maximum(self.observed[near] / self.fitted[self.mask][near], SMALLEST_RATIO)
        low, middle, high = np.quantile(ratio, [0.1, 0.5, 0.9])
        return fit * float(middle), fit * float(low), fit * float(high)


def _gold(goods: pd.DataFrame) -> pd.DataFrame:
    flows = goods.set_index(["exporter", "importer"])["value_usd_m"]
    rows = []
    for row in pd.read_csv(CURATED / "gold.csv").itertuples():
        recorded = float(flows[(row.exporter, row.importer)])
        rows.append(
            {
                "flow": "gold",
                "exporter": row.exporter,
                "importer": row.importer,
                "value_usd_m": recorded * row.share,
                "low": recorded * row.low,
                "high": recorded * row.high,
                "year": 2023,
                "basis": row.basis,
                "source": row.source,
                "note": f"part of the goods flow. {row.note}",
            }
        )
    return pd.DataFrame(rows)


def _services(raw: Raw, icio: Icio, goods: pd.DataFrame) -> pd.DataFrame:
    """ICIO where it shows both; its rest of the world shared out by GDP; else the services that go with
    goods in trade of that rest of the world."""
    shares, block = icio.share, icio.services.copy()
    block.loc[REST, REST] = 0.0
    for code in icio.codes:
        block.loc[code, code] = 0.0
    grown = np.sqrt(np.outer(icio.growth[icio.codes], icio.growth[icio.codes]))
    spread = pd.DataFrame(
        shares.T.to_numpy() @ (block.to_numpy() * grown) @ shares.to_numpy(), raw.axis, raw.axis
    )
    hidden = set(icio.members)
    outside = list(icio.shown)
    ratio = float(
        (icio.services.loc[REST, outside].sum() + icio.services.loc[outside, REST].sum())
        / (icio.goods.loc[REST, outside].sum() + icio.goods.loc[outside, REST].sum())
    )
    flows = goods.set_index(["exporter", "importer"])["value_usd_m"]
    two, three = raw.parameter("services_shared_factor"), raw.parameter("services_goods_factor")
    rows = []
    for exporter in raw.axis:
        for importer in raw.axis:
            if exporter == importer:
                continue
            value = float(spread.loc[exporter, importer])
            row: dict[str, object]
            if exporter in hidden and importer in hidden:
                row = _filled(
                    float(flows[(exporter, importer)]) * ratio,
                    three,
                    2023,
                    "imputed",
                    "serai",
                    "goods times services over goods in trade of ICIO's rest of the world",
                )
            elif exporter in hidden or importer in hidden:
                row = _filled(value, two, 2022, "imputed", "icio", "share of ICIO's rest of the world by GDP")
            elif REST in (exporter, importer):
                row = _filled(
                    value, two, 2022, "imputed", "icio", "ICIO economies outside the 75 and a share by GDP"
                )
            else:
                row = _filled(value, 1.0, 2022, "carried", "icio", "") | {"low": np.nan, "high": np.nan}
            rows.append({"flow": "services", "exporter": exporter, "importer": importer, **row})
    return pd.DataFrame(rows)


def _domestic(raw: Raw, icio: Icio) -> pd.DataFrame:
    """Domestic sales of ICIO 2022 with the growth of GDP. Economies that ICIO lacks have no row:
    `reconcile` takes gross output from GDP times a ratio."""
    rows = []
    for code in raw.economies:
        if code not in icio.shown:
            continue
        value = float(icio.goods.loc[code, code] + icio.services.loc[code, code]) * float(icio.growth[code])
        rows.append(
            {
                "flow": "domestic",
                "exporter": code,
                "importer": code,
                "value_usd_m": value,
                "low": np.nan,
                "high": np.nan,
                "year": 2022,
                "basis": "carried",
                "source": "icio",
                "note": "ICIO 2022 with the growth of GDP in current dollars",
            }
        )
    return pd.DataFrame(rows)
