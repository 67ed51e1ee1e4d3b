"""An official file laid over the tables of a study: what changes, what stays, all or nothing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from serai.atlas import Atlas, load
from serai.atlas.sources import Extract, importing, propose, write
from serai.errors import InputError

NOW = 2030


def extract(name: str, **tables: pd.DataFrame) -> Extract:
    return Extract(name, name, f"{name}.csv", "0" * 64, tables, 1)


def flows(source: str, *rows: tuple[str, str, str, float], year: int = NOW) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["flow", "exporter", "importer", "value_usd_m"])
    return frame.assign(year=year, basis="reported", source=source)


def applied(tmp_path: Path, extract: Extract) -> Atlas:
    write(propose(extract), tmp_path / "tables")
    return load(tmp_path / "tables")


def test_a_pair_of_the_file_takes_the_place_of_ours_and_others_stay(tmp_path: Path, atlas: Atlas) -> None:
    found = propose(extract("baci", trade=flows("baci", ("goods", "KAZ", "UZB", 4000.25))))
    (change,) = found.tables
    total = len(atlas.table("trade"))
    assert (change.added, change.changed, change.same, change.kept) == (0, 1, 0, total - 1)
    assert change.largest == ("goods KAZ UZB: 3,151.71 -> 4,000.25",) or "-> 4,000.25" in change.largest[0]
    (path,) = write(found, tmp_path)
    before = (Path(importing.__file__).parents[1] / "tables" / "trade.csv").read_text("utf-8").splitlines()
    after = path.read_text(encoding="utf-8").splitlines()
    differing = [new for old, new in zip(before, after, strict=True) if old != new]
    assert len(differing) == 1
    assert differing[0].startswith("goods,KAZ,UZB,4000.25,,,2030,reported,baci,")
    row = load(tmp_path).row("atlas/trade/goods/KAZ/UZB")
    assert row["note"] == "from baci.csv (sha256 000000000000)"
    assert row["other_source"] == atlas.row("atlas/trade/goods/KAZ/UZB")["other_source"]


def test_economies_outside_the_study_add_up_to_the_rest_of_the_world(tmp_path: Path) -> None:
    rows = flows(
        "baci", ("goods", "KEN", "KAZ", 10.0), ("goods", "UGA", "KAZ", 5.0), ("goods", "KEN", "UGA", 7.0)
    )
    after = applied(tmp_path, extract("baci", trade=rows))
    assert after.row("atlas/trade/goods/ROW/KAZ")["value_usd_m"] == 15
    assert after.row("atlas/trade/goods/ROW/KAZ")["basis"] == "computed"
    assert after.row("atlas/trade/goods/ROW/ROW")["value_usd_m"] == 7


def test_importing_twice_changes_nothing_more(tmp_path: Path, atlas: Atlas) -> None:
    goods = atlas.table("trade").query("flow == 'goods' and exporter == 'KGZ'")
    rows = flows("baci", *(("goods", "KGZ", r.importer, 1.1 * r.value_usd_m / 3) for r in goods.itertuples()))
    first = propose(extract("baci", trade=rows))
    write(first, tmp_path)
    again = propose(extract("baci", trade=rows), tmp_path).tables[0]
    assert first.tables[0].changed > 60
    assert again.changed == 0
    assert again.same == first.tables[0].changed


def test_gold_follows_the_file_or_keeps_its_share(tmp_path: Path, atlas: Atlas) -> None:
    before = atlas.row("atlas/trade/gold/KGZ/CHE")
    goods = atlas.row("atlas/trade/goods/KGZ/CHE")["value_usd_m"]
    rows = flows(
        "baci",
        ("goods", "UZB", "CHE", 9000.0),
        ("gold", "UZB", "CHE", 8500.0),
        ("goods", "KGZ", "CHE", goods / 2),
        ("goods", "JPN", "CHE", 100.0),
        ("gold", "JPN", "CHE", 60.0),
    )
    after = applied(tmp_path, extract("baci", trade=rows))
    assert after.row("atlas/trade/gold/UZB/CHE")["value_usd_m"] == 8500
    assert after.row("atlas/trade/gold/UZB/CHE")["basis"] == "reported"
    half = after.row("atlas/trade/gold/KGZ/CHE")
    assert half["value_usd_m"] == pytest.approx(before["value_usd_m"] / 2, rel=1e-6)
    assert half["high"] == pytest.approx(before["high"] / 2, rel=1e-6)
    assert half["basis"] == "assumed"
    assert not ((after.table("trade")["flow"] == "gold") & (after.table("trade")["exporter"] == "JPN")).any()


@pytest.mark.parametrize(("year", "value"), [(2023, 703.0), (2024, 14_000.0)])
def test_a_row_corrected_by_hand_stays_for_its_year_and_is_named(
    tmp_path: Path, year: int, value: float
) -> None:
    rows = flows("baci", ("goods", "KAZ", "GBR", 14_000.0), ("goods", "KAZ", "UZB", 4000.0), year=year)
    found = propose(extract("baci", trade=rows))
    assert any("goods KAZ GBR was corrected by hand" in line for line in found.warnings)
    write(found, tmp_path)
    row = load(tmp_path).row("atlas/trade/goods/KAZ/GBR")
    assert row["value_usd_m"] == value
    past = (None, None) if year == 2024 else (14_377.84, "baci")
    assert (row["other_value"], row["other_source"]) == past, (
        "no opinion beside a newer one of its own source"
    )


def test_goods_of_icio_stand_beside_and_its_services_take_the_place(tmp_path: Path, atlas: Atlas) -> None:
    rows = flows(
        "icio",
        ("goods", "CHN", "KAZ", 5000.0),
        ("services", "CHN", "KAZ", 1234.0),
        ("domestic", "KAZ", "KAZ", 300_000.0),
        ("goods", "CHN", "MLT", 1.0),
    )
    after = applied(tmp_path, extract("icio", trade=rows))
    goods, before = after.row("atlas/trade/goods/CHN/KAZ"), atlas.row("atlas/trade/goods/CHN/KAZ")
    for field in ("value_usd_m", "low", "high", "year", "basis", "source"):
        assert goods[field] == before[field], field
    assert (goods["other_value"], goods["other_year"], goods["other_source"]) == (5000.0, NOW, "icio")
    services = after.row("atlas/trade/services/CHN/KAZ")
    assert (services["value_usd_m"], services["year"], services["basis"]) == (1234.0, NOW, "reported")
    assert services["low"] is None
    assert after.row("atlas/trade/domestic/KAZ/KAZ")["value_usd_m"] == 300_000


def test_fdi_has_the_range_of_a_reported_cell_and_negatives_are_said(tmp_path: Path, atlas: Atlas) -> None:
    rows = pd.DataFrame(
        {"owner": ["NLD", "DEU"], "host": ["KAZ", "UZB"], "stock_usd_m": [46_000.0, -3.0]}
    ).assign(year=NOW, source_year=NOW, basis="reported", source="cdis")
    found = propose(extract("cdis", fdi=rows))
    assert "1 negative positions count as zero" in found.warnings
    write(found, tmp_path)
    after = load(tmp_path)
    row = after.row("atlas/fdi/NLD/KAZ")
    factor = atlas.parameter("fdi_reported_factor").value
    assert row["low"] == pytest.approx(46_000 / factor, rel=1e-6)
    assert row["high"] == pytest.approx(46_000 * factor, rel=1e-6)
    assert after.row("atlas/fdi/DEU/UZB")["stock_usd_m"] == 0
    assert "negative position set to zero" in after.row("atlas/fdi/DEU/UZB")["note"]
    assert after.row("atlas/fdi/JPN/KAZ") | {"file": ""} == atlas.row("atlas/fdi/JPN/KAZ") | {"file": ""}


def test_figures_and_ties_take_their_place(tmp_path: Path) -> None:
    figures = pd.DataFrame(
        {
            "variable": ["gdp", "gdp"],
            "economy": ["KAZ", "KEN"],
            "value": [288_000.0, 1.0],
            "unit": "USD m",
            "year": NOW,
            "basis": "reported",
            "source": "wdi",
        }
    )
    after = applied(tmp_path, extract("wdi", figures=figures))
    assert after.row("atlas/figures/gdp/KAZ")["value"] == 288_000
    ties = pd.DataFrame(
        {"origin": ["KAZ"], "destination": ["UZB"], "distance_km": [1013.25], "contiguity": [1],
         "common_language": [0], "colony": [0], "basis": ["reported"], "source": ["cepii_gravity"]}
    )  # fmt: skip
    after = applied(tmp_path / "ties", extract("gravity", pairs=ties))
    row = after.row("atlas/pairs/KAZ/UZB")
    assert (row["distance_km"], row["common_language"], row["source"]) == (1013.25, 0, "cepii_gravity")


def test_a_wrong_unit_is_refused(atlas: Atlas) -> None:
    goods = atlas.table("trade").query("flow == 'goods' and exporter == 'KAZ'")
    rows = flows("baci", *(("goods", "KAZ", r.importer, 1000 * r.value_usd_m) for r in goods.itertuples()))
    with pytest.raises(InputError, match=r"values are 1e\+03 times those at hand"):
        propose(extract("baci", trade=rows))


def test_a_file_of_other_economies_is_refused() -> None:
    rows = pd.DataFrame({"owner": ["KEN"], "host": ["UGA"], "stock_usd_m": [1.0]}).assign(
        year=NOW, source_year=NOW, basis="reported", source="cdis"
    )
    with pytest.raises(InputError, match="no row of these economies"):
        propose(extract("cdis", fdi=rows))


def test_years_that_do_not_match_are_said(atlas: Atlas) -> None:
    goods = atlas.table("trade").query("flow == 'goods'")
    keys = zip(goods["exporter"], goods["importer"], goods["value_usd_m"], strict=True)
    found = propose(extract("baci", trade=flows("baci", *(("goods", a, b, v) for a, b, v in keys))))
    assert "goods are now of 2030, GDP of 2023: import the other of the same year too" in found.warnings


def test_what_would_not_be_a_valid_table_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    rows = flows("baci", ("goods", "KAZ", "UZB", 4000.0)).assign(source="no_such_card")
    with pytest.raises(InputError, match=r"new trade\.csv.*no source card no_such_card"):
        propose(extract("baci", trade=rows), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_writing_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = pd.DataFrame(
        {"variable": ["gross_output_ratio"], "economy": ["KAZ"], "value": [1.7], "unit": "x", "year": NOW,
         "basis": "reported", "source": "icio"}
    )  # fmt: skip
    rows = flows("icio", ("services", "CHN", "KAZ", 1234.0))
    found = propose(extract("icio", trade=rows, figures=figures))
    calls = []

    def fails_the_second_time(_: pd.DataFrame, path: Path) -> None:
        calls.append(path.name)
        path.write_text("half", encoding="utf-8")
        if len(calls) == 2:
            raise OSError("the disk is full")

    monkeypatch.setattr(importing, "_write", fails_the_second_time)
    with pytest.raises(OSError, match="full"):
        write(found, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert calls == ["trade.csv.part", "figures.csv.part"]
