"""Tables are read as documented, and what is wrong with a table of one's own is said, all at once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from serai.atlas import Atlas, load, outlines
from serai.atlas.load import HERE
from serai.atlas.schema import TABLES, read_schema
from serai.errors import InputError, UnknownNameError
from serai.provenance import BASES

FIVE = ("KAZ", "KGZ", "TJK", "TKM", "UZB")


def lines(table: str) -> list[str]:
    return (HERE / "tables" / f"{table}.csv").read_text(encoding="utf-8").splitlines()


def give(folder: Path, table: str, changed: list[str]) -> dict[str, Path]:
    path = folder / f"{table}.csv"
    path.write_text("\n".join(changed) + "\n", encoding="utf-8")
    return {table: path}


def problems(folder: Path, table: str, changed: list[str]) -> list[dict[str, object]]:
    with pytest.raises(InputError) as refused:
        load(give(folder, table, changed))
    return [problem.as_dict() for problem in refused.value.problems]


def find(rows: list[str], start: str) -> int:
    return next(i for i, row in enumerate(rows) if row.startswith(start))


def with_field(table: str, start: str, field: str, value: str) -> tuple[list[str], int]:
    """The table with one field changed, and the line of the change."""
    rows = lines(table)
    at = find(rows, start)
    cells = rows[at].split(",")
    cells[rows[0].split(",").index(field)] = value
    rows[at] = ",".join(cells)
    return rows, at + 1


def test_the_world_has_75_economies_and_a_rest(atlas: Atlas) -> None:
    assert len(atlas.economies) == 76
    assert atlas.economies.names[-1] == "ROW"
    assert atlas.group("central_asia") == FIVE
    assert len(atlas.group("eu27")) == 27
    assert len(atlas.group("asean")) == 10
    assert atlas.group("eaeu") == ("ARM", "BLR", "KAZ", "KGZ", "RUS")


def test_gdp_of_kazakhstan_is_the_published_one(atlas: Atlas) -> None:
    assert atlas.figure("gdp")[atlas.economies.index("KAZ")] == pytest.approx(262_642, rel=1e-4)


def test_every_table_keeps_its_schema_and_every_source_has_a_card(atlas: Atlas) -> None:
    for name in TABLES:
        table = atlas.table(name)
        assert list(table.columns) == [column.name for column in read_schema(name)]
        assert set(table["basis"]) <= set(BASES)
        assert set(table["source"]) <= set(atlas.sources)


def test_every_key_leads_to_its_own_line(atlas: Atlas) -> None:
    for name in TABLES:
        keys = [column.name for column in read_schema(name) if column.role == "key"]
        table = atlas.table(name)
        for place in (0, len(table) // 2, len(table) - 1):
            key = "/".join(["atlas", name, *(str(table[k].iloc[place]) for k in keys)])
            row = atlas.row(key)
            assert row["line"] == place + 2
            cells = pd.read_csv(row["file"], dtype=str, keep_default_na=False).iloc[place]
            assert [str(row[k]) for k in keys] == [cells[k] for k in keys]
            json.dumps(row)


def test_rows_name_what_they_know(atlas: Atlas) -> None:
    row = atlas.row("atlas/trade/goods/CHN/KAZ")
    assert row["basis"] == "reported"
    assert row["value_usd_m"] == pytest.approx(23_901.1)
    assert row["other_value"] == pytest.approx(4_555.9, rel=1e-4)
    assert atlas.row("atlas/trade/goods/KAZ/GBR")["basis"] == "corrected"
    with pytest.raises(UnknownNameError, match="goods/KAZ/UZB"):
        atlas.row("atlas/trade/goods/KAZ/UZX")


def test_japan_in_the_five_is_imputed_with_a_range_and_the_hosts_figure(atlas: Atlas) -> None:
    for host in FIVE:
        row = atlas.row(f"atlas/fdi/JPN/{host}")
        assert row["basis"] == "imputed"
        assert row["high"] / row["low"] > 50
    assert atlas.row("atlas/fdi/JPN/KAZ")["other_value"] == 5800


def test_missing_pairs_of_the_five_are_not_zero(atlas: Atlas) -> None:
    goods = atlas.matrix("trade", "goods")
    at = atlas.economies.index
    for one in ("TJK", "TKM"):
        for other in ("RUS", "KOR", "IRN", "POL", "GEO", "BLR", "AFG"):
            for pair in ((one, other), (other, one)):
                row = atlas.row("atlas/trade/goods/" + "/".join(pair))
                assert row["basis"] in ("carried", "imputed")
                assert row["low"] < row["value_usd_m"] < row["high"]
                assert goods[at(pair[0]), at(pair[1])] > 0


def test_parameters_become_uncertain_inputs(atlas: Atlas) -> None:
    theta = atlas.parameter("trade_elasticity")
    assert (theta.value, theta.low, theta.high, theta.shape) == (5.0, 3.8, 6.6, "lognormal")
    assert atlas.parameter("fdi_imputed_factor").shape == "fixed"
    for name in atlas.table("parameters")["parameter"]:
        assert np.isfinite(atlas.parameter(name).quantile(0.5))
    with pytest.raises(UnknownNameError, match="trade_elasticity"):
        atlas.parameter("trade_elastisity")


def test_agreements_follow_their_switches(atlas: Atlas) -> None:
    at = atlas.economies.index
    today = atlas.agreements()
    assert (today == today.T).all()
    assert not today.diagonal().any()
    assert today[at("KAZ"), at("RUS")]
    assert today[at("UZB"), at("KAZ")]
    assert not today[at("UZB"), at("PAK")]
    assert atlas.agreements({"ecota": True})[at("UZB"), at("PAK")]
    assert not today[at("UZB"), at("BLR")] or atlas.agreements()[at("UZB"), at("RUS")]
    assert not today[at("TKM"), at("KGZ")]
    joined = atlas.agreements(members={"eaeu": ("TKM",)})
    assert joined[at("TKM"), at("KGZ")]
    assert (joined >= today).all()
    new = atlas.agreements(members={"five": FIVE})
    assert new[np.ix_(atlas.economies.indices(FIVE), atlas.economies.indices(FIVE))].sum() == 20
    with pytest.raises(UnknownNameError, match="ecota"):
        atlas.agreements({"ecotta": True})


def test_membership_without_a_trade_agreement_shares_nothing(atlas: Atlas) -> None:
    at = atlas.economies.index
    members = atlas.table("agreements")
    sco = members[members["agreement"] == "sco"]["member"]
    assert {"CHN", "TJK"} <= set(sco)
    assert not atlas.agreements()[at("CHN"), at("TJK")]


def test_outlines_are_small_and_hold_the_region() -> None:
    shapes = outlines("region")["features"]
    assert {f["properties"]["code"] for f in shapes} >= {*FIVE, "RUS", "CHN", "IRN", "Aral Sea"}
    assert (HERE / "tables" / "region.geojson").stat().st_size < 300_000
    kazakhstan = next(f for f in shapes if f["properties"]["code"] == "KAZ")
    longitudes = [x for polygon in kazakhstan["geometry"]["coordinates"] for x, _ in polygon[0]]
    assert 46 < min(longitudes) < 47
    assert 87 < max(longitudes) < 88
    caspian, almaty = (51.0, 42.0), (76.9, 43.2)
    owners = {
        point: [f["properties"]["code"] for f in shapes if covers(f, point)] for point in (caspian, almaty)
    }
    assert owners == {caspian: [], almaty: ["KAZ"]}
    with pytest.raises(UnknownNameError):
        outlines("moon")


def covers(feature: dict, point: tuple[float, float]) -> bool:
    """Whether an outer ring holds the point: an odd number of crossings to its east."""
    x, y = point
    inside = False
    for polygon in feature["geometry"]["coordinates"]:
        for (x1, y1), (x2, y2) in zip(polygon[0], polygon[0][1:], strict=False):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
                inside = not inside
    return inside


def test_a_table_of_ones_own_replaces_the_packaged_one(atlas: Atlas, tmp_path: Path) -> None:
    rows, _ = with_field("trade", "goods,KAZ,UZB", "value_usd_m", "9999")
    mine = load(give(tmp_path, "trade", rows))
    at = mine.economies.index
    assert mine.matrix("trade", "goods")[at("KAZ"), at("UZB")] == 9999
    assert mine.hashes["trade"] != atlas.hashes["trade"]
    assert mine.hashes["fdi"] == atlas.hashes["fdi"]
    assert load(tmp_path).hashes == mine.hashes


@pytest.mark.parametrize(
    ("table", "start", "field", "value", "reason"),
    [
        ("trade", "goods,KAZ,UZB", "value_usd_m", "-3", "negative"),
        ("trade", "goods,KAZ,UZB", "value_usd_m", "", "blank"),
        ("trade", "goods,KAZ,UZB", "value_usd_m", "nan", "not a finite number"),
        ("trade", "goods,KAZ,UZB", "value_usd_m", "inf", "not a finite number"),
        ("trade", "goods,KAZ,UZB", "value_usd_m", "much", "not a finite number"),
        ("trade", "goods,KAZ,UZB", "year", "2023.5", "not a whole number"),
        ("trade", "goods,KAZ,UZB", "basis", "guessed", "unknown basis"),
        ("trade", "goods,KAZ,UZB", "source", "bacci", "no source card"),
        ("figures", "gdp,KAZ", "value", "0", "not positive"),
        ("figures", "capital_share,KAZ", "value", "1.2", "capital share outside"),
        ("economies", "KAZ", "central_asia", "2", "not a flag"),
        ("fdi", "JPN,KAZ", "low", "99999", "does not hold the value"),
        ("reexports", "KGZ,RUS", "share", "0.8", "add up to"),
    ],
)
def test_a_bad_field_is_named(
    tmp_path: Path, table: str, start: str, field: str, value: str, reason: str
) -> None:
    rows, line = with_field(table, start, field, value)
    found = problems(tmp_path, table, rows)
    hit = [p for p in found if reason in str(p["reason"])]
    assert hit
    assert hit[0]["file"] == str(tmp_path / f"{table}.csv")
    assert hit[0]["remedy"]
    if reason != "add up to":
        assert hit[0]["row"] == line


def test_a_decimal_comma_is_recognised(tmp_path: Path) -> None:
    rows = lines("trade")
    at = find(rows, "goods,KAZ,UZB")
    cells = rows[at].split(",")
    cells[3] = '"3174,3"'
    rows[at] = ",".join(cells)
    (problem,) = problems(tmp_path, "trade", rows)
    assert problem["reason"] == "a decimal comma"
    assert problem["value"] == "3174,3"
    rows[at] = rows[at].replace('"', "")
    (problem,) = problems(tmp_path, "trade", rows)
    assert problem["row"] == at + 1
    assert "decimals with a point" in str(problem["remedy"])


def test_a_missing_pair_is_not_read_as_zero(tmp_path: Path) -> None:
    rows = lines("trade")
    del rows[find(rows, "goods,KAZ,UZB")]
    (problem,) = problems(tmp_path, "trade", rows)
    assert problem["value"] == "KAZ/UZB"
    assert "goods" in str(problem["reason"])


def test_a_repeated_pair_names_both_rows(tmp_path: Path) -> None:
    rows = lines("fdi")
    at = find(rows, "JPN,KAZ")
    rows.append(rows[at])
    (problem,) = problems(tmp_path, "fdi", rows)
    assert problem["row"] == len(rows)
    assert f"first in row {at + 1}" in str(problem["reason"])


def test_an_economy_that_appears_twice(tmp_path: Path) -> None:
    rows = lines("economies")
    rows.insert(1, rows[1])
    found = problems(tmp_path, "economies", rows)
    assert found[0]["reason"] == "appears twice, first in row 2"


def test_an_unknown_code_gets_the_nearest(tmp_path: Path) -> None:
    rows = [row.replace("goods,KAZ,UZB", "goods,KAX,UZB") for row in lines("trade")]
    found = problems(tmp_path, "trade", rows)
    assert found[0]["remedy"] == "Did you mean KAZ?"
    assert found[1]["value"] == "KAZ/UZB"


def test_a_gdp_that_is_absent(tmp_path: Path) -> None:
    rows = lines("figures")
    del rows[find(rows, "gdp,UZB")]
    (problem,) = problems(tmp_path, "figures", rows)
    assert problem["reason"] == "UZB has no gdp"


def test_domestic_sales_need_one_economy(tmp_path: Path) -> None:
    rows = [row.replace("domestic,KAZ,KAZ", "domestic,KAZ,UZB") for row in lines("trade")]
    (problem,) = problems(tmp_path, "trade", rows)
    assert problem["reason"] == "domestic sales between two economies"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"flow,exporter\n", "no rows"),
        (b"flow;exporter;importer\ngoods;KAZ;UZB\n", "semicolons"),
        ("flow,exporter\ngoods,\xc4\n".encode("latin-1"), "not UTF-8"),
        (b"flow,exporter\ngoods,KAZ,UZB,3\n", "more fields than the header"),
    ],
)
def test_a_file_that_is_no_table(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "trade.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=reason):
        load({"trade": path})


def test_columns_are_checked(tmp_path: Path) -> None:
    rows = lines("trade")
    rows[0] = rows[0].replace("value_usd_m", "value_usd")
    found = problems(tmp_path, "trade", rows)
    assert {p["reason"] for p in found} == {"unknown column", "a column is missing"}
    assert found[0]["remedy"] == "Did you mean value_usd_m?"


def test_all_problems_of_all_tables_come_at_once(tmp_path: Path) -> None:
    trade, _ = with_field("trade", "goods,KAZ,UZB", "value_usd_m", "-3")
    trade[5] = trade[5].replace("goods", "good")
    figures, _ = with_field("figures", "gdp,KAZ", "value", "none")
    give(tmp_path, "trade", trade)
    give(tmp_path, "figures", figures)
    with pytest.raises(InputError) as refused:
        load(tmp_path)
    files = {problem.file for problem in refused.value.problems}
    assert files == {str(tmp_path / "trade.csv"), str(tmp_path / "figures.csv")}
    assert len(refused.value.problems) >= 3


def test_names_of_tables_and_folders_are_checked(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="trade"):
        load({"trad": tmp_path})
    (tmp_path / "trades.csv").write_text("a\n")
    with pytest.raises(InputError, match="Did you mean trade"):
        load(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        load(tmp_path / "nowhere")
    with pytest.raises(InputError, match="cannot be read"):
        load({"trade": tmp_path / "nowhere.csv"})


def test_an_old_excel_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "economies.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (HERE / "tables" / "economies.csv").read_bytes())
    assert len(load({"economies": path}).economies) == 76


def test_border_hours_hold_the_years_of_one_crossing(atlas: Atlas) -> None:
    rows = atlas.table("border_hours")
    torugart = rows[(rows["place"] == "Torugart") & (rows["economy"] == "KGZ")].set_index("year")["hours"]
    assert torugart.to_dict() == {2020: 2.4, 2021: 25.8, 2022: 50.1}
